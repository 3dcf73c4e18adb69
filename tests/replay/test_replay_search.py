"""--finish says that there is no way only where there is none: held against a plain search, on lifecycles made at random.

The search here goes over gen/interpret.py's configurations, and knows nothing of the header or of the replayer.
"""

import json
import random
import subprocess
from collections import Counter, deque
from dataclasses import dataclass
from pathlib import Path

import pytest

import lastcall
from embedded import model_of
from header.header import header
from interpret import Configuration, apply, finished, initial, judge
from machine.ragel import compile_machine
from model import Lifecycle
from random_lifecycles import lifecycle
from toolchain import CC_OF_LASTCALL, RUNNER

ROOT = Path(__file__).resolve().parents[2]
LIFECYCLES, BATCHES, TRACES, LENGTH = 24, 2, 6, 8
LOOKED_AT = 3000
"""Configurations after which the search here gives up."""

ADVICE = {
    "stream": """
lifecycle: stream
states: {off: {initial: yes, final: yes}, on: {}, open: {}, running: {}}
choices: {given_back: [{when: inits, to: stay}, {to: off}]}
holdings: {inits: {one: initialisation, title: initialisations}, streams: {one: stream, title: streams}}
rules: {close-first: {title: every stream is closed before the last terminate}}
events:
  initialize: {takes: inits, moves: {off: on, any: stay}}
  open_stream: {takes: streams, moves: {on: open}}
  start: {moves: {open: running}}
  stop: {moves: {running: open}}
  close_stream: {gives_back: streams, moves: {open: on}}
  terminate: {gives_back: inits, needs: {no streams or inits > 1: close-first}, moves: {"on, open, running": given_back}}
""",
    "refs": """
lifecycle: refs
states: {none: {initial: yes, final: yes}, open: {}, closed: {}}
choices: {unreferenced: [{when: refs, to: stay}, {to: none}]}
holdings: {refs: {one: reference, title: references}}
rules: {close-first: {title: closed before the last reference is dropped}}
events:
  open: {takes: refs, moves: {none: open}}
  ref: {takes: refs, moves: {"open, closed": stay}}
  close: {moves: {open: closed}}
  unref: {gives_back: refs, moves: {open: {to: unreferenced, needs: {refs > 1: close-first}}, closed: unreferenced}}
""",
    "two_phase_close": """
lifecycle: two_phase_close
states: {none: {initial: yes, final: yes}, live: {}}
holdings:
  handles: {one: open handle, title: open handles}
  closing: {one: closing handle, title: closing handles}
rules: {all-closed: {title: every handle is closed and its callback has run before the loop is closed}}
events:
  loop_init: {moves: {none: live}}
  handle_init: {takes: handles, moves: {live: stay}}
  uv_close: {gives_back: handles, takes: closing, moves: {live: stay}}
  uv_run: {gives_back: closing, moves: {live: stay}}
  loop_close: {needs: {no handles and no closing: all-closed}, moves: {live: none}}
""",
    "det": """
lifecycle: det
states: {a: {initial: yes}, b: {final: yes}}
facts: {ready: {title: it is ready}}
rules: {prepare-first: {title: prepare comes first}}
events:
  prepare: {sets: ready, moves: {a: stay}}
  finish: {needs: {ready: prepare-first}, moves: {a: b}}
""",
    "transfer": """
lifecycle: transfer
title: What was submitted is given back by a callback
states: {idle: {initial: yes, final: yes}, busy: {}}
holdings: {pending: {one: transfer, title: transfers}}
events:
  submit: {takes: pending, moves: {any: busy}}
  completed: {awaited: yes, gives_back: pending, moves: {busy: stay}}
  close: {needs: {no pending: all-back}, moves: {busy: idle}}
rules: {all-back: {title: every transfer has come back}}
""",
    "crowd": """
lifecycle: crowd
title: Many arguments, two of which must come together, and one of a fact that the end needs
states: {a: {initial: yes}, b: {final: yes}}
facts: {ready: {}}
rules: {both: {title: the first and the last come together}, ready-first: {title: it is ready}}
events:
  call:
    needs: {with zero and with eleven: both}
    args: {zero: {}, one: {}, two: {}, three: {}, four: {}, five: {}, six: {}, seven: {}, eight: {}, nine: {}, ten: {},
           eleven: {sets: ready}}
    moves: {a: stay}
  finish: {needs: {ready: ready-first}, moves: {a: b}}
""",
    "endless": """
lifecycle: endless
title: What can always be taken, and a state that is never left
states: {a: {initial: yes, final: yes}, b: {}}
holdings: {h: {one: h, title: hs}, k: {one: k, title: ks}}
events:
  fall: {takes: h, moves: {a: b}}
  more: {takes: h, moves: {b: stay}}
  others: {takes: k, moves: {b: stay}}
""",
}
"""Lifecycles whose end the header's own way misses, most of them after public bug reports."""


