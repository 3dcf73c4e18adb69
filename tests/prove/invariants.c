/* Fires the events of a trace on a generated machine and prints, for its beginning and after each
 * event, a line with the invariant that it breaks there, or `none`.
 *
 * The arguments are the numbers of each event and of its arguments' bits, in turn. The exit status
 * is 1, after `rejected`, where an event is not accepted.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include LIFECYCLE_HEADER

#include "invariants.h"

#define PASTE_EXPANDED(left, right) left##_##right
#define PASTE(left, right) PASTE_EXPANDED(left, right)
#define NAME(suffix) PASTE(LIFECYCLE, suffix)

static void say(const LIFECYCLE *machine)
{
    const char *broken = invariant_names[broken_invariant(machine)];
    puts(broken != NULL ? broken : "none");
}

int main(int argc, char **argv)
{
    LIFECYCLE machine = {0};
    int index;

    say(&machine);
    for (index = 1; index + 1 < argc; index += 2) {
        const unsigned event = (unsigned)strtoul(argv[index], NULL, 10);
        const unsigned arguments = (unsigned)strtoul(argv[index + 1], NULL, 10);
        if (NAME(fire)(&machine, event, arguments) != 0) {
            puts("rejected");
            return 1;
        }
        say(&machine);
    }
    return 0;
}
