"""The runner of the documents itself: what is wrong in a document, or with a replayer, must not pass."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import replayer
from document import DocumentError, read
from witness import judge

TESTS = Path(__file__).resolve().parents[1]

GOOD = """# A document
Prose.

```lifecycle
name: mapi_session
initial: mapi_uninitialized
final: mapi_uninitialized
may remain: outbound
```

## Where the table starts

| given     | events                             | state     | held                   |
|-----------|------------------------------------|-----------|------------------------|
| a session | mapi_initialize; mapi_logon_ex     | logged_on | mapi 1, session_refs 1 |
| a message | a session; submit_message          | logged_on | mapi 1, session_refs 1, outbound 1 |

## A trace

```trace
given: a session
mapi_initialize x 3                 => logged_on
submit_message                      => logged_on
logoff ui                           => rejected: need logoff-ui-not-allowed
release_message_store               => rejected: not_held
end_session                         => ready_to_log_off warns: outbound-left
logoff                              => logged_off warns: outbound-left
(end) => logged_off, not finished, holding mapi 4, session_refs 1, outbound 1
```

## A table

| event               | a session                  | a message                             |
|---------------------|----------------------------|---------------------------------------|
| message_transmitted | rejected: not_held         | logged_on -outbound                   |
| open_message_store  | logged_on +message_stores  | logged_on +message_stores             |
| end_session         | ready_to_log_off           | ready_to_log_off warns: outbound-left |

## An end

```trace
(end) => mapi_uninitialized, finished, holding nothing
```

## An owner

