"""NAME_observe: judges as fire does, and then follows what really happened."""

import os
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from configurations import Configurations, argument_sets
from embedded import Embedded, built, embedded
from interpret import Configuration, apply, holds, judge
from model import LIMIT, STAY, Lifecycle

PAIRS = """
lifecycle: pairs
title: Events that take and give back several things at once
states:
  closed: {title: closed}
  ready: {initial: yes, final: yes, title: ready}
  open: {title: open}
choices:
  after: [{when: left and right, to: open}, {when: worn, to: closed}, {to: stay}]
holdings: {left: {}, right: {}, tickets: {}}
facts:
  worn: {while: left}
  late: {}
rules:
  left-first: {title: the left one first}
events:
  take_both: {takes: [left, right], gives_back: tickets, moves: {ready: after}}
  take_left: {takes: left, sets: worn, clears: late, moves: {"ready, open": stay}}
  drop_both: {gives_back: [left, right], takes: tickets, needs: {left > 1: left-first}, moves: {open: after}}
  ring: {args: {late: {sets: late}}, needs: {tickets: left-first}, moves: {closed: ready}}
  buy: {takes: tickets, moves: {"ready, open": ready}}
  close: {moves: {open: closed}}
"""

DATABASE = Path(__file__).resolve().parents[1] / "lifecycles" / "database_connection.yaml"
SAMPLE = 3000
"""Configurations of a large lifecycle that are looked at; all of them with LASTCALL_ALL=1, which takes minutes."""

compared: Counter[str] = Counter()


@pytest.fixture(autouse=True)
def said(say: Callable[[str], None]) -> Iterator[None]:
    """At the end, how much was compared."""
    compared.clear()
    yield
    if compared:
        say("configurations with an event and arguments compared: " + ", ".join(f"{count} of {name}" for name, count in compared.items()))


def observed(model: Lifecycle, here: Configuration, event: int, arguments: int) -> Configuration:
    """The rule: what follows an event that happened, whether it was accepted or not."""
    if judge(model, here, event, arguments).accepted:
        return apply(model, here, event, arguments)
    what = model.events[event]
    counts = list(here.counts)
    facts = list(here.facts)
    for fact in what.sets:
        facts[fact] = True
    for fact in what.clears:
        facts[fact] = False
    for index, argument in enumerate(what.arguments):
        if argument.sets is not None:
            facts[argument.sets] = bool(arguments >> index & 1)
    for holding in what.takes:
        counts[holding] = min(counts[holding] + 1, LIMIT)
    for holding in what.gives_back:
        if counts[holding] == 1:  # the last of it
            others = [{*each.held_with} - {holding} for each in model.facts]
            facts = [fact and (holding not in each.held_with or any(counts[other] for other in rest))
                     for fact, each, rest in zip(facts, model.facts, others)]
        counts[holding] = max(counts[holding] - 1, 0)
    after = Configuration(here.state, tuple(counts), tuple(facts))
    move = what.moves[here.state]
    if move and move.choice is not None:
        branches = model.choices[move.choice].branches
        target = next(each.target for each in branches if not each.condition or holds(model, after, each.condition))
    elif move:
        target = move.target
    else:
        named = {each.target for each in what.moves if each}
        target = named.pop() if len(named) == 1 else STAY
    return after if target in (None, STAY) else Configuration(target, after.counts, after.facts)


