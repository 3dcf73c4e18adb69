"""`lastcall build`: everything of a spec, the replayer among it."""

import argparse
import os
import shutil
from pathlib import Path

import messages
import output
from command.depfile import lifecycles, with_depfile
from guard.guard import guard
from header.header import header
from machine.ragel import compile_machine
from problems import UsageError
from read.api_spec import is_api, read_api
from read.spec import read
from scratch import run_program, scratch_folder
from version import VERSION

_RUNTIME = Path(__file__).resolve().parents[2] / "runtime"
_REPLAYER = _RUNTIME / "replay.c"


def run(options: argparse.Namespace) -> int:
    """Makes Ragel source, header and replayer; without a C compiler the first two, and says so. Gives the exit status."""
    if is_api(options.spec):
        return _build_api(options)
    model = read(options.spec)
    machine = compile_machine(model)
    text = header(model, machine)
    folder = Path(options.output)
    replayer = folder / f"{model.name}-replay"
    made = [
        output.File(str(folder / f"{model.name}.rl"), machine.source),
        output.File(str(folder / f"{model.name}.h"), text),
    ]
    compiler = _compiler()
    if compiler:
        made.append(output.File(str(replayer), _replayer(compiler, model.name, text, _REPLAYER), executable=True))
    output.write_all(with_depfile(made, options.depfile, options.spec, [_REPLAYER, *_RUNTIME.glob("replay/*.h")]))
    if not compiler:
        _note_missing(replayer)
    return 0


def _build_api(options: argparse.Namespace) -> int:
    """Makes the guard of an API and the replayer of its calls; without a C compiler the guard, and says so."""
    api = read_api(options.spec)
    text = guard(api)
    folder = Path(options.output)
    replayer = folder / f"{api.name}-replay"
    made = [output.File(str(folder / f"{api.name}_guard.h"), text)]
    compiler = _compiler()
    if compiler:
        program = _replayer(compiler, f"{api.name}_guard", text, _RUNTIME / "replay_calls.c", f'-DLASTCALL_API="{api.name}"')
        made.append(output.File(str(replayer), program, executable=True))
    parts = [_RUNTIME / "replay_calls.c", *(part for name in ("replay", "replay_calls") for part in (_RUNTIME / name).glob("*.h"))]
    output.write_all(with_depfile(made, options.depfile, options.spec, [*lifecycles(api, made), *parts]))
    if not compiler:
        _note_missing(replayer)
    return 0


def _note_missing(replayer: Path) -> None:
    old = "; the one that is there is of an earlier build" if replayer.exists() else ""
    messages.note(f"{replayer}: not made, as there is no C compiler `cc`{old}; set CC, or run gen/setup")


def _compiler() -> list[str]:
    """The C compiler and its options: $CC, or cc; nothing where nobody has named one and there is none."""
    named = os.environ.get("CC", "").split()
    return named or (["cc"] if shutil.which("cc") else [])


def _replayer(compiler: list[str], name: str, text: str, source: Path, *options: str) -> bytes:
    """The replayer for a header, its name and its text, compiled from its source. Raises UsageError if the compiler does not do it."""
    with scratch_folder() as folder:
        (folder / f"{name}.h").write_text(text, encoding="utf-8")
        program = folder / "replay.out"  # a compiler for Windows would add .exe to a name without an end of its own
        command = [
            *compiler,
            *("-std=c99", "-D_POSIX_C_SOURCE=200809L", "-O2", f"-DLASTCALL_NAME={name}", f"-DLASTCALL_CONSTANT={name.upper()}"),
            *(f"-DLASTCALL_HEADER=<{name}.h>", f"-D{name.upper()}_IMPLEMENTATION", f'-DLASTCALL_VERSION="{VERSION}"'),
            *(*options, "-I", str(folder), str(source), "-o", str(program)),
        ]
        try:
            done = run_program(command, temporary=folder)
        except OSError as error:
            raise UsageError(f"the C compiler `{compiler[0]}` cannot be run: {error.strerror}; set CC, or run gen/setup") from None
        if done.status != 0:
            raise UsageError(f"the replayer does not compile:\n{done.errors}")
        if not program.is_file() or not os.access(program, os.X_OK):
            asked = " ".join(compiler)
            raise UsageError(f"the C compiler `{asked}` ends well and makes no program; set CC to one that compiles and links")
        return program.read_bytes()
