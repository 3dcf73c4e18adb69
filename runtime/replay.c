/* NAME-replay: judges traces of events by a lifecycle that lastcall generated.
 *
 * This file is the same for every lifecycle. The compile command says which one it is for, and
 * defines the macro that makes the lifecycle's header bring its functions and text along:
 *
 *     cc -O2 -DLASTCALL_HEADER='<mapi_session.h>' -DLASTCALL_NAME=mapi_session \
 *        -DLASTCALL_CONSTANT=MAPI_SESSION -DMAPI_SESSION_IMPLEMENTATION \
 *        -I DIRECTORY_OF_THE_HEADER replay.c -o mapi_session-replay
 *
 * -DLASTCALL_VERSION='"1.2.3"' is what --version says.
 *
 * It goes through a trace line by line: reads the line, looks up its words, judges the event, says
 * what is to be said. Nothing is kept but the machine, so that a trace of any length takes the same
 * memory: traces are logs, and logs are large. All stands in one file, so that one command compiles
 * it for any lifecycle.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif
#ifndef _FILE_OFFSET_BITS
#define _FILE_OFFSET_BITS 64 /* traces over 2 GB on 32-bit machines too */
#endif

#define PASTE_EXPANDED(left, right) left##_##right
#define PASTE(left, right) PASTE_EXPANDED(left, right)
#define NAME(suffix) PASTE(LASTCALL_NAME, suffix)         /* NAME(fire) is mapi_session_fire */
#define CONSTANT(suffix) PASTE(LASTCALL_CONSTANT, suffix) /* likewise MAPI_SESSION_ACCEPTED */
#define STRING_EXPANDED(name) #name
#define STRING(name) STRING_EXPANDED(name)

#include LASTCALL_HEADER

/* What a lifecycle's header declares has the lifecycle's name, or begins with it, in small letters.
 * What this file declares for itself has a capital letter in it: so no lifecycle can clash with it.
 */
typedef LASTCALL_NAME lifecycleMachine;

/* The lifecycle's constants that are used below. They are taken here because what is included and
 * defined from here on may have the lifecycle's name in capitals. */
enum {
    ACCEPTED = CONSTANT(ACCEPTED),
    EVENT_COUNT = CONSTANT(EVENT_COUNT),
    HOLDING_COUNT = CONSTANT(HOLDING_COUNT), /* may be 0 */
    RULE_NONE = CONSTANT(RULE_NONE)
};

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifdef _WIN32 /* where a file that is not opened as binary is text: it would lose its CRs */
#include <io.h>
#define O_CLOEXEC _O_BINARY
#else /* several files at once take processes */
#define REPLAY_WITH_JOBS
#include <poll.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#endif

#ifndef LASTCALL_VERSION
#define LASTCALL_VERSION "unknown"
#endif

#define LIFECYCLE STRING(LASTCALL_NAME)
#define PROGRAM LIFECYCLE "-replay"

enum {
    LINE_LIMIT = 4096, /* bytes of a line without its end; fixed by the trace format */
    BLOCK_SIZE = 256 * 1024,
    OUTPUT_SIZE = 64 * 1024,
    QUOTE_LIMIT = 40,                /* bytes of a bad word that a message repeats */
    COMPARED_LENGTH = 64,            /* longer words are not worth a "did you mean" */
    REMEMBERED = 256,                /* sentences that may be asked for again */
    HASH_SLOTS = 8 * EVENT_COUNT + 1 /* sparse: most names have their slot alone */
};

enum exitStatus { STATUS_FINE, STATUS_FAULTY, STATUS_BAD_INPUT };

static struct {
    bool json, observe, finish, help, version;
    unsigned jobs; /* how many files at once */
} optionWanted;

/* A name that the header gave and that there is; without this, compilers warn of NULL. */
static const char *sureName(const char *name)
{
    return name != NULL ? name : "";
}

/* A number for some bytes, which seldom is that of other bytes: the bytes eight by eight, the last
 * eight whatever was taken of them already. */
