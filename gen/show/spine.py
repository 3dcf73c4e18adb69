"""The way from the beginning of a lifecycle to its end: the chain of states that pictures and pages lead along.

It goes from the initial state to work, then through the states in which a step of the procedure is due (those that it
has not come through), in the order of the steps, and on to a final state; each piece is as short as can be. A state
that it comes back to stands in it twice.
"""

from collections.abc import Collection

from judge.possible import Possible
from model import Lifecycle

Table = tuple[tuple[Possible, ...] | None, ...]
"""What can happen, for each state and event: what possible() finds."""


def spine(model: Lifecycle, table: Table) -> tuple[int, ...]:
    """The states of the way, in order."""
    leads = tuple(_targets(row) for row in table)
    way = [model.initial]
    at_work = work(model, table)
    if at_work is not None:
        _extend(way, leads, {at_work})
    for step in sorted({state.step for state in model.states if state.step is not None}):
        _extend(way, leads, {index for index, state in enumerate(model.states) if state.step == step})
    final = {index for index, state in enumerate(model.states) if state.final}
    if way[-1] not in final:
        way += _chain(way[-1], final, leads, way) or _chain(way[-1], final, leads, ())
    return tuple(way)


def work(model: Lifecycle, table: Table) -> int | None:
    """The state in which the most can be done without leaving it; of several the one farthest from the beginning.

    A beginning that could be the end at once is not work, nor is a state from which no end can be reached.
    """
    leads = tuple(_targets(row) for row in table)
    distance = _distances(model.initial, leads)
    final = {index for index, state in enumerate(model.states) if state.final}
    idle = model.initial if model.states[model.initial].final else None
    places = [state for state in distance if state != idle and final & _distances(state, leads).keys()]
    if not places:
        return None
    return max(places, key=lambda state: (_stays(model, table, state), distance[state], -state))


def _targets(row: tuple[Possible, ...] | None) -> tuple[int, ...]:
    """The states that the events of a state lead to, in the order of the spec."""
    return tuple(sorted({outcome.target for possible in row or () for outcome in possible.outcomes}))


def _stays(model: Lifecycle, table: Table, state: int) -> int:
    """How many events can happen in a state and leave it as it is; those of one key of the spec count as one."""
    staying = (
        event.place
        for event, found in zip(model.events, table[state] or ())
        if found.outcomes and all(outcome.target == state for outcome in found.outcomes)
    )
    return len(set(staying))


def _distances(start: int, leads: tuple[tuple[int, ...], ...]) -> dict[int, int]:
    """How many moves away from a state each one is that can be reached."""
    found = {start: 0}
    waiting = [start]
    for state in waiting:
        for target in leads[state]:
            if target not in found:
                found[target] = found[state] + 1
                waiting.append(target)
    return found


def _extend(way: list[int], leads: tuple[tuple[int, ...], ...], goals: set[int]) -> None:
    """Goes on to the nearest of the goals, if none was come through and there is a way that crosses no state again."""
    if not goals.intersection(way):
        way += _chain(way[-1], goals, leads, way)


def _chain(start: int, goals: set[int], leads: tuple[tuple[int, ...], ...], avoided: Collection[int]) -> list[int]:
    """The states after `start` of a shortest chain of moves to a goal, none if there is no way.

    Only the goal may be one of `avoided`.
    """
    before: dict[int, int] = {}
    waiting = [start]
    for state in waiting:
        for target in leads[state]:
            if target in goals and target != start:
                chain = [target, state]
                while chain[-1] != start:
                    chain.append(before[chain[-1]])
                return chain[-2::-1]
            if target not in before and target != start and target not in avoided:
                before[target] = state
                waiting.append(target)
    return []
