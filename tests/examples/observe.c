/* Observing: for a program that cannot reject a call yet, and wants to know what is wrong with it.
 *
 * Each call is made, legal or not; the machine follows what really happened, so the calls after an
 * illegal one are judged by where it led. At the end it knows what was leaked. */

#define MAPI_SESSION_IMPLEMENTATION
#include "mapi_session.h"

#include <stdio.h>

/* A program that logs off with two message stores open, and never gives MAPI back. */
static const unsigned calls[] = {
    MAPI_SESSION_EVENT_MAPI_INITIALIZE,    MAPI_SESSION_EVENT_MAPI_LOGON_EX,
    MAPI_SESSION_EVENT_OPEN_MESSAGE_STORE, MAPI_SESSION_EVENT_OPEN_MESSAGE_STORE,
    MAPI_SESSION_EVENT_OPEN_ADDRESS_BOOK,  MAPI_SESSION_EVENT_RELEASE_ADDRESS_BOOK,
    MAPI_SESSION_EVENT_LOGOFF,             MAPI_SESSION_EVENT_CALL_OBJECT,
    MAPI_SESSION_EVENT_RELEASE_SESSION,
};

int main(void)
{
    mapi_session m;
    mapi_session_init(&m);
    unsigned leaked = 0;
    unsigned rejected = 0;
    unsigned holding;
    size_t i;

    printf("Every call is made, and followed:\n");
    for (i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        const unsigned rule = mapi_session_rule(&m, calls[i], 0); /* asked before the event */
        const mapi_session_verdict verdict = mapi_session_observe(&m, calls[i], 0);
        printf("  %-21s -> %s", mapi_session_event_name(calls[i]),
               mapi_session_state_name(mapi_session_state(&m)));
        if (verdict != MAPI_SESSION_ACCEPTED) {
            const char *const name = mapi_session_rule_name(rule);
            rejected++;
            printf(", rejected: %s", name != NULL ? name : mapi_session_verdict_name(verdict));
        }
        printf("\n");
    }

    printf("Leaked:");
    for (holding = 0; holding < MAPI_SESSION_HOLDING_COUNT; holding++) {
        if (mapi_session_held(&m, holding) != 0) {
            printf("%s %u of %s", leaked != 0 ? "," : "", (unsigned)mapi_session_held(&m, holding),
                   mapi_session_holding_name(holding));
            leaked++;
        }
    }
    printf("\n");
    return rejected == 2 && leaked == 2 && !mapi_session_finished(&m) ? 0 : 1;
}
