"""The C that tests run, run again under AddressSanitizer with UndefinedBehaviorSanitizer, of gcc and of clang, and under valgrind.

The tests are those of `ninja test`, on other builds (tests/shared/toolchain.py): what they expect, exit statuses included, they expect
here, too.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import damaged_memory
import every_configuration
import fuzz
import other_lifecycles
from compiled import ROOT, SANITIZERS, generated
from toolchain import file_of_tests

SEED = 3
PYTHON = "/usr/bin/python3"


@dataclass(frozen=True)
class Watch:
    """A way to watch a program: what it is compiled with, what stands before it, and how much is tried, as it slows down: of tests
    that start many programs, one in so many.
    """

    name: str
    compiler: tuple[str, ...]
    flags: tuple[str, ...]
    runner: tuple[str, ...]
    scope: every_configuration.Scope
    damaged: damaged_memory.Scope
    one_in: int = 1

    def missing(self) -> str:
        """What it needs and is not installed."""
        tools = [self.compiler[0], *self.runner[:1]]
        absent = [tool for tool in tools if shutil.which(tool) is None]
        if not absent and self.name == "clang":
            command = [*self.compiler, *self.flags, "-x", "c", "-", "-o", "/dev/null"]
            empty = subprocess.run(command, input=b"int main(void) { return 0; }", capture_output=True, check=False)
            absent = ["libclang-rt-dev"] if empty.returncode != 0 else []
        return ", ".join(absent)


ALL_OF_IT = every_configuration.Scope(some=60, explained=97)
WATCHES = {
    "gcc": Watch("gcc", ("gcc",), SANITIZERS, (), ALL_OF_IT, damaged_memory.FEW),
    # clang links the two checks that are for C++ alone only as clang++
    "clang": Watch("clang", ("clang",), (*SANITIZERS, "-fno-sanitize=function,vptr"), (), ALL_OF_IT, damaged_memory.FEW),
    "valgrind": Watch(
        "valgrind",
        ("gcc",),
        ("-O1", "-g"),
        ("valgrind", "-q", "--error-exitcode=99", "--leak-check=full", "--errors-for-leak-kinds=definite,indirect,possible"),
        every_configuration.Scope(some=4, explained=97),
        damaged_memory.Scope(configurations=20, machines=1_000, events=1, explain=997, say=2_003),
        one_in=8,
    ),
}


@pytest.fixture(scope="module", params=WATCHES)
def watch(request: pytest.FixtureRequest) -> Watch:
    chosen = WATCHES[request.param]
    if chosen.missing():
        pytest.skip(f"{chosen.missing()} is not installed: gen/setup --prove")
    return chosen


@pytest.fixture(scope="module")
def build(watch: Watch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with headers and replayers, as the build's."""
    folder = tmp_path_factory.mktemp(watch.name)
    for spec in sorted((ROOT / "spec").glob("*.yaml")):
        make_replayer(watch, spec, folder)
    return folder


