"""Large lifecycles: what is made of them grows with their moves, and means what it should. No time is measured here.

How long it takes is measured by tests/bench/growth.py; here the work is counted that the time comes from.
"""

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

from compiled import Generated, generated
from every_configuration import Scope, prove
from grown_lifecycles import Size, grown
from machine.letters import alphabet
from machine.ragel import compile_machine
from machine.tables import tabulate

SIZES = (Size(30, 40, 300), Size(100, 40, 1_000), Size(300, 40, 3_000))


@cache
def made(size: Size) -> Generated:
    return generated(grown(size))


def moves_of(lifecycle: Generated) -> int:
    return sum(move is not None for event in lifecycle.model.events for move in event.moves)


@pytest.mark.parametrize("size", SIZES)
def test_letters_and_rows_are_fewer_than_moves(size: Size) -> None:
    """A letter more for a need, a branch or a rule that refuses, a row more for a move that is like no other."""
    lifecycle = made(size)
    model, moves = lifecycle.model, moves_of(lifecycle)
    assert moves >= size.moves
    machine = compile_machine(model)
    letters = sum(len(alike.letters) for alike in alphabet(model))
    branches = sum(len(choice.branches) for choice in model.choices)
    own_needs = sum(line.count("{to: ") for line in grown(size).splitlines())
    assert letters <= 4 * len(model.events) + own_needs + len(model.events) * branches
    tables = tabulate(model, machine)
    assert len(tables.rows) <= moves
    transitions = sum(len(cell) for row in machine.transitions for cell in row)
    assert transitions <= len(model.states) * len(model.events) + 6 * moves


@pytest.mark.parametrize("size", SIZES)
def test_what_is_written_grows_with_the_table_of_states_and_events(size: Size) -> None:
    """So many bytes for each transition in the Ragel source, and for each cell, step and row in the header; the rest is names."""
    lifecycle = made(size)
    cells = len(lifecycle.model.states) * len(lifecycle.model.events)
    transitions = lifecycle.source.partition("    # States\n")[2].count(" -> ")
    names = len(lifecycle.model.states) + len(lifecycle.model.events)
    assert len(lifecycle.source) <= 200 * transitions + 500 * names
    assert len(lifecycle.header) <= 20 * cells + 80 * moves_of(lifecycle) + 600 * names + 60_000


def test_ragel_looks_up_few_names() -> None:
    """It looks through all names in the states for each target in them: the letters are numbers there, or it would take minutes."""
    lifecycle = made(SIZES[1])
    states = lifecycle.source.partition("    # States\n")[2].partition("}%%")[0]
    words = set(re.findall(r"(?<![@~\w])[a-z]\w*", re.sub(r"#.*", "", states)))
    assert words == {"main", "start", *(f"at_{state.name}" for state in lifecycle.model.states if not state.initial)}


def test_a_thousand_states_mean_what_they_should(tmp_path: Path) -> None:
    """The header, the interpreter and Ragel's own code agree on a case of each event in each state."""
    size = Size(1_000, 8, 1_400)
    result = prove(made(size), tmp_path, Scope(some=1, explained=9_973), 1, ("-O0",))
    assert result.differences == ()
    assert result.cases >= 1_000 * 16
    assert all(count > 20 for count in result.verdicts.values()) and len(result.verdicts) == 5, result.verdicts


def test_a_hundred_kinds_in_a_group_mean_what_they_should(tmp_path: Path) -> None:
    """With the 32 facts that a lifecycle can have, and many holdings beside."""
    size = Size(10, 20, 100, holdings=30, kinds=100, facts=32)
    result = prove(made(size), tmp_path, Scope(some=3, explained=9_973), 1, ("-O0",))
    assert result.differences == ()
    assert result.cases >= 3 * 10 * 220


def test_ten_thousand_moves_make_a_header(tmp_path: Path) -> None:
    """It compiles; ninja prove holds it against the model."""
    (tmp_path / "grown.h").write_text(made(Size(1_000, 40, 10_000)).header, encoding="utf-8")
    command = ["cc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-DGROWN_IMPLEMENTATION", "-fsyntax-only", "-x", "c", "grown.h"]
    subprocess.run(command, cwd=tmp_path, check=True)
