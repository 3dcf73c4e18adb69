"""Damaged specs: never a traceback, never an output beside an error, each problem at a place inside the spec."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import specs

KEPT = Path(__file__).resolve().parents[1] / "fuzz" / "crashes" / "specs"

SAME_EACH_TIME = settings(
    derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


@settings(SAME_EACH_TIME, max_examples=120)
@given(spec=specs.damaged_specs())
def test_a_damaged_spec(spec: bytes, tmp_path: Path) -> None:
    """Whatever is wrong with a spec is said at its place, or it gives a header."""
    assert specs.problem_with(spec, tmp_path) is None


@settings(SAME_EACH_TIME, max_examples=80)
@given(spec=specs.raw_specs())
def test_bytes_that_are_no_spec(spec: bytes, tmp_path: Path) -> None:
    """The same of bytes that were never a spec."""
    assert specs.problem_with(spec, tmp_path) is None


@settings(SAME_EACH_TIME, max_examples=10)
@given(spec=st.sampled_from(specs.small_specs()))
def test_a_spec_that_is_not_damaged(spec: bytes, tmp_path: Path) -> None:
    """The examples of the documents, and a C compiler takes the headers of those that are right."""
    assert specs.problem_with(spec, tmp_path, compiles=True) is None


@pytest.mark.parametrize("path", sorted(KEPT.iterdir()), ids=lambda path: path.stem)
def test_a_spec_that_once_failed(path: Path, tmp_path: Path) -> None:
    """None of them fails again."""
    assert specs.problem_with(path.read_bytes(), tmp_path, compiles=True) is None
