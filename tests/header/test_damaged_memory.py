"""Whatever the bytes of a machine are, nothing undefined should happen: a sample of what tests/prove/damaged_memory.py tries whole."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
from compiled import generated
from damaged_memory import Scope, prove

SEED = 7
SOME = Scope(configurations=60, machines=4_000, events=1, explain=307, say=1_009)


def spec(name: str) -> str:
    return (ROOT / "spec" / f"{name}.yaml").read_text(encoding="utf-8")


SPECS: dict[str, Callable[[], str]] = {
    "mapi_session": lambda: spec("mapi_session"),
    "message_service": lambda: spec("message_service"),
    "database_connection": lambda: (ROOT / "tests" / "lifecycles" / "database_connection.yaml").read_text(encoding="utf-8"),
}


@pytest.mark.parametrize("name", SPECS)
def test_damage(name: str, tmp_path: Path) -> None:
    result = prove(generated(SPECS[name]()), tmp_path, SOME, SEED)
    assert result.wrong == ()
    assert result.machines > 4_000 and result.machines // 10 < result.corrupt < result.machines
    assert result.judgements > 10_000 and result.explanations > 30 and result.interpreted > 10


@pytest.mark.parametrize(("name", "right", "wrong", "said"), (
    ("message_service", r"0xFFFFFFFCu", "0xFFFFFFF8u", "index [4-7] out of bounds"),
    ("message_service", r"0xFFFFFFFCu", "0xFFFCu", "check of a corrupt machine"),
    ("mapi_session", r"(_contradicts\(.*?)return .*?;", r"\1return m == NULL || field == 99;", "touches a contradiction"),
    ("message_service", r"if \(text->length \+ 1 < text->size\)", "if (text->length < text->size + 1)", "buffer-overflow|null pointer"),
    ("message_service", r"(return \w+)_CORRUPT;", r"\1_REJECTED_STATE;", "check"),
))  # fmt: skip
def test_a_header_that_takes_less_care_is_seen(name: str, right: str, wrong: str, said: str, tmp_path: Path) -> None:
    made = generated(spec(name))
    header, number = re.subn(right, wrong, made.header, count=1, flags=re.S)
    assert number == 1
    result = prove(replace(made, header=header), tmp_path, SOME, SEED)
    assert result.wrong and re.search(said, result.wrong[0]), result.wrong
