"""Two versions of a lifecycle side by side: everything in which they behave differently.

Both are given the same events and arguments, by their names, as long as both accept them; all that can come about so
is searched (search.py). The search may hold for possible what is not, so no difference is overlooked; each is made
sure of by replaying its trace exactly.
"""

import enum
from collections.abc import Iterator
from dataclasses import dataclass, replace

import interpret
from interpret import ACCEPTED, Configuration
from judge.invariants import Claim, changed_claims
from machine.abstract import abstractions, argument_sets, stand_ins, without_invariants
from machine.configurations import Answer, Packing
from machine.search import Search, Step
from model import Event, Lifecycle

MOST = 150_000
"""Pairs after which a search is given up: a few seconds."""
_FINER = 2
"""How many times a search is repeated with counts told apart one further, to make sure of a difference."""
_TRIES = 100
"""Traces that are replayed to make sure of one difference."""
NO_EVENT = "no such event"
NO_ARGUMENT = "no such argument"
REJECTED = "rejected"
"""Reasons beside those of the interpreter; `rejected` where it does not matter why."""


class Kind(enum.IntEnum):
    """What differs, in the order of telling: first what may be the cause of others, then the gravest."""

    STATE = 0
    REJECTED = 1
    NO_END = 2
    ACCEPTED = 3
    END = 4
    REASON = 5
    WARNINGS = 6
    NAME = 7
    HELD = 8


@dataclass(frozen=True)
class Said:
    """What one version says to an event: `accepted` or a reason, the rule that is cited, the rules that are warned of.
    """

    reason: str
    rule: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class What:
    """What a difference is. Of an event: `event`, and what is said to it `before` and `now`; of warnings only those
    that the other version does not give. Of what events come to: `holding`, where that is counted differently.
    """

    kind: Kind
    event: str | None = None
    before: Said | None = None
    now: Said | None = None
    holding: str | None = None
    states: tuple[str, str] | None = None