```trace
given: mapi_initialize; mapi_logon_ex owner; submit_message => logged_on
delete_provider_dll  => rejected: state no-dll-delete
critical_error       => ready_to_log_off
logoff               => logged_off warns: outbound-left, others-not-notified
release_session      => initialized
(end) => initialized, not finished, holding mapi 1, outbound 1
```
"""


def write(directory: Path, text: str) -> Path:
    """The text as a document."""
    path = directory / "a document.md"
    path.write_text(text, encoding="utf-8")
    return path


def changed(old: str, new: str) -> str:
    """The good document with one thing in it changed."""
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new)


def test_a_good_document_is_right(tmp_path: Path) -> None:
    """What the wrong ones below are made of is right itself, and nothing in it is left out."""
    document = read(write(tmp_path, GOOD))
    assert [example.title for example in document.examples] == [
        "A trace",
        "A table: message_transmitted in a session", "A table: message_transmitted in a message",
        "A table: open_message_store in a session", "A table: open_message_store in a message",
        "A table: end_session in a session", "A table: end_session in a message",
        "An end", "An owner",
    ]
    assert judge(document, tmp_path / "replay") == [None] * 9


WRONG_EXPECTATIONS = (
    # what was there                            what is wrongly expected                which example fails
    ("(end) => mapi_uninitialized, finished",   "(end) => mapi_uninitialized, not finished",            7),
    ("(end) => mapi_uninitialized, finished",   "(end) => initialized, finished",                       7),
    ("finished, holding nothing",               "finished, holding outbound 1",                         7),
    ("(end) => logged_off, not finished",       "(end) => logged_off, finished",                        0),
    ("holding mapi 4, session_refs 1, out",     "holding mapi 3, session_refs 1, out",                  0),
    ("mapi 4, session_refs 1, outbound 1",      "mapi 4, session_refs 1",                               0),
    ("x 3                 => logged_on",        "x 4                 => logged_on",                     0),
    ("x 3                 => logged_on",        "x 3                 => initialized",                   0),
    ("x 3                 => logged_on",        "x 3                 => rejected: limit",               0),
    ("need logoff-ui-not-allowed",              "need unadvise-first",                                  0),
    ("need logoff-ui-not-allowed",              "state logoff-ui-not-allowed",                          0),
    ("need logoff-ui-not-allowed",              "state",                                                0),
    ("rejected: need logoff-ui-not-allowed",    "logged_off",                                           0),
    ("release_message_store               =",   "release_session                     =",                0),
    ("off warns: outbound-left\n(end)",         "off\n(end)",                                           0),
    ("off warns: outbound-left\n(end)",         "off warns: others-not-notified\n(end)",                0),
    ("off warns: outbound-left\n(end)",         "off warns: outbound-left, outbound-left\n(end)",       0),
    ("outbound-left, others-not-notified",      "others-not-notified, outbound-left",                   8),
    ("outbound-left, others-not-notified",      "outbound-left",                                        8),
    ("state no-dll-delete",                     "state",                                                8),
    ("state no-dll-delete",                     "state mapi-first",                                     8),
    ("rejected: state no-dll-delete",           "rejected: not_held",                                   8),
    ("mapi_logon_ex owner; submit_message =",   "mapi_logon_ex; submit_message =",                      8),
    ("owner; submit_message => logged_on",      "owner; submit_message => initialized",                 8),
    ("submit_message => logged_on",             "submit_message; mapi_logon_ex => logged_on",           8),
    ("submit_message => logged_on",             "submit_mesage => logged_on",                           8),
    ("mapi_logon_ex owner",                     "mapi_logon_ex oner",                                   8),
    ("rejected: not_held         |",            "logged_on                  |",                         1),
    ("rejected: not_held         |",            "rejected: state            |",                         1),
    ("| logged_on -outbound  ",                 "| logged_on            ",                              2),
    ("| logged_on -outbound  ",                 "| logged_on -outbound +mapi ",                         2),
    ("logged_on +message_stores  |",            "logged_on                  |",                         3),
    ("logged_on +message_stores  |",            "logged_on +status_tables   |",                         3),
    ("logged_on +message_stores             |", "initialized +message_stores           |",              4),
    ("| ready_to_log_off           |",          "| logged_on                  |",                       5),
    ("| ready_to_log_off warns: outbound-left", "| ready_to_log_off ",                                  6),
    ("| ready_to_log_off           |",          "| ready_to_log_off warns: outbound-left |",            5),
)


@pytest.mark.parametrize(("old", "new", "example"), WRONG_EXPECTATIONS, ids=range(len(WRONG_EXPECTATIONS)))
def test_a_wrong_expectation_fails(old: str, new: str, example: int, tmp_path: Path) -> None:
    """A document that expects something else fails in that example, and in no other."""
    problems = judge(read(write(tmp_path, changed(old, new))), tmp_path / "replay")
    assert [number for number, problem in enumerate(problems) if problem] == [example], problems
    assert "a document.md:" in problems[example]


def test_wrong_setups_fail_where_they_are_used(tmp_path: Path) -> None:
    """A setup that does not lead where it says, or does not hold what it says, spoils its cells."""
    wrong = changed("mapi_logon_ex     | logged_on | mapi 1, session_refs 1 |",
                    "mapi_logon_ex     | logged_on | mapi 2, session_refs 1 |")
    problems = judge(read(write(tmp_path, wrong)), tmp_path / "held")
    assert [number for number, problem in enumerate(problems) if problem] == [1, 3, 5]
    wrong = changed("mapi_logon_ex     | logged_on", "mapi_logon_ex     | initialized")
    problems = judge(read(write(tmp_path, wrong)), tmp_path / "state")
    assert all(problems[:7]) and not any(problems[7:])


UNREADABLE = (
    ("```trace\n(end)", "```text\n(end)", "not a kind of block: 'text'"),
    ("```trace\n(end)", "``` trace x\n(end)", "not a kind of block: 'trace x'"),
    ("```trace\n(end)", "~~~trace\n(end)", "neither prose nor a part of a test"),
    ("```trace\n(end)", " ```trace\n(end)", "neither prose nor a part of a test"),
    ("```trace\n(end)", "(end)", "neither prose nor a part of a test"),
    ("## An end", "##An end", "neither prose nor a part of a test"),
    ("Prose.", "Prose.\nlogoff => logged_off", "neither prose nor a part of a test"),
    ("Prose.", "Prose.\n    | event | a session |", "neither prose nor a part of a test"),
    ("(end) => mapi_uninitialized, finished, holding nothing\n```\n", "(end)\n", "never closed"),
    ("(end) => mapi_uninitialized, finished, holding nothing\n", "", "this trace has no (end)"),
    ("(end) => mapi_uninitialized, finished, holding nothing\n", "(end)\n", "no answer is expected"),
    ("(end) => mapi_uninitialized, finished, holding nothing\n", "(end) =>\n", "no answer is expected"),
    ("mapi_uninitialized, finished, holding nothing", "mapi_uninitialized, finished", "not an end"),
    ("mapi_uninitialized, finished, holding nothing", "mapi_uninitialized, done, holding nothing",
     "not an end"),
    ("holding nothing", "holding mapi", "not a list of counts"),
    ("holding nothing", "holding mapi 0", "not a list of counts"),
    ("holding nothing", "holding mapi 1, mapi 1", "not a list of counts"),
    ("holding nothing\n", "holding nothing\nlogoff => logged_off\n", "after the end"),
    ("=> rejected: not_held\n", "=>\n", "no answer is expected of 'release_message_store'"),
    ("             => rejected: not_held\n", "\n", "no answer is expected of 'release_message_store'"),
    ("=> rejected: not_held\n", "=> rejected\n", "not an answer: 'rejected'"),
    ("=> rejected: not_held\n", "=> rejected: need\n", "not an answer"),
    ("=> rejected: not_held\n", "=> rejected: not_held some-rule\n", "not an answer"),
    ("=> rejected: not_held\n", "=> rejected: because\n", "not an answer"),
    ("=> rejected: not_held\n", "=> logged_on -message_stores\n", "in tables only"),
    ("=> rejected: not_held\n", "=> logged_on warns:\n", "not an answer"),
    ("=> rejected: not_held\n", "=> logged_on, ready\n", "not an answer"),
    ("logoff ui  ", "logoff UI  ", "not an event: 'logoff UI'"),
    ("logoff ui  ", "logoff ui x 0", "not an event"),
    ("logoff ui  ", "logoff ui 3", "not an event"),
    ("logoff ui  ", "given: a session\nlogoff ui  ", "given: comes first"),
    ("given: a session\n", "given: a sessoin\n", "not a setup, and no state is said"),
    ("given: a session\n", "given: mapi_initialize; mapi_logon_ex\n", "not a setup, and no state is said"),
    ("given: a session\n", "given: a session => initialized\n", "does not lead to 'initialized'"),
    ("given: a session\n", "given: a session; => logged_on\n", "not an event: ''"),
    ("| event               | a session ", "| event               | a sessoin ", "not a setup: 'a sessoin'"),
    ("| event      ", "| events     ", "not the heading of a table"),
    ("| given     |", "| setup     |", "not the heading of a table"),
    ("| rejected: not_held         | logged_on -outbound                   |",
     "| rejected: not_held         |", "2 cells under 3 headings"),
    ("| rejected: not_held         |", "|                            |", "not an answer: ''"),
    ("| rejected: not_held         |", "| ?                          |", "not an answer: '?'"),
    ("| logged_on -outbound                   |", "| logged_on -outbound", "a row of a table ends with |"),
    ("| open_message_store  |", "| message_transmitted |", "meets 'a session' twice"),
    ("| a message | a session; submit_message  ", "| a session | a session; submit_message  ",
     "there is a setup 'a session' already"),
    ("| a message | a session; submit_message ", "| a message | nothing ", "the state is the initial one"),
    ("| a message                             |\n|", "| a session                             |\n|",
     "meets 'a session' twice"),
    ("## An end", "## A table", "there is a section 'A table' already"),
    ("## An end", "## Nothing\n\nBut prose.\n\n## An end", "nothing is tested under 'Nothing'"),
    ("## An end", "## Much\n\n### Nothing\n\n## An end", "nothing is tested under 'Nothing'"),
    ("## An end\n", "", "'A table' has its test already"),
    ("name: mapi_session\n", "", "with name, initial and final"),
    ("name: mapi_session\n", "name: mapi_session\nname: mapi_session\n", "not a line of a lifecycle block"),
    ("name: mapi_session\n", "named: mapi_session\n", "not a line of a lifecycle block"),
    ("may remain: outbound\n```\n", "may remain: outbound\n```\n```lifecycle\nname: x\ninitial: x\nfinal: x\n```\n",
     "one lifecycle block"),
)


@pytest.mark.parametrize(("old", "new", "message"), UNREADABLE, ids=range(len(UNREADABLE)))
def test_a_document_that_cannot_be_read_is_an_error(old: str, new: str, message: str,
                                                    tmp_path: Path) -> None:
    """Nothing is skipped: the error says where and what."""
    with pytest.raises(DocumentError) as caught:
        read(write(tmp_path, changed(old, new)))
    assert message in str(caught.value)
    assert str(caught.value).startswith("a document.md:")


WITHOUT_A_TEST = (
    ("", "no lifecycle block"),
    ("# Only prose\n\nNothing to test.\n", "nothing is tested under 'Only prose'"),
    (GOOD[:GOOD.index("## Where")], "nothing is tested here"),
    (GOOD[:GOOD.index("## A trace")], "nothing is tested here"),
    (GOOD[:GOOD.index("## A table")], "no test uses: a message"),
    (GOOD[GOOD.index("## A trace"):], "not a setup"),
    (GOOD[GOOD.index("| given"):], "the lifecycle block comes before"),
    (GOOD[:GOOD.index("| a session | mapi_init")], "an empty table"),
    (GOOD[:GOOD.index("|-----------|---")], "a line of dashes"),
)


@pytest.mark.parametrize(("text", "message"), WITHOUT_A_TEST, ids=range(len(WITHOUT_A_TEST)))
def test_a_document_without_a_test_is_an_error(text: str, message: str, tmp_path: Path) -> None:
    """A document that is cut short tests nothing, or not all of it."""
    with pytest.raises(DocumentError) as caught:
        read(write(tmp_path, text))
    assert message in str(caught.value)


# ------------------------------------------------------------------------------------ observed events

OBSERVED = """# A document about observed events

