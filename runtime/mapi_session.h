/* mapi_session.h - Ending a MAPI session
 *
 * A state machine that follows the life of what a program uses, and rejects calls that break its order before they do harm.
 * Made by lastcall 0.1.0 from the lifecycle `mapi_session`; to change it, change the spec and run
 * `lastcall header mapi_session.yaml -o mapi_session.h`. This file is free of licence conditions: use it as you like.
 * Source of the rules: https://learn.microsoft.com/office/client-developer/outlook/mapi/ending-a-mapi-session
 *
 * In one source file of the program:    #define MAPI_SESSION_IMPLEMENTATION
 *                                       #include "mapi_session.h"
 * In all others, only the #include. Defined everywhere, MAPI_SESSION_NO_TEXT leaves all text out.
 *
 *     mapi_session machine = {0}; (in C++ {})
 *     if (mapi_session_fire(&machine, MAPI_SESSION_EVENT_MAPI_INITIALIZE, 0) != MAPI_SESSION_ACCEPTED) {
 *         the call is out of order: mapi_session_explain says why
 *     }
 *
 * MAPI_SESSION_STATIC, defined before each #include in place of MAPI_SESSION_IMPLEMENTATION, makes all functions static: a
 * library that embeds machines exports none of them.
 *
 * C99 or C++11 and later; no allocation, no global data that changes, no library.
 *
 * Threads may use different machines at the same time, and may all ask (`const`) a machine that nobody moves meanwhile. Where they
 * share one that is moved, hold a lock of yours from the check through the call to the fire.
 */

#ifndef MAPI_SESSION_H
#define MAPI_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef MAPI_SESSION_STATIC
#ifndef MAPI_SESSION_IMPLEMENTATION
#define MAPI_SESSION_IMPLEMENTATION
#endif
#define MAPI_SESSION_FUNCTION static inline
#else
#define MAPI_SESSION_FUNCTION
#endif

