/* message_service.h - Deleting the DLL of a service provider
 *
 * A state machine that follows the life of what a program uses, and rejects calls that break its order before they do harm.
 * Made by lastcall 0.1.0 from the lifecycle `message_service`; to change it, change the spec and run
 * `lastcall header message_service.yaml -o message_service.h`. This file is free of licence conditions: use it as you like.
 * Source of the rules: https://learn.microsoft.com/office/client-developer/outlook/mapi/ending-a-mapi-session
 *
 * In one source file of the program:    #define MESSAGE_SERVICE_IMPLEMENTATION
 *                                       #include "message_service.h"
 * In all others, only the #include. Defined everywhere, MESSAGE_SERVICE_NO_TEXT leaves all text out.
 *
 *     message_service machine = {0}; (in C++ {})
 *     if (message_service_fire(&machine, MESSAGE_SERVICE_EVENT_CALL_INSTALL_ENTRY, 0) != MESSAGE_SERVICE_ACCEPTED) {
 *         the call is out of order: message_service_explain says why
 *     }
 *
 * MESSAGE_SERVICE_STATIC, defined before each #include in place of MESSAGE_SERVICE_IMPLEMENTATION, makes all functions static: a
 * library that embeds machines exports none of them.
 *
 * C99 or C++11 and later; no allocation, no global data that changes, no library.
 *
 * Threads may use different machines at the same time, and may all ask (`const`) a machine that nobody moves meanwhile. Where they
 * share one that is moved, hold a lock of yours from the check through the call to the fire.
 */

#ifndef MESSAGE_SERVICE_H
#define MESSAGE_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef MESSAGE_SERVICE_STATIC
#ifndef MESSAGE_SERVICE_IMPLEMENTATION
#define MESSAGE_SERVICE_IMPLEMENTATION
#endif
#define MESSAGE_SERVICE_FUNCTION static inline
#else
#define MESSAGE_SERVICE_FUNCTION
#endif

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
    /* the DLL is deleted only inside the entry point that was called with MSG_SERVICE_INSTALL */
    MESSAGE_SERVICE_RULE_NO_DLL_DELETE,
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
 * 4 bytes without pointers: copy it, compare it with memcmp, set it to all zero bytes to begin anew.
 * Leave the inside to the functions below. */
typedef uint32_t message_service_status;

typedef struct message_service {
    message_service_status status[1]; /* the state, the facts, and which holdings are not 0 */
} message_service;


/* Using it
 * --------
 * `m` is never NULL. An event that is not accepted changes nothing. */

/* Sets a machine to its initial state, with nothing held. The same as all zero bytes. */
MESSAGE_SERVICE_FUNCTION void message_service_init(message_service *m);

/* Judges an event and, if it is accepted, applies its effect and moves. Call it before the call that the event stands for. */
MESSAGE_SERVICE_FUNCTION message_service_verdict message_service_fire(message_service *m, unsigned event, unsigned args);

/* Judges an event without moving. */
MESSAGE_SERVICE_FUNCTION message_service_verdict message_service_check(const message_service *m, unsigned event, unsigned args);

/* For a program that cannot reject calls yet: judges as fire does, but the call was made all the same, so even if it is rejected
 * its effect is applied (a count stops at 0 and at 65535) and the machine moves: to where the event leads in this state; if it
 * has no move in it, to the one state that all its moves name if they name just one; else it stays. Gives what fire would. */
MESSAGE_SERVICE_FUNCTION message_service_verdict message_service_observe(message_service *m, unsigned event, unsigned args);


/* Around a call that may fail
 * ---------------------------
 * Check, call, fire if the call succeeded: a call that fails changes nothing. The verdict is
 * MESSAGE_SERVICE_ACCEPTED also if the event is legal and the call failed; its result tells. `m`, `event`
 * and `args` are evaluated more than once, the call once, and only if the event is legal. If the call
 * itself moves the machine (a callback may), the verdict is what firing after it gives.
 *
 *     int error = -1;
 *     if (MESSAGE_SERVICE_CALL_INT(&machine, event, 0, error, the_call(thing)) != MESSAGE_SERVICE_ACCEPTED) ...
 */

/* `succeeded`: an expression that makes the call and is true if it succeeded. */
#define MESSAGE_SERVICE_CALL(m, event, args, succeeded) \
    (message_service_check((m), (event), (args)) != MESSAGE_SERVICE_ACCEPTED ? message_service_check((m), (event), (args)) \
     : (succeeded) ? message_service_fire((m), (event), (args)) : MESSAGE_SERVICE_ACCEPTED)

