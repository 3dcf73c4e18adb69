"""What explanations say: the words of the text part of a header, and the ways that they name."""

from dataclasses import dataclass

from header.arrays import smallest
from machine.tables import Tables
from machine.way import never_returned, reaching, steps_into, useful_arguments
from model import Atom, Event, Lifecycle, State, Subject

_TRIES = 100000
"""How many words of a machine an explanation looks at, about, when it tries events."""
_SEARCHED = 64
"""Machines that a search looks at, if they are small."""
_SEARCHED_BYTES = 4096
"""Bytes that they may take on the stack, about."""


@dataclass(frozen=True)
class Tried:
    """What a search for advice tries: `entries` (event, arguments, comment); in each of its `passes` so many of them. Up to
    `without_taking` they take nothing, or give something back for it.
    """

    entries: tuple[tuple[int, int, str], ...]
    passes: tuple[int, ...]
    without_taking: int


class Wording:
    """What the template of the texts asks for."""

    def __init__(self, model: Lifecycle, tables: Tables) -> None:
        self._model = model
        self._tables = tables

    def calls(self) -> list[str | None]:
        """The call that each event stands for, if the spec names it."""
        return [event.call or None for event in self._model.events]

    def event_words(self) -> list[str | None]:
        """What explanations call an event for which there is no call: its name and what it is."""
        return [None if event.call else _titled(event) for event in self._model.events]

    def tried(self) -> Tried:
        """What advice tries, in this order: first what takes nothing; behind it what is waited for; then the same of what takes."""
        ranked = sorted(
            (_is_taking(event), index in self._awaited, index, arguments)
            for index, event in enumerate(self._model.events)
            for arguments in useful_arguments(self._model, event)
        )
        passes = [sum(item[:2] <= (taking, awaited) for item in ranked) for taking in (False, True) for awaited in (False, True)]
        names = [self._model.events[index].name for _, _, index, _ in ranked]
        entries = tuple((index, arguments, name) for (_, _, index, arguments), name in zip(ranked, names, strict=True))
        return Tried(entries, tuple(dict.fromkeys(passes)), passes[1])

    @property
    def arguments_type(self) -> str:
        """The type of the arguments of what is tried."""
        return smallest(max((arguments for _, arguments, _ in self.tried().entries), default=0))

    @property
    def _awaited(self) -> set[int]:
        return {index for index, event in enumerate(self._model.events) if event.awaited}

    @property
    def awaited(self) -> list[str]:
        """The events that nobody calls."""
        return [self._model.events[index].name for index in sorted(self._awaited)]

    @property
    def searched(self) -> int:
        """How many machines a search keeps."""
        return max(min(_SEARCHED, _SEARCHED_BYTES // (8 * self._tables.layout.size // 8)), 4)

    def never_returned(self) -> list[tuple[int, int]]:
        """(state, holding) where nothing of the holding can have been given back before, in ways that are legal or observed."""
        return never_returned(self._model)

    @property
    def tries(self) -> int:
        """How many events in a row an explanation tries: fewer where there are many to choose from, and much to change."""
        return max(_TRIES // (len(self._model.events) * (4 + self._tables.layout.size // 8)), 4)

    def bounds(self) -> list[tuple[int, int]]:
        """(holding, number) of each number above 0 that a condition compares with; groups follow the holdings."""
        atoms = self._tables.compared
        first = {Subject.HOLDING: 0, Subject.GROUP: len(self._model.holdings)}
        return sorted({(first[atom.subject] + atom.index, atom.number) for atom in atoms if atom.subject in first})

    def state_words(self) -> list[str]:
        """What explanations say of each state."""
        return [_titled(state) for state in self._model.states]

    def rule_words(self) -> list[str]:
        """What explanations say of each rule: its title, and then, in a bracket that its source closes, its name and step."""
        return [f"{rule.title} [{rule.name}{f', step {rule.step}' if rule.step else ''}" for rule in self._model.rules]

    def subjects(self) -> list[tuple[list[int], str]]:
        """For each mask and then each condition, what it looks at, in the spec's order: holdings, then facts numbered behind them; and
        what to say if none of the holdings is held.
        """
        layout, model = self._tables.layout, self._model
        found = []
        for word, mask in self._tables.masks:
            bits = mask << layout.word_bits * word
            held = [index for index in range(len(model.holdings)) if bits >> layout.presence(index) & 1]
            facts = [index for index in range(len(model.facts)) if bits >> layout.fact(index) & 1]
            found.append((held, facts))
        for condition in self._tables.conditions:
            atoms = [atom for atoms in condition.alternatives for atom in atoms]
            held = [index for atom in atoms for index in self._holdings(atom)]
            facts = [atom.index for atom in atoms if atom.subject is Subject.FACT]
            found.append((held, facts))
        return [
            ([*sorted(set(held)), *(len(model.holdings) + fact for fact in sorted(set(facts)))], self._none_of(sorted(set(held))))
            for held, facts in found
        ]

    def _holdings(self, atom: Atom) -> tuple[int, ...]:
        if atom.subject is Subject.GROUP:
            return self._model.groups[atom.index].members
        return (atom.index,) if atom.subject is Subject.HOLDING else ()

    def _none_of(self, held: list[int]) -> str:
        """How to say that nothing is held of some holdings; empty where there are none to name."""
        if not held:
            return ""
        group = next((group for group in self._model.groups if set(group.members) == set(held)), None)
        return "no " + (group.title if group else " or ".join(self._model.holdings[index].title for index in held))

    def reach(self) -> tuple[list[tuple[bool, ...]], list[int]]:
        """From which states a chain of moves leads to where an event is allowed: each different line once, and for each event which
        one is its. No lines where there is always one, or the event is allowed nowhere.
        """
        into = steps_into(self._model)
        number: dict[tuple[bool, ...], int] = {}
        which = [number.setdefault(reaching(event, into), len(number)) for event in self._model.events]
        lines = list(number)
        return ([], []) if all(all(line) or not any(line) for line in lines) else (lines, which)


def _is_taking(event: Event) -> bool:
    """Does the event take something, and give nothing back for it?"""
    return bool(event.takes) and not event.gives_back


def _titled(item: State | Event) -> str:
    """A name and what it means, if that is more than its words."""
    return item.name if item.title == item.name.replace("_", " ") else f"{item.name} ({item.title})"
