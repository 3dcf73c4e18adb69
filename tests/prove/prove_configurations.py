"""`ninja prove`: every configuration of every lifecycle, and machines whose memory is damaged; in `ninja test` there are samples."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

import damaged_memory
import every_configuration
from compiled import generated

SEED = 1
MADE_UP = 40
"""Lifecycles that chance makes up."""


def name_of(spec: str) -> str:
    found = re.search(r'^\W*lifecycle\W+(\w+)', spec, re.M)
    assert found
    return found[1]


def named(tried: list[tuple[str, object]]) -> pytest.MarkDecorator:
    """A test for each spec with a scope, named after its lifecycle."""
    return pytest.mark.parametrize(("spec", "scope"), tried, ids=[name_of(spec) for spec, _ in tried])


@named(every_configuration.everything(SEED, MADE_UP))
def test_every_configuration(spec: str, scope: every_configuration.Scope, tmp_path: Path, say: Callable[[str], None]) -> None:
    result = every_configuration.prove(generated(spec), tmp_path, scope, SEED, ("-O2",))
    assert result.differences == ()
    assert result.cases > 0
    say(
        f"{result.cases:,} cases, {2 * result.cases:,} comparisons "
        f"(header with interpreter, header with Ragel's -G2){short(result.cut_short)}"
    )


def short(cells: int) -> str:
    return f"; in {cells} events x states not every pattern of counts" if cells else ""


@named(damaged_memory.everything())
def test_damaged_memory(spec: str, scope: damaged_memory.Scope, tmp_path: Path, say: Callable[[str], None]) -> None:
    result = damaged_memory.prove(generated(spec), tmp_path, scope, SEED)
    assert result.wrong == ()
    assert result.machines > 0 and result.judgements > 0
    say(
        f"{result.configurations:,} configurations, {result.machines:,} damaged machines ({result.corrupt:,} corrupt), "
        f"{result.judgements:,} judgements ({result.interpreted:,} confirmed by the interpreter), {result.explanations:,} explanations"
    )
