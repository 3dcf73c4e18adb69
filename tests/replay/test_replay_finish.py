"""The replayer's --finish: the way from where a trace stops to the end, itself a trace.

That NAME_next gives a shortest way is tested in test_next.py; here it is that the way is printed, that it
replays cleanly, and what is said where there is none.
"""

import os
import random
import subprocess
from pathlib import Path

import pytest

import lastcall
from mapi_tables import LIFECYCLES, LIMIT, MAPI_SESSION, Machine
from random_traces import traces
from test_replay import PROGRAM, Run, answers, in_little_memory, replay
from toolchain import CC_OF_LASTCALL, RUNNER

SESSION = b"mapi_initialize\nmapi_logon_ex\n"
FROM_SESSION = b"logoff\nrelease_session\nmapi_uninitialize\n"

TRAP = """
lifecycle: trap
title: A state that nothing leads out of, and something that must be given back first
states:
  outside: {initial: yes, final: yes, title: outside}
  hall: {title: in the hall}
  cellar: {title: in the cellar}
holdings:
  coats: {one: coat, title: coats}
  keys: {one: key, title: keys, may_remain: yes}
events:
  enter: {moves: {outside: hall}}
  hang: {takes: coats, moves: {hall: stay}}
  borrow: {takes: keys, moves: {hall: stay}}
  fetch: {gives_back: coats, moves: {hall: stay}}
  fall: {moves: {hall: cellar}}
  leave: {moves: {hall: outside}}
"""


def finish(trace: bytes, *options: str) -> Run:
    """Runs the replayer with --finish."""
    return replay("--finish", *options, trace=trace)


def way(trace: bytes, *options: str) -> bytes:
    """The way that is printed, which there must be."""
    run = finish(trace, *options)
    assert run.returncode == 0, run.stderr
    return run.stdout


# The way


@pytest.mark.parametrize(("trace", "expected"), [
    (b"", b""),
    (b"mapi_initialize\nmapi_uninitialize\n", b""),
    (b"mapi_initialize\n", b"mapi_uninitialize\n"),
    (b"mapi_initialize\nmapi_initialize", b"mapi_uninitialize\nmapi_uninitialize\n"),
    (b"ole_initialize\n", b"ole_uninitialize\n"),
    (SESSION, FROM_SESSION),
    (SESSION + b"logoff\n", b"release_session\nmapi_uninitialize\n"),
    (SESSION + b"submit_message\nsubmit_message\n", FROM_SESSION),
    (SESSION + b"advise\nend_session\n", b"unadvise\n" + FROM_SESSION),
    (b"# nothing happens\n\n", b""),
])
def test_the_way_is_printed(trace: bytes, expected: bytes) -> None:
    """An event a line, and nothing else; empty if the lifecycle is finished. What may remain is left."""
    run = finish(trace)
    assert (run.returncode, run.stdout, run.stderr) == (0, expected, b"")


@pytest.mark.parametrize(("logon", "logoff"), [
    (b"", b"logoff"), (b"ui", b"logoff ui"), (b"owner", b"logoff shared"), (b"owner ui", b"logoff ui shared"),
    (b"guest", b"logoff"), (b"guest ui", b"logoff ui"),
])
@pytest.mark.parametrize("more", [b"", b"critical_error\n"])
def test_logoff_has_its_arguments_where_they_are_allowed(logon: bytes, logoff: bytes, more: bytes) -> None:
    """`ui` where a user interface is allowed, `shared` where the session is owned."""
    start = b"mapi_initialize\nmapi_logon_ex " + logon + b"\n" + more
    assert way(start).splitlines() == [logoff, b"release_session", b"mapi_uninitialize"]


def test_the_way_begins_where_accepted_events_have_led() -> None:
    """A rejected event has changed nothing; it is said on standard error, and a warning too."""
    trace = SESSION + b"submit_message\nopen_message_store\nlogoff\nend_session\n"
    run = finish(trace)
    assert (run.returncode, run.stdout) == (0, b"release_message_store\n" + FROM_SESSION)
    rejected, warned = run.stderr.splitlines()
    assert rejected.startswith(b"<stdin>:5: ") and b"rejected" in rejected and b"release-objects-first" in rejected
    assert warned.startswith(b"<stdin>:6: ") and b"warning" in warned


def test_the_way_begins_where_observed_events_have_led() -> None:
    """With --observe, the session is logged off, and the store given back too late is given back."""
    trace = SESSION + b"open_message_store\nlogoff\nrelease_message_store\n"
    run = finish(trace, "--observe")
    assert (run.returncode, run.stdout) == (0, b"release_session\nmapi_uninitialize\n")
    places = [line.split(b" ")[0] for line in run.stderr.splitlines()]
    assert places == [b"<stdin>:4:", b"<stdin>:5:"]
    assert run.stderr.count(b"The event happened all the same") == 2
    assert way(trace) == FROM_SESSION


