"""The little language of conditions.

    condition = all { "or" all }        all = test { "and" test }
    test = "(" condition ")"
         | NAME | "no" NAME             held at least once / not held; true / false for a fact
         | NAME COMPARISON NUMBER       the number held; COMPARISON is > >= < <= == or !=
         | "with" NAME | "without" NAME   an argument of the event is there / is not
"""

import operator
import re
from collections.abc import Callable, Mapping

from model import Atom, Condition, Subject
from problems import Problem, did_you_mean, quoted
from read.load import Text

Names = Mapping[str, tuple[Subject, int, int]]
"""What a name in a condition stands for: its kind, its index, and the most that it can count to."""

_TOKEN = re.compile(r"\s*(?:([A-Za-z_][A-Za-z0-9_-]*|<[a-z]+>)|([0-9]+)|([<>=!]=?)|(\S))")
WORDS = ("and", "or", "no", "not", "with", "without")
"""Words that conditions are made of, or that read as if they were."""


_Thing = tuple[Subject, int]
"""What an atom looks at."""

_COMPARISONS = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le, "==": operator.eq, "!=": operator.ne}
_MOST_ALTERNATIVES = 24
"""A longer condition is not searched for whether it always holds."""
_MOST_WRITTEN_OUT = 64
"""So many alternatives may come of brackets: `(a or b) and (c or d)` comes to four."""
_DEEPEST = 16
"""Brackets inside of brackets; each is a call of the parser inside of another."""

_Alternatives = list[tuple[Atom, ...]]


class _Stop(Exception):
    """The rest of the condition makes no sense any more."""


def parse_condition(
    text: Text,
    names: Names,
    arguments: Mapping[str, int] | None,
    problems: list[Problem],
    is_doubtful: Callable[[str], bool] = lambda name: False,
    present: int | None = None,
    asking: str = "a choice",
) -> Condition | None:
    """The condition that a text says, or None if it has a problem, which was noted.

    `arguments` are those that may be asked for, by name; None where a condition cannot ask for arguments. A name that
    `is_doubtful` stands for something whose declaration was reported already: nothing more is said of it. `present` is the
    argument (its index) without which the condition is not judged, if there is one. `asking`: what asks, where it cannot ask
    for arguments.
    """
    return _Parser(text, names, arguments, problems, is_doubtful, asking).parse(present)


