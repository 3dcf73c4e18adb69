"""`lastcall diff`: in what two versions of a lifecycle behave differently."""

import argparse

import messages
import output
from judge.compare import compare
from judge.diff import report
from problems import SpecError
from read.spec import read


def run(options: argparse.Namespace) -> int:
    """Compares two specs; gives the exit status."""
    models = []
    for path in (options.old, options.new):
        try:
            models.append(read(path))
        except SpecError as found:
            messages.problems(path, found)
    if len(models) < 2:
        return 2
    comparison = compare(*models)
    lines = report(messages.shown(options.old), messages.shown(options.new), comparison, options.all)
    output.write("-", "".join(f"{line}\n" for line in lines))
    if not comparison.complete:
        messages.note("not all could be searched or made sure of; there may be more differences")
    return int(bool(comparison.differences))
