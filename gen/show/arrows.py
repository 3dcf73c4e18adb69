"""The arrows of a picture: every way from a state to another, with the events that go it and on which condition."""

from collections.abc import Iterator

from judge.possible import Outcome
from model import Lifecycle
from show.drawing import Arrow, Label, listed
from show.families import families
from show.places import Places

_LABEL = 34
"""The most letters of a line in an arrow's label."""

_Way = tuple[int, int, bool]
"""An arrow from a place to a place, and whether it means the frame that the latter is the first place of."""


class Arrows:
    """Finds the arrows between the places of a picture."""

    def __init__(self, model: Lifecycle, places: Places) -> None:
        self._model = model
        self._places = places

    def arrows(self) -> Iterator[Arrow]:
        """Every way from a state to another, in the order of the boxes that they come from."""
        joined: dict[_Way, dict[str, list[int]]] = {}
        for state, row in enumerate(self._places.table):
            for event, found in enumerate(row or ()):
                for way, condition in self._ways(state, event, found.outcomes):
                    joined.setdefault(way, {}).setdefault(condition, []).append(event)
        parting: dict[int, set[tuple[int, ...]]] = {}
        for (tail, _, _), events in joined.items():
            parting.setdefault(tail, set()).update(tuple(found) for condition, found in events.items() if condition)
        said: set[int] = set()
        for (tail, head, to_frame), events in sorted(joined.items()):
            alone = len(parting[tail]) == 1
            frame = self._places.frame_of(head) if to_frame else None
            yield Arrow(
                tail=self._places.name(tail),
                head=self._places.name(head) if frame is None else self._model.choices[frame].name,
                to_frame=to_frame,
                labels=tuple(
                    Label(() if condition and alone and tail in said else self._at_arrow(found), condition)
                    for condition, found in events.items()
                ),
                on_spine=head == tail + 1 and head < len(self._places.spine),
                upward=head < tail < len(self._places.spine),
            )
            # Where only one set of events parts by conditions, it is named at the first arrow and known at the others.
            said.update([tail] if any(events) else [])

    def _at_arrow(self, events: list[int]) -> tuple[str, ...]:
        return listed((family.label for family in families(self._model, events)), _LABEL, 1)

    def _ways(self, state: int, event: int, outcomes: tuple[Outcome, ...]) -> Iterator[tuple[_Way, str]]:
        """The arrows of an event in a state, and the condition of each."""
        choice = self._places.choice(state, event)
        frame = None if choice is None else self._places.frames.get(choice)
        if frame is not None:
            targets = {outcome.target for outcome in outcomes} - {state}
            yield from ((way, "") for way in self._ways_in_frame(state, frame, targets))
            return
        for outcome in outcomes:
            if outcome.target != state:
                condition = self._places.condition(state, event, outcome, outcomes)
                yield from (((*ends, False), condition) for ends in self._places.ends(state, outcome.target))

    def _ways_in_frame(self, state: int, frame: range, targets: set[int]) -> Iterator[_Way]:
        """The frame says where its choice leads, so one arrow is enough: into it, or inside it on to the next state."""
        reached = [place for place in frame if self._places.states[place] in targets]
        if not reached:
            return
        here = self._places.states.index(state)
        if here in frame:
            yield here, min(reached, key=lambda place: (place < here, abs(place - here))), False
        else:
            yield from ((*ends, True) for ends in self._places.ends(state, self._places.states[frame.start]))
