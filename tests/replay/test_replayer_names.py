"""A lifecycle may be called like anything in the replayer's source: its header stands in the same file, and they do not clash."""

import random
import re
import subprocess
from pathlib import Path

import pytest

import lastcall
from embedded import model_of
from header.header import header
from machine.ragel import compile_machine
from read.names import KEYWORDS, TAKEN

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [ROOT / "runtime" / "replay.c", *sorted((ROOT / "runtime" / "replay").glob("*.h"))]
NO_CODE = re.compile(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)
"""Comments, strings and characters."""
DATABASE = (ROOT / "tests" / "lifecycles" / "database_connection.yaml").read_text(encoding="utf-8")
TRIED = 25
"""Of the words of the source; each takes a header and a compilation."""


def source() -> str:
    """The replayer's code."""
    return "\n".join(NO_CODE.sub(" ", path.read_text(encoding="utf-8")) for path in SOURCES)


def words() -> set[str]:
    """What a lifecycle could be called to clash: each word of the source, and each beginning of one that ends at an underscore,
    because the names of a header's functions begin with the lifecycle's. Its constants begin with the name in capitals.
    """
    found = {word.lower() for word in re.findall(r"\b(?:[a-z][a-z0-9_]*|[A-Z][A-Z0-9_]*)\b", source())}
    found |= {word[:at] for word in found for at in range(1, len(word)) if word[at] == "_"}
    return found - TAKEN - KEYWORDS


def compiled(name: str, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """The replayer of a lifecycle that has all there is, and this name."""
    model = model_of(DATABASE.replace("lifecycle: database_connection", f"lifecycle: {name}"))
    (folder / "lifecycle.h").write_text(header(model, compile_machine(model)), encoding="utf-8")
    return subprocess.run([
        "cc", "-std=c99", "-D_POSIX_C_SOURCE=200809L", "-DLASTCALL_HEADER=<lifecycle.h>", f"-DLASTCALL_NAME={name}",
        f"-DLASTCALL_CONSTANT={name.upper()}", f"-D{name.upper()}_IMPLEMENTATION", "-I", folder, SOURCES[0], *options,
    ], capture_output=True, text=True, check=False)


def test_what_it_declares_has_a_capital_letter(tmp_path: Path) -> None:
    """Functions, variables, tags and types: what a lifecycle's header declares has none, but for constants."""
    done = compiled("lifecycle", tmp_path, "-O0", "-fno-pic", "-c", "-o", str(tmp_path / "replay.o"))
    assert done.returncode == 0, done.stderr
    symbols = subprocess.run(["nm", tmp_path / "replay.o"], capture_output=True, text=True, check=True).stdout
    declared = {line.split()[-1] for line in symbols.splitlines() if line.split()[-2] in "tTbBdDrR"}
    own = {name for name in declared if "." not in name and not name.startswith("lifecycle_")} - {"main"}
    assert "judgeEvent" in own
    own |= set(re.findall(r"^(?:struct|enum) (\w+) \{", source(), re.M)) | set(re.findall(r"^typedef .*?(\w+);", source(), re.M))
    assert "lifecycleMachine" in own
    assert not {name for name in own if name == name.lower()}


def test_its_constants_are_no_lifecycle_s() -> None:
    """A lifecycle's are its name, an underscore, and one of these."""
    theirs = r"EVENT_|STATE_|HELD_|RULE_|ARG_|WARN_|(HELD|HOLDING|EVENT|STATE|RULE|ROW|BRANCH)_COUNT\b|RULE_NONE\b|(ACCEPTED|CORRUPT)\b"
    theirs += r"|REJECTED_|BAD_EVENT\b|STAY\b|TRIES\b|APART\b|NO_TEXT\b|IMPLEMENT|CALL|H\b"
    words_in_capitals = set(re.findall(r"\b[A-Z][A-Z0-9_]*\b", source()))
    assert {"LINE_LIMIT", "EVENT_COUNT", "STATUS_FINE"} <= words_in_capitals
    assert not {word for word in words_in_capitals if re.match(rf"[A-Z0-9_]+_({theirs})", word)}


@pytest.mark.parametrize("name", sorted(random.Random(7).sample(sorted(words()), TRIED)))
def test_the_replayer_compiles(name: str, tmp_path: Path) -> None:
    """Whatever of its words the lifecycle is called."""
    done = compiled(name, tmp_path, "-fsyntax-only")
    assert done.returncode == 0, done.stderr
