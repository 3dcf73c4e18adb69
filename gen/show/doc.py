"""The reference page of a lifecycle, as HTML (one file that needs nothing else) or as Markdown."""

import re

from markupsafe import Markup

import output
from model import Lifecycle
from show.graph import svg
from show.reference import reference

ENDINGS = ("html", "md")
"""The endings of the files that a page can be written to."""

_DOTS_PER_POINT = 96 / 72
_ADDRESS = re.compile(r"https?://[^\s<>\"'`\\|]+")


def page(model: Lifecycle, ending: str) -> str:
    """The page in the form that a file's ending asks for. Raises UsageError if its picture cannot be drawn."""
    picture = svg(model, in_page=True) if ending == "html" else ""
    return output.render(
        f"show/doc.{ending}.j2",
        model=model,
        content=reference(model),
        picture=Markup(picture),
        picture_width=_width(picture),
        summary=_summary(model),
        is_address=is_address,
        md=markdown,
        code=markdown_code,
    )


def _width(picture: str) -> int:
    """How wide an SVG is in its own size, in the dots of a page; 0 if there is none."""
    found = re.search(r'<svg [^>]*width="([0-9]+)pt"', picture)
    return round(int(found[1]) * _DOTS_PER_POINT) if found else 0


def _summary(model: Lifecycle) -> str:
    """How many there are of what there is: `2 states, 1 event`."""
    kinds = ("state", "event", "holding", "fact", "rule")
    numbers = [len(getattr(model, f"{kind}s")) for kind in kinds]
    return ", ".join(f"{number} {kind}{'s' if number > 1 else ''}" for number, kind in zip(numbers, kinds) if number)


def is_address(text: str | None) -> bool:
    """Is a source an address of the web, which a page may link to? Anything else is a text."""
    return text is not None and _ADDRESS.fullmatch(text) is not None


def markdown(text: str) -> str:
    """A text in Markdown in which every sign stands for itself, also in a table, or where a line begins with it."""
    escaped = re.sub(r"([\\`*_{}\[\]<>()#+!|~&$^=-])", r"\\\1", text.strip())
    return re.sub(r"^([0-9]+)\.", r"\1\\.", escaped)


def markdown_code(text: str) -> str:
    """A text as code in Markdown, also in a table."""
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    padding = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{padding}{text}{padding}{fence}".replace("|", r"\|")
