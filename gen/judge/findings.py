"""What is found wrong with a lifecycle, and the words that several kinds of it share."""

from collections.abc import Sequence
from dataclasses import dataclass

from interpret import Configuration
from model import Lifecycle
from problems import Place


@dataclass(frozen=True, order=True)
class Finding:
    """Something that is wrong, where, and the shortest trace that shows it (an event a line; empty where none can).

    A note is no fault of the lifecycle: its author may want to know it. An error is one whoever asks: a spec that says what
    is not so.
    """

    place: Place
    message: str
    trace: tuple[str, ...] = ()
    is_note: bool = False
    is_error: bool = False


def named(names: Sequence[str]) -> str:
    """Events by name; many are counted."""
    if len(names) > 2:
        return f"`{names[0]}` and {len(names) - 1} others"
    return " and ".join(f"`{name}`" for name in names)


def described(model: Lifecycle, configuration: Configuration) -> str:
    """A configuration in a few words: state, what is held, facts."""
    counts = zip(model.holdings, configuration.counts)
    held = [f"{count} {(item.one if count == 1 else None) or item.title}" for item, count in counts if count]
    words = [f"the state is `{model.states[configuration.state].name}`"]
    words += [f"held: {', '.join(held)}"] if held else []
    words += [fact.title for fact, true in zip(model.facts, configuration.facts) if true]
    return "; ".join(words)
