/* A part of replay_calls.c: the guard that it is compiled for, under names that are the same for
 * all. */

#define PASTE_EXPANDED(left, right) left##_##right
#define PASTE(left, right) PASTE_EXPANDED(left, right)
#define NAME(suffix) PASTE(LASTCALL_NAME, suffix)         /* NAME(check) is db_guard_check */
#define CONSTANT(suffix) PASTE(LASTCALL_CONSTANT, suffix) /* likewise DB_GUARD_ACCEPTED */

#include LASTCALL_HEADER

/* What the guard's header declares begins with its name. What the replayer declares for itself has
 * a capital letter in it. */
typedef LASTCALL_NAME lifecycleMachine;
typedef NAME(call) guardedCall;
typedef NAME(object) guardedObject;
typedef NAME(place) guardedPlace;

enum { PER_THREAD = 1, WITH_HANDLES = 2, NO_EVENT = 0xFFFF };

/* A name that the header gave and that there is; without this, compilers warn of NULL. */
static const char *sureName(const char *name)
{
    return name != NULL ? name : "";
}
