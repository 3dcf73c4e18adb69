"""The command line: what each command takes, answers and writes, and that it writes nothing where it says an error."""

import os
import pty
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from replayer import judged
from lastcall import COMMAND, ROOT, Run, command, lastcall
from read.spec import read


LIFECYCLES = ROOT / "tests" / "lifecycles"
DATABASE = LIFECYCLES / "database_connection.yaml"
DOOR = """\
lifecycle: door
states:
  shut: {initial: yes, final: yes}
  open: {}
events:
  go: {moves: {shut: open, open: shut}}
"""
BAD = DOOR.replace("shut: open", "shut: opne")
WRONG = "6:22: error: there is no state or choice `opne`; did you mean `open`?"


@pytest.fixture
def door(tmp_path: Path) -> Path:
    """A good spec in a folder of its own."""
    path = tmp_path / "door.yaml"
    path.write_text(DOOR, encoding="utf-8")
    return path


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """A spec with an error."""
    path = tmp_path / "bad.yaml"
    path.write_text(BAD, encoding="utf-8")
    return path


def names(folder: Path) -> list[str]:
    """What lies in a folder, hidden files too."""
    return sorted(path.name for path in folder.iterdir())


def wrong_use(run: Run, *parts: str) -> None:
    """Status 2, one complaint that holds all `parts`, and nothing on standard output."""
    assert run.status == 2
    assert run.stdout == ""
    assert all(part in run.stderr for part in parts), run.stderr
    assert "error: " in run.stderr
    assert "Traceback" not in run.stderr


# --------------------------------------------------------------------------------------------- help


def test_help_says_it_all() -> None:
    """`--help` names every command in a line and the exit statuses."""
    run = command("--help")
    assert (run.status, run.stderr) == (0, "")
    for word in ("usage: lastcall", "check", "header", "build", "--version", "exit status", "  0 ", "  1 ", "  2 "):
        assert word in run.stdout
    assert command("-h") == run


@pytest.mark.parametrize("name", ["check", "header", "build"])
def test_help_of_a_command(name: str) -> None:
    """A command's `--help` says what it does, each of its arguments, and the exit statuses."""
    run = command(name, "--help")
    assert (run.status, run.stderr) == (0, "")
    for word in (f"usage: lastcall {name}", "SPEC", "exit status"):
        assert word in run.stdout
    assert ("-o" in run.stdout) == (name != "check")
    assert name in command("--help").stdout


def test_version() -> None:
    """The version is the one that stands in what is generated."""
    run = command("--version")
    assert (run.status, run.stderr) == (0, "")
    assert run.stdout.startswith("lastcall ")
    assert f"Made by {run.stdout.strip()} " in (ROOT / "runtime" / "mapi_session.h").read_text(encoding="utf-8")


