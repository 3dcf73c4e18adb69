/* message_service.h - Deleting the DLL of a service provider
 *
 * A state machine that follows the life of what a program uses, and rejects calls that break its order before they do harm.
 * Made by lastcall 0.1.0 from the lifecycle `message_service`; to change it, change the spec and run
 * `lastcall header message_service.yaml -o message_service.h`. This file is free of licence conditions: use it as you like.
 * Source of the rules: https://learn.microsoft.com/office/client-developer/outlook/mapi/ending-a-mapi-session
 *
 * In one source file of the program:    #define MESSAGE_SERVICE_IMPLEMENTATION
 *                                       #include "message_service.h"
 * In all others, only the #include. With MESSAGE_SERVICE_NO_TEXT defined everywhere, all text is left out.
 *
 *     message_service machine = {0};
 *     if (message_service_fire(&machine, MESSAGE_SERVICE_EVENT_CALL_INSTALL_ENTRY, 0) != MESSAGE_SERVICE_ACCEPTED) {
 *         the call is out of order: message_service_explain says why
 *     }
 *
 * C99 or C++11 and later; no allocation, no global data that changes, no library. Machines are independent of each other;
 * one machine must not be used by two threads at the same time.
 */

#ifndef MESSAGE_SERVICE_H
#define MESSAGE_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif


/* Names
 * -----
 * All numbers are in the order of the spec, from 0. */

/* What the program is about to do, or what it has learnt. */
enum {
    MESSAGE_SERVICE_EVENT_CALL_INSTALL_ENTRY,            /* call the entry point with MSG_SERVICE_INSTALL (MSGSERVICEENTRY) */
    MESSAGE_SERVICE_EVENT_CALL_OTHER_ENTRY,              /* call the entry point with another request (MSGSERVICEENTRY) */
    MESSAGE_SERVICE_EVENT_ENTRY_RETURNS,                 /* return from the entry point */
    MESSAGE_SERVICE_EVENT_DELETE_PROVIDER_DLL,           /* delete the provider's DLL */
    MESSAGE_SERVICE_EVENT_COUNT
};

/* States. */
enum {
    MESSAGE_SERVICE_STATE_INSTALLED,                     /* the provider is installed (initial, final) */
    MESSAGE_SERVICE_STATE_IN_INSTALL_ENTRY,              /* in the entry point with MSG_SERVICE_INSTALL */
    MESSAGE_SERVICE_STATE_IN_OTHER_ENTRY,                /* in the entry point with another request */
    MESSAGE_SERVICE_STATE_DLL_DELETED,                   /* the provider's DLL is deleted (final) */
    MESSAGE_SERVICE_STATE_COUNT
};

/* What is counted while it is held, from 0 to 65535. */
enum {
    MESSAGE_SERVICE_HELD_COUNT
};

/* The holdings alone, without groups. */
enum { MESSAGE_SERVICE_HOLDING_COUNT = 0 };

/* What a rejection or a warning cites. */
enum {
    MESSAGE_SERVICE_RULE_NO_DLL_DELETE,                  /* the DLL is deleted only inside the entry point that was called with MSG_SERVICE_INSTALL */
    MESSAGE_SERVICE_RULE_COUNT,
    MESSAGE_SERVICE_RULE_NONE = MESSAGE_SERVICE_RULE_COUNT
};

/* What becomes of an event. */
typedef enum message_service_verdict {
    MESSAGE_SERVICE_ACCEPTED = 0,      /* legal here; the machine has moved (fire) or would move (check) */
    MESSAGE_SERVICE_REJECTED_STATE,    /* the event has no place in this state */
    MESSAGE_SERVICE_REJECTED_NOT_HELD, /* it gives back what is not held: a double release */
    MESSAGE_SERVICE_REJECTED_NEED,     /* a condition does not hold; message_service_rule says which rule asks for it */
    MESSAGE_SERVICE_REJECTED_LIMIT,    /* a count would pass 65535 */
    MESSAGE_SERVICE_BAD_EVENT,         /* no such event, or an argument that it does not take */
    MESSAGE_SERVICE_CORRUPT            /* the machine's memory holds what no machine can */
} message_service_verdict;


