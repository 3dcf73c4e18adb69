"""Headers of many shapes of lifecycles: each compiles without a warning and does what its spec says, by hand."""

import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from lastcall import COMMAND, ROOT, command, lastcall
from toolchain import CC, CC_OF_LASTCALL, RUNNER

WARNINGS = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror")
C99 = ("gcc", "-std=c99")
COMPILERS = (
    (*C99, "-O2", "-c", "-o", "t.o"),  # some warnings come only of optimising
    (*C99, "-fsyntax-only", "-DT_NO_TEXT"),
    ("g++", "-std=c++17", "-x", "c++", "-fsyntax-only"),
    ("clang", "-std=c99", "-fsyntax-only"),
    ("clang++", "-std=c++17", "-x", "c++", "-fsyntax-only", "-DT_NO_TEXT"),
    ("clang++", "-std=c++17", "-x", "c++", "-fsyntax-only", "-DT_NO_TEXT"),
)
SPECS = sorted(ROOT.glob("spec/*.yaml"))
DATABASE = Path(__file__).resolve().parents[1] / "lifecycles" / "database_connection.yaml"


@dataclass(frozen=True)
class Shape:
    """A lifecycle called `t`, and statements of C that must hold for it: CHECK(condition), or anything else."""

    title: str
    spec: str
    program: str


def listed(form: str, numbers: Sequence[int]) -> str:
    """The form with each number in it, with commas between them."""
    return ", ".join(form.replace("#", str(number)) for number in numbers)


def lined(form: str, numbers: Sequence[int]) -> str:
    """The form with each number in it, each a line of an indented block."""
    return "".join(f"  {form.replace('#', str(number))}\n" for number in numbers)


WILD = (
    r"a */ b", r"/* a", r"*\ a", r"\* a", r"\*\ a", r"what???/ or ??/", r"???????/", r"ends in ??/",
    r"ends in \ ".strip(), r"ends in *", r"/ begins so", "%s %n %d 100%", "{{ model }} {% endif %} {# #} #}",
    "}%% %%{ ; @x", '"quotes" and \'quotes\'',
    r"\n \0 \x41 \\", "Türen, 门, 🚪, עברית", "<one> & <b>", "#define X", "//", "$(x) `x`", "a\u00a0b",
)
"""Texts that would break a comment, a string, a template, Ragel or a format, if they were not written with care."""

ONE_STATE = Shape(
    "one state, nothing else",
    "states: {only: {initial: yes, final: yes}}\nevents: {nothing: {}}\n",
    """
    CHECK(T_STATE_COUNT == 1 && T_EVENT_COUNT == 1 && T_HELD_COUNT == 0 && T_HOLDING_COUNT == 0);
    CHECK(T_RULE_COUNT == 0 && T_RULE_NONE == 0);
    CHECK(sizeof m == 4);
    CHECK(t_finished(&m) && t_state(&m) == T_STATE_ONLY);
    CHECK(t_fire(&m, T_EVENT_NOTHING, 0) == T_REJECTED_STATE);
    CHECK(t_fire(&m, T_EVENT_NOTHING, 1) == T_BAD_EVENT);
    CHECK(t_fire(&m, 1, 0) == T_BAD_EVENT);
    CHECK(t_fire(&m, ~0u, ~0u) == T_BAD_EVENT);
    CHECK(t_rule(&m, T_EVENT_NOTHING, 0) == T_RULE_NONE);
    CHECK(t_warnings(&m, T_EVENT_NOTHING, 0) == 0);
    CHECK(t_warning_rule(0, 0) == T_RULE_NONE);
    CHECK(t_held(&m, 0) == 0 && t_held(&m, ~0u) == 0);
    CHECK(t_holding_name(0) == NULL && t_rule_name(0) == NULL && t_argument_name(0, 0) == NULL);
    CHECK(strcmp(t_state_name(0), "only") == 0 && t_state_name(1) == NULL);
    """,
)

ONE_STATE_THAT_STAYS = Shape(
    "one state in which everything stays",
    """
states: {only: {initial: yes, final: yes}}
holdings: {things: {}}
events:
  take: {takes: things, moves: {only: stay}}
  give: {gives_back: things, moves: {only: only}}
""",
    """
    CHECK(t_finished(&m));
    CHECK(t_fire(&m, T_EVENT_GIVE, 0) == T_REJECTED_NOT_HELD);
    CHECK(t_fire(&m, T_EVENT_TAKE, 0) == T_ACCEPTED && !t_finished(&m) && t_held(&m, T_HELD_THINGS) == 1);
    CHECK(t_fire(&m, T_EVENT_GIVE, 0) == T_ACCEPTED && t_finished(&m));
    """,
)

