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

#include LASTCALL_HEADER

#ifndef LASTCALL_VERSION
#define LASTCALL_VERSION "unknown"
#endif

#define PASTE_EXPANDED(left, right) left##_##right
#define PASTE(left, right) PASTE_EXPANDED(left, right)
#define NAME(suffix) PASTE(LASTCALL_NAME, suffix)         /* NAME(fire) is mapi_session_fire */
#define CONSTANT(suffix) PASTE(LASTCALL_CONSTANT, suffix) /* likewise MAPI_SESSION_ACCEPTED */
#define STRING_EXPANDED(name) #name
#define STRING(name) STRING_EXPANDED(name)
#define LIFECYCLE STRING(LASTCALL_NAME)
#define PROGRAM LIFECYCLE "-replay"

/* A lifecycle may have any name, and its type has that name: what this file declares for itself
 * has names of two words or more, so that few lifecycles can clash with it. */
typedef LASTCALL_NAME lifecycle_machine;

enum {
    LINE_LIMIT = 4096, /* bytes of a line without its end; fixed by the trace format */
    BLOCK_SIZE = 256 * 1024,
    OUTPUT_SIZE = 64 * 1024,
    QUOTE_LIMIT = 40,     /* bytes of a bad word that a message repeats */
    COMPARED_LENGTH = 64, /* longer words are not worth a "did you mean" */
    EVENT_COUNT = CONSTANT(EVENT_COUNT),
    HASH_SLOTS = 8 * EVENT_COUNT + 1 /* sparse: most names have their slot alone */
};

enum exit_status { STATUS_FINE, STATUS_FAULTY, STATUS_BAD_INPUT };

static struct {
    bool json, observe, finish, help, version;
} option_wanted;

/* A name that the header gave and that there is; without this, compilers warn of NULL. */
static const char *sure_name(const char *name)
{
    return name != NULL ? name : "";
}

/* ------------------------------------------------------------------------------------------------
 * What goes where: answers, errors, and progress for a person who waits
 * --------------------------------------------------------------------------------------------- */

/* What is said of the events: standard output, or standard error where the way to the end is to
 * stand alone on standard output. */
static FILE *answer_stream;

static struct {
    bool wanted, shown;
    time_t last_time;
    uint64_t bytes;
} read_progress;

static void show_progress(size_t new_bytes)
{
    read_progress.bytes += new_bytes;
    if (read_progress.wanted && time(NULL) - read_progress.last_time >= 2) {
        fprintf(stderr, "\r%" PRIu64 " MB read", read_progress.bytes / 1000000);
        fflush(stderr);
        read_progress.last_time = time(NULL);
        read_progress.shown = true;
    }
}

static void erase_progress(void)
{
    if (read_progress.shown) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
        read_progress.shown = false;
    }
}

static void flush_output(void)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        const char *reason = strerror(errno);
        erase_progress();
        fprintf(stderr, PROGRAM ": error: cannot write standard output: %s\n", reason);
        exit(STATUS_BAD_INPUT);
    }
}

/* Begins `PLACE:LINE: error: `, or `PLACE: error: ` if line is 0, after all that standard output
 * got before. The caller ends the line. */
static void begin_error(const char *place, uint64_t line)
{
    flush_output();
    erase_progress();
    fputs(place, stderr);
    if (line != 0) {
        fprintf(stderr, ":%" PRIu64, line);
    }
    fputs(": error: ", stderr);
}

/* With the line that could not be read; without one if nothing of the file could be. */
static void report_unreadable(const char *name, uint64_t line, const char *attempt)
{
    const char *reason = strerror(errno);
    begin_error(name, line);
    fprintf(stderr, "cannot %s: %s\n", attempt, reason);
}

/* A word from outside, safe on any terminal: printable ASCII, the rest as \xNN, cut if long. */
static void print_quoted(const char *word, size_t length)
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

struct best_guess {
    const char *word;
    size_t length;
    const char *name; /* NULL while none is near enough */
    size_t edits;
};

/* How many letters to insert, delete or replace from word to name; capitals do not matter. */
static size_t count_edits(const char *word, size_t length, const char *name, size_t name_length)
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

