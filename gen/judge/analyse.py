"""What is wrong with a lifecycle that can be read all the same: what cannot happen, what cannot end, what is there
twice.

All configurations are searched (explore.py) as far as conditions tell them apart. The search may hold for possible
what is not, so that nothing is called impossible that is possible; and what it holds for possible is made sure of by
replaying a trace exactly. Where that fails the search is repeated with finer counts; what stays in doubt then is not
reported. Where there is too much to search, coarse.py stands in, which finds less and nothing that is false.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import interpret
from interpret import Configuration
from judge.coarse import OF_EVENTS, Coarse, Item, coarse
from judge.invariants import Judged, judge_invariants
from machine import abstract
from machine.abstract import abstraction, stand_ins
from machine.configurations import Answer
from machine.explore import Exploration, explore, replay, step_text
from machine.search import Step
from machine.way import Guide
from model import STAY, Event, Lifecycle, Move, Need
from problems import Place

MOST = 150_000
"""Configurations after which a search is given up: a few seconds."""
_FINER = 2
"""How many times a search is repeated with counts told apart one further."""
_TRIES = 100
"""Traces that are replayed to make sure of one thing."""


@dataclass(frozen=True, order=True)
class Finding:
    """Something that is wrong, where, and the shortest trace that shows it (an event a line; empty where none can).

    A note is no fault of the lifecycle: its author may want to know it. An error is one whoever asks: a spec that says what
    is not so.
    """

    place: Place
    message: str
    trace: tuple[str, ...] = ()
    is_note: bool = False
    is_error: bool = False


@dataclass(frozen=True)
class Analysis:
    """What is wrong, in the order of the places. `complete`: False if there was too much to search all of it."""

    findings: tuple[Finding, ...]
    complete: bool


def analyse(model: Lifecycle, most: int = MOST) -> Analysis:
    """Everything that is wrong with a lifecycle, as far as it can be found out; `most`: configurations to search."""
    searched: _Searched | None = None
    for finer in range(_FINER + 1):
        exploration = explore(model, abstraction(model, finer), most)
        if finer == 0 or exploration.search.complete:
            claims = judge_invariants(exploration)
        if not exploration.search.complete:
            break
        searched = _Searched(exploration)
        if not searched.doubtful and not claims.doubtful:
            break
    few = None
    if searched and claims.doubtful:
        kept = abstract.exact(model)
        bounded = explore(model, kept, most)
        claims = claims.with_breaks_of(judge_invariants(bounded))
        few = max(kept.cuts) if bounded.search.complete else None
    if searched:
        possible, traps = searched.possible, searched.traps
    else:
        certain = coarse(model)
        possible, traps = set(certain.items), list(_certain_traps(exploration, certain))
    found = {*_uncited_rules(model), *_same_states(model, possible), *_impossible(model, possible), *traps}
    found.update(_claims(model, claims, searched is not None, few))
    return Analysis(tuple(sorted(found)), searched is not None)


# Invariants


def _claims(model: Lifecycle, judged: Judged, complete: bool, few: int | None) -> Iterator[Finding]:
    """The invariants that do not always hold; and, where everything was searched, those that say nothing or stay in doubt.
    `few`: the number to which exact counts break none of the latter, if that was found out.
    """
    for broken in judged.broken:
        invariant = model.always[broken.invariant]
        after = f"after `{model.events[broken.trace[-1].event].name}`" if broken.trace else "at the beginning"
        end = " at the end" if invariant.finished else ""
        message = f"the invariant `{invariant.name}` does not always hold: {after}, `{invariant.condition.text}` is false{end}"
        trace = tuple(step_text(model, step) for step in broken.trace)
        yield Finding(invariant.place, f"{message}; {_described(model, broken.end)}", trace, is_error=True)
    for index in judged.doubtful if complete else ():
        invariant = model.always[index]
        why = "there is too much to search" if few is None else f"no events break it with counts to {few}, but more may"
        message = f"whether the invariant `{invariant.name}` always holds was not found out: {why}"
        yield Finding(invariant.place, message, is_note=True)
    for index in judged.idle if complete else ():
        invariant = model.always[index]
        where = "an end in its states" if invariant.finished else "where it would have to hold"
        yield Finding(invariant.place, f"the invariant `{invariant.name}` says nothing: no events lead to {where}")


# What needs no search


def _uncited_rules(model: Lifecycle) -> Iterator[Finding]:
    cited = {rule for event in model.events for rule in event.refusals}
    cited |= {rule for event in model.events for rule in event.not_held_rules}
    cited |= {warning.rule for event in model.events for warning in event.warnings}
    cited |= {need.rule for event in model.events for move in event.moves if move for need in move.needs}
    for index, rule in enumerate(model.rules):
        if index not in cited:
            how = "name it in a need or a warning, let it refuse events, or remove it"
            yield Finding(rule.place, f"nothing cites the rule `{rule.name}`; {how}")


def _same_states(model: Lifecycle, possible: set[Item]) -> Iterator[Finding]:
    """States that cannot be told apart by any sequence of events, whatever is held; only those that are entered."""
    entered = [state for state in range(len(model.states)) if ("state", state) in possible]
    kind = _behaviours(model)
    for state in entered:
        first = min(other for other in entered if kind[other] == kind[state])
        if first != state:
            one, other = model.states[state], model.states[first]
            same = f"`{other.name}` (line {other.place.line})"
            yield Finding(one.place, f"the state `{one.name}` behaves the same as {same}; make one state of them")


def _behaviours(model: Lifecycle) -> list[int]:
    """A number for each state, the same for those that behave the same: split until nothing tells two of a class apart.
    """
    states = range(len(model.states))
    known: dict[object, int] = {}
    plain = [known.setdefault(_plain_behaviour(model, state), len(known)) for state in states]
    moves = [[move for event in model.events if (move := event.moves[state])] for state in states]
    kind = [0] * len(states)
    while True:
        leads = [tuple(_lead(model, state, move, kind) for move in moves[state]) for state in states]
        keys = list(zip(kind, plain, leads))
        number = {key: index for index, key in enumerate(dict.fromkeys(keys))}
        if len(number) == len(set(kind)):
            return kind
        kind = [number[key] for key in keys]


def _plain_behaviour(model: Lifecycle, state: int) -> object:
    """What can be said of a state's behaviour without the states that follow."""
    moves = [event.moves[state] for event in model.events]
    refusals = tuple(event.refusals[state] for event in model.events)
    return model.states[state].final, refusals, tuple(move and move.needs for move in moves)


