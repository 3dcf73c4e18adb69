"""Events that one key of the spec makes, one for each member of a group: views show them as one."""

import os
from collections.abc import Iterable
from dataclasses import dataclass

from model import Lifecycle


@dataclass(frozen=True)
class Family:
    """Events (indices) of one key of the spec, in its order. `label`: what they are called together, as `open_… ×6`."""

    label: str
    events: tuple[int, ...]


def families(model: Lifecycle, events: Iterable[int]) -> tuple[Family, ...]:
    """The given events (indices) as families, in the order of the spec; of a family that is not whole, its members."""
    chosen = set(events)
    found = []
    for members in _by_key(model):
        if chosen.issuperset(members):
            found.append(Family(_label([model.events[event].name for event in members]), members))
        else:
            found += [Family(model.events[event].name, (event,)) for event in members if event in chosen]
    return tuple(found)


def _by_key(model: Lifecycle) -> list[tuple[int, ...]]:
    """All events, those of one key together: they are declared at one place."""
    keys: dict[object, list[int]] = {}
    for index, event in enumerate(model.events):
        keys.setdefault(event.place, []).append(index)
    return [tuple(members) for members in keys.values()]


def _label(names: list[str]) -> str:
    """What names have in common at either end, word by word, with dots for the rest."""
    if len(names) == 1:
        return names[0]
    words = [name.split("_") for name in names]
    start = os.path.commonprefix(words)
    end = os.path.commonprefix([list(reversed(word[len(start) :])) for word in words])[::-1]
    return f"{'_'.join([*start, '…', *end])} ×{len(names)}"
