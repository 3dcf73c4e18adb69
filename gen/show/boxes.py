"""What the boxes of a picture say: titles, names and notes, and what can be done in a state without leaving it."""

import textwrap
from collections.abc import Iterable, Sequence
from functools import cached_property

from judge.possible import Possible
from model import Lifecycle
from show.drawing import RULES, Box, Frame, Lines, listed
from show.families import families
from show.places import Places

_TITLE_LETTER, _LETTER, _NAME_LETTER = 6.7, 4.6, 5.5
"""How wide a letter is, in points, as a mean: of a state's title, of the smaller text, of a state's name."""
_NARROWEST, _WIDEST, _WIDEST_BESIDE = 200, 430, 190
"""How wide the text of the spine's boxes is at least and at most, and of the others at most; in points."""
_BADGE, _HEADING, _SIDE_GAP = 24, 58, 10
"""How wide the number of a step is, the heading of a list, and the gap beside a name; in points."""


class Boxes:
    """Fills the boxes and frames of a picture. Those of the spine are all as wide as the widest of them."""

    def __init__(self, model: Lifecycle, places: Places) -> None:
        self._model = model
        self._places = places

    def outside(self) -> tuple[Box, ...]:
        """The boxes that stand in no frame."""
        return tuple(self._box(place) for place in range(len(self._places.states)) if self._places.frame_of(place) is None)

    def frames(self) -> tuple[Frame, ...]:
        """The frames, with the boxes in them."""
        return tuple(self._frame(choice) for choice in self._places.frames)

    def nowhere(self) -> tuple[str, ...]:
        """The events that no state allows, in lines."""
        events = [index for index, event in enumerate(self._model.events) if not any(event.moves)]
        return listed(self._labels(events), self._width, _LETTER)

    def _frame(self, choice: int) -> Frame:
        return Frame(
            name=self._model.choices[choice].name,
            width=self._width + self._side,
            boxes=tuple(self._box(place) for place in self._places.frames[choice]),
            lists=self._lines(self._commons(self._places.frames[choice]), self._width + self._side),
        )

    def _commons(self, places: Sequence[int]) -> dict[str, list[str]]:
        """What is listed in each of these boxes."""
        lists = [self._lists(place) for place in places]
        return {
            heading: [word for word in words if all(word in other[heading] for other in lists)]
            for heading, words in lists[0].items()
        }

    def _box(self, place: int) -> Box:
        state = self._model.states[self._places.states[place]]
        on_spine = place < len(self._places.spine)
        width = self._width if on_spine else min(_WIDEST_BESIDE, self._wanted_width(place))
        step = self._places.step(place)
        return Box(
            name=self._places.name(place),
            state=state.name,
            title=_wrapped(state.title, width - (_BADGE if step else 0)) or (state.name,),
            notes=self._notes(place),
            step=step,
            again=not self._places.first(place),
            on_spine=on_spine,
            never=self._places.table[self._places.states[place]] is None,
            width=width,
            side=self._side if on_spine else self._wanted_side(place),
            lists=self._lines(self._own_lists(place), width),
        )

    def _notes(self, place: int) -> tuple[str, ...]:
        state, frame = self._model.states[self._places.states[place]], self._places.frame_of(place)
        notes = ["again"] if not self._places.first(place) else []
        notes += ["begins here"] if state.initial and self._places.first(place) else []
        notes += ["may end here"] if state.final and self._places.last(place) else []
        notes += [self._places.branch(frame, place - self._places.frames[frame].start)] if frame is not None else []
        return tuple(notes)

    @cached_property
    def _width(self) -> int:
        """How wide titles and lists are in the boxes of the spine, in points."""
        wanted = max(self._wanted_width(place) for place in range(len(self._places.spine)))
        return max(_NARROWEST, min(_WIDEST, wanted))

    @cached_property
    def _side(self) -> int:
        """How wide names and notes are in the boxes of the spine, in points."""
        return max(self._wanted_side(place) for place in range(len(self._places.spine)))

    def _wanted_width(self, place: int) -> int:
        """How wide title and lists would be if no line of them were broken."""
        title = len(self._model.states[self._places.states[place]].title) * _TITLE_LETTER
        title += _BADGE if self._places.step(place) else 0
        lists = [len(", ".join(words)) * _LETTER + _HEADING for words in self._own_lists(place).values()]
        return int(max([title, *lists]) + _LETTER)

    def _wanted_side(self, place: int) -> int:
        name = len(self._model.states[self._places.states[place]].name) * _NAME_LETTER
        return int(max([name, *(len(note) * _NAME_LETTER for note in self._notes(place))])) + _SIDE_GAP

    def _own_lists(self, place: int) -> dict[str, list[str]]:
        """What is listed in a box and not in its frame."""
        frame = self._places.frame_of(place)
        common = {} if frame is None else self._commons(self._places.frames[frame])
        return {
            heading: [word for word in words if word not in common.get(heading, ())]
            for heading, words in self._lists(place).items()
        }

    def _lists(self, place: int) -> dict[str, list[str]]:
        """What can be done without leaving a state. Of two boxes the lower has what is given back."""
        state = self._places.states[place]
        row = self._places.table[state] or ()
        staying = self._staying(state, row)
        wanted = ["takes", "also"] * self._places.first(place) + ["gives back"] * self._places.last(place)
        return {
            **{heading: self._conditional(staying[heading]) if heading in wanted else [] for heading in staying},
            RULES: self._rejecting(state, row) if self._places.first(place) else [],
        }

    def _staying(self, state: int, row: tuple[Possible, ...]) -> dict[str, dict[str, list[int]]]:
        """The events that can leave a state as it is, for each list and condition; in a frame the frame says on which."""
        found: dict[str, dict[str, list[int]]] = {"takes": {}, "gives back": {}, "also": {}}
        for index, item in enumerate(row):
            event = self._model.events[index]
            heading = "takes" if event.takes else "gives back" if event.gives_back else "also"
            for condition in self._places.stays(state, index, item.outcomes):
                found[heading].setdefault(condition, []).append(index)
        return found

    def _conditional(self, events: dict[str, list[int]]) -> list[str]:
        """Names of events, those with a condition for it last."""
        ordered = sorted(events.items(), key=lambda item: item[0] != "")
        return [f"{label} {condition}".rstrip() for condition, found in ordered for label in self._labels(found)]

    def _rejecting(self, state: int, row: tuple[Possible, ...]) -> list[str]:
        """The rules that reject in a state what is allowed elsewhere, in the order of the spec."""
        refusals = {event.refusals[state] for event in self._model.events if any(event.moves)}
        found = refusals.union(rule for item in row for rule in item.failing)
        return [rule.name for index, rule in enumerate(self._model.rules) if index in found]

    def _labels(self, events: Iterable[int]) -> list[str]:
        return [family.label for family in families(self._model, events)]

    @staticmethod
    def _lines(lists: dict[str, list[str]], width: int) -> tuple[Lines, ...]:
        return tuple(
            Lines(heading, listed(words, width - _HEADING, _LETTER))
            for heading, words in lists.items()
            if words
        )


def _wrapped(title: str, width: float) -> tuple[str, ...]:
    """A state's title in lines of about `width` points."""
    return tuple(textwrap.wrap(title, max(12, int(width / _TITLE_LETTER))))
