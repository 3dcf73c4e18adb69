"""What is wrong with a spec, and where: the one form in which every part of the generator says it."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Place:
    """A place in a spec: line and column, both from 1, the column in characters."""

    line: int
    column: int


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong: where, and a message that says what would be right."""

    place: Place
    message: str


class SpecError(Exception):
    """The content of a spec is at fault; `problems` holds all that was found, in the order of their places."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__(f"{len(self.problems)} problems")


class UsageError(Exception):
    """Wrong use, or a file that cannot be read or written: the message is for the user."""


def quoted(word: str) -> str:
    """A word of the spec as messages show it; of one that is very long, the beginning."""
    return f"`{word if len(word) <= 60 else word[:57] + '...'}`"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name that is most like `word`, if one is so like it that a slip of the pen explains the difference."""
    near = difflib.get_close_matches(word[:200], list(known), n=1, cutoff=0.6)
    return near[0] if near else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a message about the unknown name `word`: the nearest known name, or a few that there are."""
    names = list(known)
    near = nearest(word, names)
    if near:
        return f"; did you mean `{near}`?"
    if not names:
        return "; there are none"
    shown = ", ".join(f"`{name}`" for name in names[:8])
    return f"; there {'is' if len(names) == 1 else 'are'} {shown}{' and others' if len(names) > 8 else ''}"
