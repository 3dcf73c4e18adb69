"""Conditions with brackets mean what Python means by the same words."""

import itertools
import random

import lastcall  # noqa: F401  puts the generator's modules on the path
import interpret
from model import Condition
from problems import Place, Problem
from read.load import Text, load
from read.conditions import parse_condition
from read.lookup import position
from read.resolve import resolve
from model import Subject

SPEC = b"""
lifecycle: brackets
states: {s: {initial: yes, final: yes}}
holdings: {a: {}, b: {}, c: {}}
groups: {g: [a, b]}
facts: [f]
events: {e: {takes: "a, b, c", sets: f, args: [x, y], moves: {s: stay}}}
"""
MODEL = resolve(load(SPEC)[0], [])
NAMES = {
    **{name: (Subject.HOLDING, index, 65535) for name, index in position("abc").items()},
    "g": (Subject.GROUP, 0, 131070),
    "f": (Subject.FACT, 0, 1),
}
TESTS = {
    "a": "a > 0", "no b": "b == 0", "c": "c > 0", "no c": "c == 0", "a > 1": "a > 1", "b != 1": "b != 1", "g": "a + b > 0", "g <= 2": "a + b <= 2",
    "f": "f", "no f": "not f", "with x": "x", "without x": "not x", "with y": "y",
}
"""Tests of the language, and the same in Python."""


def expression(chance: random.Random, depth: int) -> tuple[str, str]:
    """Words of the language, and the same for Python."""
    if depth == 0 or chance.random() < 0.3:
        test = chance.choice(list(TESTS))
        return test, f"({TESTS[test]})"
    word = chance.choice(["and", "or"])
    parts = [expression(chance, depth - 1) for _ in range(chance.choice([2, 2, 3]))]
    said = f" {word} ".join(part for part, _ in parts)
    meant = f" {word} ".join(part for _, part in parts)
    return f"({said})", f"({meant})"


def parsed(words: str) -> Condition | None:
    """A condition, or None if the language refuses it (because a part of it says nothing, or it is too long)."""
    text = Text(words)
    text.place, text.exact = Place(1, 1), True
    problems: list[Problem] = []
    condition = parse_condition(text, NAMES, position("xy"), problems)
    assert (condition is None) == bool(problems)
    assert all("holds, whatever is held" in problem.message or "more than 64" in problem.message for problem in problems), problems
    return condition


def test_what_brackets_mean() -> None:
    """Everything that can be held (0 to 2), known and asked, for hundreds of conditions; none has a test that adds nothing."""
    chance = random.Random(1)
    judged = 0
    for _ in range(1500):
        words, meant = expression(chance, 3)
        condition = parsed(words)
        if condition is None:
            continue
        judged += 1
        meaning = compile(meant, "meant", "eval")
        for a, b, c, f, x, y in itertools.product(range(3), range(3), range(2), *([(False, True)] * 3)):
            configuration = interpret.Configuration(0, (a, b, c), (f,))
            said = interpret.holds(MODEL, configuration, condition, x + 2 * y)
            assert said == eval(meaning, {"a": a, "b": b, "c": c, "f": f, "x": x, "y": y}), words
        assert all(len(set(atoms)) == len(atoms) for atoms in condition.alternatives), words
    assert judged > 300
