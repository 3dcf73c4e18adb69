"""The headers of specs made at random, with every kind of condition that the language has, against their models, interpreted:
verdict, rule, warnings and what follows, in configurations that events lead to and in others.

tests/prove/every_configuration.py asks more of fewer of them.
"""

import random
from collections.abc import Iterator

import pytest

from configurations import argument_sets
from embedded import Embedded, embedded
from interpret import Configuration, apply, judge, warnings
from model import LIMIT, Lifecycle
from other_lifecycles import at_random

SEEDS = range(24)
CONFIGURATIONS = 120
COUNTS = (0, 0, 0, 1, 1, 2, 3, 4, 5, 255, 256, LIMIT - 2, LIMIT - 1, LIMIT)
"""Around the numbers that conditions ask for, and where a byte ends."""


def configurations(model: Lifecycle, chance: random.Random) -> Iterator[Configuration]:
    """Any configurations."""
    for _ in range(CONFIGURATIONS):
        counts = tuple(chance.choice(COUNTS) for _ in model.holdings)
        yield Configuration(chance.randrange(len(model.states)), counts, tuple(chance.random() < 0.5 for _ in model.facts))


def differences(made: Embedded, seed: int) -> Iterator[str]:
    """Where the header says something else than the model."""
    model = made.model
    rule, warned = made.function("rule"), made.function("warnings")
    for here in configurations(model, random.Random(seed)):
        memory = made.memory(here)
        calls = [(event, bits) for event, what in enumerate(model.events) for bits in argument_sets(what)]
        verdicts, machines = made.fire(memory * len(calls), calls)
        for number, (event, bits) in enumerate(calls):
            verdict = judge(model, here, event, bits)
            after = apply(model, here, event, bits) if verdict.accepted else here
            expected = (
                verdict.reason,
                len(model.rules) if verdict.rule is None else verdict.rule,
                sum(1 << index for index in warnings(model, here, event, bits)),
                made.memory(after),
            )
            found = machines[number * made.size : (number + 1) * made.size]
            said = verdicts[number], rule(memory, event, bits), warned(memory, event, bits), found
            if said != expected:
                yield f"{made.line(event, bits)} in {here}: {said[:3]} for {expected[:3]}, then {made.configuration(found)}"


SOME = """
lifecycle: some
states: {open: {initial: yes, final: yes}}
holdings: {h: {}, k: {}}
groups: {both: [h, k]}
rules: {enough: {}}
events:
  take: {takes: h, moves: {open: stay}}
  take_other: {takes: k, moves: {open: stay}}
  use: {needs: {CONDITION: enough}, moves: {open: stay}}
"""


@pytest.mark.parametrize(("condition", "accepted"), [
    ("h >= 0 and h", {1, 2, 3, LIMIT}),
    ("h and h >= 0", {1, 2, 3, LIMIT}),
    ("h >= 0 and h > 1", {2, 3, LIMIT}),
    ("h >= 0 and k == 0 and h <= 2", {0, 1, 2}),
    ("h >= 0 and no k and no h", {0}),
    ("h <= 65535 and h >= 2", {2, 3, LIMIT}),
    ("k >= 0 and h == 65535", {LIMIT}),
    ("both >= 0 and both > 1", {2, 3, LIMIT}),
    ("both <= 131070 and both < 2", {0, 1}),
    ("h >= 0 and h > 2 or k >= 0 and h < 1", {0, 3, LIMIT}),
    ("h >= 1 or k > 0 and h >= 0", {1, 2, 3, LIMIT}),
])
def test_what_always_holds_changes_nothing(condition: str, accepted: set[int]) -> None:
    """Beside other tests, wherever it stands."""
    made = embedded(SOME.replace("CONDITION", condition))
    counts = (0, 1, 2, 3, LIMIT)
    machines = b"".join(made.memory(Configuration(0, (count, 0), ())) for count in counts)
    verdicts, _ = made.fire(machines, [made.step("use")] * len(counts))
    assert {count for count, verdict in zip(counts, verdicts) if verdict == "accepted"} == accepted


@pytest.mark.parametrize("seed", SEEDS)
def test_a_header_is_what_its_model_says(seed: int) -> None:
    """Wherever a machine is."""
    assert next(differences(embedded(at_random(seed)), seed), None) is None