#ifdef __cplusplus
extern "C" {
#endif


/* Names
 * -----
 * All numbers are in the order of the spec, from 0. */

/* What the program is about to do, or what it has learnt. */
enum {
    MAPI_SESSION_EVENT_MAPI_INITIALIZE,                  /* initialise MAPI (MAPIInitialize) */
    MAPI_SESSION_EVENT_OLE_INITIALIZE,                   /* initialise OLE (OleInitialize) */
    MAPI_SESSION_EVENT_SC_INIT_MAPI_UTIL,                /* initialise the MAPI utilities (ScInitMapiUtil) */
    MAPI_SESSION_EVENT_MAPI_LOGON_EX,                    /* log on (MAPILogonEx) */
    MAPI_SESSION_EVENT_ADDREF_SESSION,                   /* keep one more reference to the session (IMAPISession::AddRef) */
    MAPI_SESSION_EVENT_ADVISE,                           /* register for notifications (Advise) */
    MAPI_SESSION_EVENT_UNADVISE,                         /* cancel a registration for notifications (Unadvise) */
    MAPI_SESSION_EVENT_OPEN_ADVISE_SINK,                 /* open one advise sink (HrAllocAdviseSink) */
    MAPI_SESSION_EVENT_OPEN_STATUS_TABLE,                /* open one status table (IMAPISession::GetStatusTable) */
    MAPI_SESSION_EVENT_OPEN_OUTBOX_FOLDER,               /* open one outbox folder (IMsgStore::OpenEntry) */
    MAPI_SESSION_EVENT_OPEN_MESSAGE_STORE,               /* open one message store (IMAPISession::OpenMsgStore) */
    MAPI_SESSION_EVENT_OPEN_ADDRESS_BOOK,                /* open one address book (IMAPISession::OpenAddressBook) */
    MAPI_SESSION_EVENT_OPEN_OTHER_OBJECT,                /* open one other object (IMAPISession::OpenEntry) */
    MAPI_SESSION_EVENT_RELEASE_ADVISE_SINK,              /* release one advise sink (IUnknown::Release) */
    MAPI_SESSION_EVENT_RELEASE_STATUS_TABLE,             /* release one status table (IUnknown::Release) */
    MAPI_SESSION_EVENT_RELEASE_OUTBOX_FOLDER,            /* release one outbox folder (IUnknown::Release) */
    MAPI_SESSION_EVENT_RELEASE_MESSAGE_STORE,            /* release one message store (IUnknown::Release) */
    MAPI_SESSION_EVENT_RELEASE_ADDRESS_BOOK,             /* release one address book (IUnknown::Release) */
    MAPI_SESSION_EVENT_RELEASE_OTHER_OBJECT,             /* release one other object (IUnknown::Release) */
    MAPI_SESSION_EVENT_CALL_OBJECT,                      /* call a method of an open object */
    MAPI_SESSION_EVENT_CALL_SESSION,                     /* call a method of the session */
    MAPI_SESSION_EVENT_CACHE_ENTRY_ID,                   /* cache an entry identifier */
    MAPI_SESSION_EVENT_MAPI_FREE_BUFFER,                 /* free a cached entry identifier (MAPIFreeBuffer) */
    MAPI_SESSION_EVENT_SUBMIT_MESSAGE,                   /* submit a message for sending (IMessage::SubmitMessage) */
    MAPI_SESSION_EVENT_MESSAGE_TRANSMITTED,              /* learn that a message has reached the transport provider */
    MAPI_SESSION_EVENT_END_SESSION,                      /* begin to end the session because the user asked */
    MAPI_SESSION_EVENT_CRITICAL_ERROR,                   /* begin to end the session because of a critical error */
    MAPI_SESSION_EVENT_SHARED_LOGOFF_NOTICE,             /* be told by the owner of the shared session to log off */
    MAPI_SESSION_EVENT_LOGOFF,                           /* log off (IMAPISession::Logoff) */
    MAPI_SESSION_EVENT_RELEASE_SESSION,                  /* release one reference to the session (IMAPISession::Release) */
    MAPI_SESSION_EVENT_OLE_UNINITIALIZE,                 /* uninitialise OLE (OleUninitialize) */
    MAPI_SESSION_EVENT_MAPI_UNINITIALIZE,                /* uninitialise MAPI (MAPIUninitialize) */
    MAPI_SESSION_EVENT_DEINIT_MAPI_UTIL,                 /* give the MAPI utilities back (DeinitMapiUtil) */
    MAPI_SESSION_EVENT_DELETE_PROVIDER_DLL,              /* delete the DLL of a service provider */
    MAPI_SESSION_EVENT_COUNT
};

/* Arguments of events: OR them together, 0 for none. */
enum {
    MAPI_SESSION_ARG_MAPI_LOGON_EX_UI = 1,
    MAPI_SESSION_ARG_MAPI_LOGON_EX_OWNER = 2,
    MAPI_SESSION_ARG_MAPI_LOGON_EX_GUEST = 4,
    MAPI_SESSION_ARG_END_SESSION_AFTER_OUTBOUND = 1,
    MAPI_SESSION_ARG_LOGOFF_UI = 1,
    MAPI_SESSION_ARG_LOGOFF_SHARED = 2,
    MAPI_SESSION_ARG_NONE = 0
};

/* States. */
enum {
    MAPI_SESSION_STATE_MAPI_UNINITIALIZED,               /* MAPI is not initialised (initial, final) */
    MAPI_SESSION_STATE_INITIALIZED,                      /* MAPI is initialised and nobody is logged on */
    MAPI_SESSION_STATE_LOGGED_ON,                        /* logged on and at work */
    MAPI_SESSION_STATE_ADVISED,                          /* ending: notification registrations are left */
    MAPI_SESSION_STATE_OBJECTS_OPEN,                     /* ending: open objects are left */
    MAPI_SESSION_STATE_ENTRY_IDS_CACHED,                 /* ending: cached entry identifiers are left */
    MAPI_SESSION_STATE_READY_TO_LOG_OFF,                 /* ending: everything is given back but the session */
    MAPI_SESSION_STATE_LOGGED_OFF,                       /* logged off with the session pointer still held */
    MAPI_SESSION_STATE_COUNT
};

/* What is counted while it is held, from 0 to 65535; after the holdings the groups, which are sums of them. */
enum {
    MAPI_SESSION_HELD_MAPI,                              /* MAPI initialisations */
    MAPI_SESSION_HELD_OLE,                               /* OLE initialisations */
    MAPI_SESSION_HELD_MAPI_UTIL,                         /* initialisations of the MAPI utilities */
    MAPI_SESSION_HELD_SESSION_REFS,                      /* session references */
    MAPI_SESSION_HELD_ADVISES,                           /* notification registrations */
    MAPI_SESSION_HELD_ADVISE_SINKS,                      /* advise sinks */
    MAPI_SESSION_HELD_STATUS_TABLES,                     /* status tables */
    MAPI_SESSION_HELD_OUTBOX_FOLDERS,                    /* outbox folders */
    MAPI_SESSION_HELD_MESSAGE_STORES,                    /* message stores */
    MAPI_SESSION_HELD_ADDRESS_BOOKS,                     /* address books */
    MAPI_SESSION_HELD_OTHER_OBJECTS,                     /* other objects */
    MAPI_SESSION_HELD_ENTRY_IDS,                         /* cached entry identifiers */
    MAPI_SESSION_HELD_OUTBOUND,                          /* outbound messages (may remain) */
    MAPI_SESSION_HELD_OBJECTS,                           /* group: open objects */
    MAPI_SESSION_HELD_COUNT
};

/* The holdings alone, without groups. */
enum { MAPI_SESSION_HOLDING_COUNT = 13 };

/* What a rejection or a warning cites. */
enum {
    /* MAPI must be initialised before anything else of it is used */
    MAPI_SESSION_RULE_MAPI_FIRST,
    /* once the end has begun, things are given back and nothing new is taken */
    MAPI_SESSION_RULE_ENDING_GIVES_BACK_ONLY,
    /* after Logoff the session takes no call but Release */
    MAPI_SESSION_RULE_SESSION_LOGGED_OFF,
    /* no object outlives its session, and none can be used that is not open */
    MAPI_SESSION_RULE_OBJECTS_INVALID,
    /* every notification registration is cancelled before anything else is given back */
    MAPI_SESSION_RULE_UNADVISE_FIRST,
    /* every open object is released before entry identifiers are freed and before Logoff */
    MAPI_SESSION_RULE_RELEASE_OBJECTS_FIRST,
    /* every cached entry identifier is freed before Logoff */
    MAPI_SESSION_RULE_FREE_ENTRY_IDS_FIRST,
    /* a client that waits for its outbound messages stays logged on until the last is on its way */
    MAPI_SESSION_RULE_OUTBOUND_PENDING,
    /* only the clients of a shared session are told to log off */
    MAPI_SESSION_RULE_SESSION_NOT_SHARED,
    /* Logoff may show a user interface only in a client that allows one */
    MAPI_SESSION_RULE_LOGOFF_UI_NOT_ALLOWED,
    /* only the owner of the shared session may log off all of its clients */
    MAPI_SESSION_RULE_LOGOFF_SHARED_NOT_OWNER,
    /* the session is logged off before its last reference is released */
    MAPI_SESSION_RULE_LOGOFF_FIRST,
    /* the session pointer is released before OLE and MAPI are given back for the last time */
    MAPI_SESSION_RULE_RELEASE_SESSION_FIRST,
    /* OLE is uninitialised before the last MAPIUninitialize, or the client may end ungracefully */
    MAPI_SESSION_RULE_OLE_BEFORE_MAPI,
    /* the MAPI utilities are given back last, when MAPI is uninitialised */
    MAPI_SESSION_RULE_UTIL_LAST,
    /* a session never deletes the DLL of a service provider, not even while it shuts down */
    MAPI_SESSION_RULE_NO_DLL_DELETE,
    /* outbound messages that have not left stay in the queue until somebody logs on again */
    MAPI_SESSION_RULE_OUTBOUND_LEFT,
    /* the other clients of the shared session are not told to log off */
    MAPI_SESSION_RULE_OTHERS_NOT_NOTIFIED,
    MAPI_SESSION_RULE_COUNT,
    MAPI_SESSION_RULE_NONE = MAPI_SESSION_RULE_COUNT
};

/* Bits of mapi_session_warnings, for each event that has warnings. */
enum {
    MAPI_SESSION_WARN_END_SESSION_OUTBOUND_LEFT = 1,
    MAPI_SESSION_WARN_LOGOFF_OUTBOUND_LEFT = 1,
    MAPI_SESSION_WARN_LOGOFF_OTHERS_NOT_NOTIFIED = 2,
    MAPI_SESSION_WARN_NONE = 0
};

/* What becomes of an event. */
typedef enum mapi_session_verdict {
    MAPI_SESSION_ACCEPTED = 0,      /* legal here; the machine has moved (fire) or would move (check) */
    MAPI_SESSION_REJECTED_STATE,    /* the event has no place in this state */
    MAPI_SESSION_REJECTED_NOT_HELD, /* it gives back what is not held: a double release */
    MAPI_SESSION_REJECTED_NEED,     /* a condition does not hold; mapi_session_rule says which rule asks for it */
    MAPI_SESSION_REJECTED_LIMIT,    /* a count would pass 65535 */
    MAPI_SESSION_BAD_EVENT,         /* no such event, or an argument that it does not take */
    MAPI_SESSION_CORRUPT            /* the machine's memory holds what no machine can */
} mapi_session_verdict;


/* The machine
 * -----------
 * 32 bytes without pointers: copy it, compare it with memcmp, set it to all zero bytes to begin anew.
 * Leave the inside to the functions below. */
typedef uint32_t mapi_session_status;

typedef struct mapi_session {
    mapi_session_status status[1]; /* the state, the facts, and which holdings are not 0 */
    uint16_t count[14]; /* of each holding */
} mapi_session;


/* Using it
 * --------
 * `m` is never NULL. An event that is not accepted changes nothing. */

/* Sets a machine to its initial state, with nothing held. The same as all zero bytes. */
MAPI_SESSION_FUNCTION void mapi_session_init(mapi_session *m);

/* Judges an event and, if it is accepted, applies its effect and moves. Call it before the call that the event stands for. */
MAPI_SESSION_FUNCTION mapi_session_verdict mapi_session_fire(mapi_session *m, unsigned event, unsigned args);

/* Judges an event without moving. */
MAPI_SESSION_FUNCTION mapi_session_verdict mapi_session_check(const mapi_session *m, unsigned event, unsigned args);

/* For a program that cannot reject calls yet: judges as fire does, but the call was made all the same, so even if it is rejected
 * its effect is applied (a count stops at 0 and at 65535) and the machine moves: to where the event leads in this state; if it
 * has no move in it, to the one state that all its moves name if they name just one; else it stays. Gives what fire would. */
MAPI_SESSION_FUNCTION mapi_session_verdict mapi_session_observe(mapi_session *m, unsigned event, unsigned args);


/* Around a call that may fail
 * ---------------------------
 * Check, call, fire if the call succeeded: a call that fails changes nothing. The verdict is
 * MAPI_SESSION_ACCEPTED also if the event is legal and the call failed; its result tells. `m`, `event`
 * and `args` are evaluated more than once, the call once, and only if the event is legal. If the call
 * itself moves the machine (a callback may), the verdict is what firing after it gives.
 *
 *     int error = -1;
 *     if (MAPI_SESSION_CALL_INT(&machine, event, 0, error, the_call(thing)) != MAPI_SESSION_ACCEPTED) ...
 */

/* `succeeded`: an expression that makes the call and is true if it succeeded. */
#define MAPI_SESSION_CALL(m, event, args, succeeded) \
    (mapi_session_check((m), (event), (args)) != MAPI_SESSION_ACCEPTED ? mapi_session_check((m), (event), (args)) \
     : (succeeded) ? mapi_session_fire((m), (event), (args)) : MAPI_SESSION_ACCEPTED)

/* For a call that gives an HRESULT (not negative: success), an int (0: success), a pointer (not NULL:
 * success). `result` is the variable that takes it; it stays as it is if the event is rejected. */
#define MAPI_SESSION_CALL_HRESULT(m, event, args, result, call) \
    MAPI_SESSION_CALL((m), (event), (args), ((result) = (call)) >= 0)
#define MAPI_SESSION_CALL_INT(m, event, args, result, call) \
    MAPI_SESSION_CALL((m), (event), (args), ((result) = (call)) == 0)
#define MAPI_SESSION_CALL_POINTER(m, event, args, result, call) \
    MAPI_SESSION_CALL((m), (event), (args), ((result) = (call)) != NULL)


/* Being told
 * ---------- */

/* Called at each rejection and at each accepted event with warnings (bits as of mapi_session_warnings), before anything changes:
 * log, stop, abort. `context` is yours. */
typedef void mapi_session_listener(void *context, const mapi_session *m, unsigned event, unsigned args,
    mapi_session_verdict verdict, unsigned warnings);

/* As check, and tells the listener if there is something to tell. `listener` may be NULL. To fire or observe with a listener,
 * report first:
 *
 *     if (mapi_session_report(&machine, event, 0, log_it, log) == MAPI_SESSION_ACCEPTED) mapi_session_fire(&machine, event, 0);
 */
MAPI_SESSION_FUNCTION mapi_session_verdict mapi_session_report(const mapi_session *m, unsigned event, unsigned args,
    mapi_session_listener *listener, void *context);


/* Asking
 * ------ */

/* The rule that a rejection of this event would cite, or MAPI_SESSION_RULE_NONE: not rejected, or no rule is named. */
MAPI_SESSION_FUNCTION unsigned mapi_session_rule(const mapi_session *m, unsigned event, unsigned args);

/* What this event would warn of, as bits in the order of the spec; 0 if it would not be accepted. Ask before firing it. */
MAPI_SESSION_FUNCTION unsigned mapi_session_warnings(const mapi_session *m, unsigned event, unsigned args);

/* The rule of the warning of bit 1 << index of an event, or MAPI_SESSION_RULE_NONE. */
MAPI_SESSION_FUNCTION unsigned mapi_session_warning_rule(unsigned event, unsigned index);

/* The state: MAPI_SESSION_STATE_..., or MAPI_SESSION_STATE_COUNT if it is out of range. */
MAPI_SESSION_FUNCTION unsigned mapi_session_state(const mapi_session *m);

/* How many are held: MAPI_SESSION_HELD_..., a group's is the sum of its members. 0 if there is no such holding. */
MAPI_SESSION_FUNCTION uint32_t mapi_session_held(const mapi_session *m, unsigned holding);

/* May some of a holding be left at the end? Of a group: of each member. False if there is no such holding. */
MAPI_SESSION_FUNCTION bool mapi_session_may_remain(unsigned holding);

/* Is the lifecycle at its end: a final state, and nothing held that must be given back? False if the machine is not sound. */
MAPI_SESSION_FUNCTION bool mapi_session_finished(const mapi_session *m);

/* Is the memory what a machine can hold? An event looks only at what it touches, this at all: the state and the facts, what is 0 in
 * every machine, and that what is said twice, a count and whether it is 0, agrees. */
MAPI_SESSION_FUNCTION bool mapi_session_is_sound(const mapi_session *m);

/* The next event, with its arguments, on a shortest legal way to the end; an argument that has needs is there if they hold.
 * False, with both untouched: finished, corrupt, or no way (or one that begins by taking something or by going further away).
 * The time does not depend on how much is held. */
MAPI_SESSION_FUNCTION bool mapi_session_next(const mapi_session *m, unsigned *event, unsigned *args);

#ifndef MAPI_SESSION_NO_TEXT

/* Why the event would be rejected, or what it would warn of: the call, the state, the rule and its source, what is held against
 * it, and the call to make first. Writes at most `size` bytes to `buffer`, with a terminator if `size` is not 0; gives the length
 * wanted, without the terminator, as snprintf does. `buffer` may be NULL if `size` is 0. Ask before firing the event. */
MAPI_SESSION_FUNCTION size_t mapi_session_explain(const mapi_session *m, unsigned event, unsigned args, char *buffer, size_t size);

/* Calls of an event, so often in a row. */
typedef struct mapi_session_call {
    unsigned event;
    unsigned args;
    uint32_t times;
} mapi_session_call;

/* What makes a rejected event legal: the calls to make first, in order. It was tried, and at its end the event is accepted. Where its
 * arguments alone are at fault, it is the event without them. Writes at most `size` of them to `calls`; gives how many there are, 0 if
 * none are known or needed. `calls` may be NULL if `size` is 0. */
MAPI_SESSION_FUNCTION size_t mapi_session_advice(const mapi_session *m, unsigned event, unsigned args, mapi_session_call *calls, size_t size);

/* Does nobody call this event, so that it has to be waited for? */
MAPI_SESSION_FUNCTION bool mapi_session_is_awaited(unsigned event);

/* The call that an event stands for, and the source of a rule. NULL if the spec names none, or there is no such thing. */
MAPI_SESSION_FUNCTION const char *mapi_session_event_call(unsigned event);
MAPI_SESSION_FUNCTION const char *mapi_session_rule_source(unsigned rule);

/* Names as in the spec: of an event, of its argument of bit 1 << index, of a state, of a holding or group, of a rule, and of a
 * verdict ("accepted", "state", "not_held", "need", "limit", "bad_event", "corrupt"). NULL if there is no such thing. */
MAPI_SESSION_FUNCTION const char *mapi_session_event_name(unsigned event);
MAPI_SESSION_FUNCTION const char *mapi_session_argument_name(unsigned event, unsigned index);
MAPI_SESSION_FUNCTION const char *mapi_session_state_name(unsigned state);
MAPI_SESSION_FUNCTION const char *mapi_session_holding_name(unsigned holding);
MAPI_SESSION_FUNCTION const char *mapi_session_rule_name(unsigned rule);
MAPI_SESSION_FUNCTION const char *mapi_session_verdict_name(unsigned verdict);

#endif /* MAPI_SESSION_NO_TEXT */

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
 *     mapi_session_scope give_back(machine, MAPI_SESSION_EVENT_..., 0, [&] { return the_call(thing) == 0; });
 */
extern "C++" { /* also where this file is included as if it were C */

template <class Call>
class [[nodiscard]] mapi_session_scope {
public:
    [[nodiscard]] mapi_session_scope(mapi_session &m, unsigned event, unsigned args, Call call,
        mapi_session_listener *listener = nullptr, void *context = nullptr)
        : guarded(m), event_number(event), arguments(args), give_back(static_cast<Call &&>(call)),
          told(listener), telling(context)
    {
    }
    mapi_session_scope(const mapi_session_scope &) = delete;
    mapi_session_scope &operator=(const mapi_session_scope &) = delete;
    ~mapi_session_scope()
    {
        if (armed &&
            mapi_session_report(&guarded, event_number, arguments, told, telling) == MAPI_SESSION_ACCEPTED &&
            is_success(give_back())) {
            mapi_session_fire(&guarded, event_number, arguments);
        }
    }

    /* Nothing is given back at the end of the scope: somebody else does it. */
    void dismiss() { armed = false; }

private:
    static bool is_success(bool success) { return success; }
    template <class Other>
    static bool is_success(Other) = delete; /* an int or HRESULT is no bool: 0 means success there */

    mapi_session &guarded;
    unsigned event_number;
    unsigned arguments;
    Call give_back;
    mapi_session_listener *told;
    void *telling;
    bool armed = true;
};

} /* extern "C++" */

#endif /* C++17 */

#endif /* MAPI_SESSION_H */


#if defined MAPI_SESSION_IMPLEMENTATION && !defined MAPI_SESSION_IMPLEMENTED
#define MAPI_SESSION_IMPLEMENTED

/* Tables
 * ------
 * The struct is a status word of 32 bits and the counts of the holdings. The bits of the status, from the lowest on,
 * are the state (bits 0 to 7), the facts (from bit 8), and a bit for each holding (from bit 11): is its count not 0. The initial
 * state is number 0. What an event without holdings changes by 0 is a count behind those of the holdings, which is always 0. All else is 0.
 *
 * An event in a state selects a row, which the machine that Ragel compiled has decided. */

enum { MAPI_SESSION_STAY = 8 }; /* as a target: the state stays */

/* Keeps what is seldom needed out of the way of what is needed at each event. */
#if defined __GNUC__
#define MAPI_SESSION_APART __attribute__((__noinline__))
#else
#define MAPI_SESSION_APART
#endif

/* Events: the count that changes, by how much, the line of cells, the arguments that are taken. */
typedef struct mapi_session_entry {
    uint8_t field;
    int8_t change;
    uint8_t line;
    uint8_t arguments;
} mapi_session_entry;

static const mapi_session_entry mapi_session_events[] = {
    {0, 1, 0, 0},        /* mapi_initialize: + mapi */
    {1, 1, 1, 0},        /* ole_initialize: + ole */
    {2, 1, 1, 0},        /* sc_init_mapi_util: + mapi_util */
    {3, 1, 2, 7},        /* mapi_logon_ex: + session_refs */
    {3, 1, 3, 0},        /* addref_session: + session_refs */
    {4, 1, 3, 0},        /* advise: + advises */
    {4, -1, 4, 0},       /* unadvise: - advises */
    {5, 1, 3, 0},        /* open_advise_sink: + advise_sinks */
    {6, 1, 3, 0},        /* open_status_table: + status_tables */
    {7, 1, 3, 0},        /* open_outbox_folder: + outbox_folders */
    {8, 1, 3, 0},        /* open_message_store: + message_stores */
    {9, 1, 3, 0},        /* open_address_book: + address_books */
    {10, 1, 3, 0},       /* open_other_object: + other_objects */
    {5, -1, 5, 0},       /* release_advise_sink: - advise_sinks */
    {6, -1, 5, 0},       /* release_status_table: - status_tables */
    {7, -1, 5, 0},       /* release_outbox_folder: - outbox_folders */
    {8, -1, 5, 0},       /* release_message_store: - message_stores */
    {9, -1, 5, 0},       /* release_address_book: - address_books */
    {10, -1, 5, 0},      /* release_other_object: - other_objects */
    {13, 0, 6, 0},       /* call_object */
    {13, 0, 7, 0},       /* call_session */
    {11, 1, 3, 0},       /* cache_entry_id: + entry_ids */
    {11, -1, 8, 0},      /* mapi_free_buffer: - entry_ids */
    {12, 1, 3, 0},       /* submit_message: + outbound */
    {12, -1, 9, 0},      /* message_transmitted: - outbound */
    {13, 0, 10, 1},      /* end_session */
    {13, 0, 11, 0},      /* critical_error */
    {13, 0, 12, 0},      /* shared_logoff_notice */
    {13, 0, 13, 3},      /* logoff */
    {3, -1, 14, 0},      /* release_session: - session_refs */
    {1, -1, 15, 0},      /* ole_uninitialize: - ole */
    {0, -1, 16, 0},      /* mapi_uninitialize: - mapi */
    {2, -1, 17, 0},      /* deinit_mapi_util: - mapi_util */
    {13, 0, 18, 0},      /* delete_provider_dll */
};

/* Test 2 * n is passed if all bits of mask n are 0, test 2 * n + 1 if some are not; so test 0 always is and test 1 never. The tests
 * behind those of the masks ask conditions of their own. */
static const mapi_session_status mapi_session_masks[] = {
    0,             /* nothing */
    0x8000u,       /* advises */
    0x3F0000u,     /* objects */
    0x400000u,     /* entry_ids */
    0x800000u,     /* outbound */
    0x600u,        /* owner, guest */
    0x100u,        /* ui */
    0x200u,        /* owner */
    0x4000u,       /* session_refs */
    0x800u,        /* mapi */
    0x3F8000u,     /* objects, advises */
    0x7F8000u,     /* objects, advises, entry_ids */
};

/* Outcomes. Up to MAPI_SESSION_STAY, one is the state that follows. Above, it is MAPI_SESSION_LISTS + the number of the
 * step with which a list begins that says which. From MAPI_SESSION_ACCEPTING on, the outcome of a row is such a list, too, but its
 * steps judge, and the outcome of a step is MAPI_SESSION_ACCEPTING + the number of the rule that refuses. */
enum {
    MAPI_SESSION_LISTS = MAPI_SESSION_STAY + 1,
    MAPI_SESSION_ACCEPTING = MAPI_SESSION_LISTS + 8
};

/* Lists of steps. Of a list that step decides whose test is the first to be passed, if its argument is given or is 0. */
typedef struct mapi_session_step {
    uint8_t test;
    uint8_t argument;
    uint8_t outcome;
} mapi_session_step;

static const mapi_session_step mapi_session_steps[] = {
    {3, 0, 3}, {5, 0, 4}, {7, 0, 5}, {0, 0, 6}, /* advised, objects_open, entry_ids_cached, ready_to_log_off */
    {16, 0, 1}, {0, 0, 8}, /* initialized, stay */
    {18, 0, 0}, {0, 0, 8}, /* mapi_uninitialized, stay */
    {3, 0, 21}, {5, 0, 22}, {7, 0, 23}, {12, 1, 26}, {14, 2, 27}, {0, 0, 7}, /* needs unadvise-first, release-objects-first, free-entry-ids-first, logoff-ui-not-allowed, logoff-shared-not-owner; logged_off */
    {3, 0, 21}, {0, 0, 8}, /* needs unadvise-first; stay */
    {4, 0, 20}, {0, 0, 8}, /* needs objects-invalid; stay */
    {5, 0, 22}, {0, 0, 8}, /* needs release-objects-first; stay */
    {9, 1, 24}, {0, 0, 9}, /* needs outbound-pending; advised, objects_open, entry_ids_cached, ready_to_log_off */
    {10, 0, 25}, {0, 0, 9}, /* needs session-not-shared; advised, objects_open, entry_ids_cached, ready_to_log_off */
    {10, 0, 25}, {0, 0, 8}, /* needs session-not-shared; stay */
    {26, 0, 28}, {0, 0, 8}, /* needs logoff-first; stay */
    {28, 0, 29}, {0, 0, 8}, /* needs release-session-first; stay */
    {30, 0, 30}, {0, 0, 15}, /* needs ole-before-mapi; mapi_uninitialized, stay */
    {32, 0, 29}, {0, 0, 8}, /* needs release-session-first; stay */
};

/* Rows: what becomes of an event in a state. The shortcut comes first: if the event's count is at least `least` and not above 65535 after
 * the event, and `test`, which is of a mask, is passed, the event is legal, and `next` is the state that follows; else it decides nothing. `outcome` says exactly what becomes of it. */
typedef struct mapi_session_row {
    uint8_t test;
    uint8_t least;
    uint8_t next;
    uint8_t outcome;
} mapi_session_row;

enum { MAPI_SESSION_REFUSED = 19 }; /* cells from here on: refused */

static const mapi_session_row mapi_session_rows[MAPI_SESSION_REFUSED] = {
    {0, 0, 1, 1},      /* initialized */
    {0, 0, 8, 8},      /* stay */
    {1, 0, 8, 2},      /* logged_on */
    {0, 2, 8, 9},      /* advised, objects_open, entry_ids_cached, ready_to_log_off */
    {2, 0, 8, 23},     /* needs unadvise-first; stay */
    {2, 2, 8, 9},      /* advised, objects_open, entry_ids_cached, ready_to_log_off */
    {5, 0, 8, 25},     /* needs objects-invalid; stay */
    {4, 0, 8, 27},     /* needs release-objects-first; stay */
    {20, 2, 8, 9},     /* advised, objects_open, entry_ids_cached, ready_to_log_off */
    {22, 0, 6, 29},    /* needs outbound-pending; advised, objects_open, entry_ids_cached, ready_to_log_off */
    {22, 0, 6, 9},     /* advised, objects_open, entry_ids_cached, ready_to_log_off */
    {1, 0, 8, 31},     /* needs session-not-shared; advised, objects_open, entry_ids_cached, ready_to_log_off */
    {11, 0, 8, 33},    /* needs session-not-shared; stay */
    {22, 0, 7, 17},    /* needs unadvise-first, release-objects-first, free-entry-ids-first, logoff-ui-not-allowed, logoff-shared-not-owner; logged_off */
    {0, 2, 8, 35},     /* needs logoff-first; stay */
    {0, 2, 8, 13},     /* initialized, stay */
    {0, 2, 8, 37},     /* needs release-session-first; stay */
    {0, 2, 8, 39},     /* needs ole-before-mapi; mapi_uninitialized, stay */
    {0, 2, 8, 41},     /* needs release-session-first; stay */
};

/* Lines of cells, one cell for each state: the number of a row; or MAPI_SESSION_REFUSED + n: refused by rule n, or by none if
 * n is MAPI_SESSION_RULE_NONE. */
static const uint8_t mapi_session_cells[][MAPI_SESSION_STATE_COUNT] = {
    {0, 1, 1, 20, 20, 20, 20, 21}, /* mapi_initialize */
    {1, 1, 1, 20, 20, 20, 20, 21}, /* ole_initialize, sc_init_mapi_util */
    {19, 2, 37, 20, 20, 20, 20, 21}, /* mapi_logon_ex */
    {19, 37, 1, 20, 20, 20, 20, 21}, /* addref_session, advise, open_advise_sink and 7 more */
    {19, 37, 1, 3, 1, 1, 1, 37}, /* unadvise */
    {19, 22, 1, 4, 5, 1, 1, 22}, /* release_advise_sink, release_status_table, release_outbox_folder and 3 more */
    {19, 22, 6, 6, 6, 6, 6, 22}, /* call_object */
    {19, 37, 1, 1, 1, 1, 1, 21}, /* call_session */
    {19, 37, 1, 4, 7, 8, 1, 37}, /* mapi_free_buffer */
    {37, 37, 1, 1, 1, 1, 1, 37}, /* message_transmitted */
    {19, 37, 9, 37, 37, 37, 37, 37}, /* end_session */
    {37, 37, 10, 1, 1, 1, 1, 37}, /* critical_error */
    {37, 37, 11, 12, 12, 12, 12, 37}, /* shared_logoff_notice */
    {19, 37, 13, 13, 13, 13, 13, 37}, /* logoff */
    {19, 37, 14, 14, 14, 14, 14, 15}, /* release_session */
    {1, 1, 16, 31, 31, 31, 31, 31}, /* ole_uninitialize */
    {19, 17, 18, 18, 18, 18, 18, 18}, /* mapi_uninitialize */
    {1, 33, 33, 33, 33, 33, 33, 33}, /* deinit_mapi_util */
    {34, 34, 34, 34, 34, 34, 34, 34}, /* delete_provider_dll */
};

/* What an event warns of: a test, and the rule that it cites if it is passed. */
typedef struct mapi_session_warning {
    uint8_t test;
    uint8_t rule;
} mapi_session_warning;

static const mapi_session_warning mapi_session_all_warnings[] = {
    {9, 16},
    {9, 16},
    {25, 17},
};

/* Where the warnings of an event begin; those of the next event end them. */
static const uint8_t mapi_session_first_warning[] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 3, 3, 3,
    3, 3, 3
};


