"""What keys of the language come to in the answers of a replayer that is made from a spec."""

import subprocess
from pathlib import Path

from lastcall import command

SIGNING = """
lifecycle: signing
states: {open: {initial: yes, final: yes}}
holdings: {signs: {one: signature, title: signatures}, digests: {one: digest, title: digests}, others: {}}
rules:
  sign-first: {title: SignInit comes before Sign}
  digest-first: {title: DigestInit comes before Digest}
events:
  sign_init: {takes: signs, moves: {open: stay}}
  take_other: {takes: others, moves: {open: stay}}
  both: {gives_back: {digests: digest-first, signs: sign-first}, moves: {open: stay}}
  sign: {gives_back: {signs: sign-first}, moves: {open: stay}}
  digest_init: {takes: digests, moves: {open: stay}}
  plain: {gives_back: others, call: [other_*, C_Other, C_Else], moves: {open: stay}}
"""


def replay(folder: Path, spec: str, name: str, trace: str, *options: str) -> str:
    """What the replayer of a spec says of a trace."""
    path = folder / f"{name}.yaml"
    path.write_text(spec, encoding="utf-8")
    built = command("build", path, "-o", folder)
    assert built.status == 0, built.stderr
    return subprocess.run([folder / f"{name}-replay", *options], input=trace, capture_output=True, text=True, check=False).stdout


def test_what_is_not_held_cites_the_rule_of_the_first_that_is_missing(tmp_path: Path) -> None:
    """In the order of `gives_back`; a holding without a rule cites none."""
    trace = "sign\nboth\ndigest_init\nboth\nplain\nsign_init\nboth\n"
    said = replay(tmp_path, SIGNING, "signing", trace)
    lines = [line.removeprefix("<stdin>:") for line in said.splitlines()]
    assert [line.partition(" is rejected in open: ")[2].partition(" Held")[0] for line in lines[:4]] == [
        "SignInit comes before Sign [sign-first].",
        "DigestInit comes before Digest [digest-first].",
        "SignInit comes before Sign [sign-first].",
        "it gives back what is not held (given back twice?).",
    ]
    assert lines[4] == " 7 events, 3 accepted, 4 rejected; finished in state open"


def test_several_calls_are_said_in_words(tmp_path: Path) -> None:
    said = replay(tmp_path, SIGNING, "signing", "plain\n")
    assert said.startswith("<stdin>:1: other_*, C_Other or C_Else (plain) is rejected in open: ")
