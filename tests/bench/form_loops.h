/* The loops that are timed, the same text for every form. A form's file includes this once, after
 * it has defined
 *
 *     FORM                 the name of its struct form
 *     FORM_NAME, FORM_TITLE, FORM_JUDGES
 *     MACHINE              the type of its machine
 *     START(m)             makes a machine initial; left out where zero bytes are
 *     FIRE(m, event, args) the call that is timed: the verdict, 0 if accepted
 *     LOOP                 attributes of the loops: FLATTEN where FIRE is to be inlined, else empty
 */
#include "form.h"

#ifndef START
#include <string.h>
#define START(m) memset(m, 0, sizeof *(m))
#endif

#define FLATTEN __attribute__((flatten))

LOOP static void loop_prepare(void *machines, const struct step *trace, size_t machine_count)
{
    MACHINE m;
    MACHINE *const all = machines;

    START(&m);
    for (size_t i = 0; i < machine_count; i++) {
        all[i] = m;
        (void)FIRE(&m, trace[i].event, trace[i].args);
    }
}

LOOP static uint64_t loop_one(void *machine, const struct step *trace, size_t count, uint64_t sum)
{
    MACHINE m = *(MACHINE *)machine;

    for (size_t i = 0; i < count; i++)
        sum = trace_sum(sum, (unsigned)FIRE(&m, trace[i].event, trace[i].args));
    *(MACHINE *)machine = m;
    return sum;
}

LOOP static uint64_t loop_many(void *machines, const struct visit *visits, size_t count,
                               uint64_t sum)
{
    MACHINE *const all = machines;

    for (size_t i = 0; i < count; i++) {
        const struct step step = visits[i].step;
        sum = trace_sum(sum, (unsigned)FIRE(&all[visits[i].machine], step.event, step.args));
    }
    return sum;
}

const struct form FORM = {
    FORM_NAME, FORM_TITLE, FORM_JUDGES, sizeof(MACHINE), loop_prepare, loop_one, loop_many,
};
