"""The picture of a lifecycle in Graphviz's language, and what Graphviz makes of it."""

import textwrap
from xml.etree import ElementTree

import output
from model import Lifecycle
from problems import UsageError
from scratch import run_program
from show.arrows import Arrows
from show.boxes import Boxes
from show.drawing import RULES, Drawing
from show.places import Places

ENDINGS = ("dot", "svg", "png")
"""The endings of the files that a picture can be written to."""

_HEADING = 60
"""The most letters of a line of the picture's title."""
_DOTS_PER_INCH = 144
_SVG, _XLINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}"
_TO_RULES = "#rules"
"""The address of a list of rules in a box, until each of them has its own."""


def picture(model: Lifecycle, ending: str) -> str | bytes:
    """The picture in the form that a file's ending asks for. Raises UsageError if Graphviz is not there or fails."""
    if ending == "png":
        return _graphviz(dot(model), "png", f"-Gdpi={_DOTS_PER_INCH}")
    return dot(model) if ending == "dot" else svg(model)


def dot(model: Lifecycle) -> str:
    """The picture as a graph in Graphviz's language."""
    return _source(model, draw(model), False)


def svg(model: Lifecycle, in_page: bool = False) -> str:
    """The picture as SVG, which says in words what it shows.

    In a reference page, which has a heading of its own, it has none, and states and rules link to their sections
    (`#state-NAME`, `#rule-NAME`). Raises UsageError if Graphviz is not there or fails.
    """
    drawing = draw(model)
    drawn = ElementTree.fromstring(_graphviz(_source(model, drawing, in_page), "svg"))
    # Graphviz's own identifiers could be those of a page that the picture is put into, and its titles name its nodes.
    for element in drawn.iter():
        element.attrib.pop("id", None)
        for title in element.findall(f"{_SVG}title"):
            element.remove(title)
    for name, text in (("desc", _description(drawing)), ("title", model.title)):
        named = ElementTree.Element(_SVG + name, {"id": f"picture-{name}"})
        named.text = text
        drawn.insert(0, named)
    _address_links(drawn)
    # Nothing in an `img` can be followed.
    role = "group" if in_page else "img"
    drawn.attrib.update({"role": role, "aria-labelledby": "picture-title", "aria-describedby": "picture-desc"})
    ElementTree.register_namespace("", _SVG.strip("{}"))
    return ElementTree.tostring(drawn, encoding="unicode") + "\n"


def draw(model: Lifecycle) -> Drawing:
    """What the picture of a lifecycle shows."""
    places = Places(model)
    boxes = Boxes(model, places)
    return Drawing(
        boxes=boxes.outside(),
        frames=boxes.frames(),
        arrows=tuple(Arrows(model, places).arrows()),
        spine=tuple(places.name(place) for place in range(len(places.spine))),
        nowhere=boxes.nowhere(),
    )


def _address_links(drawn: ElementTree.Element) -> None:
    """Gives links their addresses as pages have them, and each rule in a list of them its own."""
    for element in list(drawn.iter(f"{_SVG}a")):
        address = element.get(f"{_XLINK}href", "")
        element.attrib = {"href": address}
        if address == _TO_RULES:
            element.tag, element.attrib = f"{_SVG}g", {}
            for line in list(element.iter(f"{_SVG}text")):
                _link_rules(line)


def _link_rules(line: ElementTree.Element) -> None:
    """Makes links of the names in a line of a list of rules."""
    names = (line.text or "").split(", ")
    line.text = ""
    for number, name in enumerate(names):
        link = ElementTree.SubElement(line, f"{_SVG}a", {"href": f"#rule-{name.rstrip(',')}"})
        link.text = name.rstrip(",")
        link.tail = ", " if number < len(names) - 1 else "," if name.endswith(",") else ""


def _description(drawing: Drawing) -> str:
    """The picture's main line in words."""
    titles = {box.name: " ".join(box.title) for box in drawing.every_box}
    return "The way to the end: " + ", then ".join(titles[name] for name in drawing.spine) + "."


def _source(model: Lifecycle, drawing: Drawing, in_page: bool) -> str:
    title = [] if in_page else (textwrap.wrap(model.title, _HEADING) or [model.name])
    source = output.render(
        "show/graph.dot.j2",
        model=model,
        title=title,
        drawing=drawing,
        linked=in_page,
        rules_heading=RULES,
        rules_link=_TO_RULES,
    )
    # Graphviz would take \N and the like for something to be filled in; the template has no backslash of its own.
    return source.replace("\\", "\\\\")


def _graphviz(source: str, form: str, *options: str) -> bytes:
    try:
        done = run_program(["dot", f"-T{form}", *options], standard_input=source.encode("utf-8"))
    except OSError as error:
        raise UsageError(f"Graphviz's `dot` cannot be run: {error.strerror}; run gen/setup") from None
    if done.status != 0:
        raise UsageError(f"Graphviz does not draw the picture:\n{done.errors}")
    return done.output
