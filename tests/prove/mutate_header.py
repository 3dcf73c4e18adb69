"""Mutants of a generated header: one wrong number, condition or statement each, for tests that should notice.

    /usr/bin/python3 tests/prove/mutate_header.py HEADER        how many there are, of which kind

The header is read as C, without a thought of what its tables and functions are called: every number and every text in a `static
const` table, and in the functions every comparison, connection, arithmetic operator, number, constant, truth value, text, condition
(forced to be true, and to be false), `case` and statement. What lies in a block of the preprocessor is known by the macro that it asks for.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_TOKEN = re.compile(
    r"""(?P<blank>\s+|/\*.*?\*/|//[^\n]*)
    |(?P<directive>(?<=\n)\#(?:\\\n|[^\n])*)
    |(?P<string>"(?:\\.|[^"\\])*")
    |(?P<char>'(?:\\.|[^'\\])*')
    |(?P<number>0[xX][0-9A-Fa-f]+|\d+)[uUlL]*
    |(?P<word>[A-Za-z_]\w*)
    |(?P<operator><<=|>>=|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|.)""",
    re.S | re.X,
)
_SWAPS = {
    "<": ("<=", ">="),
    "<=": ("<", ">"),
    ">": (">=", "<="),
    ">=": (">", "<"),
    "==": ("!=",),
    "!=": ("==",),
    "&&": ("||",),
    "||": ("&&",),
    "+": ("-",),
    "%": ("/",),
    "/": ("%",),
    "|": ("&",),
    "^": ("|",),
    "<<": (">>",),
    ">>": ("<<",),
    "+=": ("-=", "="),
    "-=": ("+=", "="),
    "|=": ("&=", "="),
    "&=": ("|=", "="),
    "^=": ("|=", "="),
    "/=": ("*=",),
    "++": ("--",),
    "--": ("++",),
    "!": ("",),
    "~": ("",),
}
_WORDS = {"true": ("false",), "false": ("true",), "NULL": ()}
_NO_STATEMENT = ("return", "typedef", "static", "const", "unsigned", "size_t", "bool", "uint", "int", "char", "break", "case", "default")


@dataclass(frozen=True)
class Mutant:
    """One change of a header: what is between `begin` and `end` becomes `text`. `where`: the table or function; `macros`: those that
    the preprocessor must have (or, with a `!`, must not have) for this place to be compiled.
    """

    kind: str
    where: str
    begin: int
    end: int
    text: str
    line: int
    macros: frozenset[str]

    def of(self, header: str) -> str:
        """The mutated header."""
        return header[: self.begin] + self.text + header[self.end :]

    def shown(self, header: str) -> str:
        """The change, for people."""
        begin = header.rfind("\n", 0, self.begin) + 1
        end = header.find("\n", self.end)
        line = f"{header[begin:self.begin]}⟦{header[self.begin:self.end]}→{self.text}⟧{header[self.end:end]}"
        return f"line {self.line}, {self.where}, {self.kind}: {' '.join(line.split())}"


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    begin: int
    end: int


@dataclass(frozen=True)
class _Part:
    """A table or the body of a function: its name, and the tokens from one to before another."""

    kind: str
    name: str
    first: int
    last: int


class Mutation:
    """All mutants of one header."""

    def __init__(self, header: str) -> None:
        self._header = header
        self._tokens = [_Token(match.lastgroup or "", match.group(), *match.span()) for match in _TOKEN.finditer(header)]
        self._macros = dict(self._regions())
        begin = next(at for at, token in enumerate(self._tokens) if re.match(r"#if defined \w+_IMPLEMENTATION\b", token.text))
        self._code = [token for token in self._tokens[begin:] if token.kind not in ("blank", "directive")]
        self._closing = self._pairs()

    def mutants(self) -> list[Mutant]:
        """All of them, in the order of the header."""
        found: dict[tuple[int, int, str], Mutant] = {}
        for part in self._parts():
            for mutant in self._of_table(part) if part.kind == "table" else self._of_function(part):
                found.setdefault((mutant.begin, mutant.end, mutant.text), mutant)
        return sorted(found.values(), key=lambda mutant: (mutant.begin, mutant.end, mutant.text))

    # What there is

    def _regions(self) -> Iterator[tuple[int, frozenset[str]]]:
        """For where each token begins, what the preprocessor must have for it; of conditions only those that ask for one macro."""
        stack: list[str] = []
        for token in self._tokens:
            if token.kind == "directive":
                words = token.text.split()
                if words[0] in ("#ifdef", "#ifndef", "#if"):
                    stack.append("" if words[0] == "#if" else "!" * (words[0] == "#ifndef") + words[1])
                elif words[0] == "#else":
                    stack[-1] = stack[-1] and (stack[-1][1:] if stack[-1].startswith("!") else "!" + stack[-1])
                elif words[0] == "#elif":
                    stack[-1] = ""
                elif words[0] == "#endif":
                    stack.pop()
            yield token.begin, frozenset(filter(None, stack))

    def _pairs(self) -> dict[int, int]:
        """Where each bracket is closed."""
        closing = {}
        stack = []
        for at, token in enumerate(self._code):
            if token.text in ("(", "[", "{"):
                stack.append(at)
            elif token.text in (")", "]", "}"):
                closing[stack.pop()] = at
        assert not stack
        return closing

    def _parts(self) -> Iterator[_Part]:
        """Tables, at whatever depth, and functions (with the tables in them: those come first, and are left out later)."""
        at = 0
        while at < len(self._code):
            begin = at
            while self._code[at].text not in (";", "{"):
                at = self._closing[at] + 1 if self._code[at].text in ("(", "[") else at + 1
            head = self._code[begin:at]
            if self._code[at].text == ";":
                at += 1
                continue
            end = self._closing[at]
            if head[-1].text == ")":
                name = next(here.text for here, after in zip(head, head[1:]) if after.text == "(" and here.text != "__attribute__")
                yield from self._tables_in(at, end)
                yield _Part("function", name, at + 1, end)
                at = end + 1
            elif head[-1].text == "=":
                yield _Part("table", _named(head), at, end)
                at = end + 1
            else:  # a type, or numbers with names
                if head[0].text == "enum":
                    yield _Part("table", "enum", at, end)
                while self._code[at].text != ";":
                    at = self._closing[at] + 1 if self._code[at].text == "{" else at + 1

    def _tables_in(self, first: int, last: int) -> Iterator[_Part]:
        for begin, at, end in self._inner_tables(first, last):
            yield _Part("table", _named(self._code[begin:at]), at, end)

    def _inner_tables(self, first: int, last: int) -> Iterator[tuple[int, int, int]]:
        """Where the declaration of a table in a function begins, and where the table does and ends."""
        for at in range(first + 1, last):
            if self._code[at].text == "{" and self._code[at - 1].text == "=":
                begin = max(index for index in range(first, at) if self._code[index].text in (";", "{", "}", ":")) + 1
                yield begin, at, self._closing[at]

    # What can be wrong

    def _mutant(self, kind: str, part: _Part, first: int, last: int, text: str) -> Mutant:
        begin, end = self._code[first].begin, self._code[last].end
        line = self._header.count("\n", 0, begin) + 1
        return Mutant(kind, part.name, begin, end, text, line, self._macros[begin])

    def _of_table(self, part: _Part) -> Iterator[Mutant]:
        for at in range(part.first, part.last):
            token = self._code[at]
            if token.kind == "number":
                for text in _other_numbers(token.text):
                    yield self._mutant("number in a table", part, at, at, text)
            elif token.text == "-":
                yield self._mutant("number in a table", part, at, at, "")
            elif token.kind == "string":
                yield self._mutant("text in a table", part, at, at, _other_text(token.text))
            elif token.text in ("true", "false"):
                yield self._mutant("number in a table", part, at, at, *_WORDS[token.text])

    def _of_function(self, part: _Part) -> Iterator[Mutant]:
        skipped = {at for begin, _, end in self._inner_tables(part.first - 1, part.last) for at in range(begin, end + 1)}
        for at in range(part.first, part.last):
            if at not in skipped:
                yield from self._of_token(part, at)
                yield from self._of_statement(part, at, skipped)

    def _of_token(self, part: _Part, at: int) -> Iterator[Mutant]:
        token = self._code[at]
        if token.kind == "operator":
            binary = self._code[at - 1].kind in ("number", "word", "char") or self._code[at - 1].text in (")", "]")
            if token.text in _SWAPS:
                for text in _SWAPS[token.text]:
                    yield self._mutant("operator", part, at, at, text)
            elif token.text == "-" and binary:
                yield self._mutant("operator", part, at, at, "+")
            elif token.text == "&" and binary and self._code[at - 1].text != "return":
                yield self._mutant("operator", part, at, at, "|")
            elif token.text == "?":
                yield self._mutant("condition", part, at, at, "|| true ?")
                yield self._mutant("condition", part, at, at, "&& false ?")
        elif token.kind == "number":
            for text in _other_numbers(token.text):
                yield self._mutant("number", part, at, at, text)
        elif token.kind in ("string", "char"):
            yield self._mutant("text", part, at, at, _other_text(token.text))
        elif token.text in _WORDS:
            for text in _WORDS[token.text]:
                yield self._mutant("truth value", part, at, at, text)
        elif token.kind == "word" and token.text.isupper() and "_" in token.text and self._code[at + 1].text != "(":
            for sign in "+-":
                yield self._mutant("constant", part, at, at, f"({token.text} {sign} 1)")

    def _of_statement(self, part: _Part, at: int, skipped: set[int]) -> Iterator[Mutant]:
        token, before = self._code[at], self._code[at - 1].text
        if token.text in ("if", "while") and self._code[at + 1].text == "(":
            inside = self._header[self._code[at + 1].end : self._code[self._closing[at + 1]].begin]
            for forced in ("false && ", "true || ") if token.text == "if" else ("false && ",):
                yield self._mutant("condition", part, at + 1, self._closing[at + 1], f"({forced}({inside}))")
        elif token.text == "for":
            semicolon = next(index for index in range(at, part.last) if self._code[index].text == ";")
            yield self._mutant("condition", part, semicolon, semicolon, "; false &&")
        elif token.text in ("case", "default") and before in (";", "{", "}", ":"):
            colon = next(index for index in range(at, part.last) if self._code[index].text == ":")
            yield self._mutant("case", part, at, colon, "")
        elif before in (";", "{", "}", ":") and (token.kind == "word" or token.text in ("*", "--", "++", "(")):
            end = next(index for index in range(at, part.last) if self._code[index].text in (";", "{"))
            is_simple = self._code[end].text == ";" and not skipped.intersection(range(at, end))
            is_last = end + 1 == part.last and token.text == "return"
            is_kept = token.text.startswith(_NO_STATEMENT[2:]) and token.text not in ("break", "return")
            if is_simple and not is_last and not is_kept and not self._declares(at, end):
                yield self._mutant("statement", part, at, end, ";")

    def _declares(self, first: int, last: int) -> bool:
        """Does a statement declare something? Two words side by side do that, or a word, a star and a word, or `(void)`."""
        words = [token.text for token in self._code[first : last + 1]]
        if words[0] in ("return", "else") or words[:3] == ["(", "void", ")"] and words[4] == ";":
            return words[0] == "(" or words[0] == "else"
        kinds = [token.kind for token in self._code[first : last + 1]]
        return kinds[:2] == ["word", "word"] or (words[1] == "*" and words[0] != "*")


def mutants(header: str) -> list[Mutant]:
    """All mutants of a header."""
    return Mutation(header).mutants()


def _named(head: list[_Token]) -> str:
    """The name of a table: the word before its brackets."""
    names = [token.text for token in head if token.kind == "word"]
    brackets = [at for at, token in enumerate(head) if token.text == "["]
    return head[brackets[0] - 1].text if brackets else names[-1]


def _other_numbers(text: str) -> Iterator[str]:
    """One more, one less and none; of bits, those at either end of each side of the ones, and one in their middle."""
    digits = text.rstrip("uUlL")
    suffix = text[len(digits) :]
    number = int(digits, 0)
    if not digits.lower().startswith("0x"):
        yield from (f"{other}{suffix}" for other in sorted({number + 1, max(number - 1, 0), 0} - {number}))
        return
    low, high = (number & -number).bit_length() - 1, number.bit_length() - 1
    flips = {low, high, (low + high) // 2, high + 1, low - 1} if number else {0}
    yield from (f"0x{number ^ 1 << bit:X}{suffix}" for bit in sorted(flips) if 0 <= bit < 64)


def _other_text(text: str) -> str:
    """The text with another letter in its middle."""
    quote, inside = text[0], text[1:-1]
    pieces = re.findall(r"\\(?:x[0-9A-Fa-f]+|[0-7]{1,3}|.)|.", inside, re.S)
    if not pieces:
        return f"{quote}~{quote}"
    middle = len(pieces) // 2
    pieces[middle] = "~" if pieces[middle] != "~" else "-"
    return quote + "".join(pieces) + quote


def main() -> int:
    """Says of each header how many mutants it has."""
    for name in sys.argv[1:]:
        header = Path(name).read_text(encoding="utf-8")
        found = mutants(header)
        kinds = Counter(mutant.kind for mutant in found)
        print(f"{name}: {len(found)} mutants: {', '.join(f'{count} {kind}' for kind, count in kinds.most_common())}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