def make_replayer(watch: Watch, spec: Path, folder: Path, *more: str) -> None:
    compiler = shlex.join([*watch.compiler, *watch.flags, *more])
    command = [ROOT / "gen" / "lastcall", "build", spec, "-o", folder]
    done = subprocess.run(command, env={**os.environ, "CC": compiler}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# The tests


def rerun(watch: Watch, build: Path, *arguments: str, one_in: int = 1) -> tuple[int, int, str]:
    """Runs tests on a build, or one in so many of them: how many passed and failed, and what was said. None may be skipped."""
    environment = {
        **os.environ,
        "LASTCALL_CC": shlex.join([*watch.compiler, *watch.flags]),
        "LASTCALL_RUNNER": shlex.join(watch.runner),
        "LASTCALL_BUILD": str(build),
        "LASTCALL_ONE_IN": str(one_in),
        "PYTHONPATH": str(ROOT / "tests" / "prove"),
    }
    for name in [name for name in environment if name.startswith("PYTEST_")]:
        del environment[name]
    plugins = ("-p", "no:cacheprovider", "-p", "no:xdist", "-p", "sampled")
    command = [PYTHON, "-m", "pytest", "-q", *plugins, "--tb=short", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    counts = re.fullmatch(r"(\d+) passed, (\d+) failed", done.stdout.splitlines()[-1] if done.stdout else "")
    assert counts, done.stdout[-3000:] + done.stderr
    return int(counts[1]), int(counts[2]), done.stdout


PARTS = {
    "cases": ("tests/replay/test_cases.py",),
    "documents": ("tests/replay/test_documents.py", "-k", "test_document["),
    "random traces": ("tests/replay/test_random_traces.py",),
    "replayer": ("tests/replay/test_replay.py", "-k", "not memory and not compiles and not source"),
    "replayer that finishes": ("tests/replay/test_replay_finish.py", "-k", "not memory and not cleanly"),
    "replayer that observes": ("tests/replay/test_replay_observe.py", "-k", "not memory and not header"),
    "shapes": ("tests/header/test_generated_headers.py", "-k", "test_shape"),
    "examples": ("tests/header/test_examples.py", "-k", "test_prints"),
    "calls": ("tests/header/test_calls.py", "-k", "test_promises or exception"),
    "forms": ("tests/bench/test_bench_forms.py", "-k", "agree"),
}
"""Tests that run C, without those that only compile it, those that limit the memory, of which a watched program needs more, and
one that starts the replayer a hundred times for what others try as well.
"""


@pytest.mark.parametrize("part", PARTS)
def test_the_tests_pass(watch: Watch, build: Path, part: str, say: Callable[[str], None]) -> None:
    one_in = watch.one_in if part.startswith("replayer") else 1
    passed, failed, said = rerun(watch, build, *PARTS[part], one_in=one_in)
    assert failed == 0, said[-6000:]
    assert passed > 0
    say(f"{passed} tests" + (f", one in {one_in}" if one_in > 1 else ""))


@pytest.mark.parametrize("part", ("explain", "next", "observe"))
def test_the_tests_inside_python_pass(part: str, tmp_path: Path, say: Callable[[str], None]) -> None:
    """They load the header into Python. That is not watched itself: what is not freed at its end does not count; and valgrind would
    watch it all.
    """
    watch = WATCHES["gcc"]
    found = subprocess.run(["gcc", "-print-file-name=libasan.so"], capture_output=True, text=True, check=True).stdout.strip()
    for spec in sorted((ROOT / "spec").glob("*.yaml")):
        make_replayer(watch, spec, tmp_path)
    # only Python itself is to be preloaded: the compiler and Ragel, which it starts, are not watched
    start = tmp_path / "start.py"
    program = "import os, sys\ndel os.environ['LD_PRELOAD']\nimport pytest\nsys.exit(pytest.main(sys.argv[1:]))\n"
    start.write_text(program, encoding="utf-8")
    environment = {"LASTCALL_CC": shlex.join([*watch.compiler, *watch.flags]), "LASTCALL_BUILD": str(tmp_path)}
    environment |= {"LD_PRELOAD": found, "ASAN_OPTIONS": "detect_leaks=0"}
    command = [PYTHON, start, "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--tb=short", file_of_tests(part)]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    counts = re.fullmatch(r"(\d+) passed, 0 failed", done.stdout.splitlines()[-1] if done.stdout else "")
    assert counts and done.returncode == 0 and int(counts[1]) > 0, done.stdout[-6000:] + done.stderr[-6000:]
    say(f"{counts[1]} tests")


@pytest.mark.parametrize("harness", fuzz.HARNESSES, ids=lambda harness: harness.name)
def test_the_kept_inputs_of_fuzzing_hold(watch: Watch, harness: fuzz.Harness, tmp_path: Path, say: Callable[[str], None]) -> None:
    engine = fuzz.Engine(watch.name, watch.compiler[0], (*watch.flags, str(fuzz.HERE / "replay_files.c")))
    witness = fuzz.HERE / f"witness_{harness.lifecycle}.h"
    program = tmp_path / harness.name
    parts = (fuzz.header_of(harness.lifecycle), witness if witness.exists() else None, program)
    made = fuzz.run(fuzz.compile_command(harness, engine, *parts))
    assert made.returncode == 0, made.stdout
    kept = [path for folder in fuzz.kept_inputs(harness) for path in sorted(folder.iterdir())]
    done = fuzz.run([*watch.runner, program, *kept])
    assert done.returncode == 0, done.stdout[-3000:]
    assert done.stdout.splitlines()[-1] == f"{len(kept)} inputs, no crash"
    say(f"{len(kept)} inputs")


SPECS = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "spec").glob("*.yaml"))]
SPECS += [*other_lifecycles.all_of_them(), *map(other_lifecycles.at_random, range(1, 7))]
EACH_SPEC = pytest.mark.parametrize("spec", SPECS, ids=[re.findall(r"^lifecycle\W+(\w+)", spec, re.M)[0] for spec in SPECS])


