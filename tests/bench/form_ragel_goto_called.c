/* Ragel's own C as gotos (-G2), with a driver around it, called as a function. */
#include "ragel.h"

#define FORM form_ragel_goto_called
#define FORM_NAME "ragel_goto_called"
#define FORM_TITLE "Ragel -G2 and a driver, called"
#define FORM_JUDGES 1
#define MACHINE ragel_session
#define START(m) ragel_goto_init(m)
#define FIRE(m, event, args) ragel_goto_fire(m, event, args)
#define LOOP
#include "form_loops.h"
