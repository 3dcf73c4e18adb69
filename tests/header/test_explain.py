"""NAME_explain: what documents/explain/*.md expect of it, and what is true of every sentence."""

import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from configurations import Configurations, argument_sets
from embedded import Embedded, built, embedded
from interpret import Configuration, apply, judge, warnings
from model import LIMIT

FOLDER = Path(__file__).resolve().parents[1] / "documents" / "explain"


@dataclass(frozen=True)
class Example:
    """A title; the lifecycle's name or its spec; a trace, of which the last event is asked about; what is said of it."""

    place: str
    title: str
    lifecycle: str
    trace: tuple[str, ...]
    said: str

    def embedded(self) -> Embedded:
        return embedded(self.lifecycle) if "\n" in self.lifecycle else built(self.lifecycle)


def examples() -> list[Example]:
    """All examples of all documents. What cannot be understood is a fault, nothing is skipped."""
    paths = sorted(FOLDER.iterdir())
    assert paths and all(path.suffix == ".md" for path in paths), paths
    return [example for path in paths for example in read(path)]


def read(path: Path) -> Iterator[Example]:
    lifecycle, title, trace = "", "", None
    lines = iter(enumerate(path.read_text(encoding="utf-8").splitlines(), 1))
    for number, line in lines:
        place = f"{path.name}:{number}"
        if line.startswith("#"):
            assert not title and trace is None, f"{place}: `{title}` lacks a trace or what is said"
            title = line.removeprefix("## ") if line.startswith("## ") else ""
            assert title or not lifecycle, f"{place}: a document has one title and sections under it"
        elif line.startswith("```"):
            body = []
            for _, inside in lines:
                if inside == "```":
                    break
                body.append(inside)
            else:
                raise AssertionError(f"{place}: this block is never closed")
            if line == "```lifecycle" and not lifecycle and len(body) == 1:
                [lifecycle] = body
            elif line == "```spec" and not lifecycle:
                lifecycle = "\n".join(body) + "\n"
            elif line == "```trace" and lifecycle and title and trace is None and body:
                trace = tuple(body)
            elif line == "```said" and trace is not None:
                yield Example(place, title, lifecycle, trace, " ".join(body))
                title, trace = "", None
            else:
                raise AssertionError(f"{place}: this block has no place here: {line}")
        else:
            assert not line.lstrip().startswith(("```", "~~~", "#")), f"{place}: neither prose nor a part of a test"
    assert lifecycle and not title, f"{path.name}: `{title}` lacks a trace or what is said"


@pytest.mark.parametrize("example", examples(), ids=lambda example: f"{example.place}: {example.title}")
def test_document(example: Example) -> None:
    """The sentence is as the document has it, word for word."""
    lifecycle = example.embedded()
    *before, asked = example.trace
    [said] = lifecycle.explain(lifecycle.after(before), [lifecycle.step(asked)])
    assert said == example.said


# What is no event, and what is no machine


def test_no_such_event() -> None:
    """The number, and which there are."""
    mapi, service = built("mapi_session"), built("message_service")
    new = bytes(mapi.size)
    assert mapi.explain(new, [(34, 0)]) == [
        "Event 34 is rejected: mapi_session has no event of this number, but those from 0 to 33."
    ]
    assert service.explain(bytes(service.size), [(4294967295, 7)]) == [
        "Event 4294967295 is rejected: message_service has no event of this number, but those from 0 to 3."
    ]


def test_no_such_argument() -> None:
    """The arguments that there are; the one that is none has no name to be called by."""
    mapi = built("mapi_session")
    new = bytes(mapi.size)
    logon, logoff, end, advise = (mapi.event[name] for name in ("mapi_logon_ex", "logoff", "end_session", "advise"))
    assert mapi.explain(new * 4, [(logon, 8), (logoff, 5), (end, 1 << 31), (advise, 1)]) == [
        "MAPILogonEx (mapi_logon_ex) is rejected: it was given an argument that it does not take. "
        "It takes ui, owner and guest.",
        "IMAPISession::Logoff (logoff) is rejected: it was given an argument that it does not take. "
        "It takes ui and shared.",
        "end_session (begin to end the session because the user asked) is rejected: it was given an argument that it "
        "does not take. It takes after_outbound.",
        "Advise (advise) is rejected: it was given an argument that it does not take. It takes none.",
    ]


def test_no_machine() -> None:
    """Memory that was not initialised, in the first place."""
    mapi = built("mapi_session")
    noise = b"\xa5" * mapi.size
    state_8 = (8).to_bytes(8, sys.byteorder) + bytes(mapi.size - 8)
    assert mapi.explain(noise + state_8, [mapi.step("advise"), mapi.step("logoff ui")]) == [
        "Advise (advise) is rejected: the machine's memory holds what no machine can; it was overwritten, or never "
        "initialised.",
        "IMAPISession::Logoff (logoff) with ui is rejected: the machine's memory holds what no machine can; it was "
        "overwritten, or never initialised.",
    ]


# Any configuration and any event

BAKERY = next(example.lifecycle for example in examples() if "bakery" in example.lifecycle)
LIFECYCLES = {
    "mapi_session": lambda: built("mapi_session"),
    "message_service": lambda: built("message_service"),
    "bakery": lambda: embedded(BAKERY),
}

compared: Counter[str] = Counter()


@pytest.fixture(autouse=True)
def said(say: Callable[[str], None]) -> Iterator[None]:
    """At the end, how much was compared."""
    compared.clear()
    yield
    if compared:
        say("sentences, each with a buffer of every size: " + ", ".join(f"{count} of {name}" for name, count in compared.items()))


