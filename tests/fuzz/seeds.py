"""Inputs to begin fuzzing with: the traces of the tests, as the fuzz targets take them."""

import re
from collections.abc import Iterator
from pathlib import Path

CASES = Path(__file__).resolve().parents[1] / "cases"

MACHINES = 4
FIRE, SWEEP, OBSERVE, REPEAT, FOLLOW, COPY, EVERY_SIZE, DAMAGE = 0, 7, 8, 9, 10, 11, 13, 14
"""Actions of machine.c."""
GREAT = tuple(range(245, 256))
"""The last bytes of REPEAT for great numbers, the greatest at the end; the fifth of them is for 32768."""

AT_WORK = {
    "mapi_session": ("mapi_initialize", "mapi_logon_ex ui owner guest"),
    "message_service": ("call_install_entry",),
    "database_connection": ("connect logged", "begin", "prepare"),
}
"""For each lifecycle, a way to a state in which much can be done."""


class Numbers:
    """The numbers of events and arguments, from a header."""

    def __init__(self, header: Path, lifecycle: str) -> None:
        text = header.read_text(encoding="utf-8")
        upper = lifecycle.upper()
        self.events = [name.lower() for name in re.findall(rf"^    {upper}_EVENT_(\w+),", text, re.MULTILINE)]
        bits = re.findall(rf"^    {upper}_ARG_(\w+) = (\d+),?$", text, re.MULTILINE)
        self.bits = {name.lower(): int(bit) for name, bit in bits}

    def instruction(self, action: int, line: str, more: int = 0) -> bytes:
        """One instruction for the first machine: what is done with a line of a trace, and what else that needs."""
        event, *arguments = line.split()
        bits = sum(self.bits[f"{event}_{argument}"] for argument in dict.fromkeys(arguments))
        return bytes((MACHINES * action, self.events.index(event), bits, more))


def cases(numbers: Numbers) -> list[list[str]]:
    """The lines of the cases that are of this lifecycle."""
    found = []
    for path in sorted(CASES.glob("*.trace")):
        lines = [line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines()]
        lines = [line for line in lines if line]
        if all(line.split()[0] in numbers.events for line in lines):
            found.append(lines)
    return found


def twice(numbers: Numbers) -> Iterator[str]:
    """Each event with each of its arguments, given twice."""
    for event in numbers.events:
        for name in numbers.bits:
            if name.startswith(f"{event}_"):
                yield " ".join((event, *[name.removeprefix(f"{event}_")] * 2))


def machine_seeds(header: Path, lifecycle: str) -> Iterator[bytes]:
    """Each case, fired and observed; and each event at the greatest counts."""
    numbers = Numbers(header, lifecycle)
    first = numbers.events[0]
    end = b"".join(numbers.instruction(action, first) for action in (SWEEP, FOLLOW, EVERY_SIZE))
    for lines in cases(numbers):
        for action in (FIRE, OBSERVE):
            yield b"".join(numbers.instruction(action, line) for line in lines) + end
    start = b"".join(numbers.instruction(FIRE, line) for line in AT_WORK[lifecycle])
    yield start + end + b"".join(bytes((MACHINES * DAMAGE, 0, bit, 1)) for bit in range(256)) + bytes((MACHINES * DAMAGE, 1, 2, 0))
    for event in numbers.events:
        for great in GREAT[-1:] + GREAT[4:5]:
            repeated = numbers.instruction(REPEAT, event, great) + numbers.instruction(SWEEP, event)
            yield start + repeated + numbers.instruction(FIRE, event) + end
        yield start + b"".join(numbers.instruction(OBSERVE, event) for _ in range(3)) + end


def trace_seeds(header: Path, lifecycle: str) -> Iterator[bytes]:
    """Each case with each option, and what the format of traces allows and forbids."""
    numbers = Numbers(header, lifecycle)
    first = numbers.events[0].encode()
    for options in ("", "j", "o", "jo", "f", "fo", "s3", "j-5"):
        for lines in cases(numbers):
            yield f"{options}\n".encode() + "\n".join(lines).encode() + b"\n"
        yield f"{options}\n".encode() + "\n".join(AT_WORK[lifecycle]).encode()
    yield b"j\n" + "\n".join(numbers.events).encode()
    yield b"j\n" + "\n".join(twice(numbers)).encode()
    yield b"\n" + first + b"\r\n\n \t" + first + b" # comment\r\n#\n" + first
    yield b"jmd\n" + first + b"\n\x1d\n" + first + b" x\n\x1d" + first + b"y"
    yield b"o\n" + first + b"x\n\x1d\n"  # the worst file first, in the middle, last
    yield b"\n\n\x1d" + first + b"x\n\x1d\n"
    yield b"j\n\n\x1d\n\x1d" + first + b"x\n"
    for line_end in (b"", b"\n", b"\r\n", b"\r"):  # lines of 4096 and 4097 bytes, and longer ones
        for more in (b"", b"#", b"\r", b"##", b"\x1e#\xff"):
            yield b"j3\n\x1e#\x7f" + more + line_end
            yield b"\n" + first + b"\n" + more + b"\x1e \x7f" + line_end
        yield b"\n" + first + b" # comment" + line_end
        yield b"s2\n \t" + first + b" " + line_end
    yield b"s1\n" + first + b" #\x1e.\x7f\n" + first + b"#\x1e.\x80\n"
    yield b"-9\n" + first + b"\n\x1e \x7f" + first + b"\r\n"
    yield b"\n" + first + b"\n#\0\n" + first
    yield b"x\n" + first
    yield b"w\n--json\n--observ\n-\n--help\n\x1d" + first
    yield b"w\n--version\n"
    yield b"w\n--\n--json\n"
    yield b"fj\n" + first


def rows(inputs: list[bytes], longest: int) -> Iterator[bytes]:
    """Inputs of machine.c in as few: one after another, each with new machines. The shortest come first."""
    anew = b"".join(bytes((machine + MACHINES * COPY, 0, 0, 0)) for machine in range(MACHINES))
    row = b""
    for data in sorted(inputs, key=len):
        data += bytes(-len(data) % 4)  # the last instruction ends here, not in the next input
        if row and len(row) + len(data) > longest:
            yield row
            row = b""
        row += data + anew
    yield row
