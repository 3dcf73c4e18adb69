/* A part of replay.c: the words of a line, an event and its arguments. */

/* What a line asks for. */
struct traceRequest {
    unsigned event; /* EVENT_COUNT if the line is empty, or its event unknown */
    unsigned arguments;
    const char *bad_word; /* NULL if all words are known */
    size_t bad_length;
};

static unsigned eventSlots[HASH_SLOTS]; /* a hash table of events; EVENT_COUNT where one is free */

static struct {
    const char *name;
    size_t length;
} knownEvents[EVENT_COUNT];

/* The slot of that event, or the free slot where it would be. */
static unsigned *findSlot(const char *word, size_t length)
{
    size_t slot = (size_t)((uint64_t)hashBytes(word, length) * HASH_SLOTS >> 32);
    for (;; slot = (slot + 1) % HASH_SLOTS) {
        const unsigned event = eventSlots[slot];
        if (event == EVENT_COUNT || (knownEvents[event].length == length &&
                                     memcmp(knownEvents[event].name, word, length) == 0)) {
            return &eventSlots[slot];
        }
    }
}

static void learnEvents(void)
{
    for (size_t slot = 0; slot < HASH_SLOTS; slot++) {
        eventSlots[slot] = EVENT_COUNT;
    }
    for (unsigned event = 0; event < EVENT_COUNT; event++) {
        knownEvents[event].name = sureName(NAME(event_name)(event));
        knownEvents[event].length = strlen(knownEvents[event].name);
        *findSlot(knownEvents[event].name, knownEvents[event].length) = event;
    }
}

/* The bit of that argument of the event, or 0. */
static unsigned findArgument(unsigned event, const char *word, size_t length)
{
    const char *name;
    for (unsigned i = 0; (name = NAME(argument_name)(event, i)) != NULL; i++) {
        if (strncmp(name, word, length) == 0 && name[length] == '\0') {
            return 1u << i;
        }
    }
    return 0;
}

/* Looks up the words of the line in lineBytes, up to the first that is not known. */
static struct traceRequest parseLine(void)
{
    struct traceRequest request = {.event = EVENT_COUNT};
    const char *word = lineBytes;
    size_t length = 0;
    for (;;) {
        word += length;
        while (*word == ' ' || *word == '\t') {
            word++;
        }
        length = strcspn(word, " \t#");
        bool known = true;
        if (length == 0) {
            return request; /* the line ends here, or a comment begins */
        }
        if (request.event == EVENT_COUNT) {
            request.event = *findSlot(word, length);
            known = request.event != EVENT_COUNT;
        } else {
            const unsigned argument = findArgument(request.event, word, length);
            request.arguments |= argument; /* given twice, it counts once */
            known = argument != 0;
        }
        if (!known) {
            request.bad_word = word;
            request.bad_length = length;
            return request;
        }
    }
}

static void sayGuess(const char *name)
{
    sayError("; did you mean '");
    sayError(name);
    sayError("'?");
}

static void reportUnknownEvent(const struct replayedTrace *trace,
                               const struct traceRequest *request)
{
    struct bestGuess guess = {.word = request->bad_word, .length = request->bad_length};
    for (unsigned event = 0; event < EVENT_COUNT; event++) {
        considerName(&guess, NAME(event_name)(event));
    }
    beginError(trace->names.text, trace->line);
    sayError("unknown event ");
    sayQuoted(guess.word, guess.length);
    if (guess.name) {
        sayGuess(guess.name);
    } else {
        sayError("; " PROGRAM " --help lists the events");
    }
}

static void reportUnknownArgument(const struct replayedTrace *trace,
                                  const struct traceRequest *request)
{
    struct bestGuess guess = {.word = request->bad_word, .length = request->bad_length};
    const char *name;
    for (unsigned i = 0; (name = NAME(argument_name)(request->event, i)) != NULL; i++) {
        considerName(&guess, name);
    }
    beginError(trace->names.text, trace->line);
    sayError("event '");
    sayError(sureName(NAME(event_name)(request->event)));
    sayError("' takes no argument ");
    sayQuoted(guess.word, guess.length);
    if (guess.name) {
        sayGuess(guess.name);
    } else if (NAME(argument_name)(request->event, 0) == NULL) {
        sayError("; it takes none");
    } else {
        const char *before = "; it takes '";
        for (unsigned i = 0; (name = NAME(argument_name)(request->event, i)) != NULL; i++) {
            sayError(before);
            sayError(name);
            before = "', '";
        }
        sayError("'");
    }
}

/* For a line that is too long or holds a NUL byte: says which of the two comes first. */
static void reportBadLine(const struct replayedTrace *trace, const char *nul)
{
    beginError(trace->names.text, trace->line);
    if (nul != NULL && nul - lineBytes < LINE_LIMIT) {
        sayError("NUL byte in column ");
        sayErrorNumber((int)(nul - lineBytes) + 1);
        sayError("; a trace is text");
    } else {
        sayError("the line is longer than ");
        sayErrorNumber(LINE_LIMIT);
        sayError(" bytes");
    }
}
