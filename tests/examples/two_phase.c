/* Two-phase calls: an event is fired only if the call that it stands for has succeeded.
 *
 * The macros do it in one line: check the event, make the call if it is legal, fire if the call
 * succeeded. The API here is make-believe; it fails in the middle. */

#define MAPI_SESSION_IMPLEMENTATION
#include "mapi_session.h"

#include <stdio.h>

typedef long HRESULT; /* as on Windows: the call failed if it is negative */

#define S_OK ((HRESULT)0)
#define E_FAIL ((HRESULT)-2147467259)

/* The make-believe API: its third and its fifth call fail. */

static int calls_made;

static bool next_call_succeeds(void)
{
    calls_made++;
    return calls_made != 3 && calls_made != 5;
}

static HRESULT initialize_mapi(void)
{
    return next_call_succeeds() ? S_OK : E_FAIL;
}

static int init_utilities(void)
{
    return next_call_succeeds() ? 0 : 8;
}

static HRESULT log_on(void)
{
    return next_call_succeeds() ? S_OK : E_FAIL;
}

static void *open_message_store(void)
{
    static int store;
    return next_call_succeeds() ? &store : NULL;
}

static HRESULT log_off(void)
{
    return next_call_succeeds() ? S_OK : E_FAIL;
}

static void release(void)
{
    (void)next_call_succeeds();
}

/* The client: what it says after each call. */

static void say(const mapi_session *m, mapi_session_verdict verdict, const char *call,
                const char *result)
{
    static int calls_before;
    printf("  %-14s %-8s %-9s -> %s, message stores open: %u\n", call,
           verdict == MAPI_SESSION_ACCEPTED ? "legal" : "rejected",
           calls_made == calls_before ? "not made" : result,
           mapi_session_state_name(mapi_session_state(m)),
           (unsigned)mapi_session_held(m, MAPI_SESSION_HELD_MESSAGE_STORES));
    calls_before = calls_made;
}

static const char *of_hresult(HRESULT result)
{
    return result >= 0 ? "succeeded" : "failed";
}

int main(void)
{
    mapi_session m;
    mapi_session_init(&m);
    mapi_session_verdict verdict;
    HRESULT hr = E_FAIL; /* what it stays where a call is not made */
    int error = -1;
    void *store = NULL;

    printf("A failed call changes nothing, a rejected one is not made:\n");

    verdict = MAPI_SESSION_CALL_HRESULT(&m, MAPI_SESSION_EVENT_MAPI_INITIALIZE, 0, hr,
                                        initialize_mapi());
    say(&m, verdict, "initialise", of_hresult(hr));

    verdict = MAPI_SESSION_CALL_INT(&m, MAPI_SESSION_EVENT_SC_INIT_MAPI_UTIL, 0, error,
                                    init_utilities());
    say(&m, verdict, "utilities", error == 0 ? "succeeded" : "failed");

    do { /* fails at first */
        verdict = MAPI_SESSION_CALL_HRESULT(&m, MAPI_SESSION_EVENT_MAPI_LOGON_EX,
                                            MAPI_SESSION_ARG_MAPI_LOGON_EX_UI, hr, log_on());
        say(&m, verdict, "log on", of_hresult(hr));
    } while (hr < 0);

    verdict = MAPI_SESSION_CALL_POINTER(&m, MAPI_SESSION_EVENT_OPEN_MESSAGE_STORE, 0, store,
                                        open_message_store());
    say(&m, verdict, "open store", store != NULL ? "succeeded" : "failed");

    /* For a call that gives nothing, any expression that is true once it has been made. */
    verdict = MAPI_SESSION_CALL(&m, MAPI_SESSION_EVENT_RELEASE_MESSAGE_STORE, 0,
                                (release(), true));
    say(&m, verdict, "release store", "succeeded");

    verdict = MAPI_SESSION_CALL_POINTER(&m, MAPI_SESSION_EVENT_OPEN_MESSAGE_STORE, 0, store,
                                        open_message_store());
    say(&m, verdict, "open store", store != NULL ? "succeeded" : "failed");

    verdict = MAPI_SESSION_CALL_HRESULT(&m, MAPI_SESSION_EVENT_LOGOFF, 0, hr, log_off());
    say(&m, verdict, "log off", of_hresult(hr));

    verdict = MAPI_SESSION_CALL(&m, MAPI_SESSION_EVENT_RELEASE_MESSAGE_STORE, 0,
                                (release(), true));
    say(&m, verdict, "release store", "succeeded");

    verdict = MAPI_SESSION_CALL_HRESULT(&m, MAPI_SESSION_EVENT_LOGOFF, 0, hr, log_off());
    say(&m, verdict, "log off", of_hresult(hr));

    return mapi_session_state(&m) == MAPI_SESSION_STATE_LOGGED_OFF ? 0 : 1;
}
