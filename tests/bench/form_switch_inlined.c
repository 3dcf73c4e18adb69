/* The hand-written switch, inlined into the loop.
 * bench.py makes the functions of this copy local to its object. */
#include "switch.c"

#define FORM form_switch_inlined
#define FORM_NAME "switch_inlined"
#define FORM_TITLE "hand-written switch, inlined"
#define FORM_JUDGES 1
#define MACHINE switch_session
#define FIRE(m, event, args) switch_fire(m, event, args)
#define LOOP FLATTEN
#include "form_loops.h"
