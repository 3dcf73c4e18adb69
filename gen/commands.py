"""The command line of lastcall: what each command takes, and how a run ends.

What a command does is the function `run` of the module of that name in command/. It is imported when it runs, so that making a
header does not wait for the other commands' modules.
"""

import argparse
import contextlib
import importlib
from collections.abc import Sequence
from types import ModuleType
from typing import IO, NoReturn

import messages
import output
from problems import SpecError, UsageError
from version import VERSION

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
    try:
        options = parser().parse_args(arguments)
        try:
            return int(_module(options.command).run(options))
        except SpecError as found:
            messages.problems(options.spec, found)
            return 1
    except UsageError as error:
        with contextlib.suppress(OSError):
            messages.error(str(error))
        return 2
    except OSError:  # nothing can be said on standard error: it is full
        return 2
    except KeyboardInterrupt:
        return 130


def _module(command: str) -> ModuleType:
    try:
        return importlib.import_module(f"command.{command}")
    except ModuleNotFoundError as error:
        raise UsageError(f"the Python package `{error.name}` is missing; run gen/setup") from None


class _Parser(argparse.ArgumentParser):
    """A parser whose words go the way of all others: they may meet a full device, and hold what a terminal would obey."""

    def _print_message(self, message: str, file: IO[str] | None = None) -> None:
        """Writes help and version; argparse itself would leave it to Python's end to find out that they cannot be written."""
        output.write("-", message)

    def error(self, message: str) -> NoReturn:
        """Says how the command is used, and what is wrong."""
        messages.say(self.format_usage().rstrip("\n"))
        messages.error(message, self.prog)
        self.exit(2)


def parser() -> argparse.ArgumentParser:
    """What the command line takes: man page and completion are made of it, too."""
    made = _Parser(
        prog="lastcall",
        description="Compiles the lifecycle of a C API, written as a spec, into one header that rejects calls out of order.",
        epilog=_STATUS + "\n`lastcall COMMAND --help` says more of a command; spec/README.md is the reference of the language.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--version", action="version", version=f"lastcall {VERSION}", help="show the version and exit")
    commands = made.add_subparsers(title="commands", metavar="COMMAND", dest="command", required=True)
    _check(commands)
    _diff(commands)
    _header(commands)
    _build(commands)
    _graph(commands)
    _doc(commands)
    return made


def _command(commands: "argparse._SubParsersAction[_Parser]", name: str, summary: str, more: str, status: str = _STATUS) -> argparse.ArgumentParser:
    return commands.add_parser(
        name, help=summary, description=more, epilog=status, formatter_class=argparse.RawDescriptionHelpFormatter
    )


def _check(commands: "argparse._SubParsersAction[_Parser]") -> None:
    made = _command(
        commands,
        "check",
        "check specs",
        "Checks specs and says everything that is wrong with them. Says nothing if nothing is.\n"
        "That an invariant (`always`) does not hold is an error, with the shortest trace that breaks it.\n"
        "Beside errors there are warnings, of what can be compiled and can hardly be meant: a state that is never entered, a\n"
        "trap (with the shortest trace into it), two states that behave the same, a rule that nothing cites, a need that never\n"
        "fails, a warning that never comes, an event that is never accepted, a branch that is never taken.",
    )
    made.add_argument("--strict", action="store_true", help="warnings are errors")
    made.add_argument("--spin", action="store_true", help="the model checker SPIN judges the invariants too, with exact counts")
    made.add_argument("specs", metavar="SPEC", type=_path, nargs="+", help="a spec, a file in YAML")


def _diff(commands: "argparse._SubParsersAction[_Parser]") -> None:
    made = _command(
        commands,
        "diff",
        "compare two versions of a spec",
        "Says in what two versions of a lifecycle behave differently: for each difference the shortest trace that shows it, those\n"
        "first that may be the cause of others, then the gravest, and whether a client that obeyed the old version still obeys\n"
        "the new one. Events, arguments, rules and holdings are compared by name. Texts (titles, sources, steps) do not count.\n"
        "Invariants (`always`) that are new, gone or changed are said at the end; they are no difference in behaviour.",
        _DIFF_STATUS,
    )
    made.add_argument("old", metavar="OLD", type=_path, help="the old version, a file in YAML")
    made.add_argument("new", metavar="NEW", type=_path, help="the new version")
    made.add_argument("--all", action="store_true", help="show every difference, not only the first few of each kind")


def _header(commands: "argparse._SubParsersAction[_Parser]") -> None:
    made = _command(
        commands,
        "header",
        "make the header of a spec",
        "Makes the header that a C program embeds. It is written whole or not at all.",
    )
    _spec_and_output(made, "FILE.h", "the file to write, in a folder that is made if it is missing; - is standard output")


def _build(commands: "argparse._SubParsersAction[_Parser]") -> None:
    made = _command(
        commands,
        "build",
        "make everything of a spec",
        "Makes DIR/NAME.rl (the machine as Ragel source), DIR/NAME.h (the header) and DIR/NAME-replay (the program that judges\n"
        "traces), where NAME is the lifecycle's name. The C compiler is $CC, or cc. Where CC is not set and there is no cc, the\n"
        "first two are made, a note says so, and the exit status is 0; a compiler that fails is an error.",
    )
    _spec_and_output(made, "DIR", "the folder to write to; it is made if it is missing")


def _graph(commands: "argparse._SubParsersAction[_Parser]") -> None:
    made = _command(
        commands,
        "graph",
        "draw a spec",
        "Draws a lifecycle through Graphviz: the way to the end from top to bottom, its steps numbered, with what can be done in\n"
        "each state and the rules that refuse something there. Only what can really come about is drawn.",
    )
    _spec_and_output(made, "FILE", "the file to write, which ends in .dot, .svg or .png; its folder is made if it is missing")


def _doc(commands: "argparse._SubParsersAction[_Parser]") -> None:
    made = _command(
        commands,
        "doc",
        "make the reference page of a spec",
        "Makes the reference page of a lifecycle: the picture (in HTML), the shortest legal session, what each event does in each\n"
        "state, and every state, event, holding, fact and rule with its source. One file that needs nothing else.",
    )
    _spec_and_output(made, "FILE", "the file to write, which ends in .html or .md; its folder is made if it is missing")


def _spec_and_output(made: argparse.ArgumentParser, metavar: str, meaning: str) -> None:
    made.add_argument("spec", metavar="SPEC", type=_path, help="the spec, a file in YAML")
    made.add_argument("-o", "--output", metavar=metavar, type=_path, required=True, help=meaning)
    made.add_argument(
        "--depfile", metavar="FILE", type=_path, help="also write there, for Ninja, CMake, Meson or Make, all that the output is made from"
    )


def _path(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("the name is empty")
    return text