/* For a call that gives an HRESULT (not negative: success), an int (0: success), a pointer (not NULL:
 * success). `result` is the variable that takes it; it stays as it is if the event is rejected. */
#define MESSAGE_SERVICE_CALL_HRESULT(m, event, args, result, call) \
    MESSAGE_SERVICE_CALL((m), (event), (args), ((result) = (call)) >= 0)
#define MESSAGE_SERVICE_CALL_INT(m, event, args, result, call) \
    MESSAGE_SERVICE_CALL((m), (event), (args), ((result) = (call)) == 0)
#define MESSAGE_SERVICE_CALL_POINTER(m, event, args, result, call) \
    MESSAGE_SERVICE_CALL((m), (event), (args), ((result) = (call)) != NULL)


/* Being told
 * ---------- */

/* Called at each rejection and at each accepted event with warnings (bits as of message_service_warnings), before anything changes:
 * log, stop, abort. `context` is yours. */
typedef void message_service_listener(void *context, const message_service *m, unsigned event, unsigned args,
    message_service_verdict verdict, unsigned warnings);

/* As check, and tells the listener if there is something to tell. `listener` may be NULL. To fire or observe with a listener,
 * report first:
 *
 *     if (message_service_report(&machine, event, 0, log_it, log) == MESSAGE_SERVICE_ACCEPTED) message_service_fire(&machine, event, 0);
 */
MESSAGE_SERVICE_FUNCTION message_service_verdict message_service_report(const message_service *m, unsigned event, unsigned args,
    message_service_listener *listener, void *context);


/* Asking
 * ------ */

/* The rule that a rejection of this event would cite, or MESSAGE_SERVICE_RULE_NONE: not rejected, or no rule is named. */
MESSAGE_SERVICE_FUNCTION unsigned message_service_rule(const message_service *m, unsigned event, unsigned args);

/* What this event would warn of, as bits in the order of the spec; 0 if it would not be accepted. Ask before firing it. */
MESSAGE_SERVICE_FUNCTION unsigned message_service_warnings(const message_service *m, unsigned event, unsigned args);

/* The rule of the warning of bit 1 << index of an event, or MESSAGE_SERVICE_RULE_NONE. */
MESSAGE_SERVICE_FUNCTION unsigned message_service_warning_rule(unsigned event, unsigned index);

/* The state: MESSAGE_SERVICE_STATE_..., or MESSAGE_SERVICE_STATE_COUNT if it is out of range. */
MESSAGE_SERVICE_FUNCTION unsigned message_service_state(const message_service *m);

/* How many are held: MESSAGE_SERVICE_HELD_..., a group's is the sum of its members. 0 if there is no such holding. */
MESSAGE_SERVICE_FUNCTION uint32_t message_service_held(const message_service *m, unsigned holding);

/* May some of a holding be left at the end? Of a group: of each member. False if there is no such holding. */
MESSAGE_SERVICE_FUNCTION bool message_service_may_remain(unsigned holding);

/* Is the lifecycle at its end: a final state, and nothing held that must be given back? False if the machine is not sound. */
MESSAGE_SERVICE_FUNCTION bool message_service_finished(const message_service *m);

/* Is the memory what a machine can hold? An event looks only at what it touches, this at all: the state and the facts, what is 0 in
 * every machine, and that what is said twice, a count and whether it is 0, agrees. */
MESSAGE_SERVICE_FUNCTION bool message_service_is_sound(const message_service *m);

/* The next event, with its arguments, on a shortest legal way to the end; an argument that has needs is there if they hold.
 * False, with both untouched: finished, corrupt, or no way (or one that begins by taking something or by going further away).
 * The time does not depend on how much is held. */
MESSAGE_SERVICE_FUNCTION bool message_service_next(const message_service *m, unsigned *event, unsigned *args);

#ifndef MESSAGE_SERVICE_NO_TEXT

/* Why the event would be rejected, or what it would warn of: the call, the state, the rule and its source, what is held against
 * it, and the call to make first. Writes at most `size` bytes to `buffer`, with a terminator if `size` is not 0; gives the length
 * wanted, without the terminator, as snprintf does. `buffer` may be NULL if `size` is 0. Ask before firing the event. */
MESSAGE_SERVICE_FUNCTION size_t message_service_explain(const message_service *m, unsigned event, unsigned args, char *buffer, size_t size);

/* Calls of an event, so often in a row. */
typedef struct message_service_call {
    unsigned event;
    unsigned args;
    uint32_t times;
} message_service_call;