static void consider_name(struct best_guess *guess, const char *name)
{
    const size_t name_length = strlen(name), allowed = 1 + guess->length / 4;
    if (guess->length <= COMPARED_LENGTH && name_length <= COMPARED_LENGTH) {
        size_t edits = count_edits(guess->word, guess->length, name, name_length);
        if (edits <= allowed && edits < name_length && (!guess->name || edits < guess->edits)) {
            guess->name = name;
            guess->edits = edits;
        }
    }
}

/* ------------------------------------------------------------------------------------------------
 * Reading a trace line by line
 * --------------------------------------------------------------------------------------------- */

struct replayed_trace {
    const char *name; /* as messages give it */
    int descriptor;
    char *block_at, *block_end; /* what was read and is not yet taken */
    bool all_read;
    uint64_t line; /* the number of the line that was read last, from 1 */
    size_t length; /* its bytes, without its end; they are in line_bytes */
    uint64_t accepted, rejected, warned;
    lifecycle_machine machine;
};

/* The line: room for the longest with its CR and LF, and for the NUL that ends it here. */
static char line_bytes[LINE_LIMIT + 2 + 1];

enum line_result { LINE_READ, LINE_MISSING, LINE_UNREADABLE };

/* Reads more of the file. What is said already is shown before: more may be long in coming. */
static ssize_t read_block(struct replayed_trace *trace)
{
    static char block[BLOCK_SIZE];
    if (trace->all_read) {
        return 0; /* a terminal would ask for more */
    }
    flush_output();
    const ssize_t size = read(trace->descriptor, block, sizeof block);
    if (size > 0) {
        show_progress((size_t)size);
        trace->block_at = block;
        trace->block_end = block + size;
    }
    trace->all_read = size == 0;
    return size;
}