def any_configuration(lifecycle: Embedded, chance: random.Random) -> Configuration:
    """Any that memory can have, whether events lead to it or not."""
    model = lifecycle.model
    counts = (0,) * chance.randint(1, 8) + (1, 2, 3, 10, 65534, LIMIT)
    return Configuration(
        chance.randrange(len(model.states)),
        tuple(chance.choice(counts) for _ in model.holdings),
        tuple(chance.random() < 0.5 for _ in model.facts),
    )


@pytest.mark.parametrize(("name", "count"), (("mapi_session", 1000), ("message_service", 200), ("bakery", 500)))
def test_every_sentence(name: str, count: int) -> None:
    """Well-formed; and it says what the rejection or the warning is."""
    lifecycle = LIFECYCLES[name]()
    model, chance = lifecycle.model, random.Random(5)
    asked = []
    for _ in range(count):
        event = chance.randrange(len(model.events))
        asked.append((any_configuration(lifecycle, chance), event, chance.choice(argument_sets(model.events[event]))))
    machines = b"".join(lifecycle.memory(here) for here, _, _ in asked)
    sentences = lifecycle.explain(machines, [(event, arguments) for _, event, arguments in asked])
    for (here, event, arguments), sentence in zip(asked, sentences, strict=True):
        verdict, warned = judge(model, here, event, arguments), warnings(model, here, event, arguments)
        assert sentence.endswith(".") and not re.search(r"^\s|\s\s|[^ -~]| [.,;:]|[.,;][.,;:]", sentence), sentence
        assert ("rejected" in sentence) == (not verdict.accepted), sentence
        assert (" with a warning: " in sentence) == bool(warned), sentence
        assert ("gives back what is not held" in sentence) == (verdict.reason == "not_held" and verdict.rule is None), sentence
        assert ("65535 can be counted" in sentence) == (verdict.reason == "limit"), sentence
        assert ("It is allowed in " in sentence) == (verdict.reason == "state"), sentence
        rules = {model.events[event].warnings[index].rule for index in warned} | ({verdict.rule} - {None})
        cited = re.findall(r"\[([a-z0-9-]+)[,\]]", sentence)
        assert sorted(cited) == sorted(model.rules[rule].name for rule in rules), sentence
        state, what = model.states[here.state].name, model.events[event]
        assert re.search(rf" is (accepted|rejected) in {state}\b", sentence), sentence
        words = [argument.name for index, argument in enumerate(what.arguments) if arguments >> index & 1]
        given = re.match(r".*? with ([a-z_, ]+) is (accepted|rejected) in ", sentence)
        assert re.split(", | and ", given[1]) == words if given else not words, sentence
        for number, thing in re.findall(r"(?:Held: |, )(\d+) ([A-Za-z ]+)(?=[,.])", sentence):
            one = [holding for holding in model.holdings if holding.one == thing]
            several = [holding for holding in model.holdings if thing in (holding.title, f"of {holding.title}")]
            assert one if number == "1" and "of " not in thing[:3] else several, sentence
    compared[name] += count


# Doing what is said


@pytest.mark.parametrize(("name", "count"), (("mapi_session", 60), ("message_service", 4), ("bakery", 150)))
def test_following_the_advice(name: str, count: int, say: Callable[[str], None]) -> None:
    """Whoever does what is advised gets past any rejection of a configuration that events lead to."""
    lifecycle = LIFECYCLES[name]()
    model = lifecycle.model
    rest = {index for group in model.groups for index in group.members[2:]}
    found = Configurations(model, [0 if index in rest else 2 for index in range(len(model.holdings))])
    followed = rejected = 0
    for number in random.Random(13).sample(range(len(found)), min(count, len(found))):
        for event, what in enumerate(model.events):
            for arguments in argument_sets(what):
                rejected += not judge(model, found[number], event, arguments).accepted
                followed += follow(lifecycle, found[number], event, arguments)
    say(f"{rejected} rejections of {name}, of which {followed} came with advice that was followed to its end")
    assert followed >= count


def follow(lifecycle: Embedded, here: Configuration, event: int, arguments: int) -> bool:
    """Was there anything to do, and did it help: done as a whole; and, where a sentence names its first call alone, by that and what is
    said then?
    """
    model = lifecycle.model
    advice = lifecycle.advice(lifecycle.memory(here), event, arguments)
    if not advice:
        return False
    now, told = here, [lifecycle.sentence(lifecycle.memory(here), event, arguments)]
    for step, with_, times in advice:
        for _ in range(times):
            assert judge(model, now, step, with_).accepted, (here, told, advice)
            now = apply(model, now, step, with_)
    assert advice[0][0] == event or judge(model, now, event, arguments).accepted, (here, told, advice)
    says_all = judge(model, here, event, arguments).reason == "state"
    while not says_all and not judge(model, here, event, arguments).accepted:
        assert len(told) < MOST_ASKED, "the advice leads nowhere:\n" + "\n".join(told)
        [(step, with_, _), *_] = lifecycle.advice(lifecycle.memory(here), event, arguments)
        assert judge(model, here, step, with_).accepted, told
        if step == event:
            return True
        here = apply(model, here, step, with_)
        told.append(lifecycle.sentence(lifecycle.memory(here), event, arguments))
    return True


MOST_ASKED = 200
"""Calls after which advice is taken to lead round and round."""
