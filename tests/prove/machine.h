/* The header's machine, put into any configuration and read out again: by the layout that the
 * header's comment on its tables documents, not by its functions. The numbers that depend on the
 * lifecycle, the bits of the state and the field of the first count, are found out by asking the
 * functions. */
#ifndef MACHINE_H
#define MACHINE_H

#include "plain.h"

#include LIFECYCLE_HEADER

typedef LIFECYCLE machine_type;

/* Fields of 16 bits, of which the struct's words have four or, with NAME_SMALL, one. What is called a word here are always four. */
enum {
    FIELDS = sizeof(machine_type) / 2,
    IN_WORD = sizeof(((machine_type *)NULL)->word[0]) / 2,
    WORDS = sizeof(machine_type) / 8
};

static unsigned state_bits;
static unsigned first_count;
static machine_type used; /* the bits that may be something else than 0 */

static unsigned get_field(const machine_type *m, unsigned field)
{
    return (unsigned)((uint64_t)m->word[field / IN_WORD] >> (field % IN_WORD * 16) & 0xFFFF);
}

static void set_field(machine_type *m, unsigned field, unsigned number)
{
    const unsigned shift = field % IN_WORD * 16;
    const uint64_t others = (uint64_t)m->word[field / IN_WORD] & ~((uint64_t)0xFFFF << shift);
    m->word[field / IN_WORD] = (NAME(word))(others | (uint64_t)number << shift);
}

static uint64_t get_word(const machine_type *m, unsigned word)
{
    uint64_t bits = 0;
    unsigned index;

    for (index = 0; index < 4; index++) {
        bits |= (uint64_t)get_field(m, 4 * word + index) << 16 * index;
    }
    return bits;
}

static void set_word(machine_type *m, unsigned word, uint64_t bits)
{
    unsigned index;

    for (index = 0; index < 4; index++) {
        set_field(m, 4 * word + index, (unsigned)(bits >> 16 * index & 0xFFFF));
    }
}

/* Turns over one bit of the struct, the lowest of its first word being bit 0. */
static inline void flip(machine_type *m, unsigned bit)
{
    set_field(m, bit / 16, get_field(m, bit / 16) ^ 1u << bit % 16);
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
    set_word(m, 0, swapped(c->state) | (uint64_t)c->facts << state_bits);
    for (holding = 0; holding < HOLDINGS; holding++) {
        set_field(m, first_count + holding, c->counts[holding]);
    }
}

/* Reads a machine out; false if it is one that no machine can be: a state out of range, or
 * unused bits that are not 0. */
static bool get_machine(const machine_type *m, struct configuration *c)
{
    const unsigned state = (unsigned)(get_word(m, 0) & (((uint64_t)1 << state_bits) - 1));
    unsigned index;

    memset(c, 0, sizeof *c);
    c->state = state < STATES ? swapped(state) : STATES;
    c->facts = (uint32_t)((get_word(m, 0) & get_word(&used, 0)) >> state_bits & (((uint64_t)1 << FACTS) - 1));
    for (index = 0; index < HOLDINGS; index++) {
        c->counts[index] = (uint16_t)get_field(m, first_count + index);
    }
    for (index = 0; index < WORDS; index++) {
        if ((get_word(m, index) & ~get_word(&used, index)) != 0) {
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
    set_word(&probe, 0, 256);
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
    set_word(&used, 0, ((uint64_t)1 << (state_bits + FACTS)) - 1);
    for (holding = 0; holding < HOLDINGS; holding++) {
        set_field(&used, first_count + holding, 0xFFFF);
    }
}

#endif /* MACHINE_H */