FACTS_ALONE = Shape(
    "facts and choices without holdings",
    """
states: {off: {}, on: {}, broken: {final: yes, initial: yes}}
choices:
  by_fact: [{when: hot and no wet, to: on}, {when: wet, to: broken}, {to: stay}]
facts: [hot, wet]
rules: {cold-first: {}}
events:
  heat: {sets: hot, moves: {any: by_fact}}
  soak: {args: {gently: {sets: wet}}, clears: hot, moves: {any: by_fact}}
  touch: {needs: {no hot or wet: cold-first}, moves: {any: off}}
""",
    """
    CHECK(t_state(&m) == T_STATE_BROKEN && t_finished(&m));
    CHECK(t_fire(&m, T_EVENT_SOAK, 0) == T_ACCEPTED && t_state(&m) == T_STATE_BROKEN);
    CHECK(t_fire(&m, T_EVENT_TOUCH, 0) == T_ACCEPTED && t_state(&m) == T_STATE_OFF);
    CHECK(t_fire(&m, T_EVENT_HEAT, 0) == T_ACCEPTED && t_state(&m) == T_STATE_ON);
    CHECK(t_fire(&m, T_EVENT_TOUCH, 0) == T_REJECTED_NEED);
    CHECK(t_rule(&m, T_EVENT_TOUCH, 0) == T_RULE_COLD_FIRST);
    CHECK(t_fire(&m, T_EVENT_SOAK, T_ARG_SOAK_GENTLY) == T_ACCEPTED && t_state(&m) == T_STATE_BROKEN);
    CHECK(t_fire(&m, T_EVENT_HEAT, 0) == T_ACCEPTED && t_state(&m) == T_STATE_BROKEN);
    CHECK(t_fire(&m, T_EVENT_TOUCH, 0) == T_ACCEPTED && t_state(&m) == T_STATE_OFF);
    CHECK(t_fire(&m, T_EVENT_SOAK, 0) == T_ACCEPTED && t_state(&m) == T_STATE_OFF); /* neither: it stays */
    """,
)

ARGUMENTS_ALONE = Shape(
    "conditions that ask for arguments alone",
    """
states: {a: {initial: yes, final: yes}, b: {}}
rules: {alone: {}, slowly: {}}
events:
  go:
    args: {left: {needs: {without right: alone}}, right: {}}
    warns: {with right: slowly}
    moves: {a: b, b: {to: a, needs: {with left or with right: slowly}}}
""",
    """
    CHECK(t_fire(&m, T_EVENT_GO, T_ARG_GO_LEFT | T_ARG_GO_RIGHT) == T_REJECTED_NEED);
    CHECK(t_rule(&m, T_EVENT_GO, T_ARG_GO_LEFT | T_ARG_GO_RIGHT) == T_RULE_ALONE);
    CHECK(t_warnings(&m, T_EVENT_GO, T_ARG_GO_LEFT | T_ARG_GO_RIGHT) == 0);
    CHECK(t_warnings(&m, T_EVENT_GO, T_ARG_GO_RIGHT) == T_WARN_GO_SLOWLY && t_warnings(&m, T_EVENT_GO, 0) == 0);
    CHECK(t_fire(&m, T_EVENT_GO, 0) == T_ACCEPTED && t_state(&m) == T_STATE_B);
    CHECK(t_fire(&m, T_EVENT_GO, 0) == T_REJECTED_NEED && t_rule(&m, T_EVENT_GO, 0) == T_RULE_SLOWLY);
    CHECK(t_fire(&m, T_EVENT_GO, T_ARG_GO_RIGHT) == T_ACCEPTED && t_state(&m) == T_STATE_A);
    """,
)

THIRTY_ONE = Shape(
    "31 arguments and warnings and 32 facts, to the last bit",
    f"""
states: {{a: {{initial: yes, final: yes}}, b: {{}}}}
choices: {{by_last: [{{when: f30 or f31, to: b}}, {{to: a}}]}}
facts: [{listed("f#", range(32))}]
rules: {{{listed("r#: {}", range(32))}}}
events:
  set: {{args: {{{listed("x#: {sets: f#}", range(31))}}}, moves: {{any: by_last}}}}
  last: {{sets: f31, moves: {{any: by_last}}}}
  need: {{args: {{{listed("x#: {needs: {f#: r#}}", range(31))}}}, needs: {{no f31: r31}}, moves: {{any: stay}}}}
  warn: {{warns: {{{listed("f#: r#", range(31))}}}, moves: {{any: stay}}}}
""",
    """
    const unsigned all = 0x7FFFFFFF;
    char text[2000];
    unsigned bit;
    CHECK(t_fire(&m, T_EVENT_SET, 0) == T_ACCEPTED && t_state(&m) == T_STATE_A);
    CHECK(t_fire(&m, T_EVENT_NEED, 0) == T_ACCEPTED);
    for (bit = 0; bit < 31; bit++) {
        CHECK(t_fire(&m, T_EVENT_SET, 1u << bit) == T_ACCEPTED);
        CHECK(t_state(&m) == (bit == 30 ? T_STATE_B : T_STATE_A));
        CHECK(t_check(&m, T_EVENT_NEED, 1u << bit) == T_ACCEPTED);
        CHECK(t_check(&m, T_EVENT_NEED, all & ~(1u << bit)) == T_REJECTED_NEED);
        CHECK(t_rule(&m, T_EVENT_NEED, all) == (bit == 0 ? T_RULE_R1 : T_RULE_R0));
        CHECK(t_warnings(&m, T_EVENT_WARN, 0) == 1u << bit);
        CHECK(t_warning_rule(T_EVENT_WARN, bit) == bit);
        CHECK(t_explain(&m, T_EVENT_WARN, 0, text, sizeof text) < sizeof text && strstr(text, "warning") != NULL);
    }
    CHECK(t_fire(&m, T_EVENT_SET, all) == T_ACCEPTED && t_state(&m) == T_STATE_B);
    CHECK(t_check(&m, T_EVENT_NEED, all) == T_ACCEPTED);
    CHECK(t_warnings(&m, T_EVENT_WARN, 0) == all && t_warning_rule(T_EVENT_WARN, 31) == T_RULE_NONE);
    CHECK(t_explain(&m, T_EVENT_WARN, 0, text, sizeof text) > 0 && strstr(text, "r30") != NULL);
    CHECK(t_fire(&m, T_EVENT_WARN, 1) == T_BAD_EVENT);
    CHECK(t_fire(&m, T_EVENT_SET, 1u << 31) == T_BAD_EVENT && t_fire(&m, T_EVENT_SET, ~0u) == T_BAD_EVENT);
    CHECK(strcmp(t_argument_name(T_EVENT_SET, 30), "x30") == 0 && t_argument_name(T_EVENT_SET, 31) == NULL);
    CHECK(t_argument_name(T_EVENT_SET, ~0u) == NULL && t_argument_name(~0u, 0) == NULL);
    CHECK(T_ARG_SET_X30 == 1 << 30 && T_WARN_WARN_R30 == 1 << 30);
    CHECK(t_fire(&m, T_EVENT_SET, T_ARG_SET_X29 | T_ARG_SET_X30) == T_ACCEPTED);
    CHECK(t_warnings(&m, T_EVENT_WARN, 0) == 3u << 29);
    CHECK(t_fire(&m, T_EVENT_SET, 0) == T_ACCEPTED && t_state(&m) == T_STATE_A);
    CHECK(t_fire(&m, T_EVENT_LAST, 0) == T_ACCEPTED && t_state(&m) == T_STATE_B);
    CHECK(t_fire(&m, T_EVENT_NEED, 0) == T_REJECTED_NEED && t_rule(&m, T_EVENT_NEED, 1) == T_RULE_R31);
    """,
)