def compare(lifecycle: Embedded, several: Sequence[Configuration]) -> list[bytes]:
    """Each configuration with each event and each set of its arguments; gives the machines after them."""
    model = lifecycle.model
    steps = [(index, bits) for index, event in enumerate(model.events) for bits in argument_sets(event)]
    machines = b"".join(lifecycle.memory(here) * len(steps) for here in several)
    verdicts, after = lifecycle.observe(machines, steps * len(several))
    fired, moved = lifecycle.fire(machines, steps * len(several))
    assert verdicts == fired
    at = 0
    found = []
    for here in several:
        for event, arguments in steps:
            end = at + lifecycle.size
            found.append(after[at:end])
            verdict = verdicts[at // lifecycle.size]
            assert verdict == judge(model, here, event, arguments).reason
            assert verdict != "accepted" or after[at:end] == moved[at:end]
            expected = observed(model, here, event, arguments)
            if lifecycle.memory(expected) != after[at:end]:
                got = lifecycle.configuration(after[at:end])
                pytest.fail(f"{here}, {lifecycle.line(event, arguments)}:\n  expected {expected}\n  got      {got}")
            at = end
    compared[model.name] += len(found)
    return found


def sample(found: Configurations) -> list[Configuration]:
    """Some of all configurations, always the same ones; all if they are few, or if asked for."""
    numbers: Sequence[int] = range(len(found))
    if len(found) > SAMPLE and not os.environ.get("LASTCALL_ALL"):
        numbers = random.Random(7).sample(numbers, SAMPLE)
    return [found[number] for number in numbers]


def in_portions(several: list[Configuration]) -> Iterator[list[Configuration]]:
    for at in range(0, len(several), 1000):
        yield several[at : at + 1000]


LIFECYCLES = {
    "mapi_session": lambda: built("mapi_session"),
    "message_service": lambda: built("message_service"),
    "pairs": lambda: embedded(PAIRS),
    "database_connection": lambda: embedded(DATABASE.read_text(encoding="utf-8")),
}


@pytest.mark.parametrize("name", LIFECYCLES)
def test_rule(name: str) -> None:
    """In every configuration that accepted events lead to, every event does what the rule says."""
    lifecycle = LIFECYCLES[name]()
    model = lifecycle.model
    every = [group.members[2:] for group in model.groups]
    most = [0 if any(index in rest for rest in every) else 2 for index in range(len(model.holdings))]
    for portion in in_portions(sample(Configurations(model, most))):
        compare(lifecycle, portion)


@pytest.mark.parametrize("name", LIFECYCLES)
def test_rule_where_rejected_events_lead(name: str) -> None:
    """The same where a program gets that makes its calls in any order; and with counts at the limit."""
    lifecycle = LIFECYCLES[name]()
    chance = random.Random(11)
    memories = [bytes(lifecycle.size)] * 20
    for _ in range(30):
        after = compare(lifecycle, [lifecycle.configuration(memory) for memory in set(memories)])
        memories = chance.sample(after, min(20, len(after)))
    model = lifecycle.model
    extreme = [
        Configuration(
            chance.randrange(len(model.states)),
            tuple(chance.choice((0, 1, 2, LIMIT - 1, LIMIT)) for _ in model.holdings),
            tuple(chance.random() < 0.5 for _ in model.facts),
        )
        for _ in range(300)
    ]
    compare(lifecycle, extreme)


@pytest.mark.parametrize("name", LIFECYCLES)
def test_nothing_happens_to_what_is_no_event_or_no_machine(name: str) -> None:
    """A bad event and corrupt memory are answered as fire does, and change nothing."""
    lifecycle = LIFECYCLES[name]()
    new, count = bytes(lifecycle.size), len(lifecycle.model.events)
    taken = [len(event.arguments) for event in lifecycle.model.events]
    bad = [(count, 0), (0xFFFFFFFE, 0), *((event, 1 << bits) for event, bits in enumerate(taken))]
    assert lifecycle.observe(new * len(bad), bad) == (["bad_event"] * len(bad), new * len(bad))
    corrupt = b"\xff" * lifecycle.size + (len(lifecycle.state)).to_bytes(8, sys.byteorder) + new[8:]
    assert lifecycle.observe(corrupt, [(0, 0), (1, 0)]) == (["corrupt"] * 2, corrupt)
    assert lifecycle.observe(corrupt[: lifecycle.size], [(count, 0)])[0] == ["bad_event"]


# What the rule comes to, written by hand: what came before, what happened, the verdict, and what is so then.

STORE_OPEN = ("mapi_initialize", "mapi_logon_ex owner", "open_message_store x 2")
HANDWRITTEN = {
    "accepted events move as they always do": (
        ("mapi_initialize",), ("mapi_logon_ex ui",), "accepted", "logged_on", {"mapi": 1, "session_refs": 1},
    ),
    "a logoff with stores open logs off, and they stay counted": (
        STORE_OPEN, ("logoff",), "need", "logged_off", {"mapi": 1, "session_refs": 1, "message_stores": 2},
    ),
    "a store released after that is counted off, though its release was wrong": (
        STORE_OPEN, ("logoff", "release_message_store"), "state", "logged_off",
        {"mapi": 1, "session_refs": 1, "message_stores": 1},
    ),
    "an argument that was not allowed does not keep the session": (
        ("mapi_initialize", "mapi_logon_ex"), ("logoff ui shared",), "need", "logged_off", {"mapi": 1, "session_refs": 1},
    ),
    "a session released without Logoff leaves the state, which is to stay": (
        ("mapi_initialize", "mapi_logon_ex"), ("release_session",), "need", "logged_on", {"mapi": 1},
    ),
    "a second release of it counts nothing below 0": (
        ("mapi_initialize", "mapi_logon_ex"), ("release_session", "release_session"), "not_held", "logged_on", {"mapi": 1},
    ),
    "released once more after Logoff, the choice leads on": (
        ("mapi_initialize", "mapi_logon_ex", "logoff", "release_session"), ("release_session",), "state", "initialized",
        {"mapi": 1},
    ),
    "MAPI given back before OLE is given back": (
        ("mapi_initialize", "ole_initialize"), ("mapi_uninitialize",), "need", "mapi_uninitialized", {"ole": 1},
    ),
    "MAPI given back during a session keeps the state": (
        ("mapi_initialize", "mapi_logon_ex"), ("mapi_uninitialize",), "need", "logged_on", {"session_refs": 1},
    ),
    "a logon without MAPI: all its moves lead to one state": (
        (), ("mapi_logon_ex",), "state", "logged_on", {"session_refs": 1},
    ),
    "a logoff without a session: all its moves lead to one state": ((), ("logoff",), "state", "logged_off", {}),
    "MAPI initialised in an ending: its moves name a state and `stay`, so it stays": (
        ("mapi_initialize", "mapi_logon_ex", "end_session"), ("mapi_initialize",), "state", "ready_to_log_off",
        {"mapi": 2, "session_refs": 1},
    ),
    "the end of a session that is none: a choice names several states, so it stays": (
        (), ("end_session",), "state", "mapi_uninitialized", {},
    ),
    "a store opened in an ending is counted, and the state stays": (
        ("mapi_initialize", "mapi_logon_ex", "end_session"), ("open_message_store",), "state", "ready_to_log_off",
        {"mapi": 1, "session_refs": 1, "message_stores": 1},
    ),
    "the last store released too early in an ending: the move says stay": (
        ("mapi_initialize", "mapi_logon_ex", "advise", "open_message_store", "end_session"), ("release_message_store",),
        "need", "advised", {"mapi": 1, "session_refs": 1, "advises": 1},
    ),
    "an Unadvise too many in an ending: the choice is made all the same": (
        ("mapi_initialize", "mapi_logon_ex", "advise", "end_session"), ("open_address_book", "unadvise"),
        "accepted", "objects_open", {"mapi": 1, "session_refs": 1, "address_books": 1},
    ),
    "what cannot be taken any more is not counted": (
        ("mapi_initialize", "mapi_logon_ex", "submit_message x 65535"), ("submit_message",),
        "limit", "logged_on", {"mapi": 1, "session_refs": 1, "outbound": 65535},
    ),
    "what has no move anywhere changes nothing": ((), ("delete_provider_dll",), "state", "mapi_uninitialized", {}),
}


@pytest.mark.parametrize("title", HANDWRITTEN)
def test_by_hand(title: str) -> None:
    """One event after another is observed; the last one's verdict, the state and all counts are as written."""
    before, events, verdict, state, held = HANDWRITTEN[title]
    lifecycle = built("mapi_session")
    memory = lifecycle.after(before)
    answers = []
    for line in events:
        answers, memory = lifecycle.observe(memory, [lifecycle.step(line)])
    found = lifecycle.configuration(memory)
    names = (holding.name for holding in lifecycle.model.holdings)
    assert answers == [verdict]
    assert lifecycle.model.states[found.state].name == state
    assert {name: count for name, count in zip(names, found.counts) if count} == held


def facts_after(before: Sequence[str], line: str) -> list[str]:
    """The facts that hold once an event was observed."""
    lifecycle = built("mapi_session")
    _, memory = lifecycle.observe(lifecycle.after(before), [lifecycle.step(line)])
    facts = zip(lifecycle.model.facts, lifecycle.configuration(memory).facts)
    return [fact.name for fact, true in facts if true]


def test_facts_by_hand() -> None:
    """A rejected event says what it says of the facts; they go with the last session reference, not with one too few."""
    on = ("mapi_initialize", "mapi_logon_ex owner")
    assert facts_after(on, "mapi_logon_ex ui") == ["ui"]
    assert facts_after((), "mapi_logon_ex ui guest") == ["ui", "guest"]
    assert facts_after(on, "release_session") == []
    assert facts_after((*on, "addref_session"), "release_session") == ["owner"]
    assert facts_after(on, "release_message_store") == ["owner"]
    assert facts_after(on, "logoff") == ["owner"]