/* What makes a rejected event legal: the calls to make first, in order. It was tried, and at its end the event is accepted. Where its
 * arguments alone are at fault, it is the event without them. Writes at most `size` of them to `calls`; gives how many there are, 0 if
 * none are known or needed. `calls` may be NULL if `size` is 0. */
MESSAGE_SERVICE_FUNCTION size_t message_service_advice(const message_service *m, unsigned event, unsigned args, message_service_call *calls, size_t size);

/* Does nobody call this event, so that it has to be waited for? */
MESSAGE_SERVICE_FUNCTION bool message_service_is_awaited(unsigned event);

/* The call that an event stands for, and the source of a rule. NULL if the spec names none, or there is no such thing. */
MESSAGE_SERVICE_FUNCTION const char *message_service_event_call(unsigned event);
MESSAGE_SERVICE_FUNCTION const char *message_service_rule_source(unsigned rule);

/* Names as in the spec: of an event, of its argument of bit 1 << index, of a state, of a holding or group, of a rule, and of a
 * verdict ("accepted", "state", "not_held", "need", "limit", "bad_event", "corrupt"). NULL if there is no such thing. */
MESSAGE_SERVICE_FUNCTION const char *message_service_event_name(unsigned event);
MESSAGE_SERVICE_FUNCTION const char *message_service_argument_name(unsigned event, unsigned index);
MESSAGE_SERVICE_FUNCTION const char *message_service_state_name(unsigned state);
MESSAGE_SERVICE_FUNCTION const char *message_service_holding_name(unsigned holding);
MESSAGE_SERVICE_FUNCTION const char *message_service_rule_name(unsigned rule);
MESSAGE_SERVICE_FUNCTION const char *message_service_verdict_name(unsigned verdict);

#endif /* MESSAGE_SERVICE_NO_TEXT */

#ifdef __cplusplus
}
#endif

#if defined __cplusplus && (__cplusplus >= 201703L || (defined _MSVC_LANG && _MSVC_LANG >= 201703L))

/* Scope guard, for C++17
 * ----------------------
 * Gives something back where the scope ends, however it ends: checks the event, makes the call, and
 * fires if the call succeeded. `call` gives a bool: true if it succeeded. If the event is rejected, it
 * is not made; the listener, if there is one, is told. An exception that the call or the listener lets
 * out ends the program, as from any destructor. The machine must outlive the guard.
 *
 *     message_service_scope give_back(machine, MESSAGE_SERVICE_EVENT_..., 0, [&] { return the_call(thing) == 0; });
 */
extern "C++" { /* also where this file is included as if it were C */

template <class Call>
class [[nodiscard]] message_service_scope {
public:
    [[nodiscard]] message_service_scope(message_service &m, unsigned event, unsigned args, Call call,
        message_service_listener *listener = nullptr, void *context = nullptr)
        : guarded(m), event_number(event), arguments(args), give_back(static_cast<Call &&>(call)),
          told(listener), telling(context)
    {
    }
    message_service_scope(const message_service_scope &) = delete;
    message_service_scope &operator=(const message_service_scope &) = delete;
    ~message_service_scope()
    {
        if (armed &&
            message_service_report(&guarded, event_number, arguments, told, telling) == MESSAGE_SERVICE_ACCEPTED &&
            is_success(give_back())) {
            message_service_fire(&guarded, event_number, arguments);
        }
    }

    /* Nothing is given back at the end of the scope: somebody else does it. */
    void dismiss() { armed = false; }

private:
    static bool is_success(bool success) { return success; }
    template <class Other>
    static bool is_success(Other) = delete; /* an int or HRESULT is no bool: 0 means success there */

    message_service &guarded;
    unsigned event_number;
    unsigned arguments;
    Call give_back;
    message_service_listener *told;
    void *telling;
    bool armed = true;
};

} /* extern "C++" */

#endif /* C++17 */

#endif /* MESSAGE_SERVICE_H */


#if defined MESSAGE_SERVICE_IMPLEMENTATION && !defined MESSAGE_SERVICE_IMPLEMENTED
#define MESSAGE_SERVICE_IMPLEMENTED

/* Tables
 * ------
 * The struct is a status word of 32 bits. The bits of the status, from the lowest on,
 * are the state (bits 0 to 7). The initial
 * state is number 0. All else is 0.
 *
 * An event in a state selects a row, which the machine that Ragel compiled has decided. */

enum { MESSAGE_SERVICE_STAY = 4 }; /* as a target: the state stays */

/* Keeps what is seldom needed out of the way of what is needed at each event. */
#if defined __GNUC__
#define MESSAGE_SERVICE_APART __attribute__((__noinline__))
#else
#define MESSAGE_SERVICE_APART
#endif