static uint32_t hashBytes(const char *bytes, size_t length)
{
    uint64_t hash = length, part = 0;
    if (length < sizeof part) {
        for (size_t i = 0; i < length; i++) {
            part = part << 8 | (unsigned char)bytes[i];
        }
    } else {
        for (size_t i = 0; i + sizeof part < length; i += sizeof part) {
            memcpy(&part, bytes + i, sizeof part);
            hash = (hash ^ part) * UINT64_C(0x9E3779B97F4A7C15);
            hash ^= hash >> 32;
        }
        memcpy(&part, bytes + length - sizeof part, sizeof part);
    }
    return (uint32_t)((hash ^ part) * UINT64_C(0x9E3779B97F4A7C15) >> 32);
}

/* ------------------------------------------------------------------------------------------------
 * What goes where: answers, errors, and progress for a person who waits
 * --------------------------------------------------------------------------------------------- */

/* Is this a process that another one has started to replay files for it? */
static bool isWorker;

/* The end, at once, if nothing more can be done. */
static void leaveProgram(void)
{
    if (isWorker) {
        _exit(STATUS_BAD_INPUT); /* what is to be done at an exit, the other process does */
    }
    exit(STATUS_BAD_INPUT);
}

/* Tells that other process how far this one is, if there is one. */
static void reportSoFar(void);

/* What is said of the events: standard output, or standard error where the way to the end is to
 * stand alone on standard output. */
static FILE *answerStream;

/* What is said gathers here: to format and lock it piece by piece would take longer than to judge
 * the events. */
static char answerBytes[OUTPUT_SIZE];
static size_t answerLength;

static void passAnswers(void)
{
    const size_t length = answerLength;
    answerLength = 0;
    if (length != 0) {
        fwrite(answerBytes, 1, length, answerStream);
    }
}

static void putBytes(const char *bytes, size_t length)
{
    while (length > sizeof answerBytes - answerLength) {
        const size_t part = sizeof answerBytes - answerLength;
        memcpy(answerBytes + answerLength, bytes, part);
        answerLength += part;
        bytes += part;
        length -= part;
        passAnswers();
    }
    memcpy(answerBytes + answerLength, bytes, length);
    answerLength += length;
}

static void putWords(const char *words)
{
    putBytes(words, strlen(words));
}

static void putNumber(uint64_t number)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    putBytes(digits + at, sizeof digits - at);
}

static struct {
    bool wanted, shown;
    time_t last_time;
    uint64_t bytes;
} readProgress;

static void showProgress(size_t new_bytes)
{
    readProgress.bytes += new_bytes;
    if (readProgress.wanted && time(NULL) - readProgress.last_time >= 2) {
        fprintf(stderr, "\r%" PRIu64 " MB read", readProgress.bytes / 1000000);
        fflush(stderr);
        readProgress.last_time = time(NULL);
        readProgress.shown = true;
    }
}

static void eraseProgress(void)
{
    if (readProgress.shown) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
        readProgress.shown = false;
    }
}

static void flushOutput(void)
{
    passAnswers();
    if (fflush(stdout) != 0 || ferror(stdout)) {
        const char *reason = strerror(errno);
        eraseProgress();
        fprintf(stderr, PROGRAM ": error: cannot write %s: %s\n",
                isWorker ? "a temporary file" : "standard output", reason);
        leaveProgram();
    }
}

/* Begins `PLACE:LINE: error: `, or `PLACE: error: ` if line is 0, after all that standard output
 * got before. The caller ends the line. */
static void beginError(const char *place, uint64_t line)
{
    flushOutput();
    eraseProgress();
    fputs(place, stderr);
    if (line != 0) {
        fprintf(stderr, ":%" PRIu64, line);
    }
    fputs(": error: ", stderr);
}

/* With the line that could not be read; without one if nothing of the file could be. */
static void reportUnreadable(const char *name, uint64_t line, const char *attempt)
{
    const char *reason = strerror(errno);
    beginError(name, line);
    fprintf(stderr, "cannot %s: %s\n", attempt, reason);
}

/* A word from outside, safe on any terminal: printable ASCII, the rest as \xNN, cut if long. */
static void printQuoted(const char *word, size_t length)
{
    fputc('\'', stderr);
    for (size_t i = 0; i < length && i < QUOTE_LIMIT; i++) {
        unsigned char byte = (unsigned char)word[i];
        fprintf(stderr, byte > ' ' && byte < 0x7f && byte != '\\' ? "%c" : "\\x%02x", byte);
    }
    fputs(length > QUOTE_LIMIT ? "'..." : "'", stderr);
}

