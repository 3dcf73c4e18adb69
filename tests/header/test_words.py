"""Every word that a header says, and every next event, held against what sentences.py makes of the model."""

import ctypes
import functools
import itertools
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from configurations import argument_sets
from embedded import VERDICTS, Embedded, built, embedded
from interpret import Configuration
from interpret import finished as is_finished
from model import LIMIT, Lifecycle
from sentences import Guide
from test_explain import examples

FOLDER = Path(__file__).resolve().parents[1] / "lifecycles"
SPECS = {example.lifecycle: None for example in examples() if "\n" in example.lifecycle}
"""Those that the documents on explanations bring along."""


def of_folder(name: str) -> Embedded:
    """One of the lifecycles that are there for tests."""
    return embedded((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))


LIFECYCLES: dict[str, Callable[[], Embedded]] = {
    "mapi_session": lambda: built("mapi_session"),
    "message_service": lambda: built("message_service"),
    "database_connection": lambda: of_folder("database_connection"),
    "corners": lambda: of_folder("corners"),
    **{spec.split()[1]: functools.partial(embedded, spec) for spec in SPECS},
}
BEYOND = 3
"""So many numbers behind the last are asked about, too."""
SENTENCES = 1500
"""So many are compared word for word."""


@pytest.fixture(params=LIFECYCLES)
def lifecycle(request: pytest.FixtureRequest) -> Embedded:
    return LIFECYCLES[request.param]()


def said(lifecycle: Embedded, function: str, *numbers: int) -> str | None:
    """What a function gives that names something."""
    call = lifecycle.function(function)
    call.restype = ctypes.c_char_p
    text = call(*map(ctypes.c_uint, numbers))
    return None if text is None else text.decode()


def test_names(lifecycle: Embedded) -> None:
    """Each name, and none behind the last."""
    model = lifecycle.model
    lists = {
        "event_name": [event.name for event in model.events],
        "state_name": [state.name for state in model.states],
        "holding_name": [item.name for item in (*model.holdings, *model.groups)],
        "rule_name": [rule.name for rule in model.rules],
        "verdict_name": list(VERDICTS),
    }
    for function, names in lists.items():
        numbers = (*range(len(names) + BEYOND), 0xFFFFFFFF)
        assert [said(lifecycle, function, number) for number in numbers] == [*names, *[None] * (BEYOND + 1)], function
    for number, event in enumerate(model.events):
        names = [argument.name for argument in event.arguments]
        indices = (*range(len(names) + BEYOND), 0xFFFFFFFF)
        assert [said(lifecycle, "argument_name", number, index) for index in indices] == [*names, *[None] * (BEYOND + 1)], event.name
    assert said(lifecycle, "argument_name", len(model.events), 0) is None


def test_warning_rules(lifecycle: Embedded) -> None:
    """The rule of each warning, and none behind the last warning or event."""
    model = lifecycle.model
    ask = lifecycle.function("warning_rule")
    for number, event in enumerate(model.events):
        rules = [*(warning.rule for warning in event.warnings), len(model.rules)]
        assert [ask(ctypes.c_uint(number), ctypes.c_uint(index)) for index in range(len(rules))] == rules, event.name
        assert ask(ctypes.c_uint(number), ctypes.c_uint(0xFFFFFFFF)) == len(model.rules)
    assert ask(ctypes.c_uint(len(model.events)), ctypes.c_uint(0)) == len(model.rules)


def test_may_remain(lifecycle: Embedded) -> None:
    """Of a holding what the spec says, of a group what is so of each member."""
    model = lifecycle.model
    ask = lifecycle.function("may_remain")
    ask.restype = ctypes.c_bool
    holdings = [holding.may_remain for holding in model.holdings]
    groups = [all(holdings[member] for member in group.members) for group in model.groups]
    numbers = range(len(holdings) + len(groups) + BEYOND)
    assert [ask(ctypes.c_uint(number)) for number in numbers] == [*holdings, *groups, *[False] * BEYOND]


def test_init(lifecycle: Embedded) -> None:
    """Whatever the memory was, a machine that begins is zero bytes."""
    machine = ctypes.create_string_buffer(b"\xff" * lifecycle.size, lifecycle.size)
    lifecycle.function("init")(machine)
    assert machine.raw == bytes(lifecycle.size)


def test_every_bit_of_a_count(lifecycle: Embedded) -> None:
    """A number held is what it was set to, and keeps the lifecycle from its end, whichever bit of it is set alone."""
    model = lifecycle.model
    held, finished = lifecycle.function("held"), lifecycle.function("finished")
    held.restype, finished.restype = ctypes.c_uint32, ctypes.c_bool
    facts = (False,) * len(model.facts)
    for state in range(len(model.states)):
        for holding, bit in itertools.product(range(len(model.holdings)), range(16)):
            counts = tuple((1 << bit) * (each == holding) for each in range(len(model.holdings)))
            here = Configuration(state, counts, facts)
            machine = lifecycle.memory(here)
            assert finished(machine) == is_finished(model, here), here
            sums = [sum(counts[member] for member in group.members) for group in model.groups]
            assert [held(machine, ctypes.c_uint(number)) for number in range(len(counts) + len(sums))] == [*counts, *sums], here


