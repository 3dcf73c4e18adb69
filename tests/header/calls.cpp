// What the macros, the listener and the scope guard of a header promise, in C++. Says the line at
// which a promise is broken; test_calls.py runs it.

extern "C" { // as if the header were any header of C: that must not matter to its templates
#define MAPI_SESSION_IMPLEMENTATION
#include "mapi_session.h"
}

#include <cstddef>
#include <cstdio>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#define PROMISE(condition) \
    do { \
        if (!(condition)) { \
            return __LINE__; \
        } \
    } while (false)

namespace {

enum : unsigned {
    INITIALIZE = MAPI_SESSION_EVENT_MAPI_INITIALIZE,
    UNINITIALIZE = MAPI_SESSION_EVENT_MAPI_UNINITIALIZE,
    LOG_ON = MAPI_SESSION_EVENT_MAPI_LOGON_EX,
    LOGOFF = MAPI_SESSION_EVENT_LOGOFF,
    RELEASE = MAPI_SESSION_EVENT_RELEASE_SESSION,
    OPEN = MAPI_SESSION_EVENT_OPEN_MESSAGE_STORE,
    CLOSE = MAPI_SESSION_EVENT_RELEASE_MESSAGE_STORE,
};

mapi_session logged_on()
{
    mapi_session m{};
    mapi_session_fire(&m, INITIALIZE, 0);
    mapi_session_fire(&m, LOG_ON, MAPI_SESSION_ARG_MAPI_LOGON_EX_OWNER);
    return m;
}

bool same(const mapi_session &one, const mapi_session &other)
{
    return std::memcmp(&one, &other, sizeof one) == 0;
}

int macros()
{
    mapi_session m{};
    int made = 0;
    const auto call = [&](auto result) { return made++, result; };

    // A rejected event: the call is not made, the result stays.
    long hr = 77;
    PROMISE(MAPI_SESSION_CALL_HRESULT(&m, LOG_ON, 0, hr, call(0L)) == MAPI_SESSION_REJECTED_STATE);
    PROMISE(made == 0 && hr == 77 && same(m, mapi_session{}));

    // A legal event whose call fails, in each kind of result: the call is made once, nothing moves.
    PROMISE(MAPI_SESSION_CALL_HRESULT(&m, INITIALIZE, 0, hr, call(-1L)) == MAPI_SESSION_ACCEPTED);
    PROMISE(made == 1 && hr == -1 && same(m, mapi_session{}));
    int error = 0;
    PROMISE(MAPI_SESSION_CALL_INT(&m, INITIALIZE, 0, error, call(-5)) == MAPI_SESSION_ACCEPTED);
    PROMISE(made == 2 && error == -5 && same(m, mapi_session{}));
    int *pointer = &error;
    int *const nothing = nullptr;
    PROMISE(MAPI_SESSION_CALL_POINTER(&m, INITIALIZE, 0, pointer, call(nothing)) ==
            MAPI_SESSION_ACCEPTED);
    PROMISE(made == 3 && pointer == nullptr && same(m, mapi_session{}));
    PROMISE(MAPI_SESSION_CALL(&m, INITIALIZE, 0, call(false)) == MAPI_SESSION_ACCEPTED);
    PROMISE(made == 4 && same(m, mapi_session{}));

    // Success, in each kind of result; an HRESULT above 0 is one.
    PROMISE(MAPI_SESSION_CALL_HRESULT(&m, INITIALIZE, 0, hr, call(1L)) == MAPI_SESSION_ACCEPTED);
    PROMISE(MAPI_SESSION_CALL_INT(&m, INITIALIZE, 0, error, call(0)) == MAPI_SESSION_ACCEPTED);
    PROMISE(MAPI_SESSION_CALL_POINTER(&m, INITIALIZE, 0, pointer, call(&error)) ==
            MAPI_SESSION_ACCEPTED);
    PROMISE(MAPI_SESSION_CALL(&m, INITIALIZE, 0, call(true)) == MAPI_SESSION_ACCEPTED);
    PROMISE(made == 8 && mapi_session_held(&m, MAPI_SESSION_HELD_MAPI) == 4);

    // As statements, and with expressions of low precedence.
    MAPI_SESSION_CALL_INT(&m, made > 0 ? INITIALIZE : LOGOFF, 0 | 0, error, made > 0 ? 0 : 1);
    MAPI_SESSION_CALL(made > 0 ? &m : nullptr, INITIALIZE, 0, (made++, made) > 0 || made < 0);
    PROMISE(mapi_session_held(&m, MAPI_SESSION_HELD_MAPI) == 6);

    // A call that moves the machine itself: the verdict is that of firing after it.
    m = mapi_session{};
    mapi_session_fire(&m, INITIALIZE, 0);
    PROMISE(MAPI_SESSION_CALL(&m, LOG_ON, 0,
                              mapi_session_fire(&m, LOG_ON, 0) == MAPI_SESSION_ACCEPTED) ==
            MAPI_SESSION_REJECTED_STATE);
    PROMISE(mapi_session_held(&m, MAPI_SESSION_HELD_SESSION_REFS) == 1);
    return 0;
}

struct told {
    std::string words;
};

void listen(void *context, const mapi_session *, unsigned event, unsigned args,
            mapi_session_verdict verdict, unsigned warnings)
{
    told &book = *static_cast<told *>(context);
    book.words += std::to_string(event) + "/" + std::to_string(args) + "/" +
                  std::to_string(verdict) + "/" + std::to_string(warnings) + " ";
}

std::string entry(unsigned event, unsigned args, mapi_session_verdict verdict, unsigned warnings)
{
    told book;
    listen(&book, nullptr, event, args, verdict, warnings);
    return book.words;
}

int listener()
{
    mapi_session m = logged_on();
    const mapi_session before = m;
    told book;

    PROMISE(mapi_session_report(&m, OPEN, 0, listen, &book) == MAPI_SESSION_ACCEPTED);
    PROMISE(book.words.empty());
    PROMISE(mapi_session_report(&m, CLOSE, 0, listen, &book) == MAPI_SESSION_REJECTED_NOT_HELD);
    PROMISE(mapi_session_report(&m, LOGOFF, 0, listen, &book) == MAPI_SESSION_ACCEPTED);
    PROMISE(mapi_session_report(&m, 999, 7, listen, &book) == MAPI_SESSION_BAD_EVENT);
    PROMISE(book.words == entry(CLOSE, 0, MAPI_SESSION_REJECTED_NOT_HELD, 0) +
                              entry(LOGOFF, 0, MAPI_SESSION_ACCEPTED,
                                    MAPI_SESSION_WARN_LOGOFF_OTHERS_NOT_NOTIFIED) +
                              entry(999, 7, MAPI_SESSION_BAD_EVENT, 0));
    PROMISE(mapi_session_report(&m, CLOSE, 0, nullptr, nullptr) == MAPI_SESSION_REJECTED_NOT_HELD);
    PROMISE(same(m, before));
    return 0;
}

std::string done; // by the guards, in order

bool uninitialize()
{
    done += "mapi ";
    return true;
}

int guards()
{
    mapi_session m{};
    done.clear();
    mapi_session_fire(&m, INITIALIZE, 0);
    {
        const mapi_session_scope mapi(m, UNINITIALIZE, 0, uninitialize); // a function is a call, too
        mapi_session_fire(&m, LOG_ON, 0);
        const mapi_session_scope session(m, RELEASE, 0, [] { return done += "session ", true; });
        const mapi_session_scope logon(m, LOGOFF, 0, [] { return done += "logoff ", true; });
        PROMISE(done.empty());
    }
    PROMISE(done == "logoff session mapi " && mapi_session_finished(&m));

    // The call fails: nothing moves, and what comes after is judged so.
    m = logged_on();
    told book;
    {
        const mapi_session_scope session(m, RELEASE, 0, [] { return true; }, listen, &book);
        const mapi_session_scope logon(m, LOGOFF, MAPI_SESSION_ARG_LOGOFF_SHARED,
                                       [] { return false; }, listen, &book);
    }
    PROMISE(same(m, logged_on()));
    PROMISE(book.words == entry(RELEASE, 0, MAPI_SESSION_REJECTED_NEED, 0));

    // Dismissed: no call, and nobody is told.
    done.clear();
    {
        mapi_session_scope close(m, CLOSE, 0, [] { return done += "close", true; }, listen, &book);
        close.dismiss();
    }
    PROMISE(done.empty() && same(m, logged_on()));

    // A rejected event is not called; without a listener nobody needs to be told.
    {
        const mapi_session_scope close(m, CLOSE, 0, [] { return done += "close", true; });
    }
    PROMISE(done.empty() && same(m, logged_on()));
    return 0;
}

// A guard can be made by a function, though it can be neither copied nor moved.
auto guarded(mapi_session &m, std::unique_ptr<std::string> what)
{
    return mapi_session_scope(m, CLOSE, 0, [what = std::move(what)] { return done += *what, true; });
}

int more_guards()
{
    // A call that can only be moved.
    mapi_session m = logged_on();
    done.clear();
    mapi_session_fire(&m, OPEN, 0);
    {
        const auto close = guarded(m, std::make_unique<std::string>("closed"));
    }
    PROMISE(done == "closed" && same(m, logged_on()));

    // A call that changes what it has captured.
    mapi_session_fire(&m, OPEN, 0);
    {
        const mapi_session_scope close(m, CLOSE, 0, [made = 0]() mutable { return ++made == 1; });
    }
    PROMISE(same(m, logged_on()));

    // An exception leaves the scope, and everything is given back on its way.
    done.clear();
    try {
        mapi_session_fire(&m, OPEN, 0);
        const mapi_session_scope first(m, CLOSE, 0, [] { return done += "first ", true; });
        mapi_session_fire(&m, OPEN, 0);
        const mapi_session_scope second(m, CLOSE, 0, [] { return done += "second ", true; });
        throw std::runtime_error("in the middle");
    } catch (const std::runtime_error &) {
        done += "caught";
    }
    PROMISE(done == "second first caught" && same(m, logged_on()));
    return 0;
}

} // namespace

int main()
{
    for (int (*const promises)() : {macros, listener, guards, more_guards}) {
        if (const int line = promises(); line != 0) {
            std::printf("calls.cpp:%d: a promise is broken\n", line);
            return 1;
        }
    }
    return 0;
}
