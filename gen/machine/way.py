"""The way to the end: what NAME_next and the explanations need to know of it, derived from the moves.

How far is it to the end? What is left are the things that must be given back, and the *distance* of the state: the fewest moves
that give nothing back on any chain of moves to a final state. `NAME_next` tries the events that can lower this sum and takes
the one that lowers it most, in a time that does not depend on the counts.

Where each event gives back at most one thing, no event lowers the sum by more than one; so if one that does is found at each step,
the way is a shortest one. Where an event gives back several at once, the way may not be the shortest; and where a lifecycle asks for a
detour (something must be taken to come to the end), no event lowers the sum and there is no next one, although there is a way.
"""

from collections import deque
from collections.abc import Iterator

import interpret
from interpret import Configuration
from model import STAY, Event, Lifecycle, Move, Subject

NO_WAY = -1
"""As a distance: no chain of moves leads from this state to a final one."""


def targets(model: Lifecycle, move: Move, state: int) -> set[int]:
    """The states that a move in `state` may lead to."""
    found = {move.target} if move.choice is None else {branch.target for branch in model.choices[move.choice].branches}
    return {state if target is None or target == STAY else target for target in found}


def distances(model: Lifecycle) -> tuple[int, ...]:
    """For each state the fewest moves that give nothing back (that must be) on a chain of moves to a final state, or NO_WAY."""
    before: list[list[tuple[int, int]]] = [[] for _ in model.states]
    for event in model.events:
        cost = 0 if gives_back_what_must_be(model, event) else 1
        for state, move in enumerate(event.moves):
            for target in targets(model, move, state) if move else ():
                before[target].append((state, cost))
    found = [NO_WAY] * len(model.states)
    waiting = deque((0, state) for state in range(len(model.states)) if model.states[state].final)
    while waiting:
        distance, state = waiting.popleft()
        if found[state] != NO_WAY and found[state] <= distance:
            continue
        found[state] = distance
        for earlier, cost in before[state]:
            if cost:
                waiting.append((distance + 1, earlier))
            else:
                waiting.appendleft((distance, earlier))
    return tuple(found)


def gives_back_what_must_be(model: Lifecycle, event: Event) -> bool:
    """Does the event give back something that must be given back?"""
    return any(not model.holdings[holding].may_remain for holding in event.gives_back)


def steps_out(model: Lifecycle) -> list[int]:
    """The events (indices) that can be a step on a shortest way: they lower what is left, or lead to a nearer state."""
    far = distances(model)
    found = []
    for index, event in enumerate(model.events):
        moves = [(state, move) for state, move in enumerate(event.moves) if move]
        nearer = any(far[target] < far[state] for state, move in moves for target in targets(model, move, state))
        if moves and (gives_back_what_must_be(model, event) or nearer):
            found.append(index)
    return found


class Guide:
    """What `NAME_next` does, for whoever wants to know beforehand where it fails."""

    def __init__(self, model: Lifecycle) -> None:
        self._model = model
        self._far = distances(model)
        self._steps = steps_out(model)

    def after(self, configuration: Configuration) -> Configuration | None:
        """Where the event leads that `NAME_next` gives here: the first of those that lower what is left the most; None if there is none."""
        best = min(self._tries(configuration), key=self._left, default=None)
        return best if best is not None and self._left(best) < self._left(configuration) else None

    def _tries(self, configuration: Configuration) -> Iterator[Configuration]:
        """Where the events lead that it tries, each with the arguments whose needs hold."""
        for event in self._steps:
            if self._model.events[event].moves[configuration.state] is None:
                continue
            arguments = self._fitting_arguments(configuration, event)
            try:
                yield interpret.apply(self._model, configuration, event, arguments)
            except ValueError:  # it is not accepted
                continue

    def _fitting_arguments(self, configuration: Configuration, event: int) -> int:
        move = self._model.events[event].moves[configuration.state]
        needs = [need for need in move.needs if need.argument is not None] if move else []
        asked = {need.argument for need in needs}
        failing = {need.argument for need in needs if not interpret.holds(self._model, configuration, need.condition)}
        return sum(1 << argument for argument in asked - failing if argument is not None)

    def _left(self, configuration: Configuration) -> int:
        """What is left to do; far more than that where no chain of moves leads to an end."""
        distance = self._far[configuration.state]
        counts = zip(configuration.counts, self._model.holdings, strict=True)
        return sum(count for count, holding in counts if not holding.may_remain) + (0xFFFF if distance == NO_WAY else distance)


def lone_target(event: Event) -> int:
    """The one state that all moves of an event name, or STAY: where it leads if it happens without a move."""
    named = {STAY if move.target is None else move.target for move in event.moves if move}
    return named.pop() if len(named) == 1 else STAY


def steps_into(model: Lifecycle) -> list[set[int]]:
    """For each state, the other states from which a move may lead to it."""
    before: list[set[int]] = [set() for _ in model.states]
    for _, state, target in _all_steps(model):
        if state != target:
            before[target].add(state)
    return before


def reaching(event: Event, into: list[set[int]]) -> tuple[bool, ...]:
    """For each state, whether a chain of moves leads to where the event has a move. `into` is what `steps_into` gives."""
    found = [state for state, move in enumerate(event.moves) if move]
    for target in found:
        found += sorted(into[target] - set(found))
    return tuple(state in found for state in range(len(event.moves)))


def never_returned(model: Lifecycle) -> list[tuple[int, int]]:
    """The (state, holding) where nothing of the holding can have been given back before: no chain of moves to the state does."""
    after: list[set[int]] = [set() for _ in model.states]
    for _, state, target in _all_steps(model):
        after[state].add(target)
    found = []
    for holding in range(len(model.holdings)):
        returned = [target for event, state, target in _all_steps(model) if holding in model.events[event].gives_back]
        reached = list(dict.fromkeys(returned))
        for state in reached:
            reached += sorted(after[state] - set(reached))
        found += [(state, holding) for state in range(len(model.states)) if state not in reached]
    return sorted(found)


MOST_TRIED = 8
"""Sets of arguments of one event that advice tries at most."""


def useful_arguments(model: Lifecycle, event: Event) -> list[int]:
    """The sets of arguments with which advice tries an event, as bits: none, and what can make a difference for the better, as an argument
    sets a fact or is wanted by a condition. Of many, none, each alone, and all. Empty where the event changes nothing.
    """
    sets = any(argument.sets is not None for argument in event.arguments)
    moves = [(state, move) for state, move in enumerate(event.moves) if move]
    leads = any(target != state for state, move in moves for target in targets(model, move, state))
    if not moves or not (leads or sets or event.takes or event.gives_back or event.sets or event.clears):
        return []
    asked = {
        atom.index
        for _, move in moves
        for need in move.needs
        for atoms in need.condition.alternatives
        for atom in atoms
        if atom.subject is Subject.ARGUMENT
    }
    bits = [1 << index for index, argument in enumerate(event.arguments) if argument.sets is not None or index in asked]
    if 1 << len(bits) <= MOST_TRIED:
        return sorted(sum(bit for at, bit in enumerate(bits) if chosen >> at & 1) for chosen in range(1 << len(bits)))
    return [0, *bits[: MOST_TRIED - 2], sum(bits)]


def _all_steps(model: Lifecycle) -> Iterator[tuple[int, int, int]]:
    for index, event in enumerate(model.events):
        for state, move in enumerate(event.moves):
            if move:
                for target in sorted(targets(model, move, state)):
                    yield index, state, target
