"""Breadth-first search over everything that can come about, so that the first way found to anything is a shortest one.

A configuration is packed into one number, each thing that it remembers in a few bits of its own. What an event does
depends on few of these bits: it is asked of the interpreter once for each value of them, and kept as a difference to
add. So the search goes fast while the meaning stands in one place.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import interpret
from interpret import Configuration, Verdict
from machine.abstract import Abstraction, argument_sets, holdings_of
from model import Atom, Event, Invariant, Lifecycle, Subject

MOST = 400_000
"""Configurations after which a search is given up: a few seconds."""


_More = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Step:
    """An event with the set of its arguments, as bits."""

    event: int
    arguments: int


@dataclass(frozen=True)
class Answer:
    """What is said to an event at a configuration: the verdict, the warnings, and where it leads if it is accepted.

    `after` is None if it is rejected or if nothing stands for what follows. `more` tells apart what may be said to one
    event: the holdings of which the exact number matters beyond what is told apart, with that number.
    """

    arguments: int
    verdict: Verdict
    warnings: tuple[int, ...] = ()
    branch: int | None = None
    after: int | None = None
    more: _More = ()


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
        if self._model.events[event].moves[state] is None:
            return self.states
        places = [self._counts[index] for index in self._holdings(event, state)]
        places += [self._facts[index] for index in self._facts_of(event, state)]
        return self.states | sum(mask << place for place, mask in places)

    def mask_of(self, invariant: Invariant) -> int:
        """The bits of a number that matter to an invariant: those that it asks for, and those of the end."""
        atoms = list(itertools.chain.from_iterable(invariant.condition.alternatives))
        holdings = {holding for atom in atoms for holding in holdings_of(self._model, atom)}
        if invariant.finished:
            holdings |= {index for index, item in enumerate(self._model.holdings) if not item.may_remain}
        places = [self._counts[index] for index in holdings]
        places += [self._facts[atom.index] for atom in atoms if atom.subject is Subject.FACT]
        return self.states | sum(mask << place for place, mask in dict.fromkeys(places))

    def meant_by(self, packed: int, invariant: Invariant) -> Iterator[Configuration]:
        """The configurations that a number may mean, as far as it matters to an invariant; the smallest counts first."""
        atoms = itertools.chain.from_iterable(invariant.condition.alternatives)
        holdings = sorted({holding for atom in atoms for holding in holdings_of(self._model, atom)})
        for _, exact in self._every(self.unpack(packed), holdings, ()):
            yield exact

    def _holdings(self, event: int, state: int) -> list[int]:
        """The holdings that matter to an event in a state."""
        what = self._model.events[event]
        asked = (holding for atom in self._asked(what, state) for holding in holdings_of(self._model, atom))
        return sorted({*what.takes, *what.gives_back, *asked})

    def _facts_of(self, event: int, state: int) -> set[int]:
        """The facts that matter to an event in a state."""
        what = self._model.events[event]
        facts = {*what.sets, *what.clears, *(item.sets for item in what.arguments if item.sets is not None)}
        facts |= {index for index, fact in enumerate(self._model.facts) if fact.held_with in what.gives_back}
        return facts | {atom.index for atom in self._asked(what, state) if atom.subject is Subject.FACT}

    def _asked(self, event: Event, state: int) -> Iterator[Atom]:
        """What the conditions ask for that an event asks in a state where it has a move."""
        move = event.moves[state]
        assert move is not None
        asked = [need.condition for need in move.needs] + [warning.condition for warning in event.warnings]
        if move.choice is not None:
            asked += [branch.condition for branch in self._model.choices[move.choice].branches if branch.condition]
        for condition in asked:
            yield from itertools.chain.from_iterable(condition.alternatives)

    def answers(self, packed: int, event: int, sets: Sequence[int] | None = None) -> tuple[Answer, ...]:
        """What may be said to an event: for each set of arguments, and for each exact configuration meant, if they
        differ.
        """
        lowest = self.unpack(packed)
        meant = list(self._meant(lowest, event))
        tried = self._sets[event] if sets is None else sets
        return tuple(self._answer(event, bits, more, exact) for bits in tried for more, exact in meant)

    def _meant(self, lowest: Configuration, event: int) -> Iterator[tuple[_More, Configuration]]:
        """The configurations to ask for: those that are meant, and of which it matters to the event which one it is."""
        if not self._model.events[event].moves[lowest.state]:
            yield (), lowest
            return
        yield from self._every(lowest, self._holdings(event, lowest.state), self._model.events[event].gives_back)

    def _every(
        self, lowest: Configuration, holdings: list[int], given_back: tuple[int, ...]
    ) -> Iterator[tuple[_More, Configuration]]:
        """The configurations that are meant, told apart in the counts of some holdings."""
        counts = [self.abstraction.counts_of(each, lowest.counts, each in given_back) for each in holdings]
        several = [(holding, every) for holding, every in zip(holdings, counts) if len(every) > 1]
        for chosen in itertools.product(*(every for _, every in several)):
            more = tuple(zip((holding for holding, _ in several), chosen))
            exact = list(lowest.counts)
            for holding, count in more:
                exact[holding] = count
            yield more, Configuration(lowest.state, tuple(exact), lowest.facts)

    def _answer(self, event: int, arguments: int, more: _More, exact: Configuration) -> Answer:
        verdict = interpret.judge(self._model, exact, event, arguments)
        if not verdict.accepted:
            return Answer(arguments, verdict, more=more)
        warnings = interpret.warnings(self._model, exact, event, arguments)
        outcome = interpret.outcome(self._model, exact, event, arguments)
        return Answer(arguments, verdict, warnings, outcome.branch, self.pack(outcome.configuration), more)


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
    """All numbers that can be reached from `start`. `complete` is False if they, or the answers, were more than `most`.

    `parents` has them in the order of finding, each with the number and the step by which it was first reached.
    """

    def __init__(self, start: int, steps: Steps, most: int = MOST) -> None:
        self.parents: dict[int, tuple[int, Step] | None] = {start: None}
        self._steps = steps
        self._rows: dict[int, list[_Row]] = {}
        found = [start]
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
        """The shortest way from the start to a number that was found."""
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


class Exploration:
    """All configurations of one lifecycle that can come about, as far as they are told apart.

    `answers` has what was said to events, each different thing once, with the first configuration (packed) where it
    was.
    """

    def __init__(self, model: Lifecycle, abstraction: Abstraction, most: int = MOST) -> None:
        self.model = model
        self.packing = Packing(model, abstraction)
        self.answers: list[tuple[int, int, Answer]] = []
        self.asked = 0
        self.states = self.packing.states
        self._events = [index for index, event in enumerate(model.events) if not abstraction.leaves_out(event)]
        start = self.packing.pack(interpret.initial(model))
        assert start is not None
        self.search = Search(start, self, most)

    def events(self, packed: int) -> Iterator[tuple[int, int]]:
        for event in self._events:
            yield event, self.packing.mask(event, packed & self.states)

    def ways(self, packed: int, event: int) -> Iterator[tuple[int, int]]:
        for answer in self.packing.answers(packed, event):
            self.asked += 1
            self.answers.append((packed, event, answer))
            if answer.after is not None:
                yield answer.arguments, answer.after
            elif not answer.verdict.accepted:
                yield answer.arguments, REJECTED

    def configuration(self, packed: int) -> Configuration:
        """What a number stands for; the smallest counts where it stands for several configurations."""
        return self.packing.unpack(packed)

    def finished(self) -> list[int]:
        """The configurations (packed) that are ends."""
        return [packed for packed in self.search.parents if interpret.finished(self.model, self.configuration(packed))]


def explore(model: Lifecycle, abstraction: Abstraction, most: int = MOST) -> Exploration:
    """Searches everything that can come about in a lifecycle."""
    return Exploration(model, abstraction, most)


def replay(model: Lifecycle, steps: Iterable[Step]) -> Configuration | None:
    """Where a trace leads, exactly; None if an event of it is rejected."""
    configuration = interpret.initial(model)
    for step in steps:
        if not interpret.judge(model, configuration, step.event, step.arguments).accepted:
            return None
        configuration = interpret.apply(model, configuration, step.event, step.arguments)
    return configuration


def parse_trace(model: Lifecycle, trace: Iterable[str]) -> list[Step]:
    """The steps of a trace, each line of which names an event and its arguments."""
    names = [event.name for event in model.events]
    found = []
    for name, *given in (line.split() for line in trace):
        event = names.index(name)
        arguments = enumerate(model.events[event].arguments)
        found.append(Step(event, sum(1 << index for index, argument in arguments if argument.name in given)))
    return found


def step_text(model: Lifecycle, step: Step) -> str:
    """A step as a line of a trace: the event and its arguments."""
    event = model.events[step.event]
    given = (argument.name for index, argument in enumerate(event.arguments) if step.arguments >> index & 1)
    return " ".join([event.name, *given])
