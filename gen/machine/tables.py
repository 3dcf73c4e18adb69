"""The machine as tables: what Ragel compiled, in the form in which the header carries it.

An event in a state is refused, by a rule or none, or selects a *row*: a list of steps that judge it, and the branches that may
be taken. Equal rows are one, and events that have the same in every state share their line of cells, so both are far fewer
than states times events. Each row also has a *shortcut*: a test of one count and of a few bits, which, if it passes, proves
that the event is accepted, and says which state follows. It is what makes an event cheap; whatever fails it is judged by the
row, exactly. So a shortcut may be too strict but never too lenient.
"""

from dataclasses import dataclass, field, replace

from machine.ragel import Machine, Transition
from model import LIMIT, STAY, Atom, Condition, Event, Lifecycle, Need, Subject

FIELDS = 4
"""16-bit fields in a word of the machine's struct."""


@dataclass(frozen=True)
class Layout:
    """Where things are in the struct, in fields of 16 bits, four to a word: the state, the facts, then the counts.

    The state has the lowest `state_bits`; fact n is bit `state_bits + n`; holding n is field `first_count + n`. `used`
    has the bits that are not always 0. The state has a field of its own, unless it takes a word less to share it with facts.
    """

    words: int
    state_bits: int
    first_count: int
    used: int


Masks = tuple[tuple[int, int], ...]
"""Bits of the struct: at most two pairs of a word and a mask of it."""

ALWAYS, NEVER = 0, 1
"""The tests of no bits: that all of them are 0, and that some are not. Of any test, `test ^ 1` is the opposite."""


@dataclass(frozen=True)
class Shortcut:
    """Passes if the event's count is at least `least` and is from 0 to LIMIT after the event, and `test` passes. `next`: the state
    that follows then, or STAY.
    """

    least: int = 0
    test: int = NEVER
    next: int = STAY


@dataclass(frozen=True)
class Step:
    """One of a list, of which the first decides whose test passes, and whose argument is given if it names one by its bit (0: none).

    It refuses by `rule`, or accepts if that is None. `question` is the test that passes if the need holds of which the step is
    made: a need may take several steps.
    """

    test: int
    argument: int
    rule: int | None
    question: int


@dataclass(frozen=True)
class Row:
    """What an event comes to in a state where it has a move: the `steps` judge it, and the last of them accepts; `branches` are
    (test, state or STAY), the first that passes after the effect.
    """

    steps: tuple[Step, ...]
    branches: tuple[tuple[int, int], ...]
    shortcut: Shortcut


