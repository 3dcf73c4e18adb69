"""Breadth-first search over everything that can come about, so that the first way found to anything is a shortest one.

A configuration is packed into one number, each thing that it remembers in a few bits of its own. What an event does depends
on few of these bits: it is asked of the interpreter once for each value of them, and kept as a difference to add. So the
search goes fast while the meaning stands in one place.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import interpret
from abstract import Abstraction, argument_sets, holdings_of
from interpret import Configuration, Verdict
from model import LIMIT, Condition, Event, Lifecycle, Subject

MOST = 400_000
"""Configurations after which a search is given up: a few seconds."""


@dataclass(frozen=True)
class Step:
    """An event with the set of its arguments, as bits."""

    event: int
    arguments: int


@dataclass(frozen=True)
class Answer:
    """What is said to an event at a configuration: the verdict, the warnings, and where it leads if it is accepted.

    `after` is None if it is rejected or if nothing stands for what follows. `more` tells outcomes of one event apart: the
    holdings of which there were more than the highest count that is told apart.
    """

    arguments: int
    verdict: Verdict
    warnings: tuple[int, ...] = ()
    branch: int | None = None
    after: int | None = None
    more: tuple[int, ...] = ()


class Packing:
    """Configurations as numbers, as far as an abstraction tells them apart. The state has the lowest bits."""

    def __init__(self, model: Lifecycle, abstraction: Abstraction) -> None:
        self._model = model
        self.abstraction = abstraction
        self.width = (len(model.states) - 1).bit_length()
        self.states = (1 << self.width) - 1
        self._counts = [self._place(cut.bit_length()) for cut in abstraction.cuts]
        self._facts = [self._place(int(kept)) for kept in abstraction.facts]
        self._sets = [argument_sets(len(event.arguments)) for event in model.events]

    def _place(self, bits: int) -> tuple[int, int]:
        """The next free bits: how far they are up, and their mask."""
        place = self.width, (1 << bits) - 1
        self.width += bits
        return place

    def pack(self, configuration: Configuration) -> int | None:
        """The number of what stands for a configuration, or None."""
        kept = self.abstraction.of(configuration)
        if kept is None:
            return None
        counts = sum(count << place for count, (place, _) in zip(kept.counts, self._counts))
        return kept.state | counts | sum(fact << place for fact, (place, _) in zip(kept.facts, self._facts))

    def unpack(self, packed: int) -> Configuration:
        """The configuration of a number; the smallest counts where it stands for several."""
        counts = tuple(packed >> place & mask for place, mask in self._counts)
        facts = tuple(bool(packed >> place & mask) for place, mask in self._facts)
        return Configuration(packed & self.states, counts, facts)

    def mask(self, event: int, state: int) -> int:
        """The bits of a number that matter to an event in a state: those it looks at and those it changes."""
        what = self._model.events[event]
        move = what.moves[state]
        if move is None:
            return self.states
        holdings = {*what.takes, *what.gives_back}
        facts = {*what.sets, *what.clears, *(item.sets for item in what.arguments if item.sets is not None)}
        facts |= {index for index, fact in enumerate(self._model.facts) if fact.held_with in what.gives_back}
        for condition in self._asked(what, state):
            for atom in itertools.chain.from_iterable(condition.alternatives):
                holdings.update(holdings_of(self._model, atom))
                facts.update([atom.index] if atom.subject is Subject.FACT else [])
        places = [*(self._counts[index] for index in holdings), *(self._facts[index] for index in facts)]
        return self.states | sum(mask << place for place, mask in places)

    def _asked(self, event: Event, state: int) -> Iterator[Condition]:
        """The conditions that an event asks in a state where it has a move."""
        move = event.moves[state]
        assert move is not None
        yield from (need.condition for need in move.needs)
        yield from (warning.condition for warning in event.warnings)
        if move.choice is not None:
            yield from (branch.condition for branch in self._model.choices[move.choice].branches if branch.condition)

    def answers(self, packed: int, event: int, sets: Sequence[int] | None = None) -> tuple[Answer, ...]:
        """What may be said to an event: for each set of arguments, and for each exact configuration meant, if they differ."""
        what = self._model.events[event]
        lowest = self.unpack(packed)
        cuts = self.abstraction.cuts
        many = [index for index in what.gives_back if lowest.counts[index] == cuts[index] < LIMIT] if self.abstraction.many else []
        every = itertools.chain.from_iterable(itertools.combinations(many, size) for size in range(len(many) + 1))
        meant = [(more, _with_more(lowest, more)) for more in every]
        tried = self._sets[event] if sets is None else sets
        return tuple(self._answer(event, bits, more, exact) for bits in tried for more, exact in meant)

    def _answer(self, event: int, arguments: int, more: tuple[int, ...], exact: Configuration) -> Answer:
        verdict = interpret.judge(self._model, exact, event, arguments)
        if not verdict.accepted:
            return Answer(arguments, verdict, more=more)
        warnings = interpret.warnings(self._model, exact, event, arguments)
        outcome = interpret.outcome(self._model, exact, event, arguments)
        return Answer(arguments, verdict, warnings, outcome.branch, self.pack(outcome.configuration), more)


def _with_more(configuration: Configuration, more: tuple[int, ...]) -> Configuration:
    counts = tuple(count + (index in more) for index, count in enumerate(configuration.counts))
    return Configuration(configuration.state, counts, configuration.facts)


@dataclass
class _Row:
    """An event in a state: the bits that matter, and for each value of them that was met what to add for each way on."""

    event: int
    mask: int
    known: dict[int, tuple[tuple[int, int], ...]] = field(default_factory=dict)


class Search:
    """Everything that can come about from a number, breadth-first. Who uses it says what events do.

    `parents` holds what was found, in the order of finding, each with the number and the step that it was found from.
    `complete` is False if there was more than `most`.
    """

    def __init__(self, start: int, most: int = MOST) -> None:
        self.start = start
        self.parents: dict[int, tuple[int, int, int] | None] = {start: None}
        self.complete = True
        self._rows: dict[int, list[_Row]] = {}
        self._run(most)

    def _run(self, most: int) -> None:
        found = [self.start]
        parents = self.parents
        for packed in found:
            for row in self._rows_at(packed):
                ways = row.known.get(packed & row.mask)
                if ways is None:
                    ways = row.known[packed & row.mask] = self._ways(packed, row.event)
                for arguments, difference in ways:
                    after = packed + difference
                    if after not in parents:
                        parents[after] = packed, row.event, arguments
                        found.append(after)
            if len(found) > most:
                self.complete = False
                return

    def _rows_at(self, packed: int) -> list[_Row]:
        """The events that may lead on from a number; those that never do in its state are asked once and left out."""
        state = self.state_bits(packed)
        if state not in self._rows:
            self._rows[state] = rows = []
            for event, mask in self.masks(packed):
                row = _Row(event, mask)
                row.known[packed & mask] = self._ways(packed, event)
                if row.known[packed & mask] or packed & mask != state:
                    rows.append(row)
                elif mask != state_mask_of(self, packed):
                    rows.append(row)
        return self._rows[state]

    def _ways(self, packed: int, event: int) -> tuple[tuple[int, int], ...]:
        """The arguments and the differences of the ways on; of two that lead to the same, the first."""
        ways: dict[int, int] = {}
        for arguments, after in self.ask(packed, event):
            if after != packed:
                ways.setdefault(after - packed, arguments)
        return tuple((arguments, difference) for difference, arguments in ways.items())