@dataclass(frozen=True)
class Found:
    """What a search here came to: the events of a shortest way (None: there is none), or whether it gave up."""

    length: int | None
    gave_up: bool = False


def searched(model: Lifecycle, start: Configuration) -> Found:
    """A shortest way to the end, looked for everywhere."""
    steps = [(event, set_) for event, each in enumerate(model.events) for set_ in range(1 << len(each.arguments))]
    seen, queue = {start}, deque([(start, 0)])
    while queue:
        here, length = queue.popleft()
        if finished(model, here):
            return Found(length)
        for event, arguments in steps:
            if judge(model, here, event, arguments).accepted:
                there = apply(model, here, event, arguments)
                if there not in seen:
                    if len(seen) == LOOKED_AT:
                        return Found(None, gave_up=True)
                    seen.add(there)
                    queue.append((there, length + 1))
    return Found(None)


def replayer(model: Lifecycle, folder: Path) -> Path:
    """The replayer of a model."""
    (folder / "lifecycle.h").write_text(header(model, compile_machine(model)), encoding="utf-8")
    program = folder / "replayer"
    name = model.name
    subprocess.run([
        "cc", "-std=c99", "-O0", "-D_POSIX_C_SOURCE=200809L", "-DLASTCALL_HEADER=<lifecycle.h>", f"-DLASTCALL_NAME={name}",
        f"-DLASTCALL_CONSTANT={name.upper()}", f"-D{name.upper()}_IMPLEMENTATION", "-I", folder, ROOT / "runtime" / "replay.c",
        "-o", program,
    ], check=True)
    return program


def run(program: Path, trace: str, *options: str) -> subprocess.CompletedProcess[str]:
    """What a replayer says of a trace."""
    return subprocess.run([*RUNNER, program, *options], input=trace, capture_output=True, text=True, timeout=120, check=False)


def wandered(model: Lifecycle, chance: random.Random) -> tuple[str, Configuration]:
    """A trace, and where it leads; what is rejected in it changes nothing."""
    here, lines = initial(model), []
    for _ in range(chance.randrange(LENGTH + 1)):
        event = chance.randrange(len(model.events))
        names = [argument.name for argument in model.events[event].arguments]
        arguments = chance.randrange(1 << len(names))
        if judge(model, here, event, arguments).accepted:
            here = apply(model, here, event, arguments)
        lines.append(" ".join([model.events[event].name, *(n for i, n in enumerate(names) if arguments >> i & 1)]))
    return "".join(f"{line}\n" for line in lines), here


def judged(model: Lifecycle, start: Configuration, way: str) -> int:
    """The length of a way, each event of which is accepted, and which ends finished."""
    events = {event.name: index for index, event in enumerate(model.events)}
    here, length = start, 0
    for line in way.splitlines():
        words = line.partition("#")[0].split()
        if words:
            event = events[words[0]]
            known = [argument.name for argument in model.events[event].arguments]
            arguments = sum(1 << known.index(word) for word in words[1:])
            assert judge(model, here, event, arguments).accepted, line
            here = apply(model, here, event, arguments)
            length += 1
    assert finished(model, here)
    return length


def check(model: Lifecycle, start: Configuration, done: subprocess.CompletedProcess[str]) -> str:
    """Holds what --finish has said against the search. Gives what there was: a way, no way, or too much to search."""
    found = searched(model, start)
    if done.returncode == 0:
        length = judged(model, start, done.stdout)
        assert found.gave_up or length == found.length
    else:
        assert (done.returncode, done.stdout) == (1, "")
        said_none = "no legal way leads to the end" in done.stderr
        assert said_none or "the search was cut short" in done.stderr
        assert found.length is None and (said_none or found.gave_up)
    return "unknown" if found.gave_up else "none" if found.length is None else "way"