MANY_HOLDINGS = Shape(
    "300 holdings, taken all at once, and groups of one, of some and of all",
    f"""
states: {{a: {{initial: yes, final: yes}}, b: {{}}}}
holdings:
{lined("h#: {}", range(300))}
groups:
  one: h299
  some: [h7, h8, h63, h200]
  every: [{listed("h#", range(300))}]
rules: {{few: {{}}, any: {{}}}}
events:
  take_all: {{takes: [{listed("h#", range(300))}], moves: {{any: b}}}}
  give_all: {{gives_back: [{listed("h#", range(300))}], moves: {{b: back}}}}
  take_last: {{takes: h299, moves: {{any: stay}}}}
  give_last: {{gives_back: h299, needs: {{every < 900: few}}, moves: {{any: stay}}}}
  swap: {{takes: [h0, h64], gives_back: [h63, h299], moves: {{b: stay}}}}
  many: {{needs: {{every > 65835 and every < 19660500: few}}, moves: {{any: stay}}}}
choices:
  back: [{{when: every, to: stay}}, {{to: a}}]
""",
    """
    unsigned holding, n;
    CHECK(sizeof m <= 8 * 5 + 2 * 304); /* a bit and a count for each holding */
    CHECK(T_HELD_COUNT == 303 && T_HOLDING_COUNT == 300);
    CHECK(t_fire(&m, T_EVENT_TAKE_ALL, 0) == T_ACCEPTED && t_state(&m) == T_STATE_B);
    for (holding = 0; holding < 300; holding++) {
        CHECK(t_held(&m, holding) == 1);
    }
    CHECK(t_held(&m, T_HELD_ONE) == 1 && t_held(&m, T_HELD_SOME) == 4 && t_held(&m, T_HELD_EVERY) == 300);
    CHECK(t_fire(&m, T_EVENT_SWAP, 0) == T_ACCEPTED);
    CHECK(t_held(&m, T_HELD_H0) == 2 && t_held(&m, T_HELD_H64) == 2 && t_held(&m, T_HELD_H63) == 0);
    CHECK(t_held(&m, T_HELD_ONE) == 0 && t_held(&m, T_HELD_SOME) == 3 && t_held(&m, T_HELD_EVERY) == 300);
    CHECK(t_fire(&m, T_EVENT_GIVE_ALL, 0) == T_REJECTED_NOT_HELD);
    CHECK(t_fire(&m, T_EVENT_TAKE_ALL, 0) == T_ACCEPTED && t_held(&m, T_HELD_EVERY) == 600);
    CHECK(t_fire(&m, T_EVENT_TAKE_ALL, 0) == T_ACCEPTED && t_held(&m, T_HELD_EVERY) == 900);
    CHECK(t_fire(&m, T_EVENT_GIVE_LAST, 0) == T_REJECTED_NEED && t_rule(&m, T_EVENT_GIVE_LAST, 0) == T_RULE_FEW);
    CHECK(t_fire(&m, T_EVENT_GIVE_ALL, 0) == T_ACCEPTED && t_state(&m) == T_STATE_B);
    CHECK(t_fire(&m, T_EVENT_GIVE_LAST, 0) == T_ACCEPTED);
    for (n = 0; n < 65535; n++) {
        CHECK(t_check(&m, T_EVENT_MANY, 0) == (t_held(&m, T_HELD_EVERY) > 65835 ? T_ACCEPTED : T_REJECTED_NEED));
        CHECK(t_fire(&m, T_EVENT_TAKE_LAST, 0) == T_ACCEPTED);
    }
    CHECK(t_held(&m, T_HELD_ONE) == 65535 && t_held(&m, T_HELD_EVERY) == 65535 + 599);
    CHECK(t_check(&m, T_EVENT_MANY, 0) == T_ACCEPTED);
    CHECK(t_fire(&m, T_EVENT_TAKE_LAST, 0) == T_REJECTED_LIMIT);
    before = m;
    CHECK(t_fire(&m, T_EVENT_TAKE_ALL, 0) == T_REJECTED_LIMIT && memcmp(&m, &before, sizeof m) == 0);
    """,
)

