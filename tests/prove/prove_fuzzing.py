"""`ninja prove`: each fuzz target for a few seconds from the kept corpus, and what OSS-Fuzz does, but for its own image.

`ninja fuzz` does the fuzzing; here is shown that each target still builds, runs, reaches what it reached, and keeps what it finds.
"""

import hashlib
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import fuzz

SECONDS = 4
"""For each target."""


@pytest.fixture(autouse=True)
def kept_as_it_is() -> Iterator[None]:
    """What is kept of fuzzing is not written to."""
    before = kept_files()
    yield
    assert kept_files() == before


def kept_files() -> dict[Path, str]:
    files = (path for folder in (fuzz.CORPUS, fuzz.CRASHES) for path in folder.rglob("*") if path.is_file())
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[fuzz.Target, Path | None], fuzz.Report]:
    """Fuzzes from the kept corpus alone, not from what earlier runs have found; with a program that is there, if one is given."""

    def fuzz_alone(target: fuzz.Target, program: Path | None = None) -> fuzz.Report:
        if target.harness and target.engine:
            try:
                built = program or fuzz.build(target.harness, target.engine)
            except fuzz.CannotBuild as reason:
                return fuzz.Report(target, skipped=str(reason))
            monkeypatch.setattr(fuzz, "build", lambda *_: built)
        monkeypatch.setattr(fuzz, "WORK", tmp_path / "fuzz")
        return fuzz.fuzz(target, SECONDS, kept_only=False)

    return fuzz_alone


@pytest.mark.parametrize("target", fuzz.TARGETS, ids=lambda target: target.name)
def test_a_few_seconds(
    target: fuzz.Target, alone: Callable[[fuzz.Target, Path | None], fuzz.Report], say: Callable[[str], None]
) -> None:
    report = alone(target, None)
    if report.skipped:
        pytest.skip(f"{target.name}: {report.skipped}: gen/setup --prove")
    assert not report.failed, report.failed
    assert not report.crashes
    if target.harness and target.engine is fuzz.LIBFUZZER:  # which begins with all inputs, however long that takes
        assert report.executions > sum(1 for folder in fuzz.kept_inputs(target.harness) for _ in folder.iterdir())
    assert report.executions > 0
    assert report.coverage
    say(f"{report.executions:,} executions in {report.seconds:.0f} s, {report.coverage}")


@pytest.mark.parametrize("engine", (fuzz.LIBFUZZER, fuzz.AFL), ids=lambda engine: engine.name)
def test_a_crash_is_found_and_kept(
    engine: fuzz.Engine, alone: Callable[[fuzz.Target, Path | None], fuzz.Report], tmp_path: Path
) -> None:
    """Of a header whose witness, the other side of the comparison, is wrong in one place."""
    harness = next(harness for harness in fuzz.HARNESSES if harness.name == "message_service-machine")
    try:
        fuzz.build(harness, engine)
    except fuzz.CannotBuild as reason:
        pytest.skip(f"{reason}: gen/setup --prove")
    witness, program = tmp_path / "witness.h", tmp_path / "wrong"
    right = (fuzz.HERE / "witness_message_service.h").read_text(encoding="utf-8")
    wrong = right.replace("? WITNESS_IN_OTHER_ENTRY : -1", "? WITNESS_IN_INSTALL_ENTRY : -1")
    assert wrong != right
    witness.write_text(wrong, encoding="utf-8")
    made = fuzz.run(fuzz.compile_command(harness, engine, fuzz.header_of(harness.lifecycle), witness, program), AFL_QUIET="1")
    assert made.returncode == 0, made.stdout
    report = alone(fuzz.Target(harness, engine), program)
    assert report.failed and "again with:" in report.failed
    assert report.crashes
    for crash in report.crashes:
        assert crash.is_relative_to(tmp_path / "fuzz" / "crashes" / harness.name)
        again = fuzz.run([program, crash], AFL_QUIET="1")
        assert again.returncode != 0 and "does not hold" in again.stdout


# What OSS-Fuzz does: a clone of the project, its build script with the variables that say which fuzzer and sanitizer it is for,
# and then the targets, each with its corpus


@dataclass(frozen=True)
class Job:
    """A fuzzer and a sanitizer, and how OSS-Fuzz calls the compiler for them."""

    fuzzer: str
    sanitizer: str
    compilers: tuple[str, str]
    flags: tuple[str, ...]
    engine: str = "-fsanitize=fuzzer"

    @property
    def name(self) -> str:
        return f"{self.fuzzer}-{self.sanitizer}"


