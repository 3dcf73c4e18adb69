/* A fuzz target for a generated header: bytes become events on several machines, and after each of
 * them the header's functions are held against each other and, where there is one, against a
 * witness: an interpreter of the same lifecycle that is written by hand and shares no code or table
 * with the header.
 *
 * This file is the same for every lifecycle. The compile command says which one it is for:
 *
 *     clang -g -O1 -fsanitize=fuzzer,address,undefined -DLASTCALL_HEADER='<mapi_session.h>' \
 *           -DLASTCALL_NAME=mapi_session -DLASTCALL_CONSTANT=MAPI_SESSION \
 *           -DMAPI_SESSION_IMPLEMENTATION -DFUZZ_WITNESS='"witness_mapi_session.h"' \
 *           -I DIRECTORY_OF_THE_HEADER machine.c -o mapi_session-machine
 *
 * Without FUZZ_WITNESS, only the header's functions are held against each other. FUZZ_INVARIANTS,
 * defined likewise, names what invariant_code.py makes of the spec: what holds wherever accepted
 * events lead. With another compiler, replay_files.c has a `main` that runs the target on files.
 * README.md says more.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include LASTCALL_HEADER

#if defined __has_feature
#define ADDRESS_SANITIZER __has_feature(address_sanitizer)
#elif defined __SANITIZE_ADDRESS__
#define ADDRESS_SANITIZER 1
#else
#define ADDRESS_SANITIZER 0
#endif

#define PASTE_EXPANDED(left, right) left##_##right
#define PASTE(left, right) PASTE_EXPANDED(left, right)
#define NAME(suffix) PASTE(LASTCALL_NAME, suffix)         /* NAME(fire) is mapi_session_fire */
#define CONSTANT(suffix) PASTE(LASTCALL_CONSTANT, suffix) /* likewise MAPI_SESSION_ACCEPTED */

#ifdef FUZZ_WITNESS
#include FUZZ_WITNESS
#endif
#ifdef FUZZ_INVARIANTS
#include FUZZ_INVARIANTS
#endif

/* A lifecycle may have any name, and its type has that name: what this file declares for itself has
 * names of two words or more, so that few lifecycles can clash with it. */

enum {
    MACHINE_COUNT = 4,
    ARGUMENT_LIMIT = 32,       /* arguments and warnings of an event are bits of an unsigned */
    WORK_LIMIT = 300000,       /* events and the like for one input, so that none takes long */
    WAY_LIMIT = 400,           /* steps to the end that are followed at a time */
    SWEEP_COST = 200,          /* of asking about every event, in events */
    UNWRITTEN = 0xA5,          /* what stands behind a text's buffer */
    BEHIND = ADDRESS_SANITIZER ? 0 : 64 /* bytes of it; the sanitizer looks there itself */
};

/* What an instruction of the input asks for. Firing has the most numbers, so that it is the most
 * likely for an instruction that came about by chance. */
enum fuzz_action {
    ACTION_FIRE,
    ACTION_SWEEP = 7,
    ACTION_OBSERVE,
    ACTION_REPEAT,
    ACTION_FOLLOW,
    ACTION_COPY,
    ACTION_ANY_NUMBERS,
    ACTION_EVERY_SIZE,
    ACTION_DAMAGE,
    ACTION_COUNT = 16
};

struct watched_machine {
    LASTCALL_NAME machine;
#ifdef FUZZ_WITNESS
    struct witness witness;
#endif
    bool observed; /* it may be where no accepted events lead */
};

static struct watched_machine machines[MACHINE_COUNT];
static unsigned argument_masks[CONSTANT(EVENT_COUNT)];
static long work_left;
static bool steps_shown; /* FUZZ_VERBOSE is set: each instruction is said */

/* The bytes of an input that are not read yet. At the end they go on as zeros. */
static const uint8_t *input_bytes;
static size_t input_left;

static unsigned take_byte(void)
{
    if (input_left == 0) {
        return 0;
    }
    input_left--;
    return *input_bytes++;
}

