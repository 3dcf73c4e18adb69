"""What a picture of a lifecycle shows: the boxes, frames and arrows, with every text in the lines it is drawn in.

The spine runs from top to bottom. What can be done without leaving a state is listed in its box and is no arrow.
"""

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from judge.possible import Outcome, Possible, possible
from model import Lifecycle
from show.families import families
from show.spine import spine

_TITLE_LETTER, _LETTER, _NAME_LETTER = 6.7, 4.6, 5.5
"""How wide a letter is, in points, as a mean: of a state's title, of the smaller text, of a state's name."""
_NARROWEST, _WIDEST, _WIDEST_BESIDE = 200, 430, 190
"""How wide the text of the spine's boxes is at least and at most, and of the others at most; in points."""
_BADGE, _HEADING, _SIDE_GAP = 24, 58, 10
"""How wide the number of a step is, the heading of a list, and the gap beside a name; in points."""
_LABEL = 34
"""The most letters of a line in an arrow's label."""
_REFUSED = "refused by"
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
            "work": any(each.heading != _REFUSED for each in lists),
            "refusal": any(each.heading == _REFUSED for each in lists),
            "nowhere": self.nowhere,
        }
        return frozenset(kind for kind, shown in there.items() if shown)


_Way = tuple[int, int, bool]
"""An arrow from a place to a place, and whether it means the frame that the latter is the first place of."""


def draw(model: Lifecycle) -> Drawing:
    """The picture of a lifecycle."""
    return _Draughtsman(model).drawing()


