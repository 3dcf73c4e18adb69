"""The command line of lastcall: how it is read, and how a run ends.

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
from command_line import COMMANDS, STATUS, SUMMARY, Argument
from problems import ApiError, SpecError, UsageError
from version import VERSION


def main(arguments: Sequence[str]) -> int:
    """Runs a command; gives the exit status."""
    try:
        options = _parser().parse_args(arguments)
        try:
            return int(_module(options.command).run(options))
        except SpecError as found:
            messages.problems(options.spec, found)
            return 1
        except ApiError as faulty:
            messages.problems_of_api(faulty.problems)
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


def _parser() -> argparse.ArgumentParser:
    made = _Parser(
        prog="lastcall",
        description=SUMMARY,
        epilog=_statuses(STATUS) + "\n`lastcall COMMAND --help` says more of a command; spec/README.md is the reference of the language.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--version", action="version", version=f"lastcall {VERSION}", help="show the version and exit")
    commands = made.add_subparsers(title="commands", metavar="COMMAND", dest="command", required=True)
    for command in COMMANDS:
        taking = commands.add_parser(
            command.name,
            help=command.summary,
            description=command.more,
            epilog=_statuses(command.status),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        for argument in command.arguments:
            _take(taking, argument)
    return made


def _take(parser: argparse.ArgumentParser, argument: Argument) -> None:
    if argument.kind == "switch":
        parser.add_argument(*argument.flags, action="store_true", help=argument.meaning)
    elif argument.flags:
        parser.add_argument(
            *argument.flags, metavar=argument.metavar, type=_path, required=argument.required, help=argument.meaning
        )
    elif argument.many:
        parser.add_argument(argument.name, metavar=argument.metavar, type=_path, nargs="+", help=argument.meaning)
    else:
        parser.add_argument(argument.name, metavar=argument.metavar, type=_path, help=argument.meaning)


def _statuses(status: Sequence[tuple[int, str]]) -> str:
    return "\n".join(["\nexit status:", *(f"  {number}  {meaning}" for number, meaning in status), ""])


def _path(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("the name is empty")
    return text