/* ------------------------------------------------------------------------------------------------
 * What was reached
 * --------------------------------------------------------------------------------------------- */

enum {
    VERDICT_COUNT = 8, /* and one to spare */
    ARGUMENT_SETS = 8, /* of the first three arguments */
    EVENTS_AND_NONE = CONSTANT(EVENT_COUNT) + 1
};

/* Counts that differ in what they can show: each class begins here. */
static const uint32_t least_counts[] = {0, 1, 2, 3, 256, 32768, 32769, 65535, 65536};

enum { COUNT_CLASSES = sizeof least_counts / sizeof least_counts[0] };

/* The machine is a table, and most of its inputs take the same branches of the code. So libFuzzer
 * is told what else is new in an input: a verdict on an event in a state, on an event with some
 * arguments, a rule that an event breaks, a way from a state, and, where every event is asked
 * about, the class of each count. */
#if defined __ELF__
__attribute__((section("__libfuzzer_extra_counters")))
#endif
static struct {
    uint8_t in_state[CONSTANT(STATE_COUNT)][EVENTS_AND_NONE][VERDICT_COUNT];
    uint8_t with_arguments[EVENTS_AND_NONE][ARGUMENT_SETS][VERDICT_COUNT];
    uint8_t by_rule[EVENTS_AND_NONE][CONSTANT(RULE_COUNT) + 1];
    uint8_t followed[CONSTANT(STATE_COUNT)][2];
    uint8_t swept[CONSTANT(HELD_COUNT) + 1][COUNT_CLASSES];
} reached;

static void note_reached(const LASTCALL_NAME *machine, unsigned event, unsigned arguments,
                         unsigned verdict, unsigned rule)
{
    const unsigned known = event < CONSTANT(EVENT_COUNT) ? event : CONSTANT(EVENT_COUNT);

    reached.in_state[NAME(state)(machine)][known][verdict] = 1;
    reached.with_arguments[known][arguments % ARGUMENT_SETS][verdict] = 1;
    reached.by_rule[known][rule] = 1;
}

static void note_counts(const LASTCALL_NAME *machine)
{
    for (unsigned i = 0; i + 1 <= CONSTANT(HELD_COUNT); i++) {
        const uint32_t held = NAME(held)(machine, i);
        unsigned class = 0;
        while (class + 1 < COUNT_CLASSES && held >= least_counts[class + 1]) {
            class++;
        }
        reached.swept[i][class] = 1;
    }
}

/* ------------------------------------------------------------------------------------------------
 * What must hold
 * --------------------------------------------------------------------------------------------- */

/* What is being looked at, for the message of a check that fails. */
static struct {
    const struct watched_machine *watched;
    unsigned event, arguments;
} in_question;

static void fail(const char *file, int line, const char *claim)
{
    const char *event = NAME(event_name)(in_question.event);
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, claim);
    fprintf(stderr, "  event %u (%s), arguments %u", in_question.event,
            event != NULL ? event : "none", in_question.arguments);
    if (in_question.watched != NULL) {
        const char *state = NAME(state_name)(NAME(state)(&in_question.watched->machine));
        fprintf(stderr, ", machine %d in state %s", (int)(in_question.watched - machines),
                state != NULL ? state : "none");
        for (unsigned i = 0; i + 1 <= CONSTANT(HELD_COUNT); i++) {
            const uint32_t held = NAME(held)(&in_question.watched->machine, i);
            if (held != 0) {
                fprintf(stderr, ", %s %lu", NAME(holding_name)(i), (unsigned long)held);
            }
        }
    }
    fputs("\n  FUZZ_VERBOSE=1 in the environment shows how it came to this\n", stderr);
    abort();
}

#define MUST(claim) ((claim) ? (void)0 : fail(__FILE__, __LINE__, #claim))

static bool is_same(const LASTCALL_NAME *left, const LASTCALL_NAME *right)
{
    return memcmp(left, right, sizeof *left) == 0;
}

