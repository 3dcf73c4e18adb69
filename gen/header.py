"""The header that a client embeds: the model's names and texts, and the tables, put into the template."""

from collections.abc import Iterable
from dataclasses import dataclass

import output
from model import STAY, Atom, Condition, Event, Lifecycle, Subject
from names import constant
from problems import Problem, SpecError
from ragel import Machine
from tables import Tables, tabulate

_MOST_FACTS = 32


@dataclass(frozen=True)
class _Lists:
    """Lists of pairs laid one after another in one array; equal lists are one."""

    pairs: list[tuple[tuple[int, int], ...]]
    start: dict[tuple[tuple[int, int], ...], int]


def header(model: Lifecycle, machine: Machine) -> str:
    """The text of NAME.h. Raises SpecError where a lifecycle is too large for its form."""
    for fact in model.facts[_MOST_FACTS:]:
        raise SpecError([Problem(fact.place, f"`{fact.name}` is one fact more than the {_MOST_FACTS} that a lifecycle can have")])
    tables = tabulate(model, machine)
    view = _View(model, tables)
    return output.render(
        "header.h.j2",
        model=model,
        tables=tables,
        view=view,
        p=model.name,
        P=model.name.upper(),
        STAY=STAY,
    )


class _View:
    """What the template asks for beside the model: names, numbers and expressions of C."""

    def __init__(self, model: Lifecycle, tables: Tables) -> None:
        self._model = model
        self._prefix = model.name
        self._tables = tables
        self.stay = len(model.states)
        self.rows = list(tables.rows)
        self.needs = _lists(((0, 0),), ((*row.needs, (0, 0)) for row in self.rows if row.refusal is None))
        self.branches = _lists(((0, 0),), (self._stored(row.branches) for row in self.rows if row.refusal is None))
        self.state_type = _smallest(len(model.states))
        self.row_type = _smallest(len(self.rows))
        self.field_type = _smallest(tables.layout.words * 4)
        entries = max(sum(map(len, self.needs.pairs)), sum(map(len, self.branches.pairs)))
        self.entry_type = _smallest(max(entries, len(model.rules)))
        self.pair_type = _smallest(max(len(tables.conditions), len(model.rules), len(model.states)))
        self.conditions = [
            (number, self._condition_comment(condition, argument), self._condition(condition, argument))
            for (condition, argument), number in tables.conditions.items()
        ]
        self._warning_conditions()
        self.final = [index for index, state in enumerate(model.states) if state.final]
        self.must_return = self._fields(index for index, item in enumerate(model.holdings) if not item.may_remain)
        self.one_effect = all(len(event.takes) + len(event.gives_back) <= 1 for event in model.events)
        self.has_arguments = any(event.arguments for event in model.events)
        self.has_warnings = any(event.warnings for event in model.events)
        self.argument_type = _smallest(max((1 << len(event.arguments)) - 1 for event in model.events))
        self.changes_facts = [event for event in model.events if self.fact_changes(event)]
        self.forgetting = [
            (index, holding, self._fact_mask(number for number, fact in enumerate(model.facts) if fact.held_with == index))
            for index, holding in enumerate(model.holdings)
            if any(fact.held_with == index for fact in model.facts)
        ]

    def _warning_conditions(self) -> None:
        """Warnings ask conditions too; theirs are numbered after those of the rows."""
        number = dict(self._tables.conditions)
        self.warnings: list[tuple[int, int]] = []
        self.first_warning = []
        for event in self._model.events:
            self.first_warning.append(len(self.warnings))
            for warning in event.warnings:
                key = (warning.condition, None)
                if key not in number:
                    number[key] = len(number) + 1
                    comment = self._condition_comment(warning.condition, None)
                    self.conditions.append((number[key], comment, self._condition(warning.condition, None)))
                self.warnings.append((number[key], warning.rule))
        self.first_warning.append(len(self.warnings))
        self.warning_type = _smallest(max(len(number), len(self._model.rules), len(self.warnings)))

    def stored(self, state: int) -> int:
        """A state's number in the struct: the initial one is 0, so it changes places with the spec's first."""
        initial = self._model.initial
        swap = {0: initial, initial: 0, STAY: self.stay}
        return swap.get(state, state)

    def _stored(self, branches: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
        return tuple((condition, self.stored(target)) for condition, target in branches)

    def as_stored(self, line: list[int]) -> list[int]:
        """What a table says of each state, in the order in which the struct numbers the states."""
        return [line[self.stored(state)] for state in range(len(line))]

    def argument_masks(self) -> list[int]:
        """For each event, the bits of the arguments that it takes."""
        return [(1 << len(event.arguments)) - 1 for event in self._model.events]

    def masked(self, masks: Iterable[int]) -> str:
        """The bits of some masks, one for each word, as an expression of C; empty where there are none."""
        terms = [f"m->word[{word}] & {_hex(mask)}" for word, mask in enumerate(masks) if mask]
        return terms[0] if len(terms) == 1 else " | ".join(f"({term})" for term in terms)

    def row_entry(self, index: int) -> tuple[int, int]:
        """A row as the pair that its table holds: where its needs and its branches begin, or rule and 0 if refused."""
        row = self.rows[index]
        if row.refusal is not None:
            return row.refusal, 0
        return self.needs.start[(*row.needs, (0, 0))], self.branches.start[self._stored(row.branches)]

    def effects(self, event: Event) -> list[tuple[int, int, str]]:
        """(field, change, holding's name) for each count that an event changes; one that changes nothing where there is none."""
        first = self._tables.layout.first_count
        found = [(first + index, 1, self._model.holdings[index].name) for index in event.takes]
        found += [(first + index, -1, self._model.holdings[index].name) for index in event.gives_back]
        return found or [(first, 0, "")]

    def first_effects(self) -> list[int]:
        """Where each event's effects begin, and the end."""
        starts = [0]
        for event in self._model.events:
            starts.append(starts[-1] + len(self.effects(event)))
        return starts

    def fact_changes(self, event: Event) -> bool:
        """Does the event itself set or clear facts?"""
        return bool(event.sets or event.clears or any(item.sets is not None for item in event.arguments))

    def cleared(self, event: Event) -> str:
        """The mask of the facts that an event sets anew, one way or the other."""
        return self._fact_mask([*event.sets, *event.clears, *(item.sets for item in event.arguments if item.sets is not None)])

    def fact_bit(self, fact: int) -> str:
        """The mask of one fact."""
        return self._fact_mask([fact])

    def _fact_mask(self, facts: Iterable[int]) -> str:
        return _hex(sum(1 << (self._tables.layout.state_bits + fact) for fact in facts))

    def _fields(self, holdings: Iterable[int]) -> list[int]:
        """For each word of the struct, the mask of some holdings' counts."""
        bits = sum(0xFFFF << 16 * (self._tables.layout.first_count + holding) for holding in holdings)
        return [bits >> 64 * word & (1 << 64) - 1 for word in range(self._tables.layout.words)]

    def ranges(self, members: tuple[int, ...]) -> list[tuple[int, int]]:
        """Group members as ranges (first, last) of neighbouring holdings."""
        found: list[tuple[int, int]] = []
        for member in sorted(members):
            if found and found[-1][1] == member - 1:
                found[-1] = (found[-1][0], member)
            else:
                found.append((member, member))
        return found

    def hex(self, number: int) -> str:
        """A 64-bit constant of C."""
        return _hex(number)

    def _condition_comment(self, condition: Condition, argument: int | None) -> str:
        return condition.text if argument is None else f"{condition.text} (if the argument of bit {1 << argument} is there)"

    def _condition(self, condition: Condition, argument: int | None) -> str:
        """A condition as an expression of C over `m` and `args`."""
        every = [" && ".join(self._atom(atom) for atom in atoms) for atoms in condition.alternatives]
        several = len(every) > 1
        text = " || ".join(f"({part})" if several and " && " in part else part for part in every)
        if argument is None:
            return text
        return f"(args & {1 << argument}u) == 0 || " + (f"({text})" if " && " in text else text)

    def _atom(self, atom: Atom) -> str:
        if atom.subject is Subject.ARGUMENT:
            return f"(args & {1 << atom.index}u) {'!=' if atom.relation == '>' else '=='} 0"
        if atom.subject is Subject.FACT:
            return f"(m->word[0] & {self.fact_bit(atom.index)}) {'!=' if atom.relation == '>' else '=='} 0"
        names = self._model.holdings if atom.subject is Subject.HOLDING else self._model.groups
        held = f"{self._prefix}_held(m, {constant(self._prefix, 'held', names[atom.index].name)})"
        relation, number = ("!=", 0) if (atom.relation, atom.number) == (">", 0) else (atom.relation, atom.number)
        return f"{held} {relation} {number}"


def _lists(first: tuple[tuple[int, int], ...], lists: Iterable[tuple[tuple[int, int], ...]]) -> _Lists:
    found = _Lists([first], {})
    at = len(first)
    for pairs in lists:
        if pairs not in found.start:
            found.start[pairs] = at
            found.pairs.append(pairs)
            at += len(pairs)
    return found


def _smallest(most: int) -> str:
    """The smallest unsigned type that holds 0 to `most`."""
    return "uint8_t" if most <= 0xFF else "uint16_t" if most <= 0xFFFF else "uint32_t"


def _hex(number: int) -> str:
    return f"UINT64_C(0x{number:X})" if number else "0"
