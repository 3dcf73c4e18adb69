/* The loops that are timed, the same text for every form. A form's file includes this once, after
 * it has defined
 *
 *     FORM                 the name of its struct form
 *     FORM_NAME, FORM_TITLE, FORM_JUDGES
 *     MACHINE              the type of its machine, whose zero bytes are the initial state
 *     FIRE(m, event, args) the call that is timed: the verdict, 0 if accepted
 *     LOOP                 attributes of the loops: FLATTEN where FIRE is to be inlined, else empty
 */
#include "form.h"

#define FLATTEN __attribute__((flatten))

LOOP static uint64_t loop_one(const struct step *trace, size_t count)
{
    static const MACHINE initial;
    MACHINE m = initial;
    uint64_t sum = 0;

    for (size_t i = 0; i < count; i++)
        sum = trace_sum(sum, (unsigned)FIRE(&m, trace[i].event, trace[i].args));
    return sum;
}

LOOP static void loop_prepare(void *machines, const struct step *trace, size_t machine_count)
{
    static const MACHINE initial;
    MACHINE m = initial;
    MACHINE *const all = machines;

    for (size_t i = 0; i < machine_count; i++) {
        all[i] = m;
        (void)FIRE(&m, trace[i].event, trace[i].args);
    }
}

LOOP static uint64_t loop_many(void *machines, const struct visit *visits, size_t count)
{
    MACHINE *const all = machines;
    uint64_t sum = 0;

    for (size_t i = 0; i < count; i++) {
        const struct step step = visits[i].step;
        sum = trace_sum(sum, (unsigned)FIRE(&all[visits[i].machine], step.event, step.args));
    }
    return sum;
}

const struct form FORM = {
    FORM_NAME, FORM_TITLE, FORM_JUDGES, sizeof(MACHINE), loop_one, loop_prepare, loop_many,
};