/* A lifecycle without holdings has no counts to compare with 0, and compilers say so. */
static bool is_below(unsigned number, unsigned limit)
{
    return number < limit;
}

/* The text functions know exactly the numbers that there are. */
static void check_names(unsigned number)
{
    MUST((NAME(event_name)(number) != NULL) == is_below(number, CONSTANT(EVENT_COUNT)));
    MUST((NAME(state_name)(number) != NULL) == is_below(number, CONSTANT(STATE_COUNT)));
    MUST((NAME(holding_name)(number) != NULL) == is_below(number, CONSTANT(HELD_COUNT)));
    MUST((NAME(rule_name)(number) != NULL) == is_below(number, CONSTANT(RULE_COUNT)));
    MUST((NAME(verdict_name)(number) != NULL) == is_below(number, CONSTANT(CORRUPT) + 1u));
    for (unsigned index = 0; index < ARGUMENT_LIMIT + 2; index++) {
        const bool taken = is_below(number, CONSTANT(EVENT_COUNT)) && index < ARGUMENT_LIMIT
                           && (argument_masks[number] >> index & 1u) != 0;
        MUST((NAME(argument_name)(number, index) != NULL) == taken);
    }
}

/* What an explanation costs, in events: to find what is to be called first, it may try to give back
 * what is held, as much of it as a condition of the lifecycle names. */
static long explanation_cost(const LASTCALL_NAME *machine)
{
    uint32_t most = 0;
    for (unsigned i = 0; i + 1 <= CONSTANT(HOLDING_COUNT); i++) {
        const uint32_t held = NAME(held)(machine, i);
        most = held > most ? held : most;
    }
    return 2 + (long)(most / 64);
}

/* The text written into exactly `size` bytes: nothing behind them, a terminator, a whole prefix. */
static void check_explanation_in(const struct watched_machine *watched, unsigned event,
                                 unsigned arguments, const char *whole, size_t length, size_t size)
{
    char *buffer = size + BEHIND != 0 ? malloc(size + BEHIND) : NULL;
    if (buffer != NULL) {
        memset(buffer, UNWRITTEN, size + BEHIND);
    }
    MUST(NAME(explain)(&watched->machine, event, arguments, size != 0 ? buffer : NULL, size)
         == length);
    if (size != 0) {
        const size_t shown = length < size ? length : size - 1;
        MUST(memcmp(buffer, whole, shown) == 0);
        MUST(buffer[shown] == '\0');
    }
    for (size_t i = size; i < size + BEHIND; i++) {
        MUST((unsigned char)buffer[i] == UNWRITTEN);
    }
    free(buffer);
}

static void check_explanation(const struct watched_machine *watched, unsigned event,
                              unsigned arguments, bool in_every_size)
{
    const LASTCALL_NAME *machine = &watched->machine;
    const LASTCALL_NAME before = *machine;
    const unsigned verdict = NAME(check)(machine, event, arguments);
    const unsigned rule = NAME(rule)(machine, event, arguments);
    const size_t length = NAME(explain)(machine, event, arguments, NULL, 0);
    char *whole = malloc(length + 1);

    MUST(whole != NULL && length > 0 && length < 1000000);
    MUST(NAME(explain)(machine, event, arguments, whole, length + 1) == length);
    MUST(strlen(whole) == length); /* no NUL inside */
    for (size_t i = 0; i < length; i++) {
        MUST((unsigned char)whole[i] >= ' ' && whole[i] != 0x7f); /* one line */
    }
    MUST(whole[length - 1] == '.');
    if (verdict != CONSTANT(ACCEPTED)) {
        MUST(strstr(whole, "rejected") != NULL);
    } else if (NAME(warnings)(machine, event, arguments) != 0) {
        MUST(strstr(whole, "warning") != NULL);
    }
    if (rule != CONSTANT(RULE_NONE)) {
        MUST(strstr(whole, NAME(rule_name)(rule)) != NULL);
    }
    work_left -= 8 * explanation_cost(machine);
    if (in_every_size) {
        for (size_t size = 0; size <= length + 2 && work_left > 0; size++) {
            check_explanation_in(watched, event, arguments, whole, length, size);
            work_left -= explanation_cost(machine);
        }
    } else {
        const size_t inside = (event * 37u + (unsigned)length) % length;
        const size_t sizes[] = {0, 1, inside, length, length + 1};
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            check_explanation_in(watched, event, arguments, whole, length, sizes[i]);
        }
    }
    MUST(is_same(machine, &before));
    free(whole);
}

