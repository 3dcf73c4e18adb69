"""The lifecycles that the tests of pictures and pages look at, and what they read from the results."""

import random
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import interpret  # the generator's, found by lastcall.py
from lastcall import ROOT
from model import Lifecycle
from read.spec import read

HERE = Path(__file__).resolve().parents[1]
RETRIES = """\
lifecycle: retries
title: A connection that is tried again
states:
  idle: {initial: yes, title: nothing is connected}
  connecting: {title: the connection is being made}
  waiting: {title: waiting before another attempt}
  connected: {title: connected}
  draining: {title: what is sent is awaited, step: 1}
  closing: {title: the other side is told, step: 2}
  closed: {final: yes, title: closed}
  failed: {final: yes, title: given up}
holdings: {buffers: {one: buffer, title: buffers}}
rules: {not-now: {title: it is not connected, in: "idle, connecting, waiting", refuses: send}}
choices: {drained: [{when: buffers, to: draining}, {to: closing}]}
events:
  start: {moves: {idle: connecting}}
  refused: {moves: {connecting: waiting}}
  retry: {moves: {waiting: connecting}}
  give_up: {moves: {waiting: failed}}
  shake_hands: {moves: {connecting: connected}}
  send: {takes: buffers, moves: {connected: stay}}
  sent: {gives_back: buffers, moves: {connected: stay, draining: drained}}
  reset: {moves: {"connected, draining, closing": failed}}
  resume: {moves: {closing: connected}}
  hang_up: {moves: {connected: drained}}
  hung_up: {moves: {closing: closed}}
"""
ONE = """\
lifecycle: one
states: {graph: {initial: yes, final: yes}}
events: {tick: {moves: {graph: stay}}}
"""
CROOKED_TITLE = r"""<script>alert("x")</script> & 'quotes' \N \G \\ ]]> --> {{ 7*7 }} %} &amp;"""
CROOKED = f"""\
lifecycle: crooked
title: '{CROOKED_TITLE.replace("'", "''")}'
source: 'javascript:alert("x")'
states:
  node: {{initial: yes, title: '<b>bold</b> & <TABLE> \\N \\E `code` *star* _under_ [link](http://x) | pipe'}}
  edge: {{final: yes, step: 999, title: "日本語 and a v{"e" * 150}ry long word"}}
  nowhere: {{title: "-"}}
holdings: {{things: {{one: '<i>thing</i>', title: '"things" & <co>', call: 'operator<<(a, b) && `c` | d'}}}}
groups: {{many: {{title: '<many>', members: things}}}}
facts: {{maybe: {{while: things, title: '<fact> & |'}}}}
choices: {{picture: [{{when: things, to: stay}}, {{to: edge}}]}}
rules:
  r-1: {{title: '<rule> & "r" | x', step: 1, source: 'https://example.org/?a=1&b=2'}}
  r-2: {{title: 1. a rule that is in a book, source: 'The Book, page 3 <b>'}}
  r-3: {{title: a rule that warns, source: 'https://example.org/"onmouseover=x'}}
events:
  take_it:
    title: '<take> & |'
    call: 'std::vector<int>::push_back'
    takes: things
    args: {{now: {{title: '<now>', needs: {{maybe: r-1}}, sets: maybe}}}}
    moves: {{node: stay, nowhere: edge}}
  go: {{needs: {{no things: r-2}}, moves: {{node: picture}}, warns: {{maybe: r-3}}}}
always:
  i-1: {{title: '<always> & |', outside: nowhere, finished: yes, holds: no many and no maybe}}
  i-2: {{in: edge, holds: things == 0 or things > 0 and maybe}}
"""
SMALL = {"retries": RETRIES, "one": ONE, "crooked": CROOKED}
SPECS = {
    "mapi_session": ROOT / "spec" / "mapi_session.yaml",
    "message_service": ROOT / "spec" / "message_service.yaml",
    "database_connection": HERE / "lifecycles" / "database_connection.yaml",
}
NAMES = (*SPECS, *SMALL)
"""Two of MAPI's, one that has all that the language has, and three small ones: retries, one state, evil texts."""


def spec(name: str, folder: Path) -> Path:
    """The file of a lifecycle; a small one is written to the folder."""
    if name in SPECS:
        return SPECS[name]
    path = folder / f"{name}.yaml"
    path.write_text(SMALL[name], encoding="utf-8")
    return path


def model(name: str, folder: Path) -> Lifecycle:
    """The model of a lifecycle."""
    return read(str(spec(name, folder)))


def words(text: str) -> str:
    """A text without the blanks and line ends that layout puts into it."""
    return re.sub(r"\s+", "", text)


# ------------------------------------------------------------------------------------ geometry of pictures

SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class Area:
    """A rectangle in a picture, and the text in it."""

    left: float
    top: float
    right: float
    bottom: float
    text: str

    def overlaps(self, other: "Area") -> bool:
        beside = self.right <= other.left or other.right <= self.left
        return not beside and self.top < other.bottom and other.top < self.bottom

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2


def boxes(svg: ElementTree.Element) -> list[Area]:
    """The boxes of states, each the outermost shape of its node; a frame's heading is a node without a shape."""
    return [_box(group) for group in svg.iter(f"{SVG}g") if group.get("class") == "node" and _shapes(group)]


def labels(svg: ElementTree.Element) -> list[Area]:
    """The labels of arrows."""
    groups = (group for group in svg.iter(f"{SVG}g") if group.get("class") == "edge")
    lines = ([_line(text) for text in group.iter(f"{SVG}text")] for group in groups)
    return [_around(found) for found in lines if found]


def _shapes(group: ElementTree.Element) -> list[str]:
    """The coordinates of a node's filled shapes and outlines."""
    found = [str(shape.get("points")) for shape in group.iter(f"{SVG}polygon")]
    return found + [str(shape.get("d")) for shape in group.iter(f"{SVG}path")]


def _box(group: ElementTree.Element) -> Area:
    numbers = [float(number) for shape in _shapes(group) for number in re.findall(r"-?[0-9.]+", shape)]
    text = "\n".join(str(line.text) for line in group.iter(f"{SVG}text"))
    return Area(min(numbers[::2]), min(numbers[1::2]), max(numbers[::2]), max(numbers[1::2]), text)


def _line(text: ElementTree.Element) -> Area:
    """A line of text, as high and wide as its letters are at least."""
    left, base, size = (float(text.get(key, "0")) for key in ("x", "y", "font-size"))
    return Area(left, base - 0.7 * size, left + 0.45 * size * len(str(text.text)), base, str(text.text))


def _around(areas: list[Area]) -> Area:
    return Area(
        min(area.left for area in areas),
        min(area.top for area in areas),
        max(area.right for area in areas),
        max(area.bottom for area in areas),
        "\n".join(area.text for area in areas),
    )


# ----------------------------------------------------------------------------------------------- random walks

def steps(lifecycle: Lifecycle, seed: int, length: int) -> Iterator[tuple[object, int, int]]:
    """A walk at random: configurations, and in each an event and its arguments, accepted or not."""
    chance = random.Random(seed)
    now = interpret.initial(lifecycle)
    for _ in range(length):
        event = chance.randrange(len(lifecycle.events))
        arguments = chance.randrange(1 << len(lifecycle.events[event].arguments))
        yield now, event, arguments
        if interpret.judge(lifecycle, now, event, arguments).accepted:
            now = interpret.apply(lifecycle, now, event, arguments)
