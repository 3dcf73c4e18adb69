"""NAME_next: whoever follows it comes to the end, and no way is shorter.

What the least number of events is, is found here by a backward search over all configurations with
gen/interpret.py. If from each configuration the event that NAME_next gives leads to one that is one
event nearer to the end, then the whole way has the least number of events, wherever one begins.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from configurations import Configurations
from embedded import Embedded, built, embedded
from interpret import Configuration, apply, finished, judge

DOOR = """
lifecycle: door
title: A way with a detour
states:
  outside: {initial: yes, final: yes, title: outside}
  hall: {title: in the hall}
  locked_in: {title: behind a locked door}
holdings:
  keys: {one: key, title: keys}
  coats: {one: coat, title: coats, may_remain: yes}
rules:
  key-first: {title: a locked door takes a key}
events:
  enter: {moves: {outside: hall}}
  leave: {moves: {hall: outside}}
  slam: {moves: {hall: locked_in}}
  take_key: {takes: keys, moves: {any: stay}}
  take_coat: {takes: coats, moves: {any: stay}}
  return_key: {gives_back: keys, moves: {"hall, outside": stay}}
  unlock: {needs: {keys: key-first}, moves: {locked_in: hall}}
"""

CONNECTION = """
lifecycle: connection
title: A connection to a database, with a choice, a fact, and arguments that have needs
states:
  busy: {title: in a transaction}
  closed: {initial: yes, final: yes, title: not connected}
  idle: {title: connected}
choices:
  done:
    - {when: transactions, to: busy}
    - {to: idle}
holdings:
  transactions: {one: transaction, title: transactions}
  cursors: {one: cursor, title: cursors}
facts:
  read_only: {while: transactions}
  quiet: {}
rules:
  cursors-first: {title: cursors are closed before the last transaction ends}
  nothing-to-flush: {title: a transaction that only reads has nothing to flush}
  quiet-only: {title: only a quiet connection closes quietly}
events:
  connect: {args: {quiet: {sets: quiet}}, moves: {closed: idle}}
  begin: {takes: transactions, args: {read_only: {sets: read_only}}, moves: {"idle, busy": busy}}
  open_cursor: {takes: cursors, moves: {busy: stay}}
  close_cursor: {gives_back: cursors, moves: {busy: stay}}
  commit:
    gives_back: transactions
    needs: {no cursors or transactions > 1: cursors-first}
    args:
      flush: {needs: {no read_only: nothing-to-flush}}
      loudly: {}
    moves: {busy: done}
  disconnect: {args: {quietly: {needs: {quiet: quiet-only}}}, moves: {idle: closed}}
"""

TURNSTILE = """
lifecycle: turnstile
title: Two final states, a state with no way out, an event that may lead nearer or round and round, and nothing held
states:
  working: {initial: yes, title: working}
  paused: {title: paused}
  idle: {title: idle}
  drained: {final: yes, title: drained}
  broken: {final: yes, title: broken}
  jammed: {title: jammed for good}
events:
  turn: {moves: {working: paused, paused: idle, idle: paused}}
  drain: {moves: {"paused, idle": drained}}
  jam: {moves: {"working, paused": jammed}}
  smash: {moves: {drained: broken}}
