"""Everything that is written: templates filled in, and files that appear whole or not at all."""

import os
import stat
import sys
import tempfile
from pathlib import Path

import jinja2

from problems import UsageError
from version import VERSION

_TEMPLATES = Path(__file__).resolve().parent / "templates"


def c_comment(text: str) -> str:
    """A text as it may stand in a C comment."""
    return text.replace("*/", "* /").replace("/*", "/ *").replace("\\", "/").replace("??", "? ?")


def c_string(text: str) -> str:
    """A text as a C string literal; what is not ASCII as octal escapes, which every compiler reads alike."""
    simple = {'"': '\\"', "\\": "\\\\", "?": "\\?" if "??" in text else "?"}
    escaped = "".join(
        simple.get(chr(byte), chr(byte) if 0x20 <= byte < 0x7F else f"\\{byte:03o}") for byte in text.encode("utf-8")
    )
    return f'"{escaped}"'


def render(template: str, **values: object) -> str:
    """A template of gen/templates, filled in. A name that it uses and does not get is an error."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.filters["comment"] = c_comment
    environment.filters["string"] = c_string
    return environment.get_template(template).render(version=VERSION, **values)


def write(path: str, content: str | bytes, executable: bool = False) -> None:
    """Writes a file whole or not at all: beside it first, then in its place. `-` is standard output.

    Raises UsageError if it cannot be written.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    try:
        if path == "-":
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        elif os.path.exists(path) and not stat.S_ISREG(os.stat(path).st_mode):
            _write_device(path, data)
        else:
            _replace(os.path.realpath(path), data, 0o777 if executable else 0o666)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None


def _write_device(path: str, data: bytes) -> None:
    """Something that is no ordinary file (a pipe, /dev/null) is written to and never replaced."""
    with open(path, "wb") as file:
        file.write(data)


def _replace(path: str, data: bytes, permissions: int) -> None:
    mask = os.umask(0)
    os.umask(mask)
    mode = stat.S_IMODE(os.stat(path).st_mode) if os.path.exists(path) else permissions & ~mask
    handle, beside = tempfile.mkstemp(prefix=".lastcall-", dir=os.path.dirname(path))
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(beside, mode)
        os.replace(beside, path)
    except BaseException:
        os.unlink(beside)
        raise
