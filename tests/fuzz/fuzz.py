#!/usr/bin/python3
"""Fuzzes the generated headers, the replayer and the generator for FUZZ_SECONDS (60) seconds, shared among the targets.

Usage: fuzz.py [--list] [--kept] [--keep] [TARGET...]

  --help  print this and stop
  --list  name the targets and stop
  --kept  only run what is kept in corpus/ and crashes/: the same every time
  --keep  afterwards, put a smallest corpus that reaches the same into corpus/

Without TARGET, all of them. FUZZ_JOBS (2 at most by default) run at the same time. A target whose fuzzer is not installed is
skipped and named. What is found goes to build/fuzz/. Exit status: 0 if nothing crashed, 1 if something did, 2 for wrong use.
"""

import argparse
import functools
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import invariant_code
import seeds

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
WORK = ROOT / "build" / "fuzz"
CORPUS = HERE / "corpus"
CRASHES = HERE / "crashes"

WARNINGS = ("-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror")
SANITIZERS = "address,undefined"
RUNS_OF_KEPT = 200
"""Inputs that --kept adds to those that are kept: some, always the same ones, so that mutation itself is tried."""


@dataclass(frozen=True)
class Harness:
    """A fuzz target in C: one source, compiled for one lifecycle.

    `weight`: its part of the time. `longest`: bytes of the longest input.
    """

    source: str
    lifecycle: str
    weight: int
    longest: int

    @property
    def name(self) -> str:
        """As folders, options and reports call it."""
        return f"{self.lifecycle}-{self.source}"


HARNESSES = (
    Harness("machine", "mapi_session", 4, 1500),
    Harness("machine", "message_service", 1, 500),
    Harness("machine", "database_connection", 2, 1000),
    Harness("traces", "mapi_session", 4, 1500),
    Harness("traces", "message_service", 1, 500),
)


@dataclass(frozen=True)
class Engine:
    """A fuzzer for targets in C: the compiler that builds for it, and its options for that."""

    name: str
    compiler: str
    options: tuple[str, ...]


LIBFUZZER = Engine("libFuzzer", "clang", (f"-fsanitize=fuzzer,{SANITIZERS}",))
AFL = Engine("AFL++", "afl-clang-fast", (f"-fsanitize=fuzzer,{SANITIZERS}",))
REPLAY = Engine("replay", os.environ.get("CC") or "cc", (f"-fsanitize={SANITIZERS}", str(HERE / "replay_files.c")))
"""No fuzzer: runs a target on files."""


@dataclass(frozen=True)
class Target:
    """What is run: a harness with an engine; neither: damaged specs, with Hypothesis."""

    harness: Harness | None
    engine: Engine | None

    @property
    def name(self) -> str:
        """As reports call it."""
        return f"{self.harness.name} ({self.engine.name})" if self.harness and self.engine else "specs (Hypothesis)"

    @property
    def weight(self) -> int:
        """Its part of the time."""
        return self.harness.weight if self.harness else 4


TARGETS = (
    *(Target(harness, engine) for engine in (LIBFUZZER, AFL) for harness in HARNESSES),
    Target(None, None),
)


@dataclass
class Report:
    """What became of a target. `skipped`, `failed`: why, or nothing. `crashes`: inputs that ended it."""

    target: Target
    executions: int = 0
    seconds: float = 0
    coverage: str = ""
    crashes: tuple[Path, ...] = ()
    skipped: str = ""
    failed: str = ""

    def line(self) -> str:
        """One line for people."""
        if self.skipped:
            return f"skipped: {self.target.name}: {self.skipped}"
        done = f"{self.target.name}: {self.executions} executions in {self.seconds:.0f} s"
        done += f", {self.coverage}" if self.coverage else ""
        return f"{done}, {len(self.crashes)} crashes" + (f"\n{self.failed.strip(chr(10))}" if self.failed else "")


# Building


class CannotBuild(Exception):
    """Why a target cannot be built: its engine is not installed."""


class BuildFailed(Exception):
    """The compiler's messages: a fault of the project, not of the machine."""


def spec_of(lifecycle: str) -> Path:
    """The spec of a lifecycle: one of the project, or of the tests."""
    spec = ROOT / "spec" / f"{lifecycle}.yaml"
    return spec if spec.exists() else ROOT / "tests" / "lifecycles" / f"{lifecycle}.yaml"


