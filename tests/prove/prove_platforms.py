"""Other processors and systems: 32-bit ARM and s390x (high byte first) under qemu, Cortex-M0, and Windows under Wine.

The machines are held against gen/interpret.py and Ragel's -G2 as in prove_configurations.py, with a sample; and the tests that
run C programs are run again. What a machine lacks is skipped and named.
"""

import functools
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

import damaged_memory
import every_configuration
import other_lifecycles
import platforms
import sizes
from compiled import ROOT, Generated, generated
from platforms import ARM, BIG_MEMORY, S390X, STRICT, WINDOWS, Platform

SEED = 11
MADE_UP = 6
"""Lifecycles that chance makes up."""
Say = Callable[[str], None]


def lifecycles() -> dict[str, str]:
    """The specs that are tried, by name: the project's own, others, and some by chance."""
    own = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "spec").glob("*.yaml"))]
    made_up = [other_lifecycles.at_random(SEED + number) for number in range(MADE_UP)]
    specs = [*own, *other_lifecycles.all_of_them(), *made_up]
    return {re.findall(r"^lifecycle: *\"?(\w+)", spec, re.M)[0]: spec for spec in specs}


LIFECYCLES = lifecycles()
EACH_LIFECYCLE = pytest.mark.parametrize("name", LIFECYCLES)
PROCESSORS = pytest.mark.parametrize("platform", (ARM, S390X), ids=lambda platform: platform.name)


@functools.cache
def made(name: str) -> Generated:
    return generated(LIFECYCLES[name])


def needs(platform: Platform) -> None:
    if lacks := platform.lacks():
        pytest.skip(lacks)


def needs_command(command: str) -> None:
    if shutil.which(command) is None:
        pytest.skip(f"{command} is not installed: gen/setup --prove")


# The machine, held against the interpreter and Ragel's code


def sample(some: int) -> every_configuration.Scope:
    """About so many cases in all of an ordinary lifecycle, some of them explained."""
    return every_configuration.Scope(some=some, explained=197)


def some(model_of: Generated, cases: int) -> int:
    return max(1, cases // (len(model_of.model.states) * len(model_of.model.events)))


@PROCESSORS
@EACH_LIFECYCLE
def test_every_configuration(name: str, platform: Platform, tmp_path: Path, say: Say) -> None:
    needs(platform)
    scope = sample(some(made(name), 40_000))
    result = every_configuration.prove(made(name), tmp_path, scope, SEED, ("-O2",), platform.compiler, platform.runner)
    assert result.differences == ()
    assert result.cases > 1_000
    say(f"{result.cases:,} cases, {2 * result.cases:,} comparisons (header with interpreter, header with Ragel's -G2)")


DAMAGE = damaged_memory.Scope(configurations=10, machines=3_000, events=1, explain=997, say=1_009)


@PROCESSORS
@EACH_LIFECYCLE
def test_damaged_memory(name: str, platform: Platform, tmp_path: Path, say: Say) -> None:
    needs(platform)
    result = damaged_memory.prove(made(name), tmp_path, DAMAGE, SEED, ("-O2",), platform.compiler, platform.runner)
    assert result.wrong == ()
    assert result.machines > 3_000 and result.judgements > 0
    say(f"{result.machines:,} damaged machines ({result.corrupt:,} corrupt), {result.judgements:,} judgements")


FAULTS = {
    "the state is read as the first byte": (
        "mapi_session", r"\(unsigned\)\(m->status\[0\] & 0xFFu\)", "((const unsigned char *)m)[0]", {ARM: False, S390X: True}
    ),
    "a status word of 64 bits is taken for an unsigned long": (
        "many_holdings", r"\(many_holdings_status\)1 << \(bit", "1ul << (bit", {ARM: True, S390X: False}
    ),
    "a number below 0 is kept in a char": ("mapi_session", r"\bint8_t change;", "char change;", {ARM: True, S390X: True}),
}  # fmt: skip
"""Faults that make no difference on x86-64, and on which platforms they do."""


@PROCESSORS
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_platform_is_seen(fault: str, platform: Platform, tmp_path: Path) -> None:
    """And nothing is seen where it makes no difference."""
    needs(platform)
    name, right, wrong, where = FAULTS[fault]
    header, number = re.subn(right, wrong, made(name).header)
    assert number == 1
    # that the faulty line has a warning of its own is no proof
    flags = ("-O2", "-Wno-error", "-w")
    broken = replace(made(name), header=header)
    native = every_configuration.prove(broken, tmp_path / "native", sample(20), SEED, flags)
    assert native.differences == ()
    result = every_configuration.prove(broken, tmp_path / "other", sample(20), SEED, flags, platform.compiler, platform.runner)
    assert bool(result.differences) == where[platform]


# The tests that run C programs, again

MODULES = {
    "test_cases": BIG_MEMORY,
    "test_documents": "test_document",
    "test_random_traces": "test_random",
    "test_replay": f"{BIG_MEMORY} and not source",
    "test_replay_finish": BIG_MEMORY,
    "test_replay_jobs": "random_files or many_more or among_the_files or goes_away",
    "test_replay_observe": BIG_MEMORY,
    "test_generated_headers": "test_shape",
    "test_bench_forms": "agree",
    "test_examples": "c99 and test_prints",
}
"""Modules of tests, and which of each: those that compile nothing for the platform are left out."""
IN_CXX = {"test_examples": "c++17 and test_prints", "test_calls": ""}
WITH_WINE = {
    **{module: MODULES[module] for module in ("test_cases", "test_documents", "test_replay_observe", "test_examples")},
    # there are no terminals of ours, and names of files are Unicode
    "test_replay": f"{MODULES['test_replay']} and not cannot_be_read_on and not name_is_said_as_given",
    "test_replay_jobs": "among_the_files",
}
MACHINES_WITH_WINE = ("mapi_session", "message_service", "connection", "many_holdings", "all_bits")


def told(counts: platforms.Tests) -> str:
    """Of a run without failures, what is said of it."""
    assert counts.failed == 0, counts.output
    assert counts.passed > 0
    return f"{counts.passed} tests passed" + (f", {counts.skipped} skipped" if counts.skipped else "")


@pytest.fixture(scope="session")
def replayers(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Platform], Path]:
    """The replayers for a platform."""
    return functools.cache(lambda platform: platform.replayers(tmp_path_factory.mktemp(platform.name)))


