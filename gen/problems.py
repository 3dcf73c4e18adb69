"""What is wrong with a spec, and where: the one form in which every part of the generator says it."""

import difflib
import functools
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

MOST_COMPARED = 20
"""To compare two names letter by letter takes some time, and there may be thousands of names, and of words that are none: of
more names than this, those are compared that are alike at a glance.
"""
_MOST_SEEN = 2000
"""So many are glanced at, from those that share the rarest pairs of letters with the word."""


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


class ApiError(Exception):
    """An API spec or some of its lifecycles are at fault; `problems` has what was found in each file, in the order of reading."""

    def __init__(self, problems: Mapping[str, SpecError]) -> None:
        self.problems = problems
        super().__init__(f"{sum(len(each.problems) for each in problems.values())} problems")


class UsageError(Exception):
    """Wrong use, or a file that cannot be read or written: the message is for the user."""


def quoted(word: str) -> str:
    """A word of the spec as messages show it; of one that is very long, the beginning."""
    return f"`{word if len(word) <= 60 else word[:57] + '...'}`"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name that is most like `word`, if one is so like it that a slip of the pen explains the difference."""
    return _nearest(word[:200], tuple(known))


@functools.lru_cache(maxsize=64)  # the same is asked more than once
def _nearest(word: str, names: tuple[str, ...]) -> str | None:
    compared = names if len(names) <= MOST_COMPARED else _alike(word, names)
    near = difflib.get_close_matches(word, compared, n=1, cutoff=0.6)
    return near[0] if near else None


def _alike(word: str, names: tuple[str, ...]) -> list[str]:
    """Those of many names that share the largest part of their pairs of letters with a word."""
    having = _by_pair(names)
    shared: Counter[int] = Counter()
    for numbers in sorted((having.get(pair, []) for pair in _pairs(word)), key=len):
        if shared.total() + len(numbers) > _MOST_SEEN:
            break
        shared.update(numbers)
    likeness = {number: count / (len(names[number]) + len(word)) for number, count in shared.items()}
    return [names[number] for number in sorted(likeness, key=lambda number: (-likeness[number], number))[:MOST_COMPARED]]


@functools.lru_cache(maxsize=8)
def _by_pair(names: tuple[str, ...]) -> dict[str, list[int]]:
    """The numbers of the names that have a pair of letters, for each pair."""
    having: dict[str, list[int]] = {}
    for number, name in enumerate(names):
        for pair in _pairs(name):
            having.setdefault(pair, []).append(number)
    return having


def _pairs(word: str) -> list[str]:
    """The letters that stand side by side, the word's ends among them; each pair once, in the same order each time."""
    return list(dict.fromkeys(first + second for first, second in zip(f" {word}", f"{word} ")))


def did_you_mean(word: str, known: Iterable[str], most: int = 8) -> str:
    """The end of a message about the unknown name `word`: the nearest known name, or those that there are, `most` of them."""
    names = list(known)
    near = nearest(word, names)
    if near:
        return f"; did you mean `{near}`?"
    if not names:
        return "; there are none"
    shown = ", ".join(f"`{name}`" for name in names[:most])
    return f"; there {'is' if len(names) == 1 else 'are'} {shown}{' and others' if len(names) > most else ''}"
