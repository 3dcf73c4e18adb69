"""The names of a spec: which are declared and for what, and what a name means where it stands."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from model import LIMIT, Condition, Subject
from problems import Place, Problem, did_you_mean, nearest, quoted
from read.conditions import WORDS, Names, parse_condition
from read.load import Mapping, Sequence, Text

NAME = re.compile("[a-z][a-z0-9_]{0,99}")
"""A name, and how long it can be."""

_SECTIONS = {
    "state": ("states",),
    "choice": ("choices",),
    "state or choice": ("states", "choices"),
    "holding": ("holdings",),
    "group": ("groups",),
    "fact": ("facts",),
    "holding or group": ("holdings", "groups"),
    "holding, group or fact": ("holdings", "groups", "facts"),
    "rule": ("rules",),
    "event": ("events",),
}
"""Where names of each kind are declared."""

_RESERVED = {
    "state": ("stay", "any"),
    "choice": ("stay", "any"),
    "holding": WORDS,
    "group": WORDS,
    "fact": WORDS,
    "argument": WORDS,
}
_MOST = {"states": ("state", 65535), "holdings": ("holding", 65535), "facts": ("fact", 32)}
"""The most that a lifecycle can have: numbers of 16 bits, and facts that share a word with the state."""


def position(names: Iterable[str]) -> dict[str, int]:
    """The index of each name."""
    return {name: index for index, name in enumerate(names)}


def readable(name: str) -> str:
    """A name as words: what a thing is called that has no title."""
    return name.replace("_", " ").replace("-", " ")


def is_yes(value: Any) -> bool:
    """What a flag says; one that is not there says no."""
    return value in ("yes", "true")


class Lookup:
    """Finds what names mean, and notes the problems of those that mean nothing."""

    def __init__(self, spec: Mapping, problems: list[Problem]) -> None:
        self._spec = spec
        self._problems = problems
        self._declared: dict[str, tuple[str, Place]] = {}
        self._state = position(self._section("states"))
        self._holding = position(self._section("holdings"))
        self._group = position(self._section("groups"))
        self._facts = self._entries(spec.get("facts"), "fact")
        self._fact = position(self._facts)
        self._rule = position(self._section("rules"))
        self._choice = position(self._section("choices"))
        self._target = {**self._choice, **self._state}
        self._mentioned: set[tuple[str, str]] = set()
        """(kind, name) of each name that choices and events mention, or that is most like one of theirs that is not there."""
        self._left: set[int] = set()
        """States that the `any` of some event means."""
        self._names: Names = {
            **{name: (Subject.FACT, index, 1) for name, index in self._fact.items()},
            **{name: (Subject.GROUP, index, LIMIT * self._member_count(name)) for name, index in self._group.items()},
            **{name: (Subject.HOLDING, index, LIMIT) for name, index in self._holding.items()},
        }

    def _section(self, key: str) -> Mapping:
        found = self._spec.get(key)
        return found if isinstance(found, Mapping) else Mapping(Place(1, 1))

    def _note(self, place: Place, message: str) -> None:
        self._problems.append(Problem(place, message))

    def _declare(self) -> None:
        """Notes names that are reserved words, or declared twice where one name must mean one thing."""
        for kind, key, space in (
            ("state", "states", "target"),
            ("choice", "choices", "target"),
            ("holding", "holdings", "subject"),
            ("group", "groups", "subject"),
        ):
            for name in self._section(key):
                self._declare_name(kind, name, space)
        for name in self._facts:
            self._declare_name("fact", name, "subject")
        for key, (kind, most) in _MOST.items():
            for name in list(self._facts if key == "facts" else self._section(key))[most : most + 1]:
                self._note(name.place, f"`{name}` is one {kind} more than the {most} that a lifecycle can have")

    def _declare_name(self, kind: str, name: Text, space: str) -> None:
        self._check_word(kind, name)
        first = self._declared.setdefault(f"{space} {name}", (kind, name.place))
        if first != (kind, name.place):
            self._note(name.place, f"the {kind} `{name}` has the name of a {first[0]} (line {first[1].line}); one of them needs another")

    def _check_word(self, kind: str, name: Text) -> None:
        if name in _RESERVED.get(kind, ()):
            self._note(name.place, f"`{name}` is a word of the spec language; choose another name for the {kind}")

    def _look_up(self, name: Text, known: dict[str, int], kind: str, by_rule: bool = False) -> int | None:
        """The index of a name, or None after its problem was noted (its own, or that of what it stands for)."""
        meant: str | None = name
        if not name:
            self._note(name.place, f"a {kind} is missing here")
        elif name not in known and not self._is_doubtful(name, kind):
            refused = {name for key in _SECTIONS[kind] for name in getattr(self._spec.get(key), "dropped", ())}
            self._note(name.place, f"there is no {kind} {quoted(name)}{did_you_mean(name, [*known, *sorted(refused)])}")
            meant = nearest(name, known)
        if meant and not by_rule:
            self._mentioned.add((kind, meant))
        return known.get(name)

    def _is_doubtful(self, name: str, kind: str) -> bool:
        """Was it reported already why a name of this kind is not there: its declaration, or the section that it would be in?"""
        return any(
            key in self._spec.dropped or name in getattr(self._spec.get(key), "dropped", ()) for key in _SECTIONS[kind]
        )

    def _look_up_all(self, value: Any, known: dict[str, int], kind: str) -> tuple[int, ...]:
        found: list[int] = []
        for name in self._list(value):
            index = self._look_up(name, known, kind)
            if index in found:
                self._note(name.place, f"the {kind} {quoted(name)} is named twice")
            elif index is not None:
                found.append(index)
        return tuple(found)

    def _list(self, value: Any) -> Iterator[Text]:
        """The names of a list, of a text with commas between them, or those of which a mapping says something."""
        if value is None:
            return
        if isinstance(value, (Sequence, Mapping)):
            yield from value
            return
        for match in re.finditer(r"[^,]*", value):
            name = Text(match.group().strip())
            name.place = value.at(match.start() + len(match.group()) - len(match.group().lstrip()))
            name.exact = value.exact
            if name:
                yield name
            elif match.start() == 0 or value[match.start() - 1 : match.start()] == ",":
                self._note(name.place, "a name is missing here; names stand with one comma between them")

    def _entries(self, value: Any, kind: str) -> Mapping:
        """A section that may be a mapping, or only names: as a mapping, in which the names have nothing more to say."""
        if isinstance(value, Mapping):
            return value
        names = Mapping(value.place if isinstance(value, (Sequence, Text)) else Place(1, 1))
        for name in self._list(value):
            if not NAME.fullmatch(name):
                self._note(name.place, f"{quoted(name)} cannot be a name here; it takes a name: a small letter, then small letters, digits and _")
            elif name in names:
                self._note(name.place, f"the {kind} `{name}` is named twice")
            else:
                names[name] = Mapping(name.place)
        return names

    def _member_count(self, group: str) -> int:
        value = self._section("groups")[group]
        return sum(1 for _ in self._list(value.get("members") if isinstance(value, Mapping) else value))

    def _condition(
        self, text: Text, arguments: dict[str, int] | None, present: int | None = None, asking: str = "a choice"
    ) -> Condition | None:
        def doubtful(name: str) -> bool:
            return self._is_doubtful(name, "holding, group or fact")

        return parse_condition(text, self._names, arguments, self._problems, doubtful, present, asking)