```lifecycle
name: mapi_session
initial: mapi_uninitialized
final: mapi_uninitialized
may remain: outbound
mode: observe
```

## Where the table starts

| given     | events                                          | state     | held                                     |
|-----------|-------------------------------------------------|-----------|------------------------------------------|
| a message | mapi_initialize; mapi_logon_ex; submit_message  | logged_on | mapi 1, session_refs 1, outbound 1       |

## A trace

```trace
given: a message
open_message_store  => logged_on
logoff              => logged_off although rejected: need release-objects-first
release_session     => initialized
mapi_uninitialize   => mapi_uninitialized
(end) => mapi_uninitialized, not finished, holding message_stores 1, outbound 1, leaking message_stores 1
```

## A table

| event           | a message                                                        |
|-----------------|------------------------------------------------------------------|
| release_session | logged_on -session_refs although rejected: need logoff-first     |
| end_session     | ready_to_log_off warns: outbound-left                            |

## An end

```trace
(end) => mapi_uninitialized, finished, holding nothing, leaking nothing
```
"""


def observed(old: str, new: str) -> str:
    """The document about observed events with one thing in it changed."""
    assert OBSERVED.count(old) == 1, old
    return OBSERVED.replace(old, new)


def test_a_good_document_about_observed_events_is_right(tmp_path: Path) -> None:
    """What the wrong ones below are made of is right itself."""
    assert judge(read(write(tmp_path, OBSERVED)), tmp_path / "replay") == [None] * 4


@pytest.mark.parametrize(("old", "new", "example"), (
    ("logged_off although rejected: need", "logged_on although rejected: need", 0),
    ("logged_off although rejected: need release-objects-first", "logged_off although rejected: need unadvise-first", 0),
    ("logged_off although rejected: need release-objects-first", "logged_off", 0),
    ("leaking message_stores 1", "leaking nothing", 0),
    ("leaking message_stores 1", "leaking message_stores 1, outbound 1", 0),
    ("leaking message_stores 1", "leaking message_stores 2", 0),
    ("holding message_stores 1, outbound 1,", "holding message_stores 1,", 0),
    ("logged_on -session_refs although", "logged_on although", 1),
    ("logged_on -session_refs although", "logged_on -session_refs -mapi although", 1),
    ("logged_on -session_refs although", "initialized -session_refs although", 1),
    ("| ready_to_log_off ", "| ready_to_log_off -outbound ", 2),
    ("holding nothing, leaking nothing", "holding nothing, leaking mapi 1", 3),
))
def test_a_wrong_expectation_of_observed_events_fails(old: str, new: str, example: int, tmp_path: Path) -> None:
    """A document that expects something else fails in that example, and in no other."""
    problems = judge(read(write(tmp_path, observed(old, new))), tmp_path / "replay")
    assert [number for number, problem in enumerate(problems) if problem] == [example], problems


@pytest.mark.parametrize(("text", "message"), (
    (observed("mode: observe\n", ""), "and only there"),
    (observed("mode: observe", "mode: enforce"), "the only mode"),
    (observed("mode: observe", "mode: observe, observe"), "the only mode"),
    (observed("logged_off although rejected: need", "rejected: need"), "and only there"),
    (observed("although rejected: need release-objects-first", "although rejected"), "not an answer"),
    (observed("although rejected: need release-objects-first", "although rejected: because"), "not an answer"),
    (observed("logged_off although", "logged_off -mapi although"), "in tables only"),
    (observed(", leaking message_stores 1", ""), "what leaks is said"),
    (observed("leaking message_stores 1", "leaking message_stores"), "not a list of counts"),
    (changed("rejected: need logoff-ui-not-allowed", "logged_off although rejected: need logoff-ui-not-allowed"),
     "and only there"),
    (changed("finished, holding nothing", "finished, holding nothing, leaking nothing"), "what leaks is said"),
), ids=range(11))
def test_observed_events_where_they_do_not_belong(text: str, message: str, tmp_path: Path) -> None:
    """The two ways to write an answer are not mixed."""
    with pytest.raises(DocumentError) as caught:
        read(write(tmp_path, text))
    assert message in str(caught.value)


# ------------------------------------------------------------------------------------ wrong replayers

SHORT = """# A short document

