"""What NAME_next and NAME_explain have to answer, word for word, written down a second time: from the model and gen/interpret.py alone.

Nothing of the generator's tables and templates is used. Where several answers are as good, the first in the order of the spec counts.
"""

import functools
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from interpret import Configuration, apply, finished, holds, judge, warnings
from model import LIMIT, STAY, Atom, Condition, Event, Lifecycle, Move, State, Subject

Step = tuple[int, int]
"""An event and its arguments."""


class Guide:
    """What is to be said of one lifecycle, whose header tries so many events in a row before it gives a search up."""

    def __init__(self, model: Lifecycle, tries: int) -> None:
        self.model = model
        self._tries = tries
        atoms = [atom for condition in self._conditions() for atom in _atoms(condition)]
        self._numbers = {(atom.subject, atom.index, atom.number) for atom in atoms if atom.subject in (Subject.HOLDING, Subject.GROUP)}

    # The way to the end

    def next(self, here: Configuration) -> Step | None:
        """The event that leaves the least to be done, if any lowers that."""
        if finished(self.model, here):
            return None
        best, found = self._left(here), None
        for event in range(len(self.model.events)):
            step = event, self._fitting(here, event)
            if judge(self.model, here, *step).accepted:
                left = self._left(apply(self.model, here, *step))
                if left < best:
                    best, found = left, step
        return found

    def _left(self, here: Configuration) -> int:
        """What must be given back, and moves that give nothing back."""
        held = (count for count, holding in zip(here.counts, self.model.holdings, strict=True) if not holding.may_remain)
        return sum(held) + self._moves_left[here.state]

    @functools.cached_property
    def _moves_left(self) -> list[int]:
        """From each state, the fewest moves that give back nothing that must be given back; where no way leads to an end, very many."""
        must = [not holding.may_remain for holding in self.model.holdings]
        left = [0 if state.final else LIMIT for state in self.model.states]
        for _ in self.model.states:
            for event in self.model.events:
                cost = int(not any(must[holding] for holding in event.gives_back))
                for state, target in self._leads(event):
                    left[state] = min(left[state], left[target] + cost)
        return left

    def _leads(self, event: Event) -> Iterator[tuple[int, int]]:
        """(state, target) for each move of an event, and each branch of it."""
        for state, move in enumerate(event.moves):
            for target in sorted(self._targets(state, move)) if move else ():
                yield state, target

    def _targets(self, state: int, move: Move) -> set[int]:
        named = [move.target] if move.choice is None else [each.target for each in self.model.choices[move.choice].branches]
        return {state if target in (None, STAY) else target for target in named}

    def _fitting(self, here: Configuration, event: int) -> int:
        """The arguments that have needs which hold."""
        move = self.model.events[event].moves[here.state]
        needs = [need for need in move.needs if need.argument is not None] if move else []
        failing = {need.argument for need in needs if not holds(self.model, here, need.condition)}
        return sum(1 << argument for argument in {need.argument for need in needs} - failing)

    # Sentences

    def explain(self, here: Configuration, event: int, arguments: int) -> str:
        """What is said of an event."""
        model = self.model
        verdict = judge(model, here, event, arguments)
        said = f"{self.event(event, arguments)} is {'accepted' if verdict.accepted else 'rejected'} in {_titled(model.states[here.state])}"
        if verdict.accepted:
            return said + (self._warnings(here, event, arguments) or ".")
        if verdict.reason == "state":
            rule = "it has no place there" if verdict.rule is None else self._rule(verdict.rule)
            return f"{said}: {rule}.{self._nothing_held(here, event)}{self._way(here, event)}"
        if verdict.reason == "need":
            assert verdict.rule is not None
            return f"{said}: {self._rule(verdict.rule)}.{self._need(here, event, arguments)}"
        if verdict.reason == "not_held":
            return f"{said}: it gives back what is not held (given back twice?).{self._nothing_held(here, event)}"
        full = next(holding for holding in model.events[event].takes if here.counts[holding] == LIMIT)
        return f"{said}: no more than {LIMIT} can be counted. Held: {self._held(full, LIMIT)}."

    def event(self, event: int, arguments: int = 0) -> str:
        """An event by its call, with its arguments."""
        what = self.model.events[event]
        given = self.words([argument.name for index, argument in enumerate(what.arguments) if arguments >> index & 1])
        return (f"{what.call} ({what.name})" if what.call else _titled(what)) + (f" with {given}" if given else "")

    def words(self, words: Sequence[str]) -> str:
        """Words in a row: `ui, owner and guest`."""
        return " and ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)

    def _rule(self, rule: int) -> str:
        what = self.model.rules[rule]
        more = [what.name, *([f"step {what.step}"] if what.step else []), *([what.source] if what.source else [])]
        return f"{what.title} [{', '.join(more)}]"

    def _held(self, holding: int, count: int) -> str:
        what = self.model.holdings[holding]
        return f"{count} " + (f"of {what.title}" if what.one is None else what.one if count == 1 else what.title)

    def _warnings(self, here: Configuration, event: int, arguments: int) -> str:
        said = ""
        for index in warnings(self.model, here, event, arguments):
            warning = self.model.events[event].warnings[index]
            said += f"{' Warning' if said else ' with a warning'}: {self._rule(warning.rule)}.{self._findings(here, warning.condition)}"
        return said

    def _findings(self, here: Configuration, condition: Condition) -> str:
        """What is so of what a condition looks at."""
        holdings, facts = self._subjects(condition)
        held = [self._held(holding, here.counts[holding]) for holding in holdings if here.counts[holding]]
        said = f" Held: {', '.join(held) or self._none_of(holdings)}." if holdings else ""
        return said + "".join(f" {'True' if here.facts[fact] else 'Not true'}: {self.model.facts[fact].title}." for fact in facts)

    def _none_of(self, holdings: Sequence[int]) -> str:
        groups = [group.title for group in self.model.groups if set(group.members) == set(holdings)]
        return "no " + (groups[0] if groups else " or ".join(self.model.holdings[holding].title for holding in holdings))

    def _nothing_held(self, here: Configuration, event: int) -> str:
        """The first thing that an event gives back and that is not held, if there is one."""
        missing = [holding for holding in self.model.events[event].gives_back if here.counts[holding] == 0]
        return f" Held: no {self.model.holdings[missing[0]].title}." if missing else ""

    # What to do

    def _way(self, here: Configuration, event: int) -> str:
        """Where an event is allowed, and how to get there."""
        allowed = [state.name for state, move in zip(self.model.states, self.model.events[event].moves, strict=True) if move]
        if not allowed:
            return " It is allowed in no state."
        said = f" It is allowed in {', '.join(allowed)}; "
        steps = self._steps_to(event)
        chain = []
        state = here.state
        while steps[state]:
            first, state = steps[state] or (0, 0)
            chain.append(first)
        if not chain:
            return f"{said}no way leads there from here."
        said += f"the way there: {', '.join(map(self.event, chain))}."
        return said if judge(self.model, here, chain[0], 0).accepted else said + self._first(here, event)

    @functools.cache
    def _steps_to(self, event: int) -> list[Step | None]:
        """From each state, the event and the target that begin a shortest chain of moves to where an event is allowed."""
        steps: list[Step | None] = [None] * len(self.model.states)
        near = deque(state for state, move in enumerate(self.model.events[event].moves) if move)
        seen = set(near)
        while near:
            target = near.popleft()
            for number, what in enumerate(self.model.events):
                for state, leads in self._leads(what):
                    if leads == target and state not in seen:
                        seen.add(state)
                        near.append(state)
                        steps[state] = number, target
        return steps

    def _first(self, here: Configuration, event: int) -> str:
        step = self.next(here)
        return f" First call {self.event(*step)}." if step and step[0] != event else ""

    def _need(self, here: Configuration, event: int, arguments: int) -> str:
        """For the first need that does not hold: what is found, and what helps."""
        move = self.model.events[event].moves[here.state]
        assert move
        asked = (need for need in move.needs if need.argument is None or arguments >> need.argument & 1)
        need = next(need for need in asked if not holds(self.model, here, need.condition, arguments))
        said = self._findings(here, need.condition)
        remedy = self._remedy(here, arguments, need.condition)
        if remedy is not None:
            return f"{said} First call {self.event(remedy)}."
        if need.argument is not None:
            return f"{said} Call it without {self.model.events[event].arguments[need.argument].name}."
        return said + (self._is_on_the_way(here, event, arguments) and self._first(here, event) or self._openers(here, event, arguments))

    def _remedy(self, here: Configuration, arguments: int, condition: Condition) -> int | None:
        """The first of the legal events that give back what a condition has found held, if it holds in the end."""
        looked_at = set(self._subjects(condition)[0])
        first = None
        for _ in range(self._tries + 3 * len(self.model.holdings)):
            held = {holding for holding in looked_at if here.counts[holding]}
            lowering = [index for index, event in enumerate(self.model.events) if held & set(event.gives_back)]
            legal = [event for event in lowering if judge(self.model, here, event, 0).accepted]
            if not legal:
                return None
            first = legal[0] if first is None else first
            after = apply(self.model, here, legal[0], 0)
            if holds(self.model, after, condition, arguments):
                return first
            here = self._repeated(here, after)
        return None

    def _is_on_the_way(self, here: Configuration, event: int, arguments: int) -> bool:
        for _ in range(self._tries):
            step = self.next(here)
            if not step:
                break
            after = apply(self.model, here, *step)
            if judge(self.model, after, event, arguments).accepted:
                return True
            here = self._repeated(here, after)
        return False

    def _openers(self, here: Configuration, event: int, arguments: int) -> str:
        """The calls each of which makes the event legal."""
        found = [self.event(first) for first in range(len(self.model.events)) if self._opens(here, first, event, arguments)]
        if not found:
            return ""
        return " First call " + (f"{', '.join(found[:-1])} or {found[-1]}" if found[1:] else found[0]) + "."

    def _opens(self, here: Configuration, first: int, event: int, arguments: int) -> bool:
        """Does `first` make the event legal, as often as it takes? Whoever comes back to where it was goes round and round."""
        seen = set()
        while here not in seen and judge(self.model, here, first, 0).accepted:
            seen.add(here)
            after = apply(self.model, here, first, 0)
            if judge(self.model, after, event, arguments).accepted:
                return True
            here = self._repeated(here, after)
        return False

    def _repeated(self, before: Configuration, after: Configuration) -> Configuration:
        """After an event that changed counts alone, more of the same, as often as all conditions find what they found: which only saves
        time.
        """
        if (before.state, before.facts) != (after.state, after.facts):
            return after
        changes = [is_ - was for was, is_ in zip(before.counts, after.counts, strict=True)]
        times = LIMIT
        numbers = [(Subject.HOLDING, holding, bound) for holding in range(len(changes)) for bound in (0, LIMIT)]
        for subject, index, number in (*self._numbers, *numbers):
            members = [index] if subject is Subject.HOLDING else self.model.groups[index].members
            change, now = (sum(counts[member] for member in members) for counts in (changes, after.counts))
            if now == number and change:
                return after
            if change and (number > now) == (change > 0):
                times = min(times, (abs(number - now) - 1) // abs(change))
        if not any(changes):
            return after
        return Configuration(after.state, tuple(now + times * change for now, change in zip(after.counts, changes)), after.facts)

    # What conditions look at

    def _conditions(self) -> Iterator[Condition]:
        for event in self.model.events:
            yield from (warning.condition for warning in event.warnings)
            yield from (need.condition for move in event.moves if move for need in move.needs)
        yield from (each.condition for choice in self.model.choices for each in choice.branches if each.condition)

    def _subjects(self, condition: Condition) -> tuple[list[int], list[int]]:
        """The holdings and the facts, each once."""
        holdings: list[int] = []
        for atom in _atoms(condition):
            if atom.subject is Subject.HOLDING:
                holdings.append(atom.index)
            elif atom.subject is Subject.GROUP:
                holdings += self.model.groups[atom.index].members
        facts = [atom.index for atom in _atoms(condition) if atom.subject is Subject.FACT]
        return list(dict.fromkeys(holdings)), list(dict.fromkeys(facts))


def _atoms(condition: Condition) -> Iterable[Atom]:
    return [atom for alternative in condition.alternatives for atom in alternative]


def _titled(item: State | Event) -> str:
    return item.name if item.title == item.name.replace("_", " ") else f"{item.name} ({item.title})"
