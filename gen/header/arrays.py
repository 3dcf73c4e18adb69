"""The machine's tables as arrays of C: what stands at which index, and in which types."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from machine.tables import Row, Tables
from machine.way import NO_WAY, distances, steps_out
from model import STAY, Event, Lifecycle

Entry = TypeVar("Entry")
Branches = tuple[tuple[int, int], ...]
"""(test, state that follows) of each branch."""
Steps = tuple[tuple[int, int, int, int], ...]
"""(test, argument, outcome, question) of each step; the question is the test that passes if the need holds of which the step is made."""

FAR = 0xFFFF
"""As a distance in C: no chain of moves leads to an end."""


class Lists(Generic[Entry]):
    """Lists in one array, one after another. A list that is the end of another is there already. `start` is where a list begins."""

    def __init__(self, lists: Iterable[tuple[Entry, ...]]) -> None:
        self.lists: list[tuple[Entry, ...]] = []
        self.start: dict[tuple[Entry, ...], int] = {}
        self.length = 0
        for entries in sorted(dict.fromkeys(lists), key=len, reverse=True):
            if entries not in self.start:
                for at in range(len(entries)):
                    self.start.setdefault(entries[at:], self.length + at)
                self.lists.append(entries)
                self.length += len(entries)


def smallest(most: int, least: int = 0) -> str:
    """The smallest type that holds `least` to `most`."""
    if least < 0:
        return "int8_t"
    return "uint8_t" if most <= 0xFF else "uint16_t" if most <= 0xFFFF else "uint32_t" if most <= 0xFFFFFFFF else "uint64_t"


@dataclass(frozen=True)
class Shape:
    """What the lifecycle has, and what its header can therefore do without.

    `one_effect`: no event changes more than one count. `asks`: some row needs more than a look at its cell to be decided.
    """

    one_effect: bool
    has_arguments: bool
    has_needs: bool
    asks: bool
    arguments_have_needs: bool
    warns: bool


@dataclass(frozen=True)
class Line:
    """An entry of the table of rows: the shortcut, and the outcome."""

    test: int
    least: int
    next: int
    outcome: int


@dataclass(frozen=True)
class Types:
    """The smallest types of C for what the tables hold."""

    event: str
    state: str
    distance: str
    cell: str
    least: str
    row_test: str
    word: str
    test: str
    next: str
    outcome: str
    held: str
    warning: str
    argument: str
    line: str
    field: str
    begin: str
    rule: str


@dataclass(frozen=True)
class Arrays:
    """All arrays, in the numbers of C: a state is numbered as the struct has it; `stay` is the number that says that it stays.

    An outcome up to `stay` is the state that follows; then come the places of `branches`, and from `accepting` on those of `steps`,
    or as the outcome of a step, the rules that refuse. A cell is the number of a row, or behind the rows that of the rule.
    """

    shape: Shape
    types: Types
    stay: int
    accepting: int
    branches: Lists[tuple[int, int]]
    steps: Lists[tuple[int, int, int, int]]
    rows: tuple[Line, ...]
    cells: tuple[tuple[int, ...], ...]
    warnings: tuple[tuple[int, int], ...]
    first_warning: tuple[int, ...]
    distances: tuple[int, ...]
    steps_out: tuple[int, ...]


def stored(model: Lifecycle, state: int) -> int:
    """A state's number in the struct: the initial one is 0, so it changes places with the spec's first."""
    return {0: model.initial, model.initial: 0, STAY: len(model.states)}.get(state, state)


def test_in_c(tables: Tables, number: int) -> int:
    """A test's number in C: the conditions of their own follow those of the masks."""
    return number if number >= 0 else 2 * len(tables.masks) - 1 - number


def effects(model: Lifecycle, event: Event) -> list[tuple[int, int, str]]:
    """(field, change, holding's name) for each count that an event changes; the dummy's, by 0, where it changes none."""
    found = [(index, 1, model.holdings[index].name) for index in event.takes]
    found += [(index, -1, model.holdings[index].name) for index in event.gives_back]
    return found or [(len(model.holdings), 0, "")]


