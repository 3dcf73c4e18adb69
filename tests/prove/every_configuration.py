"""Is the generated C exactly what the spec says, in every configuration, whether it can be reached or not?

    /usr/bin/python3 tests/prove/every_configuration.py [--some N] [--seed N] [--random N] [SPEC…]

For each state, each event, each set of its arguments, each pattern of facts and of the counts that matter, three judges are held
against each other: the generated header, compiled; the model, interpreted by gen/interpret.py; and Ragel's own code (-G2) of
the source that the header is made of. They have to agree on the verdict, the rule, the warnings, the state, the counts and facts
after the event, and on whether the lifecycle is finished; check must agree with fire; no question and no rejected event may change a
byte; and explain has to say what became of the event.
"""

import argparse
import itertools
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import other_lifecycles
from compiled import ROOT, Generated, compiled, generated
from interpret import ACCEPTED, Configuration, finished, judge, outcome, warnings
from model import Lifecycle
from toolchain import CC, RUNNER
from walk import MOST_CASES, Case, Walk

VERDICTS = (ACCEPTED, "state", "not_held", "need", "limit")
"""The numbers of the verdicts in C."""
_AT_ONCE = 100_000
_MOST_SHOWN = 5
_TOO_LONG = 300
"""Seconds after which a program is taken to be in an endless loop."""


@dataclass(frozen=True)
class Result:
    """What came of a run: how many cases were judged, and how; in how many events × states some were left out; what differed."""

    cases: int
    verdicts: Counter[str]
    cut_short: int
    differences: tuple[str, ...]


class Judges:
    """The judges of one lifecycle."""

    def __init__(
        self,
        made: Generated,
        folder: Path,
        flags: Sequence[str] = ("-O1",),
        compiler: Sequence[str] = CC or ("gcc",),
        runner: Sequence[str] = RUNNER,
    ) -> None:
        self.model = made.model
        self._program = (*runner, str(compiled(made, "every_configuration", folder, flags, compiler)))
        holdings = len(made.model.holdings)
        self._record = struct.Struct(f"<HHII{holdings}H")
        self._answer = struct.Struct(f"<BHIHI{holdings}HB")
        self._verdicts = {verdict: number for number, verdict in enumerate(VERDICTS)}

    def hold(self, walk: Walk, cases: Iterable[Case], explained: int) -> Result:
        """Judges cases until there are some differences, and explains each of so many."""
        judged = 0
        verdicts: Counter[str] = Counter()
        differences: list[str] = []
        remaining = iter(cases)
        while not differences and (some := list(itertools.islice(remaining, _AT_ONCE))):
            differences = self._differences(some, explained, verdicts)
            judged += len(some)
        return Result(judged, verdicts, walk.cut_short, tuple(differences))

    def _differences(self, cases: Sequence[Case], explained: int, verdicts: Counter[str]) -> list[str]:
        records = b"".join(map(self._as_record, cases))
        command = [*self._program, str(explained)]
        try:
            done = subprocess.run(command, input=records, capture_output=True, check=False, timeout=_TOO_LONG)
        except subprocess.TimeoutExpired:
            return [f"the program has not ended after {_TOO_LONG} s: an endless loop?"]
        size = self._answer.size
        if done.returncode != 0 or len(done.stdout) != size * len(cases):
            return [f"the program ends with {done.returncode}: {done.stderr.decode()}"]
        expected = b"".join(map(self._expected, cases))
        for verdict, number in Counter(expected[::size]).items():
            verdicts[VERDICTS[verdict]] += number
        if done.stdout == expected:
            return []
        found: list[str] = []
        for index, case in enumerate(cases):
            told, wanted = (text[index * size : (index + 1) * size] for text in (done.stdout, expected))
            if told != wanted and len(found) < _MOST_SHOWN:
                said = [line for line in done.stderr.decode().splitlines() if line.startswith(f"record {index}:")]
                found.append("\n".join([self._shown(case), *self._unlike(told, wanted), *said]))
        return found

    def recorded(self, cases: Sequence[Case]) -> tuple[bytes, bytes]:
        """The cases as every_configuration.c reads them, and what it has to answer."""
        return b"".join(map(self._as_record, cases)), b"".join(map(self._expected, cases))

    def _as_record(self, case: Case) -> bytes:
        configuration = case.configuration
        return self._record.pack(
            configuration.state, case.event, case.arguments, _bits(configuration.facts), *configuration.counts
        )

    def _expected(self, case: Case) -> bytes:
        """The answer that gen/interpret.py gives."""
        model, before, event, arguments = self.model, case.configuration, case.event, case.arguments
        verdict = judge(model, before, event, arguments)
        after, warned = before, 0
        if verdict.reason == ACCEPTED:
            after = outcome(model, before, event, arguments).configuration
            if model.events[event].warnings:
                warned = sum(1 << index for index in warnings(model, before, event, arguments))
        return self._answer.pack(
            self._verdicts[verdict.reason],
            len(model.rules) if verdict.rule is None else verdict.rule,
            warned,
            after.state,
            _bits(after.facts),
            *after.counts,
            finished(model, before) | finished(model, after) << 1,
        )

    def _shown(self, case: Case) -> str:
        """A case in words."""
        event = self.model.events[case.event]
        words = [event.name, *(item.name for index, item in enumerate(event.arguments) if case.arguments >> index & 1)]
        return f"{self.model.name}: {' '.join(words)} in {described(self.model, case.configuration)}"

    def _unlike(self, told: bytes, wanted: bytes) -> Iterator[str]:
        """Where two answers differ, in words."""
        names = ["verdict", "rule", "warnings", "state after", "facts after"]
        names += [f"{holding.name} after" for holding in self.model.holdings]
        for name, one, other in zip([*names, "finished"], self._answer.unpack(told), self._answer.unpack(wanted), strict=True):
            if one != other:
                yield f"    {name}: the header {one}, interpret.py {other}"


