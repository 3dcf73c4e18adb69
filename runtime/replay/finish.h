/* A part of replay.c: the way from where a trace stops to the end of the lifecycle. */

/* Goes the shortest legal way as far as it leads, and prints its events if they are wanted. */
static lifecycleMachine walkToEnd(lifecycleMachine machine, bool printing)
{
    unsigned event, arguments;
    while (NAME(next)(&machine, &event, &arguments)) {
        NAME(fire)(&machine, event, arguments);
        if (printing) {
            const char *name;
            fputs(sureName(NAME(event_name)(event)), stdout);
            for (unsigned i = 0; (name = NAME(argument_name)(event, i)) != NULL; i++) {
                if (arguments >> i & 1u) {
                    fprintf(stdout, " %s", name);
                }
            }
            fputs("\n", stdout);
        }
    }
    return machine;
}

/* Prints the way to the end. It can be long, so it is not kept but gone twice: of a way that breaks
 * off nothing is to be printed. */
static enum exitStatus putWay(const struct replayedTrace *trace)
{
    const lifecycleMachine last = walkToEnd(trace->machine, false);
    if (!NAME(finished)(&last)) {
        putWords(trace->name);
        putWords(": no legal way leads to the end: it breaks off in state ");
        putWords(stateName(&last));
        putOutstanding(&last, false, "; still to be given back: ", ", ", " ");
        putWords("\n");
        return STATUS_FAULTY;
    }
    walkToEnd(trace->machine, true);
    return STATUS_FINE;
}