class _Parser:
    def __init__(
        self,
        text: Text,
        names: Names,
        arguments: Mapping[str, int] | None,
        problems: list[Problem],
        is_doubtful: Callable[[str], bool],
        asking: str,
    ) -> None:
        self._text = text
        self._names = names
        self._arguments = arguments
        self._problems = problems
        self._is_doubtful = is_doubtful
        self._asking = asking
        self._tokens = [(match.group().strip(), match.end() - len(match.group().strip())) for match in _TOKEN.finditer(text)]
        self._next = 0
        self._failed = False
        self._most: dict[_Thing, int] = {}
        self._joined: list[tuple[int, _Alternatives]] = []
        """What is joined by `and`, and where it begins: each is to add something to the condition."""
        self._brackets: list[tuple[int, _Alternatives]] = []

    def parse(self, present: int | None) -> Condition | None:
        try:
            alternatives = self._any(0)
            if self._peek() == ")":
                self._stop(self._offset(), "`)` closes no bracket; write the `(` that it belongs to, or remove it")
            self._end(None)
        except _Stop:
            return None
        if self._failed:
            return None
        numbers = self._numbers(present)
        self._refuse_constants(alternatives, numbers)
        if self._failed:
            return None
        plain = [tuple(atom for atom in atoms if not self._is_always_true(atom)) or atoms for atoms in alternatives]
        if self._brackets:
            plain = _fewer(plain, numbers)
        text = " ".join(token for token, _ in self._tokens).replace("( ", "(").replace(" )", ")")
        return Condition(tuple(plain), text, place=self._text.place)

    def _any(self, depth: int) -> _Alternatives:
        alternatives = self._all(depth)
        while self._peek() == "or":
            self._take()
            alternatives = alternatives + self._all(depth)
        return alternatives

    def _all(self, depth: int) -> _Alternatives:
        """What is joined by `and`, its brackets written out: `(a or b) and c` as `a and c or b and c`."""
        begin = self._offset()
        alternatives: _Alternatives = [()]
        while True:
            part = self._bracket(depth + 1) if self._peek() == "(" else [tuple(filter(None, [self._test()]))]
            if len(part) > 1 and len(alternatives) * len(part) > _MOST_WRITTEN_OUT:
                what = f"are more than {_MOST_WRITTEN_OUT} alternatives when they are written out"
                self._stop(begin, f"these brackets {what}; make several needs of them, or name a part of them as a group")
            alternatives = [(*left, *right) for left in alternatives for right in part]
            if self._peek() != "and":
                break
            self._take()
        self._joined.append((begin, alternatives))
        return alternatives

    def _bracket(self, depth: int) -> _Alternatives:
        _, offset = self._take()
        if depth > _DEEPEST:
            self._stop(offset, f"brackets stand in brackets deeper than {_DEEPEST} levels; no condition needs that")
        alternatives = self._any(depth)
        self._end(")")
        self._brackets.append((offset, alternatives))
        return alternatives

    def _end(self, wanted: str | None) -> None:
        """Takes what ends a condition: the bracket that is wanted, or nothing more."""
        if wanted is None and self._peek() is None:
            return
        token, offset = self._take(f"`{wanted}`")
        if token != wanted:
            self._stop(offset, f"{quoted(token)} is not understood; a condition goes on with `and` or `or`")

    def _test(self) -> Atom | None:
        token, offset = self._take("a name")
        if token in ("with", "without"):
            name, offset = self._take("the name of an argument")
            return self._argument(name, offset, token == "with")
        if token == "no":
            name, offset = self._take("a name")
            if name == "(":
                self._stop(offset, "`no` stands before one name; write `no a and no b` for `no (a or b)`")
            found = self._subject(name, offset)
            return self._atom(found, "==", 0) if found else None
        found = self._subject(token, offset)
        if self._peek() is None or self._peek() in (*WORDS, ")"):
            return self._atom(found, ">", 0) if found else None
        return self._comparison(found)

    def _atom(self, found: tuple[Subject, int, int], relation: str, number: int) -> Atom:
        subject, index, most = found
        self._most[subject, index] = most
        return Atom(subject, index, relation, number)

    def _comparison(self, found: tuple[Subject, int, int] | None) -> Atom | None:
        relation, offset = self._take()
        if relation not in _COMPARISONS:
            what = f"after a name comes `and`, `or`, or a comparison ({' '.join(_COMPARISONS)}) with a number"
            self._stop(offset, f"{quoted(relation)} is not understood; {what}")
        digits, place = self._take("a number")
        if not digits.isdecimal() or not digits.isascii():
            self._stop(place, f"{quoted(digits)} stands where a number is wanted")
        if found is None:
            return None
        subject, _, most = found
        if subject is Subject.FACT:
            self._stop(offset, "a fact is true or false and cannot be compared; write its name, or `no` before it")
        number = int(digits.lstrip("0")[:15] or "0")
        if number > most:
            self._stop(place, f"{quoted(digits)} is more than can be held; the most is {most}")
        return self._atom(found, relation, number)

    def _subject(self, name: str, offset: int) -> tuple[Subject, int, int] | None:
        if name in self._names:
            return self._names[name]
        if name in WORDS or not re.match("[A-Za-z_<]", name):
            self._stop(offset, f"{quoted(name)} stands where a name is wanted, as in `NAME`, `no NAME` or `NAME > 1`")
        self._failed = True
        if not self._is_doubtful(name):
            hint = did_you_mean(name, self._names)
            if self._arguments and name in self._arguments:
                hint = f"; to ask for the argument, write `with {name}` or `without {name}`"
            self._note(offset, f"{quoted(name)} is no holding, group or fact{hint}")
        return None

    def _argument(self, name: str, offset: int, there: bool) -> Atom | None:
        if self._arguments is None:
            self._note(offset, f"{self._asking} cannot ask for an argument; it is decided by what is held and by facts")
            return None
        if name not in self._arguments:
            self._note(offset, f"{quoted(name)} is no argument of this event{did_you_mean(name, self._arguments)}")
            return None
        return self._atom((Subject.ARGUMENT, self._arguments[name], 1), ">" if there else "==", 0)

    def _is_always_true(self, atom: Atom) -> bool:
        """Is it true of every number that there can be? Beside others it may be said, but changes nothing."""
        return all(_COMPARISONS[atom.relation](number, atom.number) for number in self._near(atom))

    def _near(self, atom: Atom) -> set[int]:
        """The numbers that its subject can have at its edges, and around the one that the atom names."""
        most = self._most[_thing(atom)]
        return {0, most, *range(max(atom.number - 1, 0), min(atom.number + 1, most) + 1)}

    def _numbers(self, present: int | None) -> dict[_Thing, set[int]]:
        """The numbers of each thing that the condition may tell apart."""
        numbers: dict[_Thing, set[int]] = {}
        for atom in (atom for _, alternatives in self._joined for atoms in alternatives for atom in atoms):
            numbers.setdefault(_thing(atom), set()).update(self._near(atom))
        if present is not None and (Subject.ARGUMENT, present) in numbers:
            numbers[Subject.ARGUMENT, present] = {1}
        return numbers

    def _refuse_constants(self, alternatives: _Alternatives, numbers: dict[_Thing, set[int]]) -> None:
        """Notes what can be true or false only: it says nothing, and compilers warn of code like that."""
        said: list[int] = []
        for begin, joined in self._joined:  # those in brackets come before those that they are in
            if not any(_can_hold(atoms, numbers) for atoms in joined) and not any(inside >= begin for inside in said):
                said.append(begin)
                self._note(begin, "this never holds, whatever is held; correct or remove it")
        for begin, whole in [*self._brackets, (0, alternatives)]:
            if not self._failed and len(whole) <= _MOST_ALTERNATIVES and not _can_fail(whole, numbers):
                self._note(begin, "this always holds, whatever is held; correct or remove it")

    def _peek(self) -> str | None:
        return self._tokens[self._next][0] if self._next < len(self._tokens) else None

    def _take(self, wanted: str = "") -> tuple[str, int]:
        if self._next == len(self._tokens):
            self._stop(len(self._text), f"the condition ends where {wanted or 'more'} is wanted")
        self._next += 1
        return self._tokens[self._next - 1]

    def _offset(self) -> int:
        """Where the next word stands, or the end."""
        return self._tokens[self._next][1] if self._next < len(self._tokens) else len(self._text)

    def _note(self, offset: int, message: str) -> None:
        self._failed = True
        self._problems.append(Problem(self._text.at(offset), message))

    def _stop(self, offset: int, message: str) -> None:
        self._note(offset, message)
        raise _Stop


