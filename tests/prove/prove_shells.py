"""What shells and `man` make of an installation: its man page, and what bash and zsh offer at the tabulator."""

import os
import pty
import select
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from lastcall import ROOT, command


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where it is installed."""
    prefix = tmp_path_factory.mktemp("installed") / "a prefix"
    assert command("--prefix", prefix, program=ROOT / "gen" / "install").status == 0
    return prefix


def needs(*tools: str) -> None:
    """Skips where a tool is missing."""
    for tool in tools:
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed: gen/setup --prove")


def test_the_man_page(installed: Path) -> None:
    """man and mandoc find no fault with it, but that it has no date: the same source gives the same bytes. It names every command."""
    needs("man")
    page = installed / "share" / "man" / "man1" / "lastcall.1"
    shown = subprocess.run(["man", "--warnings", "-l", page], capture_output=True, text=True, check=True,
                           env={**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "120"})
    assert shown.stderr == ""
    for words in ("lastcall check [--strict] [--spin] SPEC...", "-o, --output FILE.h", "a compiler that fails is an error"):
        assert words in " ".join(shown.stdout.split())
    for name in command("--help").stdout.partition("COMMAND\n")[2].partition("\n\n")[0].splitlines():
        assert f"lastcall {name.split()[0]}" in shown.stdout
    needs("mandoc")
    linted = subprocess.run(["mandoc", "-Tlint", page], capture_output=True, text=True, check=False)
    assert [line for line in linted.stdout.splitlines() if "missing date" not in line] == []


def typed(shell: list[str], setup: str, keys: str, folder: Path) -> str:
    """What a shell at a terminal runs `lastcall` with, after keys were typed: its arguments in angle brackets."""
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(folder)
        os.execvpe(shell[0], shell, {"PATH": os.environ["PATH"], "TERM": "dumb", "HOME": str(folder), "PS1": "ready> "})
    said = b""

    def wait_for(*words: bytes) -> None:
        nonlocal said
        until = time.monotonic() + 60
        while not all(word in said for word in words):
            assert time.monotonic() < until, said
            if select.select([terminal], [], [], 1)[0]:
                said += os.read(terminal, 4096)

    try:
        os.write(terminal, f"{setup}; lastcall() {{ printf 'with'; printf '<%s>' \"$@\"; echo; }}; echo rea''dy.\n".encode())
        wait_for(b"ready.")
        said = b""
        os.write(terminal, f"{keys}\n".encode())
        wait_for(b"with<", b">")
        return said[said.index(b"with<"):].split(b"\r")[0].split(b"\n")[0].decode()
    finally:
        os.write(terminal, b"\nexit\n")
        os.close(terminal)
        os.waitpid(process, 0)


COMPLETED = {
    "lastcall hea\tmy\t-o s\tw\t": "with<header><my spec.yaml><-o><sub/wire.h>",
    "lastcall ch\t--st\tsub/\t": "with<check><--strict><sub/w.yml>",
    "lastcall build my\t--out\tsu\t": "with<build><my spec.yaml><--output><sub>",
}


@pytest.mark.parametrize("shell", ["bash", "zsh"])
@pytest.mark.parametrize("keys", COMPLETED)
def test_completion(shell: str, keys: str, installed: Path, tmp_path: Path) -> None:
    """At the tabulator come commands, options, and the files that fit, also with blanks in their names."""
    needs(shell)
    (tmp_path / "sub").mkdir()
    for name in ("my spec.yaml", "my notes.txt", "sub/wire.h", "sub/w.yml", "sub/w.txt"):
        (tmp_path / name).write_text("", encoding="ascii")
    share = installed / "share"
    if shell == "bash":
        command_line, setup = ["bash", "--norc", "--noprofile", "-i"], f". '{share}/bash-completion/completions/lastcall'"
    else:
        command_line = ["zsh", "-f", "-i"]
        setup = f"fpath=('{share}/zsh/site-functions' $fpath); autoload -Uz compinit; compinit -u -D; PS1='ready> '"
    # zsh takes the slash of a folder away again where nothing follows it
    assert typed(command_line, setup, keys, tmp_path).replace("/>", ">") == COMPLETED[keys]
