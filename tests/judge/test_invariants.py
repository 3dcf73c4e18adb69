"""What specs say of themselves (`always`): that it is searched for, by `check` and by SPIN, and changes nothing else."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

import broken_invariants
from broken_invariants import BROKEN, SPECS
from interpret import Configuration, keeps
from judge.analyse import analyse
from judge.invariants import judge_invariants
from lastcall import ROOT, command, lastcall
from machine.abstract import abstraction, exact, without_invariants
from machine.explore import explore, parse_trace, replay
from model import Atom, Condition, Invariant, Lifecycle, Subject
from random_lifecycles import lifecycle, with_invariants
from read.spec import read
from test_explore import plain_search

needs_spin = pytest.mark.skipif(not shutil.which("spin"), reason="SPIN is not installed: gen/setup")
MAPI_SESSION = ROOT / "spec" / "mapi_session.yaml"
DOOR = """\
lifecycle: door
states: {shut: {initial: yes, final: yes}, ajar: {}}
facts: [lit]
events:
  open_it: {args: {light: {sets: lit}}, moves: {shut: ajar}}
  shut_it: {moves: {ajar: shut}}
"""
FEW = 4
"""A plain search goes up to so many of each thing."""


def plain_distances(model: Lifecycle) -> list[int | None]:
    """The fewest events that break each invariant, with counts up to FEW; None if none do."""
    found = plain_search(model, (FEW,) * len(model.holdings))
    return [
        min((far for here, far in found.items() if not keeps(model, here, invariant)), default=None) for invariant in model.always
    ]


def followed(model: Lifecycle, trace: tuple[str, ...]) -> list[Configuration]:
    """The configurations that a trace comes through; all of it must be accepted."""
    way = [replay(model, parse_trace(model, trace[:length])) for length in range(len(trace) + 1)]
    assert None not in way
    return [each for each in way if each]


@pytest.mark.parametrize("seed", range(200))
def test_what_a_plain_search_breaks_is_found(seed: int) -> None:
    """And only that; each trace is real and a shortest one."""
    model = with_invariants(lifecycle(seed), seed)
    broken = {finding.place: finding.trace for finding in analyse(model).findings if finding.is_error}
    assert set(broken) <= {invariant.place for invariant in model.always}
    for invariant, distance in zip(model.always, plain_distances(model), strict=True):
        trace = broken.get(invariant.place)
        assert distance is None or (trace is not None and len(trace) <= distance)
        if trace is not None:
            way = followed(model, trace)
            assert [keeps(model, here, invariant) for here in way] == [True] * len(trace) + [False]
            if max(max(here.counts, default=0) for here in way) <= FEW:
                assert len(trace) == distance


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_the_specs_keep_their_invariants(path: Path) -> None:
    """With counts as far as conditions see, and with exact ones; no invariant is in doubt or says nothing."""
    model = read(str(path))
    assert [invariant.name for invariant in model.always] == broken_invariants.declared(path)
    for kept in (abstraction(model), exact(model)):
        exploration = explore(model, kept)
        assert exploration.search.complete
        judged = judge_invariants(exploration)
        assert not (judged.broken or judged.idle)
    assert not [finding for finding in analyse(model).findings if "invariant" in finding.message]


def test_the_invariants_of_a_mapi_session_say_something() -> None:
    """Each says something: none holds in every state, or before the end, too."""
    model = read(str(MAPI_SESSION))
    everywhere = tuple(replace(each, states=tuple(range(len(model.states))), finished=False) for each in model.always)
    claimed = replace(model, always=everywhere)
    broken = judge_invariants(explore(claimed, abstraction(claimed))).broken
    assert [each.invariant for each in broken] == list(range(len(model.always)))


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_at_the_end_nothing_is_held_but_what_may_remain(path: Path) -> None:
    """Of each holding: an invariant that it is given back when the lifecycle is finished. It breaks for what may remain."""
    model = without_invariants(read(str(path)))
    every = tuple(range(len(model.states)))
    claims = tuple(
        Invariant(f"no-{index}", "", every, True, Condition(((Atom(Subject.HOLDING, index, "==", 0),),), "none"))
        for index in range(len(model.holdings))
    )
    claimed = replace(model, always=claims)
    judged = judge_invariants(explore(claimed, exact(claimed, 1)))
    may_remain = [index for index, holding in enumerate(model.holdings) if holding.may_remain]
    assert [each.invariant for each in judged.broken] == may_remain
    assert judged.doubtful == ()


def test_a_header_is_the_same_with_and_without_invariants(tmp_path: Path) -> None:
    """They are claims about the machine and no part of it: not a byte differs, nor in the picture."""
    text = MAPI_SESSION.read_text(encoding="utf-8")
    for name, content in (("with", text), ("without", text.partition("\nalways:")[0] + "\n")):
        (tmp_path / f"{name}.yaml").write_text(content, encoding="utf-8")
        assert lastcall("header", tmp_path / f"{name}.yaml", "-o", tmp_path / f"{name}.h").status == 0
        assert lastcall("graph", tmp_path / f"{name}.yaml", "-o", tmp_path / f"{name}.dot").status == 0
    for ending in ("h", "dot"):
        assert (tmp_path / f"with.{ending}").read_bytes() == (tmp_path / f"without.{ending}").read_bytes()


def test_only_check_searches(tmp_path: Path) -> None:
    """A header is made all the same: to search takes longer than to make it."""
    path = tmp_path / "door.yaml"
    path.write_text(DOOR + "always: {dark: {holds: no lit}}\n", encoding="utf-8")
    assert lastcall("check", path).status == 1
    made = lastcall("header", path, "-o", tmp_path / "door.h")
    assert (made.status, made.stderr) == (0, "")


def large() -> str:
    """A spec with more than can be searched."""
    numbers = range(40)
    return "\n".join([
        "lifecycle: large",
        "states: {out: {initial: yes, final: yes}, inside: {}}",
        "holdings: {" + ", ".join(f"h{i}: {{}}" for i in numbers) + "}",
        "events:",
        "  enter: {moves: {out: inside}}",
        "  leave: {moves: {inside: out}}",
        *(f"  take{i}: {{takes: h{i}, moves: {{inside: stay}}}}" for i in numbers),
        *(f"  give{i}: {{gives_back: h{i}, moves: {{any: stay}}}}" for i in numbers),
        "always:",
        "  not-the-third: {holds: no h2}",
        "  nothing-outside: {in: out, holds: h0 < 60 or h1 < 60 or h2 < 60}",
        "  few: {holds: h3 < 2}",
        "",
    ])


def test_too_large_to_search(tmp_path: Path) -> None:
    """An invariant that is broken in the part that was searched is told; of another one nothing is."""
    path = tmp_path / "large.yaml"
    path.write_text(large(), encoding="utf-8")
    run = lastcall("check", path)
    assert run.status == 1
    assert run.errors == [
        f"{path}:88:3: error: the invariant `not-the-third` does not always hold: after `take2`, `no h2` is false; "
        "the state is `inside`; held: 1 h2",
        "    enter",
        "    take2",
        f"{path}:90:3: error: the invariant `few` does not always hold: after `take3`, `h3 < 2` is false; "
        "the state is `inside`; held: 2 h3",
        "    enter",
        "    take3",
        "    take3",
        f"{path}:1:1: note: there is too much that can come about; what shows only in a search of all of it was not found",
    ]


def test_diff_does_not_search_for_what_is_claimed(tmp_path: Path) -> None:
    """Where nothing but an invariant differs the behaviour is the same, for certain and however much can come about."""
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    old.write_text(large(), encoding="utf-8")
    new.write_text(large().replace("  few: {holds: h3 < 2}\n", ""), encoding="utf-8")
    run = lastcall("diff", old, new)
    assert (run.status, run.stderr) == (0, "")
    assert run.stdout.splitlines() == [
        f"{old} and {new} behave the same.",
        "",
        "Other invariants, which is no difference in behaviour:",
        "  `few` is gone: everywhere `h3 < 2`",
    ]


# SPIN


@needs_spin
def test_a_broken_invariant_is_shown_by_spin_too(tmp_path: Path) -> None:
    """One of those of which `ninja prove` shows all: its trace is replayed, and breaks the compiled machine's invariant."""
    case = next(case for case in BROKEN if case.name == "one of two is not given back")
    broken_invariants.show(case, tmp_path)


