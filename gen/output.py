"""Everything that is written: templates filled in, and files that appear whole or not at all."""

import contextlib
import errno
import hashlib
import os
import pickle
import re
import stat
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import jinja2
import jinja2.bccache

from messages import give_up
from problems import UsageError
from scratch import file_beside, remove
from version import VERSION

_GEN = Path(__file__).resolve().parent
_ESCAPED = (".html.j2", ".dot.j2")
"""Templates in which `<` and `&` of a spec's texts are escaped: a page, and a graph, whose labels are written like one."""


def c_comment(text: str) -> str:
    """A text as it may stand in a C comment."""
    return re.sub(r"\*(?=/)|/(?=\*)|\?(?=\?)", r"\g<0> ", text.replace("\\", "/"))


def ragel_comment(text: str) -> str:
    """A text as it may stand in a comment of Ragel, which would take `}%%` for the end of its section even there."""
    return c_comment(text).replace("%%", "% %")


def c_string(text: str) -> str:
    """A text as a C string literal; what is not ASCII as octal escapes, which every compiler reads alike."""
    simple = {'"': '\\"', "\\": "\\\\", "?": "\\?" if "??" in text else "?"}
    escaped = "".join(
        simple.get(chr(byte), chr(byte) if 0x20 <= byte < 0x7F else f"\\{byte:03o}") for byte in text.encode("utf-8")
    )
    return f'"{escaped}"'


def listed(items: Iterable[object], width: int) -> str:
    """The items of a table of C, so many in a line. In Python, as tables of thousands would take a template long."""
    words = [str(item) for item in items]
    return ",\n    ".join(", ".join(words[start : start + width]) for start in range(0, len(words), width))


class _CompiledTemplates(jinja2.FileSystemBytecodeCache):
    """Keeps templates compiled, beside Python's own compiled modules: to compile them takes about as long as all else.

    They depend on the options below and on Jinja's version, too, so these are in the names of the files. What cannot be read or
    written is compiled each time.
    """

    def __init__(self) -> None:
        source = Path(__file__).resolve()
        made_by = hashlib.sha1(source.read_bytes() + jinja2.__version__.encode()).hexdigest()
        super().__init__(str(source.parent / "__pycache__"), f"%s.{made_by}.j2c")

    def load_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        try:
            super().load_bytecode(bucket)
        except (OSError, EOFError, pickle.UnpicklingError):
            bucket.reset()

    def dump_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        with contextlib.suppress(OSError):
            super().dump_bytecode(bucket)


def render(template: str, folder: Path = _GEN, **values: object) -> str:
    """A template of a folder, usually gen/ (`WING/NAME.j2`), filled in. A name that it uses and does not get is an error."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
        bytecode_cache=_CompiledTemplates(),
        autoescape=lambda name: name is not None and name.endswith(_ESCAPED),
    )
    environment.filters["comment"] = c_comment
    environment.filters["ragel_comment"] = ragel_comment
    environment.filters["string"] = c_string
    environment.filters["listed"] = listed
    return environment.get_template(template).render(version=VERSION, **values)


@dataclass(frozen=True)
class File:
    """A file to be written: its path (`-` is standard output), what it holds, and whether it is a program."""

    path: str
    content: str | bytes
    executable: bool = False

    @property
    def data(self) -> bytes:
        """What it holds, as bytes."""
        return self.content.encode("utf-8") if isinstance(self.content, str) else self.content


def write(path: str, content: str | bytes) -> None:
    """Writes a file whole or not at all. Raises UsageError if it cannot be written."""
    write_all([File(path, content)])


def write_all(files: Iterable[File]) -> None:
    """Writes files, each whole, and all of them or none: beside their places first, then into them. Makes the folders of files.

    Standard output, and what is no ordinary file (a pipe, /dev/null), is written to at the end and never replaced. Raises
    UsageError if something cannot be written.
    """
    folders: list[str] = []
    staged: list[tuple[Path, File]] = []
    direct: list[File] = []
    now: File | None = None
    done = False
    try:
        for now in files:
            if now.path == "-" or _is_special(now.path):
                direct.append(now)
            else:
                _make_folders(os.path.dirname(os.path.realpath(now.path)), folders)
                staged.append((_stage(now), now))
        while staged:
            beside, now = staged[0]
            os.replace(beside, os.path.realpath(now.path))
            remove(beside)
            del staged[0]
        for now in direct:
            _write_directly(now)
        done = True
    except OSError as error:
        name = "standard output" if now is None or now.path == "-" else now.path
        raise UsageError(f"{name}: cannot be written: {error.strerror}") from None
    finally:
        for beside, _ in staged:
            remove(beside)
        for folder in [] if done else reversed(folders):
            with contextlib.suppress(OSError):
                os.rmdir(folder)


def same_file(one: str, other: str) -> bool:
    """Do two paths name one file that is there?"""
    return os.path.exists(one) and os.path.exists(other) and os.path.samefile(one, other)


def _make_folders(folder: str, made: list[str]) -> None:
    """Makes a folder and those above it that are missing, and notes each."""
    if not os.path.lexists(folder):
        _make_folders(os.path.dirname(folder), made)
        with contextlib.suppress(FileExistsError):  # somebody else may make it at this moment
            os.mkdir(folder)
            made.append(folder)


def _is_special(path: str) -> bool:
    """Is there something that is no ordinary file? Raises OSError for what cannot be written to at all."""
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        if path.endswith("/") or not path:
            raise
        return False
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    return not stat.S_ISREG(mode)


def _write_directly(file: File) -> None:
    if file.path != "-":
        with open(file.path, "wb") as special:
            special.write(file.data)
        return
    if sys.stdout is None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    try:
        sys.stdout.buffer.write(file.data)
        sys.stdout.buffer.flush()
    except OSError:
        give_up(sys.stdout.fileno())
        raise


def _stage(file: File) -> Path:
    """Writes a file beside its place, with the permissions of the file there or of a new one; gives the name."""
    place = os.path.realpath(file.path)
    mask = os.umask(0)
    os.umask(mask)
    mode = stat.S_IMODE(os.stat(place).st_mode) if os.path.exists(place) else 0o666 & ~mask
    handle, beside = file_beside(place)
    try:
        with os.fdopen(handle, "wb") as staged:
            staged.write(file.data)
        os.chmod(beside, mode | (0o111 & ~mask if file.executable else 0))
    except BaseException:
        remove(beside)
        raise
    return beside