```lifecycle
name: mapi_session
initial: mapi_uninitialized
final: mapi_uninitialized
```

## One event

```trace
mapi_initialize => initialized
(end) => initialized, not finished, holding mapi 1
```
"""
EVENT = '{"line": 1, "event": "mapi_initialize", "verdict": "accepted", "state": "initialized"}\n'
END = ('{"events": 1, "accepted": 1, "rejected": 0, "state": "initialized", "finished": false, '
       '"outstanding": {"mapi": 1}, "file": "0.trace"}\n')


def judge_pretender(output: str, status: int, errors: str, directory: Path,
                    monkeypatch: pytest.MonkeyPatch) -> str | None:
    """The verdict on the short document, with a replayer that says just this."""
    program = directory / "mapi_session-replay"
    program.write_text(f"#!/bin/sh\nprintf '%s' '{output}'\nprintf '%s' '{errors}' >&2\nexit {status}\n")
    program.chmod(0o755)
    monkeypatch.setattr(replayer, "BUILD", directory)
    [problem] = judge(read(write(directory, SHORT)), directory / "replay")
    return problem


def test_a_right_replayer_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pretender below is caught for what it says, not for what it is."""
    assert judge_pretender(EVENT + END, 1, "", tmp_path, monkeypatch) is None
    other_order = '{"file":"0.trace","outstanding":{"mapi":1},"finished":false,"state":"initialized","rejected":0,' \
                  '"accepted":1,"events":1}\n'
    assert judge_pretender(EVENT + other_order, 1, "", tmp_path, monkeypatch) is None


