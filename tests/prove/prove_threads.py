"""`ninja prove`: what the documentation says of threads. The example with a lock per machine runs under ThreadSanitizer, and
without its locks ThreadSanitizer finds the races; the headers have no data that changes.
"""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import other_lifecycles
from compiled import ROOT, generated, model_of

EXAMPLE = ROOT / "tests" / "examples" / "threads.c"
EXPECTED = EXAMPLE.with_suffix(".expected")
RUNS = 10
"""Of each program: the threads meet each other differently each time."""

COMPILERS = pytest.mark.parametrize("compiler", ("gcc", "clang"))
LEVELS = pytest.mark.parametrize("level", ("-O0", "-O2"))


def with_sanitizer(compiler: str, folder: Path, source: Path, *options: str) -> Path:
    """Compiles a program with ThreadSanitizer. Skips, and says why, where there is none."""
    program = folder / source.stem
    command = [compiler, "-std=c99", "-g", "-fsanitize=thread", "-pthread", "-I", str(ROOT / "build"), *options]
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed: gen/setup")
    done = subprocess.run([*command, str(source), "-o", str(program)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        empty = folder / "empty.c"
        empty.write_text("int main(void) { return 0; }\n")
        alone = subprocess.run([*command, str(empty), "-o", str(folder / "empty")], capture_output=True, check=False)
        if alone.returncode != 0:
            pytest.skip(f"{compiler} has no ThreadSanitizer here (libclang-rt-dev, libtsan): gen/setup --prove")
    assert done.returncode == 0, done.stderr
    return program


def run(program: Path) -> subprocess.CompletedProcess[str]:
    """Runs it; once more with addresses that are not random where ThreadSanitizer cannot stand those of this system."""
    for before in ((), ("setarch", "-R")):
        try:
            done = subprocess.run([*before, program], capture_output=True, text=True, timeout=120, check=False)
        except FileNotFoundError:  # no setarch
            break
        if not re.search("unexpected memory mapping|failed to set personality", done.stderr):
            return done
    pytest.skip("ThreadSanitizer does not run here: vm.mmap_rnd_bits is too high, and setarch -R is not there or not allowed")


@COMPILERS
@LEVELS
def test_with_locks_there_is_no_race(compiler: str, level: str, tmp_path: Path, say: Callable[[str], None]) -> None:
    program = with_sanitizer(compiler, tmp_path, EXAMPLE, level)
    for _ in range(RUNS):
        done = run(program)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == EXPECTED.read_text(encoding="utf-8")
    calls = sum(int(number) for number in re.findall(r"(\d+) calls made", done.stdout))
    say(f"{RUNS} runs, {RUNS * calls:,} calls on shared machines, no race")


@COMPILERS
@LEVELS
def test_without_locks_races_are_found(compiler: str, level: str, tmp_path: Path, say: Callable[[str], None]) -> None:
    """Races on the machine itself: its functions are innermost where they happen. Chance decides in how many of the runs."""
    program = with_sanitizer(compiler, tmp_path, EXAMPLE, level, "-DWITHOUT_LOCKS")
    reports = [run(program).stderr for _ in range(RUNS)]
    races = [re.findall(r"^WARNING: ThreadSanitizer: data race .*\n.*\n +#0 (\w+)", report, re.M) for report in reports]
    on_machines = sum(any(function.startswith("mapi_session_") for function in found) for found in races)
    assert on_machines > 0, reports[0][:3000]
    say(f"{RUNS} runs, {sum(map(len, races))} races found; in {on_machines} of the runs on the machine itself")


def lifecycles() -> list[str]:
    """Specs, as texts."""
    return [*(path.read_text(encoding="utf-8") for path in sorted((ROOT / "spec").glob("*.yaml"))), *other_lifecycles.all_of_them()]


@pytest.mark.parametrize("spec", lifecycles(), ids=lambda spec: model_of(spec).name)
def test_no_data_changes(spec: str, tmp_path: Path) -> None:
    """All that a header brings along is code and constants: nothing that two machines, or two threads, could share and change."""
    made = generated(spec)
    source, made_of = tmp_path / "header.c", tmp_path / "header.o"
    source.write_text(f"#define {made.model.name.upper()}_IMPLEMENTATION\n{made.header}", encoding="utf-8")
    subprocess.run(["gcc", "-std=c99", "-fno-pic", "-fno-pie", "-c", source, "-o", made_of], check=True)
    listed = subprocess.run(["nm", made_of], capture_output=True, text=True, check=True).stdout
    symbols = [line.split() for line in listed.splitlines()]
    assert {kind for *_, kind, _ in symbols} <= {"T", "t", "r", "U"}, symbols
    assert sum(1 for *_, kind, _ in symbols if kind == "r") > 5
