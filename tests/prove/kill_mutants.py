"""Do the tests notice a wrong header? Each mutant of it (mutate_header.py) is held against them.

    /usr/bin/python3 tests/prove/kill_mutants.py [--some N] [--seed N] [--part K/N] [--list FILE] [SPEC…]

A mutant is killed by the first of these that it fails:

- `configurations`: the cases of tests/machine/test_every_configuration.py, with the answers of gen/interpret.py and of Ragel's own code
- `damaged memory`: the machines of tests/header/test_damaged_memory.py
- the tests that ask a header many questions, in one process (suite_on_mutants.py)
- `sanitizers`: damaged memory once more, compiled with AddressSanitizer and UndefinedBehaviorSanitizer

One that lives behaves like the header, or the tests have a gap. What a header answers to very many questions (answers.c) tells: if
it answers one of them differently, the mutant is *alive*, which is a failure; else it is *equivalent*, and is counted by the reason why.
"""

import argparse
import functools
import hashlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import mutate_header
from compiled import HERE, ROOT, SANITIZERS, Generated, compiled, generated
from damaged_memory import packed, reachable
from every_configuration import Judges
from mutate_header import Mutant
from walk import Walk
from toolchain import file_of_tests

SEED = 7
CASES = 100
"""Of each event in each state, as in tests/machine/test_every_configuration.py."""
FEW, MANY = 10, 400
"""Of each event in each state, for a first look and for the question whether a mutant is equivalent."""
SUITE = ("words", "explain", "next", "observe", "cases", "replay_finish", "replay_observe")
"""The tests that are run with a mutant: tests/test_NAME.py."""
_SECONDS = 5
"""Of the processor, after which a program with few questions is taken to be in an endless loop."""
_FAST = ("tcc", "-w") if shutil.which("tcc") else ("gcc", "-std=c99", "-O0", "-w")
_GCC = ("gcc", "-std=c99", "-O0", "-w")
_DAMAGED = "7 2000 1 307 1000000007"
"""Arguments of damaged_memory: seed, random machines, events, explanations, and no judgement to be said."""


@dataclass
class Outcome:
    """What became of the mutants: how many were killed by what, those that are equivalent with the reason, and those alive."""

    killed: Counter[str] = field(default_factory=Counter)
    equivalent: dict[str, list[str]] = field(default_factory=dict)
    alive: list[str] = field(default_factory=list)
    invalid: int = 0

    def counts(self) -> str:
        """In numbers."""
        same = sum(map(len, self.equivalent.values()))
        killed = self.killed.total()
        reasons = ", ".join(f"{len(found)} {reason}" for reason, found in sorted(self.equivalent.items()))
        killers = ", ".join(f"{number} {killer}" for killer, number in self.killed.most_common())
        return (
            f"{killed + same + len(self.alive)} mutants: {killed} killed ({killers}), {same} equivalent"
            f"{f' ({reasons})' if reasons else ''}, {len(self.alive)} alive; {self.invalid} did not compile"
        )


