"""From a spec's data to the model: resolves every name and holds the language's rules that a schema cannot say.

It goes on after a problem and reports them all; the model is returned only if there was none.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from conditions import Names, parse_condition
from load import Mapping, Sequence, Text
from model import (
    STAY,
    Argument,
    Branch,
    Choice,
    Condition,
    Event,
    Fact,
    Group,
    Holding,
    Lifecycle,
    Move,
    Need,
    Rule,
    State,
    Subject,
    Warning,
)
from names import KEYWORDS, enumerators
from problems import Place, Problem, SpecError, did_you_mean

_NAME = re.compile("[a-z][a-z0-9_]*")
_RESERVED = {
    "state": ("stay", "any"),
    "choice": ("stay", "any"),
    "holding": ("no", "with", "without"),
    "group": ("no", "with", "without"),
    "fact": ("no", "with", "without"),
    "argument": ("no", "with", "without"),
}
MOST_FLAGS = 32
"""Arguments, and warnings, of one event: each is a bit of an `unsigned`."""


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


def _position(names: Iterable[str]) -> dict[str, int]:
    return {name: index for index, name in enumerate(names)}


class _Resolver:
    def __init__(self, spec: Mapping, problems: list[Problem]) -> None:
        self._spec = spec
        self._problems = problems
        self._declared: dict[str, tuple[str, Place]] = {}
        self._state = _position(self._section("states"))
        self._holding = _position(self._section("holdings"))
        self._group = _position(self._section("groups"))
        self._facts = _entries(spec.get("facts", {}))
        self._fact = _position(self._facts)
        self._rule = _position(self._section("rules"))
        self._choice = _position(self._section("choices"))
        self._named_states: set[int] = set()
        self._used_choices: set[int] = set()
        self._names: Names = {
            **{name: (Subject.FACT, index) for name, index in self._fact.items()},
            **{name: (Subject.GROUP, index) for name, index in self._group.items()},
            **{name: (Subject.HOLDING, index) for name, index in self._holding.items()},
        }

    def _section(self, key: str) -> Mapping:
        found = self._spec.get(key)
        return found if isinstance(found, Mapping) else Mapping(Place(1, 1))

    def _note(self, place: Place, message: str) -> None:
        self._problems.append(Problem(place, message))

    def lifecycle(self) -> Lifecycle:
        self._declare()
        name = self._spec.get("lifecycle", "nameless")
        if name in KEYWORDS:
            self._note(self._spec["lifecycle"].place, f"`{name}` is a keyword of C or C++; choose another name for the lifecycle")
        choices = self._choices()
        holdings = tuple(
            Holding(key, value.get("title", _readable(key)), value.get("one"), value.get("call"), _yes(value.get("may_remain")), place=key.place)
            for key, value in self._section("holdings").items()
        )
        groups = tuple(self._groups())
        expanded = list(self._expand(holdings, groups))
        events = self._events(expanded, choices)
        model = Lifecycle(
            name=name,
            title=self._spec.get("title", _readable(name)),
            source=self._spec.get("source"),
            states=self._states(),
            choices=choices,
            holdings=holdings,
            groups=groups,
            facts=tuple(self._fact_list()),
            rules=tuple(
                Rule(key, value.get("title", _readable(key)), _step(value), value.get("source", self._spec.get("source")), place=key.place)
                for key, value in self._section("rules").items()
            ),
            events=events,
        )
        self._check_whole(model)
        return model

    # Names

    def _declare(self) -> None:
        """Notes names that are keywords, reserved words, or declared twice where one name must mean one thing."""
        for kind, key, space in (
            ("state", "states", "target"),
            ("choice", "choices", "target"),
            ("holding", "holdings", "subject"),
            ("group", "groups", "subject"),
        ):
            for name in self._section(key):
                self._declare_name(kind, name, space)
        for name in self._facts:
            self._declare_name("fact", name, "subject")

    def _declare_name(self, kind: str, name: Text, space: str) -> None:
        self._check_word(kind, name)
        first = self._declared.setdefault(f"{space} {name}", (kind, name.place))
        if first != (kind, name.place):
            self._note(name.place, f"the {kind} `{name}` has the name of a {first[0]} (line {first[1].line}); one of them needs another")

    def _check_word(self, kind: str, name: Text) -> None:
        if name in KEYWORDS:
            self._note(name.place, f"`{name}` is a keyword of C or C++; choose another name for the {kind}")
        elif name in _RESERVED.get(kind, ()):
            self._note(name.place, f"`{name}` is a word of the spec language; choose another name for the {kind}")

    def _look_up(self, name: Text, known: dict[str, int], kind: str) -> int | None:
        """The index of a name, or None after its problem was noted."""
        if name not in known:
            self._note(name.place, f"there is no {kind} `{name}`{did_you_mean(name, known)}")
        return known.get(name)

    def _look_up_all(self, value: Any, known: dict[str, int], kind: str) -> tuple[int, ...]:
        found: list[int] = []
        for name in self._list(value):
            index = self._look_up(name, known, kind)
            if index in found:
                self._note(name.place, f"the {kind} `{name}` is named twice")
            elif index is not None:
                found.append(index)
        return tuple(found)

    def _list(self, value: Any) -> Iterator[Text]:
        """The names of a list, or of a text with commas between them."""
        if value is None:
            return
        if isinstance(value, Sequence):
            yield from value
            return
        for match in re.finditer(r"[^,]*", value):
            name = Text(match.group().strip())
            name.place = value.at(match.start() + len(match.group()) - len(match.group().lstrip()))
            name.exact = value.exact
            if name:
                yield name
            elif match.start() == 0 or value[match.start() - 1 : match.start()] == ",":
                self._note(name.place, "a name is missing here; names stand with one comma between them")

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
                    self._named_states.add(STAY if target is None else target)
                    branches.append(Branch(condition, STAY if target is None else target, place=item.place))
            choices.append(Choice(key, tuple(branches), place=key.place))
        return tuple(choices)

    def _condition(self, text: Text, arguments: dict[str, int] | None) -> Condition | None:
        return parse_condition(text, self._names, arguments, self._problems)

    # Events

    def _expand(self, holdings: tuple[Holding, ...], groups: tuple[Group, ...]) -> Iterator[tuple[Text, Mapping, Text]]:
        """Each event with its data, and the key that it comes from: with `for_each`, one for each member of the group."""
        for key, value in self._section("events").items():
            if "for_each" not in value:
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
                name = _replaced(key, lambda word, one=identifier, each=member.name: {"one": one, "each": each}.get(word))
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
        pairs.update({_replaced(key, word): self._filled(item, word) for key, item in value.items()})
        return pairs

    def _events(self, expanded: list[tuple[Text, Mapping, Text]], choices: tuple[Choice, ...]) -> tuple[Event, ...]:
        seen: dict[str, Text] = {}
        for name, _, key in expanded:
            self._check_word("event", name)
            if "for_each" in self._section("events")[key] and not _NAME.fullmatch(name):
                self._note(key.place, f"`{key}` makes an event `{name}`, which is no name: small letters, digits and _ after a small letter")
            first = seen.setdefault(name, key)
            if first is not key:
                self._note(key.place, f"`{key}` makes an event `{name}`, which line {first.place.line} makes too")
        moves = [self._moves(value, choices) for _, value, _ in expanded]
        takes = [self._look_up_all(value.get("takes"), self._holding, "holding") for _, value, _ in expanded]
        refusals = self._refusals(expanded, moves, takes, choices)
        return tuple(
            self._event(*expanded[index][:2], takes[index], moves[index], refusals[index]) for index in range(len(expanded))
        )

    def _event(
        self, name: Text, value: Mapping, takes: tuple[int, ...], moves: list[Mapping | Text | None], refusals: list[int | None]
    ) -> Event:
        data = _entries(value.get("args", {}))
        argument = _position(data)
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
            condition, cited = self._condition(text, arguments), self._look_up(rule, self._rule, "rule")
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
        if to in self._choice:
            self._used_choices.add(self._choice[to])
            return Move(None, self._choice[to], every, place=place)
        target = self._look_up(to, {**self._state, **self._choice}, "state or choice")
        self._named_states.add(STAY if target is None else target)
        return Move(STAY if target is None else target, None, every, place=place)

    def _moves(self, value: Mapping, choices: tuple[Choice, ...]) -> list[Mapping | Text | None]:
        """What `moves` says of each state: data of the move, or None."""
        found: list[Mapping | Text | None] = [None] * len(self._state)
        first: dict[int, Place] = {}
        rest: Mapping | Text | None = None
        for key, move in value.get("moves", {}).items():
            for name in self._list(key):
                if name == "any":
                    rest = move
                    continue
                for state in self._state_set(name, choices):
                    self._named_states.add(state)
                    if state in first:
                        self._note(name.place, f"`{list(self._state)[state]}` has a move already, at line {first[state].line}, column {first[state].column}")
                    else:
                        first[state] = name.place
                        found[state] = move
        return [rest if move is None else move for move in found]

    def _state_set(self, name: Text, choices: tuple[Choice, ...]) -> list[int]:
        """The states that a name in `moves` or `in` means: a state, or all those that a choice leads to."""
        if name in self._choice:
            targets = [branch.target for branch in choices[self._choice[name]].branches]
            return sorted({target for target in targets if target != STAY})
        state = self._look_up(name, {**self._state, **self._choice}, "state or choice")
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
            states = {state: name for name in self._list(value.get("in")) for state in self._state_set(name, choices)}
            for name in self._list(value.get("refuses")):
                takers = name == "<takers>"
                which = [i for i, (event, _, key) in enumerate(expanded) if (takes[i] if takers else name in (event, key))]
                if not which and not takers:
                    known = [str(word) for event, _, key in expanded for word in (event, key)]
                    self._note(name.place, f"there is no event `{name}`{did_you_mean(name, dict.fromkeys(known))}")
                for event in which:
                    for state in states if "in" in value else range(len(self._state)):
                        refused = table[event][state]
                        if moves[event][state] is not None:
                            if "in" in value and not takers:
                                self._note(name.place, f"`{expanded[event][0]}` has a move in `{list(self._state)[state]}`, so no rule refuses it there")
                        elif refused is None:
                            table[event][state] = self._rule[rule]
                        elif refused != self._rule[rule] and "in" in value:
                            other = list(self._rule)[refused]
                            self._note(name.place, f"`{expanded[event][0]}` is refused in `{list(self._state)[state]}` by `{other}` already")
        return table

    # The whole

    def _check_whole(self, model: Lifecycle) -> None:
        for index, state in enumerate(model.states):
            if index not in self._named_states and not (state.initial and len(model.states) == 1):
                self._note(state.place, f"no move names the state `{state.name}`; name it in the `moves` of an event, or remove it")
        for index, choice in enumerate(model.choices):
            if index not in self._used_choices:
                self._note(choice.place, f"no move leads to the choice `{choice.name}`; name it in the `moves` of an event, or remove it")
        taken = {holding for event in model.events for holding in event.takes}
        flawed = any(value.dropped & {"takes"} for value in self._section("events").values()) or self._section("events").dropped
        for index, holding in enumerate(model.holdings):
            giver = next((event for event in model.events if index in event.gives_back), None)
            if giver and index not in taken and not flawed:
                self._note(holding.place, f"`{holding.name}` is given back by `{giver.name}` and never taken; name it in the `takes` of an event")
        first: dict[str, Place] = {}
        for name, place in enumerators(model):
            if name in first:
                before = f"that line {first[name].line}, column {first[name].column} makes" if first[name].line else "of the header itself"
                self._note(place, f"this name becomes the enumerator `{name}` in C, {before}; choose another")
            else:
                first[name] = place


def _entries(value: Any) -> Mapping:
    """A section that may be a mapping, or only names: as a mapping, in which the names have nothing more to say."""
    if isinstance(value, Mapping):
        return value
    names = Mapping(value.place if isinstance(value, (Sequence, Text)) else Place(1, 1))
    for name in value if isinstance(value, Sequence) else ([value] if value else []):
        names[name] = Mapping(name.place)
    return names


def _step(value: Mapping) -> int | None:
    return int(value["step"]) if "step" in value else None


def _replaced(text: Text, word: Callable[[str], str | None]) -> Text:
    """A text with its placeholders filled in; a placeholder that `word` does not know stays."""
    filled = Text(re.sub("<([a-z]+)>", lambda match: match.group() if word(match.group(1)) is None else str(word(match.group(1))), text))
    filled.place = text.place
    filled.exact = text.exact and filled == text
    return filled
