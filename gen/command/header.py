"""`lastcall header`: the header that a C program embeds."""

import argparse

import output
from command.depfile import lifecycles, with_depfile
from guard.guard import guard
from header.header import header
from machine.ragel import compile_machine
from read.api_spec import is_api, read_api
from read.spec import read


def run(options: argparse.Namespace) -> int:
    """Makes a header; gives the exit status."""
    if is_api(options.spec):
        return _guard(options)
    model = read(options.spec)
    made = [output.File(options.output, header(model, compile_machine(model)))]
    output.write_all(with_depfile(made, options.depfile, options.spec))
    return 0


def _guard(options: argparse.Namespace) -> int:
    """Makes the guard of an API."""
    api = read_api(options.spec)
    made = [output.File(options.output, guard(api))]
    output.write_all(with_depfile(made, options.depfile, options.spec, lifecycles(api, made)))
    return 0
