"""The machine as tables: what Ragel compiled, in the form in which the header carries it.

An event in a state is refused, by a rule or none, or selects a *row*: the needs that are judged and the branches that may be
taken. Equal rows are one, and events that have the same in every state share their line of cells, so both are far fewer
than states times events. Each row also has a *shortcut*: a test of one count and of a few bits, which, if it passes, proves
that the event is accepted, and says which state follows. It is what makes an event cheap; whatever fails it is judged by the
row, exactly. So a shortcut may be too strict but never too lenient.
"""

from dataclasses import dataclass, field

from model import LIMIT, STAY, Atom, Condition, Event, Lifecycle, Subject
from ragel import Machine, Transition

FIELDS = 4
"""16-bit fields in a word of the machine's struct."""


@dataclass(frozen=True)
class Layout:
    """Where things are in the struct, in fields of 16 bits, four to a word: the state, the facts, then the counts.

    The state has the lowest `state_bits`; fact n is bit `state_bits + n`; holding n is field `first_count + n`. `unused`
    has, for each word, the bits that are always 0.
    """

    words: int
    state_bits: int
    first_count: int
    unused: tuple[int, ...]


Masks = tuple[tuple[int, int], ...]
"""Bits of the struct: at most two pairs of a word and a mask of it."""

ALWAYS, NEVER = 0, 1
"""The tests of no bits: that all of them are 0, and that some are not."""


@dataclass(frozen=True)
class Shortcut:
    """Passes if the event's count is at least `least` and is from 0 to LIMIT after the event, and `test` passes. `next`: the state
    that follows then, or STAY.
    """

    least: int = 0
    test: int = NEVER
    next: int = STAY


@dataclass(frozen=True)
class NeedEntry:
    """A need in a row: the rule is cited if the event comes with the argument of this bit (0: always) and the test fails."""

    test: int
    argument: int
    rule: int


@dataclass(frozen=True)
class Row:
    """What an event comes to in a state where it has a move: `needs` are in the order of judging, `branches` are (test, state
    or STAY), the first that passes after the effect.
    """

    needs: tuple[NeedEntry, ...]
    branches: tuple[tuple[int, int], ...]
    shortcut: Shortcut


@dataclass
class Tables:
    """All tables. A test is a number: 2 * n asks whether all bits of mask n are 0, 2 * n + 1 whether some are not; the
    conditions that are no such question are -1, -2, ... in the order of `conditions`.
    """

    layout: Layout
    masks: dict[Masks, int] = field(default_factory=lambda: {(): 0})
    conditions: dict[Condition, int] = field(default_factory=dict)
    rows: dict[Row, int] = field(default_factory=dict)
    lines: dict[tuple[int, ...], int] = field(default_factory=dict)
    """For each state the number of a row, or -1 - n: refused by rule n, or by none if n is the number of rules."""
    line_of: list[int] = field(default_factory=list)
    """The line of each event."""
    compared: set[Atom] = field(default_factory=set)
    """The comparisons of the conditions with a number above 0."""
    warnings: list[list[int]] = field(default_factory=list)
    """The test of each warning of each event."""


def tabulate(model: Lifecycle, machine: Machine) -> Tables:
    """The tables of a machine that Ragel compiled."""
    tables = Tables(_lay_out(model))
    for index, event in enumerate(model.events):
        line = tuple(_cell(model, tables, event, state, machine.transitions[state][index]) for state in range(len(model.states)))
        tables.line_of.append(tables.lines.setdefault(line, len(tables.lines)))
        tables.warnings.append([_test(model, tables, warning.condition) for warning in event.warnings])
    if not tables.rows:  # nothing is ever legal, but C has no table without entries
        tables.rows[Row((), ((ALWAYS, STAY),), Shortcut())] = 0
    return tables


