"""The tables of the two lifecycles once more, as plain data, and an interpreter for them.

This is the second witness of the tests: it is written from the description of the lifecycles alone and
shares no code with the generator, so that a mistake in a spec or in the generator is not repeated here.
It is made to be held beside the tables by eye, not to be fast.
"""

from dataclasses import dataclass, field

LIMIT = 65535

KINDS = {
    "advise_sink": "advise_sinks",
    "status_table": "status_tables",
    "outbox_folder": "outbox_folders",
    "message_store": "message_stores",
    "address_book": "address_books",
    "other_object": "other_objects",
}
OPEN = tuple(f"open_{kind}" for kind in KINDS)
RELEASE = tuple(f"release_{kind}" for kind in KINDS)


@dataclass(frozen=True)
class Lifecycle:
    """One lifecycle; every tuple is in the order in which it is judged.

    moves     (event, states it comes from, state it goes to, takes, gives back, needs); where it goes may be
              "stay" or the name of a choice; a need is (argument or "", condition, rule)
    choices   name -> ((condition, state), ...), judged after the effect; the first that holds
    refused   (events, states, rule): rejections for want of a move that name a rule
    warns     event -> ((condition, argument that silences it or "", rule), ...), judged before the effect
    sets      event -> facts, each set to whether the argument of its name is there
    clears    holding -> facts that are cleared when the last of it is given back
    """

    name: str
    states: tuple[str, ...]
    final: tuple[str, ...]
    moves: tuple[tuple, ...]
    refused: tuple[tuple, ...]
    holdings: tuple[str, ...] = ()
    may_remain: tuple[str, ...] = ()
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    facts: tuple[str, ...] = ()
    arguments: dict[str, tuple[str, ...]] = field(default_factory=dict)
    choices: dict[str, tuple] = field(default_factory=dict)
    warns: dict[str, tuple] = field(default_factory=dict)
    sets: dict[str, tuple[str, ...]] = field(default_factory=dict)
    clears: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def events(self) -> list[str]:
        """Every event that a move or a refusal names, sorted."""
        names = {move[0] for move in self.moves}
        for events, _states, _rule in self.refused:
            names.update(events)
        return sorted(names)


# ------------------------------------------------------------------------------------- mapi_session

ENDING = ("advised", "objects_open", "entry_ids_cached", "ready_to_log_off")
SESSION = ("logged_on", *ENDING)
EVERYWHERE = ("mapi_uninitialized", "initialized", "logged_on", *ENDING, "logged_off")

NOTHING, NO_NEEDS = None, ()

UNADVISE_FIRST = ("", "no advises", "unadvise-first")
RELEASE_FIRST = ("", "no objects", "release-objects-first")
SHARED = ("", "owner or guest", "session-not-shared")