@PROCESSORS
@pytest.mark.parametrize("module", MODULES)
def test_the_tests_pass(
    module: str, platform: Platform, replayers: Callable[[Platform], Path], tmp_path: Path, say: Say
) -> None:
    needs(platform)
    say(told(platforms.run_tests(platform, replayers(platform), tmp_path / "run", module, MODULES[module])))


@PROCESSORS
@pytest.mark.parametrize("module", IN_CXX)
def test_the_tests_in_cxx_pass(
    module: str, platform: Platform, replayers: Callable[[Platform], Path], tmp_path: Path, say: Say
) -> None:
    needs(platform)
    if not platform.speaks_cxx():
        pytest.skip(f"{platform.compiler[0]} has no C++: gen/setup --prove")
    say(told(platforms.run_tests(platform, replayers(platform), tmp_path / "run", module, IN_CXX[module])))


# Cortex-M0, without an operating system or a C library

CORTEX_M0 = ("arm-none-eabi-gcc", "-mcpu=cortex-m0", "-mthumb", "-ffreestanding", "-nostdlib")
MADE_BY_COMPILERS = {"memcpy", "memmove", "memset", "memcmp"}
"""What gcc may call in any freestanding program, which has to bring it along."""


def implementation(name: str, folder: Path) -> Path:
    """A source file that is the implementation of a header."""
    (folder / f"{name}.h").write_text(made(name).header, encoding="utf-8")
    source = folder / f"{name}.c"
    source.write_text(f'#define {name.upper()}_IMPLEMENTATION\n#include "{name}.h"\n', encoding="utf-8")
    return source


