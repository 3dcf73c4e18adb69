"""Small API specs made at random, as the texts of their files, and traces of calls for them.

Most are odd, and some cannot be read: a parent that no call finds, a state that nothing leads to. Those are passed over.
"""

import random
from pathlib import Path

from api import Api
from problems import ApiError
from read.api_spec import read_api

CALLS = ("make", "open", "use", "step", "close", "sweep", "end", "bind_*")


def api(seed: int, folder: Path) -> Api | None:
    """The API of a seed, its files written to a folder; None if it cannot be read."""
    for name, text in _Maker(random.Random(seed)).files().items():
        (folder / name).write_text(text, encoding="utf-8")
    try:
        return read_api(str(folder / "api.yaml"))
    except ApiError:
        return None


class _Maker:
    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._kinds: list[dict[str, str]] = []
        self._outcomes: dict[str, list[str]] = {}

    def files(self) -> dict[str, str]:
        """The API spec and a lifecycle for each kind."""
        count = self._chance.randint(2, 4)
        for number in range(count):
            self._kinds.append(self._kind(number))
        calls = "".join(self._call(name) for name in CALLS)
        kinds = "".join(f"  k{i}: {{{', '.join(f'{key}: {value}' for key, value in kind.items())}}}\n" for i, kind in enumerate(self._kinds))
        files = {f"l{number}.yaml": self._lifecycle(number) for number in range(count)}
        return {"api.yaml": f"api: api\nkinds:\n{kinds}calls:\n{calls}", **files}

    def _likely(self, percent: int) -> bool:
        return self._chance.randrange(100) < percent

    def _kind(self, number: int) -> dict[str, str]:
        kind = {"lifecycle": f"l{number}.yaml"}
        per = [f"k{other}" for other in range(number) if "per" in self._kinds[other]]
        rest = [f"k{other}" for other in range(number) if "per" not in self._kinds[other]]
        if number < 2 and self._likely(30):
            kind["per"] = self._chance.choice(["process", "thread"])
        elif self._likely(15):
            kind["adopt"] = "yes"
        above = per if "per" in kind or "adopt" in kind else per + rest
        if above and self._likely(75):
            kind["of"] = self._chance.choice(above)
            if kind["of"] in rest and self._likely(30):
                second = self._chance.choice(above)
                kind["of"] = f"{{first: {kind['of']}, second: {second}}}"
        if "per" not in kind:
            for key in ("numbered", "null"):
                if self._likely(25):
                    kind[key] = "yes"
            if self._likely(40):
                kind["group"] = "x"
        return kind

    def _expression(self, number: int) -> str:
        return "here" if "per" in self._kinds[number] else "p1"

    def _call(self, name: str) -> str:
        on: dict[str, str] = {}
        makes: dict[str, str] = {}
        count = len(self._kinds)
        keys = []
        makable = [number for number in range(count) if "per" not in self._kinds[number]]
        if name in ("make", "open") and makable:
            for _ in range(self._chance.randint(1, 2)):
                number = self._chance.choice(makable)
                role = f"k{number}" if self._likely(70) and f"k{number}" != self._kinds[number].get("of") else "made"
                makes[role] = "p1" if role != "made" else f"k{number} p1"
                of = self._kinds[number].get("of", "")
                if of.startswith("{"):
                    first, second = of[len("{first: ") : -1].split(", second: ")
                    on |= {"first": f"{first} p2", "second": f"{second} {self._expression(int(second[1:]))}"}
                elif of:
                    on.setdefault(of, self._expression(int(of[1:])))
        else:
            for _ in range(self._chance.randint(1, 2)):
                number = self._chance.randrange(count)
                role = f"k{number}" if self._likely(80) else "other"
                on[role] = self._expression(number) if role != "other" else f"k{number} {self._expression(number)}"
        below = [number for number in range(count) if self._kinds[number].get("of", "{").startswith("k")]
        if name == "sweep" and below:
            number = self._chance.choice(below)
            parent = self._kinds[number]["of"]
            on.setdefault(parent, self._expression(int(parent[1:])))
            keys.append(f"each: k{number}")
        if self._likely(20) and name != "bind_*":
            self._outcomes[name] = [f"{name}_good", f"{name}_bad"]
            keys.append(f"outcomes: {{{name}_good: result, {name}_bad: else}}")
        if self._likely(30):
            number = self._chance.randrange(count)
            keys.append(f"args: {{flag: f}}, tells: {{k{number}: told{', when: flag' if self._likely(50) else ''}}}")
        for key, roles in (("on", on), ("makes", makes)):
            if roles:
                keys.insert(0, f"{key}: {{{', '.join(f'{role}: {text}' for role, text in roles.items())}}}")
        return f'  "{name}": {{{", ".join(keys)}}}\n'

    def _lifecycle(self, number: int) -> str:
        states = ["a", "b", "c", "z"][: self._chance.randint(2, 4)]
        initial = "initial: yes" + (", final: yes" if self._likely(15) else "")
        declared = [f"{states[0]}: {{{initial}}}", *(f"{state}: {{}}" for state in states[1:-1]), f"{states[-1]}: {{final: yes}}"]
        events = [self._event("told", None, states)]
        for name in CALLS:
            if name in self._outcomes:
                events += [self._event(event, name, states) for event in self._outcomes[name]]
            if self._likely(25 if name in self._outcomes else 65):
                if name == "bind_*" and self._likely(50):
                    events += [self._event("bind", name, states), self._event("bind_one", "bind_one", states)]
                else:
                    events.append(self._event(f"on_{name.strip('_*')}", name, states))
        events.append(f"  last: {{call: last, takes: [h, g], moves: {{any: {states[-1]}}}}}")
        events += [f"  to_{state}: {{call: never, moves: {{any: {state}}}}}" for state in states]
        rules = "rules: {need-h: {title: t}, no-h: {title: t}}"
        return "\n".join(
            [f"lifecycle: l{number}", f"states: {{{', '.join(declared)}}}", "holdings: {h: {title: hs}, g: {title: gs, may_remain: yes}}",
             rules, "events:", *events, ""]
        )

    def _event(self, name: str, call: str | None, states: list[str]) -> str:
        keys = [f'call: "{call}"'] if call else []
        effect = self._chance.choice(["takes: h", "gives_back: h", "takes: h", "takes: g", "gives_back: g", "", "", ""])
        if effect:
            keys.append(effect)
        if self._likely(20):
            keys.append(self._chance.choice(["needs: {h: need-h}", "needs: {no h: no-h}", "needs: {h < 3: no-h}"]))
        if self._likely(25):
            keys.append("args: {flag: {needs: {no h: no-h}}}")
        moves = {state: self._chance.choice([*states, "stay", "stay", "stay"]) for state in states if self._likely(75)}
        moves = moves or {states[0]: "stay"}
        keys.append(f"moves: {{{', '.join(f'{state}: {target}' for state, target in moves.items())}}}")
        return f"  {name}: {{{', '.join(keys)}}}"