@pytest.mark.parametrize("name", LIFECYCLES)
def test_the_way_replays_cleanly(name: str, tmp_path: Path) -> None:
    """From wherever random traces lead: the trace, less what is rejected in it, and the way are without fault."""
    lifecycle = LIFECYCLES[name]
    program = PROGRAM.parent / f"{name}-replay"
    chance = random.Random(5)
    lengths = set()
    for number, lines in enumerate(traces(lifecycle, 30, 150, 60)):
        machine, clean = Machine(lifecycle), []
        for line in lines[:chance.randrange(61)]:
            event, *arguments = line.split()
            if machine.fire(event, set(arguments))["verdict"] == "accepted":
                clean.append(f"{line}\n")
        trace = tmp_path / f"{number}.trace"
        trace.write_text("".join(clean), encoding="ascii")
        found = subprocess.run([*RUNNER, program, "--finish", trace], capture_output=True, text=True, timeout=60, check=False)
        assert found.returncode == 0, found.stderr
        trace.write_text("".join(clean) + found.stdout, encoding="ascii")
        done = subprocess.run([*RUNNER, program, trace], capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        assert "0 rejected; finished in state" in done.stdout
        for line in found.stdout.splitlines():
            event, *arguments = line.split()
            assert arguments == (allowed_at_logoff(machine) if event == "logoff" else [])
        lengths.add(found.stdout.count("\n"))
    assert len(lengths) > 1


def allowed_at_logoff(machine: Machine) -> list[str]:
    """The arguments that a logoff may have, in the order of their declaration."""
    return [argument for argument, fact in (("ui", "ui"), ("shared", "owner")) if fact in machine.facts]


@pytest.mark.parametrize("options", [(), ("--observe",)])
def test_a_way_that_follows_rejections_is_legal_too(options: tuple[str, ...]) -> None:
    """Each event of it is accepted and the end is reached, if there is a way at all."""
    ways = 0
    for lines in traces(MAPI_SESSION, 31, 40, 40):
        trace = "".join(f"{line}\n" for line in lines).encode()
        run = finish(trace, *options)
        if options and run.returncode == 1:
            assert run.stdout == b""
            continue
        *events, end = answers(replay("--json", *options, trace=trace + run.stdout))
        assert all(event["verdict"] == "accepted" for event in events[len(lines):])
        assert end["finished"]
        ways += 1
    assert ways > 10


# No way


def test_what_was_leaked_is_given_back_where_it_can_be() -> None:
    """The session is logged off and its store cannot be released in it: only in another one, which the header does not know."""
    trace = SESSION + b"open_message_store\nlogoff\n"
    run = finish(trace, "--observe")
    assert run.returncode == 0
    [rejected] = run.stderr.splitlines()
    assert rejected.startswith(b"<stdin>:4: ")
    assert run.stdout.splitlines() == [b"release_session", b"mapi_logon_ex", b"release_message_store", b"logoff",
                                       b"release_session", b"mapi_uninitialize"]
    *events, end = answers(replay("--json", "--observe", trace=trace + run.stdout))
    assert [event["line"] for event in events if event["verdict"] == "rejected"] == [4]
    assert end["finished"]


@pytest.fixture(name="trap", scope="module")
def make_trap(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The replayer of a lifecycle with a trap."""
    folder = tmp_path_factory.mktemp("trap")
    (folder / "trap.yaml").write_text(TRAP, encoding="utf-8")
    run = lastcall.command("build", folder / "trap.yaml", "-o", folder, **CC_OF_LASTCALL)
    assert run.status == 0, run.stderr
    return folder / "trap-replay"


@pytest.mark.parametrize(("trace", "status", "stdout", "stderr"), [
    (b"enter\nborrow\nhang\n", 0, b"fetch\nleave\n", b""),
    (b"enter\nborrow\nhang\nfall\n", 1, b"",
     b"<stdin>: no legal way leads to the end from state cellar; still to be given back: coats 1\n"),
    (b"enter\nfall", 1, b"", b"<stdin>: no legal way leads to the end from state cellar\n"),
])
def test_a_trap(trap: Path, trace: bytes, status: int, stdout: bytes, stderr: bytes) -> None:
    """No way leads out of a trap; before it there is one."""
    run = subprocess.run([*RUNNER, trap, "--finish"], input=trace, capture_output=True, timeout=60, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (status, stdout, stderr)


# Bad input, wrong use, long ways


@pytest.mark.parametrize("trace", [
    b"xyzzy\n", SESSION + b"xyzzy\n", SESSION + b"logoff now\n", SESSION + b"\0", SESSION + b"#" * 5000,
    SESSION * 100_000 + b"xyzzy",
], ids=lambda trace: repr(trace[-12:]))
def test_bad_input_prints_no_way(trace: bytes) -> None:
    """The way would begin nobody knows where."""
    run = finish(trace)
    assert (run.returncode, run.stdout) == (2, b"")
    assert b": error: " in run.stderr.splitlines()[-1]


def test_rejections_and_bad_input_are_said_in_order() -> None:
    """Both on standard error."""
    run = finish(b"logoff\nmapi_initialize\nlogoff\nxyzzy\nlogoff\n")
    assert (run.returncode, run.stdout) == (2, b"")
    assert [line.split(b" ")[0] for line in run.stderr.splitlines()] == [b"<stdin>:1:", b"<stdin>:3:", b"<stdin>:4:"]


def test_a_file_that_cannot_be_read_has_no_way(tmp_path: Path) -> None:
    """It is named."""
    for name in ("missing", "."):
        run = replay("--finish", name, cwd=tmp_path)
        assert (run.returncode, run.stdout) == (2, b"")
        assert run.stderr.startswith(name.encode() + b": error: ")


@pytest.mark.parametrize(("arguments", "hint"), [
    (("--finish", "--json", "trace"), b"leave out --json"),
    (("--json", "trace", "--finish"), b"leave out --json"),
    (("--finish", "trace", "trace"), b"one FILE"),
    (("--finish", "trace", "-"), b"one FILE"),
    (("--finsh", "trace"), b"did you mean --finish?"),
    (("--observer", "trace"), b"did you mean --observe?"),
])
def test_wrong_use(arguments: tuple[str, ...], hint: bytes, tmp_path: Path) -> None:
    """Said before anything is read."""
    (tmp_path / "trace").write_bytes(SESSION)
    run = replay(*arguments, cwd=tmp_path)
    assert (run.returncode, run.stdout) == (2, b"")
    assert run.stderr.startswith(b"mapi_session-replay: error: ") and run.stderr.count(b"\n") == 1
    assert hint in run.stderr


def test_a_trace_comes_from_a_file_or_standard_input(tmp_path: Path) -> None:
    """As without the option."""
    (tmp_path / "trace").write_bytes(SESSION + b"logoff ui\n")
    run = replay("trace", "--finish", cwd=tmp_path)
    assert (run.returncode, run.stdout) == (0, FROM_SESSION)
    assert run.stderr.startswith(b"trace:3: ")
    assert replay("--finish", "-", trace=SESSION).stdout == FROM_SESSION


def test_help_names_the_options() -> None:
    """What they do and which exit status they give."""
    run = replay("--help")
    for part in (b"--finish", b"--observe", b"leaked", b"shortest legal way", b"With --finish: 0"):
        assert part in run.stdout


def test_a_long_way_takes_constant_memory() -> None:
    """Every count at its limit: the way has an event for each thing that is held, and is as right as any."""
    opened = ("message_store", "address_book", "status_table", "advise_sink", "outbox_folder", "other_object")
    full = LIMIT - 1
    trace = (b"mapi_initialize\nole_initialize\nsc_init_mapi_util\nmapi_logon_ex\n"
             + b"mapi_initialize\nole_initialize\nsc_init_mapi_util\naddref_session\n" * full
             + b"advise\ncache_entry_id\nsubmit_message\n" * LIMIT
             + b"".join(b"open_%s\n" % kind.encode() for kind in opened) * LIMIT)
    run = in_little_memory("--finish", trace=trace)
    assert (run.returncode, run.stderr) == (0, b"")
    assert run.stdout.count(b"\n") == 12 * LIMIT + 1  # 13 holdings but outbound, and the logoff
    *_warnings, end = in_little_memory(trace=trace + run.stdout).stdout.splitlines()
    assert end.endswith(b", 0 rejected; finished in state mapi_uninitialized; may remain: outbound %d" % LIMIT)


def test_a_full_disk_is_said() -> None:
    """A way that was not printed is not given out as printed."""
    with open("/dev/full", "wb") as full:
        run = subprocess.run([*RUNNER, PROGRAM, "--finish"], input=SESSION, stdout=full, stderr=subprocess.PIPE, timeout=60,
                             check=False)
    assert run.returncode == 2
    assert run.stderr.startswith(b"mapi_session-replay: error: ") and run.stderr.count(b"\n") == 1


def test_a_reader_that_goes_away_ends_it() -> None:
    """`--finish | head -1` is no fault to talk about."""
    reader, writer = os.pipe()
    os.close(reader)
    run = subprocess.run([*RUNNER, PROGRAM, "--finish"], input=SESSION, stdout=writer, stderr=subprocess.PIPE, timeout=60,
                         check=False, restore_signals=True)
    os.close(writer)
    assert run.returncode != 0 and run.stderr == b""
