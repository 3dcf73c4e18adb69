"""The replayer's contract at the level of bytes: the trace format, bad input, exit statuses, what goes where.

Which event is rejected, and why, is tested elsewhere; here the events are a means. What they rely on: MAPI starts
uninitialized, which is final; mapi_initialize and mapi_uninitialize are a pair; logoff is rejected at the start.
"""

import os
import pty
import shutil
import subprocess
import tty
from pathlib import Path
from typing import Any

import pytest

from replayer import judged
from toolchain import BUILD, RUNNER

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = BUILD / "mapi_session-replay"

LIMIT = 4096
PAIR = b"mapi_initialize\nmapi_uninitialize\n"

Run = subprocess.CompletedProcess[bytes]


def short(value: object) -> str:
    """The name of a case: a line of a megabyte is too long for one."""
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:30]}...{text[-8:]}"


def replay(*arguments: str | Path, trace: bytes = b"", cwd: Path | None = None) -> Run:
    """Runs the replayer with `trace` as its standard input."""
    return subprocess.run([*RUNNER, PROGRAM, *arguments], input=trace, capture_output=True, cwd=cwd, timeout=60, check=False)


def answers(run: Run) -> list[dict[str, Any]]:
    """The JSON lines of a run: an object each, and nothing else."""
    assert run.stdout.endswith(b"\n") or not run.stdout
    return [judged(line) for line in run.stdout.splitlines()]


def accepted(trace: bytes) -> list[tuple[int, str]]:
    """Line and name of each event of a trace in which nothing is wrong."""
    run = replay("--json", trace=trace)
    assert run.stderr == b""
    *events, end = answers(run)
    assert (end["accepted"], end["rejected"]) == (len(events), 0)
    assert all(event["verdict"] == "accepted" for event in events)
    return [(event["line"], event["event"]) for event in events]


def refused(trace: bytes, line: int) -> bytes:
    """The message of bad input, which must be at that line; the closing object tells it too, and is not finished."""
    run = replay("--json", trace=trace)
    assert run.returncode == 2
    *events, end = answers(run)
    assert all("event" in answer for answer in events) and (end["file"], end["finished"]) == ("<stdin>", False)
    assert end["error"] == f"line {line}: " + run.stderr.decode().partition(": error: ")[2].rstrip("\n")
    assert run.stderr.startswith(b"<stdin>:%d: error: " % line), run.stderr
    assert run.stderr.endswith(b"\n") and run.stderr.count(b"\n") == 1
    assert all(32 <= byte < 127 for byte in run.stderr[:-1]), "raw bytes of the trace on a terminal"
    return run.stderr


# The trace format


@pytest.mark.parametrize("trace", [b"", b"\n", b"\r\n", b"\r", b" ", b"\t \t", b"#", b"# comment", b"\n\n \n#\n"])
def test_a_trace_may_be_empty(trace: bytes) -> None:
    """Lines without an event do not count."""
    assert accepted(trace) == []


@pytest.mark.parametrize("line", [
    b"mapi_initialize",
    b" mapi_initialize",
    b"mapi_initialize \t ",
    b"\t \tmapi_initialize\t",
    b"mapi_initialize#",
    b"mapi_initialize#comment",
    b"mapi_initialize # comment # of comments",
    b"mapi_initialize #\r\r \xff\x01\x1b[31m \xe2\x82\xac",
])
@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\r"])
def test_blanks_comments_and_line_ends_do_not_count(line: bytes, end: bytes) -> None:
    """Blanks at either end, a comment (inside a word too), CR before LF, a missing last LF, or both of these."""
    assert accepted(line + end) == [(1, "mapi_initialize")]


def test_lines_without_an_event_are_numbered() -> None:
    """The number of a line is its number in the file."""
    trace = b"\n\r\n# comment\n \t \nmapi_initialize\n\n\nmapi_uninitialize"
    assert accepted(trace) == [(5, "mapi_initialize"), (8, "mapi_uninitialize")]


def test_line_ends_may_be_mixed() -> None:
    """Each line has its own end."""
    trace = b"mapi_initialize\r\nmapi_initialize\nmapi_uninitialize\r\nmapi_uninitialize"
    assert [line for line, _ in accepted(trace)] == [1, 2, 3, 4]