class _Draughtsman:
    """Works with places: the boxes are numbered, those of the spine first, in its order; a state may have several."""

    def __init__(self, model: Lifecycle) -> None:
        self._model = model
        self._table = possible(model)
        self._spine = spine(model, self._table)
        self._states = (*self._spine, *(state for state in range(len(model.states)) if state not in self._spine))
        self._copies = Counter(self._states)
        self._frames = dict(self._framed())

    def drawing(self) -> Drawing:
        inside = {place for places in self._frames.values() for place in places}
        nowhere = [index for index, event in enumerate(self._model.events) if not any(event.moves)]
        return Drawing(
            boxes=tuple(self._box(place) for place in range(len(self._states)) if place not in inside),
            frames=tuple(self._frame(choice) for choice in self._frames),
            arrows=tuple(self._arrows()),
            spine=tuple(self._name(place) for place in range(len(self._spine))),
            nowhere=tuple(_listed(self._labels(nowhere), self._width, _LETTER)),
        )

    # Frames

    def _framed(self) -> Iterator[tuple[int, range]]:
        """The choices whose states follow each other in the spine, in the order of the branches; and their places."""
        taken: set[int] = set()
        for index, choice in enumerate(self._model.choices):
            targets = tuple(branch.target for branch in choice.branches)
            once = len(targets) > 1 and all(self._copies[target] == 1 for target in targets)
            start = self._states.index(targets[0]) if once else 0
            places = range(start, start + len(targets))
            if once and self._spine[start : places.stop] == targets and not taken & set(places):
                taken.update(places)
                yield index, places

    def _frame(self, choice: int) -> Frame:
        return Frame(
            name=self._model.choices[choice].name,
            width=self._width + self._side,
            boxes=tuple(self._box(place) for place in self._frames[choice]),
            lists=self._lines(self._commons(self._frames[choice]), self._width + self._side),
        )

    def _frame_of(self, place: int) -> int | None:
        """The choice in whose frame a box stands."""
        return next((choice for choice, places in self._frames.items() if place in places), None)

    def _commons(self, places: Sequence[int]) -> dict[str, list[str]]:
        """What is listed in each of these boxes."""
        lists = [self._lists(place) for place in places]
        return {
            heading: [word for word in words if all(word in other[heading] for other in lists)]
            for heading, words in lists[0].items()
        }

    # Boxes

    def _box(self, place: int) -> Box:
        state = self._model.states[self._states[place]]
        on_spine = place < len(self._spine)
        width = self._width if on_spine else min(_WIDEST_BESIDE, self._wanted_width(place))
        step = self._step(place)
        return Box(
            name=self._name(place),
            state=state.name,
            title=tuple(_wrapped(state.title, width - (_BADGE if step else 0), _TITLE_LETTER) or [state.name]),
            notes=self._notes(place),
            step=step,
            again=not self._first(place),
            on_spine=on_spine,
            never=self._table[self._states[place]] is None,
            width=width,
            side=self._side if on_spine else self._wanted_side(place),
            lists=self._lines(self._own_lists(place), width),
        )

    def _name(self, place: int) -> str:
        name = self._model.states[self._states[place]].name
        before = self._states[:place].count(self._states[place])
        return f"{name} again {before}" if before else name

    def _first(self, place: int) -> bool:
        return self._states[place] not in self._states[:place]

    def _last(self, place: int) -> bool:
        return self._states[place] not in self._states[place + 1 :]

    def _step(self, place: int) -> int | None:
        """The number at a box: the lowest of a state's boxes that keeps the numbers in order has it, else the last."""
        step = self._model.states[self._states[place]].step
        places = [other for other, state in enumerate(self._states) if state == self._states[place]]
        ordered = [other for other in places if step is not None and self._keeps_order(other, step)]
        return step if place == (ordered or places)[-1] else None

    def _keeps_order(self, place: int, step: int) -> bool:
        """Do the steps of the states that have one box stand in order around a place?"""
        others = (
            (other, self._model.states[state].step)
            for other, state in enumerate(self._spine)
            if self._copies[state] == 1
        )
        return all(number is None or (other < place) == (number < step) for other, number in others if other != place)

    def _notes(self, place: int) -> tuple[str, ...]:
        state, frame = self._model.states[self._states[place]], self._frame_of(place)
        notes = ["again"] if not self._first(place) else []
        notes += ["begins here"] if state.initial and self._first(place) else []
        notes += ["may end here"] if state.final and self._last(place) else []
        notes += [self._branch(frame, place - self._frames[frame].start)] if frame is not None else []
        return tuple(notes)

    @cached_property
    def _width(self) -> int:
        """How wide titles and lists are in the boxes of the spine, in points."""
        wanted = max(self._wanted_width(place) for place in range(len(self._spine)))
        return max(_NARROWEST, min(_WIDEST, wanted))

    @cached_property
    def _side(self) -> int:
        """How wide names and notes are in the boxes of the spine, in points."""
        return max(self._wanted_side(place) for place in range(len(self._spine)))

    def _wanted_width(self, place: int) -> int:
        """How wide title and lists would be if no line of them were broken."""
        title = len(self._model.states[self._states[place]].title) * _TITLE_LETTER
        title += _BADGE if self._step(place) else 0
        lists = [len(", ".join(words)) * _LETTER + _HEADING for words in self._own_lists(place).values()]
        return int(max([title, *lists]) + _LETTER)

    def _wanted_side(self, place: int) -> int:
        name = len(self._model.states[self._states[place]].name) * _NAME_LETTER
        return int(max([name, *(len(note) * _NAME_LETTER for note in self._notes(place))])) + _SIDE_GAP

    # Work and refusals

    def _own_lists(self, place: int) -> dict[str, list[str]]:
        """What is listed in a box and not in its frame."""
        frame = self._frame_of(place)
        common = {} if frame is None else self._commons(self._frames[frame])
        return {
            heading: [word for word in words if word not in common.get(heading, ())]
            for heading, words in self._lists(place).items()
        }

    def _lists(self, place: int) -> dict[str, list[str]]:
        """What can be done without leaving a state. Of two boxes the lower has what is given back."""
        state = self._states[place]
        row = self._table[state] or ()
        events = self._model.events
        staying = [
            index
            for index, found in enumerate(row)
            if found.outcomes and all(outcome.target == state for outcome in found.outcomes)
        ]
        takes = [index for index in staying if events[index].takes]
        gives_back = [index for index in staying if events[index].gives_back and not events[index].takes]
        other = [index for index in staying if index not in takes and index not in gives_back]
        lists = {"takes": takes, "gives back": gives_back, "also": other}
        wanted = ["takes", "also"] * self._first(place) + ["gives back"] * self._last(place)
        return {
            **{heading: self._labels(found if heading in wanted else ()) for heading, found in lists.items()},
            _REFUSED: self._refusing(state, row) if self._first(place) else [],
        }

    def _refusing(self, state: int, row: tuple[Possible, ...]) -> list[str]:
        """The rules that refuse in a state what is allowed elsewhere, in the order of the spec."""
        refusals = {event.refusals[state] for event in self._model.events if any(event.moves)}
        found = refusals.union(rule for item in row for rule in item.failing)
        return [rule.name for index, rule in enumerate(self._model.rules) if index in found]

    def _labels(self, events: Iterable[int]) -> list[str]:
        return [family.label for family in families(self._model, events)]

    @staticmethod
    def _lines(lists: dict[str, list[str]], width: int) -> tuple[Lines, ...]:
        return tuple(
            Lines(heading, tuple(_listed(words, width - _HEADING, _LETTER)))
            for heading, words in lists.items()
            if words
        )

    # Arrows

    def _arrows(self) -> Iterator[Arrow]:
        """Every way from a state to another, in the order of the boxes that they come from."""
        joined: dict[_Way, dict[str, list[int]]] = {}
        for state, row in enumerate(self._table):
            for event, found in enumerate(row or ()):
                for way, condition in self._ways(state, event, found.outcomes):
                    joined.setdefault(way, {}).setdefault(condition, []).append(event)
        parting: dict[int, set[tuple[int, ...]]] = {}
        for (tail, _, _), events in joined.items():
            parting.setdefault(tail, set()).update(tuple(found) for condition, found in events.items() if condition)
        said: set[int] = set()
        for (tail, head, to_frame), events in sorted(joined.items()):
            alone = len(parting[tail]) == 1
            frame = self._frame_of(head) if to_frame else None
            yield Arrow(
                tail=self._name(tail),
                head=self._name(head) if frame is None else self._model.choices[frame].name,
                to_frame=to_frame,
                labels=tuple(
                    Label(() if condition and alone and tail in said else self._at_arrow(found), condition)
                    for condition, found in events.items()
                ),
                on_spine=head == tail + 1 and head < len(self._spine),
                upward=head < tail < len(self._spine),
            )
            # Where only one set of events parts by conditions, it is named at the first arrow and known at the others.
            said.update([tail] if any(events) else [])

    def _at_arrow(self, events: list[int]) -> tuple[str, ...]:
        return tuple(_listed(self._labels(events), _LABEL, 1))

    def _ways(self, state: int, event: int, outcomes: tuple[Outcome, ...]) -> Iterator[tuple[_Way, str]]:
        """The arrows of an event in a state, and the condition of each."""
        move = self._model.events[event].moves[state]
        choice = move.choice if move else None
        frame = None if choice is None else self._frames.get(choice)
        if frame is not None:
            targets = {outcome.target for outcome in outcomes} - {state}
            yield from ((way, "") for way in self._ways_in_frame(state, frame, targets))
            return
        for outcome in outcomes:
            if outcome.target != state:
                branch = "" if choice is None or outcome.branch is None else self._branch(choice, outcome.branch)
                yield from (((*ends, False), branch) for ends in self._ends(state, outcome.target))

    def _ways_in_frame(self, state: int, frame: range, targets: set[int]) -> Iterator[_Way]:
        """The frame says where its choice leads, so one arrow is enough: into it, or inside it on to the next state."""
        reached = [place for place in frame if self._states[place] in targets]
        if not reached:
            return
        here = self._states.index(state)
        if here in frame:
            yield here, min(reached, key=lambda place: (place < here, abs(place - here))), False
        else:
            yield from ((*ends, True) for ends in self._ends(state, self._states[frame.start]))

    def _branch(self, choice: int, branch: int) -> str:
        """The condition of a branch in words."""
        condition = self._model.choices[choice].branches[branch].condition
        return "else" if condition is None else f"if {condition.text}"

    def _ends(self, tail: int, head: int) -> list[tuple[int, int]]:
        """Which boxes an arrow joins: neighbours in the spine, else the nearest, rather below."""
        tails = [place for place, state in enumerate(self._states) if state == tail]
        heads = [place for place, state in enumerate(self._states) if state == head]
        pairs = [(start, end) for start in tails for end in heads]
        neighbours = [(start, end) for start, end in pairs if start + 1 == end < len(self._spine)]
        nearest = min(pairs, key=lambda ends: (ends[1] < ends[0] < len(self._spine), abs(ends[1] - ends[0]), ends))
        return neighbours or [nearest]


def _wrapped(text: str, width: float, letter: float) -> list[str]:
    """A text in lines of about `width` points."""
    return textwrap.wrap(text, max(12, int(width / letter)))


def _listed(words: Iterable[str], width: float, letter: float) -> list[str]:
    """A list with commas, in lines of about `width` points that break only after a comma."""
    joined = ", ".join(word.replace(" ", "\u00a0") for word in words)
    return textwrap.wrap(joined, max(12, int(width / letter)), break_long_words=False, break_on_hyphens=False)