MANY_STATES = Shape(
    "300 states in a ring, the initial one in the middle",
    f"""
states:
{lined("s#: {}", range(150))}
  s150: {{initial: yes, final: yes}}
{lined("s#: {}", range(151, 300))}
events:
{"".join(f"  go{n}: {{moves: {{s{n}: s{(n + 1) % 300}}}}}{chr(10)}" for n in range(300))}
""",
    """
    unsigned n;
    CHECK(T_STATE_COUNT == 300 && t_state(&m) == 150 && t_finished(&m));
    for (n = 150; n < 450; n++) {
        CHECK(t_fire(&m, (n + 7) % 300, 0) == T_REJECTED_STATE);
        CHECK(t_fire(&m, n % 300, 0) == T_ACCEPTED);
        CHECK(t_state(&m) == (n + 1) % 300);
        CHECK(t_finished(&m) == ((n + 1) % 300 == 150));
    }
    CHECK(memcmp(&m, &zero, sizeof m) == 0);
    """,
)

MANY_CONDITIONS = Shape(
    "300 conditions and rules",
    f"""
states: {{a: {{initial: yes, final: yes}}, b: {{}}}}
holdings: {{h: {{}}, k: {{may_remain: yes}}}}
rules:
{lined("r#: {}", range(300))}
events:
  take: {{takes: h, moves: {{any: stay}}}}
  other: {{takes: k, moves: {{any: stay}}}}
  all: {{needs: {{{listed("h != #: r#", range(300))}}}, moves: {{a: b, b: a}}}}
{lined("e#: {needs: {h < # or k: r#}, moves: {a: b}}", range(1, 300))}
""",
    """
    unsigned n;
    for (n = 0; n < 300; n++) {
        CHECK(t_fire(&m, T_EVENT_ALL, 0) == T_REJECTED_NEED);
        CHECK(t_rule(&m, T_EVENT_ALL, 0) == n);
        CHECK(n < 2 || t_check(&m, T_EVENT_E1 + n - 2, 0) == T_REJECTED_NEED);
        CHECK(n < 2 || t_rule(&m, T_EVENT_E1 + n - 2, 0) == n - 1);
        CHECK(n > 298 || t_check(&m, T_EVENT_E1 + n, 0) == T_ACCEPTED);
        CHECK(t_fire(&m, T_EVENT_TAKE, 0) == T_ACCEPTED);
    }
    CHECK(t_fire(&m, T_EVENT_ALL, 0) == T_ACCEPTED && t_state(&m) == T_STATE_B);
    CHECK(t_fire(&m, T_EVENT_E7, 0) == T_REJECTED_STATE);
    CHECK(t_fire(&m, T_EVENT_OTHER, 0) == T_ACCEPTED);
    CHECK(t_fire(&m, T_EVENT_ALL, 0) == T_ACCEPTED && t_fire(&m, T_EVENT_E7, 0) == T_ACCEPTED);
    """,
)

