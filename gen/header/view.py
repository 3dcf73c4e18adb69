"""What the header's template shows beside the model: lines of tables with their comments, and names."""

from collections.abc import Iterator
from dataclasses import dataclass

from header import expressions
from header.arrays import Arrays, effects, stored, test_in_c
from machine.tables import Row, Tables
from machine.way import lone_target
from model import STAY, Event, Lifecycle

Conditions = list[tuple[int, str, str]]
"""Tests that are no question of a mask: the number, the condition in the spec's wording, and what is asked, in C."""


@dataclass(frozen=True)
class Deciding:
    """The conditions of their own by what they decide: events; warnings alone; needs that are judged in several steps."""

    events: Conditions
    warnings: Conditions
    needs: Conditions


class View:
    """Lines and names for the template. What it says of the machine is in `arrays`, which it only puts into words."""

    def __init__(self, model: Lifecycle, tables: Tables, arrays: Arrays) -> None:
        self._model = model
        self._tables = tables
        self._arrays = arrays
        self.deciding = _deciding(model, tables)
        self.final = [index for index, state in enumerate(model.states) if state.final]
        self.may_remain = [index for index, holding in enumerate(model.holdings) if holding.may_remain]
        self.must_return = len(self.may_remain) < len(model.holdings)
        self.remaining = [model.holdings[index].name for index in self.may_remain]
        self.remaining += [group.name for group in model.groups if set(group.members) <= set(self.may_remain)]
        unused = expressions.unused(model, tables.layout)
        self.unused = unused[0].removeprefix("(").removesuffix(")") if len(unused) == 1 else " | ".join(unused)
        self.states_fill_their_bits = expressions.states_fill_their_bits(model)
        self.moved = " || ".join(expressions.state_or_facts_differ(tables.layout))
        self.changes_facts = [event for event in model.events if _changes_facts(event)]
        self.forgetting = self._forgetting()

    # The tables, line by line

    def effect_lines(self) -> Iterator[tuple[str, str]]:
        """The table of effects."""
        for event in self._model.events:
            for field, change, name in effects(self._model, event):
                yield f"{{{field}, {change}}},", f"{event.name}: {name}" if name else event.name

    def event_lines(self) -> Iterator[tuple[str, str]]:
        """The table of events."""
        shape, at = self._arrays.shape, 0
        for event, line in zip(self._model.events, self._tables.line_of, strict=True):
            found = effects(self._model, event)
            does = ", ".join(f"{'+' if change > 0 else '-'} {name}" for _, change, name in found if change)
            numbers = [line]
            if not shape.one_effect:
                numbers = [at, *numbers]
            elif self._model.holdings:
                numbers = [*found[0][:2], *numbers]
            if shape.has_arguments:
                numbers.append((1 << len(event.arguments)) - 1)
            yield _entry(numbers), f"{event.name}: {does}" if does else event.name
            at += len(found)
        if not shape.one_effect:
            yield _entry([at, 0, *([0] if shape.has_arguments else [])]), "the end"

    def mask_lines(self) -> Iterator[tuple[str, str]]:
        """The table of masks."""
        layout = self._tables.layout
        for word, mask in self._tables.masks:
            bits = expressions.bits(mask, layout.word_bits)
            yield f"{bits}," if layout.words == 1 else f"{{{bits}, {word}}},", self.mask_comment(word, mask)

    def step_lines(self) -> Iterator[tuple[list[str], str]]:
        """The table of steps, list by list: the branches, then what judges."""
        arrays = self._arrays
        leads = {arrays.stay + 1 + start: self._leads(list_) for list_, start in arrays.branches.start.items()}
        leads.update({target: self._leads(((0, target),)) for target in range(arrays.stay + 1)})
        has_arguments = arrays.shape.arguments_have_needs
        for list_ in arrays.branches.lists:
            yield [_entry([test, *([0] if has_arguments else []), target]) for test, target in list_], self._leads(list_)
        for steps in arrays.steps.lists:
            rules = dict.fromkeys(outcome - arrays.accepting for _, _, outcome, _ in steps if outcome >= arrays.accepting)
            needs = ", ".join(self._model.rules[rule].name for rule in rules)
            entries = [_entry([test, *([argument] if has_arguments else []), end]) for test, argument, end, _ in steps]
            yield entries, (f"needs {needs}; " if needs else "") + leads[steps[-1][2]]

    def row_lines(self) -> Iterator[tuple[str, str]]:
        """The table of rows."""
        for line, row in zip(self._arrays.rows, self._tables.rows, strict=True):
            least = [line.least] if self._model.holdings else []
            yield _entry([line.test, *least, line.next, line.outcome]), self._row_comment(row)

    def cell_lines(self) -> Iterator[tuple[tuple[int, ...], str]]:
        """The table of cells: what an event comes to in each state, and the events that have the line."""
        names_of: list[list[str]] = [[] for _ in self._tables.lines]
        for event, number in zip(self._model.events, self._tables.line_of, strict=True):
            names_of[number].append(event.name)
        for line, names in zip(self._arrays.cells, names_of, strict=True):
            yield line, ", ".join(names[:3]) + f" and {len(names) - 3} more" if len(names) > 4 else ", ".join(names)

    # Comments

    def mask_comment(self, word: int, mask: int) -> str:
        """What the bits of a mask are."""
        layout, model = self._tables.layout, self._model
        bits = mask << word * layout.word_bits
        names = [fact.name for index, fact in enumerate(model.facts) if bits >> layout.fact(index) & 1]
        held = {index for index in range(len(model.holdings)) if bits >> layout.presence(index) & 1}
        for group in model.groups:
            if len(group.members) > 1 and held >= set(group.members):
                names.append(group.name)
                held -= set(group.members)
        names += [model.holdings[index].name for index in sorted(held)]
        return ", ".join(names) or "nothing"

    def _leads(self, branches: tuple[tuple[int, int], ...]) -> str:
        """Where branches lead, in words."""
        model, stay = self._model, self._arrays.stay
        return ", ".join("stay" if target == stay else model.states[stored(model, target)].name for _, target in branches)

    def _row_comment(self, row: Row) -> str:
        rules = dict.fromkeys(step.rule for step in row.steps if step.rule is not None)
        needs = ", ".join(self._model.rules[rule].name for rule in rules)
        leads = ", ".join("stay" if target == STAY else self._model.states[target].name for _, target in row.branches)
        return (f"needs {needs}; " if needs else "") + leads

    # Numbers

    def questions(self) -> list[int]:
        """For each step, the test that passes if the need holds that it is of."""
        return [0] * self._arrays.branches.length + [question for steps in self._arrays.steps.lists for *_, question in steps]

    def lone_targets(self) -> list[int]:
        """For each event, the one state that all its moves name, or the number that says: stay."""
        return [stored(self._model, lone_target(event)) for event in self._model.events]

    def ranges(self, members: tuple[int, ...]) -> list[tuple[int, int]]:
        """Group members as ranges (first, last) of neighbouring holdings."""
        found: list[tuple[int, int]] = []
        for member in sorted(members):
            if found and found[-1][1] == member - 1:
                found[-1] = (found[-1][0], member)
            else:
                found.append((member, member))
        return found

    # Facts

    def fact_changes(self, event: Event) -> list[tuple[int, str, str, str]]:
        """What an event itself does to facts: word, bits to clear, bits to set, names."""
        return expressions.facts_changed(self._model, self._tables.layout, event)

    def _forgetting(self) -> list[tuple[str, str, list[tuple[int, str]]]]:
        """With the last of which holdings facts are cleared: as a condition of C, in words, and the bits of each word."""
        found = []
        for held_with in dict.fromkeys(fact.held_with for fact in self._model.facts if fact.held_with):
            facts = [number for number, fact in enumerate(self._model.facts) if fact.held_with == held_with]
            first, *more = (f"field == {index}" for index in held_with)
            last = f"({' || '.join([first, *more])})" if more else first
            none = [f"m->count[{index}] == 0" for index in held_with] if more else []
            names = ", ".join(self._model.holdings[index].name for index in held_with)
            found.append((" && ".join([last, *none]), names, expressions.facts_cleared(self._tables.layout, facts)))
        return found


def _entry(numbers: list[int]) -> str:
    return "{" + ", ".join(map(str, numbers)) + "},"


def _changes_facts(event: Event) -> bool:
    return bool(event.sets or event.clears or any(item.sets is not None for item in event.arguments))


def _deciding(model: Lifecycle, tables: Tables) -> Deciding:
    deciding = {step.test for row in tables.rows for step in row.steps} | {test for row in tables.rows for test, _ in row.branches}
    of_warnings = {test for tests in tables.warnings for test in tests}
    of_needs = {step.question for row in tables.rows for step in row.steps}
    return Deciding(
        _conditions(model, tables, deciding),
        _conditions(model, tables, of_warnings - deciding),
        _conditions(model, tables, of_needs - deciding),
    )


def _conditions(model: Lifecycle, tables: Tables, tests: set[int]) -> Conditions:
    """Those of some tests that are no question of a mask."""
    conditions = list(tables.conditions)
    found = []
    for test in sorted((test for test in tests if test < 0), reverse=True):
        condition = conditions[(-1 - test) // 2]
        asked = expressions.asked(model, tables.layout, condition)
        found.append((test_in_c(tables, test), condition.text, asked if test % 2 == 0 else f"!({asked})"))
    return found
