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


def test_the_readme_s_client_says_what_the_readme_shows(tmp_path: Path) -> None:
    readme = ROOT / "README.md"
    (tmp_path / "wire.yaml").write_text(_block(readme, "yaml", "lifecycle: wire"), encoding="utf-8")
    (tmp_path / "client.c").write_text(_block(readme, "c", "int main"), encoding="utf-8")
    subprocess.run([ROOT / "gen/lastcall", "header", "wire.yaml", "-o", "wire.h"], cwd=tmp_path, check=True)
    subprocess.run(["cc", "-std=c99", "-Wall", "-Wextra", "-Werror", "client.c", "-o", "client"], cwd=tmp_path, check=True)
    said = subprocess.run([tmp_path / "client"], capture_output=True, text=True, check=True).stdout
    assert said == _block(readme, "text", "wire_close")


def test_the_readme_s_declarations_are_the_header_s(tmp_path: Path) -> None:
    """Each line that the README shows of the header stands in it, but for line ends and comments."""
    readme = ROOT / "README.md"
    (tmp_path / "wire.yaml").write_text(_block(readme, "yaml", "lifecycle: wire"), encoding="utf-8")
    subprocess.run([ROOT / "gen/lastcall", "header", "wire.yaml", "-o", "wire.h"], cwd=tmp_path, check=True)
    plain = re.sub(r"/\*.*?\*/", " ", (tmp_path / "wire.h").read_text(encoding="utf-8"), flags=re.S)
    folded = re.sub(r"\s+", "", plain)
    shown = [line for line in _block(readme, "c", "typedef struct wire").splitlines() if line]
    assert len(shown) >= 8
    for line in shown:
        assert re.sub(r"\s+", "", line) in folded, line


def test_the_reference_s_spec_is_one(tmp_path: Path) -> None:
    (tmp_path / "connection.yaml").write_text(_block(ROOT / "spec/README.md", "yaml", "lifecycle: connection"), encoding="utf-8")
    done = subprocess.run([ROOT / "gen/lastcall", "check", "connection.yaml"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_links_of_the_pages_lead_to_files() -> None:
    for page in (ROOT / "README.md", ROOT / "spec/README.md"):
        for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
            if not target.startswith("http"):
                assert (page.parent / target).exists(), f"{page.name}: {target}"
