"""What can happen in each state, found without running the lifecycle: for pictures, which show nothing that cannot be.

Each number that a condition can ask for (a count, a group's sum, a fact) is followed as a range. The ranges of a state
hold for every configuration that can be in it, so what they rule out is impossible; a little of what they allow may be,
too.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from model import STAY, Atom, Condition, Event, Lifecycle, Move, Subject

_NO_END = 1 << 40
"""Stands for: no upper bound is known."""
_OPPOSITE = {">": "<=", "<=": ">", "<": ">=", ">=": "<", "==": "!=", "!=": "=="}

_Range = tuple[int, int]
_Ranges = tuple[_Range, ...]
"""A range (least, most) for each holding, then for each group, each fact, and each argument of the event at hand."""


@dataclass(frozen=True)
class Outcome:
    """A way in which an event can be accepted: the state it leads to, and the branch of the move's choice, if any."""

    target: int
    branch: int | None


@dataclass(frozen=True)
class Possible:
    """What can come of an event in a state: ways to be accepted, and the rules (indices) of the needs that can fail."""

    outcomes: tuple[Outcome, ...]
    failing: tuple[int, ...]


_Way = tuple[Outcome, _Ranges]
"""A way in which an event is accepted, and the ranges after it."""


def possible(model: Lifecycle) -> tuple[tuple[Possible, ...] | None, ...]:
    """For each state and event, what can come of it; None for a state that cannot be entered."""
    return _Search(model).run()


