"""Advice on lifecycles of chance: it is followed, and it is word for word what a second search finds. Numbers and counts are large, too.

The header does not try one by one what an event does again and again: it does it at once.
"""

import random
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from configurations import argument_sets
from embedded import Embedded, embedded
from header.header import header
from interpret import Configuration, apply, initial, judge
from machine.ragel import compile_machine
from model import LIMIT, Atom, Lifecycle, Subject
from random_lifecycles import lifecycle
from sentences import Guide
from test_explain import follow

SEEDS = range(40)
"""Lifecycles of chance."""
ASKED = 60
"""Rejections of each lifecycle that are explained."""
CASES = sorted((Path(__file__).resolve().parents[1] / "lifecycles" / "advice").glob("*.yaml"))
"""Lifecycles after public bug reports, on which advice was once wrong."""
FEW = 2000
"""Configurations of a case that are looked at: all that there are with few things held."""


def with_numbers(item: Any, numbers: tuple[int, int, int]) -> Any:
    """The same with other numbers in its conditions: for 0, 1 and 2, the smallest that makes sense or more."""
    if isinstance(item, Atom) and item.subject in (Subject.HOLDING, Subject.GROUP):
        return replace(item, number=numbers[min(max(item.number, item.relation in (">=", "<")), 2)])
    if isinstance(item, tuple):
        return tuple(with_numbers(each, numbers) for each in item)
    if is_dataclass(item) and not isinstance(item, type):
        return replace(item, **{field.name: with_numbers(getattr(item, field.name), numbers) for field in fields(item)})
    return item


def rejections(model: Lifecycle, chance: random.Random, counts: list[int]) -> Iterator[tuple[Configuration, int, int]]:
    """Configurations, whether events lead to them or not, and events with arguments that are rejected there."""
    for _ in range(30 * ASKED):
        here = Configuration(
            chance.randrange(len(model.states)),
            tuple(chance.choice(counts) for _ in model.holdings),
            tuple(chance.random() < 0.5 for _ in model.facts),
        )
        event = chance.randrange(len(model.events))
        arguments = chance.choice(argument_sets(model.events[event]))
        if not judge(model, here, event, arguments).accepted:
            yield here, event, arguments


def does_help(made: Embedded, here: Configuration, event: int, arguments: int) -> bool:
    """Is there advice? If so, its calls, so often in a row as they are said to be, are legal, and the event is in the end."""
    advice = made.advice(made.memory(here), event, arguments)
    for step, with_, times in advice:
        for _ in range(times):
            assert judge(made.model, here, step, with_).accepted, (here, advice)
            here = apply(made.model, here, step, with_)
    assert not advice or advice[0][0] == event or judge(made.model, here, event, arguments).accepted, (here, advice)
    return bool(advice)


@pytest.mark.parametrize("seed", SEEDS)
def test_advice(seed: int, say: Callable[[str], None]) -> None:
    """Word for word, with small numbers and with large ones; and done as it is said."""
    chance = random.Random(seed)
    numbers = (0, *sorted(chance.sample(chance.choice([range(1, 3), range(1, 6), range(12, 40)]), 2)))
    model = with_numbers(lifecycle(seed), numbers)
    made = Embedded(model, header(model, compile_machine(model)))
    guide = Guide(model, made.tries, made.searched)
    counts = [0, 0, 1, 2, *(max(number + more, 0) for number in numbers[1:] for more in (-1, 0, 1, 2)), 2 * numbers[2] + 3]
    compared = advised = 0
    for here, event, arguments in rejections(model, chance, counts):
        sentence = made.sentence(made.memory(here), event, arguments)
        assert sentence == guide.explain(here, event, arguments), (here, made.line(event, arguments))
        compared, advised = compared + 1, advised + does_help(made, here, event, arguments)
        if compared == ASKED:
            break
    say(f"{compared} sentences, {advised} of them with advice")


@pytest.mark.parametrize("seed", SEEDS)
def test_followed(seed: int, say: Callable[[str], None]) -> None:
    """From where events lead: the advice as a whole, and its first call and what is said then, come to where the event is legal."""
    model = with_numbers(lifecycle(seed), (0, 1, 2))
    made = Embedded(model, header(model, compile_machine(model)))
    chance = random.Random(seed)
    rejected = followed = 0
    for here in chance.sample(found := reachable(model, 300), min(30, len(found))):
        for event, what in enumerate(model.events):
            arguments = chance.choice(argument_sets(what))
            if not judge(model, here, event, arguments).accepted:
                rejected += 1
                followed += follow(made, here, event, arguments)
    say(f"{rejected} rejections, {followed} of them with advice that was followed")


def reachable(model: Lifecycle, most: int) -> list[Configuration]:
    """The configurations that events lead to, the nearest first, but so many at most."""
    found = {initial(model): None}
    waiting = deque(found)
    while waiting and len(found) < most:
        here = waiting.popleft()
        for event, what in enumerate(model.events):
            for arguments in argument_sets(what):
                if judge(model, here, event, arguments).accepted:
                    after = apply(model, here, event, arguments)
                    if after not in found:
                        found[after] = None
                        waiting.append(after)
    return list(found)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path, say: Callable[[str], None]) -> None:
    """Each rejection of each configuration with little held: word for word, and followed."""
    made = embedded(path.read_text(encoding="utf-8"))
    guide = Guide(made.model, made.tries, made.searched)
    rejected = followed = 0
    for here in reachable(made.model, FEW):
        for event in range(len(made.model.events)):
            if max(here.counts, default=0) < 4 and not judge(made.model, here, event).accepted:
                assert made.sentence(made.memory(here), event, 0) == guide.explain(here, event, 0)
                rejected += 1
                followed += follow(made, here, event, 0)
    say(f"{rejected} rejections, {followed} of them with advice that was followed")


def test_large_numbers_take_no_longer() -> None:
    """20 holdings, all full: whoever tried events one by one would give up long before enough is given back, and advise nothing."""
    lines = [
        "lifecycle: numbers",
        "states: {here: {initial: yes, final: yes}}",
        f"holdings: {{{', '.join(f'thing_{index}: {{}}' for index in range(20))}}}",
        "groups: {all: [" + ", ".join(f"thing_{index}" for index in range(20)) + "]}",
        "rules: {enough: {title: there is enough}}",
        "events:",
    ]
    for index in range(20):
        lines += [
            f"  take_{index}: {{takes: thing_{index}, moves: {{here: stay}}}}",
            f"  give_{index}: {{gives_back: thing_{index}, moves: {{here: stay}}}}",
            f"  ask_{index}: {{needs: {{all <= {60000 * index}: enough}}, moves: {{here: stay}}}}",
        ]
    made = embedded("\n".join(lines))
    assert 0 < made.tries < 20 * LIMIT - 60000 * 19
    machine = made.memory(Configuration(0, (LIMIT,) * 20, ()))
    for index in range(20):
        assert made.sentence(machine, made.event[f"ask_{index}"], 0).endswith(" First call give_0.")
        advice = made.advice(machine, made.event[f"ask_{index}"], 0)
        assert sum(times for _, _, times in advice) == 20 * LIMIT - 60000 * index
        assert [event for event, _, _ in advice] == [made.event[f"give_{each}"] for each in range(len(advice))]
