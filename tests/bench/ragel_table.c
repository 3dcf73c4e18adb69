/* Ragel's own C of the machine as tables (-F1), with its driver: see ragel.rl.j2. */
#include "ragel.h"

#define RAGEL_INIT ragel_table_init
#define RAGEL_FIRE ragel_table_fire
#include "ragel_F1.c"
