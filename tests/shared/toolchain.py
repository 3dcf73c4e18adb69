"""With what the tests compile C, how they run what they compiled, and where the headers and replayers of the build lie.

The same tests run on other builds and other processors when the environment says so:

    LASTCALL_CC      the compiler and its options, in place of each that a test would use: `gcc -fsanitize=address`
    LASTCALL_RUNNER  what stands before a compiled program: `valgrind -q --error-exitcode=99`, `qemu-arm -L /usr/…`
    LASTCALL_BUILD   the folder with NAME.h and NAME-replay, in place of build/
"""

import os
import shlex
from pathlib import Path


def _words(name: str) -> tuple[str, ...]:
    return tuple(shlex.split(os.environ.get(name, "")))


CC = _words("LASTCALL_CC")
"""The compiler to use in place of all others, with its options; empty if a test may use those that it likes."""
RUNNER = _words("LASTCALL_RUNNER")
"""What stands before a compiled program and its arguments; empty on this machine's own processor."""
CC_OF_LASTCALL = {"CC": shlex.join(CC)} if CC else {}
"""More environment for `gen/lastcall build`."""
ROOT = Path(__file__).resolve().parents[2]
"""The project's own folder."""
BUILD = Path(os.environ.get("LASTCALL_BUILD") or ROOT / "build").resolve()
"""Where the headers and replayers are."""


def compilers(*usual: str) -> tuple[str, ...]:
    """The compilers that a test is to try, each a command with its options: the usual ones, unless another one is set."""
    return (shlex.join(CC),) if CC else usual


def file_of_tests(name: str) -> str:
    """The file of the tests `test_NAME.py`, in whichever folder of tests/ it is, from the project's own folder."""
    return next((ROOT / "tests").glob(f"**/test_{name}.py")).relative_to(ROOT).as_posix()
