"""The header that a client embeds: layout, tables in C's types, and what the template shows of both, put into the template."""

import re

import output
from header.arrays import arrays
from header.expressions import PREFIX
from header.view import View
from header.wording import Wording
from machine.ragel import Machine
from machine.tables import tabulate
from model import STAY, Lifecycle

_NO_CODE = re.compile(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"|^ *#(?:\\\n|[^\n])*', re.DOTALL | re.MULTILINE)
"""Comments, strings and directives."""


def header(model: Lifecycle, machine: Machine) -> str:
    """The text of NAME.h."""
    tables = tabulate(model, machine)
    in_c = arrays(model, tables)
    text = output.render(
        "header/header.h.j2",
        model=model,
        layout=tables.layout,
        arrays=in_c,
        shape=in_c.shape,
        types=in_c.types,
        view=View(model, tables, in_c),
        wording=Wording(model, tables),
        p=PREFIX,
        P=model.name.upper(),
        STAY=STAY,
    )
    return _with_words_renamed(text, model.name).replace(PREFIX, model.name)


def _with_words_renamed(text: str, name: str) -> str:
    """A header in which no variable is called like the lifecycle, which would hide its type: `event` becomes `event_`."""
    word = re.compile(rf"(?<![\w{PREFIX}]){re.escape(name)}(?!\w)")
    found = []
    at = 0
    for other in _NO_CODE.finditer(text):
        found += [word.sub(f"{name}_", text[at : other.start()]), other.group()]
        at = other.end()
    return "".join([*found, word.sub(f"{name}_", text[at:])])