/* Reading and writing the struct
 * ------------------------------ */

static unsigned mapi_session_stored_state(const mapi_session *m)
{
    return (unsigned)(m->status[0] & 0xFFu);
}

/* Is the state in range, and is 0 what is 0 in every machine? */
static bool mapi_session_is_in_range(const mapi_session *m)
{
    return (m->status[0] & 0xFF0000F8u) == 0;
}

/* A bit of the status: a fact, or whether some of a holding is held. */
static inline bool mapi_session_has_bit(const mapi_session *m, size_t bit)
{
    return (m->status[0] >> bit & 1) != 0;
}

/* Does the bit that says whether a count is not 0 say the contrary? */
static bool mapi_session_contradicts(const mapi_session *m, size_t field)
{
    return mapi_session_has_bit(m, 11 + field) != (m->count[field] != 0);
}

static void mapi_session_put_count(mapi_session *m, size_t field, uint32_t count)
{
    const size_t bit = 11 + field;
    mapi_session_status *const word = &m->status[0];
    const mapi_session_status mask = (mapi_session_status)1 << bit;
    *word = count != 0 ? *word | mask : *word & ~mask;
    m->count[field] = (uint16_t)count;
}

bool mapi_session_is_sound(const mapi_session *m)
{
    size_t holding;
    for (holding = 0; holding < MAPI_SESSION_HOLDING_COUNT + 1; holding++) {
        if (mapi_session_contradicts(m, holding)) {
            return false;
        }
    }
    return mapi_session_is_in_range(m);
}