def _lead(model: Lifecycle, state: int, move: Move, kind: list[int]) -> object:
    """Where a move in a state leads, the states named by their kinds."""

    def kind_of(target: int | None) -> int:
        return kind[state] if target is None or target == STAY else kind[target]

    if move.choice is None:
        return kind_of(move.target)
    branches = [(branch.condition, kind_of(branch.target)) for branch in model.choices[move.choice].branches]
    while len(branches) > 1 and branches[-2][1] == branches[-1][1]:
        branches.pop(-2)  # decides between two ways to the same
    return branches[0][1] if len(branches) == 1 else tuple(branches)


# What cannot happen


def _impossible(model: Lifecycle, possible: set[Item]) -> Iterator[Finding]:
    """What is not among the things that can come about."""
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
        for place, message in _impossible_of(model, index, possible):
            if place not in happens:
                events.setdefault((place, message), []).append(event.name)
    for (place, message), names in events.items():  # what is said of several events at one place is said once
        yield Finding(place, message.replace("{events}", _named(names)))


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


def _impossible_of(model: Lifecycle, index: int, possible: set[Item]) -> Iterator[tuple[Place, str]]:
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
            yield need.place, f"the need `{need.condition.text}` of {{events}}{given} {why}"
    for number, warning in enumerate(event.warnings):
        if ("warning", index, number) not in possible:
            why = f"never comes: where that is accepted, `{warning.condition.text}` never holds"
            yield warning.place, f"the warning `{model.rules[warning.rule].name}` of {{events}} {why}"


