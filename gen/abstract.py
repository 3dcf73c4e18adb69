"""Which configurations are told apart when all of them are searched: a machine has too many to look at each.

Two things are left out. Counts are cut at the smallest number beyond which no condition sees a difference. And of holdings
that are alike (the same is done with each, and no condition asks for one alone) only two are looked at: one to act on, and
another one that is held at the same time.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from interpret import Configuration
from model import LIMIT, Atom, Condition, Event, Lifecycle, Subject

MOST_ARGUMENT_SETS = 1024
"""Sets of arguments of one event that are tried: all of them for ten arguments, the smallest of them for more."""


@dataclass(frozen=True)
class Abstraction:
    """How far configurations are told apart.

    `cuts`: for each holding the highest count that is told apart; 0 if the holding is left out, with the events that touch
    it. `many`: that count stands for itself and for all above it; else there are none above it: what would take one more is
    not done. With `many` more may seem possible than is (a count of many, one given back, is many or one fewer), never less.
    Without it, less: every configuration that is found is real, but some may need higher counts.
    `facts`: whether each fact is told apart.
    """

    cuts: tuple[int, ...]
    facts: tuple[bool, ...]
    many: bool

    def leaves_out(self, event: Event) -> bool:
        """Does the event touch a holding that is left out?"""
        return any(self.cuts[holding] == 0 for holding in (*event.takes, *event.gives_back))

    def of(self, configuration: Configuration) -> Configuration | None:
        """What stands for a configuration; None if nothing does, because a count is too high."""
        if not self.many and any(count > cut for count, cut in zip(configuration.counts, self.cuts)):
            return None
        counts = tuple(min(count, cut) for count, cut in zip(configuration.counts, self.cuts))
        facts = tuple(fact and kept for fact, kept in zip(configuration.facts, self.facts))
        return Configuration(configuration.state, counts, facts)


def abstraction(model: Lifecycle) -> Abstraction:
    """The coarsest abstraction that tells apart whatever a condition or the end does."""
    return Abstraction(_without_alikes(model, smallest_cuts(model)), _read_facts(model), many=True)


def exact(model: Lifecycle, most: int = 2) -> Abstraction:
    """Exact counts from 0 to `most`, or as far as a condition sees if that is more; of alike holdings, two."""
    cuts = tuple(max(cut, most) for cut in smallest_cuts(model))
    return Abstraction(_without_alikes(model, cuts), _read_facts(model), many=False)


def conditions(model: Lifecycle) -> Iterator[Condition]:
    """Every condition of a lifecycle; one that stands in several places comes several times."""
    for event in model.events:
        for move in event.moves:
            yield from (need.condition for need in move.needs) if move else ()
        yield from (warning.condition for warning in event.warnings)
    for choice in model.choices:
        yield from (branch.condition for branch in choice.branches if branch.condition)


def holdings_of(model: Lifecycle, atom: Atom) -> tuple[int, ...]:
    """The holdings whose counts an atom looks at."""
    if atom.subject is Subject.HOLDING:
        return (atom.index,)
    return model.groups[atom.index].members if atom.subject is Subject.GROUP else ()


def argument_sets(count: int) -> list[int]:
    """The sets of `count` arguments to try, as bits, the smallest sets first."""
    every = itertools.chain.from_iterable(itertools.combinations(range(count), size) for size in range(count + 1))
    return [sum(1 << index for index in found) for found in itertools.islice(every, MOST_ARGUMENT_SETS)]


def smallest_cuts(model: Lifecycle) -> tuple[int, ...]:
    """For each holding the smallest number that all conditions take for any higher one; at least 1: held or not."""
    cuts = [1] * len(model.holdings)
    for atom in _atoms(model):
        seen = atom.number if atom.relation in (">=", "<") else atom.number + 1
        for holding in holdings_of(model, atom):
            cuts[holding] = min(max(cuts[holding], seen), LIMIT)
    return tuple(cuts)


def alike_holdings(model: Lifecycle) -> list[list[int]]:
    """The holdings in classes of those that are alike: exchanging two of a class, with their events, changes nothing."""
    named = {atom.index for atom in _atoms(model) if atom.subject is Subject.HOLDING}
    named |= {fact.held_with for fact in model.facts if fact.held_with is not None}
    classes: dict[object, list[int]] = {}
    for index in range(len(model.holdings)):
        key = index if index in named else _role(model, index)
        classes.setdefault(key, []).append(index)
    return list(classes.values())


def _role(model: Lifecycle, holding: int) -> object:
    """All that is said of a holding, without its name."""
    groups = tuple(index for index, group in enumerate(model.groups) if holding in group.members)
    touching = (event for event in model.events if holding in (*event.takes, *event.gives_back))
    # As text, because that is what can be sorted; the order of the events does not matter.
    uses = sorted(repr(_use(event, holding)) for event in touching)
    return model.holdings[holding].may_remain, groups, tuple(uses)


def _use(event: Event, holding: int) -> object:
    """What an event is to one of its holdings: all of the event but its names, the holding's number taken out."""
    return (
        [-1 if index == holding else index for index in event.takes],
        [-1 if index == holding else index for index in event.gives_back],
        (event.sets, event.clears, [argument.sets for argument in event.arguments]),
        [_plain(move.needs, move.target, move.choice) if move else None for move in event.moves],
        (event.refusals, [(warning.condition.alternatives, warning.rule) for warning in event.warnings]),
    )


def _plain(needs: tuple, target: int | None, choice: int | None) -> object:  # type: ignore[type-arg]
    return [(need.condition.alternatives, need.rule, need.argument) for need in needs], target, choice


def _without_alikes(model: Lifecycle, cuts: tuple[int, ...]) -> tuple[int, ...]:
    """The cuts, 0 for what is left out: of alike holdings all but two."""
    left_out = {index for alike in alike_holdings(model) for index in alike[2:]}
    return tuple(0 if index in left_out else cut for index, cut in enumerate(cuts))


def _read_facts(model: Lifecycle) -> tuple[bool, ...]:
    """Whether each fact is looked at by any condition."""
    read = {atom.index for atom in _atoms(model) if atom.subject is Subject.FACT}
    return tuple(index in read for index in range(len(model.facts)))


def _atoms(model: Lifecycle) -> Iterator[Atom]:
    for condition in conditions(model):
        for alternative in condition.alternatives:
            yield from alternative
