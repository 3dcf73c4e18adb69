/* The header's machine, put into any configuration and read out again: by the layout that the
 * header's comment on its tables documents, not by its functions. The numbers that depend on the
 * lifecycle, the bits of the state and the bit of the first holding, are found out by asking the
 * functions. */
#ifndef MACHINE_H
#define MACHINE_H

#include "plain.h"

#include LIFECYCLE_HEADER

typedef LIFECYCLE machine_type;

/* Status words, and behind them counts of 16 bits: those of the holdings, and what is always 0. */
enum {
    STATUS_BYTES = sizeof(((machine_type *)NULL)->status),
    WORD_BITS = 8 * sizeof(((machine_type *)NULL)->status[0]),
    STATUS_BITS = 8 * STATUS_BYTES,
    FIELDS = (sizeof(machine_type) - STATUS_BYTES) / 2,
    BITS = STATUS_BITS + 16 * FIELDS
};

static unsigned state_bits;
static unsigned first_presence; /* the bit that says of the first holding whether some of it is held */

static unsigned get_count(const machine_type *m, unsigned field)
{
    uint16_t count;
    memcpy(&count, (const char *)m + STATUS_BYTES + 2 * field, sizeof count);
    return count;
}

static void set_count(machine_type *m, unsigned field, unsigned number)
{
    const uint16_t count = (uint16_t)number;
    memcpy((char *)m + STATUS_BYTES + 2 * field, &count, sizeof count);
}

static bool get_bit(const machine_type *m, unsigned bit)
{
    return (m->status[bit / WORD_BITS] >> bit % WORD_BITS & 1) != 0;
}

static void set_bit(machine_type *m, unsigned bit, bool is_set)
{
    const NAME(status) mask = (NAME(status))1 << bit % WORD_BITS;
    m->status[bit / WORD_BITS] = is_set ? m->status[bit / WORD_BITS] | mask : m->status[bit / WORD_BITS] & ~mask;
}

/* Turns over one bit of the struct: of the status, then of the counts. */
static inline void flip(machine_type *m, unsigned bit)
{
    if (bit < STATUS_BITS) {
        set_bit(m, bit, !get_bit(m, bit));
    } else {
        set_count(m, (bit - STATUS_BITS) / 16, get_count(m, (bit - STATUS_BITS) / 16) ^ 1u << (bit - STATUS_BITS) % 16);
    }
}

static unsigned get_state(const machine_type *m)
{
    return (unsigned)(m->status[0] & ((1u << state_bits) - 1));
}

static void set_state(machine_type *m, unsigned state)
{
    m->status[0] = (m->status[0] & ~(NAME(status))((1u << state_bits) - 1)) | (state & ((1u << state_bits) - 1));
}

/* The initial state is number 0 in the struct: it and the spec's first change places. */
static unsigned swapped(unsigned state)
{
    return state == 0 ? INITIAL : state == INITIAL ? 0 : state;
}

static void set_machine(machine_type *m, const struct configuration *c)
{
    unsigned index;

    memset(m, 0, sizeof *m);
    set_state(m, swapped(c->state));
    for (index = 0; index < FACTS; index++) {
        set_bit(m, state_bits + index, (c->facts >> index & 1) != 0);
    }
    for (index = 0; index < HOLDINGS; index++) {
        set_count(m, index, c->counts[index]);
        set_bit(m, first_presence + index, c->counts[index] != 0);
    }
}

/* Does the bit of a holding say the contrary of its count? */
static bool contradicts(const machine_type *m, unsigned holding)
{
    return get_bit(m, first_presence + holding) != (get_count(m, holding) != 0);
}

/* Does some event change no count? Then there is one more, behind those of the holdings, which is always 0. */
static unsigned dummies(void)
{
    unsigned event;

    for (event = 0; HOLDINGS != 0 && event < EVENTS; event++) {
        if (*events[event].takes == NONE && *events[event].gives_back == NONE) {
            return 1;
        }
    }
    return 0;
}

/* Is the state one that there is, and is 0 what is 0 in every machine? */
static bool is_in_range(const machine_type *m)
{
    unsigned index;

    for (index = first_presence + HOLDINGS; index < STATUS_BITS; index++) {
        if (get_bit(m, index)) {
            return false;
        }
    }
    for (index = HOLDINGS + dummies(); index < FIELDS; index++) {
        if (get_count(m, index) != 0) {
            return false;
        }
    }
    return get_state(m) < STATES;
}

/* Reads a machine out; false if it is one that no machine can be: not in range, or with a bit that contradicts its count. */
static bool get_machine(const machine_type *m, struct configuration *c)
{
    bool is_sound = is_in_range(m);
    unsigned index;

    memset(c, 0, sizeof *c);
    c->state = get_state(m) < STATES ? swapped(get_state(m)) : STATES;
    for (index = 0; index < FACTS; index++) {
        c->facts |= (uint32_t)get_bit(m, state_bits + index) << index;
    }
    for (index = 0; index < HOLDINGS; index++) {
        c->counts[index] = (uint16_t)get_count(m, index);
        is_sound = is_sound && !contradicts(m, index);
    }
    is_sound = is_sound && (dummies() == 0 || get_count(m, HOLDINGS) == 0);
    return is_sound;
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

    plain_begin();
    memset(&zero, 0, sizeof zero);
    memset(&probe, '~', sizeof probe);
    NAME(init)(&probe);
    if (memcmp(&zero, &probe, sizeof zero) != 0 || NAME(state)(&zero) != INITIAL) {
        fail("a machine of zero bytes is not the initial one");
    }
    probe = zero;
    probe.status[0] = 256;
    state_bits = NAME(state)(&probe) == INITIAL ? 8 : 16;
    first_presence = state_bits + FACTS;
    if ((unsigned)FIELDS < (unsigned)HOLDINGS || first_presence + HOLDINGS > STATUS_BITS) {
        fail("the struct has no place for what a machine holds");
    }
}

#endif /* MACHINE_H */
