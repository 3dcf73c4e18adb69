"""The search that `check` and `diff` stand on, against a search as plain as can be, and against SPIN, a model checker.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from interpret import Configuration, apply, finished, initial, judge
from judge import analyse
from judge.promela import promela, search
from lastcall import ROOT, lastcall
from machine.abstract import abstraction, alike_holdings, argument_sets, exact, stand_ins
from machine.explore import Exploration, explore, replay, step_text
from machine.search import Step
from model import Lifecycle
from read.spec import read
from test_check import EXAMPLES

DOOR = """
lifecycle: door
states:
  shut: {initial: yes, final: yes}
  ajar: {}
holdings:
  keys: {}
facts: [locked]
rules:
  key-first: {}
  unlock-first: {}
events:
  take: {takes: keys, moves: {any: stay}}
  drop: {gives_back: keys, moves: {any: stay}}
  lock: {sets: locked, needs: {keys: key-first}, moves: {shut: stay}}
  unlock: {clears: locked, needs: {keys: key-first}, moves: {shut: stay}}
  open_it: {needs: {no locked: unlock-first}, moves: {shut: ajar}}
  shut_it: {args: [hard], moves: {ajar: shut}}
"""


def model_of(folder: Path, spec: str) -> Lifecycle:
    """The model of a spec."""
    path = folder / "spec.yaml"
    path.write_text(spec, encoding="utf-8")
    return read(str(path))


def of_this_project() -> Iterator[object]:
    """The specs of this project, as parameters."""
    for path in sorted((ROOT / "spec").glob("*.yaml")):
        yield pytest.param(path.read_text(encoding="utf-8"), id=path.stem)


def small() -> Iterator[object]:
    """The specs that documents/checks shows, as parameters."""
    for example in EXAMPLES:
        yield pytest.param(example.spec, id=example.name)


def plain_search(model: Lifecycle, most: tuple[int, ...]) -> dict[Configuration, int]:
    """Every configuration that can come about with counts up to `most`, and the least number of events to it."""
    found = {initial(model): 0}
    waiting = [initial(model)]
    for here in waiting:
        for event, what in enumerate(model.events):
            for arguments in range(1 << len(what.arguments)):
                if judge(model, here, event, arguments).accepted:
                    after = apply(model, here, event, arguments)
                    if after not in found and all(count <= limit for count, limit in zip(after.counts, most)):
                        found[after] = found[here] + 1
                        waiting.append(after)
    return found


def configurations(exploration: Exploration) -> dict[Configuration, int]:
    """What an exploration found, and how many events lead to each."""
    found = exploration.search
    return {exploration.configuration(packed): len(found.trace(packed)) for packed in found.parents}


def test_a_door_counted_by_hand(tmp_path: Path) -> None:
    """With one key at most: shut, 2 numbers of keys, locked or not; ajar, 2 numbers of keys, and never locked: 6."""
    model = model_of(tmp_path, DOOR)
    found = explore(model, exact(model, 1))
    assert found.search.complete
    assert configurations(found) == {
        Configuration(0, (0,), (False,)): 0,  # shut
        Configuration(0, (1,), (False,)): 1,  # take
        Configuration(1, (0,), (False,)): 1,  # open_it
        Configuration(0, (1,), (True,)): 2,  # take, lock
        Configuration(1, (1,), (False,)): 2,  # take, open_it
        Configuration(0, (0,), (True,)): 3,  # take, lock, drop
    }
    traces = {tuple(step_text(model, step) for step in found.search.trace(packed)) for packed in found.search.parents}
    assert traces == {(), ("take",), ("open_it",), ("take", "lock"), ("take", "open_it"), ("take", "lock", "drop")}


def test_the_way_back_counted_by_hand(tmp_path: Path) -> None:
    """The end is the shut door without keys, locked or not; locked with a key it is one event off, as is unlocked."""
    model = model_of(tmp_path, DOOR)
    found = explore(model, exact(model, 1))
    far = found.to_end()
    assert {found.configuration(packed): distance for packed, distance in far.items()} == {
        Configuration(0, (0,), (False,)): 0,
        Configuration(0, (0,), (True,)): 0,
        Configuration(0, (1,), (False,)): 1,
        Configuration(0, (1,), (True,)): 1,
        Configuration(1, (0,), (False,)): 1,
        Configuration(1, (1,), (False,)): 2,
    }


def test_the_way_back_from_where_no_events_lead(tmp_path: Path) -> None:
    """From ajar and locked, which cannot come about, with the key at hand: shut_it, drop."""
    model = model_of(tmp_path, DOOR)
    found = explore(model, exact(model, 1), starts=[Configuration(1, (1,), (True,))])
    far = {found.configuration(packed): distance for packed, distance in found.to_end().items()}
    assert far[Configuration(1, (1,), (True,))] == 2
    assert far[Configuration(1, (0,), (True,))] == 1
    assert Configuration(1, (0,), (False,)) in far  # shut_it, unlock, drop, open_it


@pytest.mark.parametrize("spec", small())
def test_the_same_as_a_plain_search(spec: str, tmp_path: Path) -> None:
    """All configurations are found, at the same distances; facts that nothing looks at are left out."""
    model = model_of(tmp_path, spec)
    kept = exact(model, 2)
    if max(kept.cuts, default=0) > 10:
        kept = exact(model, 1)
    plain: dict[Configuration, int] = {}
    for configuration, distance in plain_search(model, kept.cuts).items():
        facts = tuple(fact and told for fact, told in zip(configuration.facts, kept.facts))
        plain.setdefault(Configuration(configuration.state, configuration.counts, facts), distance)
    assert configurations(explore(model, kept)) == plain


@pytest.mark.parametrize("spec", small())
def test_nothing_is_overlooked(spec: str, tmp_path: Path) -> None:
    """With counts cut, there is something for each configuration that comes about with counts one higher."""
    model = model_of(tmp_path, spec)
    cut = explore(model, abstraction(model))
    higher = tuple(limit and limit + 1 for limit in abstraction(model).cuts)
    assert {cut.packing.pack(each) for each in plain_search(model, higher)} <= set(cut.search.parents)


@pytest.mark.parametrize("spec", of_this_project())
def test_traces_are_real(spec: str, tmp_path: Path) -> None:
    """Each trace, replayed exactly, leads to the configuration for which it was found; nothing is found too much."""
    model = model_of(tmp_path, spec)
    found = explore(model, abstraction(model))
    for packed in found.search.parents:
        end = replay(model, found.search.trace(packed))
        assert end is not None and found.packing.pack(end) == packed
    assert replay(model, [Step(len(model.events) - 1, 0)]) is None  # delete_provider_dll


def test_the_end_can_be_reached_from_everywhere_in_a_mapi_session() -> None:
    """From each configuration; a plain look at the ends says that MAPI is not initialised and nothing is held."""
    model = read(str(ROOT / "spec" / "mapi_session.yaml"))
    found = explore(model, exact(model, 1))
    ends = [found.configuration(packed) for packed in found.finished()]
    assert ends and all(finished(model, end) and end.state == 0 for end in ends)
    assert found.to_end().keys() == found.search.parents.keys()


def test_the_kinds_of_object_of_a_mapi_session_are_alike() -> None:
    """The six, and nothing else; their events stand for each other."""
    model = read(str(ROOT / "spec" / "mapi_session.yaml"))
    alike = [names for names in alike_holdings([model]) if len(names) > 1]
    objects = next(group.members for group in model.groups if group.name == "objects")
    assert alike == [[model.holdings[index].name for index in objects]]
    found = stand_ins([model])
    assert set(found.values()) == {"open_advise_sink", "release_advise_sink"}
    assert all(event.partition("_")[0] == other.partition("_")[0] for event, other in found.items())
    assert len(found) == 10


def test_argument_sets() -> None:
    """All sets, the smallest first; of very many only the small ones."""
    assert argument_sets(0) == [0]
    assert argument_sets(2) == [0b00, 0b01, 0b10, 0b11]
    assert len(argument_sets(10)) == 1024
    many = argument_sets(32)
    assert len(many) == 1024 and {bits.bit_count() for bits in many} == {0, 1, 2, 3}


# Too much to search


def claim(message: str) -> str:
    """What a finding claims, without why, which a search may know better, and without what may help."""
    return message.partition(";")[0].partition(" never fails:")[0]


@pytest.mark.parametrize("spec", small())
def test_without_a_search_nothing_false_is_said(spec: str, tmp_path: Path) -> None:
    """What is said of a lifecycle that is too large to search is true: a search says it, too."""
    model = model_of(tmp_path, spec)
    coarse = analyse.analyse(model, most=0)
    assert not coarse.complete
    said = {(finding.place, claim(finding.message)) for finding in analyse.analyse(model).findings}
    assert {(finding.place, claim(finding.message)) for finding in coarse.findings} <= said


def large(holdings: int) -> str:
    """A spec with many holdings that no two are alike of, a trap, and a state that is never entered."""
    numbers = range(holdings)
    return "\n".join([
        "lifecycle: large",
        "states: {out: {initial: yes, final: yes}, inside: {}, pit: {}, nowhere: {}}",
        "holdings: {" + ", ".join(f"h{i}: {{}}" for i in numbers) + "}",
        "rules: {" + ", ".join(f"r{i}: {{}}" for i in numbers) + "}",
        "events:",
        "  enter: {moves: {out: inside}}",
        "  leave: {moves: {inside: out, nowhere: out}, needs: {" + ", ".join(f"no h{i}: r{i}" for i in numbers) + "}}",
        "  fall: {moves: {inside: pit}}",
        *(f"  take{i}: {{takes: h{i}, moves: {{inside: stay}}}}" for i in numbers),
        *(f"  give{i}: {{gives_back: h{i}, moves: {{inside: stay}}}}" for i in numbers[1:]),
        "",
    ])


def test_too_large_to_search(tmp_path: Path) -> None:
    """Forty holdings: what is certain is said all the same, and that this is not all; the note is no error."""
    path = tmp_path / "large.yaml"
    path.write_text(large(40), encoding="utf-8")
    run = lastcall("check", path)
    assert run.status == 0
    assert run.errors == [
        f"{path}:2:64: warning: the state `nowhere` is never entered: no events lead to it",
        f"{path}:8:26: warning: a trap: after `fall` the end cannot be reached any more; the state is `pit`",
        "    enter",
        "    fall",
        f"{path}:9:38: warning: a trap: after `take0` the end cannot be reached any more; the state is `inside`; "
        "held: 1 h0",
        "    enter",
        "    take0",
        f"{path}:1:1: note: there is too much that can come about; what shows only in a search of all of it "
        "was not found",
    ]
    assert lastcall("check", "--strict", path).status == 1


# SPIN

needs_spin = pytest.mark.skipif(not shutil.which("spin"), reason="SPIN is not installed; gen/setup --prove installs it")
FOR_SPIN = (
    "counts: A trap of alike holdings",
    "needs-and-warnings: Needs of arguments",
    "traps: A trap that takes two of a thing, and a fact",
)


@needs_spin
@pytest.mark.parametrize(
    "spec",
    [*of_this_project(), *(pytest.param(each.spec, id=each.name) for each in EXAMPLES if each.name in FOR_SPIN)],
)
def test_spin_finds_as_many_configurations(spec: str, tmp_path: Path) -> None:
    """As many as our search, with exact counts up to 2."""
    model = model_of(tmp_path, spec)
    kept = exact(model)
    assert search(promela(model, kept)).configurations == len(explore(model, kept).search.parents)


@needs_spin
def test_spin_finds_the_shortest_trace_to_what_breaks_a_claim() -> None:
    """Logged off, nothing is held but sessions, initialisations and messages; to forbid messages too would be wrong."""
    model = read(str(ROOT / "spec" / "mapi_session.yaml"))
    kept = exact(model, 1)
    nothing = "n_advises == 0 && n_advise_sinks == 0 && n_status_tables == 0 && n_entry_ids == 0"
    assert search(promela(model, kept, [f"!at_logged_off || ({nothing})", "!finished || n_mapi == 0"])).broken is None
    broken = search(promela(model, kept, [f"!at_logged_off || ({nothing} && n_outbound == 0)"])).broken
    assert broken == ("mapi_initialize", "mapi_logon_ex", "submit_message", "logoff")
    assert search(promela(model, kept, ["!at_mapi_uninitialized"])).broken == ()