def _thing(atom: Atom) -> _Thing:
    return atom.subject, atom.index


def _those(numbers: set[int], atom: Atom, wanted: bool) -> set[int]:
    """The numbers for which the atom is true, or those for which it is false."""
    return {number for number in numbers if _COMPARISONS[atom.relation](number, atom.number) == wanted}


def _can_hold(atoms: tuple[Atom, ...], numbers: dict[_Thing, set[int]]) -> bool:
    """Are there numbers for which all of these are true?"""
    left = dict(numbers)
    for atom in atoms:
        left[_thing(atom)] = _those(left[_thing(atom)], atom, True)
    return all(left.values())


def _fewer(alternatives: _Alternatives, numbers: dict[_Thing, set[int]]) -> _Alternatives:
    """The same without what brackets bring in beside: tests that stand twice, and alternatives that never hold or say no more
    than another.
    """
    every = (tuple(dict.fromkeys(atoms)) for atoms in alternatives if _can_hold(atoms, numbers))
    plain = {frozenset(atoms): atoms for atoms in every}
    return [atoms for tests, atoms in plain.items() if not any(other < tests for other in plain)]


def _can_fail(alternatives: _Alternatives, numbers: dict[_Thing, set[int]]) -> bool:
    """Is there a choice of numbers for which every alternative has an atom that is false?"""
    if not alternatives:
        return True
    for atom in alternatives[0]:
        left = _those(numbers[_thing(atom)], atom, False)
        if left and _can_fail(alternatives[1:], {**numbers, _thing(atom): left}):
            return True
    return False
