"""What NAME_explain advises where a need does not hold, held against trying every event one by one.

The header does not try them one by one: what an event does again and again, it does at once. So numbers and counts are large
here, and the lifecycles are odd.
"""

import functools
import random
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest

from configurations import argument_sets
from embedded import Embedded, embedded
from header.header import header
from interpret import NEED, Configuration, apply, holds, judge
from machine.ragel import compile_machine
from model import LIMIT, Atom, Condition, Lifecycle, Subject
from random_lifecycles import lifecycle

SEEDS = [seed for seed in range(30) if lifecycle(seed).holdings]
"""Lifecycles of chance in which something is counted."""
ASKED = 30
"""Rejections of each lifecycle that are explained."""
STEPS = 600
"""More events than it takes to give everything back here, and to pass all numbers: after that, nothing new happens."""


def with_numbers(item: Any, numbers: tuple[int, int, int]) -> Any:
    """The same with other numbers in its conditions: for 0, 1 and 2, the smallest that makes sense or more."""
    if isinstance(item, Atom) and item.subject in (Subject.HOLDING, Subject.GROUP):
        return replace(item, number=numbers[max(item.number, item.relation in (">=", "<"))])
    if isinstance(item, tuple):
        return tuple(with_numbers(each, numbers) for each in item)
    if is_dataclass(item) and not isinstance(item, type):
        return replace(item, **{field.name: with_numbers(getattr(item, field.name), numbers) for field in fields(item)})
    return item


def rejections(made: Embedded, chance: random.Random, counts: list[int]) -> Iterator[tuple[Configuration, int, int]]:
    """Configurations, whether events lead to them or not, and events with arguments of which a need does not hold there."""
    model = made.model
    for _ in range(30 * ASKED):
        here = Configuration(
            chance.randrange(len(model.states)),
            tuple(chance.choice(counts) for _ in model.holdings),
            tuple(chance.random() < 0.5 for _ in model.facts),
        )
        event = chance.randrange(len(model.events))
        arguments = chance.choice(argument_sets(model.events[event]))
        if judge(model, here, event, arguments).reason == NEED:
            yield here, event, arguments


def advice(made: Embedded, here: Configuration, event: int, arguments: int) -> str:
    """What the end of the sentence should be: the calls that help, found by making them, one after another."""
    model, what = made.model, made.model.events[event]
    move = what.moves[here.state]
    assert move
    need = move.needs[judge(model, here, event, arguments).need or 0]
    is_legal: Callable[[Configuration], bool] = lambda now: judge(model, now, event, arguments).accepted  # noqa: E731
    asked = looked_at(model, need.condition)
    lowering = [index for index, each in enumerate(model.events) if asked & set(each.gives_back)]
    remedy: Callable[[Configuration], int | None] = lambda now: next(  # noqa: E731
        (step for step in lowering if judge(model, now, step).accepted), None
    )
    if leads_to(model, here, remedy, lambda now: holds(model, now, need.condition, arguments)):
        return f" First call {named(made, remedy(here), 0)}."
    if need.argument is not None:
        return f" Call it without {what.arguments[need.argument].name}."
    steps = dict[Configuration, tuple[int, int]]()
    on_the_way: Callable[[Configuration], int | None] = lambda now: next_event(made, now, steps)  # noqa: E731
    if leads_to(model, here, on_the_way, is_legal, steps) and steps[here][0] != event:
        return f" First call {named(made, *steps[here])}."
    openers = [index for index in range(len(model.events)) if leads_to(model, here, functools.partial(always, index), is_legal)]
    calls = [named(made, index, 0) for index in openers]
    return " First call " + " or ".join(filter(None, [", ".join(calls[:-1]), calls[-1]])) + "." if calls else ""


def always(event: int, now: Configuration) -> int:
    return event


def next_event(made: Embedded, now: Configuration, steps: dict[Configuration, tuple[int, int]]) -> int | None:
    """What NAME_next gives; its arguments are kept in `steps`."""
    [step] = made.next(made.memory(now))
    if step:
        steps[now] = step
    return step[0] if step else None


def leads_to(
    model: Lifecycle,
    now: Configuration,
    choose: Callable[[Configuration], int | None],
    is_there: Callable[[Configuration], bool],
    steps: dict[Configuration, tuple[int, int]] | None = None,
) -> bool:
    """Is it so after one of the events that are chosen, one after another, as long as they are accepted?"""
    seen = set()
    while now not in seen and len(seen) < STEPS:
        seen.add(now)
        event = choose(now)
        with_ = steps[now][1] if steps and event is not None else 0
        if event is None or not judge(model, now, event, with_).accepted:
            return False
        now = apply(model, now, event, with_)
        if is_there(now):
            return True
    return False


def looked_at(model: Lifecycle, condition: Condition) -> set[int]:
    """The holdings that a condition asks for."""
    atoms = [atom for atoms in condition.alternatives for atom in atoms]
    found = {atom.index for atom in atoms if atom.subject is Subject.HOLDING}
    return found.union(*(model.groups[atom.index].members for atom in atoms if atom.subject is Subject.GROUP))


def named(made: Embedded, event: int | None, arguments: int) -> str:
    """A call as sentences have it; these events have no titles."""
    assert event is not None
    name, *words = made.line(event, arguments).split()
    return f"{name} ()" + (f" with {' and '.join(words)}" if words else "")


@pytest.mark.parametrize("seed", SEEDS)
def test_advice(seed: int, say: Callable[[str], None]) -> None:
    """Word for word, with small numbers and with large ones."""
    chance = random.Random(seed)
    numbers = (0, *sorted(chance.sample(chance.choice([range(1, 6), range(12, 40)]), 2)))
    model = with_numbers(lifecycle(seed), numbers)
    made = Embedded(model, header(model, compile_machine(model)))
    counts = [0, 0, 1, 2, *(max(number + more, 0) for number in numbers[1:] for more in (-1, 0, 1, 2)), 2 * numbers[2] + 3]
    compared = advised = 0
    for here, event, arguments in rejections(made, chance, counts):
        sentence, expected = made.sentence(made.memory(here), event, arguments), advice(made, here, event, arguments)
        _, found, end = sentence.rpartition(" First call " if " First call " in sentence else " Call it without ")
        assert found + end * bool(found) == expected, (here, made.line(event, arguments), sentence)
        compared, advised = compared + 1, advised + bool(expected)
        if compared == ASKED:
            break
    say(f"{compared} sentences, {advised} of them with advice")


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
