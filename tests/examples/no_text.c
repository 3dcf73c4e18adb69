/* Without text, for a client that is to be small: NAME_NO_TEXT is defined everywhere, for example on
 * the command line. Names and explanations are not there then; everything else is. */

#define MAPI_SESSION_NO_TEXT
#define MAPI_SESSION_IMPLEMENTATION
#include "mapi_session.h"

#include <stdio.h>

int main(void)
{
    mapi_session m;
    mapi_session_init(&m);
    unsigned event;
    unsigned args;
    unsigned steps = 0;

    mapi_session_fire(&m, MAPI_SESSION_EVENT_MAPI_INITIALIZE, 0);
    mapi_session_fire(&m, MAPI_SESSION_EVENT_MAPI_LOGON_EX, MAPI_SESSION_ARG_MAPI_LOGON_EX_UI);
    mapi_session_fire(&m, MAPI_SESSION_EVENT_OPEN_MESSAGE_STORE, 0);

    printf("Verdicts and rules are numbers:\n");
    printf("  release the session: need %s, rule %s\n",
           mapi_session_check(&m, MAPI_SESSION_EVENT_RELEASE_SESSION, 0) ==
                   MAPI_SESSION_REJECTED_NEED ? "fails" : "holds",
           mapi_session_rule(&m, MAPI_SESSION_EVENT_RELEASE_SESSION, 0) ==
                   MAPI_SESSION_RULE_LOGOFF_FIRST ? "\"log off first\"" : "another");

    printf("The way to the end needs no text either:\n");
    while (mapi_session_next(&m, &event, &args)) {
        const bool with_ui = event == MAPI_SESSION_EVENT_LOGOFF &&
                             (args & MAPI_SESSION_ARG_LOGOFF_UI) != 0;
        mapi_session_fire(&m, event, args);
        steps++;
        printf("  step %u leads to state %u%s\n", steps, mapi_session_state(&m),
               with_ui ? " (with a user interface)" : "");
    }
    return mapi_session_finished(&m) && steps == 4 ? 0 : 1;
}
