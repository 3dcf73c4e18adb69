"""Runs gen/lastcall: inside this process where that is the same thing, as a command where it is not."""

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMAND = ROOT / "gen" / "lastcall"

sys.path.insert(0, str(ROOT / "gen"))

import commands  # noqa: E402  the generator's


@dataclass(frozen=True)
class Run:
    """What a run of lastcall answered."""

    status: int
    stdout: str
    stderr: str

    @property
    def errors(self) -> list[str]:
        """The lines of standard error."""
        return self.stderr.splitlines()


def lastcall(*arguments: str | Path) -> Run:
    """Runs lastcall in this process. An exception that it lets through is one here, too."""
    # a standard output of bytes under text, as the real one is
    out, err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = commands.main([str(argument) for argument in arguments])
        except SystemExit as stop:
            status = int(stop.code or 0)
    out.seek(0)
    return Run(status, out.read(), err.getvalue())


def command(
    *arguments: str | Path | bytes, cwd: Path | None = None, program: Path = COMMAND, **environment: str
) -> Run:
    """Runs the command gen/lastcall (or another `program`) in a process of its own, with more environment."""
    variables: Mapping[str, str] = {**os.environ, **environment}
    done = subprocess.run([program, *arguments], cwd=cwd, env=variables, stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=60, check=False)
    return Run(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))
