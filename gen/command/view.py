"""What `lastcall graph` and `lastcall doc` have in common: a view of a spec, in the form that the ending of its file asks for."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import output
from command.depfile import with_depfile
from model import Lifecycle
from problems import UsageError
from read.spec import read


def write(options: argparse.Namespace, make: Callable[[Lifecycle, str], str | bytes], endings: Sequence[str]) -> int:
    """Makes a view of the spec; `make` is given the lifecycle and the ending, which is one of `endings`. Gives the exit status."""
    ending = Path(options.output).suffix.removeprefix(".")
    if ending not in endings:
        known = ", ".join(f".{each}" for each in endings)
        raise UsageError(f"{options.output}: the ending of the file decides its form; it is one of {known}")
    made = [output.File(options.output, make(read(options.spec), ending))]
    output.write_all(with_depfile(made, options.depfile, options.spec))
    return 0
