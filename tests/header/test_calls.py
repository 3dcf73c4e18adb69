"""What stands around a call: the macros, the listener, and the scope guard for C++. calls.cpp has what they promise."""

import shlex
import subprocess
from pathlib import Path

import pytest

from toolchain import BUILD, RUNNER, compilers

ROOT = Path(__file__).resolve().parents[2]
COMPILERS = compilers("gcc", "clang")
STRICT = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror")

BEGIN = """
#define MAPI_SESSION_IMPLEMENTATION
#include "mapi_session.h"
int failing();
bool succeeding();
int failing() { return 8; }
bool succeeding() { return true; }
int main()
{
    mapi_session m{};
    const unsigned event = MAPI_SESSION_EVENT_MAPI_INITIALIZE;
"""


def run_compiler(compiler: str, standard: str, *arguments: object, text: str = "") -> str:
    """What a compiler has to say: nothing if all is well."""
    command = [*shlex.split(compiler), f"-std={standard}", *STRICT, "-I", BUILD, "-x", "c++", *arguments]
    words = [str(item) for item in command]
    done = subprocess.run(words, input=text, capture_output=True, text=True, check=False)
    assert (done.returncode != 0) == bool(done.stderr), done.stderr
    return done.stderr


@pytest.mark.parametrize("compiler", COMPILERS)
def test_promises(compiler: str, tmp_path: Path) -> None:
    """All of calls.cpp holds; as C++17 it runs, as C++20 it compiles."""
    source, program = ROOT / "tests" / "header" / "calls.cpp", tmp_path / "calls"
    assert run_compiler(compiler, "c++20", "-fsyntax-only", source) == ""
    assert run_compiler(compiler, "c++17", "-O2", source, "-o", program, "-lstdc++") == ""
    done = subprocess.run([*RUNNER, program], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "")


WRONG = {
    "a result that is no bool: 0 would mean failure": (
        "const mapi_session_scope guard(m, event, 0, failing);", "deleted"
    ),
    "no result at all": ("const mapi_session_scope guard(m, event, 0, [] { failing(); });", "void"),
    "a copy": (
        "const mapi_session_scope guard(m, event, 0, succeeding); const auto copy = guard;", "deleted"
    ),
    "a guard that is gone at once": ("mapi_session_scope(m, event, 0, succeeding);", "nodiscard"),
    "a machine that cannot change": (
        "const mapi_session n{}; const mapi_session_scope guard(n, event, 0, succeeding);", "const"
    ),
}


@pytest.mark.parametrize("compiler", COMPILERS)
def test_what_must_not_compile(compiler: str) -> None:
    """Each mistake is found by the compiler, and the same without it compiles."""
    right = "const mapi_session_scope guard(m, event, 0, succeeding);"
    for statement, reason in (*WRONG.values(), (right, "")):
        said = run_compiler(compiler, "c++17", "-fsyntax-only", "-", text=f"{BEGIN}    {statement}\n}}\n")
        assert bool(said) == bool(reason) and reason in said, statement


@pytest.mark.parametrize("compiler", COMPILERS)
def test_older_cxx(compiler: str) -> None:
    """C++11 and C++14 have all but the guard."""
    for standard in ("c++11", "c++14"):
        assert run_compiler(compiler, standard, "-fsyntax-only", "-", text=BEGIN + "    (void)m; (void)event;\n}\n") == ""
        said = run_compiler(compiler, standard, "-fsyntax-only", "-", text=BEGIN + "    mapi_session_scope *guard;\n}\n")
        assert "mapi_session_scope" in said


@pytest.mark.parametrize("compiler", COMPILERS)
def test_an_exception_at_the_end_of_a_scope_ends_the_program(compiler: str, tmp_path: Path) -> None:
    """It cannot leave a destructor."""
    program = tmp_path / "throwing"
    guard = "const mapi_session_scope guard(m, event, 0, []() -> bool { throw 1; });"
    text = f"{BEGIN}    try {{ {guard} }} catch (int) {{ }}\n}}\n"
    assert run_compiler(compiler, "c++17", "-", "-o", program, "-lstdc++", text=text) == ""
    done = subprocess.run([*RUNNER, program], capture_output=True, timeout=60, check=False)
    assert done.returncode == -6  # abort