struct reported_event {
    const LASTCALL_NAME *machine;
    unsigned event, arguments, verdict, warnings, count;
};

static void note_report(void *context, const LASTCALL_NAME *machine, unsigned event,
                        unsigned arguments, NAME(verdict) verdict, unsigned warnings)
{
    struct reported_event *noted = context;
    noted->machine = machine;
    noted->event = event;
    noted->arguments = arguments;
    noted->verdict = verdict;
    noted->warnings = warnings;
    noted->count++;
}

/* A listener is told once of what there is to tell, and of nothing else. */
static void check_report(const LASTCALL_NAME *machine, unsigned event, unsigned arguments,
                         unsigned verdict, unsigned warnings)
{
    struct reported_event noted = {NULL, 0, 0, 0, 0, 0};
    const bool told = verdict != CONSTANT(ACCEPTED) || warnings != 0;

    MUST(NAME(report)(machine, event, arguments, NULL, NULL) == verdict);
    MUST(NAME(report)(machine, event, arguments, note_report, &noted) == verdict);
    MUST(noted.count == (told ? 1u : 0u));
    if (told) {
        MUST(noted.machine == machine && noted.event == event && noted.arguments == arguments);
        MUST(noted.verdict == verdict && noted.warnings == warnings);
    }
}

/* The functions that only ask: they agree, and they change nothing. Gives the verdict. */
static unsigned check_judgement(const struct watched_machine *watched, unsigned event,
                                unsigned arguments)
{
    const LASTCALL_NAME *machine = &watched->machine;
    const LASTCALL_NAME before = *machine;
    const unsigned verdict = NAME(check)(machine, event, arguments);
    const unsigned rule = NAME(rule)(machine, event, arguments);
    const unsigned warnings = NAME(warnings)(machine, event, arguments);
    const bool known = event < CONSTANT(EVENT_COUNT);

    MUST(verdict <= CONSTANT(CORRUPT));
    MUST((verdict == CONSTANT(BAD_EVENT)) == (!known || (arguments & ~argument_masks[event]) != 0));
    MUST(rule == CONSTANT(RULE_NONE) || rule < CONSTANT(RULE_COUNT));
    if (verdict == CONSTANT(REJECTED_NEED)) {
        MUST(rule != CONSTANT(RULE_NONE));
    } else if (verdict != CONSTANT(REJECTED_STATE)) {
        MUST(rule == CONSTANT(RULE_NONE));
    }
    MUST(verdict == CONSTANT(ACCEPTED) || warnings == 0);
    for (unsigned index = 0; index < ARGUMENT_LIMIT; index++) {
        if ((warnings >> index & 1u) != 0) {
            MUST(NAME(warning_rule)(event, index) < CONSTANT(RULE_COUNT));
        }
    }
    check_report(machine, event, arguments, verdict, warnings);
#ifdef FUZZ_WITNESS
    if (verdict != CONSTANT(CORRUPT)) {
        MUST(verdict == witness_check(&watched->witness, event, arguments));
        MUST(rule == witness_rule(&watched->witness, event, arguments));
        MUST(warnings == witness_warnings(&watched->witness, event, arguments));
    }
#endif
    MUST(is_same(machine, &before));
    return verdict;
}

