/* Holds the forms equal, without timing anything: compare [SEED]
 *
 * The hand-written switch, the generated header and Ragel's own forms get the same random events,
 * and every answer has to be the same: verdict, state and what is held afterwards, and of switch
 * and header also the rule that is cited. Switch and header have to see every state and every fact
 * that there is not. The bare matrix has to accept exactly the events that the switch does not
 * reject for the state, and to go where the switch can go. What was compared is counted and
 * printed; the first difference ends the run with status 1.
 */
#include "matrix.h"
#include "ragel.h"
#include "switch.h"
#include "trace.h"

#define MAPI_SESSION_NO_TEXT
#include "mapi_session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct forms {
    switch_session by_hand;
    mapi_session generated;
    ragel_session as_gotos;
    ragel_session as_tables;
};

static unsigned long verdicts[SWITCH_VERDICT_COUNT];
static unsigned long in_state[SWITCH_STATE_COUNT];
static unsigned long rules[SWITCH_RULE_COUNT + 1];

static void same(const char *what, unsigned long by_hand, unsigned long other, unsigned state,
                 unsigned event, unsigned args)
{
    if (by_hand == other)
        return;
    printf("%s of event %u, arguments %u, in state %u: switch %lu, not %lu\n", what, event, args,
           state, by_hand, other);
    exit(1);
}

static void same_ragel(const char *form, const switch_session *s, const ragel_session *r,
                       unsigned state, unsigned event, unsigned args)
{
    same(form, s->state, r->state, state, event, args);
    same(form, s->facts, r->facts, state, event, args);
    for (unsigned h = 0; h < SWITCH_HOLDING_COUNT; h++)
        same(form, s->held[h], r->held[h], state, event, args);
    same(form, 0, r->held[SWITCH_HOLDING_COUNT], state, event, args);
}

static void fire(struct forms *p, unsigned event, unsigned args)
{
    switch_session *const s = &p->by_hand;
    mapi_session *const g = &p->generated;
    ragel_session *const gotos = &p->as_gotos;
    ragel_session *const tables = &p->as_tables;
    const unsigned before = s->state;
    const unsigned rule = switch_rule(s, event, args);
    const unsigned verdict = switch_fire(s, event, args);

    same("the rule", rule, mapi_session_rule(g, event, args), before, event, args);
    same("the check", verdict, mapi_session_check(g, event, args), before, event, args);
    same("the verdict", verdict, mapi_session_fire(g, event, args), before, event, args);
    same("the state", s->state, mapi_session_state(g), before, event, args);
    for (unsigned h = 0; h < SWITCH_HOLDING_COUNT; h++)
        same("a count", s->held[h], mapi_session_held(g, h), before, event, args);
    same("the verdict of Ragel's -G2", verdict, ragel_goto_fire(gotos, event, args), before, event,
         args);
    same_ragel("what Ragel's -G2 leaves", s, gotos, before, event, args);
    same("the verdict of Ragel's -F1", verdict, ragel_table_fire(tables, event, args), before,
         event, args);
    same_ragel("what Ragel's -F1 leaves", s, tables, before, event, args);
    verdicts[verdict]++;
    in_state[before]++;
    rules[rule]++;
}

static void start(struct forms *p)
{
    memset(&p->by_hand, 0, sizeof p->by_hand);
    mapi_session_init(&p->generated);
    ragel_goto_init(&p->as_gotos);
    ragel_table_init(&p->as_tables);
}

/* Many short lives: half of the events are legal, some are none at all, or have arguments that they
 * do not take. */
static void compare_random(uint64_t *seed)
{
    struct forms p;

    for (unsigned life = 0; life < 2000; life++) {
        const struct mixture mixture = {trace_below(seed, 700), 50 + trace_below(seed, 951)};

        start(&p);
        for (unsigned i = 0; i < 300; i++) {
            const struct step step = trace_pick(&p.by_hand, mixture, seed);

            if (trace_below(seed, 50) == 0)
                fire(&p, trace_below(seed, SWITCH_EVENT_COUNT + 3), trace_below(seed, 16));
            fire(&p, step.event, step.args);
        }
    }
}

/* Takes each thing as often as it can be taken and once more, then gives one back and takes it
 * again. */