COMPARISONS = Shape(
    "every comparison, of holdings and of groups, before and after",
    """
states: {a: {initial: yes, final: yes}, zero: {}, one: {}, two: {}, three: {}, more: {}}
choices:
  counted:
    - {when: h == 0, to: zero}
    - {when: both < 2, to: one}
    - {when: h <= 2 and both != 3, to: two}
    - {when: both >= 3 and both <= 3, to: three}
    - {when: h > 3 or k > 0, to: more}
    - {to: a}
holdings: {h: {}, k: {may_remain: yes}}
groups: {both: [h, k]}
rules: {x: {}}
events:
  take: {takes: h, moves: {any: counted}}
  give: {gives_back: h, moves: {any: counted}}
  other: {takes: k, moves: {any: stay}}
  gt: {needs: {h > 2: x}, moves: {any: stay}}
  ge: {needs: {h >= 2: x}, moves: {any: stay}}
  lt: {needs: {h < 2: x}, moves: {any: stay}}
  le: {needs: {h <= 2: x}, moves: {any: stay}}
  eq: {needs: {h == 2: x}, moves: {any: stay}}
  ne: {needs: {h != 2: x}, moves: {any: stay}}
  own_gt: {gives_back: h, needs: {h > 2: x}, moves: {any: stay}}
  own_le: {takes: h, needs: {h <= 2: x}, moves: {any: stay}}
  own_ne: {takes: h, needs: {h != 2 and both != 3: x}, moves: {any: stay}}
""",
    """
    const unsigned expected[] = { T_STATE_ZERO, T_STATE_ONE, T_STATE_TWO, T_STATE_THREE, T_STATE_MORE, T_STATE_MORE };
    unsigned n;
    for (n = 0; n < 5; n++) {
        CHECK((t_check(&m, T_EVENT_GT, 0) == T_ACCEPTED) == (n > 2));
        CHECK((t_check(&m, T_EVENT_GE, 0) == T_ACCEPTED) == (n >= 2));
        CHECK((t_check(&m, T_EVENT_LT, 0) == T_ACCEPTED) == (n < 2));
        CHECK((t_check(&m, T_EVENT_LE, 0) == T_ACCEPTED) == (n <= 2));
        CHECK((t_check(&m, T_EVENT_EQ, 0) == T_ACCEPTED) == (n == 2));
        CHECK((t_check(&m, T_EVENT_NE, 0) == T_ACCEPTED) == (n != 2));
        CHECK(t_check(&m, T_EVENT_OWN_GT, 0)
              == (n == 0 ? T_REJECTED_NOT_HELD : n > 2 ? T_ACCEPTED : T_REJECTED_NEED));
        CHECK(t_check(&m, T_EVENT_OWN_LE, 0) == (n <= 2 ? T_ACCEPTED : T_REJECTED_NEED));
        CHECK(t_check(&m, T_EVENT_OWN_NE, 0) == (n != 2 && n != 3 ? T_ACCEPTED : T_REJECTED_NEED));
        CHECK(t_fire(&m, T_EVENT_TAKE, 0) == T_ACCEPTED && t_state(&m) == expected[n + 1]);
    }
    for (; n > 0; n--) {
        CHECK(t_fire(&m, T_EVENT_GIVE, 0) == T_ACCEPTED && t_state(&m) == expected[n - 1]);
    }
    CHECK(t_fire(&m, T_EVENT_OTHER, 0) == T_ACCEPTED);
    CHECK(t_fire(&m, T_EVENT_TAKE, 0) == T_ACCEPTED && t_state(&m) == T_STATE_TWO); /* one, and two of both */
    CHECK(t_fire(&m, T_EVENT_TAKE, 0) == T_ACCEPTED && t_state(&m) == T_STATE_THREE);
    CHECK(t_fire(&m, T_EVENT_TAKE, 0) == T_ACCEPTED && t_state(&m) == T_STATE_MORE);
    """,
)

FORGETTING = Shape(
    "facts that go with the last of what they hang on, and effects before choices",
    """
states: {a: {initial: yes, final: yes}, b: {}}
choices: {after: [{when: known, to: b}, {to: a}]}
holdings: {h: {}, k: {}}
facts: {known: {while: h}, other: {}}
events:
  learn: {takes: h, sets: [known, other], moves: {any: after}}
  take: {takes: [h, k], moves: {any: after}}
  give: {gives_back: h, moves: {any: after}}
  both: {gives_back: [k, h], sets: known, moves: {any: after}}
""",
    """
    CHECK(t_fire(&m, T_EVENT_TAKE, 0) == T_ACCEPTED && t_state(&m) == T_STATE_A);
    CHECK(t_fire(&m, T_EVENT_LEARN, 0) == T_ACCEPTED && t_state(&m) == T_STATE_B);
    CHECK(t_fire(&m, T_EVENT_GIVE, 0) == T_ACCEPTED && t_state(&m) == T_STATE_B);
    CHECK(t_fire(&m, T_EVENT_GIVE, 0) == T_ACCEPTED && t_state(&m) == T_STATE_A);
    CHECK(t_fire(&m, T_EVENT_GIVE, 0) == T_REJECTED_NOT_HELD);
    CHECK(t_fire(&m, T_EVENT_BOTH, 0) == T_REJECTED_NOT_HELD && t_held(&m, T_HELD_K) == 1);
    CHECK(t_fire(&m, T_EVENT_TAKE, 0) == T_ACCEPTED && t_state(&m) == T_STATE_A);
    CHECK(t_fire(&m, T_EVENT_TAKE, 0) == T_ACCEPTED && t_held(&m, T_HELD_K) == 3);
    CHECK(t_fire(&m, T_EVENT_BOTH, 0) == T_ACCEPTED && t_state(&m) == T_STATE_B);
    CHECK(t_fire(&m, T_EVENT_BOTH, 0) == T_ACCEPTED && t_state(&m) == T_STATE_A); /* set, and forgotten */
    """,
)

FORGETTING_A_GROUP = Shape(
    "facts that go with the last of a whole group, also where one event gives two of it back",
    """
states: {a: {initial: yes, final: yes}, b: {}}
choices: {after: [{when: known, to: b}, {to: a}]}
holdings: {h: {}, k: {}, other: {}}
groups: {both: [h, k]}
facts: {known: {while: both}}
events:
  learn: {takes: [h, k, other], sets: known, moves: {any: after}}
  take: {takes: h, moves: {any: after}}
  give_h: {gives_back: h, moves: {any: after}}
  give_k: {gives_back: k, moves: {any: after}}
  give_other: {gives_back: other, moves: {any: after}}
  give_both: {gives_back: [h, k], moves: {any: after}}
""",
    """
    CHECK(t_fire(&m, T_EVENT_LEARN, 0) == T_ACCEPTED && t_state(&m) == T_STATE_B);
    CHECK(t_fire(&m, T_EVENT_GIVE_OTHER, 0) == T_ACCEPTED && t_state(&m) == T_STATE_B);
    CHECK(t_fire(&m, T_EVENT_GIVE_H, 0) == T_ACCEPTED && t_state(&m) == T_STATE_B);
    CHECK(t_fire(&m, T_EVENT_GIVE_K, 0) == T_ACCEPTED && t_state(&m) == T_STATE_A);
    CHECK(t_fire(&m, T_EVENT_LEARN, 0) == T_ACCEPTED && t_state(&m) == T_STATE_B);
    CHECK(t_fire(&m, T_EVENT_TAKE, 0) == T_ACCEPTED && t_state(&m) == T_STATE_B);
    CHECK(t_fire(&m, T_EVENT_GIVE_BOTH, 0) == T_ACCEPTED && t_state(&m) == T_STATE_B); /* an h is left */
    CHECK(t_fire(&m, T_EVENT_GIVE_H, 0) == T_ACCEPTED && t_state(&m) == T_STATE_A);
    CHECK(t_fire(&m, T_EVENT_LEARN, 0) == T_ACCEPTED && t_fire(&m, T_EVENT_GIVE_BOTH, 0) == T_ACCEPTED && t_state(&m) == T_STATE_A);
    """,
)