@dataclass
class Tables:
    """All tables. A test is a number: 2 * n asks whether all bits of mask n are 0, 2 * n + 1 whether some are not. Of the
    conditions that are no such question, -1 - 2 * n asks whether the one with number n is false, -2 - 2 * n whether it is true.
    The masks from `for_shortcuts` on are asked by shortcuts alone.
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
    for_shortcuts: int = 0


def tabulate(model: Lifecycle, machine: Machine) -> Tables:
    """The tables of a machine that Ragel compiled."""
    tables = Tables(_lay_out(model))
    judged = {}
    for index, event in enumerate(model.events):
        for state in range(len(model.states)):
            transitions = machine.transitions[state][index]
            if any(item.letter.reason == "accepted" for item in transitions):
                judged[index, state] = _steps(model, tables, transitions), _branches(model, tables, state, transitions)
        tables.warnings.append([_test(model, tables, warning.condition) for warning in event.warnings])
    tables.for_shortcuts = len(tables.masks)
    for index, event in enumerate(model.events):
        line = []
        for state in range(len(model.states)):
            transitions = machine.transitions[state][index]
            if (index, state) not in judged:
                refusal = next((item.letter.rule for item in transitions if item.letter.reason == "state"), None)
                line.append(-1 - (len(model.rules) if refusal is None else refusal))
                continue
            shortcut = _Shortcut(model, tables, event, state, transitions).made()
            line.append(tables.rows.setdefault(Row(*judged[index, state], shortcut), len(tables.rows)))
        tables.line_of.append(tables.lines.setdefault(tuple(line), len(tables.lines)))
    if not tables.rows:  # nothing is ever legal, but C has no table without entries
        tables.rows[Row((_ACCEPT,), ((ALWAYS, STAY),), Shortcut())] = 0
    return tables


def _lay_out(model: Lifecycle) -> Layout:
    alone, shared = (-(-(bits + len(model.facts)) // 16) for bits in (16, 8))
    is_shared = len(model.states) <= 256 and _words(shared, model) < _words(alone, model)
    state_bits, status = (8, shared) if is_shared else (16, alone)
    words = _words(status, model)
    spare = words * FIELDS - status - len(model.holdings)
    first = status + spare if status + spare <= FIELDS else status
    used = (1 << (state_bits + len(model.facts))) - 1
    for holding in range(len(model.holdings)):
        used |= LIMIT << (16 * (first + holding))
    return Layout(words, state_bits, first, used)


def _words(status: int, model: Lifecycle) -> int:
    """The words of a struct whose state and facts take so many fields."""
    return -(-(status + len(model.holdings)) // FIELDS)


_ACCEPT = Step(ALWAYS, 0, None, ALWAYS)


def _steps(model: Lifecycle, tables: Tables, transitions: tuple[Transition, ...]) -> tuple[Step, ...]:
    """The needs of an event in a state as steps, in the order of judging."""
    needs = [item.letter.need for item in transitions if item.letter.need]
    steps = [step for need in needs for step in _steps_of(model, tables, need, need is needs[-1])]
    return (*steps, _ACCEPT)


def _steps_of(model: Lifecycle, tables: Tables, need: Need, is_last: bool) -> list[Step]:
    """A need as steps. One whose condition is no question of a mask may come to several that are: to one for each thing that it
    wants; or, where no other need follows, to one for each of the alternatives that are enough.
    """
    condition = need.condition
    argument = 0 if need.argument is None else 1 << need.argument
    question = _test(model, tables, condition)
    is_any = len(condition.alternatives) > 1
    parts = [question]
    if question < 0 and (is_last or not is_any):
        wanted = condition.alternatives if is_any else [(atom,) for atom in condition.alternatives[0]]
        conditions = [replace(condition, alternatives=(atoms,)) for atoms in wanted]
        if all(_masks_asked(model, tables.layout, part) for part in conditions):
            parts = [_test(model, tables, part) for part in conditions]
    enough = parts[:-1] if is_any else []
    steps = [Step(part, argument, None, question) for part in enough]
    return steps + [Step(part ^ 1, argument, need.rule, question) for part in parts[len(enough) :]]


def _branches(model: Lifecycle, tables: Tables, state: int, transitions: tuple[Transition, ...]) -> tuple[tuple[int, int], ...]:
    branches = []
    for item in transitions:
        letter = item.letter
        if letter.reason == "accepted":
            branch = model.choices[letter.choice].branches[letter.branch or 0] if letter.choice is not None else None
            stays = item.target == state and (branch is None or branch.target == STAY)
            test = _test(model, tables, branch.condition) if branch and branch.condition else ALWAYS
            branches.append((test, STAY if stays else item.target))
    return tuple(branches)


def _test(model: Lifecycle, tables: Tables, condition: Condition) -> int:
    """The test that asks a condition: of a mask where it is such a question, else a condition of its own."""
    tables.compared.update(atom for atoms in condition.alternatives for atom in atoms if atom.number > 0)
    asked = _masks_asked(model, tables.layout, condition)
    if asked is None:
        return -2 - 2 * tables.conditions.setdefault(condition, len(tables.conditions))
    masks, wanted = asked
    return 2 * tables.masks.setdefault(masks, len(tables.masks)) + wanted


def _masks_asked(model: Lifecycle, layout: Layout, condition: Condition) -> tuple[Masks, int] | None:
    """The masks of which some bits are 1 (with 1) or all are 0 (with 0), exactly if the condition is true; None if there are none."""
    for wanted in (0, 1):
        asked = condition.alternatives[0] if not wanted else tuple(atoms[0] for atoms in condition.alternatives)
        if len(asked) == sum(map(len, condition.alternatives)):
            bits = [_bits_asked(model, layout, atom, wanted) for atom in asked]
            if None not in bits:
                masks = masks_of(set().union(*(some for some in bits if some)))
                return None if masks is None else (masks, wanted)
    return None


def _bits_asked(model: Lifecycle, layout: Layout, atom: Atom, wanted: int) -> set[int] | None:
    """The bits of which some are 1 (`wanted` is 1) or all are 0, exactly if the atom is true; None if there are no such bits.

    That a count is greater than 2 ** n - 1 can be seen in its bits from n on.
    """
    if atom.subject is Subject.ARGUMENT:
        return None
    more = {1: {">": 0, ">=": -1}, 0: {"<=": 0, "<": -1}}[wanted].get(atom.relation)
    if (is_some if wanted else is_none)(atom):
        return bits_of(model, layout, atom)
    if more is None or atom.subject is not Subject.HOLDING or atom.number + more < 0 or atom.number + more & atom.number + more + 1:
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
