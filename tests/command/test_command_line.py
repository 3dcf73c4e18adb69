"""What is said and where it cannot be said: names that a terminal would obey, and devices that are full."""

import os
import subprocess
from pathlib import Path

import pytest

from lastcall import COMMAND, Run, command

DOOR = "lifecycle: door\nstates: {shut: {initial: yes, final: yes}}\nevents: {knock: {moves: {shut: stay}}}\n"
NAME = b"a\x1b[31m\xff\n\x9b.yaml"
SHOWN = "a\\x1b[31m\\xff\\n\\x9b.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a spec of a dangerous name, a spec that warns and one that is wrong."""
    (tmp_path / os.fsdecode(NAME)).write_text(DOOR, encoding="utf-8")
    (tmp_path / os.fsdecode(b"wrong" + NAME)).write_text(DOOR.replace("final", "finale"), encoding="utf-8")
    (tmp_path / "door.yaml").write_text(DOOR, encoding="utf-8")
    return tmp_path


def raw(*arguments: str | bytes, folder: Path) -> tuple[int, bytes]:
    """Status and all that a run writes, byte for byte."""
    done = subprocess.run([COMMAND, *arguments], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout


@pytest.mark.parametrize(("arguments", "status", "says"), [
    (("check", b"wrong" + NAME), 1, f"wrong{SHOWN}:2:31: error: unknown key"),
    (("check", b"missing" + NAME), 2, "lastcall: error: missing" + SHOWN.replace("\\n", "\n") + ": cannot be read"),
    (("header", NAME, "-o", NAME), 2, SHOWN.replace("\\n", "\n") + ": this is the spec itself"),
    (("header", "door.yaml", "-o", b"x/" + NAME + b"/"), 2, "cannot be written"),
    (("graph", "door.yaml", "-o", NAME), 2, SHOWN.replace("\\n", "\n") + ": the ending of the file decides"),
    (("header", NAME, "-o", "x.h", "--depfile", "x.d"), 2, "a depfile cannot name a file"),
    (("diff", NAME, "door.yaml"), 0, f"{SHOWN} and door.yaml behave the same"),
    (("diff", b"wrong" + NAME, "door.yaml"), 2, f"wrong{SHOWN}:2:31: error:"),
    ((b"\x1b]0;title\x07",), 2, "\\x1b]0;title\\x07"),
    (("build", NAME, b"\xff\x1b", "-o", "x"), 2, "unrecognized arguments: \\xff\\x1b"),
])
def test_no_name_reaches_a_terminal_raw(
    arguments: tuple[str | bytes, ...], status: int, says: str, folder: Path
) -> None:
    """Control characters and bytes that are no text are shown by their numbers."""
    found, written = raw(*arguments, folder=folder)
    text = written.decode("utf-8")
    assert found == status, text
    assert says in text
    assert not [letter for letter in text if letter != "\n" and (ord(letter) < 32 or 0x7F <= ord(letter) < 0xA0)]


def into_a_full_device(*arguments: str | Path, both: bool) -> Run:
    """A run whose standard output, and standard error if `both`, is a full device."""
    with open("/dev/full", "wb") as full:
        done = subprocess.run([COMMAND, *arguments], stdin=subprocess.DEVNULL, stdout=full,
                              stderr=full if both else subprocess.PIPE, check=False)
    return Run(done.returncode, "", (done.stderr or b"").decode())


@pytest.mark.parametrize("arguments", [
    ("--help",), ("--version",), ("build", "--help"), ("diff", "door.yaml", "door.yaml"), ("header", "door.yaml", "-o", "-"),
], ids=" ".join)
def test_a_full_device(arguments: tuple[str, ...], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said with status 2; where it cannot be said, either, the status remains."""
    monkeypatch.chdir(folder)
    full = "lastcall: error: standard output: cannot be written: No space left on device\n"
    assert into_a_full_device(*arguments, both=False) == Run(2, "", full)
    assert into_a_full_device(*arguments, both=True) == Run(2, "", "")


@pytest.mark.parametrize("arguments", [
    ("check", "missing.yaml"), ("check", os.fsdecode(b"wrong" + NAME)), ("--nonsense",), ("diff", "door.yaml", "missing"),
], ids=lambda arguments: arguments[0])
def test_a_full_standard_error(arguments: tuple[str, ...], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be said is a file that cannot be written: status 2. A closed one is nobody's fault: the status of the run."""
    monkeypatch.chdir(folder)
    assert into_a_full_device(*arguments, both=True).status == 2
    closed = subprocess.run(["/bin/sh", "-c", '"$0" "$@" 2>&-', COMMAND, *arguments], capture_output=True, check=False)
    assert (closed.returncode, closed.stdout) == (command(*arguments).status, b"")
