"""The generator's own source: its types (`mypy --strict`), what pylint finds in it, and what shellcheck finds in shell scripts."""

import configparser
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GEN = ROOT / "gen"
SOURCES = [GEN / "lastcall", *sorted(GEN.glob("**/*.py"))]
SETTINGS = ROOT / ".pylintrc"
SCRIPTS = [*(ROOT / "gen" / name for name in ("setup", "install", "package")), ROOT / ".ci" / "run", ROOT / "tests" / "fuzz" / "oss-fuzz" / "build.sh"]


def run(tool: str, *arguments: str | Path, text: str | None = None, folder: Path = GEN) -> tuple[int, str]:
    """The exit status of a tool of Debian's, run in gen/ or another folder, and what it says."""
    program = shutil.which(tool, path="/usr/bin")
    if program is None:
        pytest.skip(f"{tool} is not installed: gen/setup --prove")
    command = [program, *map(str, arguments)]
    done = subprocess.run(command, cwd=folder, input=text, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def mypy(scratch: Path, sources: Sequence[Path], folder: Path = GEN) -> tuple[int, str]:
    """Its cache is put aside, so that what an earlier version has left cannot answer for it."""
    return run("mypy", "--strict", "--no-error-summary", "--cache-dir", scratch / "cache", *sources, folder=folder)


def pylint(*arguments: str | Path) -> tuple[int, str]:
    return run("pylint", "--rcfile", SETTINGS, *arguments)


# Types


def test_the_types_fit(tmp_path: Path, say: Callable[[str], None]) -> None:
    assert mypy(tmp_path, SOURCES) == (0, "")
    say(f"mypy --strict: {len(SOURCES)} files")


def test_types_that_do_not_fit_are_seen(tmp_path: Path) -> None:
    folder = shutil.copytree(GEN, tmp_path / "gen", ignore=shutil.ignore_patterns("__pycache__"))
    schema = folder / "read" / "schema.py"
    text = schema.read_text(encoding="utf-8")
    for right, wrong in (("-> list[Problem]:", "-> list[str]:"), ("(error: Any, key: Text)", "(error: Any, key)")):
        assert right in text
        text = text.replace(right, wrong)
    schema.write_text(text, encoding="utf-8")
    status, said = mypy(tmp_path, [folder / source.relative_to(GEN) for source in SOURCES], folder)
    assert status == 1
    assert "Incompatible return value" in said and "missing a type annotation" in said


def test_what_mypy_is_not_to_look_at_has_a_reason() -> None:
    """Few lines, each with one kind of error; one that is not needed any more is an error for mypy itself."""
    lines = [line for path in SOURCES for line in path.read_text(encoding="utf-8").splitlines() if "type: ignore" in line]
    assert len(lines) <= 3
    assert all(re.search(r"# type: ignore\[[a-z-]+\]  # \w+ \w+", line) for line in lines), lines


# pylint


def test_pylint_finds_nothing(say: Callable[[str], None]) -> None:
    assert pylint(*SOURCES) == (0, "")
    say(f"pylint: {len(SOURCES)} files; {len(turned_off())} of its messages are turned off, each with a reason")


def turned_off() -> list[str]:
    """The messages that the settings turn off."""
    settings = configparser.ConfigParser()
    settings.read(SETTINGS, encoding="utf-8")
    return re.findall(r"[a-z-]+", settings["MESSAGES CONTROL"]["disable"])


def test_what_pylint_does_not_look_at_is_there() -> None:
    """What nothing in gen/ needs any more stays turned on; only its measures (too-many-...) go as a whole."""
    wanted = {symbol for symbol in turned_off() if not symbol.startswith("too-")}
    _, said = run("pylint", "--disable=all", f"--enable={','.join(wanted)}", "--output-format=json", *SOURCES)
    assert {finding["symbol"] for finding in json.loads(said)} == wanted


def test_what_pylint_is_to_see_is_seen(tmp_path: Path) -> None:
    (tmp_path / "wrong.py").write_text(
        '"""A module."""\n\nimport os\n\n\n'
        'def first(values: list[int] = []) -> int:\n    """The first."""\n    other = 1\n    return values[0]\n',
        encoding="utf-8",
    )
    status, said = pylint(tmp_path / "wrong.py")
    assert status != 0
    for symbol in ("unused-import", "dangerous-default-value", "unused-variable"):
        assert f"({symbol})" in said


# Shell


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.relative_to(ROOT).as_posix())
def test_shellcheck_finds_nothing(script: Path) -> None:
    assert run("shellcheck", "--norc", script) == (0, "")


def test_every_shell_script_is_looked_at() -> None:
    """Whatever begins with the name of a shell."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("this is not a clone of the repository: its files cannot be listed")
    found = set()
    for path in (ROOT / name for name in listed.stdout.split("\0") if name):
        if path.is_file() and re.match(rb"#!.*\b(ba|da)?sh\b", path.open("rb").readline()):
            found.add(path)
    assert found == set(SCRIPTS)


def test_what_shellcheck_is_to_see_is_seen() -> None:
    status, said = run("shellcheck", "--norc", "-", text="#!/bin/sh\nfor file in $(ls *.c); do rm $file; done\n")
    assert status == 1
    assert "SC2045" in said and "SC2086" in said