void mapi_session_init(mapi_session *m)
{
    static const mapi_session initial = {{0}, {0}};
    *m = initial;
}

unsigned mapi_session_state(const mapi_session *m)
{
    const unsigned state = mapi_session_stored_state(m);
    return state < MAPI_SESSION_STATE_COUNT ? state : (unsigned)MAPI_SESSION_STATE_COUNT;
}

uint32_t mapi_session_held(const mapi_session *m, unsigned holding)
{
    unsigned first = holding;
    unsigned last = holding;
    uint32_t sum = 0;
    switch (holding) {
    case MAPI_SESSION_HELD_OBJECTS:
        first = 5;
        last = 10;
        break;
    default:
        if (holding >= MAPI_SESSION_HOLDING_COUNT) {
            return 0;
        }
        break;
    }
    for (; first <= last; first++) {
        sum += m->count[first];
    }
    return sum;
}

bool mapi_session_may_remain(unsigned holding)
{
    switch (holding) {
    case MAPI_SESSION_HELD_OUTBOUND:
        return true;
    default:
        return false;
    }
}


/* Judging
 * ------- */

/* Is a test of a mask passed? */
static inline bool mapi_session_is_passed(const mapi_session *m, unsigned test)
{
    return ((m->status[0] & mapi_session_masks[test / 2]) != 0) == (test % 2 != 0);
}

/* Is a test passed? */
static bool mapi_session_passes(const mapi_session *m, unsigned args, unsigned test)
{
    (void)args;
    switch (test) {
    case 26: /* session_refs > 1 */
        return !(m->count[3] > 1);
    case 28: /* ole > 1 */
        return !(m->count[1] > 1);
    case 30: /* mapi > 1 or no ole */
        return !(m->count[0] > 1 || m->count[1] == 0);
    case 32: /* mapi > 1 */
        return !(m->count[0] > 1);
    default:
        return mapi_session_is_passed(m, test);
    }
}

/* The outcome of the step that decides, of a list. */
static unsigned mapi_session_decide(const mapi_session *m, unsigned args, unsigned list)
{
    const mapi_session_step *step = &mapi_session_steps[list - MAPI_SESSION_LISTS];
    while ((step->argument & ~args) != 0 || !mapi_session_passes(m, args, step->test)) {
        step++;
    }
    return step->outcome;
}

/* The facts that an event sets and clears. */
static void mapi_session_set_facts(mapi_session *m, unsigned event, unsigned args)
{
    (void)args;
    switch (event) {
    case MAPI_SESSION_EVENT_MAPI_LOGON_EX:
        m->status[0] = (m->status[0] & ~(mapi_session_status)0x700u) | (args << 8); /* ui, owner, guest */
        break;
    default:
        break;
    }
}

/* Changes a count to what has been found to be possible. With the last of a holding the facts that hang on it are cleared. */
static void mapi_session_change(mapi_session *m, size_t field, uint32_t count)
{
    const bool is_last = m->count[field] != 0 && count == 0;
    mapi_session_put_count(m, field, count);
    if (is_last && field == 3) { /* session_refs */
        m->status[0] &= ~(mapi_session_status)0x700u;
    }
}

/* A status word with the state that follows. No branch: whether the state changes is hard to foresee. */
static inline mapi_session_status mapi_session_with_state(mapi_session_status status, unsigned target)
{
    const mapi_session_status other = (status & ~(mapi_session_status)0xFFu) | target;
    return target != MAPI_SESSION_STAY ? other : status;
}

/* Judges an event that has a move, and what it gives back is held: its needs in their order, then the limit. If it is accepted, applies
 * it: facts, counts, and then the state, which may depend on them. */
MAPI_SESSION_APART static mapi_session_verdict mapi_session_fire_row(mapi_session *m, unsigned event, unsigned args, unsigned cell)
{
    unsigned outcome = mapi_session_rows[cell].outcome;
    const size_t field = mapi_session_events[event].field;
    const int32_t after = m->count[field] + mapi_session_events[event].change; /* the count after the event */

    (void)event;
    (void)args;
    if (outcome >= MAPI_SESSION_ACCEPTING) {
        outcome = mapi_session_decide(m, args, outcome);
        if (outcome >= MAPI_SESSION_ACCEPTING) {
            return MAPI_SESSION_REJECTED_NEED;
        }
    }
    if (after > 0xFFFF) {
        return MAPI_SESSION_REJECTED_LIMIT;
    }
    mapi_session_set_facts(m, event, args);
    mapi_session_change(m, field, (uint32_t)after);
    if (outcome > MAPI_SESSION_STAY) {
        outcome = mapi_session_decide(m, args, outcome);
    }
    m->status[0] = mapi_session_with_state(m->status[0], outcome);
    return MAPI_SESSION_ACCEPTED;
}

/* Judges an event exactly: the reasons in their order. */
MAPI_SESSION_APART static mapi_session_verdict mapi_session_fire_exactly(mapi_session *m, unsigned event, unsigned args)
{
    unsigned cell;
    const mapi_session_entry *effect;

    if (event >= MAPI_SESSION_EVENT_COUNT || (args & ~(unsigned)mapi_session_events[event].arguments) != 0) {
        return MAPI_SESSION_BAD_EVENT;
    }
    if (!mapi_session_is_in_range(m)) {
        return MAPI_SESSION_CORRUPT;
    }
    cell = mapi_session_cells[mapi_session_events[event].line][mapi_session_stored_state(m)];
    if (cell >= MAPI_SESSION_REFUSED) {
        return MAPI_SESSION_REJECTED_STATE;
    }
    effect = &mapi_session_events[event];
    {
        if (mapi_session_contradicts(m, effect->field)) {
            return MAPI_SESSION_CORRUPT;
        }
    }
    effect = &mapi_session_events[event];
    {
        if (effect->change < 0 && m->count[effect->field] == 0) {
            return MAPI_SESSION_REJECTED_NOT_HELD;
        }
    }
    return mapi_session_fire_row(m, event, args, cell);
}

mapi_session_verdict mapi_session_fire(mapi_session *m, unsigned event, unsigned args)
{
    if (event < MAPI_SESSION_EVENT_COUNT && args == 0 && mapi_session_is_in_range(m)) {
        const mapi_session_entry *const entry = &mapi_session_events[event];
        const unsigned cell = mapi_session_cells[entry->line][mapi_session_stored_state(m)];
        const mapi_session_row *row;
        if (cell >= MAPI_SESSION_REFUSED) {
            return MAPI_SESSION_REJECTED_STATE;
        }
        row = &mapi_session_rows[cell];
        {
            const mapi_session_entry *const effect = &mapi_session_events[event];
            const int32_t count = m->count[effect->field];
            const int32_t after = count + effect->change;
            const unsigned bit = 11u + effect->field;
            const mapi_session_status status = m->status[0];
            if ((status >> bit & 1) == (count != 0)) {
                if (count >= row->least && (uint32_t)after <= 0xFFFF && mapi_session_is_passed(m, row->test)) {
                    const mapi_session_status mask = (mapi_session_status)1 << (bit);
                    m->count[effect->field] = (uint16_t)after;
                    m->status[0] = mapi_session_with_state((status & ~mask) | (mapi_session_status)(after != 0) << bit, row->next);
                    return MAPI_SESSION_ACCEPTED;
                }
                if (after < 0) {
                    return MAPI_SESSION_REJECTED_NOT_HELD;
                }
                return mapi_session_fire_row(m, event, 0, cell);
            }
        }
    }
    return mapi_session_fire_exactly(m, event, args);
}

mapi_session_verdict mapi_session_check(const mapi_session *m, unsigned event, unsigned args)
{
    mapi_session mapi_session_copy = *m;
    return mapi_session_fire(&mapi_session_copy, event, args);
}



/* Asking, and what stands around a call
 * ------------------------------------- */

/* The cell of an event in the machine's state. */
static unsigned mapi_session_cell_of(const mapi_session *m, unsigned event)
{
    return mapi_session_cells[mapi_session_events[event].line][mapi_session_stored_state(m)];
}

unsigned mapi_session_rule(const mapi_session *m, unsigned event, unsigned args)
{
    const mapi_session_verdict verdict = mapi_session_check(m, event, args);
    if (verdict == MAPI_SESSION_REJECTED_STATE) {
        return mapi_session_cell_of(m, event) - MAPI_SESSION_REFUSED;
    }
    if (verdict == MAPI_SESSION_REJECTED_NEED) {
        return mapi_session_decide(m, args, mapi_session_rows[mapi_session_cell_of(m, event)].outcome) - MAPI_SESSION_ACCEPTING;
    }
    return MAPI_SESSION_RULE_NONE;
}

unsigned mapi_session_warning_rule(unsigned event, unsigned index)
{
    if (event < MAPI_SESSION_EVENT_COUNT) {
        const unsigned begin = mapi_session_first_warning[event];
        if (index < mapi_session_first_warning[event + 1] - begin) {
            return mapi_session_all_warnings[begin + index].rule;
        }
    }
    return MAPI_SESSION_RULE_NONE;
}

/* Is a test passed that asks for a warning? Some conditions decide nothing else. */
static bool mapi_session_is_reason_to_warn(const mapi_session *m, unsigned args, unsigned test)
{
    switch (test) {
    case 25: /* owner and without shared */
        return mapi_session_has_bit(m, 9) == true && (args & 2u) == 0;
    default:
        return mapi_session_passes(m, args, test);
    }
}

unsigned mapi_session_warnings(const mapi_session *m, unsigned event, unsigned args)
{
    unsigned bits = 0;
    unsigned index;
    if (event >= MAPI_SESSION_EVENT_COUNT || mapi_session_first_warning[event] == mapi_session_first_warning[event + 1] ||
        mapi_session_check(m, event, args) != MAPI_SESSION_ACCEPTED) {
        return 0;
    }
    for (index = mapi_session_first_warning[event]; index < mapi_session_first_warning[event + 1]; index++) {
        if (mapi_session_is_reason_to_warn(m, args, mapi_session_all_warnings[index].test)) {
            bits |= 1u << (index - mapi_session_first_warning[event]);
        }
    }
    return bits;
}

