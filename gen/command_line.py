"""What the command line takes, as data: the parser, the man page and the completion of shells are views of it."""

from dataclasses import dataclass
from typing import Literal

STATUS = (
    (0, "done"),
    (1, "the content of a spec is at fault; standard error says where and why"),
    (2, "wrong use, or a file that cannot be read or written"),
)
_DIFF_STATUS = (
    (0, "both behave the same"),
    (1, "they differ; standard output says how"),
    (2, "wrong use, or a spec is at fault or cannot be read; standard error says where and why"),
)


@dataclass(frozen=True)
class Argument:
    """What may stand after a command.

    `flags`: how an option is written, the long form last; none for what has its place. `metavar`: what its value is called; none
    for a switch. `endings`: of the files that it is about. `many`: it may be given again and again. A value is never empty.
    """

    name: str
    meaning: str
    flags: tuple[str, ...] = ()
    metavar: str | None = None
    required: bool = True
    many: bool = False
    kind: Literal["file", "folder", "switch"] = "file"
    endings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Command:
    """A command: its name, what it does in a few words and in some sentences, its exit statuses, and what it takes."""

    name: str
    summary: str
    more: str
    arguments: tuple[Argument, ...]
    status: tuple[tuple[int, str], ...] = STATUS


SUMMARY = "Compiles the lifecycle of a C API, written as a spec, into one header that rejects calls out of order."
_SPECS = ("yaml", "yml")


def _switch(name: str, meaning: str) -> Argument:
    return Argument(name, meaning, (f"--{name}",), required=False, kind="switch")


def _a_spec(name: str = "spec", meaning: str = "the spec, a file in YAML") -> Argument:
    return Argument(name, meaning, metavar=name.upper(), endings=_SPECS)


def _output(metavar: str, meaning: str, kind: Literal["file", "folder"] = "file", endings: tuple[str, ...] = ()) -> Argument:
    return Argument("output", meaning, ("-o", "--output"), metavar, kind=kind, endings=endings)


_DEPFILE = Argument(
    "depfile",
    "also write there, for Ninja, CMake, Meson or Make, all that the output is made from",
    ("--depfile",),
    "FILE",
    required=False,
    endings=("d",),
)

COMMANDS = (
    Command(
        "check",
        "check specs",
        "Checks specs and says everything that is wrong with them. Says nothing if nothing is.\n"
        "That an invariant (`always`) does not hold is an error, with the shortest trace that breaks it.\n"
        "Beside errors there are warnings, of what can be compiled and can hardly be meant: a state that is never entered, a\n"
        "trap (with the shortest trace into it), two states that behave the same, a rule that nothing cites, a need that never\n"
        "fails, a warning that never comes, an event that is never accepted, a branch that is never taken.\n"
        "An API spec (it has the key `api`) is checked with its lifecycles: also what no call can do, or counts only half.",
        (
            _switch("strict", "warnings are errors"),
            _switch("spin", "the model checker SPIN judges the invariants too, with exact counts"),
            Argument("specs", "a spec, a file in YAML", metavar="SPEC", many=True, endings=_SPECS),
        ),
    ),
    Command(
        "diff",
        "compare two versions of a spec",
        "Says in what two versions of a lifecycle behave differently: for each difference the shortest trace that shows it, those\n"
        "first that may be the cause of others, then the gravest, and whether a client that obeyed the old version still obeys\n"
        "the new one. Events, arguments, rules and holdings are compared by name. Texts (titles, sources, steps) do not count.\n"
        "Invariants (`always`) that are new, gone or changed are said at the end; they are no difference in behaviour.\n"
        "Takes lifecycles only, not yet API specs.",
        (
            _a_spec("old", "the old version, a file in YAML"),
            _a_spec("new", "the new version"),
            _switch("all", "show every difference, not only the first few of each kind"),
        ),
        _DIFF_STATUS,
    ),
    Command(
        "header",
        "make the header of a spec",
        "Makes the header that a C program embeds. It is written whole or not at all. Of an API spec it is the guard: the machines\n"
        "of its kinds, the objects that there are, and for each call what to ask before it and to tell after it.",
        (
            _a_spec(),
            _output("FILE.h", "the file to write, in a folder that is made if it is missing; - is standard output", endings=("h",)),
            _DEPFILE,
        ),
    ),
    Command(
        "build",
        "make everything of a spec",
        "Makes DIR/NAME.rl (the machine as Ragel source), DIR/NAME.h (the header) and DIR/NAME-replay (the program that judges\n"
        "traces), where NAME is the lifecycle's name. The C compiler is $CC, or cc. Where CC is not set and there is no cc, the\n"
        "first two are made, a note says so, and the exit status is 0; a compiler that fails is an error.\n"
        "Of an API spec it makes DIR/NAME_guard.h and DIR/NAME-replay, which judges traces of calls with handles.",
        (_a_spec(), _output("DIR", "the folder to write to; it is made if it is missing", "folder"), _DEPFILE),
    ),
    Command(
        "graph",
        "draw a spec",
        "Draws a lifecycle through Graphviz: the way to the end from top to bottom, its steps numbered, with what can be done in\n"
        "each state and the rules that refuse something there. Only what can really come about is drawn.\n"
        "Takes lifecycles only, not yet API specs.",
        (
            _a_spec(),
            _output(
                "FILE",
                "the file to write, which ends in .dot, .svg or .png; its folder is made if it is missing",
                endings=("dot", "svg", "png"),
            ),
            _DEPFILE,
        ),
    ),
    Command(
        "doc",
        "make the reference page of a spec",
        "Makes the reference page of a lifecycle: the picture (in HTML), the shortest legal session, what each event does in each\n"
        "state, and every state, event, holding, fact and rule with its source. One file that needs nothing else.\n"
        "Takes lifecycles only, not yet API specs.",
        (
            _a_spec(),
            _output("FILE", "the file to write, which ends in .html or .md; its folder is made if it is missing", endings=("html", "md")),
            _DEPFILE,
        ),
    ),
)
