/* What bench.c knows of a form of the machine: how to run a trace through it. Each form has a file
 * of its own, form_NAME.c. */
#ifndef FORM_H
#define FORM_H

#include "trace.h"

struct form {
    const char *name;    /* as the JSON has it */
    const char *title;   /* as the table has it */
    int judges;          /* 1: its verdicts have to be the switch's; 0: it counts nothing */
    size_t machine_size; /* bytes */

    /* Fills an array of machines: machine k as one machine is after k steps of the trace. */
    void (*prepare)(void *machines, const struct step *trace, size_t machine_count);

    /* Takes a machine through a trace: the checksum with the verdicts added to it. */
    uint64_t (*one)(void *machine, const struct step *trace, size_t count, uint64_t sum);

    /* Makes visits: the checksum with the verdicts added to it. */
    uint64_t (*many)(void *machines, const struct visit *visits, size_t count, uint64_t sum);
};

extern const struct form form_switch_called;
extern const struct form form_switch_inlined;
extern const struct form form_generated_called;
extern const struct form form_generated_inlined;
extern const struct form form_matrix_called;
extern const struct form form_ragel_goto_called;
extern const struct form form_ragel_table_called;

#endif
