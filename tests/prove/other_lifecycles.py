"""Lifecycles beside those of spec/: what the language can say and MAPI does not, what is large, and what chance makes up."""

import itertools
import json
import random
import re
from collections.abc import Mapping, Sequence
from typing import Any

from compiled import ROOT, model_of
from model import LIMIT
from problems import SpecError
from read.events import MOST_FLAGS


def all_of_them() -> list[str]:
    """The texts of the specs."""
    files = sorted((ROOT / "tests" / "lifecycles").glob("*.yaml"))
    return [*(path.read_text(encoding="utf-8") for path in files), reference(), many_holdings(), many_states(), all_bits()]


def reference() -> str:
    """The lifecycle that the language's reference shows at a glance."""
    page = (ROOT / "spec" / "README.md").read_text(encoding="utf-8")
    (found,) = re.findall(r"^```yaml\n(lifecycle: connection .*?)^```$", page, re.S | re.M)
    return str(found)


def many_holdings() -> str:
    """60 holdings: more words of counts than a test of bits looks at, groups over all of them, and two taken at once."""
    kinds = [f"kind_{number}" for number in range(60)]
    return _spec(
        lifecycle="many_holdings",
        states={"working": {}, "idle": {"initial": "yes", "final": "yes"}, "ending": {}},
        choices={"left": [{"when": "every > 1", "to": "stay"}, {"when": "every", "to": "ending"}, {"to": "idle"}]},
        holdings={kind: {"one": kind, **({"may_remain": "yes"} if number % 20 == 7 else {})} for number, kind in enumerate(kinds)},
        groups={"every": kinds, "low": kinds[:4], "high": kinds[40:], "far": [kinds[0], kinds[59]]},
        facts={"busy": {"while": kinds[59]}, "late": {}},
        rules={"none-left": {}, "few": {}, "not-yet": {"refuses": ["finish"], "in": "idle"}, "only": {}},
        events={
            "begin": {"args": {"late": {"sets": "late"}}, "moves": {"idle": "working"}},
            "take_<one>": {"for_each": "every", "takes": "<each>", "moves": {"working": "stay"}},
            "give_<one>": {"for_each": "every", "gives_back": "<each>", "moves": {"working": "stay", "ending": "left"}},
            "take_two": {
                "takes": [kinds[59], kinds[12]],
                "sets": "busy",
                "needs": {"every <= 100": "few", "high != 3 or late": "only"},
                "moves": {"working": "stay"},
            },
            "give_two": {"gives_back": [kinds[59], kinds[3]], "moves": {"any": "left"}},
            "finish": {
                "needs": {"no low": "none-left", "no far and no busy or every == 300": "few"},
                "moves": {"working": "left", "ending": "left"},
                "warns": {"high": "only", "every": "none-left"},
            },
        },
    )


def many_states() -> str:
    """300 states, the last of them initial, in a ring with a way across; one holding, and a fact for it."""
    states = [f"at_{number}" for number in range(300)]
    return _spec(
        lifecycle="many_states",
        states={state: {"initial": "yes", "final": "yes"} if state == "at_299" else {} for state in states},
        choices={"across": [{"when": "loads and no light", "to": "at_256"}, {"when": "loads > 1", "to": "at_255"}, {"to": "at_0"}]},
        holdings={"loads": {}},
        facts={"light": {"while": "loads"}},
        rules={"unload-first": {}, "not-here": {"refuses": "load", "in": "at_255, at_256"}, "one-way": {"refuses": "back"}},
        events={
            "on": {"moves": {state: states[(number + 1) % 300] for number, state in enumerate(states)}},
            "back": {"moves": {"at_255": "at_254", "at_256": "at_255", "at_257": "at_256", "at_0": "at_299"}},
            "load": {"takes": "loads", "args": {"light": {"sets": "light"}}, "moves": {"at_0, at_254, at_257, at_299": "stay"}},
            "unload": {"gives_back": "loads", "moves": {"any": "across"}},
            "leap": {"needs": {"no loads": "unload-first"}, "moves": {"at_10": "across", "at_299": "at_10", "at_290": "at_299"}},
        },
    )


