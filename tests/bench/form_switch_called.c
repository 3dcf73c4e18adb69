/* The hand-written switch, called as a function. Every ratio is to this form. */
#include "switch.h"

#define FORM form_switch_called
#define FORM_NAME "switch_called"
#define FORM_TITLE "hand-written switch, called"
#define FORM_JUDGES 1
#define MACHINE switch_session
#define FIRE(m, event, args) switch_fire(m, event, args)
#define LOOP
#include "form_loops.h"
