"""`lastcall header`: the header that a C program embeds."""

import argparse

import output
from command.depfile import with_depfile
from header.header import header
from machine.ragel import compile_machine
from read.spec import read


def run(options: argparse.Namespace) -> int:
    """Makes a header; gives the exit status."""
    model = read(options.spec)
    made = [output.File(options.output, header(model, compile_machine(model)))]
    output.write_all(with_depfile(made, options.depfile, options.spec))
    return 0