MOVES = (
    # event, from, to, takes, gives back, needs
    ("mapi_initialize", ("mapi_uninitialized",), "initialized", "mapi", NOTHING, NO_NEEDS),
    ("mapi_initialize", ("initialized", "logged_on"), "stay", "mapi", NOTHING, NO_NEEDS),
    ("ole_initialize", ("mapi_uninitialized", "initialized", "logged_on"), "stay", "ole", NOTHING, NO_NEEDS),
    ("sc_init_mapi_util", ("mapi_uninitialized", "initialized", "logged_on"), "stay", "mapi_util", NOTHING,
     NO_NEEDS),
    ("mapi_logon_ex", ("initialized",), "logged_on", "session_refs", NOTHING, NO_NEEDS),
    ("addref_session", ("logged_on",), "stay", "session_refs", NOTHING, NO_NEEDS),
    ("advise", ("logged_on",), "stay", "advises", NOTHING, NO_NEEDS),
    ("unadvise", ("logged_on", "objects_open", "entry_ids_cached", "ready_to_log_off"), "stay", NOTHING,
     "advises", NO_NEEDS),
    ("unadvise", ("advised",), "ending", NOTHING, "advises", NO_NEEDS),
    *(("open_" + kind, ("logged_on",), "stay", held, NOTHING, NO_NEEDS) for kind, held in KINDS.items()),
    *(("release_" + kind, ("logged_on", "entry_ids_cached", "ready_to_log_off"), "stay", NOTHING, held,
       NO_NEEDS) for kind, held in KINDS.items()),
    *(("release_" + kind, ("advised",), "stay", NOTHING, held, (UNADVISE_FIRST,))
      for kind, held in KINDS.items()),
    *(("release_" + kind, ("objects_open",), "ending", NOTHING, held, NO_NEEDS)
      for kind, held in KINDS.items()),
    ("call_object", SESSION, "stay", NOTHING, NOTHING, (("", "objects", "objects-invalid"),)),
    ("call_session", SESSION, "stay", NOTHING, NOTHING, NO_NEEDS),
    ("cache_entry_id", ("logged_on",), "stay", "entry_ids", NOTHING, NO_NEEDS),
    ("mapi_free_buffer", ("logged_on", "ready_to_log_off"), "stay", NOTHING, "entry_ids", NO_NEEDS),
    ("mapi_free_buffer", ("advised",), "stay", NOTHING, "entry_ids", (UNADVISE_FIRST,)),
    ("mapi_free_buffer", ("objects_open",), "stay", NOTHING, "entry_ids", (RELEASE_FIRST,)),
    ("mapi_free_buffer", ("entry_ids_cached",), "ending", NOTHING, "entry_ids", NO_NEEDS),
    ("submit_message", ("logged_on",), "stay", "outbound", NOTHING, NO_NEEDS),
    ("message_transmitted", SESSION, "stay", NOTHING, "outbound", NO_NEEDS),
    ("end_session", ("logged_on",), "ending", NOTHING, NOTHING,
     (("after_outbound", "no outbound", "outbound-pending"),)),
    ("critical_error", ("logged_on",), "ending", NOTHING, NOTHING, NO_NEEDS),
    ("critical_error", ENDING, "stay", NOTHING, NOTHING, NO_NEEDS),
    ("shared_logoff_notice", ("logged_on",), "ending", NOTHING, NOTHING, (SHARED,)),
    ("shared_logoff_notice", ENDING, "stay", NOTHING, NOTHING, (SHARED,)),
    ("logoff", SESSION, "logged_off", NOTHING, NOTHING,
     (UNADVISE_FIRST,
      RELEASE_FIRST,
      ("", "no entry_ids", "free-entry-ids-first"),
      ("ui", "ui", "logoff-ui-not-allowed"),
      ("shared", "owner", "logoff-shared-not-owner"))),
    ("release_session", SESSION, "stay", NOTHING, "session_refs", (("", "session_refs > 1", "logoff-first"),)),
    ("release_session", ("logged_off",), "session released", NOTHING, "session_refs", NO_NEEDS),
    ("ole_uninitialize", ("mapi_uninitialized", "initialized"), "stay", NOTHING, "ole", NO_NEEDS),
    ("ole_uninitialize", ("logged_on",), "stay", NOTHING, "ole", (("", "ole > 1", "release-session-first"),)),
    ("mapi_uninitialize", ("initialized",), "mapi given back", NOTHING, "mapi",
     (("", "mapi > 1 or no ole", "ole-before-mapi"),)),
    ("mapi_uninitialize", (*SESSION, "logged_off"), "stay", NOTHING, "mapi",
     (("", "mapi > 1", "release-session-first"),)),
    ("deinit_mapi_util", ("mapi_uninitialized",), "stay", NOTHING, "mapi_util", NO_NEEDS),
)

TAKING = ("mapi_initialize", "ole_initialize", "sc_init_mapi_util", "mapi_logon_ex", "addref_session", "advise",
          *OPEN, "cache_entry_id", "submit_message")

REFUSED = (
    # events, in, rule
    (("mapi_logon_ex", "addref_session", "advise", "unadvise", *OPEN, *RELEASE, "call_object", "call_session",
      "cache_entry_id", "mapi_free_buffer", "submit_message", "end_session", "logoff", "release_session",
      "mapi_uninitialize"), ("mapi_uninitialized",), "mapi-first"),
    (TAKING, ENDING, "ending-gives-back-only"),
    ((*TAKING, "call_session"), ("logged_off",), "session-logged-off"),
    (("call_object", *RELEASE), ("initialized", "logged_off"), "objects-invalid"),
    (("ole_uninitialize",), (*ENDING, "logged_off"), "release-session-first"),
    (("deinit_mapi_util",), ("initialized", *SESSION, "logged_off"), "util-last"),
    (("delete_provider_dll",), EVERYWHERE, "no-dll-delete"),
)

