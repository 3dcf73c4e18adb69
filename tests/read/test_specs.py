"""What is said of specs: every example of documents/specs, and what a document cannot show, byte for byte."""

import ast
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import problems
from lastcall import ROOT, Run, command, lastcall
from read import load  # the generator's, like those below
from read import lookup
from spec_documents import Example, examples

EXAMPLES = examples()
FAULTY = [example for example in EXAMPLES if example.errors]

DOOR = b"""\
lifecycle: door
states:
  shut: {initial: yes, final: yes}
  open: {}
events:
  go: {moves: {shut: open, open: shut}}
"""
DEEP = 3000
"""Levels of nesting: more than Python's or a C parser's stack would take if they recursed."""


def name(example: Example) -> str:
    """The name of an example's test."""
    return f"{example.path.stem}: {example.title}"


def told(path: Path, lines: tuple[str, ...]) -> list[str]:
    """The lines of standard error that say `lines` of the spec in `path`."""
    return [f"{path}:{line}" for line in lines]


def check_and_header(folder: Path, spec: bytes) -> tuple[Path, Run, Run]:
    """Has a spec checked and compiled; all that may lie in the folder then is the spec, and a header if all is well."""
    path = folder / "spec.yaml"
    path.write_bytes(spec)
    checked = lastcall("check", path)
    compiled = lastcall("header", path, "-o", folder / "spec.h")
    left = {found.name for found in folder.iterdir()}
    assert left == ({"spec.yaml", "spec.h"} if compiled.status == 0 else {"spec.yaml"}), compiled.stderr
    assert path.read_bytes() == spec
    assert checked.stdout == compiled.stdout == ""
    return path, checked, compiled


def refused(folder: Path, spec: bytes, *lines: str) -> None:
    """Exactly these lines are said of a spec, by both commands, and the exit status is 1."""
    path, checked, compiled = check_and_header(folder, spec)
    assert compiled.errors == told(path, lines)
    assert compiled.status == 1
    assert checked == compiled


@pytest.mark.parametrize("example", EXAMPLES, ids=name)
def test_example(example: Example, tmp_path: Path) -> None:
    """What a document says of a spec is what `check` and `header` say of it."""
    spec = example.spec.encode()
    if example.errors:
        refused(tmp_path, spec, *example.errors)
        return
    _, checked, compiled = check_and_header(tmp_path, spec)
    assert (checked.status, compiled.status, compiled.stderr) == (0, 0, "")
    assert not any(": error: " in line for line in checked.errors)


@pytest.mark.parametrize("example", FAULTY, ids=name)
def test_example_of_another_editor(example: Example, tmp_path: Path) -> None:
    """A byte order mark and CR LF change nothing of what is said, nor where."""
    path = tmp_path / "spec.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + example.spec.replace("\n", "\r\n").encode())
    run = lastcall("check", path)
    assert run.errors == told(path, example.errors)
    assert run.status == 1


