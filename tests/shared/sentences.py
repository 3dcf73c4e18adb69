"""What NAME_next and NAME_explain have to answer, word for word, written down a second time: from the model and gen/interpret.py alone.

Nothing of the generator's tables and templates is used. Where several answers are as good, the first in the order of the spec counts.
"""

import functools
import itertools
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence

from interpret import Configuration, apply, finished, holds, judge, warnings
from model import LIMIT, STAY, Atom, Condition, Event, Lifecycle, Move, Need, State, Subject

Step = tuple[int, int]
"""An event and its arguments."""
Call = tuple[int, int, int]
"""An event, its arguments, and how often in a row."""

SAID = 8
"""Calls of a way that a sentence names."""


class Guide:
    """What is to be said of one lifecycle, whose header tries so many events in a row before it gives a search up, and in a search looks
    at so many machines.
    """

    def __init__(self, model: Lifecycle, tries: int, searched: int) -> None:
        self.model = model
        self._tries = tries
        self._searched = searched
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
        way, _ = self.advice(here, event, arguments)
        if verdict.reason == "state":
            rule = "it has no place there" if verdict.rule is None else self._rule(verdict.rule)
            return f"{said}: {rule}.{self._held_on_the_way(here, event, way)}{self._way(here, event, way)}"
        if verdict.reason == "need":
            assert verdict.rule is not None
            return f"{said}: {self._rule(verdict.rule)}.{self._need(here, event, arguments)}"
        if verdict.reason == "not_held":
            missing = self._missing(here, event)[0]
            if verdict.rule is not None:
                return f"{said}: {self._rule(verdict.rule)}. Held: no {model.holdings[missing].title}.{self._first(here, event, arguments)}"
            why = "it gives back what is not held" + (" (given back twice?)" if self._may_be_returned(here.state, missing) else "")
            return f"{said}: {why}. Held: no {model.holdings[missing].title}."
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

    def _findings(self, here: Configuration, condition: Condition, also: int | None = None) -> str:
        """What is so of what a condition looks at, and what is held of what the event `also` gives back."""
        holdings, facts = self._subjects(condition)
        more = sorted(set(() if also is None else self.model.events[also].gives_back) - set(holdings))
        held = [self._held(holding, here.counts[holding]) for holding in (*holdings, *more) if here.counts[holding]]
        said = f" Held: {', '.join(held) or self._none_of(holdings)}." if held or holdings else ""
        return said + "".join(f" {'True' if here.facts[fact] else 'Not true'}: {self.model.facts[fact].title}." for fact in facts)

    def _none_of(self, holdings: Sequence[int]) -> str:
        groups = [group.title for group in self.model.groups if set(group.members) == set(holdings)]
        return "no " + (groups[0] if groups else " or ".join(self.model.holdings[holding].title for holding in holdings))

    def _missing(self, here: Configuration, event: int) -> list[int]:
        """What an event gives back and nothing is held of, in the order in which the spec names it."""
        return [holding for holding in self.model.events[event].gives_back if here.counts[holding] == 0]

    def _held_on_the_way(self, here: Configuration, event: int, way: Sequence[Call]) -> str:
        """The first thing that an event gives back and that is not held; if there is none, what is held of what the way gives back."""
        for missing in self._missing(here, event):
            why = ": given back too often, or never taken" if self._may_be_returned(here.state, missing) else ""
            return f" Held: no {self.model.holdings[missing].title}{why}."
        given = {holding for step, _, _ in way[:SAID] for holding in self.model.events[step].gives_back}
        held = [self._held(holding, here.counts[holding]) for holding in sorted(given) if here.counts[holding]]
        return f" Held: {', '.join(held)}." if held else ""

    @functools.cache
    def _may_be_returned(self, state: int, holding: int) -> bool:
        """Does any chain of moves to a state give something of a holding back?"""
        reached = {target for event in self.model.events if holding in event.gives_back for _, target in self._leads(event)}
        for _ in self.model.states:
            reached |= {target for event in self.model.events for source, target in self._leads(event) if source in reached}
        return state in reached

    # What to do

    def _way(self, here: Configuration, event: int, way: Sequence[Call]) -> str:
        """Where an event is allowed, and how to get there."""
        allowed = [state.name for state, move in zip(self.model.states, self.model.events[event].moves, strict=True) if move]
        if not allowed:
            return " It is allowed in no state."
        said = f" It is allowed in {', '.join(allowed)}"
        if not self._leads_to(here.state, event):
            return f"{said}; no way leads there from here."
        steps = [
            ("wait until " if self._is_awaited(step) else "") + self.event(step, with_) + (f" {times} times" if times > 1 else "")
            for step, with_, times in way[:SAID]
        ]
        return said + ("; the way there: " if steps else "") + ", ".join(steps) + (", and so on." if len(way) > SAID else ".")

    @functools.cache
    def _leads_to(self, state: int, event: int) -> bool:
        """Does any chain of moves lead from a state to one in which an event has a move?"""
        reached = {state}
        for _ in self.model.states:
            reached |= {target for what in self.model.events for source, target in self._leads(what) if source in reached}
        return any(self.model.events[event].moves[each] for each in reached)

    def _is_awaited(self, event: int) -> bool:
        return self.model.events[event].awaited

    def _need(self, here: Configuration, event: int, arguments: int) -> str:
        """For the first need that does not hold: what is found, and what helps."""
        condition = self._failing(here, event, arguments).condition
        way, _ = self.advice(here, event, arguments)
        if not way:
            return self._findings(here, condition)
        if way[0][0] == event:
            names = [item.name for index, item in enumerate(self.model.events[event].arguments) if (arguments & ~way[0][1]) >> index & 1]
            return f"{self._findings(here, condition)} Call it without {self.words(names)}."
        return self._findings(here, condition, way[0][0]) + self._first(here, event, arguments)

    def _first(self, here: Configuration, event: int, arguments: int) -> str:
        """The call to make first, if there is one, or one of several."""
        way, alternatives = self.advice(here, event, arguments)
        if not way:
            return ""
        steps = [self.event(*step) for step in (way[0][:2], *alternatives)]
        verb = "wait until" if self._is_awaited(way[0][0]) else "call"
        return f" First {verb} {' or '.join([*([', '.join(steps[:-1])] if steps[1:] else []), steps[-1]])}."

    def advice(self, here: Configuration, event: int, arguments: int) -> tuple[list[Call], list[Step]]:
        """The calls that make a rejected event legal; and of a single one the others that do as well."""
        verdict = judge(self.model, here, event, arguments)
        if verdict.accepted or verdict.reason == "limit" or (verdict.reason == "not_held" and verdict.rule is None):
            return [], []
        if verdict.reason == "need":
            way = self._give_back(here, event, arguments)
            if way:
                return way, []
            left = self._without_superfluous(here, event, arguments)
            if left is not None:
                return [(event, left, 1)], []
        takes = not (verdict.reason == "state" and self._missing(here, event))
        passes = [sum(rank <= most for rank, _ in self._tried) for most in ((0, 0), (0, 1), (1, 0), (1, 1))]
        for number, size in enumerate(passes[: 4 if takes else 2]):
            tried = {step: None for _, step in self._tried[:size] if step[0] != event}
            way = self._search(here, event, arguments, tried)
            if way and (len(way) <= 2 or verdict.reason != "need" or size <= passes[1]):
                is_single = len(way) == 1 and way[0][2] == 1
                return way, self._alternatives(here, event, arguments, way[0][:2], tried) if is_single else []
            way = self._to_the_end(here, event, arguments) if number == 0 and takes else []
            if way:
                return way, []
        return [], []

    @functools.cached_property
    def _tried(self) -> list[tuple[tuple[int, int], Step]]:
        """What can make a difference: what takes nothing first, and what is waited for behind what is called."""
        found = []
        for index, event in enumerate(self.model.events):
            rank = int(bool(event.takes and not event.gives_back)), int(self._is_awaited(index))
            found += [(rank, (index, arguments)) for arguments in self._differing(event)]
        return sorted(found)

    def _differing(self, event: Event) -> list[int]:
        """The sets of arguments that matter: to what an event does to facts, or to what it wants. None of an event that changes nothing."""
        given = [item.sets is not None for item in event.arguments]
        for move in event.moves:
            for need in move.needs if move else ():
                for atom in _atoms(need.condition):
                    if atom.subject is Subject.ARGUMENT:
                        given[atom.index] = True
        changes = event.takes or event.gives_back or event.sets or event.clears or any(item.sets is not None for item in event.arguments)
        if not any(event.moves) or not (changes or any(state != target for state, target in self._leads(event))):
            return []
        bits = [1 << index for index, is_ in enumerate(given) if is_]
        every = sum(bits)
        subsets = [number for number in range(every + 1) if number & ~every == 0] if len(bits) < 4 else []
        return subsets or [0, *bits[:6], every]

    def _failing(self, here: Configuration, event: int, arguments: int) -> Need:
        move = self.model.events[event].moves[here.state]
        number = judge(self.model, here, event, arguments).need
        assert move and number is not None
        return move.needs[number]

    def _give_back(self, here: Configuration, event: int, arguments: int) -> list[Call]:
        """The first legal event that gives back what the need that fails finds held, and again, until the event is legal."""
        way: list[Call] = []
        for _ in range(self._tries + 3 * len(self.model.holdings)):
            looked_at = self._subjects(self._failing(here, event, arguments).condition)[0]
            held = {holding for holding in looked_at if here.counts[holding]}
            lowering = [step for _, step in self._tried if step[0] != event and not step[1] and held & set(self.model.events[step[0]].gives_back)]
            legal = [step for step in lowering if judge(self.model, here, *step).accepted]
            if not legal:
                return []
            after = apply(self.model, here, *legal[0])
            way.append((*legal[0], 1))
            verdict = judge(self.model, after, event, arguments)
            if verdict.accepted:
                return _in_a_row(way)
            if verdict.reason != "need":
                return []
            times, here = self._repeated(here, after)
            way.append((*legal[0], times))
        return []

    def _without_superfluous(self, here: Configuration, event: int, arguments: int) -> int | None:
        """The arguments that are left if those go that have needs which fail, and the event is legal then."""
        while judge(self.model, here, event, arguments).reason == "need":
            argument = self._failing(here, event, arguments).argument
            if argument is None:
                return None
            arguments &= ~(1 << argument)
        return arguments if judge(self.model, here, event, arguments).accepted else None

    def _to_the_end(self, here: Configuration, event: int, arguments: int) -> list[Call]:
        """The way to the end as far as it takes."""
        way: list[Call] = []
        for _ in range(self._tries):
            step = self.next(here)
            if not step or step[0] == event:
                break
            after = apply(self.model, here, *step)
            way.append((*step, 1))
            if judge(self.model, after, event, arguments).accepted:
                return _in_a_row(way)
            times, here = self._repeated(here, after)
            way.append((*step, times))
        return []

    def _search(self, here: Configuration, event: int, arguments: int, tried: Collection[Step]) -> list[Call]:
        """The first of the shortest ways to where an event is legal."""
        ways: dict[Configuration, list[Call]] = {here: []}
        waiting = deque([here])
        while waiting:
            now = waiting.popleft()
            for step, after in self._leading(now):
                if step not in tried:
                    continue
                if judge(self.model, after, event, arguments).accepted:
                    return _in_a_row([*ways[now], (*step, 1)])
                times, after = self._repeated(now, after)
                if after not in ways and len(ways) < self._searched:
                    ways[after] = [*ways[now], (*step, 1 + times)]
                    waiting.append(after)
        return []

    @functools.lru_cache(4096)
    def _leading(self, here: Configuration) -> list[tuple[Step, Configuration]]:
        """What is legal, and where it leads; kept, as many searches begin at the same place."""
        legal = [step for _, step in self._tried if judge(self.model, here, *step).accepted]
        return [(step, apply(self.model, here, *step)) for step in legal]

    def _alternatives(self, here: Configuration, event: int, arguments: int, first: Step, tried: Collection[Step]) -> list[Step]:
        """The other steps that make an event legal at once, if they are called as the first one is, or waited for as it is."""
        alike = [step for step in tried if step != first and self._is_awaited(step[0]) == self._is_awaited(first[0])]
        legal = [step for step in alike if judge(self.model, here, *step).accepted]
        return [step for step in legal if judge(self.model, apply(self.model, here, *step), event, arguments).accepted]

    @functools.lru_cache(65536)
    def _repeated(self, before: Configuration, after: Configuration) -> tuple[int, Configuration]:
        """After an event that changed counts alone, more of the same, as often as all conditions find what they found: how often, and
        what follows.
        """
        if (before.state, before.facts) != (after.state, after.facts):
            return 0, after
        changes = [is_ - was for was, is_ in zip(before.counts, after.counts, strict=True)]
        times = LIMIT
        numbers = [(Subject.HOLDING, holding, bound) for holding in range(len(changes)) for bound in (0, LIMIT)]
        for subject, index, number in (*self._numbers, *numbers):
            members = [index] if subject is Subject.HOLDING else self.model.groups[index].members
            change, now = (sum(counts[member] for member in members) for counts in (changes, after.counts))
            if now == number and change:
                return 0, after
            if change and (number > now) == (change > 0):
                times = min(times, (abs(number - now) - 1) // abs(change))
        if not any(changes):
            return 0, after
        return times, Configuration(after.state, tuple(now + times * change for now, change in zip(after.counts, changes)), after.facts)

    # What conditions look at

    def _conditions(self) -> Iterator[Condition]:
        for event in self.model.events:
            yield from (warning.condition for warning in event.warnings)
            yield from (need.condition for move in event.moves if move for need in move.needs)
        yield from (each.condition for choice in self.model.choices for each in choice.branches if each.condition)

    def _subjects(self, condition: Condition) -> tuple[list[int], list[int]]:
        """The holdings and the facts, each once, in the order of the spec."""
        holdings: list[int] = []
        for atom in _atoms(condition):
            if atom.subject is Subject.HOLDING:
                holdings.append(atom.index)
            elif atom.subject is Subject.GROUP:
                holdings += self.model.groups[atom.index].members
        facts = [atom.index for atom in _atoms(condition) if atom.subject is Subject.FACT]
        return sorted(set(holdings)), sorted(set(facts))


def _atoms(condition: Condition) -> Iterable[Atom]:
    return [atom for alternative in condition.alternatives for atom in alternative]


def _in_a_row(calls: Sequence[Call]) -> list[Call]:
    """The same with what is called again and again as one."""
    rows = itertools.groupby(calls, key=lambda call: call[:2])
    return [(*step, sum(times for _, _, times in same)) for step, same in rows]


def _titled(item: State | Event) -> str:
    return item.name if item.title == item.name.replace("_", " ") else f"{item.name} ({item.title})"