def _needs(event: Event) -> list[Need]:
    """The needs of an event over all states, equal ones once."""
    return list(dict.fromkeys(need for move in event.moves if move for need in move.needs))


def _named(names: Sequence[str]) -> str:
    """Events by name; many are counted."""
    if len(names) > 2:
        return f"`{names[0]}` and {len(names) - 1} others"
    return " and ".join(f"`{name}`" for name in names)


# What can happen


class _Searched:
    """Reads from a search what can come about, and the traps. `doubtful`: no trace was found to show some of it."""

    def __init__(self, exploration: Exploration) -> None:
        self._model = exploration.model
        self._exploration = exploration
        self._search = exploration.search
        self._exact: dict[int, Configuration | None] = {}
        number = {event.name: index for index, event in enumerate(self._model.events)}
        self._same = {number[event]: number[other] for event, other in stand_ins([self._model]).items()}
        self.doubtful = False
        self.possible = self._sure()
        self.traps = [*self._find_traps(), *self._find_detours()]

    def _sure(self) -> set[Item]:
        """Everything that can come about, also of events that were left out because others do the same."""
        found: dict[Item, list[tuple[int, int, Answer]]] = {}
        for packed, event, answer in self._exploration.answers:
            for item in self._items(packed, event, answer):
                found.setdefault(item, []).append((packed, event, answer))
        for answers in found.values():
            if not any(self._is_real(*answer) for answer in answers[:_TRIES]):
                self.doubtful = True
        of_events = [item for item in found if item[0] in OF_EVENTS]
        for event, other in self._same.items():
            found.update({(kind, event, *rest): [] for kind, same, *rest in of_events if same == other})
        return set(found)

    def _items(self, packed: int, event: int, answer: Answer) -> Iterator[Item]:
        state = packed & self._exploration.states
        yield "state", state
        move = self._model.events[event].moves[state]
        if answer.verdict.accepted:
            yield "accepted", event
            if move and answer.branch is not None:
                yield "branch", move.choice, answer.branch
        elif answer.verdict.rule is None:
            yield "unexplained", event
        if move and answer.verdict.need is not None:
            yield "need", event, move.needs[answer.verdict.need]
        for warning in answer.warnings:
            yield "warning", event, warning

    def _is_real(self, packed: int, event: int, answer: Answer) -> bool:
        """Is this the answer at the end of the trace that was found, when it is replayed exactly?"""
        if packed not in self._exact:
            self._exact[packed] = replay(self._model, self._search.trace(packed))
        exact = self._exact[packed]
        if exact is None or interpret.judge(self._model, exact, event, answer.arguments) != answer.verdict:
            return False
        if not answer.verdict.accepted:
            return True
        warned = interpret.warnings(self._model, exact, event, answer.arguments)
        branch = interpret.outcome(self._model, exact, event, answer.arguments).branch
        return (warned, branch) == (answer.warnings, answer.branch)

    def _find_traps(self) -> Iterator[Finding]:
        """The steps after which no end can be reached: the first into each part from which there is no way back, and
        of one event in one state only the first.
        """
        model, search = self._model, self._search
        ends = self._exploration.finished()
        sure = search.sure(ends)
        if len(sure) == len(search.parents):
            return
        to_end = self._exploration.to_end()
        self.doubtful = self.doubtful or len(sure) < len(to_end)
        if not to_end:
            yield _no_end(model)
            return
        told: set[tuple[int, int]] = set()
        doubts: set[tuple[int, int]] = set()
        inside: set[int] = set()
        for packed in (packed for packed in search.parents if packed in to_end):
            for step, after in search.ways(packed):
                where = self._same.get(step.event, step.event), packed & self._exploration.states
                if after in to_end or after in inside or where in told:
                    continue
                trace = [*search.trace(packed), step]
                exact = replay(model, trace)
                if exact is None or self._exploration.packing.pack(exact) in to_end:
                    doubts.add(where)
                    continue
                told.add(where)
                inside |= self._all_after(after)
                every = [where[0], *(index for index, same in self._same.items() if same == where[0])]
                yield _trap(model, trace, [model.events[index].name for index in every if index != step.event])
        self.doubtful = self.doubtful or not doubts <= told

    def _find_detours(self) -> Iterator[Finding]:
        """Configurations from which there is a way to the end that NAME_next does not find, in each state the first."""
        model, search = self._model, self._search
        ends = set(self._exploration.finished())
        guide = Guide(model)
        told: set[int] = set()
        to_end = search.sure(ends)
        for packed in (packed for packed in search.parents if packed in to_end and packed not in ends):
            state = packed & self._exploration.states
            if state in told or guide.has_next(self._exploration.configuration(packed)):
                continue
            exact = replay(model, search.trace(packed))
            if exact is not None and not interpret.finished(model, exact) and not guide.has_next(exact):
                told.add(state)
                yield _detour(model, exact, search.trace(packed))

    def _all_after(self, packed: int) -> set[int]:
        found = {packed}
        waiting = [packed]
        while waiting:
            new = {after for _, after in self._search.ways(waiting.pop())} - found
            found |= new
            waiting.extend(new)
        return found


