"""What a generator makes of many specs, headers, Ragel sources or messages, as one number: the same if all of it is the same.

    /usr/bin/python3 tests/prove/made_of_specs.py GEN FOLDER

Comments in headers do not count: they change nothing that a machine does.
"""

import hashlib
import re
import sys
from pathlib import Path

_COMMENT_OR_TEXT = re.compile(r'/\*.*?\*/|("(?:\\.|[^"\\\n])*")', re.DOTALL)


def main(gen: str, folder: str) -> int:
    """Prints the number."""
    sys.path.insert(0, gen)
    from header.header import header
    from read.load import load
    from problems import SpecError
    from machine.ragel import compile_machine
    from read.resolve import resolve
    from read.schema import check_shape

    found = hashlib.sha256()
    for path in sorted(Path(folder).iterdir()):
        try:
            data, problems = load(path.read_bytes())
            model = resolve(data, problems + check_shape(data))
            machine = compile_machine(model)
            code = _COMMENT_OR_TEXT.sub(lambda found: found[1] or " ", header(model, machine))
            made = f"{model!r}\n{code}\n{machine.source}"
        except SpecError as error:
            made = "\n".join(f"{problem.place}: {problem.message}" for problem in error.problems)
        except Exception as error:  # a mutant may do anything
            made = f"{type(error)}: {error}"
        found.update(made.encode())
    print(found.hexdigest())
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
