"""Scratch folders and the programs that work in them: whatever ends a run, neither is left behind.

A signal that ends the run may come at any time, also between the making of a folder and the `with` that removes it; so what there
is to be removed is written down here, and the signal's handler sees to it.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Done:
    """What became of a program: its exit status, and what it wrote to standard output and standard error."""

    status: int
    output: bytes
    errors: str


class _Left:
    """What is to be removed and stopped when the run ends, and whether a signal has to wait as this is being changed."""

    def __init__(self) -> None:
        self.paths: set[Path] = set()
        self.programs: set[subprocess.Popen[bytes]] = set()
        self._depth = 0
        self._signal: int | None = None

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """No signal comes in between; one that was sent comes afterwards. (Blocked ones would be so in programs that we start.)"""
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            if self._signal is not None and self._depth == 0:
                self._end(self._signal)

    def on_signal(self, number: int, _frame: FrameType | None) -> None:
        """Ends the run, now or as soon as it can be done."""
        if self._depth:
            self._signal = number
        else:
            self._end(number)

    def _end(self, number: int) -> None:
        self._depth += 1  # whatever else comes, the run is ended already
        for program in self.programs:
            stop(program)
        for path in self.paths:
            _remove(path)
        if number != signal.SIGINT:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        os._exit(128 + number)  # pylint: disable=protected-access  # it is the way out of a handler


_left = _Left()


def end_well_on_signals() -> None:
    """From now on, a signal that asks the run to end stops the programs that it runs and removes what is scratch.

    SIGINT ends the run with status 130, the others as if nobody had looked at them. One that was ignored when the run began, as
    `nohup` does it, stays so.
    """
    for number in _ENDING:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _left.on_signal)


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """A new folder, which is removed at the end."""
    with _left.changing():
        folder = Path(tempfile.mkdtemp(prefix="lastcall-"))
        _left.paths.add(folder)
    try:
        yield folder
    finally:
        remove(folder)


def file_beside(place: str) -> tuple[int, Path]:
    """A new file in the folder of another: its descriptor, open for writing, and its name. Who does not move it removes it."""
    with _left.changing():
        handle, name = tempfile.mkstemp(prefix=".lastcall-", dir=os.path.dirname(place))
        _left.paths.add(Path(name))
    return handle, Path(name)


def remove(path: Path) -> None:
    """Removes what is scratch; what was moved away is only forgotten."""
    with _left.changing():
        _remove(path)
        _left.paths.discard(path)


def run_program(
    command: Sequence[str], folder: Path | None = None, temporary: Path | None = None, standard_input: bytes = b""
) -> Done:
    """Runs a program to its end. Raises OSError if it cannot be run.

    It runs in `folder`, or where we are, and its own scratch files lie in `temporary` if that is given. It is the head of a process
    group, so that a compiler ends with all that it has started.
    """
    environment = {**os.environ, **({} if temporary is None else {"TMPDIR": str(temporary)})}
    pipe = subprocess.PIPE
    with _left.changing():
        # pylint: disable-next=consider-using-with  # it is waited for below, and by whatever ends the run
        program = subprocess.Popen(command, cwd=folder, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, process_group=0)
        _left.programs.add(program)
    try:
        written, complaints = program.communicate(standard_input)
    except BaseException:
        stop(program)
        raise
    finally:
        with _left.changing():
            _left.programs.discard(program)
    return Done(program.returncode, written, complaints.decode("utf-8", "replace"))


def stop(program: subprocess.Popen[bytes]) -> None:
    """Ends a program and all that it has started."""
    with contextlib.suppress(OSError):
        os.killpg(program.pid, signal.SIGKILL)
    program.wait()


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
