"""`lastcall diff`: what it says of two versions of a lifecycle, as documents/diffs says it, and how it fails."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from lastcall import ROOT, lastcall

DOCUMENTS = Path(__file__).resolve().parents[1] / "documents" / "diffs"
BLOCK = re.compile(r"^```(yaml|said)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
DOOR = """
lifecycle: door
states: {shut: {initial: yes, final: yes}, ajar: {}}
events:
  open_it: {moves: {shut: ajar}}
  shut_it: {moves: {ajar: shut}}
"""


@dataclass(frozen=True)
class Example:
    """A title, the two specs under it, and what is said of them."""

    name: str
    old: str
    new: str
    said: str


def read(path: Path) -> list[Example]:
    """The examples of a document; nothing in it may be passed over."""
    found = []
    text = path.read_text(encoding="utf-8")
    for section in re.split("^## ", text, flags=re.MULTILINE)[1:]:
        title = section.partition("\n")[0]
        blocks = BLOCK.findall(section)
        assert [kind for kind, _ in blocks] == ["yaml", "yaml", "said"], f"{path.name}: {title}"
        found.append(Example(f"{path.stem}: {title}", *(content for _, content in blocks)))
    assert found and text.count("```") == 6 * len(found), path.name
    return found


EXAMPLES = [example for path in sorted(DOCUMENTS.iterdir()) for example in read(path)]


def specs(folder: Path, *contents: str) -> list[Path]:
    """Files with these contents: old.yaml, new.yaml."""
    paths = [folder / name for name in ("old.yaml", "new.yaml")]
    for path, content in zip(paths, contents):
        path.write_text(content, encoding="utf-8")
    return paths


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_example(example: Example, tmp_path: Path) -> None:
    """What a document says of two specs is what `diff` says of them."""
    run = lastcall("diff", *specs(tmp_path, example.old, example.new))
    assert run.stdout.replace(f"{tmp_path}/", "") == example.said
    assert run.stderr == ""
    assert run.status == (0 if example.said.startswith("old.yaml and new.yaml behave the same.\n") else 1)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_example_with_itself(example: Example, tmp_path: Path) -> None:
    """A spec behaves as itself."""
    for spec in (example.old, example.new):
        assert lastcall("diff", *specs(tmp_path, spec, spec)).status == 0


def test_all_shows_the_rest(tmp_path: Path) -> None:
    """With --all every difference is shown, and nothing is counted."""
    example = next(example for example in EXAMPLES if "the rest is counted" in example.name)
    run = lastcall("diff", "--all", *specs(tmp_path, example.old, example.new))
    last = "  `use_f` in `f`: state\n      enter_f\n      use_f\n"
    shown = example.said.replace("  and 1 more (--all shows it)\n", last)
    assert shown != example.said
    assert run.stdout.replace(f"{tmp_path}/", "") == shown
    assert run.status == 1


def test_faulty_specs(tmp_path: Path) -> None:
    """Faults are said of both specs, nothing is said on standard output, and the exit status is 2."""
    old, new = specs(tmp_path, DOOR.replace("initial: yes, ", ""), DOOR.replace("shut_it", "shutIt"))
    run = lastcall("diff", old, new)
    assert (run.status, run.stdout) == (2, "")
    assert [line.split(": ")[:2] for line in run.errors] == [[f"{old}:3:1", "error"], [f"{new}:6:3", "error"]]
    good = specs(tmp_path, DOOR)[0]
    assert lastcall("diff", good, new).status == lastcall("diff", new, good).status == 2


def test_unreadable_specs(tmp_path: Path) -> None:
    """A file that cannot be read is wrong use."""
    good = specs(tmp_path, DOOR)[0]
    run = lastcall("diff", good, tmp_path / "missing.yaml")
    assert (run.status, run.stdout) == (2, "")
    assert run.errors == [f"lastcall: error: {tmp_path}/missing.yaml: cannot be read: No such file or directory"]
    assert lastcall("diff", good).status == 2


NO_LONGER_NEEDED = """\
OLD and NEW differ in behaviour; below each difference stands the shortest trace that shows it.

Rejected before, accepted now:
  `logoff` in `logged_on`, `entry_ids_cached`: before need (free-entry-ids-first)
      mapi_initialize
      mapi_logon_ex
      cache_entry_id
      logoff

Rejected before and now, but not alike:
  `logoff` in `logged_on`, `entry_ids_cached`: before need (free-entry-ids-first), now need (logoff-ui-not-allowed)
      mapi_initialize
      mapi_logon_ex
      cache_entry_id
      logoff ui
  `logoff` in `logged_on`, `entry_ids_cached`: before need (free-entry-ids-first), now need (logoff-shared-not-owner)
      mapi_initialize
      mapi_logon_ex
      cache_entry_id
      logoff shared

A client that obeyed OLD still obeys NEW.
"""


def test_the_mapi_session_without_one_need(tmp_path: Path) -> None:
    """One need less, whose rule nothing cites then; and the other way round, one need more."""
    old = ROOT / "spec" / "mapi_session.yaml"
    text = old.read_text(encoding="utf-8")
    new = specs(tmp_path, text.replace("      no entry_ids: free-entry-ids-first\n", ""))[0]
    run = lastcall("diff", old, new)
    assert (run.status, run.stderr) == (1, "")
    assert run.stdout.replace(str(old), "OLD").replace(str(new), "NEW") == NO_LONGER_NEEDED
    back = lastcall("diff", new, old)
    assert back.status == 1
    assert "\nAccepted before, rejected now:\n" in back.stdout
    assert "\n  `logoff` in `logged_on`, `entry_ids_cached`: need (free-entry-ids-first)\n" in back.stdout
    assert back.stdout.endswith(f"A client that obeyed {new} does not always obey {old}.\n")
