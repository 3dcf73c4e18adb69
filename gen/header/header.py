"""The header that a client embeds: the model's names and texts, and the tables, put into the template."""

import itertools
import re
from collections.abc import Iterable, Iterator

import output
from header import packing
from header.packing import Lists, smallest
from header.wording import Wording
from machine.ragel import Machine
from machine.tables import Row, Tables, tabulate
from machine.way import NO_WAY, distances, lone_target, steps_out
from model import LIMIT, STAY, Atom, Condition, Event, Lifecycle, Subject
from read.names import constant

_PREFIX = "\ue000"
"""Stands for the lifecycle's name while a header is made."""

_NO_CODE = re.compile(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"|^ *#(?:\\\n|[^\n])*', re.DOTALL | re.MULTILINE)
"""Comments, strings and directives."""


def header(model: Lifecycle, machine: Machine) -> str:
    """The text of NAME.h."""
    tables = tabulate(model, machine)
    text = output.render(
        "header/header.h.j2",
        model=model,
        tables=tables,
        view=_View(model, tables),
        wording=Wording(model, tables),
        p=_PREFIX,
        P=model.name.upper(),
        STAY=STAY,
    )
    return _with_words_renamed(text, model.name).replace(_PREFIX, model.name)


def _with_words_renamed(text: str, name: str) -> str:
    """A header in which no variable is called like the lifecycle, which would hide its type: `event` becomes `event_`."""
    word = re.compile(rf"(?<![\w{_PREFIX}]){re.escape(name)}(?!\w)")
    found = []
    at = 0
    for other in _NO_CODE.finditer(text):
        found += [word.sub(f"{name}_", text[at : other.start()]), other.group()]
        at = other.end()
    return "".join([*found, word.sub(f"{name}_", text[at:])])


class _View:
    """What the template asks for beside the model: names, numbers and expressions of C."""

    def __init__(self, model: Lifecycle, tables: Tables) -> None:
        self._model = model
        self._prefix = model.name
        self._tables = tables
        self.stay = len(model.states)
        self.rows = list(tables.rows)
        self.masks = self._single_masks()
        self.branches = Lists(branches for row in self.rows if len(branches := self._branches(row)) > 1)
        self.accepting = self.stay + 1 + self.branches.length
        self._steps = Lists(self._judged(row) for row in self.rows if len(row.steps) > 1)
        self.small_rows = sorted(set(map(self._outcome, self.rows)))
        refused = [-1 - cell for line in tables.lines for cell in line if cell < 0]
        self.refusals = list(dict.fromkeys(refused)) or [len(model.rules)]
        self._choose_conditions()
        self.warnings = [
            (self.test(test), warning.rule)
            for event, tests in zip(model.events, tables.warnings, strict=True)
            for warning, test in zip(event.warnings, tests, strict=True)
        ]
        self.first_warning = list(itertools.accumulate((len(event.warnings) for event in model.events), initial=0))
        self.final = [index for index, state in enumerate(model.states) if state.final]
        self.one_effect = all(len(event.takes) + len(event.gives_back) <= 1 for event in model.events)
        self.has_arguments = any(event.arguments for event in model.events)
        self.has_needs = any(len(row.steps) > 1 for row in self.rows)
        self.asks = self.has_needs or any(len(row.branches) > 1 for row in self.rows)
        self.arguments_have_needs = any(step.argument for row in self.rows for step in row.steps)
        self.changes_facts = [event for event in model.events if self.changes(event)]
        self.forgetting = [
            (index, holding, self._fields_of(number for number, fact in enumerate(model.facts) if fact.held_with == index))
            for index, holding in enumerate(model.holdings)
            if any(fact.held_with == index for fact in model.facts)
        ]
        far = distances(model)
        most = 0xFFFF
        self.distances = [most if distance == NO_WAY else distance for distance in far]
        self.steps_out = steps_out(model)
        self.may_remain = [index for index, holding in enumerate(model.holdings) if holding.may_remain]
        self.must_return = len(self.may_remain) < len(model.holdings)
        self.remaining = [model.holdings[index].name for index in self.may_remain]
        self.remaining += [group.name for group in model.groups if set(group.members) <= set(self.may_remain)]
        self._choose_types()
        self._pack()

    def _single_masks(self) -> list[tuple[int, int, int, str]]:
        """For each mask its bits in one word, that word, the number of the mask with the bits in another word (0: there are none),
        and what they all are. Behind the masks of the tests stand those that are only the rest of one.
        """
        tested = list(self._tables.masks)
        rest: dict[tuple[int, int], int] = {}
        found = []
        for masks in tested:
            word, bits = masks[0] if masks else (0, 0)
            other = rest.setdefault(masks[1], len(tested) + len(rest)) if len(masks) > 1 else 0
            found.append((bits, word, other, self.mask_comment(masks)))
        return found + [(bits, word, 0, self.mask_comment([(word, bits)])) for word, bits in rest]

    def places(self) -> list[tuple[int, int]]:
        """Of each mask its word, and the number of the mask with the rest of it."""
        return [(word, other) for _, word, other, _ in self.masks]

    def _choose_types(self) -> None:
        """The smallest types for what the tables hold."""
        model, tables = self._model, self._tables
        test = 2 * (len(tables.masks) + len(tables.conditions)) - 1
        outcome = self.accepting + len(model.rules)
        self.event_type = smallest(len(model.events))
        self.state_type = smallest(len(model.states))
        self.distance_type = smallest(max(self.distances))
        self.cell_type = smallest(len(self.rows) + len(model.rules))
        self.word_type = smallest(max(tables.layout.words, len(self.masks)))
        least = max(row.shortcut.least for row in self.rows)
        self.outcome_type = smallest(self.accepting + self._steps.length)
        self.row_type = smallest(max(self.accepting + self._steps.length, least, test))
        self.step_type = smallest(max(test, outcome))
        self.rule_type = smallest(len(model.rules))
        self.held_type = smallest(len(model.holdings) + len(model.groups))
        self.warning_type = smallest(max(test, len(model.rules), len(self.warnings)))
        argument = max((1 << len(event.arguments)) - 1 for event in model.events)
        arguments = [("arguments", 0, argument)] if self.has_arguments else []
        line = ("line", 0, len(tables.lines) - 1)
        effect = [("field", 0, tables.layout.words * 4 - 1), ("change", -1, 1)] if model.holdings else []
        begin = ("effects", 0, self.first_effects()[-1])
        asked = max(step.argument for row in self.rows for step in row.steps)
        step = [("test", 0, test), *([("argument", 0, asked)] if asked else []), ("outcome", 0, outcome)]
        self.entry_large, self.entry_small = _struct(*(effect if self.one_effect else [begin]), line, *arguments)
        self.effect_large, self.effect_small = _struct(*effect) if effect else ([], [])
        self.step_large, self.step_small = _struct(*step)

    def _pack(self) -> None:
        """The tables of NAME_SMALL. The lines of cells that are shifted in it come last, in all forms."""
        number = {row: index for index, row in enumerate(self.small_rows)}
        kinds = {rule: index for index, rule in enumerate(self.refusals)}
        found = [self.as_stored(list(line)) for line in self._tables.lines]
        rows = [[number[self._outcome(self.rows[cell])] if cell >= 0 else None for cell in line] for line in found]
        self.shift = packing.shift(rows)
        self._order = self.shift.order
        none = (1 << self.shift.bits) - 1
        less = [self.shift.less if place >= self.shift.begin else 0 for place in range(len(found))]
        shifted = [[none if row is None else row - off for row in rows[index]] for index, off in zip(self._order, less, strict=True)]
        self.small_cells = packing.cells(shifted, self.shift.bits)
        refused = [[kinds[-1 - cell] if cell < 0 else 0 for cell in found[index]] for index in self._order]
        self.small_refused = packing.cells(refused, packing.bits_for(len(kinds) - 1))
        self._ranges = packing.ranges(list(self._tables.masks)[: self._tables.for_shortcuts])
        self.has_other_ranges = any(item.other for item in self._ranges)
        bits = [item.bits for item in self._ranges]
        self.range_members = packing.fields(
            ("first", 0, max(item.first for item in self._ranges)),
            ("more", 0, max(item.last - item.first for item in self._ranges)),
            ("bits", min(bits), max(bits)),
            *([("other", 0, len(self._ranges))] if self.has_other_ranges else []),
        )

    def test(self, number: int) -> int:
        """A test's number in C: the conditions of their own follow those of the masks."""
        return number if number >= 0 else 2 * len(self._tables.masks) - 1 - number

    def _choose_conditions(self) -> None:
        """Which tests that are no question of a mask decide over events; which only ask for warnings; which only stand for needs that
        are judged in several steps.
        """
        rows = self.rows
        deciding = {step.test for row in rows for step in row.steps} | {test for row in rows for test, _ in row.branches}
        of_warnings = {test for tests in self._tables.warnings for test in tests}
        of_needs = {step.question for row in rows for step in row.steps}
        self.conditions = self._conditions(deciding)
        self.warning_conditions = self._conditions(of_warnings - deciding)
        self.need_conditions = self._conditions(of_needs - deciding)

    def _conditions(self, tests: set[int]) -> list[tuple[int, str, str]]:
        """Those of some tests that are no question of a mask: the number, the condition in the spec's wording, and what is asked, in C."""
        conditions = list(self._tables.conditions)
        found = []
        for test in sorted((test for test in tests if test < 0), reverse=True):
            condition = conditions[(-1 - test) // 2]
            asked = self._condition(condition)
            found.append((self.test(test), condition.text, asked if test % 2 == 0 else f"!({asked})"))
        return found

    def _judged(self, row: Row) -> tuple[tuple[int, int, int, int], ...]:
        """A row's steps as their table has them, and the question of each."""
        leads = self._leading(row)
        return tuple(
            (
                self.test(step.test),
                step.argument,
                leads if step.rule is None else self.accepting + step.rule,
                self.test(step.question),
            )
            for step in row.steps
        )

    def _leading(self, row: Row) -> int:
        """The outcome of a row's event, once it is accepted: the state that follows, or the list of its branches."""
        branches = self._branches(row)
        return branches[0][1] if len(branches) == 1 else self.stay + 1 + self.branches.start[branches]

    def _outcome(self, row: Row) -> int:
        """A row's outcome: where there are needs, the list of the steps that judge."""
        return self.accepting + self._steps.start[self._judged(row)] if len(row.steps) > 1 else self._leading(row)

    def step_lists(self) -> Iterator[tuple[list[tuple[int, ...]], str]]:
        """What the table of steps holds, list by list: the branches, then what judges; and what a list says."""
        leads = {self.stay + 1 + start: self._leads(list_) for list_, start in self.branches.start.items()}
        leads.update({target: self._leads(((0, target),)) for target in range(self.stay + 1)})
        for list_ in self.branches.lists:
            yield [(test, 0, target) if self.arguments_have_needs else (test, target) for test, target in list_], self._leads(list_)
        for steps in self._steps.lists:
            rules = dict.fromkeys(outcome - self.accepting for _, _, outcome, _ in steps if outcome >= self.accepting)
            needs = ", ".join(self._model.rules[rule].name for rule in rules)
            entries = [(test, argument, end) if self.arguments_have_needs else (test, end) for test, argument, end, _ in steps]
            yield entries, (f"needs {needs}; " if needs else "") + leads[steps[-1][2]]

    def _leads(self, branches: tuple[tuple[int, ...], ...]) -> str:
        """Where branches lead, in words."""
        states = self._model.states
        return ", ".join("stay" if target == self.stay else states[self.stored(target)].name for _, target in branches)

    def questions(self) -> list[int]:
        """For each step, the test that passes if the need holds that it is of."""
        return [0] * self.branches.length + [question for steps in self._steps.lists for _, _, _, question in steps]

    def _branches(self, row: Row) -> tuple[tuple[int, ...], ...]:
        """A row's branches as their table has them."""
        return tuple((self.test(test), self.stored(target)) for test, target in row.branches)

    def stored(self, state: int) -> int:
        """A state's number in the struct: the initial one is 0, so it changes places with the spec's first."""
        initial = self._model.initial
        swap = {0: initial, initial: 0, STAY: self.stay}
        return swap.get(state, state)

    def as_stored(self, line: list[int]) -> list[int]:
        """What a table says of each state, in the order in which the struct numbers the states."""
        return [line[self.stored(state)] for state in range(len(line))]

    @property
    def states_fill_their_bits(self) -> bool:
        """Are the states a power of two, so that the bits that no state sets tell whether a state is in range?"""
        return len(self._model.states) & len(self._model.states) - 1 == 0

    def unsound(self, size: int) -> str:
        """The bits of which none may be set, in words of so many bits, as an expression of C; empty where there are none."""
        layout = self._tables.layout
        bits = (1 << 64 * layout.words) - 1 & ~layout.used
        if self.states_fill_their_bits:
            bits |= (1 << layout.state_bits) - len(self._model.states)
        every = (1 << size) - 1
        parts = [bits >> at & every for at in range(0, 64 * layout.words, size)]
        terms = [_bits_of(f"m->word[{word}]", part, size) for word, part in enumerate(parts) if part]
        return terms[0] if len(terms) == 1 else " | ".join(f"({term})" if "&" in term else term for term in terms)

    def row_entries(self) -> Iterator[tuple[tuple[int, int, int, int], str]]:
        """What the table of rows holds, line by line, and what a line says."""
        for row in self.rows:
            shortcut = row.shortcut
            yield (shortcut.least, self.test(shortcut.test), self.stored(shortcut.next), self._outcome(row)), self._row_comment(row)

    def small_row_entries(self) -> Iterator[tuple[int, str]]:
        """The same of NAME_SMALL, whose rows have no shortcuts."""
        comments = {self._outcome(row): self._row_comment(row) for row in self.rows}
        for outcome in self.small_rows:
            yield outcome, comments[outcome]

    def range_entries(self) -> Iterator[tuple[str, str]]:
        """What the table of ranges holds, line by line, and what a line says."""
        comments = [self.mask_comment(masks) for masks in self._tables.masks]
        for index, item in enumerate(self._ranges):
            other = f", {item.other}" if self.has_other_ranges else ""
            comment = comments[index] if index < self._tables.for_shortcuts else "more of a mask"
            bits = f"0x{item.bits:X}" if item.bits > 0 else str(item.bits)
            yield f"{{{item.first}, {item.last - item.first}, {bits}{other}}}", comment

    def event_entries(self) -> Iterator[tuple[str, str]]:
        """What the table of events holds, line by line, and what a line says."""
        at = 0
        place = {line: index for index, line in enumerate(self._order)}
        for event, line in zip(self._model.events, self._tables.line_of, strict=True):
            effects = self.effects(event)
            arguments = ((1 << len(event.arguments)) - 1,) if self.has_arguments else ()
            does = ", ".join(f"{'+' if change > 0 else '-'} {name}" for _, change, name in effects if change)
            if not self.one_effect:
                begin = f"{at}, "
            elif self._model.holdings:
                begin = "%d, %d, " % effects[0][:2]
            else:
                begin = ""
            yield "{" + begin + ", ".join(map(str, (place[line], *arguments))) + "}", f"{event.name}: {does}" if does else event.name
            at += len(effects)
        if not self.one_effect:
            yield f"{{{at}, 0{', 0' if self.has_arguments else ''}}}", "the end"

    def cell_lines(self) -> Iterator[tuple[list[int], str]]:
        """What an event comes to in each state, for each line of the table, and the events that have it."""
        lines = list(self._tables.lines)
        for line, names in zip((lines[index] for index in self._order), self.line_names(), strict=True):
            yield self.as_stored([self._cell(cell) for cell in line]), names

    def line_names(self) -> list[str]:
        """The events that have each line."""
        names_of: list[list[str]] = [[] for _ in self._tables.lines]
        for event, number in zip(self._model.events, self._tables.line_of, strict=True):
            names_of[number].append(event.name)
        ordered = (names_of[index] for index in self._order)
        return [", ".join(names[:3]) + f" and {len(names) - 3} more" if len(names) > 4 else ", ".join(names) for names in ordered]

    def _cell(self, cell: int) -> int:
        """A cell's number in C: behind the rows, the rules that refuse."""
        return cell if cell >= 0 else len(self.rows) - 1 - cell

    def _row_comment(self, row: Row) -> str:
        rules = dict.fromkeys(step.rule for step in row.steps if step.rule is not None)
        needs = ", ".join(self._model.rules[rule].name for rule in rules)
        leads = ", ".join("stay" if target == STAY else self._model.states[target].name for _, target in row.branches)
        return (f"needs {needs}; " if needs else "") + leads

    def lone_targets(self) -> list[int]:
        """For each event, the one state that all its moves name, or the number that says: stay."""
        return [self.stored(lone_target(event)) for event in self._model.events]

    def mask_comment(self, masks: Iterable[tuple[int, int]]) -> str:
        """What the bits of a mask are."""
        bits = sum(mask << 64 * word for word, mask in masks)
        layout, model = self._tables.layout, self._model
        names = [fact.name for index, fact in enumerate(model.facts) if bits >> layout.state_bits + index & 1]
        counts = [bits >> 16 * (layout.first_count + index) & LIMIT for index in range(len(model.holdings))]
        whole = {index for index, count in enumerate(counts) if count == LIMIT}
        for group in model.groups:
            if len(group.members) > 1 and whole >= set(group.members):
                names.append(group.name)
                whole -= set(group.members)
        names += [model.holdings[index].name for index in sorted(whole)]
        names += [f"{model.holdings[index].name} > {LIMIT - count}" for index, count in enumerate(counts) if 0 < count < LIMIT]
        return ", ".join(names) or "nothing"

    def effects(self, event: Event) -> list[tuple[int, int, str]]:
        """(field, change, holding's name) for each count that an event changes; one that changes nothing where there is none."""
        first = self._tables.layout.first_count
        found = [(first + index, 1, self._model.holdings[index].name) for index in event.takes]
        found += [(first + index, -1, self._model.holdings[index].name) for index in event.gives_back]
        return found or [(first + self._dummy, 0, "")]

    @property
    def _dummy(self) -> int:
        """The holding whose count changes by 0 with events that change none: one on which no facts hang, if there is one."""
        hung = {fact.held_with for fact in self._model.facts}
        return max((index for index in range(len(self._model.holdings)) if index not in hung), default=len(self._model.holdings) - 1)

    @property
    def dummy_forgets(self) -> bool:
        """Do facts hang even on that one?"""
        return any(fact.held_with == self._dummy for fact in self._model.facts)

    def first_effects(self) -> list[int]:
        """Where each event's effects begin, and the end."""
        starts = [0]
        for event in self._model.events:
            starts.append(starts[-1] + len(self.effects(event)))
        return starts

    def fact_changes(self, event: Event) -> list[tuple[int, str, str, str]]:
        """What an event itself does to facts: for each field that has some of them, the bits to clear, those to set, as expressions of
        C, and the facts' names.
        """
        by_argument = {item.sets: index for index, item in enumerate(event.arguments) if item.sets is not None}
        changed = sorted({*event.sets, *event.clears, *by_argument})
        found = []
        for field, clear in self._fields_of(changed):
            facts = [fact for fact in changed if self._bit(fact) // 16 == field]
            constant_bits = sum(1 << self._bit(fact) % 16 for fact in facts if fact in event.sets)
            terms = [_short(constant_bits)] if constant_bits else []
            shifts: dict[int, int] = {}
            for fact in facts:
                if fact in by_argument:
                    shift = self._bit(fact) % 16 - by_argument[fact]
                    shifts[shift] = shifts.get(shift, 0) | 1 << by_argument[fact]
            for shift, asked in shifts.items():
                given = "args" if asked == (1 << len(event.arguments)) - 1 else f"(args & {_short(asked)})"
                terms.append(f"{given} << {shift}" if shift > 0 else f"{given} >> {-shift}" if shift else given)
            names = ", ".join(self._model.facts[fact].name for fact in facts)
            found.append((field, clear, " | ".join(f"({term})" if terms[1:] and " " in term else term for term in terms) or "0", names))
        return found

    def changes(self, event: Event) -> bool:
        """Does the event itself set or clear facts?"""
        return bool(event.sets or event.clears or any(item.sets is not None for item in event.arguments))

    def _bit(self, fact: int) -> int:
        """The place of a fact in the struct."""
        return self._tables.layout.state_bits + fact

    def _fields_of(self, facts: Iterable[int]) -> list[tuple[int, str]]:
        """The fields that have some facts, and their bits in each, in C; where no others are in a field, all bits, which is less code."""
        bits: dict[int, int] = {}
        for place in map(self._bit, facts):
            bits[place // 16] = bits.get(place // 16, 0) | 1 << place % 16
        used = self._tables.layout.used
        return [(field, _short(LIMIT if used >> 16 * field & LIMIT == part else part)) for field, part in bits.items()]

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

    def _condition(self, condition: Condition) -> str:
        """A condition as an expression of C over `m` and `args`."""
        every = [" && ".join(self._atom(atom) for atom in atoms) for atoms in condition.alternatives]
        return " || ".join(f"({part})" if len(every) > 1 and " && " in part else part for part in every)

    def _atom(self, atom: Atom) -> str:
        if atom.subject is Subject.ARGUMENT:
            return f"(args & {1 << atom.index}u) {'!=' if atom.relation == '>' else '=='} 0"
        if atom.subject is Subject.FACT:
            place = self._bit(atom.index)
            return f"({_PREFIX}_count(m, {place // 16}) & {_short(1 << place % 16)}) {'!=' if atom.relation == '>' else '=='} 0"
        if atom.subject is Subject.HOLDING:
            held = f"{_PREFIX}_count(m, {self._tables.layout.first_count + atom.index})"
        else:
            held = f"{_PREFIX}_held(m, {constant(self._prefix, 'held', self._model.groups[atom.index].name)})"
        relation, number = ("!=", 0) if (atom.relation, atom.number) == (">", 0) else (atom.relation, atom.number)
        return f"{held} {relation} {number}"


def _struct(*columns: tuple[str, int, int]) -> tuple[list[str], list[str]]:
    """The members of a struct of tables, in C: as bytes or more, and as bit-fields. A column is its name, its least and its most."""
    large = [f"{'int8_t' if least < 0 else smallest(most)} {name};" for name, least, most in columns]
    return large, packing.fields(*columns)


def _bits_of(word: str, bits: int, size: int) -> str:
    """Some bits of a word, as an expression of C that is 0 if they are; a shift, where it does, is less code than a constant."""
    low = (bits & -bits).bit_length() - 1
    if size == 16 and bits >> low == (1 << size - low) - 1:
        return f"{word} >> {low}" if low else word
    return f"{word} & {_hex(bits) if size > 16 else _short(bits)}"


def _short(number: int) -> str:
    """A constant of C for bits of a field."""
    return f"0x{number:X}u"


def _hex(number: int) -> str:
    return f"UINT64_C(0x{number:X})" if number else "0"