@pytest.mark.parametrize("batch", range(BATCHES))
def test_of_lifecycles_made_at_random(batch: int, tmp_path: Path) -> None:
    """A way where there is one, and it is a shortest; that there is none only where there is none. There are some of both."""
    counted: Counter[str] = Counter()
    for seed in range(batch, LIFECYCLES, BATCHES):
        model = lifecycle(seed)
        program = replayer(model, tmp_path)
        chance = random.Random(seed)
        for _ in range(TRACES):
            trace, start = wandered(model, chance)
            if not searched(model, start).gave_up:
                counted[check(model, start, run(program, trace, "--finish"))] += 1
            if not model.facts:  # which --json does not tell
                trace, _ = wandered(model, chance)
                end = json.loads(run(program, trace, "--observe", "--json").stdout.splitlines()[-1])
                state = [state.name for state in model.states].index(end["state"])
                counts = tuple(end["outstanding"].get(holding.name, 0) for holding in model.holdings)
                start = Configuration(state, counts, ())
                if not searched(model, start).gave_up:
                    counted["observed " + check(model, start, run(program, trace, "--finish", "--observe"))] += 1
    assert counted["way"] > 5 and counted["none"] > 5, counted
    assert counted["observed way"] + counted["observed none"] > 0, counted


@pytest.fixture(name="advice", scope="module")
def make_advice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The replayers of the lifecycles above."""
    folder = tmp_path_factory.mktemp("advice")
    for name, text in ADVICE.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        assert lastcall.command("build", folder / f"{name}.yaml", "-o", folder, **CC_OF_LASTCALL).status == 0
    return folder


@pytest.mark.parametrize(("name", "trace", "way"), [
    ("stream", "initialize open_stream start", "stop close_stream terminate"),
    ("stream", "initialize initialize open_stream start", "terminate stop close_stream terminate"),
    ("refs", "open", "close unref"),
    ("refs", "open ref ref", "unref unref close unref"),
    ("two_phase_close", "loop_init handle_init", "uv_close uv_run loop_close"),
    ("det", "", "prepare finish"),
])
def test_a_way_that_the_header_misses_is_found(advice: Path, name: str, trace: str, way: str) -> None:
    """And it is a shortest: as long as the one that a person sees, and legal."""
    model = model_of(ADVICE[name])
    start = initial(model)
    for word in trace.split():
        start = apply(model, start, [event.name for event in model.events].index(word))
    done = run(advice / f"{name}-replay", "\n".join(trace.split()), "--finish")
    assert (done.returncode, done.stderr) == (0, "")
    assert judged(model, start, done.stdout) == len(way.split())


def test_a_way_may_need_arguments_together(advice: Path) -> None:
    """Of many arguments those sets are tried that hold one or two."""
    done = run(advice / "crowd-replay", "", "--finish")
    assert (done.returncode, done.stdout, done.stderr) == (0, "call zero eleven\nfinish\n", "")


def test_what_nobody_calls_is_waited_for(advice: Path) -> None:
    """It stands in the way with a comment, so that the way is a trace all the same."""
    done = run(advice / "transfer-replay", "submit\n", "--finish")
    assert (done.returncode, done.stdout, done.stderr) == (0, "completed # wait for it\nclose\n", "")
    assert "0 rejected; finished in state idle" in run(advice / "transfer-replay", "submit\n" + done.stdout).stdout


def test_a_search_that_was_cut_short_says_so(advice: Path) -> None:
    """It has looked at a million configurations, and cannot know."""
    done = run(advice / "endless-replay", "fall\n", "--finish")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "<stdin>: no legal way to the end was found, and there may be one: the search was cut short after 1048576 "
        "configurations; it began in state b; still to be given back: h 1\n")


def test_a_way_is_found_though_the_shortest_cannot_be_searched_for(advice: Path) -> None:
    """Two thousand handles have two million configurations on the way. That there may be a shorter one is said."""
    handles = 2000
    trace = "loop_init\n" + "handle_init\n" * handles
    done = run(advice / "two_phase_close-replay", trace, "--finish")
    assert (done.returncode, done.stderr) == (0, "")
    first, *way = done.stdout.splitlines()
    assert first.startswith("#") and "shorter" in first
    assert Counter(way) == {"uv_close": handles, "uv_run": handles, "loop_close": 1}
    assert "0 rejected; finished in state none" in run(advice / "two_phase_close-replay", trace + done.stdout).stdout
