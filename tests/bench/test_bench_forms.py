"""It should be certain that the benchmark compares forms of one and the same machine.

The hand-written switch, the generated header and Ragel's own forms get more than a million random
events and have to give the same verdict, state and counts after each, and switch and header the same
rule, and to see the same damage; the bare matrix has to accept what the switch does not reject for
the state. No timing is tested, here or elsewhere.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from toolchain import CC, RUNNER

TESTS = Path(__file__).resolve().parents[1]
BENCH = TESTS / "bench"
BUILD = TESTS.parent / "build"
FLAGS = "-std=c99 -O2 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror".split()
ACCEPTED, STATE, NOT_HELD, NEED, LIMIT, BAD_EVENT = range(6)
FORMS = {"switch_called", "switch_inlined", "matrix_called", "generated_called", "generated_inlined"}
FORMS |= {"ragel_goto_called", "ragel_table_called"}


def compile_c(output: Path, *sources: Path) -> None:
    """Compile and link C files against the generated header, warnings being errors; what is made for them lies beside the output."""
    includes = [f"-I{folder}" for folder in (BUILD, BENCH, output.parent)]
    command = [*(CC or ("gcc",)), *FLAGS, *includes, *map(str, sources), "-o", str(output)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def compare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program that holds the forms equal."""
    program = tmp_path_factory.mktemp("forms") / "compare"
    subprocess.run([sys.executable, str(BENCH / "ragel_form.py"), str(program.parent)], check=True)
    names = ("compare.c", "generated.c", "matrix.c", "ragel_goto.c", "ragel_table.c", "switch.c", "trace.c")
    compile_c(program, *(BENCH / name for name in names))
    return program


def test_the_switch_has_the_numbers_of_the_header(tmp_path: Path) -> None:
    names = re.findall(r"^    SWITCH_(\w+)", (BENCH / "switch.h").read_text(), re.M)
    assert len(set(names)) > 80
    checks = tmp_path / "numbers.c"
    checks.write_text(
        '#include "switch.h"\n#define MAPI_SESSION_NO_TEXT\n#include "mapi_session.h"\n'
        + "".join(
            f"typedef char same_{name}[(int)SWITCH_{name} == (int)MAPI_SESSION_{name} ? 1 : -1];\n"
            for name in sorted(set(names) - {"VERDICT_COUNT"})
        )
        + "int main(void) { return 0; }\n"
    )
    compile_c(tmp_path / "numbers", checks)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_forms_agree_on_random_events(compare: Path, seed: int) -> None:
    done = subprocess.run([*RUNNER, str(compare), str(seed)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    counts: dict[str, dict[int, int]] = {"verdict": {}, "state": {}, "rule": {}}
    for kind, number, count in re.findall(r"^(verdict|state|rule) (\d+) (\d+)$", done.stdout, re.M):
        counts[kind][int(number)] = int(count)

    assert sum(counts["verdict"].values()) > 1_000_000
    for verdict in (ACCEPTED, STATE, NOT_HELD, NEED, BAD_EVENT):
        assert counts["verdict"][verdict] > 5_000
    assert counts["verdict"][LIMIT] >= 13
    assert len(counts["state"]) == 8 and min(counts["state"].values()) > 1_000
    # The last three are the two rules that only warn, and none at all.
    cited = [count for rule, count in sorted(counts["rule"].items())][:-3]
    assert len(cited) == 16 and min(cited) > 50
    assert f"corrupt {(256 * 256 - 8 * 8) * 34}\n" in done.stdout
    assert f"matrix cells {8 * 34}\n" in done.stdout


def test_the_benchmark_runs_and_says_what_it_measured(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    command = [sys.executable, str(BENCH / "bench.py"), "--rounds", "1", "--events", "50000"]
    command += ["--compiler", "gcc", "--build", str(tmp_path), "--json", str(figures)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    said = json.loads(figures.read_text())

    traces = {trace["name"]: trace for trace in said["times"]["gcc"]["traces"]}
    assert {"random", "adversarial", "machines"} <= set(traces)
    for trace in traces.values():
        assert {form["name"] for form in trace["forms"]} == FORMS
        assert all(form["title"] in done.stdout for form in trace["forms"])
        # A sum of the least times of slices is at most the least time of a round, which is at most their median.
        assert all(0 < form["least"]["ns"] <= form["ns"]["range"][0] <= form["ns"]["median"] for form in trace["forms"])
    rejected = {name: 1 - trace["verdicts"][0] / trace["events"] for name, trace in traces.items()}
    assert 0.03 < rejected["random"] < 0.05 and 0.48 < rejected["adversarial"] < 0.52
    assert all(min(traces[name]["in_state"]) > 0 for name in ("random", "adversarial", "machines"))
    assert {size["form"] for size in said["sizes"]} == {"switch", "matrix", "generated", "ragel_goto", "ragel_table"}
    assert said["generator"]["median"] > 0
