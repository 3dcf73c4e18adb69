/* Two lifecycles in one program: a session, and the message service of a provider.
 *
 * Each file that fires events includes the headers. One file alone, two_lifecycles_machines.c, also
 * defines the macros with which the headers bring their functions and texts. */

#include "mapi_session.h"
#include "message_service.h"

#include <stdio.h>

int main(void)
{
    const unsigned session_event = MAPI_SESSION_EVENT_DELETE_PROVIDER_DLL;
    const unsigned service_event = MESSAGE_SERVICE_EVENT_DELETE_PROVIDER_DLL;
    mapi_session session;
    mapi_session_init(&session);
    message_service service;
    message_service_init(&service);
    mapi_session_verdict of_session;
    message_service_verdict of_service;

    mapi_session_fire(&session, MAPI_SESSION_EVENT_MAPI_INITIALIZE, 0);
    message_service_fire(&service, MESSAGE_SERVICE_EVENT_CALL_INSTALL_ENTRY, 0);
    of_session = mapi_session_check(&session, session_event, 0);
    of_service = message_service_check(&service, service_event, 0);

    printf("May the DLL of the provider be deleted?\n");
    printf("  session, %s: %s\n", mapi_session_state_name(mapi_session_state(&session)),
           of_session == MAPI_SESSION_ACCEPTED ? "yes" : "no");
    printf("  service, %s: %s\n", message_service_state_name(message_service_state(&service)),
           of_service == MESSAGE_SERVICE_ACCEPTED ? "yes" : "no");
    return of_session == MAPI_SESSION_REJECTED_STATE && of_service == MESSAGE_SERVICE_ACCEPTED ? 0
                                                                                               : 1;
}
