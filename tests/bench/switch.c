/* The lifecycle mapi_session as one switch statement, written by hand: see switch.h. */
#include "switch.h"

#include <stddef.h>

/* Sets of states, as bits. */
enum {
    UNINITIALIZED = 1 << SWITCH_STATE_MAPI_UNINITIALIZED,
    INITIALIZED = 1 << SWITCH_STATE_INITIALIZED,
    LOGGED_ON = 1 << SWITCH_STATE_LOGGED_ON,
    ADVISED = 1 << SWITCH_STATE_ADVISED,
    OBJECTS_OPEN = 1 << SWITCH_STATE_OBJECTS_OPEN,
    ENTRY_IDS_CACHED = 1 << SWITCH_STATE_ENTRY_IDS_CACHED,
    READY_TO_LOG_OFF = 1 << SWITCH_STATE_READY_TO_LOG_OFF,
    LOGGED_OFF = 1 << SWITCH_STATE_LOGGED_OFF,
    ENDING = ADVISED | OBJECTS_OPEN | ENTRY_IDS_CACHED | READY_TO_LOG_OFF,
    IN_SESSION = LOGGED_ON | ENDING
};

enum {
    ALL_FACTS = SWITCH_ARG_MAPI_LOGON_EX_UI | SWITCH_ARG_MAPI_LOGON_EX_OWNER |
                SWITCH_ARG_MAPI_LOGON_EX_GUEST
};

/* The body is compiled twice: into switch_rule, and into fire, where nobody reads the rules and
 * they cost nothing. */
#define TWICE static inline __attribute__((always_inline))

unsigned switch_arguments(unsigned event)
{
    switch (event) {
    case SWITCH_EVENT_MAPI_LOGON_EX:
        return ALL_FACTS;
    case SWITCH_EVENT_END_SESSION:
        return SWITCH_ARG_END_SESSION_AFTER_OUTBOUND;
    case SWITCH_EVENT_LOGOFF:
        return SWITCH_ARG_LOGOFF_UI | SWITCH_ARG_LOGOFF_SHARED;
    default:
        return 0;
    }
}

static inline unsigned objects(const switch_session *m)
{
    const uint16_t *n = m->held;

    return (unsigned)n[SWITCH_HELD_ADVISE_SINKS] | n[SWITCH_HELD_STATUS_TABLES] |
           n[SWITCH_HELD_OUTBOX_FOLDERS] | n[SWITCH_HELD_MESSAGE_STORES] |
           n[SWITCH_HELD_ADDRESS_BOOKS] | n[SWITCH_HELD_OTHER_OBJECTS];
}

static void enter_ending(switch_session *m)
{
    m->state = m->held[SWITCH_HELD_ADVISES]     ? SWITCH_STATE_ADVISED
               : objects(m)                     ? SWITCH_STATE_OBJECTS_OPEN
               : m->held[SWITCH_HELD_ENTRY_IDS] ? SWITCH_STATE_ENTRY_IDS_CACHED
                                                : SWITCH_STATE_READY_TO_LOG_OFF;
}

static inline unsigned take(uint16_t *held)
{
    if (*held == UINT16_MAX)
        return SWITCH_REJECTED_LIMIT;
    ++*held;
    return SWITCH_ACCEPTED;
}

TWICE unsigned need(unsigned *cited, unsigned rule)
{
    *cited = rule;
    return SWITCH_REJECTED_NEED;
}