@needs_spin
def test_check_has_spin_judge_the_invariants(tmp_path: Path) -> None:
    """`--spin` says how many configurations keep them, or shows those that are broken once more; the status is the same."""
    path = tmp_path / "door.yaml"
    path.write_text(DOOR + "always: {lit-once: {in: ajar, holds: lit}, dark: {in: shut, holds: no lit}}\n", encoding="utf-8")
    run = lastcall("check", "--spin", path)
    assert (run.status, run.stdout) == (1, "")
    assert run.errors == [
        f"{path}:7:10: error: the invariant `lit-once` does not always hold: after `open_it`, `lit` is false; the state is `ajar`",
        "    open_it",
        f"{path}:7:44: error: the invariant `dark` does not always hold: after `shut_it`, `no lit` is false; "
        "the state is `shut`; lit",
        "    open_it light",
        "    shut_it",
        f"{path}:7:10: error: SPIN: the invariant `lit-once` does not always hold: after `open_it`, `lit` is false",
        "    open_it",
        f"{path}:7:44: error: SPIN: the invariant `dark` does not always hold: after `shut_it`, `no lit` is false",
        "    open_it light",
        "    shut_it",
    ]
    mended = DOOR.replace("{ajar: shut}", "{ajar: shut}, clears: lit")
    path.write_text(mended + "always: {dark: {in: shut, holds: no lit}}\n", encoding="utf-8")
    run = lastcall("check", "--spin", path)  # shut and dark; ajar and dark; ajar and lit
    assert (run.status, run.errors, run.stdout) == (0, [], f"{path}: SPIN: 3 configurations keep 1 invariant\n")


def test_without_spin(tmp_path: Path) -> None:
    """What is missing is named, with status 2."""
    path = tmp_path / "door.yaml"
    path.write_text(DOOR + "always: {dark: {in: shut, holds: no lit}}\n", encoding="utf-8")
    run = command("check", "--spin", path, PATH=str(tmp_path))
    assert run.status == 2
    assert run.errors[-1] == "lastcall: error: `spin` cannot be run: No such file or directory; run gen/setup"
