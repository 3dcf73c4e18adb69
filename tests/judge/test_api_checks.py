"""What `check` says of API specs: errors of the spec and of its lifecycles in one run, each with its file and place; then warnings."""

import shutil
from pathlib import Path

import pytest

from lastcall import Run, command

CASES = Path(__file__).resolve().parents[1] / "cases-objects"
HEAD = "api: bad\nkinds:\n  connection: {lifecycle: db_connection.yaml}\n  statement: {lifecycle: db_statement.yaml, of: connection}\n"


def check(folder: Path, spec: str, *options: str) -> Run:
    """Runs `check` on the text of a spec beside the lifecycles of `db`."""
    for name in ("db_connection.yaml", "db_statement.yaml"):
        shutil.copy(CASES / name, folder)
    (folder / "bad.yaml").write_text(spec, encoding="utf-8")
    return command("check", *options, "bad.yaml", cwd=folder)


@pytest.mark.parametrize(("call", "place", "message"), [
    ("f: {on: {statment: p1}}", "6:12", "there is no kind `statment`; did you mean `statement`?"),
    ("f: {on: {statement: p1}, each: nope}", "6:34", "there is no kind `nope`"),
    ("f: {on: {statement: p1}, fires: {stmt: bind}}", "6:36", "there is no role `stmt`"),
    ("f: {on: {statement: p1}, fires: {statement: bnd}}", "6:47", "`statement` has no event `bnd`; did you mean `bind`?"),
    ("sqlite3_step: {on: {statement: p1}}", "6:3", "of `statement`, `row` and `done` have `call: sqlite3_step`, and nothing says which"),
    ("f: {on: {statement: p1}, outcomes: {row: x}}", "6:39", "the outcome `row` is no event with `call: f`"),
    ("sqlite3_step: {on: {statement: p1}, outcomes: {row: else, done: x, failed: y}}", "6:61", "behind `else` nothing is left"),
    ("f: {makes: {statement: p1}}", "6:15", "a `statement` is of a `connection`, and `on` names none"),
    ("f: {on: {statement: p1}, makes: {statement: p2}}", "6:36", "`statement` is a role in `on`, too"),
    ("f: {on: {statement: p1}, each: connection}", "6:34", "no object of `on` is an ancestor of a `connection`"),
    ("f: {onn: {statement: p1}}", "6:7", "unknown key `onn`"),
])
def test_errors_have_a_place_and_a_way_out(tmp_path: Path, call: str, place: str, message: str) -> None:
    """One wrong thing each, on line 6."""
    done = check(tmp_path, f"{HEAD}calls:\n  {call}\n")
    assert done.status == 1
    assert f"bad.yaml:{place}: error: {message}" in done.stderr


def test_errors_of_a_lifecycle_are_said_in_its_own_file(tmp_path: Path) -> None:
    """And those of the API spec in the same run."""
    (tmp_path / "broken.yaml").write_text("lifecycle: broken\nstates: {a: {initial: yes, final: yes}}\nevents: {e: {moves: {b: a}}}\n", encoding="utf-8")
    done = check(tmp_path, f"{HEAD}  other: {{lifecycle: broken.yaml}}\n  gone: {{lifecycle: gone.yaml, of: nobody}}\ncalls:\n  f: {{}}\n")
    assert done.status == 1
    assert "\nbroken.yaml:3:22: error: there is no state or choice `b`" in f"\n{done.stderr}"
    assert "bad.yaml:6:21: error: gone.yaml: cannot be read" in done.stderr
    assert "bad.yaml:6:36: error: there is no kind `nobody`" in done.stderr


def test_what_can_hardly_be_meant_is_warned_of(tmp_path: Path) -> None:
    """A call that fires nothing, a kind that nobody makes, a parent that counts by one call only; notes of calls that are not there."""
    spec = (f"{HEAD}calls:\n  sqlite3_prepare_v2: {{on: {{connection: p}}, makes: {{statement: x}}}}\n"
            "  fin: {on: {statement: a}, fires: {statement: finalize}}\n  nothing: {on: {statement: a}}\n")
    done = check(tmp_path, spec)
    assert done.status == 0
    assert "bad.yaml:3:3: warning: no call makes a `connection`" in done.stderr
    assert "bad.yaml:7:3: warning: `fin` ends a `statement`, and its `connection` goes on counting it in `statements`" in done.stderr
    assert "bad.yaml:8:3: warning: `nothing` fires nothing" in done.stderr
    assert "db_connection.yaml:8:3: note: `close` has `call: sqlite3_close`, and the API spec `bad` has no such call" in done.stderr
    assert check(tmp_path, spec, "--strict").status == 1


@pytest.mark.parametrize("arguments", [("graph", "bad.yaml", "-o", "x.svg"), ("doc", "bad.yaml", "-o", "x.md"), ("diff", "bad.yaml", "bad.yaml")])
def test_commands_that_take_lifecycles_only_say_so(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """And so does their help."""
    check(tmp_path, f"{HEAD}calls:\n  f: {{}}\n")
    done = command(*arguments, cwd=tmp_path)
    assert done.status == 2 and "this is an API spec" in done.stderr
    assert "Takes lifecycles only" in command(arguments[0], "--help").stdout
