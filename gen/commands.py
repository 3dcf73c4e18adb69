"""The command line of lastcall: what each command takes, does and answers.

A command imports what it alone needs when it runs, so that making a header does not wait for the other commands' modules.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import output
from model import Lifecycle
from problems import SpecError, UsageError
from read.spec import read
from version import VERSION

if TYPE_CHECKING:
    from machine.ragel import Machine

_ROOT = Path(__file__).resolve().parent.parent
_STATUS = """
exit status:
  0  done
  1  the content of a spec is at fault; standard error says where and why
  2  wrong use, or a file that cannot be read or written
"""
_DIFF_STATUS = """
exit status:
  0  both behave the same
  1  they differ; standard output says how
  2  wrong use, or a spec is at fault or cannot be read; standard error says where and why
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


def _check(options: argparse.Namespace) -> int:
    status = 0
    for path in options.specs:
        try:
            model = read(path)
            status = max(status, _judge(path, model, options.strict))
            if options.spin and model.always:
                status = max(status, _confirm(path, model))
        except SpecError as error:
            _report(path, error)
            status = max(status, 1)
        except UsageError as error:
            print(f"lastcall: {_coloured('error:')} {error}", file=sys.stderr)
            status = 2
    return status


def _judge(path: str, model: Lifecycle, strict: bool) -> int:
    """Says what is wrong with a lifecycle that can be read all the same; gives the exit status."""
    from judge.analyse import analyse

    analysis = analyse(model)
    word = _coloured("error:") if strict else _coloured("warning:", 35)
    for finding in analysis.findings:
        kind = "note:" if finding.is_note else _coloured("error:") if finding.is_error else word
        print(f"{path}:{finding.place.line}:{finding.place.column}: {kind} {finding.message}", file=sys.stderr)
        for line in finding.trace:
            print(f"    {line}", file=sys.stderr)
    if not analysis.complete:
        note = "there is too much that can come about; what shows only in a search of all of it was not found"
        print(f"{path}:1:1: note: {note}", file=sys.stderr)
    return int(any(finding.is_error or (strict and not finding.is_note) for finding in analysis.findings))


def _confirm(path: str, model: Lifecycle) -> int:
    """Has SPIN look for events that break an invariant, and says what it found; gives the exit status."""
    from judge.promela import search_invariants

    found = search_invariants(model)
    for index, trace in found.broken:
        invariant = model.always[index]
        where = f"{path}:{invariant.place.line}:{invariant.place.column}:"
        after = f"after `{trace[-1].split()[0]}`" if trace else "at the beginning"
        message = f"SPIN: the invariant `{invariant.name}` does not always hold: {after}, `{invariant.condition.text}` is false"
        print(f"{where} {_coloured('error:')} {message}", file=sys.stderr)
        for line in trace:
            print(f"    {line}", file=sys.stderr)
    if not found.broken:
        counts = f" with counts to {found.highest}" if found.highest else ""
        invariants = f"{len(model.always)} invariant{'' if len(model.always) == 1 else 's'}"
        print(f"{path}: SPIN: {found.configurations} configurations{counts} keep {invariants}")
    return int(bool(found.broken))


def _diff(options: argparse.Namespace) -> int:
    from judge.compare import compare
    from judge.diff import report

    models = []
    for path in (options.old, options.new):
        try:
            models.append(read(path))
        except SpecError as error:
            _report(path, error)
    if len(models) < 2:
        return 2
    comparison = compare(*models)
    lines = report(options.old, options.new, comparison, options.all)
    output.write("-", "".join(f"{line}\n" for line in lines))
    if not comparison.complete:
        note = "not all could be searched or made sure of; there may be more differences"
        print(f"lastcall: {_coloured('note:', 35)} {note}", file=sys.stderr)
    return int(bool(comparison.differences))


def _graph(options: argparse.Namespace) -> int:
    from show.graph import ENDINGS, picture

    return _view(options, picture, ENDINGS)


def _doc(options: argparse.Namespace) -> int:
    from show.doc import ENDINGS, page

    return _view(options, page, ENDINGS)


def _view(options: argparse.Namespace, make: Callable[[Lifecycle, str], str | bytes], endings: Iterable[str]) -> int:
    """A picture or a page, in the form that the ending of its file asks for."""
    ending = Path(options.output).suffix.removeprefix(".")
    if ending not in endings:
        known = ", ".join(f".{each}" for each in endings)
        raise UsageError(f"{options.output}: the ending of the file decides its form; it is one of {known}")
    try:
        model = read(options.spec)
    except SpecError as error:
        _report(options.spec, error)
        return 1
    output.write(options.output, make(model, ending), options.spec)
    return 0


def _header(options: argparse.Namespace) -> int:
    compiled = _compiled(options.spec)
    if compiled is None:
        return 1
    output.write(options.output, compiled[2], options.spec)
    return 0


