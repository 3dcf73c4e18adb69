"""Where tests find what they share, and what a run says at its end: how much was compared, and then the closing line.

The closing line is for people and for .ci/run: `N passed, N failed[, N skipped]`.
"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from _pytest.terminal import TerminalReporter

_TESTS = Path(__file__).resolve().parent
_FOLDERS = (*(_TESTS / name for name in ("shared", "prove", "fuzz", "bench")), _TESTS.parent / "gen")
"""The tests' own modules stand before the generator's."""
sys.path += [str(folder) for folder in _FOLDERS if str(folder) not in sys.path]

_SAID = "said"
_EXIT_STATUS = pytest.StashKey[int]()


@pytest.fixture
def say(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Says something at the end of a run that passes: how much was compared belongs there."""
    return lambda text: record_property(_SAID, text)


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Prints what the tests have said, in whichever process each of them ran."""
    for test, text in sorted(set(_said(terminalreporter))):
        terminalreporter.write_line(f"{test}: {text}")


def _said(reporter: TerminalReporter) -> Iterator[tuple[str, str]]:
    for reports in reporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name == _SAID:
                    yield report.nodeid.removeprefix("tests/"), str(value)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Keep how the run ended for the closing line; `pytest --help` does not come through here."""
    session.config.stash[_EXIT_STATUS] = exitstatus


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Print the counts after everything else, pytest's own summary included.

    No other hook comes late enough: that summary is printed when the session has finished.
    What fails outside a test's body (set-up, tear-down, collection) counts as failed too, and so
    does a run that was broken off; a test that is expected to fail counts as skipped.
    """
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or _EXIT_STATUS not in config.stash or config.option.collectonly:
        return
    count = {outcome: len(reports) for outcome, reports in reporter.stats.items()}
    passed = count.get("passed", 0) + count.get("xpassed", 0)
    failed = count.get("failed", 0) + count.get("error", 0)
    skipped = count.get("skipped", 0) + count.get("xfailed", 0)
    if config.stash[_EXIT_STATUS] in (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR):
        failed = max(failed, 1)
    reporter.ensure_newline()
    reporter.write_line(
        f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else "")
    )
