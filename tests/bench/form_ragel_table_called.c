/* Ragel's own C as tables (-F1), with a driver around it, called as a function. */
#include "ragel.h"

#define FORM form_ragel_table_called
#define FORM_NAME "ragel_table_called"
#define FORM_TITLE "Ragel -F1 and a driver, called"
#define FORM_JUDGES 1
#define MACHINE ragel_session
#define START(m) ragel_table_init(m)
#define FIRE(m, event, args) ragel_table_fire(m, event, args)
#define LOOP
#include "form_loops.h"
