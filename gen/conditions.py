"""The little language of conditions.

    condition = all { "or" all }        all = test { "and" test }
    test = NAME | "no" NAME             held at least once / not held; true / false for a fact
         | NAME COMPARISON NUMBER       the number held; COMPARISON is > >= < <= == or !=
         | "with" NAME | "without" NAME   an argument of the event is there / is not
"""

import re
from collections.abc import Mapping

from load import Text
from model import LIMIT, Atom, Condition, Subject
from problems import Problem, did_you_mean

Names = Mapping[str, tuple[Subject, int]]
"""What a name in a condition stands for."""

_TOKEN = re.compile(r"\s*(?:([A-Za-z_<][A-Za-z0-9_<>-]*)|([0-9]+)|([<>=!]=?)|(\S))")
_COMPARISONS = (">", ">=", "<", "<=", "==", "!=")
_WORDS = ("and", "or", "no", "with", "without")


class _Stop(Exception):
    """The rest of the condition makes no sense any more."""


def parse_condition(text: Text, names: Names, arguments: Mapping[str, int] | None, problems: list[Problem]) -> Condition | None:
    """The condition that a text says, or None after its problem was noted.

    `arguments` are those that may be asked for, by name; None where a condition cannot ask for arguments.
    """
    return _Parser(text, names, arguments, problems).parse()


class _Parser:
    def __init__(self, text: Text, names: Names, arguments: Mapping[str, int] | None, problems: list[Problem]) -> None:
        self._text = text
        self._names = names
        self._arguments = arguments
        self._problems = problems
        self._tokens = [(match.group().strip(), match.end() - len(match.group().strip())) for match in _TOKEN.finditer(text)]
        self._next = 0
        self._failed = False

    def parse(self) -> Condition | None:
        alternatives = []
        try:
            while True:
                alternatives.append(self._all())
                if self._peek() is None:
                    break
                self._word("or")
        except _Stop:
            return None
        if self._failed:
            return None
        return Condition(tuple(alternatives), " ".join(token for token, _ in self._tokens), place=self._text.place)

    def _all(self) -> tuple[Atom, ...]:
        atoms = [self._test()]
        while self._peek() == "and":
            self._take()
            atoms.append(self._test())
        return tuple(atom for atom in atoms if atom)

    def _test(self) -> Atom | None:
        token, offset = self._take("a name")
        if token in ("with", "without"):
            name, offset = self._take("the name of an argument")
            return self._argument(name, offset, token == "with")
        if token == "no":
            name, offset = self._take("a name")
            found = self._subject(name, offset)
            return Atom(*found, "==", 0) if found else None
        found = self._subject(token, offset)
        if self._peek() is None or self._peek() in _WORDS:
            return Atom(*found, ">", 0) if found else None
        return self._comparison(found)

    def _comparison(self, found: tuple[Subject, int] | None) -> Atom | None:
        relation, offset = self._take()
        if relation not in _COMPARISONS:
            self._stop(offset, f"`{relation}` is not understood; after a name comes `and`, `or`, or a comparison ({' '.join(_COMPARISONS)}) with a number")
        number, place = self._take("a number")
        if not number.isdecimal() or not number.isascii():
            self._stop(place, f"`{number}` stands where a number is wanted")
        if found is None:
            return None
        if found[0] is Subject.FACT:
            self._stop(offset, "a fact is true or false and cannot be compared; write its name, or `no` before it")
        if len(number) > 7 or (int(number) > LIMIT and found[0] is Subject.HOLDING):
            self._stop(place, f"`{number}` is more than can be held; the most is {LIMIT}")
        atom = Atom(*found, relation, int(number))
        if (relation, atom.number) in ((">=", 0), ("<", 0)) or (relation in (">", "<=") and atom.number == LIMIT and found[0] is Subject.HOLDING):
            self._stop(offset, f"this {'always' if relation in ('>=', '<=') else 'never'} holds, whatever is held; choose another number")
        return atom

    def _subject(self, name: str, offset: int) -> tuple[Subject, int] | None:
        if name in self._names:
            return self._names[name]
        if name in _WORDS or not re.match("[A-Za-z_<]", name):
            self._stop(offset, f"`{name}` stands where a name is wanted")
        hint = did_you_mean(name, self._names)
        if self._arguments and name in self._arguments:
            hint = f"; to ask for the argument, write `with {name}` or `without {name}`"
        self._note(offset, f"`{name}` is no holding, group or fact{hint}")
        return None

    def _argument(self, name: str, offset: int, there: bool) -> Atom | None:
        if self._arguments is None:
            self._note(offset, "a choice cannot ask for an argument; it is decided by what is held and by facts")
            return None
        if name not in self._arguments:
            self._note(offset, f"`{name}` is no argument of this event{did_you_mean(name, self._arguments)}")
            return None
        return Atom(Subject.ARGUMENT, self._arguments[name], ">" if there else "==", 0)

    def _peek(self) -> str | None:
        return self._tokens[self._next][0] if self._next < len(self._tokens) else None

    def _take(self, wanted: str = "") -> tuple[str, int]:
        if self._next == len(self._tokens):
            self._stop(len(self._text), f"the condition ends where {wanted or 'more'} is wanted")
        self._next += 1
        return self._tokens[self._next - 1]

    def _word(self, word: str) -> None:
        token, offset = self._take(f"`{word}`")
        if token != word:
            self._stop(offset, f"`{token}` is not understood; a condition goes on with `and` or `or`")

    def _note(self, offset: int, message: str) -> None:
        self._failed = True
        self._problems.append(Problem(self._text.at(offset), message))

    def _stop(self, offset: int, message: str) -> None:
        self._note(offset, message)
        raise _Stop
