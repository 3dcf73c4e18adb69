"""The mutants by which `ninja prove` tests the tests: they are what they should be, and what becomes of one is found out."""

from dataclasses import replace
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
import mutate_generator
import mutate_header
from compiled import generated
from kill_mutants import Killers, Outcome

HEADER = """
int outside = 1;
#if defined T_IMPLEMENTATION && !defined T_IMPLEMENTED
typedef struct entry { int number; const char *name; } entry;
static const entry table[] = { /* 7 */
    {3, "one"}, {-1, ""},
};
#ifdef T_OTHER
static const uint64_t masks[] = {UINT64_C(0xF0)};
#else
static int f(const int *m, int n)
{
    static const int inner[2] = {5, 6};
    if (n < T_COUNT && !m[0]) {
        g(n);
    }
    return n;
}
#endif
#endif
"""
WANTED = {
    "table": ("⟦3→0⟧", "⟦3→2⟧", "⟦3→4⟧", '⟦"one"→"o~e"⟧', "⟦-→⟧", "⟦1→0⟧", "⟦1→2⟧", '⟦""→"~"⟧'),
    "masks": ("⟦0xF0→0xE0⟧", "⟦0xF0→0xD0⟧", "⟦0xF0→0xF8⟧", "⟦0xF0→0x70⟧", "⟦0xF0→0x1F0⟧"),
    "inner": ("⟦5→0⟧", "⟦5→4⟧", "⟦5→6⟧", "⟦6→0⟧", "⟦6→5⟧", "⟦6→7⟧"),
    "f": (
        "⟦(n < T_COUNT && !m[0])→(false && (n < T_COUNT && !m[0]))⟧", "⟦(n < T_COUNT && !m[0])→(true || (n < T_COUNT && !m[0]))⟧",
        "⟦<→<=⟧", "⟦<→>=⟧", "⟦T_COUNT→(T_COUNT + 1)⟧", "⟦T_COUNT→(T_COUNT - 1)⟧", "⟦&&→||⟧", "⟦!→⟧", "⟦0→1⟧", "⟦g(n);→;⟧",
    ),
}  # fmt: skip
MODULE = '''
def f(a: int, b: bool = True) -> int:
    """Words."""
    if a < 1 and not b:
        a += 2
    return a | 4
'''
WANTED_OF_MODULE = {
    "⟦True→False⟧", "⟦a < 1 and not b→True⟧", "⟦a < 1 and not b→False⟧", "⟦<→<=⟧", "⟦<→>=⟧", "⟦1→2⟧", "⟦1→0⟧", "⟦and→or⟧", "⟦not →⟧",
    "⟦a += 2→pass⟧", "⟦2→1⟧", "⟦2→3⟧", "⟦return a | 4→return None⟧", "⟦|→&⟧", "⟦4→3⟧", "⟦4→5⟧",
}  # fmt: skip


def changes(header: str, mutant: mutate_header.Mutant) -> str:
    return f"⟦{header[mutant.begin:mutant.end]}→{mutant.text}⟧"


@pytest.mark.parametrize("where", WANTED)
def test_mutants_of_a_header(where: str) -> None:
    """Each of these, and no others."""
    found = [changes(HEADER, mutant) for mutant in mutate_header.mutants(HEADER) if mutant.where == where]
    assert sorted(found) == sorted(WANTED[where])


def test_where_there_are_none() -> None:
    """Not before the implementation, nor in comments and types; and it is known what the preprocessor must have."""
    found = mutate_header.mutants(HEADER)
    assert {mutant.where for mutant in found} == set(WANTED)
    macros = {mutant.where: set(mutant.macros) for mutant in found}
    assert macros == {"table": set(), "masks": {"T_OTHER"}, "inner": {"!T_OTHER"}, "f": {"!T_OTHER"}}


def test_mutants_of_the_generator() -> None:
    source = MODULE.encode()
    found = mutate_generator.mutants("m", source)
    assert {f"⟦{source[each.begin:each.end].decode().strip(' ') if each.kind != 'not' else 'not '}→{each.text}⟧" for each in found} == WANTED_OF_MODULE
    assert all(each.of(source) != source for each in found)


def test_what_becomes_of_a_mutant(tmp_path: Path) -> None:
    """A wrong one is killed; one that is none is equivalent; one that does not compile is no mutant."""
    made = generated((ROOT / "spec" / "message_service.yaml").read_text(encoding="utf-8"))
    killers, outcome = Killers(made, tmp_path), Outcome()
    one = next(mutant for mutant in mutate_header.mutants(made.header) if mutant.where.endswith("_fire") and mutant.kind == "statement")
    killers.judge(one, outcome)
    killers.judge(replace(one, text=made.header[one.begin : one.end]), outcome)
    killers.judge(replace(one, text="?"), outcome)
    killers.close()
    assert dict(outcome.killed) == {"configurations": 1} and outcome.invalid == 1 and not outcome.alive
    assert list(outcome.equivalent) == ["the compiler makes the same code of it"]
