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

/* The error that was said last, as a member of an object that has others. */
static void putErrorJson(void)
{
    putWords(", \"error\": \"");
    if (lastError.line != 0) {
        putWords("line ");
        putNumber(lastError.line);
        putWords(": ");
    }
    static char *text;
    putWords(showName(&text, lastError.text != NULL ? lastError.text : "", true));
    putWords("\"");
}

/* The closing object. Of bad input it tells how far the trace was judged, and why no further; it is
 * not finished then, as nobody knows how it would go on. */
static void putEndJson(const struct replayedTrace *trace, bool good)
{
    const bool finished = good && NAME(finished)(&trace->machine);
    const lifecycleMachine *machine = &trace->machine;
    putWords("{\"events\": ");
    putNumber(trace->accepted + trace->rejected);
    putWords(", \"accepted\": ");
    putNumber(trace->accepted);
    putWords(", \"rejected\": ");
    putNumber(trace->rejected);
    putWords(", \"state\": \"");
    putWords(stateName(machine));
    putWords(finished ? "\", \"finished\": true" : "\", \"finished\": false");
    putWords(", \"outstanding\": {");
    putOutstanding(machine, true, "\"", ", \"", "\": ");
    if (optionWanted.observe) {
        putWords("}, \"leaked\": {");
        putOutstanding(machine, false, "\"", ", \"", "\": ");
    }
    putWords("}, \"file\": \"");
    putWords(trace->names.json);
    putWords("\"");
    if (!good) {
        putErrorJson();
    }
    putWords("}\n");
}

static void putEndText(const struct replayedTrace *trace)
{
    const lifecycleMachine *machine = &trace->machine;
    const uint64_t events = trace->accepted + trace->rejected;
    const bool finished = NAME(finished)(machine);
    putWords(trace->names.text);
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
    putWords(finished ? " rejected; finished in state " : " rejected; not finished: in state ");
    putWords(stateName(machine));
    putOutstanding(machine, true, finished ? "; may remain: " : ", outstanding: ", ", ", " ");
    if (optionWanted.observe) {
        putOutstanding(machine, false, "; leaked: ", ", ", " ");
    }
    putWords("\n");
}
