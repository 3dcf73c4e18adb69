"""Which configurations show what an event does in a state: those that differ in something that it looks at or changes.

What else is held must not matter; so it is anything. Whether a configuration can be reached does not matter either.
"""

import itertools
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from interpret import Configuration
from model import LIMIT, Atom, Condition, Lifecycle, Subject

COUNTS = (0, 1, 2, LIMIT - 1, LIMIT)
"""The counts that are tried of each holding; beside them, those around a number that a condition names."""
MOST_CASES = 200_000
"""Cases of an event in a state that are tried; if there are more, patterns of counts at random, with all of the rest."""
LEAST_COUNTS = 16
"""Of fewer patterns each is tried several times, with other counts of what must not matter."""
MOST_FACTS = 6
"""So many facts are tried in every pattern; of more, those that matter to the event, and the rest at random."""
MOST_ARGUMENTS = 6
"""Likewise arguments: of more, none, each one, each pair, all but one, and all."""

Assignment = tuple[tuple[int, int], ...]
"""Counts of some holdings: (holding, count)."""
Axis = list[Assignment]
"""The counts that are tried of holdings that stand together; the first has all of them 0."""


@dataclass(frozen=True)
class Case:
    """A configuration, and an event with its arguments to judge in it."""

    configuration: Configuration
    event: int
    arguments: int


