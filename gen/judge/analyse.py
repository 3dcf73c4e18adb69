"""What is wrong with a lifecycle that can be read all the same: what cannot happen, what cannot end, what is there
twice.

All configurations are searched (explore.py) as far as conditions tell them apart. The search may hold for possible
what is not, so that nothing is called impossible that is possible; and what it holds for possible is made sure of by
replaying a trace exactly. Where that fails the search is repeated with finer counts; what stays in doubt then is not
reported. Where there is too much to search, coarse.py stands in, which finds less and nothing that is false.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from judge.coarse import coarse
from judge.detours import detours
from judge.findings import Finding, described
from judge.impossible import impossible
from judge.invariants import Judged, judge_invariants
from judge.reached import Reached
from judge.same_states import same_states
from judge.traps import Traps, certain_traps
from machine import abstract
from machine.abstract import abstraction
from machine.explore import explore, step_text
from model import Lifecycle

MOST = 150_000
"""Configurations after which a search is given up: a few seconds."""
_FINER = 2
"""How many times a search is repeated with counts told apart one further."""


@dataclass(frozen=True)
class Analysis:
    """What is wrong, in the order of the places. `complete`: False if there was too much to search all of it."""

    findings: tuple[Finding, ...]
    complete: bool


def analyse(model: Lifecycle, most: int = MOST) -> Analysis:
    """Everything that is wrong with a lifecycle, as far as it can be found out; `most`: configurations to search."""
    reached: Reached | None = None
    for finer in range(_FINER + 1):
        exploration = explore(model, abstraction(model, finer), most)
        if finer == 0 or exploration.search.complete:
            claims = judge_invariants(exploration)
        if not exploration.search.complete:
            break
        reached = Reached(exploration)
        traps = Traps(exploration)
        if not (reached.doubtful or traps.doubtful or claims.doubtful):
            break
    few = None
    if reached and claims.doubtful:
        kept = abstract.exact(model)
        bounded = explore(model, kept, most)
        claims = claims.with_breaks_of(judge_invariants(bounded))
        few = max(kept.cuts) if bounded.search.complete else None
    if reached:
        found = {*impossible(model, reached.possible, reached.unheld), *traps.findings, *detours(model)}
        found.update(same_states(model, reached.possible))
    else:
        certain = coarse(model)
        found = {*impossible(model, set(certain.items)), *certain_traps(exploration, certain)}
        found.update(same_states(model, set(certain.items)))
    found.update(_uncited_rules(model))
    found.update(_claims(model, claims, reached is not None, few))
    return Analysis(tuple(sorted(found)), reached is not None)


# Invariants


def _claims(model: Lifecycle, judged: Judged, complete: bool, few: int | None) -> Iterator[Finding]:
    """The invariants that do not always hold; and, where everything was searched, those that say nothing or stay in doubt.
    `few`: the number to which exact counts break none of the latter, if that was found out.
    """
    for broken in judged.broken:
        invariant = model.always[broken.invariant]
        after = f"after `{model.events[broken.trace[-1].event].name}`" if broken.trace else "at the beginning"
        end = " at the end" if invariant.finished else ""
        message = f"the invariant `{invariant.name}` does not always hold: {after}, `{invariant.condition.text}` is false{end}"
        trace = tuple(step_text(model, step) for step in broken.trace)
        yield Finding(invariant.place, f"{message}; {described(model, broken.end)}", trace, is_error=True)
    for index in judged.doubtful if complete else ():
        invariant = model.always[index]
        why = "there is too much to search" if few is None else f"no events break it with counts to {few}, but more may"
        message = f"whether the invariant `{invariant.name}` always holds was not found out: {why}"
        yield Finding(invariant.place, message, is_note=True)
    for index in judged.idle if complete else ():
        invariant = model.always[index]
        where = "an end in its states" if invariant.finished else "where it would have to hold"
        yield Finding(invariant.place, f"the invariant `{invariant.name}` says nothing: no events lead to {where}")


# What needs no search


def _uncited_rules(model: Lifecycle) -> Iterator[Finding]:
    cited = {rule for event in model.events for rule in event.refusals}
    cited |= {rule for event in model.events for rule in event.not_held_rules}
    cited |= {warning.rule for event in model.events for warning in event.warnings}
    cited |= {need.rule for event in model.events for move in event.moves if move for need in move.needs}
    cited |= {need.rule for event in model.events for need in event.unjudged}
    for index, rule in enumerate(model.rules):
        if index not in cited:
            how = "name it in a need or a warning, let it refuse events, or remove it"
            yield Finding(rule.place, f"nothing cites the rule `{rule.name}`; {how}")
