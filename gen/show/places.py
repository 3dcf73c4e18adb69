"""Where the states of a lifecycle are drawn: each in a box of its own, or in several where the way comes back to it.

The boxes are numbered, those of the spine first, in its order: such a number is a place.
"""

from collections import Counter
from collections.abc import Iterator

from judge.possible import Outcome, possible
from model import Lifecycle
from show.spine import spine


class Places:
    """The places of a lifecycle's picture.

    `table` is what can happen, for each state and event; `spine` has the states of the way to the end, in its order;
    `states` has the state of each place; `frames` has, for a choice, the places of its states if a frame goes around them.
    """

    def __init__(self, model: Lifecycle) -> None:
        self._model = model
        self.table = possible(model)
        self.spine = spine(model, self.table)
        self.states = (*self.spine, *(state for state in range(len(model.states)) if state not in self.spine))
        self._copies = Counter(self.states)
        self.frames = dict(self._framed())

    def _framed(self) -> Iterator[tuple[int, range]]:
        """The choices whose states follow each other in the spine, in the order of the branches; and their places."""
        taken: set[int] = set()
        for index, choice in enumerate(self._model.choices):
            targets = tuple(branch.target for branch in choice.branches)
            once = len(targets) > 1 and all(self._copies[target] == 1 for target in targets)
            start = self.states.index(targets[0]) if once else 0
            places = range(start, start + len(targets))
            if once and self.spine[start : places.stop] == targets and not taken & set(places):
                taken.update(places)
                yield index, places

    def frame_of(self, place: int) -> int | None:
        """The choice in whose frame a box stands."""
        return next((choice for choice, places in self.frames.items() if place in places), None)

    def name(self, place: int) -> str:
        """The box's name in the picture: its state's, and from the second box of the state on the number of those before."""
        name = self._model.states[self.states[place]].name
        before = self.states[:place].count(self.states[place])
        return f"{name} again {before}" if before else name

    def first(self, place: int) -> bool:
        """Is it the first box of its state?"""
        return self.states[place] not in self.states[:place]

    def last(self, place: int) -> bool:
        """Is it the last box of its state?"""
        return self.states[place] not in self.states[place + 1 :]

    def step(self, place: int) -> int | None:
        """The number at a box: the lowest of a state's boxes that keeps the numbers in order has it, else the last."""
        step = self._model.states[self.states[place]].step
        places = [other for other, state in enumerate(self.states) if state == self.states[place]]
        ordered = [other for other in places if step is not None and self._keeps_order(other, step)]
        return step if place == (ordered or places)[-1] else None

    def _keeps_order(self, place: int, step: int) -> bool:
        """Do the steps of the states that have one box stand in order around a place?"""
        others = (
            (other, self._model.states[state].step)
            for other, state in enumerate(self.spine)
            if self._copies[state] == 1
        )
        return all(number is None or (other < place) == (number < step) for other, number in others if other != place)

    def branch(self, choice: int, branch: int) -> str:
        """The condition of a branch in words."""
        condition = self._model.choices[choice].branches[branch].condition
        return "else" if condition is None else f"if {condition.text}"

    def choice(self, state: int, event: int) -> int | None:
        """The choice that decides where an event leads from a state, if any does."""
        move = self._model.events[event].moves[state]
        return move.choice if move else None

    def condition(self, state: int, event: int, outcome: Outcome, outcomes: tuple[Outcome, ...]) -> str:
        """On which condition an event comes to one of its outcomes; none is named where it has no other outcome.

        So there is an `if` wherever there is an `else`.
        """
        choice = self.choice(state, event)
        return "" if choice is None or outcome.branch is None or len(outcomes) == 1 else self.branch(choice, outcome.branch)

    def stays(self, state: int, event: int, outcomes: tuple[Outcome, ...]) -> list[str]:
        """The conditions on which an event leaves a state as it is: an empty one if it always does, none if it never does."""
        staying = [outcome for outcome in outcomes if outcome.target == state]
        if len(staying) == len(outcomes):
            return [""] if outcomes else []
        if self.choice(state, event) in self.frames:
            return []
        return [self.condition(state, event, outcome, outcomes) for outcome in staying]

    def ends(self, tail: int, head: int) -> list[tuple[int, int]]:
        """Which boxes an arrow joins: neighbours in the spine, else the nearest, rather below."""
        tails = [place for place, state in enumerate(self.states) if state == tail]
        heads = [place for place, state in enumerate(self.states) if state == head]
        pairs = [(start, end) for start in tails for end in heads]
        neighbours = [(start, end) for start, end in pairs if start + 1 == end < len(self.spine)]
        nearest = min(pairs, key=lambda ends: (ends[1] < ends[0] < len(self.spine), abs(ends[1] - ends[0]), ends))
        return neighbours or [nearest]
