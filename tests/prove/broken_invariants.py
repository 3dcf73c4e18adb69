"""Specs with an invariant that does not hold, because the spec or the invariant is wrong, and what proves that it does not.

`lastcall check` and SPIN each give a trace that breaks it. Each trace is as long as the shortest that there is, is accepted by
the replayer, and leads the compiled machine, from where it did not break the invariant, to where it does.
"""

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
for _folder in (ROOT / "gen", ROOT / "tests" / "fuzz"):
    sys.path.append(str(_folder))

import invariant_code  # noqa: E402  of tests/fuzz
from judge.promela import claim, promela, search  # noqa: E402
from machine.abstract import exact  # noqa: E402
from machine.explore import parse_trace, step_text  # noqa: E402
from model import Lifecycle  # noqa: E402
from read.spec import read  # noqa: E402

SPECS = (*sorted((ROOT / "spec").glob("*.yaml")), *sorted((ROOT / "tests" / "lifecycles").glob("*.yaml")))
FLAGS = ("-std=c99", "-O1", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror")


@dataclass(frozen=True)
class Broken:
    """A spec with a change (`old` to `new`, in its text) that breaks an invariant. Thought out by hand: the length of a
    shortest trace that shows it, the state in which that ends, and how much is held there.
    """

    name: str
    lifecycle: str
    old: str
    new: str
    invariant: str
    length: int
    state: str
    held: int

    @property
    def spec(self) -> str:
        """The text of the spec, changed."""
        text = next(path for path in SPECS if path.stem == self.lifecycle).read_text(encoding="utf-8")
        assert text.count(self.old) == 1, self.old
        return text.replace(self.old, self.new)


BROKEN = (
    # initialise, log on, cache an entry identifier, log off
    Broken(
        "a need is missing", "mapi_session",
        "      no entry_ids: free-entry-ids-first\n",
        "",
        "nothing-left-at-logoff", 4, "logged_off", 3,
    ),
    # initialise, log on, open an object of any kind, log off
    Broken(
        "a need of a group is missing", "mapi_session",
        "      no objects: release-objects-first\n    ",
        "    ",
        "nothing-left-at-logoff", 4, "logged_off", 3,
    ),
    # initialise, log on with a user interface, log off, release the session
    Broken(
        "a fact outlives its session", "mapi_session",
        "ui: {while: session_refs, ",
        "ui: {",
        "nothing-outside-a-session", 4, "initialized", 1,
    ),
    # initialise twice, uninitialise once
    Broken(
        "a choice comes too early", "mapi_session",
        "- {when: no mapi, to",
        "- {when: mapi < 2, to",
        "no-mapi-when-uninitialized", 3, "mapi_uninitialized", 1,
    ),
    # initialise, log on, register, open an object, end the session
    Broken(
        "the branches of a choice change places", "mapi_session",
        "    - {when: advises, to: advised}\n    - {when: objects, to: objects_open}\n",
        "    - {when: objects, to: objects_open}\n    - {when: advises, to: advised}\n",
        "objects-go-second", 5, "objects_open", 4,
    ),
    # initialise, log on, submit a message, log off, release the session, uninitialise
    Broken(
        "what may remain is forbidden at the end", "mapi_session",
        "holds: no mapi and no ole",
        "holds: no outbound and no mapi and no ole",
        "nothing-left-at-the-end", 6, "mapi_uninitialized", 1,
    ),
    # initialise, log on, two more references
    Broken(
        "in every state", "mapi_session",
        "    outside: mapi_uninitialized\n    holds: mapi\n",
        "    holds: session_refs <= 2 or mapi > 1\n",
        "mapi-stays-initialized", 4, "logged_on", 4,
    ),
    # nothing
    Broken(
        "at the beginning", "mapi_session",
        "    in: mapi_uninitialized\n    holds: no mapi\n",
        "    in: mapi_uninitialized\n    holds: mapi\n",
        "no-mapi-when-uninitialized", 0, "mapi_uninitialized", 0,
    ),
    # connect, prepare, query, close the cursor
    Broken(
        "one of two is not given back", "database_connection",
        "gives_back: cursors, buffers",
        "gives_back: cursors",
        "each-cursor-has-a-buffer", 4, "ready", 2,
    ),
    # connect, prepare, query four times
    Broken(
        "a limit that is too high", "database_connection",
        "cursors < 3: few-cursors",
        "cursors < 4: few-cursors",
        "few-cursors", 6, "ready", 9,
    ),
    # connect, begin, savepoint, commit
    Broken(
        "one alternative of two is left", "database_connection",
        "handles <= 65535 and no savepoints:",
        "handles <= 65535:",
        "savepoints-in-transactions", 4, "ready", 1,
    ),
)


@dataclass(frozen=True)
class Shown:
    """The traces that show that an invariant is broken, of `lastcall check` and of SPIN."""

    checked: tuple[str, ...]
    found: tuple[str, ...]


def show(case: Broken, folder: Path) -> Shown:
    """Has a case shown by both searches and holds both traces against the replayer and the compiled machine."""
    path = folder / f"{case.lifecycle}.yaml"
    path.write_text(case.spec, encoding="utf-8")
    model = read(str(path))
    shown = Shown(checked_trace(case, path), _trace_of_spin(case, model))
    built = folder / "built"
    _run(ROOT / "gen" / "lastcall", "build", path, "-o", built)
    program = compiled(model, case.invariant, built)
    for trace in (shown.checked, shown.found):
        assert len(trace) == case.length, trace
        assert_replayed(case, trace, built / f"{case.lifecycle}-replay", folder)
        assert broken_by(model, trace, program) == ["none"] * case.length + [case.invariant]
    return shown


def checked_trace(case: Broken, path: Path) -> tuple[str, ...]:
    """The trace that `lastcall check` prints below its error, which stands where the invariant is declared."""
    done = subprocess.run([ROOT / "gen" / "lastcall", "check", path], capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    line = max(number for number, text in enumerate(case.spec.splitlines(), 1) if text.startswith(f"  {case.invariant}:"))
    start = f"{path}:{line}:3: error: the invariant `{case.invariant}` does not always hold: "
    _, _, behind = done.stderr.partition(start)
    said, *rest = behind.splitlines()
    assert f"; the state is `{case.state}`" in said, said
    trace = []
    for text in rest:
        if not text.startswith("    "):
            break
        trace.append(text.strip())
    return tuple(trace)


def _trace_of_spin(case: Broken, model: Lifecycle) -> tuple[str, ...]:
    kept = exact(model)
    (invariant,) = (each for each in model.always if each.name == case.invariant)
    broken = search(promela(model, kept, [claim(model, kept, invariant)])).broken
    assert broken is not None
    return broken


def assert_replayed(case: Broken, trace: Sequence[str], replayer: Path, folder: Path) -> None:
    """NAME-replay accepts every event, and what it says of the end is what the case says."""
    (folder / "trace").write_text("".join(f"{line}\n" for line in trace), encoding="utf-8")
    done = subprocess.run([replayer, "--json", folder / "trace"], capture_output=True, text=True)
    *events, end = map(json.loads, done.stdout.splitlines())
    assert [event["verdict"] for event in events] == ["accepted"] * len(trace)
    assert (end["state"], sum(end["outstanding"].values())) == (case.state, case.held), end


def compiled(model: Lifecycle, invariant: str, folder: Path) -> Path:
    """The program of invariants.c for one invariant, made in the folder where the header is."""
    only = replace(model, always=tuple(each for each in model.always if each.name == invariant))
    (folder / "invariants.h").write_text(invariant_code.of_model(only), encoding="utf-8")
    macros = (f"-DLIFECYCLE={model.name}", f"-DLIFECYCLE_HEADER=<{model.name}.h>", f"-D{model.name.upper()}_IMPLEMENTATION")
    _run("cc", *FLAGS, *macros, "-I", folder, HERE / "invariants.c", "-o", folder / "invariants")
    return folder / "invariants"


def broken_by(model: Lifecycle, trace: Sequence[str], program: Path) -> list[str]:
    """What the compiled machine breaks at the beginning of a trace and after each event."""
    fired = parse_trace(model, trace)
    assert [step_text(model, step) for step in fired] == list(trace)
    numbers = [str(number) for step in fired for number in (step.event, step.arguments)]
    done = subprocess.run([program, *numbers], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    return done.stdout.splitlines()


def _run(*command: str | Path) -> None:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def declared(path: Path) -> list[str]:
    """The names of a spec's invariants, read from its text."""
    _, _, section = path.read_text(encoding="utf-8").partition("\nalways:")
    return re.findall(r"^  ([a-z0-9-]+):", section, re.M)