TWICE unsigned step(switch_session *m, unsigned event, unsigned args, unsigned *rule)
{
    unsigned here;
    uint16_t *const n = m->held;
    uint16_t *object;

    if (event >= SWITCH_EVENT_COUNT || (args != 0 && (args & ~switch_arguments(event)) != 0))
        return SWITCH_BAD_EVENT;
    if (m->state >= SWITCH_STATE_COUNT || m->facts > ALL_FACTS)
        return SWITCH_CORRUPT;
    here = 1u << m->state;

    switch (event) {
    case SWITCH_EVENT_MAPI_INITIALIZE:
        if ((here & (UNINITIALIZED | INITIALIZED | LOGGED_ON)) == 0)
            return SWITCH_REJECTED_STATE;
        if (n[SWITCH_HELD_MAPI] == UINT16_MAX)
            return SWITCH_REJECTED_LIMIT;
        ++n[SWITCH_HELD_MAPI];
        if (here == UNINITIALIZED)
            m->state = SWITCH_STATE_INITIALIZED;
        return SWITCH_ACCEPTED;

    case SWITCH_EVENT_OLE_INITIALIZE:
        if ((here & (UNINITIALIZED | INITIALIZED | LOGGED_ON)) == 0)
            return SWITCH_REJECTED_STATE;
        return take(&n[SWITCH_HELD_OLE]);

    case SWITCH_EVENT_SC_INIT_MAPI_UTIL:
        if ((here & (UNINITIALIZED | INITIALIZED | LOGGED_ON)) == 0)
            return SWITCH_REJECTED_STATE;
        return take(&n[SWITCH_HELD_MAPI_UTIL]);

    case SWITCH_EVENT_MAPI_LOGON_EX:
        if (here != INITIALIZED)
            return SWITCH_REJECTED_STATE;
        if (n[SWITCH_HELD_SESSION_REFS] == UINT16_MAX)
            return SWITCH_REJECTED_LIMIT;
        ++n[SWITCH_HELD_SESSION_REFS];
        m->facts = (uint8_t)args;
        m->state = SWITCH_STATE_LOGGED_ON;
        return SWITCH_ACCEPTED;

    case SWITCH_EVENT_ADDREF_SESSION:
        if (here != LOGGED_ON)
            return SWITCH_REJECTED_STATE;
        return take(&n[SWITCH_HELD_SESSION_REFS]);

    case SWITCH_EVENT_ADVISE:
        if (here != LOGGED_ON)
            return SWITCH_REJECTED_STATE;
        return take(&n[SWITCH_HELD_ADVISES]);

    case SWITCH_EVENT_UNADVISE:
        if ((here & IN_SESSION) == 0)
            return SWITCH_REJECTED_STATE;
        if (n[SWITCH_HELD_ADVISES] == 0)
            return SWITCH_REJECTED_NOT_HELD;
        --n[SWITCH_HELD_ADVISES];
        if (here == ADVISED)
            enter_ending(m);
        return SWITCH_ACCEPTED;

    case SWITCH_EVENT_OPEN_ADVISE_SINK:
    case SWITCH_EVENT_OPEN_STATUS_TABLE:
    case SWITCH_EVENT_OPEN_OUTBOX_FOLDER:
    case SWITCH_EVENT_OPEN_MESSAGE_STORE:
    case SWITCH_EVENT_OPEN_ADDRESS_BOOK:
    case SWITCH_EVENT_OPEN_OTHER_OBJECT:
        if (here != LOGGED_ON)
            return SWITCH_REJECTED_STATE;
        return take(&n[SWITCH_HELD_ADVISE_SINKS + (event - SWITCH_EVENT_OPEN_ADVISE_SINK)]);

    case SWITCH_EVENT_RELEASE_ADVISE_SINK:
    case SWITCH_EVENT_RELEASE_STATUS_TABLE:
    case SWITCH_EVENT_RELEASE_OUTBOX_FOLDER:
    case SWITCH_EVENT_RELEASE_MESSAGE_STORE:
    case SWITCH_EVENT_RELEASE_ADDRESS_BOOK:
    case SWITCH_EVENT_RELEASE_OTHER_OBJECT:
        if ((here & IN_SESSION) == 0)
            return SWITCH_REJECTED_STATE;
        object = &n[SWITCH_HELD_ADVISE_SINKS + (event - SWITCH_EVENT_RELEASE_ADVISE_SINK)];
        if (*object == 0)
            return SWITCH_REJECTED_NOT_HELD;
        if (here == ADVISED && n[SWITCH_HELD_ADVISES] != 0)
            return need(rule, SWITCH_RULE_UNADVISE_FIRST);
        --*object;
        if (here == OBJECTS_OPEN)
            enter_ending(m);
        return SWITCH_ACCEPTED;

    case SWITCH_EVENT_CALL_OBJECT:
        if ((here & IN_SESSION) == 0)
            return SWITCH_REJECTED_STATE;
        if (objects(m) == 0)
            return need(rule, SWITCH_RULE_OBJECTS_INVALID);
        return SWITCH_ACCEPTED;

    case SWITCH_EVENT_CALL_SESSION:
        if ((here & IN_SESSION) == 0)
            return SWITCH_REJECTED_STATE;
        return SWITCH_ACCEPTED;

    case SWITCH_EVENT_CACHE_ENTRY_ID:
        if (here != LOGGED_ON)
            return SWITCH_REJECTED_STATE;
        return take(&n[SWITCH_HELD_ENTRY_IDS]);

    case SWITCH_EVENT_MAPI_FREE_BUFFER:
        if ((here & IN_SESSION) == 0)
            return SWITCH_REJECTED_STATE;
        if (n[SWITCH_HELD_ENTRY_IDS] == 0)
            return SWITCH_REJECTED_NOT_HELD;
        if (here == ADVISED && n[SWITCH_HELD_ADVISES] != 0)
            return need(rule, SWITCH_RULE_UNADVISE_FIRST);
        if (here == OBJECTS_OPEN && objects(m) != 0)
            return need(rule, SWITCH_RULE_RELEASE_OBJECTS_FIRST);
        --n[SWITCH_HELD_ENTRY_IDS];
        if (here == ENTRY_IDS_CACHED)
            enter_ending(m);
        return SWITCH_ACCEPTED;

    case SWITCH_EVENT_SUBMIT_MESSAGE:
        if (here != LOGGED_ON)
            return SWITCH_REJECTED_STATE;
        return take(&n[SWITCH_HELD_OUTBOUND]);

    case SWITCH_EVENT_MESSAGE_TRANSMITTED:
        if ((here & IN_SESSION) == 0)
            return SWITCH_REJECTED_STATE;
        if (n[SWITCH_HELD_OUTBOUND] == 0)
            return SWITCH_REJECTED_NOT_HELD;
        --n[SWITCH_HELD_OUTBOUND];
        return SWITCH_ACCEPTED;

    case SWITCH_EVENT_END_SESSION:
        if (here != LOGGED_ON)
            return SWITCH_REJECTED_STATE;
        if (args != 0 && n[SWITCH_HELD_OUTBOUND] != 0)
            return need(rule, SWITCH_RULE_OUTBOUND_PENDING);
        enter_ending(m);
        return SWITCH_ACCEPTED;

    case SWITCH_EVENT_CRITICAL_ERROR:
        if ((here & IN_SESSION) == 0)
            return SWITCH_REJECTED_STATE;
        if (here == LOGGED_ON)
            enter_ending(m);
        return SWITCH_ACCEPTED;

    case SWITCH_EVENT_SHARED_LOGOFF_NOTICE:
        if ((here & IN_SESSION) == 0)
            return SWITCH_REJECTED_STATE;
        if ((m->facts & (SWITCH_ARG_MAPI_LOGON_EX_OWNER | SWITCH_ARG_MAPI_LOGON_EX_GUEST)) == 0)
            return need(rule, SWITCH_RULE_SESSION_NOT_SHARED);
        if (here == LOGGED_ON)
            enter_ending(m);
        return SWITCH_ACCEPTED;

    case SWITCH_EVENT_LOGOFF:
        if ((here & IN_SESSION) == 0)
            return SWITCH_REJECTED_STATE;
        if (n[SWITCH_HELD_ADVISES] != 0)
            return need(rule, SWITCH_RULE_UNADVISE_FIRST);
        if (objects(m) != 0)
            return need(rule, SWITCH_RULE_RELEASE_OBJECTS_FIRST);
        if (n[SWITCH_HELD_ENTRY_IDS] != 0)
            return need(rule, SWITCH_RULE_FREE_ENTRY_IDS_FIRST);
        if ((args & SWITCH_ARG_LOGOFF_UI) != 0 && (m->facts & SWITCH_ARG_MAPI_LOGON_EX_UI) == 0)
            return need(rule, SWITCH_RULE_LOGOFF_UI_NOT_ALLOWED);
        if ((args & SWITCH_ARG_LOGOFF_SHARED) != 0 &&
            (m->facts & SWITCH_ARG_MAPI_LOGON_EX_OWNER) == 0)
            return need(rule, SWITCH_RULE_LOGOFF_SHARED_NOT_OWNER);
        m->state = SWITCH_STATE_LOGGED_OFF;
        return SWITCH_ACCEPTED;

    case SWITCH_EVENT_RELEASE_SESSION:
        if ((here & (IN_SESSION | LOGGED_OFF)) == 0)
            return SWITCH_REJECTED_STATE;
        if (n[SWITCH_HELD_SESSION_REFS] == 0)
            return SWITCH_REJECTED_NOT_HELD;
        if (here != LOGGED_OFF && n[SWITCH_HELD_SESSION_REFS] == 1)
            return need(rule, SWITCH_RULE_LOGOFF_FIRST);
        if (--n[SWITCH_HELD_SESSION_REFS] == 0) {
            m->facts = 0;
            m->state = SWITCH_STATE_INITIALIZED;
        }
        return SWITCH_ACCEPTED;

    case SWITCH_EVENT_OLE_UNINITIALIZE:
        if ((here & (UNINITIALIZED | INITIALIZED | LOGGED_ON)) == 0)
            return SWITCH_REJECTED_STATE;
        if (n[SWITCH_HELD_OLE] == 0)
            return SWITCH_REJECTED_NOT_HELD;
        if (here == LOGGED_ON && n[SWITCH_HELD_OLE] == 1)
            return need(rule, SWITCH_RULE_RELEASE_SESSION_FIRST);
        --n[SWITCH_HELD_OLE];
        return SWITCH_ACCEPTED;

    case SWITCH_EVENT_MAPI_UNINITIALIZE:
        if (here == UNINITIALIZED)
            return SWITCH_REJECTED_STATE;
        if (n[SWITCH_HELD_MAPI] == 0)
            return SWITCH_REJECTED_NOT_HELD;
        if (n[SWITCH_HELD_MAPI] == 1) {
            if (here != INITIALIZED)
                return need(rule, SWITCH_RULE_RELEASE_SESSION_FIRST);
            if (n[SWITCH_HELD_OLE] != 0)
                return need(rule, SWITCH_RULE_OLE_BEFORE_MAPI);
            m->state = SWITCH_STATE_MAPI_UNINITIALIZED;
        }
        --n[SWITCH_HELD_MAPI];
        return SWITCH_ACCEPTED;

    case SWITCH_EVENT_DEINIT_MAPI_UTIL:
        if (here != UNINITIALIZED)
            return SWITCH_REJECTED_STATE;
        if (n[SWITCH_HELD_MAPI_UTIL] == 0)
            return SWITCH_REJECTED_NOT_HELD;
        --n[SWITCH_HELD_MAPI_UTIL];
        return SWITCH_ACCEPTED;

    case SWITCH_EVENT_DELETE_PROVIDER_DLL:
        return SWITCH_REJECTED_STATE;

    default:
        return SWITCH_BAD_EVENT;
    }
}

