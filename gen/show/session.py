"""The shortest legal session along a given way: a lifecycle's calls in the order in which a client may make them."""

import heapq
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from interpret import Configuration, apply, finished, initial, judge
from machine.abstract import argument_sets, stand_ins, without_invariants
from model import Lifecycle

_MOST = 10_000
"""Configurations that are looked at before the search is given up."""


@dataclass(frozen=True)
class Step:
    """A call of a session: the event (index), its arguments (bits), and the configuration after it."""

    event: int
    arguments: int
    after: Configuration


def shortest_session(model: Lifecycle, way: Sequence[int]) -> tuple[Step, ...] | None:
    """A shortest session that comes through the states of `way`, in order, to the end; None if none is found.

    Of sessions of one length it is the one whose first different event stands first in the spec.
    """
    return _Search(model, way).run()


@dataclass(frozen=True)
class _Place:
    """Where a search is: the configuration, and how many states of the way were come through."""

    configuration: Configuration
    passed: int


class _Search:
    def __init__(self, model: Lifecycle, way: Sequence[int]) -> None:
        self._model = model
        self._way = way
        self._most_back = max(1, *(len(event.gives_back) for event in model.events))
        # Where holdings are alike, a session with one kind of them is as long as one with several.
        others = stand_ins([without_invariants(model)])
        self._calls = [
            (index, arguments)
            for index, event in enumerate(model.events)
            if event.name not in others
            for arguments in argument_sets(len(event.arguments))
        ]

    def run(self) -> tuple[Step, ...] | None:
        """Looks at places in the order of the least length that a session through them can have."""
        start = self._place(initial(self._model), 0)
        before: dict[_Place, tuple[_Place, Step] | None] = {start: None}
        length = {start: 0}
        number = itertools.count()
        waiting = [(self._left(start), next(number), start)]
        done: set[_Place] = set()
        while waiting and len(done) < _MOST:
            _, _, here = heapq.heappop(waiting)
            if here in done:
                continue
            done.add(here)
            if here.passed == len(self._way) and finished(self._model, here.configuration):
                return self._steps(before, here)
            for step in self._accepted(here.configuration):
                there = self._place(step.after, here.passed)
                if length[here] + 1 < length.get(there, 1 << 30):
                    before[there], length[there] = (here, step), length[here] + 1
                    heapq.heappush(waiting, (length[there] + self._left(there), next(number), there))
        return None

    def _accepted(self, configuration: Configuration) -> Iterator[Step]:
        for event, arguments in self._calls:
            if judge(self._model, configuration, event, arguments).accepted:
                yield Step(event, arguments, apply(self._model, configuration, event, arguments))

    def _place(self, configuration: Configuration, passed: int) -> _Place:
        arrived = passed < len(self._way) and self._way[passed] == configuration.state
        return _Place(configuration, passed + arrived)

    def _left(self, place: _Place) -> int:
        """No session is shorter from here: the states still to come, and what is to be given back."""
        held = sum(
            count
            for count, holding in zip(place.configuration.counts, self._model.holdings)
            if not holding.may_remain
        )
        return max(len(self._way) - place.passed, -(-held // self._most_back))

    @staticmethod
    def _steps(before: dict[_Place, tuple[_Place, Step] | None], last: _Place) -> tuple[Step, ...]:
        steps = []
        found = before[last]
        while found is not None:
            steps.append(found[1])
            found = before[found[0]]
        return tuple(reversed(steps))