def all_bits() -> str:
    """As many facts as there can be, as many arguments and warnings of an event, and 257 states: the highest of each bit."""
    facts = [f"fact_{number}" for number in range(32)]
    states = [f"at_{number}" for number in range(257)]
    rules = [f"rule-{number}" for number in range(MOST_FLAGS)]
    return _spec(
        lifecycle="all_bits",
        states={state: {"initial": "yes", "final": "yes"} if state == "at_1" else {} for state in states},
        choices={"high": [{"when": "fact_31 and no fact_0", "to": "at_256"}, {"when": "fact_31", "to": "at_0"}, {"to": "stay"}]},
        facts=facts,
        rules=dict.fromkeys(rules, {}),
        events={
            "on": {"moves": {state: states[(number + 1) % 257] for number, state in enumerate(states)}},
            "set_all": {
                "args": {
                    f"with_{fact}": {"sets": fact, "needs": {f"no {fact} or {facts[number - 1]}": rule}}
                    for number, (fact, rule) in enumerate(zip(facts, rules))
                },
                "moves": {"at_1, at_256": "high"},
                "warns": {fact: rule for fact, rule in zip(facts, rules)},
            },
            "set_last": {"sets": "fact_31", "clears": "fact_0, fact_30", "moves": {"at_1, at_0": "high"}},
        },
    )


def at_random(seed: int) -> str:
    """A lifecycle that chance has made up, always the same for the same seed. It makes little sense; but it is one."""
    for attempt in itertools.count():
        spec = _Chance(seed, attempt).spec()
        try:
            model_of(spec)
            return spec
        except SpecError as error:  # chance has said something that holds always, or never
            assert all("holds, whatever" in problem.message for problem in error.problems), error.problems
    raise AssertionError


def _spec(**sections: Any) -> str:
    """The text of a spec. Values are written as JSON, which YAML understands."""
    return "".join(f"{key}: {json.dumps(value)}\n" for key, value in sections.items() if value)


def _swapped(pairs: Mapping[str, str]) -> dict[str, str]:
    return {value: key for key, value in pairs.items()}


