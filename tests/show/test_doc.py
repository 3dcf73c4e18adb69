"""`lastcall doc`: the reference page says what the model says, is a sound page, and is one in a real browser, too."""

import functools
import itertools
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest

import browser
import interpret  # the generator's, found by lastcall.py
from judge.possible import possible
from lastcall import command, commands, lastcall
from read.spec import read
from show.drawing import RULES
from show.families import families
from show.graph import draw
from show.session import shortest_session
from show.spine import spine
from views import CROOKED_TITLE, NAMES, SPECS, Lifecycle, model, spec, words

VOID = {"meta", "br", "wbr"}


@dataclass
class Element:
    """An element of a page."""

    tag: str
    attributes: dict[str, str]
    parent: "Element | None" = None
    children: list["Element | str"] = field(default_factory=list)

    def all(self, *tags: str) -> Iterator["Element"]:
        """The elements inside of it that have one of some tags, or all; in order."""
        for child in self.children:
            if isinstance(child, Element):
                if not tags or child.tag in tags:
                    yield child
                yield from child.all(*tags)

    @property
    def text(self) -> str:
        return "".join(child if isinstance(child, str) else child.text for child in self.children)

    def get(self, name: str) -> str | None:
        return self.attributes.get(name)


class Reader(HTMLParser):
    """Builds the tree of a page; every end tag must end what was opened last."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.top = self.now = Element("", {})
        self.feed(text)
        self.close()
        assert self.now is self.top, f"<{self.now.tag}> is not ended"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), f"an attribute of <{tag}> is there twice"
        element = Element(tag, {name: value or "" for name, value in attrs}, self.now)
        self.now.children.append(element)
        if tag not in VOID:
            self.now = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert any(element.tag == "svg" for element in self.path()), f"<{tag}/> is for pictures only"
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.now.tag == tag, f"</{tag}> ends <{self.now.tag}>"
        assert self.now.parent is not None
        self.now = self.now.parent

    def handle_data(self, data: str) -> None:
        self.now.children.append(data)

    def path(self) -> Iterator[Element]:
        """What the present place is inside of."""
        at: Element | None = self.now
        while at is not None:
            yield at
            at = at.parent


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the pages of this module lie."""
    return tmp_path_factory.mktemp("pages")


@functools.cache
def written(name: str, ending: str, folder: Path) -> Path:
    """The page of a lifecycle."""
    path = folder / f"{name}.{ending}"
    run = lastcall("doc", spec(name, folder), "-o", path)
    assert (run.status, run.stdout, run.stderr) == (0, "", "")
    return path


@functools.cache
def page(name: str, folder: Path) -> Element:
    """The page of a lifecycle, as HTML."""
    return Reader(written(name, "html", folder).read_text(encoding="utf-8")).top


def by_id(top: Element, identifier: str) -> Element:
    return next(element for element in top.all() if element.get("id") == identifier)


# ------------------------------------------------------------------------------------------------ what it says

@pytest.mark.parametrize("name", NAMES)
def test_everything_that_is_declared_has_its_place(name: str, folder: Path) -> None:
    """States, choices, events, holdings, groups, facts, rules: each with an address, its name and its title."""
    lifecycle, top = model(name, folder), page(name, folder)
    for kind in ("state", "choice", "event", "holding", "group", "fact", "rule"):
        for each in getattr(lifecycle, f"{kind}s"):
            place = by_id(top, f"{kind}-{each.name}")
            assert each.name in place.text
            assert words(getattr(each, "title", "")) in words(place.text)
            assert words(getattr(each, "call", None) or "") in words(place.text) or kind == "holding"


@pytest.mark.parametrize("name", NAMES)
def test_each_rule_has_its_source(name: str, folder: Path) -> None:
    """As a link, if it is an address."""
    top = page(name, folder)
    for rule in model(name, folder).rules:
        if rule.source:
            place = by_id(top, f"rule-{rule.name}")
            links = [link.get("href") for link in place.all("a")]
            assert (rule.source in links) == bool(re.fullmatch(r"https?://[^\"<> ]+", rule.source))
            assert rule.source in place.text


