"""NAME_guard.h: the machines of an API's kinds, and the tables of its calls put into the template."""

from dataclasses import dataclass, replace

import output
from api import Api, Call, Kind, Role
from header.header import header
from machine.ragel import compile_machine
from problems import ApiError, SpecError
from read.api_spec import c_name

NONE = 0xFFFF
"""Stands for: no event, no role, no kind."""


def guard(api: Api) -> str:
    """The text of NAME_guard.h. Raises ApiError for a lifecycle of which no machine can be made."""
    machines = [_machine(api, kind) for kind in api.kinds]
    name = f"{api.name}_guard"
    return output.render("guard/guard.h.j2", api=api, machines=machines, view=_View(api), p=name, P=name.upper(), NONE=NONE)


def machine_name(api: Api, kind: Kind) -> str:
    """What the machine of a kind is called in C."""
    return f"{api.name}_guard_{kind.name}_machine"


def _machine(api: Api, kind: Kind) -> str:
    """The header of a kind's lifecycle, its names beginning as all in a guard."""
    renamed = replace(kind.lifecycle, name=machine_name(api, kind))
    try:
        return header(renamed, compile_machine(renamed))
    except SpecError as error:
        raise ApiError({kind.path: error}) from None


@dataclass(frozen=True)
class _Row:
    """A call in the tables: where its roles, events, arguments and others to be told begin."""

    call: Call
    c_name: str
    first_on: int
    first_make: int
    first_event: int
    first_argument: int
    first_passed: int
    first_tell: int
    passed: int


class _View:
    """What the template asks for beside the model."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self.events: list[int] = []
        self.on: list[Role] = []
        self.makes: list[tuple[Role, list[int]]] = []
        self.arguments: list[str] = []
        self.passed: list[tuple[int, int, int, int]] = []
        self.tells: list[tuple[int, int, int]] = []
        self.most_parents = max(1, *(len(kind.parents) for kind in api.kinds))
        self.most_on = max(1, *(len(call.on) for call in api.calls))
        self.most_makes = max(1, *(len(call.makes) for call in api.calls))
        paths = [self._paths(kind) for kind in range(len(api.kinds))]
        self.most_above = max(1, *paths)
        self.most_concerned = max(
            sum(1 + paths[role.kind] for role in call.on) + sum(paths[role.kind] for role in call.makes) for call in api.calls
        )
        self.most_concerned = max(1, self.most_concerned)
        self.rows = [self._row(call) for call in api.calls]
        self.on_traits = [self._traits(role) for role in self.on]
        self.makes_traits = [self._traits(role) for role, _ in self.makes]
        self.make_names = [role.name for role, _ in self.makes]
        self.outcome_counts = [len(call.outcomes) for call in api.calls]
        chains = [self._chain(kind) for kind in range(len(api.kinds))]
        self.chain = [kind for chain in chains for kind in chain]
        self.first_chain = [sum(len(chain) for chain in chains[:index]) for index in range(len(chains) + 1)]
        self.above = [[int(kind in api.ancestors_of(below)) for kind in range(len(api.kinds))] for below in range(len(api.kinds))]
        self.parents = [
            [kind.parents[index].kind if index < len(kind.parents) else NONE for index in range(self.most_parents)] for kind in api.kinds
        ]

    def machine(self, kind: Kind) -> str:
        """What the machine of a kind is called in C."""
        return machine_name(self._api, kind)

    def handled(self, roles: tuple[Role, ...]) -> list[Role]:
        """The roles that come with a handle."""
        return [role for role in roles if self._api.kinds[role.kind].per is None]

    def makes_grouped(self, call: Call) -> bool:
        """Does a call make what may be in a group?"""
        return any(self._api.kinds[role.kind].group for role in call.makes)

    def _traits(self, role: Role) -> int:
        """What a role is, as bits: it comes with a handle, NULL is one, it is in a group."""
        kind = self._api.kinds[role.kind]
        return (kind.per is None) + 2 * kind.null + 4 * (kind.group is not None)

    def _paths(self, kind: int) -> int:
        """At most so many objects stand above one of this kind."""
        return sum(1 + self._paths(parent.kind) for parent in self._api.kinds[kind].parents)

    def _chain(self, kind: int) -> list[int]:
        """The machines without a handle that are there before an object of this kind can be: parents first, itself last."""
        what = self._api.kinds[kind]
        above = [each for parent in what.parents if self._api.kinds[parent.kind].per for each in self._chain(parent.kind)]
        return list(dict.fromkeys([*above, *([kind] if what.per else [])]))

    def _row(self, call: Call) -> _Row:
        passed = self._passed(call)
        row = _Row(
            call=call,
            c_name=c_name(call.name),
            first_on=len(self.on),
            first_make=len(self.makes),
            first_event=len(self.events),
            first_argument=len(self.arguments),
            first_passed=len(self.passed),
            first_tell=len(self.tells),
            passed=len(passed),
        )
        self.on += call.on
        roles = {role.name: index for index, role in enumerate(call.on)}
        for role in call.makes:
            only = [NONE if parent.role is None else roles.get(parent.role, NONE) for parent in self._api.kinds[role.kind].parents]
            self.makes.append((role, only + [NONE] * (self.most_parents - len(only))))
        for events in (*(role.events for role in call.on), *call.ancestors):
            self.events += [NONE if event is None else event for event in events]
        self.arguments += [argument.name for argument in call.arguments]
        self.passed += passed
        self.tells += [(tell.kind, tell.event, 0 if tell.when is None else 1 << tell.when) for tell in call.tells]
        return row

    def _passed(self, call: Call) -> list[tuple[int, int, int, int]]:
        """Which argument of the call is which of an event that it fires: kind, event, bit of the call, bit of the event."""
        fired = {(role.kind, event) for role in call.on for event in role.events if event is not None}
        fired |= {(kind, event) for kind, events in enumerate(call.ancestors) for event in events if event is not None}
        names = {argument.name: index for index, argument in enumerate(call.arguments)}
        return [
            (kind, event, 1 << names[argument.name], 1 << index)
            for kind, event in sorted(fired)
            for index, argument in enumerate(self._api.kinds[kind].lifecycle.events[event].arguments)
            if argument.name in names
        ]
