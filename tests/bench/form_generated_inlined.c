/* The generated header, inlined into the loop.
 * bench.py makes the functions of this copy local to its object. */
#include "generated.c"

#define FORM form_generated_inlined
#define FORM_NAME "generated_inlined"
#define FORM_TITLE "generated header, inlined"
#define FORM_JUDGES 1
#define MACHINE mapi_session
#define FIRE(m, event, args) mapi_session_fire(m, event, args)
#define LOOP FLATTEN
#include "form_loops.h"
