"""Which lines and branches of the generated headers the tests run, measured with gcov. prove_coverage.py has what it should be.

    /usr/bin/python3 tests/prove/covered.py        what is not run
"""

import gzip
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import damaged_memory
from compiled import HERE, ROOT, generated
from toolchain import file_of_tests

TESTS = ("every_configuration", "words", "explain", "next", "observe", "calls")
"""The tests that compile headers: tests/test_NAME.py."""
SEED = 7
DAMAGED = damaged_memory.Scope(configurations=60, machines=4_000, events=1, explain=307, say=1_009)
"""As in tests/header/test_damaged_memory.py, which compiles with sanitizers and is not noted for that."""
SPECS = (
    ROOT / "spec" / "mapi_session.yaml",
    ROOT / "spec" / "message_service.yaml",
    ROOT / "tests" / "lifecycles" / "database_connection.yaml",
    ROOT / "tests" / "lifecycles" / "corners.yaml",
)
_TOO_LONG = 900


@dataclass(frozen=True)
class Missing:
    """A line of a header that was not run (`branch` is None), or a branch of it that was not taken. `where`: the line as the template
    has it, more or less: its function and its words, without the lifecycle's name and numbers.
    """

    line: int
    branch: int | None
    where: tuple[str, str]

    def __str__(self) -> str:
        what = "never run" if self.branch is None else f"branch {self.branch}"
        return f"{what}: {': '.join(self.where)}"


@dataclass(frozen=True)
class Coverage:
    """Of one header: the lines with code and those of them that were run, and so the branches (line, which of the line's)."""

    lines: frozenset[int]
    run: frozenset[int]
    branches: frozenset[tuple[int, int]]
    taken: frozenset[tuple[int, int]]
    function: dict[int, str]

    def with_more(self, other: "Coverage") -> "Coverage":
        """With what another language has beyond this: on lines that have no code in this one."""
        return Coverage(
            self.lines | other.lines,
            self.run | other.run - self.lines,
            self.branches | {branch for branch in other.branches if branch[0] not in self.lines},
            self.taken | {branch for branch in other.taken if branch[0] not in self.lines},
            other.function | self.function,
        )

    def missing(self, name: str, header: str) -> list[Missing]:
        """What was not run in a lifecycle's header; of a line that was not run, its branches are not named."""
        lines = [(line, None) for line in self.lines - self.run]
        branches = [branch for branch in self.branches - self.taken if branch[0] in self.run]
        return [Missing(line, branch, self._where(name, header, line)) for line, branch in sorted(lines + branches)]

    def all_that_was(self, name: str, header: str) -> set[tuple[int | None, tuple[str, str]]]:
        """What was run and taken in a lifecycle's header, in words that another lifecycle may have, too."""
        run = [(line, None) for line in self.run]
        return {(branch, self._where(name, header, line)) for line, branch in (*run, *self.taken)}

    def _where(self, name: str, header: str, line: int) -> tuple[str, str]:
        text = header.splitlines()[line - 1].strip()
        function, words = (part.replace(name, "NAME").replace(name.upper(), "NAME") for part in (self.function[line], text))
        return function, re.sub(r"\b\d+", "#", words)


def headers() -> dict[str, str]:
    """The headers that are looked at, by the names of their lifecycles."""
    found = [generated(spec.read_text(encoding="utf-8")) for spec in SPECS]
    return {made.model.name: made.header for made in found}


def measured(folder: Path, of: dict[str, str], tests: Iterable[str]) -> dict[str, Coverage]:
    """Runs tests with a compiler that notes what they run of some headers."""
    (folder / "headers").mkdir()
    for name, text in of.items():
        (folder / "headers" / f"{name}.h").write_text(text, encoding="utf-8")
    compiler = (sys.executable, str(HERE / "cover_cc.py"), str(folder))
    for spec in SPECS:
        made = generated(spec.read_text(encoding="utf-8"))
        damaged_memory.prove(made, folder / made.model.name, DAMAGED, SEED, ("-O0",), compiler, ())
    environment = os.environ | {"LASTCALL_CC": " ".join(compiler)}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=_TOO_LONG)
    assert done.returncode == 0, done.stdout[-4000:]
    found = {name: _merged(f"{name}.h", _reports(folder, "c")) for name in of}
    plus = {name: _merged(f"{name}.h", _reports(folder, "plus")) for name in of}
    return {name: found[name].with_more(plus[name]) for name in of}


def _reports(folder: Path, language: str) -> Iterator[dict[str, object]]:
    """What gcov says of each source file of each file of a language that was compiled and run."""
    for notes in sorted(folder.glob(f"{language}-*/*.gcda")):
        command = ["gcov", "--branch-probabilities", "--branch-counts", "--json-format", "--stdout", notes.name]
        done = subprocess.run(command, cwd=notes.parent, capture_output=True, check=True)
        text = gzip.decompress(done.stdout) if done.stdout[:2] == b"\x1f\x8b" else done.stdout
        for line in text.splitlines():
            yield from json.loads(line)["files"]


def _merged(name: str, reports: Iterable[dict[str, object]]) -> Coverage:
    lines: set[int] = set()
    run: set[int] = set()
    function: dict[int, str] = {}
    branches: dict[bool, set[tuple[int, int]]] = defaultdict(set)
    for report in reports:
        if Path(str(report["file"])).name != name:
            continue
        for line in report["lines"]:  # type: ignore[attr-defined]
            at = line["line_number"]
            lines.add(at)
            function.setdefault(at, line.get("function_name", ""))
            if line["count"]:
                run.add(at)
            for which, branch in enumerate(each for each in line["branches"] if not each["throw"]):
                branches[False].add((at, which))
                if branch["count"]:
                    branches[True].add((at, which))
    return Coverage(frozenset(lines), frozenset(run), frozenset(branches[False]), frozenset(branches[True]), function)


def never(of: dict[str, str], found: dict[str, Coverage]) -> dict[str, list[Missing]]:
    """Of each lifecycle's header what was not run, nor the same in that of another lifecycle."""
    was = {name: coverage.all_that_was(name, of[name]) for name, coverage in found.items()}
    anywhere = set().union(*was.values())
    return {
        name: [each for each in coverage.missing(name, of[name]) if (each.branch, each.where) not in anywhere]
        for name, coverage in found.items()
    }


def main() -> int:
    """Says of each header how much the tests run of it, and what they do not run in any lifecycle."""
    of = headers()
    with tempfile.TemporaryDirectory(prefix="lastcall-coverage-") as folder:
        found = measured(Path(folder), of, [file_of_tests(name) for name in TESTS])
    for name, missing in never(of, found).items():
        coverage = found[name]
        print(f"{name}: {len(coverage.run)} of {len(coverage.lines)} lines, {len(coverage.taken)} of {len(coverage.branches)} branches")
        print(*(f"  {each.line}: {each}" for each in missing), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
