"""What a reference page says of a lifecycle: the model, gathered for each thing that a reader may ask about.

Events, their table and the rules are said as the model has them; of a state is said what can really happen in it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from interpret import Configuration
from judge.possible import Possible, possible
from model import STAY, Condition, Event, Lifecycle, Move, Need, Subject
from show.families import Family, families
from show.session import Step, shortest_session
from show.spine import spine, work

States = tuple[str, ...]
"""Names of states, in the order of the spec."""


@dataclass(frozen=True)
class Target:
    """Where a move leads. `kind`: `stay` (which has no name), `state` or `choice`."""

    kind: str
    name: str


@dataclass(frozen=True)
class Outcome:
    """What an event comes to in some states: a target and the needs for it, or none and the rule that refuses it."""

    states: States
    target: Target | None
    needs: tuple[Need, ...]
    rule: str | None


@dataclass(frozen=True)
class ArgumentEntry:
    """An argument of an event. `title` is empty where it would repeat the name; `fact` names what it sets, if any."""

    name: str
    title: str
    fact: str
    needs: tuple[Need, ...]


@dataclass(frozen=True)
class EventEntry:
    """Events that behave alike; `first` stands for them all. `cells` has an outcome for each state, `outcomes` those
    that differ, without the needs of arguments.
    """

    family: Family
    first: Event
    arguments: tuple[ArgumentEntry, ...]
    cells: tuple[Outcome, ...]
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True)
class Ways:
    """Events, with the states that they all lead to, or come from."""

    events: tuple[Family, ...]
    states: States


@dataclass(frozen=True)
class StateEntry:
    """What can really happen in a state: what leads there, what leads on, and what leaves it as it is."""

    enters: tuple[Ways, ...]
    leaves: tuple[Ways, ...]
    stays: tuple[Family, ...]
    reached: bool


@dataclass(frozen=True)
class Citation:
    """A use of a rule. `kind`: it `refuses` events in some states; they `needs` a condition (perhaps with an argument);
    it `warns` of one.
    """

    kind: str
    states: States
    condition: str
    argument: str
    events: tuple[Family, ...]


@dataclass(frozen=True)
class Uses:
    """The events that have to do with something: that take or set it, give it back or clear it, and ask for it."""

    more: tuple[Family, ...]
    less: tuple[Family, ...]
    asked: tuple[Family, ...]


@dataclass(frozen=True)
class Call:
    """A call of a session: event, its arguments, and after it the state and all that is held (holding and count)."""

    event: Event
    arguments: tuple[str, ...]
    state: str
    held: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Session:
    """A shortest legal session. `whole`: through every state of the way to the end, else only to work and the end."""

    whole: bool
    calls: tuple[Call, ...]


@dataclass(frozen=True)
class Reference:
    """The page's content. Where a tuple belongs to elements of the model, it has one entry for each, in their order.

    `parts`: the states (indices) of each table of what happens when, so that a table fits into a page.
    """

    way: States
    parts: tuple[range, ...]
    sessions: tuple[Session, ...]
    events: tuple[EventEntry, ...]
    states: tuple[StateEntry, ...]
    rules: tuple[tuple[Citation, ...], ...]
    holdings: tuple[Uses, ...]
    groups: tuple[Uses, ...]
    facts: tuple[Uses, ...]
    always: tuple[States, ...]
    """The states of each invariant; none where it is about every state."""


_MOST_COLUMNS = 8
"""The most states beside each other in a table."""


def reference(model: Lifecycle) -> Reference:
    """The content of a lifecycle's page."""
    return _Author(model).reference()