def test_a_hash_inside_an_argument_starts_a_comment() -> None:
    """`ui#x` is the argument ui: with it, the client may show a logoff dialog."""
    assert len(accepted(b"mapi_initialize\nmapi_logon_ex ui#owner\nlogoff ui\n")) == 3


@pytest.mark.parametrize("line", [
    b"mapi_logon_ex ui owner", b"mapi_logon_ex owner ui", b"mapi_logon_ex\tui  \t owner\t",
    b"mapi_logon_ex owner ui owner ui ui", b" mapi_logon_ex ui owner#guest", b"mapi_logon_ex ui ui owner\r",
])
def test_order_and_repetition_of_arguments_do_not_matter(line: bytes) -> None:
    """Each of the lines lets the client log off with a dialog and as the owner of the session."""
    assert len(accepted(b"mapi_initialize\n" + line + b"\nlogoff shared ui\n")) == 3


@pytest.mark.parametrize("arguments", [b"ui shared", b"shared ui", b"shared ui shared"])
def test_arguments_are_judged_in_the_order_of_declaration(arguments: bytes) -> None:
    """Neither is allowed here; ui is declared first."""
    run = replay("--json", trace=b"mapi_initialize\nmapi_logon_ex\nlogoff " + arguments)
    assert answers(run)[2]["rule"] == "logoff-ui-not-allowed"


# Bad lines


@pytest.mark.parametrize("word", [
    b"logof", b"LOGOFF", b"logoff_", b"xyzzy", b"ui", b"logoff,", b"mapi-initialize",
    b"mapi_initialize\x0b", b"\x0cmapi_initialize", b"\xef\xbb\xbfmapi_initialize", b"mapi_initialize\xa0",
    b"\x1b[31mred", b"\\x41", b"mapi_initialize\rmapi_uninitialize", b"mapi_initialize\r", b"\rmapi_initialize",
    b"x" * (LIMIT - 1),
], ids=short)
def test_an_unknown_event_is_bad_input(word: bytes) -> None:
    """Names are exact, blanks are space and tab only, and CR is no blank but at the end of the line."""
    message = refused(b"mapi_initialize\n\n" + word + b"\r\nmapi_uninitialize\n", line=3)
    assert b"unknown event" in message
    assert len(message) < 300


@pytest.mark.parametrize(("trace", "meant"), [
    (b"logof", b"'logoff'"), (b"Unadvise", b"'unadvise'"), (b"MAPIInitialize", b"'mapi_initialize'"),
    (b"relase_message_store", b"'release_message_store'"), (b"xyzzy", None), (b"advise advise", None),
    (b"logoff shard", b"'shared'"), (b"mapi_logon_ex UI", b"'ui'"), (b"mapi_logon_ex gest", b"'guest'"),
])
def test_a_misspelt_word_gets_a_suggestion(trace: bytes, meant: bytes | None) -> None:
    """Capitals and a slip or two are seen through; what is like nothing gets no guess."""
    message = refused(trace, line=1)
    assert (b"did you mean" in message) == (meant is not None)
    assert meant is None or b"did you mean " + meant in message


@pytest.mark.parametrize(("line", "right"), [
    (b"logoff guest", [b"'logoff'", b"'guest'", b"'ui'", b"'shared'"]),
    (b"logoff ui logoff", [b"'logoff'", b"'ui'", b"'shared'"]),
    (b"logoff ui=1", [b"'ui=1'"]),
    (b"advise ui", [b"'advise'", b"'ui'", b"takes none"]),
    (b"mapi_initialize mapi_initialize", [b"takes none"]),
])
def test_an_argument_that_the_event_does_not_take_is_bad_input(line: bytes, right: list[bytes]) -> None:
    """Even where the event would be rejected; the message says which arguments it takes."""
    message = refused(b"# first\n" + line, line=2)
    assert all(part in message for part in right), message


def test_a_bad_argument_fires_nothing() -> None:
    """The line is refused as a whole, and the replay of the file ends."""
    run = replay("--json", trace=b"mapi_initialize\nmapi_initialize now\nmapi_initialize\n")
    assert [answer.get("line") for answer in answers(run)] == [1, None]


