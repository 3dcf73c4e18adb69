// A scope guard gives back where its scope ends what was taken in it, however the scope ends, and
// keeps the machine informed: guards act in the reverse order of their declarations, which is the
// order that a lifecycle wants. Here the API fails in the middle, and the function returns early.

#define MAPI_SESSION_IMPLEMENTATION
#include "mapi_session.h"

#include <cstdio>
#include <string_view>

namespace {

using HRESULT = long; // as on Windows: the call failed if it is negative

// The make-believe API: it says each call; the one of which it knows that it fails, fails.
struct mail_api {
    std::string_view failing;

    HRESULT call(const char *name) const
    {
        const bool fails = name == failing;
        std::printf("  %s%s\n", name, fails ? " fails" : "");
        return fails ? -2147467259L : 0;
    }
};

// Is told of each event that is rejected where a scope ends.
void complain(void *complaints, const mapi_session *, unsigned event, unsigned,
              mapi_session_verdict verdict, unsigned)
{
    std::printf("  %s is %s\n", mapi_session_event_name(event), mapi_session_verdict_name(verdict));
    ++*static_cast<int *>(complaints);
}

// A whole session. Gives the result of the call that failed, if one did.
HRESULT use_mail(mapi_session &m, const mail_api &api, int &complaints)
{
    HRESULT result = -1;
    const auto take = [&](unsigned event, const char *name) {
        return MAPI_SESSION_CALL_HRESULT(&m, event, 0, result, api.call(name)) ==
                   MAPI_SESSION_ACCEPTED && result >= 0;
    };
    const auto call = [&](const char *name) {
        return [&api, name] { return api.call(name) >= 0; };
    };

    if (!take(MAPI_SESSION_EVENT_MAPI_INITIALIZE, "MAPIInitialize")) {
        return result;
    }
    const mapi_session_scope mapi(m, MAPI_SESSION_EVENT_MAPI_UNINITIALIZE, 0,
                                  call("MAPIUninitialize"), complain, &complaints);
    if (!take(MAPI_SESSION_EVENT_OLE_INITIALIZE, "OleInitialize")) {
        return result;
    }
    const mapi_session_scope ole(m, MAPI_SESSION_EVENT_OLE_UNINITIALIZE, 0,
                                 call("OleUninitialize"), complain, &complaints);
    if (!take(MAPI_SESSION_EVENT_MAPI_LOGON_EX, "MAPILogonEx")) {
        return result;
    }
    const mapi_session_scope session(m, MAPI_SESSION_EVENT_RELEASE_SESSION, 0,
                                     call("Release the session"), complain, &complaints);
    const mapi_session_scope logon(m, MAPI_SESSION_EVENT_LOGOFF, 0,
                                   call("Logoff"), complain, &complaints);
    if (!take(MAPI_SESSION_EVENT_OPEN_MESSAGE_STORE, "OpenMsgStore")) {
        return result;
    }
    const mapi_session_scope store(m, MAPI_SESSION_EVENT_RELEASE_MESSAGE_STORE, 0,
                                   call("Release the store"), complain, &complaints);
    if (!take(MAPI_SESSION_EVENT_ADVISE, "Advise")) {
        return result;
    }
    const mapi_session_scope registration(m, MAPI_SESSION_EVENT_UNADVISE, 0,
                                          call("Unadvise"), complain, &complaints);
    return result;
}

// Gives whether everything was given back without a complaint.
bool run(std::string_view failing)
{
    mapi_session m{};
    int complaints = 0;
    const HRESULT result = use_mail(m, mail_api{failing}, complaints);
    const bool finished = mapi_session_finished(&m);
    std::printf("  -> %s, %s\n", result >= 0 ? "success" : "failure",
                finished ? "everything is given back" : "something is still held");
    return finished && complaints == 0;
}

} // namespace

int main()
{
    std::printf("All is well:\n");
    const bool well = run("");
    std::printf("The store cannot be opened:\n");
    const bool early = run("OpenMsgStore");
    return well && early ? 0 : 1;
}
