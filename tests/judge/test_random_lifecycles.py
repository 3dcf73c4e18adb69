"""`check` and `diff` on lifecycles made at random, against searches as plain as can be: nothing that is said is
false, and nothing is overlooked that shows with few of each thing.
"""

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from random_lifecycles import changed, lifecycle, wide

# the generator's modules; random_lifecycles.py has put them on the path
from judge.analyse import Analysis, analyse
from judge.compare import Kind, compare
from interpret import Configuration, apply, finished, initial, judge, outcome, warnings
from model import Lifecycle
from problems import Place

SEEDS = range(250)
WIDE = range(100)
"""Of lifecycles with wide conditions; a plain search does not come to their high numbers."""
FEW = 4
"""A plain search goes up to so many of each thing."""

Found = dict[Configuration, list[Configuration]]
"""Configurations and what follows each."""


def ways(model: Lifecycle, here: Configuration) -> Iterator[tuple[int, int]]:
    """Every event with every set of arguments, as far as it has a move."""
    for event, what in enumerate(model.events):
        if what.moves[here.state]:
            yield from ((event, arguments) for arguments in range(1 << len(what.arguments)))


def search(model: Lifecycle, most: int) -> Found:
    """Every configuration that can come about with counts up to `most`."""
    found: Found = {initial(model): []}
    waiting = [initial(model)]
    for here in waiting:
        for event, arguments in ways(model, here):
            if judge(model, here, event, arguments).accepted:
                after = apply(model, here, event, arguments)
                if max(after.counts, default=0) <= most:
                    found[here].append(after)
                    if after not in found:
                        found[after] = []
                        waiting.append(after)
    return found


def to_end(model: Lifecycle, found: Found) -> set[Configuration]:
    """The configurations from which the end can be reached."""
    reach = {here for here in found if finished(model, here)}
    while True:
        more = {here for here, afters in found.items() if here not in reach and not reach.isdisjoint(afters)}
        if not more:
            return reach
        reach |= more


def follow(model: Lifecycle, trace: tuple[str, ...]) -> Configuration:
    """Where a trace leads; all of it must be accepted."""
    here = initial(model)
    for line in trace:
        name, *given = line.split()
        event = next(index for index, each in enumerate(model.events) if each.name == name)
        names = [argument.name for argument in model.events[event].arguments]
        arguments = sum(1 << names.index(each) for each in given)
        assert judge(model, here, event, arguments).accepted, trace
        here = apply(model, here, event, arguments)
    return here


def happening(model: Lifecycle, found: Found) -> set[tuple[object, ...]]:
    """What can happen in the configurations of a search: states, needs that fail, branches, warnings."""
    items: set[tuple[object, ...]] = set()
    for here in found:
        items.add(("state", here.state))
        for event, arguments in ways(model, here):
            move = model.events[event].moves[here.state]
            verdict = judge(model, here, event, arguments)
            assert move
            if verdict.need is not None:
                items.add(("need", event, move.needs[verdict.need]))
            if verdict.accepted:
                items.add(("branch", move.choice, outcome(model, here, event, arguments).branch))
                items.update(("warning", event, warning) for warning in warnings(model, here, event, arguments))
    return items


def not_found(model: Lifecycle) -> set[Place]:
    """Where everything is declared that a plain search does not find to happen."""
    items = happening(model, search(model, FEW))
    places = {state.place for index, state in enumerate(model.states) if ("state", index) not in items}
    for index, choice in enumerate(model.choices):
        every = enumerate(choice.branches)
        places |= {branch.place for number, branch in every if ("branch", index, number) not in items}
    for index, event in enumerate(model.events):
        needs = dict.fromkeys(need for move in event.moves if move for need in move.needs)
        places |= {need.place for need in needs if ("need", index, need) not in items}
        warned = enumerate(event.warnings)
        places |= {warning.place for number, warning in warned if ("warning", index, number) not in items}
    return places


def said(analysis: Analysis) -> set[Place]:
    """Where `check` says that something does not happen."""
    words = ("is never entered", "is never taken", "never fails", "never comes")
    return {finding.place for finding in analysis.findings if any(word in finding.message for word in words)}


def test_what_cannot_happen() -> None:
    """A plain search does not find it either; what that misses besides needs more than a few of something."""
    total = missed = 0
    for seed in SEEDS:
        model = lifecycle(seed)
        wanted, found = not_found(model), said(analyse(model))
        assert found <= wanted, seed
        assert said(analyse(model, most=0)) <= found, seed
        total, missed = total + len(wanted), missed + len(wanted - found)
    assert total > 500 and missed <= total // 100


def test_what_cannot_happen_with_wide_conditions() -> None:
    """A plain search does not find it either, as far as it goes."""
    total = 0
    for seed in WIDE:
        model = wide(seed)
        wanted, found = not_found(model), said(analyse(model))
        assert found <= wanted, seed
        assert said(analyse(model, most=0)) <= found, seed
        total += len(found)
    assert total > 200


