"""What is written in a spec and cannot come about: states, branches, events, needs that fail, warnings."""

from collections.abc import Iterator, Mapping

from judge.coarse import Item
from judge.findings import Finding, named
from model import STAY, Event, Lifecycle, Need
from problems import Place


def impossible(model: Lifecycle, possible: set[Item], unheld: Mapping[tuple[int, Need], int] | None = None) -> Iterator[Finding]:
    """What is not among the things that can come about. `unheld`: what is known of the needs that fail only where `not_held` is
    judged first: of an event (index) and its need, a holding that is not held there.
    """
    for index, state in enumerate(model.states):
        if ("state", index) not in possible:
            yield Finding(state.place, f"the state `{state.name}` is never entered: no events lead to it")
    for index, choice in enumerate(model.choices):
        for number, branch in enumerate(choice.branches):
            if ("branch", index, number) not in possible:
                where = "stay" if branch.target == STAY else model.states[branch.target].name
                message = f"the branch of `{choice.name}` to `{where}` is never taken: no event gets to it"
                yield Finding(branch.place, message)
    events: dict[tuple[Place, str], list[str]] = {}
    happens = set(_places(model, possible))
    for index, event in enumerate(model.events):
        for place, message in _impossible_of(model, index, possible, unheld or {}):
            if place not in happens:
                events.setdefault((place, message), []).append(event.name)
    for (place, message), names in events.items():  # what is said of several events at one place is said once
        yield Finding(place, message.replace("{events}", named(names)))


def _places(model: Lifecycle, possible: set[Item]) -> Iterator[Place]:
    """Where the needs that fail and the warnings that come are written; what is written once for several events is
    judged over all of them.
    """
    for index, event in enumerate(model.events):
        for need in (need for move in event.moves if move for need in move.needs):
            if ("need", index, need) in possible:
                yield need.place
        for number, warning in enumerate(event.warnings):
            if ("warning", index, number) in possible:
                yield warning.place


def _impossible_of(
    model: Lifecycle, index: int, possible: set[Item], unheld: Mapping[tuple[int, Need], int]
) -> Iterator[tuple[Place, str]]:
    """What is impossible of one event: places, and messages with `{events}` for its name."""
    event = model.events[index]
    if ("accepted", index) not in possible and ("unexplained", index) in possible:
        why = ": no events lead to where a move of it can be made"
        if not any(event.moves):
            why = "; give it a move, or name it in the `refuses` of a rule"
        yield event.place, f"{{events}} is accepted nowhere and refused without a rule{why}"
    for need in _needs(event):
        if ("need", index, need) not in possible:
            given = "" if need.argument is None else f" with `{event.arguments[need.argument].name}`"
            why = "never fails: no events lead to where it would"
            if not any(event.moves):
                why = "never fails: without a move it is not judged"
            elif (index, need) in unheld:
                why = f"never fails: where it would, `not_held` is judged first{_signed(model, event, need, unheld[index, need])}"
            yield need.place, f"the need `{need.condition.text}` of {{events}}{given} {why}"
    for number, warning in enumerate(event.warnings):
        if ("warning", index, number) not in possible:
            why = f"never comes: where that is accepted, `{warning.condition.text}` never holds"
            yield warning.place, f"the warning `{model.rules[warning.rule].name}` of {{events}} {why}"


def _signed(model: Lifecycle, event: Event, need: Need, holding: int) -> str:
    """How `not_held` of a holding can cite the rule of a need that is never judged, or which one it cites."""
    cited = event.not_held_rules[event.gives_back.index(holding)] if event.not_held_rules else None
    if cited is not None:
        return f" and cites `{model.rules[cited].name}`; remove the need"
    return f"; `gives_back: {{{model.holdings[holding].name}: {model.rules[need.rule].name}}}` makes that cite the rule"


def _needs(event: Event) -> list[Need]:
    """The needs of an event over all states, equal ones once; also those of one without a move."""
    return [*dict.fromkeys(need for move in event.moves if move for need in move.needs), *event.unjudged]