@dataclass(frozen=True)
class Difference:
    """A difference with the shortest trace that shows it. `states`: the pairs (old, new) of states in which it shows,
    first that of the trace; `counts` (old, new) at its end, of the holding. `alike`: other events of which the same
    is true.
    """

    what: What
    states: tuple[tuple[str, str], ...]
    trace: tuple[str, ...]
    counts: tuple[int, int] = (0, 0)
    alike: tuple[str, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """All differences, by kind, then those with short traces first. `complete`: False if there may be more: there was
    too much to search, or what seems to be a difference could not be made sure of. `claims`: where the invariants differ,
    which is no difference in behaviour.
    """

    differences: tuple[Difference, ...]
    complete: bool
    claims: tuple[Claim, ...] = ()

    @property
    def obeys(self) -> bool:
        """Does a client that obeyed the old version always obey the new one, as far as was searched?"""
        return not any(item.what.kind in (Kind.REJECTED, Kind.NO_END) for item in self.differences)


def compare(old: Lifecycle, new: Lifecycle) -> Comparison:
    """Compares two versions of a lifecycle: what they do, and apart from that what is claimed of them."""
    claims = tuple(changed_claims(old, new))
    old, new = without_invariants(old), without_invariants(new)
    if _without_texts(old) == _without_texts(new):
        return Comparison((), True, claims)
    pairs = _Pairs(old, new, 0)
    for finer in range(1, _FINER + 1):
        if pairs.doubtful and pairs.search.complete:
            pairs = _Pairs(old, new, finer)
    found = sorted(pairs.differences(), key=lambda item: (item.what.kind, len(item.trace)))
    return Comparison(tuple(found), pairs.search.complete and not pairs.doubtful, claims)


def _without_texts(model: Lifecycle) -> Lifecycle:
    """A lifecycle without all that is there to be read only."""
    return replace(
        model,
        name="",
        title="",
        source=None,
        states=tuple(replace(state, title="", step=None) for state in model.states),
        holdings=tuple(replace(holding, title="", one=None, call=None) for holding in model.holdings),
        groups=tuple(replace(group, title="") for group in model.groups),
        facts=tuple(replace(fact, title="") for fact in model.facts),
        rules=tuple(replace(rule, title="", step=None, source=None) for rule in model.rules),
        events=tuple(
            replace(
                event, title="", calls=(), awaited=False, unjudged=(), arguments=tuple(replace(each, title="") for each in event.arguments)
            )
            for event in model.events
        ),
    )


@dataclass(frozen=True)
class _Both:
    """An event in both versions: its index in each (None where it is not there), and its arguments in either by name.
    """

    name: str
    events: tuple[int | None, int | None]
    arguments: tuple[str, ...]

    def given(self, arguments: int) -> list[str]:
        return [name for index, name in enumerate(self.arguments) if arguments >> index & 1]

    def text(self, arguments: int) -> str:
        return " ".join([self.name, *self.given(arguments)])


_Place = tuple[int, Step | None]
"""Where a difference shows: a packed pair, and the step to take there, if it is a step that shows it."""
_Pair = tuple[Configuration, Configuration]


class _Pairs:
    """Two lifecycles side by side: pairs of configurations as one number, the old version's in the low bits."""

    def __init__(self, old: Lifecycle, new: Lifecycle, finer: int) -> None:
        self._models = (old, new)
        self._packings = [Packing(model, kept) for model, kept in zip(self._models, abstractions(self._models, finer))]
        self._names = [{state.name for state in model.states} for model in self._models]
        self._shift = self._packings[0].width
        self.states = self._packings[0].states | self._packings[1].states << self._shift
        self._both = list(self._match())
        self._in_step = self._holdings_in_step()
        self._found: dict[What, list[_Place]] = {}
        self._exact: dict[int, _Pair | None] = {}
        self.asked = 0
        start = [packing.pack(interpret.initial(model)) for packing, model in zip(self._packings, self._models)]
        assert start[0] is not None and start[1] is not None
        self.search = Search([self._pair(start[0], start[1])], self, MOST)
        for packed in self.search.parents:
            for what in self._compare_configurations(self._unpacked(packed)):
                self._found.setdefault(what, []).append((packed, None))
        self._shown = {what: self._first_shown(what, places) for what, places in self._found.items()}
        self.doubtful = None in self._shown.values()

    def _match(self) -> Iterator[_Both]:
        """The events of both versions by name, in the order of the new one, those that it has lost last."""
        old, new = ({event.name: index for index, event in enumerate(model.events)} for model in self._models)
        for name in dict.fromkeys([*new, *old]):
            events = old.get(name), new.get(name)
            those = [model.events[index] for model, index in zip(self._models, events) if index is not None]
            kept = [packing.abstraction for packing, index in zip(self._packings, events) if index is not None]
            if not any(each.leaves_out(event) for each, event in zip(kept, those)):
                arguments = dict.fromkeys(argument.name for event in reversed(those) for argument in event.arguments)
                yield _Both(name, events, tuple(arguments))

    def _holdings_in_step(self) -> set[str]:
        """The holdings that every event takes and gives back alike in both versions: always as many are held in both.
        """
        names = {each.name for each in self._models[0].holdings} & {each.name for each in self._models[1].holdings}
        for old, new in (both.events for both in self._both):
            if old is not None and new is not None:
                names -= {name for name, _ in self._effect(0, old) ^ self._effect(1, new)}
        return names

    def _effect(self, version: int, index: int) -> set[tuple[str, int]]:
        """What an event does to the counts: pairs of a holding and 1 or -1."""
        model, event = self._models[version], self._models[version].events[index]
        taken = {(model.holdings[each].name, 1) for each in event.takes}
        return taken | {(model.holdings[each].name, -1) for each in event.gives_back}

    # What the search asks

    def events(self, packed: int) -> Iterator[tuple[int, int]]:
        for index, both in enumerate(self._both):
            mask = self.states
            for version, event in enumerate(both.events):
                if event is not None:
                    packing = self._packings[version]
                    mask |= packing.mask(event, self._part(packed, version) & packing.states) << self._shift * version
            yield index, mask

    def ways(self, packed: int, event: int) -> Iterator[tuple[int, int]]:
        both = self._both[event]
        for arguments in argument_sets(len(both.arguments)):
            self.asked += 1
            for old in self._answers(packed, both, arguments, 0):
                for new in self._answers(packed, both, arguments, 1):
                    if self._belong_together(old, new):
                        what = _what(both.name, self._said(0, both, old), self._said(1, both, new))
                        if what is not None:
                            self._found.setdefault(what, []).append((packed, Step(event, arguments)))
                        if old and new and old.after is not None and new.after is not None:
                            yield arguments, self._pair(old.after, new.after)

    def _answers(self, packed: int, both: _Both, arguments: int, version: int) -> tuple[Answer | None, ...]:
        """What a version may answer; None where it does not have the event or an argument."""
        event, bits = both.events[version], self._bits(both, arguments, version)
        if event is None or bits is None:
            return (None,)
        return self._packings[version].answers(self._part(packed, version), event, [bits])

    def _bits(self, both: _Both, arguments: int, version: int) -> int | None:
        """The arguments as a version numbers them, or None if it does not have them all."""
        event = both.events[version]
        known = [] if event is None else [argument.name for argument in self._models[version].events[event].arguments]
        given = both.given(arguments)
        return sum(1 << known.index(name) for name in given) if set(given) <= set(known) else None

    def _belong_together(self, old: Answer | None, new: Answer | None) -> bool:
        """Can two answers be to the same? Of a holding that is in step both must mean the same number."""
        if old is None or new is None:
            return True
        exact = [
            {model.holdings[holding].name: count for holding, count in answer.more}
            for model, answer in zip(self._models, (old, new))
        ]
        return all(exact[0][name] == exact[1][name] for name in self._in_step & exact[0].keys() & exact[1].keys())

    def _said(self, version: int, both: _Both, answer: Answer | None) -> Said:
        event = both.events[version]
        if event is None or answer is None:
            return Said(NO_EVENT if event is None else NO_ARGUMENT)
        model = self._models[version]
        return _said(model, model.events[event], answer.verdict, answer.warnings)

    def _compare_configurations(self, pair: _Pair) -> Iterator[What]:
        """What differs in what the same events have come to: the end, the name of the state, the counts."""
        states = self._state_names(pair)
        old, new = (interpret.finished(model, each) for model, each in zip(self._models, pair))
        if old != new:
            yield What(Kind.NO_END if old else Kind.END, states=states)
        if states[0] != states[1]:
            renamed = states[0] not in self._names[1] and states[1] not in self._names[0]
            yield What(Kind.NAME if renamed else Kind.STATE, states=states)
        names = dict.fromkeys(holding.name for model in self._models for holding in model.holdings)
        for name in names:
            if name not in self._in_step and self._count(0, pair, name) != self._count(1, pair, name):
                yield What(Kind.HELD, holding=name)

    def _count(self, version: int, pair: _Pair, name: str) -> int:
        counts = zip(self._models[version].holdings, pair[version].counts)
        return next((count for holding, count in counts if holding.name == name), 0)

    # Making sure

    def differences(self) -> Iterator[Difference]:
        """All differences that a trace shows. Of events that do the same with other holdings only one is named first.
        """
        same = stand_ins(self._models)
        grave = (what for what in self._shown if what.kind in (Kind.REJECTED, Kind.ACCEPTED))
        missing = {(what.event, _missing(what)) for what in grave if _missing(what)}
        for what, place in self._shown.items():
            if place is None or what.event in same:
                continue
            if what.kind is Kind.REASON and (what.event, _missing(what)) in missing:
                continue  # said already, and more of it
            packed, step = place
            pair = self._replayed(packed)
            assert pair is not None
            trace = [*self.search.trace(packed), *([step] if step else [])]
            states = [self._state_names(self._unpacked(each)) for each, _ in (place, *self._found[what])]
            yield Difference(
                what,
                tuple(dict.fromkeys(states)),
                tuple(self._both[each.event].text(each.arguments) for each in trace),
                (self._count(0, pair, what.holding), self._count(1, pair, what.holding)) if what.holding else (0, 0),
                tuple(event for event, other in same.items() if other == what.event),
            )

    def _first_shown(self, what: What, places: list[_Place]) -> _Place | None:
        """The first place where an exact replay shows the difference."""
        return next((place for place in places[:_TRIES] if self._shows(what, *place)), None)

    def _shows(self, what: What, packed: int, step: Step | None) -> bool:
        pair = self._replayed(packed)
        if pair is None:
            return False
        if step is None:
            return what in set(self._compare_configurations(pair))
        both = self._both[step.event]
        said = [self._say(version, pair[version], both, step.arguments) for version in (0, 1)]
        return what == _what(both.name, said[0], said[1])

    def _say(self, version: int, configuration: Configuration, both: _Both, arguments: int) -> Said:
        """What a version says exactly."""
        event, bits = both.events[version], self._bits(both, arguments, version)
        if event is None or bits is None:
            return self._said(version, both, None)
        model = self._models[version]
        verdict = interpret.judge(model, configuration, event, bits)
        return _said(model, model.events[event], verdict, interpret.warnings(model, configuration, event, bits))

    def _replayed(self, packed: int) -> _Pair | None:
        """What the trace to a pair comes to exactly, or None if one of the versions rejects an event of it."""
        if packed not in self._exact:
            self._exact[packed] = self._replay(self.search.trace(packed))
        return self._exact[packed]

    def _replay(self, trace: list[Step]) -> _Pair | None:
        pair = [interpret.initial(model) for model in self._models]
        for step in trace:
            both = self._both[step.event]
            for version, model in enumerate(self._models):
                event, bits = both.events[version], self._bits(both, step.arguments, version)
                if event is None or bits is None or not interpret.judge(model, pair[version], event, bits).accepted:
                    return None
                pair[version] = interpret.apply(model, pair[version], event, bits)
        return pair[0], pair[1]

    # Pairs as numbers

    def _pair(self, old: int, new: int) -> int:
        return old | new << self._shift

    def _part(self, packed: int, version: int) -> int:
        return packed >> self._shift if version else packed & (1 << self._shift) - 1

    def _unpacked(self, packed: int) -> _Pair:
        return self._packings[0].unpack(self._part(packed, 0)), self._packings[1].unpack(self._part(packed, 1))

    def _state_names(self, pair: _Pair) -> tuple[str, str]:
        return self._models[0].states[pair[0].state].name, self._models[1].states[pair[1].state].name


def _what(event: str, before: Said, now: Said) -> What | None:
    """How two answers to an event differ, if they do."""
    if ACCEPTED not in (before.reason, now.reason):
        if before == now:
            return None
        if {before.reason, now.reason} & {NO_EVENT, NO_ARGUMENT}:  # then it does not matter why the other rejects it
            before, now = (each if each.reason in (NO_EVENT, NO_ARGUMENT) else Said(REJECTED) for each in (before, now))
        return What(Kind.REASON, event, before, now)
    if before.reason == now.reason:
        if before.warnings == now.warnings:
            return None
        lost = tuple(rule for rule in before.warnings if rule not in now.warnings)
        gained = tuple(rule for rule in now.warnings if rule not in before.warnings)
        return What(Kind.WARNINGS, event, Said(ACCEPTED, None, lost), Said(ACCEPTED, None, gained))
    kind = Kind.REJECTED if before.reason == ACCEPTED else Kind.ACCEPTED
    return What(kind, event, Said(before.reason, before.rule), Said(now.reason, now.rule))


def _said(model: Lifecycle, event: Event, verdict: interpret.Verdict, warnings: tuple[int, ...]) -> Said:
    rule = None if verdict.rule is None else model.rules[verdict.rule].name
    return Said(verdict.reason, rule, tuple(model.rules[event.warnings[index].rule].name for index in warnings))


def _missing(what: What) -> tuple[bool, Said] | None:
    """What one of the versions does not have, if that is the difference, and whether it is the new one."""
    for is_new, said in enumerate((what.before, what.now)):
        if said is not None and said.reason in (NO_EVENT, NO_ARGUMENT):
            return bool(is_new), said
    return None