/* The machine
 * -----------
 * 8 bytes without pointers: copy it, compare it with memcmp, set it to all zero bytes to begin anew.
 * Leave the inside to the functions below. */
typedef struct message_service {
    uint64_t word[1];
} message_service;


/* Using it
 * --------
 * `m` is never NULL. An event that is not accepted changes nothing. */

/* Sets a machine to its initial state, with nothing held. The same as all zero bytes. */
void message_service_init(message_service *m);

/* Judges an event and, if it is accepted, applies its effect and moves. Call it before the call that the event stands for. */
message_service_verdict message_service_fire(message_service *m, unsigned event, unsigned args);

/* Judges an event without moving. */
message_service_verdict message_service_check(const message_service *m, unsigned event, unsigned args);

/* Check, call, fire if the call succeeded. `succeeded` is an expression that makes the call and is true if it succeeded; it is
 * evaluated only if the event is legal. Gives the verdict: MESSAGE_SERVICE_ACCEPTED also for a call that failed, which changes
 * nothing in the machine. `m`, `event` and `args` are evaluated more than once.
 *
 *     verdict = MESSAGE_SERVICE_CALL(&machine, event, 0, (error = the_call(thing)) == 0);
 */
#define MESSAGE_SERVICE_CALL(m, event, args, succeeded)                  \
    (message_service_check((m), (event), (args)) != MESSAGE_SERVICE_ACCEPTED     \
         ? message_service_check((m), (event), (args))                   \
         : (succeeded) ? message_service_fire((m), (event), (args))      \
                       : MESSAGE_SERVICE_ACCEPTED)


/* Asking
 * ------ */

/* The rule that a rejection of this event would cite, or MESSAGE_SERVICE_RULE_NONE: not rejected, or no rule is named. */
unsigned message_service_rule(const message_service *m, unsigned event, unsigned args);

/* What this event would warn of, as bits in the order of the spec; 0 if it would not be accepted. Ask before firing it. */
unsigned message_service_warnings(const message_service *m, unsigned event, unsigned args);

/* The rule of the warning of bit 1 << index of an event, or MESSAGE_SERVICE_RULE_NONE. */
unsigned message_service_warning_rule(unsigned event, unsigned index);

/* The state: MESSAGE_SERVICE_STATE_..., or MESSAGE_SERVICE_STATE_COUNT if it is out of range. */
unsigned message_service_state(const message_service *m);

/* How many are held: MESSAGE_SERVICE_HELD_..., a group's is the sum of its members. 0 if there is no such holding. */
uint32_t message_service_held(const message_service *m, unsigned holding);

/* Is the lifecycle at its end: a final state, and nothing held that must be given back? */
bool message_service_finished(const message_service *m);

#ifndef MESSAGE_SERVICE_NO_TEXT

/* Why the event would be rejected (or what it would warn of), in a sentence. Writes at most `size` bytes to `buffer`, always
 * with a terminator if `size` is not 0; returns the length wanted, without the terminator, as snprintf does. `buffer` may be
 * NULL if `size` is 0. Ask before firing the event. */
size_t message_service_explain(const message_service *m, unsigned event, unsigned args, char *buffer, size_t size);

/* Names as in the spec: of an event, of its argument of bit 1 << index, of a state, of a holding or group, of a rule, and of a
 * verdict ("accepted", "state", "not_held", "need", "limit", "bad_event", "corrupt"). NULL if there is no such thing. */
const char *message_service_event_name(unsigned event);
const char *message_service_argument_name(unsigned event, unsigned index);
const char *message_service_state_name(unsigned state);
const char *message_service_holding_name(unsigned holding);
const char *message_service_rule_name(unsigned rule);
const char *message_service_verdict_name(unsigned verdict);

#endif /* MESSAGE_SERVICE_NO_TEXT */

#ifdef __cplusplus
}
#endif

#endif /* MESSAGE_SERVICE_H */


#if defined MESSAGE_SERVICE_IMPLEMENTATION && !defined MESSAGE_SERVICE_IMPLEMENTED
#define MESSAGE_SERVICE_IMPLEMENTED

