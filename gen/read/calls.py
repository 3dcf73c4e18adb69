"""The calls of an API spec: the objects that each of them concerns, and what is fired on these."""

from api import Argument, Call, Expression, Kind, Outcome, Role, Tell, calls_of, nearest_entry
from problems import Place, Problem, did_you_mean
from read.load import Mapping, Text

_WORDS = ("thread", "group", "when")
"""What stands before a `=` in a trace, or in `tells`, and is no role."""


class CallReader:
    """Reads the entries of `calls`, and notes their problems."""

    def __init__(self, data: Mapping, kinds: tuple[Kind, ...], problems: list[Problem]) -> None:
        defaults = data.get("defaults")
        self._defaults = defaults if isinstance(defaults, Mapping) else Mapping(Place(1, 1))
        self._kinds = kinds
        self._number = {kind.name: number for number, kind in enumerate(kinds)}
        self._problems = problems

    @staticmethod
    def expression(text: Text | None) -> Expression | None:
        """A text as an expression of C, if there is one."""
        return None if text is None else Expression(text, place=text.place)

    def _note(self, place: Place, message: str) -> None:
        problem = Problem(place, message)
        if problem not in self._problems:  # the entry of a pattern is read for each call that has something of its own
            self._problems.append(problem)

    def call(self, name: str, key: Text, value: Mapping) -> Call:
        """The entry of a call: its own, or that of a pattern for a single call."""
        outcomes = self._outcomes(value.get("outcomes"))
        on = self._roles(value.get("on"), made=False)
        makes = self._roles(value.get("makes"), made=True)
        for role in makes:
            if any(role.name == other.name for other in on):
                self._note(role.place, f"`{role.name}` is a role in `on`, too; give one of them another name: `ROLE: KIND EXPRESSION`")
        each = self._kind(value["each"]) if "each" in value else None
        fires = value.get("fires") or Mapping(key.place)
        for key_of_fires in fires:
            roles = [role.name for role in on]
            if key_of_fires not in roles and key_of_fires not in self._number:
                self._note(key_of_fires.place, f"there is no role `{key_of_fires}` in this call{did_you_mean(key_of_fires, roles)}")
        above = self._above(on, makes, each)
        arguments = self._arguments(value.get("args"), above | {role.kind for role in on}, name)
        ancestors = tuple(
            self._events(name, key, kind, outcomes, fires.get(self._kinds[kind].name)) if kind in above else (None,) * max(1, len(outcomes))
            for kind in range(len(self._kinds))
        )
        on = tuple(
            Role(role.name, role.kind, role.expression, self._events(name, key, role.kind, outcomes, fires.get(role.name)), place=role.place)
            for role in on
        )
        fired = {event for role in on for event in self._names(role.kind, role.events)}
        fired |= {event for kind, events in enumerate(ancestors) for event in self._names(kind, events)}
        for outcome in outcomes:
            if outcome.name not in fired and len(on) + len(makes) == len(value.get("on", ())) + len(value.get("makes", ())):
                self._note(outcome.place, f"the outcome `{outcome.name}` is no event with `call: {name}` of an object that the call concerns")
            if any(argument.name == outcome.name for argument in arguments):
                self._note(outcome.place, f"`{outcome.name}` is an argument, too; in a trace nobody could tell them apart")
        for role in makes:
            self._check_parents(role, on)
        if each is not None and not any(self._is_above(role.kind, each) for role in on):
            kind = self._kinds[each].name
            self._note(value["each"].place, f"no object of `on` is an ancestor of a `{kind}`; name in `on` whose `{kind}` they are")
        return Call(
            name=name,
            key=key,
            on=on,
            makes=makes,
            each=each,
            outcomes=outcomes,
            arguments=arguments,
            tells=self._tells(value.get("tells"), arguments),
            ancestors=ancestors,
            happened=self.expression(value.get("if", self._defaults.get("if"))),
            label=self.expression(value.get("label")),
            reports=self.expression(value.get("reports")),
            rejected=self.expression(value.get("rejected", self._defaults.get("rejected"))),
            place=key.place,
        )

    def _names(self, kind: int, events: tuple[int | None, ...]) -> set[str]:
        return {self._kinds[kind].lifecycle.events[event].name for event in events if event is not None}

    def _kind(self, name: Text) -> int | None:
        if name not in self._number:
            self._note(name.place, f"there is no kind `{name}`{did_you_mean(name, self._number)}")
        return self._number.get(name)

    def _roles(self, section: Mapping | None, made: bool) -> tuple[Role, ...]:
        roles = []
        for role, text in (section or {}).items():
            first, _, rest = text.partition(" ")
            if role in _WORDS:
                self._note(role.place, f"`{role}` has a meaning of its own in traces; give the role another name")
            elif role in self._number:
                roles.append(self._role(role, self._number[role], text, text, made))
            elif first in self._number and rest.strip():
                roles.append(self._role(role, self._number[first], text, rest.strip(), made))
            else:
                hint = did_you_mean(role, self._number)
                self._note(role.place, f"there is no kind `{role}`{hint}; a role of another name is written `{role}: KIND EXPRESSION`")
        return tuple(roles)

    def _role(self, name: Text, kind: int, text: Text, expression: str, made: bool) -> Role:
        what = self._kinds[kind]
        if what.per and made:
            self._note(name.place, f"`{what.name}` is `per: {what.per.value}`, so no call makes one; name it in `on`")
        elif what.per and expression != "here":
            self._note(text.place, f"`{what.name}` is `per: {what.per.value}` and has no handle; write `here`")
        return Role(name, kind, Expression(expression, place=text.place), (), place=name.place)

    def _is_above(self, above: int, kind: int) -> bool:
        return above in self._ancestors(kind)

    def _ancestors(self, kind: int) -> list[int]:
        found = [parent.kind for parent in self._kinds[kind].parents]
        for each in found:
            found += [parent.kind for parent in self._kinds[each].parents]
        return found

    def _above(self, on: tuple[Role, ...], makes: tuple[Role, ...], each: int | None) -> set[int]:
        """The kinds of which the call concerns objects that it does not name."""
        found = {kind for role in (*on, *makes) for kind in self._ancestors(role.kind)}
        return found if each is None else found | {each, *self._ancestors(each)}

    def _check_parents(self, role: Role, on: tuple[Role, ...]) -> None:
        """Notes a parent of what is made that the call does not find."""
        for parent in self._kinds[role.kind].parents:
            what = self._kinds[parent.kind]
            fitting = [each for each in on if parent.role in (None, each.name)]
            found = any(each.kind == parent.kind or (parent.role is None and self._is_above(parent.kind, each.kind)) for each in fitting)
            if not found and not what.per:
                wanted = f"the role `{parent.role}`" if parent.role else f"a `{what.name}`"
                kind = self._kinds[role.kind].name
                self._note(role.place, f"a `{kind}` is of a `{what.name}`, and `on` names none; add {wanted} to `on`")

    # What is fired

    def _events(self, name: str, key: Text, kind: int, outcomes: tuple[Outcome, ...], said: Text | None) -> tuple[int | None, ...]:
        """The event that a call fires on a machine of a kind, for each outcome. `said`: what `fires` says of it."""
        events = self._kinds[kind].lifecycle.events
        by_name = {event.name: index for index, event in enumerate(events)}
        if said is not None:
            if said not in by_name:
                self._note(said.place, f"`{self._kinds[kind].name}` has no event `{said}`{did_you_mean(said, by_name)}")
            return (by_name.get(said),) * max(1, len(outcomes))
        entry = nearest_entry(name, tuple(call for event in events for call in calls_of(event)))
        meant = {event.name: index for index, event in enumerate(events) if entry is not None and entry in calls_of(event)}
        told_apart = {outcome.name for outcome in outcomes}
        rest = [index for event, index in meant.items() if event not in told_apart]
        if len(rest) > 1:
            both = " and ".join(f"`{events[index].name}`" for index in rest[:2])
            message = f"of `{self._kinds[kind].name}`, {both} have `call: {entry}`, and nothing says which is fired; use `outcomes` or `fires`"
            self._note(key.place, message)
        default = rest[0] if rest else None
        return tuple(meant.get(outcome.name, default) for outcome in outcomes) or (default,)

    def _outcomes(self, section: Mapping | None) -> tuple[Outcome, ...]:
        found: list[Outcome] = []
        for name, text in (section or {}).items():
            if found and found[-1].condition is None:
                self._note(name.place, "behind `else` nothing is left; put it last")
            found.append(Outcome(name, None if text == "else" else Expression(text, place=text.place), place=name.place))
        return tuple(found)

    def _arguments(self, section: Mapping | None, kinds: set[int], name: str) -> tuple[Argument, ...]:
        """The arguments that the call can come with: those that the spec says where to find, then others that its events declare."""
        found = [Argument(each, self.expression(text), place=each.place) for each, text in (section or {}).items()]
        declared: dict[str, Argument] = {}
        for kind in sorted(kinds):
            events = self._kinds[kind].lifecycle.events
            entry = nearest_entry(name, tuple(call for event in events for call in calls_of(event)))
            for event in events:
                if entry is not None and entry in calls_of(event):
                    declared.update((each.name, Argument(each.name, None, place=each.place)) for each in event.arguments)
        return (*found, *(argument for each, argument in declared.items() if each not in [other.name for other in found]))

    def _tells(self, section: Mapping | None, arguments: tuple[Argument, ...]) -> tuple[Tell, ...]:
        found: list[Tell] = []
        when: int | None = None
        names = [argument.name for argument in arguments]
        for key, value in (section or {}).items():
            if key == "when" and value not in names:
                self._note(value.place, f"the call has no argument `{value}`{did_you_mean(value, names)}")
            elif key == "when":
                when = names.index(value)
        for key, value in (section or {}).items():
            kind = self._kind(key) if key != "when" else None
            if kind is not None:
                events = [event.name for event in self._kinds[kind].lifecycle.events]
                if value not in events:
                    self._note(value.place, f"`{key}` has no event `{value}`{did_you_mean(value, events)}")
                else:
                    found.append(Tell(kind, events.index(value), when, place=key.place))
        return tuple(found)
