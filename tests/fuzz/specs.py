#!/usr/bin/python3
"""Damaged specs, given to the generator: never a traceback, never an output beside an error.

Hypothesis takes a spec, damages it in its bytes, its lines or its structure, and looks for the smallest damage with which
something that must hold does not. tests/fuzz/test_fuzz_specs.py runs it a bounded number of times, always with the same specs;
`specs.py SECONDS FOLDER` runs it as long as it is told, with new ones, and leaves a spec that fails in the folder.
"""

import contextlib
import functools
import hashlib
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT / "tests" / "shared"
if str(SHARED) not in sys.path:
    sys.path.append(str(SHARED))

from lastcall import Run, lastcall  # noqa: E402
from spec_documents import examples  # noqa: E402

MESSAGE = re.compile(r"(?P<line>[1-9][0-9]*):(?P<column>[1-9][0-9]*): (?P<kind>error|warning|note): (?P<message>\S.*)")
"""What standard error says of a spec, behind the spec's path; a trace that belongs to it follows, indented."""

WARNINGS = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror")

SMALL = 3000
"""Bytes: `lastcall check` searches what can come about, which takes seconds for what is larger than this."""


messages_seen: set[str] = set()
"""The different messages that came, without what they quote of a spec: how much of the generator was reached."""


# What must hold


def problem_with(spec: bytes, folder: Path, compiles: bool = False) -> str | None:
    """What the generator does wrong with a spec, whatever it holds; None if nothing.

    `folder` is empty, and is left so. `compiles`: a header that was made is compiled, too.
    """
    path, made = folder / "spec.yaml", folder / "made.h"
    path.write_bytes(spec)
    try:
        compiled = lastcall("header", path, "-o", made)
        left = {found.name for found in folder.iterdir()} - {path.name}
        wrong = problem_with_run(compiled, path, spec)
        if wrong is None and left != ({made.name} if compiled.status == 0 else set()):
            wrong = f"after exit status {compiled.status} there is {sorted(left) or 'nothing'}"
        if wrong is None and (compiled.status != 0 or len(spec) < SMALL):
            checked = lastcall("check", path)
            wrong = problem_with_run(checked, path, spec)
            refuted = ": error: the invariant `" in checked.stderr  # which only a search can tell, and no header waits for one
            if wrong is None and checked.status != max(compiled.status, int(refuted)):
                wrong = f"`check` gives {checked.status}, `header` gives {compiled.status}: {compiled.stderr}{checked.stderr}"
        if wrong is None and compiled.status == 0 and compiles:
            wrong = problem_with_header(made)
        return wrong
    finally:
        for found in folder.iterdir():
            found.unlink()


def problem_with_run(run: Run, path: Path, spec: bytes) -> str | None:
    """What is wrong with an answer: exit status, standard output, and the form and place of each message."""
    if run.status not in (0, 1):
        return f"exit status {run.status}: {run.stderr}"
    if run.stdout:
        return f"standard output: {run.stdout!r}"
    errors = 0
    for line in run.errors:
        if line.startswith("    ") and not line.startswith("     "):
            continue
        match = MESSAGE.fullmatch(line.removeprefix(f"{path}:"))
        if not line.startswith(f"{path}:") or match is None:
            return f"not a message: {line!r}"
        errors += match["kind"] == "error"
        messages_seen.add(re.sub(r"`.*`|\d+", "_", match["message"]))
        if not is_inside(spec, int(match["line"]), int(match["column"])):
            return f"outside of the spec: {line!r}"
    if run.stderr and not run.stderr.endswith("\n"):
        return f"the last line has no end: {run.stderr!r}"
    if (errors > 0) != (run.status == 1):
        return f"exit status {run.status} with {errors} errors"
    return None


def is_inside(spec: bytes, line: int, column: int) -> bool:
    """Is there a character at that place, or the end of the line or of the spec?"""
    text = spec.decode("utf-8", errors="surrogateescape").removeprefix("\ufeff")
    lines = re.split("\r\n|\n|\r", text)
    return line <= len(lines) and column <= len(lines[line - 1]) + 1