/* Tables
 * ------
 * The struct is fields of 16 bits, four to a word from its low end: the state (bits 0 to 7 of the first). All other bits are 0. The initial state is number 0 in it.
 *
 * An event in a state selects a row, which the machine that Ragel compiled has decided. A row says what is judged and
 * where the event leads; its shortcut is one test that, if it passes, proves the event legal, and else decides nothing. */

enum { MESSAGE_SERVICE_STAY = 4 }; /* as a target: the state stays */

/* Keeps what is seldom needed out of the way of what is needed at each event. */
#if defined __GNUC__
#define MESSAGE_SERVICE_APART __attribute__((noinline))
#else
#define MESSAGE_SERVICE_APART
#endif

/* Masks of bits in up to two words of the struct. Test 2 * n is passed if all bits of mask n are 0, test 2 * n + 1 if some are
 * not; so test 0 always is and test 1 never. The tests behind those are conditions of their own. */
typedef struct message_service_mask {
    uint64_t bits[2];
    uint8_t word[2];
} message_service_mask;

enum { MESSAGE_SERVICE_MASK_COUNT = 1 };

static const message_service_mask message_service_masks[] = {
    {{0, 0}, {0, 0}},                                                  /* nothing */
};

/* Where an event leads: the target of the first test that is passed after its effect. */
typedef struct message_service_branch {
    uint8_t test;
    uint8_t target;
} message_service_branch;

static const message_service_branch message_service_branches[] = {
    {0, 0},
    {0, 1},
    {0, 2},
    {0, 0},
    {0, 4},
    {0, 3},
};

/* Rows: what becomes of an event in a state. The shortcut: if its count is from `least` to `least + span` and the test is
 * passed, it is legal, and `next` is the state that follows. Else the needs and the branches, which begin where the row says,
 * decide; branches of 0: refused, and `needs` is the rule, or MESSAGE_SERVICE_RULE_NONE. */
typedef struct message_service_row {
    uint16_t least;
    uint16_t span;
    uint8_t test;
    uint8_t next;
    uint8_t needs;
    uint8_t branches;
} message_service_row;

static const message_service_row message_service_rows[] = {
    {0, 65535, 0, 1, 1, 1},          /* in_install_entry */
    {0, 0, 1, 4, 1, 0},              /* refused: no rule */
    {0, 65535, 0, 2, 1, 2},          /* in_other_entry */
    {0, 65535, 0, 0, 1, 3},          /* installed */
    {0, 65535, 0, 4, 1, 4},          /* stay */
    {0, 0, 1, 4, 0, 0},              /* refused: no-dll-delete */
    {0, 65535, 0, 3, 1, 5},          /* dll_deleted */
};

/* The row of each event (down) in each state (across). */
static const uint8_t message_service_cells[MESSAGE_SERVICE_EVENT_COUNT][MESSAGE_SERVICE_STATE_COUNT] = {
    {0, 1, 1, 1}, /* call_install_entry */
    {2, 1, 1, 1}, /* call_other_entry */
    {1, 3, 3, 4}, /* entry_returns */
    {5, 6, 5, 5}, /* delete_provider_dll */
};


/* Reading and writing the struct
 * ------------------------------ */

static unsigned message_service_stored_state(const message_service *m)
{
    return (unsigned)(m->word[0] & 0xFF);
}

/* Is the state in range, and are the unused bits 0? Every value of the other fields is one that a machine can hold. */
static bool message_service_is_sound(const message_service *m)
{
    return message_service_stored_state(m) < MESSAGE_SERVICE_STATE_COUNT && (m->word[0] & UINT64_C(0xFFFFFFFFFFFFFF00)) == 0;
}

void message_service_init(message_service *m)
{
    m->word[0] = 0;
}

unsigned message_service_state(const message_service *m)
{
    const unsigned state = message_service_stored_state(m);
    return state < MESSAGE_SERVICE_STATE_COUNT ? state : (unsigned)MESSAGE_SERVICE_STATE_COUNT;
}

uint32_t message_service_held(const message_service *m, unsigned holding)
{
    (void)m;
    (void)holding;
    return 0;
}

