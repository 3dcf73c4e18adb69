/* The generated header, its fire called as a function of generated.c. */
#define MAPI_SESSION_NO_TEXT
#include "mapi_session.h"

#define FORM form_generated_called
#define FORM_NAME "generated_called"
#define FORM_TITLE "generated header, called"
#define FORM_JUDGES 1
#define MACHINE mapi_session
#define FIRE(m, event, args) mapi_session_fire(m, event, args)
#define LOOP
#include "form_loops.h"