INNER_NAMES = Shape(
    "names that the generator, Ragel and C have a use for, too",
    """
states: {main: {}, start: {final: yes, initial: yes}, at_start: {}, error: {}, moves: {}, stay_here: {}, nofinal: {}}
choices:
  b__c: [{when: h, to: main}, {to: stay}]
  c: [{when: no h, to: main}, {to: stay}]
  limit: [{when: h, to: main}, {to: main}]
holdings: {h: {}, m: {}, word: {}}
groups: {args: [h, m], sum: word}
facts: [event, first]
rules: {held: {}, x: {}, x-y: {refuses: a}, accept: {}}
events:
  a: {takes: h, moves: {start: b__c}}
  a__b: {gives_back: h, moves: {start: c, main: start}}
  no: {}
  moves: {takes: [m, word], needs: {no m: x, no word: x}, moves: {start: moves, moves: error}}
  unreached: {args: [count, index], moves: {stay_here: nofinal, nofinal: limit}}
  accept: {warns: {h: accept}, sets: event, moves: {any: stay}}
  need: {args: {none: {needs: {h: x-y, no h: held}}}, moves: {any: at_start}}
  init: {clears: first, moves: {at_start: start}}
""",
    """
    CHECK(t_state(&m) == T_STATE_START);
    CHECK(t_fire(&m, T_EVENT_A__B, 0) == T_REJECTED_NOT_HELD);
    CHECK(t_fire(&m, T_EVENT_A, 0) == T_ACCEPTED && t_state(&m) == T_STATE_MAIN);
    CHECK(t_rule(&m, T_EVENT_A, 0) == T_RULE_X_Y && t_rule(&m, T_EVENT_NO, 0) == T_RULE_NONE);
    CHECK(t_warnings(&m, T_EVENT_ACCEPT, 0) == T_WARN_ACCEPT_ACCEPT);
    CHECK(t_fire(&m, T_EVENT_A__B, 0) == T_ACCEPTED && t_state(&m) == T_STATE_START);
    CHECK(t_fire(&m, T_EVENT_UNREACHED, T_ARG_UNREACHED_INDEX) == T_REJECTED_STATE);
    CHECK(t_fire(&m, T_EVENT_NEED, T_ARG_NEED_NONE) == T_REJECTED_NEED && t_rule(&m, T_EVENT_NEED, 1) == T_RULE_X_Y);
    CHECK(t_fire(&m, T_EVENT_NEED, 0) == T_ACCEPTED && t_state(&m) == T_STATE_AT_START);
    CHECK(t_fire(&m, T_EVENT_INIT, 0) == T_ACCEPTED && t_fire(&m, T_EVENT_MOVES, 0) == T_ACCEPTED);
    CHECK(t_state(&m) == T_STATE_MOVES && t_held(&m, T_HELD_ARGS) == 1 && t_held(&m, T_HELD_SUM) == 1);
    CHECK(t_fire(&m, T_EVENT_MOVES, 0) == T_REJECTED_NEED);
    """,
)


def yaml_text(text: str) -> str:
    """A text as YAML, in single quotes."""
    return "'" + text.replace("'", "''") + "'"


def c_text(text: str) -> str:
    """A text as a string of C, every byte of it an octal escape."""
    return '"' + "".join(f"\\{byte:03o}" for byte in text.encode()) + '"'


def each_wild(form: str) -> str:
    """The form for each wild text, with commas between: # is its number, @ the text."""
    return ", ".join(form.replace("#", str(number)).replace("@", yaml_text(text)) for number, text in enumerate(WILD))