bool message_service_finished(const message_service *m)
{
    const unsigned state = message_service_state(m);
    return (state == MESSAGE_SERVICE_STATE_INSTALLED || state == MESSAGE_SERVICE_STATE_DLL_DELETED) && message_service_is_sound(m);
}


/* Judging
 * ------- */

/* Are some of a mask's bits not 0? */
static bool message_service_any(const message_service *m, const message_service_mask *mask)
{
    return ((m->word[mask->word[0]] & mask->bits[0]) | (m->word[mask->word[1]] & mask->bits[1])) != 0;
}

/* Judges an event exactly: the reasons in their order, the needs in theirs. `rule` becomes the rule that a rejection cites. */
static message_service_verdict message_service_judge(const message_service *m, unsigned event, unsigned args, unsigned *rule)
{
    const message_service_row *row;

    *rule = MESSAGE_SERVICE_RULE_NONE;
    if (event >= MESSAGE_SERVICE_EVENT_COUNT || args != 0) {
        return MESSAGE_SERVICE_BAD_EVENT;
    }
    if (!message_service_is_sound(m)) {
        return MESSAGE_SERVICE_CORRUPT;
    }
    row = &message_service_rows[message_service_cells[event][message_service_stored_state(m)]];
    if (row->branches == 0) {
        *rule = row->needs;
        return MESSAGE_SERVICE_REJECTED_STATE;
    }
    return MESSAGE_SERVICE_ACCEPTED;
}

message_service_verdict message_service_check(const message_service *m, unsigned event, unsigned args)
{
    unsigned rule;
    return message_service_judge(m, event, args, &rule);
}

unsigned message_service_rule(const message_service *m, unsigned event, unsigned args)
{
    unsigned rule;
    (void)message_service_judge(m, event, args, &rule);
    return rule;
}

unsigned message_service_warning_rule(unsigned event, unsigned index)
{
    (void)event;
    (void)index;
    return MESSAGE_SERVICE_RULE_NONE;
}

unsigned message_service_warnings(const message_service *m, unsigned event, unsigned args)
{
    unsigned bits = 0;
    (void)m;
    (void)event;
    (void)args;
    return bits;
}


/* Moving
 * ------ */

/* Judges an event, and applies it if it is accepted: counts, facts, and then the state, which may depend on them. */
MESSAGE_SERVICE_APART static message_service_verdict message_service_fire_exactly(message_service *m, unsigned event, unsigned args)
{
    const message_service_branch *branch;
    unsigned rule;
    const message_service_verdict verdict = message_service_judge(m, event, args, &rule);

    if (verdict != MESSAGE_SERVICE_ACCEPTED) {
        return verdict;
    }
    branch = &message_service_branches[message_service_rows[message_service_cells[event][message_service_stored_state(m)]].branches];
    if (branch->target != MESSAGE_SERVICE_STAY) {
        m->word[0] ^= (uint64_t)(message_service_stored_state(m) ^ branch->target);
    }
    return verdict;
}

message_service_verdict message_service_fire(message_service *m, unsigned event, unsigned args)
{
    if (event < MESSAGE_SERVICE_EVENT_COUNT && args == 0 && message_service_is_sound(m)) {
        const unsigned state = message_service_stored_state(m);
        const message_service_row *row = &message_service_rows[message_service_cells[event][state]];
        const bool passed = message_service_any(m, &message_service_masks[row->test / 2u]) == (row->test % 2u != 0);
        if (passed) {
            if (row->next != MESSAGE_SERVICE_STAY) {
                m->word[0] ^= (uint64_t)(state ^ row->next);
            }
            return MESSAGE_SERVICE_ACCEPTED;
        }
        if (row->branches == 0) {
            return MESSAGE_SERVICE_REJECTED_STATE;
        }
    }
    return message_service_fire_exactly(m, event, args);
}

#ifndef MESSAGE_SERVICE_NO_TEXT

/* Text
 * ---- */

const char *message_service_event_name(unsigned event)
{
    static const char *const names[] = {
        "call_install_entry",
        "call_other_entry",
        "entry_returns",
        "delete_provider_dll",
    };
    return event < MESSAGE_SERVICE_EVENT_COUNT ? names[event] : NULL;
}