@EACH_SPEC
def test_a_sample_of_configurations(watch: Watch, spec: str, tmp_path: Path, say: Callable[[str], None]) -> None:
    made = generated(spec)
    cells = len(made.model.states) * len(made.model.events)
    scope = every_configuration.Scope(some=max(1, min(watch.scope.some or 1, 60_000 // cells)), explained=watch.scope.explained)
    result = every_configuration.prove(made, tmp_path, scope, SEED, watch.flags, watch.compiler, watch.runner)
    assert result.differences == ()
    assert result.cases > 0
    say(f"{result.cases:,} cases")


@pytest.mark.parametrize("name", ("mapi_session", "message_service"))
def test_damaged_machines(watch: Watch, name: str, tmp_path: Path, say: Callable[[str], None]) -> None:
    """A few; `prove_configurations.py` has far more, under the sanitizers of gcc."""
    made = generated((ROOT / "spec" / f"{name}.yaml").read_text(encoding="utf-8"))
    result = damaged_memory.prove(made, tmp_path, watch.damaged, SEED, watch.flags, watch.compiler, watch.runner)
    assert result.wrong == ()
    say(f"{result.machines:,} damaged machines, {result.judgements:,} judgements")


# Do they look?

FAULTS = r"""
#include <limits.h>
#include <stdlib.h>
#include <string.h>

int main(int count, char **arguments)
{
    const char *fault = count > 1 ? arguments[1] : "";
    char *volatile place = malloc((size_t)count);
    volatile int number = INT_MAX;
    int status = 0;

    if (place == NULL) {
        return 1;
    }
    if (strcmp(fault, "behind") == 0) {
        status = place[count] == 'x';
    } else if (strcmp(fault, "freed") == 0) {
        free(place);
        status = place[0] == 'x';
        return status;
    } else if (strcmp(fault, "leak") == 0) {
        place = NULL;
    } else if (strcmp(fault, "undefined") == 0) {
        number = number + count;
    } else if (strcmp(fault, "unset") == 0) {
        status = place[0] == 'x' ? 2 : 3;
    }
    free(place);
    return strcmp(fault, "three") == 0 ? 3 : status == 3 ? 0 : status;
}
"""
SEEN = {
    "gcc": ("behind", "freed", "leak", "undefined"),
    "clang": ("behind", "freed", "leak", "undefined"),
    "valgrind": ("behind", "freed", "leak", "unset"),
}
"""What each finds; valgrind does not see undefined arithmetic, and the sanitizers do not see what was never set."""


def test_a_fault_is_seen_and_a_status_passed_on(watch: Watch, tmp_path: Path) -> None:
    (tmp_path / "faults.c").write_text(FAULTS, encoding="utf-8")
    command = [*watch.compiler, *watch.flags, "-w", "-O0", tmp_path / "faults.c", "-o", tmp_path / "faults"]
    subprocess.run(command, check=True)
    status = {
        fault: subprocess.run([*watch.runner, tmp_path / "faults", fault], capture_output=True, check=False).returncode
        for fault in ("none", "three", *SEEN[watch.name])
    }
    assert (status.pop("none"), status.pop("three")) == (0, 3)
    assert all(code not in (0, 3) for code in status.values()), status


FAULTY = """
#include <stdlib.h>
__attribute__((constructor)) static void fault(void)
{
    volatile char *place = malloc(1);
    if (place[1] == 'x') {
        abort();
    }
    free((void *)place);
}
"""


def test_a_faulty_replayer_makes_the_tests_fail(watch: Watch, tmp_path: Path) -> None:
    """It answers all that is expected, but it reads behind its memory."""
    (tmp_path / "fault.h").write_text(FAULTY, encoding="utf-8")
    make_replayer(watch, ROOT / "spec" / "mapi_session.yaml", tmp_path, "-include", str(tmp_path / "fault.h"))
    passed, failed, _ = rerun(watch, tmp_path, "tests/replay/test_cases.py", "-k", "test_case[")
    assert passed == 0 and failed > 0
