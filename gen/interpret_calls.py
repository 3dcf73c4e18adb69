"""What an API does, read straight from its model: the exact meaning of each call of a trace, as plain as it can be said.

It shares nothing with the rest of the generator but the models and what judges one machine, so that it can be the witness for what
the generator makes. It keeps every object for ever and looks for them one by one: it is for judging, not for speed.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import interpret
from api import Api, Call, Kind, Per, Role, nearest_entry
from interpret import Configuration
from model import LIMIT, STAY, Lifecycle

MAIN = "main"
"""The thread of a call that says none."""
NULL = "0"


class BadTrace(Exception):
    """A line of a trace that cannot be judged: its number, and why."""


@dataclass(frozen=True)
class Moment:
    """A call in a trace."""

    line: int
    call: str

    def said(self) -> dict[str, object]:
        """As an answer shows it."""
        return {"line": self.line, "call": self.call}


@dataclass(eq=False)
class Object:
    """An object, or a machine of a kind that is `per`: then `handle` is the thread, or empty."""

    kind: int
    handle: str
    made: Moment
    configuration: Configuration
    parents: list["Object"]
    group: str | None = None
    ended: Moment | None = None
    replaced: bool = False


@dataclass
class Line:
    """A line of a trace: a call and what stands behind it. `on` and `makes`: the roles (their index) and handles that are there."""

    moment: Moment
    call: Call
    on: dict[int, str] = field(default_factory=dict)
    makes: list[tuple[int, str]] = field(default_factory=list)
    arguments: set[str] = field(default_factory=set)
    outcome: int = 0
    thread: str = MAIN
    group: str | None = None


def parse(api: Api, trace: Iterable[str]) -> list[Line]:
    """The calls of a trace. Raises BadTrace."""
    found = []
    for number, text in enumerate(trace, 1):
        words = text.partition("#")[0].split()
        if words:
            found.append(_parsed(api, number, words))
    return found


def _parsed(api: Api, number: int, words: list[str]) -> Line:
    name = nearest_entry(words[0], tuple(call.name for call in api.calls))
    if name is None or not re.fullmatch("[A-Za-z_][A-Za-z0-9_:.]*", words[0]):
        raise BadTrace(number, f"unknown call {words[0]}")
    call = next(call for call in api.calls if call.name == name)
    line = Line(Moment(number, words[0]), call)
    on = {role.name: index for index, role in enumerate(call.on) if api.kinds[role.kind].per is None}
    makes = {role.name: index for index, role in enumerate(call.makes)}
    outcomes = [outcome.name for outcome in call.outcomes]
    named = None
    for word in words[1:]:
        left, equals, right = word.partition("=")
        if not equals and left in outcomes and named in (None, left):
            line.outcome, named = outcomes.index(left), left
        elif not equals and left in [argument.name for argument in call.arguments]:
            line.arguments.add(left)
        elif not equals or not right or "=" in right:
            raise BadTrace(number, f"unknown word {word}")
        elif left == "thread":
            line.thread = right
        elif left == "group" and any(api.kinds[role.kind].group for role in call.makes):
            line.group = right
        elif left in makes:
            line.makes.append((makes[left], right))
        elif left in on and on[left] not in line.on:
            line.on[on[left]] = right
        else:
            raise BadTrace(number, f"unknown or repeated role {left}")
    for left, index in on.items():
        if index not in line.on and api.kinds[call.on[index].kind].null:
            raise BadTrace(number, f"the role {left} is missing")
    return line


@dataclass
class _Found:
    """What a role of `on` leads to: an object, or why it is not judged."""

    role: Role
    object: Object | None = None
    unknown: bool = False


class Judge:
    """Judges a trace call by call."""

    def __init__(self, api: Api, observing: bool = False) -> None:
        self._api = api
        self._observing = observing
        self._objects: list[Object] = []
        self._counts = {"accepted": 0, "rejected": 0}

    def judge(self, line: Line) -> dict[str, object]:
        """What is said of a call."""
        found = [self._resolve(line, index, role) for index, role in enumerate(line.call.on)]
        made = [(index, handle) for index, handle in line.makes if handle != NULL or self._kind(line.call.makes[index]).null]
        parents = [self._parents(line, found, line.call.makes[index].kind) for index, _ in made]
        fault = self._fault_of_roles(found)
        concerned = self._concerned(line, found, parents)
        if fault is None:
            fault = self._first_rejection(line, concerned)
        answer: dict[str, object] = {**line.moment.said(), "verdict": "rejected" if fault else "accepted", **(fault or {})}
        if unknown := [each.role.name for each in found if each.unknown]:
            answer["untracked"] = unknown
        self._counts[str(answer["verdict"])] += 1
        if (fault is None or self._observing) and (made or not line.call.makes):
            self._happen(line, found, concerned, made, parents)
        return answer

    def end(self) -> dict[str, object]:
        """What is said at the end of a trace."""
        left = [each for each in self._objects if not each.ended and not each.replaced]
        left = [each for each in left if not interpret.finished(self._lifecycle(each), each.configuration)]
        left.sort(key=lambda each: self._api.kinds[each.kind].per is not None)
        live = [self._leaked(each) for each in left]
        total = sum(self._counts.values())
        return {"calls": total, **self._counts, "finished": not live, "live": live}

    # Which objects

    def _kind(self, role: Role) -> Kind:
        return self._api.kinds[role.kind]

    def _lifecycle(self, of: Object) -> Lifecycle:
        return self._api.kinds[of.kind].lifecycle

    def _space(self, kind: int) -> int | None:
        """The name-space of a kind's handles: its own, or the one that all others share."""
        return kind if self._api.kinds[kind].numbered or self._api.kinds[kind].per else None

    def _known(self, kind: int, handle: str) -> Object | None:
        """The object that was made last with this handle."""
        fitting = (each for each in reversed(self._objects) if each.handle == handle and self._space(each.kind) == self._space(kind))
        return next(fitting, None)

    def _resolve(self, line: Line, index: int, role: Role) -> _Found:
        if self._kind(role).per:
            return _Found(role, self._here(line, role.kind))
        handle = line.on.get(index, NULL)
        if handle == NULL and not self._kind(role).null:
            return _Found(role)
        known = self._known(role.kind, handle)
        if known is None and self._kind(role).adopt:
            known = self._begin(line, role.kind, handle, self._parents(line, [], role.kind))
        return _Found(role, known, unknown=known is None)

    def _here(self, line: Line, kind: int) -> Object:
        """The machine of the process, or of the call's thread."""
        handle = line.thread if self._api.kinds[kind].per is Per.THREAD else ""
        return self._known(kind, handle) or self._begin(line, kind, handle, self._parents(line, [], kind))

    def _begin(self, line: Line, kind: int, handle: str, parents: list[Object]) -> Object:
        begun = Object(kind, handle, line.moment, interpret.initial(self._api.kinds[kind].lifecycle), parents)
        self._objects.append(begun)
        return begun

    def _parents(self, line: Line, found: list[_Found], kind: int) -> list[Object]:
        """The parents of an object that the call makes or meets for the first time, as far as they are known."""
        parents = []
        for parent in self._api.kinds[kind].parents:
            if self._api.kinds[parent.kind].per:
                named = [each.object for each in found if each.object and each.object.kind == parent.kind]
                parents.append(named[0] if named else self._here(line, parent.kind))
                continue
            good = [each for each in found if each.object and each.object.kind == each.role.kind]
            good = [each for each in good if parent.role in (None, each.role.name)]
            direct = [each.object for each in good if each.role.kind == parent.kind]
            above = [] if parent.role else [other for each in good for other in _ancestors(each.object) if other.kind == parent.kind]
            parents += [each for each in direct if each][:1] or above[:1]
        return parents

    # How it is judged

    def _fault_of_roles(self, found: list[_Found]) -> dict[str, object] | None:
        """The first step: is each object one that the call can be made on?"""
        for each in found:
            if each.object is None:
                continue
            of = each.object
            if of.ended:
                return {**self._who(of), "reason": "ended", "ended": of.ended.said()}
            if of.kind != each.role.kind:
                return {**self._who(of), "reason": "wrong_kind"}
            gone = next((above.ended for above in _ancestors(of) if above.ended), None)
            if gone:
                return {**self._who(of), "reason": "parent_ended", "ended": gone.said()}
        return None

    def _who(self, of: Object) -> dict[str, object]:
        kind = self._api.kinds[of.kind]
        said: dict[str, object] = {"kind": kind.name, "state": kind.lifecycle.states[of.configuration.state].name}
        if kind.per is None:
            said |= {"handle": of.handle, "made": of.made.said()}
        elif kind.per is Per.THREAD:
            said["thread"] = of.handle
        return said

    def _concerned(self, line: Line, found: list[_Found], parents: list[list[Object]]) -> list[tuple[Object, int, int]]:
        """The machines on which an event is fired, in their order: which event, and how many times. What has ended is not among them."""
        call = line.call
        on: dict[Object, Role] = {}
        for each in found:
            if each.object and each.object.kind == each.role.kind and not each.object.ended:
                on.setdefault(each.object, each.role)
        children = self._each(call, found, on)
        order = [machine for each in on for machine in (each, *_ancestors(each))]
        order += [machine for each in children for machine in (each, *_ancestors(each))]
        above_made = [_outwards(above) for above in parents]
        order += [machine for above in above_made for machine in above]
        concerned = []
        for machine in dict.fromkeys(order):
            events = on[machine].events if machine in on else call.ancestors[machine.kind]
            event = events[line.outcome]
            if event is None or machine.ended:
                continue
            times = sum(machine in above for above in above_made) or 1
            if call.each is not None and machine not in on and machine.kind in self._api.ancestors_of(call.each):
                times = sum(machine in _ancestors(child) for child in children)
            if machine in children:
                times = 1
            concerned.append((machine, event, times))
        return concerned

    def _each(self, call: Call, found: list[_Found], on: dict[Object, Role]) -> list[Object]:
        if call.each is None:
            return []
        any_of = any(self._kind(each.role).per for each in found)
        live = [each for each in self._objects if each.kind == call.each and not each.ended and not each.replaced and each not in on]
        return [each for each in live if any_of or any(above in on for above in _ancestors(each))]

    def _bits(self, line: Line, machine: Object, event: int) -> int:
        arguments = self._lifecycle(machine).events[event].arguments
        return sum(1 << index for index, argument in enumerate(arguments) if argument.name in line.arguments)

    def _first_rejection(self, line: Line, concerned: list[tuple[Object, int, int]]) -> dict[str, object] | None:
        for machine, event, _ in concerned:
            model = self._lifecycle(machine)
            verdict = interpret.judge(model, machine.configuration, event, self._bits(line, machine, event))
            if not verdict.accepted:
                rule = {} if verdict.rule is None else {"rule": model.rules[verdict.rule].name}
                return {**self._who(machine), "event": model.events[event].name, "reason": verdict.reason, **rule}
        return None

    # What comes of it

    def _happen(
        self,
        line: Line,
        found: list[_Found],
        concerned: list[tuple[Object, int, int]],
        made: list[tuple[int, str]],
        parents: list[list[Object]],
    ) -> None:
        for machine, event, times in concerned:
            for _ in range(times):
                self._fire(line, machine, event)
        self._tell(line, found)
        for (index, handle), above in zip(made, parents, strict=True):
            role = line.call.makes[index]
            old = self._known(role.kind, handle)
            if old:
                old.replaced = True
            begun = self._begin(line, role.kind, handle, above)
            begun.group = line.group if self._kind(role).group else None

    def _fire(self, line: Line, machine: Object, event: int) -> None:
        model, bits = self._lifecycle(machine), self._bits(line, machine, event)
        if interpret.judge(model, machine.configuration, event, bits).accepted:
            machine.configuration = interpret.apply(model, machine.configuration, event, bits)
        elif self._observing:
            machine.configuration = observed(model, machine.configuration, event, bits)
        if self._api.kinds[machine.kind].ends and interpret.finished(model, machine.configuration):
            machine.ended = machine.ended or line.moment

    def _tell(self, line: Line, found: list[_Found]) -> None:
        named = [each.object for each in found if each.object and each.object.kind == each.role.kind and not each.object.ended]
        named += [each.object for each in found if each.object and each.object.ended == line.moment]
        groups = {each.group for each in named if each and each.group is not None}
        for tell in line.call.tells:
            if tell.when is not None and line.call.arguments[tell.when].name not in line.arguments:
                continue
            for other in self._objects:
                if other.kind == tell.kind and other.group in groups and not other.ended and not other.replaced and other not in named:
                    if interpret.judge(self._lifecycle(other), other.configuration, tell.event, 0).accepted:
                        self._fire(Line(line.moment, line.call), other, tell.event)

    def _leaked(self, of: Object) -> dict[str, object]:
        model = self._lifecycle(of)
        held = {holding.name: count for holding, count in zip(model.holdings, of.configuration.counts) if count}
        return {**self._who(of), "outstanding": held}


