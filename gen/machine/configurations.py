"""Configurations as numbers, as far as an abstraction (abstract.py) tells them apart, and what is said to events in them.

A configuration is packed into one number, each thing that it remembers in a few bits of its own. What an event does depends
on few of these bits.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import interpret
from interpret import Configuration, Verdict
from machine.abstract import Abstraction, argument_sets, holdings_of
from model import Atom, Event, Invariant, Lifecycle, Subject

_More = tuple[tuple[int, int], ...]


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
        lasting = (fact.held_with for fact in self._model.facts if set(fact.held_with) & set(what.gives_back))
        return sorted({*what.takes, *what.gives_back, *asked, *(holding for held_with in lasting for holding in held_with)})

    def _facts_of(self, event: int, state: int) -> set[int]:
        """The facts that matter to an event in a state."""
        what = self._model.events[event]
        facts = {*what.sets, *what.clears, *(item.sets for item in what.arguments if item.sets is not None)}
        facts |= {index for index, fact in enumerate(self._model.facts) if set(fact.held_with) & set(what.gives_back)}
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