/* Events: the line of cells. */
typedef struct message_service_entry {
    uint8_t line;
} message_service_entry;

static const message_service_entry message_service_events[] = {
    {0},                 /* call_install_entry */
    {1},                 /* call_other_entry */
    {2},                 /* entry_returns */
    {3},                 /* delete_provider_dll */
};

/* Test 2 * n is passed if all bits of mask n are 0, test 2 * n + 1 if some are not; so test 0 always is and test 1 never. The tests
 * behind those of the masks ask conditions of their own. */
static const message_service_status message_service_masks[] = {
    0,             /* nothing */
};

/* Rows: what becomes of an event in a state. The shortcut comes first: if `test`, which is of a mask, is passed, the event is legal, and `next` is the state that follows; else it decides nothing. `outcome` is the state that follows, as nothing is asked. */
typedef struct message_service_row {
    uint8_t test;
    uint8_t next;
    uint8_t outcome;
} message_service_row;

enum { MESSAGE_SERVICE_REFUSED = 5 }; /* cells from here on: refused */

static const message_service_row message_service_rows[MESSAGE_SERVICE_REFUSED] = {
    {0, 1, 1},         /* in_install_entry */
    {0, 2, 2},         /* in_other_entry */
    {0, 0, 0},         /* installed */
    {0, 4, 4},         /* stay */
    {0, 3, 3},         /* dll_deleted */
};

/* Lines of cells, one cell for each state: the number of a row; or MESSAGE_SERVICE_REFUSED + n: refused by rule n, or by none if
 * n is MESSAGE_SERVICE_RULE_NONE. */
static const uint8_t message_service_cells[][MESSAGE_SERVICE_STATE_COUNT] = {
    {0, 6, 6, 6}, /* call_install_entry */
    {1, 6, 6, 6}, /* call_other_entry */
    {6, 2, 2, 3}, /* entry_returns */
    {5, 4, 5, 5}, /* delete_provider_dll */
};


/* Reading and writing the struct
 * ------------------------------ */

static unsigned message_service_stored_state(const message_service *m)
{
    return (unsigned)(m->status[0] & 0xFFu);
}

/* Is the state in range, and is 0 what is 0 in every machine? */
static bool message_service_is_in_range(const message_service *m)
{
    return (m->status[0] & 0xFFFFFFFCu) == 0;
}

bool message_service_is_sound(const message_service *m)
{
    return message_service_is_in_range(m);
}

