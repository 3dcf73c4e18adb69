/* The lifecycle, said once more in C and as plainly as can be: Ragel's machine (`ragel -G2` of
 * the same source that the header is made of) is fed letter by letter, and what a letter asks is
 * answered from arrays of counts and facts. Nothing here comes from the header or from the
 * tables in it. A program includes this once. */
#ifndef PLAIN_H
#define PLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PASTE_EXPANDED(left, right) left##_##right
#define PASTE(left, right) PASTE_EXPANDED(left, right)
#define NAME(suffix) PASTE(LIFECYCLE, suffix)              /* NAME(fire) is mapi_session_fire */
#define CONSTANT(suffix) PASTE(LIFECYCLE_CONSTANT, suffix) /* likewise MAPI_SESSION_ACCEPTED */

enum { NONE = 0xFFFF, NO_FACT = 0xFF, MOST = 65535 };

/* Numbered as in every header. */
enum verdict { ACCEPTED, STATE, NOT_HELD, NEED, LIMIT, BAD_EVENT, CORRUPT };

enum subject { HOLDING, GROUP, FACT, ARGUMENT, ALWAYS_ATOM };
enum relation { GREATER, AT_LEAST, LESS, AT_MOST, EQUAL, UNEQUAL };
enum follows { AND, OR, END };

/* A comparison in a condition, and what stands between it and the next one. */
struct atom {
    enum subject subject;
    unsigned index;
    enum relation relation;
    uint64_t number;
    enum follows follows;
};

/* What a letter asks: nothing; is something that is given back not held; does the condition
 * fail; is something that is taken held as often as can be; does the condition hold after the
 * effect? */
enum asks { ALWAYS, HELD_NOT, FAILS, FULL, AFTERWARDS };

struct letter {
    int number;
    enum asks asks;
    unsigned arguments; /* asked only if the event comes with these */
    unsigned condition; /* where it begins in `atoms` */
};

struct outcome {
    enum verdict verdict;
    unsigned rule; /* RULES for none */
};

struct event {
    const uint16_t *takes;
    const uint16_t *gives_back;
    const uint8_t *facts_of_arguments; /* the fact that each argument sets, or NO_FACT */
    const uint16_t *warnings; /* the condition of each */
    const uint16_t *warning_rules;
    const struct letter *letters;
    uint32_t sets;
    uint32_t clears;
    uint32_t arguments;
    unsigned argument_count;
};

#include "tables.h"

/* All that a machine remembers. */
struct configuration {
    unsigned state;
    uint32_t facts;
    uint16_t counts[HOLDINGS + 1];
};

/* What becomes of an event. `after` is the configuration itself if it is rejected. */
struct judgement {
    enum verdict verdict;
    unsigned rule;
    unsigned warnings;
    struct configuration after;
};

int NAME(ragel)(int cs, int letter, int *outcome, int *state);
int NAME(ragel_start)(void);

static void fail(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(2);
}

/* Ragel's number of each state. */
static int ragel_state[STATES];

/* Finds Ragel's numbers: from the start, by every letter, to every state. */
static void plain_begin(void)
{
    unsigned waiting[STATES];
    unsigned first = 0;
    unsigned count = 1;

    waiting[0] = INITIAL;
    ragel_state[INITIAL] = NAME(ragel_start)();
    for (; first < count; first++) {
        int letter;
        for (letter = 0; letter < LETTERS; letter++) {
            int outcome = -1;
            int state = -1;
            const int next = NAME(ragel)(ragel_state[waiting[first]], letter, &outcome, &state);
            if (next == 0) {
                continue;
            }
            if (state < 0 || state >= STATES || outcome < 0 || outcome >= OUTCOMES) {
                fail("Ragel's machine says a state or an outcome that there is not");
            }
            if (ragel_state[state] == 0) {
                ragel_state[state] = next;
                waiting[count++] = (unsigned)state;
            } else if (ragel_state[state] != next) {
                fail("two states of Ragel's machine have the same number of the spec");
            }
        }
    }
    if (count != STATES) {
        fail("Ragel's machine lacks states");
    }
}

static uint64_t number_of(const struct atom *atom, const struct configuration *c, unsigned args)
{
    const uint16_t *member;
    uint64_t sum = 0;

    switch (atom->subject) {
    case HOLDING:
        return c->counts[atom->index];
    case GROUP:
        for (member = groups[atom->index]; *member != NONE; member++) {
            sum += c->counts[*member];
        }
        return sum;
    case FACT:
        return c->facts >> atom->index & 1;
    case ARGUMENT:
        return args >> atom->index & 1;
    default:
        return 0;
    }
}

