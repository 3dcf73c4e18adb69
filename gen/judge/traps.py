"""Traps: steps after which the end cannot be reached any more."""

from collections.abc import Iterator, Sequence

import interpret
from judge.coarse import Coarse
from judge.findings import Finding, described, named
from machine.abstract import stand_ins
from machine.explore import Exploration, replay, step_text
from machine.search import Step
from model import Lifecycle


class Traps:
    """The traps that a search has shown. `doubtful`: it seems that there are more, but no trace was found to show them."""

    def __init__(self, exploration: Exploration) -> None:
        self._model = exploration.model
        self._exploration = exploration
        self._search = exploration.search
        number = {event.name: index for index, event in enumerate(self._model.events)}
        self._same = {number[event]: number[other] for event, other in stand_ins([self._model]).items()}
        self.doubtful = False
        self.findings = tuple(self._find_traps())

    def _find_traps(self) -> Iterator[Finding]:
        """The steps after which no end can be reached: the first into each part from which there is no way back, and
        of one event in one state only the first.
        """
        model, search = self._model, self._search
        ends = self._exploration.finished()
        sure = search.sure(ends)
        if len(sure) == len(search.parents):
            return
        to_end = self._exploration.to_end()
        self.doubtful = self.doubtful or len(sure) < len(to_end)
        if not to_end:
            yield _no_end(model)
            return
        told: set[tuple[int, int]] = set()
        doubts: set[tuple[int, int]] = set()
        inside: set[int] = set()
        for packed in (packed for packed in search.parents if packed in to_end):
            for step, after in search.ways(packed):
                where = self._same.get(step.event, step.event), packed & self._exploration.states
                if after in to_end or after in inside or where in told:
                    continue
                trace = [*search.trace(packed), step]
                exact = replay(model, trace)
                if exact is None or self._exploration.packing.pack(exact) in to_end:
                    doubts.add(where)
                    continue
                told.add(where)
                inside |= self._all_after(after)
                every = [where[0], *(index for index, same in self._same.items() if same == where[0])]
                yield _trap(model, trace, [model.events[index].name for index in every if index != step.event])
        self.doubtful = self.doubtful or not doubts <= told

    def _all_after(self, packed: int) -> set[int]:
        found = {packed}
        waiting = [packed]
        while waiting:
            new = {after for _, after in self._search.ways(waiting.pop())} - found
            found |= new
            waiting.extend(new)
        return found


def _no_end(model: Lifecycle) -> Finding:
    first = model.states[model.initial]
    why = f"no events lead from `{first.name}` to a final state with everything given back"
    return Finding(first.place, f"the end can never be reached: {why}")


def _trap(model: Lifecycle, trace: list[Step], alike: Sequence[str] = ()) -> Finding:
    """The trap that the last step of a trace leads into."""
    before = replay(model, trace[:-1])
    exact = replay(model, trace)
    assert before and exact
    event = model.events[trace[-1].event]
    move = event.moves[before.state]
    assert move
    others = f" (and {named(alike)}, too)" if alike else ""
    message = f"a trap: after `{event.name}`{others} the end cannot be reached any more; {described(model, exact)}"
    return Finding(move.place, message, tuple(step_text(model, step) for step in trace))


def certain_traps(exploration: Exploration, certain: Coarse) -> Iterator[Finding]:
    """Traps that are certain without a search of everything, where the part that was searched has a trace into them."""
    model, search = exploration.model, exploration.search
    if certain.is_trap(interpret.initial(model)):
        yield _no_end(model)
        return
    told: set[tuple[int, int]] = set()
    for packed, parent in search.parents.items() if certain.doomed else ():
        if parent is None or not certain.is_trap(exploration.configuration(packed)):
            continue
        where = parent[1].event, parent[0] & exploration.states
        if where in told or certain.is_trap(exploration.configuration(parent[0])):
            continue
        trace = search.trace(packed)
        exact = replay(model, trace)
        if exact and certain.is_trap(exact):
            told.add(where)
            yield _trap(model, trace)
