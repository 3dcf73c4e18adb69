"""NAME_SMALL: the same machine in less code. What the tests hold the header against, they hold this form of it against."""

import os
import re
import shlex
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import damaged_memory
import every_configuration
from compiled import ROOT, generated
from prove_configurations import name_of, short
from prove_sanitizers import PARTS, PYTHON, WATCHES, make_replayer, rerun
from toolchain import file_of_tests

SEED = 1
MADE_UP = 10
"""Lifecycles that chance makes up."""
Say = Callable[[str], None]


def lifecycles() -> set[str]:
    """What the lifecycles are called that the specs, the documents and the tests have."""
    places = [ROOT / "README.md", *ROOT.glob("spec/*.yaml"), *ROOT.glob("spec/*.md"), *ROOT.glob("tests/**/*.py"), *ROOT.glob("tests/**/*.yaml")]
    return {name for path in places for name in re.findall(r"^lifecycle: *\"?([a-z]\w*)", path.read_text(encoding="utf-8"), re.M)}


SMALL = replace(WATCHES["gcc"], name="small", flags=("-O2", *(f"-D{name.upper()}_SMALL" for name in sorted(lifecycles() | {"t"}))))
"""A compiler that makes the small form of them all."""
CONFIGURATIONS = every_configuration.everything(SEED, MADE_UP)


@pytest.mark.parametrize(("spec", "scope"), CONFIGURATIONS, ids=[name_of(spec) for spec, _ in CONFIGURATIONS])
def test_every_configuration(spec: str, scope: every_configuration.Scope, tmp_path: Path, say: Say) -> None:
    result = every_configuration.prove(replace(generated(spec), small=True), tmp_path, scope, SEED, ("-Os",))
    assert result.differences == ()
    assert result.cases > 0
    say(f"{result.cases:,} cases, {2 * result.cases:,} comparisons{short(result.cut_short)}")


DAMAGED = [(spec, scope) for spec, scope in damaged_memory.everything() if scope != damaged_memory.WHOLE]


@pytest.mark.parametrize(("spec", "scope"), DAMAGED, ids=[name_of(spec) for spec, _ in DAMAGED])
def test_damaged_memory(spec: str, scope: damaged_memory.Scope, tmp_path: Path, say: Say) -> None:
    result = damaged_memory.prove(replace(generated(spec), small=True), tmp_path, scope, SEED)
    assert result.wrong == ()
    assert result.machines > 0 and result.judgements > 0
    say(f"{result.machines:,} damaged machines ({result.corrupt:,} corrupt), {result.judgements:,} judgements")


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with headers and replayers, as the build's."""
    folder = tmp_path_factory.mktemp("small")
    for spec in sorted((ROOT / "spec").glob("*.yaml")):
        make_replayer(SMALL, spec, folder)
    return folder


@pytest.mark.parametrize("part", [part for part in PARTS if part != "forms"])
def test_the_tests_pass(build: Path, part: str, say: Say) -> None:
    passed, failed, said = rerun(SMALL, build, *PARTS[part])
    assert failed == 0, said[-6000:]
    assert passed > 0
    say(f"{passed} tests")


def test_it_is_the_small_form_that_they_try(build: Path) -> None:
    """A replayer has its tables and not those of the other form."""
    symbols = subprocess.run(["nm", build / "mapi_session-replay"], capture_output=True, text=True, check=True).stdout
    assert "mapi_session_ranges" in symbols
    assert "mapi_session_masks" not in symbols


@pytest.mark.parametrize("part", ("words", "explain", "next", "observe"))
def test_the_tests_inside_python_pass(part: str, say: Say) -> None:
    environment = {**os.environ, "LASTCALL_SMALL": "1", "LASTCALL_CC": shlex.join(("gcc",))}
    for name in [name for name in environment if name.startswith("PYTEST_")]:
        del environment[name]
    command = [PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--tb=short", file_of_tests(part)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    counts = re.fullmatch(r"(\d+) passed, 0 failed", done.stdout.splitlines()[-1] if done.stdout else "")
    assert counts and done.returncode == 0 and int(counts[1]) > 0, done.stdout[-6000:] + done.stderr[-6000:]
    say(f"{counts[1]} tests")
