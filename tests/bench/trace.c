/* Random traces of the lifecycle mapi_session: see trace.h. The switch says what is legal where. */
#include "trace.h"

#include <string.h>

uint64_t trace_random(uint64_t *seed)
{
    uint64_t x = *seed;

    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *seed = x;
    return x * UINT64_C(0x2545F4914F6CDD1D);
}

unsigned trace_below(uint64_t *seed, unsigned bound)
{
    return (unsigned)(trace_random(seed) >> 40) % bound;
}

struct step trace_pick(const switch_session *m, struct mixture mixture, uint64_t *seed)
{
    const int accepted = trace_below(seed, 1000) >= mixture.rejected;

    for (;;) {
        const unsigned event = trace_below(seed, SWITCH_EVENT_COUNT);
        const unsigned args = (unsigned)(trace_random(seed) >> 40) & switch_arguments(event);
        const struct step step = {(uint8_t)event, (uint8_t)args};
        switch_session after = *m;

        if ((switch_fire(&after, event, args) == SWITCH_ACCEPTED) != accepted)
            continue;
        if (after.state != m->state && trace_below(seed, 1000) >= mixture.leaving)
            continue;
        return step;
    }
}

static struct step pick_and_fire(switch_session *m, struct mixture mixture, uint64_t *seed,
                                 struct trace_facts *facts)
{
    const struct step step = trace_pick(m, mixture, seed);
    const unsigned before = m->state;
    const unsigned verdict = switch_fire(m, step.event, step.args);

    facts->verdicts[verdict]++;
    facts->in_state[before]++;
    facts->changes += before != m->state;
    facts->checksum = trace_sum(facts->checksum, verdict);
    return step;
}

void trace_one(struct step *trace, size_t count, struct mixture mixture, uint64_t seed,
               struct trace_facts *facts)
{
    switch_session m = {{0}, 0, 0};

    memset(facts, 0, sizeof *facts);
    for (size_t i = 0; i < count; i++)
        trace[i] = pick_and_fire(&m, mixture, &seed, facts);
}

void trace_many(struct visit *visits, size_t count, switch_session *machines, size_t machine_count,
                const struct step *start, struct mixture mixture, uint64_t seed,
                struct trace_facts *facts)
{
    switch_session m = {{0}, 0, 0};

    memset(facts, 0, sizeof *facts);
    for (size_t i = 0; i < machine_count; i++) {
        machines[i] = m;
        switch_fire(&m, start[i].event, start[i].args);
    }
    for (size_t i = 0; i < count; i++) {
        const uint32_t machine = (uint32_t)((trace_random(&seed) >> 32) % machine_count);

        visits[i].machine = machine;
        visits[i].step = pick_and_fire(&machines[machine], mixture, &seed, facts);
    }
}
