/* The header's machine, put into any configuration and read out again: by the layout that the
 * header's comment on its tables documents, not by its functions. The numbers that depend on the
 * lifecycle, the bits of the state and the field of the first count, are found out by asking the
 * functions. */
#ifndef MACHINE_H
#define MACHINE_H

#include "plain.h"

#include LIFECYCLE_HEADER

typedef LIFECYCLE machine_type;

enum { FIELDS = sizeof(machine_type) / 2, WORDS = sizeof(machine_type) / 8 };

static unsigned state_bits;
static unsigned first_count;
static machine_type used; /* the bits that may be something else than 0 */

static unsigned get_field(const machine_type *m, unsigned field)
{
    return (unsigned)(m->word[field / 4] >> (field % 4 * 16) & 0xFFFF);
}

static void set_field(machine_type *m, unsigned field, unsigned number)
{
    const unsigned shift = field % 4 * 16;
    const uint64_t others = m->word[field / 4] & ~((uint64_t)0xFFFF << shift);
    m->word[field / 4] = others | (uint64_t)number << shift;
}

/* The initial state is number 0 in the struct: it and the spec's first change places. */
static unsigned swapped(unsigned state)
{
    return state == 0 ? INITIAL : state == INITIAL ? 0 : state;
}

static void set_machine(machine_type *m, const struct configuration *c)
{
    unsigned holding;

    memset(m, 0, sizeof *m);
    m->word[0] = swapped(c->state) | (uint64_t)c->facts << state_bits;
    for (holding = 0; holding < HOLDINGS; holding++) {
        set_field(m, first_count + holding, c->counts[holding]);
    }
}

/* Reads a machine out; false if it is one that no machine can be: a state out of range, or
 * unused bits that are not 0. */
static bool get_machine(const machine_type *m, struct configuration *c)
{
    const unsigned state = (unsigned)(m->word[0] & (((uint64_t)1 << state_bits) - 1));
    unsigned index;

    memset(c, 0, sizeof *c);
    c->state = state < STATES ? swapped(state) : STATES;
    c->facts = (uint32_t)((m->word[0] & used.word[0]) >> state_bits & (((uint64_t)1 << FACTS) - 1));
    for (index = 0; index < HOLDINGS; index++) {
        c->counts[index] = (uint16_t)get_field(m, first_count + index);
    }
    for (index = 0; index < WORDS; index++) {
        if ((m->word[index] & ~used.word[index]) != 0) {
            return false;
        }
    }
    return state < STATES;
}

/* What NAME_held has to say of a holding or of a group. */
static uint32_t held(const struct configuration *c, unsigned number)
{
    const uint16_t *member;
    uint32_t sum = 0;

    if (number < HOLDINGS) {
        return c->counts[number];
    }
    if (number < HOLDINGS + GROUPS) {
        for (member = groups[number - HOLDINGS]; *member != NONE; member++) {
            sum += c->counts[*member];
        }
    }
    return sum;
}

/* Does the header say of a machine what its configuration is? */
static bool says(const machine_type *m, const struct configuration *c)
{
    unsigned number;

    for (number = 0; number <= HOLDINGS + GROUPS; number++) {
        if (NAME(held)(m, number) != held(c, number)) {
            return false;
        }
    }
    return NAME(state)(m) == c->state;
}

static void machine_begin(void)
{
    machine_type zero;
    machine_type probe;
    unsigned holding;

    plain_begin();
    memset(&zero, 0, sizeof zero);
    memset(&probe, '~', sizeof probe);
    NAME(init)(&probe);
    if (memcmp(&zero, &probe, sizeof zero) != 0 || NAME(state)(&zero) != INITIAL) {
        fail("a machine of zero bytes is not the initial one");
    }
    probe = zero;
    probe.word[0] = 256;
    state_bits = NAME(state)(&probe) == INITIAL ? 8 : 16;
    for (first_count = 1; HOLDINGS != 0 && first_count + HOLDINGS <= FIELDS; first_count++) {
        probe = zero;
        set_field(&probe, first_count, 1);
        if (NAME(held)(&probe, 0) == 1) {
            break;
        }
    }
    if (HOLDINGS != 0 && first_count + HOLDINGS > FIELDS) {
        fail("no field of the struct is the first count");
    }
    used = zero;
    used.word[0] = (((uint64_t)1 << (state_bits + FACTS)) - 1);
    for (holding = 0; holding < HOLDINGS; holding++) {
        set_field(&used, first_count + holding, 0xFFFF);
    }
}

#endif /* MACHINE_H */
