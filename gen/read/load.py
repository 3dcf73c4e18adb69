"""From the bytes of a spec to plain data with positions.

YAML offers much that a spec does not need and that makes two readers disagree (typed scalars, anchors, tags, merge keys,
several documents). This loader reads the subset in which what is written is what is meant: mappings, sequences and text.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from problems import Place, Problem, SpecError, quoted

DEEPEST = 64
"""Levels of nesting; a spec needs six, and a limit keeps every later stage safe from recursion."""

_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""What YAML calls not printable, and the line ends (NEL, LS, PS) that editors do not count as lines."""

_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of writing, so that code does not read as it compiles; compilers warn of them."""

_HINTS = (
    ("found character that cannot start any token", "a tab cannot indent, and a text that begins with @, ` or % needs quotes"),
    ("mapping values are not allowed", "a text that holds `: ` needs quotes, and the keys of a mapping stand in one column"),
    ("could not find expected ':'", "each entry of a mapping is written `key: value`"),
    ("did not find expected key", "look at the indentation of this line and at the quotes and brackets before it"),
    ("did not find expected ',' or", "a `{` or `[` that was opened needs its end, and commas between what it holds"),
    ("did not find expected node content", "a value is missing here, or a bracket that was opened is not closed"),
    ("did not find expected alphabetic or numeric character", "a text that begins with * or & needs quotes"),
    ("did not find expected <document start>", "a spec is one mapping; its top-level keys begin at column 1"),
    ("did not find expected '-' indicator", "look at the indentation of this line"),
    ("escape", "in double quotes \\ begins an escape; use single quotes, or write it twice"),
    ("unexpected end of stream", "a quote is opened and not closed"),
    ("directive", "remove the line that begins with %; a comment begins with #"),
    ("incompatible YAML document", "a spec has no directives; remove the line that begins with %"),
)
"""What libyaml says, or a part of it, and what would be right."""


class Text(str):
    """A scalar as it is written. `place` is where it begins; `exact` says that its characters stand there one by one."""

    place: Place
    exact: bool

    def at(self, offset: int) -> Place:
        """The place of the character at `offset`, or the beginning where that is not known."""
        return Place(self.place.line, self.place.column + offset) if self.exact else self.place


class Mapping(dict[Text, Any]):
    """A mapping, its keys in the order of the spec. `dropped` names keys whose values were at fault and are left out."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.dropped: set[str] = set()

    if TYPE_CHECKING:  # what is found is a Text; what is looked for may be any text, as Text compares as one
        def __getitem__(self, _key: str, /) -> Any: ...
        def get(self, _key: str, _default: Any = None, /) -> Any: ...
        def pop(self, _key: str, _default: Any = None, /) -> Any: ...


class Sequence(list[Any]):
    """A sequence and where it begins."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place


@dataclass
class _Broken:
    """Stands for a value that was reported already; whatever would hold it leaves it out."""

    place: Place


@dataclass
class _Open:
    """A collection under construction, with the key that waits for its value."""

    value: Mapping | Sequence
    key: Text | _Broken | None = None
    seen: dict[str, Place] = field(default_factory=dict)


def load(content: bytes) -> tuple[Mapping, list[Problem]]:
    """Reads a spec: its data, and the problems after which reading could go on.

    Raises SpecError where it could not: not UTF-8, binary, empty, a YAML syntax error, too deep, or no mapping at the top.
    """
    text = _decode(content)
    problems: list[Problem] = []
    try:
        top = _build(text, problems)
    except yaml.MarkedYAMLError as error:
        raise SpecError([_syntax_problem(error, _place_after(text))]) from None
    if top is None or (isinstance(top, Text) and not top):
        raise SpecError([Problem(Place(1, 1), "the spec is empty; it begins with `lifecycle: NAME`")])
    if not isinstance(top, Mapping):
        message = "a spec is a mapping with the keys `lifecycle`, `states`, `events`, not " + _kind(top)
        raise SpecError([Problem(top.place, message), *problems])
    return top, problems


def _decode(content: bytes) -> str:
    """The text of a spec; raises SpecError at the first bad place."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8")
        message = f"byte 0x{content[error.start]:02x} is not UTF-8; a spec is a text in UTF-8"
        raise SpecError([Problem(_place_after(before), message)]) from None
    text = text.removeprefix("\ufeff")
    bad = _FORBIDDEN.search(text)
    if bad:
        message = f"the character U+{ord(bad.group()):04X} does not belong into a text; is this a spec?"
        raise SpecError([Problem(_place_after(text[: bad.start()]), message)])
    return text


def _place_after(text: str) -> Place:
    lines = re.split("\r\n|\n|\r", text.removeprefix("\ufeff"))
    return Place(len(lines), len(lines[-1]) + 1)


