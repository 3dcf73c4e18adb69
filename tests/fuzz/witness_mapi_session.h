/* The lifecycle mapi_session once more, written by hand from the tables of Microsoft's
 * documentation and of nothing that the generator makes: what machine.c holds the header against.
 *
 * What is judged and where an accepted event leads is the switch of the benchmark, which is written
 * by hand too; here is the rest: warnings, observing, the end, and what is true of every
 * configuration that accepted events lead to. Its numbers are those of the header. */
#ifndef WITNESS_MAPI_SESSION_H
#define WITNESS_MAPI_SESSION_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "../bench/switch.c"

struct witness {
    switch_session session;
};

/* One number more or less in one of the two, and nothing below would fit. */
typedef char witness_has_the_same_events
    [(int)SWITCH_EVENT_COUNT == (int)MAPI_SESSION_EVENT_COUNT ? 1 : -1];
typedef char witness_has_the_same_states
    [(int)SWITCH_STATE_COUNT == (int)MAPI_SESSION_STATE_COUNT ? 1 : -1];
typedef char witness_has_the_same_holdings
    [(int)SWITCH_HOLDING_COUNT == (int)MAPI_SESSION_HOLDING_COUNT ? 1 : -1];
typedef char witness_has_the_same_rules
    [(int)SWITCH_RULE_COUNT == (int)MAPI_SESSION_RULE_COUNT ? 1 : -1];

static inline bool witness_is_same(const struct witness *left, const struct witness *right)
{
    return left->session.state == right->session.state
           && left->session.facts == right->session.facts
           && memcmp(left->session.held, right->session.held, sizeof left->session.held) == 0;
}

static inline unsigned witness_check(const struct witness *w, unsigned event, unsigned arguments)
{
    switch_session copy = w->session;
    return switch_fire(&copy, event, arguments);
}

static inline unsigned witness_rule(const struct witness *w, unsigned event, unsigned arguments)
{
    return switch_rule(&w->session, event, arguments);
}

static inline unsigned witness_fire(struct witness *w, unsigned event, unsigned arguments)
{
    return switch_fire(&w->session, event, arguments);
}

/* Bits in the order of the tables: outbound-left, others-not-notified. */
static inline unsigned witness_warnings(const struct witness *w, unsigned event, unsigned arguments)
{
    const switch_session *s = &w->session;
    unsigned bits = 0;

    if (event != SWITCH_EVENT_END_SESSION && event != SWITCH_EVENT_LOGOFF) {
        return 0;
    }
    if (witness_check(w, event, arguments) != SWITCH_ACCEPTED) {
        return 0;
    }
    if (s->held[SWITCH_HELD_OUTBOUND] != 0) {
        bits |= 1;
    }
    if (event == SWITCH_EVENT_LOGOFF && (s->facts & SWITCH_ARG_MAPI_LOGON_EX_OWNER) != 0
        && (arguments & SWITCH_ARG_LOGOFF_SHARED) == 0) {
        bits |= 2;
    }
    return bits;
}

static inline unsigned witness_state(const struct witness *w)
{
    return w->session.state;
}

static inline uint32_t witness_held(const struct witness *w, unsigned holding)
{
    uint32_t sum = 0;

    if (holding < SWITCH_HOLDING_COUNT) {
        return w->session.held[holding];
    }
    if (holding > SWITCH_HOLDING_COUNT) {
        return 0;
    }
    for (unsigned i = SWITCH_HELD_ADVISE_SINKS; i <= SWITCH_HELD_OTHER_OBJECTS; i++) {
        sum += w->session.held[i]; /* the group of all objects follows the holdings */
    }
    return sum;
}

static inline bool witness_may_remain(unsigned holding)
{
    return holding == SWITCH_HELD_OUTBOUND;
}

/* All that must be given back. */
static inline uint64_t witness_outstanding(const struct witness *w)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < SWITCH_HOLDING_COUNT; i++) {
        sum += witness_may_remain(i) ? 0 : w->session.held[i];
    }
    return sum;
}

static inline bool witness_finished(const struct witness *w)
{
    return w->session.state == SWITCH_STATE_MAPI_UNINITIALIZED && witness_outstanding(w) == 0;
}

