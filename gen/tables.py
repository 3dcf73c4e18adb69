"""The machine as tables: what Ragel compiled, in the form in which the header carries it.

An event in a state selects a *row*: what refuses it, or the needs that are judged and the branches that may be taken. Equal
rows are one, so there are far fewer than states times events. Each row also has a *shortcut*: a test of one count and of a
few bits, which, if it passes, proves that the event is accepted, and says which state follows. It is what makes an event
cheap; whatever fails it is judged by the row, exactly. So a shortcut may be too strict but never too lenient.
"""

from dataclasses import dataclass, field

from model import LIMIT, STAY, Atom, Condition, Event, Lifecycle, Subject
from ragel import Machine, Transition

FIELDS = 4
"""16-bit fields in a word of the machine's struct."""

NEVER = 2
"""As `Shortcut.wanted`: the shortcut never passes."""


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


@dataclass(frozen=True)
class Shortcut:
    """Passes if the event's count is at least `least` and at most `least + span`, and the bits of `masks` (word, mask) are
    not all 0 (`wanted` 1) or are (0). `next`: the state that follows, or STAY.
    """

    least: int = 0
    span: int = 0
    masks: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0))
    wanted: int = NEVER
    next: int = STAY


@dataclass(frozen=True)
class Row:
    """What an event comes to in a state.

    Refused: `refusal` is a rule, or the number of rules for none. Else `refusal` is None; `needs` are (condition, rule) in
    the order of judging, `branches` (condition, state or STAY), the first that holds after the effect; condition 0 always
    holds.
    """

    refusal: int | None
    needs: tuple[tuple[int, int], ...]
    branches: tuple[tuple[int, int], ...]
    shortcut: Shortcut


@dataclass
class Tables:
    """All tables. `conditions` are numbered from 1; one that belongs to an argument holds where the argument is not there."""

    layout: Layout
    conditions: dict[tuple[Condition, int | None], int] = field(default_factory=dict)
    rows: dict[Row, int] = field(default_factory=dict)
    cells: list[list[int]] = field(default_factory=list)
    """`cells[event][state]` is the number of a row."""


def tabulate(model: Lifecycle, machine: Machine) -> Tables:
    """The tables of a machine that Ragel compiled."""
    tables = Tables(_lay_out(model))
    for index, event in enumerate(model.events):
        line = []
        for state in range(len(model.states)):
            row = _row(model, tables, event, state, machine.transitions[state][index])
            line.append(tables.rows.setdefault(row, len(tables.rows)))
        tables.cells.append(line)
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


def _row(model: Lifecycle, tables: Tables, event: Event, state: int, transitions: tuple[Transition, ...]) -> Row:
    refusal = next((item.letter.rule for item in transitions if item.letter.reason == "state"), None)
    if not any(item.letter.reason == "accepted" for item in transitions):
        return Row(len(model.rules) if refusal is None else refusal, (), (), Shortcut())
    needs = []
    branches = []
    for item in transitions:
        need, letter = item.letter.need, item.letter
        if need and letter.rule is not None:
            needs.append((_number(tables, need.condition, need.argument), letter.rule))
        elif letter.reason == "accepted":
            branch = model.choices[letter.choice].branches[letter.branch or 0] if letter.choice is not None else None
            condition = branch.condition if branch else None
            stays = item.target == state and (branch is None or branch.target == STAY)
            branches.append((_number(tables, condition, None), STAY if stays else item.target))
    return Row(None, tuple(needs), tuple(branches), _Shortcut(model, tables.layout, event, state, transitions).made())


def _number(tables: Tables, condition: Condition | None, argument: int | None) -> int:
    if condition is None:
        return 0
    return tables.conditions.setdefault((condition, argument), len(tables.conditions) + 1)


class _Impossible(Exception):
    """No test of this form would be safe."""


class _Shortcut:
    """Derives the shortcut of an event in a state: what it may assume, as bits, and the state that follows then."""

    def __init__(self, model: Lifecycle, layout: Layout, event: Event, state: int, transitions: tuple[Transition, ...]) -> None:
        self._model = model
        self._layout = layout
        self._event = event
        self._state = state
        self._transitions = transitions
        self._own = (*event.takes, *event.gives_back)
        self._least = 1 if event.gives_back else 0
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
        most = LIMIT - 1 if event.takes else LIMIT
        if self._least > most:
            raise _Impossible
        masks = self._masks(self._none if self._some is None else self._some)
        return Shortcut(self._least, most - self._least, masks, 0 if self._some is None else 1, target)

    def _assume(self, condition: Condition) -> None:
        """Takes on one alternative of a need, the first that can be said; an alternative is stricter than the whole."""
        if all(len(atoms) == 1 and self._is_some(atoms[0]) for atoms in condition.alternatives):
            if self._some is not None:
                raise _Impossible
            self._some = set().union(*(self._bits(atoms[0]) for atoms in condition.alternatives))
            return
        for atoms in condition.alternatives:
            if all(self._says(atom) for atom in atoms):
                for atom in atoms:
                    self._assume_atom(atom)
                return
        raise _Impossible

    def _is_some(self, atom: Atom) -> bool:
        return atom.subject is not Subject.ARGUMENT and (atom.relation, atom.number) in ((">", 0), (">=", 1), ("!=", 0))

    def _is_none(self, atom: Atom) -> bool:
        return atom.subject is not Subject.ARGUMENT and (atom.relation, atom.number) in (("==", 0), ("<", 1), ("<=", 0))

    def _is_own(self, atom: Atom) -> bool:
        return atom.subject is Subject.HOLDING and atom.index in self._own

    def _says(self, atom: Atom) -> bool:
        own_least = self._is_own(atom) and atom.relation in (">", ">=")
        absent = atom.subject is Subject.ARGUMENT and atom.relation == "=="
        return own_least or absent or self._is_none(atom)

    def _assume_atom(self, atom: Atom) -> None:
        if self._is_none(atom):
            self._none |= self._bits(atom)
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
            len(atoms) == 1 and self._is_some(atoms[0]) and self._own_bits() <= self._bits(atoms[0]) and bool(self._own)
            for atoms in condition.alternatives
        )

    def _exclude(self, condition: Condition) -> None:
        """Assumes what makes a branch's condition false: that none is held of what it wants."""
        for atoms in condition.alternatives:
            atom = atoms[0]
            if len(atoms) > 1:
                raise _Impossible
            if self._is_some(atom):
                self._none |= self._bits(atom)
            elif not (self._is_none(atom) and self._is_own(atom)):
                raise _Impossible
        if self._none & self._own_bits():
            raise _Impossible

    def _own_bits(self) -> set[int]:
        return {bit for holding in self._own for bit in self._count_bits(holding)}

    def _count_bits(self, holding: int) -> set[int]:
        first = 16 * (self._layout.first_count + holding)
        return set(range(first, first + 16))

    def _bits(self, atom: Atom) -> set[int]:
        """The bits of the struct that are all 0 exactly if the atom's subject is 0."""
        if atom.subject is Subject.FACT:
            return {self._layout.state_bits + atom.index}
        members = self._model.groups[atom.index].members if atom.subject is Subject.GROUP else (atom.index,)
        return {bit for member in members for bit in self._count_bits(member)}

    def _masks(self, bits: set[int]) -> tuple[tuple[int, int], tuple[int, int]]:
        masks = [(word, sum(1 << bit % 64 for bit in bits if bit // 64 == word)) for word in sorted({bit // 64 for bit in bits})]
        if len(masks) > 2:
            raise _Impossible
        return (*masks, (0, 0), (0, 0))[:2]  # type: ignore[return-value]
