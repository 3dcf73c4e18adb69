"""The Ragel source of a lifecycle, read as it says itself: its letters, what each asks, and what comes of one.

Together with the model this is all that one needs to run Ragel's own code for it. Nothing of the generator's tables is used.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from model import Condition, Event, Lifecycle, Move, Need

_LETTER = re.compile(r" +(\w+) += (\d+); +# (?:with (?P<argument>\w+), )?(?P<asks>\w[^:]*?)(?:: (?P<condition>.*))?")
_ACTION = re.compile(r" +action (\w+) +\{ \*outcome = (\d+); \}")
_REASONS = {"accept": "ACCEPTED", "refuse": "STATE", "not_held": "NOT_HELD", "need": "NEED", "limit": "LIMIT"}
_QUESTIONS = {
    "always": "ALWAYS",
    "gives back what is not held": "HELD_NOT",
    "not": "FAILS",
    "takes what is held 65535 times": "FULL",
    "afterwards": "AFTERWARDS",
}


@dataclass(frozen=True)
class Letter:
    """A letter: its number, what it asks (in the words of plain.h), of which arguments (bits) and which condition, if any."""

    number: int
    asks: str
    arguments: int = 0
    condition: Condition | None = None


@dataclass(frozen=True)
class RagelSource:
    """`letters` has the letters of each event, `outcomes` for each action its verdict (of plain.h) and rule (index)."""

    letters: tuple[tuple[Letter, ...], ...]
    letter_count: int
    outcomes: tuple[tuple[str, int | None], ...]


def read(model: Lifecycle, source: str) -> RagelSource:
    """Reads a source. What it says must be what the model knows, or this fails."""
    lines = source.splitlines()
    begin, end = lines.index("    # Letters"), lines.index("    # States")
    letters: dict[str, tuple[Letter, ...]] = {}
    events: list[str] = []
    found: list[Letter] = []
    numbers = 0
    for line in [*lines[begin + 1 : end], "    # "]:
        if line.startswith("    # "):
            letters.update({event: tuple(found) for event in events})
            events, found = line[6:].split(", "), []
        elif line and not line.lstrip().startswith("unreached__"):
            found.append(_letter(_event(model, events[0]), model, line))
        numbers += " = " in line
    return RagelSource(
        tuple(letters[event.name] for event in model.events), numbers, tuple(_outcomes(model, source))
    )


def _event(model: Lifecycle, name: str) -> Event:
    (found,) = [event for event in model.events if event.name == name]
    return found


def _letter(event: Event, model: Lifecycle, line: str) -> Letter:
    match = _LETTER.fullmatch(line)
    assert match, line
    asks, text, number = _QUESTIONS[match["asks"]], match["condition"], int(match[2])
    if asks == "FAILS":
        names = [argument.name for argument in event.arguments]
        index = names.index(match["argument"]) if match["argument"] else None
        conditions = [need.condition for need in _needs(event) if need.argument == index and need.condition.text == text]
        assert conditions, f"no need of {event.name} in the model is that of: {line}"
        return Letter(number, asks, 0 if index is None else 1 << index, conditions[0])
    assert not match["argument"], line
    if asks == "AFTERWARDS":
        conditions = [found for found in _branch_conditions(model, event) if found.text == text]
        assert conditions, f"no branch of {event.name} in the model is that of: {line}"
        return Letter(number, asks, 0, conditions[0])
    assert text is None, line
    return Letter(number, asks)


def _moves(event: Event) -> Iterator[Move]:
    yield from (move for move in event.moves if move)


def _needs(event: Event) -> Iterator[Need]:
    yield from (need for move in _moves(event) for need in move.needs)


def _branch_conditions(model: Lifecycle, event: Event) -> Iterator[Condition]:
    choices = (model.choices[move.choice] for move in _moves(event) if move.choice is not None)
    yield from (branch.condition for choice in choices for branch in choice.branches if branch.condition)


def _outcomes(model: Lifecycle, source: str) -> Iterator[tuple[str, int | None]]:
    """What each action says, by its name: the verdict, and the rule after it if there is one."""
    rules = {rule.name.replace("-", "_"): index for index, rule in enumerate(model.rules)}
    actions = _ACTION.findall(source)
    assert [int(number) for _, number in actions] == list(range(len(actions)))
    for name, _ in actions:
        reason = next(reason for reason in _REASONS if name == reason or name.startswith(f"{reason}_"))
        yield _REASONS[reason], rules[name[len(reason) + 1 :]] if name != reason else None
