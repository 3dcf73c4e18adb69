/* A part of replay.c: what is said of an event. */

/* Why an event was rejected, or what it was warned of. */
struct eventExplanation {
    lifecycleMachine before; /* the machine as the event found it */
    unsigned event, arguments;
    char *sentence; /* NULL if there is none yet */
    size_t length, size;
    struct growingText details; /* the same as members of an object; empty until they are wanted */
};

/* The explanation of an event. A rejected event changes nothing, so a program that goes on in its
 * error asks for the same sentences again and again: the last ones are kept. */
static struct eventExplanation *explainEvent(const lifecycleMachine *before,
                                             const struct traceRequest *request)
{
    static struct eventExplanation remembered[REMEMBERED];
    const unsigned event = request->event, arguments = request->arguments;
    char machine_bytes[sizeof *before];
    memcpy(machine_bytes, before, sizeof *before);
    struct eventExplanation *one =
        &remembered[(hashBytes(machine_bytes, sizeof machine_bytes) + event + 31 * arguments) %
                    REMEMBERED];
    if (one->sentence != NULL && one->event == event && one->arguments == arguments &&
        memcmp(&one->before, before, sizeof *before) == 0) {
        return one;
    }
    one->before = *before;
    one->event = event;
    one->arguments = arguments;
    one->length = NAME(explain)(before, event, arguments, one->sentence, one->size);
    if (one->length >= one->size) {
        one->size = one->length + 1;
        one->sentence = realloc(one->sentence, one->size);
        if (one->sentence == NULL) {
            reportUnreadable(PROGRAM, 0, "explain an event");
            printError();
            leaveProgram();
        }
        NAME(explain)(before, event, arguments, one->sentence, one->size);
    }
    one->details.length = 0;
    return one;
}

static void putEventText(const struct replayedTrace *trace, const lifecycleMachine *before,
                         const struct traceRequest *request, unsigned verdict)
{
    const struct eventExplanation *explanation = explainEvent(before, request);
    putWords(trace->names.text);
    putWords(":");
    putNumber(trace->line);
    putWords(": ");
    putBytes(explanation->sentence, explanation->length);
    if (optionWanted.observe && verdict != ACCEPTED) {
        putWords(" The event happened all the same; the state is now ");
        putWords(stateName(&trace->machine));
        putWords(".");
    }
    putWords("\n");
}

static void putEventJson(const struct replayedTrace *trace, const lifecycleMachine *before,
                         const struct traceRequest *request, unsigned verdict, unsigned warnings)
{
    const bool accepted = verdict == ACCEPTED;
    putWords("{\"line\": ");
    putNumber(trace->line);
    putWords(", \"event\": \"");
    putBytes(knownEvents[request->event].name, knownEvents[request->event].length);
    putWords(accepted ? "\", \"verdict\": \"accepted\", \"state\": \""
                      : "\", \"verdict\": \"rejected\", \"state\": \"");
    putWords(stateName(&trace->machine));
    putWords("\"");
    if (!accepted) {
        const unsigned rule = NAME(rule)(before, request->event, request->arguments);
        putWords(", \"reason\": \"");
        putWords(sureName(NAME(verdict_name)(verdict)));
        putWords("\"");
        if (rule != RULE_NONE) {
            putWords(", \"rule\": \"");
            putWords(sureName(NAME(rule_name)(rule)));
            putWords("\"");
        }
        struct eventExplanation *explanation = explainEvent(before, request);
        if (explanation->details.length == 0) {
            growDetails(&explanation->details, before, request->event, request->arguments, explanation->sentence);
        }
        putBytes(explanation->details.bytes, explanation->details.length);
    }
    if (warnings != 0) {
        const char *separator = ", \"warnings\": [\"";
        unsigned rule;
        for (unsigned i = 0; (rule = NAME(warning_rule)(request->event, i)) != RULE_NONE; i++) {
            if (warnings >> i & 1u) {
                putWords(separator);
                putWords(sureName(NAME(rule_name)(rule)));
                separator = "\", \"";
            }
        }
        putWords("\"]");
    }
    putWords("}\n");
}
