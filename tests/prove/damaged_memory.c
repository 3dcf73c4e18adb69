/* What becomes of a machine whose memory has been damaged: every function is asked about it. To
 * be compiled with sanitizers.
 *
 *     damaged_memory SEED RANDOM EVENTS EXPLAIN SAY <configurations
 *
 * Each configuration (state: 16 bits, facts: 32, then each count: 16; low bytes first) is
 * damaged in each of its bits in turn; then come RANDOM machines of random bytes. Of each
 * machine one event in EVENTS is judged (1: every one), one machine in EXPLAIN is explained for
 * many sizes of the buffer, and one judgement in SAY is said on standard output: the machine
 * before and after the event as
 *
 *     EVENT ARGUMENTS VERDICT RULE WARNINGS BITS COUNT... BITS COUNT...
 *
 * (the bits of the status as 0 and 1, the lowest first; counts in hexadecimal), after a first line
 * `BITS_OF_THE_STATE FIRST_BIT_OF_A_HOLDING` and before a last one, `MACHINES CORRUPT JUDGEMENTS EXPLANATIONS`. What is wrong is said on standard error, with
 * exit status 1.
 */
#include "machine.h"

enum { RECORD = 6 + 2 * HOLDINGS, WHOLE = 16384, SMALL = 24 };

static unsigned long long machines;
static unsigned long long corrupt;
static unsigned long long judgements;
static unsigned long long explanations;
static unsigned long long random_state;
static unsigned long long wrongs;
static unsigned events_apart;
static unsigned explain_apart;
static unsigned say_apart;

