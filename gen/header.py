"""The header that a client embeds: the model's names and texts, and the tables, put into the template."""

import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import output
from model import LIMIT, STAY, Atom, Condition, Event, Lifecycle, State, Subject
from names import constant
from ragel import Machine
from way import NO_WAY, Step, distances, lone_target, steps_into, steps_out, ways_to
from tables import Row, Tables, tabulate


_TRIES = 100000
"""How many words of a machine an explanation looks at, about, when it tries events."""


@dataclass(frozen=True)
class _Lists:
    """Lists of entries laid one after another in one array; equal lists are one. `start` is where a list begins."""

    lists: list[tuple[tuple[int, ...], ...]]
    start: dict[tuple[tuple[int, ...], ...], int]


_PREFIX = "\ue000"
"""Stands for the lifecycle's name while a header is made."""

_NO_CODE = re.compile(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"|^ *#(?:\\\n|[^\n])*', re.DOTALL | re.MULTILINE)
"""Comments, strings and directives."""


def header(model: Lifecycle, machine: Machine) -> str:
    """The text of NAME.h."""
    tables = tabulate(model, machine)
    text = output.render(
        "header.h.j2",
        model=model,
        tables=tables,
        view=_View(model, tables),
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
        self.mask_count = len(tables.masks)
        self.masks = self._single_masks()
        self.needs = _lists((self._needs(row) for row in self.rows))
        self.branches = _lists((self._branches(row) for row in self.rows))
        deciding = {item.test for row in self.rows for item in row.needs} | {test for row in self.rows for test, _ in row.branches}
        own = {condition: -1 - number for condition, number in tables.conditions.items()}
        self.conditions = self._conditions(own, lambda test: test in deciding)
        self.warning_conditions = self._conditions(own, lambda test: test not in deciding)
        self.warnings = [
            (self.test(test), warning.rule)
            for event, tests in zip(model.events, tables.warnings, strict=True)
            for warning, test in zip(event.warnings, tests, strict=True)
        ]
        self.first_warning = list(itertools.accumulate((len(event.warnings) for event in model.events), initial=0))
        self.final = [index for index, state in enumerate(model.states) if state.final]
        self.must_return = self._fields(index for index, item in enumerate(model.holdings) if not item.may_remain)
        self.one_effect = all(len(event.takes) + len(event.gives_back) <= 1 for event in model.events)
        self.has_arguments = any(event.arguments for event in model.events)
        self.has_needs = any(row.needs for row in self.rows)
        self.asks = self.has_needs or any(len(row.branches) > 1 for row in self.rows)
        self.arguments_have_needs = any(need.argument for row in self.rows for need in row.needs)
        self.changes_facts = [event for event in model.events if self.fact_changes(event)]
        self.forgetting = [
            (index, holding, self._fact_mask(number for number, fact in enumerate(model.facts) if fact.held_with == index))
            for index, holding in enumerate(model.holdings)
            if any(fact.held_with == index for fact in model.facts)
        ]
        far = distances(model)
        most = 0xFFFF
        self.distances = [most if distance == NO_WAY else distance for distance in far]
        self.steps_out = steps_out(model)
        self.may_remain = [index for index, holding in enumerate(model.holdings) if holding.may_remain]
        self.remaining = [model.holdings[index].name for index in self.may_remain]
        self.remaining += [group.name for group in model.groups if set(group.members) <= set(self.may_remain)]
        self._choose_types()

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

    def _choose_types(self) -> None:
        """The smallest types for what the tables hold."""
        model, tables = self._model, self._tables
        test = self.test(-len(tables.conditions))
        entries = max(sum(map(len, self.needs.lists)), sum(map(len, self.branches.lists)))
        self.event_type = _smallest(len(model.events))
        self.state_type = _smallest(len(model.states))
        self.distance_type = _smallest(max(self.distances))
        self.argument_type = _smallest(max((1 << len(event.arguments)) - 1 for event in model.events))
        self.effect_type = _smallest(self.first_effects()[-1])
        self.cell_type = _smallest(len(self.rows) + len(model.rules))
        self.line_type = _smallest(len(tables.lines))
        self.field_type = _smallest(tables.layout.words * 4)
        self.word_type = _smallest(max(tables.layout.words, len(self.masks)))
        least = max(row.shortcut.least for row in self.rows)
        self.entry_type = _smallest(max(entries, least, len(model.states), test))
        self.need_type = _smallest(max(2 * test + 1, len(model.rules)))
        self.held_type = _smallest(len(model.holdings) + len(model.groups))
        self.branch_type = _smallest(max(test, len(model.states)))
        self.warning_type = _smallest(max(test, len(model.rules), len(self.warnings)))

    def test(self, number: int) -> int:
        """A test's number in C: the conditions of their own follow those of the masks."""
        return number if number >= 0 else 2 * len(self._tables.masks) - 1 - number

    def _conditions(self, own: dict[Condition, int], chosen: Callable[[int], bool]) -> list[tuple[int, str, str]]:
        """Of the conditions that are no question of a mask, the tests' numbers, the spec's wording and C."""
        return [(self.test(test), item.text, self._condition(item)) for item, test in own.items() if chosen(test)]

    def calls(self) -> list[str]:
        """What explanations call each event: the real call and the event's name, or the name and what it is."""
        return [f"{event.call} ({event.name})" if event.call else _titled(event) for event in self._model.events]

    @property
    def tries(self) -> int:
        """How many events in a row an explanation tries: fewer where there are many to choose from, and much to change."""
        return max(_TRIES // (len(self._model.events) * (4 + self._tables.layout.words)), 4)

    def bounds(self) -> list[tuple[int, int]]:
        """(holding, number) of each number above 0 that a condition compares with; groups follow the holdings."""
        atoms = self._tables.compared
        first = {Subject.HOLDING: 0, Subject.GROUP: len(self._model.holdings)}
        return sorted({(first[atom.subject] + atom.index, atom.number) for atom in atoms if atom.subject in first})

    @property
    def status_mask(self) -> str:
        """The bits of the first word that are no counts."""
        return _hex((1 << 16 * self._tables.layout.first_count) - 1)

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
        for masks in self._tables.masks:
            bits = sum(mask << 64 * word for word, mask in masks)
            held = [index for index in range(len(model.holdings)) if bits >> 16 * (layout.first_count + index) & LIMIT]
            facts = [index for index in range(len(model.facts)) if bits >> layout.state_bits + index & 1]
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

    def _needs(self, row: Row) -> tuple[tuple[int, ...], ...]:
        """A row's needs as their table has them: twice the test, and 1 added for the last."""
        needs = [(2 * self.test(need.test), need.argument, need.rule) for need in row.needs] or [(0, 0, 0)]
        return (*needs[:-1], (needs[-1][0] + 1, *needs[-1][1:]))

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

    def unsound(self) -> tuple[str, bool]:
        """The bits of which none may be set, and whether they tell the state's range too: they do if the states are a power of two."""
        first, *others = self._tables.layout.unused
        states = len(self._model.states)
        told = states & states - 1 == 0
        beyond = (1 << self._tables.layout.state_bits) - states if told else 0
        return self.masked([first | beyond, *others]), told

    def masked(self, masks: Iterable[int]) -> str:
        """The bits of some masks, one for each word, as an expression of C; empty where there are none."""
        terms = [f"m->word[{word}] & {_hex(mask)}" for word, mask in enumerate(masks) if mask]
        return terms[0] if len(terms) == 1 else " |\n            ".join(f"({term})" for term in terms)

    def row_entries(self) -> Iterator[tuple[tuple[int, int, int, int, int], str]]:
        """What the table of rows holds, line by line, and what a line says."""
        for row in self.rows:
            shortcut = row.shortcut
            needs, branches = self.needs.start[self._needs(row)], self.branches.start[self._branches(row)]
            yield (shortcut.least, shortcut.test, self.stored(shortcut.next), needs, branches), self._row_comment(row)

    def event_entries(self) -> Iterator[tuple[str, str]]:
        """What the table of events holds, line by line, and what a line says."""
        at = 0
        for event, line in zip(self._model.events, self._tables.line_of, strict=True):
            effects = self.effects(event)
            arguments = ((1 << len(event.arguments)) - 1,) if self.has_arguments else ()
            does = ", ".join(f"{'+' if change > 0 else '-'} {name}" for _, change, name in effects if change)
            if not self.one_effect:
                begin = f"{at}, "
            elif self._model.holdings:
                begin = "{%d, %d}, " % effects[0][:2]
            else:
                begin = ""
            yield "{" + begin + ", ".join(map(str, (*arguments, line))) + "}", f"{event.name}: {does}" if does else event.name
            at += len(effects)
        if not self.one_effect:
            yield f"{{{at}, {'0, ' if self.has_arguments else ''}0}}", "the end"

    def cell_lines(self) -> Iterator[tuple[list[int], str]]:
        """What an event comes to in each state, for each line of the table, and the events that have it."""
        names_of: dict[int, list[str]] = {}
        for event, number in zip(self._model.events, self._tables.line_of, strict=True):
            names_of.setdefault(number, []).append(event.name)
        for line, number in self._tables.lines.items():
            names = names_of[number]
            more = f" and {len(names) - 3} more" if len(names) > 4 else ""
            yield self.as_stored([self._cell(cell) for cell in line]), ", ".join(names[:3] if more else names) + more

    def _cell(self, cell: int) -> int:
        """A cell's number in C: behind the rows, the rules that refuse."""
        return cell if cell >= 0 else len(self.rows) - 1 - cell

    def _row_comment(self, row: Row) -> str:
        needs = ", ".join(self._model.rules[need.rule].name for need in row.needs)
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
        last = first + len(self._model.holdings) - 1
        return found or [(last, 0, "")]

    def first_effects(self) -> list[int]:
        """Where each event's effects begin, and the end."""
        starts = [0]
        for event in self._model.events:
            starts.append(starts[-1] + len(self.effects(event)))
        return starts

    def set_by_arguments(self, event: Event) -> list[tuple[str, str]]:
        """The facts that an event's arguments set, as terms of C with the facts' names; those that stand alike are one term."""
        runs: dict[int, list[tuple[int, int]]] = {}
        for index, argument in enumerate(event.arguments):
            if argument.sets is not None:
                runs.setdefault(self._tables.layout.state_bits + argument.sets - index, []).append((index, argument.sets))
        terms = []
        for shift, pairs in runs.items():
            given = f"(uint64_t)(args & 0x{sum(1 << index for index, _ in pairs):X}u)"
            moved = f"{given} << {shift}" if shift >= 0 else f"{given} >> {-shift}"
            terms.append((moved, ", ".join(self._model.facts[fact].name for _, fact in pairs)))
        return terms

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

    def _condition(self, condition: Condition) -> str:
        """A condition as an expression of C over `m` and `args`."""
        every = [" && ".join(self._atom(atom) for atom in atoms) for atoms in condition.alternatives]
        return " || ".join(f"({part})" if len(every) > 1 and " && " in part else part for part in every)

    def _atom(self, atom: Atom) -> str:
        if atom.subject is Subject.ARGUMENT:
            return f"(args & {1 << atom.index}u) {'!=' if atom.relation == '>' else '=='} 0"
        if atom.subject is Subject.FACT:
            return f"(m->word[0] & {self.fact_bit(atom.index)}) {'!=' if atom.relation == '>' else '=='} 0"
        if atom.subject is Subject.HOLDING:
            held = f"{_PREFIX}_count(m, {self._tables.layout.first_count + atom.index})"
        else:
            held = f"{_PREFIX}_held(m, {constant(self._prefix, 'held', self._model.groups[atom.index].name)})"
        relation, number = ("!=", 0) if (atom.relation, atom.number) == (">", 0) else (atom.relation, atom.number)
        return f"{held} {relation} {number}"


def _titled(item: State | Event) -> str:
    """A name and what it means, if that is more than its words."""
    return item.name if item.title == item.name.replace("_", " ") else f"{item.name} ({item.title})"


def _lists(lists: Iterable[tuple[tuple[int, ...], ...]]) -> _Lists:
    found = _Lists([], {})
    at = 0
    for entries in lists:
        if entries not in found.start:
            found.start[entries] = at
            found.lists.append(entries)
            at += len(entries)
    return found


def _smallest(most: int) -> str:
    """The smallest unsigned type that holds 0 to `most`."""
    return "uint8_t" if most <= 0xFF else "uint16_t" if most <= 0xFFFF else "uint32_t"


def _hex(number: int) -> str:
    return f"UINT64_C(0x{number:X})" if number else "0"