/* Reads the next line into line_bytes; of one that is too long, as much as shows that. */
static enum line_result read_line(struct replayed_trace *trace)
{
    const size_t room = sizeof line_bytes - 1;
    const char *line_feed = NULL;
    size_t length = 0;
    while (line_feed == NULL && length < room) {
        if (trace->block_at == trace->block_end) {
            const ssize_t size = read_block(trace);
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
        memcpy(line_bytes + length, trace->block_at, part);
        trace->block_at += part;
        length += part;
    }
    if (length == 0) {
        return LINE_MISSING;
    }
    length -= line_feed != NULL;
    length -= length > 0 && line_bytes[length - 1] == '\r';
    line_bytes[length] = '\0';
    trace->length = length;
    trace->line++;
    return LINE_READ;
}

/* ------------------------------------------------------------------------------------------------
 * The words of a line: an event and its arguments
 * --------------------------------------------------------------------------------------------- */

/* What a line asks for. */
struct trace_request {
    unsigned event; /* EVENT_COUNT if the line is empty, or its event unknown */
    unsigned arguments;
    const char *bad_word; /* NULL if all words are known */
    size_t bad_length;
};

static unsigned event_slots[HASH_SLOTS]; /* a hash table of events; EVENT_COUNT where one is free */

/* The slot of that event, or the free slot where it would be. */
static unsigned *find_slot(const char *word, size_t length)
{
    uint32_t hash = 0;
    for (size_t i = 0; i < length; i++) {
        hash = hash * 31 + (unsigned char)word[i];
    }
    for (size_t slot = hash % HASH_SLOTS;; slot = (slot + 1) % HASH_SLOTS) {
        const char *name = NAME(event_name)(event_slots[slot]);
        if (name == NULL || (strncmp(name, word, length) == 0 && name[length] == '\0')) {
            return &event_slots[slot];
        }
    }
}

static void learn_events(void)
{
    for (size_t slot = 0; slot < HASH_SLOTS; slot++) {
        event_slots[slot] = EVENT_COUNT;
    }
    for (unsigned event = 0; event < EVENT_COUNT; event++) {
        const char *name = NAME(event_name)(event);
        *find_slot(name, strlen(name)) = event;
    }
}

/* The bit of that argument of the event, or 0. */
static unsigned find_argument(unsigned event, const char *word, size_t length)
{
    const char *name;
    for (unsigned i = 0; (name = NAME(argument_name)(event, i)) != NULL; i++) {
        if (strncmp(name, word, length) == 0 && name[length] == '\0') {
            return 1u << i;
        }
    }
    return 0;
}

/* Looks up the words of the line in line_bytes, up to the first that is not known. */
static struct trace_request parse_line(void)
{
    struct trace_request request = {.event = EVENT_COUNT};
    const char *word = line_bytes;
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
            request.event = *find_slot(word, length);
            known = request.event != EVENT_COUNT;
        } else {
            const unsigned argument = find_argument(request.event, word, length);
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

static void report_unknown_event(const struct replayed_trace *trace,
                                 const struct trace_request *request)
{
    struct best_guess guess = {.word = request->bad_word, .length = request->bad_length};
    for (unsigned event = 0; event < EVENT_COUNT; event++) {
        consider_name(&guess, NAME(event_name)(event));
    }
    begin_error(trace->name, trace->line);
    fputs("unknown event ", stderr);
    print_quoted(guess.word, guess.length);
    if (guess.name) {
        fprintf(stderr, "; did you mean '%s'?\n", guess.name);
    } else {
        fputs("; " PROGRAM " --help lists the events\n", stderr);
    }
}

static void report_unknown_argument(const struct replayed_trace *trace,
                                    const struct trace_request *request)
{
    struct best_guess guess = {.word = request->bad_word, .length = request->bad_length};
    const char *name;
    for (unsigned i = 0; (name = NAME(argument_name)(request->event, i)) != NULL; i++) {
        consider_name(&guess, name);
    }
    begin_error(trace->name, trace->line);
    fprintf(stderr, "event '%s' takes no argument ", sure_name(NAME(event_name)(request->event)));
    print_quoted(guess.word, guess.length);
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
static void report_bad_line(const struct replayed_trace *trace, const char *nul)
{
    begin_error(trace->name, trace->line);
    if (nul != NULL && nul - line_bytes < LINE_LIMIT) {
        fprintf(stderr, "NUL byte in column %zu; a trace is text\n",
                (size_t)(nul - line_bytes) + 1);
    } else {
        fprintf(stderr, "the line is longer than %d bytes\n", LINE_LIMIT);
    }
}

/* ------------------------------------------------------------------------------------------------
 * Judging events, and what is said of them
 * --------------------------------------------------------------------------------------------- */

/* Why an event is rejected, or what it is warned of, by the machine as the event finds it. */
static const char *explain_event(const lifecycle_machine *before,
                                 const struct trace_request *request)
{
    static char *sentence;
    static size_t size;
    const size_t length = NAME(explain)(before, request->event, request->arguments, sentence, size);
    if (length >= size) {
        size = length + 1;
        sentence = realloc(sentence, size);
        if (sentence == NULL) {
            report_unreadable(PROGRAM, 0, "explain an event");
            exit(STATUS_BAD_INPUT);
        }
        NAME(explain)(before, request->event, request->arguments, sentence, size);
    }
    return sentence;
}

static const char *state_name(const lifecycle_machine *machine)
{
    return sure_name(NAME(state_name)(NAME(state)(machine)));
}

static void put_event_text(const struct replayed_trace *trace, const lifecycle_machine *before,
                           const struct trace_request *request, unsigned verdict)
{
    fprintf(answer_stream, "%s:%" PRIu64 ": %s", trace->name, trace->line,
            explain_event(before, request));
    if (option_wanted.observe && verdict != CONSTANT(ACCEPTED)) {
        fprintf(answer_stream, " The event happened all the same; the state is now %s.",
                state_name(&trace->machine));
    }
    fputs("\n", answer_stream);
}

static void put_event_json(const struct replayed_trace *trace, const lifecycle_machine *before,
                           const struct trace_request *request, unsigned verdict, unsigned warnings)
{
    const bool accepted = verdict == CONSTANT(ACCEPTED);
    fprintf(answer_stream,
            "{\"line\": %" PRIu64 ", \"event\": \"%s\", \"verdict\": \"%s\", \"state\": \"%s\"",
            trace->line, sure_name(NAME(event_name)(request->event)),
            accepted ? "accepted" : "rejected", state_name(&trace->machine));
    if (!accepted) {
        const unsigned rule = NAME(rule)(before, request->event, request->arguments);
        fprintf(answer_stream, ", \"reason\": \"%s\"", sure_name(NAME(verdict_name)(verdict)));
        if (rule != CONSTANT(RULE_NONE)) {
            fprintf(answer_stream, ", \"rule\": \"%s\"", sure_name(NAME(rule_name)(rule)));
        }
    }
    if (warnings != 0) {
        const char *separator = ", \"warnings\": [";
        unsigned rule;
        for (unsigned i = 0; (rule = NAME(warning_rule)(request->event, i)) != CONSTANT(RULE_NONE);
             i++) {
            if (warnings >> i & 1u) {
                fprintf(answer_stream, "%s\"%s\"", separator, sure_name(NAME(rule_name)(rule)));
                separator = ", ";
            }
        }
        fputs("]", answer_stream);
    }
    fputs("}\n", answer_stream);
}

static void judge_event(struct replayed_trace *trace, const struct trace_request *request)
{
    const lifecycle_machine before = trace->machine;
    const unsigned event = request->event, arguments = request->arguments;
    const unsigned verdict = NAME(fire)(&trace->machine, event, arguments);
    unsigned warnings = 0;
    if (verdict == CONSTANT(ACCEPTED)) {
        trace->accepted++;
        warnings = NAME(warnings)(&before, event, arguments);
        trace->warned += warnings != 0;
    } else {
        trace->rejected++;
        if (option_wanted.observe) {
            NAME(observe)(&trace->machine, event, arguments);
        }
    }
    if (option_wanted.json) {
        put_event_json(trace, &before, request, verdict, warnings);
    } else if (verdict != CONSTANT(ACCEPTED) || warnings != 0) {
        put_event_text(trace, &before, request, verdict);
    }
}

/* Judges all lines. False if there was bad input, which is said. */
static bool judge_trace(struct replayed_trace *trace)
{
    enum line_result result;
    while ((result = read_line(trace)) == LINE_READ) {
        const char *nul = memchr(line_bytes, '\0', trace->length);
        if (nul != NULL || trace->length > LINE_LIMIT) {
            report_bad_line(trace, nul);
            return false;
        }
        const struct trace_request request = parse_line();
        if (request.bad_word != NULL) {
            if (request.event == EVENT_COUNT) {
                report_unknown_event(trace, &request);
            } else {
                report_unknown_argument(trace, &request);
            }
            return false;
        }
        if (request.event != EVENT_COUNT) {
            judge_event(trace, &request);
        }
    }
    if (result == LINE_UNREADABLE) {
        report_unreadable(trace->name, trace->block_end != NULL ? trace->line + 1 : 0, "read");
    }
    return result == LINE_MISSING;
}

/* ------------------------------------------------------------------------------------------------
 * The end of a trace: what is said of it as a whole, and the way on
 * --------------------------------------------------------------------------------------------- */

/* The holdings that are not 0, all or only those that must be given back, with what comes before
 * the first, between two, after a name. */
static void put_outstanding(const lifecycle_machine *machine, bool all, const char *before,
                            const char *between, const char *after_name)
{
    const unsigned count = CONSTANT(HOLDING_COUNT); /* may be 0 */
    for (unsigned holding = 0; holding < count; holding++) {
        const uint32_t held = NAME(held)(machine, holding);
        if (held != 0 && (all || !NAME(may_remain)(holding))) {
            fprintf(answer_stream, "%s%s%s%" PRIu32, before, sure_name(NAME(holding_name)(holding)),
                    after_name, held);
            before = between;
        }
    }
}

static void put_end_json(const struct replayed_trace *trace)
{
    const lifecycle_machine *machine = &trace->machine;
    fprintf(answer_stream,
            "{\"events\": %" PRIu64 ", \"accepted\": %" PRIu64 ", \"rejected\": %" PRIu64
            ", \"state\": \"%s\", \"finished\": %s, \"outstanding\": {",
            trace->accepted + trace->rejected, trace->accepted, trace->rejected,
            state_name(machine), NAME(finished)(machine) ? "true" : "false");
    put_outstanding(machine, true, "\"", ", \"", "\": ");
    if (option_wanted.observe) {
        fputs("}, \"leaked\": {", answer_stream);
        put_outstanding(machine, false, "\"", ", \"", "\": ");
    }
    fputs("}}\n", answer_stream);
}

static void put_end_text(const struct replayed_trace *trace)
{
    const lifecycle_machine *machine = &trace->machine;
    const uint64_t events = trace->accepted + trace->rejected;
    fprintf(answer_stream, "%s: %" PRIu64 " %s, %" PRIu64 " accepted", trace->name, events,
            events == 1 ? "event" : "events", trace->accepted);
    if (trace->warned != 0) {
        fprintf(answer_stream, " (%" PRIu64 " with a warning)", trace->warned);
    }
    fprintf(answer_stream, ", %" PRIu64 " rejected; %s in state %s", trace->rejected,
            NAME(finished)(machine) ? "finished" : "not finished:", state_name(machine));
    put_outstanding(machine, true, ", outstanding: ", ", ", " ");
    if (option_wanted.observe) {
        put_outstanding(machine, false, "; leaked: ", ", ", " ");
    }
    fputs("\n", answer_stream);
}

/* Goes the shortest legal way as far as it leads, and prints its events if they are wanted. */
static lifecycle_machine walk_to_end(lifecycle_machine machine, bool printing)
{
    unsigned event, arguments;
    while (NAME(next)(&machine, &event, &arguments)) {
        NAME(fire)(&machine, event, arguments);
        if (printing) {
            const char *name;
            fputs(sure_name(NAME(event_name)(event)), stdout);
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
static enum exit_status put_way(const struct replayed_trace *trace)
{
    const lifecycle_machine last = walk_to_end(trace->machine, false);
    if (!NAME(finished)(&last)) {
        fprintf(answer_stream, "%s: no legal way leads to the end: it breaks off in state %s",
                trace->name, state_name(&last));
        put_outstanding(&last, false, "; still to be given back: ", ", ", " ");
        fputs("\n", answer_stream);
        return STATUS_FAULTY;
    }
    walk_to_end(trace->machine, true);
    return STATUS_FINE;
}

static enum exit_status replay_file(const char *path)
{
    const bool is_stdin = strcmp(path, "-") == 0;
    struct replayed_trace trace = {.name = is_stdin ? "<stdin>" : path};
    NAME(init)(&trace.machine);
    trace.descriptor = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (trace.descriptor < 0) {
        report_unreadable(trace.name, 0, "open");
        return STATUS_BAD_INPUT;
    }
    const bool good = judge_trace(&trace);
    if (!is_stdin) {
        close(trace.descriptor);
    }
    if (!good) {
        return STATUS_BAD_INPUT;
    }
    if (option_wanted.finish) {
        return put_way(&trace);
    }
    if (option_wanted.json) {
        put_end_json(&trace);
    } else {
        put_end_text(&trace);
    }
    return trace.rejected == 0 && NAME(finished)(&trace.machine) ? STATUS_FINE : STATUS_FAULTY;
}

/* ------------------------------------------------------------------------------------------------
 * The command line
 * --------------------------------------------------------------------------------------------- */

static const struct {
    const char *text;
    bool *wanted;
} known_options[] = {
    {"--json", &option_wanted.json},       {"--observe", &option_wanted.observe},
    {"--finish", &option_wanted.finish},   {"--help", &option_wanted.help},
    {"--version", &option_wanted.version},
};

enum { OPTION_COUNT = sizeof known_options / sizeof known_options[0] };

static void put_help(void)
{
    const char *name;
    fputs("Usage: " PROGRAM " [--json] [--observe] [FILE...]\n"
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
          "  --help     print this\n"
          "  --version  print the version\n\n"
          "Exit status: 0 if nothing was rejected and the lifecycle is finished, 1 if not,\n"
          "2 for bad input or wrong use; of several files, the highest. With --finish: 0 if\n"
          "there is a way (it is empty if the lifecycle is finished), 1 if there is none.\n\n"
          "A trace has an event on each line, its arguments after it; # begins a comment.\n"
          "The events, with the arguments that each may take:\n",
          stdout);
    for (unsigned event = 0; event < EVENT_COUNT; event++) {
        printf("  %s", sure_name(NAME(event_name)(event)));
        for (unsigned i = 0; (name = NAME(argument_name)(event, i)) != NULL; i++) {
            printf(" [%s]", name);
        }
        printf("\n");
    }
}

static void report_unknown_option(const char *option)
{
    struct best_guess guess = {.word = option, .length = strlen(option)};
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        consider_name(&guess, known_options[i].text);
    }
    begin_error(PROGRAM, 0);
    fputs("unknown option ", stderr);
    print_quoted(guess.word, guess.length);
    fprintf(stderr, guess.name ? "; did you mean %s?\n" : "; see %s\n",
            guess.name ? guess.name : PROGRAM " --help");
}

/* Takes the options out of the arguments, so that the files are left. False for an unknown one. */
static bool take_options(char **arguments, int *count)
{
    int files = 0;
    bool options_ended = false; /* by `--`; a single `-` is a file */
    for (int i = 0; i < *count; i++) {
        char *argument = arguments[i];
        if (options_ended || argument[0] != '-' || argument[1] == '\0') {
            arguments[files++] = argument;
        } else if (strcmp(argument, "--") == 0) {
            options_ended = true;
        } else {
            size_t option = 0;
            while (option < OPTION_COUNT && strcmp(argument, known_options[option].text) != 0) {
                option++;
            }
            if (option == OPTION_COUNT) {
                report_unknown_option(argument);
                return false;
            }
            *known_options[option].wanted = true;
        }
    }
    *count = files;
    return true;
}

/* What is wrong with the use of --finish, if it is used; NULL if nothing is. */
static const char *find_wrong_use(int file_count)
{
    if (option_wanted.finish && option_wanted.json) {
        return "--finish prints a trace, not JSON: leave out --json, or --finish";
    }
    if (option_wanted.finish && file_count > 1) {
        return "--finish takes one FILE: run it once for each";
    }
    return NULL;
}

static enum exit_status replay_files(char **paths, int count)
{
    enum exit_status highest = STATUS_FINE;
    for (int i = 0; i < count; i++) {
        const enum exit_status status = replay_file(paths[i]);
        highest = status > highest ? status : highest;
    }
    return highest;
}

int main(int argument_count, char **arguments)
{
    static char output_bytes[OUTPUT_SIZE];
    enum exit_status status = STATUS_FINE;
    char **files = arguments + (argument_count > 0); /* even its name may be missing */
    int file_count = argument_count - (argument_count > 0);
    setvbuf(stdout, output_bytes, _IOFBF, sizeof output_bytes);
    setvbuf(stderr, NULL, _IOLBF, BUFSIZ); /* a message is one write */
    if (!take_options(files, &file_count)) {
        return STATUS_BAD_INPUT;
    }
    const char *wrong_use = find_wrong_use(file_count);
    if (option_wanted.help) {
        put_help();
    } else if (option_wanted.version) {
        puts(PROGRAM " " LASTCALL_VERSION);
    } else if (wrong_use != NULL) {
        fprintf(stderr, PROGRAM ": error: %s\n", wrong_use);
        status = STATUS_BAD_INPUT;
    } else {
        answer_stream = option_wanted.finish ? stderr : stdout;
        /* answers on the same terminal are progress enough, and the line would tear them */
        read_progress.wanted = isatty(STDERR_FILENO) && !isatty(fileno(answer_stream));
        read_progress.last_time = time(NULL);
        learn_events();
        status = file_count > 0 ? replay_files(files, file_count) : replay_file("-");
        erase_progress();
    }
    flush_output();
    return (int)status;
}
