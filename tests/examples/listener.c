/* A listener: a function that is told of each rejection and each warning, before anything changes.
 *
 * Whatever it needs comes with it as its context, so nothing is global: here two clients write two
 * logs. A listener may just as well stop in a debugger or call abort(). */

#define MAPI_SESSION_IMPLEMENTATION
#include "mapi_session.h"

#include <stdio.h>

typedef struct log_book {
    const char *client;
    unsigned rejections;
    unsigned warnings;
} log_book;

static void write_log(void *context, const mapi_session *m, unsigned event, unsigned args,
                      mapi_session_verdict verdict, unsigned warnings)
{
    log_book *const book = (log_book *)context;
    const char *rule;
    unsigned index;

    printf("  %s: %s in %s: ", book->client, mapi_session_event_name(event),
           mapi_session_state_name(mapi_session_state(m)));
    if (verdict == MAPI_SESSION_ACCEPTED) {
        book->warnings++;
        printf("warning:");
        for (index = 0; warnings >> index != 0; index++) {
            if ((warnings >> index & 1) != 0) {
                printf(" %s", mapi_session_rule_name(mapi_session_warning_rule(event, index)));
            }
        }
    } else {
        book->rejections++;
        rule = mapi_session_rule_name(mapi_session_rule(m, event, args));
        printf("rejected: %s", rule != NULL ? rule : mapi_session_verdict_name(verdict));
    }
    printf("\n");
}

/* All that a client does before each call. */
static bool may_call(mapi_session *m, log_book *book, unsigned event, unsigned args)
{
    return mapi_session_report(m, event, args, write_log, book) == MAPI_SESSION_ACCEPTED &&
           mapi_session_fire(m, event, args) == MAPI_SESSION_ACCEPTED;
}

int main(void)
{
    mapi_session one;
    mapi_session_init(&one);
    mapi_session other;
    mapi_session_init(&other);
    log_book first = {"first", 0, 0};
    log_book second = {"second", 0, 0};

    printf("What the listener is told of two clients:\n");
    may_call(&one, &first, MAPI_SESSION_EVENT_MAPI_INITIALIZE, 0);
    may_call(&other, &second, MAPI_SESSION_EVENT_MAPI_LOGON_EX, 0);
    may_call(&other, &second, MAPI_SESSION_EVENT_MAPI_INITIALIZE, 0);
    may_call(&one, &first, MAPI_SESSION_EVENT_MAPI_LOGON_EX, MAPI_SESSION_ARG_MAPI_LOGON_EX_OWNER);
    may_call(&one, &first, MAPI_SESSION_EVENT_OPEN_ADDRESS_BOOK, 0);
    may_call(&one, &first, MAPI_SESSION_EVENT_LOGOFF, 0);
    may_call(&one, &first, MAPI_SESSION_EVENT_RELEASE_ADDRESS_BOOK, 0);
    may_call(&one, &first, MAPI_SESSION_EVENT_RELEASE_ADDRESS_BOOK, 0);
    may_call(&one, &first, MAPI_SESSION_EVENT_LOGOFF, 0);

    printf("first: %u rejected, %u warned of; second: %u rejected, %u warned of\n",
           first.rejections, first.warnings, second.rejections, second.warnings);
    return first.rejections == 2 && first.warnings == 1 && second.rejections == 1 ? 0 : 1;
}