void message_service_init(message_service *m)
{
    static const message_service initial = {{0}};
    *m = initial;
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

bool message_service_may_remain(unsigned holding)
{
    (void)holding;
    return false;
}


/* Judging
 * ------- */

/* Is a test of a mask passed? */
static inline bool message_service_is_passed(const message_service *m, unsigned test)
{
    return ((m->status[0] & message_service_masks[test / 2]) != 0) == (test % 2 != 0);
}

/* A status word with the state that follows. No branch: whether the state changes is hard to foresee. */
static inline message_service_status message_service_with_state(message_service_status status, unsigned target)
{
    const message_service_status other = (status & ~(message_service_status)0xFFu) | target;
    return target != MESSAGE_SERVICE_STAY ? other : status;
}

/* Judges an event that has a move, and what it gives back is held: its needs in their order, then the limit. If it is accepted, applies
 * it: facts, counts, and then the state, which may depend on them. */
MESSAGE_SERVICE_APART static message_service_verdict message_service_fire_row(message_service *m, unsigned event, unsigned args, unsigned cell)
{
    unsigned outcome = message_service_rows[cell].outcome;

    (void)event;
    (void)args;
    m->status[0] = message_service_with_state(m->status[0], outcome);
    return MESSAGE_SERVICE_ACCEPTED;
}

/* Judges an event exactly: the reasons in their order. */
MESSAGE_SERVICE_APART static message_service_verdict message_service_fire_exactly(message_service *m, unsigned event, unsigned args)
{
    unsigned cell;

    if (event >= MESSAGE_SERVICE_EVENT_COUNT || args != 0) {
        return MESSAGE_SERVICE_BAD_EVENT;
    }
    if (!message_service_is_in_range(m)) {
        return MESSAGE_SERVICE_CORRUPT;
    }
    cell = message_service_cells[message_service_events[event].line][message_service_stored_state(m)];
    if (cell >= MESSAGE_SERVICE_REFUSED) {
        return MESSAGE_SERVICE_REJECTED_STATE;
    }
    return message_service_fire_row(m, event, args, cell);
}

message_service_verdict message_service_fire(message_service *m, unsigned event, unsigned args)
{
    if (event < MESSAGE_SERVICE_EVENT_COUNT && args == 0 && message_service_is_in_range(m)) {
        const message_service_entry *const entry = &message_service_events[event];
        const unsigned cell = message_service_cells[entry->line][message_service_stored_state(m)];
        const message_service_row *row;
        if (cell >= MESSAGE_SERVICE_REFUSED) {
            return MESSAGE_SERVICE_REJECTED_STATE;
        }
        row = &message_service_rows[cell];
        if (message_service_is_passed(m, row->test)) {
            m->status[0] = message_service_with_state(m->status[0], row->next);
            return MESSAGE_SERVICE_ACCEPTED;
        }
    }
    return message_service_fire_exactly(m, event, args);
}

message_service_verdict message_service_check(const message_service *m, unsigned event, unsigned args)
{
    message_service message_service_copy = *m;
    return message_service_fire(&message_service_copy, event, args);
}



/* Asking, and what stands around a call
 * ------------------------------------- */

/* The cell of an event in the machine's state. */
static unsigned message_service_cell_of(const message_service *m, unsigned event)
{
    return message_service_cells[message_service_events[event].line][message_service_stored_state(m)];
}

unsigned message_service_rule(const message_service *m, unsigned event, unsigned args)
{
    const message_service_verdict verdict = message_service_check(m, event, args);
    if (verdict == MESSAGE_SERVICE_REJECTED_STATE) {
        return message_service_cell_of(m, event) - MESSAGE_SERVICE_REFUSED;
    }
    return MESSAGE_SERVICE_RULE_NONE;
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

message_service_verdict message_service_observe(message_service *m, unsigned event, unsigned args)
{
    /* The one state that all moves of an event name, if it is one. */
    static const uint8_t lone_target[MESSAGE_SERVICE_EVENT_COUNT] = {
        1, 2, 4, 3
    };
    const message_service_verdict verdict = message_service_fire(m, event, args);
    unsigned cell;
    unsigned target;

    if (verdict == MESSAGE_SERVICE_ACCEPTED || verdict == MESSAGE_SERVICE_BAD_EVENT || verdict == MESSAGE_SERVICE_CORRUPT) {
        return verdict;
    }
    cell = message_service_cell_of(m, event);
    target = lone_target[event];
    if (cell < MESSAGE_SERVICE_REFUSED) {
        target = message_service_rows[cell].outcome;
    }
    m->status[0] = message_service_with_state(m->status[0], target);
    return verdict;
}

message_service_verdict message_service_report(const message_service *m, unsigned event, unsigned args,
    message_service_listener *listener, void *context)
{
    const message_service_verdict verdict = message_service_check(m, event, args);
    const unsigned warnings = message_service_warnings(m, event, args);

    if (listener != NULL && (verdict != MESSAGE_SERVICE_ACCEPTED || warnings != 0)) {
        listener(context, m, event, args, verdict, warnings);
    }
    return verdict;
}


/* The way to the end
 * ------------------
 * What is left: the things that must be given back, and from each state some moves that give nothing back. The event that
 * lowers this sum most is the next. */

static uint64_t message_service_left(const message_service *m)
{
    /* The fewest moves that give nothing back, from each state to a final one. */
    static const uint8_t moves[MESSAGE_SERVICE_STATE_COUNT] = {
        0, 1, 1, 0
    };
    uint64_t left = moves[message_service_stored_state(m)];
    return left;
}

bool message_service_finished(const message_service *m)
{
    const unsigned state = message_service_state(m);
    return (state == MESSAGE_SERVICE_STATE_INSTALLED || state == MESSAGE_SERVICE_STATE_DLL_DELETED) && message_service_is_sound(m);
}

bool message_service_next(const message_service *m, unsigned *event, unsigned *args)
{
    /* The events that can bring the end nearer. */
    static const uint8_t steps[] = {
        2, 3
    };
    uint64_t least;
    size_t step;
    bool found = false;

    if (!message_service_is_sound(m) || message_service_finished(m)) {
        return false;
    }
    least = message_service_left(m);
    for (step = 0; step < sizeof steps / sizeof steps[0]; step++) {
        message_service message_service_copy = *m;
        const unsigned with = 0;
        if (message_service_fire(&message_service_copy, steps[step], with) == MESSAGE_SERVICE_ACCEPTED &&
            message_service_left(&message_service_copy) < least) {
            least = message_service_left(&message_service_copy);
            *event = steps[step];
            *args = with;
            found = true;
        }
    }
    return found;
}

#ifndef MESSAGE_SERVICE_NO_TEXT

/* Advice
 * ------
 * What makes a rejected event legal is tried on copies of the machine, and said only if it does. What is tried is bounded, whatever
 * is held: an event that does the same again and again is done so at once. */

enum {
    MESSAGE_SERVICE_TRIES = 6250, /* events in a row that are tried where each follows from the one before */
    MESSAGE_SERVICE_SEARCHED = 64, /* machines that a search looks at: shortest ways first */
    MESSAGE_SERVICE_NEAR = 2 /* calls of a way that takes something for a need */
};

/* What can change anything, so that trying it makes sense: first what takes nothing or moves it, then what takes something; of
 * both, what is waited for comes behind. */
typedef struct message_service_try {
    uint8_t event;
    uint8_t args;
} message_service_try;

static const message_service_try message_service_tried[] = {
    {0, 0},    /* call_install_entry */
    {1, 0},    /* call_other_entry */
    {2, 0},    /* entry_returns */
    {3, 0},    /* delete_provider_dll */
};

/* The searches, one after another until one finds something: so many of these are tried in each. */
static const unsigned message_service_passes_of_search[] = {
    4
};

/* A way under construction: what fits is written, all is counted. */
typedef struct message_service_way {
    message_service_call *calls;
    size_t size;
    size_t length;
    message_service_call last;
} message_service_way;

static void message_service_go(message_service_way *way, unsigned event, unsigned args, uint32_t times)
{
    if (way->length == 0 || way->last.event != event || way->last.args != args) {
        way->length++;
        way->last.event = event;
        way->last.args = args;
        way->last.times = 0;
    }
    way->last.times += times;
    if (way->length <= way->size) {
        way->calls[way->length - 1] = way->last;
    }
}

/* Goes the way to the end until the event is legal. */
static bool message_service_go_to_the_end(const message_service *m, unsigned event, unsigned args, message_service_way *way)
{
    message_service message_service_copy = *m;
    unsigned next = 0;
    unsigned with = 0;
    unsigned step;

    for (step = 0; step < MESSAGE_SERVICE_TRIES && message_service_next(&message_service_copy, &next, &with) && next != event; step++) {
        (void)message_service_fire(&message_service_copy, next, with);
        message_service_go(way, next, with, 1);
        if (message_service_check(&message_service_copy, event, args) == MESSAGE_SERVICE_ACCEPTED) {
            return true;
        }
    }
    return false;
}

/* A machine that a search has come to: from which other, by what, and how often in a row. */
typedef struct message_service_found {
    message_service machine;
    uint32_t times;
    unsigned tried;
    unsigned before;
    unsigned after; /* the next on the way, once it is found */
} message_service_found;

static bool message_service_is_same(const message_service *one, const message_service *other)
{
    const unsigned char *left = (const unsigned char *)one;
    const unsigned char *right = (const unsigned char *)other;
    size_t at = 0;

    while (at < sizeof *one && left[at] == right[at]) {
        at++;
    }
    return at == sizeof *one;
}

/* Searches for the event being legal, shortest ways first, with the first `tries` of what can be tried. */
static bool message_service_search(const message_service *m, unsigned event, unsigned args, unsigned tries, message_service_way *way)
{
    message_service_found found[MESSAGE_SERVICE_SEARCHED + 1];
    unsigned count = 1;
    unsigned at;
    unsigned tried;
    unsigned known;

    found[0].machine = *m;
    found[0].before = 0;
    for (at = 0; at < count; at++) {
        for (tried = 0; tried < tries; tried++) {
            message_service_found *const new_one = &found[count];
            bool legal;
            new_one->machine = found[at].machine;
            if (message_service_tried[tried].event == event ||
                message_service_fire(&new_one->machine, message_service_tried[tried].event, message_service_tried[tried].args) != MESSAGE_SERVICE_ACCEPTED) {
                continue;
            }
            legal = message_service_check(&new_one->machine, event, args) == MESSAGE_SERVICE_ACCEPTED;
            new_one->times = 1;
            new_one->tried = tried;
            new_one->before = at;
            if (legal) {
                for (known = count; known != 0; known = found[known].before) {
                    found[found[known].before].after = known;
                }
                while (known != count) {
                    known = found[known].after;
                    message_service_go(way, message_service_tried[found[known].tried].event, message_service_tried[found[known].tried].args, found[known].times);
                }
                return true;
            }
            for (known = 0; known < count && !message_service_is_same(&found[known].machine, &new_one->machine); known++) {
            }
            if (known == count && count < MESSAGE_SERVICE_SEARCHED) {
                count++;
            }
        }
    }
    return false;
}

/* Finds a way to where a rejected event is legal; gives the number of tries of the search that found it, 0 if no search did. Nothing
 * is taken to be given back; and for a need no long way is gone that takes something, as it would be a new beginning. */
static unsigned message_service_find_way(const message_service *m, unsigned event, unsigned args, message_service_way *way)
{
    const message_service_verdict verdict = message_service_check(m, event, args);
    bool takes = true;
    unsigned pass;

    way->length = 0;
    if (!message_service_is_sound(m)) {
        return 0;
    }
    if (verdict != MESSAGE_SERVICE_REJECTED_STATE && verdict != MESSAGE_SERVICE_REJECTED_NEED) {
        return 0;
    }
    for (pass = 0; pass < 1 && (takes || message_service_passes_of_search[pass] <= 4); pass++) {
        if (message_service_search(m, event, args, message_service_passes_of_search[pass], way) &&
            (way->length <= MESSAGE_SERVICE_NEAR || verdict != MESSAGE_SERVICE_REJECTED_NEED || message_service_passes_of_search[pass] <= 4)) {
            return message_service_passes_of_search[pass];
        }
        way->length = 0;
        if (pass == 0 && takes) {
            if (message_service_go_to_the_end(m, event, args, way)) {
                return 0;
            }
            way->length = 0;
        }
    }
    return 0;
}

size_t message_service_advice(const message_service *m, unsigned event, unsigned args, message_service_call *calls, size_t size)
{
    message_service_way way;

    way.calls = calls;
    way.size = size;
    (void)message_service_find_way(m, event, args, &way);
    return way.length;
}

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

const char *message_service_event_call(unsigned event)
{
    static const char *const calls[] = {
        "MSGSERVICEENTRY",
        "MSGSERVICEENTRY",
        NULL,
        NULL,
    };
    return event < MESSAGE_SERVICE_EVENT_COUNT ? calls[event] : NULL;
}

const char *message_service_rule_source(unsigned rule)
{
    static const char *const sources[] = {
        "https://learn.microsoft.com/office/client-developer/outlook/mapi/ending-a-mapi-session",
    };
    return rule < MESSAGE_SERVICE_RULE_COUNT ? sources[rule] : NULL;
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

bool message_service_is_awaited(unsigned event)
{
    (void)event;
    return false;
}

/* A text under construction: what fits is written, all is counted. */
typedef struct message_service_text {
    char *buffer;
    size_t size;
    size_t length;
} message_service_text;

static void message_service_put(message_service_text *text, const char *words)
{
    const char *next;

    for (next = words; *next != '\0'; next++) {
        if (text->length + 1 < text->size) {
            text->buffer[text->length] = *next;
        }
        text->length++;
    }
}

static void message_service_put_number(message_service_text *text, uint32_t number)
{
    char digits[11];
    size_t at = sizeof digits - 1;
    uint32_t left = number;

    digits[at] = '\0';
    do {
        at--;
        digits[at] = (char)('0' + left % 10);
        left /= 10;
    } while (left != 0);
    message_service_put(text, &digits[at]);
}

/* An event by the name of its call, or in words, with its arguments. */
static void message_service_put_event(message_service_text *text, unsigned event, unsigned args)
{
    static const char *const words[] = { /* where there is no call */
        NULL,
        NULL,
        "entry_returns (return from the entry point)",
        "delete_provider_dll (delete the provider's DLL)",
    };
    if (words[event] != NULL) {
        message_service_put(text, words[event]);
    } else {
        message_service_put(text, message_service_event_call(event));
        message_service_put(text, " (");
        message_service_put(text, message_service_event_name(event));
        message_service_put(text, ")");
    }
    (void)args;
}

/* A state by its name and in words. */
static void message_service_put_state(message_service_text *text, unsigned state)
{
    static const char *const words[] = {
        "installed (the provider is installed)",
        "in_install_entry (in the entry point with MSG_SERVICE_INSTALL)",
        "in_other_entry (in the entry point with another request)",
        "dll_deleted (the provider's DLL is deleted)",
    };
    message_service_put(text, words[state]);
}

/* A rule: what it says, its name, step and source. */
static void message_service_put_rule(message_service_text *text, unsigned rule)
{
    static const char *const words[] = {
        "the DLL is deleted only inside the entry point that was called with MSG_SERVICE_INSTALL [no-dll-delete",
    };
    message_service_put(text, words[rule]);
    if (message_service_rule_source(rule) != NULL) {
        message_service_put(text, ", ");
        message_service_put(text, message_service_rule_source(rule));
    }
    message_service_put(text, "]");
}

/* What to do: call an event, or wait for it, and how often. */
static void message_service_put_step(message_service_text *text, const message_service_call *step)
{
    message_service_put_event(text, step->event, step->args);
    if (step->times > 1) {
        message_service_put(text, " ");
        message_service_put_number(text, step->times);
        message_service_put(text, " times");
    }
}

/* For a rejection by state: where the event is allowed, and how to get there. */
static void message_service_put_way(message_service_text *text, const message_service *m, unsigned event, const message_service_way *way)
{
    /* From which states a chain of moves leads to where an event is allowed, each such line once, and which one is an event's. */
    static const bool reach[][MESSAGE_SERVICE_STATE_COUNT] = {
        {1, 1, 1, 0},
        {1, 1, 1, 1},
    };
    static const uint8_t reach_of[] = {
        0, 0, 1, 0
    };
    unsigned state;
    size_t at;
    bool some = false;

    for (state = 0; state < MESSAGE_SERVICE_STATE_COUNT; state++) {
        if (message_service_cells[message_service_events[event].line][state] < MESSAGE_SERVICE_REFUSED) {
            message_service_put(text, some ? ", " : " It is allowed in ");
            message_service_put(text, message_service_state_name(state));
            some = true;
        }
    }
    if (!some) {
        message_service_put(text, " It is allowed in no state.");
        return;
    }
    if (!reach[reach_of[event]][message_service_state(m)]) {
        message_service_put(text, "; no way leads there from here");
    }
    for (at = 0; at < way->length && at < way->size; at++) {
        message_service_put(text, at == 0 ? "; the way there: " : ", ");
        message_service_put(text, message_service_is_awaited(way->calls[at].event) ? "wait until " : "");
        message_service_put_step(text, &way->calls[at]);
    }
    message_service_put(text, at < way->length ? ", and so on." : ".");
}

size_t message_service_explain(const message_service *m, unsigned event, unsigned args, char *buffer, size_t size)
{
    message_service_text text = {NULL, 0, 0};
    message_service_call calls[8] = {{0, 0, 0}};
    message_service_way way;
    message_service_verdict verdict = message_service_check(m, event, args);
    const unsigned rule = message_service_rule(m, event, args);

    if (verdict != MESSAGE_SERVICE_BAD_EVENT && !message_service_is_sound(m)) {
        verdict = MESSAGE_SERVICE_CORRUPT; /* nothing can be said of what is held */
    }
    way.calls = calls;
    way.size = sizeof calls / sizeof calls[0];
    (void)message_service_find_way(m, event, args, &way);
    text.buffer = buffer;
    text.size = size;
    if (event >= MESSAGE_SERVICE_EVENT_COUNT) {
        message_service_put(&text, "Event ");
        message_service_put_number(&text, event);
        message_service_put(&text, " is rejected: message_service has no event of this number, but those from 0 to ");
        message_service_put_number(&text, MESSAGE_SERVICE_EVENT_COUNT - 1);
        message_service_put(&text, ".");
    } else {
        message_service_put_event(&text, event, verdict == MESSAGE_SERVICE_BAD_EVENT ? 0 : args);
        if (verdict == MESSAGE_SERVICE_BAD_EVENT) {
            message_service_put(&text, " is rejected: it was given an argument that it does not take. It takes ");
            {
                message_service_put(&text, "none");
            }
            message_service_put(&text, ".");
        } else if (verdict == MESSAGE_SERVICE_CORRUPT) {
            message_service_put(&text, " is rejected: the machine's memory holds what no machine can; it was overwritten, or never initialised.");
        } else {
            message_service_put(&text, verdict == MESSAGE_SERVICE_ACCEPTED ? " is accepted in " : " is rejected in ");
            message_service_put_state(&text, message_service_state(m));
        }
        switch (verdict) {
        case MESSAGE_SERVICE_ACCEPTED:
            message_service_put(&text, ".");
            break;
        case MESSAGE_SERVICE_REJECTED_STATE:
            message_service_put(&text, ": ");
            if (rule != MESSAGE_SERVICE_RULE_NONE) {
                message_service_put_rule(&text, rule);
            } else
            {
                message_service_put(&text, "it has no place there");
            }
            message_service_put(&text, ".");
            message_service_put_way(&text, m, event, &way);
            break;
        default:
            break;
        }
    }
    if (size != 0) {
        buffer[text.length < size ? text.length : size - 1] = '\0';
    }
    return text.length;
}

#endif /* MESSAGE_SERVICE_NO_TEXT */

#endif /* MESSAGE_SERVICE_IMPLEMENTATION */