@pytest.mark.parametrize("name", NAMES)
def test_each_invariant_says_where_it_holds_and_what(name: str, folder: Path) -> None:
    """On both pages: its title, the states that it is about unless that is all, whether it is about the end, its condition."""
    lifecycle, top = model(name, folder), page(name, folder)
    text = written(name, "md", folder).read_text(encoding="utf-8")
    assert ("What always holds" in top.text) == ("## What always holds" in text) == bool(lifecycle.always)
    for invariant in lifecycle.always:
        place = by_id(top, f"invariant-{invariant.name}")
        states = [lifecycle.states[state].name for state in invariant.states]
        named = states if len(states) < len(lifecycle.states) else []
        assert words(invariant.title) in words(place.text)
        assert [link.get("href") for link in place.all("a")] == [f"#state-{state}" for state in named]
        assert ("at the end" in place.text) == invariant.finished
        assert next(code for code in reversed(list(place.all("code")))).text == invariant.condition.text
        section = text.partition(f'<a id="invariant-{invariant.name}"></a>')[2].partition("\n#")[0]
        assert re.findall(r"\(#state-(\w+)\)", section) == named
        assert ("t the end" in section) == invariant.finished
        assert section.rstrip().endswith(f": `{invariant.condition.text}`.")


@pytest.mark.parametrize("name", NAMES)
def test_the_table_says_what_each_event_does_in_each_state(name: str, folder: Path) -> None:
    """Where it leads and which rules may reject it, or that it is rejected and by which rule."""
    assert_tables_say(page(name, folder), model(name, folder))


def test_many_states_make_several_tables(tmp_path: Path) -> None:
    """Of about the same width, so that each fits into a page; together they have each state once, in order."""
    lifecycle = read(str(long_way(19, tmp_path)))
    assert lastcall("doc", tmp_path / "long_way.yaml", "-o", tmp_path / "long_way.html").status == 0
    top = Reader((tmp_path / "long_way.html").read_text(encoding="utf-8")).top
    assert assert_tables_say(top, lifecycle) == [6, 6, 7]


def long_way(count: int, folder: Path) -> Path:
    """The spec of a lifecycle with so many states."""
    states = "".join(f"  place_{number}: {{initial: {'no' if number else 'yes'}}}\n" for number in range(count - 1))
    moves = ", ".join(f"place_{number}: place_{number + 1}" for number in range(count - 2))
    text = f"lifecycle: long_way\nstates:\n{states}  the_end: {{final: yes}}\n"
    text += f"events:\n  go: {{moves: {{{moves}}}}}\n  arrive: {{moves: {{place_{count - 2}: the_end}}}}\n"
    (folder / "long_way.yaml").write_text(text, encoding="utf-8")
    return folder / "long_way.yaml"


def assert_tables_say(top: Element, lifecycle: Lifecycle) -> list[int]:
    """Holds the tables of what happens when against the model; gives the number of states of each."""
    expected = families(lifecycle, range(len(lifecycle.events)))
    states = 0
    widths = []
    for table in (table for table in top.all("table") if table.get("class") == "matrix"):
        head, *rows = table.all("tr")
        names = [cell.text.split()[-1] for cell in head.all("th")][1:]
        assert names == [state.name for state in lifecycle.states[states : states + len(names)]]
        assert [next(row.all("th")).text for row in rows] == [family.label for family in expected]
        for row, family in zip(rows, expected):
            cells = list(row.all("td"))
            assert len(cells) == len(names)
            for state, cell in enumerate(cells, states):
                assert cell_says(cell) == model_says(lifecycle, family.events[0], state)
        states += len(names)
        widths.append(len(names))
    assert states == len(lifecycle.states)
    return widths


def cell_says(cell: Element) -> tuple[str, list[str]]:
    """`stays`, where it leads, or `rejected`; and the rules named."""
    links = [str(link.get("href")) for link in cell.all("a")]
    targets = [link for link in links if not link.startswith("#rule-")]
    rules = [link.removeprefix("#rule-") for link in links if link.startswith("#rule-")]
    return targets[0] if targets else cell.text.split()[0].rstrip(":"), rules


