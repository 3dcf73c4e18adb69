"""Holds a spec against the published JSON Schema and says, in our words, what does not fit.

What does not fit is then cut out of the data, so that the later stages can look for further problems in what is left.
"""

import json
from pathlib import Path
from typing import Any

import jsonschema

from load import Mapping, Sequence, Text
from problems import Place, Problem, did_you_mean

SCHEMA = Path(__file__).resolve().parent.parent / "spec" / "lifecycle.schema.json"
"""The schema lives beside the specs, where editors find it."""

_KINDS = {"object": "a mapping", "array": "a list", "string": "a text", "integer": "a number"}


def check_shape(spec: Mapping) -> list[Problem]:
    """The problems of a spec's shape; whatever is at fault is left out of `spec` afterwards."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    validator = jsonschema.Draft7Validator(schema)
    problems: list[Problem] = []
    cuts: list[tuple[Mapping, str]] = []
    for error in validator.iter_errors(spec):
        problems.extend(_translate(error, spec, cuts))
    for mapping, key in cuts:
        mapping.pop(key, None)  # type: ignore[call-overload]
        mapping.dropped.add(key)
    return problems


def _translate(error: Any, spec: Mapping, cuts: list[tuple[Mapping, str]]) -> list[Problem]:
    """One error of the validator as problems with places; notes in `cuts` what has to go."""
    path = list(error.absolute_path)
    found = error.instance
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        unknown = [key for key in found if key not in known]
        cuts.extend((found, key) for key in unknown)
        what = _what(error.schema)
        return [
            Problem(key.place, f"unknown key `{key}` in {what}{did_you_mean(key, known)}") for key in unknown
        ]
    if error.validator == "required":
        missing = [key for key in error.validator_value if key not in found and key not in found.dropped]
        place = _key_place(spec, path) or Place(1, 1)
        return [Problem(place, f"{_what(error.schema)} needs the key `{key}`") for key in missing]
    place = found.place
    if isinstance(found, Text) and "propertyNames" in error.absolute_schema_path:
        return [Problem(place, f"`{found}` cannot be a name here; it takes {_form(error.schema)}")]
    _cut(spec, path, cuts)
    if error.validator == "type":
        wanted = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
        kinds = " or ".join(_KINDS[kind] for kind in wanted)
        return [Problem(place, f"{_shown(found)} stands where {_what(error.schema)} is wanted; write {kinds}")]
    if error.validator == "minProperties" or error.validator == "minItems":
        return [Problem(place, f"this is empty; it takes {_what(error.schema)}")]
    if error.validator == "uniqueItems":
        seen: set[str] = set()
        again = next(item for item in found if item in seen or seen.add(item))  # type: ignore[func-returns-value]
        return [Problem(again.place, f"`{again}` is listed twice")]
    return [Problem(place, f"{_shown(found)} is not right here; it takes {_form(error.schema)}")]


def _what(schema: dict[str, Any]) -> str:
    """What the schema calls the thing in a few words: its description up to the first colon."""
    return str(schema["description"]).partition(":")[0].partition(";")[0]


def _form(schema: dict[str, Any]) -> str:
    """What the schema says of the thing, whole."""
    return str(schema["description"])


def _shown(found: Any) -> str:
    if isinstance(found, Mapping):
        return "a mapping"
    if isinstance(found, Sequence):
        return "a list"
    if not found:
        return "nothing"
    return f"`{found if len(found) <= 40 else found[:37] + '...'}`"


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
