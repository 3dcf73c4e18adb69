"""Which invariants of a lifecycle do not hold, read from a search (explore.py) of everything that can come about; and in what
those of two versions differ.

The search may hold for possible what is not, so that nothing is overlooked; that an invariant is broken is made sure of by
replaying its trace exactly. The search goes breadth-first, so the first trace that is found is a shortest one.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import interpret
from interpret import Configuration
from machine.explore import Exploration, replay
from machine.search import Step
from model import Invariant, Lifecycle, Subject

_TRIES = 100
"""Traces that are replayed to make sure that one invariant is broken."""


@dataclass(frozen=True)
class Broken:
    """An invariant (index) that does not hold, a shortest trace that shows it, and the configuration at its end."""

    invariant: int
    trace: tuple[Step, ...]
    end: Configuration


@dataclass(frozen=True)
class Judged:
    """What a search says of the invariants. `doubtful` (indices): it can say neither that they hold nor that they do not.
    `idle`: no configuration was found in which they would have to hold.
    """

    broken: tuple[Broken, ...]
    doubtful: tuple[int, ...]
    idle: tuple[int, ...]

    def with_breaks_of(self, other: "Judged") -> "Judged":
        """The same with what is in doubt here and broken there, in a search in which everything that is found is real."""
        more = [broken for broken in other.broken if broken.invariant in self.doubtful]
        known = [broken.invariant for broken in more]
        doubtful = tuple(index for index in self.doubtful if index not in known)
        return Judged((*self.broken, *more), doubtful, self.idle)


@dataclass(frozen=True)
class Claim:
    """An invariant that only one version has, or that says something else in the other: what it says in each (None: it
    is not there), in words.
    """

    name: str
    before: str | None
    now: str | None


def judge_invariants(exploration: Exploration) -> Judged:
    """Holds the invariants of a lifecycle against what was found of it; all of it if the search is complete."""
    broken: list[Broken] = []
    doubtful: list[int] = []
    idle: list[int] = []
    for index, invariant in enumerate(exploration.model.always):
        shown, may_break, claimed = _judge(exploration, index, invariant)
        if shown:
            broken.append(shown)
        elif may_break:
            doubtful.append(index)
        if not claimed:
            idle.append(index)
    return Judged(tuple(broken), tuple(doubtful), tuple(idle))


def _judge(exploration: Exploration, index: int, invariant: Invariant) -> tuple[Broken | None, bool, bool]:
    """How an invariant is broken, if a trace shows it; whether it seems to be; whether it has to hold anywhere.

    Numbers that are the same in all that matters to the invariant are judged once.
    """
    model, search, packing = exploration.model, exploration.search, exploration.packing
    mask = packing.mask_of(invariant)
    known: dict[int, bool] = {}
    claimed = False
    tries = 0
    for packed in search.parents:
        key = packed & mask
        if key not in known:
            meant = list(packing.meant_by(packed, invariant))
            claimed = claimed or any(interpret.is_claimed(model, each, invariant) for each in meant)
            known[key] = all(interpret.keeps(model, each, invariant) for each in meant)
        if not known[key] and tries < _TRIES:
            tries += 1
            trace = tuple(search.trace(packed))
            end = replay(model, trace)
            if end is not None and not interpret.keeps(model, end, invariant):
                return Broken(index, trace, end), True, True
    return None, tries > 0, claimed


def changed_claims(old: Lifecycle, new: Lifecycle) -> Iterator[Claim]:
    """The invariants that are not the same in both versions, in the order of the new one, those that it has lost last."""
    before, now = ({each.name: (_meaning(model, each), _in_words(model, each)) for each in model.always} for model in (old, new))
    for name in dict.fromkeys([*now, *before]):
        (meant_before, said_before), (meant_now, said_now) = before.get(name, (None, None)), now.get(name, (None, None))
        if meant_before != meant_now:
            yield Claim(name, said_before, said_now)


def _meaning(model: Lifecycle, invariant: Invariant) -> object:
    """What an invariant says, by the names of what it asks for: the same, however it is written."""
    states = frozenset(model.states[state].name for state in invariant.states)
    names = {
        Subject.HOLDING: [holding.name for holding in model.holdings],
        Subject.GROUP: [group.name for group in model.groups],
        Subject.FACT: [fact.name for fact in model.facts],
    }
    alternatives = frozenset(
        frozenset((atom.subject, names[atom.subject][atom.index], atom.relation, atom.number) for atom in atoms)
        for atoms in invariant.condition.alternatives
    )
    return None if len(states) == len(model.states) else states, invariant.finished, alternatives


def _in_words(model: Lifecycle, invariant: Invariant) -> str:
    """An invariant as a sentence without its end: where it holds, and the condition."""
    names = [f"`{model.states[state].name}`" for state in invariant.states]
    where = [] if len(names) == len(model.states) else [f"in {', '.join(names)}"]
    where += ["at the end"] if invariant.finished else []
    return f"{' '.join(where) or 'everywhere'} `{invariant.condition.text}`"
