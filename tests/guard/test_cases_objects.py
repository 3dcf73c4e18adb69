"""The traces of cases-objects/ and the answers beside them: by the interpreter, and by the replayer that is built from the API spec."""

import json
import subprocess
from pathlib import Path

import pytest

from lastcall import command  # it puts the generator's modules on the path
from interpret_calls import Judge, parse
from read.api_spec import read_api

CASES = Path(__file__).resolve().parents[1] / "cases-objects"
TRACES = sorted(CASES.glob("*.trace"))
APIS = ("db", "usb")


def expected(path: Path) -> list[object]:
    """The answers to a trace."""
    return [json.loads(line) for line in path.with_suffix(".expected.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module", name="programs")
def _programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the replayers, built as a user builds them."""
    folder = tmp_path_factory.mktemp("objects")
    for name in APIS:
        done = command("build", CASES / f"{name}.yaml", "-o", folder)
        assert (done.status, done.stderr) == (0, "")
    return folder


def test_every_trace_has_its_answers_and_an_api() -> None:
    """Nothing lies in cases-objects/ that no test looks at."""
    assert TRACES
    names = {f"{path.stem}{end}" for path in TRACES for end in (".trace", ".expected.jsonl")}
    assert {path.name for path in CASES.glob("*.*.*")} - {path.name for path in CASES.glob("*.yaml")} == names
    assert {path.name.split(".")[1] for path in TRACES} == set(APIS)


@pytest.mark.parametrize("path", TRACES, ids=lambda path: path.stem)
def test_the_interpreter_says_so(path: Path) -> None:
    """The witness itself: it is written from the page, not from the replayer."""
    api = read_api(str(CASES / f"{path.name.split('.')[1]}.yaml"))
    judge = Judge(api)
    lines = parse(api, path.read_text(encoding="utf-8").splitlines())
    assert [*map(judge.judge, lines), judge.end()] == expected(path)


@pytest.mark.parametrize("path", TRACES, ids=lambda path: path.stem)
def test_the_replayer_says_so(path: Path, programs: Path) -> None:
    """As JSON, and with the exit status that follows from it."""
    program = programs / f"{path.name.split('.')[1]}-replay"
    done = subprocess.run([program, "--json", path], capture_output=True, text=True, check=False, timeout=60)
    answers = expected(path)
    assert done.stderr == ""
    assert [json.loads(line) for line in done.stdout.splitlines()] == answers
    assert done.returncode == int(answers[-1]["rejected"] > 0 or not answers[-1]["finished"])


@pytest.mark.parametrize("name", APIS)
def test_nothing_is_wrong_with_the_specs(name: str) -> None:
    """`check --strict` says nothing."""
    done = command("check", "--strict", str(CASES / f"{name}.yaml"))
    assert (done.status, done.stdout, done.stderr) == (0, "", "")


def test_a_person_is_told_which_object(programs: Path) -> None:
    """Who it is, where it was made and where it ended, what must go first; at the end what is left, below its parent."""
    trace = ("sqlite3_open connection=a\nsqlite3_prepare_v2 connection=a statement=s\nsqlite3_close connection=a\n"
             "sqlite3_finalize statement=s\nsqlite3_finalize statement=s\nsqlite3_prepare_v2 connection=a statement=t\n")
    done = subprocess.run([programs / "db-replay"], input=trace, capture_output=True, text=True, check=False, timeout=60)
    close, again, end, *left = done.stdout.splitlines()
    assert close.startswith("<stdin>:3: sqlite3_close rejected: connection a, made by sqlite3_open at line 1: ")
    assert "[finalize-first, https://sqlite.org/c3ref/close.html]" in close
    assert close.endswith("Live below it: statement s (made by sqlite3_prepare_v2 at line 2).")
    assert again.startswith("<stdin>:5: sqlite3_finalize rejected: statement s of connection a, made by sqlite3_prepare_v2 at line 2, "
                            "ended by sqlite3_finalize at line 4: ")
    assert end == "<stdin>: 6 calls, 4 accepted, 2 rejected; not finished, left: connection 1, statement 1"
    assert [line.split(",")[0] for line in left] == ["    connection a", "        statement t of connection a"]
    assert left[0].endswith(", in state open, holding statements 1")


@pytest.mark.parametrize(("line", "message"), [
    ("sqlite3_opn connection=a", "unknown call 'sqlite3_opn'; did you mean sqlite3_open?"),
    ("sqlite3_bind_* statement=a", "unknown call 'sqlite3_bind_*'; did you mean sqlite3_bind_*?"),
    ("sqlite3_step statment=a", "unknown role 'statment'; did you mean statement?"),
    ("sqlite3_step statement=a rowe", "unknown argument or outcome 'rowe'; did you mean row?"),
    ("sqlite3_step statement=a row done", "a second outcome: 'done'"),
    ("sqlite3_step statement=a statement=b", "this role stands twice: 'statement'"),
    ("sqlite3_step statement=", "a handle is missing in 'statement='"),
    ("sqlite3_step statement=a=b", "two = in 'statement=a=b'"),
    ("sqlite3_step " + "#" * 4090, "the line is longer than 4096 bytes"),
    ("sqlite3_step\0", "a NUL byte"),
])
def test_bad_input(programs: Path, line: str, message: str) -> None:
    """It is said with its line, replay of the file stops without a closing line, the next file is replayed, the status is 2."""
    trace = f"sqlite3_open connection=a\n{line}\nsqlite3_open connection=b\n".encode()
    (programs / "good.trace").write_text("sqlite3_open connection=a\n", encoding="utf-8")
    done = subprocess.run([programs / "db-replay", "--json", "-", programs / "good.trace"], input=trace, capture_output=True, check=False, timeout=60)
    assert done.returncode == 2
    assert done.stderr.decode().startswith(f"<stdin>:2: error: {message}")
    assert len(done.stdout.splitlines()) == 3


@pytest.mark.parametrize("option", ["--finish", "-j4", "--jobs"])
def test_what_is_not_there_yet_is_said(programs: Path, option: str) -> None:
    """Plainly, and the help says so, too."""
    done = subprocess.run([programs / "db-replay", option], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (2, "") and "not yet for traces of calls" in done.stderr
    assert "Not yet" in subprocess.run([programs / "db-replay", "--help"], capture_output=True, text=True, check=True, timeout=60).stdout