def problem_with_header(made: Path) -> str | None:
    """What a C compiler says of a header."""
    name = re.search(rb"lifecycle `([a-z0-9_]+)`", made.read_bytes())
    if name is None:
        return "the header does not say of which lifecycle it is"
    done = subprocess.run(
        ["cc", "-std=c99", *WARNINGS, "-fsyntax-only", "-x", "c", "-D", name[1].decode().upper() + "_IMPLEMENTATION", made],
        capture_output=True, text=True, check=False, timeout=60,
    )
    return f"the header does not compile: {done.stderr}" if done.returncode != 0 else None


# Specs to damage


@functools.cache
def whole_specs() -> tuple[bytes, ...]:
    """The lifecycles of the project, the small ones first."""
    paths = [*(ROOT / "spec").glob("*.yaml"), *(ROOT / "tests" / "lifecycles").glob("*.yaml")]
    return tuple(sorted((path.read_bytes() for path in paths), key=lambda spec: (len(spec), spec)))


@functools.cache
def small_specs() -> tuple[bytes, ...]:
    """The examples of the documents, which use every part of the language, rightly and wrongly."""
    return tuple(sorted({example.spec.encode() for example in examples()}, key=lambda spec: (len(spec), spec)))


def specs() -> st.SearchStrategy[bytes]:
    """A spec that is not damaged yet, mostly a small one, because they take less time."""
    small = st.sampled_from(small_specs())
    return st.one_of(small, small, small, st.sampled_from(whole_specs()))


TOKENS = (
    b"\0", b"\xff", b"\xc3", b"\xe2\x80\xa8", b"\xef\xbb\xbf", b"\x7f", b"\x1b[31m", b"\t", b"\r", b"\r\n", b"\n", b" ", b"  ",
    b":", b": ", b"- ", b"? ", b"# ", b", ", b"{", b"}", b"[", b"]", b"{}", b"[]", b"'", b'"', b"`", b"@", b"%", b"|\n", b">-\n",
    b"&a ", b"*a", b"<<: ", b"!!int ", b"! ", b"---\n", b"...\n", b"%YAML 1.1\n", b"yes", b"no", b"null", b"~", b"0", b"-1",
    b"65535", b"65536", b"99999999999999999999", b"1e9", b"0x10", b"any", b"stay", b"else", b"and", b"or", b"no ", b" > 1", b" < 3",
    b"*/", b"/*", b"//", b"\\", b"\\n", b"??/", b"%s", b"\"\"", b"''", b"int", b"class", b"main", b"A", b"a-b", b"_", b"\xc3\xa4",
    b"\xf0\x9f\x92\xa3", b"{" * 70, b"[" * 70, b"a: " * 3, b"x" * 300,
    b"states", b"events", b"holdings", b"groups", b"facts", b"choices", b"rules", b"moves", b"needs", b"takes", b"gives_back",
    b"args", b"sets", b"clears", b"warns", b"when", b"to", b"initial", b"final", b"may_remain", b"refuses", b"in", b"while", b"always",
)
"""What means something to YAML, to the language, to C, or to a terminal."""


# Damage


def place_in(draw: st.DrawFn, length: int) -> int:
    """A place in something of that length, its end included."""
    return draw(st.integers(0, length))


def damaged_bytes(draw: st.DrawFn, spec: bytes) -> bytes:
    """A few bytes lost, doubled, changed or put in."""
    begin = place_in(draw, len(spec))
    end = min(len(spec), begin + draw(st.integers(0, 40)))
    kind = draw(st.sampled_from(("insert", "replace", "drop", "double", "flip", "cut")))
    if kind == "insert":
        return spec[:begin] + draw(st.sampled_from(TOKENS)) + spec[begin:]
    if kind == "replace":
        return spec[:begin] + draw(st.sampled_from(TOKENS)) + spec[end:]
    if kind == "drop":
        return spec[:begin] + spec[end:]
    if kind == "double":
        return spec[:end] + spec[begin:]
    if kind == "cut":
        return spec[:begin]
    flipped = bytes(byte ^ draw(st.sampled_from((1, 2, 0x20, 0x80))) for byte in spec[begin : begin + 1])
    return spec[:begin] + flipped + spec[begin + 1 :]


