"""The guard header in a client that is written by hand: as C and C++, without a warning, freestanding, under the sanitizers."""

import subprocess
from pathlib import Path

import pytest

from lastcall import command

HERE = Path(__file__).resolve().parent
DB = HERE.parent / "cases-objects" / "db.yaml"
WARNINGS = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror")


@pytest.fixture(scope="module", name="folder")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the header."""
    folder = tmp_path_factory.mktemp("guard")
    done = command("header", DB, "-o", folder / "db_guard.h")
    assert (done.status, done.stdout, done.stderr) == (0, "", "")
    return folder


@pytest.mark.parametrize("compiler", ["gcc -std=c99", "clang -std=c99", "g++ -x c++ -std=c++11", "clang++ -x c++ -std=c++17"])
def test_a_client_is_told(folder: Path, tmp_path: Path, compiler: str) -> None:
    """Two connections, three statements; a call that fails, a handle that comes back, full storage."""
    program = tmp_path / "client"
    subprocess.run([*compiler.split(), *WARNINGS, "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all",
                    "-I", folder, HERE / "client.c", "-o", program], check=True)
    done = subprocess.run([program], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (HERE / "client.expected").read_text(encoding="utf-8")


@pytest.mark.parametrize("text", [(), ("-DDB_GUARD_NO_TEXT",)])
def test_it_needs_no_library(folder: Path, tmp_path: Path, text: tuple[str, ...]) -> None:
    """Freestanding, with text and without."""
    source = tmp_path / "guard.c"
    source.write_text('#define DB_GUARD_IMPLEMENTATION\n#include "db_guard.h"\n', encoding="utf-8")
    subprocess.run(["gcc", "-std=c99", "-ffreestanding", "-nostdlib", *WARNINGS, *text, "-I", folder, "-c", source, "-o", tmp_path / "guard.o"],
                   check=True)
    names = subprocess.run(["nm", tmp_path / "guard.o"], capture_output=True, text=True, check=True).stdout
    defined = [line.split()[-1] for line in names.splitlines() if " T " in line]
    missing = {line.split()[-1] for line in names.splitlines() if " U " in line}
    assert defined and all(name.startswith("db_guard_") for name in defined)
    assert missing <= {"memset", "memcpy"}  # a compiler may call them for its own ends


def test_the_same_spec_gives_the_same_bytes(folder: Path) -> None:
    """No date, no path."""
    again = command("header", DB, "-o", "-")
    assert again.stdout == (folder / "db_guard.h").read_text(encoding="utf-8")
    assert str(DB.parent) not in again.stdout
