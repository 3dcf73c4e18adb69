"""`lastcall graph`: what the picture shows, that nothing in it overlaps, and what is answered to wrong use."""

import functools
import itertools
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

import interpret  # the generator's, found by lastcall.py
import random_lifecycles
from judge.possible import possible
from lastcall import command, lastcall
from show.families import families
from show.graph import draw
from show.spine import spine
from views import CROOKED_TITLE, NAMES, SPECS, boxes, labels, model, spec, steps, words


@functools.cache
def picture(name: str, folder: Path) -> ElementTree.Element:
    """The picture of a lifecycle, as SVG."""
    path = folder / f"{name}.svg"
    run = lastcall("graph", spec(name, folder), "-o", path)
    assert (run.status, run.stdout, run.stderr) == (0, "", "")
    return ElementTree.parse(path).getroot()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the pictures of this module lie."""
    return tmp_path_factory.mktemp("pictures")


# --------------------------------------------------------------------------------------------- what it shows

@pytest.mark.parametrize("name", NAMES)
def test_every_state_and_event_is_in_the_picture(name: str, folder: Path) -> None:
    """States by name and title, events by name or, where one key makes several, by their common name."""
    lifecycle = model(name, folder)
    drawn = picture(name, folder)
    shown = words("".join(drawn.itertext()))
    for state in lifecycle.states:
        assert state.name in shown
        assert words(state.title) in shown
    reached = {event for row in possible(lifecycle) for event, found in enumerate(row or ()) if found.outcomes}
    for family in families(lifecycle, reached):
        assert words(family.label) in shown


def test_events_of_one_key_are_shown_as_one(folder: Path) -> None:
    """Six events that open objects make one label and not six."""
    shown = words("".join(picture("mapi_session", folder).itertext()))
    assert "open_…×6" in shown
    assert "open_message_store" not in shown


def test_rules_that_reject_are_shown_in_the_state(folder: Path) -> None:
    """What rejects in a state stands in its box, or in the frame's heading if it rejects in all of a frame."""
    found = {box.text.split("\n")[0]: words(box.text) for box in boxes(picture("mapi_session", folder))}
    assert "rulesobjects-invalid,unadvise-first" in found["1"]
    assert "rulesrelease-objects-first" in found["2"]
    assert "ending-gives-back-only" not in found["1"], "it rejects in all four ending states"
    assert "ending-gives-back-only" in "".join(picture("mapi_session", folder).itertext())


def test_what_cannot_come_about_is_not_shown(folder: Path) -> None:
    """With registrations left nothing else can be given back, though the spec has moves for it."""
    lifecycle = model("mapi_session", folder)
    state = {each.name: index for index, each in enumerate(lifecycle.states)}
    event = {each.name: index for index, each in enumerate(lifecycle.events)}
    table = possible(lifecycle)
    assert not table[state["advised"]][event["release_message_store"]].outcomes
    assert not table[state["objects_open"]][event["mapi_free_buffer"]].outcomes
    targets = {outcome.target for outcome in table[state["objects_open"]][event["release_message_store"]].outcomes}
    assert targets == {state["objects_open"], state["entry_ids_cached"], state["ready_to_log_off"]}


@pytest.mark.parametrize("name", NAMES)
def test_whatever_comes_about_was_thought_possible(name: str, folder: Path) -> None:
    """Random walks: each accepted event leads where the picture says it may, each failing need was expected."""
    lifecycle = model(name, folder)
    table = possible(lifecycle)
    for seed in range(10):
        for now, event, arguments in steps(lifecycle, seed, 200):
            found = table[now.state][event]
            verdict = interpret.judge(lifecycle, now, event, arguments)
            if verdict.accepted:
                after = interpret.outcome(lifecycle, now, event, arguments)
                expected = [(each.target, each.branch) for each in found.outcomes]
                assert (after.configuration.state, after.branch) in expected
            elif verdict.reason == interpret.NEED:
                assert verdict.rule in found.failing


