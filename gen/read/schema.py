"""Holds a spec against the published JSON Schema and says, in our words, what does not fit.

What does not fit is then cut out of the data, so that the later stages can look for further problems in what is left.
"""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema

from problems import Place, Problem, UsageError, did_you_mean, nearest, quoted
from read.load import Mapping, Sequence, Text

SCHEMA = Path(__file__).resolve().parents[2] / "spec" / "lifecycle.schema.json"
"""The schema lives beside the specs, where editors find it."""
API_SCHEMA = SCHEMA.with_name("api.schema.json")
"""That of API specs."""

_KINDS = {"object": "a mapping", "array": "a list", "string": "a text", "integer": "a number"}


def check_shape(spec: Mapping, schema: Path = SCHEMA) -> list[Problem]:
    """The problems of a spec's shape; whatever is at fault is left out of `spec` afterwards.

    A misspelt key is read as the one that was meant, so that what stands under it is looked at, too.
    """
    validator = jsonschema.Draft7Validator(_published(schema))
    problems: list[Problem] = []
    while True:
        errors = list(validator.iter_errors(spec))
        meant = [problem for error in errors if error.validator == "additionalProperties" for problem in _put_right(error)]
        if not meant:
            break
        problems += meant
    cuts: list[tuple[Mapping, str]] = []
    for error in errors:
        problems.extend(_translate(error, spec, cuts))
    for mapping, key in cuts:
        mapping.pop(key, None)
        mapping.dropped.add(key)
    return problems


def _published(path: Path) -> dict[str, Any]:
    """The schema. Raises UsageError where it does not lie beside the generator.

    An editor takes the `true` of a flag for a value, and here every value is a text.
    """
    try:
        schema = dict(json.loads(path.read_text(encoding="utf-8")))
        schema["definitions"]["flag"]["enum"] += ["true", "false"]
        return schema
    except OSError as error:
        missing = f"{path}: cannot be read: {error.strerror}; the generator needs its schema there: copy spec/ together with gen/"
        raise UsageError(missing) from None


def _put_right(error: Any) -> list[Problem]:
    """Renames the misspelt keys of a mapping, and says so."""
    found, known = error.instance, error.schema.get("properties", {})
    problems = []
    for key in [key for key in found if key not in known]:
        name = nearest(key, known)
        if name is not None and name not in found and name not in found.dropped:
            problems.append(_unknown_key(error, key))
            meant = Text(name)
            meant.place, meant.exact = key.place, False
            pairs = [(meant if other is key else other, value) for other, value in found.items()]
            found.clear()
            found.update(pairs)
    return problems


def _unknown_key(error: Any, key: Text) -> Problem:
    known = error.schema.get("properties", {})
    hint = did_you_mean(key, known, most=len(known))
    return Problem(key.place, f"unknown key {quoted(key)} in {_what(error.schema)}{hint}")


def _translate(error: Any, spec: Mapping, cuts: list[tuple[Mapping, str]]) -> list[Problem]:
    """One error of the validator as problems with places; notes in `cuts` what has to go."""
    path = list(error.absolute_path)
    found = error.instance
    if error.validator == "additionalProperties":
        unknown = [key for key in found if key not in error.schema.get("properties", {})]
        cuts.extend((found, key) for key in unknown)
        return [_unknown_key(error, key) for key in unknown]
    if error.validator == "required":
        missing = [key for key in error.validator_value if key not in found and key not in found.dropped]
        found.dropped.update(missing)
        place = _key_place(spec, path) or Place(1, 1)
        return [Problem(place, f"{_what(error.schema)} needs the key `{key}`") for key in missing]
    place = found.place
    if isinstance(found, Text) and "propertyNames" in error.absolute_schema_path:
        return [Problem(place, _in_capitals(error) or f"{quoted(found)} cannot be a name here; it takes {_form(error.schema)}")]
    _cut(spec, path, cuts)
    if error.validator == "type" or (found == "" and error.validator == "minLength"):
        wanted = error.schema["type"] if isinstance(error.schema["type"], list) else [error.schema["type"]]
        kinds = " or ".join(_KINDS[kind] for kind in wanted)
        hint = "; write `{}` where there is nothing to say" if found == "" and "object" in wanted else _shape(error.schema, path)
        return [Problem(place, f"{_shown(found)} stands where {kinds} is wanted: {_what(error.schema)}{hint}")]
    if error.validator in ("minProperties", "minItems"):
        return [Problem(place, f"this is empty; it takes at least one entry: {_what(error.schema)}")]
    if error.validator == "uniqueItems":
        names = [item for item in found if isinstance(item, Text)]
        first = {name: index for index, name in reversed(list(enumerate(names)))}
        return [Problem(name.place, f"{quoted(name)} is listed twice") for index, name in enumerate(names) if first[name] != index]
    return [Problem(place, _in_capitals(error) or f"{_shown(found)} is not right here; it takes {_form(error.schema)}")]


def _what(schema: dict[str, Any]) -> str:
    """What the schema calls the thing in a few words: its description up to the first colon."""
    return str(schema["description"]).partition(":")[0].partition(";")[0]


def _form(schema: dict[str, Any]) -> str:
    """What the schema says of the thing, whole."""
    return str(schema["description"])


def _in_capitals(error: Any) -> str | None:
    """What is said of a name that would be right in small letters; None of anything else."""
    if error.validator != "pattern" or not re.search(error.validator_value, error.instance.lower()):
        return None
    return f"{quoted(error.instance)} has capitals, and names are written in small letters: {quoted(error.instance.lower())}"


def _shape(schema: dict[str, Any], path: list[Any]) -> str:
    """The end of a message that says how the thing is written, where something of another kind is often tried."""
    if path[-1:] == ["takes"]:
        return "; an event takes one of each that it names, as in `takes: streams`"
    example = next(iter(schema.get("examples", [])), None)
    if not isinstance(example, dict):
        return ""
    pairs = ", ".join(f"{json.dumps(key) if ',' in key else key}: {value}" for key, value in example.items())
    return f"; it is written as `{{{pairs}}}`"


def _shown(found: Any) -> str:
    if isinstance(found, Mapping):
        return "a mapping"
    if isinstance(found, Sequence):
        return "a list"
    return quoted(found) if found else "nothing"


def _key_place(spec: Mapping, path: list[Any]) -> Place | None:
    """Where the key or item that a path leads to stands."""
    value: Any = spec
    place = None
    for step in path:
        place = next((key.place for key in value if key == step), None) if isinstance(value, Mapping) else value[step].place
        value = value[step]
    return place


def _cut(spec: Mapping, path: list[Any], cuts: list[tuple[Mapping, str]]) -> None:
    """Marks the nearest mapping's entry on the way to `path`: an item at fault takes its list with it."""
    value: Any = spec
    last: tuple[Mapping, str] | None = None
    for step in path:
        if isinstance(value, Mapping):
            last = (value, step)
        value = value[step]
    if last:
        cuts.append(last)