def damaged_lines(draw: st.DrawFn, spec: bytes) -> bytes:
    """A line lost, doubled, moved, indented otherwise, joined with the next, or with the value of another."""
    lines = spec.splitlines(keepends=True) or [b"\n"]
    first, second = draw(st.integers(0, len(lines) - 1)), draw(st.integers(0, len(lines) - 1))
    kind = draw(st.sampled_from(("drop", "double", "swap", "move", "deeper", "higher", "join", "value", "many")))
    if kind == "drop":
        del lines[first]
    elif kind == "double":
        lines.insert(second, lines[first])
    elif kind == "swap":
        lines[first], lines[second] = lines[second], lines[first]
    elif kind == "move":
        lines.insert(second, lines.pop(first))
    elif kind == "deeper":
        lines[first] = b" " * draw(st.integers(1, 4)) + lines[first]
    elif kind == "higher":
        lines[first] = lines[first][draw(st.integers(1, 4)) :]
    elif kind == "join":
        lines[first] = lines[first].rstrip(b"\r\n")
    elif kind == "value":
        key, other = lines[first].partition(b":")[0], lines[second].partition(b":")[2]
        lines[first] = key + b":" + other
    else:
        lines[first:first] = lines[min(first, second) : max(first, second)]
    return b"".join(lines)


def damaged_words(draw: st.DrawFn, spec: bytes) -> bytes:
    """One word for another of the spec, or misspelt: names that are unknown, used twice, or of another kind."""
    found = list(re.finditer(rb"[A-Za-z0-9_-]+", spec))
    if not found:
        return spec
    word = found[draw(st.integers(0, len(found) - 1))]
    kind = draw(st.sampled_from(("other", "token", "misspelt", "longer", "drop")))
    if kind == "other":
        new = found[draw(st.integers(0, len(found) - 1))].group()
    elif kind == "token":
        new = draw(st.sampled_from(TOKENS))
    elif kind == "misspelt":
        at = place_in(draw, len(word.group()) - 1)
        new = word.group()[:at] + word.group()[at + 1 :]
    elif kind == "longer":
        new = word.group() * draw(st.integers(2, 40))
    else:
        new = b""
    return spec[: word.start()] + new + spec[word.end() :]


def parts_of(data: Any) -> list[tuple[Any, Any]]:
    """Every place in plain data: the mapping or list, and the key or index in it."""
    found, waiting = [], [data]
    while waiting:
        part = waiting.pop()
        keys = list(part) if isinstance(part, dict) else range(len(part)) if isinstance(part, list) else ()
        for key in keys:
            found.append((part, key))
            waiting.append(part[key])
    return found


def damaged_structure(draw: st.DrawFn, spec: bytes) -> bytes:
    """An entry lost, renamed, or with another value: one from elsewhere in the spec, or of another kind."""
    try:
        data = yaml.load(spec, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return spec
    places = parts_of(data)
    if not places or len(places) > 5000:
        return spec
    holder, key = places[draw(st.integers(0, len(places) - 1))]
    other_holder, other_key = places[draw(st.integers(0, len(places) - 1))]
    # a copy: the same object twice would become an alias, and a part within itself has no end
    other = json.loads(json.dumps(other_holder[other_key]))
    kind = draw(st.sampled_from(("drop", "value", "rename", "plain", "list", "mapping", "nest", "add")))
    if kind == "drop":
        del holder[key]
    elif kind == "value":
        holder[key] = other
    elif kind == "rename" and isinstance(holder, dict):
        new = other_key if isinstance(other_key, str) else draw(st.sampled_from(TOKENS)).decode("utf-8", "replace")
        pairs = [(new if name == key else name, value) for name, value in holder.items()]
        holder.clear()
        holder.update(pairs)
    elif kind == "plain":
        holder[key] = draw(st.sampled_from(("", "yes", "no", "0", "1", "-1", "65536", "a b", "x", "any", "stay", "ä", "no no no")))
    elif kind == "list":
        holder[key] = [other, holder[key]]
    elif kind == "mapping":
        holder[key] = {str(other_key): other}
    elif kind == "nest":
        for _ in range(draw(st.integers(1, 80))):
            holder[key] = [holder[key]]
    elif isinstance(holder, dict):
        holder[str(other_key)] = other
    style = draw(st.sampled_from((False, True, None)))
    dumped: bytes = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, default_flow_style=style, encoding="utf-8")
    return dumped