/* What fire and observe make of it: as check has said, and a rejected event changes no byte. */
static void check_moving(const struct watched_machine *watched, unsigned event, unsigned arguments)
{
    const unsigned verdict = check_judgement(watched, event, arguments);
    LASTCALL_NAME fired = watched->machine, observed = watched->machine, called = watched->machine;
    int result = 0;

    MUST(NAME(fire)(&fired, event, arguments) == verdict);
    MUST(NAME(observe)(&observed, event, arguments) == verdict);
    if (verdict == CONSTANT(ACCEPTED)) {
        MUST(is_same(&fired, &observed));
    } else {
        MUST(is_same(&fired, &watched->machine));
    }
    if (verdict == CONSTANT(BAD_EVENT) || verdict == CONSTANT(CORRUPT)) {
        MUST(is_same(&observed, &watched->machine));
    }
    /* around a call that fails: nothing changes; around one that succeeds: as fire */
    MUST(CONSTANT(CALL_INT)(&called, event, arguments, result, -1) == verdict);
    MUST(is_same(&called, &watched->machine));
    MUST(result == (verdict == CONSTANT(ACCEPTED) ? -1 : 0));
    MUST(CONSTANT(CALL_HRESULT)(&called, event, arguments, result, 1) == verdict);
    MUST(is_same(&called, &fired));
}

/* What the spec says of every configuration that accepted events lead to. */
static void check_invariants(const struct watched_machine *watched)
{
#ifdef FUZZ_INVARIANTS
    const char *broken = invariant_names[broken_invariant(&watched->machine)];
    if (!watched->observed && broken != NULL) {
        fail(__FILE__, __LINE__, broken);
    }
#else
    (void)watched;
#endif
}

/* The configuration, read through the header's functions. */
static void check_configuration(const struct watched_machine *watched)
{
    const LASTCALL_NAME *machine = &watched->machine;
    const bool finished = NAME(finished)(machine);
    unsigned event = 1234, arguments = 5678;

    MUST(NAME(state)(machine) < CONSTANT(STATE_COUNT));
    check_invariants(watched);
    MUST(NAME(held)(machine, CONSTANT(HELD_COUNT)) == 0);
    MUST(!NAME(may_remain)(CONSTANT(HELD_COUNT)));
    for (unsigned i = 0; i + 1 <= CONSTANT(HELD_COUNT); i++) {
        MUST(!finished || NAME(may_remain)(i) || NAME(held)(machine, i) == 0
             || !is_below(i, CONSTANT(HOLDING_COUNT)));
    }
    if (finished || !NAME(next)(machine, &event, &arguments)) {
        MUST(!NAME(next)(machine, &event, &arguments));
        MUST(event == 1234 && arguments == 5678);
    } else {
        MUST(event < CONSTANT(EVENT_COUNT));
        MUST(NAME(check)(machine, event, arguments) == CONSTANT(ACCEPTED));
    }
#ifdef FUZZ_WITNESS
    MUST(NAME(state)(machine) == witness_state(&watched->witness));
    for (unsigned i = 0; i + 1 <= CONSTANT(HELD_COUNT); i++) {
        MUST(NAME(held)(machine, i) == witness_held(&watched->witness, i));
        MUST(NAME(may_remain)(i) == witness_may_remain(i));
    }
    MUST(finished == witness_finished(&watched->witness));
    if (!watched->observed) {
        MUST(witness_is_reachable(&watched->witness));
        MUST(finished == (witness_left(&watched->witness) == 0));
        MUST(finished || event != 1234); /* there is a way from wherever accepted events lead */
    }
    /* the same configuration is the same bytes, however it came about, and no other one is */
    for (unsigned i = 0; i < MACHINE_COUNT; i++) {
        MUST(is_same(machine, &machines[i].machine)
             == witness_is_same(&watched->witness, &machines[i].witness));
    }
#endif
}

