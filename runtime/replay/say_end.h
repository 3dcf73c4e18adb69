/* A part of replay.c: what is said of a trace as a whole, when it has ended. */

/* The holdings that are not 0, all or only those that must be given back, with what comes before
 * the first, between two, after a name. */
static void putOutstanding(const lifecycleMachine *machine, bool all, const char *before,
                           const char *between, const char *after_name)
{
    const unsigned count = HOLDING_COUNT; /* may be 0 */
    for (unsigned holding = 0; holding < count; holding++) {
        const uint32_t held = NAME(held)(machine, holding);
        if (held != 0 && (all || !NAME(may_remain)(holding))) {
            putWords(before);
            putWords(sureName(NAME(holding_name)(holding)));
            putWords(after_name);
            putNumber(held);
            before = between;
        }
    }
}

static void putEndJson(const struct replayedTrace *trace)
{
    const lifecycleMachine *machine = &trace->machine;
    putWords("{\"events\": ");
    putNumber(trace->accepted + trace->rejected);
    putWords(", \"accepted\": ");
    putNumber(trace->accepted);
    putWords(", \"rejected\": ");
    putNumber(trace->rejected);
    putWords(", \"state\": \"");
    putWords(stateName(machine));
    putWords(NAME(finished)(machine) ? "\", \"finished\": true" : "\", \"finished\": false");
    putWords(", \"outstanding\": {");
    putOutstanding(machine, true, "\"", ", \"", "\": ");
    if (optionWanted.observe) {
        putWords("}, \"leaked\": {");
        putOutstanding(machine, false, "\"", ", \"", "\": ");
    }
    putWords("}}\n");
}

static void putEndText(const struct replayedTrace *trace)
{
    const lifecycleMachine *machine = &trace->machine;
    const uint64_t events = trace->accepted + trace->rejected;
    putWords(trace->name);
    putWords(": ");
    putNumber(events);
    putWords(events == 1 ? " event, " : " events, ");
    putNumber(trace->accepted);
    putWords(" accepted");
    if (trace->warned != 0) {
        putWords(" (");
        putNumber(trace->warned);
        putWords(" with a warning)");
    }
    putWords(", ");
    putNumber(trace->rejected);
    putWords(NAME(finished)(machine) ? " rejected; finished in state "
                                     : " rejected; not finished: in state ");
    putWords(stateName(machine));
    putOutstanding(machine, true, ", outstanding: ", ", ", " ");
    if (optionWanted.observe) {
        putOutstanding(machine, false, "; leaked: ", ", ", " ");
    }
    putWords("\n");
}