def test_where_there_is_an_else_there_is_an_if(folder: Path) -> None:
    """At the other arrows of the state, in its box (where the event may leave it as it is), or in a frame."""
    seen = 0
    for lifecycle in (*(model(name, folder) for name in NAMES), *map(random_lifecycles.lifecycle, range(300))):
        drawing = draw(lifecycle)
        state = {box.name: box.state for box in drawing.every_box}
        conditions: dict[str, set[str]] = {name: set() for name in state.values()}
        for arrow in drawing.arrows:
            conditions[state[arrow.tail]].update(label.condition for label in arrow.labels)
        for box in drawing.every_box:
            listed = ", ".join(line for each in box.lists for line in each.lines).split(", ")
            conditions[box.state].update(word.partition("\u00a0")[2].replace("\u00a0", " ") for word in listed)
        for found in conditions.values():
            if "else" in found:
                seen += 1
                assert any(condition.startswith("if ") for condition in found), drawing
    assert seen > 10


# ------------------------------------------------------------------------------------------------- the spine

WAYS = {
    "mapi_session": "mapi_uninitialized initialized logged_on advised objects_open entry_ids_cached ready_to_log_off "
    "logged_off initialized mapi_uninitialized",
    "message_service": "installed in_install_entry dll_deleted",
    "database_connection": "closed ready in_transaction ready closed",
    "retries": "idle connecting connected draining closing closed",
    "one": "graph",
    "crooked": "node edge",
}


@pytest.mark.parametrize("name", NAMES)
def test_the_spine_goes_from_the_beginning_through_work_and_the_steps_to_the_end(name: str, folder: Path) -> None:
    """The way is found in the model; nobody names it."""
    lifecycle = model(name, folder)
    assert " ".join(lifecycle.states[state].name for state in spine(lifecycle, possible(lifecycle))) == WAYS[name]


@pytest.mark.parametrize("name", NAMES)
def test_the_spine_runs_straight_from_top_to_bottom(name: str, folder: Path) -> None:
    """The boxes of the spine lie one below the other, in their order."""
    found = sorted(boxes(picture(name, folder)), key=lambda box: box.top)
    way = WAYS[name].split()
    copies = {state: iter([box for box in found if state in box.text.split("\n")]) for state in way}
    on_spine = [next(copies[state]) for state in way]
    for above, below in itertools.pairwise(on_spine):
        assert above.bottom < below.top
        assert abs(above.middle - below.middle) < 6


def test_the_steps_are_numbered_from_top_to_bottom(folder: Path) -> None:
    """The numbers of the procedure stand at the boxes, in order."""
    found = sorted(boxes(picture("mapi_session", folder)), key=lambda box: box.top)
    numbers = [line for box in found for line in box.text.split("\n")[:1] if line.isdigit()]
    assert numbers == ["1", "2", "3", "4", "5", "6", "8"]


# ------------------------------------------------------------------------------------------------ the layout

@pytest.mark.parametrize("name", NAMES)
def test_nothing_overlaps(name: str, folder: Path) -> None:
    """No box lies on another one, no label of an arrow on a box or on another label."""
    drawn = picture(name, folder)
    for one, other in itertools.combinations([*boxes(drawn), *labels(drawn)], 2):
        assert not one.overlaps(other), (one, other)


@pytest.mark.parametrize("name", NAMES)
def test_all_of_it_is_on_the_paper(name: str, folder: Path) -> None:
    """What is drawn lies in the picture's frame; the pictures of MAPI fit a page and can be read on it."""
    drawn = picture(name, folder)
    width, height = (float(str(drawn.get(side)).removesuffix("pt")) for side in ("width", "height"))
    for area in (*boxes(drawn), *labels(drawn)):
        assert 0 <= area.right - area.left <= width
        assert -height <= area.top and area.bottom <= 0
    if name != "crooked":
        assert width <= 1000 and height <= 1200


def test_the_legend_explains_what_is_there(folder: Path) -> None:
    """What a picture has not is not explained in it."""
    assert "a step of the procedure" in "".join(picture("mapi_session", folder).itertext())
    assert "a step of the procedure" not in "".join(picture("message_service", folder).itertext())
    assert "drawn above already" in "".join(picture("mapi_session", folder).itertext())
    assert "another move" not in "".join(picture("one", folder).itertext())


# ----------------------------------------------------------------------------------------- forms and escaping