/* Every event with every argument: what is answered, and what would be moved. */
static void check_every_event(const struct watched_machine *watched)
{
    work_left -= SWEEP_COST;
    note_counts(&watched->machine);
    for (unsigned event = 0; event <= CONSTANT(EVENT_COUNT); event++) {
        unsigned arguments = 0;
        const unsigned mask = event < CONSTANT(EVENT_COUNT) ? argument_masks[event] : 0;
        do {
            in_question.event = event;
            in_question.arguments = arguments;
            check_moving(watched, event, arguments);
            arguments = (arguments - mask) & mask; /* the next subset */
        } while (arguments != 0 && arguments < 64);
    }
}

/* ------------------------------------------------------------------------------------------------
 * Instructions
 * --------------------------------------------------------------------------------------------- */

static void show_step(const struct watched_machine *watched, const char *action, unsigned event,
                      unsigned arguments)
{
    if (steps_shown) {
        const char *name = NAME(event_name)(event);
        fprintf(stderr, "machine %d: %s %s", (int)(watched - machines), action,
                name != NULL ? name : "an event that there is not,");
        for (unsigned index = 0; name != NULL && index < ARGUMENT_LIMIT; index++) {
            if ((arguments >> index & 1u) != 0) {
                const char *argument = NAME(argument_name)(event, index);
                fprintf(stderr, " %s", argument != NULL ? argument : "BAD");
            }
        }
        fprintf(stderr, " in %s\n", NAME(state_name)(NAME(state)(&watched->machine)));
    }
}

static unsigned fire_both(struct watched_machine *watched, unsigned event, unsigned arguments)
{
    const unsigned verdict = NAME(fire)(&watched->machine, event, arguments);
    work_left--;
#ifdef FUZZ_WITNESS
    MUST(verdict == witness_fire(&watched->witness, event, arguments));
#endif
    check_invariants(watched);
    return verdict;
}

static void observe_both(struct watched_machine *watched, unsigned event, unsigned arguments)
{
    const unsigned verdict = NAME(observe)(&watched->machine, event, arguments);
    work_left--;
    watched->observed = watched->observed || verdict != CONSTANT(ACCEPTED);
#ifdef FUZZ_WITNESS
    MUST(verdict == witness_observe(&watched->witness, event, arguments));
#endif
}

/* One event often, to come to a limit: as often as a byte says, or nearly or just as often as a
 * count can go. */
static void fire_repeatedly(struct watched_machine *watched, unsigned event, unsigned arguments,
                            unsigned number)
{
    static const long great_numbers[] = {255,   256,   4095,  32767, 32768, 32769,
                                         65532, 65533, 65534, 65535, 65536};
    const unsigned count = sizeof great_numbers / sizeof great_numbers[0], small = 256 - count;
    long times = number < small ? (long)number : great_numbers[number - small];

    show_step(watched, "repeat", event, arguments);
    while (times-- > 0 && work_left > 0) {
        if (fire_both(watched, event, arguments) != CONSTANT(ACCEPTED)) {
            break; /* the next would be rejected too */
        }
    }
}

/* The way to the end, on a copy. Each step is accepted. Where accepted events led to the start of
 * the way, it is a shortest one; elsewhere it ends too, at the end or at no way. */
static void follow_way(const struct watched_machine *watched)
{
    struct watched_machine copy = *watched;
    uint64_t bound = CONSTANT(STATE_COUNT);
    unsigned event, arguments;

    for (unsigned i = 0; i + 1 <= CONSTANT(HOLDING_COUNT); i++) {
        bound += NAME(held)(&watched->machine, i);
    }
#ifdef FUZZ_WITNESS
    if (!watched->observed) {
        bound = witness_left(&watched->witness);
    }
#endif
    for (int step = 0; step < WAY_LIMIT && NAME(next)(&copy.machine, &event, &arguments); step++) {
        show_step(watched, "on the way to the end:", event, arguments);
        in_question.event = event;
        in_question.arguments = arguments;
        MUST(bound != 0);
        bound--;
        MUST(fire_both(&copy, event, arguments) == CONSTANT(ACCEPTED));
#ifdef FUZZ_WITNESS
        if (!watched->observed) {
            MUST(witness_left(&copy.witness) == bound);
        }
#endif
    }
    reached.followed[NAME(state)(&watched->machine)][NAME(finished)(&copy.machine)] = 1;
    if (!NAME(next)(&copy.machine, &event, &arguments)) {
#ifdef FUZZ_WITNESS
        MUST(NAME(finished)(&copy.machine) || watched->observed);
#endif
    }
}

