"""The Debian package: it installs and removes cleanly, what it installs runs, and lintian finds no error in it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from lastcall import ROOT, command
from version import VERSION

SPEC = ROOT / "spec" / "mapi_session.yaml"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package, made."""
    if shutil.which("dpkg-deb") is None:
        pytest.skip("dpkg-deb is not there: this is no Debian")
    folder = tmp_path_factory.mktemp("package") / "a folder"
    run = command(folder, program=ROOT / "gen" / "package")
    assert (run.status, run.stdout, run.stderr) == (0, "", "")
    (made,) = folder.iterdir()
    assert made.name == f"lastcall_{VERSION}_all.deb"
    return made


def test_it_can_be_unpacked_and_runs(package: Path, tmp_path: Path) -> None:
    """Its files belong to root, whoever has made it, and its list of sums is right."""
    subprocess.run(["dpkg-deb", "-x", package, tmp_path], check=True)
    run = command("build", SPEC, "-o", tmp_path / "out", program=tmp_path / "usr" / "bin" / "lastcall")
    assert (run.status, run.stderr) == (0, "")
    listed = subprocess.run(["dpkg-deb", "-c", package], capture_output=True, text=True, check=True).stdout.splitlines()
    assert {line.split()[1] for line in listed} == {"root/root"}
    subprocess.run(["dpkg-deb", "-e", package, tmp_path / "control"], check=True)
    subprocess.run(["md5sum", "--quiet", "-c", tmp_path / "control" / "md5sums"], cwd=tmp_path, check=True)


def test_it_installs_and_removes_cleanly(package: Path, tmp_path: Path) -> None:
    """In a scratch root, with dpkg: nothing is left of it, also of what Python has kept in its folders."""
    if os.geteuid() != 0:
        pytest.skip("dpkg installs as root only")
    root = tmp_path / "root"
    (root / "var" / "lib" / "dpkg").mkdir(parents=True)
    (root / "var" / "lib" / "dpkg" / "status").write_text("", encoding="ascii")

    def dpkg(*arguments: str | Path) -> None:
        options = (f"--root={root}", "--force-depends", "--force-script-chrootless", "--force-not-root")
        done = subprocess.run(["dpkg", *options, *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    dpkg("--install", package)
    assert command("check", SPEC, program=root / "usr" / "bin" / "lastcall").status == 0
    assert list(root.glob("usr/share/lastcall/gen/**/__pycache__"))
    dpkg("--install", package)
    dpkg("--purge", "lastcall")
    assert not (root / "usr").exists()


def test_lintian_finds_no_error(package: Path) -> None:
    """And one warning: that the program is started through env, so that SIGINT finds it ready."""
    if shutil.which("lintian") is None:
        pytest.skip("lintian is not installed: gen/setup --prove")
    done = subprocess.run(["lintian", "--fail-on", "error", "--allow-root", package], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    found = [line for line in done.stdout.splitlines() if line[:2] in ("E:", "W:")]
    assert len(found) == 1 and "unusual-interpreter" in found[0], found