@pytest.mark.parametrize("line", [
    b"mapi_initialize" + b" " * (LIMIT - 15),
    b" " * (LIMIT - 15) + b"mapi_initialize",
    b"mapi_initialize #" + b"x" * (LIMIT - 17),
    b"mapi_initialize" + b"#" * (LIMIT - 15),
    b"mapi_initialize #" + b"\r" * (LIMIT - 17),
], ids=short)
@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\r"])
def test_a_line_may_have_4096_bytes(line: bytes, end: bytes) -> None:
    """The line's end is not counted."""
    assert len(line) == LIMIT
    assert accepted(b"\n" + line + end) == [(2, "mapi_initialize")]


@pytest.mark.parametrize("line", [
    b"mapi_initialize" + b" " * (LIMIT - 14),
    b" " * (LIMIT - 14) + b"mapi_initialize",
    b" " * (LIMIT + 1),
    b"mapi_initialize #" + b"x" * (LIMIT - 16),
    b"#" * (LIMIT + 1),
    b"x" * (LIMIT + 1),
    b"#" * 10 * LIMIT,
    b"#" * 1_000_000,
], ids=short)
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_line_may_not_have_4097_bytes(line: bytes, end: bytes) -> None:
    """Comments count."""
    before = b"mapi_initialize\n"
    assert b"4096" in refused(before + line + end, line=2)
    assert b"4096" in refused(before + line + end + PAIR, line=2)


def test_only_one_cr_belongs_to_the_end_of_a_line() -> None:
    """A CR before that one counts."""
    assert b"4096" in refused(b"#" * LIMIT + b"\r\r\n", line=1)


@pytest.mark.parametrize("line", [
    b"#" * (LIMIT + 1), b"#" * (LIMIT + 2), b"#" * LIMIT + b"\r\r", b" " * 300_000,
], ids=short)
def test_a_last_line_without_its_end_may_not_be_longer(line: bytes) -> None:
    """The limit holds there too."""
    assert b"4096" in refused(line, line=1)


@pytest.mark.parametrize("line", [
    b"\0", b"mapi_initialize\0", b"mapi_\0initialize", b"mapi_initialize \0", b"mapi_logon_ex ui\0", b"# comment \0",
    b"#\0", b"\0mapi_initialize", b"#" * (LIMIT - 1) + b"\0", b"xyzzy \0",
], ids=short)
@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_a_nul_byte_is_bad_input(line: bytes, end: bytes) -> None:
    """Anywhere in a line, a comment included; the lines before it are judged."""
    assert b"NUL" in refused(b"mapi_initialize\n\n" + line + end, line=3)
    run = replay("--json", trace=b"mapi_initialize\n\n" + line + end + PAIR)
    assert [answer.get("line") for answer in answers(run)] == [1, None]


@pytest.mark.parametrize(("line", "said"), [
    (b"#" * 100 + b"\0" + b"#" * 5000, b"NUL"),
    (b"#" * 5000 + b"\0", b"4096"),
    (b"\0" * 5000, b"NUL"),
    (b"#" * 300_000 + b"\0", b"4096"),
    (b"#" * 100 + b"\0" + b"#" * 300_000, b"NUL"),
], ids=short)
@pytest.mark.parametrize("end", [b"", b"\n"])
def test_of_two_faults_the_first_is_said(line: bytes, said: bytes, end: bytes) -> None:
    """A line that is too long and holds a NUL byte."""
    assert said in refused(line + end, line=1)


def test_the_first_bad_line_is_said() -> None:
    """A NUL byte further down does not hide it."""
    assert b"unknown event" in refused(b"mapi_initialize\nxyzzy\n\0\n", line=2)
    assert b"4096" in refused(b"#" * 5000 + b"\n\0\n", line=1)


# Blocks


