"""The command line for those who do not ask `--help`: the man page, and what bash and zsh offer at the tabulator."""

import re
import textwrap

import output
from command_line import COMMANDS, STATUS, SUMMARY, Argument


def described(form: str) -> str:
    """The man page `lastcall.1`, or the completion `lastcall.bash` or, of zsh, `_lastcall`."""
    return output.render(
        f"command/{form}.j2",
        commands=COMMANDS,
        status=STATUS,
        summary=SUMMARY,
        options=_options,
        files=_files,
        roff=_roff,
        in_spec=_in_a_spec_of_zsh,
    )


def _options(arguments: tuple[Argument, ...]) -> list[str]:
    """All flags that a command knows, each form."""
    return [*(flag for argument in arguments for flag in argument.flags), "--help"]


def _files(argument: Argument) -> str:
    """What a shell calls the files that an argument is about: `*.(yaml|yml)`."""
    return f"*.({'|'.join(argument.endings)})" if len(argument.endings) > 1 else f"*.{argument.endings[0]}"


def _roff(text: str) -> str:
    """A text as it may stand in a man page, its words of code in bold; a `-` is one that can be copied."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    text = textwrap.fill(re.sub(r"`([^`]*)`", r"\\fB\1\\fR", text), 79, break_long_words=False, break_on_hyphens=False)
    return re.sub(r"^(?=[.'])", r"\\&", text, flags=re.MULTILINE)


def _in_a_spec_of_zsh(text: str) -> str:
    """A text as it may stand in an argument of `_arguments`, within single quotes: colons and brackets mean something there."""
    return re.sub(r"([\[\]:\\])", r"\\\1", text).replace("'", "'\\''")
