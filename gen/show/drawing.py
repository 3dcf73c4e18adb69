"""What a picture of a lifecycle shows: the boxes, frames and arrows, with every text in the lines it is drawn in.

Plain data, which the template draws; places.py says where a state is drawn, boxes.py and arrows.py what is said there.
"""

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

RULES = "rules"
"""What heads the list of rules in a box."""


@dataclass(frozen=True)
class Lines:
    """Something listed in a box: what is done with it, and its names, in lines."""

    heading: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Box:
    """A state as it is drawn: title and lists to the left, name and notes to the right, `width` and `side` points wide.

    `again`: it is drawn above already, and the way comes back to it here. `never`: nothing leads to the state.
    """

    name: str
    state: str
    title: tuple[str, ...]
    notes: tuple[str, ...]
    step: int | None
    again: bool
    on_spine: bool
    never: bool
    width: int
    side: int
    lists: tuple[Lines, ...]


@dataclass(frozen=True)
class Frame:
    """The states that a choice leads to, in one frame: an arrow to it goes to the first of them whose condition holds.

    `lists` holds in each of them and is not said again in their boxes.
    """

    name: str
    width: int
    boxes: tuple[Box, ...]
    lists: tuple[Lines, ...]


@dataclass(frozen=True)
class Label:
    """Events at an arrow, in lines, and the condition for them to go that way. No lines: another arrow has them."""

    lines: tuple[str, ...]
    condition: str


@dataclass(frozen=True)
class Arrow:
    """An arrow from box to box, or to a frame (`head` is the frame's name then). `upward`: against the spine."""

    tail: str
    head: str
    to_frame: bool
    labels: tuple[Label, ...]
    on_spine: bool
    upward: bool


@dataclass(frozen=True)
class Drawing:
    """All that is drawn. `boxes` are those outside of frames; `spine` names the boxes of the spine, in its order.

    `nowhere` lists the events that no state allows.
    """

    boxes: tuple[Box, ...]
    frames: tuple[Frame, ...]
    arrows: tuple[Arrow, ...]
    spine: tuple[str, ...]
    nowhere: tuple[str, ...]

    @property
    def every_box(self) -> tuple[Box, ...]:
        """The boxes, those in frames too."""
        return (*self.boxes, *(box for frame in self.frames for box in frame.boxes))

    @property
    def shows(self) -> frozenset[str]:
        """The kinds of thing that are there and that a legend has to explain."""
        boxes = self.every_box
        lists = [each for box in boxes for each in box.lists] + [each for frame in self.frames for each in frame.lists]
        labels = [label for arrow in self.arrows for label in arrow.labels]
        lines = [line for each in lists for line in each.lines] + [line for label in labels for line in label.lines]
        there = {
            "step": any(box.step for box in boxes),
            "again": any(box.again for box in boxes),
            "never": any(box.never for box in boxes),
            "frame": self.frames,
            "spine": any(arrow.on_spine for arrow in self.arrows),
            "beside": any(not arrow.on_spine for arrow in self.arrows),
            "condition": any(label.condition for label in labels),
            "family": any("…" in line for line in lines),
            "work": any(each.heading != RULES for each in lists),
            "rejection": any(each.heading == RULES for each in lists),
            "nowhere": self.nowhere,
        }
        return frozenset(kind for kind, shown in there.items() if shown)


def listed(words: Iterable[str], width: float, letter: float) -> tuple[str, ...]:
    """A list with commas, in lines of about `width` points that break only after a comma. `letter`: a letter's width."""
    joined = ", ".join(word.replace(" ", "\u00a0") for word in words)
    return tuple(textwrap.wrap(joined, max(12, int(width / letter)), break_long_words=False, break_on_hyphens=False))
