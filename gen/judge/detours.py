"""Where NAME_next does not give the shortest way to the end.

It is asked in each configuration with a few of each thing, from which a search knows a way: all that is said was tried.
"""

from collections.abc import Iterator

import interpret
from interpret import Configuration
from judge.findings import Finding, described
from machine import abstract
from machine.explore import Exploration, explore, step_text
from machine.search import Step
from machine.way import Guide
from model import Lifecycle

MOST = 20_000
"""Configurations that are tried at most."""
_COUNTS = (1, 2, 3)
"""So many of each thing, or as many as a condition sees; more where there is not too much to try."""
_MOST_NAMES = 6


def detours(model: Lifecycle) -> Iterator[Finding]:
    """Configurations where NAME_next finds no way, or leads astray, or takes a longer way: of each kind the first in each state."""
    exploration = _few(model)
    if exploration is None:
        return
    walk = _Walk(model)
    far = exploration.to_end()
    told: set[tuple[int, str]] = set()
    for packed in (packed for packed in exploration.search.parents if far.get(packed)):
        here = exploration.configuration(packed)
        after, steps = walk.next(here), walk.steps(here)
        if after is None:
            kind = "finds no way from here, though there is one"
        elif steps is None and exploration.packing.pack(after) not in far:
            kind = "leads from here to where it finds no way, though there is one"
        elif steps is not None and steps > far[packed]:
            kind = "takes a longer way from here than there is"
        else:
            continue
        if (here.state, kind) not in told:
            told.add((here.state, kind))
            way = _named(model, _way(exploration, packed, far))
            message = f"{model.name}_next {kind}: {way}; {described(model, here)}"
            trace = tuple(step_text(model, step) for step in exploration.search.trace(packed))
            yield Finding(model.states[here.state].place, message, trace, is_note=True)


def _few(model: Lifecycle) -> Exploration | None:
    """All configurations with so many of each thing as there is time for; None if there are too many of one already."""
    found = None
    for count in _COUNTS:
        more = explore(model, abstract.exact(model, count), MOST)
        if more.search.complete:
            found = more
        if len(more.search.parents) > MOST // 4:
            break
    return found


def _way(exploration: Exploration, packed: int, far: dict[int, int]) -> list[Step]:
    """A shortest way to the end."""
    steps = []
    while far[packed]:
        step, packed = next((step, after) for step, after in exploration.search.ways(packed) if far.get(after) == far[packed] - 1)
        steps.append(step)
    return steps


def _named(model: Lifecycle, steps: list[Step]) -> str:
    names = [f"`{step_text(model, step)}`" for step in steps[:_MOST_NAMES]]
    return ", ".join(names) + (f" and {len(steps) - len(names)} more" if len(steps) > len(names) else "")


class _Walk:
    """Follows NAME_next."""

    def __init__(self, model: Lifecycle) -> None:
        self._model = model
        self._guide = Guide(model)
        self._after: dict[Configuration, Configuration | None] = {}
        self._steps: dict[Configuration, int | None] = {}

    def next(self, here: Configuration) -> Configuration | None:
        """Where its event leads; None if it gives none."""
        if here not in self._after:
            self._after[here] = self._guide.after(here)
        return self._after[here]

    def steps(self, here: Configuration) -> int | None:
        """How many events it takes to the end; None if they do not lead there."""
        way = [here]
        while way[-1] not in self._steps and not interpret.finished(self._model, way[-1]):
            after = self.next(way[-1])
            if after is None or after in way:
                self._steps[way[-1]] = None
            else:
                way.append(after)
        count = self._steps.get(way[-1], 0)
        for each in reversed(way[:-1]):
            count = None if count is None else count + 1
            self._steps[each] = count
        return count