/* ------------------------------------------------------------------------------------------------
 * "Did you mean": the name that a misspelt word most likely means, found by showing it every name
 * --------------------------------------------------------------------------------------------- */

struct bestGuess {
    const char *word;
    size_t length;
    const char *name; /* NULL while none is near enough */
    size_t edits;
};

/* How many letters to insert, delete or replace from word to name; capitals do not matter. */
static size_t countEdits(const char *word, size_t length, const char *name, size_t name_length)
{
    size_t row[COMPARED_LENGTH + 1];
    for (size_t j = 0; j <= name_length; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= length; i++) {
        const bool capital = word[i - 1] >= 'A' && word[i - 1] <= 'Z';
        const char letter = (char)(capital ? word[i - 1] - 'A' + 'a' : word[i - 1]);
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= name_length; j++) {
            size_t best = diagonal + (letter != name[j - 1]);
            diagonal = row[j];
            best = best < row[j] + 1 ? best : row[j] + 1;
            row[j] = best < row[j - 1] + 1 ? best : row[j - 1] + 1;
        }
    }
    return row[name_length];
}

static void considerName(struct bestGuess *guess, const char *name)
{
    const size_t name_length = strlen(name), allowed = 1 + guess->length / 4;
    if (guess->length <= COMPARED_LENGTH && name_length <= COMPARED_LENGTH) {
        size_t edits = countEdits(guess->word, guess->length, name, name_length);
        if (edits <= allowed && edits < name_length && (!guess->name || edits < guess->edits)) {
            guess->name = name;
            guess->edits = edits;
        }
    }
}

/* ------------------------------------------------------------------------------------------------
 * Reading a trace line by line
 * --------------------------------------------------------------------------------------------- */

struct replayedTrace {
    const char *name; /* as messages give it */
    int descriptor;
    char *block_at, *block_end; /* what was read and is not yet taken */
    bool all_read;
    bool has_nul;  /* a NUL byte was read, so that lines have to be looked through for it */
    uint64_t line; /* the number of the line that was read last, from 1 */
    size_t length; /* its bytes, without its end; they are in lineBytes */
    uint64_t accepted, rejected, warned;
    lifecycleMachine machine;
};

/* The line: room for the longest with its CR and LF, and for the NUL that ends it here. */
static char lineBytes[LINE_LIMIT + 2 + 1];

enum lineResult { LINE_READ, LINE_MISSING, LINE_UNREADABLE };

/* Reads more of the file. What is said already is shown before: more may be long in coming. */
static ssize_t readBlock(struct replayedTrace *trace)
{
    static char block[BLOCK_SIZE];
    if (trace->all_read) {
        return 0; /* a terminal would ask for more */
    }
    flushOutput();
    reportSoFar();
    const ssize_t size = read(trace->descriptor, block, sizeof block);
    if (size > 0) {
        showProgress((size_t)size);
        trace->has_nul = trace->has_nul || memchr(block, '\0', (size_t)size) != NULL;
        trace->block_at = block;
        trace->block_end = block + size;
    }
    trace->all_read = size == 0;
    return size;
}

/* Reads the next line into lineBytes; of one that is too long, as much as shows that. */
static enum lineResult readLine(struct replayedTrace *trace)
{
    const size_t room = sizeof lineBytes - 1;
    const char *line_feed = NULL;
    size_t length = 0;
    while (line_feed == NULL && length < room) {
        if (trace->block_at == trace->block_end) {
            const ssize_t size = readBlock(trace);
            if (size < 0) {
                return LINE_UNREADABLE;
            }
            if (size == 0) {
                break;
            }
        }
        const size_t left = (size_t)(trace->block_end - trace->block_at);
        size_t part = left < room - length ? left : room - length;
        line_feed = memchr(trace->block_at, '\n', part);
        part = line_feed != NULL ? (size_t)(line_feed - trace->block_at) + 1 : part;
        memcpy(lineBytes + length, trace->block_at, part);
        trace->block_at += part;
        length += part;
    }
    if (length == 0) {
        return LINE_MISSING;
    }
    length -= line_feed != NULL;
    length -= length > 0 && lineBytes[length - 1] == '\r';
    lineBytes[length] = '\0';
    trace->length = length;
    trace->line++;
    return LINE_READ;
}