mapi_session_verdict mapi_session_observe(mapi_session *m, unsigned event, unsigned args)
{
    /* The one state that all moves of an event name, if it is one. */
    static const uint8_t lone_target[MAPI_SESSION_EVENT_COUNT] = {
        8, 8, 8, 2, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8,
        8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 7, 8, 8, 8,
        8, 8
    };
    const mapi_session_verdict verdict = mapi_session_fire(m, event, args);
    const mapi_session_entry *effect;
    unsigned cell;
    unsigned target;

    if (verdict == MAPI_SESSION_ACCEPTED || verdict == MAPI_SESSION_BAD_EVENT || verdict == MAPI_SESSION_CORRUPT) {
        return verdict;
    }
    cell = mapi_session_cell_of(m, event);
    mapi_session_set_facts(m, event, args);
    effect = &mapi_session_events[event];
    {
        if (effect->change != 0 && m->count[effect->field] != (effect->change < 0 ? 0u : 0xFFFFu)) {
            mapi_session_change(m, effect->field, (uint32_t)(m->count[effect->field] + effect->change));
        }
    }
    target = lone_target[event];
    if (cell < MAPI_SESSION_REFUSED) {
        target = mapi_session_rows[cell].outcome;
        if (target >= MAPI_SESSION_ACCEPTING) {
            const mapi_session_step *step = &mapi_session_steps[target - MAPI_SESSION_LISTS];
            while (step->outcome >= MAPI_SESSION_ACCEPTING) {
                step++;
            }
            target = step->outcome;
        }
        if (target > MAPI_SESSION_STAY) {
            target = mapi_session_decide(m, args, target);
        }
    }
    m->status[0] = mapi_session_with_state(m->status[0], target);
    return verdict;
}

mapi_session_verdict mapi_session_report(const mapi_session *m, unsigned event, unsigned args,
    mapi_session_listener *listener, void *context)
{
    const mapi_session_verdict verdict = mapi_session_check(m, event, args);
    const unsigned warnings = mapi_session_warnings(m, event, args);

    if (listener != NULL && (verdict != MAPI_SESSION_ACCEPTED || warnings != 0)) {
        listener(context, m, event, args, verdict, warnings);
    }
    return verdict;
}


/* The way to the end
 * ------------------
 * What is left: the things that must be given back, and from each state some moves that give nothing back. The event that
 * lowers this sum most is the next. */

static uint64_t mapi_session_left(const mapi_session *m)
{
    /* The fewest moves that give nothing back, from each state to a final one. */
    static const uint8_t moves[MAPI_SESSION_STATE_COUNT] = {
        0, 0, 1, 1, 1, 1, 1, 0
    };
    uint64_t left = moves[mapi_session_stored_state(m)];
    unsigned holding;

    for (holding = 0; holding < MAPI_SESSION_HOLDING_COUNT; holding++) {
        left += m->count[holding];
    }
    left -= m->count[12]; /* outbound may remain */
    return left;
}

bool mapi_session_finished(const mapi_session *m)
{
    const unsigned state = mapi_session_state(m);
    return (state == MAPI_SESSION_STATE_MAPI_UNINITIALIZED) && mapi_session_is_sound(m) && mapi_session_left(m) == 0;
}

/* The arguments of an event that have needs, all of which hold. */
static unsigned mapi_session_fitting_arguments(const mapi_session *m, unsigned event)
{
    const unsigned cell = mapi_session_cell_of(m, event);
    unsigned fitting = 0;
    unsigned failing = 0;

    if (cell < MAPI_SESSION_REFUSED && mapi_session_rows[cell].outcome >= MAPI_SESSION_ACCEPTING) {
        const mapi_session_step *step = &mapi_session_steps[mapi_session_rows[cell].outcome - MAPI_SESSION_LISTS];
        while (!(step->outcome < MAPI_SESSION_ACCEPTING && mapi_session_passes(m, 0, step->test))) {
            if (step->outcome >= MAPI_SESSION_ACCEPTING && mapi_session_passes(m, 0, step->test)) {
                failing |= step->argument;
            } else {
                fitting |= step->argument;
            }
            step++;
        }
        fitting |= step->argument;
    }
    return fitting & ~failing;
}

bool mapi_session_next(const mapi_session *m, unsigned *event, unsigned *args)
{
    /* The events that can bring the end nearer. */
    static const uint8_t steps[] = {
        6, 13, 14, 15, 16, 17, 18, 22, 28, 29, 30, 31, 32
    };
    uint64_t least;
    size_t step;
    bool found = false;

    if (!mapi_session_is_sound(m) || mapi_session_finished(m)) {
        return false;
    }
    least = mapi_session_left(m);
    for (step = 0; step < sizeof steps / sizeof steps[0]; step++) {
        mapi_session mapi_session_copy = *m;
        const unsigned with = mapi_session_fitting_arguments(m, steps[step]);
        if (mapi_session_fire(&mapi_session_copy, steps[step], with) == MAPI_SESSION_ACCEPTED &&
            mapi_session_left(&mapi_session_copy) < least) {
            least = mapi_session_left(&mapi_session_copy);
            *event = steps[step];
            *args = with;
            found = true;
        }
    }
    return found;
}

#ifndef MAPI_SESSION_NO_TEXT

/* Advice
 * ------
 * What makes a rejected event legal is tried on copies of the machine, and said only if it does. What is tried is bounded, whatever
 * is held: an event that does the same again and again is done so at once. */

enum {
    MAPI_SESSION_TRIES = 367, /* events in a row that are tried where each follows from the one before */
    MAPI_SESSION_SEARCHED = 64, /* machines that a search looks at: shortest ways first */
    MAPI_SESSION_NEAR = 2 /* calls of a way that takes something for a need */
};

/* What can change anything, so that trying it makes sense: first what takes nothing or moves it, then what takes something; of
 * both, what is waited for comes behind. */
typedef struct mapi_session_try {
    uint8_t event;
    uint8_t args;
} mapi_session_try;

static const mapi_session_try mapi_session_tried[] = {
    {6, 0},    /* unadvise */
    {13, 0},   /* release_advise_sink */
    {14, 0},   /* release_status_table */
    {15, 0},   /* release_outbox_folder */
    {16, 0},   /* release_message_store */
    {17, 0},   /* release_address_book */
    {18, 0},   /* release_other_object */
    {22, 0},   /* mapi_free_buffer */
    {25, 0},   /* end_session */
    {28, 0},   /* logoff */
    {29, 0},   /* release_session */
    {30, 0},   /* ole_uninitialize */
    {31, 0},   /* mapi_uninitialize */
    {32, 0},   /* deinit_mapi_util */
    {24, 0},   /* message_transmitted */
    {26, 0},   /* critical_error */
    {27, 0},   /* shared_logoff_notice */
    {0, 0},    /* mapi_initialize */
    {1, 0},    /* ole_initialize */
    {2, 0},    /* sc_init_mapi_util */
    {3, 0},    /* mapi_logon_ex */
    {3, 1},    /* mapi_logon_ex */
    {3, 2},    /* mapi_logon_ex */
    {3, 3},    /* mapi_logon_ex */
    {3, 4},    /* mapi_logon_ex */
    {3, 5},    /* mapi_logon_ex */
    {3, 6},    /* mapi_logon_ex */
    {3, 7},    /* mapi_logon_ex */
    {4, 0},    /* addref_session */
    {5, 0},    /* advise */
    {7, 0},    /* open_advise_sink */
    {8, 0},    /* open_status_table */
    {9, 0},    /* open_outbox_folder */
    {10, 0},   /* open_message_store */
    {11, 0},   /* open_address_book */
    {12, 0},   /* open_other_object */
    {21, 0},   /* cache_entry_id */
    {23, 0},   /* submit_message */
};

/* The searches, one after another until one finds something: so many of these are tried in each. */
static const unsigned mapi_session_passes_of_search[] = {
    14, 17, 38
};

/* A way under construction: what fits is written, all is counted. */
typedef struct mapi_session_way {
    mapi_session_call *calls;
    size_t size;
    size_t length;
    mapi_session_call last;
} mapi_session_way;

static void mapi_session_go(mapi_session_way *way, unsigned event, unsigned args, uint32_t times)
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

static bool mapi_session_is_true(const mapi_session *m, unsigned fact)
{
    return mapi_session_has_bit(m, 8 + fact);
}

/* Numbers that conditions compare with, and of which holding or group. */
typedef struct mapi_session_bound {
    uint32_t number;
    uint8_t holding;
} mapi_session_bound;

static const mapi_session_bound mapi_session_bounds[] = {
    {1, 0},
    {1, 1},
    {1, 3},
};

/* How often the change from `was` to `is` can be made again and stay on the same side of a number. */
static uint32_t mapi_session_times_before(uint32_t number, uint32_t was, uint32_t is)
{
    const uint32_t change = is > was ? is - was : was - is;
    const uint32_t apart = is > number ? is - number : number - is;

    if (change == 0 || (apart != 0 && (is > was) == (is > number))) {
        return 0xFFFF;
    }
    return apart == 0 ? 0 : (apart - 1) / change;
}

/* Repeats the event that has just led from `before` to `m`, if state and facts stayed what they were: as often as no test can
 * find anything else, and so the same would happen each time. Gives how often. */
static uint32_t mapi_session_repeat(mapi_session *m, const mapi_session *before)
{
    uint32_t least = 0xFFFF;
    bool changed = false;
    unsigned at;

    if (mapi_session_state(m) != mapi_session_state(before)) {
        return 0;
    }
    for (at = 0; at < 3; at++) {
        if (mapi_session_is_true(m, at) != mapi_session_is_true(before, at)) {
            return 0;
        }
    }
    for (at = 0; at < MAPI_SESSION_HOLDING_COUNT; at++) {
        const uint32_t was = mapi_session_held(before, at);
        const uint32_t is = mapi_session_held(m, at);
        const uint32_t times = mapi_session_times_before(is < was ? 0 : 0xFFFF, was, is);
        least = times < least ? times : least;
        changed = changed || is != was;
    }
    for (at = 0; at < sizeof mapi_session_bounds / sizeof mapi_session_bounds[0]; at++) {
        const unsigned holding = mapi_session_bounds[at].holding;
        const uint32_t times = mapi_session_times_before(mapi_session_bounds[at].number, mapi_session_held(before, holding), mapi_session_held(m, holding));
        least = times < least ? times : least;
    }
    if (!changed) {
        return 0;
    }
    for (at = 0; at < MAPI_SESSION_HOLDING_COUNT; at++) {
        const uint32_t change = mapi_session_held(m, at) - mapi_session_held(before, at);
        if (change != 0) {
            mapi_session_put_count(m, at, mapi_session_held(m, at) + least * change);
        }
    }
    return least;
}

/* Does an event give back some of a holding? */
static bool mapi_session_gives_back(unsigned event, unsigned holding)
{
    const mapi_session_entry *effect = &mapi_session_events[event];
    const mapi_session_entry *const last = effect + 1;

    for (; effect != last; effect++) {
        if (effect->change < 0 && effect->field == holding) {
            return true;
        }
    }
    return false;
}

/* What a test looks at (each mask, then each condition): holdings, and facts numbered behind them. */
static const uint16_t mapi_session_subjects[] = {
    0xFFFF,
    4, 0xFFFF,
    5, 6, 7, 8, 9, 10, 0xFFFF,
    11, 0xFFFF,
    12, 0xFFFF,
    14, 15, 0xFFFF,
    13, 0xFFFF,
    14, 0xFFFF,
    3, 0xFFFF,
    0, 0xFFFF,
    4, 5, 6, 7, 8, 9, 10, 0xFFFF,
    4, 5, 6, 7, 8, 9, 10, 11, 0xFFFF,
    14, 0xFFFF,
    3, 0xFFFF,
    1, 0xFFFF,
    0, 1, 0xFFFF,
    0, 0xFFFF,
};