MAPI_SESSION = Lifecycle(
    name="mapi_session",
    states=EVERYWHERE,
    final=("mapi_uninitialized",),
    holdings=("mapi", "ole", "mapi_util", "session_refs", "advises", *KINDS.values(), "entry_ids", "outbound"),
    may_remain=("outbound",),
    groups={"objects": tuple(KINDS.values())},
    facts=("ui", "owner", "guest"),
    arguments={
        "mapi_logon_ex": ("ui", "owner", "guest"),
        "end_session": ("after_outbound",),
        "logoff": ("ui", "shared"),
    },
    moves=MOVES,
    choices={
        "ending": (("advises", "advised"), ("objects", "objects_open"), ("entry_ids", "entry_ids_cached"),
                   ("", "ready_to_log_off")),
        "session released": (("no session_refs", "initialized"), ("", "stay")),
        "mapi given back": (("no mapi", "mapi_uninitialized"), ("", "stay")),
    },
    refused=REFUSED,
    warns={
        "end_session": (("outbound", "", "outbound-left"),),
        "logoff": (("outbound", "", "outbound-left"), ("owner", "shared", "others-not-notified")),
    },
    sets={"mapi_logon_ex": ("ui", "owner", "guest")},
    clears={"session_refs": ("ui", "owner", "guest")},
)

# ---------------------------------------------------------------------------------- message_service

MESSAGE_SERVICE = Lifecycle(
    name="message_service",
    states=("installed", "in_install_entry", "in_other_entry", "dll_deleted"),
    final=("installed", "dll_deleted"),
    moves=(
        ("call_install_entry", ("installed",), "in_install_entry", NOTHING, NOTHING, NO_NEEDS),
        ("call_other_entry", ("installed",), "in_other_entry", NOTHING, NOTHING, NO_NEEDS),
        ("entry_returns", ("in_install_entry", "in_other_entry"), "installed", NOTHING, NOTHING, NO_NEEDS),
        ("entry_returns", ("dll_deleted",), "stay", NOTHING, NOTHING, NO_NEEDS),
        ("delete_provider_dll", ("in_install_entry",), "dll_deleted", NOTHING, NOTHING, NO_NEEDS),
    ),
    refused=(
        (("delete_provider_dll",), ("installed", "in_other_entry", "dll_deleted"), "no-dll-delete"),
    ),
)

LIFECYCLES = {lifecycle.name: lifecycle for lifecycle in (MAPI_SESSION, MESSAGE_SERVICE)}


# -------------------------------------------------------------------------------------- interpreter

