"""Damaged memory: whatever the bytes of a machine are, nothing undefined happens, and what no machine can hold is `corrupt`.

    /usr/bin/python3 tests/prove/damaged_memory.py [--seed N] [SPEC…]

All configurations that can be reached, counts cut at two, are damaged in each of their bits; and there are machines of random bytes.
Every function is asked about each of them, under AddressSanitizer and UndefinedBehaviorSanitizer. A machine with a state out of
range, or with something in bits that are not used, has to be answered `corrupt` and to stay as it is; any other is a configuration like
all others, and is judged as Ragel's machine judges it, and (one in so many) as gen/interpret.py does.
"""

import argparse
import itertools
import random
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import other_lifecycles
from compiled import ROOT, SANITIZERS, Generated, compiled, generated
from every_configuration import VERDICTS, described
from interpret import Configuration, judge, outcome, warnings
from machine.abstract import Abstraction, exact
from machine.explore import Exploration
from model import Lifecycle
from toolchain import CC, RUNNER

CUT = 2
"""Counts that are told apart, up to this one."""
_CORRUPT = len(VERDICTS) + 1
_ALL, _MANY = 2_000_000, 20_000
"""Configurations after which a search is given up: where all are wanted, there are fewer; and where some are."""
_TOO_LONG = 900
"""Seconds after which a run is taken to be in an endless loop."""


@dataclass(frozen=True)
class Scope:
    """How much is tried. Of the reachable configurations `configurations` (None: all), and so many `machines` of random bytes; of
    each one event in `events`, one machine in `explain` is explained, and one judgement in `say` is held against gen/interpret.py.
    """

    configurations: int | None
    machines: int
    events: int
    explain: int
    say: int


WHOLE = Scope(configurations=None, machines=200_000, events=17, explain=50_021, say=4_001)
SOME = Scope(configurations=200, machines=20_000, events=1, explain=1_009, say=2_003)
FEW = Scope(configurations=50, machines=5_000, events=1, explain=997, say=2_003)


@dataclass(frozen=True)
class Result:
    """What came of a run, in numbers, and what was wrong. `interpreted`: judgements that gen/interpret.py has confirmed."""

    configurations: int
    machines: int
    corrupt: int
    judgements: int
    explanations: int
    interpreted: int
    wrong: tuple[str, ...]


def reachable(model: Lifecycle, most: int) -> list[Configuration]:
    """All configurations that can be reached with counts up to CUT, with two kinds of those that are alike.

    The first ones that are found, if they are more than `most`.
    """
    cuts = tuple(min(cut, CUT) for cut in exact(model, CUT).cuts)
    found = Exploration(model, Abstraction(cuts, (True,) * len(model.facts), many=False), most)
    return [found.configuration(packed) for packed in found.search.parents]


def packed(model: Lifecycle, configurations: Sequence[Configuration]) -> bytes:
    """Configurations as damaged_memory.c reads them."""
    record = struct.Struct(f"<HI{len(model.holdings)}H")
    return b"".join(record.pack(each.state, _bits(each.facts), *each.counts) for each in configurations)


def prove(
    made: Generated,
    folder: Path,
    scope: Scope,
    seed: int,
    flags: Sequence[str] = SANITIZERS,
    compiler: Sequence[str] = CC or ("gcc",),
    runner: Sequence[str] = RUNNER,
) -> Result:
    """Damages the machines of a lifecycle; `runner` stands before the program."""
    model = made.model
    program = (*runner, str(compiled(made, "damaged_memory", folder, flags, compiler)))
    configurations = reachable(model, _ALL if scope.configurations is None else _MANY)
    if scope.configurations is not None:
        configurations = _some(configurations, scope.configurations, seed)
    records = packed(model, configurations)
    half = len(records) // max(len(configurations), 1) * (len(configurations) // 2)
    with ThreadPoolExecutor() as threads:
        jobs = [(program, part, scope, seed + number) for number, part in enumerate((records[:half], records[half:]))]
        runs = [_judged(model, run) for run in threads.map(lambda job: _run(*job), jobs)]
    machines, corrupt, judgements, explanations, interpreted = map(sum, zip(*(numbers for numbers, _ in runs)))
    wrong = tuple(text for _, said in runs for text in said)
    return Result(len(configurations), machines, corrupt, judgements, explanations, interpreted, wrong)


def _some(configurations: list[Configuration], most: int, seed: int) -> list[Configuration]:
    """Some of them by chance, of each state as many as of the others where there are so many."""
    random.Random(seed).shuffle(configurations)
    waiting: dict[int, list[Configuration]] = {}
    for configuration in configurations:
        waiting.setdefault(configuration.state, []).append(configuration)
    turns = itertools.zip_longest(*waiting.values())
    return list(itertools.islice((each for turn in turns for each in turn if each), most))


