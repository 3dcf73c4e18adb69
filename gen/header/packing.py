"""How tables are laid out in C: lists one after another, small types, and the denser forms of NAME_SMALL.

Dense are bit-fields instead of bytes; several cells in one word; and, instead of masks of 64 bits, ranges of 16-bit fields.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from machine.tables import Masks

Entry = TypeVar("Entry")

UNIT = 16
"""Bits of the units that bit-fields are packed into; a column that needs more gets a unit twice as large."""
WORD = 32
"""Bits of the words that cells are packed into, if a line does not fit into a smaller one."""


class Lists(Generic[Entry]):
    """Lists in one array, one after another. A list that is the end of another is there already. `start` is where a list begins."""

    def __init__(self, lists: Iterable[tuple[Entry, ...]]) -> None:
        self.lists: list[tuple[Entry, ...]] = []
        self.start: dict[tuple[Entry, ...], int] = {}
        self.length = 0
        for entries in sorted(dict.fromkeys(lists), key=len, reverse=True):
            if entries not in self.start:
                for at in range(len(entries)):
                    self.start.setdefault(entries[at:], self.length + at)
                self.lists.append(entries)
                self.length += len(entries)


def smallest(most: int) -> str:
    """The smallest unsigned type that holds 0 to `most`."""
    return "uint8_t" if most <= 0xFF else "uint16_t" if most <= 0xFFFF else "uint32_t"


def fields(*columns: tuple[str, int, int]) -> list[str]:
    """The bit-fields of a struct, as declarations of C. A column is its name, and the least and the most that it holds.

    One that would cross a byte begins at the next if that does not take another unit, and the one before it is so much wider: compilers
    read bytes with less code.
    """
    wide = [_width(least, most) for _, least, most in columns]
    unit = UNIT if max(wide) <= UNIT else 2 * UNIT
    units = -(-sum(wide) // unit)
    at = 0
    for index, width in enumerate(wide):
        gap = -at % 8
        if gap and at % 8 + width > 8 and wide[index - 1] + gap <= unit and -(-(at + gap + sum(wide[index:])) // unit) == units:
            wide[index - 1] += gap
            at += gap
        at += width
    signs = ("int" if least < 0 else "uint" for _, least, _ in columns)
    return [f"{sign}{unit}_t {name} : {width};" for sign, (name, _, _), width in zip(signs, columns, wide, strict=True)]


def _width(least: int, most: int) -> int:
    """The bits that hold the numbers from `least` to `most`."""
    return max(most.bit_length(), (-least - 1).bit_length() if least < 0 else 0) + (least < 0) or 1


_SIZES = (1, 2, 4, 8, 16, WORD)
"""Bits of a cell."""


@dataclass(frozen=True)
class Cells:
    """Lines of small numbers, packed: `bits` to a cell, the first of a word of `word` bits in its lowest bits."""

    bits: int
    word: int
    lines: list[list[int]]

    @property
    def in_word(self) -> int:
        """How many cells are in a word."""
        return self.word // self.bits

    @property
    def most(self) -> int:
        """The largest number that a cell can hold."""
        return (1 << self.bits) - 1


def cells(lines: Sequence[Sequence[int]], bits: int) -> Cells:
    """Packs lines of numbers from 0, each of which has so many bits."""
    word = next((size for size in (8, 16) if max(map(len, lines)) * bits <= size), WORD)
    packed = []
    for line in lines:
        parts = (line[at : at + word // bits] for at in range(0, len(line), word // bits))
        packed.append([sum(number << bits * place for place, number in enumerate(part)) for part in parts])
    return Cells(bits, word, packed)


def bits_for(most: int) -> int:
    """How many bits a cell has that holds the numbers from 0 to `most`."""
    return next(bits for bits in _SIZES if most < 1 << bits)


@dataclass(frozen=True)
class Shift:
    """How numbers fit into cells of `bits` bits, of which the highest number is left over as a sign for None: in the `order` of the
    lines, `less` is taken off the numbers of those from place `begin` on. That is a power of two, and `place // begin` is 0 or 1.
    """

    bits: int
    order: list[int]
    begin: int
    less: int


def shift(lines: Sequence[Sequence[int | None]]) -> Shift:
    """The smallest cells for some lines of numbers."""
    numbers = [[number for number in line if number is not None] for line in lines]
    largest = max(max(line, default=0) for line in numbers)
    begin = 1 << max((len(lines) - 1).bit_length() - 1, 0)
    for bits in _SIZES:
        room = (1 << bits) - 1
        less = max(largest - room + 1, 0)
        high = [max(line, default=0) >= room for line in numbers]
        low = [min(line, default=less) < less for line in numbers]
        order = [line for kind in (-1, 0, 1) for line in range(len(lines)) if high[line] - low[line] == kind]
        if not any(high[line] for line in order[:begin]) and not any(low[line] for line in order[begin:]):
            return Shift(bits, order, begin, less)
    raise AssertionError("no numbers are so large")


@dataclass(frozen=True)
class Range:
    """Bits that some 16-bit fields of a machine have in common, from field `first` to field `last`. `other` is the number of a
    further range that belongs to the same mask, 0 if there is none.

    Bits with the highest are a number below 0, of which the highest of fewer bits says enough: all bits of a count are -1.
    """

    first: int
    last: int
    bits: int
    other: int


def ranges(masks: Sequence[Masks]) -> list[Range]:
    """For each mask its first range; behind them all the others. The first mask is the one without bits."""
    found: list[Range] = []
    more: list[Range] = []
    for mask in masks:
        pieces = _pieces(mask) or [(0, 0, 0)]
        others = range(len(masks) + len(more), len(masks) + len(more) + len(pieces) - 1)
        found.append(Range(*pieces[0], others[0] if others else 0))
        more += [Range(*piece, other + 1 if other + 1 in others else 0) for piece, other in zip(pieces[1:], others, strict=True)]
    return [replace(item, bits=item.bits - (item.bits >> 15 << 16)) for item in found + more]


def _pieces(mask: Masks) -> list[tuple[int, int, int]]:
    """A mask as (first field, last field, bits), neighbours with the same bits in one."""
    found: list[tuple[int, int, int]] = []
    for word, bits in mask:
        for index in range(4):
            field, part = 4 * word + index, bits >> 16 * index & 0xFFFF
            if part and found and found[-1][1:] == (field - 1, part):
                found[-1] = (found[-1][0], field, part)
            elif part:
                found.append((field, field, part))
    return found