unsigned switch_fire(switch_session *m, unsigned event, unsigned args)
{
    unsigned rule;

    return step(m, event, args, &rule);
}

/* The rule of an event that has no move in this state, SWITCH_RULE_NONE where it has none. */
static unsigned refusal(unsigned here, unsigned event)
{
    switch (event) {
    case SWITCH_EVENT_MAPI_LOGON_EX:
    case SWITCH_EVENT_ADDREF_SESSION:
    case SWITCH_EVENT_ADVISE:
    case SWITCH_EVENT_OPEN_ADVISE_SINK:
    case SWITCH_EVENT_OPEN_STATUS_TABLE:
    case SWITCH_EVENT_OPEN_OUTBOX_FOLDER:
    case SWITCH_EVENT_OPEN_MESSAGE_STORE:
    case SWITCH_EVENT_OPEN_ADDRESS_BOOK:
    case SWITCH_EVENT_OPEN_OTHER_OBJECT:
    case SWITCH_EVENT_CACHE_ENTRY_ID:
    case SWITCH_EVENT_SUBMIT_MESSAGE:
        if (here == UNINITIALIZED)
            return SWITCH_RULE_MAPI_FIRST;
        /* fall through */
    case SWITCH_EVENT_MAPI_INITIALIZE:
    case SWITCH_EVENT_OLE_INITIALIZE:
    case SWITCH_EVENT_SC_INIT_MAPI_UTIL:
        if ((here & ENDING) != 0)
            return SWITCH_RULE_ENDING_GIVES_BACK_ONLY;
        return here == LOGGED_OFF ? SWITCH_RULE_SESSION_LOGGED_OFF : SWITCH_RULE_NONE;
    case SWITCH_EVENT_CALL_SESSION:
        if (here == UNINITIALIZED)
            return SWITCH_RULE_MAPI_FIRST;
        return here == LOGGED_OFF ? SWITCH_RULE_SESSION_LOGGED_OFF : SWITCH_RULE_NONE;
    case SWITCH_EVENT_CALL_OBJECT:
    case SWITCH_EVENT_RELEASE_ADVISE_SINK:
    case SWITCH_EVENT_RELEASE_STATUS_TABLE:
    case SWITCH_EVENT_RELEASE_OUTBOX_FOLDER:
    case SWITCH_EVENT_RELEASE_MESSAGE_STORE:
    case SWITCH_EVENT_RELEASE_ADDRESS_BOOK:
    case SWITCH_EVENT_RELEASE_OTHER_OBJECT:
        return here == UNINITIALIZED ? SWITCH_RULE_MAPI_FIRST : SWITCH_RULE_OBJECTS_INVALID;
    case SWITCH_EVENT_UNADVISE:
    case SWITCH_EVENT_MAPI_FREE_BUFFER:
    case SWITCH_EVENT_END_SESSION:
    case SWITCH_EVENT_LOGOFF:
    case SWITCH_EVENT_RELEASE_SESSION:
    case SWITCH_EVENT_MAPI_UNINITIALIZE:
        return here == UNINITIALIZED ? SWITCH_RULE_MAPI_FIRST : SWITCH_RULE_NONE;
    case SWITCH_EVENT_OLE_UNINITIALIZE:
        return SWITCH_RULE_RELEASE_SESSION_FIRST;
    case SWITCH_EVENT_DEINIT_MAPI_UTIL:
        return SWITCH_RULE_UTIL_LAST;
    case SWITCH_EVENT_DELETE_PROVIDER_DLL:
        return SWITCH_RULE_NO_DLL_DELETE;
    default:
        return SWITCH_RULE_NONE;
    }
}

unsigned switch_rule(const switch_session *m, unsigned event, unsigned args)
{
    switch_session copy = *m;
    unsigned rule = SWITCH_RULE_NONE;

    if (step(&copy, event, args, &rule) == SWITCH_REJECTED_STATE)
        return refusal(1u << m->state, event);
    return rule;
}
