/* A part of replay.c: judging the events of a trace. */

static void judgeEvent(struct replayedTrace *trace, const struct traceRequest *request)
{
    const lifecycleMachine before = trace->machine;
    const unsigned event = request->event, arguments = request->arguments;
    const unsigned verdict = NAME(fire)(&trace->machine, event, arguments);
    unsigned warnings = 0;
    if (verdict == ACCEPTED) {
        trace->accepted++;
        warnings = NAME(warnings)(&before, event, arguments);
        trace->warned += warnings != 0;
    } else {
        trace->rejected++;
        if (optionWanted.observe) {
            NAME(observe)(&trace->machine, event, arguments);
        }
    }
    if (optionWanted.json) {
        putEventJson(trace, &before, request, verdict, warnings);
    } else if (verdict != ACCEPTED || warnings != 0) {
        putEventText(trace, &before, request, verdict);
    }
}

/* Judges all lines. False if there was bad input, which is still to be printed. */
static bool judgeTrace(struct replayedTrace *trace)
{
    enum lineResult result;
    while ((result = readLine(trace)) == LINE_READ) {
        const char *nul = trace->has_nul ? memchr(lineBytes, '\0', trace->length) : NULL;
        if (nul != NULL || trace->length > LINE_LIMIT) {
            reportBadLine(trace, nul);
            return false;
        }
        const struct traceRequest request = parseLine();
        if (request.bad_word != NULL) {
            if (request.event == EVENT_COUNT) {
                reportUnknownEvent(trace, &request);
            } else {
                reportUnknownArgument(trace, &request);
            }
            return false;
        }
        if (request.event != EVENT_COUNT) {
            judgeEvent(trace, &request);
        }
    }
    if (result == LINE_UNREADABLE) {
        reportUnreadable(trace->names.text, trace->block_end != NULL ? trace->line + 1 : 0, "read");
    }
    return result == LINE_MISSING;
}