def trace(model: Api, seed: int, length: int) -> list[str]:
    """The lines of a trace in which handles come again and again: of live objects, ended ones, of the wrong kind, unknown."""
    chance = random.Random(seed)
    handles = [f"h{number}" for number in range(chance.randint(1, 6))]
    lines = []
    for _ in range(length):
        call = chance.choice(model.calls)
        words = [call.name.replace("*", chance.choice(["two", "three"]))]
        for role in call.on:
            kind = model.kinds[role.kind]
            if kind.per is None and (kind.null or chance.randrange(20)):
                words.append(f"{role.name}={'0' if not chance.randrange(12) else chance.choice(handles)}")
        for role in call.makes:
            count = chance.choice([0, 1, 1, 1, 1, 2, 3])
            words += [f"{role.name}={'0' if not chance.randrange(20) else chance.choice(handles)}" for _ in range(count)]
        if any(model.kinds[role.kind].group for role in call.makes) and chance.randrange(4):
            words.append(f"group={chance.choice('xy')}")
        words += [argument.name for argument in call.arguments if not chance.randrange(3)]
        if call.outcomes and chance.randrange(5):
            words.append(chance.choice(call.outcomes).name)
        if not chance.randrange(3):
            words.append(f"thread={chance.choice('12')}")
        lines.append(" ".join([words[0], *chance.sample(words[1:], len(words) - 1)]))
    return lines
