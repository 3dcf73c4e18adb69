"""Large lifecycles, as the texts of specs, made by chance and the same for the same size: for what has to do with growth.

Nothing in them repeats itself: chains of states with ways back, detours and choices; events that take and give back, set facts,
come with arguments and have needs, at large or in one state; a group of kinds of things; rules that refuse.
"""

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """How large a lifecycle is to be. `events` and `moves` are those beside two events for each of `kinds`, the members of a
    group, each of which has a move in ten states.
    """

    states: int
    events: int
    moves: int
    holdings: int = 6
    kinds: int = 4
    facts: int = 6


def grown(size: Size, seed: int = 1) -> str:
    """The text of a spec of that size, whose lifecycle is called `grown`."""
    return _Maker(size, random.Random(f"{seed} {size}")).text()


class _Maker:
    def __init__(self, size: Size, chance: random.Random) -> None:
        assert size.events >= 4 and size.holdings >= 2 and size.kinds >= 1 and size.facts >= 1
        assert size.states + size.events <= size.moves <= size.states * size.events / 2
        self._size = size
        self._chance = chance
        self._choices = 1 + size.states // 10
        self._rules = 3 + size.events // 3 + size.states // 10

    def text(self) -> str:
        size = self._size
        lines = ["lifecycle: grown", "title: A lifecycle that was made by chance", "states:"]
        for index in range(size.states):
            ends = "initial: yes, final: yes, " if index == 0 else "final: yes, " if self._often(0.05) else ""
            lines.append(f"  s{index}: {{{ends}title: place number {index}}}")
        lines.append("choices:")
        for index in range(self._choices):
            lines.append(f"  c{index}:")
            for _ in range(self._chance.randint(1, 3)):
                lines.append(f"    - {{when: {self._condition()}, to: {self._state()}}}")
            lines.append(f"    - {{to: {self._chance.choice(['stay', self._state()])}}}")
        lines.append("holdings:")
        for index in range(size.holdings):
            remains = ", may_remain: yes" if index % 7 == 6 else ""
            lines.append(f"  h{index}: {{one: piece {index}, title: pieces of sort {index}{remains}}}")
        lines += [f"  k{index}: {{one: kind {index}, title: things of kind {index}}}" for index in range(size.kinds)]
        lines += ["groups:", f"  kinds: [{', '.join(f'k{index}' for index in range(size.kinds))}]"]
        lines.append("facts:")
        for index in range(size.facts):
            lasts = f", while: h{index % size.holdings}" if index % 3 == 2 else ""
            lines.append(f"  f{index}: {{title: number {index} is the case{lasts}}}")
        lines += self._rule_lines()
        lines.append("events:")
        moves = self._moves()
        for index in range(size.events):
            lines += self._event(index, moves[index])
        work = ", ".join(f"s{index}" for index in sorted(self._chance.sample(range(size.states), min(10, size.states))))
        lines += [
            f'  open_<one>: {{for_each: kinds, takes: <each>, moves: {{"{work}": stay}}}}',
            f'  close_<one>: {{for_each: kinds, gives_back: <each>, moves: {{"{work}": stay}}}}',
        ]
        return "\n".join(lines) + "\n"

    def _often(self, share: float) -> bool:
        return self._chance.random() < share

    def _state(self) -> str:
        return f"s{self._chance.randrange(self._size.states)}"

    def _rule(self) -> str:
        return f"r-{self._chance.randrange(self._rules)}"

    def _rule_lines(self) -> list[str]:
        """The rules; of each three one refuses an event, each another one."""
        lines = ["rules:"]
        for index in range(self._rules):
            refuses = f", refuses: e{index // 3}" if index % 3 == 0 and index // 3 < self._size.events else ""
            lines.append(f"  r-{index}: {{title: this is how number {index} has to be{refuses}}}")
        return lines

    def _condition(self) -> str:
        """One to three atoms, each of something else."""
        size, chance = self._size, self._chance
        things = [f"h{chance.randrange(size.holdings)}", f"k{chance.randrange(size.kinds)}", "kinds"]
        atoms = [chance.choice(["{}", "no {}", "{} > 1", "{} <= 3"]).format(thing) for thing in things]
        atoms.append(chance.choice(["{}", "no {}"]).format(f"f{chance.randrange(size.facts)}"))
        return chance.choice([" and ", " or "]).join(chance.sample(atoms, chance.choice([1, 1, 2, 2, 3])))

    def _moves(self) -> list[dict[int, str]]:
        """For each event, from which states it leads where: first a tree that leads to every state and back, then any."""
        size, chance = self._size, self._chance
        found: list[dict[int, str]] = [{} for _ in range(size.events)]
        count = 0

        def add(state: int, target: str, events: range = range(size.events)) -> bool:
            nonlocal count
            free = [event for event in chance.sample(events, min(20, len(events))) if state not in found[event]]
            if free:
                found[free[0]][state] = target
                count += 1
            return bool(free)

        for state in range(1, size.states):
            while not add(chance.randrange(max(0, state - 20), state), f"s{state}"):
                pass
        for choice in range(self._choices):
            while not add(chance.randrange(size.states), f"c{choice}"):
                pass
        for event in range(size.events):
            while not found[event]:
                add(chance.randrange(size.states), "stay", range(event, event + 1))
        while count < size.moves:
            state = chance.randrange(size.states)
            back = f"s{chance.randrange(state)}" if state else "stay"
            choice_name = f"c{chance.randrange(self._choices)}"
            add(state, chance.choice(["stay", "stay", back, self._state(), choice_name]))
        return found

    def _event(self, index: int, moves: dict[int, str]) -> list[str]:
        """An event: what it changes, what it needs, and its moves, some with needs of their own."""
        size, chance = self._size, self._chance
        lines = [f"  e{index}:", f"    call: call_number_{index}"]
        if index % 4 < 2:
            lines.append(f"    {('takes', 'gives_back')[index % 4]}: h{index // 4 % size.holdings}")
        if index % 4 == 0 and index // 4 >= size.holdings and self._often(0.2):
            lines[-1] = f"    takes: [h{index // 4 % size.holdings}, k{chance.randrange(size.kinds)}]"
        fact = chance.randrange(size.facts)
        if self._often(0.2):
            lines.append(f"    {chance.choice(['sets', 'clears'])}: f{fact}")
        elif self._often(0.2):
            lines.append(f"    args: {{quick: {{sets: f{fact}}}, quiet: {{needs: {{{self._condition()}: {self._rule()}}}}}}}")
        if self._often(0.3):
            lines.append(f"    needs: {{{self._condition()}: {self._rule()}}}")
        lines.append("    moves:")
        for state, target in sorted(moves.items()):
            if self._often(0.2):
                target = f"{{to: {target}, needs: {{{self._condition()}: {self._rule()}}}}}"
            lines.append(f"      s{state}: {target}")
        if self._often(0.1):
            lines.append(f"    warns: {{{self._condition()}: {self._rule()}}}")
        return lines
