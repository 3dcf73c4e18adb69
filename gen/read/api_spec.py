"""An API spec's file, and those of its lifecycles, to its model."""

import re
from pathlib import Path

from api import Api, Call, Kind, Parent, Per, calls_of, fits
from model import Lifecycle
from problems import ApiError, Place, Problem, SpecError, UsageError, did_you_mean
from read.calls import CallReader
from read.load import Mapping, Text, load
from read.names import KEYWORDS
from read.schema import API_SCHEMA, check_shape
from read.spec import read

_RESERVED = ("here", "when", "thread", "group", "else")
"""Words of the language and of traces, which no kind and no role can be called."""

_API_KEY = re.compile(rb"^(\xef\xbb\xbf)?[\"']?api[\"']?\s*:", re.MULTILINE)
"""Where this is not found, a file need not be parsed to know that it is no API spec."""


def is_api(path: str) -> bool:
    """Is this file an API spec? A file that cannot be read, or is no spec at all, is none; and a pipe, which can be read only once."""
    try:
        if not Path(path).is_file():
            return False
        content = Path(path).read_bytes()
        return _API_KEY.search(content) is not None and load(content)[0].get("api") is not None
    except (OSError, SpecError):
        return False


def read_api(path: str) -> Api:
    """The model of an API spec. Raises ApiError for its content and that of its lifecycles, UsageError if it cannot be read."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    try:
        data, problems = load(content)
    except SpecError as error:
        raise ApiError({path: error}) from None
    problems += check_shape(data, API_SCHEMA)
    reader = _Reader(path, data, problems)
    api = reader.api()
    found = {path: SpecError(problems)} if problems else {}
    found.update(reader.faulty)
    if found or api is None:
        raise ApiError(found)
    return api


class _Reader:
    """Resolves the names of an API spec. `faulty`: the lifecycles that are at fault themselves."""

    def __init__(self, path: str, data: Mapping, problems: list[Problem]) -> None:
        self._folder = Path(path).parent
        self._data = data
        self._problems = problems
        self._lifecycles: dict[str, Lifecycle] = {}
        self.faulty: dict[str, SpecError] = {}

    def api(self) -> Api | None:
        """The model, or None if the kinds could not be made out: what the calls fire depends on them all."""
        data = self._data
        name = data.get("api")
        if name in KEYWORDS:
            self._note(name.place, f"`{name}` is a keyword of C or C++; choose another name for the API")
        kinds = self._kinds()
        if kinds is None or name is None:
            return None
        calls = self._calls(kinds)
        return Api(
            name=name,
            title=data.get("title", name.replace("_", " ")),
            source=data.get("source"),
            header=data.get("header"),
            library=data.get("library"),
            table=data.get("table"),
            kinds=kinds,
            calls=calls,
        )

    def _note(self, place: Place, message: str) -> None:
        self._problems.append(Problem(place, message))

    # Kinds

    def _kinds(self) -> tuple[Kind, ...] | None:
        section = self._data.get("kinds")
        if not isinstance(section, Mapping):
            return None
        numbers = {str(name): number for number, name in enumerate(section)}
        kinds = [self._kind(name, value, numbers) for name, value in section.items()]
        if section.dropped or any(kind is None for kind in kinds):
            return None
        made = tuple(kind for kind in kinds if kind is not None)
        for kind in made:
            for parent in kind.parents:
                above = made[parent.kind]
                if kind.per is Per.PROCESS and above.per is Per.THREAD:
                    self._note(parent.place, f"`{kind.name}` is one for all threads, so it is not of a `{above.name}`; remove it here")
                if not kind.ends and above.per is None:
                    why = f"it is `per: {kind.per.value}`" if kind.per else "it is adopted"
                    self._note(parent.place, f"`{kind.name}` has no parent with a handle, as {why}; remove `{above.name}` here")
        for number, kind in enumerate(made):
            if self._is_own_ancestor(number, made):
                self._note(kind.place, f"`{kind.name}` is its own ancestor; take one `of` out of the circle")
                return None
        return made

    @staticmethod
    def _is_own_ancestor(number: int, kinds: tuple[Kind, ...]) -> bool:
        above = [parent.kind for parent in kinds[number].parents]
        for kind in above:
            above += [parent.kind for parent in kinds[kind].parents if parent.kind not in above]
        return number in above

    def _kind(self, name: Text, value: Mapping, numbers: dict[str, int]) -> Kind | None:
        if name in KEYWORDS or name in _RESERVED:
            why = "a keyword of C or C++" if name in KEYWORDS else "a word of the spec language"
            self._note(name.place, f"`{name}` is {why}; choose another name for the kind")
        per = Per(value["per"]) if "per" in value else None
        flags = {key: value.get(key) in ("yes", "true") for key in ("numbered", "adopt", "null")}
        for key in ("handle", *flags):
            if per and (flags.get(key) or (key == "handle" and key in value)):
                place = next(each.place for each in value if each == key)
                self._note(place, f"`{name}` is `per: {per.value}`, so it has no handle; remove `{key}`")
        parents = self._parents(name, value.get("of"), numbers)
        lifecycle = self._lifecycle(value["lifecycle"]) if "lifecycle" in value else None
        if lifecycle is None or parents is None or value.dropped:
            return None
        path = str(self._folder / value["lifecycle"])
        return Kind(
            name, lifecycle, path, value.get("handle"), parents, per, **flags, group=CallReader.expression(value.get("group")), place=name.place
        )

    def _parents(self, name: Text, value: Mapping | Text | None, numbers: dict[str, int]) -> tuple[Parent, ...] | None:
        """The parents of a kind, or None if one of them is unknown."""
        named: list[tuple[Text | None, Text]] = []
        if value is not None:
            named += [(None, value)] if isinstance(value, Text) else value.items()
        found = []
        for role, kind in named:
            if kind in numbers:
                found.append(Parent(numbers[kind], role, place=kind.place))
            else:
                self._note(kind.place, f"there is no kind `{kind}` for `{name}` to be of{did_you_mean(kind, numbers)}")
        return tuple(found) if len(found) == len(named) else None

    def _lifecycle(self, name: Text) -> Lifecycle | None:
        """The lifecycle of a file; what is wrong with it is said of that file, once."""
        path = str(self._folder / name)
        if path in self._lifecycles:
            return self._lifecycles[path]
        if path in self.faulty:
            return None
        try:
            self._lifecycles[path] = read(path)
        except SpecError as error:
            self.faulty[path] = error
        except UsageError as error:
            self._note(name.place, f"{error}; `lifecycle` names a file from the folder of this one")
        return self._lifecycles.get(path)

    # Calls

    def _calls(self, kinds: tuple[Kind, ...]) -> tuple[Call, ...]:
        section = self._data.get("calls")
        if not isinstance(section, Mapping):
            return ()
        reader = CallReader(self._data, kinds, self._problems)
        calls = []
        keys = tuple(str(key) for key in section)
        for key, value in section.items():
            calls.append(reader.call(key, key, value))
            calls += [reader.call(name, key, value) for name in _single(key, keys, kinds)]
        first: dict[str, Call] = {}
        for call in calls:
            other = first.setdefault(c_name(call.name), call)
            if other is not call:
                self._note(call.place, f"in C `{call.name}` becomes `{c_name(call.name)}`, as `{other.name}` does (line {other.place.line})")
        return tuple(calls)


def c_name(call: str) -> str:
    """A call as a name of C: `IMAPISession::Logoff` is `IMAPISession_Logoff`, `sqlite3_bind_*` is `sqlite3_bind_any`."""
    return re.sub(r"[^A-Za-z0-9]+", "_", call.replace("*", "any"))


def _single(key: str, keys: tuple[str, ...], kinds: tuple[Kind, ...]) -> list[str]:
    """Those calls that lifecycles name and that this pattern of the API spec stands for, so that they have no entry of their own."""
    if not key.endswith("*"):
        return []
    named = dict.fromkeys(call for kind in kinds for event in kind.lifecycle.events for call in calls_of(event))
    closer = [other for other in keys if other != key and fits(other, key)]
    return [name for name in named if fits(name, key) and name not in keys and not any(fits(name, other) for other in closer)]
