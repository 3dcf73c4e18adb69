/* A part of replay.c: the lifecycle that it is compiled for, under names that are the same for all.
 */

#define PASTE_EXPANDED(left, right) left##_##right
#define PASTE(left, right) PASTE_EXPANDED(left, right)
#define NAME(suffix) PASTE(LASTCALL_NAME, suffix)         /* NAME(fire) is mapi_session_fire */
#define CONSTANT(suffix) PASTE(LASTCALL_CONSTANT, suffix) /* likewise MAPI_SESSION_ACCEPTED */
#define STRING_EXPANDED(name) #name
#define STRING(name) STRING_EXPANDED(name)

#include LASTCALL_HEADER

/* What a lifecycle's header declares has the lifecycle's name, or begins with it, in small letters.
 * What the replayer declares for itself has a capital letter in it: so no lifecycle can clash with
 * it.
 */
typedef LASTCALL_NAME lifecycleMachine;

/* The lifecycle's constants that are used below. They are taken here because what is included and
 * defined from here on may have the lifecycle's name in capitals. */
enum {
    ACCEPTED = CONSTANT(ACCEPTED),
    REJECTED_STATE = CONSTANT(REJECTED_STATE),
    REJECTED_NOT_HELD = CONSTANT(REJECTED_NOT_HELD),
    EVENT_COUNT = CONSTANT(EVENT_COUNT),
    HOLDING_COUNT = CONSTANT(HOLDING_COUNT), /* may be 0 */
    RULE_NONE = CONSTANT(RULE_NONE)
};

/* A name that the header gave and that there is; without this, compilers warn of NULL. */
static const char *sureName(const char *name)
{
    return name != NULL ? name : "";
}

static const char *stateName(const lifecycleMachine *machine)
{
    return sureName(NAME(state_name)(NAME(state)(machine)));
}