@pytest.mark.parametrize("shift", range(48))
def test_lines_may_lie_across_blocks(shift: int) -> None:
    """A cycle of lines, moved on byte by byte, so that each of its bytes is once the first of a block."""
    cycle = b"mapi_initialize \t#x\r\nmapi_uninitialize\r\nole_initialize#\nole_uninitialize\n"
    count = 1_100_000 // len(cycle)
    run = replay(trace=b"#" * shift + b"\n" + cycle * count)
    assert (run.returncode, run.stderr) == (0, b"")
    assert run.stdout.startswith(b"<stdin>: %d events, %d accepted, 0 rejected" % (4 * count, 4 * count))


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_the_longest_lines_may_lie_across_blocks(end: bytes) -> None:
    """Lines of 4096 bytes, the block's end at another place in each."""
    cycle = b"mapi_initialize".ljust(LIMIT) + end + b"#" * LIMIT + end + b"mapi_uninitialize".rjust(LIMIT) + end
    assert len(accepted(cycle * 300)) == 600


@pytest.mark.parametrize("size", [1 << 12, 1 << 16, 1 << 18, 1 << 19])
@pytest.mark.parametrize("more", [-1, 0, 1, 4096, 4097, 4098])
@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_a_file_may_end_where_a_block_ends(size: int, more: int, end: bytes, tmp_path: Path) -> None:
    """The last event is seen wherever it lies."""
    last = b"mapi_initialize" + end
    comments = b"#\n" * ((size + more - len(last)) // 2)
    trace = tmp_path / "trace"
    trace.write_bytes((b"\n" + comments + last)[-(size + more):])
    run = replay("--json", trace)
    event, _ = answers(run)
    assert (event["line"], event["event"]) == (trace.read_bytes().rstrip().count(b"\n") + 1, "mapi_initialize")


@pytest.mark.parametrize("at", [0, 65_535, 262_143, 262_144, 300_000, 524_288])
def test_bad_bytes_are_found_in_every_block(at: int) -> None:
    """The line number counts the lines of all blocks."""
    before = b"#\n" * (at // 2)
    line = at // 2 + 1
    assert b"NUL" in refused(before + b"#\0", line)
    assert b"NUL" in refused(before + b"#\0#\n#\n", line)
    assert b"4096" in refused(before + b"#" * 5000, line)
    assert b"unknown event" in refused(before + b"xyzzy", line)


def in_little_memory(*arguments: str, trace: bytes) -> Run:
    """Runs the replayer in an address space of 16 MiB."""
    limited = ["sh", "-c", 'ulimit -v 16384 && exec "$@"', "sh", *RUNNER, PROGRAM, *arguments]
    return subprocess.run(limited, input=trace, capture_output=True, timeout=60, check=False)


def test_a_long_trace_takes_constant_memory() -> None:
    """64 MiB of events, four times what there is."""
    count = (64 << 20) // len(PAIR)
    run = in_little_memory(trace=PAIR * count)
    assert (run.returncode, run.stderr) == (0, b"")
    assert run.stdout.startswith(b"<stdin>: %d events, %d accepted, 0 rejected" % (2 * count, 2 * count))


def test_many_answers_take_constant_memory() -> None:
    """100000 rejections, said in both ways."""
    assert in_little_memory(trace=b"logoff\n" * 100_000).stdout.count(b"\n") == 100_001
    assert len(answers(in_little_memory("--json", trace=b"logoff\n" * 100_000))) == 100_001


def test_a_line_without_end_takes_constant_memory() -> None:
    """64 MiB of one line are refused as soon as it is too long."""
    run = in_little_memory(trace=b"x" * (64 << 20))
    assert (run.returncode, run.stdout) == (2, b"")
    assert run.stderr.startswith(b"<stdin>:1: error: ")


# What is said of events and files


def test_sentences_are_not_mixed_up(tmp_path: Path) -> None:
    """Sentences are kept for when the same is asked again; so what was asked before must not matter, here of 1200 different ones."""
    names = []
    for count in range(300):
        begin = b"mapi_initialize\nmapi_logon_ex\n" + b"open_message_store\n" * count
        for last in (b"logoff", b"logoff ui", b"release_session", b"mapi_uninitialize"):
            names.append(f"{len(names)}.trace")
            (tmp_path / names[-1]).write_bytes(begin + last)
    said = replay(*names, cwd=tmp_path).stdout.splitlines()
    assert sorted(said) == sorted(replay(*reversed(names), cwd=tmp_path).stdout.splitlines())
    # and beside that, each number of message stores is in the sentences of its own four files
    first_objects = [line for line in said if b"release-objects-first" in line]
    assert len(first_objects) > 250
    for line in first_objects:
        count = int(line.split(b".")[0]) // 4
        assert b" %d message store" % count in line


def test_json_has_the_keys_that_apply() -> None:
    """reason only where rejected, rule only where one is named, warnings only where there are some."""
    trace = (b"mapi_initialize\nlogoff\nrelease_session\nadvise\nmapi_logon_ex owner\nunadvise\nlogoff ui\n"
             b"submit_message\nsubmit_message\nlogoff\nopen_message_store\n")
    run = replay("--json", trace=trace)
    assert (run.returncode, run.stderr) == (1, b"")
    assert answers(run) == [
        {"line": 1, "event": "mapi_initialize", "verdict": "accepted", "state": "initialized"},
        {"line": 2, "event": "logoff", "verdict": "rejected", "state": "initialized", "reason": "state"},
        {"line": 3, "event": "release_session", "verdict": "rejected", "state": "initialized", "reason": "state"},
        {"line": 4, "event": "advise", "verdict": "rejected", "state": "initialized", "reason": "state"},
        {"line": 5, "event": "mapi_logon_ex", "verdict": "accepted", "state": "logged_on"},
        {"line": 6, "event": "unadvise", "verdict": "rejected", "state": "logged_on", "reason": "not_held"},
        {"line": 7, "event": "logoff", "verdict": "rejected", "state": "logged_on", "reason": "need",
         "rule": "logoff-ui-not-allowed"},
        {"line": 8, "event": "submit_message", "verdict": "accepted", "state": "logged_on"},
        {"line": 9, "event": "submit_message", "verdict": "accepted", "state": "logged_on"},
        {"line": 10, "event": "logoff", "verdict": "accepted", "state": "logged_off",
         "warnings": ["outbound-left", "others-not-notified"]},
        {"line": 11, "event": "open_message_store", "verdict": "rejected", "state": "logged_off", "reason": "state",
         "rule": "session-logged-off"},
        {"events": 11, "accepted": 5, "rejected": 6, "state": "logged_off", "finished": False,
         "outstanding": {"mapi": 1, "session_refs": 1, "outbound": 2}, "file": "<stdin>"},
    ]


def test_text_says_rejected_and_warned_events_and_one_closing_line() -> None:
    """Nothing is said of the others."""
    trace = b"# start\nlogoff\nmapi_initialize\nmapi_logon_ex owner\nadvise\nlogoff\nunadvise\nlogoff\n"
    run = replay(trace=trace)
    assert (run.returncode, run.stderr) == (1, b"")
    at_start, with_registration, warned, end = run.stdout.splitlines()
    assert at_start.startswith(b"<stdin>:2: ") and b"rejected" in at_start and b"mapi-first" in at_start
    assert with_registration.startswith(b"<stdin>:6: ") and b"rejected" in with_registration
    assert b"unadvise-first" in with_registration
    assert warned.startswith(b"<stdin>:8: ") and b"warning" in warned and b"rejected" not in warned
    assert end == (b"<stdin>: 7 events, 5 accepted (1 with a warning), 2 rejected; "
                   b"not finished: in state logged_off, outstanding: mapi 1, session_refs 1")


@pytest.mark.parametrize(("trace", "end"), [
    (b"", b"0 events, 0 accepted, 0 rejected; finished in state mapi_uninitialized"),
    (b"mapi_initialize\n", b"1 event, 1 accepted, 0 rejected; not finished: in state initialized, outstanding: mapi 1"),
    (PAIR, b"2 events, 2 accepted, 0 rejected; finished in state mapi_uninitialized"),
    (b"ole_initialize", b"1 event, 1 accepted, 0 rejected; "
                        b"not finished: in state mapi_uninitialized, outstanding: ole 1"),
])
def test_the_closing_line_says_how_it_ends(trace: bytes, end: bytes) -> None:
    """The counts, and whether the lifecycle is finished."""
    assert replay(trace=trace).stdout == b"<stdin>: " + end + b"\n"


@pytest.mark.parametrize(("trace", "status"), [
    (b"", 0),
    (PAIR, 0),
    (b"mapi_initialize\nmapi_logon_ex\nsubmit_message\nlogoff\nrelease_session\nmapi_uninitialize\n", 0),
    (b"mapi_initialize\n", 1),
    (b"ole_initialize\n", 1),
    (PAIR + b"logoff\n", 1),
    (PAIR + b"xyzzy\n", 2),
    (b"logoff\nxyzzy\n", 2),
])
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_exit_status(trace: bytes, status: int, options: tuple[str, ...]) -> None:
    """0: nothing rejected, and finished (warnings and what may remain are no faults); 1 if not; 2: bad input."""
    assert replay(*options, trace=trace).returncode == status


# Files


@pytest.fixture(name="files")
def make_files(tmp_path: Path) -> Path:
    """A directory with a trace of each exit status."""
    (tmp_path / "fine").write_bytes(PAIR)
    (tmp_path / "faulty").write_bytes(b"logoff\n")
    (tmp_path / "bad").write_bytes(b"mapi_initialize\nxyzzy\nmapi_uninitialize\n")
    (tmp_path / "directory").mkdir()
    return tmp_path


@pytest.mark.parametrize(("names", "status"), [
    ("fine", 0), ("fine fine", 0), ("faulty", 1), ("fine faulty", 1), ("faulty fine", 1), ("bad", 2),
    ("bad faulty fine", 2), ("fine bad faulty", 2), ("faulty bad", 2), ("missing", 2), ("missing fine", 2),
    ("fine directory faulty", 2),
])
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_the_exit_status_is_the_highest(files: Path, names: str, status: int, options: tuple[str, ...]) -> None:
    """Of any file, in any order."""
    assert replay(*options, *names.split(), cwd=files).returncode == status


def test_after_a_bad_file_comes_the_next(files: Path) -> None:
    """What was said of it stays, its closing object tells the error, and each file has a fresh machine."""
    run = replay("--json", "faulty", "bad", "fine", "fine", cwd=files)
    closing = {"state": "mapi_uninitialized", "finished": True, "outstanding": {}}
    fine = [
        {"line": 1, "event": "mapi_initialize", "verdict": "accepted", "state": "initialized"},
        {"line": 2, "event": "mapi_uninitialize", "verdict": "accepted", "state": "mapi_uninitialized"},
        {"events": 2, "accepted": 2, "rejected": 0, **closing, "file": "fine"},
    ]
    assert answers(run) == [
        {"line": 1, "event": "logoff", "verdict": "rejected", "state": "mapi_uninitialized", "reason": "state",
         "rule": "mapi-first"},
        {"events": 1, "accepted": 0, "rejected": 1, **closing, "file": "faulty"},
        {"line": 1, "event": "mapi_initialize", "verdict": "accepted", "state": "initialized"},
        {"events": 1, "accepted": 1, "rejected": 0, "state": "initialized", "finished": False, "outstanding": {"mapi": 1},
         "file": "bad", "error": "line 2: " + run.stderr.decode().partition(": error: ")[2].rstrip()},
        *fine,
        *fine,
    ]
    assert run.stderr.startswith(b"bad:2: error: ") and run.stderr.count(b"\n") == 1


def test_output_and_errors_come_in_order(files: Path) -> None:
    """On one stream, each line stands where it belongs."""
    (files / "bad").write_bytes(b"logoff\nxyzzy\n")
    command = [*RUNNER, PROGRAM, "faulty", "bad", "missing", "directory", "fine"]
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=files, check=False)
    places = [b"faulty:1: ", b"faulty: ", b"bad:1: ", b"bad:2: error: ", b"missing: error: ", b"directory: error: ",
              b"fine: "]
    lines = run.stdout.splitlines()
    assert len(lines) == len(places)
    assert all(line.startswith(place) for line, place in zip(lines, places, strict=True)), lines


@pytest.mark.parametrize("name", ["missing", "directory", "fine/below", "", "x" * 5000], ids=short)
def test_a_file_that_cannot_be_opened_has_no_line(files: Path, name: str) -> None:
    """It is named, with the reason, and nothing is said of it on standard output."""
    run = replay(name, cwd=files)
    assert (run.returncode, run.stdout) == (2, b"")
    assert run.stderr.startswith(name.encode() + b": error: ") and run.stderr.count(b"\n") == 1


def test_a_file_that_cannot_be_read_on_is_named_with_the_line() -> None:
    """A terminal whose other end is gone gives what was written to it, then an error."""
    reader, writer = pty.openpty()
    try:
        tty.setraw(writer)
        os.write(writer, b"mapi_initialize\n\nmapi_init")
        os.close(writer)
        run = subprocess.run([*RUNNER, PROGRAM, "--json"], stdin=reader, capture_output=True, timeout=60, check=False)
    finally:
        os.close(reader)
    assert [answer.get("line") for answer in answers(run)] == [1, None]
    assert run.returncode == 2
    assert run.stderr.startswith(b"<stdin>:3: error: ")


def test_a_closed_standard_input_cannot_be_read() -> None:
    """It is said as of any file."""
    run = subprocess.run(["sh", "-c", 'exec "$@" <&-', "sh", *RUNNER, PROGRAM], capture_output=True, timeout=60, check=False)
    assert (run.returncode, run.stdout) == (2, b"")
    assert run.stderr.startswith(b"<stdin>: error: ")


def test_standard_input_is_a_file_like_others(files: Path) -> None:
    """`-` is standard input wherever it stands, and each file is called by its name."""
    run = replay("faulty", "-", "fine", trace=b"\nlogoff\n", cwd=files)
    places = [line.split(b" ")[0] for line in run.stdout.splitlines()]
    assert places == [b"faulty:1:", b"faulty:", b"<stdin>:2:", b"<stdin>:", b"fine:"]


def test_a_file_is_bytes(files: Path) -> None:
    """Some systems take a control character for the end of a text, and a CR before it for none."""
    (files / "trace").write_bytes(b"mapi_initialize # \x1a\nlogoff\r\r\n")
    run = replay("trace", cwd=files)
    assert (run.returncode, run.stdout) == (2, b"")
    assert run.stderr.startswith(b"trace:2: error: ")


@pytest.mark.parametrize(("name", "text", "in_json"), [
    (b"./50%s n", b"./50%s n", "./50%s n"),
    ("./é\\\"".encode(), "./é\\\"".encode(), "./é\\\""),
    (b"./n\xff", rb"./n\xff", r"./n\xff"),
    (b"./\x1b[31m\x7f", rb"./\x1b[31m\x7f", "./\x1b[31m\x7f"),
    (b"./\xc2\x9b\xe2\x80\xae\xc0\xaf\xed\xa0\x80", rb"./\xc2\x9b\xe2\x80\xae\xc0\xaf\xed\xa0\x80",
     "./\u009b\u202e" + r"\xc0\xaf\xed\xa0\x80"),
])
def test_a_name_is_said_as_given(files: Path, name: bytes, text: bytes, in_json: str) -> None:
    """But for what a terminal obeys, and what is not UTF-8."""
    path = os.fsdecode(name)
    (files / path).write_bytes(b"logoff\nxyzzy\n")
    run = replay(path, cwd=files)
    assert run.stdout.startswith(text + b":1: ")
    assert run.stderr.startswith(text + b":2: error: ")
    run = replay("--json", path, cwd=files)
    assert answers(run)[-1]["file"] == in_json
    assert run.stdout.decode().isascii() or "é" in in_json


@pytest.mark.parametrize("count", [1, 100_000])
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_full_disk_is_said_once(count: int, options: tuple[str, ...]) -> None:
    """Output that is lost is an error, however late it is noticed."""
    with open("/dev/full", "wb") as full:
        run = subprocess.run([*RUNNER, PROGRAM, *options], input=b"logoff\n" * count, stdout=full, stderr=subprocess.PIPE,
                             timeout=60, check=False)
    assert run.returncode == 2
    assert run.stderr.startswith(b"mapi_session-replay: error: ") and run.stderr.count(b"\n") == 1


def test_a_closed_standard_output_is_said(files: Path) -> None:
    """The trace, which gets its descriptor, is not written to."""
    run = subprocess.run(["sh", "-c", 'exec "$@" fine fine >&-', "sh", *RUNNER, PROGRAM], cwd=files, stderr=subprocess.PIPE,
                         timeout=60, check=False)
    assert run.returncode == 2
    assert run.stderr.count(b"\n") == 1
    assert (files / "fine").read_bytes() == PAIR


# The command line


def test_help_says_it_all() -> None:
    """The options, the exit statuses, and the events with their arguments."""
    run = replay("--help")
    assert (run.returncode, run.stderr) == (0, b"")
    for part in (b"FILE", b"--json", b"--version", b"Exit status", b"  logoff [ui] [shared]\n", b"  advise\n"):
        assert part in run.stdout


def test_version_names_the_program() -> None:
    """And says one line."""
    run = replay("--version")
    assert (run.returncode, run.stderr) == (0, b"")
    assert run.stdout.startswith(b"mapi_session-replay ") and run.stdout.count(b"\n") == 1


@pytest.mark.parametrize(("option", "hint"), [
    ("--jsno", b"--json"), ("--JSON", b"--json"), ("--verison", b"--version"), ("--json=lines", b"--help"),
    ("-x", b"--help"), ("---", b"--help"), ("--\x1b[31m", b"--help"),
])
def test_an_unknown_option_is_wrong_use(files: Path, option: str, hint: bytes) -> None:
    """No file is replayed then."""
    run = replay("faulty", option, cwd=files)
    assert (run.returncode, run.stdout) == (2, b"")
    assert run.stderr.startswith(b"mapi_session-replay: error: ") and hint in run.stderr
    assert all(32 <= byte < 127 for byte in run.stderr[:-1])


def test_options_end_at_two_dashes(files: Path) -> None:
    """What follows is a file, whatever its name; a single dash is standard input all the same."""
    (files / "--json").write_bytes(b"logoff\n")
    run = replay("--", "--json", "-", cwd=files)
    assert [line.split(b" ")[0] for line in run.stdout.splitlines()] == [b"--json:1:", b"--json:", b"<stdin>:"]


def test_options_may_follow_files(files: Path) -> None:
    """They hold for all files."""
    assert len(answers(replay("fine", "--json", "fine", cwd=files))) == 6


# The source


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_the_source_compiles_without_a_warning(compiler: str) -> None:
    """As C99 and POSIX, for a lifecycle with all there is and for one with no holdings and no arguments."""
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    for name in ("mapi_session", "message_service"):
        subprocess.run([
            compiler, "-std=c99", "-D_POSIX_C_SOURCE=200809L", "-O2", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion",
            "-Wshadow", "-Werror", f"-DLASTCALL_HEADER=<{name}.h>", f"-DLASTCALL_NAME={name}",
            f"-DLASTCALL_CONSTANT={name.upper()}", f"-D{name.upper()}_IMPLEMENTATION", "-I", ROOT / "build", "-c",
            ROOT / "runtime" / "replay.c", "-o", "/dev/null",
        ], check=True)


@pytest.mark.parametrize("name", ["trace", "request", "machine", "put", "before", "word", "line"])
def test_the_lifecycle_may_be_called_as_something_is_in_the_source(name: str, tmp_path: Path) -> None:
    """Its type has the lifecycle's name, and many a lifecycle has one that the source uses for a variable."""
    header = (ROOT / "build" / "message_service.h").read_text(encoding="utf-8")
    header = header.replace("message_service", name).replace("MESSAGE_SERVICE", name.upper())
    (tmp_path / "lifecycle.h").write_text(header, encoding="utf-8")
    subprocess.run([
        "cc", "-std=c99", "-D_POSIX_C_SOURCE=200809L", "-fsyntax-only", "-DLASTCALL_HEADER=<lifecycle.h>",
        f"-DLASTCALL_NAME={name}", f"-DLASTCALL_CONSTANT={name.upper()}", f"-D{name.upper()}_IMPLEMENTATION", "-I", tmp_path,
        ROOT / "runtime" / "replay.c",
    ], check=True)
