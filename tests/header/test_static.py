"""NAME_STATIC: each source file has functions of its own, and none of them is to be seen from outside."""

import subprocess
from pathlib import Path

import pytest

from lastcall import ROOT, lastcall
from toolchain import RUNNER

WARNINGS = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror")
SPECS = {path.stem: path for path in (*sorted(ROOT.glob("spec/*.yaml")), ROOT / "tests" / "lifecycles" / "database_connection.yaml")}
"""One that has almost all there is, one that has almost nothing, and one that has what these do not use."""
COMPILERS = (
    ("gcc", "-std=c99", "-O0"),
    ("gcc", "-std=c99", "-O2"),
    ("clang", "-std=c99", "-O2"),
    ("g++", "-std=c++11", "-x", "c++"),
    ("clang++", "-std=c++17", "-x", "c++"),
)
FIRST = """
#define MAPI_SESSION_STATIC
#include "mapi_session.h"
mapi_session_verdict begin(mapi_session *m);
mapi_session_verdict begin(mapi_session *m) { return mapi_session_fire(m, MAPI_SESSION_EVENT_MAPI_INITIALIZE, 0); }
"""
SECOND = """
#define MAPI_SESSION_STATIC
#include "mapi_session.h"
#include <stdio.h>
mapi_session_verdict begin(mapi_session *m);
int main(void)
{
    mapi_session m;
    mapi_session_init(&m);
    char why[500];
    printf("%d", (int)begin(&m));
    mapi_session_explain(&m, MAPI_SESSION_EVENT_UNADVISE, 0, why, sizeof why);
    printf(" %u %d %d\\n", mapi_session_state(&m), (int)mapi_session_finished(&m), why[0] != 0);
    return 0;
}
"""


@pytest.fixture(scope="module")
def headers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the headers of all specs."""
    folder = tmp_path_factory.mktemp("static")
    for name, spec in SPECS.items():
        assert lastcall("header", spec, "-o", folder / f"{name}.h").status == 0
    return folder


def defined(code: Path) -> set[str]:
    """What an object file lets others see."""
    symbols = subprocess.run(["nm", "--extern-only", "--defined-only", code], capture_output=True, text=True, check=True)
    return {line.split()[-1] for line in symbols.stdout.splitlines()}


@pytest.mark.parametrize("compiler", COMPILERS, ids=" ".join)
@pytest.mark.parametrize("name", SPECS)
def test_nothing_is_exported(headers: Path, name: str, compiler: tuple[str, ...], tmp_path: Path) -> None:
    """Nor does the compiler warn of a function that the file does not use; without NAME_STATIC others see them."""
    code, source = tmp_path / "code.o", tmp_path / "code.c"
    source.write_text(f'#include "{name}.h"\nint something;\n', encoding="utf-8")
    for macros in (("STATIC",), ("STATIC", "NO_TEXT"), ("STATIC", "IMPLEMENTATION")):
        command = [*compiler, *WARNINGS, *(f"-D{name.upper()}_{macro}" for macro in macros), "-I", headers, "-c", source, "-o", code]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert defined(code) == {"something"}
    subprocess.run([*compiler, f"-D{name.upper()}_IMPLEMENTATION", "-I", headers, "-c", source, "-o", code], check=True)
    assert f"{name}_fire" in defined(code)


@pytest.mark.parametrize("compiler", ("gcc", "clang"))
def test_two_files_have_functions_of_their_own(headers: Path, compiler: str, tmp_path: Path) -> None:
    """They are linked without quarrel, and a machine goes from one to the other."""
    files = {"first.c": FIRST, "second.c": SECOND}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    command = [compiler, "-std=c99", *WARNINGS, "-I", headers, *(tmp_path / name for name in files), "-o", tmp_path / "both"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said = subprocess.run([*RUNNER, tmp_path / "both"], capture_output=True, text=True, check=True)
    assert said.stdout == "0 1 0 1\n"