def plain_configurations(model: Lifecycle) -> Iterator[Configuration]:
    """In each state nothing held; one of a thing, and nothing else; and one of each, but none of one of them, or all that can be of it."""
    for state in range(len(model.states)):
        facts = tuple(bool(state % 2) for _ in model.facts)
        yield Configuration(state, (0,) * len(model.holdings), facts)
        for other in range(len(model.holdings)):
            for count, others in ((1, 0), (0, 1), (LIMIT, 1)):
                yield Configuration(state, tuple(count if each == other else others for each in range(len(model.holdings))), facts)


def configurations(model: Lifecycle, count: int, seed: int) -> Iterator[Configuration]:
    """So many of each state: little held, or much."""
    chance = random.Random(seed)
    for state in range(len(model.states)):
        for _ in range(count):
            counts = (0,) * chance.choice((1, 4, 12)) + (1, 2, 3, 7, 32768, LIMIT - 1, LIMIT)
            held = tuple(chance.choice(counts) for _ in model.holdings)
            yield Configuration(state, held, tuple(chance.random() < 0.5 for _ in model.facts))


def test_every_word(lifecycle: Embedded, say: Callable[[str], None]) -> None:
    """The sentence on each event in each state, with any arguments: with little held, much, and this and that."""
    model, guide, chance = lifecycle.model, Guide(lifecycle.model, lifecycle.tries, lifecycle.searched), random.Random(3)
    every = [*plain_configurations(model), *configurations(model, 12, seed=3)]
    asked = [(here, event, chance.choice(argument_sets(what))) for here in every for event, what in enumerate(model.events)]
    asked = chance.sample(asked, min(SENTENCES, len(asked)))
    for here, event, arguments in asked:
        sentence = lifecycle.sentence(lifecycle.memory(here), event, arguments)
        assert sentence == guide.explain(here, event, arguments), (here, lifecycle.line(event, arguments))
    say(f"{len(asked)} sentences of {model.name}, word for word")


def test_a_long_way_to_a_number() -> None:
    """A cursor is closed, as there is a row buffer; then statements are finalized until the handles are 65535, and it is enough."""
    lifecycle = LIFECYCLES["database_connection"]()
    here = Configuration(lifecycle.state["in_transaction"], (LIMIT, LIMIT - 1, 1, 0, 0), (False, False))
    sentence = lifecycle.sentence(lifecycle.memory(here), *lifecycle.step("commit"))
    assert sentence == Guide(lifecycle.model, lifecycle.tries, lifecycle.searched).explain(here, *lifecycle.step("commit"))
    assert sentence.endswith(" First call close_cursor.")


def test_calls_and_sources(lifecycle: Embedded) -> None:
    """What an event is called, where a rule comes from, and who is waited for; nothing where the spec says nothing."""
    model = lifecycle.model
    beyond = (*range(len(model.events) + len(model.rules), len(model.events) + len(model.rules) + BEYOND), 0xFFFFFFFF)
    assert [said(lifecycle, "event_call", number) for number in range(len(model.events))] == [event.call or None for event in model.events]
    assert [said(lifecycle, "rule_source", number) for number in range(len(model.rules))] == [rule.source for rule in model.rules]
    assert {said(lifecycle, function, number) for function in ("event_call", "rule_source") for number in beyond} == {None}


def test_what_is_none(lifecycle: Embedded) -> None:
    """No event, no argument of an event, no machine: each has its sentence."""
    model, new = lifecycle.model, bytes(lifecycle.size)
    guide, count = Guide(model, lifecycle.tries, lifecycle.searched), len(model.events)
    for event in (count, 0x7FFFFFFF, 0xFFFFFFFF):
        none = f"Event {event} is rejected: {model.name} has no event of this number, but those from 0 to {count - 1}."
        assert lifecycle.sentence(new, event, 0) == none
    for event, what in enumerate(model.events):
        every = [argument.name for argument in what.arguments]
        takes = guide.words(every) or "none"
        wrong = f"{guide.event(event)} is rejected: it was given an argument that it does not take. It takes {takes}."
        assert lifecycle.sentence(new, event, 1 << len(every)) == wrong
        for arguments in argument_sets(what):
            corrupt = f"{guide.event(event, arguments)} is rejected: the machine's memory holds what no machine can; it was overwritten"
            assert lifecycle.sentence(b"\xa5" * lifecycle.size, event, arguments) == f"{corrupt}, or never initialised."


def test_every_next_event(lifecycle: Embedded, say: Callable[[str], None]) -> None:
    """The event that leaves the least to be done, the first of them in the order of the spec."""
    guide = Guide(lifecycle.model, lifecycle.tries, lifecycle.searched)
    here = list(configurations(lifecycle.model, 60, seed=4))
    given = lifecycle.next(b"".join(map(lifecycle.memory, here)))
    for each, step in zip(here, given, strict=True):
        assert step == guide.next(each), each
    say(f"{len(here)} next events of {lifecycle.model.name}")
