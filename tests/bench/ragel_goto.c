/* Ragel's own C of the machine as gotos (-G2), with its driver: see ragel.rl.j2. */
#include "ragel.h"

#define RAGEL_INIT ragel_goto_init
#define RAGEL_FIRE ragel_goto_fire
#include "ragel_G2.c"