def test_the_svg_says_what_it_shows(folder: Path) -> None:
    """For those who do not see it: a role, a title and the way in words; and no identifiers but those."""
    drawn = picture("message_service", folder)
    title, description = drawn[0], drawn[1]
    assert drawn.get("role") == "img"
    assert (drawn.get("aria-labelledby"), drawn.get("aria-describedby")) == (title.get("id"), description.get("id"))
    assert title.text == "Deleting the DLL of a service provider"
    assert str(description.text).startswith("The way to the end: the provider is installed, then in the entry point")
    assert len([element for element in drawn.iter() if element.get("id")]) == 2


def test_texts_are_taken_as_they_are(folder: Path) -> None:
    """Nothing in a title is taken for markup, for an escape of Graphviz, or for a keyword of its language."""
    drawn = picture("crooked", folder)
    assert drawn.find(f".//{{*}}script") is None
    shown = words("".join(drawn.itertext()))
    assert words(CROOKED_TITLE) in shown
    assert words(r"<b>bold</b> & <TABLE> \N \E `code` *star* _under_ [link](http://x) | pipe") in shown


def test_the_endings_decide_the_form(tmp_path: Path) -> None:
    """DOT that Graphviz reads, a PNG, and an SVG without a word of the tool that drew it."""
    for ending in ("dot", "png", "svg"):
        assert lastcall("graph", SPECS["message_service"], "-o", tmp_path / f"picture.{ending}").status == 0
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG\r\n")
    assert "raphviz" not in (tmp_path / "picture.svg").read_text(encoding="utf-8")
    subprocess.run(["dot", "-Tcanon", tmp_path / "picture.dot"], check=True, capture_output=True)


def test_the_same_spec_gives_the_same_bytes(tmp_path: Path, folder: Path) -> None:
    """Whatever order Python's sets have, which is another one in each process."""
    picture("mapi_session", folder)
    run = command("graph", SPECS["mapi_session"], "-o", tmp_path / "again.svg", PYTHONHASHSEED="1")
    assert run.status == 0
    assert (tmp_path / "again.svg").read_bytes() == (folder / "mapi_session.svg").read_bytes()


# ------------------------------------------------------------------------------------------------- wrong use

@pytest.mark.parametrize("file", ["picture.pdf", "picture", "-", "svg", "picture.svg.gz", "picture.html"])
def test_another_ending_is_wrong_use(file: str, tmp_path: Path) -> None:
    """The message names the endings that there are."""
    run = lastcall("graph", SPECS["message_service"], "-o", tmp_path / file if file != "-" else file)
    assert run.status == 2
    assert "it is one of .dot, .svg, .png" in run.stderr
    assert list(tmp_path.iterdir()) == []


def test_without_graphviz_the_way_out_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DOT needs no Graphviz; the other forms say how to get it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    run = lastcall("graph", SPECS["message_service"], "-o", tmp_path / "picture.svg")
    assert run.status == 2
    assert "run gen/setup" in run.stderr
    assert list(tmp_path.iterdir()) == []
    assert lastcall("graph", SPECS["message_service"], "-o", tmp_path / "picture.dot").status == 0


def test_a_faulty_spec_is_said_and_nothing_is_written(tmp_path: Path) -> None:
    """A picture that was there stays."""
    bad, drawn = tmp_path / "bad.yaml", tmp_path / "bad.svg"
    bad.write_text("lifecycle: bad\nstates: {a: {initial: yes}}\nevents: {go: {moves: {a: b}}}\n", encoding="utf-8")
    drawn.write_text("before", encoding="utf-8")
    run = lastcall("graph", bad, "-o", drawn)
    assert run.status == 1
    assert f"{bad}:3:" in run.stderr
    assert drawn.read_text(encoding="utf-8") == "before"


def test_a_file_that_cannot_be_read_or_written_is_said(tmp_path: Path) -> None:
    """Status 2, and no traceback."""
    for run in (
        lastcall("graph", tmp_path / "none.yaml", "-o", tmp_path / "picture.svg"),
        lastcall("graph", SPECS["message_service"], "-o", "/proc/none/picture.svg"),
    ):
        assert run.status == 2
        assert run.stderr.startswith("lastcall: error: ")
    assert list(tmp_path.iterdir()) == []