class _Search:
    def __init__(self, model: Lifecycle) -> None:
        self._model = model
        self._groups = len(model.holdings)
        self._facts = self._groups + len(model.groups)
        self._arguments = self._facts + len(model.facts)
        self._stops = self._thresholds()

    def run(self) -> tuple[tuple[Possible, ...] | None, ...]:
        model = self._model
        entered: list[_Ranges | None] = [None] * len(model.states)
        entered[model.initial] = ((0, 0),) * self._arguments
        waiting = {model.initial: None}  # in order, each once: what many events change is looked at again only once
        while waiting:
            state, _ = waiting.popitem()
            for event in model.events:
                for outcome, ranges in self._accepted(entered[state], state, event)[0]:
                    before = entered[outcome.target]
                    after = ranges if before is None else self._widened(before, ranges)
                    if after != before:
                        entered[outcome.target] = after
                        waiting[outcome.target] = None
        return tuple(
            None if ranges is None else tuple(self._possible(ranges, state, event) for event in model.events)
            for state, ranges in enumerate(entered)
        )

    def _possible(self, ranges: _Ranges, state: int, event: Event) -> Possible:
        accepted, failing = self._accepted(ranges, state, event)
        return Possible(tuple(outcome for outcome, _ in accepted), tuple(dict.fromkeys(failing)))

    def _accepted(self, ranges: _Ranges | None, state: int, event: Event) -> tuple[list[_Way], list[int]]:
        """The ways in which an event can be accepted; and the rules whose needs can fail."""
        move = event.moves[state]
        if move is None or ranges is None:
            return [], []
        now: _Ranges | None = (*ranges, *((0, 1) for _ in event.arguments))
        for holding in event.gives_back:
            now = self._assume(now, holding, ">", 0)
        failing = []
        for need in move.needs:
            without = with_it = now
            if need.argument is not None:
                without = self._assume(now, self._arguments + need.argument, "==", 0)
                with_it = self._assume(now, self._arguments + need.argument, ">", 0)
            if self._fails(with_it, need.condition) is not None:
                failing.append(need.rule)
            now = self._holds(with_it, need.condition)
            if need.argument is not None:
                now = _joined([without, now])
        if now is None:
            return [], failing
        return list(self._outcomes(self._affected(now, event), state, move)), failing

    def _outcomes(self, now: _Ranges | None, state: int, move: Move) -> Iterator[_Way]:
        """Where an accepted event can lead, after its effect."""
        if move.choice is None:
            assert now is not None and move.target is not None
            yield Outcome(state if move.target == STAY else move.target, None), now
            return
        for index, branch in enumerate(self._model.choices[move.choice].branches):
            taken = now if branch.condition is None else self._holds(now, branch.condition)
            if taken is not None:
                yield Outcome(state if branch.target == STAY else branch.target, index), taken
            if branch.condition is not None:
                now = self._fails(now, branch.condition)

    def _affected(self, now: _Ranges, event: Event) -> _Ranges | None:
        """The ranges after an event's effect."""
        after = list(now)
        for holding, change in (*((item, 1) for item in event.takes), *((item, -1) for item in event.gives_back)):
            groups = (index for index, group in enumerate(self._model.groups) if holding in group.members)
            for position in (holding, *(self._groups + index for index in groups)):
                after[position] = (after[position][0] + change, after[position][1] + change)
        for fact in event.sets:
            after[self._facts + fact] = (1, 1)
        for fact in event.clears:
            after[self._facts + fact] = (0, 0)
        for index, argument in enumerate(event.arguments):
            if argument.sets is not None:
                after[self._facts + argument.sets] = now[self._arguments + index]
        for index, lasting in enumerate(self._model.facts):
            if set(lasting.held_with) & set(event.gives_back):
                least, most = (sum(after[holding][end] for holding in lasting.held_with) for end in (0, 1))
                before = after[self._facts + index]
                after[self._facts + index] = before if least > 0 else (0, before[1] if most > 0 else 0)
        return self._consistent(after[: self._arguments])

    # Conditions

    def _holds(self, now: _Ranges | None, condition: Condition) -> _Ranges | None:
        """The ranges, given that a condition holds; None if it cannot."""
        found = []
        for alternative in condition.alternatives:
            narrowed = now
            for atom in alternative:
                narrowed = self._assume(narrowed, self._position(atom), atom.relation, atom.number)
            found.append(narrowed)
        return _joined(found)

    def _fails(self, now: _Ranges | None, condition: Condition) -> _Ranges | None:
        """The ranges, given that a condition does not hold; None if it must."""
        for alternative in condition.alternatives:
            now = _joined(
                [self._assume(now, self._position(atom), _OPPOSITE[atom.relation], atom.number) for atom in alternative]
            )
        return now

    def _position(self, atom: Atom) -> int:
        first = {Subject.HOLDING: 0, Subject.GROUP: self._groups, Subject.FACT: self._facts}
        return first.get(atom.subject, self._arguments) + atom.index

    def _assume(self, now: _Ranges | None, position: int, relation: str, number: int) -> _Ranges | None:
        """The ranges, given that one number compares so; None if it cannot."""
        if now is None:
            return None
        least, most = now[position]
        if relation in (">", ">=", "=="):
            least = max(least, number + (relation == ">"))
        if relation in ("<", "<=", "=="):
            most = min(most, number - (relation == "<"))
        if relation == "!=":
            least, most = least + (least == number), most - (most == number)
        return self._consistent([*now[:position], (least, most), *now[position + 1 :]])

    def _consistent(self, ranges: list[_Range]) -> _Ranges | None:
        """The ranges with what each group's sum says of its members, and they of it; None if they contradict it."""
        for index, group in enumerate(self._model.groups):
            members = [ranges[member] for member in group.members]
            least, most = sum(member[0] for member in members), sum(member[1] for member in members)
            sums = (max(ranges[self._groups + index][0], least), min(ranges[self._groups + index][1], most))
            ranges[self._groups + index] = sums
            for member, (low, high) in zip(group.members, members):
                ranges[member] = (max(low, sums[0] - (most - high)), min(high, sums[1] - (least - low)))
        return tuple(ranges) if all(least <= most for least, most in ranges) else None

    # How ranges grow, in few steps

    def _thresholds(self) -> list[int]:
        """The numbers near which a condition changes its mind."""
        found = {0, 1}
        for condition in _conditions(self._model):
            for alternative in condition.alternatives:
                found.update(max(0, atom.number + step) for atom in alternative for step in (-1, 0, 1))
        return sorted(found)

    def _widened(self, before: _Ranges, more: _Ranges) -> _Ranges:
        """Ranges that hold both; a bound that moves goes on to the next number that a condition asks for."""
        return tuple(self._wider(old, new) for old, new in zip(before, more))

    def _wider(self, old: _Range, new: _Range) -> _Range:
        least = old[0] if old[0] <= new[0] else max(stop for stop in self._stops if stop <= new[0])
        most = old[1] if old[1] >= new[1] else min((stop for stop in self._stops if stop >= new[1]), default=_NO_END)
        return least, most


def _conditions(model: Lifecycle) -> Iterator[Condition]:
    """Every condition that decides something."""
    for event in model.events:
        yield from (need.condition for move in event.moves if move for need in move.needs)
    for choice in model.choices:
        yield from (branch.condition for branch in choice.branches if branch.condition)


def _joined(several: Iterable[_Ranges | None]) -> _Ranges | None:
    """Ranges that hold all the given ones; None if there are none."""
    found = [ranges for ranges in several if ranges is not None]
    if not found:
        return None
    return tuple((min(low for low, _ in column), max(high for _, high in column)) for column in zip(*found))