static const uint16_t *mapi_session_subjects_of(unsigned question)
{
    unsigned list = question / 2;
    const uint16_t *subject = mapi_session_subjects;

    for (; list != 0; list--) {
        while (*subject != 0xFFFF) {
            subject++;
        }
        subject++;
    }
    return subject;
}

/* For each step, the test that passes if the need holds that it is of. */
static const uint8_t mapi_session_questions[] = {
    0, 0, 0, 0, 0, 0, 0, 0, 2, 4, 6, 13, 15, 0, 2, 0,
    5, 0, 4, 0, 8, 0, 11, 0, 11, 0, 27, 0, 29, 0, 31, 0,
    33, 0
};

/* The step that refuses an event of which a need does not hold. */
static const mapi_session_step *mapi_session_failing(const mapi_session *m, unsigned event, unsigned args)
{
    const unsigned cell = mapi_session_cell_of(m, event);
    const mapi_session_step *step = &mapi_session_steps[mapi_session_rows[cell].outcome - MAPI_SESSION_LISTS];

    while ((step->argument & ~args) != 0 || !mapi_session_passes(m, args, step->test)) {
        step++;
    }
    return step;
}

/* Does an event give back something of this list that is held? */
static bool mapi_session_lowers(const mapi_session *m, unsigned event, const uint16_t *subject)
{
    for (; *subject != 0xFFFF; subject++) {
        if (*subject < MAPI_SESSION_HOLDING_COUNT && mapi_session_held(m, *subject) != 0 && mapi_session_gives_back(event, *subject)) {
            return true;
        }
    }
    return false;
}

/* Gives back what the need has found that is in the way, and so on until the event is legal. */
static bool mapi_session_give_back(const mapi_session *m, unsigned event, unsigned args, mapi_session_way *way)
{
    mapi_session mapi_session_copy = *m;
    unsigned step;

    for (step = 0; step < MAPI_SESSION_TRIES + 3u * MAPI_SESSION_HOLDING_COUNT; step++) {
        const mapi_session before = mapi_session_copy;
        const uint16_t *const subjects = mapi_session_subjects_of(mapi_session_questions[mapi_session_failing(&mapi_session_copy, event, args) - mapi_session_steps]);
        mapi_session_verdict verdict;
        unsigned at = 0;
        while (at < 38 &&
               (mapi_session_tried[at].event == event || mapi_session_tried[at].args != 0 ||
                !mapi_session_lowers(&mapi_session_copy, mapi_session_tried[at].event, subjects) ||
                mapi_session_fire(&mapi_session_copy, mapi_session_tried[at].event, 0) != MAPI_SESSION_ACCEPTED)) {
            at++;
        }
        if (at == 38) {
            return false;
        }
        mapi_session_go(way, mapi_session_tried[at].event, 0, 1);
        verdict = mapi_session_check(&mapi_session_copy, event, args);
        if (verdict != MAPI_SESSION_REJECTED_NEED) {
            return verdict == MAPI_SESSION_ACCEPTED;
        }
        mapi_session_go(way, mapi_session_tried[at].event, 0, mapi_session_repeat(&mapi_session_copy, &before));
    }
    return false;
}

/* Goes the way to the end until the event is legal. */
static bool mapi_session_go_to_the_end(const mapi_session *m, unsigned event, unsigned args, mapi_session_way *way)
{
    mapi_session mapi_session_copy = *m;
    unsigned next = 0;
    unsigned with = 0;
    unsigned step;

    for (step = 0; step < MAPI_SESSION_TRIES && mapi_session_next(&mapi_session_copy, &next, &with) && next != event; step++) {
        const mapi_session before = mapi_session_copy;
        (void)mapi_session_fire(&mapi_session_copy, next, with);
        mapi_session_go(way, next, with, 1);
        if (mapi_session_check(&mapi_session_copy, event, args) == MAPI_SESSION_ACCEPTED) {
            return true;
        }
        mapi_session_go(way, next, with, mapi_session_repeat(&mapi_session_copy, &before));
    }
    return false;
}

/* A machine that a search has come to: from which other, by what, and how often in a row. */
typedef struct mapi_session_found {
    mapi_session machine;
    uint32_t times;
    unsigned tried;
    unsigned before;
    unsigned after; /* the next on the way, once it is found */
} mapi_session_found;

static bool mapi_session_is_same(const mapi_session *one, const mapi_session *other)
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
static bool mapi_session_search(const mapi_session *m, unsigned event, unsigned args, unsigned tries, mapi_session_way *way)
{
    mapi_session_found found[MAPI_SESSION_SEARCHED + 1];
    unsigned count = 1;
    unsigned at;
    unsigned tried;
    unsigned known;

    found[0].machine = *m;
    found[0].before = 0;
    for (at = 0; at < count; at++) {
        for (tried = 0; tried < tries; tried++) {
            mapi_session_found *const new_one = &found[count];
            bool legal;
            new_one->machine = found[at].machine;
            if (mapi_session_tried[tried].event == event ||
                mapi_session_fire(&new_one->machine, mapi_session_tried[tried].event, mapi_session_tried[tried].args) != MAPI_SESSION_ACCEPTED) {
                continue;
            }
            legal = mapi_session_check(&new_one->machine, event, args) == MAPI_SESSION_ACCEPTED;
            new_one->times = 1;
            if (!legal) {
                new_one->times += mapi_session_repeat(&new_one->machine, &found[at].machine);
            }
            new_one->tried = tried;
            new_one->before = at;
            if (legal) {
                for (known = count; known != 0; known = found[known].before) {
                    found[found[known].before].after = known;
                }
                while (known != count) {
                    known = found[known].after;
                    mapi_session_go(way, mapi_session_tried[found[known].tried].event, mapi_session_tried[found[known].tried].args, found[known].times);
                }
                return true;
            }
            for (known = 0; known < count && !mapi_session_is_same(&found[known].machine, &new_one->machine); known++) {
            }
            if (known == count && count < MAPI_SESSION_SEARCHED) {
                count++;
            }
        }
    }
    return false;
}

/* The arguments without which an event is legal, of those that have needs which do not hold; 0 if there are none. */
static unsigned mapi_session_superfluous(const mapi_session *m, unsigned event, unsigned args)
{
    unsigned left = args;

    while (mapi_session_check(m, event, left) == MAPI_SESSION_REJECTED_NEED) {
        const unsigned argument = mapi_session_failing(m, event, left)->argument;
        if (argument == 0) {
            return 0;
        }
        left &= ~argument;
    }
    return mapi_session_check(m, event, left) == MAPI_SESSION_ACCEPTED ? args & ~left : 0;
}

/* The first holding of which an event gives something back and nothing is held; MAPI_SESSION_HOLDING_COUNT if there is none. */
static unsigned mapi_session_missing(const mapi_session *m, unsigned event)
{
    const mapi_session_entry *effect = &mapi_session_events[event];
    const mapi_session_entry *const last = effect + 1;

    for (; effect != last; effect++) {
        const unsigned holding = effect->field;
        if (effect->change < 0 && mapi_session_held(m, holding) == 0) {
            return holding;
        }
    }
    return MAPI_SESSION_HOLDING_COUNT;
}

/* Finds a way to where a rejected event is legal; gives the number of tries of the search that found it, 0 if no search did. Nothing
 * is taken to be given back; and for a need no long way is gone that takes something, as it would be a new beginning. */
static unsigned mapi_session_find_way(const mapi_session *m, unsigned event, unsigned args, mapi_session_way *way)
{
    const mapi_session_verdict verdict = mapi_session_check(m, event, args);
    bool takes = true;
    unsigned pass;

    way->length = 0;
    if (!mapi_session_is_sound(m)) {
        return 0;
    }
    if (verdict != MAPI_SESSION_REJECTED_STATE && verdict != MAPI_SESSION_REJECTED_NEED) {
        return 0;
    }
    if (verdict == MAPI_SESSION_REJECTED_NEED) {
        if (mapi_session_give_back(m, event, args, way)) {
            return 0;
        }
        way->length = 0;
        if (mapi_session_superfluous(m, event, args) != 0) {
            mapi_session_go(way, event, args & ~mapi_session_superfluous(m, event, args), 1);
            return 0;
        }
    }
    if (verdict == MAPI_SESSION_REJECTED_STATE && mapi_session_missing(m, event) != MAPI_SESSION_HOLDING_COUNT) {
        takes = false;
    }
    for (pass = 0; pass < 3 && (takes || mapi_session_passes_of_search[pass] <= 17); pass++) {
        if (mapi_session_search(m, event, args, mapi_session_passes_of_search[pass], way) &&
            (way->length <= MAPI_SESSION_NEAR || verdict != MAPI_SESSION_REJECTED_NEED || mapi_session_passes_of_search[pass] <= 17)) {
            return mapi_session_passes_of_search[pass];
        }
        way->length = 0;
        if (pass == 0 && takes) {
            if (mapi_session_go_to_the_end(m, event, args, way)) {
                return 0;
            }
            way->length = 0;
        }
    }
    return 0;
}

size_t mapi_session_advice(const mapi_session *m, unsigned event, unsigned args, mapi_session_call *calls, size_t size)
{
    mapi_session_way way;

    way.calls = calls;
    way.size = size;
    (void)mapi_session_find_way(m, event, args, &way);
    return way.length;
}

/* Text
 * ---- */

const char *mapi_session_event_name(unsigned event)
{
    static const char *const names[] = {
        "mapi_initialize",
        "ole_initialize",
        "sc_init_mapi_util",
        "mapi_logon_ex",
        "addref_session",
        "advise",
        "unadvise",
        "open_advise_sink",
        "open_status_table",
        "open_outbox_folder",
        "open_message_store",
        "open_address_book",
        "open_other_object",
        "release_advise_sink",
        "release_status_table",
        "release_outbox_folder",
        "release_message_store",
        "release_address_book",
        "release_other_object",
        "call_object",
        "call_session",
        "cache_entry_id",
        "mapi_free_buffer",
        "submit_message",
        "message_transmitted",
        "end_session",
        "critical_error",
        "shared_logoff_notice",
        "logoff",
        "release_session",
        "ole_uninitialize",
        "mapi_uninitialize",
        "deinit_mapi_util",
        "delete_provider_dll",
    };
    return event < MAPI_SESSION_EVENT_COUNT ? names[event] : NULL;
}

const char *mapi_session_state_name(unsigned state)
{
    static const char *const names[] = {
        "mapi_uninitialized",
        "initialized",
        "logged_on",
        "advised",
        "objects_open",
        "entry_ids_cached",
        "ready_to_log_off",
        "logged_off",
    };
    return state < MAPI_SESSION_STATE_COUNT ? names[state] : NULL;
}

const char *mapi_session_holding_name(unsigned holding)
{
    static const char *const names[] = {
        "mapi",
        "ole",
        "mapi_util",
        "session_refs",
        "advises",
        "advise_sinks",
        "status_tables",
        "outbox_folders",
        "message_stores",
        "address_books",
        "other_objects",
        "entry_ids",
        "outbound",
        "objects",
    };
    return holding < MAPI_SESSION_HELD_COUNT ? names[holding] : NULL;
}

const char *mapi_session_rule_name(unsigned rule)
{
    static const char *const names[] = {
        "mapi-first",
        "ending-gives-back-only",
        "session-logged-off",
        "objects-invalid",
        "unadvise-first",
        "release-objects-first",
        "free-entry-ids-first",
        "outbound-pending",
        "session-not-shared",
        "logoff-ui-not-allowed",
        "logoff-shared-not-owner",
        "logoff-first",
        "release-session-first",
        "ole-before-mapi",
        "util-last",
        "no-dll-delete",
        "outbound-left",
        "others-not-notified",
    };
    return rule < MAPI_SESSION_RULE_COUNT ? names[rule] : NULL;
}