class Killers:
    """What a mutant of one header has to get past. To be closed."""

    def __init__(self, made: Generated, folder: Path) -> None:
        self._made = made
        self._name = made.model.name
        self._folder = folder
        self._suite: subprocess.Popen[str] | None = None
        compiled(made, "every_configuration", folder, ("-O1",))  # for what it leaves in the folder
        judges = Judges(made, folder / "judges", ("-O0",))
        cases = list(Walk(made.model, SEED).some(CASES))
        few = list(Walk(made.model, SEED).some(FEW))
        many = list(Walk(made.model, SEED).some(MANY))
        self._judged = [judges.recorded(some) for some in (few, cases)]
        self._questions = [judges.recorded(some)[0] for some in (few, many)]
        configurations = reachable(made.model, 20_000)
        random.Random(SEED).shuffle(configurations)
        self._machines = packed(made.model, configurations[:30])
        self._answers = [self._answer(made.header, some) for some in (0, 1)]

    def close(self) -> None:
        """Ends the process of the tests."""
        if self._suite:
            assert self._suite.stdin
            self._suite.stdin.close()
            self._suite.wait()

    def judge(self, mutant: Mutant, outcome: Outcome) -> None:
        """Finds out what becomes of a mutant."""
        header = mutant.of(self._made.header)
        try:
            killer = self._killer(mutant, header)
        except _DoesNotCompile:
            outcome.invalid += 1
            return
        if killer is None:
            reason = self._reason(mutant, header)
            outcome.equivalent.setdefault(reason, []).append(mutant.shown(self._made.header))
        elif killer:
            outcome.killed[killer] += 1
        else:
            outcome.alive.append(mutant.shown(self._made.header))

    def _killer(self, mutant: Mutant, header: str) -> str | None:
        """What kills a mutant; nothing if it is alive, None if it answers as the header does."""
        fast = _GCC if "__GNUC__" in mutant.macros else _FAST
        program = self._program("every_configuration", header, fast)
        for records, expected in self._judged:
            done = _run([program, "97"], records)
            if done is None or done.returncode != 0 or done.stdout != expected:
                return "configurations"
        done = _run([self._program("damaged_memory", header, fast), *_DAMAGED.split()], self._machines)
        if done is None or done.returncode != 0 or done.stderr:
            return "damaged memory"
        differs = any(self._answer(header, some, fast) != self._answers[some] for some in (0, 1))
        if differs:
            test = self._killed_by_suite(header)
            if test:
                return re.sub(r"\[.*|.*/|\.py::.*", "", test)
        program = self._program("damaged_memory", header, (*_GCC, *SANITIZERS))
        done = _run([program, *_DAMAGED.split()], self._machines, 120)
        if done is None or done.returncode != 0 or done.stderr:
            return "sanitizers"
        return "" if differs else None

    def _killed_by_suite(self, header: str) -> str:
        """The test that fails, or nothing."""
        if self._suite is None:
            folder = self._folder / "build"
            folder.mkdir()
            for path in (ROOT / "build").iterdir():
                if path.name.endswith((".h", "-replay")):
                    shutil.copy(path, folder)
            files = [str(ROOT / file_of_tests(name)) for name in SUITE]
            command = [sys.executable, str(HERE / "suite_on_mutants.py"), self._name, str(folder), " ".join(_FAST), *files]
            self._suite = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            )
            assert self._suite.stdout
            first = self._suite.stdout.readline().strip()
            assert first == "ready", f"with the header itself: {first}"
        assert self._suite.stdin and self._suite.stdout
        path = self._folder / "mutant.h"
        path.write_text(header, encoding="utf-8")
        self._suite.stdin.write(f"{path}\n")
        self._suite.stdin.flush()
        answer = self._suite.stdout.readline().strip()
        assert answer, "the tests have gone"
        return answer.removeprefix("killed ") if answer != "alive" else ""

    def _answer(self, header: str, some: int, compiler: Sequence[str] = _FAST) -> bytes:
        done = _run([self._program("answers", header, compiler)], self._questions[some], (5, 120)[some])
        return b"no end" if done is None else done.stdout + b"%d" % done.returncode

    def _program(self, name: str, header: str, compiler: Sequence[str]) -> str:
        """NAME.c with a header; what is there already is not compiled again."""
        key = hashlib.sha256(repr((name, header, compiler)).encode()).hexdigest()[:16]
        folder = self._folder / "mutant"
        program = folder / f"{name}-{key}"
        if program.exists():
            return str(program)
        for old in folder.glob(f"{name}-*"):
            old.unlink()
        folder.mkdir(exist_ok=True)
        (folder / f"{self._name}.h").write_text(header, encoding="utf-8")
        macros = [
            f"-DLIFECYCLE={self._name}",
            f"-DLIFECYCLE_CONSTANT={self._name.upper()}",
            f"-DLIFECYCLE_HEADER=<{self._name}.h>",
            f"-D{self._name.upper()}_IMPLEMENTATION",
        ]
        places = [f"-I{place}" for place in (folder, self._folder, HERE)]
        command = [*compiler, *macros, *places, str(HERE / f"{name}.c"), str(self._folder / "ragel.o"), "-o", str(program)]
        done = subprocess.run(command, stderr=subprocess.PIPE, check=False)
        if done.returncode != 0:
            raise _DoesNotCompile(done.stderr.decode())
        return str(program)

    # Why a mutant is equivalent

    def _reason(self, mutant: Mutant, header: str) -> str:
        if self._code(header) == self._code_before():
            return "the compiler makes the same code of it"
        if "number" in mutant.kind and all(self._is_without_effect(mutant, text) for text in self._other_values(mutant)):
            return "a number that nothing depends on"
        calls, before = self._calls(header), self._calls_before()
        if calls > before:
            return "only slower: a shortcut is not taken, and the exact way says the same"
        if calls < before:
            return "only faster: a shortcut is taken where the exact way says the same"
        return "another way to say the same"

    def _code(self, header: str) -> bytes:
        macro = f"-D{self._name.upper()}_IMPLEMENTATION"
        command = ["gcc", "-std=c99", "-O2", "-w", "-S", macro, "-x", "c", "-", "-o", "-"]
        return subprocess.run(command, input=header.encode(), capture_output=True, check=True).stdout

    @functools.cache
    def _code_before(self) -> bytes:
        return self._code(self._made.header)

    @functools.cache
    def _calls_before(self) -> int:
        return self._calls(self._made.header)

    def _other_values(self, mutant: Mutant) -> Iterator[str]:
        """Other numbers in a mutant's place, none of them much larger than the one there."""
        text = self._made.header[mutant.begin : mutant.end].rstrip("uUlL")
        number = int(text, 0) if text != "-" else 0
        highest = 1 if text == "-" else max(number, 4)
        yield from {str(value) for value in (0, 1, number // 2, highest - 1, number + 1)} - {text}

    def _is_without_effect(self, mutant: Mutant, text: str) -> bool:
        if self._made.header[mutant.begin : mutant.end] == "-":
            return False
        header = replace(mutant, text=text).of(self._made.header)
        try:
            return self._answer(header, 0) == self._answers[0]
        except _DoesNotCompile:
            return False

    def _calls(self, header: str) -> int:
        """How many functions are called for some questions."""
        program = self._program("answers", header, (*_GCC, "-finstrument-functions", str(HERE / "calls.c")))
        done = _run([program], self._questions[0], 60)
        return int(done.stderr) if done is not None else 0


class _DoesNotCompile(Exception):
    """A mutant that is no C."""


def _run(command: Sequence[str], records: bytes, seconds: int = _SECONDS) -> subprocess.CompletedProcess[bytes] | None:
    """Runs a program; None if it comes to no end."""

    limits = ("prlimit", f"--cpu={seconds}", "--core=0", "--fsize=100000000", "--")
    try:
        return subprocess.run([*limits, *command], input=records, capture_output=True, check=False, timeout=20 * seconds)
    except subprocess.TimeoutExpired:
        return None


def some_of(header: str, number: int | None, seed: int, part: int = 0, parts: int = 1) -> list[Mutant]:
    """So many of a header's mutants by chance, or all; of these, one part of several."""
    found = mutate_header.mutants(header)
    if number is not None and number < len(found):
        found = random.Random(seed).sample(found, number)
    return found[part::parts]


def kill(made: Generated, folder: Path, mutants: Sequence[Mutant], progress: bool = False) -> Outcome:
    """Holds mutants of a header against the tests."""
    outcome = Outcome()
    killers = Killers(made, folder)
    begin = time.monotonic()
    try:
        for number, mutant in enumerate(mutants, 1):
            alive = len(outcome.alive)
            killers.judge(mutant, outcome)
            for said in outcome.alive[alive:]:
                print(f"ALIVE {said}", file=sys.stderr, flush=True)
            if progress and number % 100 == 0:
                print(f"{number} of {len(mutants)}, {time.monotonic() - begin:.0f} s: {outcome.counts()}", file=sys.stderr, flush=True)
    finally:
        killers.close()
    return outcome


def main() -> int:
    """Judges the mutants of headers; gives the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--some", type=int, metavar="N", help="only N mutants of each header, at random")
    parser.add_argument("--seed", type=int, default=1, help="where chance begins")
    parser.add_argument("--part", default="1/1", metavar="K/N", help="only every N-th, from the K-th on")
    parser.add_argument("--list", type=Path, metavar="FILE", help="where to write the equivalent mutants, each with its reason")
    parser.add_argument("--where", metavar="PATTERN", help="only in tables and functions with such a name")
    parser.add_argument("specs", metavar="SPEC", nargs="+")
    options = parser.parse_args()
    part, parts = map(int, options.part.split("/"))
    failed = 0
    for spec in options.specs:
        made = generated(Path(spec).read_text(encoding="utf-8"))
        mutants = some_of(made.header, options.some, options.seed, part - 1, parts)
        if options.where:
            mutants = [mutant for mutant in mutants if re.search(options.where, mutant.where)]
        with tempfile.TemporaryDirectory(prefix="lastcall-mutants-") as folder:
            outcome = kill(made, Path(folder), mutants, progress=True)
        print(f"{made.model.name}: {outcome.counts()}")
        if options.list:
            with options.list.open("a", encoding="utf-8") as stream:
                for reason, found in sorted(outcome.equivalent.items()):
                    print(f"{made.model.name}: {reason}:", *found, sep="\n    ", file=stream)
        failed += len(outcome.alive)
    return int(failed != 0)


if __name__ == "__main__":
    sys.exit(main())