def test_where_name_next_is_not_exact() -> None:
    """From where the trace leads, the way that is named leads to the end."""
    told = 0
    for model in [*map(lifecycle, SEEDS), *map(wide, WIDE)]:
        for finding in analyse(model).findings:
            if "odd_next" in finding.message:
                way = finding.message.partition(": ")[2].partition("; ")[0]
                if " more" in way:
                    continue
                end = follow(model, (*finding.trace, *re.findall("`(.*?)`", way)))
                assert finished(model, end), finding
                told += 1
    assert told > 20


@pytest.mark.parametrize("judge_it", [analyse, lambda model: analyse(model, most=0)], ids=["searched", "too large"])
def test_traps(judge_it: Callable[[Lifecycle], Analysis]) -> None:
    """From where a trace into a trap leads there is no way to the end."""
    traps = 0
    for seed in SEEDS:
        model = lifecycle(seed)
        reach = to_end(model, search(model, FEW + 2))
        for finding in judge_it(model).findings:
            if "a trap" in finding.message:
                assert follow(model, finding.trace) not in reach, seed
                traps += 1
            if "the end can never be reached" in finding.message:
                assert initial(model) not in reach, seed
    assert traps > 20


def test_no_trap_is_overlooked() -> None:
    """Where none is told of, the end can be reached from wherever at most one of each thing is held."""
    for seed in SEEDS:
        model = lifecycle(seed)
        found = search(model, FEW + 2)
        lost = [here for here in found.keys() - to_end(model, found) if max(here.counts, default=0) <= 1]
        told = [finding for finding in analyse(model).findings if "the end can" in finding.message]
        assert told or not lost, seed


# Two versions


@dataclass(frozen=True)
class Answer:
    """What is said to an event; no reason if there is no such event or argument."""

    reason: str | None = None
    rule: int | None = None
    warnings: tuple[int, ...] = ()
    after: Configuration | None = None


def answer(model: Lifecycle, here: Configuration, name: str, given: set[str]) -> Answer:
    """What a version says to an event."""
    event = next((index for index, each in enumerate(model.events) if each.name == name), None)
    names = [] if event is None else [argument.name for argument in model.events[event].arguments]
    if event is None or not given <= set(names):
        return Answer()
    bits = sum(1 << names.index(each) for each in given)
    verdict = judge(model, here, event, bits)
    rules = tuple(model.events[event].warnings[each].rule for each in warnings(model, here, event, bits))
    after = apply(model, here, event, bits) if verdict.accepted else None
    return Answer(verdict.reason, verdict.rule, rules, after)


def all_calls(old: Lifecycle, new: Lifecycle) -> Iterator[tuple[str, set[str]]]:
    """Every event of either version with every set of its arguments in either."""
    arguments: dict[str, set[str]] = {}
    for event in (*old.events, *new.events):
        arguments.setdefault(event.name, set()).update(argument.name for argument in event.arguments)
    for name, every in arguments.items():
        for size in range(len(every) + 1):
            yield from ((name, set(given)) for given in itertools.combinations(sorted(every), size))


def differing(old: Lifecycle, new: Lifecycle) -> set[tuple[Kind, str]]:
    """The kinds of difference that a plain search finds, each with the event or the (old) state."""
    found: set[tuple[Kind, str]] = set()
    waiting = [(initial(old), initial(new))]
    known = set(waiting)
    for pair in waiting:
        ends = finished(old, pair[0]), finished(new, pair[1])
        if ends[0] != ends[1]:
            found.add((Kind.NO_END if ends[0] else Kind.END, old.states[pair[0].state].name))
        for name, given in all_calls(old, new):
            before, now = (answer(model, here, name, given) for model, here in zip((old, new), pair))
            if before.after and now.after:
                if before.warnings != now.warnings:
                    found.add((Kind.WARNINGS, name))
                after = before.after, now.after
                if after not in known and max(*after[0].counts, *after[1].counts, 0, 0) < FEW:
                    known.add(after)
                    waiting.append(after)
            elif before.after or now.after:
                found.add((Kind.REJECTED if before.after else Kind.ACCEPTED, name))
            elif before != now and before.reason and now.reason:
                found.add((Kind.REASON, name))
    return found


def test_diff() -> None:
    """What a plain search finds is found; where it finds nothing, only another state or count is told of."""
    different = 0
    for seed, old in [*zip(SEEDS, map(lifecycle, SEEDS)), *zip(WIDE, map(wide, WIDE))]:
        new = changed(old, seed)
        comparison = compare(old, new)
        told = {
            (item.what.kind, name)
            for item in comparison.differences
            for name in ([item.what.event, *item.alike] if item.what.event else [item.states[0][0]])
        }
        wanted = differing(old, new)
        different += bool(wanted)
        assert wanted <= told, seed
        if not wanted:
            missing = {item.name for item in old.events} ^ {item.name for item in new.events}
            assert all(kind >= Kind.NAME or kind is Kind.STATE or name in missing for kind, name in told), seed
        assert compare(old, replace(old, events=old.events[::-1])).differences == (), seed
    assert different > len(SEEDS) // 4