const char *mapi_session_event_call(unsigned event)
{
    static const char *const calls[] = {
        "MAPIInitialize",
        "OleInitialize",
        "ScInitMapiUtil",
        "MAPILogonEx",
        "IMAPISession::AddRef",
        "Advise",
        "Unadvise",
        "HrAllocAdviseSink",
        "IMAPISession::GetStatusTable",
        "IMsgStore::OpenEntry",
        "IMAPISession::OpenMsgStore",
        "IMAPISession::OpenAddressBook",
        "IMAPISession::OpenEntry",
        "IUnknown::Release",
        "IUnknown::Release",
        "IUnknown::Release",
        "IUnknown::Release",
        "IUnknown::Release",
        "IUnknown::Release",
        NULL,
        NULL,
        NULL,
        "MAPIFreeBuffer",
        "IMessage::SubmitMessage",
        NULL,
        NULL,
        NULL,
        NULL,
        "IMAPISession::Logoff",
        "IMAPISession::Release",
        "OleUninitialize",
        "MAPIUninitialize",
        "DeinitMapiUtil",
        NULL,
    };
    return event < MAPI_SESSION_EVENT_COUNT ? calls[event] : NULL;
}

const char *mapi_session_rule_source(unsigned rule)
{
    static const char *const sources[] = {
        "https://learn.microsoft.com/office/client-developer/outlook/mapi/mapiinitialize",
        "https://learn.microsoft.com/office/client-developer/outlook/mapi/ending-a-mapi-session",
        "https://learn.microsoft.com/office/client-developer/outlook/mapi/imapisession-logoff",
        "https://learn.microsoft.com/office/client-developer/outlook/mapi/ending-a-mapi-session",
        "https://learn.microsoft.com/office/client-developer/outlook/mapi/ending-a-mapi-session",
        "https://learn.microsoft.com/office/client-developer/outlook/mapi/ending-a-mapi-session",
        "https://learn.microsoft.com/office/client-developer/outlook/mapi/ending-a-mapi-session",
        "https://learn.microsoft.com/office/client-developer/outlook/mapi/ending-a-mapi-session",
        "https://learn.microsoft.com/office/client-developer/outlook/mapi/ending-a-mapi-session",
        "https://learn.microsoft.com/office/client-developer/outlook/mapi/ending-a-mapi-session",
        "https://learn.microsoft.com/office/client-developer/outlook/mapi/ending-a-mapi-session",
        "https://learn.microsoft.com/office/client-developer/outlook/mapi/ending-a-mapi-session",
        "https://learn.microsoft.com/office/client-developer/outlook/mapi/ending-a-mapi-session",
        "https://learn.microsoft.com/office/client-developer/outlook/mapi/ending-a-mapi-session",
        "https://learn.microsoft.com/office/client-developer/outlook/mapi/deinitmapiutil",
        "https://learn.microsoft.com/office/client-developer/outlook/mapi/ending-a-mapi-session",
        "https://learn.microsoft.com/office/client-developer/outlook/mapi/ending-a-mapi-session",
        "https://learn.microsoft.com/office/client-developer/outlook/mapi/imapisession-logoff",
    };
    return rule < MAPI_SESSION_RULE_COUNT ? sources[rule] : NULL;
}

const char *mapi_session_verdict_name(unsigned verdict)
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
    return verdict < MAPI_SESSION_CORRUPT + 1u ? names[verdict] : NULL;
}

const char *mapi_session_argument_name(unsigned event, unsigned index)
{
    switch (event) {
    case MAPI_SESSION_EVENT_MAPI_LOGON_EX: {
        static const char *const names[] = { "ui", "owner", "guest" };
        return index < 3 ? names[index] : NULL;
    }
    case MAPI_SESSION_EVENT_END_SESSION: {
        static const char *const names[] = { "after_outbound" };
        return index < 1 ? names[index] : NULL;
    }
    case MAPI_SESSION_EVENT_LOGOFF: {
        static const char *const names[] = { "ui", "shared" };
        return index < 2 ? names[index] : NULL;
    }
    default:
        return NULL;
    }
}

bool mapi_session_is_awaited(unsigned event)
{
    switch (event) {
    case MAPI_SESSION_EVENT_MESSAGE_TRANSMITTED:
    case MAPI_SESSION_EVENT_CRITICAL_ERROR:
    case MAPI_SESSION_EVENT_SHARED_LOGOFF_NOTICE:
        return true;
    default:
        return false;
    }
}

/* A text under construction: what fits is written, all is counted. */
typedef struct mapi_session_text {
    char *buffer;
    size_t size;
    size_t length;
} mapi_session_text;

static void mapi_session_put(mapi_session_text *text, const char *words)
{
    const char *next;

    for (next = words; *next != '\0'; next++) {
        if (text->length + 1 < text->size) {
            text->buffer[text->length] = *next;
        }
        text->length++;
    }
}

static void mapi_session_put_number(mapi_session_text *text, uint32_t number)
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
    mapi_session_put(text, &digits[at]);
}

/* The arguments of an event that are there: "ui, owner and guest". */
static void mapi_session_put_arguments(mapi_session_text *text, unsigned event, unsigned args)
{
    const char *name = mapi_session_argument_name(event, 0);
    unsigned index = 0;
    bool some = false;

    while (name != NULL) {
        if ((args >> index & 1u) != 0) {
            mapi_session_put(text, !some ? "" : args >> index == 1 ? " and " : ", ");
            mapi_session_put(text, name);
            some = true;
        }
        index++;
        name = mapi_session_argument_name(event, index);
    }
}

/* An event by the name of its call, or in words, with its arguments. */
static void mapi_session_put_event(mapi_session_text *text, unsigned event, unsigned args)
{
    static const char *const words[] = { /* where there is no call */
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        "call_object (call a method of an open object)",
        "call_session (call a method of the session)",
        "cache_entry_id (cache an entry identifier)",
        NULL,
        NULL,
        "message_transmitted (learn that a message has reached the transport provider)",
        "end_session (begin to end the session because the user asked)",
        "critical_error (begin to end the session because of a critical error)",
        "shared_logoff_notice (be told by the owner of the shared session to log off)",
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        "delete_provider_dll (delete the DLL of a service provider)",
    };
    if (words[event] != NULL) {
        mapi_session_put(text, words[event]);
    } else {
        mapi_session_put(text, mapi_session_event_call(event));
        mapi_session_put(text, " (");
        mapi_session_put(text, mapi_session_event_name(event));
        mapi_session_put(text, ")");
    }
    if (args != 0) {
        mapi_session_put(text, " with ");
        mapi_session_put_arguments(text, event, args);
    }
}

/* A state by its name and in words. */
static void mapi_session_put_state(mapi_session_text *text, unsigned state)
{
    static const char *const words[] = {
        "mapi_uninitialized (MAPI is not initialised)",
        "initialized (MAPI is initialised and nobody is logged on)",
        "logged_on (logged on and at work)",
        "advised (ending: notification registrations are left)",
        "objects_open (ending: open objects are left)",
        "entry_ids_cached (ending: cached entry identifiers are left)",
        "ready_to_log_off (ending: everything is given back but the session)",
        "logged_off (logged off with the session pointer still held)",
    };
    mapi_session_put(text, words[state]);
}

/* A rule: what it says, its name, step and source. */
static void mapi_session_put_rule(mapi_session_text *text, unsigned rule)
{
    static const char *const words[] = {
        "MAPI must be initialised before anything else of it is used [mapi-first",
        "once the end has begun, things are given back and nothing new is taken [ending-gives-back-only",
        "after Logoff the session takes no call but Release [session-logged-off, step 5",
        "no object outlives its session, and none can be used that is not open [objects-invalid",
        "every notification registration is cancelled before anything else is given back [unadvise-first, step 1",
        "every open object is released before entry identifiers are freed and before Logoff [release-objects-first, step 2",
        "every cached entry identifier is freed before Logoff [free-entry-ids-first, step 3",
        "a client that waits for its outbound messages stays logged on until the last is on its way [outbound-pending",
        "only the clients of a shared session are told to log off [session-not-shared",
        "Logoff may show a user interface only in a client that allows one [logoff-ui-not-allowed, step 4",
        "only the owner of the shared session may log off all of its clients [logoff-shared-not-owner, step 4",
        "the session is logged off before its last reference is released [logoff-first, step 4",
        "the session pointer is released before OLE and MAPI are given back for the last time [release-session-first, step 5",
        "OLE is uninitialised before the last MAPIUninitialize, or the client may end ungracefully [ole-before-mapi, step 6",
        "the MAPI utilities are given back last, when MAPI is uninitialised [util-last, step 8",
        "a session never deletes the DLL of a service provider, not even while it shuts down [no-dll-delete",
        "outbound messages that have not left stay in the queue until somebody logs on again [outbound-left",
        "the other clients of the shared session are not told to log off [others-not-notified, step 4",
    };
    mapi_session_put(text, words[rule]);
    if (mapi_session_rule_source(rule) != NULL) {
        mapi_session_put(text, ", ");
        mapi_session_put(text, mapi_session_rule_source(rule));
    }
    mapi_session_put(text, "]");
}

/* So many of a holding: "2 message stores". */
static void mapi_session_put_held(mapi_session_text *text, uint32_t count, unsigned holding)
{
    static const char *const words[][2] = { /* one, several */
        {"MAPI initialisation", "MAPI initialisations"},
        {"OLE initialisation", "OLE initialisations"},
        {"initialisation of the MAPI utilities", "initialisations of the MAPI utilities"},
        {"session reference", "session references"},
        {"notification registration", "notification registrations"},
        {"advise sink", "advise sinks"},
        {"status table", "status tables"},
        {"outbox folder", "outbox folders"},
        {"message store", "message stores"},
        {"address book", "address books"},
        {"other object", "other objects"},
        {"cached entry identifier", "cached entry identifiers"},
        {"outbound message", "outbound messages"},
    };
    mapi_session_put_number(text, count);
    mapi_session_put(text, " ");
    mapi_session_put(text, words[holding][count == 1 ? 0 : 1]);
}

/* The same as an item of a list, if any of it is held; `some`: has the list begun? */
static void mapi_session_put_listed(mapi_session_text *text, const mapi_session *m, unsigned holding, bool *some)
{
    if (mapi_session_held(m, holding) != 0) {
        mapi_session_put(text, *some ? ", " : " Held: ");
        mapi_session_put_held(text, mapi_session_held(m, holding), holding);
        *some = true;
    }
}

/* Can some of a holding have been given back before a state? */
static bool mapi_session_may_be_returned(unsigned state, unsigned holding)
{
    (void)state;
    (void)holding;
    return true;
}

/* That nothing is held of what an event gives back. */
static void mapi_session_put_missing(mapi_session_text *text, const mapi_session *m, unsigned event)
{
    static const char *const titles[] = {
        "MAPI initialisations",
        "OLE initialisations",
        "initialisations of the MAPI utilities",
        "session references",
        "notification registrations",
        "advise sinks",
        "status tables",
        "outbox folders",
        "message stores",
        "address books",
        "other objects",
        "cached entry identifiers",
        "outbound messages",
    };
    const unsigned holding = mapi_session_missing(m, event);

    mapi_session_put(text, " Held: no ");
    mapi_session_put(text, titles[holding]);
    mapi_session_put(text, mapi_session_check(m, event, 0) == MAPI_SESSION_REJECTED_STATE && mapi_session_may_be_returned(mapi_session_state(m), holding)
                          ? ": given back too often, or never taken." : ".");
}