WILD_TEXTS = Shape(
    "titles with everything in them that C, Ragel, Jinja and printf know",
    f"""
title: {yaml_text(" ".join(WILD)[:300])}
source: {yaml_text(WILD[2])}
states: {{a: {{initial: yes, final: yes}}, {each_wild("s#: {title: @}")}}}
holdings: {{{each_wild("h#: {title: @, one: @, call: @}")}}}
groups: {{{each_wild("g#: {title: @, members: h#}")}}}
facts: {{{each_wild("f#: {title: @}")}}}
rules: {{{each_wild("r#: {title: @, source: @}")}}}
events: {{
  go: {{moves: {{a: s0, {each_wild("s#: a")}}}}},
  to: {{args: {{{each_wild("x#: {title: @}")}}}, moves: {{a: s1}}}},
  {each_wild("e#: {title: @, call: @, takes: h#, needs: {f#: r#}, moves: {a: s#}}")}
}}
""",
    f"""
    static const char *const titles[] = {{ {", ".join(map(c_text, WILD))} }};
    char text[4000];
    unsigned n;
    for (n = 0; n < {len(WILD)}; n++) {{
        CHECK(t_fire(&m, T_EVENT_E0 + n, 0) == T_REJECTED_NEED && t_rule(&m, T_EVENT_E0 + n, 0) == T_RULE_R0 + n);
        CHECK(t_explain(&m, T_EVENT_E0 + n, 0, text, sizeof text) == strlen(text));
        CHECK(strstr(text, titles[n]) != NULL && strchr(text, '\\n') == NULL);
    }}
    """,
)

SHAPES = [
    ONE_STATE, ONE_STATE_THAT_STAYS, FACTS_ALONE, ARGUMENTS_ALONE, THIRTY_ONE, MANY_HOLDINGS, MANY_STATES,
    MANY_CONDITIONS, COMPARISONS, FORGETTING, FORGETTING_A_GROUP, INNER_NAMES, WILD_TEXTS,
]


PROGRAM = """\
#include <stdio.h>
#include <string.h>
#define T_IMPLEMENTATION
#include "t.h"

static int failed;
#define CHECK(x) do { if (!(x) && failed++ < 9) { printf("%d: %s\\n", __LINE__, #x); } } while (0)

int main(void)
{
    static const t zero;
    t m = zero;
    t before = zero;
    (void)before;
    {@}
    t_init(&m);
    CHECK(memcmp(&m, &zero, sizeof m) == 0);
    return failed != 0;
}
"""


def make_header(spec: str, folder: Path, name: str = "t") -> Path:
    """The header of a spec whose lifecycle is called `name`."""
    path = folder / f"{name}.yaml"
    path.write_text(f"lifecycle: {name}\n{spec}", encoding="utf-8")
    run = lastcall("header", path, "-o", folder / f"{name}.h")
    assert (run.status, run.stderr) == (0, "")
    return folder / f"{name}.h"


def compile_c(source: Path, *options: str | Path) -> None:
    """Compiles without a warning, or fails with what the compiler says."""
    done = subprocess.run([*options, *WARNINGS, source], cwd=source.parent, capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stderr[:3000]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.title)