# ---------------------------------------------------------------------------------------- wrong use


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("compile", "spec.yaml"),
        ("",),
        ("--helf",),
        ("check",),
        ("header",),
        ("header", "spec.yaml"),
        ("header", "-o", "spec.h"),
        ("header", "spec.yaml", "-o"),
        ("header", "spec.yaml", "other.yaml", "-o", "spec.h"),
        ("header", "spec.yaml", "-o", "spec.h", "--fast"),
        ("build", "spec.yaml"),
        ("build", "-o", "folder"),
        ("check", "--colour", "spec.yaml"),
    ],
    ids=" ".join,
)
def test_wrong_use(arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be understood is answered with the usage, and nothing is done."""
    monkeypatch.chdir(tmp_path)
    wrong_use(lastcall(*arguments), "usage: lastcall")
    assert names(tmp_path) == []


# ------------------------------------------------------------------------------ specs that cannot be read


def test_a_spec_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The complaint names the file as it was given."""
    monkeypatch.chdir(tmp_path)
    for arguments in (("check", "no.yaml"), ("header", "no.yaml", "-o", "no.h"), ("build", "no.yaml", "-o", "no")):
        wrong_use(lastcall(*arguments), "lastcall: error: no.yaml: cannot be read: No such file or directory")
    wrong_use(command("check", "no.yaml"), "lastcall: error: no.yaml: cannot be read: No such file or directory")
    assert names(tmp_path) == []


def test_a_folder_is_no_spec(door: Path) -> None:
    """Nor is something inside a file."""
    folder = door.parent
    for path, reason in ((folder, "Is a directory"), (door / "x.yaml", "Not a directory")):
        wrong_use(lastcall("check", path), f"lastcall: error: {path}: cannot be read: {reason}")
        wrong_use(lastcall("header", path, "-o", folder / "x.h"), f"{path}: cannot be read: {reason}")
    assert names(folder) == ["door.yaml"]


def test_a_spec_without_permission(door: Path) -> None:
    """A user who may not read a spec is told so."""
    if os.geteuid() == 0:  # root may read everything but what lies where there is nothing to read
        wrong_use(lastcall("check", "/proc/self/mem"), "/proc/self/mem: cannot be read: ")
        return
    door.chmod(0)
    wrong_use(lastcall("check", door), f"{door}: cannot be read: Permission denied")


def test_a_spec_in_a_file_with_any_name(tmp_path: Path) -> None:
    """Blanks, line ends, letters of any language, and bytes that are no letters may stand in a file's name."""
    for name in ("%s {} Tür 门.yaml".encode(), b"new\nline \xff\xfe", b"--help.yaml"):
        (tmp_path / os.fsdecode(name)).write_text(BAD, encoding="utf-8")
        run = command("check", "--", name, cwd=tmp_path)
        assert run.status == 1
        assert run.stderr.endswith(f":{WRONG}\n")
        assert "Traceback" not in run.stderr


def test_a_spec_from_a_pipe(tmp_path: Path) -> None:
    """A spec may come from what is no ordinary file."""
    run = subprocess.run([COMMAND, "header", "/dev/stdin", "-o", "-"], input=DOOR, capture_output=True, text=True,
                         check=True)
    assert "DOOR_EVENT_GO" in run.stdout


# ------------------------------------------------------------------------------------------- check


def test_check_looks_at_every_spec(door: Path, bad: Path) -> None:
    """One that cannot be read, and one with an error, do not hide what is wrong with others; the worst status counts."""
    missing = door.parent / "missing.yaml"
    run = lastcall("check", bad, door, missing, bad)
    assert run.errors == [
        f"{bad}:{WRONG}", f"lastcall: error: {missing}: cannot be read: No such file or directory", f"{bad}:{WRONG}"
    ]
    assert (run.status, run.stdout) == (2, "")
    assert lastcall("check", door, bad).status == 1
    assert lastcall("check", missing, bad).status == 2
    assert lastcall("check", door, door) == Run(0, "", "")
    assert names(door.parent) == ["bad.yaml", "door.yaml"]


def test_the_specs_of_the_project_have_no_errors() -> None:
    """Those that are released, and those of the tests."""
    for path in (*ROOT.glob("spec/*.yaml"), *LIFECYCLES.glob("*.yaml")):
        assert read(str(path)).name == path.stem


def test_the_lifecycles_in_spec_are_called_like_their_files(tmp_path: Path) -> None:
    """In the project's own folder of specs a file's name is the lifecycle's; elsewhere it does not matter."""
    for folder in ("gen", "spec"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    program = tmp_path / "gen" / "lastcall"
    for folder in (tmp_path / "spec", tmp_path):
        (folder / "gate.yaml").write_text(DOOR, encoding="utf-8")
    run = command("check", "spec/gate.yaml", cwd=tmp_path, program=program)
    wrong = "1:12: error: the file is called `gate`, so in this folder the lifecycle must be, too"
    assert run == Run(1, "", f"spec/gate.yaml:{wrong}\n")
    run = command("header", "./gate.yaml", "-o", "gate.h", cwd=tmp_path / "spec", program=program)
    assert run == Run(1, "", f"./gate.yaml:{wrong}\n")
    assert not (tmp_path / "spec" / "gate.h").exists()
    assert command("check", "gate.yaml", cwd=tmp_path, program=program) == Run(0, "", "")
    (tmp_path / "spec" / "gate.yaml").write_text(DOOR.replace("door", "gate"), encoding="utf-8")
    assert command("check", "spec/gate.yaml", cwd=tmp_path, program=program) == Run(0, "", "")


# -------------------------------------------------------------------------------- what header writes


@pytest.fixture
def header(door: Path) -> str:
    """The header of the good spec."""
    return lastcall_to_stdout("header", door, "-o", "-")


def lastcall_to_stdout(*arguments: str | Path) -> str:
    """What the command writes to standard output."""
    run = command(*arguments)
    assert (run.status, run.stderr) == (0, "")
    return run.stdout


def test_header_is_written_to_a_file(door: Path, header: str) -> None:
    """Nothing is said then, and nothing else is written."""
    assert lastcall("header", door, "-o", door.parent / "door.h") == Run(0, "", "")
    assert (door.parent / "door.h").read_text(encoding="utf-8") == header
    assert names(door.parent) == ["door.h", "door.yaml"]
    assert header.startswith("/* door.h - ")


@pytest.mark.parametrize("damage", [b"", b"j2", "shorter", "no folder"])
def test_what_is_kept_of_templates_may_be_damaged(damage: bytes | str, door: Path, header: str) -> None:
    """And the command itself may lie where nothing can be written."""
    tool = door.parent / "tool" / "gen"
    shutil.copytree(ROOT / "gen", tool, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    (tool.parent / "spec").symlink_to(ROOT / "spec")
    made = [tool / "lastcall", "header", door, "-o", "-"]
    assert subprocess.run(made, capture_output=True, text=True, check=True).stdout == header
    kept = list(tool.glob("__pycache__/*.j2c"))
    assert kept
    if damage == "no folder":
        shutil.rmtree(tool / "__pycache__")
        (tool / "__pycache__").write_text("")
    for path in kept if damage != "no folder" else ():
        path.write_bytes(damage if isinstance(damage, bytes) else path.read_bytes()[:-1000])
    assert subprocess.run(made, capture_output=True, text=True, check=True).stdout == header


def test_header_does_not_replace_what_is_no_file(door: Path, header: str) -> None:
    """Devices and pipes are written to."""
    assert lastcall("header", door, "-o", "/dev/null") == Run(0, "", "")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    assert command("header", door, "-o", "/dev/stdout") == Run(0, header, "")
    pipe = door.parent / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE, text=True) as reader:
        assert lastcall("header", door, "-o", pipe) == Run(0, "", "")
        assert reader.communicate()[0] == header
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_header_keeps_a_link(door: Path, header: str) -> None:
    """A symbolic link stays one, and what it points to is written, wherever that is, even if it was not there."""
    (door.parent / "elsewhere").mkdir()
    target, link = door.parent / "elsewhere" / "real.h", door.parent / "door.h"
    link.symlink_to("elsewhere/real.h")
    for _ in range(2):
        assert lastcall("header", door, "-o", link) == Run(0, "", "")
        assert link.is_symlink()
        assert target.read_text(encoding="utf-8") == header
        target.write_text("old", encoding="utf-8")
    assert names(door.parent / "elsewhere") == ["real.h"]


def test_header_keeps_permissions(door: Path) -> None:
    """A file that is there keeps its own; a new one gets what the umask leaves."""
    path = door.parent / "door.h"
    before = os.umask(0o027)
    try:
        assert lastcall("header", door, "-o", path).status == 0
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        path.chmod(0o604)
        assert lastcall("header", door, "-o", path).status == 0
        assert stat.S_IMODE(path.stat().st_mode) == 0o604
    finally:
        os.umask(before)


def test_an_error_leaves_the_old_header(bad: Path) -> None:
    """Byte for byte, and with its time."""
    path = bad.parent / "bad.h"
    path.write_text("old", encoding="utf-8")
    os.utime(path, (1, 1))
    run = lastcall("header", bad, "-o", path)
    assert run == Run(1, "", f"{bad}:{WRONG}\n")
    assert path.read_text(encoding="utf-8") == "old"
    assert path.stat().st_mtime == 1
    assert names(bad.parent) == ["bad.h", "bad.yaml"]


def test_an_error_writes_nothing_to_standard_output(bad: Path) -> None:
    """Nor is a link's target made."""
    assert command("header", bad, "-o", "-") == Run(1, "", f"{bad}:{WRONG}\n")
    link = bad.parent / "link.h"
    link.symlink_to("nowhere.h")
    assert lastcall("header", bad, "-o", link).status == 1
    assert names(bad.parent) == ["bad.yaml", "link.h"]


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ("door.yaml/door.h", "Not a directory"),
        ("folder", "Is a directory"),
        ("folder/", "Is a directory"),
        ("missing/", "No such file or directory"),
        ("/proc/lastcall.h", ""),
        ("/proc/new/door.h", "No such file or directory"),
        ("x" * 300 + ".h", "File name too long"),
        ("loop.h", ""),
    ],
)
def test_an_output_that_cannot_be_written(
    output: str, reason: str, door: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is named, with the reason; nothing is left behind."""
    folder = door.parent / "work"
    (folder / "folder").mkdir(parents=True)
    (folder / "loop.h").symlink_to("loop.h")
    shutil.copy(door, folder)
    monkeypatch.chdir(folder)
    run = lastcall("header", "door.yaml", "-o", output)
    wrong_use(run, f"lastcall: error: {output}: cannot be written: {reason}")
    assert names(folder) == ["door.yaml", "folder", "loop.h"]
    assert names(folder / "folder") == []
    assert names(door.parent) == ["door.yaml", "work"]


def test_a_folder_that_must_not_be_written(door: Path) -> None:
    """A folder without permission, for those who need it; root does not."""
    if os.geteuid() != 0:
        locked = door.parent / "locked"
        locked.mkdir()
        locked.chmod(0o555)
        wrong_use(lastcall("header", door, "-o", locked / "door.h"), "cannot be written: Permission denied")
        assert names(locked) == []


def test_the_spec_is_not_its_own_output(door: Path) -> None:
    """A slip of the pen must not cost the spec."""
    (door.parent / "link.yaml").symlink_to("door.yaml")
    for output in (door, door.parent / "link.yaml", door.parent / "." / "door.yaml"):
        wrong_use(lastcall("header", door, "-o", output), f"{output}: ")
        assert door.read_text(encoding="utf-8") == DOOR


def test_a_reader_that_goes_away(door: Path) -> None:
    """`lastcall header -o - | head -1` ends without a traceback, and so it does without any standard output."""
    for script in ('"$0" header "$1" -o - | true', '"$0" header "$1" -o - >&-', '"$0" header "$1" -o - >/dev/full'):
        run = subprocess.run(["/bin/bash", "-o", "pipefail", "-c", script, COMMAND, door], capture_output=True,
                             text=True, check=False)
        assert run.returncode in ((0, 2) if "true" in script else (2,)), run.stderr
        assert run.stderr == "" or run.stderr.startswith("lastcall: error: standard output: cannot be written: ")
        assert run.stderr.count("\n") <= 1


# ------------------------------------------------------------------------------------------ build


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the database's lifecycle was built into, in a place with blanks and letters of any language."""
    away = tmp_path_factory.mktemp("elsewhere") / "Ordner mit ümlaut & 'quotes', 門"
    away.mkdir()
    shutil.copy(DATABASE, away / "my spec.yaml")
    run = command("build", "my spec.yaml", "-o", "out put/$(NAME) \\ $", cwd=away)
    assert run == Run(0, "", "")
    assert names(away) == ["my spec.yaml", "out put"]
    return away / "out put" / "$(NAME) \\ $"


def test_build_writes_three_files(built: Path) -> None:
    """They are named after the lifecycle, and the header is the one that `header` gives."""
    assert names(built) == ["database_connection-replay", "database_connection.h", "database_connection.rl"]
    header = (built / "database_connection.h").read_text(encoding="utf-8")
    assert header == lastcall_to_stdout("header", DATABASE, "-o", "-")
    assert os.access(built / "database_connection-replay", os.X_OK)
    assert not os.access(built / "database_connection.h", os.X_OK)


def test_build_makes_a_source_that_ragel_takes(built: Path, tmp_path: Path) -> None:
    """The machine's source compiles to C as it stands."""
    source = tmp_path / "machine.c"
    subprocess.run(["ragel", "-G2", "-o", source, built / "database_connection.rl"], check=True)
    subprocess.run(["cc", "-std=c99", "-Wall", "-Wextra", "-c", "-o", tmp_path / "machine.o", source], check=True)


def test_build_writes_again(built: Path) -> None:
    """Building a second time gives the same bytes, also where the replayer is running."""
    before = {path.name: path.read_bytes() for path in built.iterdir()}
    replayer = built / "database_connection-replay"
    with subprocess.Popen([replayer], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        assert command("build", DATABASE, "-o", built) == Run(0, "", "")
        running.communicate(b"")
    assert {path.name: path.read_bytes() for path in built.iterdir()} == before


Answer = tuple[str, ...]
"""What is expected of an event: `accepted`, the state, then warnings; or the reason of the rejection, then its rule."""

TRACES: dict[str, tuple[list[tuple[str, Answer]], dict[str, object]]] = {
    "a clean connection": (
        [
            ("connect", ("accepted", "ready")),
            ("prepare", ("accepted", "ready")),
            ("query", ("accepted", "ready")),
            ("close_cursor", ("accepted", "ready")),
            ("finalize", ("accepted", "ready")),
            ("disconnect", ("accepted", "closed")),
        ],
        {"state": "closed", "finished": True, "outstanding": {}},
    ),
    "nothing before the connection": (
        [
            ("prepare", ("state", "connect-first")),
            ("begin", ("state", "connect-first")),
            ("disconnect", ("state", "connect-first")),
            ("commit", ("state",)),
            ("close_cursor", ("not_held",)),
            ("finalize", ("not_held",)),
        ],
        {"state": "closed", "finished": True, "outstanding": {}},
    ),
    "two things are taken at once, and the first need that fails is cited": (
        [
            ("connect", ("accepted", "ready")),
            ("query", ("need", "prepare-first")),
            ("prepare", ("accepted", "ready")),
            ("query", ("accepted", "ready")),
            ("query", ("accepted", "ready")),
            ("query", ("accepted", "ready")),
            ("query", ("need", "few-cursors")),
            ("finalize", ("need", "close-cursors-first")),
            ("prepare", ("accepted", "ready")),
            ("finalize", ("accepted", "ready")),
            ("disconnect", ("need", "close-cursors-first")),
        ],
        {"state": "ready", "finished": False, "outstanding": {"statements": 1, "cursors": 3, "buffers": 3}},
    ),
    "what was written, and the warnings": (
        [
            ("connect logged", ("accepted", "ready")),
            ("prepare", ("accepted", "ready")),
            ("execute verbose", ("need", "verbose-needs-log")),
            ("execute", ("accepted", "ready")),
            ("execute verbose", ("accepted", "ready")),
            ("execute", ("accepted", "ready", "log-grows")),
            ("execute verbose", ("accepted", "ready")),
            ("finalize", ("accepted", "ready")),
            ("disconnect", ("accepted", "closed", "uncommitted")),
        ],
        {"state": "closed", "finished": True, "outstanding": {"log_entries": 4}},
    ),
    "the fact is forgotten with the last statement": (
        [
            ("connect read_only", ("accepted", "ready")),
            ("prepare", ("accepted", "ready")),
            ("execute", ("accepted", "ready")),
            ("begin", ("accepted", "in_transaction")),
            ("execute", ("need", "read-only")),
            ("commit", ("accepted", "ready")),
            ("disconnect", ("need", "close-cursors-first")),
            ("finalize", ("accepted", "ready")),
            ("disconnect", ("accepted", "closed", "uncommitted")),
            ("connect", ("accepted", "ready")),
            ("disconnect", ("accepted", "closed", "uncommitted")),
        ],
        {"state": "closed", "finished": True, "outstanding": {"log_entries": 1}},
    ),
    "a choice looks at what is left after the effect": (
        [
            ("connect", ("accepted", "ready")),
            ("begin", ("accepted", "in_transaction")),
            ("savepoint", ("accepted", "in_transaction")),
            ("savepoint", ("accepted", "in_transaction")),
            ("disconnect", ("state", "end-transaction-first")),
            ("commit", ("need", "close-cursors-first")),
            ("fail", ("accepted", "failed")),
            ("savepoint", ("state", "roll-back-first")),
            ("commit", ("state", "roll-back-first")),
            ("disconnect", ("state", "end-transaction-first")),
            ("roll_back_to_savepoint", ("accepted", "in_transaction")),
            ("fail", ("accepted", "failed")),
            ("roll_back_to_savepoint", ("accepted", "ready")),
            ("roll_back_to_savepoint", ("state",)),
        ],
        {"state": "ready", "finished": False, "outstanding": {}},
    ),
    "the second branch of the choice": (
        [
            ("connect read_only", ("accepted", "ready")),
            ("begin", ("accepted", "in_transaction")),
            ("savepoint", ("accepted", "in_transaction")),
            ("savepoint", ("accepted", "in_transaction")),
            ("fail", ("accepted", "failed")),
            ("roll_back_to_savepoint", ("accepted", "failed")),
            ("roll_back_to_savepoint", ("accepted", "ready")),
            ("connect read_only logged", ("state",)),
        ],
        {"state": "ready", "finished": False, "outstanding": {}},
    ),
}


def expected_lines(events: list[tuple[str, Answer]], initial: str) -> Iterator[dict[str, object]]:
    """The JSON objects that a replayer answers a trace with."""
    state = initial
    for line, (event, (verdict, *more)) in enumerate(events, 1):
        answer: dict[str, object] = {"line": line, "event": event.split()[0]}
        if verdict == "accepted":
            state, *warnings = more
            answer |= {"verdict": "accepted", "state": state} | ({"warnings": warnings} if warnings else {})
        else:
            answer |= {"verdict": "rejected", "state": state, "reason": verdict} | ({"rule": more[0]} if more else {})
        yield answer


@pytest.mark.parametrize("title", TRACES)
def test_the_built_replayer(title: str, built: Path) -> None:
    """It judges traces of a lifecycle that has nothing to do with MAPI, as its spec says."""
    events, end = TRACES[title]
    trace = "".join(f"{event}\n" for event, _ in events)
    run = subprocess.run([built / "database_connection-replay", "--json"], input=trace, capture_output=True, text=True,
                         check=False)
    *answers, last = map(judged, run.stdout.splitlines())
    assert answers == list(expected_lines(events, "closed"))
    rejected = sum(answer[0] != "accepted" for _, answer in events)
    assert last == {"events": len(events), "accepted": len(events) - rejected, "rejected": rejected} | end | {"file": "<stdin>"}
    assert run.returncode == int(bool(rejected) or not end["finished"])
    assert run.stderr == ""


def test_build_of_a_faulty_spec_writes_nothing(bad: Path) -> None:
    """Not even the folder."""
    assert lastcall("build", bad, "-o", bad.parent / "out") == Run(1, "", f"{bad}:{WRONG}\n")
    assert names(bad.parent) == ["bad.yaml"]


@pytest.mark.parametrize("compiler", ["no-such-compiler", "/", "false", " ", "cc --no-such-option"])
def test_build_with_a_compiler_that_fails(compiler: str, door: Path) -> None:
    """It says so, and writes nothing, not even the folder; a CC of blanks is none."""
    run = command("build", door, "-o", door.parent / "out", CC=compiler)
    if compiler == " ":
        assert run == Run(0, "", "")
        return
    wrong_use(run)
    assert "gen/setup" in run.stderr or "does not compile" in run.stderr
    assert names(door.parent) == ["door.yaml"]


@pytest.mark.parametrize("compiler", ["true", "gcc -fsyntax-only", "gcc -c", "gcc -E"])
def test_build_with_a_compiler_that_makes_no_program(compiler: str, door: Path) -> None:
    """One that ends well all the same is told from one that compiles and links."""
    run = command("build", door, "-o", door.parent / "out", CC=compiler)
    wrong_use(run, f"the C compiler `{compiler}` ends well and makes no program; set CC to one that compiles and links")
    assert names(door.parent) == ["door.yaml"]


def test_build_where_there_is_no_compiler(door: Path) -> None:
    """Header and Ragel source need none: they are made, and a note says what is missing."""
    tools = door.parent / "bin"
    tools.mkdir()
    for tool in ("env", "ragel"):
        (tools / tool).symlink_to(str(shutil.which(tool)))
    out = door.parent / "out"
    note = f"lastcall: note: {out}/door-replay: not made, as there is no C compiler `cc`; set CC, or run gen/setup\n"
    assert command("build", door, "-o", out, PATH=str(tools), CC="") == Run(0, "", note)
    assert names(out) == ["door.h", "door.rl"]
    (out / "door-replay").write_text("old", encoding="ascii")
    run = command("build", door, "-o", out, PATH=str(tools), CC="")
    assert run.stderr == note.replace("; set", "; the one that is there is of an earlier build; set")


@pytest.mark.parametrize("name", ["header", "build", "graph", "doc"])
def test_an_output_without_a_name(name: str, door: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty variable in a script must not write into the present folder."""
    monkeypatch.chdir(door.parent)
    for option in ("-o", "--output"):
        wrong_use(lastcall(name, "door.yaml", option, ""), f"usage: lastcall {name}", "the name is empty")
    wrong_use(lastcall(name, "door.yaml", "-o", "x.svg", "--depfile", ""), "--depfile: the name is empty")
    assert names(door.parent) == ["door.yaml"]


@pytest.mark.parametrize(("name", "file"), [("header", "door.h"), ("graph", "door.svg"), ("doc", "door.md")])
def test_the_folder_of_an_output_is_made(name: str, file: str, door: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With those above it; where the file cannot be written then, they are taken away again."""
    monkeypatch.chdir(door.parent)
    assert lastcall(name, "door.yaml", "--output", f"a/b/{file}") == Run(0, "", "")
    assert names(door.parent / "a" / "b") == [file]
    too_long = f"c/d/{'x' * 300}{file}"
    wrong_use(lastcall(name, "door.yaml", "-o", too_long), f"{too_long}: cannot be written: File name too long")
    assert names(door.parent) == ["a", "door.yaml"]


def test_build_takes_a_compiler_with_options(door: Path) -> None:
    """CC may be a command with arguments, as in make."""
    assert command("build", door, "-o", door.parent / "out", CC="gcc -O0 -g0") == Run(0, "", "")
    assert names(door.parent / "out") == ["door-replay", "door.h", "door.rl"]


@pytest.fixture
def quick_compiler(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A compiler that takes no time: what it makes is not looked at."""
    script = tmp_path_factory.mktemp("compiler") / "cc"
    script.write_text('#!/bin/sh\nfor output; do :; done\necho made >"$output"; chmod +x "$output"\n', encoding="ascii")
    script.chmod(0o755)
    monkeypatch.setenv("CC", str(script))


@pytest.mark.parametrize("name", ["door.rl", "door.h", "door-replay"])
def test_build_writes_all_or_nothing(name: str, door: Path, quick_compiler: None) -> None:
    """Where one of the three files cannot be written, none is."""
    (door.parent / "out" / name).mkdir(parents=True)
    wrong_use(lastcall("build", door, "-o", door.parent / "out"), f"{name}: cannot be written: Is a directory")
    assert names(door.parent / "out") == [name]


def test_build_into_what_is_no_folder(door: Path, quick_compiler: None) -> None:
    """A file is no folder."""
    for output in (door, door / "out", Path("/proc/lastcall")):
        wrong_use(lastcall("build", door, "-o", output), f"{output}/door.rl: cannot be written: ")
    assert door.read_text(encoding="utf-8") == DOOR


def test_without_ragel(door: Path) -> None:
    """What compiles needs ragel and says so; what checks does not need it."""
    folder = door.parent / "bin"
    folder.mkdir()
    wrong_use(command("header", door, "-o", "-", PATH=str(folder)), "ragel", "gen/setup")
    assert command("check", door, PATH=str(folder)) == Run(0, "", "")
    (folder / "ragel").write_text("", encoding="utf-8")
    wrong_use(command("header", door, "-o", "-", PATH=str(folder)), "ragel")


def test_without_the_packages_that_setup_installs(door: Path) -> None:
    """A Python without them is told what to do."""
    for arguments in (("check", door), ("--help",)):
        run = command("-I", "-S", COMMAND, *arguments, program=Path("/usr/bin/python3"))
        wrong_use(run, "is missing; run gen/setup")
        assert run.stderr.count("\n") == 1


def test_without_the_schema(door: Path) -> None:
    """A copy of gen/ alone says what it lacks."""
    tool = door.parent / "tool" / "gen"
    shutil.copytree(ROOT / "gen", tool, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    run = command("check", door, program=tool / "lastcall")
    wrong_use(run, f"{tool.parent}/spec/lifecycle.schema.json: cannot be read: No such file or directory", "copy spec/")
    assert run.stderr.count("\n") == 1


# ------------------------------------------------------------------------------------------ colours


def at_a_terminal(*arguments: str | Path, **environment: str) -> bytes:
    """What a run writes to standard error where that is a terminal."""
    main, side = pty.openpty()
    try:
        variables = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "TERM")} | environment
        subprocess.run([COMMAND, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=side,
                       env=variables, check=False)
        return os.read(main, 1 << 16)
    finally:
        os.close(main)
        os.close(side)


def test_colour_at_a_terminal_alone(bad: Path) -> None:
    """The word `error:` is red at a terminal, for a spec and for wrong use, unless somebody has asked for none."""
    red = b"\x1b[31merror:\x1b[0m"
    told = at_a_terminal("check", bad, TERM="xterm")
    assert told == f"{bad}:{WRONG}\r\n".encode().replace(b"error:", red)
    assert at_a_terminal("check", bad.parent, TERM="xterm").startswith(b"lastcall: " + red + b" ")
    for environment in ({"TERM": "xterm", "NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert b"\x1b" not in at_a_terminal("check", bad, **environment)
    assert b"\x1b" in at_a_terminal("check", bad, TERM="xterm", NO_COLOR="")
    assert "\x1b" not in command("check", bad, TERM="xterm").stderr