def arrays(model: Lifecycle, tables: Tables) -> Arrays:
    """The arrays of a machine's tables."""
    rows = list(tables.rows)
    stay = len(model.states)
    branched = [_branches(model, tables, row) for row in rows]
    branches = Lists(each for each in branched if len(each) > 1)
    accepting = stay + 1 + branches.length
    leads = [each[0][1] if len(each) == 1 else stay + 1 + branches.start[each] for each in branched]
    judged = [_steps(tables, row, accepting, lead) for row, lead in zip(rows, leads, strict=True)]
    steps = Lists(each for each in judged if len(each) > 1)
    outcomes = [accepting + steps.start[each] if len(each) > 1 else lead for each, lead in zip(judged, leads, strict=True)]
    cells = tuple(
        tuple(cell if cell >= 0 else len(rows) - 1 - cell for cell in (line[stored(model, state)] for state in range(len(line))))
        for line in tables.lines
    )
    far = distances(model)
    return Arrays(
        _shape(model, tables),
        _types(model, tables, accepting, steps.length),
        stay,
        accepting,
        branches,
        steps,
        tuple(_line(model, row, outcome) for row, outcome in zip(rows, outcomes, strict=True)),
        cells,
        tuple(
            (test_in_c(tables, test), warning.rule)
            for event, tests in zip(model.events, tables.warnings, strict=True)
            for warning, test in zip(event.warnings, tests, strict=True)
        ),
        tuple(itertools.accumulate((len(event.warnings) for event in model.events), initial=0)),
        tuple(FAR if (distance := far[stored(model, state)]) == NO_WAY else distance for state in range(stay)),
        tuple(steps_out(model)),
    )


def _branches(model: Lifecycle, tables: Tables, row: Row) -> Branches:
    return tuple((test_in_c(tables, test), stored(model, target)) for test, target in row.branches)


def _steps(tables: Tables, row: Row, accepting: int, leads: int) -> Steps:
    return tuple(
        (
            test_in_c(tables, step.test),
            step.argument,
            leads if step.rule is None else accepting + step.rule,
            test_in_c(tables, step.question),
        )
        for step in row.steps
    )


def _line(model: Lifecycle, row: Row, outcome: int) -> Line:
    return Line(row.shortcut.test, row.shortcut.least, stored(model, row.shortcut.next), outcome)


def _shape(model: Lifecycle, tables: Tables) -> Shape:
    has_needs = any(len(row.steps) > 1 for row in tables.rows)
    return Shape(
        one_effect=all(len(event.takes) + len(event.gives_back) <= 1 for event in model.events),
        has_arguments=any(event.arguments for event in model.events),
        has_needs=has_needs,
        asks=has_needs or any(len(row.branches) > 1 for row in tables.rows),
        arguments_have_needs=any(step.argument for row in tables.rows for step in row.steps),
        warns=any(event.warnings for event in model.events),
    )


def _types(model: Lifecycle, tables: Tables, accepting: int, steps: int) -> Types:
    test = 2 * (len(tables.masks) + len(tables.conditions)) - 1
    argument = max((1 << len(event.arguments)) - 1 for event in model.events)
    warnings = sum(len(event.warnings) for event in model.events)
    return Types(
        event=smallest(len(model.events)),
        state=smallest(len(model.states)),
        distance=smallest(max(FAR if distance == NO_WAY else distance for distance in distances(model))),
        cell=smallest(len(tables.rows) + len(model.rules)),
        least=smallest(max(row.shortcut.least for row in tables.rows)),
        row_test=smallest(2 * len(tables.masks) - 1),
        word=smallest(tables.layout.words),
        test=smallest(test),
        next=smallest(len(model.states)),
        outcome=smallest(accepting + max(steps, len(model.rules))),
        held=smallest(len(model.holdings) + len(model.groups)),
        warning=smallest(max(test, len(model.rules), warnings)),
        argument=smallest(argument),
        line=smallest(len(tables.lines)),
        field=smallest(len(model.holdings)),
        begin=smallest(sum(len(effects(model, event)) for event in model.events)),
        rule=smallest(len(model.rules)),
    )