def _run(program: Sequence[str], records: bytes, scope: Scope, seed: int) -> subprocess.CompletedProcess[bytes]:
    numbers = (seed, scope.machines // 2, scope.events, scope.explain, scope.say)
    command = [*program, *map(str, numbers)]
    return subprocess.run(command, input=records, capture_output=True, check=False, timeout=_TOO_LONG)


def _judged(model: Lifecycle, run: subprocess.CompletedProcess[bytes]) -> tuple[list[int], list[str]]:
    """What a run came to: its numbers, and what is wrong."""
    if run.returncode != 0 or run.stderr:
        return [0] * 5, [f"exit status {run.returncode}\n{run.stderr.decode()[:4000]}"]
    first, *said, last = run.stdout.decode().splitlines()
    interpreter = Interpreter(model, *map(int, first.split()))
    wrong = [line for line in said if not interpreter.confirms(line)]
    return [*map(int, last.split()), len(said)], list(map(interpreter.shown, wrong[:5]))


class Interpreter:
    """Judges damaged machines by gen/interpret.py: first whether they are machines at all."""

    def __init__(self, model: Lifecycle, state_bits: int, first_presence: int) -> None:
        self._model = model
        self._state_bits = state_bits
        self._first_presence = first_presence

    def confirms(self, line: str) -> bool:
        """Is what the program says of a machine and an event what is to be said of it?"""
        event, arguments, verdict, rule, warned, before, after = self._read(line)
        configuration = self._configuration(before)
        rules = len(self._model.rules)
        if configuration is None:
            return (verdict, rule, warned, after) == (_CORRUPT, rules, 0, before)
        expected = judge(self._model, configuration, event, arguments)
        what = outcome(self._model, configuration, event, arguments).configuration if expected.accepted else configuration
        bits = sum(1 << index for index in warnings(self._model, configuration, event, arguments))
        return (verdict, rule, warned, self._configuration(after)) == (
            VERDICTS.index(expected.reason),
            rules if expected.rule is None else expected.rule,
            bits,
            what,
        )

    def shown(self, line: str) -> str:
        """The line with the configuration that it is about."""
        event, *_, before, after = self._read(line)
        configurations = (self._configuration(memory) for memory in (before, after))
        words = (described(self._model, each) if each else "corrupt" for each in configurations)
        return f"{line}\n    {self._model.events[event].name}: {' -> '.join(words)}"

    def _read(self, line: str) -> tuple[int, int, int, int, int, list[str], list[str]]:
        words = line.split()
        memory = words[5:]
        event, arguments, verdict, rule, warned = map(int, words[:5])
        return event, arguments, verdict, rule, warned, memory[: len(memory) // 2], memory[len(memory) // 2 :]

    def _configuration(self, memory: Sequence[str]) -> Configuration | None:
        """What a machine's memory stands for: its bits, then its counts; None if no machine can hold it."""
        model = self._model
        bits, fields = [bit == "1" for bit in memory[0]], [int(count, 16) for count in memory[1:]]
        state = _bits(bits[: self._state_bits])
        facts = tuple(bits[self._state_bits : self._first_presence])
        counts, rest = tuple(fields[: len(model.holdings)]), fields[len(model.holdings) :]
        right = [*bits[: self._first_presence], *(count > 0 for count in counts)]
        if state >= len(model.states) or any(rest) or bits != right + [False] * (len(bits) - len(right)):
            return None
        return Configuration({0: model.initial, model.initial: 0}.get(state, state), counts, facts)


def _bits(facts: Sequence[bool]) -> int:
    return sum(fact << index for index, fact in enumerate(facts))


def everything() -> list[tuple[str, Scope]]:
    """All specs that are tried, with how much of each: the project's own, and others."""
    own = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "spec").glob("*.yaml"))]
    tried = [(spec, scope) for spec in own for scope in (SOME, WHOLE)]
    return tried + [(spec, FEW) for spec in other_lifecycles.all_of_them()]


def main() -> int:
    """Runs the proof for all lifecycles; gives the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1, help="where chance begins")
    parser.add_argument("specs", metavar="SPEC", nargs="*", help="specs instead of the project's own and the others")
    options = parser.parse_args()
    if options.specs:
        tried = [(Path(spec).read_text(encoding="utf-8"), scope) for spec in options.specs for scope in (SOME, WHOLE)]
    else:
        tried = everything()
    failed = 0
    for spec, scope in tried:
        begin = time.monotonic()
        made = generated(spec)
        with tempfile.TemporaryDirectory(prefix="lastcall-prove-") as folder:
            result = prove(made, Path(folder), scope, options.seed)
        print(
            f"{made.model.name}: {result.configurations:,} configurations, {result.machines:,} damaged machines "
            f"({result.corrupt:,} corrupt), {result.judgements:,} judgements ({result.interpreted:,} confirmed by the interpreter), "
            f"{result.explanations:,} explanations in {time.monotonic() - begin:.1f} s",
            flush=True,
        )
        for wrong in result.wrong:
            print(wrong, file=sys.stderr)
        failed += bool(result.wrong)
    print(f"{len(tried) - failed} passed, {failed} failed")
    return int(failed != 0)


if __name__ == "__main__":
    sys.exit(main())
