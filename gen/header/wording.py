"""What explanations say: the words of the text part of a header, and the ways that they name."""

from machine.tables import Tables
from machine.way import Step, steps_into, ways_to
from model import Atom, Event, Lifecycle, State, Subject

_TRIES = 100000
"""How many words of a machine an explanation looks at, about, when it tries events."""


class Wording:
    """What the template of the texts asks for."""

    def __init__(self, model: Lifecycle, tables: Tables) -> None:
        self._model = model
        self._tables = tables

    def calls(self) -> list[str]:
        """What explanations call each event: the real call and the event's name, or the name and what it is."""
        return [f"{event.call} ({event.name})" if event.call else _titled(event) for event in self._model.events]

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

    def rule_words(self) -> list[tuple[str, str]]:
        """What explanations say of each rule: its title, and then its name, step and source."""
        words = []
        for rule in self._model.rules:
            step = f", step {rule.step}" if rule.step else ""
            source = f", {rule.source}" if rule.source else ""
            words.append((rule.title, f" [{rule.name}{step}{source}]"))
        return words

    def subjects(self) -> list[tuple[list[int], str]]:
        """For each mask and then each condition, what it looks at: holdings, then facts numbered behind them; and what to say
        if none of the holdings is held.
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
            ([*dict.fromkeys(held), *(len(model.holdings) + fact for fact in dict.fromkeys(facts))], self._none_of(held))
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
        return "no " + (group.title if group else " or ".join(self._model.holdings[index].title for index in dict.fromkeys(held)))

    def ways(self) -> tuple[list[tuple[Step, ...]], list[int]]:
        """The chains of moves to where an event is allowed: each different table once, and for each event which one is its."""
        into = steps_into(self._model)
        number: dict[tuple[Step, ...], int] = {}
        which = [number.setdefault(ways_to(self._model, event, into), len(number)) for event in self._model.events]
        return list(number), which

    def way_steps(self, way: tuple[Step, ...]) -> list[str]:
        """The steps of such a table as it has them; where there is none, with an event that there is not."""
        none = f"{{{len(self._model.events)}, 0}}"
        return [none if step is None else "{%d, %d}" % step for step in way]


def _titled(item: State | Event) -> str:
    """A name and what it means, if that is more than its words."""
    return item.name if item.title == item.name.replace("_", " ") else f"{item.name} ({item.title})"