DAMAGES: tuple[Callable[[st.DrawFn, bytes], bytes], ...] = (
    damaged_structure, damaged_words, damaged_words, damaged_lines, damaged_bytes,
)


@st.composite
def damaged_specs(draw: st.DrawFn) -> bytes:
    """A spec with one to four damages."""
    spec = draw(specs())
    for _ in range(draw(st.integers(1, 4))):
        spec = draw(st.sampled_from(DAMAGES))(draw, spec)
    return spec


def raw_specs() -> st.SearchStrategy[bytes]:
    """Bytes that were never a spec, and such that are made of its tokens."""
    return st.one_of(st.binary(max_size=200), st.lists(st.sampled_from(TOKENS), max_size=40).map(b"".join))


# As long as it is told


class Seen:
    """What a run has seen: for its last line, and for the specs that it leaves."""

    def __init__(self) -> None:
        self.count = 0
        self.failing: bytes | None = None
        self.wrong = ""


def run_until(deadline: float, seen: Seen) -> None:
    """New damaged specs until the time is over, or until one fails; `seen` holds the smallest such then."""

    class TimeIsOver(BaseException):
        """Not an Exception: Hypothesis would take it for a failure."""

    with tempfile.TemporaryDirectory(prefix="lastcall-fuzz-") as scratch:

        def holds(spec: bytes) -> None:
            if time.monotonic() > deadline and seen.failing is None:
                raise TimeIsOver
            seen.count += 1
            wrong = failure_of(spec, Path(scratch), compiles=seen.count % 8 == 0 or seen.failing is not None)
            if wrong is not None:
                seen.failing, seen.wrong = spec, wrong
                raise AssertionError(wrong)

        # no database: what failed is kept as a file; no shrinking beyond what a minute can do is not ours to say
        options = settings(max_examples=10**9, deadline=None, database=None, verbosity=Verbosity.quiet, print_blob=False,
                           suppress_health_check=list(HealthCheck), phases=(Phase.generate, Phase.shrink))
        with contextlib.suppress(TimeIsOver, AssertionError):
            options(given(st.one_of(damaged_specs(), damaged_specs(), damaged_specs(), raw_specs()))(holds))()


def failure_of(spec: bytes, folder: Path, compiles: bool) -> str | None:
    """As `problem_with`; an exception that the generator lets through is one, too."""
    try:
        return problem_with(spec, folder, compiles)
    except Exception as error:  # noqa: BLE001  this is what is looked for
        return f"{type(error).__name__}: {error}"


def main(seconds: float, folder: Path) -> int:
    """Runs for that time; prints what it did as JSON; gives 1 if a spec failed, which is then in the folder."""
    seen = Seen()
    deadline = time.monotonic() + seconds
    run_until(deadline, seen)
    if seen.failing is not None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{hashlib.sha1(seen.failing).hexdigest()}.yaml").write_bytes(seen.failing)
    print(json.dumps({"executions": seen.count, "messages": len(messages_seen), "wrong": seen.wrong}))
    return int(seen.failing is not None)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), Path(sys.argv[2])))
