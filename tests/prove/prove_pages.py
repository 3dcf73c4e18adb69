"""The reference pages can be used by those who do not see them, or have no mouse: axe-core finds nothing in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import browser
from lastcall import lastcall
from toolchain import ROOT
from views import NAMES, spec

AXE = ROOT / "build" / "npm" / "node_modules" / "axe-core" / "axe.min.js"
FOUND = "axe.run(document).then(r => r.violations.map(v => [v.id, v.nodes[0].html, v.nodes[0].failureSummary]))"
"""The rules that are broken, each with the first place and what is to be done there."""

pytestmark = [
    pytest.mark.skipif(browser.PROGRAM is None, reason="chromium is not installed: gen/setup --prove"),
    pytest.mark.skipif(not AXE.exists(), reason="axe-core is not there: gen/setup --prove fetches it with npm"),
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[browser.Browser]:
    """One browser for all pages."""
    with browser.Browser() as started:
        yield started


@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_nothing(chromium: browser.Browser, name: str, tmp_path: Path) -> None:
    """On a desktop and on a phone, in light and dark; and it does find a fault that is put in."""
    page = tmp_path / "page.html"
    assert lastcall("doc", spec(name, tmp_path), "-o", page).status == 0
    for width in (1280, 390):
        for dark in (False, True):
            chromium.open(page, width=width, dark=dark)
            chromium.ask(AXE.read_text(encoding="utf-8"))
            assert chromium.ask(FOUND) == []
    chromium.ask("document.querySelector('main').prepend(document.createElement('img')) || 0")
    assert [fault[0] for fault in chromium.ask(FOUND)] == ["image-alt"]