def _lay_out(model: Lifecycle) -> Layout:
    state_bits = 8 if len(model.states) <= 256 else 16
    status = -(-(state_bits + len(model.facts)) // 16)
    spare = -(status + len(model.holdings)) % FIELDS
    first = status + spare if status + spare <= FIELDS else status
    words = (status + spare + len(model.holdings)) // FIELDS
    used = (1 << (state_bits + len(model.facts))) - 1
    for holding in range(len(model.holdings)):
        used |= LIMIT << (16 * (first + holding))
    every = (1 << 64) - 1
    return Layout(words, state_bits, first, tuple(every & ~(used >> (64 * word)) for word in range(words)))


def _cell(model: Lifecycle, tables: Tables, event: Event, state: int, transitions: tuple[Transition, ...]) -> int:
    if not any(item.letter.reason == "accepted" for item in transitions):
        refusal = next((item.letter.rule for item in transitions if item.letter.reason == "state"), None)
        return -1 - (len(model.rules) if refusal is None else refusal)
    return tables.rows.setdefault(_row(model, tables, event, state, transitions), len(tables.rows))


def _row(model: Lifecycle, tables: Tables, event: Event, state: int, transitions: tuple[Transition, ...]) -> Row:
    needs = []
    branches = []
    for item in transitions:
        need, letter = item.letter.need, item.letter
        if need:
            argument = 0 if need.argument is None else 1 << need.argument
            needs.append(NeedEntry(_test(model, tables, need.condition), argument, need.rule))
        elif letter.reason == "accepted":
            branch = model.choices[letter.choice].branches[letter.branch or 0] if letter.choice is not None else None
            stays = item.target == state and (branch is None or branch.target == STAY)
            test = _test(model, tables, branch.condition) if branch and branch.condition else ALWAYS
            branches.append((test, STAY if stays else item.target))
    return Row(tuple(needs), tuple(branches), _Shortcut(model, tables, event, state, transitions).made())


def _test(model: Lifecycle, tables: Tables, condition: Condition) -> int:
    """The test that asks a condition: of a mask where it is such a question, else a condition of its own."""
    tables.compared.update(atom for atoms in condition.alternatives for atom in atoms if atom.number > 0)
    masks = None
    for wanted in (0, 1):
        asked = condition.alternatives[0] if not wanted else tuple(atoms[0] for atoms in condition.alternatives)
        if len(asked) == sum(map(len, condition.alternatives)):
            bits = [_bits_asked(model, tables.layout, atom, wanted) for atom in asked]
            if None not in bits:
                masks = masks_of(set().union(*(some for some in bits if some)))
                break
    if masks is None:
        return -1 - tables.conditions.setdefault(condition, len(tables.conditions))
    return 2 * tables.masks.setdefault(masks, len(tables.masks)) + wanted


def _bits_asked(model: Lifecycle, layout: Layout, atom: Atom, wanted: int) -> set[int] | None:
    """The bits of which some are 1 (`wanted` is 1) or all are 0, exactly if the atom is true; None if there are no such bits.

    That a count is greater than 2 ** n - 1 can be seen in its bits from n on.
    """
    if atom.subject is Subject.ARGUMENT:
        return None
    more = {1: {">": 0, ">=": -1}, 0: {"<=": 0, "<": -1}}[wanted].get(atom.relation)
    if (is_some if wanted else is_none)(atom):
        return bits_of(model, layout, atom)
    if more is None or atom.subject is not Subject.HOLDING or atom.number + more & atom.number + more + 1:
        return None
    first = 16 * (layout.first_count + atom.index)
    return set(range(first + (atom.number + more).bit_length(), first + 16)) or None


def is_some(atom: Atom) -> bool:
    """Does the atom ask whether something is held, or a fact is true?"""
    return atom.subject is not Subject.ARGUMENT and (atom.relation, atom.number) in ((">", 0), (">=", 1), ("!=", 0))


def is_none(atom: Atom) -> bool:
    """Does the atom ask whether nothing is held, or a fact is false?"""
    return atom.subject is not Subject.ARGUMENT and (atom.relation, atom.number) in (("==", 0), ("<", 1), ("<=", 0))


def bits_of(model: Lifecycle, layout: Layout, atom: Atom) -> set[int]:
    """The bits of the struct that are all 0 exactly if the atom's subject is 0; bit 64 is the lowest of the second word."""
    if atom.subject is Subject.FACT:
        return {layout.state_bits + atom.index}
    members = model.groups[atom.index].members if atom.subject is Subject.GROUP else (atom.index,)
    return {bit for member in members for bit in count_bits(layout, member)}


def count_bits(layout: Layout, holding: int) -> set[int]:
    """The bits of a holding's count."""
    first = 16 * (layout.first_count + holding)
    return set(range(first, first + 16))


def masks_of(bits: set[int]) -> Masks | None:
    """Bits as masks, or None if they stand in more words than a test looks at."""
    words = sorted({bit // 64 for bit in bits})
    masks = tuple((word, sum(1 << bit % 64 for bit in bits if bit // 64 == word)) for word in words)
    return masks if len(masks) <= 2 else None


class _Impossible(Exception):
    """No test of this form would be safe."""


class _Shortcut:
    """Derives the shortcut of an event in a state: what it may assume, as bits, and the state that follows then."""

    def __init__(self, model: Lifecycle, tables: Tables, event: Event, state: int, transitions: tuple[Transition, ...]) -> None:
        self._model = model
        self._tables = tables
        self._layout = tables.layout
        self._event = event
        self._state = state
        self._transitions = transitions
        self._own = (*event.takes, *event.gives_back)
        self._least = 0
        self._none: set[int] = set()
        self._some: set[int] | None = None

    def made(self) -> Shortcut:
        try:
            return self._make()
        except _Impossible:
            return Shortcut()

    def _make(self) -> Shortcut:
        event = self._event
        if len(self._own) > 1 or event.sets or event.clears or any(item.sets is not None for item in event.arguments):
            raise _Impossible
        if any(fact.held_with in event.gives_back for fact in self._model.facts):
            self._least = 2
        for item in self._transitions:
            if item.letter.need and item.letter.need.argument is None:
                self._assume(item.letter.need.condition)
        target = self._target()
        if self._some is not None and self._none:
            raise _Impossible
        if self._least > LIMIT:
            raise _Impossible
        masks = masks_of(self._none if self._some is None else self._some)
        if masks is None:
            raise _Impossible
        number = self._tables.masks.setdefault(masks, len(self._tables.masks))
        return Shortcut(self._least, 2 * number + (self._some is not None), target)

    def _assume(self, condition: Condition) -> None:
        """Takes on one alternative of a need, the first that can be said; an alternative is stricter than the whole."""
        if all(len(atoms) == 1 and is_some(atoms[0]) for atoms in condition.alternatives):
            if self._some is not None:
                raise _Impossible
            self._some = set().union(*(bits_of(self._model, self._layout, atoms[0]) for atoms in condition.alternatives))
            return
        for atoms in condition.alternatives:
            if all(self._says(atom) for atom in atoms):
                for atom in atoms:
                    self._assume_atom(atom)
                return
        raise _Impossible

    def _is_own(self, atom: Atom) -> bool:
        return atom.subject is Subject.HOLDING and atom.index in self._own

    def _says(self, atom: Atom) -> bool:
        own_least = self._is_own(atom) and atom.relation in (">", ">=")
        absent = atom.subject is Subject.ARGUMENT and atom.relation == "=="
        return own_least or absent or is_none(atom)

    def _assume_atom(self, atom: Atom) -> None:
        if is_none(atom):
            self._none |= bits_of(self._model, self._layout, atom)
        elif atom.subject is not Subject.ARGUMENT:
            self._least = max(self._least, atom.number + (atom.relation == ">"))

    def _target(self) -> int:
        """The state that follows if the event's own count is not 0 afterwards: found among the branches in their order."""
        accepted = [item for item in self._transitions if item.letter.reason == "accepted"]
        if accepted[0].letter.choice is None:
            return self._stays(accepted[0])
        branches = self._model.choices[accepted[0].letter.choice].branches
        if self._event.gives_back:
            self._least = max(self._least, 2)
        for item in accepted:
            condition = branches[item.letter.branch or 0].condition
            if condition is None or self._holds(condition):
                return self._stays(item)
            self._exclude(condition)
        raise _Impossible

    def _stays(self, item: Transition) -> int:
        return STAY if item.target == self._state else item.target

    def _holds(self, condition: Condition) -> bool:
        """Is the condition true after the effect, for certain? It is if it wants some of what the event holds itself."""
        return any(
            len(atoms) == 1 and is_some(atoms[0]) and self._own_bits() <= bits_of(self._model, self._layout, atoms[0]) and bool(self._own)
            for atoms in condition.alternatives
        )

    def _exclude(self, condition: Condition) -> None:
        """Assumes what makes a branch's condition false: that none is held of what it wants."""
        for atoms in condition.alternatives:
            atom = atoms[0]
            if len(atoms) > 1:
                raise _Impossible
            if is_some(atom):
                self._none |= bits_of(self._model, self._layout, atom)
            elif not (is_none(atom) and self._is_own(atom)):
                raise _Impossible
        if self._none & self._own_bits():
            raise _Impossible

    def _own_bits(self) -> set[int]:
        return {bit for holding in self._own for bit in count_bits(self._layout, holding)}