static void compare_limits(void)
{
    static const struct {
        unsigned take, give_back;
    } of[] = {
        {SWITCH_EVENT_MAPI_INITIALIZE, SWITCH_EVENT_MAPI_UNINITIALIZE},
        {SWITCH_EVENT_OLE_INITIALIZE, SWITCH_EVENT_OLE_UNINITIALIZE},
        {SWITCH_EVENT_SC_INIT_MAPI_UTIL, SWITCH_EVENT_DEINIT_MAPI_UTIL},
        {SWITCH_EVENT_ADDREF_SESSION, SWITCH_EVENT_RELEASE_SESSION},
        {SWITCH_EVENT_ADVISE, SWITCH_EVENT_UNADVISE},
        {SWITCH_EVENT_OPEN_ADVISE_SINK, SWITCH_EVENT_RELEASE_ADVISE_SINK},
        {SWITCH_EVENT_OPEN_STATUS_TABLE, SWITCH_EVENT_RELEASE_STATUS_TABLE},
        {SWITCH_EVENT_OPEN_OUTBOX_FOLDER, SWITCH_EVENT_RELEASE_OUTBOX_FOLDER},
        {SWITCH_EVENT_OPEN_MESSAGE_STORE, SWITCH_EVENT_RELEASE_MESSAGE_STORE},
        {SWITCH_EVENT_OPEN_ADDRESS_BOOK, SWITCH_EVENT_RELEASE_ADDRESS_BOOK},
        {SWITCH_EVENT_OPEN_OTHER_OBJECT, SWITCH_EVENT_RELEASE_OTHER_OBJECT},
        {SWITCH_EVENT_CACHE_ENTRY_ID, SWITCH_EVENT_MAPI_FREE_BUFFER},
        {SWITCH_EVENT_SUBMIT_MESSAGE, SWITCH_EVENT_MESSAGE_TRANSMITTED},
    };
    struct forms p;

    start(&p);
    fire(&p, SWITCH_EVENT_MAPI_INITIALIZE, 0);
    fire(&p, SWITCH_EVENT_MAPI_LOGON_EX, SWITCH_ARG_MAPI_LOGON_EX_OWNER);
    for (unsigned i = 0; i < sizeof of / sizeof of[0]; i++) {
        for (unsigned long n = 0; n <= 65536; n++)
            fire(&p, of[i].take, 0);
        fire(&p, of[i].give_back, 0);
        fire(&p, of[i].take, 0);
        fire(&p, of[i].take, 0);
    }
    /* Everything is at its limit now: every event once, at work and at the end. */
    for (unsigned event = 0; event < SWITCH_EVENT_COUNT; event++)
        fire(&p, event, 0);
    for (unsigned event = 0; event < SWITCH_EVENT_COUNT; event++)
        fire(&p, event, 0);
}

/* Each event in each state and with all facts that the bytes of the switch can hold, also those that
 * there are not. Ragel's forms do not look. */
static void compare_corrupt(void)
{
    unsigned long corrupt = 0;

    for (unsigned bytes = 0; bytes < 1u << 16; bytes++) {
        const unsigned state = bytes & 0xFF;
        const unsigned facts = bytes >> 8;

        for (unsigned event = 0; event <= SWITCH_EVENT_COUNT; event++) {
            switch_session s = {{0}, (uint8_t)state, (uint8_t)facts};
            /* those that there are in their place, the others in bits that no machine sets */
            mapi_session g = {{state | (facts & 7) << 8 | (facts >> 3) << 24}, {0}};
            const unsigned verdict = switch_fire(&s, event, 0);

            same("the verdict", verdict, mapi_session_fire(&g, event, 0), state, event, 0);
            corrupt += verdict == SWITCH_CORRUPT;
        }
    }
    printf("corrupt %lu\n", corrupt);
}

/* Each cell of the matrix against all configurations that hold none of a thing, or one (or two). */
static void compare_matrix(void)
{
    unsigned long cells = 0;

    for (unsigned state = 0; state < SWITCH_STATE_COUNT; state++) {
        for (unsigned event = 0; event < SWITCH_EVENT_COUNT; event++) {
            matrix_session matrix = {(uint8_t)state};
            const unsigned long moves = matrix_fire(&matrix, event);
            unsigned long reached = 0;

            for (unsigned held = 0; held < 2u << SWITCH_HOLDING_COUNT; held++) {
                switch_session m = {{0}, (uint8_t)state, SWITCH_ARG_MAPI_LOGON_EX_OWNER};
                const unsigned number = 1 + (held >> SWITCH_HOLDING_COUNT);
                unsigned verdict;

                for (unsigned h = 0; h < SWITCH_HOLDING_COUNT; h++)
                    m.held[h] = (uint16_t)((held >> h & 1) * number);
                verdict = switch_fire(&m, event, 0);
                same("whether the matrix moves", verdict != SWITCH_REJECTED_STATE, moves, state,
                     event, 0);
                reached |= verdict == SWITCH_ACCEPTED && m.state == matrix.state;
            }
            same("whether the matrix goes where the switch can go", reached, moves, state, event,
                 0);
            cells++;
        }
    }
    printf("matrix cells %lu\n", cells);
}

int main(int argc, char **argv)
{
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    unsigned long total = 0;

    compare_random(&seed);
    compare_limits();
    for (unsigned v = 0; v < SWITCH_VERDICT_COUNT; v++) {
        printf("verdict %u %lu\n", v, verdicts[v]);
        total += verdicts[v];
    }
    for (unsigned s = 0; s < SWITCH_STATE_COUNT; s++)
        printf("state %u %lu\n", s, in_state[s]);
    for (unsigned r = 0; r <= SWITCH_RULE_COUNT; r++)
        printf("rule %u %lu\n", r, rules[r]);
    compare_corrupt();
    compare_matrix();
    printf("compared %lu events\n", total);
    return 0;
}
