"""The events of a spec: one for each member of a `for_each`, where each may happen, what it needs and which rule refuses it."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from model import STAY, Argument, Choice, Event, Group, Holding, Move, Need, Warning
from problems import Place, did_you_mean, quoted
from read.load import Mapping, Sequence, Text
from read.lookup import NAME, Lookup, is_yes, position, readable

MOST_FLAGS = 31
"""Arguments, and warnings, of one event: each is an enumerator with one bit, and enumerators of C are of type `int`."""


class Events(Lookup):
    """Resolves `events`, and what the rules say of events."""

    def expand(self, holdings: tuple[Holding, ...], groups: tuple[Group, ...]) -> Iterator[tuple[Text, Mapping, Text]]:
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

    def events(self, expanded: list[tuple[Text, Mapping, Text]], choices: tuple[Choice, ...]) -> tuple[Event, ...]:
        """The events that `expand` found, as the model has them."""
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
                item.get("title", readable(key)),
                self._look_up(item["sets"], self._fact, "fact") if "sets" in item else None,
                place=key.place,
            )
            for key, item in data.items()
        )
        gives_back, not_held_rules = self._gives_back(value.get("gives_back"))
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
            title=value.get("title", readable(name)),
            calls=tuple(filter(None, self._calls(value.get("call")))),
            arguments=arguments,
            takes=takes,
            gives_back=gives_back,
            sets=sets,
            clears=clears,
            moves=tuple(self._move(item, own, of_arguments, argument) for item in moves),
            refusals=tuple(refusals),
            warnings=tuple(warnings),
            not_held_rules=not_held_rules,
            awaited=self._awaited(name, value),
            unjudged=() if any(moves) else (*own, *of_arguments),
            place=name.place,
        )

    def _gives_back(self, value: Any) -> tuple[tuple[int, ...], tuple[int | None, ...]]:
        """The holdings that an event gives back; and for each the rule for when it is not held, if rules are given."""
        held = self._look_up_all(value, self._holding, "holding")
        if not isinstance(value, Mapping):
            return held, ()
        return held, tuple(self._look_up(rule, self._rule, "rule") for name, rule in value.items() if name in self._holding)

    def _calls(self, value: Any) -> Iterator[Text]:
        """The calls of an event: one text, or each of a list."""
        if value is not None:
            yield from value if isinstance(value, Sequence) else [value]

    def _awaited(self, event: Text, value: Mapping) -> bool:
        """Is it an event that nobody calls? One with a call is called."""
        awaited = is_yes(value.get("awaited"))
        if awaited and "call" in value:
            self._note(event.place, f"`{event}` is `awaited`, so nobody calls it, and yet it has a `call`; remove one of the two")
        return awaited

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


def _replaced(text: Text, word: Callable[[str], str | None]) -> Text:
    """A text with its placeholders filled in; a placeholder that `word` does not know stays."""

    def fill(match: re.Match[str]) -> str:
        found = word(match.group(1))
        return match.group() if found is None else found

    filled = Text(re.sub("<([a-z]+)>", fill, str(text)))
    filled.place = text.place
    filled.exact = text.exact and filled == text
    return filled
