"""The alphabet that Ragel compiles the lifecycle over.

A letter is an event together with what decided it: the need that failed, the branch of a choice that was taken, and so on.
Who runs the machine finds the letter by asking, in the order of an event's letters, only those for which the present state
has a transition; so the alphabet grows with the number of conditions and not with their combinations. Events that behave
alike in every state share their letters.
"""

from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from model import Branch, Event, Lifecycle, Move, Need


@dataclass(frozen=True)
class Letter:
    """One outcome of an event. `name` is unique in the machine.

    `reason` is `state`, `not_held`, `need`, `limit`, or `accepted`. `rule` is what a rejection cites, or None. `need` and
    `branch` (with its `choice`) say what decided; without a branch an accepted event simply moves.
    """

    name: str
    reason: str
    rule: int | None = None
    need: Need | None = None
    choice: int | None = None
    branch: int | None = None


@dataclass(frozen=True)
class Alike:
    """Events (indices) that behave alike, and their letters in the order of judging."""

    events: tuple[int, ...]
    letters: tuple[Letter, ...]


def alphabet(model: Lifecycle) -> tuple[Alike, ...]:
    """The letters of all events, those that behave alike together, in the order of the spec."""
    classes: dict[object, list[int]] = {}
    for index, event in enumerate(model.events):
        key = (event.moves, event.refusals, bool(event.takes), bool(event.gives_back))
        classes.setdefault(key, []).append(index)
    used: set[str] = set()
    return tuple(
        Alike(tuple(events), tuple(_letters(model, model.events[events[0]], used))) for events in classes.values()
    )


def _letters(model: Lifecycle, event: Event, used: set[str]) -> list[Letter]:
    """The letters of an event; their names are none of `used`, and are added to it."""
    moves = [move for move in event.moves if move]
    letters: list[Letter] = []
    last: dict[str, int] = {}

    def add(word: str, reason: str, **more: Any) -> None:
        name = base = f"{event.name}__{word}".replace("-", "_")
        number = last.get(base, 1)
        while name in used:
            number += 1
            name = f"{base}_{number}"
        last[base] = number
        used.add(name)
        letters.append(Letter(name, reason, **more))

    for rule in dict.fromkeys(event.refusals):
        if rule is not None:
            add(f"refused_{model.rules[rule].name}", "state", rule=rule)
    if event.gives_back:
        add("not_held", "not_held")
    for need in _in_common_order(moves):
        add(f"need_{model.rules[need.rule].name}", "need", rule=need.rule, need=need)
    if event.takes:
        add("limit", "limit")
    for choice in dict.fromkeys(move.choice for move in moves if move.choice is not None):
        for index, branch in enumerate(model.choices[choice].branches):
            add(f"{model.choices[choice].name}_{_target_name(model, branch)}", "accepted", choice=choice, branch=index)
    if any(move.choice is None for move in moves):
        add("moves", "accepted")
    return letters


def in_states(alike: Alike, event: Event) -> Iterator[list[Letter]]:
    """For each state, the letters of the event (one of `alike`) that have a transition in it, in the order of judging.

    Where moves disagree on their order, a need has several letters.
    """
    of_reason: dict[str, list[Letter]] = {"not_held": [], "need": [], "limit": []}
    refused: dict[int | None, list[Letter]] = {None: []}
    accepted: dict[int | None, list[Letter]] = {}
    places: dict[Need | None, list[int]] = {}
    for letter in alike.letters:
        if letter.reason == "state":
            refused[letter.rule] = [letter]
        elif letter.reason == "accepted":
            accepted.setdefault(letter.choice, []).append(letter)
        else:
            places.setdefault(letter.need, []).append(len(of_reason[letter.reason]))
            of_reason[letter.reason].append(letter)
    for move, refusal in zip(event.moves, event.refusals, strict=True):
        if move is None:
            yield refused[refusal]
            continue
        at = -1
        asked = []
        for need in move.needs:
            at = places[need][bisect(places[need], at)]
            asked.append(of_reason["need"][at])
        yield [*of_reason["not_held"], *asked, *of_reason["limit"], *accepted[move.choice]]


def _target_name(model: Lifecycle, branch: Branch) -> str:
    return "stay" if branch.target < 0 else model.states[branch.target].name


def _in_common_order(moves: list[Move]) -> list[Need]:
    """One sequence in which the needs of every move stand in their order, a need twice where two moves disagree."""
    common: list[Need] = []
    numbers: list[int] = []  # the same as numbers, which are found faster
    number: dict[Need, int] = {}
    for move in moves:
        at = 0
        for need in move.needs:
            own = number.setdefault(need, len(number))
            try:
                at = numbers.index(own, at) + 1
            except ValueError:
                numbers.insert(at, own)
                common.insert(at, need)
                at += 1
    return common