def test_shape(shape: Shape, tmp_path: Path) -> None:
    """The header compiles everywhere without a warning, and the machine does what the program expects."""
    make_header(shape.spec, tmp_path)
    program = tmp_path / "program.c"
    program.write_text(PROGRAM.replace("@", shape.program), encoding="utf-8")
    usual = (*C99, "-fsanitize=undefined", "-fno-sanitize-recover")
    compile_c(program, *((*CC, "-std=c99") if CC else usual), "-o", tmp_path / "program")
    done = subprocess.run([*RUNNER, tmp_path / "program"], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    source = implementation(tmp_path / "t.h")
    for compiler in COMPILERS:
        compile_c(source, *compiler)


def implementation(header: Path) -> Path:
    """A source file that is the implementation of a header, and nothing else."""
    source = header.with_suffix(".impl.c")
    source.write_text(f'#define {header.stem.upper()}_IMPLEMENTATION\n#include "{header.name}"\n', encoding="utf-8")
    return source


# --------------------------------------------------------------------------------- the headers of the project


@pytest.mark.parametrize("language", ["c99", "c11", "c17", "c++11", "c++17"])
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_the_released_headers_compile(spec: Path, compiler: str, language: str, tmp_path: Path) -> None:
    """In every language that they are written for, in each form, next to one another, included twice."""
    header = ROOT / "runtime" / f"{spec.stem}.h"
    source = tmp_path / "source.c"
    include = f'#include "{header.name}"\n'
    others = "".join(f'#include "{other.stem}.h"\n' for other in SPECS)
    implement = f"#define {spec.stem.upper()}_IMPLEMENTATION\n"
    source.write_text(others + include + implement + include + include, encoding="utf-8")
    as_language = ["-x", "c++" if "++" in language else "c"]
    for options in ([], [f"-D{spec.stem.upper()}_NO_TEXT"]):
        compile_c(source, compiler, f"-std={language}", *as_language, "-I", header.parent, *options, "-fsyntax-only")


def test_the_released_headers_are_what_the_specs_give() -> None:
    """Whoever changes the generator or a spec makes them again."""
    released = {path.stem for path in ROOT.glob("runtime/*.h")}
    assert SPECS and {path.stem for path in SPECS} == released
    for spec in SPECS:
        run = command("header", spec, "-o", "-")
        assert (run.status, run.stderr) == (0, "")
        text = (ROOT / "runtime" / f"{spec.stem}.h").read_text(encoding="utf-8")
        assert run.stdout == text, f"runtime/{spec.stem}.h is not what spec/{spec.name} gives; run `ninja release`"


def test_the_same_spec_gives_the_same_bytes(tmp_path: Path) -> None:
    """Wherever it lies, whoever compiles it, in any folder, language and time zone."""
    far = tmp_path / "a folder, elsewhere"
    far.mkdir()
    python = Path("/usr/bin/python3")  # without the -I of the command, which would ignore the hash seed
    for spec in (ROOT / "spec" / "mapi_session.yaml", DATABASE):
        copy = far / "another name.yaml"
        copy.write_bytes(spec.read_bytes())
        texts = {
            command(COMMAND, "header", spec, "-o", "-", program=python, PYTHONHASHSEED="1", LC_ALL="C").stdout,
            command(COMMAND, "header", copy.name, "-o", "-", program=python, cwd=far, PYTHONHASHSEED="2",
                    LC_ALL="C.UTF-8", TZ="Asia/Tokyo", HOME="/", TMPDIR=str(far), COLUMNS="40").stdout,
            command("header", os.path.relpath(copy, "/usr"), "-o", "-", cwd=Path("/usr"), LANG="tr_TR.UTF-8").stdout,
        }
        assert len(texts) == 1
        [text] = texts
        assert text.startswith("/* ")
        assert not re.search(r"#line|__DATE__|__TIME__|__FILE__|/tmp|\b20[0-9][0-9]\b", text)


# --------------------------------------------------------------------- what a lifecycle can be called

TOKEN = re.compile(
    r"""/\*.*?\*/ | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*' | ^[ ]*\#(?:\\\n|[^\n])* | \b0[xX]\w+ | \b\d\w*""",
    re.DOTALL | re.MULTILINE | re.VERBOSE,
)
"""What holds words that are no identifiers: comments, strings, directives, numbers."""


def own_words(header: str, name: str) -> set[str]:
    """The identifiers of a header that do not begin with its lifecycle's name: variables, members, types."""
    words = re.findall(r"[A-Za-z_]\w*", TOKEN.sub(" ", header))
    return {word for word in words if not word.lower().startswith(name)}


def test_a_lifecycle_may_be_called_like_a_word_of_the_header(tmp_path: Path) -> None:
    """`event`, `state`, `m`: no variable of a header hides its own type, for a lifecycle cannot be called so."""
    spec = DATABASE.read_text(encoding="utf-8").partition("lifecycle: database_connection\n")[2]
    words = own_words(make_header(spec, tmp_path).read_text(encoding="utf-8"), "t_")
    names = sorted(word for word in words if re.fullmatch("[a-z][a-z0-9_]*", word) and word not in ("t", *taken()))
    assert {"m", "event", "args", "buffer"} <= set(names)
    for name in names:
        header = make_header(spec, tmp_path, name)
        compile_c(implementation(header), *C99, "-fsyntax-only")


def taken() -> frozenset[str]:
    """The names that no lifecycle can have."""
    from read import names  # the generator's

    return names.TAKEN | names.KEYWORDS


@pytest.mark.parametrize("name", ["x", "machine", "action", "variable", "any", "test", "err", "door__", "a" * 100])
def test_a_lifecycle_may_have_any_name(name: str, tmp_path: Path) -> None:
    """Also one that means something to Ragel, or to the generator."""
    path = tmp_path / "spec.yaml"
    spec = "states: {a: {initial: yes, final: yes}, b: {}}\nevents: {e: {moves: {a: b, b: a}}}\n"
    path.write_text(f"lifecycle: {name}\n{spec}", encoding="utf-8")
    run = lastcall("build", path, "-o", tmp_path)
    assert (run.status, run.stderr) == (0, "")
    done = subprocess.run([tmp_path / f"{name}-replay"], input="e\ne\n", capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_the_replayer_includes_is_taken() -> None:
    """A lifecycle cannot be called like anything that the C library's headers declare that the replayer includes."""
    replayer = (ROOT / "runtime" / "replay.c").read_text(encoding="utf-8")
    [includes] = re.findall("^#include <errno.h>.*?(?=^#ifndef LASTCALL_VERSION)", replayer, re.MULTILINE | re.DOTALL)
    done = subprocess.run([*C99, "-D_POSIX_C_SOURCE=200809L", "-E", "-P", "-"], input=includes, capture_output=True,
                          text=True, check=True)
    depth, outside = 0, []
    for character in TOKEN.sub(" ", done.stdout):  # declared is what stands outside of all brackets
        depth += (character in "({[") - (character in ")}]")
        outside.append(character if depth == 0 else " ")
    declared = {word for word in re.findall(r"\w+", "".join(outside)) if re.fullmatch("[a-z][a-z0-9_]*", word)}
    assert {"read", "time", "size_t", "stdin"} <= declared
    assert not declared - taken()
    done = subprocess.run([*C99, "-D_POSIX_C_SOURCE=200809L", "-dM", "-E", "-"], input=includes, capture_output=True,
                          text=True, check=True)
    defined = set(re.findall("^#define ([a-z][a-z0-9_]*) ", done.stdout, re.MULTILINE))
    assert {"errno", "st_mtime"} <= defined
    assert not defined - taken()


def test_what_the_header_includes_is_taken() -> None:
    """The replayer puts the lifecycle's name in capitals before its constants: that must not be a macro of what the header includes."""
    includes = "#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n"
    done = subprocess.run([*C99, "-dM", "-E", "-"], input=includes, capture_output=True, text=True, check=True)
    defined = {word.lower() for word in re.findall("^#define ([A-Z][A-Z0-9_]*) ", done.stdout, re.MULTILINE)}
    assert {"size_max", "null"} <= defined
    assert not defined - taken()
