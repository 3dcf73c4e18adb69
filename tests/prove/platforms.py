"""Other processors and systems: their compilers, what runs their programs on this machine, and the tests run there again."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from compiled import ROOT
from toolchain import file_of_tests

STRICT = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror")


@dataclass(frozen=True)
class Platform:
    """A processor with its system. Programs are linked statically, so that they run without its C library."""

    name: str
    compiler: tuple[str, ...]
    runner: tuple[str, ...]

    def lacks(self) -> str | None:
        """What is missing here, in words."""
        for command in (self.compiler[0], self.runner[0]):
            if shutil.which(command) is None:
                return f"{command} is not installed: gen/setup --prove"
        if _status([*self.compiler, "-fsyntax-only", "-x", "c", "-include", "stdio.h", os.devnull]):
            return f"{self.compiler[0]} has no C library: gen/setup --prove"
        return None

    def speaks_cxx(self) -> bool:
        """Is there a C++ compiler with its library?"""
        return _status([*self.compiler, "-fsyntax-only", "-x", "c++", "-include", "cstdio", os.devnull]) == 0

    def replayers(self, folder: Path) -> Path:
        """The headers and replayers of spec/, made for this platform as the command makes them for any."""
        for spec in sorted((ROOT / "spec").glob("*.yaml")):
            command = [ROOT / "gen" / "lastcall", "build", spec, "-o", folder]
            environment = {**os.environ, "CC": shlex.join(self.compiler)}
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
        return folder


ARM = Platform("arm", ("arm-linux-gnueabihf-gcc", "-static"), ("qemu-arm",))
"""32 bits, low byte first; char is unsigned."""
S390X = Platform("s390x", ("s390x-linux-gnu-gcc", "-static"), ("qemu-s390x",))
"""64 bits, high byte first; char is unsigned."""


def _status(command: Sequence[str]) -> int:
    return subprocess.run(command, capture_output=True, check=False).returncode


# Windows

WINDOWS = ("x86_64-w64-mingw32-gcc", "-static")
"""64 bits, of which a long has 32."""
_DEBIAN = Path("/usr/lib/wine")


def wine() -> Path | None:
    """The program that runs Windows programs, if it is installed."""
    found = shutil.which("wine64") or shutil.which("wine64", path=_DEBIAN) or shutil.which("wine")
    return Path(found) if found else None


@contextmanager
def running_wine(program: Path, folder: Path) -> Iterator[Platform]:
    """A Wine of its own, as a platform; all that it has and does ends with it.

    `program` reads its standard input to the end. It waits in there all the time, because the first program to come and the
    last to go take seconds.
    """
    loader = wine()
    server = shutil.which("wineserver") or shutil.which("wineserver", path=_DEBIAN)
    assert loader and server
    prefix, runner = folder / "prefix", folder / "run.sh"
    runner.write_text(_RUN.format(prefix=prefix, loader=loader), encoding="utf-8")
    runner.chmod(0o755)
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    try:
        first = subprocess.run([runner, program], stdin=subprocess.DEVNULL, timeout=300, check=False, **silent)
        assert first.returncode == 0, f"under Wine {program} ends with {first.returncode}"
        with subprocess.Popen([runner, program], stdin=subprocess.PIPE, **silent):
            yield Platform("windows", WINDOWS, (str(runner),))
    finally:
        for option in ("-k", "-w"):
            subprocess.run([server, option], env={**os.environ, "WINEPREFIX": str(prefix)}, check=False, **silent)
        shutil.rmtree(prefix, ignore_errors=True)


_RUN = """\
#!/bin/sh
export WINEPREFIX={prefix} WINEDEBUG=-all WINEDLLOVERRIDES=mscoree,mshtml,winemenubuilder.exe=
unset DISPLAY WAYLAND_DISPLAY
program=$1
shift
[ -e "$program" ] || program=$program.exe # the compiler has added it
exec {loader} "$program" "$@"
"""


# The tests, again

BIG_MEMORY = "not constant_memory"
"""Leaves out the tests that let the replayer have little memory: the emulator alone takes more."""


@dataclass(frozen=True)
class Tests:
    """How many tests have passed, failed and were skipped, and what the run said."""

    passed: int
    failed: int
    skipped: int
    output: str


def run_tests(platform: Platform, build: Path, folder: Path, module: str, only: str) -> Tests:
    """Runs a module of tests for a platform, with its replayers in `build`; `only` says which tests, as pytest's -k does."""
    environment = {
        **{name: text for name, text in os.environ.items() if not name.startswith("PYTEST_")},
        "LASTCALL_CC": shlex.join(platform.compiler),
        "LASTCALL_RUNNER": shlex.join(platform.runner),
        "LASTCALL_BUILD": str(build),
    }
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "--tb=short", f"--basetemp={folder}"]
    command += ["-k", only, str(ROOT / file_of_tests(module.removeprefix("test_")))]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    counts = re.search(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", done.stdout, re.M)
    assert counts, done.stdout + done.stderr
    return Tests(*(int(number or 0) for number in counts.groups()), done.stdout)
