#!/usr/bin/python3
"""The invariants of a spec as C, for whatever moves a generated machine and wants to know whether it breaks one.

The C asks the header's own functions: what is judged is the machine as it is compiled. `invariant_code.py SPEC` prints it.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parents[1] / "gen"))

import output  # noqa: E402
from model import Atom, Invariant, Lifecycle, Subject  # noqa: E402
from read.spec import read  # noqa: E402


def of_spec(spec: Path) -> str:
    """The C for the invariants of a spec, to be included behind its header."""
    return of_model(read(str(spec)))


def of_model(model: Lifecycle) -> str:
    """The C for the invariants of a lifecycle."""
    every = [
        {"name": item.name, "where": _where(model, item), "holds": _holds(model, item)} for item in model.always
    ]
    atoms = [atom for item in model.always for atoms in item.condition.alternatives for atom in atoms]
    reads_facts = any(atom.subject is Subject.FACT for atom in atoms)
    return output.render("invariants.h.j2", folder=HERE, name=model.name, invariants=every, reads_facts=reads_facts)


def _where(model: Lifecycle, invariant: Invariant) -> str:
    upper = model.name.upper()
    states = " || ".join(f"state == {upper}_STATE_{model.states[state].name.upper()}" for state in invariant.states)
    return f"({states})" + (f" && {model.name}_finished(m)" if invariant.finished else "")


def _holds(model: Lifecycle, invariant: Invariant) -> str:
    return " || ".join(
        "(" + " && ".join(_atom(model, atom) for atom in atoms) + ")" for atoms in invariant.condition.alternatives
    )


def _atom(model: Lifecycle, atom: Atom) -> str:
    if atom.subject is Subject.FACT:
        return f"{'' if atom.relation == '>' else '!'}fact_is_true(m, {atom.index})"
    named = model.holdings if atom.subject is Subject.HOLDING else model.groups
    holding = f"{model.name.upper()}_HELD_{named[atom.index].name.upper()}"
    return f"{model.name}_held(m, {holding}) {atom.relation} {atom.number}"


if __name__ == "__main__":
    print(of_spec(Path(sys.argv[1])), end="")
