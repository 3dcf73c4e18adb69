"""A C compiler for the tests that notes which lines and branches of the generated headers are run.

    LASTCALL_CC='/usr/bin/python3 tests/prove/cover_cc.py FOLDER'

gcc with --coverage, without optimising, and with no function put into another, where its lines would count twice. FOLDER/headers holds the headers that are looked at. Not noted is what is compiled with another
header of the same name, as a test does that wants a fault to be seen, or with sanitizers, which add branches of their own.
"""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from subprocess import run


def main(folder: str, *words: str) -> int:
    """Compiles; gives the compiler's exit status."""
    plus = any(word.endswith(".cpp") or word.startswith("-std=c++") for word in words)
    command = ["g++" if plus else "gcc", *words]
    if _is_to_be_noted(Path(folder) / "headers", words):
        if not plus:  # whose library has a use for it
            command.append("-D__always_inline__=__unused__")
        command += ["-O0", "--coverage", "-dumpdir", f"{tempfile.mkdtemp(prefix='plus-' if plus else 'c-', dir=folder)}/"]
    return run(command, check=False).returncode


def _is_to_be_noted(headers: Path, words: Sequence[str]) -> bool:
    """Is there a header among those to look at, and is none that has its name but says something else?"""
    if any(word.startswith("-fsanitize") for word in words):
        return False
    places = [Path(word[2:] or after) for word, after in zip(words, [*words[1:], ""]) if word.startswith("-I")]
    found = [(place / header.name, header) for header in headers.iterdir() for place in places if (place / header.name).is_file()]
    return bool(found) and all(mine.read_bytes() == header.read_bytes() for mine, header in found)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