def model_says(lifecycle: Lifecycle, event: int, state: int) -> tuple[str, list[str]]:
    """What the table has to say, straight from the model."""
    move, refusal = lifecycle.events[event].moves[state], lifecycle.events[event].refusals[state]
    if move is None:
        return "rejected", [] if refusal is None else [lifecycle.rules[refusal].name]
    rules = list(dict.fromkeys(lifecycle.rules[need.rule].name for need in move.needs))
    if move.choice is not None:
        return f"#choice-{lifecycle.choices[move.choice].name}", rules
    return ("stays" if move.target < 0 else f"#state-{lifecycle.states[move.target].name}"), rules


@pytest.mark.parametrize("name", NAMES)
def test_the_picture_links_to_the_sections_of_states_and_rules(name: str, folder: Path) -> None:
    """Each box by its title, and each rule that stands in it or in a frame by its name."""
    lifecycle = model(name, folder)
    drawing = draw(lifecycle)
    links = [(str(link.get("href")), words(link.text)) for link in next(page(name, folder).all("svg")).all("a")]
    titles = {state.name: words(state.title) or state.name for state in lifecycle.states}
    states = [(f"#state-{box.state}", titles[box.state]) for box in drawing.every_box]
    listed = [each for item in (*drawing.every_box, *drawing.frames) for each in item.lists if each.heading == RULES]
    rules = [rule for each in listed for line in each.lines for rule in line.rstrip(",").split(", ")]
    assert sorted(links) == sorted([*states, *((f"#rule-{rule}", rule) for rule in rules)])
    assert bool(rules) == any(rule.name in words("".join(rules)) for rule in lifecycle.rules)


# ----------------------------------------------------------------------------------------- the shortest session

@pytest.mark.parametrize("name", NAMES)
def test_the_sessions_are_legal_and_end(name: str, folder: Path) -> None:
    """Each trace on the page is accepted from the first to the last event, and the lifecycle is finished then."""
    lifecycle = model(name, folder)
    event = {each.name: index for index, each in enumerate(lifecycle.events)}
    traces = [block.text for block in page(name, folder).all("pre")]
    assert traces or name == "one"
    for trace in traces:
        now = interpret.initial(lifecycle)
        for line in trace.splitlines():
            called, *arguments = line.split()
            declared = [argument.name for argument in lifecycle.events[event[called]].arguments]
            bits = sum(1 << declared.index(argument) for argument in arguments)
            now = interpret.apply(lifecycle, now, event[called], bits)
        assert interpret.finished(lifecycle, now)


def test_the_sessions_of_mapi(folder: Path) -> None:
    """The eight steps need twelve events; who only logs on and off needs five."""
    traces = [block.text.split() for block in page("mapi_session", folder).all("pre")]
    assert traces[0] == "mapi_initialize mapi_logon_ex logoff release_session mapi_uninitialize".split()
    assert traces[1] == (
        "mapi_initialize mapi_logon_ex advise open_advise_sink cache_entry_id end_session unadvise release_advise_sink "
        "mapi_free_buffer logoff release_session mapi_uninitialize"
    ).split()


@pytest.mark.parametrize("name", ["message_service", "retries", "crooked", "one", "database_connection"])
def test_no_session_along_the_way_is_shorter(name: str, folder: Path) -> None:
    """Against a search that knows nothing: breadth first, through everything."""
    lifecycle = model(name, folder)
    way = spine(lifecycle, possible(lifecycle))
    found = shortest_session(lifecycle, way)
    assert found is not None
    assert len(found) == least(lifecycle, way)


def least(lifecycle: Lifecycle, way: tuple[int, ...]) -> int:
    """The fewest events of a session that comes through the states of a way."""
    calls = [(event, bits) for event, each in enumerate(lifecycle.events) for bits in range(1 << len(each.arguments))]
    waiting = deque([(interpret.initial(lifecycle), 1, 0)])
    seen = {waiting[0][:2]}
    while waiting:
        now, passed, length = waiting.popleft()
        if passed == len(way) and interpret.finished(lifecycle, now):
            return length
        for event, bits in calls:
            if interpret.judge(lifecycle, now, event, bits).accepted:
                after = interpret.apply(lifecycle, now, event, bits)
                next_one = (after, passed + (passed < len(way) and way[passed] == after.state))
                if next_one not in seen:
                    seen.add(next_one)
                    waiting.append((*next_one, length + 1))
    raise AssertionError("there is none")


