"""Every example of documents/*.md is a test: a trace under its title, or a cell of a table."""

import functools
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from document import Document, DocumentError, Example, Step, read
from mapi_tables import LIFECYCLES, MAPI_SESSION, Lifecycle, Machine, answers
from random_traces import traces
from witness import expected_answer, judge, open_keys, same

DOCUMENTS = Path(__file__).resolve().parents[1] / "documents"
PATHS = sorted(path for path in DOCUMENTS.iterdir() if not path.is_dir())  # a folder has a runner of its own
LONG = 1000  # events; a longer trace is about the limits, and too slow for the tables in Python


def examples() -> Iterator[object]:
    """A parameter for each example; for a document that cannot be read, one that fails."""
    for path in PATHS:
        try:
            titles = [example.title for example in read(path).examples]
        except (DocumentError, OSError, ValueError):
            titles = ["can be read"]
        for number, title in enumerate(titles):
            yield pytest.param(path, number, id=f"{path.stem}: {title}")


@functools.cache
def judged(path: Path) -> list[str | None]:
    """The verdict on each example of a document; a document is replayed once, when it is first asked for."""
    with tempfile.TemporaryDirectory() as directory:
        return judge(read(path), Path(directory))


@pytest.mark.parametrize(("path", "number"), examples())
def test_document(path: Path, number: int) -> None:
    """The replayer answers as the document says."""
    if problem := judged(path)[number]:
        pytest.fail(problem, pytrace=False)


# --------------------------------------------------------------- what the documents speak of, and agree on

@functools.cache
def documents() -> tuple[Document, ...]:
    """All documents, which must be there."""
    assert PATHS and all(path.suffix == ".md" for path in PATHS), PATHS
    return tuple(read(path) for path in PATHS)


def about(lifecycle: Lifecycle, observing: bool = False) -> list[tuple[Document, Example]]:
    """The examples of a lifecycle, of the documents that observe events or of those that do not."""
    found = [(document, example) for document in documents()
             if document.lifecycle == lifecycle.name and document.observing == observing
             for example in document.examples]
    assert found
    return found


def follow(lifecycle: Lifecycle, observing: bool = False) -> Iterator[tuple[str, str, Step, dict]]:
    """Fires all short examples at the tables: the place, the state before, the step, and what is said."""
    for document, example in about(lifecycle, observing):
        if sum(step.times for step in example.steps) > LONG:
            continue
        machine = Machine(lifecycle)
        for step in example.steps:
            for _ in range(step.times):
                before, judge_and_follow = machine.state, machine.observe if observing else machine.fire
                said = judge_and_follow(step.event, set(step.arguments))
                yield f"{document.path.name}:{step.line}: {example.title}", before, step, said
        place = f"{document.path.name}:{example.end.line}: {example.title}"
        assert machine.state == example.end.state, place
        assert machine.finished() == example.end.finished, place
        assert machine.outstanding() == example.end.held, place
        assert machine.leaked() == example.end.leaked or not observing, place


@pytest.mark.parametrize("observing", (False, True), ids=("enforcing", "observing"))
@pytest.mark.parametrize("lifecycle", LIFECYCLES.values(), ids=LIFECYCLES)
def test_documents_and_tables_agree(lifecycle: Lifecycle, observing: bool) -> None:
    """The two witnesses, documents and mapi_tables.py, say the same, whatever the replayer says."""
    for place, _before, step, said in follow(lifecycle, observing):
        left_open = open_keys(step.answer)
        assert same({"line": 1} | said, expected_answer(1, step), left_open), (place, said)


@pytest.mark.parametrize("lifecycle", LIFECYCLES.values(), ids=LIFECYCLES)
def test_every_event_is_tried_in_every_state(lifecycle: Lifecycle) -> None:
    """The tables of the documents leave no pair of state and event out."""
    swept = {example.swept for _document, example in about(lifecycle)}
    missing = {(state, event) for state in lifecycle.states for event in lifecycle.events()} - swept
    assert not missing


@pytest.mark.parametrize("lifecycle", LIFECYCLES.values(), ids=LIFECYCLES)
def test_what_random_traces_meet_stands_in_a_document(lifecycle: Lifecycle) -> None:
    """Whatever can become of an event in a state (by the tables) is shown in some document."""
    shown = {outcome(before, said) for _place, before, _step, said in follow(lifecycle)}
    met = set()
    for lines in traces(lifecycle, seed=1, count=300, length=200):
        before = lifecycle.states[0]
        for said in answers(lifecycle, lines)[:-1]:
            met.add(outcome(before, said))
            before = said["state"]
    missing = sorted(map(str, met - shown))
    assert not missing, "\n".join(missing)


def outcome(before: str, said: dict) -> tuple:
    """What became of an event, so that two outcomes that differ in anything but counts are two."""
    return (said["event"], before, said["state"], said.get("reason"), said.get("rule"),
            tuple(said.get("warnings", ())))


def test_every_holding_is_brought_to_its_limit() -> None:
    """There is a rejection for the limit of each event that takes something."""
    limited = {step.event for _document, example in about(MAPI_SESSION) for step in example.steps
               if step.answer.reason == "limit"}
    assert {move[3] for move in MAPI_SESSION.moves if move[3]} == set(MAPI_SESSION.holdings)
    # session_refs are taken by the logon too, which is only possible when none is held
    assert limited == {move[0] for move in MAPI_SESSION.moves if move[3]} - {"mapi_logon_ex"}
