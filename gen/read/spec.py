"""A spec's file to its model: the stages of this wing in their order."""

from pathlib import Path

from model import Lifecycle
from problems import Problem, UsageError
from read.load import load
from read.resolve import resolve
from read.schema import check_shape

_SPECS = Path(__file__).resolve().parents[2] / "spec"


def read(path: str) -> Lifecycle:
    """The model of a spec. Raises SpecError for its content, UsageError if it cannot be read."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    data, problems = load(content)
    if data.get("api") is not None and data.get("lifecycle") is None:
        raise UsageError(f"{path}: this is an API spec, and here only a lifecycle can stand (an API spec is a file and comes through no pipe)")
    problems += check_shape(data)
    name, stem = data.get("lifecycle"), Path(path).stem
    if name is not None and name != stem and Path(path).resolve().parent == _SPECS:
        problems.append(Problem(name.place, f"the file is called `{stem}`, so in this folder the lifecycle must be, too"))
    return resolve(data, problems)