# ------------------------------------------------------------------------------------------------- a sound page

@pytest.mark.parametrize("name", NAMES)
def test_links_inside_the_page_lead_somewhere(name: str, folder: Path) -> None:
    """Each identifier is there once, and each link and reference has its target."""
    elements = list(page(name, folder).all())
    identifiers = [element.get("id") for element in elements if element.get("id")]
    assert len(identifiers) == len(set(identifiers))
    links = [str(element.get("href")) for element in elements if (element.get("href") or "").startswith("#")]
    references = [word for element in elements for word in (element.get("aria-labelledby") or "").split()]
    assert links
    assert {link.removeprefix("#") for link in links} | set(references) <= set(identifiers)


@pytest.mark.parametrize("name", NAMES)
def test_the_page_needs_nothing_else(name: str, folder: Path) -> None:
    """No script, no style, font or picture from elsewhere: only links that a reader may follow."""
    for element in page(name, folder).all():
        assert element.tag not in ("script", "link", "img", "iframe", "object", "base")
        assert not any(attribute.startswith("on") or attribute == "src" for attribute in element.attributes)
        assert element.tag == "a" or element.get("href") is None
        assert element.tag != "style" or ("url(" not in element.text and "@import" not in element.text)


@pytest.mark.parametrize("name", NAMES)
def test_the_page_has_its_marks(name: str, folder: Path) -> None:
    """Language, title, landmarks, a way past them; headings in steps; tables and what scrolls with names."""
    top = page(name, folder)
    assert next(top.all("html")).get("lang") == "en"
    for tag in ("h1", "main", "nav", "header", "footer", "svg", "figure"):
        assert len(list(top.all(tag))) == 1
    first = next(next(top.all("body")).all("a"))
    assert (first.get("href"), next(top.all("main")).get("id")) == ("#main", "main")
    levels = [int(heading.tag[1]) for heading in top.all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert all(below <= above + 1 for above, below in itertools.pairwise(levels))
    assert all(heading.get("scope") in ("col", "row") for heading in top.all("th"))
    assert all(list(table.all("caption")) for table in top.all("table"))
    for element in top.all():
        if element.get("tabindex") is not None:
            assert element.get("tabindex") == "0" and element.get("role") == "region"
            assert element.get("aria-label") or element.get("aria-labelledby")


def test_texts_are_taken_as_they_are(folder: Path) -> None:
    """Nothing in a title or a source is taken for markup, or for an address to follow."""
    top = page("crooked", folder)
    assert next(top.all("h1")).text == CROOKED_TITLE
    assert "javascript:" not in "".join(str(link.get("href")) for link in top.all("a"))
    assert not list(top.all("b", "i", "co", "take"))
    assert "std::vector<int>::push_back" in by_id(top, "event-take_it").text


# ----------------------------------------------------------------------------------------------------- Markdown

@pytest.mark.parametrize("name", NAMES)
def test_links_inside_the_markdown_lead_somewhere(name: str, folder: Path) -> None:
    """Each element has an anchor, and each link one to go to."""
    lifecycle, text = model(name, folder), written(name, "md", folder).read_text(encoding="utf-8")
    anchors = re.findall(r'<a id="([^"]+)"></a>', text)
    assert len(anchors) == len(set(anchors))
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= set(anchors)
    for kind in ("state", "choice", "event", "holding", "group", "fact", "rule"):
        assert {f"{kind}-{each.name}" for each in getattr(lifecycle, f"{kind}s")} <= set(anchors)


@pytest.mark.parametrize("name", NAMES)
def test_tables_in_the_markdown_have_as_many_cells_as_headings(name: str, folder: Path) -> None:
    """Whatever bars the texts have."""
    lines = written(name, "md", folder).read_text(encoding="utf-8").split("\n")
    rows = [len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0 for line in lines]
    assert all(row == before for before, row in itertools.pairwise(rows) if row and before)


def test_texts_in_markdown_are_taken_as_they_are(folder: Path) -> None:
    """No tag, no link and no emphasis comes of a title."""
    text = written("crooked", "md", folder).read_text(encoding="utf-8")
    assert "<script>" not in text
    assert r"\<script\>" in text
    assert r"\[link\]\(http://x\)" in text
    assert "\n1\\. a rule that is in a book" in text


def test_markdown_needs_no_graphviz(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has the way to the end as a list; HTML has the picture, and says how to get what draws it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert lastcall("doc", SPECS["message_service"], "-o", tmp_path / "page.md").status == 0
    run = lastcall("doc", SPECS["message_service"], "-o", tmp_path / "page.html")
    assert run.status == 2
    assert "run gen/setup" in run.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["page.md"]


# ---------------------------------------------------------------------------------------------------- wrong use

def test_the_same_spec_gives_the_same_bytes(tmp_path: Path, folder: Path) -> None:
    """Whatever order Python's sets have, which is another one in each process."""
    run = command("doc", SPECS["mapi_session"], "-o", tmp_path / "again.html", PYTHONHASHSEED="1")
    assert run.status == 0
    assert (tmp_path / "again.html").read_bytes() == written("mapi_session", "html", folder).read_bytes()


@pytest.mark.parametrize("file", ["page.pdf", "page", "-", "page.htm", "page.svg"])
def test_another_ending_is_wrong_use(file: str, tmp_path: Path) -> None:
    """The message names the endings that there are."""
    run = lastcall("doc", SPECS["message_service"], "-o", tmp_path / file if file != "-" else file)
    assert run.status == 2
    assert "it is one of .html, .md" in run.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_faulty_spec_is_said_and_nothing_is_written(tmp_path: Path) -> None:
    """With its place, and status 1."""
    bad = tmp_path / "bad.yaml"
    bad.write_text("lifecycle: bad\nstates: {a: {initial: yes}}\nevents: {go: {moves: {a: b}}}\n", encoding="utf-8")
    run = lastcall("doc", bad, "-o", tmp_path / "bad.html")
    assert run.status == 1
    assert f"{bad}:3:" in run.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["bad.yaml"]


# ---------------------------------------------------------------------------------------------- in a real browser

needs_chromium = pytest.mark.skipif(browser.PROGRAM is None, reason="chromium is not installed")


@pytest.fixture(scope="module")
def chromium() -> Iterator[browser.Browser]:
    """One browser for the tests below."""
    with browser.Browser() as started:
        yield started


@needs_chromium
@pytest.mark.parametrize("name", ["mapi_session", "crooked"])
def test_chromium_asks_for_nothing_but_the_page(chromium: browser.Browser, name: str, folder: Path) -> None:
    """No request and no complaint."""
    chromium.requests.clear()
    chromium.open(written(name, "html", folder))
    assert set(chromium.requests) == {written(name, "html", folder).as_uri()}
    assert chromium.complaints == []
    assert chromium.ask("document.title").startswith(read(str(spec(name, folder))).title)


@needs_chromium
@pytest.mark.parametrize("name", NAMES)
def test_chromium_shows_it_on_a_phone(chromium: browser.Browser, name: str, folder: Path) -> None:
    """At 390 pixels only what is in a region of its own scrolls sideways, and a keyboard can get to each of them."""
    chromium.open(written(name, "html", folder), width=390, height=844)
    assert chromium.ask("document.documentElement.scrollWidth") == 390
    scrolls = "e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX == 'auto'"
    assert chromium.ask(f"[...document.querySelectorAll('main *')].filter(e => {scrolls}).every(e => e.tabIndex == 0)")
    assert chromium.ask("parseFloat(getComputedStyle(document.body).fontSize)") >= 16


@needs_chromium
@pytest.mark.parametrize("width", [390, 768, 1280])
@pytest.mark.parametrize("name", NAMES)
def test_chromium_is_told_what_scrolls(chromium: browser.Browser, name: str, width: int, folder: Path) -> None:
    """Above a picture or a table that is wider than its place it says so, and above no other; on a phone the picture is."""
    chromium.open(written(name, "html", folder), width=width)
    hint, scrolls = "getComputedStyle(e).display != 'none'", "e.nextElementSibling.scrollWidth > e.nextElementSibling.clientWidth"
    found = chromium.ask(f"[...document.querySelectorAll('.hint')].map(e => [{hint}, {scrolls}, e.textContent])")
    assert len(found) >= 2
    assert all(said == does for said, does, _ in found), found
    assert all("scrolls sideways" in text for _, _, text in found)
    assert width > 390 or name == "one" or found[0][0]


@needs_chromium
@pytest.mark.parametrize("width", [1160, 1280, 1920])
@pytest.mark.parametrize("name", [*NAMES, "long_way"])
def test_chromium_cuts_no_table_on_a_desktop(chromium: browser.Browser, name: str, width: int, folder: Path) -> None:
    """What happens when is as long as it is, and no wider than the page; its headings stay at the top of the window."""
    if name == "long_way":
        assert lastcall("doc", long_way(19, folder), "-o", folder / "long_way.html").status == 0
    chromium.open(folder / "long_way.html" if name == "long_way" else written(name, "html", folder), width=width, height=300)
    assert chromium.ask("document.documentElement.scrollWidth") == width
    whole = "e.scrollHeight <= e.clientHeight + 1 && e.scrollWidth <= e.clientWidth + 1 && getComputedStyle(e).overflow == 'visible'"
    assert chromium.ask(f"[...document.querySelectorAll('.part .scroll')].every(e => {whole})")
    chromium.ask("document.querySelector('.matrix tbody tr').scrollIntoView()")
    head, row = (
        chromium.ask(f"document.querySelector('.matrix {part}').getBoundingClientRect().top") for part in ("thead th", "tbody tr")
    )
    assert row < 300 and abs(head) < 1, "the first row is at the top of the window, and the headings lie over it"


@needs_chromium
def test_chromium_keeps_the_headings_of_the_table_in_sight(chromium: browser.Browser, folder: Path) -> None:
    """When the table is scrolled, the event to the left and the states above stay."""
    chromium.open(written("mapi_session", "html", folder), width=390, height=844)
    chromium.ask("document.querySelector('.matrix').parentElement.scrollTo(400, 500)")
    side = "document.querySelector('{}').getBoundingClientRect().{}"
    for heading, edge in ((".matrix tbody th", "left"), (".matrix thead th", "top")):
        region = side.format("#what-happens-when .scroll", edge)
        assert abs(chromium.ask(side.format(heading, edge)) - chromium.ask(region)) < 3


@needs_chromium
def test_chromium_tells_a_screen_reader_of_headings_and_landmarks(chromium: browser.Browser, folder: Path) -> None:
    """The table's headings, the landmarks, and the picture by its name."""
    chromium.open(written("message_service", "html", folder))
    roles = chromium.roles()
    assert {"banner", "navigation", "main", "contentinfo"} <= {role for role, _ in roles}
    columns = [words(name) for role, name in roles if role == "columnheader"]
    assert columns[-5:] == ["Event", "installed", "in_install_entry", "in_other_entry", "dll_deleted"]
    assert {"call_install_entry", "entry_returns"} <= {words(name) for role, name in roles if role == "rowheader"}
    assert ("group", "Deleting the DLL of a service provider") in roles
    assert ("link", "the provider is installed") in roles, "in the picture"


@needs_chromium
def test_chromium_shows_the_picture_in_the_dark(chromium: browser.Browser, folder: Path) -> None:
    """Paper and ink change sides, in the picture too."""
    ink = "getComputedStyle(document.querySelector('svg text[fill=\"#1a1a1a\"]')).fill"
    chromium.open(written("mapi_session", "html", folder))
    light = chromium.ask(ink)
    chromium.open(written("mapi_session", "html", folder), dark=True)
    assert light == "rgb(26, 26, 26)"
    assert chromium.ask(ink) == "rgb(230, 233, 236)"


@needs_chromium
def test_chromium_prints_it(chromium: browser.Browser, folder: Path) -> None:
    """On A4, the table on pages that lie, and nothing is cut off that scrolls on a screen."""
    chromium.open(written("mapi_session", "html", folder))
    papers = re.findall(rb"/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]", chromium.printed())
    assert {(round(float(width)), round(float(height))) for width, height in papers} == {(595, 842), (842, 595)}
    chromium.open(written("mapi_session", "html", folder), media="print", width=1000)
    visible = "getComputedStyle(e).overflowX == 'visible'"
    assert chromium.ask(f"[...document.querySelectorAll('.scroll')].every(e => {visible})")
