"""From a spec's data to the model: resolves every name and holds the language's rules that a schema cannot say.

It goes on after a problem and reports them all; the model is returned only if there was none.
"""

from collections.abc import Iterator
from typing import Any

from model import STAY, Branch, Choice, Fact, Group, Holding, Invariant, Lifecycle, Rule, State
from problems import Place, Problem, SpecError, nearest
from read.events import Events
from read.load import Mapping, Sequence, Text
from read.lookup import is_yes, readable
from read.names import KEYWORDS, TAKEN, enumerators, standing_in_the_way


def resolve(spec: Mapping, problems: list[Problem]) -> Lifecycle:
    """The model of a spec. `problems` were found before; raises SpecError if there are any in the end."""
    lifecycle = _Resolver(spec, problems).lifecycle()
    if problems:
        raise SpecError(problems)
    return lifecycle


class _Resolver(Events):
    def lifecycle(self) -> Lifecycle:
        self._declare()
        name = self._spec.get("lifecycle", "nameless")
        if name in KEYWORDS:
            self._note(name.place, f"`{name}` is a keyword of C or C++; choose another name for the lifecycle")
        elif name in TAKEN:
            self._note(name.place, f"`{name}` means something else in C, where the lifecycle's name becomes a type; choose another")
        elif function := standing_in_the_way(name):
            self._note(name.place, f"`{name}` would declare the function `{function}`, which the system's headers have; choose another name")
        choices = self._choices()
        holdings = tuple(
            Holding(key, value.get("title", readable(key)), value.get("one"), value.get("call"), is_yes(value.get("may_remain")), place=key.place)
            for key, value in self._section("holdings").items()
        )
        groups = tuple(self._groups())
        expanded = list(self.expand(holdings, groups))
        events = self.events(expanded, choices)
        states = self._states()
        model = Lifecycle(
            name=name,
            title=self._spec.get("title", readable(name)),
            source=self._spec.get("source"),
            states=states,
            choices=choices,
            holdings=holdings,
            groups=groups,
            facts=tuple(self._fact_list(groups)),
            rules=tuple(
                Rule(key, value.get("title", readable(key)), _step(value), value.get("source", self._spec.get("source")), place=key.place)
                for key, value in self._section("rules").items()
            ),
            events=events,
            always=tuple(self._invariants(states, choices)),
        )
        self._check_whole(model)
        return model

    # Sections

    def _states(self) -> tuple[State, ...]:
        states = tuple(
            State(key, value.get("title", readable(key)), is_yes(value.get("initial")), is_yes(value.get("final")), _step(value), place=key.place)
            for key, value in self._section("states").items()
        )
        where = next((key.place for key in self._spec if key == "states"), Place(1, 1))
        flawed = any("initial" in value.dropped for value in self._section("states").values())
        initial = [state for state in states if state.initial]
        if states and not initial and not flawed and not self._section("states").dropped:
            self._note(where, "no state is initial; write `initial: yes` in the one that a lifecycle begins in")
        for state in initial[1:]:
            self._note(state.place, f"`{state.name}` is a second initial state beside `{initial[0].name}`; a lifecycle begins in one")
        flawed = any("final" in value.dropped for value in self._section("states").values())
        if states and not any(state.final for state in states) and not flawed and not self._section("states").dropped:
            self._note(where, "no state is final; write `final: yes` in each that a lifecycle may end in")
        return states

    def _groups(self) -> Iterator[Group]:
        for key, value in self._section("groups").items():
            titled = isinstance(value, Mapping)
            members = self._look_up_all(value.get("members") if titled else value, self._holding, "holding")
            yield Group(key, value.get("title", readable(key)) if titled else readable(key), members, place=key.place)

    def _fact_list(self, groups: tuple[Group, ...]) -> Iterator[Fact]:
        for key, value in self._facts.items():
            yield Fact(key, value.get("title", readable(key)), self._held_with(value.get("while"), groups), place=key.place)

    def _held_with(self, name: Text | None, groups: tuple[Group, ...]) -> tuple[int, ...]:
        """The holdings with the last of which a fact is cleared: one, or the members of a group."""
        if name is None:
            return ()
        of_groups = {group: len(self._holding) + index for group, index in self._group.items() if group not in self._holding}
        index = self._look_up(name, {**self._holding, **of_groups}, "holding or group")
        if index is None or index < len(self._holding):
            return () if index is None else (index,)
        return groups[index - len(self._holding)].members

    def _choices(self) -> tuple[Choice, ...]:
        choices = []
        for key, value in self._section("choices").items():
            branches = []
            for index, item in enumerate(value):
                last = index == len(value) - 1
                if last and "when" in item:
                    self._note(item.place, f"the choice `{key}` has no else; end it with a branch without `when`, as `- {{to: STATE}}`")
                if not last and "when" not in item and "when" not in item.dropped:
                    self._note(item.place, "a branch without `when` always holds, so the ones after it are never taken; put it last")
                condition = self._condition(item["when"], None) if "when" in item else None
                if "to" in item:
                    target = STAY if item["to"] == "stay" else self._look_up(item["to"], self._state, "state")
                    branches.append(Branch(condition, STAY if target is None else target, place=item.place))
            choices.append(Choice(key, tuple(branches), place=key.place))
        return tuple(choices)

    # Invariants

    def _invariants(self, states: tuple[State, ...], choices: tuple[Choice, ...]) -> Iterator[Invariant]:
        for key, value in self._section("always").items():
            condition = self._condition(value["holds"], None, asking="an invariant") if "holds" in value else None
            finished = is_yes(value.get("finished"))
            where = self._where(key, value, choices)
            doubtful = not any(state.final for state in states)
            doubtful = doubtful or any("final" in each.dropped for each in self._section("states").values())
            if where and finished and not doubtful and not any(states[state].final for state in where):
                why = "is final, so nothing is finished there; remove `finished`, or name a final state"
                self._note(key.place, f"no state of `{key}` {why}")
            if condition and where:
                yield Invariant(key, value.get("title", readable(key)), tuple(where), finished, condition, place=key.place)

    def _where(self, invariant: Text, value: Mapping, choices: tuple[Choice, ...]) -> list[int]:
        """The states of an invariant; none if that is at fault, which is noted."""
        before = len(self._problems)
        named = {
            key: {state for name in self._list(value.get(key)) for state in self._state_set(name, choices, by_rule=True)}
            for key in ("in", "outside")
        }
        doubtful = any(self._is_doubtful(name, "state or choice") for key in named for name in self._list(value.get(key)))
        if {"in", "outside"} & value.dropped or doubtful or len(self._problems) > before:
            return []
        if "in" in value and "outside" in value:
            self._note(invariant.place, f"`{invariant}` says twice where it holds; use `in` or `outside`, not both")
            return []
        where = sorted(named["in"] if "in" in value else set(range(len(self._state))) - named["outside"])
        if not where and self._state:
            why = "`in` names" if "in" in value else "`outside` leaves"
            self._note(invariant.place, f"`{invariant}` is about no state: {why} none; name others, or remove it")
        return where

    # The whole

    def _check_whole(self, model: Lifecycle) -> None:
        reported = {problem.place for problem in self._problems}

        def note_first(place: Place, message: str) -> None:
            """Notes a problem where none is noted yet: it might be the same one."""
            if place not in reported:
                reported.add(place)
                self._note(place, message)

        named = {name for kind, name in self._mentioned if kind in ("state", "state or choice")}
        led_to = {branch.target for choice in model.choices for branch in choice.branches}
        for index, state in enumerate(model.states):
            begins = state.initial and (len(model.states) == 1 or index in self._left)
            if state.name not in named and index not in led_to and not begins and not self._are_moves_doubtful():
                note_first(state.place, f"no move names the state `{state.name}`; name it in the `moves` of an event, or remove it")
        for choice in model.choices:
            if choice.name not in named and not self._are_moves_doubtful():
                note_first(choice.place, f"no move leads to the choice `{choice.name}`; name it in the `moves` of an event, or remove it")
        self._check_taken(model)
        first: dict[str, Place] = {}
        for name, place in enumerators(model):
            if first.setdefault(name, place) != place:
                maker = f"the name at line {first[name].line}, column {first[name].column}" if first[name].line else "a name of the header's own"
                note_first(place, f"in C this name becomes `{name}`, as {maker} does; choose another")

    def _check_taken(self, model: Lifecycle) -> None:
        """Notes holdings that are given back and never taken."""
        events = self._section("events")
        doubtful = events.dropped or "events" in self._spec.dropped or any({"takes", "for_each"} & value.dropped for value in events.values())
        taken = {holding for event in model.events for holding in event.takes}
        nearly = {nearest(name, self._holding) for value in events.values() for name in self._list(value.get("takes"))}
        givers = {holding: event for event in reversed(model.events) for holding in event.gives_back}
        for index, holding in enumerate(model.holdings):
            giver = givers.get(index)
            if giver and index not in taken and holding.name not in nearly and not doubtful:
                self._note(holding.place, f"`{holding.name}` is given back by `{giver.name}` and never taken; name it in the `takes` of an event")

    def _are_moves_doubtful(self) -> bool:
        """Was something reported already that may be why a state or a choice is not named?"""
        events = self._section("events")
        return bool(
            {"events", "choices"} & self._spec.dropped
            or events.dropped
            or self._section("choices").dropped
            or any({"moves", "for_each"} & value.dropped for value in events.values())
            or any(_is_flawed(value.get("moves")) for value in events.values())
            or any(_is_flawed(value) for value in self._section("choices").values())
        )


def _is_flawed(value: Any) -> bool:
    """Was anything left out of the data because it was at fault?"""
    if isinstance(value, Mapping):
        return bool(value.dropped) or any(_is_flawed(item) for item in value.values())
    return isinstance(value, Sequence) and any(_is_flawed(item) for item in value)


def _step(value: Mapping) -> int | None:
    return int(value["step"]) if "step" in value else None