def _build(options: argparse.Namespace) -> int:
    compiled = _compiled(options.spec)
    if compiled is None:
        return 1
    model, machine, text = compiled
    with tempfile.TemporaryDirectory(prefix="lastcall-") as scratch:
        (Path(scratch) / f"{model.name}.h").write_text(text, encoding="utf-8")
        program = _compile_replayer(model.name, Path(scratch))
    folder = Path(options.output)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be made: {error.strerror}") from None
    output.write_all(
        [
            output.File(str(folder / f"{model.name}.rl"), machine.source),
            output.File(str(folder / f"{model.name}.h"), text),
            output.File(str(folder / f"{model.name}-replay"), program, executable=True),
        ]
    )
    return 0


def _compile_replayer(name: str, folder: Path) -> bytes:
    """The replayer for the header that lies in `folder`, compiled with $CC or cc."""
    compiler = os.environ.get("CC", "").split() or ["cc"]
    program = folder / "replay.out"  # a compiler for Windows would add .exe to a name without an end of its own
    command = [
        *compiler,
        *("-std=c99", "-D_POSIX_C_SOURCE=200809L", "-O2", f"-DLASTCALL_NAME={name}", f"-DLASTCALL_CONSTANT={name.upper()}"),
        *(f"-DLASTCALL_HEADER=<{name}.h>", f"-D{name.upper()}_IMPLEMENTATION", f'-DLASTCALL_VERSION="{VERSION}"'),
        *("-I", str(folder), str(_ROOT / "runtime" / "replay.c"), "-o", str(program)),
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise UsageError(f"the C compiler `{compiler[0]}` cannot be run: {error.strerror}; set CC, or run gen/setup") from None
    if done.returncode != 0:
        raise UsageError(f"the replayer does not compile:\n{done.stderr}")
    return program.read_bytes()


def _compiled(path: str) -> tuple[Lifecycle, "Machine", str] | None:
    """Model, machine and header of a spec, or None after its problems were said."""
    from header.header import header
    from machine.ragel import compile_machine

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


def _coloured(word: str, colour: int = 31) -> str:
    """A word in a colour (by its number for terminals, red) where one shows it and nobody has asked for none."""
    if sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb":
        return f"\033[{colour}m{word}\033[0m"
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

    def command(name: str, run: object, summary: str, more: str, status: str = _STATUS) -> argparse.ArgumentParser:
        made = commands.add_parser(
            name, help=summary, description=more, epilog=status, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        made.set_defaults(run=run)
        return made

    check = command(
        "check",
        _check,
        "check specs",
        "Checks specs and says everything that is wrong with them. Says nothing if nothing is.\n"
        "That an invariant (`always`) does not hold is an error, with the shortest trace that breaks it.\n"
        "Beside errors there are warnings, of what can be compiled and can hardly be meant: a state that is never entered, a\n"
        "trap (with the shortest trace into it), two states that behave the same, a rule that nothing cites, a need that never\n"
        "fails, a warning that never comes, an event that is never accepted, a branch that is never taken.",
    )
    check.add_argument("--strict", action="store_true", help="warnings are errors")
    check.add_argument("--spin", action="store_true", help="the model checker SPIN judges the invariants too, with exact counts")
    check.add_argument("specs", metavar="SPEC", nargs="+", help="a spec, a file in YAML")

    made = command(
        "diff",
        _diff,
        "compare two versions of a spec",
        "Says in what two versions of a lifecycle behave differently: for each difference the shortest trace that shows it, those\n"
        "first that may be the cause of others, then the gravest, and whether a client that obeyed the old version still obeys\n"
        "the new one. Events, arguments, rules and holdings are compared by name. Texts (titles, sources, steps) do not count.\n"
        "Invariants (`always`) that are new, gone or changed are said at the end; they are no difference in behaviour.",
        _DIFF_STATUS,
    )
    made.add_argument("old", metavar="OLD", help="the old version, a file in YAML")
    made.add_argument("new", metavar="NEW", help="the new version")
    made.add_argument("--all", action="store_true", help="show every difference, not only the first few of each kind")

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

    made = command(
        "graph",
        _graph,
        "draw a spec",
        "Draws a lifecycle through Graphviz: the way to the end from top to bottom, its steps numbered, with what can be done in\n"
        "each state and the rules that refuse something there. Only what can really come about is drawn.",
    )
    made.add_argument("spec", metavar="SPEC", help="the spec, a file in YAML")
    made.add_argument("-o", dest="output", metavar="FILE", required=True, help="the file to write, which ends in .dot, .svg or .png")

    made = command(
        "doc",
        _doc,
        "make the reference page of a spec",
        "Makes the reference page of a lifecycle: the picture (in HTML), the shortest legal session, what each event does in each\n"
        "state, and every state, event, holding, fact and rule with its source. One file that needs nothing else.",
    )
    made.add_argument("spec", metavar="SPEC", help="the spec, a file in YAML")
    made.add_argument("-o", dest="output", metavar="FILE", required=True, help="the file to write, which ends in .html or .md")
    return parser
