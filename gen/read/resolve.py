"""From a spec's data to the model: resolves every name and holds the language's rules that a schema cannot say.

It goes on after a problem and reports them all; the model is returned only if there was none.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from model import (
    STAY,
    Argument,
    Branch,
    Choice,
    Event,
    Fact,
    Group,
    Holding,
    Invariant,
    Lifecycle,
    Move,
    Need,
    Rule,
    State,
    Warning,
)
from problems import Place, Problem, SpecError, did_you_mean, nearest, quoted
from read.load import Mapping, Sequence, Text
from read.lookup import NAME, Lookup, position
from read.names import KEYWORDS, TAKEN, enumerators

MOST_FLAGS = 31
"""Arguments, and warnings, of one event: each is an enumerator with one bit, and enumerators of C are of type `int`."""


def resolve(spec: Mapping, problems: list[Problem]) -> Lifecycle:
    """The model of a spec. `problems` were found before; raises SpecError if there are any in the end."""
    lifecycle = _Resolver(spec, problems).lifecycle()
    if problems:
        raise SpecError(problems)
    return lifecycle


def _readable(name: str) -> str:
    return name.replace("_", " ").replace("-", " ")


def _yes(value: Any) -> bool:
    return value in ("yes", "true")


class _Resolver(Lookup):
    def lifecycle(self) -> Lifecycle:
        self._declare()
        name = self._spec.get("lifecycle", "nameless")
        if name in KEYWORDS:
            self._note(name.place, f"`{name}` is a keyword of C or C++; choose another name for the lifecycle")
        elif name in TAKEN:
            self._note(name.place, f"`{name}` means something else in C, where the lifecycle's name becomes a type; choose another")
        choices = self._choices()
        holdings = tuple(
            Holding(key, value.get("title", _readable(key)), value.get("one"), value.get("call"), _yes(value.get("may_remain")), place=key.place)
            for key, value in self._section("holdings").items()
        )
        groups = tuple(self._groups())
        expanded = list(self._expand(holdings, groups))
        events = self._events(expanded, choices)
        states = self._states()
        model = Lifecycle(
            name=name,
            title=self._spec.get("title", _readable(name)),
            source=self._spec.get("source"),
            states=states,
            choices=choices,
            holdings=holdings,
            groups=groups,
            facts=tuple(self._fact_list()),
            rules=tuple(
                Rule(key, value.get("title", _readable(key)), _step(value), value.get("source", self._spec.get("source")), place=key.place)
                for key, value in self._section("rules").items()
            ),
            events=events,
            always=tuple(self._invariants(states, choices)),
        )
        self._check_whole(model)
        return model

    # Names

    # Sections

    def _states(self) -> tuple[State, ...]:
        states = tuple(
            State(key, value.get("title", _readable(key)), _yes(value.get("initial")), _yes(value.get("final")), _step(value), place=key.place)
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
            yield Group(key, value.get("title", _readable(key)) if titled else _readable(key), members, place=key.place)

    def _fact_list(self) -> Iterator[Fact]:
        for key, value in self._facts.items():
            held_with = self._look_up(value["while"], self._holding, "holding") if "while" in value else None
            yield Fact(key, value.get("title", _readable(key)), held_with, place=key.place)

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

    # Events

    def _expand(self, holdings: tuple[Holding, ...], groups: tuple[Group, ...]) -> Iterator[tuple[Text, Mapping, Text]]:
        """Each event with its data, and the key that it comes from: with `for_each`, one for each member of the group."""
        for key, value in self._section("events").items():
            if "for_each" not in value:
                if "for_each" in value.dropped:
                    continue
                if "<" in key or ">" in key:
                    self._note(key.place, f"`{key}` stands for several events; say for which group with `for_each`")
                else:
                    yield key, value, key
                continue
            group = self._look_up(value["for_each"], self._group, "group")
            if "<one>" not in key and "<each>" not in key:
                self._note(key.place, f"the events of `{key}` would all have this name; put `<one>` or `<each>` into it, as `open_<one>`")
                continue
            for index in groups[group].members if group is not None else ():
                member = holdings[index]
                if member.one is None and "<one>" in key:
                    self._note(member.place, f"the holding `{member.name}` needs the key `one` (what one of it is called) for the event `{key}`")
                    continue
                identifier = re.sub("[^a-z0-9]+", "_", (member.one or "").lower())
                name = _replaced(key, {"one": identifier, "each": member.name}.get)
                words = {"one": member.one or member.title, "each": member.name, "title": member.title, "call": member.call or ""}
                yield name, self._filled(value, words.get), key

    def _filled(self, value: Any, word: Callable[[str], str | None]) -> Any:
        """A copy of the data with the placeholders of `for_each` filled in."""
        if isinstance(value, Text):
            return _replaced(value, word)
        if isinstance(value, Sequence):
            items = Sequence(value.place)
            items.extend(self._filled(item, word) for item in value)
            return items
        pairs = Mapping(value.place)
        pairs.dropped = value.dropped
        for key, item in value.items():
            filled = _replaced(key, word)
            if filled in pairs:
                self._note(key.place, f"with `for_each`, two keys become {quoted(filled)} here; write it once")
            pairs[filled] = self._filled(item, word)
        return pairs

    def _events(self, expanded: list[tuple[Text, Mapping, Text]], choices: tuple[Choice, ...]) -> tuple[Event, ...]:
        expanded = self._without_repetition(expanded)
        moves = [self._moves(value, choices) for _, value, _ in expanded]
        takes = [self._look_up_all(value.get("takes"), self._holding, "holding") for _, value, _ in expanded]
        refusals = self._refusals(expanded, moves, takes, choices)
        return tuple(
            self._event(*expanded[index][:2], takes[index], moves[index], refusals[index]) for index in range(len(expanded))
        )

    def _without_repetition(self, expanded: list[tuple[Text, Mapping, Text]]) -> list[tuple[Text, Mapping, Text]]:
        """The events whose names are names and no other event's; the problems of the others are noted."""
        first: dict[str, Text] = {}
        events = []
        for name, value, key in expanded:
            self._check_word("event", name)
            if name in first and first[name] is key:
                self._note(key.place, f"`{key}` makes two events `{name}`; the holdings of its group need different words for `one`")
            elif name in first:
                self._note(key.place, f"`{key}` makes an event `{name}`, which line {first[name].place.line} makes too")
            else:
                first[name] = key
                events.append((name, value, key))
            if "for_each" in value and not NAME.fullmatch(name):
                self._note(key.place, f"`{key}` makes an event {quoted(name)}, which is no name: small letters, digits and _ after a small letter")
        return events

    def _event(
        self, name: Text, value: Mapping, takes: tuple[int, ...], moves: list[Mapping | Text | None], refusals: list[int | None]
    ) -> Event:
        data = self._entries(value.get("args"), "argument")
        argument = position(data)
        for key in data:
            self._check_word("argument", key)
        for key in list(data)[MOST_FLAGS:]:
            self._note(key.place, f"`{key}` is one argument more than the {MOST_FLAGS} that an event can have")
        arguments = tuple(
            Argument(
                key,
                item.get("title", _readable(key)),
                self._look_up(item["sets"], self._fact, "fact") if "sets" in item else None,
                place=key.place,
            )
            for key, item in data.items()
        )
        gives_back = self._look_up_all(value.get("gives_back"), self._holding, "holding")
        for both in self._list(value.get("gives_back")):
            if self._holding.get(both) in takes:
                self._note(both.place, f"`{both}` is taken and given back by the same event, which comes to nothing; remove one")
        own = self._needs(value.get("needs"), None, argument)
        of_arguments = [need for key, item in data.items() for need in self._needs(item.get("needs"), argument[key], argument)]
        sets = self._look_up_all(value.get("sets"), self._fact, "fact")
        clears = self._look_up_all(value.get("clears"), self._fact, "fact")
        changed = [*sets, *clears, *(item.sets for item in arguments if item.sets is not None)]
        for fact in sorted({fact for fact in changed if changed.count(fact) > 1}):
            self._note(name.place, f"`{name}` sets or clears the fact `{list(self._facts)[fact]}` more than once")
        warnings = []
        for text, rule in value.get("warns", {}).items():
            condition, cited = self._condition(text, argument), self._look_up(rule, self._rule, "rule")
            if condition and cited is not None:
                warnings.append(Warning(condition, cited, place=text.place))
        for index, warning in enumerate(warnings):
            if any(warning.rule == other.rule for other in warnings[:index]):
                rule = list(self._rule)[warning.rule]
                self._note(warning.place, f"this warning cites `{rule}` as another of the event does; join their conditions with `or`")
        for warning in warnings[MOST_FLAGS:]:
            self._note(warning.place, f"this is one warning more than the {MOST_FLAGS} that an event can have")
        return Event(
            name=name,
            title=value.get("title", _readable(name)),
            call=value.get("call") or None,
            arguments=arguments,
            takes=takes,
            gives_back=gives_back,
            sets=sets,
            clears=clears,
            moves=tuple(self._move(item, own, of_arguments, argument) for item in moves),
            refusals=tuple(refusals),
            warnings=tuple(warnings),
            place=name.place,
        )

    def _needs(self, data: Any, index: int | None, arguments: dict[str, int]) -> list[Need]:
        needs = []
        for text, rule in (data or {}).items():
            condition, cited = self._condition(text, arguments, index), self._look_up(rule, self._rule, "rule")
            if condition and cited is not None:
                needs.append(Need(condition, cited, index, place=text.place))
        return needs

    def _move(self, item: Mapping | Text | None, own: list[Need], of_arguments: list[Need], arguments: dict[str, int]) -> Move | None:
        if item is None:
            return None
        to = item.get("to", Text("stay")) if isinstance(item, Mapping) else item
        needs = self._needs(item.get("needs"), None, arguments) if isinstance(item, Mapping) else []
        place = item.place
        every = (*own, *needs, *of_arguments)
        if to == "stay":
            return Move(STAY, None, every, place=place)
        target = self._look_up(to, self._target, "state or choice")
        if to in self._choice and to not in self._state:
            return Move(None, self._choice[to], every, place=place)
        return Move(STAY if target is None else target, None, every, place=place)

    def _moves(self, value: Mapping, choices: tuple[Choice, ...]) -> list[Mapping | Text | None]:
        """What `moves` says of each state: data of the move, or None."""
        found: list[Mapping | Text | None] = [None] * len(self._state)
        first: dict[int, Place] = {}
        rest: tuple[Text, Mapping | Text] | None = None
        for key, move in value.get("moves", {}).items():
            for name in self._list(key):
                if name == "any":
                    if rest:
                        self._note(name.place, f"`any` has a move already, at line {rest[0].place.line}, column {rest[0].place.column}")
                    rest = rest or (name, move)
                    continue
                for state in self._state_set(name, choices):
                    if state in first:
                        where = f"at line {first[state].line}, column {first[state].column}"
                        self._note(name.place, f"`{list(self._state)[state]}` has a move already, {where}")
                    else:
                        first[state] = name.place
                        found[state] = move
        if rest and self._state and None not in found:
            self._note(rest[0].place, "`any` means the states that `moves` does not name, and it names them all; remove it")
        if rest:
            self._left.update(index for index, move in enumerate(found) if move is None)
        return [rest[1] if move is None and rest else move for move in found]

    def _state_set(self, name: Text, choices: tuple[Choice, ...], by_rule: bool = False) -> list[int]:
        """The states that a name in `moves` or `in` means: a state, or all those that a choice leads to."""
        state = self._look_up(name, self._target, "state or choice", by_rule)
        if name in self._choice and name not in self._state:
            targets = [branch.target for branch in choices[self._choice[name]].branches]
            return sorted({target for target in targets if target != STAY})
        return [] if state is None else [state]

    def _refusals(
        self, expanded: list[tuple[Text, Mapping, Text]], moves: list[list[Any]], takes: list[tuple[int, ...]], choices: tuple[Choice, ...]
    ) -> list[list[int | None]]:
        """The rule that refuses each event in each state, from what the rules say of it; explicit states go first."""
        table: list[list[int | None]] = [[None] * len(self._state) for _ in expanded]
        rules = sorted(self._section("rules").items(), key=lambda item: "in" not in item[1])
        for rule, value in rules:
            if "in" in value and "refuses" not in value and "refuses" not in value.dropped:
                self._note(rule.place, f"`{rule}` says in which states it refuses but not what; name the events with `refuses`")
            states = {state: name for name in self._list(value.get("in")) for state in self._state_set(name, choices, by_rule=True)}
            for name in self._list(value.get("refuses")):
                takers = name == "<takers>"
                which = [i for i, (event, _, key) in enumerate(expanded) if (takes[i] if takers else name in (event, key))]
                if not which and not takers and name not in self._section("events") and not self._is_doubtful(name, "event"):
                    known = [str(word) for event, _, key in expanded for word in (event, key)]
                    self._note(name.place, f"there is no event {quoted(name)}{did_you_mean(name, dict.fromkeys(known))}")
                for event in which:
                    self._refuse(table[event], expanded[event][0], moves[event], name, rule, states if "in" in value else None)
        return table

    def _refuse(
        self, line: list[int | None], event: str, moves: list[Any], name: Text, rule: Text, states: dict[int, Text] | None
    ) -> None:
        """Notes in `line` the states (None: all that are left) in which a rule refuses an event, as `name` in `refuses` says."""
        for state in range(len(self._state)) if states is None else states:
            refused = line[state]
            if moves[state] is not None:
                if states is not None and name != "<takers>":
                    self._note(name.place, f"`{event}` has a move in `{list(self._state)[state]}`, so no rule refuses it there")
            elif refused is None:
                line[state] = self._rule[rule]
            elif refused != self._rule[rule]:
                other = list(self._rule)[refused]
                if states is not None:
                    self._note(name.place, f"`{event}` is refused in `{list(self._state)[state]}` by `{other}` already")
                elif "in" not in self._section("rules")[other]:
                    self._note(name.place, f"`{event}` is refused by `{other}` already; say with `in` which of them refuses it where")

    # Invariants

    def _invariants(self, states: tuple[State, ...], choices: tuple[Choice, ...]) -> Iterator[Invariant]:
        for key, value in self._section("always").items():
            condition = self._condition(value["holds"], None, asking="an invariant") if "holds" in value else None
            finished = _yes(value.get("finished"))
            where = self._where(key, value, choices)
            doubtful = not any(state.final for state in states)
            doubtful = doubtful or any("final" in each.dropped for each in self._section("states").values())
            if where and finished and not doubtful and not any(states[state].final for state in where):
                why = "is final, so nothing is finished there; remove `finished`, or name a final state"
                self._note(key.place, f"no state of `{key}` {why}")
            if condition and where:
                yield Invariant(key, value.get("title", _readable(key)), tuple(where), finished, condition, place=key.place)

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


def _replaced(text: Text, word: Callable[[str], str | None]) -> Text:
    """A text with its placeholders filled in; a placeholder that `word` does not know stays."""

    def fill(match: re.Match[str]) -> str:
        found = word(match.group(1))
        return match.group() if found is None else found

    filled = Text(re.sub("<([a-z]+)>", fill, str(text)))
    filled.place = text.place
    filled.exact = text.exact and filled == text
    return filled
