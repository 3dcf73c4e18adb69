"""Random traces, replayed and held against the tables."""

from pathlib import Path

import pytest

from mapi_tables import LIFECYCLES, MAPI_SESSION, Lifecycle, answers
from random_traces import traces
from replayer import judged, replay

# lifecycle, seed, traces, events in each
RUNS = (
    ("mapi_session", 20, 300, 200),
    ("mapi_session", 21, 10, 2000),
    ("message_service", 22, 50, 100),
)


@pytest.mark.parametrize(("name", "seed", "count", "length"), RUNS)
def test_random_traces(name: str, seed: int, count: int, length: int, tmp_path: Path) -> None:
    """Each answer is the one that the tables give."""
    hold(LIFECYCLES[name], list(traces(LIFECYCLES[name], seed, count, length)), tmp_path)


@pytest.mark.parametrize("start", (
    ["mapi_initialize"] * 65533,
    ["mapi_initialize", "mapi_logon_ex owner", *["addref_session"] * 65532],
    ["mapi_initialize", "mapi_logon_ex ui", *["open_message_store"] * 65533],
    ["mapi_initialize", "mapi_logon_ex guest", *["submit_message"] * 65533],
), ids=lambda start: start[-1])
def test_random_work_near_a_limit(start: list[str], tmp_path: Path) -> None:
    """The same with one holding nearly full, so that it goes to the limit and comes back from it."""
    hold(MAPI_SESSION, list(traces(MAPI_SESSION, 23, 1, 1000, start)), tmp_path)


@pytest.mark.parametrize("lifecycle", LIFECYCLES.values(), ids=LIFECYCLES)
def test_random_traces_get_everywhere(lifecycle: Lifecycle) -> None:
    """Every state is reached and every event accepted, but those that never can be."""
    said = [answer for lines in traces(lifecycle, 20, 100, 200) for answer in answers(lifecycle, lines)[:-1]]
    accepted = [answer for answer in said if answer["verdict"] == "accepted"]
    assert {answer["state"] for answer in accepted} == set(lifecycle.states)
    assert {answer["event"] for answer in accepted} == {move[0] for move in lifecycle.moves}
    assert 0.1 < 1 - len(accepted) / len(said) < 0.6


def hold(lifecycle: Lifecycle, events: list[list[str]], directory: Path) -> None:
    """Replays the traces and compares every answer, and what follows from them for the process."""
    run = replay(lifecycle.name, [(f"{line}\n" for line in lines) for lines in events], directory)
    assert not run.errors
    expected = [answers(lifecycle, lines) for lines in events]
    for number, answer_list in enumerate(expected):
        answer_list[-1]["file"] = f"{number}.trace"
    said = [judged(line) for line in run.lines()]
    at = 0
    for number, (lines, answer_list) in enumerate(zip(events, expected, strict=True)):
        for index, answer in enumerate(answer_list):
            assert at < len(said), f"the output ends in {number}.trace"
            before = "; ".join(lines[max(0, index - 5):index + 1])
            assert said[at] == answer, f"{number}.trace:{index + 1}: … {before}"
            at += 1
    assert at == len(said)
    closing = [answer_list[-1] for answer_list in expected]
    assert run.status == int(any(end["rejected"] or not end["finished"] for end in closing))
