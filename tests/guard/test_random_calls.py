"""API specs and traces made at random: what the replayer says, call by call, is what the interpreter says.

Handles come again, are of the wrong kind or unknown; calls make several objects, sweep over each, tell others, come from threads. All
runs under the sanitizers, in both ways of judging.
"""

import json
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

import random_apis
from guard.guard import guard
from interpret_calls import Judge, parse
from toolchain import ROOT

SEEDS = range(100, 112)
"""About half of them are APIs that can be read."""
TRACES = 40
LENGTH = 80
WARNINGS = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror")
SANITIZED = ("-g", "-O0", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")


def compiled(folder: Path, header: str) -> Path:
    """The replayer of the API `api`, sanitized."""
    (folder / "api_guard.h").write_text(header, encoding="utf-8")
    program = folder / "api-replay"
    subprocess.run(
        ["gcc", "-std=c99", "-D_POSIX_C_SOURCE=200809L", *WARNINGS, *SANITIZED, "-DLASTCALL_HEADER=<api_guard.h>",
         "-DLASTCALL_NAME=api_guard", '-DLASTCALL_API="api"', "-DLASTCALL_CONSTANT=API_GUARD", "-DAPI_GUARD_IMPLEMENTATION",
         "-I", folder, ROOT / "runtime" / "replay_calls.c", "-o", program],
        check=True)
    return program


@pytest.mark.parametrize("seed", SEEDS)
def test_replayer_and_interpreter_agree(seed: int, tmp_path: Path, say: Callable[[str], None]) -> None:
    """Each answer and the closing object, as JSON."""
    made = (random_apis.api(seed + more, tmp_path) for more in range(0, 10_000, 1_000))  # not each that chance makes can be read
    api = next(each for each in made if each is not None)
    program = compiled(tmp_path, guard(api))
    said: Counter[str] = Counter()
    for observing in (False, True):
        names, wanted = [], []
        for number in range(TRACES):
            lines = random_apis.trace(api, seed * 1000 + number, LENGTH)
            names.append(f"{number}.trace")
            (tmp_path / names[-1]).write_text("".join(f"{line}\n" for line in lines), encoding="ascii")
            judge = Judge(api, observing)
            wanted += [(number, judge.judge(line)) for line in parse(api, lines)]
            wanted.append((number, judge.end()))
        done = subprocess.run([program, "--json", *(["--observe"] if observing else []), *names], cwd=tmp_path,
                              capture_output=True, text=True, check=False, timeout=300)
        assert done.stderr == ""
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(answers) == len(wanted)
        for answer, (number, want) in zip(answers, wanted, strict=True):
            assert answer == want, f"seed {seed}, trace {number}, {'observing' if observing else 'judging'}"
            said[str(answer.get("reason", answer.get("verdict", "end")))] += 1
    say(f"seed {seed}: " + ", ".join(f"{count} {reason}" for reason, count in sorted(said.items())))
