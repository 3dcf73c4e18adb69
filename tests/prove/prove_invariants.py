"""`ninja prove`: what specs say of themselves (`always`), by SPIN, a model checker that is not ours, and by our own search."""

import functools
import itertools
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import broken_invariants
import interpret
from broken_invariants import BROKEN, SPECS, Broken
from interpret import Configuration
from judge.analyse import analyse
from judge.promela import search_invariants
from machine.abstract import exact
from machine.explore import explore, parse_trace
from model import Lifecycle
from random_lifecycles import lifecycle, with_invariants
from read.spec import read

pytestmark = pytest.mark.skipif(not shutil.which("spin"), reason="SPIN is not installed: gen/setup")

LIFECYCLES = 24
"""Lifecycles that chance makes up, of those in which something happens."""
AT_A_TIME = 3
FEWEST = 40
"""Configurations of a lifecycle in which something happens."""


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_spin_confirms_every_invariant(path: Path, say: Callable[[str], None]) -> None:
    """In every configuration that accepted events lead to, with counts to 2 (or as far as a condition asks) and two of the
    holdings that are alike. Our search finds as many configurations.
    """
    model = read(str(path))
    assert [invariant.name for invariant in model.always] == broken_invariants.declared(path)
    confirmed = search_invariants(model)
    assert confirmed.broken == ()
    assert confirmed.configurations == len(explore(model, exact(model), 10_000_000).search.parents)
    assert not [finding for finding in analyse(model).findings if "invariant" in finding.message]
    counts = f" with counts to {confirmed.highest}" if confirmed.highest else ""
    say(f"{len(model.always)} invariants hold in all {confirmed.configurations:,} configurations{counts}, by SPIN")


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: f"{case.lifecycle}: {case.name}")
def test_a_broken_invariant_is_shown(case: Broken, tmp_path: Path) -> None:
    """By SPIN and by `lastcall check`, each with a shortest trace, which is accepted and breaks the compiled machine's."""
    broken_invariants.show(case, tmp_path)


@functools.cache
def made_up() -> list[Lifecycle]:
    """Lifecycles with invariants, the same ones every time."""
    models = (with_invariants(lifecycle(seed), seed) for seed in itertools.count())
    busy = (model for model in models if model.always and len(explore(model, exact(model)).search.parents) >= FEWEST)
    return list(itertools.islice(busy, LIFECYCLES))


@pytest.mark.parametrize("first", range(0, LIFECYCLES, AT_A_TIME))
def test_spin_and_check_agree_on_lifecycles_that_chance_makes_up(first: int, say: Callable[[str], None]) -> None:
    """What SPIN breaks, `check` breaks in as few events or fewer; what `check` breaks with counts that SPIN goes to, SPIN
    breaks in as few. Each trace, followed exactly, ends where its invariant does not hold, and nowhere before.
    """
    invariants = both = configurations = 0
    for model in made_up()[first : first + AT_A_TIME]:
        confirmed = search_invariants(model)
        theirs = dict(confirmed.broken)
        ours = {_named_at(model, finding.place): finding.trace for finding in analyse(model).findings if finding.is_error}
        assert confirmed.configurations == len(explore(model, exact(model)).search.parents)
        for index, trace in (*theirs.items(), *ours.items()):
            way = _followed(model, trace)
            assert [interpret.keeps(model, each, model.always[index]) for each in way] == [True] * len(trace) + [False]
        for index, trace in theirs.items():
            assert len(ours[index]) <= len(trace)
        for index, trace in ours.items():
            counts = zip(*(each.counts for each in _followed(model, trace)))
            if all(max(several) <= cut for several, cut in zip(counts, exact(model).cuts)):
                assert len(theirs[index]) <= len(trace)
        invariants += len(model.always)
        both += len(theirs.keys() & ours.keys())
        configurations += confirmed.configurations
    assert invariants > 0
    say(f"{AT_A_TIME} lifecycles, {configurations:,} configurations, {invariants} invariants, {both} of them broken")


def _named_at(model: Lifecycle, place: object) -> int:
    return next(index for index, invariant in enumerate(model.always) if invariant.place == place)


def _followed(model: Lifecycle, trace: tuple[str, ...]) -> list[Configuration]:
    """The configurations that a trace comes through, from the beginning to its end; all of it is accepted."""
    way = [interpret.initial(model)]
    for step in parse_trace(model, trace):
        way.append(interpret.apply(model, way[-1], step.event, step.arguments))
    return way
