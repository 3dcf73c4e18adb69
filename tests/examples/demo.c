/* What lastcall is for, on one screen: a client of MAPI that embeds the generated header.
 *
 * It fires an event for each call that it is about to make. First a session that ends as the documentation asks, in eight
 * steps; then the calls of a real program, which forgets one of them (exampleMapiConsoleApp of the microsoft/mfcmapi
 * repository). There is no MAPI here: only the order of the calls counts. */

#define MAPI_SESSION_IMPLEMENTATION
#include "mapi_session.h"

#include <stdio.h>

typedef struct step {
    const char *number; /* of the step in the documentation, or "" */
    unsigned event;
    unsigned args;
} step;

static const step clean_session[] = {
    {"", MAPI_SESSION_EVENT_MAPI_INITIALIZE, 0},
    {"", MAPI_SESSION_EVENT_OLE_INITIALIZE, 0},
    {"", MAPI_SESSION_EVENT_SC_INIT_MAPI_UTIL, 0},
    {"", MAPI_SESSION_EVENT_MAPI_LOGON_EX, MAPI_SESSION_ARG_MAPI_LOGON_EX_UI},
    {"", MAPI_SESSION_EVENT_OPEN_MESSAGE_STORE, 0},
    {"", MAPI_SESSION_EVENT_ADVISE, 0},
    {"", MAPI_SESSION_EVENT_CACHE_ENTRY_ID, 0},
    {"", MAPI_SESSION_EVENT_END_SESSION, 0},
    {"1", MAPI_SESSION_EVENT_UNADVISE, 0},
    {"2", MAPI_SESSION_EVENT_RELEASE_MESSAGE_STORE, 0},
    {"3", MAPI_SESSION_EVENT_MAPI_FREE_BUFFER, 0},
    {"4", MAPI_SESSION_EVENT_LOGOFF, MAPI_SESSION_ARG_LOGOFF_UI},
    {"5", MAPI_SESSION_EVENT_RELEASE_SESSION, 0},
    {"6", MAPI_SESSION_EVENT_OLE_UNINITIALIZE, 0},
    {"7", MAPI_SESSION_EVENT_MAPI_UNINITIALIZE, 0},
    {"8", MAPI_SESSION_EVENT_DEINIT_MAPI_UTIL, 0},
};

static const step real_program[] = {
    {"", MAPI_SESSION_EVENT_MAPI_INITIALIZE, 0},
    {"", MAPI_SESSION_EVENT_MAPI_LOGON_EX, MAPI_SESSION_ARG_MAPI_LOGON_EX_UI},
    {"", MAPI_SESSION_EVENT_OPEN_OTHER_OBJECT, 0},
    {"", MAPI_SESSION_EVENT_CALL_OBJECT, 0},
    {"", MAPI_SESSION_EVENT_CALL_OBJECT, 0},
    {"", MAPI_SESSION_EVENT_CALL_OBJECT, 0},
    {"", MAPI_SESSION_EVENT_RELEASE_OTHER_OBJECT, 0},
    {"", MAPI_SESSION_EVENT_RELEASE_SESSION, 0},
    {"", MAPI_SESSION_EVENT_MAPI_UNINITIALIZE, 0},
};

/* Prints a text with line ends at blanks, so that it stays within the screen. */
static void print_wrapped(const char *text, const char *indent)
{
    const int width = 92;
    int column = 0;
    printf("%s", indent);
    while (*text != '\0') {
        int length = 0;
        while (text[length] != '\0' && text[length] != ' ') {
            length++;
        }
        if (column != 0 && column + 1 + length > width) {
            printf("\n%s", indent);
            column = 0;
        }
        column += printf("%s%.*s", column != 0 ? " " : "", length, text);
        text += length + (text[length] == ' ');
    }
    printf("\n");
}

/* Fires the events and says what becomes of each; gives how many were rejected. */
static int follow(const step *steps, size_t count)
{
    mapi_session machine;
    mapi_session_init(&machine);
    int rejected = 0;
    size_t i;

    for (i = 0; i < count; i++) {
        const step *s = &steps[i];
        char why[1024];
        (void)mapi_session_explain(&machine, s->event, s->args, why, sizeof why); /* asked before the event */
        if (mapi_session_fire(&machine, s->event, s->args) == MAPI_SESSION_ACCEPTED) {
            printf("  %-1s %-22s -> %s\n", s->number, mapi_session_event_name(s->event),
                   mapi_session_state_name(mapi_session_state(&machine)));
        } else {
            printf("  %-1s %-22s rejected\n", s->number, mapi_session_event_name(s->event));
            print_wrapped(why, "        ");
            rejected++;
        }
    }
    printf("  %s\n", mapi_session_finished(&machine) ? "Finished: everything is given back."
                                                    : "Not finished: something is still held.");
    return rejected;
}

int main(void)
{
    int rejected;

    printf("A session that ends in the eight steps of the documentation:\n");
    rejected = follow(clean_session, sizeof clean_session / sizeof clean_session[0]);
    if (rejected != 0) {
        return 1; /* it is clean: nothing may be rejected */
    }
    printf("\nThe calls of a real program, which never logs off:\n");
    rejected = follow(real_program, sizeof real_program / sizeof real_program[0]);
    return rejected == 2 ? 0 : 1;
}