/* ------------------------------------------------------------------------------------------------
 * The words of a line: an event and its arguments
 * --------------------------------------------------------------------------------------------- */

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

static void reportUnknownEvent(const struct replayedTrace *trace,
                               const struct traceRequest *request)
{
    struct bestGuess guess = {.word = request->bad_word, .length = request->bad_length};
    for (unsigned event = 0; event < EVENT_COUNT; event++) {
        considerName(&guess, NAME(event_name)(event));
    }
    beginError(trace->name, trace->line);
    fputs("unknown event ", stderr);
    printQuoted(guess.word, guess.length);
    if (guess.name) {
        fprintf(stderr, "; did you mean '%s'?\n", guess.name);
    } else {
        fputs("; " PROGRAM " --help lists the events\n", stderr);
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
    beginError(trace->name, trace->line);
    fprintf(stderr, "event '%s' takes no argument ", sureName(NAME(event_name)(request->event)));
    printQuoted(guess.word, guess.length);
    if (guess.name) {
        fprintf(stderr, "; did you mean '%s'?", guess.name);
    } else if (NAME(argument_name)(request->event, 0) == NULL) {
        fputs("; it takes none", stderr);
    } else {
        const char *before = "; it takes ";
        for (unsigned i = 0; (name = NAME(argument_name)(request->event, i)) != NULL; i++) {
            fprintf(stderr, "%s'%s'", before, name);
            before = ", ";
        }
    }
    fputs("\n", stderr);
}

/* For a line that is too long or holds a NUL byte: says which of the two comes first. */
static void reportBadLine(const struct replayedTrace *trace, const char *nul)
{
    beginError(trace->name, trace->line);
    if (nul != NULL && nul - lineBytes < LINE_LIMIT) {
        fprintf(stderr, "NUL byte in column %zu; a trace is text\n", (size_t)(nul - lineBytes) + 1);
    } else {
        fprintf(stderr, "the line is longer than %d bytes\n", LINE_LIMIT);
    }
}

/* ------------------------------------------------------------------------------------------------
 * Judging events, and what is said of them
 * --------------------------------------------------------------------------------------------- */

/* Why an event was rejected, or what it was warned of. */
struct eventExplanation {
    lifecycleMachine before; /* the machine as the event found it */
    unsigned event, arguments;
    char *sentence; /* NULL if there is none yet */
    size_t length, size;
};

/* The explanation of an event. A rejected event changes nothing, so a program that goes on in its
 * error asks for the same sentences again and again: the last ones are kept. */
static const struct eventExplanation *explainEvent(const lifecycleMachine *before,
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
            leaveProgram();
        }
        NAME(explain)(before, event, arguments, one->sentence, one->size);
    }
    return one;
}

static const char *stateName(const lifecycleMachine *machine)
{
    return sureName(NAME(state_name)(NAME(state)(machine)));
}

static void putEventText(const struct replayedTrace *trace, const lifecycleMachine *before,
                         const struct traceRequest *request, unsigned verdict)
{
    const struct eventExplanation *explanation = explainEvent(before, request);
    putWords(trace->name);
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

/* Judges all lines. False if there was bad input, which is said. */
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
        reportUnreadable(trace->name, trace->block_end != NULL ? trace->line + 1 : 0, "read");
    }
    return result == LINE_MISSING;
}

/* ------------------------------------------------------------------------------------------------
 * The end of a trace: what is said of it as a whole, and the way on
 * --------------------------------------------------------------------------------------------- */

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

static enum exitStatus replayFile(const char *path)
{
    const bool is_stdin = strcmp(path, "-") == 0;
    struct replayedTrace trace = {.name = is_stdin ? "<stdin>" : path};
    NAME(init)(&trace.machine);
    trace.descriptor = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (trace.descriptor < 0) {
        reportUnreadable(trace.name, 0, "open");
        return STATUS_BAD_INPUT;
    }
    const bool good = judgeTrace(&trace);
    if (!is_stdin) {
        close(trace.descriptor);
    }
    if (!good) {
        return STATUS_BAD_INPUT;
    }
    if (optionWanted.finish) {
        return putWay(&trace);
    }
    if (optionWanted.json) {
        putEndJson(&trace);
    } else {
        putEndText(&trace);
    }
    return trace.rejected == 0 && NAME(finished)(&trace.machine) ? STATUS_FINE : STATUS_FAULTY;
}

