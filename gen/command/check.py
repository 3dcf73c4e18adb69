"""`lastcall check`: everything that is wrong with specs."""

import argparse

import messages
import output
from judge.analyse import analyse
from judge.api_checks import check_api
from judge.promela import search_invariants
from model import Lifecycle
from problems import ApiError, SpecError, UsageError
from read.api_spec import is_api, read_api
from read.spec import read


def run(options: argparse.Namespace) -> int:
    """Checks each spec, whatever is wrong with the others; gives the worst of their exit statuses."""
    status = 0
    for path in options.specs:
        try:
            if is_api(path):
                status = max(status, _check_api(path, options))
                continue
            model = read(path)
            status = max(status, _judge(path, model, options.strict))
            if options.spin and model.always:
                status = max(status, _confirm(path, model))
        except SpecError as found:
            messages.problems(path, found)
            status = max(status, 1)
        except ApiError as faulty:
            messages.problems_of_api(faulty.problems)
            status = max(status, 1)
        except UsageError as wrong:
            messages.error(str(wrong))
            status = 2
    return status


def _check_api(path: str, options: argparse.Namespace) -> int:
    """Says what is wrong with an API spec that can be read all the same, and with its lifecycles; gives the exit status."""
    api = read_api(path)
    status = 0
    for finding in check_api(api, path):
        where = f"{messages.shown(finding.path)}:{finding.place.line}:{finding.place.column}"
        if finding.is_note:
            messages.note(finding.message, where)
        elif options.strict:
            messages.error(finding.message, where)
            status = 1
        else:
            messages.warning(finding.message, where)
    for lifecycle, model in {kind.path: kind.lifecycle for kind in api.kinds}.items():
        status = max(status, _judge(lifecycle, model, options.strict))
        if options.spin and model.always:
            status = max(status, _confirm(lifecycle, model))
    return status


def _judge(path: str, model: Lifecycle, strict: bool) -> int:
    """Says what is wrong with a lifecycle that can be read all the same; gives the exit status."""
    analysis = analyse(model)
    for finding in analysis.findings:
        where = f"{messages.shown(path)}:{finding.place.line}:{finding.place.column}"
        if finding.is_note:
            messages.note(finding.message, where)
        elif finding.is_error or strict:
            messages.error(finding.message, where)
        else:
            messages.warning(finding.message, where)
        for line in finding.trace:
            messages.say(f"    {line}")
    if not analysis.complete:
        cut_short = "there is too much that can come about; what shows only in a search of all of it was not found"
        messages.note(cut_short, f"{messages.shown(path)}:1:1")
    return int(any(finding.is_error or (strict and not finding.is_note) for finding in analysis.findings))


def _confirm(path: str, model: Lifecycle) -> int:
    """Has SPIN look for events that break an invariant, and says what it found; gives the exit status."""
    found = search_invariants(model)
    for index, trace in found.broken:
        invariant = model.always[index]
        after = f"after `{trace[-1].split()[0]}`" if trace else "at the beginning"
        messages.error(
            f"SPIN: the invariant `{invariant.name}` does not always hold: {after}, `{invariant.condition.text}` is false",
            f"{messages.shown(path)}:{invariant.place.line}:{invariant.place.column}",
        )
        for line in trace:
            messages.say(f"    {line}")
    if not found.broken:
        counts = f" with counts to {found.highest}" if found.highest else ""
        invariants = f"{len(model.always)} invariant{'' if len(model.always) == 1 else 's'}"
        output.write("-", f"{messages.shown(path)}: SPIN: {found.configurations} configurations{counts} keep {invariants}\n")
    return int(bool(found.broken))
