"""What is said on standard error: every message of the generator goes through here.

A file's name may hold any byte, and a terminal obeys some of them, so what is no text is shown escaped.
"""

import os
import re
import sys
from collections.abc import Mapping

from problems import SpecError

_NO_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters but for tab and line end, and what stands for bytes that are not UTF-8."""


def shown(name: str) -> str:
    """A file's name as it may be shown, in one line: `\\x1b` in place of ESC, `\\xff` in place of a byte that is not UTF-8."""
    return _escaped(name).replace("\n", "\\n").replace("\t", "\\t")


def error(message: str, where: str = "lastcall") -> None:
    """Says an error: of wrong use, or at a place in a spec. Raises OSError if it cannot be said."""
    say(f"{_escaped(where)}: {_coloured('error:')} {_escaped(message)}")


def warning(message: str, where: str) -> None:
    """Says what can hardly be meant, at a place in a spec."""
    say(f"{_escaped(where)}: {_coloured('warning:', 35)} {_escaped(message)}")


def note(message: str, where: str = "lastcall") -> None:
    """Says what one had better know, though nothing is wrong."""
    say(f"{_escaped(where)}: note: {_escaped(message)}")


def problems(path: str, found: SpecError) -> None:
    """Says all that is wrong with a spec."""
    for problem in found.problems:
        error(problem.message, f"{shown(path)}:{problem.place.line}:{problem.place.column}")


def problems_of_api(found: Mapping[str, SpecError]) -> None:
    """Says all that is wrong with an API spec and with its lifecycles, each in its own file."""
    for path, faulty in found.items():
        problems(path, faulty)


def say(text: str) -> None:
    """A line on standard error, as it is; nothing where that was closed. Raises OSError if it cannot be written."""
    if sys.stderr is None:
        return
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        give_up(sys.stderr.fileno())
        raise


def give_up(descriptor: int) -> None:
    """What could not be written and is left in a buffer goes nowhere: at the exit, Python would complain of it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)


def _coloured(word: str, colour: int = 31) -> str:
    """A word in a colour (by its number for terminals, red) where one shows it and nobody has asked for none."""
    if sys.stderr is not None and sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb":
        return f"\033[{colour}m{word}\033[0m"
    return word


def _escaped(text: str) -> str:
    return _NO_TEXT.sub(lambda found: f"\\x{ord(found[0]) & 0xFF:02x}", text)