WRONG_REPLAYERS = (
    ("", 1, ""),
    (EVENT, 1, ""),
    (END, 1, ""),
    (EVENT + END, 0, ""),
    (EVENT + END, 2, ""),
    (EVENT + END, 139, ""),
    (EVENT + END, 1, "0.trace:1: error: no"),
    (EVENT + END + END, 1, ""),
    (EVENT + END + "\n", 1, ""),
    (EVENT + EVENT + END, 1, ""),
    (END + EVENT, 1, ""),
    ("initialized\n" + END, 1, ""),
    ("[]\n" + END, 1, ""),
    (EVENT.replace("1,", "2,") + END, 1, ""),
    (EVENT.replace("1,", '"1",') + END, 1, ""),
    (EVENT.replace("mapi_initialize", "ole_initialize") + END, 1, ""),
    (EVENT.replace("}", ', "warnings": []}') + END, 1, ""),
    (EVENT.replace("}", ', "rule": null}') + END, 1, ""),
    (EVENT.replace("}", ', "reason": "state"}') + END, 1, ""),
    (EVENT.replace('"verdict": "accepted", ', "") + END, 1, ""),
    (EVENT + END.replace("false", "0"), 1, ""),
    (EVENT + END.replace("false", "true"), 1, ""),
    (EVENT + END.replace('"mapi": 1', ""), 1, ""),
    (EVENT + END.replace('"mapi": 1', '"mapi": 1, "ole": 0'), 1, ""),
    (EVENT + END.replace('"rejected": 0', '"rejected": 1'), 1, ""),
    (EVENT + END.replace('"accepted": 1, ', ""), 1, ""),
)