def described(model: Lifecycle, configuration: Configuration) -> str:
    """A configuration in words."""
    held = [f"{holding.name} {count}" for holding, count in zip(model.holdings, configuration.counts) if count]
    facts = [fact.name for fact, is_true in zip(model.facts, configuration.facts) if is_true]
    return f"{model.states[configuration.state].name}, held: {', '.join(held) or '-'}, true: {', '.join(facts) or '-'}"


def _bits(facts: Sequence[bool]) -> int:
    return sum(fact << index for index, fact in enumerate(facts))


@dataclass(frozen=True)
class Scope:
    """How much is tried of an event in a state: `some` cases at random, or every one if that is None (but no more than `most`);
    and of so many cases one is `explained`.
    """

    some: int | None = None
    most: int = MOST_CASES
    explained: int = 31


OTHER = Scope(most=20_000, explained=499)
CHANCE = Scope(most=2_000, explained=1009)
"""For a lifecycle that chance made up: it may name large numbers, so that explaining takes its time."""


def prove(
    made: Generated,
    folder: Path,
    scope: Scope,
    seed: int,
    flags: Sequence[str] = ("-O1",),
    compiler: Sequence[str] = CC or ("gcc",),
    runner: Sequence[str] = RUNNER,
) -> Result:
    """Holds the judges of a lifecycle against each other; `runner` stands before the program."""
    walk = Walk(made.model, seed, scope.most)
    cases = walk.every() if scope.some is None else walk.some(scope.some)
    return Judges(made, folder, flags, compiler, runner).hold(walk, cases, scope.explained)


def everything(seed: int, chance: int) -> list[tuple[str, Scope]]:
    """All specs that are tried, with how much of each: the project's own, others, and so many that chance makes up."""
    own = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "spec").glob("*.yaml"))]
    specs = [(spec, Scope()) for spec in own]
    specs += [(spec, OTHER) for spec in other_lifecycles.all_of_them()]
    return specs + [(other_lifecycles.at_random(seed + number), CHANCE) for number in range(chance)]


def main() -> int:
    """Runs the proof for all lifecycles; gives the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--some", type=int, metavar="N", help="only N cases of each event in each state, at random")
    parser.add_argument("--seed", type=int, default=1, help="where chance begins")
    parser.add_argument("--random", type=int, default=40, metavar="N", help="how many random lifecycles to add")
    parser.add_argument("specs", metavar="SPEC", nargs="*", help="specs instead of the project's own and the others")
    options = parser.parse_args()
    if options.specs:
        specs = [(Path(spec).read_text(encoding="utf-8"), Scope()) for spec in options.specs]
    else:
        specs = everything(options.seed, options.random)
    total = 0
    failed = 0
    for spec, scope in specs:
        begin = time.monotonic()
        made = generated(spec)
        size = f"{len(made.model.states)} states x {len(made.model.events)} events"
        try:
            with tempfile.TemporaryDirectory(prefix="lastcall-prove-") as folder:
                result = prove(made, Path(folder), replace(scope, some=options.some), options.seed, ("-O2",))
        except AssertionError as error:  # the header does not compile
            result = Result(0, Counter(), 0, (str(error),))
        short = f", {result.cut_short} of them not in every pattern of counts" if result.cut_short else ""
        verdicts = ", ".join(f"{result.verdicts[verdict]:,} {verdict}" for verdict in VERDICTS)
        seconds = time.monotonic() - begin
        print(f"{made.model.name}: {size}{short}: {result.cases:,} cases ({verdicts}) in {seconds:.1f} s", flush=True)
        for difference in result.differences:
            print(difference, file=sys.stderr)
        failed += bool(result.differences)
        total += result.cases
    print(f"{len(specs)} lifecycles, {total:,} cases, {2 * total:,} comparisons (header with interpreter, header with Ragel's -G2)")
    print(f"{len(specs) - failed} passed, {failed} failed")
    return int(failed != 0)


if __name__ == "__main__":
    sys.exit(main())
