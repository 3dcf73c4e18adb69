"""What changed in behaviour between two versions of a lifecycle, as a text for people."""

from dataclasses import replace

from judge.compare import NO_ARGUMENT, NO_EVENT, Comparison, Difference, Kind, Said

MOST = 5
"""Differences of one kind that are shown unless all are asked for."""
_MOST_NAMES = 4

_HEADINGS = {
    Kind.STATE: "The same events lead to another state:",
    Kind.REJECTED: "Accepted before, rejected now:",
    Kind.NO_END: "The end before, no longer now:",
    Kind.ACCEPTED: "Rejected before, accepted now:",
    Kind.END: "Not the end before, the end now:",
    Kind.REASON: "Rejected before and now, but not alike:",
    Kind.WARNINGS: "Accepted before and now, with other warnings:",
    Kind.NAME: "A state has another name:",
    Kind.HELD: "After the same events another number is held:",
}


def report(old: str, new: str, comparison: Comparison, every: bool = False) -> list[str]:
    """The lines to print; `old` and `new` are what the versions are called."""
    return [*_behaviour(old, new, comparison, every), *_claims(comparison)]


def _claims(comparison: Comparison) -> list[str]:
    """The lines on invariants that differ."""
    lines = []
    for claim in comparison.claims:
        if claim.before is None:
            lines.append(f"  `{claim.name}` is new: {claim.now}")
        elif claim.now is None:
            lines.append(f"  `{claim.name}` is gone: {claim.before}")
        else:
            lines.append(f"  `{claim.name}`: {claim.before} before, {claim.now} now")
    return ["", "Other invariants, which is no difference in behaviour:", *lines] if lines else []


def _behaviour(old: str, new: str, comparison: Comparison, every: bool) -> list[str]:
    if not comparison.differences:
        so_far = "" if comparison.complete else ", as far as was searched"
        return [f"{old} and {new} behave the same{so_far}."]
    lines = [f"{old} and {new} differ in behaviour; below each difference stands the shortest trace that shows it."]
    for kind in Kind:
        those = _together([item for item in comparison.differences if item.what.kind is kind])
        shown = those if every else those[:MOST]
        lines += ["", _HEADINGS[kind]] if those else []
        for events, item in shown:
            lines.append(f"  {_said_of(events, item)}")
            lines += [f"      {event}" for event in item.trace or ("(at the beginning)",)]
        rest = len(those) - len(shown)
        if rest:
            lines.append(f"  and {rest} more (--all shows {'it' if rest == 1 else 'them'})")
    verdict = "still obeys" if comparison.obeys else "does not always obey"
    so_far = ", as far as was searched" if comparison.obeys and not comparison.complete else ""
    return [*lines, "", f"A client that obeyed {old} {verdict} {new}{so_far}."]


def _together(differences: list[Difference]) -> list[tuple[list[str], Difference]]:
    """Differences of which the same is to be said, but of other events after the same ones: the events, and the first.
    """
    found: dict[object, tuple[list[str], Difference]] = {}
    for item in differences:
        key = item
        if item.what.event:
            key = replace(item, what=replace(item.what, event=None), trace=item.trace[:-1], alike=())
        events, _ = found.setdefault(key, ([], item))
        events += [item.what.event, *item.alike] if item.what.event else []
    return list(found.values())


def _said_of(events: list[str], item: Difference) -> str:
    """The line that says what a difference is."""
    what = item.what
    if what.kind in (Kind.NO_END, Kind.END):
        return f"in {_states(item)}"
    if what.kind in (Kind.STATE, Kind.NAME) and what.states:
        return f"`{what.states[0]}` before, `{what.states[1]}` now"
    if what.kind is Kind.HELD:
        return f"`{what.holding}`: {item.counts[0]} before, {item.counts[1]} now"
    assert what.before and what.now
    start = f"{_listed([f'`{event}`' for event in events])} in {_states(item)}"
    if what.kind is Kind.REJECTED:
        return f"{start}: {_reason(what.now)}"
    if what.kind is Kind.ACCEPTED:
        return f"{start}: before {_reason(what.before)}"
    if what.kind is Kind.REASON:
        return f"{start}: before {_reason(what.before)}, now {_reason(what.now)}"
    lost, gained = (" and ".join(f"`{rule}`" for rule in said.warnings) for said in (what.before, what.now))
    words = [f"no longer {lost}"] if lost else []
    words += [f"now {gained}"] if gained else []
    return f"{start}: {', '.join(words) or 'in another order'}"


def _reason(said: Said) -> str:
    if said.reason in (NO_EVENT, NO_ARGUMENT):
        return said.reason
    return f"{said.reason} ({said.rule})" if said.rule else said.reason


def _states(item: Difference) -> str:
    """The states in which a difference shows; by the new name too, if it is another."""
    return _listed([f"`{old}`" if old == new else f"`{old}` (now `{new}`)" for old, new in item.states])


def _listed(names: list[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