class Machine:
    """One machine at work: its state, what it holds, and the facts that are true."""

    def __init__(self, lifecycle: Lifecycle) -> None:
        self.lifecycle = lifecycle
        self.state = lifecycle.states[0]
        self.held = dict.fromkeys(lifecycle.holdings, 0)
        self.facts: set[str] = set()
        self.moves = {(move[0], state): move for move in lifecycle.moves for state in move[1]}
        self.rules = {(event, state): rule for events, states, rule in lifecycle.refused
                      for event in events for state in states}

    def amount(self, name: str) -> int:
        """How much there is of a holding or a group; 1 or 0 for a fact."""
        if name in self.lifecycle.facts:
            return int(name in self.facts)
        return sum(self.held[holding] for holding in self.lifecycle.groups.get(name, (name,)))

    def holds(self, condition: str) -> bool:
        """Judges `X`, `no X`, `X > 1`, and such terms joined by `or`; the empty condition holds."""
        return not condition or any(map(self.term, condition.split(" or ")))

    def term(self, text: str) -> bool:
        """Judges one term of a condition."""
        match text.split():
            case ["no", name]:
                return self.amount(name) == 0
            case [name, ">", number]:
                return self.amount(name) > int(number)
            case [name]:
                return self.amount(name) > 0
        raise ValueError(f"not a condition: {text!r}")

    def reason(self, event: str, arguments: set[str]) -> tuple[str, str | None] | None:
        """Why the event would be rejected now, with the rule if one is named; None: it would be accepted."""
        move = self.moves.get((event, self.state))
        if move is None:
            return "state", self.rules.get((event, self.state))
        _event, _from, _to, takes, gives_back, needs = move
        if gives_back and self.held[gives_back] == 0:
            return "not_held", None
        for argument, condition, rule in needs:
            if (not argument or argument in arguments) and not self.holds(condition):
                return "need", rule
        if takes and self.held[takes] == LIMIT:
            return "limit", None
        return None

    def fire(self, event: str, arguments: set[str]) -> dict:
        """Judges the event, moves if it is accepted, and gives the answer (without a line number)."""
        reason = self.reason(event, arguments)
        if reason:
            answer = {"event": event, "verdict": "rejected", "state": self.state, "reason": reason[0]}
            return answer | ({"rule": reason[1]} if reason[1] else {})
        warnings = self.warnings(event, arguments)
        self.move(event, arguments)
        answer = {"event": event, "verdict": "accepted", "state": self.state}
        return answer | ({"warnings": warnings} if warnings else {})

    def warnings(self, event: str, arguments: set[str]) -> list[str]:
        """What the event warns of, if it is accepted."""
        return [rule for condition, unless, rule in self.lifecycle.warns.get(event, ())
                if unless not in arguments and self.holds(condition)]

    def observe(self, event: str, arguments: set[str]) -> dict:
        """Judges the event, but follows it even if it is rejected; the answer has the state after it."""
        answer = self.fire(event, arguments)
        if answer["verdict"] == "rejected":
            moves = [move for move in self.lifecycle.moves if move[0] == event]
            named = {move[2] for move in moves}
            lone = named.pop() if len(named) == 1 else "stay"
            if (event, self.state) in self.moves:
                self.move(event, arguments)
            elif moves:
                self.follow(event, arguments, lone if lone in self.lifecycle.states else "stay", *moves[0][3:5])
        return answer | {"state": self.state}

    def move(self, event: str, arguments: set[str]) -> None:
        """What the event's move in this state says."""
        self.follow(event, arguments, *self.moves[event, self.state][2:5])

    def follow(self, event: str, arguments: set[str], to: str, takes: str | None, gives_back: str | None) -> None:
        """The effect of an event, then its way, which may depend on what the effect left."""
        if takes:
            self.held[takes] = min(self.held[takes] + 1, LIMIT)
        if gives_back and self.held[gives_back]:
            self.held[gives_back] -= 1
            if self.held[gives_back] == 0:
                self.facts -= set(self.lifecycle.clears.get(gives_back, ()))
        for fact in self.lifecycle.sets.get(event, ()):
            (self.facts.add if fact in arguments else self.facts.discard)(fact)
        for condition, state in self.lifecycle.choices.get(to, (("", to),)):
            if self.holds(condition):
                self.state = self.state if state == "stay" else state
                return

    def finished(self) -> bool:
        """Whether the state is final and everything that must be given back was."""
        return self.state in self.lifecycle.final and not any(
            count for holding, count in self.held.items() if holding not in self.lifecycle.may_remain)

    def outstanding(self) -> dict[str, int]:
        """Every count that is not 0."""
        return {holding: count for holding, count in self.held.items() if count}

    def leaked(self) -> dict[str, int]:
        """Every count that is not 0, of what must be given back."""
        return {holding: count for holding, count in self.outstanding().items()
                if holding not in self.lifecycle.may_remain}


def answers(lifecycle: Lifecycle, lines: list[str], observing: bool = False) -> list[dict]:
    """What a replayer must say of a trace of one event a line: an object for each event, then the closing one."""
    machine = Machine(lifecycle)
    said: list[dict] = []
    for number, line in enumerate(lines, 1):
        event, *arguments = line.split()
        follow = machine.observe if observing else machine.fire
        said.append({"line": number} | follow(event, set(arguments)))
    accepted = sum(answer["verdict"] == "accepted" for answer in said)
    said.append({
        "events": len(lines), "accepted": accepted, "rejected": len(lines) - accepted,
        "state": machine.state, "finished": machine.finished(), "outstanding": machine.outstanding(),
        **({"leaked": machine.leaked()} if observing else {}),
    })
    return said