static enum exitStatus replayFiles(char **paths, int count)
{
    enum exitStatus highest = STATUS_FINE;
    for (int i = 0; i < count; i++) {
        const enum exitStatus status = replayFile(paths[i]);
        highest = status > highest ? status : highest;
    }
    return highest;
}

#include "replay_jobs.h"

/* ------------------------------------------------------------------------------------------------
 * The command line
 * --------------------------------------------------------------------------------------------- */

static const struct {
    const char *text;
    bool *wanted;
} knownOptions[] = {
    {"--json", &optionWanted.json},       {"--observe", &optionWanted.observe},
    {"--finish", &optionWanted.finish},   {"--help", &optionWanted.help},
    {"--version", &optionWanted.version}, {"--jobs", NULL}, /* takes a number */
};

enum { OPTION_COUNT = sizeof knownOptions / sizeof knownOptions[0] };

static void putHelp(void)
{
    const char *name;
    fputs("Usage: " PROGRAM " [--json] [--observe] [-j [N]] [FILE...]\n"
          "       " PROGRAM " --finish [--observe] [FILE]\n"
          "Judges traces by the lifecycle " LIFECYCLE ": which events are rejected, and why,\n"
          "and whether the lifecycle is finished at the end. Without FILE, or where FILE is -,\n"
          "the trace is standard input. Each file begins a new lifecycle.\n\n"
          "  --json     print JSON lines: an object for each event, then one for the file\n"
          "  --observe  follow what really happened: a rejected event, which else changes\n"
          "             nothing, is applied as far as it can be; what is held at the end and\n"
          "             must be given back is reported as leaked\n"
          "  --finish   print the shortest legal way from where the trace stops to the end of\n"
          "             the lifecycle, itself a trace; what is said of the events goes to\n"
          "             standard error; one FILE, not with --json\n"
          "  -j, --jobs [N]\n"
          "             replay N files at once, or as many as there are processors; what is\n"
          "             printed is the same, in the order of the files, and waits in temporary\n"
          "             files for its turn"
#ifndef REPLAY_WITH_JOBS
          " (on this system: one after another all the same)"
#endif
          "\n"
          "  --help     print this\n"
          "  --version  print the version\n\n"
          "Exit status: 0 if nothing was rejected and the lifecycle is finished, 1 if not,\n"
          "2 for bad input or wrong use; of several files, the highest. With --finish: 0 if\n"
          "there is a way (it is empty if the lifecycle is finished), 1 if there is none.\n\n"
          "A trace has an event on each line, its arguments after it; # begins a comment.\n"
          "The events, with the arguments that each may take:\n",
          stdout);
    for (unsigned event = 0; event < EVENT_COUNT; event++) {
        printf("  %s", sureName(NAME(event_name)(event)));
        for (unsigned i = 0; (name = NAME(argument_name)(event, i)) != NULL; i++) {
            printf(" [%s]", name);
        }
        printf("\n");
    }
}

static void reportUnknownOption(const char *option)
{
    struct bestGuess guess = {.word = option, .length = strlen(option)};
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        considerName(&guess, knownOptions[i].text);
    }
    beginError(PROGRAM, 0);
    fputs("unknown option ", stderr);
    printQuoted(guess.word, guess.length);
    fprintf(stderr, guess.name ? "; did you mean %s?\n" : "; see %s\n",
            guess.name ? guess.name : PROGRAM " --help");
}

static bool isNumber(const char *word)
{
    return *word >= '0' && *word <= '9' && word[strspn(word, "0123456789")] == '\0';
}

/* Takes `-j`, `-jN`, `--jobs` and `--jobs=N`, and the N that may stand in the next argument: it is
 * one if it is a number. Gives how many arguments were taken, 0 if it is no such option. */