static inline bool witness_is_ending(unsigned state)
{
    return state == SWITCH_STATE_ADVISED || state == SWITCH_STATE_OBJECTS_OPEN
           || state == SWITCH_STATE_ENTRY_IDS_CACHED || state == SWITCH_STATE_READY_TO_LOG_OFF;
}

/* The events of a shortest way to the end from where accepted events have led: one for each thing
 * that must be given back, and the logoff of a session that has not had one. */
static inline uint64_t witness_left(const struct witness *w)
{
    const unsigned state = w->session.state;
    const bool in_session = state == SWITCH_STATE_LOGGED_ON || witness_is_ending(state);
    return witness_outstanding(w) + (in_session ? 1 : 0);
}

/* What is true wherever accepted events lead. */
static inline bool witness_is_reachable(const struct witness *w)
{
    const unsigned state = w->session.state;
    const uint16_t *held = w->session.held;
    const bool advises = held[SWITCH_HELD_ADVISES] != 0;
    const bool entry_ids = held[SWITCH_HELD_ENTRY_IDS] != 0;
    const bool objects_open = witness_held(w, SWITCH_HOLDING_COUNT) != 0;

    if (state == SWITCH_STATE_MAPI_UNINITIALIZED || state == SWITCH_STATE_INITIALIZED) {
        /* no session, so nothing of one */
        return (held[SWITCH_HELD_MAPI] != 0) == (state == SWITCH_STATE_INITIALIZED)
               && held[SWITCH_HELD_SESSION_REFS] == 0 && w->session.facts == 0 && !advises
               && !objects_open && !entry_ids;
    }
    if (held[SWITCH_HELD_MAPI] == 0 || held[SWITCH_HELD_SESSION_REFS] == 0) {
        return false; /* a session needs both */
    }
    switch (state) {
    case SWITCH_STATE_LOGGED_ON:
        return true;
    case SWITCH_STATE_ADVISED:
        return advises;
    case SWITCH_STATE_OBJECTS_OPEN:
        return !advises && objects_open;
    case SWITCH_STATE_ENTRY_IDS_CACHED:
        return !advises && !objects_open && entry_ids;
    default: /* ready to log off, logged off */
        return !advises && !objects_open && !entry_ids;
    }
}

/* What an event takes (+1) or gives back (-1); 0: neither. */
static inline int witness_effect(unsigned event, unsigned *holding)
{
    if (event >= SWITCH_EVENT_OPEN_ADVISE_SINK && event <= SWITCH_EVENT_OPEN_OTHER_OBJECT) {
        *holding = SWITCH_HELD_ADVISE_SINKS + (event - SWITCH_EVENT_OPEN_ADVISE_SINK);
        return 1;
    }
    if (event >= SWITCH_EVENT_RELEASE_ADVISE_SINK && event <= SWITCH_EVENT_RELEASE_OTHER_OBJECT) {
        *holding = SWITCH_HELD_ADVISE_SINKS + (event - SWITCH_EVENT_RELEASE_ADVISE_SINK);
        return -1;
    }
    switch (event) {
    case SWITCH_EVENT_MAPI_INITIALIZE: *holding = SWITCH_HELD_MAPI; return 1;
    case SWITCH_EVENT_OLE_INITIALIZE: *holding = SWITCH_HELD_OLE; return 1;
    case SWITCH_EVENT_SC_INIT_MAPI_UTIL: *holding = SWITCH_HELD_MAPI_UTIL; return 1;
    case SWITCH_EVENT_MAPI_LOGON_EX:
    case SWITCH_EVENT_ADDREF_SESSION: *holding = SWITCH_HELD_SESSION_REFS; return 1;
    case SWITCH_EVENT_ADVISE: *holding = SWITCH_HELD_ADVISES; return 1;
    case SWITCH_EVENT_CACHE_ENTRY_ID: *holding = SWITCH_HELD_ENTRY_IDS; return 1;
    case SWITCH_EVENT_SUBMIT_MESSAGE: *holding = SWITCH_HELD_OUTBOUND; return 1;
    case SWITCH_EVENT_UNADVISE: *holding = SWITCH_HELD_ADVISES; return -1;
    case SWITCH_EVENT_MAPI_FREE_BUFFER: *holding = SWITCH_HELD_ENTRY_IDS; return -1;
    case SWITCH_EVENT_MESSAGE_TRANSMITTED: *holding = SWITCH_HELD_OUTBOUND; return -1;
    case SWITCH_EVENT_RELEASE_SESSION: *holding = SWITCH_HELD_SESSION_REFS; return -1;
    case SWITCH_EVENT_OLE_UNINITIALIZE: *holding = SWITCH_HELD_OLE; return -1;
    case SWITCH_EVENT_MAPI_UNINITIALIZE: *holding = SWITCH_HELD_MAPI; return -1;
    case SWITCH_EVENT_DEINIT_MAPI_UTIL: *holding = SWITCH_HELD_MAPI_UTIL; return -1;
    default: return 0;
    }
}