/* Says what a test has found: what is held of its holdings, and how its facts are; and what else is held that `also` gives back. */
static void mapi_session_put_findings(mapi_session_text *text, const mapi_session *m, unsigned question, unsigned also)
{
    static const char *const facts[] = {
        "the client allows a user interface",
        "the client owns the shared session",
        "the client uses a shared session of another client's",
    };
    static const char *const none[] = {
        "",
        "no notification registrations",
        "no open objects",
        "no cached entry identifiers",
        "no outbound messages",
        "",
        "",
        "",
        "no session references",
        "no MAPI initialisations",
        "no notification registrations or advise sinks or status tables or outbox folders or message stores or address books or other objects",
        "no notification registrations or advise sinks or status tables or outbox folders or message stores or address books or other objects or cached entry identifiers",
        "",
        "no session references",
        "no OLE initialisations",
        "no MAPI initialisations or OLE initialisations",
        "no MAPI initialisations",
    };
    bool holding = false;
    bool some = false;
    unsigned other;
    const uint16_t *subject;

    for (subject = mapi_session_subjects_of(question); *subject != 0xFFFF; subject++) {
        if (*subject < MAPI_SESSION_HOLDING_COUNT) {
            holding = true;
            mapi_session_put_listed(text, m, *subject, &some);
        }
    }
    for (other = 0; also != MAPI_SESSION_EVENT_COUNT && other < MAPI_SESSION_HOLDING_COUNT; other++) {
        for (subject = mapi_session_subjects_of(question); *subject != 0xFFFF && *subject != other; subject++) {
        }
        if (*subject == 0xFFFF && mapi_session_gives_back(also, other)) {
            mapi_session_put_listed(text, m, other, &some);
        }
    }
    if (holding && !some) {
        mapi_session_put(text, " Held: ");
        mapi_session_put(text, none[question / 2]);
    }
    mapi_session_put(text, holding || some ? "." : "");
    for (subject = mapi_session_subjects_of(question); *subject != 0xFFFF; subject++) {
        if (*subject >= MAPI_SESSION_HOLDING_COUNT) {
            const unsigned fact = (unsigned)*subject - MAPI_SESSION_HOLDING_COUNT;
            mapi_session_put(text, mapi_session_is_true(m, fact) ? " True: " : " Not true: ");
            mapi_session_put(text, facts[fact]);
            mapi_session_put(text, ".");
        }
    }
}

/* What to do: call an event, or wait for it, and how often. */
static void mapi_session_put_step(mapi_session_text *text, const mapi_session_call *step)
{
    mapi_session_put_event(text, step->event, step->args);
    if (step->times > 1) {
        mapi_session_put(text, " ");
        mapi_session_put_number(text, step->times);
        mapi_session_put(text, " times");
    }
}

/* For a rejection by state: where the event is allowed, and how to get there. */
static void mapi_session_put_way(mapi_session_text *text, const mapi_session *m, unsigned event, const mapi_session_way *way)
{
    unsigned state;
    size_t at;
    bool some = false;

    for (state = 0; state < MAPI_SESSION_STATE_COUNT; state++) {
        if (mapi_session_cells[mapi_session_events[event].line][state] < MAPI_SESSION_REFUSED) {
            mapi_session_put(text, some ? ", " : " It is allowed in ");
            mapi_session_put(text, mapi_session_state_name(state));
            some = true;
        }
    }
    if (!some) {
        mapi_session_put(text, " It is allowed in no state.");
        return;
    }
    (void)m;
    for (at = 0; at < way->length && at < way->size; at++) {
        mapi_session_put(text, at == 0 ? "; the way there: " : ", ");
        mapi_session_put(text, mapi_session_is_awaited(way->calls[at].event) ? "wait until " : "");
        mapi_session_put_step(text, &way->calls[at]);
    }
    mapi_session_put(text, at < way->length ? ", and so on." : ".");
}

/* For a rejection by state: nothing held of what is given back; else what is held that is given back on the way. */
static void mapi_session_put_held_on_the_way(mapi_session_text *text, const mapi_session *m, unsigned event, const mapi_session_way *way)
{
    unsigned holding = mapi_session_missing(m, event);
    bool some = false;
    size_t at;

    if (holding != MAPI_SESSION_HOLDING_COUNT) {
        mapi_session_put_missing(text, m, event);
        return;
    }
    for (holding = 0; holding < MAPI_SESSION_HOLDING_COUNT; holding++) {
        for (at = 0; at < way->length && at < way->size; at++) {
            if (mapi_session_gives_back(way->calls[at].event, holding)) {
                mapi_session_put_listed(text, m, holding, &some);
                break;
            }
        }
    }
    mapi_session_put(text, some ? "." : "");
}

/* The call to make first. Where a search has found that one is enough, those that are enough as well. */
static void mapi_session_put_first(mapi_session_text *text, const mapi_session *m, unsigned event, unsigned args, const mapi_session_way *way, unsigned tries)
{
    const mapi_session_call *const first = &way->calls[0];
    mapi_session_call last = *first;
    bool some = false;
    unsigned at;

    if (way->length == 0) {
        return;
    }
    mapi_session_put(text, mapi_session_is_awaited(first->event) ? " First wait until " : " First call ");
    for (at = 0; at < tries && way->length == 1 && first->times == 1; at++) {
        mapi_session mapi_session_copy = *m;
        if ((mapi_session_tried[at].event != last.event || mapi_session_tried[at].args != last.args) && mapi_session_tried[at].event != event &&
            mapi_session_fire(&mapi_session_copy, mapi_session_tried[at].event, mapi_session_tried[at].args) == MAPI_SESSION_ACCEPTED &&
            mapi_session_check(&mapi_session_copy, event, args) == MAPI_SESSION_ACCEPTED &&
            mapi_session_is_awaited(mapi_session_tried[at].event) == mapi_session_is_awaited(first->event)) {
            mapi_session_put(text, some ? ", " : "");
            mapi_session_put_event(text, last.event, last.args);
            last.event = mapi_session_tried[at].event;
            last.args = mapi_session_tried[at].args;
            some = true;
        }
    }
    mapi_session_put(text, some ? " or " : "");
    mapi_session_put_event(text, last.event, last.args);
    mapi_session_put(text, ".");
}

/* The first count that is full and that an event would raise. */
static void mapi_session_put_full(mapi_session_text *text, const mapi_session *m, unsigned event)
{
    const mapi_session_entry *effect = &mapi_session_events[event];

    while (effect->change <= 0 || m->count[effect->field] != 0xFFFF) {
        effect++;
    }
    mapi_session_put(text, " Held: ");
    mapi_session_put_held(text, 0xFFFF, effect->field);
    mapi_session_put(text, ".");
}

/* For an accepted event: what it warns of. */
static void mapi_session_put_warnings(mapi_session_text *text, const mapi_session *m, unsigned event, unsigned args)
{
    const unsigned warnings = mapi_session_warnings(m, event, args);
    unsigned index;

    for (index = 0; index < 32; index++) {
        if ((warnings >> index & 1) != 0) {
            mapi_session_put(text, (warnings & ((1u << index) - 1)) == 0 ? " with a warning: " : " Warning: ");
            mapi_session_put_rule(text, mapi_session_warning_rule(event, index));
            mapi_session_put(text, ".");
            mapi_session_put_findings(text, m, mapi_session_all_warnings[mapi_session_first_warning[event] + index].test, MAPI_SESSION_EVENT_COUNT);
        }
    }
    if (warnings == 0) {
        mapi_session_put(text, ".");
    }
}

size_t mapi_session_explain(const mapi_session *m, unsigned event, unsigned args, char *buffer, size_t size)
{
    mapi_session_text text = {NULL, 0, 0};
    mapi_session_call calls[8] = {{0, 0, 0}};
    mapi_session_way way;
    unsigned tries;
    mapi_session_verdict verdict = mapi_session_check(m, event, args);
    const unsigned rule = mapi_session_rule(m, event, args);

    if (verdict != MAPI_SESSION_BAD_EVENT && !mapi_session_is_sound(m)) {
        verdict = MAPI_SESSION_CORRUPT; /* nothing can be said of what is held */
    }
    way.calls = calls;
    way.size = sizeof calls / sizeof calls[0];
    tries = mapi_session_find_way(m, event, args, &way);
    text.buffer = buffer;
    text.size = size;
    if (event >= MAPI_SESSION_EVENT_COUNT) {
        mapi_session_put(&text, "Event ");
        mapi_session_put_number(&text, event);
        mapi_session_put(&text, " is rejected: mapi_session has no event of this number, but those from 0 to ");
        mapi_session_put_number(&text, MAPI_SESSION_EVENT_COUNT - 1);
        mapi_session_put(&text, ".");
    } else {
        mapi_session_put_event(&text, event, verdict == MAPI_SESSION_BAD_EVENT ? 0 : args);
        if (verdict == MAPI_SESSION_BAD_EVENT) {
            mapi_session_put(&text, " is rejected: it was given an argument that it does not take. It takes ");
            if (mapi_session_events[event].arguments != 0) {
                mapi_session_put_arguments(&text, event, mapi_session_events[event].arguments);
            } else
            {
                mapi_session_put(&text, "none");
            }
            mapi_session_put(&text, ".");
        } else if (verdict == MAPI_SESSION_CORRUPT) {
            mapi_session_put(&text, " is rejected: the machine's memory holds what no machine can; it was overwritten, or never initialised.");
        } else {
            mapi_session_put(&text, verdict == MAPI_SESSION_ACCEPTED ? " is accepted in " : " is rejected in ");
            mapi_session_put_state(&text, mapi_session_state(m));
        }
        switch (verdict) {
        case MAPI_SESSION_ACCEPTED:
            mapi_session_put_warnings(&text, m, event, args);
            break;
        case MAPI_SESSION_REJECTED_STATE:
            mapi_session_put(&text, ": ");
            if (rule != MAPI_SESSION_RULE_NONE) {
                mapi_session_put_rule(&text, rule);
            } else
            {
                mapi_session_put(&text, "it has no place there");
            }
            mapi_session_put(&text, ".");
            mapi_session_put_held_on_the_way(&text, m, event, &way);
            mapi_session_put_way(&text, m, event, &way);
            break;
        case MAPI_SESSION_REJECTED_NEED:
            mapi_session_put(&text, ": ");
            mapi_session_put_rule(&text, rule);
            mapi_session_put(&text, ".");
            mapi_session_put_findings(&text, m, mapi_session_questions[mapi_session_failing(m, event, args) - mapi_session_steps],
                way.length != 0 && calls[0].event != event ? calls[0].event : (unsigned)MAPI_SESSION_EVENT_COUNT);
            if (way.length != 0 && calls[0].event == event) {
                mapi_session_put(&text, " Call it without ");
                mapi_session_put_arguments(&text, event, args & ~calls[0].args);
                mapi_session_put(&text, ".");
                break;
            }
            mapi_session_put_first(&text, m, event, args, &way, tries);
            break;
        case MAPI_SESSION_REJECTED_NOT_HELD:
            mapi_session_put(&text, ": ");
            {
                mapi_session_put(&text, "it gives back what is not held");
                mapi_session_put(&text, mapi_session_may_be_returned(mapi_session_state(m), mapi_session_missing(m, event)) ? " (given back twice?)" : "");
            }
            mapi_session_put(&text, ".");
            mapi_session_put_missing(&text, m, event);
            break;
        case MAPI_SESSION_REJECTED_LIMIT:
            mapi_session_put(&text, ": no more than 65535 can be counted.");
            mapi_session_put_full(&text, m, event);
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

#endif /* MAPI_SESSION_NO_TEXT */

#endif /* MAPI_SESSION_IMPLEMENTATION */