static int takeJobs(char **arguments, int left)
{
    const char *number = arguments[0];
    if (strncmp(number, "--jobs", 6) == 0 && (number[6] == '\0' || number[6] == '=')) {
        number += number[6] == '=' ? 7 : 6;
        if (*number == '\0' && number[-1] == '=') {
            return 0;
        }
    } else if (strncmp(number, "-j", 2) == 0) {
        number += 2;
    } else {
        return 0;
    }
    const bool apart = *number == '\0' && left > 1 && isNumber(arguments[1]);
    number = apart ? arguments[1] : number;
    if (*number == '\0') {
        optionWanted.jobs = countProcessors();
    } else if (!isNumber(number)) {
        return 0;
    } else {
        const unsigned long jobs = strtoul(number, NULL, 10);
        optionWanted.jobs = jobs < MOST_JOBS ? (unsigned)jobs : MOST_JOBS;
    }
    return apart ? 2 : 1;
}

/* Takes the options out of the arguments, so that the files are left. False for an unknown one. */
static bool takeOptions(char **arguments, int *count)
{
    int files = 0, jobs;
    bool options_ended = false; /* by `--`; a single `-` is a file */
    for (int i = 0; i < *count; i++) {
        char *argument = arguments[i];
        if (options_ended || argument[0] != '-' || argument[1] == '\0') {
            arguments[files++] = argument;
        } else if (strcmp(argument, "--") == 0) {
            options_ended = true;
        } else if ((jobs = takeJobs(arguments + i, *count - i)) != 0) {
            i += jobs - 1;
        } else {
            size_t option = 0;
            while (option < OPTION_COUNT && (strcmp(argument, knownOptions[option].text) != 0 ||
                                             knownOptions[option].wanted == NULL)) {
                option++;
            }
            if (option == OPTION_COUNT) {
                reportUnknownOption(argument);
                return false;
            }
            *knownOptions[option].wanted = true;
        }
    }
    *count = files;
    return true;
}

/* What is wrong with the use of the options; NULL if nothing is. */
static const char *findWrongUse(int file_count)
{
    if (optionWanted.finish && optionWanted.json) {
        return "--finish prints a trace, not JSON: leave out --json, or --finish";
    }
    if (optionWanted.finish && file_count > 1) {
        return "--finish takes one FILE: run it once for each";
    }
    if (optionWanted.jobs == 0) {
        return "-j 0 would replay nothing: it takes a number from 1, or none for all processors";
    }
    return NULL;
}

int main(int argument_count, char **arguments)
{
    static char output_bytes[OUTPUT_SIZE];
    enum exitStatus status = STATUS_FINE;
    char **files = arguments + (argument_count > 0); /* even its name may be missing */
    int file_count = argument_count - (argument_count > 0);
    setvbuf(stdout, output_bytes, _IOFBF, sizeof output_bytes);
#ifdef _WIN32
    _setmode(STDIN_FILENO, _O_BINARY);
    _setmode(STDOUT_FILENO, _O_BINARY);
    _setmode(STDERR_FILENO, _O_BINARY);
    setvbuf(stderr, NULL, _IONBF, 0); /* it buffers lines as it does files */
#else
    setvbuf(stderr, NULL, _IOLBF, BUFSIZ); /* a message is one write */
#endif
    optionWanted.jobs = 1;
    if (!takeOptions(files, &file_count)) {
        return STATUS_BAD_INPUT;
    }
    const char *wrong_use = findWrongUse(file_count);
    if (optionWanted.help) {
        putHelp();
    } else if (optionWanted.version) {
        puts(PROGRAM " " LASTCALL_VERSION);
    } else if (wrong_use != NULL) {
        fprintf(stderr, PROGRAM ": error: %s\n", wrong_use);
        status = STATUS_BAD_INPUT;
    } else {
        answerStream = optionWanted.finish ? stderr : stdout;
        /* answers on the same terminal are progress enough, and the line would tear them */
        readProgress.wanted = isatty(STDERR_FILENO) && !isatty(fileno(answerStream));
        readProgress.last_time = time(NULL);
        learnEvents();
        if (file_count == 0) {
            status = replayFile("-");
        } else if (optionWanted.jobs > 1 && file_count > 1) {
            status = replayFilesAtOnce(files, file_count);
        } else {
            status = replayFiles(files, file_count);
        }
        eraseProgress();
    }
    flushOutput();
    return (int)status;
}
