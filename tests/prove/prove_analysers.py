"""All that gcc -fanalyzer, clang-tidy and cppcheck (with its MISRA C:2012 addon on the headers) find, deviations.md explains."""

from collections.abc import Callable
from pathlib import Path

import pytest

import analysers
import other_lifecycles
from analysers import ROOT, Finding, Missing, Source
from compiled import generated

SMALLEST = "lifecycle: smallest\nstates: {only: {initial: yes, final: yes}}\nevents: {go: {moves: {only: stay}}}\n"
"""A lifecycle that has nothing that can be left out."""


FIRST_ONES = 5
"""How many headers are looked at without text, too."""


def specs() -> list[str]:
    """The project's own, one that says all there is, many of everything, almost nothing, and two that chance makes up."""
    own = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "spec").glob("*.yaml"))]
    return [*own, *dict.fromkeys(other_lifecycles.all_of_them()), SMALLEST, *map(other_lifecycles.at_random, (1, 2))]


def header(spec: str, folder: Path, *options: str) -> Source:
    """The header of a spec as a source of its own, with its implementation."""
    made = generated(spec)
    name = made.model.name
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.h"
    path.write_text(made.header, encoding="utf-8")
    named = [option.replace("NAME", name.upper()) for option in ("-DNAME_IMPLEMENTATION", *options)]
    return Source(path, tuple(named), name, misra=True)


def headers(folder: Path) -> list[Source]:
    """All of them, and the first ones also without text, which is less of the same."""
    others = [header(spec, folder, option) for spec in specs()[:FIRST_ONES] for option in ("-DNAME_NO_TEXT",)]
    return [header(spec, folder) for spec in specs()] + others


def programs(folder: Path) -> list[Source]:
    """The replayer, the examples, and the C through which the tests of the headers ask, with the header of the MAPI session."""
    for name in ("mapi_session", "message_service"):
        header((ROOT / "spec" / f"{name}.yaml").read_text(encoding="utf-8"), folder)
    here = (f"-I{folder}", "-D_POSIX_C_SOURCE=200809L")
    machine = ("-DLASTCALL_HEADER=<mapi_session.h>", "-DLASTCALL_NAME=mapi_session", "-DLASTCALL_CONSTANT=MAPI_SESSION")
    machine += ("-DMAPI_SESSION_IMPLEMENTATION", *here)
    options = {"runtime/*.c": machine, "tests/shared/probe.c": machine, "tests/examples/*.c": here}
    return [Source(path, with_, "mapi_session") for pattern, with_ in options.items() for path in sorted(ROOT.glob(pattern))]


def found(tool: str, sources: list[Source], folder: Path) -> list[Finding]:
    try:
        return analysers.look(tool, sources, folder)
    except Missing as missing:
        pytest.skip(str(missing))


@pytest.mark.parametrize("tool", analysers.TOOLS)
def test_every_finding_is_explained_and_every_explanation_needed(tool: str, tmp_path: Path, say: Callable[[str], None]) -> None:
    sources = [*headers(tmp_path / "headers"), *programs(tmp_path / "programs")]
    findings = found(tool, sources, tmp_path / "work")
    known = [each for each in analysers.deviations() if each.tool == tool]
    assert analysers.unexplained(findings, known) == []
    assert analysers.unneeded(findings, known) == []
    say(f"{len(sources)} sources, {len(findings)} findings, explained by {len(known)} deviations")


PLANTED = """
int NAME_planted_null(bool there);
int NAME_planted_index(void);
int NAME_planted_value(int number);
int NAME_planted_null(bool there)
{
    static int somewhere;
    int *place = NULL;
    if (there) {
        place = &somewhere;
    }
    return *place;
}
int NAME_planted_index(void)
{
    static const int table[3] = {1, 2, 3};
    const int index = 3;
    return table[index];
}
int NAME_planted_value(int number)
{
    int unused;
    unused = number;
    goto end;
end:
    return number;
}
"""
"""A null pointer that is followed, a place behind a table, a value that nobody reads, and a goto."""

SEEN = {
    "gcc": {"-Wanalyzer-null-dereference", "-Wunused-but-set-variable"},
    "clang-tidy": {"clang-analyzer-core.NullDereference", "clang-diagnostic-array-bounds", "clang-analyzer-deadcode.DeadStores"},
    "cppcheck": {"nullPointer", "arrayIndexOutOfBounds", "unassignedVariable", "misra-c2012-15.1"},
}
"""What each tool is to see of that, if it looks at all."""


@pytest.mark.parametrize("options", [(), ("-DNAME_NO_TEXT",)], ids=["text", "no_text"])
@pytest.mark.parametrize("tool", analysers.TOOLS)
def test_what_is_planted_in_a_header_is_seen(tool: str, options: tuple[str, ...], tmp_path: Path) -> None:
    """And no deviation explains it: none of them is so wide that it would hide a fault."""
    source = header(SMALLEST, tmp_path, *options)
    text = source.path.read_text(encoding="utf-8")
    end = "\n#endif /* SMALLEST_IMPLEMENTATION */"
    assert text.count(end) == 1
    source.path.write_text(text.replace(end, PLANTED.replace("NAME", "smallest") + end), encoding="utf-8")
    seen = [finding for finding in found(tool, [source], tmp_path / "work") if "_planted_" in finding.function]
    known = analysers.deviations()
    left = {check for finding in seen for check in finding.checks if analysers.unexplained([finding], known)}
    assert SEEN[tool] <= left


def test_a_deviation_that_explains_nothing_is_seen() -> None:
    """Neither another tool, nor another check, file or function needs it."""
    deviation = analysers.Deviation("gcc", "-Wone", "-", (("NAME.h", "NAME_fire"), ("runtime/*", "*")), "because")
    needing = Finding("gcc", ("-Wone",), "NAME.h", "NAME_fire", "")
    other = Finding("gcc", ("-Wtwo", "-Wone"), "runtime/replay.c", "main", "")
    assert analysers.unneeded([needing, other], [deviation]) == []
    assert analysers.unneeded([needing], [deviation]) == ["gcc -Wone in runtime/*: *"]
    for finding in (
        Finding("clang-tidy", ("-Wone",), "runtime/replay.c", "main", ""),
        Finding("gcc", ("-Wtwo",), "runtime/replay.c", "main", ""),
        Finding("gcc", ("-Wone",), "NAME.h", "NAME_check", ""),
    ):
        assert analysers.unneeded([needing, finding], [deviation]) == ["gcc -Wone in runtime/*: *"]
        assert len(analysers.unexplained([needing, finding], [deviation])) == 1


def test_the_table_can_be_read() -> None:
    """Each deviation has words of its own, and a MISRA rule its category."""
    known = analysers.deviations()
    assert len({(each.tool, each.check) for each in known}) == len(known) > 10
    for each in known:
        assert (each.category != "-") == each.check.startswith("misra-"), each
        assert len(each.why.split()) > 4, each
