"""`ninja prove`: the tests notice a wrong header and a wrong generator; a sample of the mutants, kill_mutants.py and mutate_generator.py try all."""

from collections.abc import Callable
from pathlib import Path

import pytest

import kill_mutants
import mutate_generator
from compiled import ROOT, generated

SEED = 1
HEADERS = {
    "mapi_session": (ROOT / "spec" / "mapi_session.yaml", 44, 2),
    "message_service": (ROOT / "spec" / "message_service.yaml", 12, 1),
    "database_connection": (ROOT / "tests" / "lifecycles" / "database_connection.yaml", 16, 1),
}
"""The spec of each, how many mutants of its header, and in how many parts."""
OF_THE_GENERATOR, PARTS = 4, 2


@pytest.mark.parametrize(("name", "part"), [(name, part) for name, (_, _, parts) in HEADERS.items() for part in range(parts)])
def test_header(name: str, part: int, tmp_path: Path, say: Callable[[str], None]) -> None:
    path, number, parts = HEADERS[name]
    made = generated(path.read_text(encoding="utf-8"))
    mutants = kill_mutants.some_of(made.header, number, SEED, part, parts)
    outcome = kill_mutants.kill(made, tmp_path, mutants)
    assert not outcome.alive
    assert outcome.killed.total() > len(mutants) // 2
    say(outcome.counts())


@pytest.mark.parametrize("part", range(PARTS))
def test_generator(part: int, tmp_path: Path, say: Callable[[str], None]) -> None:
    tree = mutate_generator.Tree(tmp_path)
    outcome = mutate_generator.Outcome()
    for mutant in mutate_generator.chosen(tree, mutate_generator.MODULES, OF_THE_GENERATOR, SEED, part, PARTS):
        tree.judge(mutant, outcome)
    assert not outcome.alive
    assert outcome.killed
    say(outcome.counts())