@pytest.mark.parametrize(("output", "status", "errors"), WRONG_REPLAYERS, ids=range(len(WRONG_REPLAYERS)))
def test_a_wrong_replayer_fails(output: str, status: int, errors: str, tmp_path: Path,
                                monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever differs in output, exit status or standard error is found."""
    assert judge_pretender(output, status, errors, tmp_path, monkeypatch)


def test_a_missing_replayer_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the program nothing passes."""
    monkeypatch.setattr(replayer, "BUILD", tmp_path)
    with pytest.raises(FileNotFoundError, match="run ninja first"):
        judge(read(write(tmp_path, SHORT)), tmp_path / "replay")


@pytest.mark.parametrize(("name", "text", "failures"), (
    ("broken.md", "# Broken\n\n```trice\n```\n", ("broken: can be read", "not a kind of block")),
    ("broken.md", "", ("broken: can be read", "no lifecycle block")),
    ("short.txt", SHORT, ("test_documents_and_tables_agree",)),
    (None, "", ("test_documents_and_tables_agree", "test_every_event_is_tried_in_every_state")),
), ids=("block", "empty", "name", "none"))
def test_the_whole_run_fails(name: str | None, text: str, failures: tuple[str, ...], tmp_path: Path) -> None:
    """pytest does not pass over a document that cannot be read, nor over a directory without any."""
    (tmp_path / "replay").mkdir()
    for path in (*TESTS.glob("shared/*.py"), TESTS / "replay" / "test_documents.py"):
        shutil.copy(path, tmp_path / "replay")
    documents = tmp_path / "documents"
    documents.mkdir()
    if name:
        (documents / name).write_text(text, encoding="utf-8")
    run = subprocess.run([sys.executable, "-B", "-m", "pytest", "-p", "no:cacheprovider", "-q", "--rootdir",
                          tmp_path, tmp_path / "replay" / "test_documents.py"], cwd=tmp_path, capture_output=True,
                         text=True, check=False, timeout=60)
    assert run.returncode == pytest.ExitCode.TESTS_FAILED, run.stdout + run.stderr
    for failure in failures:
        assert failure in run.stdout