def _parts(count: int) -> tuple[range, ...]:
    """Divides so many columns into tables of about the same width."""
    parts = -(-count // _MOST_COLUMNS)
    edges = [count * part // parts for part in range(parts + 1)]
    return tuple(map(range, edges, edges[1:]))


class _Author:
    def __init__(self, model: Lifecycle) -> None:
        self._model = model
        self._table = possible(model)
        self._way = spine(model, self._table)

    def reference(self) -> Reference:
        model = self._model
        return Reference(
            way=self._names(self._way),
            parts=_parts(len(model.states)),
            sessions=tuple(self._sessions()),
            events=tuple(self._event(family) for family in self._alike()),
            states=tuple(self._state(index) for index in range(len(model.states))),
            rules=tuple(tuple(self._citations(index)) for index in range(len(model.rules))),
            holdings=tuple(self._uses({index}, (Subject.HOLDING, index)) for index in range(len(model.holdings))),
            groups=tuple(
                self._uses(set(group.members), (Subject.GROUP, index)) for index, group in enumerate(model.groups)
            ),
            facts=tuple(self._uses_of_fact(index) for index in range(len(model.facts))),
            always=tuple(
                self._names(item.states if len(item.states) < len(model.states) else ()) for item in model.always
            ),
        )

    def _names(self, states: Iterable[int]) -> States:
        return tuple(self._model.states[state].name for state in states)

    def _families(self, events: Iterable[int]) -> tuple[Family, ...]:
        return families(self._model, events)

    # Events

    def _alike(self) -> Iterator[Family]:
        """The families of the events; one whose members behave differently falls into them."""
        for family in self._families(range(len(self._model.events))):
            members = [self._model.events[event] for event in family.events]
            behaviours = {(e.moves, e.refusals, e.arguments, e.warnings, e.sets, e.clears) for e in members}
            if len(behaviours) == 1:
                yield family
            else:
                yield from (Family(self._model.events[event].name, (event,)) for event in family.events)

    def _event(self, family: Family) -> EventEntry:
        first = self._model.events[family.events[0]]
        cells = tuple(self._outcome(first, state) for state in range(len(self._model.states)))
        joined: dict[object, list[Outcome]] = {}
        for cell in cells:
            joined.setdefault((cell.target is None, cell.target, cell.needs, cell.rule), []).append(cell)
        outcomes = [
            Outcome(
                states=tuple(cell.states[0] for cell in alike),
                target=alike[0].target,
                needs=tuple(need for need in alike[0].needs if need.argument is None),
                rule=alike[0].rule,
            )
            for alike in joined.values()
        ]
        outcomes.sort(key=lambda outcome: outcome.target is None)
        arguments = tuple(self._argument(first, index) for index in range(len(first.arguments)))
        return EventEntry(family, first, arguments, cells, tuple(outcomes))

    def _argument(self, event: Event, index: int) -> ArgumentEntry:
        argument = event.arguments[index]
        needs = dict.fromkeys(need for move in event.moves if move for need in move.needs if need.argument == index)
        return ArgumentEntry(
            name=argument.name,
            title="" if argument.title == argument.name.replace("_", " ") else argument.title,
            fact="" if argument.sets is None else self._model.facts[argument.sets].name,
            needs=tuple(needs),
        )

    def _outcome(self, event: Event, state: int) -> Outcome:
        move, refusal = event.moves[state], event.refusals[state]
        name = self._names([state])
        if move is None:
            return Outcome(name, None, (), None if refusal is None else self._model.rules[refusal].name)
        return Outcome(name, self._target(move), move.needs, None)

    def _target(self, move: Move) -> Target:
        if move.choice is not None:
            return Target("choice", self._model.choices[move.choice].name)
        if move.target is None or move.target == STAY:
            return Target("stay", "")
        return Target("state", self._model.states[move.target].name)

    # States

    def _state(self, state: int) -> StateEntry:
        leaves = self._targets(self._table[state])
        enters: dict[int, list[int]] = {}
        for other, row in enumerate(self._table):
            for event, targets in self._targets(row).items():
                if other != state and state in targets:
                    enters.setdefault(event, []).append(other)
        away = {event: [target for target in targets if target != state] for event, targets in leaves.items()}
        return StateEntry(
            enters=self._ways(enters),
            leaves=self._ways({event: targets for event, targets in away.items() if targets}),
            stays=self._families(event for event, targets in leaves.items() if targets and not away[event]),
            reached=self._table[state] is not None,
        )

    @staticmethod
    def _targets(row: tuple[Possible, ...] | None) -> dict[int, list[int]]:
        """The states that each event can lead to, its own among them."""
        return {event: sorted({outcome.target for outcome in found.outcomes}) for event, found in enumerate(row or ())}

    def _ways(self, ways: dict[int, list[int]]) -> tuple[Ways, ...]:
        """The ways of events, those that share their states together."""
        shared: dict[tuple[int, ...], list[int]] = {}
        for event, states in sorted(ways.items()):
            shared.setdefault(tuple(states), []).append(event)
        return tuple(Ways(self._families(events), self._names(states)) for states, events in shared.items())

    # Rules

    def _citations(self, rule: int) -> Iterator[Citation]:
        uses: dict[tuple[str, States, str, str], list[int]] = {}
        for index, event in enumerate(self._model.events):
            for use in self._uses_of_rule(rule, event):
                uses.setdefault(use, []).append(index)
        for use, events in sorted(uses.items(), key=lambda item: item[0][0] != "refuses"):
            yield Citation(*use, self._families(events))

    def _uses_of_rule(self, rule: int, event: Event) -> Iterator[tuple[str, States, str, str]]:
        """Kind, states, condition and argument of each use of a rule by an event."""
        states = self._names(state for state, refusal in enumerate(event.refusals) if refusal == rule)
        if states:
            yield "refuses", states, "", ""
        for need in dict.fromkeys(need for move in event.moves if move for need in move.needs if need.rule == rule):
            argument = "" if need.argument is None else event.arguments[need.argument].name
            yield "needs", (), need.condition.text, argument
        for holding, cited in zip(event.gives_back, event.not_held_rules):
            if cited == rule:
                yield "gives back", (), f"no {self._model.holdings[holding].name}", ""
        for warning in event.warnings:
            if warning.rule == rule:
                yield "warns", (), warning.condition.text, ""

    # Holdings and facts

    def _uses(self, holdings: set[int], subject: tuple[Subject, int]) -> Uses:
        """The uses of a holding, or of all those in a group."""
        events = self._model.events
        return Uses(
            more=self._families(index for index, event in enumerate(events) if holdings.intersection(event.takes)),
            less=self._families(index for index, event in enumerate(events) if holdings.intersection(event.gives_back)),
            asked=self._asking(subject),
        )

    def _uses_of_fact(self, fact: int) -> Uses:
        events = self._model.events
        setting = [(*event.sets, *(argument.sets for argument in event.arguments)) for event in events]
        return Uses(
            more=self._families(index for index, facts in enumerate(setting) if fact in facts),
            less=self._families(index for index, event in enumerate(events) if fact in event.clears),
            asked=self._asking((Subject.FACT, fact)),
        )

    def _asking(self, subject: tuple[Subject, int]) -> tuple[Family, ...]:
        """The events that ask for something, in a need, a warning or a choice."""
        found = []
        for index, event in enumerate(self._model.events):
            alternatives = (atoms for condition in self._conditions(event) for atoms in condition.alternatives)
            if any((atom.subject, atom.index) == subject for atoms in alternatives for atom in atoms):
                found.append(index)
        return self._families(found)

    def _conditions(self, event: Event) -> Iterator[Condition]:
        yield from (warning.condition for warning in event.warnings)
        for move in event.moves:
            if move is not None:
                yield from (need.condition for need in move.needs)
                branches = () if move.choice is None else self._model.choices[move.choice].branches
                yield from (branch.condition for branch in branches if branch.condition)

    # Sessions

    def _sessions(self) -> Iterator[Session]:
        """The shortest session through every state of the way; before it one that only comes to work, if shorter."""
        at_work = work(self._model, self._table)
        whole = shortest_session(self._model, self._way)
        short = shortest_session(self._model, (self._model.initial, *([] if at_work is None else [at_work])))
        if short is not None and (whole is None or len(short) < len(whole)):
            yield Session(False, tuple(map(self._call, short)))
        if whole is not None:
            yield Session(True, tuple(map(self._call, whole)))

    def _call(self, step: Step) -> Call:
        event = self._model.events[step.event]
        return Call(
            event=event,
            arguments=tuple(item.name for index, item in enumerate(event.arguments) if step.arguments >> index & 1),
            state=self._model.states[step.after.state].name,
            held=self._held(step.after),
        )

    def _held(self, configuration: Configuration) -> tuple[tuple[str, int], ...]:
        return tuple((item.name, count) for item, count in zip(self._model.holdings, configuration.counts) if count)
