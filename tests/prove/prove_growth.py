"""A lifecycle of a thousand states and ten thousand moves: does its header mean what the spec says?"""

from collections.abc import Callable
from pathlib import Path

from compiled import generated
from every_configuration import Scope, prove
from grown_lifecycles import Size, grown


def test_a_thousand_states_and_ten_thousand_moves(tmp_path: Path, say: Callable[[str], None]) -> None:
    made = generated(grown(Size(1_000, 40, 10_000)))
    result = prove(made, tmp_path, Scope(some=2, explained=997), 1, ("-O0",))
    assert result.differences == ()
    say(f"{result.cases:,} configurations and events of a lifecycle of 1,000 states and 10,000 moves")
