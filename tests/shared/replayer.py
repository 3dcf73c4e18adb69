"""Runs NAME-replay --json on many traces at once: a process for each would be most of the time."""

import json
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolchain import BUILD, RUNNER


WHY = ("message", "call", "source", "held", "advice")
"""What a rejection says beside its verdict; test_replay_why.py holds it."""


def judged(line: bytes | str) -> Any:
    """An object of --json: what is judged, without what explains a rejection. Anything else stays as it is."""
    said = json.loads(line)
    if not isinstance(said, dict) or said.get("verdict") != "rejected":
        return said
    return {key: value for key, value in said.items() if key not in WHY}


@dataclass(frozen=True)
class Replay:
    """What a replayer did: its exit status, its standard error, and the file with its standard output."""

    status: int
    errors: str
    output: Path

    def lines(self) -> Iterator[bytes]:
        """The lines of its standard output, one by one, as they can be many."""
        with self.output.open("rb") as stream:
            yield from stream


def replay(lifecycle: str, traces: list[Iterable[str]], directory: Path, *options: str,
           runner: Sequence[str] = RUNNER) -> Replay:
    """Replays the traces, each of them a file in `directory`, in one call and in their order, with more options."""
    program = BUILD / f"{lifecycle}-replay"
    if not program.is_file():
        raise FileNotFoundError(f"{program} is not there: run ninja first")
    directory.mkdir(parents=True, exist_ok=True)
    names = [f"{number}.trace" for number in range(len(traces))]
    for name, trace in zip(names, traces, strict=True):
        with (directory / name).open("w", encoding="ascii") as file:
            file.writelines(trace)
    output = directory / "answers.jsonl"
    with output.open("wb") as file:
        done = subprocess.run([*runner, program, "--json", *options, *names], cwd=directory, stdin=subprocess.DEVNULL,
                              stdout=file, stderr=subprocess.PIPE, check=False, timeout=300)
    return Replay(done.returncode, done.stderr.decode(errors="replace"), output)