class _Chance:
    """Makes up one lifecycle."""

    def __init__(self, seed: int, attempt: int) -> None:
        self._seed = seed
        self._random = random.Random(f"{seed}, {attempt}")
        some = self._random.randint
        self._states = [f"s{number}" for number in range(some(1, 6))]
        self._holdings = [f"h{number}" for number in range(self._random.choice((0, 1, 2, 3, 3, 4, 5, 9)))]
        self._facts = [f"f{number}" for number in range(self._random.choice((0, 1, 1, 2, 3, 9)))]
        self._rules = [f"r{number}" for number in range(some(1, 5))]
        self._choices = [f"c{number}" for number in range(some(0, 2))]
        self._groups = {
            f"g{number}": self._random.sample(self._holdings, some(1, len(self._holdings)))
            for number in range(some(0, 2) if self._holdings else 0)
        }

    def spec(self) -> str:
        events = {f"e{number}": self._event() for number in range(self._random.randint(2, 9))}
        self._mention_all(events)
        return _spec(
            lifecycle=f"random_{self._seed}",
            states=self._state_data(),
            choices={choice: self._branches() for choice in self._choices},
            holdings={holding: {"may_remain": "yes"} if self._flip(0.2) else {} for holding in self._holdings},
            groups=self._groups,
            facts={fact: {"while": self._random.choice([*self._holdings, *self._groups])} if self._holdings and self._flip() else {} for fact in self._facts},
            rules=self._rule_data(events),
            events=events,
        )

    def _flip(self, likely: float = 0.5) -> bool:
        return self._random.random() < likely

    def _state_data(self) -> dict[str, dict[str, str]]:
        data: dict[str, dict[str, str]] = {state: {"final": "yes"} if self._flip(0.2) else {} for state in self._states}
        data[self._random.choice(self._states)]["initial"] = "yes"
        data[self._random.choice(self._states)]["final"] = "yes"
        return data

    def _branches(self) -> list[dict[str, str]]:
        """Branches of a choice; without anything to ask, only the last."""
        targets = [*self._states, "stay"]
        asked = {self._condition([]): None for _ in range(self._random.randint(0, 3))} if self._subjects() else {}
        return [*({"when": text, "to": self._random.choice(targets)} for text in asked), {"to": self._random.choice(targets)}]

    # Conditions

    def _subjects(self) -> list[str]:
        return [*self._holdings, *self._groups, *self._facts]

    def _condition(self, arguments: Sequence[str]) -> str:
        while self._is_constant(text := self._any_condition(arguments), arguments):
            pass
        return text

    def _is_constant(self, text: str, arguments: Sequence[str]) -> bool:
        """Does the language refuse this, because it, or an alternative of it, holds always or never?"""
        try:
            model_of(_spec(
                lifecycle="small",
                states={"s": {"initial": "yes", "final": "yes"}},
                holdings={holding: {} for holding in self._holdings},
                groups=self._groups,
                facts=self._facts,
                rules={"r": {}},
                events={"e": {"args": list(arguments), "needs": {text: "r"}, "moves": {"s": "stay"}}},
            ))
        except SpecError as error:
            return any("holds, whatever" in problem.message for problem in error.problems)
        return False

    def _any_condition(self, arguments: Sequence[str]) -> str:
        size = self._random.choice((1, 1, 1, 2, 2, 3, 5))
        subjects = self._subjects()
        if subjects and self._flip():
            subjects = self._random.sample(subjects, min(2, len(subjects)))  # so that it asks for the same again
        words = [self._test(subjects, arguments)]
        for _ in range(size - 1):
            words += [self._random.choice(("and", "or")), self._test(subjects, arguments)]
        return " ".join(words)

    def _test(self, subjects: Sequence[str], arguments: Sequence[str]) -> str:
        if arguments and (not subjects or self._flip(0.2)):
            return f"{self._random.choice(('with', 'without'))} {self._random.choice(arguments)}"
        name = self._random.choice(subjects)
        if name in self._facts or self._flip():
            return f"{'no ' if self._flip() else ''}{name}"
        most = LIMIT * len(self._groups.get(name, [name]))
        if self._flip(0.15):
            return f"{name} {self._random.choice(('>= 0', f'<= {most}'))}"  # always so
        number = self._random.choice((0, 0, 1, 1, 1, 2, 2, 3, most, most - 1, LIMIT, LIMIT - 1, LIMIT // 2))
        return f"{name} {self._random.choice(('>', '>=', '<', '<=', '==', '!='))} {number}"

    def _needs(self, arguments: Sequence[str], most: int) -> dict[str, str]:
        if not self._subjects() and not arguments:
            return {}
        return {self._condition(arguments): self._random.choice(self._rules) for _ in range(self._random.randint(0, most))}

    # Events

    def _event(self) -> dict[str, Any]:
        touched = self._random.sample(self._holdings, min(len(self._holdings), self._random.choice((0, 1, 1, 1, 1, 2, 3))))
        taken = [holding for holding in touched if self._flip()]
        changed = self._random.sample(self._facts, min(len(self._facts), self._random.choice((0, 0, 1, 2, 3))))
        arguments = [f"a{number}" for number in range(self._random.choice((0, 0, 0, 1, 2, 3)))]
        event = {
            "takes": taken,
            "gives_back": [holding for holding in touched if holding not in taken],
            "args": {argument: self._argument(arguments, changed) for argument in arguments},
            "sets": [fact for fact in changed if self._flip()],
            "needs": self._needs(arguments, 2),
            "moves": {state: self._move(arguments) for state in self._states if self._flip(0.7)},
            "warns": _swapped(_swapped(self._needs(arguments, 2))),  # a rule once
        }
        event["clears"] = [fact for fact in changed if fact not in event["sets"] and self._flip()]
        return {key: value for key, value in event.items() if value or key == "moves"}

    def _argument(self, arguments: Sequence[str], changed: list[str]) -> dict[str, Any]:
        data: dict[str, Any] = {"needs": self._needs(arguments, 1)} if self._flip() else {}
        return {**data, "sets": changed.pop()} if changed and self._flip() else data

    def _move(self, arguments: Sequence[str]) -> Any:
        target = self._random.choice([*self._states, *self._choices, *self._choices, "stay"])
        needs = self._needs(arguments, 2) if self._flip(0.3) else {}
        return {"to": target, "needs": needs} if needs else target

    def _mention_all(self, events: dict[str, Any]) -> None:
        """Adds what the language asks for: whatever is declared has its use."""
        events["go"] = {"moves": {state: self._random.choice([*self._states, "stay"]) for state in self._states}}
        for number, choice in enumerate(self._choices):
            events[f"choose_{number}"] = {"moves": {self._random.choice(self._states): choice}}
        for holding in self._holdings:
            events[f"take_{holding}"] = {"takes": holding, "moves": {state: "stay" for state in self._states if self._flip(0.8)}}

    def _rule_data(self, events: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """The rules, some of which refuse events in a state each."""
        data: dict[str, dict[str, Any]] = {}
        refused: set[tuple[str, str]] = set()
        for rule in self._rules:
            state = self._random.choice(self._states)
            free = [name for name, event in events.items() if state not in event["moves"] and (name, state) not in refused]
            chosen = [name for name in free if self._flip(0.4)]
            refused |= {(name, state) for name in chosen}
            data[rule] = {"in": state, "refuses": chosen} if chosen else {}
        return data