def _ancestors(of: Object | None) -> list[Object]:
    """The objects above an object, from the nearest out, each once."""
    return _outwards(of.parents) if of else []


def _outwards(parents: list[Object]) -> list[Object]:
    """Some objects, those above them, and so on, each once."""
    found = list(dict.fromkeys(parents))
    for above in found:
        found += [each for each in dict.fromkeys(above.parents) if each not in found]
    return found


def observed(model: Lifecycle, before: Configuration, event: int, arguments: int) -> Configuration:
    """The configuration after an event that is rejected and happened all the same.

    Its effect is applied as far as counts allow; the state is where the event leads in this one, without its needs, or the only
    state that the event's moves name, or what it was.
    """
    what = model.events[event]
    counts = tuple(
        min(LIMIT, max(0, count + (index in what.takes) - (index in what.gives_back))) for index, count in enumerate(before.counts)
    )
    given = replace(what, gives_back=tuple(index for index in what.gives_back if before.counts[index] > 0))
    facts = interpret.facts_after(model, given, before.facts, counts, arguments)
    after = Configuration(before.state, counts, facts)
    move = what.moves[before.state]
    if move is None:
        targets = {each.target if each.choice is None else None for each in what.moves if each is not None}
        target = targets.pop() if len(targets) == 1 else STAY
    elif move.choice is not None:
        branches = model.choices[move.choice].branches
        target = next(each.target for each in branches if each.condition is None or interpret.holds(model, after, each.condition))
    else:
        target = move.target
    return Configuration(before.state if target in (None, STAY) else int(target or 0), counts, facts)
