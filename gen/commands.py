"""The command line of lastcall: what each command takes, does and answers."""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import output
from header import header
from load import load
from model import Lifecycle
from problems import Place, Problem, SpecError, UsageError
from ragel import Machine, compile_machine
from resolve import resolve
from schema import check_shape
from version import VERSION

_ROOT = Path(__file__).resolve().parent.parent
_STATUS = """
exit status:
  0  done
  1  the content of a spec is at fault; standard error says where and why
  2  wrong use, or a file that cannot be read or written
"""


def main(arguments: Sequence[str]) -> int:
    """Runs a command; gives the exit status."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except UsageError as error:
        print(f"lastcall: {_coloured('error:')} {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def read(path: str) -> Lifecycle:
    """The model of a spec. Raises SpecError for its content, UsageError if it cannot be read."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    data, problems = load(content)
    problems += check_shape(data)
    name, stem = data.get("lifecycle"), Path(path).stem
    if name is not None and name != stem and Path(path).resolve().parent == _ROOT / "spec":
        problems.append(Problem(name.place, f"the file is called `{stem}`, so in this folder the lifecycle must be, too"))
    if name is None and "lifecycle" in data.dropped:
        problems = problems or [Problem(Place(1, 1), "the lifecycle has no name")]
    return resolve(data, problems)


def _check(options: argparse.Namespace) -> int:
    status = 0
    for path in options.specs:
        try:
            read(path)
        except SpecError as error:
            _report(path, error)
            status = max(status, 1)
        except UsageError as error:
            print(f"lastcall: {_coloured('error:')} {error}", file=sys.stderr)
            status = 2
    return status


def _header(options: argparse.Namespace) -> int:
    compiled = _compiled(options.spec)
    if compiled is None:
        return 1
    output.write(options.output, compiled[2])
    return 0


def _build(options: argparse.Namespace) -> int:
    compiled = _compiled(options.spec)
    if compiled is None:
        return 1
    model, machine, text = compiled
    folder = Path(options.output)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be made: {error.strerror}") from None
    with tempfile.TemporaryDirectory(prefix="lastcall-") as scratch:
        (Path(scratch) / f"{model.name}.h").write_text(text, encoding="utf-8")
        program = _compile_replayer(model.name, Path(scratch))
        output.write(str(folder / f"{model.name}.rl"), machine.source)
        output.write(str(folder / f"{model.name}.h"), text)
        output.write(str(folder / f"{model.name}-replay"), program, executable=True)
    return 0


def _compile_replayer(name: str, folder: Path) -> bytes:
    """The replayer for the header that lies in `folder`, compiled with $CC or cc."""
    compiler = (os.environ.get("CC") or "cc").split()
    command = [
        *compiler,
        *("-std=c99", "-D_POSIX_C_SOURCE=200809L", "-O2", f"-DLASTCALL_NAME={name}", f"-DLASTCALL_CONSTANT={name.upper()}"),
        *(f'-DLASTCALL_HEADER="{name}.h"', f"-D{name.upper()}_IMPLEMENTATION", f'-DLASTCALL_VERSION="{VERSION}"'),
        *("-I", str(folder), str(_ROOT / "runtime" / "replay.c"), "-o", str(folder / "replay")),
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        raise UsageError(f"the C compiler `{compiler[0]}` cannot be run: {error.strerror}; set CC, or run gen/setup") from None
    if done.returncode != 0:
        raise UsageError(f"the replayer does not compile:\n{done.stderr}")
    return (folder / "replay").read_bytes()


def _compiled(path: str) -> tuple[Lifecycle, Machine, str] | None:
    """Model, machine and header of a spec, or None after its problems were said."""
    try:
        model = read(path)
        machine = compile_machine(model)
        return model, machine, header(model, machine)
    except SpecError as error:
        _report(path, error)
        return None


def _report(path: str, error: SpecError) -> None:
    for problem in error.problems:
        where = f"{path}:{problem.place.line}:{problem.place.column}:"
        print(f"{where} {_coloured('error:')} {problem.message}", file=sys.stderr)


def _coloured(word: str) -> str:
    """A word in red where a terminal shows it and nobody has asked for none."""
    if sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb":
        return f"\033[31m{word}\033[0m"
    return word


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lastcall",
        description="Compiles the lifecycle of a C API, written as a spec, into one header that rejects calls out of order.",
        epilog=_STATUS + "\n`lastcall COMMAND --help` says more of a command; spec/README.md is the reference of the language.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"lastcall {VERSION}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(name: str, run: object, summary: str, more: str) -> argparse.ArgumentParser:
        made = commands.add_parser(
            name, help=summary, description=more, epilog=_STATUS, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        made.set_defaults(run=run)
        return made

    check = command(
        "check", _check, "check specs", "Checks specs and says everything that is wrong with them.\nSays nothing if nothing is."
    )
    check.add_argument("specs", metavar="SPEC", nargs="+", help="a spec, a file in YAML")

    made = command(
        "header", _header, "make the header of a spec", "Makes the header that a C program embeds. It is written whole or not at all."
    )
    made.add_argument("spec", metavar="SPEC", help="the spec, a file in YAML")
    made.add_argument("-o", dest="output", metavar="FILE.h", required=True, help="the file to write; - is standard output")

    made = command(
        "build",
        _build,
        "make everything of a spec",
        "Makes DIR/NAME.rl (the machine as Ragel source), DIR/NAME.h (the header) and DIR/NAME-replay (the program that judges\n"
        "traces), where NAME is the lifecycle's name. The C compiler is $CC, or cc.",
    )
    made.add_argument("spec", metavar="SPEC", help="the spec, a file in YAML")
    made.add_argument("-o", dest="output", metavar="DIR", required=True, help="the folder to write to; it is made if it is missing")
    return parser
