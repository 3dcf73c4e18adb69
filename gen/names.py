"""The names that the generated C has: how a spec's names become enumerators, and which names C cannot have."""

from collections.abc import Iterator

from model import Lifecycle
from problems import Place

KEYWORDS = frozenset(
    """
    alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t char32_t class co_await
    co_return co_yield compl concept const const_cast consteval constexpr constinit continue decltype default delete do
    double dynamic_cast else enum explicit export extern false float for friend goto if inline int long mutable namespace
    new noexcept not not_eq nullptr operator or or_eq private protected public register reinterpret_cast requires restrict
    return short signed sizeof static static_assert static_cast struct switch template this thread_local throw true try
    typedef typeid typename typeof typeof_unqual union unsigned using virtual void volatile wchar_t while xor xor_eq
    """.split()
)
"""The keywords of C (to C23) and C++ (to C++20) that a spec's name could be."""

_HEADER = Place(0, 0)
"""Stands for the header itself as the place of an enumerator."""


def constant(*words: str) -> str:
    """An enumerator's name from the spec's names: `logoff`, `logoff-first` -> `LOGOFF_LOGOFF_FIRST`."""
    return "_".join(words).replace("-", "_").upper()


def enumerators(model: Lifecycle) -> Iterator[tuple[str, Place]]:
    """Every enumerator of the header and the place of the name that makes it; line 0: the header itself."""
    prefix = model.name
    for kind in ("event", "state", "held", "rule"):
        yield constant(prefix, kind, "count"), _HEADER
    yield constant(prefix, "rule", "none"), _HEADER
    for event in model.events:
        yield constant(prefix, "event", event.name), event.place
        for argument in event.arguments:
            yield constant(prefix, "arg", event.name, argument.name), argument.place
        for warning in event.warnings:
            yield constant(prefix, "warn", event.name, model.rules[warning.rule].name), warning.place
    for state in model.states:
        yield constant(prefix, "state", state.name), state.place
    for holding in (*model.holdings, *model.groups):
        yield constant(prefix, "held", holding.name), holding.place
    for rule in model.rules:
        yield constant(prefix, "rule", rule.name), rule.place
