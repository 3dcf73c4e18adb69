#!/usr/bin/python3
"""The benchmark: time per event, bytes, and the generator's time, printed as tables.

The forms of the machine that are compared (form_*.c) are compiled with each compiler that is
installed and timed by bench.c, all forms of one compiler in one run. Nothing here is a test: the
figures belong to the machine that they are from, and the ratios to the hand-written switch count.
"""

import argparse
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import ragel_form
import sizes

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SOURCES = ["bench.c", "trace.c", "switch.c", "matrix.c", "generated.c"]
SOURCES += ["ragel_goto.c", "ragel_table.c"]
# Every function begins a cache line: where the linker puts it does not count.
FLAGS = ["-std=c99", "-O2", "-falign-functions=64", "-Wall", "-Wextra"]
GENERATOR_RUNS = 7


def progress(text: str) -> None:
    """Say what goes on, where somebody watches; the line is written over by the next."""
    if sys.stderr.isatty():
        print(f"\r{text:<40}\r", end="", file=sys.stderr, flush=True)


def build(compiler: str, include: Path, where: Path) -> Path:
    """Compile every form and the timing program; its path."""
    ragel_form.make(where)
    objects = []
    for source in SOURCES + sorted(path.name for path in HERE.glob("form_*.c")):
        progress(f"{compiler} {source}")
        object_file = (where / source).with_suffix(".o")
        command = [compiler, *FLAGS, f"-I{include}", f"-I{where}"]
        command += ["-c", str(HERE / source)]
        subprocess.run([*command, "-o", str(object_file)], check=True)
        if object_file.stem.endswith("_inlined"):
            # Its own copy of the functions must not meet the first copy when all is linked.
            keep = f"--keep-global-symbol={object_file.stem}"
            subprocess.run(["objcopy", keep, str(object_file)], check=True)
        objects.append(str(object_file))
    program = where / "bench"
    subprocess.run([compiler, *objects, "-o", str(program)], check=True)
    progress("")
    return program


def calls_fire(where: Path, form: str) -> bool:
    """Whether a form's loops call the generated fire, so that no row stands under a false name."""
    text = output_of("objdump", "-d", "-r", str(where / f"{form}.o"))
    functions = re.split(r"\n(?=[0-9a-f]+ <)", text)
    loops = [part for part in functions if re.match(r"[0-9a-f]+ <loop_", part)]
    return any(re.search(r"\bmapi_session_fire\b", part) for part in loops)


def time_forms(compiler: str, include: Path, where: Path, rounds: int, events: int) -> dict:
    """Build, run and print one compiler's tables; what bench.c wrote as JSON."""
    program = build(compiler, include, where)
    version = output_of(compiler, "--version").splitlines()[0]
    print(
        f"\n\nTime per event in ns, {version}, -O2; {rounds} rounds"
        "\n  least: with nothing in the way (short slices of the trace, each at its fastest);"
        "\n  median: of whole rounds, with all that goes on in the machine",
        flush=True,
    )
    for form, called in (("form_generated_called", True), ("form_generated_inlined", False)):
        if calls_fire(where, form) != called:
            instead = "inlined" if called else "called"
            print(f"  Mind: in {form} the compiler has {instead} fire all the same.")
    result = where / "times.json"
    subprocess.run(
        [str(program), "--json", str(result), "--rounds", str(rounds), "--events", str(events)],
        check=True,
    )
    return {"compiler": version, **json.loads(result.read_text())}


def time_generator(where: Path) -> dict:
    """Wall-clock seconds of the generator for the MAPI lifecycle, and its peak memory.

    The first run only warms the caches and is not counted.
    """
    output = where / "mapi_session.h"
    command = [str(ROOT / "gen" / "lastcall"), "header", str(ROOT / "spec" / "mapi_session.yaml")]
    command += ["-o", str(output)]
    seconds, memory = [], 0
    for run in range(GENERATOR_RUNS + 1):
        progress(f"generator, run {run} of {GENERATOR_RUNS}")
        start = time.perf_counter()
        process = subprocess.Popen(command)
        _, status, usage = os.wait4(process.pid, 0)
        elapsed = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise subprocess.CalledProcessError(process.returncode, command)
        if run > 0:
            seconds.append(elapsed)
        memory = max(memory, usage.ru_maxrss)
    progress("")
    return {"seconds": seconds, "median": statistics.median(seconds), "memory_kib": memory}


def output_of(*command: str) -> str:
    """What a command prints."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def machine() -> dict:
    """What the figures come from."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        text = ""
    said = dict(re.findall(r"^([\w ]+?)\s*: (.*)$", text, re.MULTILINE))
    return {
        "processor": said.get("model name", platform.machine()),
        "mhz": said.get("cpu MHz"),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
    }


def main() -> int:
    """Measure what was asked for, print it, and with --json write it."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to FILE too")
    parser.add_argument("--rounds", type=int, default=31, help="rounds of timing (31)")
    parser.add_argument("--events", type=int, default=1_000_000, help="events a trace (1000000)")
    parser.add_argument("--compiler", action="append", help="gcc or clang (all that are installed)")
    parser.add_argument("--build", type=Path, metavar="DIR", help="where to build (build/bench)")
    parser.set_defaults(build=ROOT / "build" / "bench")
    options = parser.parse_args()

    include = ROOT / "build"
    if not (include / "mapi_session.h").exists():
        print("bench: there is no build/mapi_session.h yet: run ninja first", file=sys.stderr)
        return 2
    compilers = [name for name in options.compiler or ("gcc", "clang") if shutil.which(name)]
    if not compilers:
        print("bench: no C compiler is installed", file=sys.stderr)
        return 2

    figures: dict = {"machine": machine(), "times": {}}
    print(", ".join(f"{key} {value}" for key, value in figures["machine"].items()))
    text, measured = sizes.table(include, options.build / "sizes", progress)
    print(f"\n{text}", flush=True)
    figures["sizes"] = [asdict(size) for size in measured]

    figures["generator"] = generator = time_generator(options.build)
    print(
        f"\nGenerator, gen/lastcall header spec/mapi_session.yaml: {generator['median']:.3f} s"
        f" ({min(generator['seconds']):.3f}..{max(generator['seconds']):.3f},"
        f" median of {GENERATOR_RUNS}), {generator['memory_kib'] / 1024:.0f} MiB"
    )

    for compiler in compilers:
        where = options.build / compiler
        figures["times"][compiler] = time_forms(
            compiler, include, where, options.rounds, options.events
        )
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        print(f"bench: failed: {' '.join(map(str, error.cmd))}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
