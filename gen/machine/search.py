"""Breadth-first search over numbers, so that the first way found to anything is a shortest one.

What a step does depends on few of a number's bits: it is asked for once for each value of them, and kept as a difference to
add. So the search goes fast while the meaning stands in one place.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

MOST = 400_000
"""Numbers after which a search is given up: a few seconds."""


@dataclass(frozen=True)
class Step:
    """An event with the set of its arguments, as bits."""

    event: int
    arguments: int


REJECTED = -1
"""Instead of a number that follows: the event may be rejected."""


class Steps(Protocol):
    """What a search goes through: numbers, and the events that lead from one to others."""

    states: int
    """The bits that say which events have to be looked at."""
    asked: int
    """How many answers were asked for so far; they take their time, too."""

    def events(self, packed: int) -> Iterable[tuple[int, int]]:
        """The events to look at and, of each, the bits that matter to it; depends on the bits of `states` alone."""

    def ways(self, packed: int, event: int) -> Iterable[tuple[int, int]]:
        """The ways on by an event: its arguments and the number that follows, or REJECTED if that may come of it, too.
        Asked once for each value of its bits.
        """


@dataclass
class _Row:
    """An event to look at, and what is known of it: for the value of its bits the ways on, as differences to add.
    Where a step may come to several things, each of them is followed by how many there are.
    """

    event: int
    mask: int
    known: dict[int, tuple[tuple[Step, int, int], ...]] = field(default_factory=dict)


class Search:
    """All numbers that can be reached from `starts`. `complete` is False if they, or the answers, were more than `most`.

    `parents` has them in the order of finding, each with the number and the step by which it was first reached.
    """

    def __init__(self, starts: Iterable[int], steps: Steps, most: int = MOST) -> None:
        self.parents: dict[int, tuple[int, Step] | None] = dict.fromkeys(starts)
        self._steps = steps
        self._rows: dict[int, list[_Row]] = {}
        found = list(self.parents)
        for packed in found:
            for step, after, _ in self._counted_ways(packed):
                if after not in self.parents:
                    self.parents[after] = packed, step
                    found.append(after)
            if max(len(found), steps.asked) > most:
                break
        self.complete = max(len(found), steps.asked) <= most

    def ways(self, packed: int) -> Iterator[tuple[Step, int]]:
        """The steps that lead on from a number to another, and that other."""
        for step, after, _ in self._counted_ways(packed):
            yield step, after

    def _counted_ways(self, packed: int) -> Iterator[tuple[Step, int, int]]:
        """The ways on; with each, how many things its step may come to."""
        for row in self._rows_at(packed):
            known = row.known.get(packed & row.mask)
            if known is None:
                known = self._ask(row, packed)
            for step, difference, several in known:
                yield step, packed + difference, several

    def trace(self, packed: int) -> list[Step]:
        """The shortest way from a start to a number that was found."""
        steps = []
        while (parent := self.parents[packed]) is not None:
            packed, step = parent
            steps.append(step)
        return steps[::-1]

    def distances(self, goals: Iterable[int]) -> dict[int, int]:
        """For each number from which one of `goals` can be reached, the least number of steps."""
        before: dict[int, list[int]] = {}
        for packed in self.parents:
            for _, after in self.ways(packed):
                before.setdefault(after, []).append(packed)
        far = dict.fromkeys(goals, 0)
        found = list(far)
        for packed in found:
            for earlier in before.get(packed, ()):
                if earlier not in far:
                    far[earlier] = far[packed] + 1
                    found.append(earlier)
        return far

    def sure(self, goals: Iterable[int]) -> set[int]:
        """The numbers from which one of `goals` can be reached whatever comes of a step that may come to several
        things.

        That a step comes back to where it was taken does no harm: something was given back, of which there are not
        endlessly many.
        """
        before: dict[int, list[int]] = {}
        left: dict[tuple[int, Step], int] = {}
        steps: dict[int, list[tuple[int, Step]]] = {}
        for packed in self.parents:
            for step, after, several in self._counted_ways(packed):
                if several == 1:
                    before.setdefault(after, []).append(packed)
                else:
                    steps.setdefault(after, []).append((packed, step))
                    left[packed, step] = several
        sure = set(goals)
        found = list(sure)
        for packed in found:
            ready = list(before.get(packed, ()))
            for key in steps.get(packed, ()):
                left[key] -= 1
                if left[key] == 0:
                    ready.append(key[0])
            new = [earlier for earlier in dict.fromkeys(ready) if earlier not in sure]
            sure.update(new)
            found += new
        return sure

    def _rows_at(self, packed: int) -> list[_Row]:
        key = packed & self._steps.states
        rows = self._rows.get(key)
        if rows is None:
            rows = self._rows[key] = [_Row(event, mask) for event, mask in self._steps.events(packed)]
            for row in [row for row in rows if row.mask & ~self._steps.states == 0]:
                if not self._ask(row, packed):
                    rows.remove(row)  # it leads nowhere, whatever the rest of the number
        return rows

    def _ask(self, row: _Row, packed: int) -> tuple[tuple[Step, int, int], ...]:
        """Asks where an event leads and keeps it; of sets of arguments that lead to the same, the first."""
        ways: dict[int, dict[int, None]] = {}
        for arguments, after in self._steps.ways(packed, row.event):
            if after != packed:
                ways.setdefault(arguments, {})[after - packed] = None
        first = {tuple(differences): arguments for arguments, differences in reversed(ways.items())}
        row.known[packed & row.mask] = known = tuple(
            (Step(row.event, arguments), difference, len(differences))
            for differences, arguments in reversed(first.items())
            for difference in differences
            if difference != REJECTED - packed
        )
        return known
