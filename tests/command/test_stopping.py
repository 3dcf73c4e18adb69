"""Runs that are stopped: no traceback, and nothing left behind, whenever the signal comes."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lastcall import COMMAND, ROOT

SPEC = ROOT / "spec" / "mapi_session.yaml"
TIMES = 16
"""So many runs are stopped, at moments spread over the time that a run takes."""


def run(folder: Path, *arguments: str | Path, **environment: str) -> "subprocess.Popen[bytes]":
    """Starts a run whose scratch files lie in a folder of their own."""
    (folder / "tmp").mkdir(exist_ok=True)
    variables = {**os.environ, "TMPDIR": str(folder / "tmp"), **environment}
    return subprocess.Popen([COMMAND, *arguments], env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE)


@pytest.mark.parametrize(("number", "statuses"), [
    (signal.SIGINT, {130, -signal.SIGINT}), (signal.SIGTERM, {-signal.SIGTERM}), (signal.SIGHUP, {-signal.SIGHUP}),
])
def test_a_build_that_is_stopped_leaves_nothing(
    number: signal.Signals, statuses: set[int], tmp_path: Path, say: Callable[[str], None]
) -> None:
    """No scratch folder, no file beside those that are made, no complaint of Python's; it ends as the signal says."""
    began = time.monotonic()
    with run(tmp_path, "build", SPEC, "-o", tmp_path / "first") as whole:
        assert whole.wait() == 0
    takes = time.monotonic() - began
    stopped = 0
    for part in range(TIMES):
        with run(tmp_path, "build", SPEC, "-o", tmp_path / "out") as build:
            time.sleep(takes * part / TIMES)
            build.send_signal(number)
            assert build.stderr is not None
            said = build.stderr.read()
        assert build.returncode in {0, *statuses}
        assert said == b""
        stopped += build.returncode != 0
        assert list((tmp_path / "tmp").iterdir()) == []
        assert not list(tmp_path.glob("**/.lastcall-*"))
    assert stopped > 0
    say(f"{stopped} of {TIMES} builds were stopped by {number.name}")


def test_the_programs_of_a_run_are_stopped_with_it(tmp_path: Path) -> None:
    """A compiler that would go on for long ends with the run that has called it, and so does what it has started."""
    compiler = tmp_path / "cc"
    compiler.write_text(f"#!/bin/sh\nsleep 600 &\necho $$ $! >'{tmp_path}/started.new'\nmv '{tmp_path}/started.new' "
                        f"'{tmp_path}/started'\nwait\n", encoding="ascii")
    compiler.chmod(0o755)
    with run(tmp_path, "build", SPEC, "-o", tmp_path / "out", CC=str(compiler).replace(" ", "\\ ")) as build:
        while not (tmp_path / "started").exists():
            assert build.poll() is None
            time.sleep(0.01)
        build.send_signal(signal.SIGTERM)
    assert build.returncode == -signal.SIGTERM
    for process in (tmp_path / "started").read_text(encoding="ascii").split():
        until = time.monotonic() + 30
        while running(process):
            assert time.monotonic() < until
            time.sleep(0.01)
    assert list((tmp_path / "tmp").iterdir()) == []
    assert not (tmp_path / "out").exists()


def running(process: str) -> bool:
    """Is there a process of this number that has not ended?"""
    try:
        status = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def test_a_signal_that_is_ignored_stays_ignored(tmp_path: Path) -> None:
    """`nohup lastcall build …` goes on."""
    script = 'trap "" HUP INT; "$0" "$@" & sleep 0.2; kill -HUP $!; kill -INT $!; wait $!'
    done = subprocess.run(["/bin/sh", "-c", script, COMMAND, "build", SPEC, "-o", tmp_path], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
