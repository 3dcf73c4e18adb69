"""The replayer's --observe: it judges as ever, but follows what really happened, and says at the end what leaked.

What follows in each case is written in documents/observing.md; here it is what the replayer says of it.
"""

import ctypes
import random
import subprocess
from pathlib import Path

import pytest

import lastcall
from mapi_tables import LIFECYCLES, LIMIT, MAPI_SESSION, Lifecycle, answers
from random_traces import any_event, mood, traces
from replayer import judged, replay as replay_traces
from test_replay import in_little_memory, replay
from test_replay import answers as answers_of

LEAKING = (b"mapi_initialize\nmapi_logon_ex owner\nopen_message_store\nopen_address_book\nopen_message_store\n"
           b"submit_message\nlogoff\nrelease_session\nmapi_uninitialize\n")


def test_text_says_what_was_followed_and_what_leaked() -> None:
    """The state after a rejected event stands behind its explanation, the leak at the end of the closing line."""
    run = replay("--observe", trace=LEAKING)
    assert (run.returncode, run.stderr) == (1, b"")
    rejected, end = run.stdout.decode().splitlines()
    assert rejected.startswith("<stdin>:7: ") and "rejected" in rejected and "release-objects-first" in rejected
    assert rejected.endswith(" The event happened all the same; the state is now logged_off.")
    assert end == ("<stdin>: 9 events, 8 accepted, 1 rejected; not finished: in state mapi_uninitialized, outstanding: "
                   "message_stores 2, address_books 1, outbound 1; leaked: message_stores 2, address_books 1")


def test_without_the_option_nothing_is_followed() -> None:
    """The same trace stays logged on, and nothing is called leaked."""
    run = replay(trace=LEAKING)
    assert b"happened all the same" not in run.stdout and b"leaked" not in run.stdout
    assert b"not finished: in state logged_on" in run.stdout
    assert "leaked" not in answers_of(replay("--json", trace=LEAKING))[-1]


def test_accepted_events_are_said_as_ever() -> None:
    """A warning is no rejection: that the event happened needs no word."""
    trace = (b"mapi_initialize\nmapi_logon_ex\nsubmit_message\nlogoff\nrelease_session\nmapi_uninitialize\n")
    run = replay("--observe", trace=trace)
    assert (run.returncode, run.stdout, run.stderr) == (0, replay(trace=trace).stdout, b"")
    assert b"warning" in run.stdout and b"leaked" not in run.stdout


def test_json_has_the_state_after_and_what_leaked() -> None:
    """The lines are as without the option, but for the state; `leaked` follows `outstanding`."""
    run = replay("--json", "--observe", trace=LEAKING)
    *events, end = answers_of(run)
    assert events[6] == {"line": 7, "event": "logoff", "verdict": "rejected", "state": "logged_off", "reason": "need",
                         "rule": "release-objects-first"}
    assert end == {"events": 9, "accepted": 8, "rejected": 1, "state": "mapi_uninitialized", "finished": False,
                   "outstanding": {"message_stores": 2, "address_books": 1, "outbound": 1},
                   "leaked": {"message_stores": 2, "address_books": 1}, "file": "<stdin>"}
    assert list(end)[-3:] == ["outstanding", "leaked", "file"]


def test_json_says_so_when_nothing_leaked() -> None:
    """The key is always there."""
    assert answers_of(replay("--json", "--observe", trace=b""))[-1]["leaked"] == {}


@pytest.mark.parametrize(("trace", "status"), [
    (b"", 0),
    (b"mapi_initialize\nmapi_uninitialize\n", 0),
    (b"mapi_initialize\n", 1),
    (LEAKING, 1),
    (b"mapi_initialize\nmapi_initialize\nlogoff\nrelease_session\nmapi_uninitialize\nmapi_uninitialize\n", 1),
    (b"delete_provider_dll\n", 1),
    (b"logoff\nxyzzy\n", 2),
])
@pytest.mark.parametrize("options", [("--observe",), ("--observe", "--json")])
def test_exit_status(trace: bytes, status: int, options: tuple[str, ...]) -> None:
    """As ever: a rejected event is a fault also where the lifecycle is finished in spite of it."""
    assert replay(*options, trace=trace).returncode == status


