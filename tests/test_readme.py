"""What the README and the language's reference show is tried: the spec, the client, and what it says."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def _block(path: Path, kind: str, holding: str) -> str:
    """The one code block of a kind in a page that holds a text."""
    blocks = re.findall(rf"^```{kind}\n(.*?)^```$", path.read_text(encoding="utf-8"), re.S | re.M)
    (found,) = [block for block in blocks if holding in block]
    return str(found)


WIRE = _block(ROOT / "README.md", "yaml", "lifecycle: wire")
EMBEDDING = ROOT / "runtime" / "README.md"


def _header_of_wire(folder: Path) -> None:
    (folder / "wire.yaml").write_text(WIRE, encoding="utf-8")
    subprocess.run([ROOT / "gen/lastcall", "header", "wire.yaml", "-o", "wire.h"], cwd=folder, check=True)


def _says(folder: Path, client: str) -> str:
    """What a client of `wire.h` prints."""
    (folder / "client.c").write_text(client, encoding="utf-8")
    subprocess.run(["cc", "-std=c99", "-Wall", "-Wextra", "-Werror", "client.c", "-o", "client"], cwd=folder, check=True)
    return subprocess.run([folder / "client"], capture_output=True, text=True, check=True).stdout


def test_the_client_says_what_both_pages_show(tmp_path: Path) -> None:
    """The function of the README, called as the program does that the README tells of, and the whole client of runtime/README.md."""
    _header_of_wire(tmp_path)
    said = _block(ROOT / "README.md", "text", "wire_close")
    client = _block(EMBEDDING, "c", "int main")
    assert _says(tmp_path, client) == said == _block(EMBEDDING, "text", "wire_close")
    begin, end = client.index("static void about_to"), client.index("int main")
    assert _says(tmp_path, client[:begin] + "static " + _block(ROOT / "README.md", "c", "about_to") + client[end:]) == said


def test_the_declarations_are_the_header_s(tmp_path: Path) -> None:
    """Each line that runtime/README.md shows of the header stands in it, but for line ends and comments."""
    _header_of_wire(tmp_path)
    plain = re.sub(r"/\*.*?\*/", " ", (tmp_path / "wire.h").read_text(encoding="utf-8"), flags=re.S)
    folded = re.sub(r"\s+", "", plain)
    shown = [line for line in _block(EMBEDDING, "c", "wire_verdict wire_fire").splitlines() if line]
    assert len(shown) >= 8
    for line in shown:
        assert re.sub(r"\s+", "", line) in folded, line


def test_every_function_is_in_the_table(tmp_path: Path) -> None:
    """What the header declares, runtime/README.md names; names of things go by one of them."""
    _header_of_wire(tmp_path)
    declared = set(re.findall(r"\bwire_(\w+)\([^()]*\);", (tmp_path / "wire.h").read_text(encoding="utf-8").split("WIRE_IMPLEMENTATION &&")[0]))
    named = set(re.findall(r"NAME_(\w+)\(", EMBEDDING.read_text(encoding="utf-8")))
    assert {name for name in declared - named if not name.endswith(("_name", "listener"))} == set()


def test_the_reference_s_spec_is_one(tmp_path: Path) -> None:
    (tmp_path / "connection.yaml").write_text(_block(ROOT / "spec/README.md", "yaml", "lifecycle: connection"), encoding="utf-8")
    done = subprocess.run([ROOT / "gen/lastcall", "check", "connection.yaml"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_links_of_the_pages_lead_to_files() -> None:
    for page in (ROOT / "README.md", *ROOT.glob("*/README.md"), *ROOT.glob("tests/*/README.md")):
        for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
            if not target.startswith("http"):
                assert (page.parent / target).exists(), f"{page.name}: {target}"