/* Changes one bit, which `choice` names, or more of them, which follow from it; or all bytes. */
static void damage(LASTCALL_NAME *machine, unsigned choice, unsigned bit_count)
{
    unsigned char *bytes = (unsigned char *)machine;

    if (bit_count == 0) {
        for (size_t i = 0; i < sizeof *machine; i++) {
            choice = choice * 1103515245u + 12345u;
            bytes[i] = (unsigned char)(choice >> 16);
        }
    }
    for (; bit_count != 0; bit_count--) {
        bytes[choice / 8 % sizeof *machine] ^= (unsigned char)(1u << choice % 8);
        choice = (choice * 1103515245u + 12345u) >> 8;
    }
}

/* Any bytes at all in a machine's memory: nothing is undefined, and what no machine can hold is
 * answered as such by every function that looks at all of it; an event looks at what it touches. It is
 * a machine of its own, that nothing follows. */
static void judge_damaged_machine(const struct watched_machine *watched, unsigned event,
                                  unsigned arguments, unsigned choice, unsigned bit_count)
{
    LASTCALL_NAME damaged = watched->machine;
    unsigned next_event = 1234, next_arguments = 5678;
    char text[16];

    damage(&damaged, choice, bit_count);
    const LASTCALL_NAME before = damaged;
    const bool corrupt = !NAME(is_sound)(&damaged);
    if (corrupt) {
        MUST(!NAME(finished)(&damaged));
        MUST(!NAME(next)(&damaged, &next_event, &next_arguments));
        MUST(next_event == 1234 && next_arguments == 5678);
    } else if (NAME(next)(&damaged, &next_event, &next_arguments)) {
        MUST(!NAME(finished)(&damaged));
        MUST(NAME(check)(&damaged, next_event, next_arguments) == CONSTANT(ACCEPTED));
    }
    MUST(NAME(state)(&damaged) < CONSTANT(STATE_COUNT)
         || (corrupt && NAME(state)(&damaged) == CONSTANT(STATE_COUNT)));
    for (unsigned i = 0; i <= CONSTANT(HELD_COUNT); i++) {
        (void)NAME(held)(&damaged, i);
    }
    MUST(NAME(explain)(&damaged, event, arguments, text, sizeof text) > 0);
    const unsigned verdict = NAME(check)(&damaged, event, arguments);
    MUST(verdict == CONSTANT(BAD_EVENT) || corrupt || verdict != CONSTANT(CORRUPT));
    MUST(NAME(state)(&damaged) < CONSTANT(STATE_COUNT) || verdict == CONSTANT(BAD_EVENT)
         || verdict == CONSTANT(CORRUPT));
    MUST(is_same(&damaged, &before));
    MUST(NAME(fire)(&damaged, event, arguments) == verdict);
    MUST(verdict == CONSTANT(ACCEPTED) || is_same(&damaged, &before));
    damaged = before;
    MUST(NAME(observe)(&damaged, event, arguments) == verdict);
    MUST(verdict != CONSTANT(CORRUPT) || is_same(&damaged, &before));
    /* a sound machine stays one */
    MUST(corrupt || NAME(is_sound)(&damaged));
}

/* A number of any size, from two bytes: small, near a power of two, or near the greatest. */
static unsigned any_number(unsigned byte, unsigned kind)
{
    switch (kind % 4) {
    case 0: return byte;
    case 1: return CONSTANT(EVENT_COUNT) + byte % 4;
    case 2: return (1u << byte % 32) - (byte >> 7);
    default: return ~byte;
    }
}