@functools.cache
def header_of(lifecycle: str) -> Path:
    """The header of a lifecycle: the one of the build, or, of a lifecycle of the tests, one that is made here."""
    spec = spec_of(lifecycle)
    if spec.parent.name == "spec":
        return ROOT / "build" / f"{lifecycle}.h"
    made = WORK / "headers" / f"{lifecycle}.h"
    made.parent.mkdir(parents=True, exist_ok=True)
    done = run([ROOT / "gen" / "lastcall", "header", spec, "-o", made])
    if done.returncode != 0:
        raise BuildFailed(done.stdout)
    return made


@functools.cache
def invariants_of(lifecycle: str) -> Path:
    """What always holds of a lifecycle, as C."""
    made = WORK / "headers" / f"invariants_{lifecycle}.h"
    made.parent.mkdir(parents=True, exist_ok=True)
    beside = made.with_suffix(f".{os.getpid()}")  # another process may compile with it now
    beside.write_text(invariant_code.of_spec(spec_of(lifecycle)), encoding="utf-8")
    return beside.replace(made)


def run(command: Sequence[str | Path], **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a command; its standard error is with its standard output."""
    return subprocess.run([str(word) for word in command], cwd=ROOT, env={**os.environ, **environment}, text=True, errors="replace",
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)


def build(harness: Harness, engine: Engine) -> Path:
    """Compiles a harness for an engine, if anything that it is made of has changed since."""
    if shutil.which(engine.compiler) is None:
        raise CannotBuild(f"{engine.compiler} is not installed")
    header, witness = header_of(harness.lifecycle), HERE / f"witness_{harness.lifecycle}.h"
    program = WORK / "programs" / engine.name / harness.name
    always = invariants_of(harness.lifecycle)
    command = compile_command(harness, engine, header, witness if witness.exists() else None, program, always)
    replayer = [ROOT / "runtime" / "replay.c", *(ROOT / "runtime" / "replay").glob("*.h")]
    parts = [header, always, *HERE.glob("*.[ch]"), *replayer, *(ROOT / "tests" / "bench").glob("switch.[ch]")]
    made_of = hashlib.sha256("\n".join(command).encode())
    for part in sorted(parts):
        made_of.update(part.read_bytes())
    stamp = program.with_suffix(".made-of")
    if not program.exists() or not stamp.exists() or stamp.read_text() != made_of.hexdigest():
        program.parent.mkdir(parents=True, exist_ok=True)
        stamp.unlink(missing_ok=True)
        done = run(command, AFL_QUIET="1")
        if done.returncode != 0 and lacks_runtime(engine):
            raise CannotBuild(f"{engine.compiler} has no run-time library for it (libclang-rt-dev)")
        if done.returncode != 0:
            raise BuildFailed(done.stdout)
        stamp.write_text(made_of.hexdigest())
    return program


def compile_command(
    harness: Harness, engine: Engine, header: Path, witness: Path | None, program: Path, always: Path | None = None
) -> list[str]:
    """The command that compiles a harness; `witness`: the interpreter that the header is held against, if there is one;
    `always`: the invariants of its spec, if they are to hold.
    """
    upper = harness.lifecycle.upper()
    # a machine's bytes are not compared with anything that a fuzzer could learn from
    tracing = ["-fno-sanitize-coverage=trace-cmp"] if engine is LIBFUZZER and harness.source == "machine" else []
    return [
        *(engine.compiler, *WARNINGS, *tracing, "-g", "-O1", "-fno-sanitize-recover=all", *engine.options, "-I", str(header.parent)),
        *(f"-DLASTCALL_HEADER=<{header.name}>", f"-DLASTCALL_NAME={harness.lifecycle}", f"-DLASTCALL_CONSTANT={upper}"),
        f"-D{upper}_IMPLEMENTATION",
        *([f'-DFUZZ_WITNESS="{witness}"'] if witness else []),
        *([f'-DFUZZ_INVARIANTS="{always}"'] if always and harness.source == "machine" else []),
        *(str(HERE / f"{harness.source}.c"), "-o", str(program)),
    ]


def lacks_runtime(engine: Engine) -> bool:
    """Does even an empty target not link? Then it is not the target's fault."""
    empty = WORK / "programs" / engine.name / "empty.c"
    empty.write_text("int LLVMFuzzerInitialize(int *c, char ***v) { (void)c; (void)v; return 0; }\n"
                     "int LLVMFuzzerTestOneInput(const unsigned char *d, unsigned long s) { (void)d; (void)s; return 0; }\n")
    return run([engine.compiler, *engine.options, empty, "-o", empty.with_suffix("")]).returncode != 0


# Running


def kept_inputs(harness: Harness) -> list[Path]:
    """The folders of a harness that are kept: its corpus, and what has ever crashed it."""
    return [folder for folder in (CORPUS / harness.name, CRASHES / harness.name) if folder.is_dir()]


def sow(harness: Harness, folder: Path) -> None:
    """Puts the first inputs into a folder that does not have them."""
    folder.mkdir(parents=True, exist_ok=True)
    make = seeds.machine_seeds if harness.source == "machine" else seeds.trace_seeds
    for data in make(header_of(harness.lifecycle), harness.lifecycle):
        (folder / hashlib.sha1(data).hexdigest()).write_bytes(data)


def run_libfuzzer(target: Target, seconds: float, kept_only: bool) -> Report:
    """Runs libFuzzer from the kept corpus, and from what it found before."""
    assert target.harness and target.engine
    report, harness = Report(target), target.harness
    program = build(harness, target.engine)
    found, crashes = WORK / "corpus" / harness.name, WORK / "crashes" / harness.name
    crashes.mkdir(parents=True, exist_ok=True)
    if kept_only:  # libFuzzer puts what is new into the first folder: one that nothing is read from
        found = WORK / "unused" / harness.name
        shutil.rmtree(found, ignore_errors=True)
        found.mkdir(parents=True)
    else:
        sow(harness, found)
    before = set(crashes.iterdir())
    kept = kept_inputs(harness)
    count = sum(1 for folder in kept for _ in folder.iterdir())
    bound = [f"-runs={count + RUNS_OF_KEPT}", "-seed=1"] if kept_only else [f"-max_total_time={max(1, round(seconds))}"]
    done = run([
        program, *bound, f"-max_len={harness.longest}", "-len_control=20", "-timeout=10", "-print_final_stats=1",
        f"-artifact_prefix={crashes}/", found, *kept,
    ])
    report.executions = int(last(r"stat::number_of_executed_units:\s*(\d+)", done.stdout) or last(r"^#(\d+)", done.stdout) or 0)
    covered, edges = last(r"\bcov: (\d+)", done.stdout), last(r"\((\d+) inline 8-bit counters\)", done.stdout)
    features = last(r"\bft: (\d+)", done.stdout)
    report.coverage = f"{covered} of {edges} edges, {features} features" if covered else ""
    report.crashes = tuple(sorted(set(crashes.iterdir()) - before))
    if done.returncode != 0:
        report.failed = tail(done.stdout, f"exit status {done.returncode}")
        report.failed += "".join(f"\n  again with: {shown(program)} {shown(crash)}" for crash in report.crashes)
    return report


def run_afl(target: Target, seconds: float) -> Report:
    """Runs AFL++ from the kept corpus; what it finds stays in its folder."""
    assert target.harness and target.engine
    report, harness = Report(target), target.harness
    if shutil.which("afl-fuzz") is None:
        raise CannotBuild("afl-fuzz is not installed")
    program = build(harness, target.engine)
    start, out = WORK / "afl" / harness.name / "in", WORK / "afl" / harness.name / "out"
    for folder in (start, out):
        shutil.rmtree(folder, ignore_errors=True)
    sow(harness, start)
    for path in [path for folder in kept_inputs(harness) for path in folder.iterdir()]:
        shutil.copy(path, start / path.name)
    done = run(
        ["afl-fuzz", "-i", start, "-o", out, "-V", str(max(2, round(seconds))), "-m", "none", "-t", "10000", "-G", str(harness.longest),
         "--", program],
        AFL_NO_UI="1", AFL_NO_AFFINITY="1", AFL_SKIP_CPUFREQ="1", AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES="1", AFL_FAST_CAL="1",
        AFL_BENCH_UNTIL_CRASH="1",
        ASAN_OPTIONS="abort_on_error=1:detect_leaks=0:symbolize=0", UBSAN_OPTIONS="abort_on_error=1:halt_on_error=1:symbolize=0",
    )
    stats = out / "default" / "fuzzer_stats"
    said = stats.read_text(encoding="utf-8") if stats.exists() else ""
    report.executions = int(last(r"^execs_done\s*: (\d+)", said) or 0)
    reached, edges = last(r"^edges_found\s*: (\d+)", said), last(r"^total_edges\s*: (\d+)", said)
    report.coverage = f"{reached} of {edges} edges" if reached else ""
    found = [path for kind in ("crashes", "hangs") for path in sorted((out / "default" / kind).glob("id*"))]
    crashes = WORK / "crashes" / harness.name
    crashes.mkdir(parents=True, exist_ok=True)
    report.crashes = tuple(crashes / f"afl-{hashlib.sha1(path.read_bytes()).hexdigest()}" for path in found)
    for path, kept in zip(found, report.crashes, strict=True):
        shutil.copy(path, kept)
        report.failed += f"\n  again with: {shown(program)} < {shown(kept)}"
    if not said or (done.returncode != 0 and not found):
        report.failed = tail(done.stdout, f"afl-fuzz ends with exit status {done.returncode}")
    return report


def run_specs(target: Target, seconds: float, kept_only: bool) -> Report:
    """Runs specs.py; specs that are kept are run by tests/fuzz/test_fuzz_specs.py."""
    report, crashes = Report(target), WORK / "crashes" / "specs"
    before = set(crashes.iterdir()) if crashes.is_dir() else set()
    if kept_only:
        raise CannotBuild("tests/fuzz/test_fuzz_specs.py runs what is kept")
    if run([sys.executable, "-c", "import hypothesis"]).returncode != 0:
        raise CannotBuild("python3-hypothesis is not installed")
    done = run([sys.executable, HERE / "specs.py", str(seconds), crashes])
    answer = last(r"^(\{.*\})$", done.stdout)
    if answer:
        report.executions = json.loads(answer)["executions"]
        report.coverage = f"{json.loads(answer)['messages']} different messages"
    report.crashes = tuple(sorted(set(crashes.iterdir()) - before)) if crashes.is_dir() else ()
    if done.returncode != 0:
        report.failed = "  " + json.loads(answer)["wrong"] if answer else tail(done.stdout, f"exit status {done.returncode}")
        report.failed += "".join(f"\n  again with: gen/lastcall header {shown(crash)} -o made.h" for crash in report.crashes)
    return report


def last(pattern: str, text: str) -> str:
    """The group of the last match, or nothing."""
    found = re.findall(pattern, text, re.MULTILINE)
    return str(found[-1]) if found else ""


def tail(text: str, otherwise: str) -> str:
    """The lines of a fuzzer's output that say what went wrong."""
    noise = (r"#\d+\s|INFO:|NOTE:|stat::|MS:|0x|Base64|artifact_prefix|\\|\s+NEW_(FUNC|PC)"
             r"|\s+#\d+ 0x\w+ in (fuzzer::|_start|__libc|raise|abort|main)")
    lines = [line for line in text.splitlines() if line.strip() and not re.match(noise, line)]
    return "\n".join(f"  {line}" for line in lines[-60:]) or f"  {otherwise}"


def shown(path: Path) -> str:
    """A path as one types it in the project's folder."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def fuzz(target: Target, seconds: float, kept_only: bool) -> Report:
    """Runs one target and says what it did."""
    began = time.monotonic()
    try:
        if target.engine is LIBFUZZER:
            report = run_libfuzzer(target, seconds, kept_only)
        elif target.engine is AFL:
            report = run_afl(target, seconds)
        else:
            report = run_specs(target, seconds, kept_only)
    except CannotBuild as reason:
        report = Report(target, skipped=str(reason))
    except BuildFailed as error:
        report = Report(target, failed=str(error))
    report.seconds = time.monotonic() - began
    print(report.line(), flush=True)
    return report


# Keeping


def keep(harness: Harness) -> str:
    """Replaces a kept corpus by a small one that reaches all that it reaches and what was found reaches."""
    program, kept, work = build(harness, LIBFUZZER), CORPUS / harness.name, WORK / "kept" / harness.name
    names = [other.name for other in HARNESSES if other.name == harness.name]
    found = [folder for name in names for folder in (WORK / "corpus" / name, WORK / "afl" / name / "out" / "default" / "queue")]
    sources = [folder for folder in (*found, kept) if folder.is_dir()]
    shutil.rmtree(work, ignore_errors=True)
    covering, rows = work / "covering", work / "rows"
    for folder in (covering, rows):
        folder.mkdir(parents=True)
    merge(harness, program, covering, sources)
    if harness.source == "machine":
        for row in seeds.rows([path.read_bytes() for path in sorted(covering.iterdir())], harness.longest):
            (rows / hashlib.sha1(row).hexdigest()).write_bytes(row)
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    merge(harness, program, kept, [rows, covering])
    return f"{harness.name}: {len(list(kept.iterdir()))} inputs kept, {sum(path.stat().st_size for path in kept.iterdir())} bytes"


def merge(harness: Harness, program: Path, into: Path, sources: Sequence[Path]) -> None:
    """Copies few inputs that reach all that the sources do: each edge and feature, not how often it is passed."""
    done = run([program, "-merge=1", "-set_cover_merge=1", "-use_counters=0", f"-max_len={harness.longest}", into, *sources])
    if done.returncode != 0:
        raise BuildFailed(tail(done.stdout, "the corpus cannot be merged"))
    for path in list(into.iterdir()):
        path.rename(into / path.name[:16])


# The whole run


def lanes(targets: Sequence[Target], count: int) -> list[list[Target]]:
    """The targets in as many rows as run at the same time, about as heavy as each other."""
    rows: list[list[Target]] = [[] for _ in range(min(count, len(targets)))]
    for target in sorted(targets, key=lambda target: -target.weight):
        min(rows, key=lambda row: sum(other.weight for other in row)).append(target)
    return rows


def run_lane(row: Sequence[Target], deadline: float, kept_only: bool) -> Iterator[Report]:
    """Runs targets one after another; what one does not use of its time, the next ones have."""
    for index, target in enumerate(row):
        left = max(0.0, deadline - time.monotonic())
        yield fuzz(target, left * target.weight / sum(other.weight for other in row[index:]), kept_only)


def built(target: Target) -> None:
    """Compiles ahead; what goes wrong is said when the target is run."""
    if target.harness and target.engine:
        try:
            build(target.harness, target.engine)
        except (CannotBuild, BuildFailed):
            pass


def positive(name: str, otherwise: int) -> int:
    """A number from the environment."""
    text = os.environ.get(name) or str(otherwise)
    if not re.fullmatch(r"[1-9][0-9]{0,6}", text):
        print(f"fuzz.py: error: {name} is a whole number above 0, not `{text}`", file=sys.stderr)
        sys.exit(2)
    return int(text)


def main(arguments: Sequence[str]) -> int:
    """Runs the targets; gives the exit status."""
    parser = argparse.ArgumentParser(prog="fuzz.py", usage=(__doc__ or "").partition("Usage: ")[2].partition("\n")[0], add_help=False)
    for option in ("--help", "--list", "--kept", "--keep"):
        parser.add_argument(option, action="store_true")
    parser.add_argument("targets", nargs="*")
    options = parser.parse_args(arguments)
    if options.help:
        print((__doc__ or "").rstrip())
        return 0
    if options.list:
        print("\n".join(target.name for target in TARGETS))
        return 0
    names = {target.name.partition(" ")[0] for target in TARGETS}
    unknown = [name for name in options.targets if name not in names]
    if unknown:
        print(f"fuzz.py: error: there is no target `{unknown[0]}`; there are {', '.join(sorted(names))}", file=sys.stderr)
        return 2
    chosen = [target for target in TARGETS if not options.targets or target.name.partition(" ")[0] in options.targets]
    if options.kept:
        chosen = [target for target in chosen if target.engine is not AFL]
    began, jobs = time.monotonic(), positive("FUZZ_JOBS", min(2, os.cpu_count() or 1))
    deadline = began + positive("FUZZ_SECONDS", 60) * 0.95  # a target takes a moment to stop
    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(built, chosen))
        rows = pool.map(lambda row: list(run_lane(row, deadline, options.kept)), lanes(chosen, jobs))
        reports = [report for row in rows for report in row]
    if options.keep:
        for harness in dict.fromkeys(target.harness for target in chosen if target.harness):
            print(keep(harness))
    skipped, faults = sum(1 for report in reports if report.skipped), sum(1 for report in reports if report.failed or report.crashes)
    print(f"fuzz: {len(reports) - skipped} targets in {time.monotonic() - began:.0f} s, "
          f"{sum(report.executions for report in reports)} executions, {sum(len(report.crashes) for report in reports)} crashes"
          + (f", {skipped} skipped" if skipped else "") + (f"; {faults} targets failed" if faults else ""))
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