def _no_end(model: Lifecycle) -> Finding:
    first = model.states[model.initial]
    why = f"no events lead from `{first.name}` to a final state with everything given back"
    return Finding(first.place, f"the end can never be reached: {why}")


def _trap(model: Lifecycle, trace: list[Step], alike: Sequence[str] = ()) -> Finding:
    """The trap that the last step of a trace leads into."""
    before = replay(model, trace[:-1])
    exact = replay(model, trace)
    assert before and exact
    event = model.events[trace[-1].event]
    move = event.moves[before.state]
    assert move
    others = f" (and {_named(alike)}, too)" if alike else ""
    message = f"a trap: after `{event.name}`{others} the end cannot be reached any more; {_described(model, exact)}"
    return Finding(move.place, message, tuple(step_text(model, step) for step in trace))


def _detour(model: Lifecycle, exact: Configuration, trace: list[Step]) -> Finding:
    """A configuration from which the way to the end is one that NAME_next does not find."""
    state = model.states[exact.state]
    message = f"{model.name}_next finds no way from here, because it begins with a detour: no event gives something back or leads nearer to the end"
    steps = tuple(step_text(model, step) for step in trace)
    return Finding(state.place, f"{message}; {_described(model, exact)}", steps, is_note=True)


def _described(model: Lifecycle, configuration: Configuration) -> str:
    """A configuration in a few words: state, what is held, facts."""
    counts = zip(model.holdings, configuration.counts)
    held = [f"{count} {(item.one if count == 1 else None) or item.title}" for item, count in counts if count]
    words = [f"the state is `{model.states[configuration.state].name}`"]
    words += [f"held: {', '.join(held)}"] if held else []
    words += [fact.title for fact, true in zip(model.facts, configuration.facts) if true]
    return "; ".join(words)


def _certain_traps(exploration: Exploration, certain: Coarse) -> Iterator[Finding]:
    """Traps that are certain without a search of everything, where the part that was searched has a trace into them."""
    model, search = exploration.model, exploration.search
    if certain.is_trap(interpret.initial(model)):
        yield _no_end(model)
        return
    told: set[tuple[int, int]] = set()
    for packed, parent in search.parents.items() if certain.doomed else ():
        if parent is None or not certain.is_trap(exploration.configuration(packed)):
            continue
        where = parent[1].event, parent[0] & exploration.states
        if where in told or certain.is_trap(exploration.configuration(parent[0])):
            continue
        trace = search.trace(packed)
        exact = replay(model, trace)
        if exact and certain.is_trap(exact):
            told.add(where)
            yield _trap(model, trace)
