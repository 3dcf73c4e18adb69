"""gen/install: what it installs runs without the clone, and --uninstall takes away that and nothing else."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from lastcall import ROOT, Run, command

INSTALL = ROOT / "gen" / "install"
DATABASE = ROOT / "tests" / "lifecycles" / "database_connection.yaml"


def install(*arguments: str | Path, program: Path = INSTALL, **environment: str) -> Run:
    """Runs gen/install."""
    return command(*arguments, program=program, **environment)


def tree(folder: Path) -> dict[str, bytes | None]:
    """Everything in a folder: what files hold, and None for folders."""
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in sorted(folder.rglob("*"))}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where it was installed from a clone that is gone now."""
    folder = tmp_path_factory.mktemp("away") / "a folder"
    clone = folder / "clone"
    for name in ("gen", "spec", "runtime"):
        shutil.copytree(ROOT / name, clone / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "LICENSE", clone)
    run = install("--prefix", folder / "prefix", program=clone / "gen" / "install")
    assert run == Run(0, f"gen/install: lastcall is installed: {folder}/prefix/bin/lastcall\n"
                         f"gen/install: {folder}/prefix/bin is not on your PATH: add it there\n", "")
    shutil.rmtree(clone)
    return folder / "prefix"


def test_what_is_installed_runs(installed: Path, tmp_path: Path) -> None:
    """Every command, as in the clone."""
    program = installed / "bin" / "lastcall"
    assert command("--version", program=program) == command("--version")
    for arguments in (("check", ROOT / "spec" / "mapi_session.yaml"), ("build", DATABASE, "-o", tmp_path / "here"), ("diff", DATABASE, DATABASE),
                      ("graph", DATABASE, "-o", tmp_path / "here" / "x.svg"), ("doc", DATABASE, "-o", tmp_path / "here" / "x.md")):
        run = command(*arguments, program=program)
        assert (run.status, run.stderr) == (0, "")
    assert command("header", DATABASE, "-o", "-", program=program) == command("header", DATABASE, "-o", "-")
    replayed = subprocess.run([tmp_path / "here" / "database_connection-replay"], input="connect\ndisconnect\n", text=True,
                              capture_output=True, check=True)
    assert "finished" in replayed.stdout


@pytest.mark.parametrize("made", ["", "old/prefix/share/lastcall"])
def test_uninstalling_leaves_what_was_there(made: str, tmp_path: Path) -> None:
    """Folders too, be they empty; those that were made for it go, with what Python keeps in them."""
    (tmp_path / made).mkdir(parents=True, exist_ok=True)
    prefix = tmp_path / "old" / "prefix"
    before = tree(tmp_path)
    assert install("--prefix", prefix).status == 0
    assert command("check", DATABASE, program=prefix / "bin" / "lastcall").status == 0
    assert install("--prefix", prefix).status == 0  # over an earlier one
    assert install("--prefix", prefix, "--uninstall") == Run(0, f"gen/install: lastcall is taken away from {prefix}\n", "")
    assert tree(tmp_path) == before
    again = install("--prefix", prefix, "--uninstall")
    assert again.status == 1 and "is not there, so nothing was installed" in again.stderr


def test_uninstalling_leaves_what_the_user_has_put_there(tmp_path: Path) -> None:
    """Into folders that were made for the installation."""
    prefix = tmp_path / "prefix"
    assert install("--prefix", prefix).status == 0
    mine = [prefix / "bin" / "my program", prefix / "share" / "lastcall" / "gen" / "mine.py", prefix / "share" / "man" / "mine"]
    for path in mine:
        path.write_text("mine", encoding="ascii")
    assert install(f"--prefix={prefix}", "--uninstall").status == 0
    assert [path for path in sorted(prefix.rglob("*")) if not path.is_dir()] == sorted(mine)


@pytest.mark.parametrize("place", ["bin/lastcall", "share/man/man1/lastcall.1", "share/lastcall/gen/model.py"])
def test_what_is_not_its_own_is_not_touched(place: str, tmp_path: Path) -> None:
    """It installs nothing then, and says what stands in the way; a link that leads nowhere does, too."""
    for number, make in enumerate((lambda path: path.write_text("mine", encoding="ascii"), lambda path: path.symlink_to("nowhere"))):
        prefix = tmp_path / str(number)
        (prefix / place).parent.mkdir(parents=True)
        make(prefix / place)
        before = tree(prefix)
        assert install("--prefix", prefix) == Run(
            1, "", f"gen/install: {prefix}/{place}: is there, and was not installed by gen/install; nothing was installed\n"
        )
        assert tree(prefix) == before


def test_where_it_goes(tmp_path: Path) -> None:
    """DESTDIR is obeyed; without --prefix it is /usr/local for root and ~/.local for others."""
    (tmp_path / "bin").mkdir()
    for user, prefix in (("0", "/usr/local"), ("1000", "/home/somebody/.local")):
        (tmp_path / "bin" / "id").write_text(f"#!/bin/sh\necho {user}\n", encoding="ascii")
        (tmp_path / "bin" / "id").chmod(0o755)
        environment = {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "HOME": "/home/somebody", "DESTDIR": str(tmp_path / user)}
        run = install(**environment)
        assert run == Run(0, f"gen/install: lastcall is installed: {tmp_path}/{user}{prefix}/bin/lastcall\n", "")
        assert not list((tmp_path / user).rglob("__pycache__"))
        assert command("--version", program=Path(f"{tmp_path}/{user}{prefix}/bin/lastcall")).status == 0
        assert install("--uninstall", **environment).status == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bin"]


@pytest.mark.parametrize("arguments", [("--prefix",), ("--prefix", ""), ("--prefix=",), ("--help", "x"), ("x",), ("--prefix", "/x", "y")])
def test_wrong_use(arguments: tuple[str, ...]) -> None:
    """Status 2 and a word on what is right."""
    run = install(*arguments, DESTDIR="/proc/nowhere")
    if arguments[0] == "--help":
        assert run.status == 0 and "--uninstall" in run.stdout
    else:
        assert run.status == 2 and "--prefix" in run.stderr and run.stdout == ""


def test_a_place_that_cannot_be_written() -> None:
    """It is said, with nothing left."""
    run = install("--prefix", "/proc/nowhere")
    assert run.status == 1 and "gen/install: /proc/nowhere/share/lastcall: cannot be made\n" in run.stderr
