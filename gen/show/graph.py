"""The picture of a lifecycle in Graphviz's language, and what Graphviz makes of it."""

import textwrap
from xml.etree import ElementTree

import output
from model import Lifecycle
from problems import UsageError
from scratch import run_program
from show.arrows import Arrows
from show.boxes import Boxes
from show.drawing import Drawing
from show.places import Places

ENDINGS = ("dot", "svg", "png")
"""The endings of the files that a picture can be written to."""

_HEADING = 60
"""The most letters of a line of the picture's title."""
_DOTS_PER_INCH = 144
_SVG = "{http://www.w3.org/2000/svg}"


def picture(model: Lifecycle, ending: str) -> str | bytes:
    """The picture in the form that a file's ending asks for. Raises UsageError if Graphviz is not there or fails."""
    if ending == "png":
        return _graphviz(dot(model), "png", f"-Gdpi={_DOTS_PER_INCH}")
    return dot(model) if ending == "dot" else svg(model)


def dot(model: Lifecycle) -> str:
    """The picture as a graph in Graphviz's language."""
    return _source(model, draw(model), True)


def svg(model: Lifecycle, heading: bool = True) -> str:
    """The picture as SVG, which says in words what it shows; a page that has a heading of its own wants none in it.

    Raises UsageError if Graphviz is not there or fails.
    """
    drawing = draw(model)
    drawn = ElementTree.fromstring(_graphviz(_source(model, drawing, heading), "svg"))
    # Graphviz's own identifiers could be those of a page that the picture is put into, and its titles name its nodes.
    for element in drawn.iter():
        element.attrib.pop("id", None)
        for title in element.findall(f"{_SVG}title"):
            element.remove(title)
    for name, text in (("desc", _description(drawing)), ("title", model.title)):
        named = ElementTree.Element(_SVG + name, {"id": f"picture-{name}"})
        named.text = text
        drawn.insert(0, named)
    drawn.attrib.update({"role": "img", "aria-labelledby": "picture-title", "aria-describedby": "picture-desc"})
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


def _description(drawing: Drawing) -> str:
    """The picture's main line in words."""
    titles = {box.name: " ".join(box.title) for box in drawing.every_box}
    return "The way to the end: " + ", then ".join(titles[name] for name in drawing.spine) + "."


def _source(model: Lifecycle, drawing: Drawing, heading: bool) -> str:
    title = (textwrap.wrap(model.title, _HEADING) or [model.name]) if heading else []
    source = output.render("show/graph.dot.j2", model=model, title=title, drawing=drawing)
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