const char *message_service_state_name(unsigned state)
{
    static const char *const names[] = {
        "installed",
        "in_install_entry",
        "in_other_entry",
        "dll_deleted",
    };
    return state < MESSAGE_SERVICE_STATE_COUNT ? names[state] : NULL;
}

const char *message_service_holding_name(unsigned holding)
{
    (void)holding;
    return NULL;
}

const char *message_service_rule_name(unsigned rule)
{
    static const char *const names[] = {
        "no-dll-delete",
    };
    return rule < MESSAGE_SERVICE_RULE_COUNT ? names[rule] : NULL;
}

const char *message_service_verdict_name(unsigned verdict)
{
    static const char *const names[] = {
        "accepted",
        "state",
        "not_held",
        "need",
        "limit",
        "bad_event",
        "corrupt",
    };
    return verdict < MESSAGE_SERVICE_CORRUPT + 1u ? names[verdict] : NULL;
}

const char *message_service_argument_name(unsigned event, unsigned index)
{
    (void)event;
    (void)index;
    return NULL;
}

/* A text under construction: what fits is written, all is counted. */
typedef struct message_service_text {
    char *buffer;
    size_t size;
    size_t length;
} message_service_text;

static void message_service_put(message_service_text *text, const char *words)
{
    for (; *words != '\0'; words++, text->length++) {
        if (text->length + 1 < text->size) {
            text->buffer[text->length] = *words;
        }
    }
}

/* What explanations say of the rule that they cite: name, title, step and source. */
static const char *message_service_rule_words(unsigned rule)
{
    static const char *const words[] = {
        "rule no-dll-delete: the DLL is deleted only inside the entry point that was called with MSG_SERVICE_INSTALL, see https://learn.microsoft.com/office/client-developer/outlook/mapi/ending-a-mapi-session",
    };
    return rule < MESSAGE_SERVICE_RULE_COUNT ? words[rule] : "";
}

size_t message_service_explain(const message_service *m, unsigned event, unsigned args, char *buffer, size_t size)
{
    message_service_text text = {NULL, 0, 0};
    unsigned rule;
    const message_service_verdict verdict = message_service_judge(m, event, args, &rule);
    const char *const name = message_service_event_name(event);
    const char *const state = message_service_state_name(message_service_state(m));

    text.buffer = buffer;
    text.size = size;
    message_service_put(&text, name != NULL ? name : "an unknown event");
    switch (verdict) {
    case MESSAGE_SERVICE_ACCEPTED:
        message_service_put(&text, message_service_warnings(m, event, args) != 0 ? " accepted with a warning" : " accepted");
        break;
    case MESSAGE_SERVICE_REJECTED_STATE:
        message_service_put(&text, " rejected: it has no place here");
        break;
    case MESSAGE_SERVICE_REJECTED_NOT_HELD:
        message_service_put(&text, " rejected: what it gives back is not held");
        break;
    case MESSAGE_SERVICE_REJECTED_NEED:
        message_service_put(&text, " rejected: something else must be done first");
        break;
    case MESSAGE_SERVICE_REJECTED_LIMIT:
        message_service_put(&text, " rejected: no more than 65535 can be held");
        break;
    case MESSAGE_SERVICE_BAD_EVENT:
        message_service_put(&text, name != NULL ? " does not take these arguments" : " is no event of message_service");
        break;
    default:
        message_service_put(&text, " rejected: the machine's memory is corrupt");
        break;
    }
    message_service_put(&text, ", in state ");
    message_service_put(&text, state != NULL ? state : "(none)");
    if (rule != MESSAGE_SERVICE_RULE_NONE) {
        message_service_put(&text, "; ");
        message_service_put(&text, message_service_rule_words(rule));
    }
    if (size != 0) {
        buffer[text.length < size ? text.length : size - 1] = '\0';
    }
    return text.length;
}

#endif /* MESSAGE_SERVICE_NO_TEXT */

#endif /* MESSAGE_SERVICE_IMPLEMENTATION */
