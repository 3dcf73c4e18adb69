"""The programs in examples/: each compiles without a warning, prints what stands beside it, and exits with 0."""

import itertools
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from toolchain import BUILD, RUNNER, compilers

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tests" / "examples"
COMPILERS = compilers("gcc", "clang")
C = ("c99", "c11", "c17")
CXX = ("c++17", "c++20")
STRICT = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror")
PARTS = {"two_lifecycles": ["two_lifecycles_machines"]}
"""The other source files of a program, by its name."""

PROGRAMS = sorted(path.stem for path in FOLDER.glob("*.expected"))


def sources(program: str) -> list[Path]:
    """The source files of a program, the one with its name first."""
    return [path for stem in (program, *PARTS.get(program, [])) for path in sorted(FOLDER.glob(f"{stem}.c*"))]


def standards(program: str) -> tuple[str, ...]:
    """The languages in which a program is valid: what is C is also C++."""
    return CXX if sources(program)[0].suffix == ".cpp" else (*C, "c++17")


def compiled(compiler: str, standard: str, *arguments: object) -> None:
    """Runs a compiler, which must have nothing to say."""
    language = ("-x", "c++") if standard.startswith("c++") else ("-x", "c")
    command = [*shlex.split(compiler), f"-std={standard}", *STRICT, "-I", BUILD, *language, *arguments]
    done = subprocess.run([str(item) for item in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and not done.stderr, done.stderr


def test_every_example_is_tried() -> None:
    """What is in the folder is a program with its output, or a part of one. demo.c has a target of its own."""
    tried = {path.name for program in PROGRAMS for path in sources(program)}
    assert {path.name for path in FOLDER.iterdir() if path.suffix != ".expected"} - {"demo.c"} == tried


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize(("program", "standard"), [
    (program, standard) for program in PROGRAMS for standard in dict.fromkeys((standards(program)[0], "c++17"))
])
def test_prints_what_is_expected(program: str, standard: str, compiler: str, tmp_path: Path) -> None:
    """Optimised, because some warnings only come then; in its first language and in C++."""
    expected = (FOLDER / f"{program}.expected").read_text(encoding="utf-8")
    libraries = ["-pthread", *(["-lstdc++"] if standard.startswith("c++") else [])]
    compiled(compiler, standard, "-O2", *sources(program), "-o", tmp_path / program, *libraries)
    done = subprocess.run([*RUNNER, tmp_path / program], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == expected


@pytest.mark.parametrize(("program", "compiler"), itertools.product(PROGRAMS, COMPILERS))
def test_is_valid_in_every_language(program: str, compiler: str) -> None:
    for standard in standards(program):
        compiled(compiler, standard, "-fsyntax-only", *sources(program))


@pytest.mark.parametrize("compiler", COMPILERS)
def test_no_text_is_left(compiler: str, tmp_path: Path) -> None:
    """With NAME_NO_TEXT no name of the lifecycle is in the program, and the functions that give names are not declared."""
    compiled(compiler, "c99", "-O0", "-c", FOLDER / "no_text.c", "-o", tmp_path / "no_text.o")
    text = (tmp_path / "no_text.o").read_bytes()
    assert b"Verdicts and rules" in text
    assert not re.search(rb"Logoff|logged_on|message stores|learn\.microsoft", text)
    use = tmp_path / "use.c"
    use.write_text(
        "#define MAPI_SESSION_NO_TEXT\n#include <mapi_session.h>\n"
        "const char *name(void);\nconst char *name(void) { return mapi_session_state_name(0); }\n"
    )
    with pytest.raises(AssertionError, match="mapi_session_state_name"):
        compiled(compiler, "c99", "-fsyntax-only", use)