/* An instruction is four bytes, so that inputs can be joined: the machine and the action, the
 * event, its arguments, and one that the action may use. */
static void run_instruction(void)
{
    const unsigned control = take_byte(), event_byte = take_byte(), argument_byte = take_byte();
    const unsigned last_byte = take_byte();
    struct watched_machine *watched = &machines[control % MACHINE_COUNT];
    unsigned event = event_byte % (CONSTANT(EVENT_COUNT) + 1u);
    unsigned arguments = argument_byte;

    if (argument_byte < 0xF0 && event < CONSTANT(EVENT_COUNT)) {
        arguments &= argument_masks[event];
    }
    if (control / MACHINE_COUNT % ACTION_COUNT == ACTION_ANY_NUMBERS) {
        event = any_number(event_byte, last_byte);
        arguments = any_number(argument_byte, last_byte / 4);
    }
    in_question.watched = watched;
    in_question.event = event;
    in_question.arguments = arguments;
    check_moving(watched, event, arguments);
    check_explanation(watched, event, arguments, false);
    note_reached(&watched->machine, event, arguments,
                 NAME(check)(&watched->machine, event, arguments),
                 NAME(rule)(&watched->machine, event, arguments));
    switch (control / MACHINE_COUNT % ACTION_COUNT) {
    case ACTION_SWEEP:
        check_every_event(watched);
        break;
    case ACTION_OBSERVE:
        show_step(watched, "observe", event, arguments);
        observe_both(watched, event, arguments);
        break;
    case ACTION_REPEAT:
        fire_repeatedly(watched, event, arguments, last_byte);
        break;
    case ACTION_FOLLOW:
        follow_way(watched);
        break;
    case ACTION_COPY:
        *watched = machines[event_byte % MACHINE_COUNT];
        if (argument_byte == 0) { /* a new machine */
            memset(watched, 0, sizeof *watched);
            memset(&watched->machine, UNWRITTEN, sizeof watched->machine);
            NAME(init)(&watched->machine);
        }
        break;
    case ACTION_ANY_NUMBERS:
        check_names(event);
        check_names(arguments);
        (void)NAME(warning_rule)(event, arguments);
        MUST(NAME(held)(&watched->machine, event) == 0 || is_below(event, CONSTANT(HELD_COUNT)));
        break;
    case ACTION_EVERY_SIZE:
        check_explanation(watched, event, arguments, true);
        break;
    case ACTION_DAMAGE:
        judge_damaged_machine(watched, event, arguments,
                              event_byte * 256 + argument_byte, last_byte % 8);
        break;
    default: /* ACTION_FIRE and the numbers behind it */
        show_step(watched, "fire", event, arguments);
        fire_both(watched, event, arguments);
        break;
    }
    in_question.event = event;
    in_question.arguments = arguments;
    check_configuration(watched);
    work_left -= 10;
}

/* ------------------------------------------------------------------------------------------------
 * What fuzzers call
 * --------------------------------------------------------------------------------------------- */

int LLVMFuzzerInitialize(int *argument_count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argument_count, char ***arguments)
{
    (void)argument_count;
    (void)arguments;
    steps_shown = getenv("FUZZ_VERBOSE") != NULL;
    for (unsigned event = 0; event < CONSTANT(EVENT_COUNT); event++) {
        for (unsigned i = 0; i < ARGUMENT_LIMIT && NAME(argument_name)(event, i) != NULL; i++) {
            argument_masks[event] |= 1u << i;
        }
    }
    for (unsigned number = 0; number < 100; number++) {
        check_names(number);
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input_bytes = data;
    input_left = size;
    work_left = WORK_LIMIT;
    memset(machines, 0, sizeof machines);
    NAME(init)(&machines[0].machine);
    check_configuration(&machines[0]); /* init is all zero bytes: the same as the others */
    while (input_left != 0 && work_left > 0) {
        run_instruction();
    }
    return 0;
}
