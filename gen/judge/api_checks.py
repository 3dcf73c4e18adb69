"""What can hardly be meant in an API spec, though it can be read: each finding with its file, its place and the way out."""

from collections.abc import Iterator
from dataclasses import dataclass

from api import Api, Call, calls_of, nearest_entry
from model import STAY, Lifecycle
from problems import Place


@dataclass(frozen=True)
class ApiFinding:
    """`path`: the file it is in; `is_note`: nothing is wrong, but one had better know."""

    path: str
    place: Place
    message: str
    is_note: bool = False


def check_api(api: Api, path: str) -> list[ApiFinding]:
    """All findings, those of the API spec before those of its lifecycles."""
    own = [*_fires_nothing(api, path), *_kinds(api, path), *_counts(api, path), *_arguments(api, path)]
    return [*sorted(own, key=lambda each: each.place), *_calls_missing(api)]


def _fires_nothing(api: Api, path: str) -> Iterator[ApiFinding]:
    for call in _written(api):
        variants = [each for each in api.calls if each.key == call.key]
        if not call.makes and not call.tells and not any(_fired(api, each) for each in variants):
            message = f"`{call.name}` fires nothing: no event of the objects that it concerns has `call: {call.name}`"
            yield ApiFinding(path, call.place, f"{message}; give the call to an event, or remove it here")


def _kinds(api: Api, path: str) -> Iterator[ApiFinding]:
    made = {role.kind for call in api.calls for role in call.makes}
    for number, kind in enumerate(api.kinds):
        first = kind.lifecycle.states[kind.lifecycle.initial]
        if number in made and first.final and kind.ends:
            message = f"a `{kind.name}` is made in the state `{first.name}`, which is final: it is never missed"
            yield ApiFinding(path, kind.place, f"{message}; let its lifecycle begin where it is alive")
        if number not in made and kind.ends:
            message = f"no call makes a `{kind.name}`, so all are unknown"
            yield ApiFinding(path, kind.place, f"{message}; name it in the `makes` of a call, or say `adopt: yes`, or `per: process`")


def _counts(api: Api, path: str) -> Iterator[ApiFinding]:
    """Parents that count their children by one call and not by the other."""
    for number, kind in enumerate(api.kinds):
        makers = [call for call in api.calls if any(role.kind == number for role in call.makes)]
        enders = [call for call in api.calls if kind.ends and _may_end(api, call, number)]
        for above in api.ancestors_of(number):
            parent = api.kinds[above]
            takes = {holding for call in makers for holding in _holdings(api, call, above, taken=True)}
            for holding in sorted(takes):
                name = parent.lifecycle.holdings[holding].name
                for call in enders:
                    if not any(holding in _holdings(api, each, above, taken=False) for each in api.calls if each.key == call.key):
                        message = f"`{call.name}` ends a `{kind.name}`, and its `{parent.name}` goes on counting it in `{name}`"
                        yield ApiFinding(path, call.place, f"{message}; let an event with `call: {call.name}` give it back in {parent.path}")
                for call in makers:
                    if holding not in _holdings(api, call, above, taken=True) and not call.name.endswith("*"):
                        message = f"`{call.name}` makes a `{kind.name}`, and its `{parent.name}` does not count it in `{name}` as for other calls"
                        yield ApiFinding(path, call.place, f"{message}; let an event with `call: {call.name}` take it in {parent.path}")


def _arguments(api: Api, path: str) -> Iterator[ApiFinding]:
    """Arguments of events that no call of a program can come with."""
    for call in _written(api):
        for argument in call.arguments:
            if argument.expression is None:
                message = f"nothing says when `{call.name}` comes with the argument `{argument.name}`: a program's calls never do"
                yield ApiFinding(path, call.place, f"{message}; add `args: {{{argument.name}: CONDITION}}`", is_note=True)


def _calls_missing(api: Api) -> Iterator[ApiFinding]:
    """Calls that a lifecycle names and the API spec does not have."""
    entries = tuple(call.name for call in api.calls)
    said: set[tuple[str, Place]] = set()
    for kind in api.kinds:
        for event in kind.lifecycle.events:
            for call in calls_of(event):
                begins = any(entry.startswith(call[:-1]) for entry in entries) if call.endswith("*") else False
                if nearest_entry(call, entries) is None and not begins and (kind.path, event.place) not in said:
                    said.add((kind.path, event.place))
                    message = f"`{event.name}` has `call: {call}`, and the API spec `{api.name}` has no such call, so none fires it"
                    yield ApiFinding(kind.path, event.place, f"{message}; add it to `calls` there", is_note=True)


def _written(api: Api) -> list[Call]:
    """The calls that stand in the spec, without those that a lifecycle took out of a pattern."""
    return [call for call in api.calls if call.name == call.key]


def _fired(api: Api, call: Call) -> bool:
    every = [*(role.events for role in call.on), *call.ancestors]
    return any(event is not None for events in every for event in events) and bool(api.kinds)


def _holdings(api: Api, call: Call, kind: int, taken: bool) -> set[int]:
    """What a call takes or gives back on the machines of a kind."""
    every = [*(role.events for role in call.on if role.kind == kind), call.ancestors[kind]]
    events = [api.kinds[kind].lifecycle.events[event] for events in every for event in events if event is not None]
    return {holding for event in events for holding in (event.takes if taken else event.gives_back)}


def _may_end(api: Api, call: Call, kind: int) -> bool:
    """May a call end an object of a kind that it is made on?"""
    model = api.kinds[kind].lifecycle
    return any(role.kind == kind and any(event is not None and _leads_to_end(model, event) for event in role.events) for role in call.on)


def _leads_to_end(model: Lifecycle, event: int) -> bool:
    targets: set[int] = set()
    for move in model.events[event].moves:
        if move is not None and move.choice is not None:
            targets |= {branch.target for branch in model.choices[move.choice].branches}
        elif move is not None and move.target is not None:
            targets.add(move.target)
    return any(target != STAY and model.states[target].final for target in targets)