def test_each_file_is_observed_anew(tmp_path: Path) -> None:
    """What leaked in one is not in the next."""
    (tmp_path / "leaking").write_bytes(LEAKING)
    (tmp_path / "fine").write_bytes(b"mapi_initialize\nmapi_uninitialize\n")
    run = replay("leaking", "--observe", "fine", cwd=tmp_path)
    assert run.stdout.count(b"leaked") == 1
    assert run.stdout.endswith(b"\nfine: 2 events, 2 accepted, 0 rejected; finished in state mapi_uninitialized\n")


@pytest.mark.parametrize("name", LIFECYCLES)
def test_random_traces_are_followed_as_the_tables_say(name: str, tmp_path: Path) -> None:
    """Every answer, and what is outstanding and leaked at the end, in traces with all kinds of faults."""
    lifecycle = LIFECYCLES[name]
    hold(lifecycle, [*traces(lifecycle, 40, 200, 200), *blind_traces(lifecycle, 41, 200, 200)], tmp_path)


def blind_traces(lifecycle: Lifecycle, seed: int, count: int, length: int) -> list[list[str]]:
    """Events that do not care what is allowed."""
    chance = random.Random(seed)
    found = []
    for _ in range(count):
        mix = mood(lifecycle, chance)
        events = (any_event(lifecycle, chance, *mix) for _ in range(length))
        found.append([" ".join((event, *arguments)) for event, arguments in events])
    return found


def test_random_traces_near_the_limit(tmp_path: Path) -> None:
    """Counts that are full stay full, whatever is wrong with the event that would take more."""
    start = ["mapi_initialize", "mapi_logon_ex", *["open_message_store"] * (LIMIT - 2)]
    [blind] = blind_traces(MAPI_SESSION, 42, 1, 200)
    more = [line for line in blind for line in (line, "open_message_store", "release_message_store")]
    hold(MAPI_SESSION, [[*start, *["open_message_store"] * 4, *blind], [*start, *more]], tmp_path)


def hold(lifecycle: Lifecycle, lines: list[list[str]], directory: Path) -> None:
    """Compares what the replayer says of the traces with what the tables say."""
    run = replay_traces(lifecycle.name, [[f"{line}\n" for line in trace] for trace in lines], directory, "--observe")
    assert not run.errors
    each = [answers(lifecycle, trace, observing=True) for trace in lines]
    for number, of_file in enumerate(each):
        of_file[-1]["file"] = f"{number}.trace"
    expected = [answer for of_file in each for answer in of_file]
    for number, (line, answer) in enumerate(zip(run.lines(), expected, strict=True)):
        assert judged(line) == answer, f"answer {number}"
    ends = [answer for answer in expected if "events" in answer]
    assert run.status == int(any(end["rejected"] or not end["finished"] for end in ends))


def test_many_rejections_take_constant_memory() -> None:
    """100000 of them."""
    assert in_little_memory("--observe", trace=b"logoff\n" * 100_000).stdout.count(b"\n") == 100_001


STORE = """
lifecycle: store
title: What may be left, alone and in groups
states:
  open: {initial: yes, final: yes, title: open}
holdings:
  boxes: {one: box, title: boxes}
  labels: {one: label, title: labels, may_remain: yes}
  crates: {one: crate, title: crates}
  notes: {one: note, title: notes, may_remain: yes}
groups:
  papers: [labels, notes]
  things: [boxes, labels]
  heavy: [boxes, crates]
events:
  fetch: {takes: [boxes, crates, labels, notes], moves: {open: stay}}
"""


def test_the_header_says_what_may_remain(tmp_path: Path) -> None:
    """A holding that is declared so; a group if each of its members may; nothing else."""
    (tmp_path / "store.yaml").write_text(STORE, encoding="utf-8")
    run = lastcall.command("header", tmp_path / "store.yaml", "-o", tmp_path / "store.h")
    assert run.status == 0, run.stderr
    subprocess.run(["cc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-DSTORE_IMPLEMENTATION", "-x", "c",
                    tmp_path / "store.h", "-o", tmp_path / "store.so"], check=True)
    may_remain = ctypes.CDLL(str(tmp_path / "store.so")).store_may_remain
    may_remain.restype = ctypes.c_bool
    asked = [*range(8), 0xFFFFFFFF]
    names = ["boxes", "labels", "crates", "notes", "papers", "things", "heavy"]
    assert [number for number in asked if may_remain(ctypes.c_uint(number))] == [
        names.index("labels"), names.index("notes"), names.index("papers")]