@pytest.mark.parametrize("example", FAULTY[:: len(FAULTY) // 3], ids=name)
def test_the_command_says_the_same(example: Example, tmp_path: Path) -> None:
    """What holds inside this process holds for the command, in any language."""
    path = tmp_path / "spec.yaml"
    path.write_text(example.spec, encoding="utf-8")
    checked = command("check", path, LC_ALL="C")
    assert checked.errors == told(path, example.errors)
    assert (checked.status, checked.stdout) == (1, "")
    compiled = command("header", "spec.yaml", "-o", "spec.h", cwd=tmp_path)
    assert compiled.errors == [f"spec.yaml:{line}" for line in example.errors]
    assert compiled.status == 1
    assert [found.name for found in tmp_path.iterdir()] == ["spec.yaml"]


# --------------------------------------------------------------------- what is not a text, or no YAML

EMPTY = "1:1: error: the spec is empty; it begins with `lifecycle: NAME`"
NOTHING = (b"", b"\n", b"\r\n\r\n", b" \n  \n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n", b"---\n...\n")


@pytest.mark.parametrize("spec", NOTHING, ids=repr)
def test_empty(spec: bytes, tmp_path: Path) -> None:
    """A file with nothing in it is a spec with an error, not a file that cannot be read."""
    refused(tmp_path, spec, EMPTY)


@pytest.mark.parametrize(
    ("spec", "place", "byte"),
    [
        (b"lifecycle: t\xfcr\n", "1:13", 0xFC),
        (b"lifecycle: door\ntitle: T\xc3\xbcr \xc3", "2:12", 0xC3),
        (b"\xef\xbb\xbf# \xe9\x97\xa8\n# \xc0\xaf\n", "2:3", 0xC0),
        (b"a\r\n\r\n\xed\xa0\x80", "3:1", 0xED),
        (DOOR + "# öö".encode("latin-1"), "7:3", 0xF6),
        ("lifecycle: door\n".encode("utf-16"), "1:1", 0xFF),
    ],
)
def test_not_utf_8(spec: bytes, place: str, byte: int, tmp_path: Path) -> None:
    """It is said at the first byte that is wrong, and nothing else is said."""
    refused(tmp_path, spec, f"{place}: error: byte 0x{byte:02x} is not UTF-8; a spec is a text in UTF-8")


@pytest.mark.parametrize(
    ("spec", "place", "character"),
    [
        (b"\x7fELF\x02\x01\x01\x00\x00", "1:1", "U+007F"),
        (b"lifecycle: door\x00\n", "1:16", "U+0000"),
        (b"a: 1\r\nb: \x1b[31m\r\n", "2:4", "U+001B"),
        ("# \x85".encode(), "1:3", "U+0085"),
        ("# 门\n# 门\u2028".encode(), "2:4", "U+2028"),
        ("a: \ufeffb\n".encode(), "1:4", "U+FEFF"),
        ("\ufeff\ufeffa: b\n".encode(), "1:1", "U+FEFF"),
        ("a: \ufffe\n".encode(), "1:4", "U+FFFE"),
        (DOOR.replace(b"\n", b"\n\x0c", 1), "2:1", "U+000C"),
    ],
)
def test_no_text(spec: bytes, place: str, character: str, tmp_path: Path) -> None:
    """A character that no text holds is said at the first of them, and nothing else is said: the file is binary."""
    refused(tmp_path, spec, f"{place}: error: the character {character} does not belong into a text; is this a spec?")


def test_no_end_of_the_last_line(tmp_path: Path) -> None:
    """A missing last line end, a comment after it, blanks at the ends of lines and empty lines do not count."""
    for spec in (DOOR[:-1], DOOR + b"# end", DOOR.replace(b"\n", b"  \n\n"), b"\n# first\n---\n" + DOOR + b"...\n"):
        _, checked, compiled = check_and_header(tmp_path, spec)
        assert (checked.status, checked.stderr, compiled.status, compiled.stderr) == (0, "", 0, "")
        (tmp_path / "spec.h").unlink()


# ------------------------------------------------------------------------------------------ nesting

TOO_DEEP = "nested deeper than 64 levels; no spec needs that"


@pytest.mark.parametrize(
    ("spec", "place"),
    [
        (b"title: " + b"[" * DEEP + b"]" * DEEP, "1:71"),
        (b"title: " + b"{a: " * DEEP + b"}" * DEEP, "1:260"),
        (b"title: " + b"[{a: " * DEEP + b"}]" * DEEP, "1:164"),
        (b"\n".join(b" " * level + b"a:" for level in range(DEEP)), "65:65"),
        (b"title:\n  " + b"- " * DEEP + b"x", "2:129"),
        (b"title: [" + b"{? " * DEEP + b"a" + b"}" * DEEP + b"]", "1:195"),
    ],
    ids=["flow lists", "flow mappings", "flow lists and mappings", "block mappings", "block lists", "keys"],
)
def test_nesting(spec: bytes, place: str, tmp_path: Path) -> None:
    """However a spec is nested, it is refused at the first level that is too deep, and lastcall does not recurse."""
    path, checked, compiled = check_and_header(tmp_path, spec + b"\n")
    assert checked == compiled
    assert checked.status == 1
    assert [line for line in checked.errors if TOO_DEEP in line] == [f"{path}:{place}: error: {TOO_DEEP}"]
    assert len(checked.errors) < 70


def test_nesting_is_counted_from_the_top(tmp_path: Path) -> None:
    """64 levels are read; 65 are not."""
    for levels in (63, 64):
        spec = DOOR + b"title: " + b"[" * levels + b"]" * levels + b"\n"
        path, checked, _ = check_and_header(tmp_path, spec)
        wrong = "7:8: error: a list stands where a text is wanted: a text of one line, at most 400 characters"
        assert checked.errors == told(path, (wrong if levels == 63 else f"7:71: error: {TOO_DEEP}",))


def test_brackets_without_end(tmp_path: Path) -> None:
    """Neither do brackets that are opened and never closed bring it down; libyaml would take half a minute to read these."""
    for spec in (b"[" * 100 * DEEP, b"{" * 100 * DEEP, b"{a: " * DEEP, b"- " * DEEP + b"[", b"? " * DEEP + b"'"):
        _, checked, _ = check_and_header(tmp_path, spec)
        assert checked.status == 1
        assert len(checked.errors) == 1
        assert f": error: {TOO_DEEP}" in checked.errors[0]


# ------------------------------------------------------------------------------------------- amounts

def test_a_title_has_400_characters_at_most(tmp_path: Path) -> None:
    """They are counted as characters; a longer text would be a longer string than every C compiler takes."""
    title = "門" * 400
    _, checked, compiled = check_and_header(tmp_path, DOOR + f"title: {title}\n".encode())
    assert (checked.status, compiled.status) == (0, 0)
    (tmp_path / "spec.h").unlink()
    wrong = f"7:8: error: `{'門' * 57}...` is not right here; it takes a text of one line, at most 400 characters"
    refused(tmp_path, DOOR + f"title: {title}!\n".encode(), wrong)


def test_warnings_of_an_event_are_31_at_most(tmp_path: Path) -> None:
    """The thirty-second has no bit."""
    warns = ", ".join(f"keys == {number}: r{number}" for number in range(1, 33))
    rules = ", ".join(f"r{number}: {{}}" for number in range(1, 33))
    event = f"  put: {{takes: keys, moves: {{shut: stay}}, warns: {{{warns}}}}}\n"
    spec = DOOR.decode().replace("events:\n", f"events:\n{event}") + f"holdings: {{keys: {{}}}}\nrules: {{{rules}}}\n"
    place = f"6:{event.index('keys == 32') + 1}"
    refused(tmp_path, spec.encode(), f"{place}: error: this is one warning more than the 31 that an event can have")


@pytest.mark.parametrize(("section", "kind"), [("states", "state"), ("holdings", "holding")])
def test_states_and_holdings_have_numbers_of_16_bits(
    section: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is one too many is said once; here the most is 3, as 65535 would take the test minutes."""
    monkeypatch.setitem(lookup._MOST, section, (kind, 3))
    spec = """
        lifecycle: door
        states: {s1: {initial: yes, final: yes}, s2: {}, s3: {}}
        holdings: {h1: {}, h2: {}, h3: {}}
        events: {e: {takes: "h1, h2, h3", moves: {s1: s2, s2: s3, s3: s1}}}
        """
    _, checked, compiled = check_and_header(tmp_path, spec.encode())
    assert (checked.status, compiled.status) == (0, 0)
    (tmp_path / "spec.h").unlink()
    more = spec.replace("s3: {}}", "s3: {}, s4: {}, s5: {}}").replace("h3: {}}", "h3: {}, h4: {}, h5: {}}")
    more = more.replace("s3: s1", "s3: s4, s4: s5")
    thing = "3:66: error: `s4` is one state" if kind == "state" else "4:44: error: `h4` is one holding"
    refused(tmp_path, more.encode(), f"{thing} more than the 3 that a lifecycle can have")


def test_thousands_of_errors_are_said(tmp_path: Path) -> None:
    """Every one of them, in the order of their places, without taking long."""
    events = "".join(f"  event_{number}: {{moves: {{shut: nowhere_{number}}}}}\n" for number in range(1000, 4000))
    unknown = "error: there is no state or choice `nowhere_{}`; there are `shut`, `open`"
    refused(tmp_path, DOOR + events.encode(), *(f"{line + 7}:30: {unknown.format(line + 1000)}" for line in range(3000)))


# --------------------------------------------------------------- every message stands in a document

MODULES = ("load.py", "schema.py", "conditions.py", "lookup.py", "events.py", "resolve.py")
SAYING = ("Problem", "_note", "note_first", "_stop")
"""What these modules call to say something of a spec."""


def says_something() -> Iterator[tuple[str, int]]:
    """Where in the generator (module, line) something is said of a spec: the calls that make a Problem."""
    for module in MODULES:
        for node in ast.walk(ast.parse((ROOT / "gen" / "read" / module).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in SAYING:
                yield module, node.lineno


def test_every_message_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever can be said of a spec stands in a document, or in one of the few tests above."""
    met: set[tuple[str, int]] = set()
    make: Callable[..., None] = problems.Problem.__init__

    def note(*arguments: object, **keys: object) -> None:
        frame = sys._getframe(1)
        while frame is not None and Path(frame.f_code.co_filename).is_relative_to(ROOT / "gen" / "read"):
            met.add((Path(frame.f_code.co_filename).name, frame.f_lineno))
            frame = frame.f_back  # type: ignore[assignment]
        make(*arguments, **keys)

    monkeypatch.setattr(problems.Problem, "__init__", note)
    for example in FAULTY:
        lastcall_check(tmp_path, example.spec.encode())
    test_nesting_is_counted_from_the_top(tmp_path)
    test_warnings_of_an_event_are_31_at_most(tmp_path)
    lastcall_check(tmp_path, b"")
    lastcall_check(tmp_path, b"\xff")
    lastcall_check(tmp_path, b"\0")
    missing = sorted(set(says_something()) - met)
    assert not missing, f"no document shows what is said here: {missing}"


def lastcall_check(folder: Path, spec: bytes) -> None:
    """Has a faulty spec checked."""
    (folder / "spec.yaml").write_bytes(spec)
    assert lastcall("check", folder / "spec.yaml").status == 1


def test_every_hint_on_yaml_is_shown() -> None:
    """Each explanation of what libyaml says stands in a document."""
    said = "\n".join(line for example in FAULTY for line in example.errors)
    assert not [hint for _, hint in load._HINTS if f"; {hint}" not in said]