class Walk:
    """All cases of a lifecycle, or some of each event in each state."""

    def __init__(self, model: Lifecycle, seed: int, most: int = MOST_CASES) -> None:
        self._model = model
        self._chance = random.Random(seed)
        self._most = most
        self.cut_short = 0
        """Events in states of which not every pattern of counts was tried."""

    def every(self) -> Iterator[Case]:
        """Every case."""
        yield from self._with_one_thing()
        for event, state in self._cells():
            axes, facts = self._axes(event, state), self._fact_patterns(event, state)
            sets = self._argument_sets(event, state)
            for counts in self._count_patterns(axes, self._most // (len(facts) * len(sets))):
                for pattern in facts:
                    configuration = Configuration(state, self._filled(axes, counts), pattern)
                    for arguments in sets:
                        yield Case(configuration, event, arguments)

    def some(self, count: int) -> Iterator[Case]:
        """`count` cases of each event in each state, at random, with little held or much; and those in which one thing is held."""
        yield from self._with_one_thing()
        for event, state in self._cells():
            axes, facts = self._axes(event, state), self._fact_patterns(event, state)
            sets = self._argument_sets(event, state)
            for _ in range(count):
                zeros = self._chance.choice((0.1, 0.5, 0.9))
                counts = tuple(axis[0] if self._chance.random() < zeros else self._chance.choice(axis) for axis in axes)
                configuration = Configuration(state, self._filled(axes, counts), self._chance.choice(facts))
                yield Case(configuration, event, self._chance.choice(sets))

    def _with_one_thing(self) -> Iterator[Case]:
        """In each state nothing held, and each holding alone: what is left decides whether the lifecycle is finished."""
        facts = (False,) * len(self._model.facts)
        events = itertools.cycle(range(len(self._model.events)))
        for state in range(len(self._model.states)):
            yield Case(Configuration(state, (0,) * len(self._model.holdings), facts), next(events), 0)
            for holding, count in itertools.product(range(len(self._model.holdings)), COUNTS[1:]):
                counts = tuple(count if index == holding else 0 for index in range(len(self._model.holdings)))
                yield Case(Configuration(state, counts, facts), next(events), 0)

    def _cells(self) -> Iterator[tuple[int, int]]:
        yield from itertools.product(range(len(self._model.events)), range(len(self._model.states)))

    # Counts

    def _axes(self, event: int, state: int) -> list[Axis]:
        """What is tried of the holdings that matter: of each alone, or of those together that only a group brings in."""
        atoms = list(self._atoms(event, state))
        what = self._model.events[event]
        singly = {*what.takes, *what.gives_back} if what.moves[state] else set()
        singly |= {atom.index for atom in atoms if atom.subject is Subject.HOLDING}
        groups = sorted({atom.index for atom in atoms if atom.subject is Subject.GROUP})
        kinds: dict[tuple[int, ...], list[int]] = {}
        for holding in range(len(self._model.holdings)):
            of = tuple(group for group in groups if holding in self._model.groups[group].members)
            if of and holding not in singly:
                kinds.setdefault(of, []).append(holding)
        axes: list[Axis] = [[((holding, count),) for count in self._counts(atoms, holding)] for holding in sorted(singly)]
        return axes + [self._axis_of_kind(atoms, kind, event + state) for kind in kinds.values()]

    def _axis_of_kind(self, atoms: Sequence[Atom], kind: list[int], turn: int) -> Axis:
        """Of holdings that behave alike, every pattern of two (other ones at other events), and each of the others alone."""
        first = kind[turn % len(kind)]
        second = kind[(turn + 1 + turn // len(kind) % max(len(kind) - 1, 1)) % len(kind)]
        others = [holding for holding in kind if holding not in (first, second)]
        nothing = tuple((holding, 0) for holding in kind)
        pair = (self._counts(atoms, first), self._counts(atoms, second) if second != first else (0,))
        patterns = [{first: one} if second == first else {first: one, second: two} for one, two in itertools.product(*pair)]
        patterns += [{other: count} for other in others for count in self._counts(atoms, other) if count]
        return [tuple({**dict(nothing), **pattern}.items()) for pattern in patterns]

    def _counts(self, atoms: Sequence[Atom], holding: int) -> tuple[int, ...]:
        """The counts to try of a holding, 0 first: also those that bring what an atom counts to about the atom's number."""
        counts = set(COUNTS)
        for atom in atoms:
            if atom.subject is Subject.HOLDING and atom.index == holding:
                counts |= {atom.number - 1, atom.number, atom.number + 1}
            elif atom.subject is Subject.GROUP and holding in self._model.groups[atom.index].members:
                counts |= {number + more for number in (atom.number, atom.number - LIMIT) for more in (-1, 0, 1)}
        return tuple(sorted(count for count in counts if 0 <= count <= LIMIT))

    def _count_patterns(self, axes: Sequence[Axis], most: int) -> Iterator[tuple[Assignment, ...]]:
        number = math.prod(map(len, axes))
        if number <= most:
            for _ in range(math.ceil(LEAST_COUNTS / number) if self._model.holdings else 1):
                yield from itertools.product(*axes)
            return
        self.cut_short += 1
        for _ in range(most):
            yield tuple(map(self._chance.choice, axes))

    def _filled(self, axes: Sequence[Axis], counts: Sequence[Assignment]) -> tuple[int, ...]:
        """The counts of all holdings: what an assignment does not name is all 0, or anything."""
        number = len(self._model.holdings)
        filled = [0] * number if self._chance.random() < 0.5 else self._chance.choices(COUNTS, k=number)
        for assignment in counts:
            for holding, count in assignment:
                filled[holding] = count
        return tuple(filled)

    # Facts

    def _fact_patterns(self, event: int, state: int) -> list[tuple[bool, ...]]:
        number = len(self._model.facts)
        if number <= MOST_FACTS:
            return list(itertools.product((False, True), repeat=number))
        matter = sorted(self._facts(event, state)) if self._model.events[event].moves[state] else []
        self._chance.shuffle(matter)
        patterns = []
        for values in itertools.product((False, True), repeat=min(len(matter), MOST_FACTS)):
            for rest in ((False,) * number, (True,) * number, tuple(self._chance.choices((False, True), k=number))):
                pattern = list(rest)
                for fact, value in zip(matter, values):
                    pattern[fact] = value
                patterns.append(tuple(pattern))
        return patterns

    def _facts(self, event: int, state: int) -> set[int]:
        what = self._model.events[event]
        facts = {atom.index for atom in self._atoms(event, state) if atom.subject is Subject.FACT}
        facts |= {*what.sets, *what.clears, *(item.sets for item in what.arguments if item.sets is not None)}
        return facts | {index for index, fact in enumerate(self._model.facts) if set(fact.held_with) & set(what.gives_back)}

    # Arguments

    def _argument_sets(self, event: int, state: int) -> list[int]:
        """The sets of arguments that are tried, as bits: every one of a few arguments."""
        count = len(self._model.events[event].arguments)
        if count <= MOST_ARGUMENTS:
            return list(range(1 << count))
        every = (1 << count) - 1
        if self._model.events[event].moves[state] is None:
            return [0, every]
        single = [1 << index for index in range(count)]
        pairs = [one | other for one, other in itertools.combinations(single, 2)]
        return [0, every, *single, *pairs, *(every & ~one for one in single)]

    # Conditions

    def _atoms(self, event: int, state: int) -> Iterator[Atom]:
        for condition in self._conditions(event, state):
            yield from itertools.chain.from_iterable(condition.alternatives)

    def _conditions(self, event: int, state: int) -> Iterator[Condition]:
        what = self._model.events[event]
        move = what.moves[state]
        if move is None:
            return
        yield from (need.condition for need in move.needs)
        yield from (warning.condition for warning in what.warnings)
        if move.choice is not None:
            yield from (branch.condition for branch in self._model.choices[move.choice].branches if branch.condition)