_OFTEN = ("-O1", "-fno-omit-frame-pointer", "-gline-tables-only", "-DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION")
_COVERAGE = ("-fsanitize=fuzzer-no-link",)
_UNDEFINED = (
    "bool,array-bounds,float-divide-by-zero,function,integer-divide-by-zero,return,shift,signed-integer-overflow,vla-bound,vptr"
)
CLANG = ("clang", "clang++")
JOBS = (
    Job("libfuzzer", "address", CLANG, (*_OFTEN, "-fsanitize=address", "-fsanitize-address-use-after-scope", *_COVERAGE)),
    Job("libfuzzer", "undefined", CLANG, (*_OFTEN, f"-fsanitize={_UNDEFINED},unsigned-integer-overflow",
                                          f"-fno-sanitize-recover={_UNDEFINED}", *_COVERAGE)),
    Job("libfuzzer", "memory", CLANG, (*_OFTEN, "-fsanitize=memory", "-fsanitize-memory-track-origins", *_COVERAGE)),
    Job("afl", "address", ("afl-clang-fast", "afl-clang-fast++"),
        (*_OFTEN, "-fsanitize=address", "-fsanitize-address-use-after-scope")),
)


def clone(into: Path) -> None:
    """Copies what a clone would have: what is in the repository, or is about to be. Outside of a repository, all."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=fuzz.ROOT,
                            capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        shutil.copytree(fuzz.ROOT, into, ignore=shutil.ignore_patterns("build", "__pycache__", ".*"))
    for name in filter(None, listed.stdout.split("\0")):
        if (fuzz.ROOT / name).is_file():
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(fuzz.ROOT / name, into / name)


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_oss_fuzz(job: Job, tmp_path: Path, say: Callable[[str], None]) -> None:
    """The script builds all targets, each runs its corpus, and those of libFuzzer fuzz for a second."""
    if any(shutil.which(compiler) is None for compiler in job.compilers):
        pytest.skip(f"{job.compilers[1]} is not installed: gen/setup --prove")
    places = {name.upper(): tmp_path / name for name in ("src", "out", "work")}
    for place in places.values():
        place.mkdir()
    empty = tmp_path / "empty.c"
    empty.write_text("int LLVMFuzzerTestOneInput(const unsigned char *d, unsigned long s) { (void)d; (void)s; return 0; }\n")
    if fuzz.run([job.compilers[0], *job.flags, job.engine, empty, "-o", tmp_path / "empty"], AFL_QUIET="1").returncode != 0:
        pytest.skip(f"{job.compilers[0]} has no run-time library for this (libclang-rt-dev): gen/setup --prove")
    clone(places["SRC"] / "lastcall")
    flags = " ".join(job.flags)
    built = fuzz.run(
        ["bash", places["SRC"] / "lastcall" / "tests" / "fuzz" / "oss-fuzz" / "build.sh"],
        **{name: str(place) for name, place in places.items()}, CC=job.compilers[0], CXX=job.compilers[1], CFLAGS=flags,
        CXXFLAGS=flags, LIB_FUZZING_ENGINE=job.engine, FUZZING_ENGINE=job.fuzzer, SANITIZER=job.sanitizer, AFL_QUIET="1",
    )
    assert built.returncode == 0, built.stdout[-3000:]
    targets = sorted(path for path in places["OUT"].iterdir() if not path.suffix and path.is_file())
    released = {path.stem for path in (fuzz.ROOT / "runtime").glob("*.h") if (fuzz.ROOT / "spec" / f"{path.stem}.yaml").exists()}
    assert {target.name for target in targets} == {f"{name}-{source}" for name in released for source in ("machine", "traces")}
    inputs = 0
    for target in targets:
        corpus = tmp_path / target.name
        with zipfile.ZipFile(f"{target}_seed_corpus.zip") as packed:
            packed.extractall(corpus)
        files = sorted(corpus.iterdir())
        how = ["-max_total_time=1", corpus] if job.fuzzer == "libfuzzer" else files
        done = fuzz.run([target, *how], UBSAN_OPTIONS="silence_unsigned_overflow=1", AFL_QUIET="1")
        assert done.returncode == 0, f"{target.name}\n{done.stdout[-3000:]}"
        inputs += len(files)
    say(f"{len(targets)} targets, {inputs} kept inputs, no crash")