def _build(text: str, problems: list[Problem]) -> Mapping | Sequence | Text | _Broken | None:
    """Builds the data from YAML's events, on a stack of its own: depth is a count here and never a recursion."""
    stack: list[_Open] = []
    top: Mapping | Sequence | Text | _Broken | None = None
    documents = 0

    def add(value: Any) -> None:
        nonlocal top
        if documents > 1:
            return
        if not stack:
            top = value
            return
        parent = stack[-1]
        if isinstance(parent.value, Sequence):
            if not isinstance(value, _Broken):
                parent.value.append(value)
        elif parent.key is None:
            parent.key = _key(value, parent, problems)
        else:
            if isinstance(parent.key, Text):
                if isinstance(value, _Broken):
                    parent.value.dropped.add(parent.key)
                else:
                    parent.value[parent.key] = value
            parent.key = None

    for event in yaml.parse(text, Loader=yaml.CSafeLoader):  # type: ignore[no-untyped-call]  # its stub says no types
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents == 2:
                problems.append(Problem(_place(event), "a second document begins here; a spec is one document, so remove the `---`"))
            if event.tags or event.version:
                problems.append(Problem(_place(event), "a spec has no directives; remove the line that begins with %"))
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            if len(stack) == DEEPEST:  # libyaml takes quadratic time for what is opened and never closed, so nothing more is read
                raise SpecError([*problems, Problem(_place(event), f"nested deeper than {DEEPEST} levels; no spec needs that")])
            _refuse_properties(event, problems)
            begins_mapping = isinstance(event, yaml.MappingStartEvent)
            stack.append(_Open(Mapping(_place(event)) if begins_mapping else Sequence(_place(event))))
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            add(stack.pop().value)
        elif isinstance(event, yaml.ScalarEvent):
            _refuse_properties(event, problems)
            add(_text(event, problems))
        elif isinstance(event, yaml.AliasEvent):
            message = f"{quoted('*' + event.anchor)} is an alias; write out what it stands for, or quote the text"
            problems.append(Problem(_place(event), message))
            add(_Broken(_place(event)))
    return top


def _text(event: yaml.ScalarEvent, problems: list[Problem]) -> Text | _Broken:
    text = Text(event.value)
    unseen = next((character for character in text if _is_unseen(character)), None)
    if unseen is not None:
        if unseen in "\t\n\r":
            message = "a text is one line without tabs; to go on in the next line, indent it and use neither `|`, `>` nor an escape"
        else:
            message = f"the character U+{ord(unseen):04X} does not belong into a text; it cannot be seen, remove it"
        problems.append(Problem(_place(event), message))
        return _Broken(_place(event))
    quotes = 1 if event.style else 0
    length = event.end_mark.column - event.start_mark.column
    same_line = event.end_mark.line == event.start_mark.line
    text.exact = event.style in ("", None, "'", '"') and same_line and length == len(text) + 2 * quotes
    text.place = Place(event.start_mark.line + 1, event.start_mark.column + 1 + (quotes if text.exact else 0))
    return text


def _is_unseen(character: str) -> bool:
    """Control characters and the like: they would end a comment's line, or steer a terminal."""
    return unicodedata.category(character) in ("Cc", "Zl", "Zp") or character in _TURNING


def _key(value: Any, parent: _Open, problems: list[Problem]) -> Text | _Broken:
    """The key of a pair, or a stand-in where it is at fault: its value is read then and left out."""
    if isinstance(value, _Broken):
        return value
    if not isinstance(value, Text):
        problems.append(Problem(value.place, f"a key is a text, not {_kind(value)}"))
        return _Broken(value.place)
    if value == "<<":
        problems.append(Problem(value.place, "`<<` is a merge key; write out what it would bring in"))
        return _Broken(value.place)
    if value in parent.seen:
        first = parent.seen[value]
        problems.append(Problem(value.place, f"the key {quoted(value)} stands here again; it is first at line {first.line}, column {first.column}"))
        return _Broken(value.place)
    parent.seen[value] = value.place
    return value


def _refuse_properties(event: Any, problems: list[Problem]) -> None:
    if event.anchor is not None:
        problems.append(Problem(_place(event), f"{quoted('&' + event.anchor)} is an anchor; remove it, and write out what its aliases stand for"))
    if event.tag is not None:
        tag = quoted(event.tag.replace("tag:yaml.org,2002:", "!!"))
        problems.append(Problem(_place(event), f"{tag} is a tag; remove it, every value is taken as the text that is written"))


def _place(event: Any) -> Place:
    return Place(event.start_mark.line + 1, event.start_mark.column + 1)


def _kind(value: Any) -> str:
    if isinstance(value, Mapping):
        return "a mapping"
    return "a list" if isinstance(value, Sequence) else "a single text"


def _syntax_problem(error: yaml.MarkedYAMLError, end: Place) -> Problem:
    """What YAML says, with what helps; libyaml puts what is missing at the end behind it, on a line that may not be there."""
    mark = error.problem_mark or error.context_mark
    place = min(Place(mark.line + 1, mark.column + 1), end) if mark else Place(1, 1)
    said = error.problem or "unknown error"
    message = f"not YAML: {said}"
    if error.context and error.context_mark and error.context_mark.line != (mark.line if mark else -1):
        message += f" ({error.context} that began at line {error.context_mark.line + 1})"
    hint = next((hint for begin, hint in _HINTS if begin in said), None)
    return Problem(place, f"{message}; {hint}" if hint else message)