/* The next of a sequence of numbers without order (xorshift). */
static uint64_t chance(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static void put_machine(FILE *file, const machine_type *m)
{
    unsigned index;
    fprintf(file, " ");
    for (index = 0; index < STATUS_BITS; index++) {
        fprintf(file, "%d", get_bit(m, index));
    }
    for (index = 0; index < FIELDS; index++) {
        fprintf(file, " %x", get_count(m, index));
    }
}

/* What is asked about at present. */
static struct {
    const machine_type *machine;
    unsigned event;
    unsigned args;
} subject;

static void expect(bool right, const char *what)
{
    if (!right && wrongs++ < 20) {
        fprintf(stderr, "%s: event %u, arguments 0x%x, machine", what, subject.event, subject.args);
        put_machine(stderr, subject.machine);
        fprintf(stderr, "\n");
    }
}

static void expect_verdict(NAME(verdict) verdict, enum verdict expected, const char *what)
{
    expect((enum verdict)verdict == expected, what);
}

static bool same(const machine_type *one, const machine_type *other)
{
    return memcmp(one, other, sizeof *one) == 0;
}

/* What a listener has been told. */
struct told {
    unsigned calls;
    enum verdict verdict;
    unsigned warnings;
};

static void listen(void *context, const machine_type *m, unsigned event, unsigned args,
    NAME(verdict) verdict, unsigned warnings)
{
    struct told *told = context;
    expect(m == subject.machine && event == subject.event && args == subject.args, "a listener");
    told->calls++;
    told->verdict = (enum verdict)verdict;
    told->warnings = warnings;
}

static void judge_reported(const machine_type *m, unsigned event, unsigned args,
    const struct judgement *expected)
{
    const bool is_told = expected->verdict != ACCEPTED || expected->warnings != 0;
    struct told told = {0, ACCEPTED, 0};

    expect_verdict(NAME(report)(m, event, args, NULL, NULL), expected->verdict, "report");
    expect_verdict(NAME(report)(m, event, args, listen, &told), expected->verdict, "report");
    expect(told.calls == is_told, "calls of the listener");
    expect(!is_told || told.verdict == expected->verdict, "the verdict that a listener is told");
    expect(!is_told || told.warnings == expected->warnings, "the warnings that a listener is told");
}

/* All functions that take an event. The event and its arguments may be any numbers; `expected`
 * has what is to come of them. */
static void judge(const machine_type *m, unsigned event, unsigned args,
    const struct judgement *expected)
{
    const enum verdict verdict = expected->verdict;
    const machine_type before = *m;
    machine_type after = *m;
    machine_type fired = *m;
    machine_type observed = *m;
    struct configuration c;

    subject.event = event;
    subject.args = args;
    expect_verdict(NAME(check)(m, event, args), verdict, "check");
    expect(NAME(rule)(m, event, args) == expected->rule, "rule");
    expect(NAME(warnings)(m, event, args) == expected->warnings, "warnings");
    judge_reported(m, event, args, expected);
    expect(same(m, &before), "a question has changed the machine");
    if (verdict == ACCEPTED) {
        set_machine(&after, &expected->after);
    }
    expect_verdict(NAME(fire)(&fired, event, args), verdict, "fire");
    expect(same(&fired, &after), "the machine after fire");
    expect_verdict(NAME(observe)(&observed, event, args), verdict, "observe");
    if (verdict == CORRUPT || verdict == BAD_EVENT || verdict == ACCEPTED) {
        expect(same(&observed, &after), "the machine after observe");
    } else {
        expect(get_machine(&observed, &c), "observe has made the machine corrupt");
    }
    if (judgements++ % say_apart == 0 && verdict != BAD_EVENT) {
        printf("%u %u %u", event, args, (unsigned)NAME(check)(m, event, args));
        printf(" %u %u", NAME(rule)(m, event, args), NAME(warnings)(m, event, args));
        put_machine(stdout, m);
        put_machine(stdout, &fired);
        printf("\n");
    }
}

/* The explanation in buffers of many sizes, each exactly as large as it is said to be. */
static void explain(const machine_type *m, unsigned event, unsigned args)
{
    static char whole[WHOLE];
    char nothing = '~';
    const size_t length = NAME(explain)(m, event, args, whole, sizeof whole);
    size_t size;

    subject.event = event;
    subject.args = args;
    explanations++;
    expect(length < sizeof whole && strlen(whole) == length, "the length of an explanation");
    expect((strstr(whole, "the machine's memory holds what no machine can") != NULL) ==
               (!NAME(is_sound)(m) && NAME(check)(m, event, args) != CONSTANT(BAD_EVENT)),
        "an explanation of what no machine can hold");
    expect(NAME(explain)(m, event, args, NULL, 0) == length, "an explanation without a buffer");
    expect(NAME(explain)(m, event, args, &nothing, 0) == length, "an explanation of size 0");
    expect(nothing == '~', "an explanation of size 0 has written");
    for (size = 1; size <= length + 2; size++) {
        char *buffer = malloc(size);
        const size_t fits = length < size ? length : size - 1;
        if (buffer == NULL) {
            fail("no memory");
        }
        memset(buffer, '~', size);
        expect(NAME(explain)(m, event, args, buffer, size) == length, "the length wanted");
        expect(memcmp(buffer, whole, fits) == 0, "an explanation in a small buffer");
        expect(buffer[fits] == '\0', "an explanation that is not terminated");
        free(buffer);
        if (size == SMALL && length > 2 * SMALL) {
            size = length - SMALL; /* the middle is like the rest */
        }
    }
}

/* All functions that take no event. */
static void ask(const machine_type *m, const struct configuration *c, bool is_sound)
{
    static const unsigned untouched = 0xABCDEF;
    unsigned event = untouched;
    unsigned args = untouched;
    machine_type copy = *m;

    expect(says(m, c), "state or held");
    expect(NAME(held)(m, ~0u) == 0, "held of nothing");
    expect(NAME(finished)(m) == (is_sound && plain_finished(c)), "finished");
    if (NAME(next)(m, &event, &args)) {
        expect(is_sound && !plain_finished(c) && event < EVENTS, "next");
        expect_verdict(NAME(fire)(&copy, event, args), ACCEPTED, "next is not accepted");
    } else {
        expect(event == untouched && args == untouched, "next is false and has touched something");
    }
}

/* Is a count that contradicts its bit one that the event would change where it has a move? */
static bool touches(const machine_type *m, const struct configuration *c, unsigned event)
{
    const uint16_t *const effects[] = {events[event].takes, events[event].gives_back};
    const struct judgement plain = plain_judge(c, event, 0);
    unsigned index;
    const uint16_t *holding;

    if (*effects[0] == NONE && *effects[1] == NONE) {
        return plain.verdict != STATE && dummies() != 0 && get_count(m, HOLDINGS) != 0;
    }
    for (index = 0; index < 2; index++) {
        for (holding = effects[index]; *holding != NONE; holding++) {
            if (contradicts(m, *holding)) {
                return plain.verdict != STATE;
            }
        }
    }
    return false;
}

/* A machine with a bit that contradicts its count, judged by an event: it is corrupt to the event that touches the count, and to all others
 * one of the two; nothing but what the event touches changes. */
static void judge_contradiction(const machine_type *m, const struct configuration *c, unsigned event, unsigned args)
{
    const struct judgement plain = plain_judge(c, event, args);
    const NAME(verdict) verdict = NAME(check)(m, event, args);
    machine_type fired = *m;
    machine_type observed = *m;

    subject.event = event;
    subject.args = args;
    expect(((enum verdict)verdict == CORRUPT) == touches(m, c, event), "what touches a contradiction is corrupt, and nothing else");
    expect((enum verdict)verdict != BAD_EVENT && ((enum verdict)verdict == STATE) == (plain.verdict == STATE), "a contradiction");
    expect(plain.verdict != STATE || NAME(rule)(m, event, args) == plain.rule, "the rule of a contradiction");
    expect_verdict(NAME(fire)(&fired, event, args), (enum verdict)verdict, "fire of a contradiction");
    expect((enum verdict)verdict == ACCEPTED || same(&fired, m), "a contradiction, and a rejected event has changed something");
    expect(is_in_range(&fired), "a contradiction is out of range after an event");
    NAME(observe)(&observed, event, args);
    expect(is_in_range(&observed), "a contradiction is out of range after it was observed");
    judgements++;
}

/* What is to come of a valid event. */
static void judge_valid(const machine_type *m, const struct configuration *c, bool is_sound,
    unsigned event, unsigned args)
{
    struct judgement expected = {CORRUPT, RULES, 0, {0, 0, {0}}};

    if (is_sound) {
        expected = plain_judge(c, event, args);
    }
    judge(m, event, args, &expected);
}

/* No such event, or an argument that the event does not take: that is said first of all. */
static void judge_invalid(const machine_type *m)
{
    const struct judgement expected = {BAD_EVENT, RULES, 0, {0, 0, {0}}};
    const unsigned event = (unsigned)(chance() % EVENTS);

    judge(m, event, (unsigned)chance() | 1u << events[event].argument_count, &expected);
    judge(m, EVENTS + (unsigned)(chance() % 3), (unsigned)(chance() & 1), &expected);
    judge(m, ~0u - (unsigned)(chance() % 3), (unsigned)chance(), &expected);
}

/* All functions, for one machine. */
static void damage(const machine_type *m)
{
    struct configuration c;
    const bool is_sound = get_machine(m, &c);
    unsigned event;

    subject.machine = m;
    machines++;
    corrupt += !is_sound;
    ask(m, &c, is_sound);
    expect(NAME(is_sound)(m) == is_sound, "is_sound");
    for (event = 0; event < EVENTS; event++) {
        const unsigned every = events[event].arguments;
        unsigned args = (unsigned)chance() & every;
        if (!is_sound && is_in_range(m)) {
            judge_contradiction(m, &c, event, args);
            continue;
        }
        if (!is_sound) {
            machine_type copy = *m;
            expect_verdict(NAME(check)(m, event, args), CORRUPT, "check of a corrupt machine");
            expect_verdict(NAME(fire)(&copy, event, args), CORRUPT, "fire of a corrupt machine");
            expect(same(&copy, m), "fire has changed a corrupt machine");
        }
        if ((event + machines) % events_apart != 0) {
            continue;
        }
        if (events_apart == 1 && every < 16) { /* every set of arguments */
            for (args = every; args != 0; args--) {
                judge_valid(m, &c, is_sound, event, args);
            }
        }
        judge_valid(m, &c, is_sound, event, args);
    }
    if (machines % 8 == 0) {
        judge_invalid(m);
    }
    if (machines % explain_apart == 0) {
        event = (unsigned)(chance() % EVENTS);
        explain(m, event, (unsigned)chance() & events[event].arguments);
        explain(m, event, (unsigned)chance());
        explain(m, EVENTS, 0);
    }
}

/* A machine of random bytes; or one with little, much and nothing in its fields; or such a one
 * with some bits or its state changed. */
static void random_machine(machine_type *m)
{
    static const unsigned counts[] = {0, 0, 0, 1, 2, 3, 0xFFFE, 0xFFFF};
    const unsigned kind = (unsigned)(chance() % 4);
    struct configuration c;
    unsigned index;

    if (kind == 0) {
        for (index = 0; index < BITS; index++) {
            if (chance() % 2 == 0) {
                flip(m, index);
            }
        }
        return;
    }
    memset(&c, 0, sizeof c);
    c.state = (unsigned)(chance() % STATES);
    c.facts = (uint32_t)chance() & (uint32_t)(((uint64_t)1 << FACTS) - 1);
    for (index = 0; index < HOLDINGS; index++) {
        c.counts[index] = (uint16_t)(chance() % 8 == 0 ? chance() & 0xFFFF : counts[chance() % 8]);
    }
    set_machine(m, &c);
    if (kind == 1) {
        for (index = (unsigned)(chance() % 5); index != 0; index--) {
            flip(m, (unsigned)(chance() % BITS));
        }
    } else if (kind == 2) { /* just out of range, or anything */
        set_state(m, (unsigned)(chance() % 2 == 0 ? STATES + chance() % 2 : chance()));
    }
}

static unsigned number_of_bytes(const unsigned char *bytes)
{
    return bytes[0] | (unsigned)bytes[1] << 8;
}

int main(int argc, char **argv)
{
    unsigned char record[RECORD];
    unsigned long randoms;

    if (argc != 6) {
        fail("damaged_memory SEED RANDOM EVENTS EXPLAIN SAY");
    }
    random_state = 0x9E3779B97F4A7C15u ^ strtoull(argv[1], NULL, 10);
    randoms = strtoul(argv[2], NULL, 10);
    events_apart = (unsigned)strtoul(argv[3], NULL, 10);
    explain_apart = (unsigned)strtoul(argv[4], NULL, 10);
    say_apart = (unsigned)strtoul(argv[5], NULL, 10);
    machine_begin();
    printf("%u %u\n", state_bits, first_presence);
    while (fread(record, RECORD, 1, stdin) == 1) {
        struct configuration c;
        machine_type m;
        unsigned index;
        memset(&c, 0, sizeof c);
        c.state = number_of_bytes(record);
        c.facts = number_of_bytes(&record[2]) | (uint32_t)number_of_bytes(&record[4]) << 16;
        for (index = 0; index < HOLDINGS; index++) {
            c.counts[index] = (uint16_t)number_of_bytes(&record[6 + 2 * index]);
        }
        set_machine(&m, &c);
        for (index = 0; index < BITS; index++) {
            flip(&m, index);
            damage(&m);
            flip(&m, index);
        }
    }
    for (; randoms != 0; randoms--) {
        machine_type m;
        memset(&m, 0, sizeof m);
        random_machine(&m);
        damage(&m);
    }
    printf("%llu %llu %llu %llu\n", machines, corrupt, judgements, explanations);
    return wrongs != 0;
}
