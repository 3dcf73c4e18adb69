"""Which configurations are told apart when all of them are searched: a machine has too many to look at each.

Two things are left out. Counts are cut at the smallest number beyond which no condition sees a difference. And of
holdings that are alike (the same is done with each, and no condition asks for one alone) only two are looked at: one
to act on, and another one that is held at the same time.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from interpret import Configuration
from model import LIMIT, Atom, Condition, Event, Lifecycle, Move, Subject

HIGHEST_CUT = 100
"""A search counts to this number at most."""
MOST_ARGUMENT_SETS = 1024
"""Sets of arguments of one event that are tried: all of them for ten arguments, the smallest of them for more."""


@dataclass(frozen=True)
class Abstraction:
    """How far configurations are told apart.

    `cuts`: for each holding the highest count that is told apart; 0 if the holding is left out, with the events that
    touch it. `many`: that count stands for itself and for all above it; else there are none above it: what would take
    one more is not done. With `many` more may seem possible than is (a count of many, one given back, is many or one
    fewer), never less. Without it, less: every configuration that is found is real, but some may need higher counts.
    `facts`: whether each fact is told apart. `far`: numbers of conditions that are too high to count to, each with the
    holdings whose sum is compared with it; what is said on either side of them is looked at wherever there are many.
    """

    cuts: tuple[int, ...]
    facts: tuple[bool, ...]
    many: bool
    far: tuple[tuple[tuple[int, ...], int], ...] = ()

    def counts_of(self, holding: int, counts: Sequence[int], given_back: bool) -> list[int]:
        """The counts of a holding that have to be looked at where `counts` stand for what is held: that, or if it
        stands for many, what may differ from it.
        """
        lowest = counts[holding]
        if not self._is_many(holding, counts):
            return [lowest]
        values = {lowest, lowest + given_back}
        for members, number in self.far:
            if holding in members:
                others = {0}  # the sum of the others: of each there may be few or as many as can be
                for other in (member for member in members if member != holding):
                    most = LIMIT if self._is_many(other, counts) else counts[other]
                    others = {least + count for least in others for count in (counts[other], most)}
                values |= {min(number - least + step, LIMIT) for least in others for step in (-1, 0, 1)}
        return sorted(value for value in values if lowest <= value <= LIMIT)

    def _is_many(self, holding: int, counts: Sequence[int]) -> bool:
        return self.many and counts[holding] == self.cuts[holding] > 0

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


def abstraction(model: Lifecycle, finer: int = 0) -> Abstraction:
    """The coarsest abstraction that tells apart whatever a condition or the end does; `finer`: counts that much
    further.
    """
    return abstractions([model], finer)[0]


def abstractions(models: Sequence[Lifecycle], finer: int = 0) -> list[Abstraction]:
    """One for each of several lifecycles that run side by side, in which holdings of the same name are treated the
    same.
    """
    far = {item for model in models for item in _far(model)}
    found = []
    for model, cuts in zip(models, _cuts(models, 1, finer)):
        number = {holding.name: index for index, holding in enumerate(model.holdings)}
        known = {(tuple(number[name] for name in names if name in number), most) for names, most in far}
        found.append(Abstraction(cuts, _read_facts(model), True, tuple(sorted(item for item in known if item[0]))))
    return found


def exact(model: Lifecycle, most: int = 2) -> Abstraction:
    """Exact counts from 0 to `most`, or as far as a condition sees if that is more (and not too high); of alike
    holdings, two.
    """
    return Abstraction(_cuts([model], most, 0)[0], _read_facts(model), many=False)


def conditions(model: Lifecycle) -> Iterator[Condition]:
    """Every condition of a lifecycle, those of its invariants too; one that stands in several places comes several times."""
    for event in model.events:
        for move in event.moves:
            yield from (need.condition for need in move.needs) if move else ()
        yield from (warning.condition for warning in event.warnings)
    for choice in model.choices:
        yield from (branch.condition for branch in choice.branches if branch.condition)
    yield from (invariant.condition for invariant in model.always)


def without_invariants(model: Lifecycle) -> Lifecycle:
    """The lifecycle without what is claimed of it, for whoever asks only what it does: then less has to be told apart."""
    return replace(model, always=())


def holdings_of(model: Lifecycle, atom: Atom) -> tuple[int, ...]:
    """The holdings whose counts an atom looks at."""
    if atom.subject is Subject.HOLDING:
        return (atom.index,)
    return model.groups[atom.index].members if atom.subject is Subject.GROUP else ()


def argument_sets(count: int) -> list[int]:
    """The sets of `count` arguments to try, as bits, the smallest sets first."""
    every = itertools.chain.from_iterable(itertools.combinations(range(count), size) for size in range(count + 1))
    return [sum(1 << index for index in found) for found in itertools.islice(every, MOST_ARGUMENT_SETS)]


def _cuts(models: Sequence[Lifecycle], least: int, finer: int) -> list[tuple[int, ...]]:
    """The cuts for each lifecycle: at least `least`, and 0 for what is left out: of alike holdings all but two."""
    cuts: dict[str, int] = {}
    for model in models:
        for holding, cut in zip(model.holdings, _smallest_cuts(model)):
            cuts[holding.name] = max(cuts.get(holding.name, least), cut + finer)
    left_out = {name for alike in alike_holdings(models) for name in alike[2:]}
    left_out -= {name for model in models for names, _ in _far(model) for name in names}  # two may not come to the sum
    return [tuple(0 if each.name in left_out else cuts[each.name] for each in model.holdings) for model in models]


def _smallest_cuts(model: Lifecycle) -> list[int]:
    """For each holding the smallest number that all conditions take for any higher one, those apart that ask for a
    number that is too high; at least 1: held or not.
    """
    cuts = [1] * len(model.holdings)
    for atom in _atoms(model):
        seen = atom.number if atom.relation in (">=", "<") else atom.number + 1
        for holding in holdings_of(model, atom) if seen <= HIGHEST_CUT else ():
            cuts[holding] = max(cuts[holding], seen)
    return cuts


def _far(model: Lifecycle) -> Iterator[tuple[tuple[str, ...], int]]:
    """The numbers that conditions ask for and that are too high to count to, with the names of what they ask it of."""
    for atom in _atoms(model):
        if atom.number >= HIGHEST_CUT and holdings_of(model, atom):
            yield tuple(model.holdings[index].name for index in holdings_of(model, atom)), atom.number


def alike_holdings(models: Sequence[Lifecycle]) -> list[list[str]]:
    """The holdings in classes of those that are alike: exchanging two of a class, with their events, changes nothing.

    Of several lifecycles that run side by side on the same events: changes nothing in any of them.
    """
    classes: dict[object, list[str]] = {}
    for name in dict.fromkeys(holding.name for model in models for holding in model.holdings):
        key = name if any(_is_named(model, name) for model in models) else _role(models, name)
        classes.setdefault(key, []).append(name)
    return list(classes.values())


def stand_ins(models: Sequence[Lifecycle]) -> dict[str, str]:
    """For each event that does to a holding what another does to an alike holding: that other. One of each kind has
    none.
    """
    found: dict[str, str] = {}
    for first, *others in alike_holdings(models):
        for other in others:
            unmatched = _uses(models, first)
            for event, use in _uses(models, other).items():
                found[event] = next(name for name, same in unmatched.items() if same == use)
                del unmatched[found[event]]
    for event in found:
        while found[event] in found:  # it touches alike holdings of two kinds
            found[event] = found[found[event]]
    return found


def _is_named(model: Lifecycle, name: str) -> bool:
    """Does a condition or a fact ask for this holding alone?"""
    named = {atom.index for atom in _atoms(model) if atom.subject is Subject.HOLDING}
    named |= {holding for fact in model.facts for holding in fact.held_with}
    return any(model.holdings[index].name == name for index in named)


def _role(models: Sequence[Lifecycle], name: str) -> object:
    """All that is said of a holding, without its name: what it is, and the events that touch it, without theirs."""
    kinds: list[object] = []
    for model in models:
        number = _number(model, name)
        groups = tuple(index for index, group in enumerate(model.groups) if number in group.members)
        kinds.append(None if number is None else (model.holdings[number].may_remain, groups))
    return tuple(kinds), tuple(sorted(_uses(models, name).values()))


def _uses(models: Sequence[Lifecycle], name: str) -> dict[str, str]:
    """The events that touch a holding in any of the lifecycles, and what each of them does in all of them, as text."""
    numbers = [_number(model, name) for model in models]
    touching = dict.fromkeys(
        event.name
        for model, number in zip(models, numbers)
        for event in model.events
        if number in (*event.takes, *event.gives_back)
    )
    return {name: repr([_uses_in(model, name, number) for model, number in zip(models, numbers)]) for name in touching}


def _uses_in(model: Lifecycle, name: str, holding: int | None) -> list[object]:
    """What the event of this name is to a holding; nothing if there is no such event."""
    return [_use(event, holding) for event in model.events if event.name == name]


def _number(model: Lifecycle, name: str) -> int | None:
    return next((index for index, holding in enumerate(model.holdings) if holding.name == name), None)


def _use(event: Event, holding: int | None) -> object:
    """What an event is to one of its holdings: all of the event but names and texts, the holding's number taken out."""
    return (
        [-1 if index == holding else index for index in event.takes],
        ([-1 if index == holding else index for index in event.gives_back], event.not_held_rules),
        (event.sets, event.clears, [(argument.name, argument.sets) for argument in event.arguments]),
        [_plain(move) if move else None for move in event.moves],
        (event.refusals, [(warning.condition.alternatives, warning.rule) for warning in event.warnings]),
    )


def _plain(move: Move) -> object:
    needs = [(need.condition.alternatives, need.rule, need.argument) for need in move.needs]
    return needs, move.target, move.choice


def _read_facts(model: Lifecycle) -> tuple[bool, ...]:
    """Whether each fact is looked at by any condition."""
    read = {atom.index for atom in _atoms(model) if atom.subject is Subject.FACT}
    return tuple(index in read for index in range(len(model.facts)))


def _atoms(model: Lifecycle) -> Iterator[Atom]:
    for condition in conditions(model):
        for alternative in condition.alternatives:
            yield from alternative
