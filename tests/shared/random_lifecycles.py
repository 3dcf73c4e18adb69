"""Small lifecycles made at random, as models. Most are odd, and each part of one is declared at a place of its own."""

import itertools
import random
from dataclasses import replace

import lastcall  # noqa: F401  puts the generator's modules on the path
from model import (
    LIMIT,
    STAY,
    Argument,
    Atom,
    Branch,
    Choice,
    Condition,
    Event,
    Fact,
    Group,
    Holding,
    Invariant,
    Lifecycle,
    Move,
    Need,
    Rule,
    State,
    Subject,
    Warning,
)
from problems import Place


def lifecycle(seed: int) -> Lifecycle:
    """A lifecycle of at most 5 states, 3 holdings, 2 facts and 7 events; the same for the same seed."""
    return _Maker(random.Random(seed)).lifecycle()


def wide(seed: int) -> Lifecycle:
    """The same with wider conditions: up to three alternatives of up to three tests, which ask again and again for the same;
    every comparison with 0, 1, and whatever is just below or at the limit. So some of the tests, or all, hold always or never.
    """
    return _Maker(random.Random(seed), is_wide=True).lifecycle()


def with_invariants(model: Lifecycle, seed: int) -> Lifecycle:
    """The same with up to three invariants, true and false ones."""
    return replace(model, always=_Maker(random.Random(seed), model).invariants())


def changed(model: Lifecycle, seed: int) -> Lifecycle:
    """The same with one change to its events or its ends."""
    chance = random.Random(seed)
    events = list(model.events)
    index = chance.randrange(len(events))
    event = events[index]
    kind = chance.randrange(7)
    if kind == 0:
        state = chance.randrange(len(model.states))
        move = None if event.moves[state] else Move(chance.choice([STAY, *range(len(model.states))]), None, ())
        events[index] = replace(event, moves=(*event.moves[:state], move, *event.moves[state + 1 :]))
    elif kind == 1:
        moves = tuple(replace(move, needs=move.needs[1:]) if move else None for move in event.moves)
        events[index] = replace(event, moves=moves)
    elif kind == 2:
        events[index] = replace(event, warnings=(), refusals=tuple(None for _ in event.refusals))
    elif kind == 3:
        events[index] = replace(event, takes=())
    elif kind == 4 and len(events) > 1:
        del events[index]
    elif kind == 5:
        events.reverse()
    else:
        last = model.states[-1]
        return replace(model, states=(*model.states[:-1], replace(last, final=not last.final or last.initial)))
    return replace(model, events=tuple(events))


_COUNTED = (Subject.HOLDING, Subject.GROUP)


