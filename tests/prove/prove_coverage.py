"""`ninja prove`: the tests run every line of the generated headers that can be run, and take every branch, as gcov measures it.

What a lifecycle gives no occasion for is listed in not_covered.txt, with the reason; an entry that nothing needs is a fault.
"""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE))

import covered  # noqa: E402

LIST = HERE / "not_covered.txt"


def listed() -> list[tuple[str, str, str]]:
    """What need not be covered, below a reason each: the lifecycle, what is missing, and a piece of the line."""
    found: list[tuple[str, str, str]] = []
    reason = ""
    for line in LIST.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            reason = line
        elif line:
            assert reason, f"without a reason: {line}"
            name, what, piece = line.split(": ", 2)
            found.append((name, what, piece))
        else:
            reason = ""
    return found


def test_coverage(tmp_path: Path, say: Callable[[str], None]) -> None:
    headers = covered.headers()
    found = covered.measured(tmp_path, headers, [f"tests/test_{name}.py" for name in covered.TESTS])
    needed = set()
    faults = []
    for name, header in headers.items():
        coverage = found[name]
        for missing in coverage.missing(header):
            excuses = [entry for entry in listed() if entry[:2] == (name, missing.what) and entry[2] in missing.text]
            needed |= set(excuses)
            faults += [] if excuses else [f"{name}.h is not covered: {missing}"]
        say(
            f"{name}.h: {len(coverage.run)} of {len(coverage.lines)} lines, {len(coverage.taken)} of {len(coverage.branches)} branches; "
            f"{LIST.name} says why not the others"
        )
    faults += [f"{LIST.name} lists what is covered, or not there: {': '.join(entry)}" for entry in listed() if entry not in needed]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("name", covered.headers())
def test_nothing_in_the_header_switches_it_off(name: str) -> None:
    assert not re.search(r"LCOV|GCOV|pragma", covered.headers()[name])
