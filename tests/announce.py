"""Says something in the output of a run that passes: how much was compared belongs there."""

import pytest


def announce(config: pytest.Config, text: str) -> None:
    """Writes a line of its own, whether output is captured or not."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    capture = config.pluginmanager.get_plugin("capturemanager")
    with capture.global_and_fixture_disabled():
        reporter.write_line(f"\n{text}")
