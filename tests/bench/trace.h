/* Random traces of the lifecycle mapi_session, the same for the same seed on every machine. */
#ifndef TRACE_H
#define TRACE_H

#include "switch.h"

#include <stddef.h>
#include <stdint.h>

struct step { /* one call of fire */
    uint8_t event;
    uint8_t args;
};

struct visit { /* one call of fire on one of many machines */
    uint32_t machine;
    struct step step;
};

struct mixture { /* what a trace is made of, in thousandths */
    unsigned rejected; /* events that are rejected */
    unsigned leaving;  /* chance of an event that changes the state to be taken when it is drawn */
};

struct trace_facts { /* what happened in a trace, as the switch judges it */
    uint64_t verdicts[SWITCH_VERDICT_COUNT];
    uint64_t in_state[SWITCH_STATE_COUNT]; /* events that were fired in each state */
    uint64_t changes;                      /* events that changed the state */
    uint64_t checksum;                     /* of the verdicts, in order */
};

/* The next pseudorandom number (Marsaglia's xorshift64*); the seed must not be 0. */
uint64_t trace_random(uint64_t *seed);

/* A random number below bound, which is small, so that the bias of the remainder is nothing. */
unsigned trace_below(uint64_t *seed, unsigned bound);

/* An event for m, accepted or rejected by chance: all events and all their arguments are drawn
 * alike until one fits. It always ends: every state accepts some event and rejects some. */
struct step trace_pick(const switch_session *m, struct mixture mixture, uint64_t *seed);

/* A trace of one machine from the initial state on. */
void trace_one(struct step *trace, size_t count, struct mixture mixture, uint64_t seed,
               struct trace_facts *facts);

/* Visits to machines in random order, each event picked for the machine as it is when its turn
 * comes. At first machine k is as one machine is after the first k steps of `start`. */
void trace_many(struct visit *visits, size_t count, switch_session *machines, size_t machine_count,
                const struct step *start, struct mixture mixture, uint64_t seed,
                struct trace_facts *facts);

/* Adds a verdict to a checksum in which the order counts. No form has to wait for it. */
static inline uint64_t trace_sum(uint64_t sum, unsigned verdict)
{
    return (sum << 5 | sum >> 59) ^ verdict;
}

#endif