static bool atom_holds(const struct atom *atom, const struct configuration *c, unsigned args)
{
    const uint64_t number = number_of(atom, c, args);

    switch (atom->relation) {
    case GREATER:
        return number > atom->number;
    case AT_LEAST:
        return number >= atom->number;
    case LESS:
        return number < atom->number;
    case AT_MOST:
        return number <= atom->number;
    case EQUAL:
        return number == atom->number;
    default:
        return number != atom->number;
    }
}

/* Does a condition hold: all atoms of one of its alternatives? */
static bool holds(unsigned condition, const struct configuration *c, unsigned args)
{
    const struct atom *atom = &atoms[condition];

    for (;; atom++) {
        bool all = atom_holds(atom, c, args);
        while (atom->follows == AND) {
            atom++;
            all = all && atom_holds(atom, c, args);
        }
        if (all) {
            return true;
        }
        if (atom->follows == END) {
            return false;
        }
    }
}

static bool some_count_is(const struct configuration *c, const uint16_t *holdings, unsigned count)
{
    for (; *holdings != NONE; holdings++) {
        if (c->counts[*holdings] == count) {
            return true;
        }
    }
    return false;
}

/* Is a holding, of which nothing is left, one of these, and is nothing left of the others? */
static bool is_last(const struct configuration *c, const uint16_t *holdings, unsigned given_back)
{
    bool is_one = false;

    for (; *holdings != NONE; holdings++) {
        is_one = is_one || *holdings == given_back;
        if (c->counts[*holdings] != 0) {
            return false;
        }
    }
    return is_one;
}

/* What an event does to counts and facts; the counts wrap where it would be rejected. */
static void apply(struct configuration *c, const struct event *event, unsigned args)
{
    const uint16_t *holding;
    unsigned index;

    c->facts = (c->facts | event->sets) & ~event->clears;
    for (index = 0; index < event->argument_count; index++) {
        if (event->facts_of_arguments[index] != NO_FACT) {
            const uint32_t fact = (uint32_t)1 << event->facts_of_arguments[index];
            c->facts = (args >> index & 1) != 0 ? c->facts | fact : c->facts & ~fact;
        }
    }
    for (holding = event->takes; *holding != NONE; holding++) {
        c->counts[*holding]++;
    }
    for (holding = event->gives_back; *holding != NONE; holding++) {
        const unsigned left = --c->counts[*holding];
        for (index = 0; index < FACTS; index++) {
            if (left == 0 && is_last(c, held_with[index], *holding)) {
                c->facts &= ~((uint32_t)1 << index);
            }
        }
    }
}

/* The answer to what a letter asks. */
static bool answer(const struct letter *letter, const struct event *event,
    const struct configuration *before, const struct configuration *after, unsigned args)
{
    switch (letter->asks) {
    case HELD_NOT:
        return some_count_is(before, event->gives_back, 0);
    case FAILS:
        return (args & letter->arguments) == letter->arguments &&
               !holds(letter->condition, before, args);
    case FULL:
        return some_count_is(before, event->takes, MOST);
    case AFTERWARDS:
        return holds(letter->condition, after, 0);
    default:
        return true;
    }
}

/* Feeds Ragel's machine the letter of an event. The event and its arguments are valid. */
static struct judgement plain_judge(
    const struct configuration *before, unsigned number, unsigned args)
{
    const struct event *event = &events[number];
    const struct letter *letter;
    const uint16_t *warning;
    struct judgement judgement = {STATE, RULES, 0, *before};
    struct configuration after = *before;
    unsigned bit = 1;

    apply(&after, event, args);
    for (letter = event->letters; letter->number >= 0; letter++) {
        int outcome = -1;
        int state = -1;
        if (NAME(ragel)(ragel_state[before->state], letter->number, &outcome, &state) == 0 ||
            !answer(letter, event, before, &after, args)) {
            continue;
        }
        judgement.verdict = outcomes[outcome].verdict;
        judgement.rule = outcomes[outcome].rule;
        if (judgement.verdict == ACCEPTED) {
            judgement.after = after;
        }
        judgement.after.state = (unsigned)state;
        break;
    }
    if (judgement.verdict != ACCEPTED) {
        return judgement;
    }
    for (warning = event->warnings; *warning != NONE; warning++, bit <<= 1) {
        if (holds(*warning, before, args)) {
            judgement.warnings |= bit;
        }
    }
    return judgement;
}

static bool plain_finished(const struct configuration *c)
{
    unsigned holding;

    for (holding = 0; holding < HOLDINGS; holding++) {
        if (c->counts[holding] != 0 && !may_remain[holding]) {
            return false;
        }
    }
    return is_final[c->state];
}

#endif /* PLAIN_H */
