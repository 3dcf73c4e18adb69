"""The generated C should be exactly what the spec says: a sample of what tests/prove/every_configuration.py tries whole.

And a difference should be seen, wherever it comes from: a number in a table of the header, the Ragel source, the spec.
"""

import random
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
import other_lifecycles
from compiled import Generated, generated
from every_configuration import VERDICTS, Scope, prove

SEED = 7
QUICKLY = ("-O0",)
MAPI = (ROOT / "spec" / "mapi_session.yaml").read_text(encoding="utf-8")
OTHERS: dict[str, Callable[[], str]] = {
    "message_service": lambda: (ROOT / "spec" / "message_service.yaml").read_text(encoding="utf-8"),
    "database_connection": lambda: (ROOT / "tests" / "lifecycles" / "database_connection.yaml").read_text(encoding="utf-8"),
    "corners": lambda: (ROOT / "tests" / "lifecycles" / "corners.yaml").read_text(encoding="utf-8"),
    "many_holdings": other_lifecycles.many_holdings,
    "many_states": other_lifecycles.many_states,
    "all_bits": other_lifecycles.all_bits,
    "random_1": lambda: other_lifecycles.at_random(1),
}


def sample(some: int) -> Scope:
    """So many cases of each event in each state, a few of them explained."""
    return Scope(some=some, explained=97)


@pytest.fixture(scope="module")
def mapi() -> Generated:
    return generated(MAPI)


def test_mapi_session(mapi: Generated, tmp_path: Path) -> None:
    result = prove(mapi, tmp_path, sample(100), SEED)
    assert result.differences == ()
    assert result.cases >= 100 * len(mapi.model.states) * len(mapi.model.events)
    assert all(result.verdicts[verdict] > 50 for verdict in VERDICTS), result.verdicts


@pytest.mark.parametrize("name", OTHERS)
def test_other_lifecycles(name: str, tmp_path: Path) -> None:
    made = generated(OTHERS[name]())
    assert made.model.name == name
    cells = len(made.model.states) * len(made.model.events)
    result = prove(made, tmp_path, sample(max(1, 5_000 // cells)), SEED)
    assert result.differences == ()
    assert result.cases >= min(cells, 1_000)


TABLES = ("events", "masks", "steps", "rows", "cells", "all_warnings", "first_warning")


@pytest.mark.parametrize("table", TABLES)
def test_a_wrong_number_in_the_header_is_seen(mapi: Generated, table: str, tmp_path: Path) -> None:
    """One number of a table is one too high. Of three numbers, as not each of them makes a difference."""
    chance = random.Random(SEED)
    for number in range(3):
        broken = replace(mapi, header=with_a_wrong_number(mapi, table, chance))
        if prove(broken, tmp_path / str(number), sample(30), SEED, QUICKLY).differences:
            return
    pytest.fail("nothing was noticed")


def with_a_wrong_number(made: Generated, table: str, chance: random.Random) -> str:
    """The header, one number in a table of it one higher."""
    name = f"{made.model.name}_{table}"
    [found] = re.finditer(rf"^static const \w+ {name}(?:\[\w*\])+ = \{{\n(.*?)^\}};$", made.header, re.M | re.S)
    body = re.sub(r"/\*.*?\*/", lambda comment: " " * len(comment.group()), found[1])
    place = chance.choice([match.span() for match in re.finditer(r"0x[0-9A-F]+|\b\d+\b", body)])
    place = place[0] + found.start(1), place[1] + found.start(1)
    wrong = int(made.header[slice(*place)], 0) + 1
    return f"{made.header[:place[0]]}{wrong}{made.header[place[1]:]}"


def test_a_wrong_action_in_the_ragel_source_is_seen(mapi: Generated, tmp_path: Path) -> None:
    right = "@need_logoff_first                       -> at_advised"
    assert mapi.source.count(right) == 1
    broken = replace(mapi, source=mapi.source.replace(right, "@need_unadvise_first -> at_advised"))
    (first, *_) = prove(broken, tmp_path, sample(30), SEED, QUICKLY).differences
    assert "the rule is not that of Ragel's machine" in first and "release_session in advised" in first


@pytest.mark.parametrize(("right", "wrong"), (
    ("session_refs > 1: logoff-first", "session_refs > 2: logoff-first"),
    ("no objects: release-objects-first", "no message_stores: release-objects-first"),
    ("{when: entry_ids, to: entry_ids_cached}", "{when: entry_ids, to: ready_to_log_off}"),
    ("owner: {sets: owner}", "owner: {}"),
    ("in: ending, logged_off\n    refuses: ole_uninitialize", "in: ending\n    refuses: ole_uninitialize"),
    ("title: outbound messages, may_remain: yes", "title: outbound messages, may_remain: no"),
))  # fmt: skip
def test_the_header_of_another_spec_is_seen(mapi: Generated, right: str, wrong: str, tmp_path: Path) -> None:
    """The header of a spec that differs in a word is held against the meaning of the right one."""
    assert right in MAPI
    other = generated(MAPI.replace(right, wrong))
    assert prove(replace(mapi, header=other.header), tmp_path, sample(30), SEED, QUICKLY).differences
