#!/usr/bin/python3
"""How many megabytes of trace the replayer judges in a second, in text and JSON, and with -j.

Processor time, the least of some runs, output to /dev/null; for -j the time that passes. Nothing
here is a test: the figures belong to the machine that they are from.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = ROOT / "build" / "mapi_session-replay"
RUNS = 7
KINDS = ("advise_sink", "status_table", "outbox_folder", "message_store", "address_book")


def accepted(chance: random.Random) -> str:
    """Sessions in which nothing is wrong."""
    lines = ["mapi_initialize", "mapi_logon_ex"]
    for kind in chance.choices(KINDS, k=200):
        lines += [f"open_{kind}", "call_object", f"release_{kind}"]
    session = "\n".join([*lines, "advise", "unadvise", "logoff", "release_session", "mapi_uninitialize", ""])
    return session * (60_000_000 // len(session))


def rejected(chance: random.Random) -> str:
    """Nothing but rejections, by the state."""
    return "".join(f"{event}\n" for event in chance.choices(("logoff", "release_session", "unadvise", "call_object"), k=1_000_000))


def rejected_by_needs(chance: random.Random) -> str:
    """Likewise, by needs."""
    begin = "mapi_initialize\nmapi_logon_ex\nopen_message_store\nadvise\n"
    return begin + "".join(f"{event}\n" for event in chance.choices(("logoff", "logoff ui", "release_session"), k=1_000_000))


def processor_time(command: list[str]) -> float:
    """The least of some runs, in seconds."""
    least = float("inf")
    for _ in range(RUNS):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode in (0, 1), command
        least = min(least, usage.ru_utime + usage.ru_stime)
    return least


def passing_time(command: list[str]) -> float:
    """One run, in seconds."""
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def main() -> int:
    """Measures and prints; with a file's name, writes the figures to it."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="lastcall-replay-") as folder:
        trace = Path(folder) / "trace"
        print("\nReplay, megabytes of trace a second of processor time (text, JSON)")
        for make in (accepted, rejected, rejected_by_needs):
            trace.write_text(make(random.Random(1)), encoding="ascii")
            name = make.__name__.replace("_", " ")
            for option in ([], ["--json"]):
                seconds = processor_time([str(PROGRAM), *option, str(trace)])
                figures[" ".join([name, *option])] = trace.stat().st_size / 1e6 / seconds
            print(f"  {name:<18} {figures[name]:>6.0f} {figures[f'{name} --json']:>6.0f}", flush=True)
        trace.write_text(accepted(random.Random(1))[:11_000_000].rpartition("mapi_initialize\n")[0], encoding="ascii")
        jobs = os.cpu_count() or 1
        files = [str(trace)] * 12 * jobs
        least = {count: float("inf") for count in (1, jobs)}
        for _ in range(2 * RUNS):
            for count in least:
                least[count] = min(least[count], passing_time([str(PROGRAM), "-j", str(count), *files]))
        figures["speed-up"] = least[1] / least[jobs]
        print(f"  {len(files)} files of 11 MB, -j {jobs}: {figures['speed-up']:.2f} times as fast as one after another")
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
