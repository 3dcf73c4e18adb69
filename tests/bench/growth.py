#!/usr/bin/python3
"""How the generator and what it makes grow with the lifecycle: time, memory, bytes, and time per event.

The lifecycles are made by tests/shared/grown_lifecycles.py. Nothing here is a test: the figures belong to
the machine that they are from. RESULTS.md has those that were recorded.
"""

import argparse
import json
import math
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.append(str(HERE.parent / "shared"))

from grown_lifecycles import Size, grown  # noqa: E402

SIZES = {
    "10 states": Size(10, 20, 50),
    "30 states": Size(30, 40, 300),
    "100 states": Size(100, 40, 1_000),
    "300 states": Size(300, 40, 3_000),
    "1,000 states": Size(1_000, 40, 10_000),
    "1,000, 200 events": Size(1_000, 200, 10_000),
    "100 kinds": Size(10, 20, 50, kinds=100),
    "300 holdings": Size(100, 40, 1_000, holdings=300),
    "32 facts": Size(100, 40, 1_000, facts=32),
}
"""The first five have one shape, a move in every fourth cell; their growth is what the last column of the table is for."""

REFERENCE = "10 states"
RUNS = 3


def generate(spec: Path, header: Path) -> tuple[float, float]:
    """Seconds of processor time of the generator, with Ragel's, the least of some runs; and MiB of the larger of the two."""
    seconds, memory = math.inf, 0
    for _ in range(RUNS):
        process = subprocess.Popen([str(ROOT / "gen" / "lastcall"), "header", str(spec), "-o", str(header)])
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise subprocess.CalledProcessError(process.returncode, process.args)
        seconds = min(seconds, usage.ru_utime + usage.ru_stime)
        memory = max(memory, usage.ru_maxrss)
    return seconds, memory / 1024


def tables(header: Path) -> dict[str, int]:
    """The bytes of each table of the header, without text, as the compiler lays them out."""
    made = header.with_suffix(".o")
    command = ["gcc", "-std=c99", "-O2", "-DGROWN_IMPLEMENTATION", "-DGROWN_NO_TEXT", "-x", "c", "-c", str(header), "-o", str(made)]
    subprocess.run(command, check=True)
    said = subprocess.run(["nm", "-S", str(made)], check=True, capture_output=True, text=True).stdout
    found: dict[str, int] = {}
    for size, name in re.findall(r"^\w+ (\w+) [rR] (?:grown_)?(\w+)", said, re.MULTILINE):
        found[name] = found.get(name, 0) + int(size, 16)
    return found


def time_events(folder: Path) -> dict[str, float]:
    """What growth.c says of the header in a folder."""
    program = folder / "growth"
    subprocess.run(["gcc", "-std=c99", "-O2", f"-I{folder}", str(HERE / "growth.c"), "-o", str(program)], check=True)
    measured: dict[str, float] = json.loads(subprocess.run([str(program)], check=True, capture_output=True).stdout)
    return measured


def measure(size: Size, folder: Path) -> dict[str, object]:
    """All figures of one lifecycle."""
    spec, header = folder / "grown.yaml", folder / "grown.h"
    spec.write_text(grown(size), encoding="utf-8")
    seconds, memory = generate(spec, header)
    text = header.read_text(encoding="utf-8")
    events = len(re.findall(r"^    GROWN_EVENT_\w+,", text, re.MULTILINE))
    moves = size.moves + 20 * size.kinds
    of_tables = tables(header)
    return {
        "states": size.states, "events": events, "moves": moves,
        "seconds": seconds, "memory_mib": memory,
        "microseconds_per_move_log_move": seconds * 1e6 / (moves * math.log2(moves)),
        "spec_bytes": spec.stat().st_size, "header_bytes": len(text.encode()),
        "tables": of_tables, "table_bytes": sum(of_tables.values()),
        "table_bytes_per_cell": sum(of_tables.values()) / (size.states * events),
        **time_events(folder),
    }


def main() -> int:
    """Measures, prints a table, and with --json writes all figures."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to FILE too")
    options = parser.parse_args()
    found: dict[str, dict[str, object]] = {}
    line = "{:<18} {:>6} {:>6} {:>6}  {:>6} {:>4}  {:>8} {:>8} {:>5}  {:>6} {:>6} {:>4}  {:>6}"
    print("\nGrowth: a generator's run (processor time, memory), the header and its tables, an event of a random walk (gcc -O2)")
    print(line.format("", "states", "events", "moves", "s", "MiB", "header", "tables", "/cell", "ns", "matrix", "/", "growth"))
    for name, size in SIZES.items():
        with tempfile.TemporaryDirectory(prefix="lastcall-growth-") as folder:
            one = found[name] = measure(size, Path(folder))
        by = "microseconds_per_move_log_move"
        one["growth"] = one[by] / found[REFERENCE][by]  # type: ignore[operator]
        print(line.format(
            name, one["states"], one["events"], one["moves"], f"{one['seconds']:.2f}", f"{one['memory_mib']:.0f}",
            one["header_bytes"], one["table_bytes"], f"{one['table_bytes_per_cell']:.2f}",
            f"{one['fire_ns']:.1f}", f"{one['look_up_ns']:.1f}",
            f"{one['fire_ns'] / one['look_up_ns']:.1f}",  # type: ignore[operator]
            f"{one['growth']:.3f}"), flush=True)
    print("matrix: a bare look-up of the next state. growth: seconds / (moves * log moves), relative to the smallest.")
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        print(f"growth: failed: {error.cmd}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
