"""What a lifecycle does, read straight from the model: the exact meaning, as plain as it can be said.

It shares nothing with the rest of the generator but the model itself, so that it can be the witness for what the
generator makes. Arguments are bits as in C: `1 << index` for each that is there.
"""

import operator
from dataclasses import dataclass

from model import LIMIT, STAY, Atom, Condition, Event, Invariant, Lifecycle, Subject

ACCEPTED = "accepted"
STATE = "state"
NOT_HELD = "not_held"
NEED = "need"
TOO_MANY = "limit"

_RELATIONS = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}


@dataclass(frozen=True)
class Configuration:
    """All that a machine remembers: its state (index), the count of each holding, each fact."""

    state: int
    counts: tuple[int, ...]
    facts: tuple[bool, ...]


@dataclass(frozen=True)
class Verdict:
    """What becomes of an event: `accepted`, or the reason of the rejection and the rule (index) that it cites, if any.

    `need`: which of the move's needs failed (index), if one did.
    """

    reason: str
    rule: int | None = None
    need: int | None = None

    @property
    def accepted(self) -> bool:
        return self.reason == ACCEPTED


@dataclass(frozen=True)
class Outcome:
    """Where an accepted event leads; `branch` (index) is the one that was taken of the move's choice, if it has one."""

    configuration: Configuration
    branch: int | None = None


def initial(model: Lifecycle) -> Configuration:
    """The configuration that every machine begins in."""
    return Configuration(model.initial, (0,) * len(model.holdings), (False,) * len(model.facts))


def finished(model: Lifecycle, configuration: Configuration) -> bool:
    """Is this the end: a final state, and nothing held that must be given back?"""
    left = (count for count, holding in zip(configuration.counts, model.holdings) if not holding.may_remain)
    return model.states[configuration.state].final and not any(left)


def judge(model: Lifecycle, configuration: Configuration, event: int, arguments: int = 0) -> Verdict:
    """Is the event accepted? The reasons against it are looked for in their fixed order, the first one counts."""
    what = model.events[event]
    move = what.moves[configuration.state]
    if move is None:
        return Verdict(STATE, what.refusals[configuration.state])
    for position, holding in enumerate(what.gives_back):
        if configuration.counts[holding] == 0:
            return Verdict(NOT_HELD, what.not_held_rules[position] if what.not_held_rules else None)
    for index, need in enumerate(move.needs):
        judged = need.argument is None or _is_there(arguments, need.argument)
        if judged and not holds(model, configuration, need.condition, arguments):
            return Verdict(NEED, need.rule, index)
    if any(configuration.counts[holding] == LIMIT for holding in what.takes):
        return Verdict(TOO_MANY)
    return Verdict(ACCEPTED)


def warnings(model: Lifecycle, configuration: Configuration, event: int, arguments: int = 0) -> tuple[int, ...]:
    """Which of the event's warnings (indices) come with it; none if it is not accepted."""
    if not judge(model, configuration, event, arguments).accepted:
        return ()
    every = enumerate(model.events[event].warnings)
    return tuple(index for index, item in every if holds(model, configuration, item.condition, arguments))


def apply(model: Lifecycle, configuration: Configuration, event: int, arguments: int = 0) -> Configuration:
    """The configuration after an event that is accepted."""
    return outcome(model, configuration, event, arguments).configuration


def outcome(model: Lifecycle, configuration: Configuration, event: int, arguments: int = 0) -> Outcome:
    """What an event that is accepted comes to: first its effect on counts and facts, then the state, which may depend
    on them.
    """
    what = model.events[event]
    move = what.moves[configuration.state]
    if move is None or not judge(model, configuration, event, arguments).accepted:
        raise ValueError(f"{what.name} is not accepted")
    counts = _counts_after(what, configuration.counts)
    facts = facts_after(model, what, configuration.facts, counts, arguments)
    after = Configuration(configuration.state, counts, facts)
    if move.choice is None:
        return Outcome(_in_state(after, move.target))
    for index, branch in enumerate(model.choices[move.choice].branches):
        if branch.condition is None or holds(model, after, branch.condition):
            return Outcome(_in_state(after, branch.target), index)
    raise ValueError(f"no branch of {model.choices[move.choice].name} holds")


def holds(model: Lifecycle, configuration: Configuration, condition: Condition, arguments: int = 0) -> bool:
    """Does a condition hold: all atoms of at least one of its alternatives?"""
    return any(
        all(_atom_holds(model, configuration, atom, arguments) for atom in alternative)
        for alternative in condition.alternatives
    )


def is_claimed(model: Lifecycle, configuration: Configuration, invariant: Invariant) -> bool:
    """Is this one of the configurations in which the invariant has to hold?"""
    return configuration.state in invariant.states and (not invariant.finished or finished(model, configuration))


def keeps(model: Lifecycle, configuration: Configuration, invariant: Invariant) -> bool:
    """Does a configuration not break an invariant?"""
    return not is_claimed(model, configuration, invariant) or holds(model, configuration, invariant.condition)


def _atom_holds(model: Lifecycle, configuration: Configuration, atom: Atom, arguments: int) -> bool:
    return bool(_RELATIONS[atom.relation](_number(model, configuration, atom, arguments), atom.number))


def _number(model: Lifecycle, configuration: Configuration, atom: Atom, arguments: int) -> int:
    """The number that an atom compares: a count, the sum of a group's counts, or 0 or 1."""
    if atom.subject is Subject.HOLDING:
        return configuration.counts[atom.index]
    if atom.subject is Subject.GROUP:
        return sum(configuration.counts[member] for member in model.groups[atom.index].members)
    if atom.subject is Subject.FACT:
        return int(configuration.facts[atom.index])
    return int(_is_there(arguments, atom.index))


def _is_there(arguments: int, index: int) -> bool:
    return arguments >> index & 1 == 1


def _counts_after(event: Event, counts: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(count + (index in event.takes) - (index in event.gives_back) for index, count in enumerate(counts))


def facts_after(
    model: Lifecycle, event: Event, facts: tuple[bool, ...], counts: tuple[int, ...], arguments: int
) -> tuple[bool, ...]:
    """What the event and its arguments say of the facts; then whatever lasts no longer than a holding goes with the
    last of it.
    """
    after = list(facts)
    for fact in event.sets:
        after[fact] = True
    for fact in event.clears:
        after[fact] = False
    for index, argument in enumerate(event.arguments):
        if argument.sets is not None:
            after[argument.sets] = _is_there(arguments, index)
    for index, each in enumerate(model.facts):
        if set(each.held_with) & set(event.gives_back) and not any(counts[holding] for holding in each.held_with):
            after[index] = False
    return tuple(after)


def _in_state(configuration: Configuration, target: int | None) -> Configuration:
    """The configuration with its state changed to `target`, or as it is if that is to stay."""
    if target is None or target == STAY:
        return configuration
    return Configuration(target, configuration.counts, configuration.facts)
