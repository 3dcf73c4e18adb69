"""The model of an API spec: which kinds of objects an API has, and what each call concerns, as plain data.

It stands beside model.py, which says how one object lives. What a call fires on which machine is worked out once, by the reader;
everything else is a view of it. Elements refer to each other by index into the tuples, which are in the order of the spec.
"""

from dataclasses import dataclass, field
from enum import Enum

from model import Event, Lifecycle
from problems import Place


def _declared() -> Place:
    return field(default=Place(1, 1), compare=False, repr=False, kw_only=True)


@dataclass(frozen=True)
class Expression:
    """A piece of C over the parameters of a call, as it is written. Only bindings compile it."""

    text: str
    place: Place = _declared()


class Per(Enum):
    """Of what there is one machine of a kind whose objects have no handle."""

    PROCESS = "process"
    THREAD = "thread"


@dataclass(frozen=True)
class Parent:
    """One parent of a kind. `role`: the role in `on` that finds it, or None: the object of that kind."""

    kind: int
    role: str | None
    place: Place = _declared()


@dataclass(frozen=True)
class Kind:
    """A kind of objects. `path`: the file of its lifecycle. `per`: there are no handles.

    `numbered`: its handles are a name-space of their own. `adopt`: an object begins when its handle is first seen. `null`: the
    handle 0 is an object. `group`: objects with the same value belong together.
    """

    name: str
    lifecycle: Lifecycle
    path: str
    handle: str | None
    parents: tuple[Parent, ...]
    per: Per | None
    numbered: bool
    adopt: bool
    null: bool
    group: Expression | None
    place: Place = _declared()

    @property
    def ends(self) -> bool:
        """Can an object of this kind end, so that its handle is not to be used any more?"""
        return self.per is None and not self.adopt


@dataclass(frozen=True)
class Role:
    """An object that a call is made on, or that it makes. `events`: what is fired on it, for each outcome an event or None."""

    name: str
    kind: int
    expression: Expression
    events: tuple[int | None, ...]
    place: Place = _declared()


@dataclass(frozen=True)
class Outcome:
    """One of several ways in which a call may end. `condition` None: in all other cases."""

    name: str
    condition: Expression | None
    place: Place = _declared()


@dataclass(frozen=True)
class Argument:
    """An argument of the events that a call fires. `expression` None: the spec does not say where it is found."""

    name: str
    expression: Expression | None
    place: Place = _declared()


@dataclass(frozen=True)
class Tell:
    """An event that is fired on the other objects of a kind in the group; `when`: only with this argument (its index)."""

    kind: int
    event: int
    when: int | None
    place: Place = _declared()


@dataclass(frozen=True)
class Call:
    """A call, or all calls whose names begin like `name` without its `*`, but for those that have an entry of their own.

    `ancestors`: what is fired on a machine of each kind that the call does not name, for each outcome an event or None. A call
    without outcomes of its own has one for all, which has no name. Where a lifecycle names a single call of a pattern, that call
    has an entry here, too; `key` is then the pattern, as it stands in the spec.
    """

    name: str
    key: str
    on: tuple[Role, ...]
    makes: tuple[Role, ...]
    each: int | None
    outcomes: tuple[Outcome, ...]
    arguments: tuple[Argument, ...]
    tells: tuple[Tell, ...]
    ancestors: tuple[tuple[int | None, ...], ...]
    happened: Expression | None
    label: Expression | None
    reports: Expression | None
    rejected: Expression | None
    place: Place = _declared()

    @property
    def is_pattern(self) -> bool:
        """Does the entry stand for several calls?"""
        return self.name.endswith("*")

    @property
    def outcome_count(self) -> int:
        """How many ways the call can end are told apart, at least 1."""
        return max(1, len(self.outcomes))


@dataclass(frozen=True)
class Api:
    """A whole API."""

    name: str
    title: str
    source: str | None
    header: str | None
    library: str | None
    table: str | None
    kinds: tuple[Kind, ...]
    calls: tuple[Call, ...]

    def ancestors_of(self, kind: int) -> tuple[int, ...]:
        """The kinds above a kind, from the nearest out, each once."""
        found = [parent.kind for parent in self.kinds[kind].parents]
        for above in found:
            found += [parent.kind for parent in self.kinds[above].parents]
        return tuple(dict.fromkeys(found))


def calls_of(event: Event) -> tuple[str, ...]:
    """The calls that an event stands for, patterns among them."""
    return event.calls


def fits(name: str, entry: str) -> bool:
    """Is a call, or each call of a pattern, one of those that an entry stands for?"""
    return name.startswith(entry[:-1]) if entry.endswith("*") else name == entry


def nearest_entry(name: str, entries: tuple[str, ...]) -> str | None:
    """Of several entries the one that counts for a call: its own, else the longest pattern that fits."""
    fitting = [entry for entry in entries if fits(name, entry)]
    return name if name in fitting else max(fitting, key=len) if fitting else None
