"""`ninja prove`: the tests run every line of the generated headers and take every branch, as gcov measures it: what one lifecycle gives
no occasion for, another does. The few branches that none does are listed in not_covered.txt, with the reason; an entry that nothing needs is a fault.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
import covered
from toolchain import file_of_tests

LIST = HERE / "not_covered.txt"


def listed() -> list[tuple[str, str, str]]:
    """What need not be covered, below a reason each: the lifecycle, what is missing, and the function with a piece of the line."""
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
    found = covered.measured(tmp_path, headers, [file_of_tests(name) for name in covered.TESTS])
    needed = set()
    faults = []
    for name, missing in covered.never(headers, found).items():
        coverage = found[name]
        for each in missing:
            excuses = [entry for entry in listed() if entry[0] == name and excuses_it(entry, each)]
            needed |= set(excuses)
            faults += [] if excuses else [f"{name}.h, line {each.line} is not covered: {each}"]
        say(
            f"{name}.h: {len(coverage.run)} of {len(coverage.lines)} lines, {len(coverage.taken)} of {len(coverage.branches)} branches; "
            f"what is left, other lifecycles run and take, but for {len(missing)}"
        )
    faults += [f"{LIST.name} lists what is covered, or not there: {': '.join(entry)}" for entry in listed() if entry not in needed]
    assert not faults, "\n".join(faults)


def excuses_it(entry: tuple[str, str, str], missing: covered.Missing) -> bool:
    what, words = str(missing).split(": ", 1)
    function, piece = entry[2].split(": ", 1)
    return entry[1] == what and words.startswith(f"{function}: ") and piece in words


def test_another_function_does_not_stand_for_one() -> None:
    """Nor another branch of the same line, nor a line that only looks alike."""
    first = covered.Coverage(frozenset({1, 2}), frozenset({1}), frozenset({(1, 0), (1, 1)}), frozenset({(1, 0)}), {1: "door_f", 2: "door_f"})
    other = covered.Coverage(frozenset({1, 2}), frozenset({1, 2}), frozenset({(1, 0), (1, 1)}), frozenset({(1, 1)}), {1: "gate_f", 2: "gate_g"})
    headers = {"door": "if (door_x) {\nreturn 1;\n", "gate": "if (gate_x) {\nreturn 1;\n"}
    left = covered.never(headers, {"door": first, "gate": other})
    assert [str(each) for each in left["door"]] == ["never run: NAME_f: return #;"]
    assert left["gate"] == []


@pytest.mark.parametrize("name", covered.headers())
def test_nothing_in_the_header_switches_it_off(name: str) -> None:
    assert not re.search(r"LCOV|GCOV|pragma", covered.headers()[name])