"""

KINDS = {"advise_sinks", "status_tables", "outbox_folders", "message_stores", "address_books", "other_objects"}
FEW = {"mapi_util": 1, "entry_ids": 1, "outbound": 1}
SESSIONS = {
    "two kinds of object": {kind: 0 for kind in KINDS - {"advise_sinks", "status_tables"}},
    "two others": FEW | {kind: 0 for kind in KINDS - {"outbox_folders", "message_stores"}},
    "the last two": FEW | {kind: 0 for kind in KINDS - {"address_books", "other_objects"}},
    "one object of each kind": FEW | {kind: 1 for kind in KINDS} | {"mapi": 1, "ole": 1, "session_refs": 1},
}
"""How many of a holding there may be at most, where it is not two."""


compared: Counter[str] = Counter()


@pytest.fixture(autouse=True)
def said(say: Callable[[str], None]) -> Iterator[None]:
    """At the end, how much was compared."""
    compared.clear()
    yield
    if compared:
        say("the shortest way was compared from " + ", ".join(f"{count} of {name}" for name, count in compared.items()))


def nearer(lifecycle: Embedded, most: dict[str, int]) -> tuple[Configurations, list[tuple[int, int] | None]]:
    """All configurations, and what NAME_next gives in each, having been found to lead nearer to the end."""
    model = lifecycle.model
    found = Configurations(model, [most.get(holding.name, 2) for holding in model.holdings])
    assert not list(found.differing(count=200, seed=1)), "configurations.py has not searched right"
    given = lifecycle.next(found.machines(lifecycle))
    for number, step in enumerate(given):
        here, least = found[number], found.least[number]
        if step is None:
            continue
        assert judge(model, here, *step).accepted, (here, lifecycle.line(*step))
        after = found.find(apply(model, here, *step))
        assert after is not None and least is not None, (here, lifecycle.line(*step))
        assert found.least[after] == least - 1, (here, lifecycle.line(*step))
    compared[model.name] += len(found)
    return found, given


def fitting(lifecycle: Embedded, here: Configuration, event: int) -> int:
    """The arguments of an event that have needs, all of which hold."""
    model, what = lifecycle.model, lifecycle.model.events[event]
    move = what.moves[here.state]
    assert move is not None
    needed = {need.argument for need in move.needs if need.argument is not None}
    return sum(1 << index for index in needed if judge(model, here, event, 1 << index).accepted)


@pytest.mark.parametrize("most", SESSIONS.values(), ids=SESSIONS)
def test_session(most: dict[str, int]) -> None:
    """There is a next event in every configuration but the ends, with the arguments that are allowed there."""
    lifecycle = built("mapi_session")
    facts = [fact.name for fact in lifecycle.model.facts]
    found, given = nearer(lifecycle, most)
    logoffs = set()
    for number, step in enumerate(given):
        here = found[number]
        assert (step is None) == finished(lifecycle.model, here), here
        if step and step[0] == lifecycle.event["logoff"]:
            words = lifecycle.line(*step).split()[1:]
            assert ("ui" in words, "shared" in words) == (here.facts[facts.index("ui")], here.facts[facts.index("owner")])
            logoffs.add(step)
        elif step:
            assert step[1] == 0
    assert len(logoffs) == 4


def test_service() -> None:
    """A lifecycle without holdings, facts and arguments."""
    lifecycle = built("message_service")
    found, given = nearer(lifecycle, {})
    assert len(found) == len(lifecycle.model.states)
    assert [step is None for step in given] == [found.least[number] == 0 for number in range(len(found))]


def test_connection() -> None:
    """A choice decides where the last transaction leads; arguments come where their needs hold, those without never."""
    lifecycle = embedded(CONNECTION)
    found, given = nearer(lifecycle, {"transactions": 3, "cursors": 3})
    lines = set()
    for number, step in enumerate(given):
        assert (step is None) == (found.least[number] == 0)
        if step:
            assert step[1] == fitting(lifecycle, found[number], step[0])
            lines.add(lifecycle.line(*step))
    assert lines == {"close_cursor", "commit", "commit flush", "disconnect", "disconnect quietly"}


def test_turnstile() -> None:
    """The nearest of two final states; none where no way leads to any."""
    lifecycle = embedded(TURNSTILE)
    _, given = nearer(lifecycle, {})
    machines = {name: lifecycle.memory(Configuration(state, (), ())) for name, state in lifecycle.state.items()}
    lines = {name: lifecycle.next(machine)[0] for name, machine in machines.items()}
    assert {name: step and lifecycle.line(*step) for name, step in lines.items()} == {
        "working": "turn",
        "paused": "drain",
        "idle": "drain",
        "drained": None,
        "broken": None,
        "jammed": None,
    }
    assert len(given) == 6


def test_detour() -> None:
    """Where something must be taken to come to the end there is no next event; elsewhere there is."""
    lifecycle = embedded(DOOR)
    found, given = nearer(lifecycle, {})
    for number, step in enumerate(given):
        here = found[number]
        locked_in_without_key = here.state == lifecycle.state["locked_in"] and here.counts[0] == 0
        assert (step is None) == (locked_in_without_key or finished(lifecycle.model, here))
        if locked_in_without_key:
            assert found.least[number] == 4  # the key, the lock, the key given back, the door


@pytest.mark.parametrize("text", (DOOR, CONNECTION, TURNSTILE), ids=("door", "connection", "turnstile"))
def test_following_ends(text: str) -> None:
    """Whoever asks and does what is said comes to a stop, from any configuration, however far above the counts searched."""
    lifecycle = embedded(text)
    model = lifecycle.model
    for state in range(len(model.states)):
        counts = tuple(7 + index for index in range(len(model.holdings)))
        memory = lifecycle.memory(Configuration(state, counts, (False,) * len(model.facts)))
        for _ in range(sum(counts) + len(model.states)):
            [step] = lifecycle.next(memory)
            if step is None:
                break
            [verdict], memory = lifecycle.fire(memory, [step])
            assert verdict == "accepted"
        assert lifecycle.next(memory) == [None]


def test_full_counts() -> None:
    """At the limit of every count, the way is as long as what is held and takes no time that grows with it."""
    lifecycle = built("mapi_session")
    model = lifecycle.model
    full = Configuration(lifecycle.state["logged_on"], (65535,) * len(model.holdings), (True,) * len(model.facts))
    memory = lifecycle.memory(full)
    assert lifecycle.next(memory) == [lifecycle.step("unadvise")]
    [verdict], _ = lifecycle.fire(memory, lifecycle.next(memory))
    assert verdict == "accepted"


@pytest.mark.parametrize("name", ("mapi_session", "message_service"))
def test_no_way_from_corrupt_memory(name: str) -> None:
    """False where the memory is not a machine's."""
    lifecycle = built(name)
    assert lifecycle.next(b"\xff" * lifecycle.size) == [None]
    assert lifecycle.next((200).to_bytes(4, sys.byteorder) + bytes(lifecycle.size - 4)) == [None]
