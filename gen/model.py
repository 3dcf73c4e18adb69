"""The model: what a spec means, as plain data. The one place where the meaning lives; every output is a view of it.

Elements refer to each other by index into the lifecycle's tuples, which are in the order of the spec. `place` says where
an element is declared; it takes no part in comparisons.
"""

from dataclasses import dataclass, field
from enum import Enum

from problems import Place

LIMIT = 65535
"""The most of one holding that can be held at a time."""

STAY = -1
"""As a target: the state stays what it is."""


def _declared() -> Place:
    return field(default=Place(1, 1), compare=False, repr=False, kw_only=True)


@dataclass(frozen=True)
class State:
    """A state. `step`: the number of the procedure's step that is due in it, from 1, or None."""

    name: str
    title: str
    initial: bool
    final: bool
    step: int | None
    place: Place = _declared()


@dataclass(frozen=True)
class Holding:
    """Something counted, 0 to LIMIT. `title` names several, `one` a single one (None where the spec does not say)."""

    name: str
    title: str
    one: str | None
    call: str | None
    may_remain: bool
    place: Place = _declared()


@dataclass(frozen=True)
class Group:
    """Holdings that conditions name together: as a number, the sum of its members (indices of holdings)."""

    name: str
    title: str
    members: tuple[int, ...]
    place: Place = _declared()


@dataclass(frozen=True)
class Fact:
    """True or false, false at first. Cleared when the last of the holdings `held_with` is given back, if there are some."""

    name: str
    title: str
    held_with: tuple[int, ...]
    place: Place = _declared()


@dataclass(frozen=True)
class Rule:
    """What a rejection or a warning cites. `source`: the document that it comes from, or None."""

    name: str
    title: str
    step: int | None
    source: str | None
    place: Place = _declared()


class Subject(Enum):
    """What an atom of a condition looks at; facts and arguments count as 0 or 1."""

    HOLDING = "holding"
    GROUP = "group"
    FACT = "fact"
    ARGUMENT = "argument"


@dataclass(frozen=True)
class Atom:
    """A comparison of one subject's number with a constant. `relation` is a comparison operator of C."""

    subject: Subject
    index: int
    relation: str
    number: int


@dataclass(frozen=True)
class Condition:
    """True if all atoms of one of `alternatives` hold. `text` is the spec's wording, its blanks folded."""

    alternatives: tuple[tuple[Atom, ...], ...]
    text: str = field(compare=False)
    place: Place = _declared()


@dataclass(frozen=True)
class Need:
    """A condition that must hold before the effect, or the event is rejected citing `rule`.

    `argument`: judged only if the event comes with this argument (its index), None: always.
    """

    condition: Condition
    rule: int
    argument: int | None
    place: Place = _declared()


@dataclass(frozen=True)
class Branch:
    """A branch of a choice: taken, after the effect, if `condition` holds (None: always). `target`: a state or STAY."""

    condition: Condition | None
    target: int
    place: Place = _declared()


@dataclass(frozen=True)
class Choice:
    """Decides the next state after the effect: the first branch that holds; the last one always does."""

    name: str
    branches: tuple[Branch, ...]
    place: Place = _declared()


@dataclass(frozen=True)
class Move:
    """What an event does in one state. Either `target` (a state or STAY) or `choice` counts, the other is None.

    `needs` are in the order of judging: the event's, the move's, then those of the arguments.
    """

    target: int | None
    choice: int | None
    needs: tuple[Need, ...]
    place: Place = _declared()


@dataclass(frozen=True)
class Argument:
    """An argument of an event; its bit is 1 << index. `sets`: the fact that is set to whether the argument is there."""

    name: str
    title: str
    sets: int | None
    place: Place = _declared()


@dataclass(frozen=True)
class Warning:
    """An accepted event warns of `rule` if `condition` holds before the effect."""

    condition: Condition
    rule: int
    place: Place = _declared()


@dataclass(frozen=True)
class Event:
    """An event. `moves` and `refusals` have one entry for each state: the move there or None; where there is none, the
    rule that the rejection cites or None. `takes` and `gives_back` name holdings, one of each; no holding is in both.
    `calls`: the real calls that it stands for, each as a name, or as the beginning of names with a `*` behind it.
    `not_held_rules` has the rule (or None) that is cited for each of `gives_back` if nothing of it is held; empty: none.
    `awaited`: nobody calls it; it is a callback, a notice or a result, for which one can only wait.
    """

    name: str
    title: str
    calls: tuple[str, ...]
    arguments: tuple[Argument, ...]
    takes: tuple[int, ...]
    gives_back: tuple[int, ...]
    sets: tuple[int, ...]
    clears: tuple[int, ...]
    moves: tuple[Move | None, ...]
    refusals: tuple[int | None, ...]
    warnings: tuple[Warning, ...]
    not_held_rules: tuple[int | None, ...] = ()
    awaited: bool = False
    unjudged: tuple[Need, ...] = ()
    """The needs that are written for an event without a move: they are never judged."""
    place: Place = _declared()

    @property
    def call(self) -> str:
        """The real calls in words, "" if there are none."""
        return " or ".join([", ".join(self.calls[:-1]), *self.calls[-1:]] if len(self.calls) > 1 else self.calls)


@dataclass(frozen=True)
class Invariant:
    """What the spec claims of every configuration to which accepted events lead: in `states` (indices, in their order),
    and if `finished` only at the end, `condition` holds. A claim about the machine and no part of it.
    """

    name: str
    title: str
    states: tuple[int, ...]
    finished: bool
    condition: Condition
    place: Place = _declared()


@dataclass(frozen=True)
class Lifecycle:
    """A whole lifecycle. Exactly one state is initial, at least one is final.

    It is finished when the state is final and every holding that may not remain is 0. `always`: what is claimed of it.
    """

    name: str
    title: str
    source: str | None
    states: tuple[State, ...]
    choices: tuple[Choice, ...]
    holdings: tuple[Holding, ...]
    groups: tuple[Group, ...]
    facts: tuple[Fact, ...]
    rules: tuple[Rule, ...]
    events: tuple[Event, ...]
    always: tuple[Invariant, ...] = ()

    @property
    def cites_not_held(self) -> bool:
        """Does any event say which rule is cited for what it gives back and is not held?"""
        return any(rule is not None for event in self.events for rule in event.not_held_rules)

    @property
    def initial(self) -> int:
        """The index of the initial state."""
        return next(index for index, state in enumerate(self.states) if state.initial)