class _Maker:
    def __init__(self, chance: random.Random, model: Lifecycle | None = None, is_wide: bool = False) -> None:
        """`model`: the lifecycle for which parts are made, if it is there already."""
        self._chance = chance
        self._is_wide = is_wide
        self._states = chance.randint(1, 5)
        self._holdings = chance.randint(0, 3)
        self._facts = chance.randint(0, 2)
        self._rules = chance.randint(1, 4)
        self._groups = chance.randint(0, 1) if self._holdings > 1 else 0
        self._choices = chance.randint(0, 2)
        self._lines = itertools.count(1)
        if model:
            self._states, self._holdings, self._facts = len(model.states), len(model.holdings), len(model.facts)
            self._groups = len(model.groups)
            self._lines = itertools.count(1000)  # behind all that the lifecycle has

    def _place(self) -> Place:
        return Place(next(self._lines), 1)

    def _often(self, share: float) -> bool:
        return self._chance.random() < share

    def lifecycle(self) -> Lifecycle:
        chance = self._chance
        last = self._states - 1
        return Lifecycle(
            name="odd",
            title="odd",
            source=None,
            states=tuple(self._state(index, index == last) for index in range(self._states)),
            choices=tuple(self._choice(f"c{i}") for i in range(self._choices)),
            holdings=tuple(Holding(f"h{i}", "", None, None, self._often(0.15)) for i in range(self._holdings)),
            groups=tuple(Group("g", "", self._some_holdings()) for _ in range(self._groups)),
            facts=tuple(Fact(f"f{i}", "", self._while()) for i in range(self._facts)),
            rules=tuple(Rule(f"r{i}", "", None, None, place=self._place()) for i in range(self._rules)),
            events=tuple(self._event(f"e{i}") for i in range(chance.randint(2, 7))),
        )

    def invariants(self) -> tuple[Invariant, ...]:
        found = []
        for index in range(self._chance.randint(1, 3)):
            condition = self._condition(0)
            states = tuple(state for state in range(self._states) if self._often(0.6)) or (0,)
            if condition:
                found.append(Invariant(f"i{index}", "", states, self._often(0.2), condition, place=self._place()))
        return tuple(found)

    def _state(self, index: int, last: bool) -> State:
        return State(f"s{index}", "", index == 0, last or self._often(0.3), None, place=self._place())

    def _some_holdings(self) -> tuple[int, ...]:
        return tuple(sorted(self._chance.sample(range(self._holdings), self._chance.randint(2, self._holdings))))

    def _while(self) -> tuple[int, ...]:
        """Of nothing, of one holding, or of some, as those of a group."""
        if not self._holdings or not self._often(0.3):
            return ()
        return tuple(sorted(self._chance.sample(range(self._holdings), self._chance.randint(1, self._holdings))))

    def _choice(self, name: str) -> Choice:
        conditions = [self._condition(0) for _ in range(self._chance.randint(0, 2))]
        every = [*filter(None, conditions), None]
        return Choice(name, tuple(Branch(each, self._target(), place=self._place()) for each in every))

    def _target(self) -> int:
        return self._chance.choice([STAY, *range(self._states)])

    def _event(self, name: str) -> Event:
        chance = self._chance
        facts = chance.sample(range(self._facts), self._facts)
        holdings = chance.sample(range(self._holdings), self._holdings)
        count = chance.choice([0, 0, 1, 2])
        arguments = [Argument(f"a{i}", "", facts.pop() if facts and self._often(0.4) else None) for i in range(count)]
        takes, gives = chance.choice([(0, 0), (1, 0), (1, 0), (2, 0), (0, 1), (0, 1), (1, 1)])
        own = self._needs(None, count, 0.4)
        of_arguments = [need for index in range(count) for need in self._needs(index, count, 0.4)]
        moves = [
            self._move([*own, *self._needs(None, count, 0.3), *of_arguments]) if self._often(0.5) else None
            for _ in range(self._states)
        ]
        condition = self._condition(count) if self._often(0.3) else None
        return Event(
            name=name,
            title="",
            calls=(),
            arguments=tuple(arguments),
            takes=tuple(holdings[:takes]),
            gives_back=tuple(holdings[takes : takes + gives]),
            sets=tuple(facts[:1]) if self._often(0.3) else (),
            clears=tuple(facts[1:2]) if self._often(0.5) else (),
            moves=tuple(moves),
            refusals=tuple(None if move or self._often(0.5) else chance.randrange(self._rules) for move in moves),
            warnings=(Warning(condition, chance.randrange(self._rules), place=self._place()),) if condition else (),
            not_held_rules=self._not_held_rules(gives),
            place=self._place(),
        )

    def _not_held_rules(self, count: int) -> tuple[int | None, ...]:
        """A rule or none for each of so many holdings that are given back, or nothing said of any."""
        if not count or self._often(0.6):
            return ()
        return tuple(self._chance.randrange(self._rules) if self._often(0.8) else None for _ in range(count))

    def _needs(self, argument: int | None, arguments: int, share: float) -> list[Need]:
        condition = self._condition(arguments) if self._often(share) else None
        rule = self._chance.randrange(self._rules)
        return [Need(condition, rule, argument, place=self._place())] if condition else []

    def _move(self, needs: list[Need]) -> Move:
        if self._choices and self._often(0.4):
            return Move(None, self._chance.randrange(self._choices), tuple(needs), place=self._place())
        return Move(self._target(), None, tuple(needs), place=self._place())

    def _condition(self, arguments: int) -> Condition | None:
        """A condition of up to two alternatives of up to two atoms, or three of three; None if there is nothing to ask for."""
        kinds = [Subject.HOLDING] * 2 * bool(self._holdings) + [Subject.GROUP] * self._groups
        kinds += [Subject.FACT] * bool(self._facts) + [Subject.ARGUMENT] * bool(arguments)
        if not kinds:
            return None
        most = [1, 1, 2, 2, 3] if self._is_wide else [1, 1, 2]
        sizes = [self._chance.choice(most) for _ in range(self._chance.choice(most))]
        if self._is_wide:
            asked = [self._atom(kinds, arguments)]  # by some of the tests, and asked for by others again
            return Condition(tuple(tuple(self._one_of(asked, kinds, arguments) for _ in range(size)) for size in sizes), "odd")
        return Condition(tuple(tuple(self._atom(kinds, arguments) for _ in range(size)) for size in sizes), "odd")

    def _one_of(self, asked: list[Atom], kinds: list[Subject], arguments: int) -> Atom:
        """An atom, often one that compares what is `asked` for already with another number; joins it."""
        atom = self._atom(kinds, arguments)
        if self._often(0.5):
            before = self._chance.choice(asked)
            same = atom.subject in _COUNTED and before.subject in _COUNTED
            atom = replace(atom, subject=before.subject, index=before.index) if same else before
        asked.append(atom)
        return atom

    def _atom(self, kinds: list[Subject], arguments: int) -> Atom:
        subject = self._chance.choice(kinds)
        if subject in (Subject.FACT, Subject.ARGUMENT):
            among = self._facts if subject is Subject.FACT else arguments
            return Atom(subject, self._chance.randrange(among), self._chance.choice([">", "=="]), 0)
        relation = self._chance.choice([">", "==", ">=", "<", "<=", "!="])
        among = self._holdings if subject is Subject.HOLDING else self._groups
        numbers = [0, 0, 0, 1, 1, 2, 3, LIMIT - 1, LIMIT] if self._is_wide else [0, 0, 1, 1, 2]
        return Atom(subject, self._chance.randrange(among), relation, self._chance.choice(numbers))
