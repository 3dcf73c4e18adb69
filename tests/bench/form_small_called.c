/* The generated header as NAME_SMALL, its fire called.
 * bench.py makes the functions of this copy local to its object. */
#define MAPI_SESSION_SMALL
#define MAPI_SESSION_NO_TEXT
#include "mapi_session.h"

__attribute__((noinline)) mapi_session_verdict mapi_session_fire(mapi_session *m, unsigned event, unsigned args);

#define MAPI_SESSION_IMPLEMENTATION
#include "mapi_session.h"

#define FORM form_small_called
#define FORM_NAME "small_called"
#define FORM_TITLE "NAME_SMALL, called"
#define FORM_JUDGES 1
#define MACHINE mapi_session
#define FIRE(m, event, args) mapi_session_fire(m, event, args)
#define LOOP
#include "form_loops.h"
