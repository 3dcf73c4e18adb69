/* A part of replay.c: what a rejection says beside its verdict with --json, as members of its object: all that the sentence says. */

enum {
    ADVICE_STEPS = 32, /* different ones in a row */
    ADVICE_LIMIT = 100 /* of an advice that is given event by event; the sentence says any number */
};

/* Text that grows at its end. */
struct growingText {
    char *bytes;
    size_t length, size;
};

static void growWords(struct growingText *text, const char *words)
{
    const size_t length = strlen(words);
    if (text->length + length + 1 > text->size) {
        text->size = 2 * (text->length + length + 1);
        char *bytes = realloc(text->bytes, text->size);
        if (bytes == NULL) {
            reportUnreadable(PROGRAM, 0, "explain an event");
            printError();
            leaveProgram();
            return;
        }
        text->bytes = bytes;
    }
    memcpy(text->bytes + text->length, words, length + 1);
    text->length += length;
}

/* A member that is a text; none if there is no text. */
static void growMember(struct growingText *text, const char *key, const char *words)
{
    static char *shown;
    if (words != NULL) {
        growWords(text, key);
        growWords(text, showName(&shown, words, true));
        growWords(text, "\"");
    }
}

static void growHeld(struct growingText *text, const lifecycleMachine *machine)
{
    const unsigned count = HOLDING_COUNT; /* may be 0 */
    const char *before = "\"";
    growWords(text, ", \"held\": {");
    for (unsigned holding = 0; holding < count; holding++) {
        const uint32_t held = NAME(held)(machine, holding);
        if (held != 0) {
            char number[32];
            growWords(text, before);
            growWords(text, sureName(NAME(holding_name)(holding)));
            snprintf(number, sizeof number, "\": %" PRIu32, held);
            growWords(text, number);
            before = ", \"";
        }
    }
    growWords(text, "}");
}

/* What makes the event legal, a line of a trace for each event, in order. None if none is known, or if it is too long to be listed. */
static void growAdvice(struct growingText *text, const lifecycleMachine *machine, unsigned event, unsigned arguments)
{
    NAME(call) calls[ADVICE_STEPS];
    const size_t count = NAME(advice)(machine, event, arguments, calls, ADVICE_STEPS);
    const char *before = ", \"advice\": [\"";
    uint64_t events = 0;

    for (size_t call = 0; call < count && call < ADVICE_STEPS; call++) {
        events += calls[call].times;
    }
    if (count == 0 || count > ADVICE_STEPS || events > ADVICE_LIMIT) {
        return;
    }
    for (size_t call = 0; call < count; call++) {
        for (uint32_t time = 0; time < calls[call].times; time++) {
            const char *name;
            growWords(text, before);
            growWords(text, sureName(NAME(event_name)(calls[call].event)));
            for (unsigned i = 0; (name = NAME(argument_name)(calls[call].event, i)) != NULL; i++) {
                if (calls[call].args >> i & 1u) {
                    growWords(text, " ");
                    growWords(text, name);
                }
            }
            before = "\", \"";
        }
    }
    growWords(text, "\"]");
}

/* All of it, for an event that a machine rejects; `sentence` is the explanation. */
static void growDetails(struct growingText *text, const lifecycleMachine *machine, unsigned event, unsigned arguments,
                        const char *sentence)
{
    const unsigned rule = NAME(rule)(machine, event, arguments);
    text->length = 0;
    growMember(text, ", \"message\": \"", sentence);
    growMember(text, ", \"call\": \"", NAME(event_call)(event));
    growMember(text, ", \"source\": \"", rule == RULE_NONE ? NULL : NAME(rule_source)(rule));
    growHeld(text, machine);
    growAdvice(text, machine, event, arguments);
}
