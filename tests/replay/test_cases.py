"""The traces of cases/ and the answers beside them."""

import json
from pathlib import Path

import pytest

from replayer import judged, replay

CASES = Path(__file__).resolve().parents[1] / "cases"
TRACES = sorted(CASES.glob("*.trace"))


def test_every_case_has_its_answers() -> None:
    """Nothing lies in cases/ that no test looks at."""
    names = {path.name.removesuffix(".trace") for path in TRACES}
    assert names
    assert {path.name for path in CASES.iterdir()} == {
        name + end for name in names for end in (".trace", ".expected.jsonl")}


@pytest.mark.parametrize("path", TRACES, ids=lambda path: path.stem)
def test_case(path: Path, tmp_path: Path) -> None:
    """The answers are those expected, as JSON, and the exit status is the one that follows from them."""
    expected = path.with_suffix(".expected.jsonl").read_text(encoding="utf-8").splitlines()
    answers = [json.loads(line) for line in expected]
    run = replay("mapi_session", [path.read_text(encoding="utf-8")], tmp_path)
    assert not run.errors
    answers[-1]["file"] = "0.trace"
    assert [judged(line) for line in run.lines()] == answers
    assert run.status == int(answers[-1]["rejected"] > 0 or not answers[-1]["finished"])
