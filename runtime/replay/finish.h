/* A part of replay.c: the way from where a trace stops to the end of the lifecycle.
 *
 * The header knows the next event on a way, in no time and without memory, so that a way can be as
 * long as the counts are large; but it does not know every way. A search knows every way, as long
 * as there are not too many configurations to look at. Who says that there is none has searched.
 */

/* So many copies are looked at to see whether there is a shorter way than the header's. */
enum { CHECKED_MACHINES = LASTCALL_SEARCHED / 64 };

/* An event of the way; of one that nobody calls a comment says so. */
static void putStep(unsigned event, unsigned arguments)
{
    const char *name;
    fputs(sureName(NAME(event_name)(event)), stdout);
    for (unsigned i = 0; (name = NAME(argument_name)(event, i)) != NULL; i++) {
        if (arguments >> i & 1u) {
            fprintf(stdout, " %s", name);
        }
    }
    fputs(NAME(is_awaited)(event) ? " # wait for it\n" : "\n", stdout);
}

/* Goes the header's way, which can be long, so that it is not kept but gone twice: of a way that
 * breaks off nothing is to be printed. Gives its events, 0 if it does not lead to the end. */
static uint64_t walkWay(lifecycleMachine machine, bool printing)
{
    lifecycleMachine passed = machine; /* to come by here again is to go in a circle */
    uint64_t length = 0, next_passed = 1;
    unsigned event, arguments;
    while (NAME(next)(&machine, &event, &arguments)) {
        const unsigned verdict = NAME(fire)(&machine, event, arguments);
        if (verdict != ACCEPTED || memcmp(&machine, &passed, sizeof machine) == 0) {
            return 0;
        }
        if (++length == next_passed) {
            passed = machine;
            next_passed *= 2;
        }
        if (printing) {
            putStep(event, arguments);
        }
    }
    return NAME(finished)(&machine) ? length : 0;
}

/* Prints the way that the search has found. */
static void putFoundWay(void)
{
    for (uint32_t step = firstOfWay(); step != NO_STEP; step = waySearch.steps[step].from) {
        putStep(waySearch.steps[step].event, waySearch.steps[step].arguments);
    }
}

static void putNoWay(const struct replayedTrace *trace)
{
    putWords(trace->names.text);
    if (waySearch.cut_short) {
        putWords(": no legal way to the end was found, and there may be one: the search was cut "
                 "short after ");
        putNumber(waySearch.count);
        putWords(" configurations; it began in state ");
    } else {
        putWords(": no legal way leads to the end from state ");
    }
    putWords(stateName(&trace->machine));
    putOutstanding(&trace->machine, false, "; still to be given back: ", ", ", " ");
    putWords("\n");
}

/* Prints the way to the end, or says that there is none. */
static enum exitStatus putWay(const struct replayedTrace *trace)
{
    const lifecycleMachine *start = &trace->machine;
    if (NAME(finished)(start)) {
        return STATUS_FINE;
    }
    const uint64_t length = walkWay(*start, false);
    const size_t limit = length != 0 ? CHECKED_MACHINES : LASTCALL_SEARCHED;
    if (searchWay(start, SHORTEST_FIRST, limit) && (length == 0 || lengthOfWay() < length)) {
        putFoundWay();
        return STATUS_FINE;
    }
    if (length != 0) {
        walkWay(*start, true);
        return STATUS_FINE;
    }
    if (waySearch.cut_short && searchWay(start, FEWEST_LEFT_FIRST, limit)) {
        fputs("# there may be a shorter way: not all could be looked at\n", stdout);
        putFoundWay();
        return STATUS_FINE;
    }
    putNoWay(trace);
    return STATUS_FAULTY;
}
