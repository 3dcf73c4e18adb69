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


@dataclass(frozen=True)
class Layout:
    """Where things are in the struct: `words` status words, each of `word_bits` bits, and then `counts` fields of 16 bits.

    The bits of the status words, from the lowest of the first word on, are the state (`state_bits`), a bit for each of the `facts`, and a
    presence bit for each holding: its count is not 0. The count of holding n is field n. Where some event holds nothing there is
    a *dummy* count behind those of the `holdings`, which is always 0; and 0 are the fields and bits that fill the struct up.
    """

    word_bits: int
    words: int
    state_bits: int
    facts: int
    holdings: int
    has_dummy: bool
    counts: int

    @property
    def size(self) -> int:
        """Bytes of the struct."""
        return self.words * self.word_bits // 8 + 2 * self.counts

    @property
    def first_presence(self) -> int:
        """The bit of the first holding; the others follow in their order, and the dummy's, which is always 0."""
        return self.state_bits + self.facts

    @property
    def used(self) -> int:
        """The bits of the status words that are not always 0, as one number."""
        return (1 << self.first_presence + self.holdings) - 1

    def fact(self, index: int) -> int:
        """The bit of a fact."""
        return self.state_bits + index

    def presence(self, holding: int) -> int:
        """The bit that says whether some of a holding is held."""
        return self.first_presence + holding


Mask = tuple[int, int]
"""Some bits of one status word: the word's number, and the bits."""

ALWAYS, NEVER = 0, 1
"""The tests of no bits: that all of them are 0, and that some are not. Of any test of bits, `test ^ 1` is the opposite."""


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
    """

    layout: Layout
    masks: dict[Mask, int] = field(default_factory=lambda: {(0, 0): 0})
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
    judged = {}
    for index, event in enumerate(model.events):
        for state in range(len(model.states)):
            transitions = machine.transitions[state][index]
            if any(item.letter.reason == "accepted" for item in transitions):
                judged[index, state] = _steps(model, tables, transitions), _branches(model, tables, state, transitions)
        tables.warnings.append([_test(model, tables, warning.condition) for warning in event.warnings])
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
    state_bits = 8 if len(model.states) <= 256 else 16
    has_dummy = bool(model.holdings) and any(not event.takes and not event.gives_back for event in model.events)
    fields = len(model.holdings) + has_dummy
    bits = state_bits + len(model.facts) + fields
    word_bits = 32 if bits <= 32 else 64
    in_word = word_bits // 16
    counts = -(-fields // in_word) * in_word
    return Layout(word_bits, -(-bits // word_bits), state_bits, len(model.facts), len(model.holdings), has_dummy, counts)


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
        if all(_mask_asked(model, tables.layout, part) for part in conditions):
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
    asked = _mask_asked(model, tables.layout, condition)
    if asked is None:
        return -2 - 2 * tables.conditions.setdefault(condition, len(tables.conditions))
    mask, wanted = asked
    return 2 * tables.masks.setdefault(mask, len(tables.masks)) + wanted


def _mask_asked(model: Lifecycle, layout: Layout, condition: Condition) -> tuple[Mask, int] | None:
    """The mask of which some bits are 1 (with 1) or all are 0 (with 0), exactly if the condition is true; None if there is none."""
    for wanted, is_asked in ((0, is_none), (1, is_some)):
        asked = condition.alternatives[0] if not wanted else tuple(atoms[0] for atoms in condition.alternatives)
        if len(asked) == sum(map(len, condition.alternatives)) and all(map(is_asked, asked)):
            mask = mask_of(layout, set().union(*(bits_of(model, layout, atom) for atom in asked)))
            return None if mask is None else (mask, wanted)
    return None


def is_some(atom: Atom) -> bool:
    """Does the atom ask whether something is held, or a fact is true?"""
    return atom.subject is not Subject.ARGUMENT and (atom.relation, atom.number) in ((">", 0), (">=", 1), ("!=", 0))


def is_none(atom: Atom) -> bool:
    """Does the atom ask whether nothing is held, or a fact is false?"""
    return atom.subject is not Subject.ARGUMENT and (atom.relation, atom.number) in (("==", 0), ("<", 1), ("<=", 0))


def bits_of(model: Lifecycle, layout: Layout, atom: Atom) -> set[int]:
    """The bits of the status words that are all 0 exactly if the atom's subject is 0."""
    if atom.subject is Subject.FACT:
        return {layout.fact(atom.index)}
    members = model.groups[atom.index].members if atom.subject is Subject.GROUP else (atom.index,)
    return {layout.presence(member) for member in members}


def mask_of(layout: Layout, bits: set[int]) -> Mask | None:
    """Bits as a mask, or None if they stand in more than one word."""
    words = {bit // layout.word_bits for bit in bits} or {0}
    return (words.pop(), sum(1 << bit % layout.word_bits for bit in bits)) if len(words) == 1 else None


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
        if any(set(fact.held_with) & set(event.gives_back) for fact in self._model.facts):
            self._least = 2
        for item in self._transitions:
            if item.letter.need and item.letter.need.argument is None:
                self._assume(item.letter.need.condition)
        target = self._target()
        if self._some is not None and self._none:
            raise _Impossible
        if self._least > LIMIT:
            raise _Impossible
        mask = mask_of(self._layout, self._none if self._some is None else self._some)
        if mask is None:
            raise _Impossible
        number = self._tables.masks.setdefault(mask, len(self._tables.masks))
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
        return {self._layout.presence(holding) for holding in self._own}
