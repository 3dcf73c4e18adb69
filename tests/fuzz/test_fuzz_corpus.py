"""The fuzz targets on what is kept of fuzzing: the corpus, and every input that ever crashed one."""

import sys
import zipfile
from pathlib import Path

import pytest

import fuzz
from toolchain import RUNNER

LARGEST = 4096
"""Bytes of an input that is kept: what is larger has not been minimised."""

HARNESSES = pytest.mark.parametrize("harness", fuzz.HARNESSES, ids=lambda harness: harness.name)


@HARNESSES
def test_kept_inputs_hold(harness: fuzz.Harness) -> None:
    """Compiled with sanitizers by the C compiler that there is, and without a fuzzer, nothing crashes."""
    kept = fuzz.kept_inputs(harness)
    done = fuzz.run([*RUNNER, fuzz.build(harness, fuzz.REPLAY), *kept])
    assert done.returncode == 0, done.stdout[-3000:]
    count = sum(1 for folder in kept for _ in folder.iterdir())
    assert done.stdout.splitlines()[-1] == f"{count} inputs, no crash"


@HARNESSES
def test_fuzzing_begins(harness: fuzz.Harness) -> None:
    """libFuzzer runs them, and some mutations of them that are always the same."""
    report = fuzz.fuzz(fuzz.Target(harness, fuzz.LIBFUZZER), 0, kept_only=True)
    if report.skipped:
        pytest.skip(f"{harness.name}: {report.skipped}")
    assert not report.failed
    assert not report.crashes
    assert report.executions >= fuzz.RUNS_OF_KEPT


def test_what_is_kept_is_small_and_of_a_target() -> None:
    """Every folder belongs to a target; each of these has a corpus, and no file in it is large."""
    names = {harness.name for harness in fuzz.HARNESSES}
    assert {folder.name for folder in fuzz.CORPUS.iterdir()} == names
    assert {folder.name for folder in fuzz.CRASHES.iterdir()} <= names | {"specs"}
    for path in (*fuzz.CORPUS.rglob("*"), *fuzz.CRASHES.rglob("*")):
        assert path.is_dir() or path.stat().st_size <= LARGEST, path


def test_a_wrong_machine_is_seen(tmp_path: Path) -> None:
    """The corpus finds a difference: here the witness is wrong, in the place of the header."""
    harness = next(harness for harness in fuzz.HARNESSES if harness.name == "message_service-machine")
    witness, program = tmp_path / "witness.h", tmp_path / "wrong"
    right = (fuzz.HERE / "witness_message_service.h").read_text(encoding="utf-8")
    wrong = right.replace("? WITNESS_IN_OTHER_ENTRY : -1", "? WITNESS_IN_INSTALL_ENTRY : -1")
    assert wrong != right
    witness.write_text(wrong, encoding="utf-8")
    made = fuzz.run(fuzz.compile_command(harness, fuzz.REPLAY, fuzz.header_of(harness.lifecycle), witness, program))
    assert made.returncode == 0, made.stdout
    done = fuzz.run([program, *fuzz.kept_inputs(harness)])
    assert done.returncode != 0
    assert "does not hold" in done.stdout


def test_a_broken_invariant_is_seen(tmp_path: Path) -> None:
    """The corpus leads a machine that keeps a buffer behind to where an invariant of the spec does not hold."""
    harness = next(harness for harness in fuzz.HARNESSES if harness.name == "database_connection-machine")
    spec = fuzz.spec_of(harness.lifecycle).read_text(encoding="utf-8")
    wrong = spec.replace("gives_back: cursors, buffers", "gives_back: cursors")
    assert wrong != spec
    paths = [tmp_path / name for name in (f"{harness.lifecycle}.yaml", f"{harness.lifecycle}.h", "wrong")]
    paths[0].write_text(wrong, encoding="utf-8")
    assert fuzz.run([fuzz.ROOT / "gen" / "lastcall", "header", paths[0], "-o", paths[1]]).returncode == 0
    invariants = fuzz.invariants_of(harness.lifecycle)
    made = fuzz.run(fuzz.compile_command(harness, fuzz.REPLAY, paths[1], None, paths[2], invariants))
    assert made.returncode == 0, made.stdout
    done = fuzz.run([paths[2], *fuzz.kept_inputs(harness)])
    assert done.returncode != 0
    assert "does not hold: each-cursor-has-a-buffer" in done.stdout


def test_the_build_for_oss_fuzz(tmp_path: Path) -> None:
    """Its script works with the variables that OSS-Fuzz sets, and with the released headers; no fuzzer is needed for that."""
    for name in ("src", "out", "work"):
        (tmp_path / name).mkdir()
    (tmp_path / "src" / "lastcall").symlink_to(fuzz.ROOT)
    engine = tmp_path / "engine.o"
    assert fuzz.run(["cc", "-c", fuzz.HERE / "replay_files.c", "-o", engine]).returncode == 0
    places = {name.upper(): str(tmp_path / name) for name in ("src", "out", "work")}
    built = fuzz.run(["bash", "-eu", fuzz.HERE / "oss-fuzz" / "build.sh"], **places, CC="cc", CXX="c++", CFLAGS="-g", CXXFLAGS="-g",
                     LIB_FUZZING_ENGINE=str(engine))
    assert built.returncode == 0, built.stdout
    for harness in fuzz.HARNESSES:
        if harness.lifecycle == "database_connection":  # it has no released header
            continue
        target, unpacked = tmp_path / "out" / harness.name, tmp_path / harness.name
        with zipfile.ZipFile(tmp_path / "out" / f"{harness.name}_seed_corpus.zip") as seeds:
            seeds.extractall(unpacked)
        done = fuzz.run([target, unpacked])
        assert done.returncode == 0, done.stdout[-3000:]
        assert done.stdout.splitlines()[-1] == f"{len(list(unpacked.iterdir()))} inputs, no crash"


@pytest.mark.parametrize(("arguments", "seconds", "said"), [
    (["mapi_session"], "1", "there is no target `mapi_session`; there are database_connection-machine,"),
    (["specs"], "soon", "FUZZ_SECONDS is a whole number above 0, not `soon`"),
    (["specs"], "0", "FUZZ_SECONDS is a whole number above 0, not `0`"),
])
def test_wrong_use(arguments: list[str], seconds: str, said: str) -> None:
    """Exit status 2, and what would be right."""
    done = fuzz.run([sys.executable, fuzz.HERE / "fuzz.py", *arguments], FUZZ_SECONDS=seconds)
    assert done.returncode == 2
    assert said in done.stdout
