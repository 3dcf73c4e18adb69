"""What a lifecycle can have at most: the last legal number passes, and the first that does not is an error at its place."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

import lastcall
from problems import Problem, SpecError
from read.load import load
from read.resolve import resolve
from read.schema import check_shape


@dataclass(frozen=True)
class Limit:
    """A spec with `most` of something, or another number of it; where the first too many stands, and what is said of it."""

    most: int
    spec: Callable[[int], str]
    place: tuple[int, int]
    said: str


BEGIN = "lifecycle: limits\nstates: {a: {initial: yes, final: yes}}\n"
WARNED = BEGIN + "holdings: {h: {}}\nrules: {"


def numbered(count: int, form: str = "n{}", between: str = ", ") -> str:
    return between.join(form.format(index) for index in range(count))


def held(number: int, name: str) -> str:
    condition = f"{name} > {number}"
    return f"{BEGIN}holdings: {{h: {{}}, i: {{}}}}\ngroups: {{g: [h, i]}}\nrules: {{r: {{}}}}\n" \
           f"events:\n  e: {{takes: h, moves: {{any: stay}}, needs: {{'{condition}': r}}}}\n"


LIMITS = {
    "facts": Limit(32, lambda n: f"{BEGIN}facts:\n{numbered(n, '  - n{}', chr(10))}\nevents: {{e: {{moves: {{a: stay}}}}}}\n", (36, 5),
                   "`n32` is one fact more than the 32 that a lifecycle can have"),
    "arguments": Limit(31, lambda n: f"{BEGIN}events:\n  e:\n    moves: {{a: stay}}\n    args:\n{numbered(n, '      - n{}', chr(10))}\n",
                       (38, 9), "`n31` is one argument more than the 31 that an event can have"),
    "warnings": Limit(31, lambda n: f"{WARNED}{numbered(n, 'r-{}: {{}}')}}}\nevents:\n  e:\n"
                                    "    takes: h\n    moves: {a: stay}\n    warns:\n"
                                    f"{numbered(n, '      h > {0}: r-{0}', chr(10))}\n",
                      (41, 7), "this is one warning more than the 31 that an event can have"),
    "states": Limit(65535, lambda n: f"lifecycle: limits\nstates:\n{numbered(n, '  n{}: {{}}', chr(10))}\n"
                                     "events: {e: {moves: {any: stay}}}\n",
                    (65538, 3), "`n65535` is one state more than the 65535 that a lifecycle can have"),
    "holdings": Limit(65535, lambda n: f"{BEGIN}holdings:\n{numbered(n, '  n{}: {{}}', chr(10))}\n"
                                       "events: {e: {moves: {any: stay}}}\n",
                      (65539, 3), "`n65535` is one holding more than the 65535 that a lifecycle can have"),
    "letters of a name": Limit(100, lambda n: f"{BEGIN}events: {{{'e' * n}: {{moves: {{a: stay}}}}}}\n", (3, 10), "at most 100 characters"),
    "characters of a text": Limit(400, lambda n: f"{BEGIN}title: {'t' * n}\nevents: {{e: {{moves: {{a: stay}}}}}}\n", (3, 8),
                                  "at most 400 characters"),
    "steps": Limit(999, lambda n: f"lifecycle: limits\nstates: {{a: {{initial: yes, final: yes, step: {n}}}}}\n"
                                  "events: {e: {moves: {a: stay}}}\n", (2, 46), "from 1 to 999"),
    "levels of nesting": Limit(64, lambda n: f"{BEGIN}events: {{e: {{moves: {{a: stay}}}}}}\nx: {'[' * (n - 1)}{']' * (n - 1)}\n", (4, 67),
                               "nested deeper than 64 levels"),
    "counts of a holding": Limit(65534, lambda n: held(n, "h"), (7, 46), "never holds"),
    "counts that can be asked for": Limit(65535, lambda n: held(n, "no i and h <= 1 or h"), (7, 69),
                                           "is more than can be held; the most is 65535"),
    "counts of a group": Limit(131070, lambda n: held(n, "no i and h <= 1 or g"), (7, 69), "is more than can be held; the most is 131070"),
}


def problems(spec: str) -> list[Problem]:
    """What is said of a spec."""
    try:
        data, found = load(spec.encode())
        if len(spec) < 100_000:  # of tens of thousands of states the schema says nothing, for seconds
            found += check_shape(data)
        resolve(data, found)
    except SpecError as error:
        return list(error.problems)
    return []


@pytest.mark.parametrize("name", LIMITS)
def test_the_last_that_is_legal(name: str) -> None:
    limit = LIMITS[name]
    assert [problem for problem in problems(limit.spec(limit.most)) if limit.said in problem.message] == []


@pytest.mark.parametrize("name", LIMITS)
def test_the_first_that_is_not(name: str) -> None:
    limit = LIMITS[name]
    found = [problem for problem in problems(limit.spec(limit.most + 1)) if limit.said in problem.message]
    assert [(problem.place.line, problem.place.column) for problem in found] == [limit.place], problems(limit.spec(limit.most + 1))[:3]
