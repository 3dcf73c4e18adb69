"""Random traces that get somewhere: most of their events are ones that the tables accept."""

import random
from collections.abc import Iterator, Sequence
from itertools import accumulate

from mapi_tables import Lifecycle, Machine

LIKELY_REJECTED = 0.3
TRIES = 40  # how often an acceptable event is looked for before any event will do


def traces(lifecycle: Lifecycle, seed: int, count: int, length: int,
           start: Sequence[str] = ()) -> Iterator[list[str]]:
    """`count` traces of `length` events after those of `start`, always the same ones for the same seed."""
    chance = random.Random(seed)
    for _ in range(count):
        machine = Machine(lifecycle)
        for line in start:
            event, *arguments = line.split()
            machine.fire(event, set(arguments))
        yield [*start, *wander(machine, chance, length)]


def wander(machine: Machine, chance: random.Random, length: int) -> list[str]:
    """Events from where the machine is. Each trace has a mood of its own, so that not all are alike."""
    lifecycle, lines = machine.lifecycle, []
    events, weights = mood(lifecycle, chance)
    for _ in range(length):
        event, arguments = any_event(lifecycle, chance, events, weights)
        if chance.random() >= LIKELY_REJECTED:
            for _ in range(TRIES):
                if machine.reason(event, set(arguments)) is None:
                    break
                event, arguments = any_event(lifecycle, chance, events, weights)
        machine.fire(event, set(arguments))
        lines.append(" ".join((event, *arguments)))
    return lines


def mood(lifecycle: Lifecycle, chance: random.Random) -> tuple[list[str], list[float]]:
    """Every event, and how likely this trace is to choose it or one before it."""
    events = lifecycle.events()
    taking = {move[0] for move in lifecycle.moves if move[3]}
    eagerness = chance.choice((0.3, 1.0, 2.0))
    weights = [chance.uniform(0.1, 1) * (eagerness if event in taking else 1) for event in events]
    return events, list(accumulate(weights))


def any_event(lifecycle: Lifecycle, chance: random.Random, events: list[str],
              weights: list[float]) -> tuple[str, list[str]]:
    """An event with some of its arguments, in any order."""
    [event] = chance.choices(events, cum_weights=weights)
    known = lifecycle.arguments.get(event, ())
    return event, chance.sample(known, chance.randint(0, len(known)))