/* Where a call that was made although it was rejected has led, its effect being done. */
static inline void witness_follow_rejected(switch_session *s, unsigned event)
{
    const unsigned from = s->state;
    const bool in_session = from == SWITCH_STATE_LOGGED_ON || witness_is_ending(from);
    const bool releases_object =
        event >= SWITCH_EVENT_RELEASE_ADVISE_SINK && event <= SWITCH_EVENT_RELEASE_OTHER_OBJECT;

    if (event == SWITCH_EVENT_MAPI_LOGON_EX) {
        s->state = SWITCH_STATE_LOGGED_ON; /* the one state that all its moves name */
    } else if (event == SWITCH_EVENT_LOGOFF) {
        s->state = SWITCH_STATE_LOGGED_OFF; /* likewise */
    } else if (event == SWITCH_EVENT_MAPI_INITIALIZE && from == SWITCH_STATE_MAPI_UNINITIALIZED) {
        s->state = SWITCH_STATE_INITIALIZED;
    } else if (event == SWITCH_EVENT_RELEASE_SESSION && from == SWITCH_STATE_LOGGED_OFF) {
        if (s->held[SWITCH_HELD_SESSION_REFS] == 0) {
            s->state = SWITCH_STATE_INITIALIZED;
        }
    } else if (event == SWITCH_EVENT_MAPI_UNINITIALIZE && from == SWITCH_STATE_INITIALIZED) {
        if (s->held[SWITCH_HELD_MAPI] == 0) {
            s->state = SWITCH_STATE_MAPI_UNINITIALIZED;
        }
    } else if ((event == SWITCH_EVENT_UNADVISE && from == SWITCH_STATE_ADVISED)
               || (releases_object && from == SWITCH_STATE_OBJECTS_OPEN)
               || (event == SWITCH_EVENT_MAPI_FREE_BUFFER && from == SWITCH_STATE_ENTRY_IDS_CACHED)
               || (in_session && from == SWITCH_STATE_LOGGED_ON
                   && (event == SWITCH_EVENT_END_SESSION
                       || event == SWITCH_EVENT_SHARED_LOGOFF_NOTICE))) {
        enter_ending(s);
    }
}

/* Judges as fire does; what was rejected is done all the same. */
static inline unsigned witness_observe(struct witness *w, unsigned event, unsigned arguments)
{
    switch_session *s = &w->session;
    const unsigned verdict = switch_fire(s, event, arguments);
    unsigned holding = 0;

    if (verdict == SWITCH_ACCEPTED || verdict == SWITCH_BAD_EVENT) {
        return verdict;
    }
    if (event == SWITCH_EVENT_MAPI_LOGON_EX) {
        s->facts = (uint8_t)arguments;
    }
    switch (witness_effect(event, &holding)) {
    case 1:
        if (s->held[holding] != UINT16_MAX) {
            s->held[holding]++;
        }
        break;
    case -1:
        if (s->held[holding] != 0) {
            s->held[holding]--;
            if (holding == SWITCH_HELD_SESSION_REFS && s->held[holding] == 0) {
                s->facts = 0;
            }
        }
        break;
    default:
        break;
    }
    witness_follow_rejected(s, event);
    return verdict;
}

#endif
