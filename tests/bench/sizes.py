#!/usr/bin/python3
"""How many bytes `fire` costs, with its tables, in each form and for each processor.

Only what fire reaches is counted: every function and every table is compiled into a section of its
own, and from fire's section the relocations are followed. So nothing is missed that the compiler
puts elsewhere (jump tables, cold parts, constants), and nothing is charged that only others use.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import ragel_form

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
FLAGS = ["-std=c99", "-ffunction-sections", "-fdata-sections"]


@dataclass(frozen=True)
class Compiler:
    """A compiler for one processor; `options` select the processor."""

    target: str
    name: str
    command: str
    options: tuple[str, ...] = ()


COMPILERS = (
    Compiler("x86-64", "gcc", "gcc"),
    Compiler("x86-64", "clang", "clang"),
    Compiler(
        "Cortex-M0",
        "gcc",
        "arm-none-eabi-gcc",
        ("-mcpu=cortex-m0", "-mthumb", "-ffreestanding"),
    ),
    Compiler(
        "Cortex-M0",
        "clang",
        "clang",
        ("--target=thumbv6m-none-eabi", "-mcpu=cortex-m0", "-ffreestanding"),
    ),
)


@dataclass(frozen=True)
class Form:
    """A form of the machine: the source file that holds its fire, and the type of its machine."""

    name: str
    title: str
    source: str
    fire: str
    machine: str
    header: str
    options: tuple[str, ...] = ()


FORMS = (
    Form("switch", "switch", "switch.c", "switch_fire", "switch_session", "switch.h"),
    Form("matrix", "matrix", "matrix.c", "matrix_fire", "matrix_session", "matrix.h"),
    Form(
        "generated",
        "generated",
        "generated.c",
        "mapi_session_fire",
        "mapi_session",
        "mapi_session.h",
    ),
    Form("ragel_goto", "Ragel -G2", "ragel_goto.c", "ragel_goto_fire", "ragel_session", "ragel.h"),
    Form(
        "ragel_table",
        "Ragel -F1",
        "ragel_table.c",
        "ragel_table_fire",
        "ragel_session",
        "ragel.h",
    ),
)


@dataclass(frozen=True)
class Size:
    """Bytes of one form, compiled by one compiler at one level of optimisation.

    code, data      fire and what it reaches: instructions, tables
    everything      all functions and tables of the source file, without text
    machine         the struct
    needs           functions that are called but come from elsewhere (the compiler's library)
    """

    form: str
    target: str
    compiler: str
    level: str
    code: int
    data: int
    everything: int
    machine: int
    needs: list[str] = field(default_factory=list)

    @property
    def fire(self) -> int:
        """What fire costs in all."""
        return self.code + self.data


@dataclass(frozen=True)
class _Section:
    name: str
    size: int
    flags: str

    @property
    def counts(self) -> bool:
        """Whether it is code or data of the program; tables for unwinding are neither."""
        return "A" in self.flags and not re.match(r"\.(eh_frame|ARM\.ex|note|comment)", self.name)


_SECTION = re.compile(
    r"\s*\[\s*(\d+)\]\s(\S+)\s+[A-Z]\S+\s+[0-9a-f]+ [0-9a-f]+ ([0-9a-f]+) [0-9a-f]+\s+([A-Za-z]*)\s"
)  # number, name, size, flags
_RELOCATIONS = re.compile(r"Relocation section '\.rela?(\S+)'")  # the section that they are for
_RELOCATION = re.compile(r"[0-9a-f]{8,16}\s+([0-9a-f]{8,16})\s+R_")  # symbol and type, packed
_SYMBOL = re.compile(
    r"\s*\d+: [0-9a-f]+\s+(\d+) \w+\s+\w+\s+\w+\s+(\w+)\s?(\S*)"
)  # size, section, name


class _Object:
    """The sections, symbols and relocations of an object file, as readelf tells them."""

    def __init__(self, path: Path) -> None:
        command = ["readelf", "-W", "-S", "-s", "-r", str(path)]
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        self.sections: dict[int, _Section] = {}
        self.symbols: list[tuple[str, str]] = []  # name, index of its section or "UND"
        self.sizes: dict[str, int] = {}
        self.references: dict[str, list[int]] = {}  # name of a section -> numbers of symbols
        place = ""
        for line in text.splitlines():
            if section := _SECTION.match(line):
                number, name, size, flags = section.groups()
                self.sections[int(number)] = _Section(name, int(size, 16), flags)
            elif header := _RELOCATIONS.match(line):
                place = header.group(1)
                self.references[place] = []
            elif place and (entry := _RELOCATION.match(line)):
                info = entry.group(1)
                self.references[place].append(int(info, 16) >> (32 if len(info) == 16 else 8))
            elif symbol := _SYMBOL.match(line):
                size, where, name = symbol.groups()
                self.symbols.append((name, where))
                self.sizes[name] = int(size)

    def reach(self, function: str) -> tuple[list[_Section], list[str]]:
        """The sections that a function reaches, and the names that it needs from elsewhere."""
        where = dict(self.symbols).get(function, "UND")
        if not where.isdigit():
            raise SystemExit(f"sizes: there is no function {function}")
        reached, waiting, needs = {int(where)}, [int(where)], set()
        while waiting:
            for number in self.references.get(self.sections[waiting.pop()].name, []):
                name, target = self.symbols[number]
                if not target.isdigit():
                    needs.add(name)
                elif int(target) not in reached:
                    reached.add(int(target))
                    waiting.append(int(target))
        return [self.sections[number] for number in sorted(reached)], sorted(needs)


def measure(form: Form, compiler: Compiler, level: str, include: Path, build: Path) -> Size | None:
    """Compile a form and measure it; None where the compiler is not installed.

    What it includes is in `include` or, if it was made for the measurement, in `build`.
    """
    if shutil.which(compiler.command) is None:
        return None
    build.mkdir(parents=True, exist_ok=True)
    command = [compiler.command, *FLAGS, *compiler.options, *form.options, level]
    command += [f"-I{include}", f"-I{build}", f"-I{HERE}", "-c"]
    code = build / f"{form.name}-{compiler.target}-{compiler.name}{level}.o"
    subprocess.run([*command, str(HERE / form.source), "-o", str(code)], check=True)

    probe = code.with_suffix(".machine.c")
    probe.write_text(f'#include "{form.header}"\nchar machine[sizeof({form.machine})];\n')
    struct = probe.with_suffix(".o")
    subprocess.run([*command, str(probe), "-o", str(struct)], check=True)

    compiled = _Object(code)
    sections, needs = compiled.reach(form.fire)
    return Size(
        form.name,
        compiler.target,
        compiler.name,
        level,
        code=sum(part.size for part in sections if "X" in part.flags),
        data=sum(part.size for part in sections if part.counts and "X" not in part.flags),
        everything=sum(part.size for part in compiled.sections.values() if part.counts),
        machine=_Object(struct).sizes["machine"],
        needs=needs,
    )


def table(
    include: Path, build: Path, progress: Callable[[str], None] = lambda text: None
) -> tuple[str, list[Size]]:
    """Measure all there is: the table as text, and the sizes. `progress` is told what goes on."""
    ragel_form.make(build)
    sizes: list[Size] = []
    notes: list[str] = []
    widths = {form.name: len(form.title) + 2 for form in FORMS}
    heads = [f"{form.title:>{widths[form.name]}}" for form in FORMS]
    lines = [
        "Bytes of fire with its tables, without text. Of the generated header also: how much that"
        "\n  is of the switch; what is code and what tables; all its functions; its struct",
        f"  {'processor, compiler':<22}{''.join(heads)} | of switch  code + tables    all  struct",
    ]
    for compiler in COMPILERS:
        for level in ("-Os", "-O2"):
            progress(f"sizes, {compiler.target}, {compiler.name} {level}")
            row = {form.name: measure(form, compiler, level, include, build) for form in FORMS}
            found = [size for size in row.values() if size is not None]
            line = f"  {f'{compiler.target}, {compiler.name} {level}':<22}"
            if len(found) < len(FORMS):
                lines.append(f"{line}{compiler.command} is not installed")
                continue
            sizes += found
            generated, switch = row["generated"], row["switch"]
            assert generated and switch
            line += "".join(f"{size.fire:>{widths[size.form]},}" for size in found)
            line += f" |{generated.fire / switch.fire:>10.2f}"
            line += f"{f'{generated.code:,} + {generated.data:,}':>15}"
            line += f"{generated.everything:>7,}{generated.machine:>8}"
            lines.append(line)
            notes += [
                f"  not counted, called in the compiler's library: {', '.join(size.needs)}"
                f" ({size.form}; {size.target}, {size.compiler} {level})"
                for size in found
                if size.needs
            ]
    progress("")
    return "\n".join(lines + notes), sizes


def main() -> int:
    """Print the table, and with --json write the sizes."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the sizes to FILE too")
    options = parser.parse_args()
    text, sizes = table(ROOT / "build", ROOT / "build" / "bench" / "sizes")
    print(text)
    if options.json:
        options.json.write_text(json.dumps([asdict(size) for size in sizes], indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