def compile_strictly(*command: str | Path) -> None:
    done = subprocess.run([command[0], *STRICT, *command[1:]], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and not done.stderr, done.stderr


def output_of(*command: str | Path) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def symbols(path: Path, *options: str) -> set[str]:
    """The names that an object or library defines, or needs."""
    return {line.split()[-1] for line in output_of("arm-none-eabi-nm", *options, path).splitlines() if len(line.split()) > 1}


@functools.cache
def run_time_library() -> Path:
    return Path(output_of(*CORTEX_M0, "-print-libgcc-file-name").strip())


@EACH_LIFECYCLE
def test_cortex_m0(name: str, tmp_path: Path, say: Say) -> None:
    """Every header compiles without a warning, in C and C++, and needs nothing but the compiler's own functions."""
    needs_command(CORTEX_M0[0])
    source, program = implementation(name, tmp_path), tmp_path / f"{name}.o"
    library = symbols(run_time_library(), "--defined-only")
    assert "__aeabi_uidiv" in library
    needed: set[str] = set()
    no_text = f"-D{name.upper()}_NO_TEXT"
    for options in ((), (no_text,)):
        for level in ("-O0", "-Os", "-O2"):
            compile_strictly(*CORTEX_M0, "-std=c99", level, *options, "-c", source, "-o", program)
            needed |= symbols(program, "--undefined-only")
        compile_strictly("arm-none-eabi-g++", *CORTEX_M0[1:], "-std=c++17", "-x", "c++", "-fsyntax-only", *options, source)
    assert needed - library <= MADE_BY_COMPILERS
    [compiler] = (each for each in sizes.COMPILERS if each.command == CORTEX_M0[0])
    form = sizes.Form(name, name, str(source), f"{name}_fire", name, f"{name}.h", (no_text,))
    size = sizes.measure(form, compiler, "-Os", tmp_path, tmp_path / "sizes")
    assert size and size.fire > 0
    say(
        f"fire {size.fire:,} bytes ({size.code:,} code, {size.data:,} tables), all of it without text "
        f"{size.everything:,}, a machine {size.machine}; fire calls {', '.join(size.needs) or 'nothing'}"
    )


def test_an_unwanted_function_is_seen(tmp_path: Path) -> None:
    """A header that calls the C library: `needed` has it, and the compiler's library does not."""
    needs_command(CORTEX_M0[0])
    source = tmp_path / "calls.c"
    source.write_text("int puts(const char *text);\nint call(void);\nint call(void) { return puts(0); }\n")
    compile_strictly(*CORTEX_M0, "-std=c99", "-c", source, "-o", tmp_path / "calls.o")
    found = symbols(tmp_path / "calls.o", "--undefined-only")
    assert found - symbols(run_time_library(), "--defined-only") - MADE_BY_COMPILERS == {"puts"}


@EACH_LIFECYCLE
def test_what_is_compiled_for_cortex_m0_is_right(name: str, tmp_path: Path, say: Say) -> None:
    """The header's functions in instructions of a Cortex-M0, linked with a program for a larger ARM, which knows them too."""
    needs(ARM)
    needs_command(CORTEX_M0[0])
    code = tmp_path / "code.o"
    # enumerations are as large as with Linux
    options = ("-fno-short-enums", "-std=c99", "-Os")
    compile_strictly(*CORTEX_M0, *options, "-c", implementation(name, tmp_path), "-o", code)
    # and it does not matter that floating point, which there is none of, is passed otherwise
    flags = ("-O2", f"-D{name.upper()}_IMPLEMENTED", str(code), str(run_time_library()), "-Wl,--no-warn-mismatch")
    scope = sample(some(made(name), 10_000))
    result = every_configuration.prove(made(name), tmp_path / "run", scope, SEED, flags, ARM.compiler, ARM.runner)
    assert result.differences == ()
    say(f"{result.cases:,} cases, {2 * result.cases:,} comparisons (header with interpreter, header with Ragel's -G2)")


# Windows


@EACH_LIFECYCLE
@pytest.mark.parametrize(("compiler", "standards"), (
    ("x86_64-w64-mingw32-gcc", ("c99", "c11", "c17")),
    ("x86_64-w64-mingw32-g++", ("c++11", "c++17")),
))  # fmt: skip
def test_headers_compile_for_windows(compiler: str, standards: Sequence[str], name: str, tmp_path: Path) -> None:
    needs_command(compiler)
    source = implementation(name, tmp_path)
    language = "c++" if compiler.endswith("g++") else "c"
    for standard in standards:
        for text in ((), (f"-D{name.upper()}_NO_TEXT",)):
            compile_strictly(compiler, "-x", language, f"-std={standard}", "-O2", *text, "-c", source, "-o", tmp_path / "code.o")


def test_the_replayer_compiles_for_windows(tmp_path: Path) -> None:
    needs_command(WINDOWS[0])
    for name in ("mapi_session", "message_service"):
        source = implementation(name, tmp_path)
        macros = (f"-DLASTCALL_NAME={name}", f"-DLASTCALL_CONSTANT={name.upper()}", f"-DLASTCALL_HEADER=<{name}.h>")
        compile_strictly(WINDOWS[0], "-std=c99", "-O2", *macros, f"-D{name.upper()}_IMPLEMENTATION", f"-I{source.parent}",
                         ROOT / "runtime" / "replay.c", "-o", tmp_path / f"{name}.exe")  # fmt: skip


BINARY = """\
#include <fcntl.h>
#include <io.h>
__attribute__((constructor)) static void be_binary(void)
{
    _setmode(0, _O_BINARY);
    _setmode(1, _O_BINARY);
}
"""
"""What a program for Windows needs so that it reads and writes bytes as they are."""


def test_windows(tmp_path: Path, say: Say) -> None:
    """Under Wine the replayer answers as elsewhere, byte for byte; examples print what they should; and machines are right."""
    needs_command(WINDOWS[0])
    if platforms.wine() is None:
        pytest.skip("Wine is not installed: gen/setup --prove")
    build = Platform("windows", WINDOWS, ()).replayers(tmp_path / "build")
    assert (build / "mapi_session-replay").read_bytes().startswith(b"MZ")
    binary = tmp_path / "binary.c"
    binary.write_text(BINARY, encoding="utf-8")
    compile_strictly(*WINDOWS, "-c", binary, "-o", binary.with_suffix(".o"))
    flags = ("-O2", str(binary.with_suffix(".o")))
    with platforms.running_wine(build / "mapi_session-replay", tmp_path) as windows:
        for module, only in WITH_WINE.items():
            say(f"{module}: {told(platforms.run_tests(windows, build, tmp_path / module, module, only))}")
        for name in MACHINES_WITH_WINE:
            scope = sample(some(made(name), 10_000))
            result = every_configuration.prove(made(name), tmp_path / name, scope, SEED, flags, WINDOWS, windows.runner)
            assert result.differences == ()
            say(f"{name}: {result.cases:,} cases, {2 * result.cases:,} comparisons")
