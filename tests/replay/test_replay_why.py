"""A rejection of --json says all that its sentence says, and its advice leads out: whoever follows it may make the call."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from lastcall import ROOT
from mapi_tables import LIFECYCLES
from random_traces import traces
from read.spec import read
from replayer import replay
from toolchain import BUILD, RUNNER

SPEC = ROOT / "spec" / "mapi_session.yaml"
PROGRAM = BUILD / "mapi_session-replay"


def run(trace: str, *options: str) -> list[str]:
    done = subprocess.run([*RUNNER, PROGRAM, *options], input=trace, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1) and not done.stderr
    return done.stdout.splitlines()


def test_it_says_what_the_sentence_says() -> None:
    """The message is the sentence of the text; call, source and what is held are the spec's and the machine's."""
    trace = "mapi_initialize\nmapi_logon_ex\nopen_message_store\nadvise\nlogoff\n"
    rejection = json.loads(run(trace, "--json")[4])
    assert run(trace)[0] == f"<stdin>:5: {rejection['message']}"
    assert rejection["call"] == "IMAPISession::Logoff"
    assert rejection["source"] == "https://learn.microsoft.com/office/client-developer/outlook/mapi/ending-a-mapi-session"
    assert rejection["held"] == {"mapi": 1, "session_refs": 1, "message_stores": 1, "advises": 1}
    assert rejection["advice"] == ["unadvise", "release_message_store"]


def test_what_there_is_not_is_left_out() -> None:
    """No rule, no source; no call, no call; no way, no advice."""
    rejection = json.loads(run("mapi_initialize\nend_session\n", "--json")[1])
    assert rejection["verdict"] == "rejected" and not {"rule", "source", "call"} & set(rejection)
    never = json.loads(run("delete_provider_dll\n", "--json")[0])
    assert never["held"] == {} and "advice" not in never


@pytest.mark.parametrize("seed", range(4))
def test_advice_leads_out(seed: int, tmp_path: Path, say: Callable[[str], None]) -> None:
    """After the events of the advice, in their order and each accepted, the rejected one is accepted."""
    model = read(str(SPEC))
    events = {event.name for event in model.events}
    followed = 0
    for number, trace in enumerate(traces(LIFECYCLES["mapi_session"], seed, 12, 60)):
        lines = [line.rstrip("\n") for line in trace]
        replayed = replay("mapi_session", ["".join(f"{line}\n" for line in trace)], tmp_path / str(number))
        answers = [json.loads(line) for line in replayed.lines()][:-1]
        accepted = [line for line, answer in zip(lines, answers, strict=True) if answer["verdict"] == "accepted"]
        for at, answer in enumerate(answers):
            if "advice" in answer and at % 7 == 0:
                before = [line for line, earlier in zip(lines[:at], answers) if earlier["verdict"] == "accepted"]
                assert all(step.split()[0] in events for step in answer["advice"])
                event = lines[at].split("#")[0].strip()
                again = "\n".join([*before, *answer["advice"], event]) + "\n"
                assert not [said for said in map(json.loads, run(again, "--json")) if said.get("verdict") == "rejected"], (answer, event)
                followed += 1
        assert accepted
    assert followed > 10
    say(f"{followed} rejections of mapi_session: the advice was followed to its end")
