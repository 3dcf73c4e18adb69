/* NAME-replay: judges traces of events by a lifecycle that lastcall generated.
 *
 * This file is the same for every lifecycle. The compile command says which one it is for, and
 * defines the macro that makes the lifecycle's header bring its functions and text along:
 *
 *     cc -O2 -DLASTCALL_HEADER='"mapi_session.h"' -DLASTCALL_NAME=mapi_session \
 *        -DLASTCALL_CONSTANT=MAPI_SESSION -DMAPI_SESSION_IMPLEMENTATION \
 *        -I DIRECTORY_OF_THE_HEADER replay.c -o mapi_session-replay
 *
 * -DLASTCALL_VERSION='"1.2.3"' is what --version says.
 *
 * Traces are logs, and logs are large. A trace is read in blocks and judged where it lies in the
 * block: a trace of any length takes the same memory, and an accepted event that takes no argument
 * costs one look at each of its bytes, one comparison of its name and the machine's own move.
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
#include <stdarg.h>
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

enum {
    LINE_LIMIT = 4096, /* bytes of a line without its end; fixed by the trace format */
    BLOCK_SIZE = 256 * 1024,
    OUTPUT_SIZE = 64 * 1024,
    SENTENCE_SIZE = 4096,
    QUOTE_LIMIT = 40,     /* bytes of a bad word that a message repeats */
    COMPARED_LENGTH = 64, /* longer words are not worth a "did you mean" */
    BIT_COUNT = 32,       /* arguments and warnings of an event are bits of an unsigned */
    EVENT_COUNT = CONSTANT(EVENT_COUNT),
    HASH_SLOTS = 8 * EVENT_COUNT + 1 /* sparse: most names have their slot alone */
};

enum exit_status { STATUS_FINE, STATUS_FAULTY, STATUS_BAD_INPUT };

/* ------------------------------------------------------------------------------------------------
 * Errors: standard error gets them after all that standard output got before
 * --------------------------------------------------------------------------------------------- */

static void flush_output(void);
static void erase_progress(void);

/* Begins `PLACE: error: `, or `PLACE:LINE: error: ` unless line is 0. The caller ends the line. */
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

/* The name that a misspelt word most likely means, found by showing it every name. */
struct best_guess {
    const char *word;
    size_t length;
    const char *name; /* NULL while none is near enough */
    size_t edits;
};

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
 * Standard output: collected, and written in large pieces
 * --------------------------------------------------------------------------------------------- */

static char output_bytes[OUTPUT_SIZE];
static size_t output_used;

static void flush_output(void)
{
    size_t done = 0, used = output_used;
    output_used = 0;
    while (done < used) {
        ssize_t written = write(STDOUT_FILENO, output_bytes + done, used - done);
        if (written >= 0) {
            done += (size_t)written;
        } else if (errno != EINTR) {
            const char *reason = strerror(errno);
            begin_error(PROGRAM, 0);
            fprintf(stderr, "cannot write standard output: %s\n", reason);
            exit(STATUS_BAD_INPUT);
        }
    }
}

static void put_bytes(const char *bytes, size_t length)
{
    while (length > OUTPUT_SIZE - output_used) {
        size_t part = OUTPUT_SIZE - output_used;
        memcpy(output_bytes + output_used, bytes, part);
        output_used = OUTPUT_SIZE;
        bytes += part;
        length -= part;
        flush_output();
    }
    memcpy(output_bytes + output_used, bytes, length);
    output_used += length;
}

static void put_text(const char *text)
{
    put_bytes(text, strlen(text));
}

static void put_number(uint64_t number)
{
    char digits[20]; /* of 2^64 */
    size_t first = sizeof digits;
    do {
        digits[--first] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    put_bytes(digits + first, sizeof digits - first);
}

/* As printf, for what is said rarely and is short: not for a file's name. */
static void put_format(const char *format, ...)
{
    char text[1024];
    va_list values;
    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    put_text(text);
}

/* ------------------------------------------------------------------------------------------------
 * Progress: one short line on standard error, for a person who waits
 * --------------------------------------------------------------------------------------------- */

static struct {
    bool wanted, shown;
    time_t start, last;
    uint64_t bytes;
} read_progress;

static time_t monotonic_seconds(void)
{
    struct timespec now = {0, 0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

static void start_progress(void)
{
    /* answers on the same terminal are progress enough, and the line would tear them */
    read_progress.wanted = isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO);
    read_progress.start = read_progress.last = monotonic_seconds();
}

static void show_progress(size_t new_bytes)
{
    read_progress.bytes += new_bytes;
    time_t now = read_progress.wanted ? monotonic_seconds() : read_progress.last;
    if (now != read_progress.last && now - read_progress.start >= 2) {
        fprintf(stderr, "\r%" PRIu64 " MB read", read_progress.bytes / 1000000);
        fflush(stderr);
        read_progress.last = now;
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

/* ------------------------------------------------------------------------------------------------
 * The names of events and arguments, looked up by the bytes of a trace
 * --------------------------------------------------------------------------------------------- */

struct known_name {
    const char *text;
    size_t length;
};

static struct known_event {
    struct known_name name;
    struct known_name arguments[BIT_COUNT];
    unsigned argument_count;
    bool may_warn; /* the others need not be asked for warnings */
} known_events[EVENT_COUNT];

static unsigned event_slots[HASH_SLOTS]; /* EVENT_COUNT where a slot is free */

/* Mixes the length and up to 24 bytes: names that differ only elsewhere begin at one slot. */
static size_t first_slot(const char *word, size_t length)
{
    uint64_t head = 0, middle = 0, tail = 0;
    if (length >= sizeof head) {
        memcpy(&head, word, sizeof head);
        memcpy(&middle, word + (length - sizeof middle) / 2, sizeof middle);
        memcpy(&tail, word + length - sizeof tail, sizeof tail);
    } else {
        for (size_t i = 0; i < length; i++) {
            head = head << 8 | (unsigned char)word[i];
        }
    }
    uint64_t mixed = (head ^ length) * UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ mixed >> 32 ^ middle) * UINT64_C(0xd6e8feb86659fd93);
    mixed = (mixed ^ mixed >> 32 ^ tail) * UINT64_C(0xa0761d6478bd642f);
    return (size_t)(((mixed >> 32) * HASH_SLOTS) >> 32);
}

static size_t next_slot(size_t slot)
{
    return slot + 1 < HASH_SLOTS ? slot + 1 : 0;
}

static bool is_name(const struct known_name *name, const char *word, size_t length)
{
    return name->length == length && memcmp(name->text, word, length) == 0;
}

/* The event of that name, or EVENT_COUNT. */
static unsigned find_event(const char *word, size_t length)
{
    size_t slot = first_slot(word, length);
    while (event_slots[slot] != EVENT_COUNT
           && !is_name(&known_events[event_slots[slot]].name, word, length)) {
        slot = next_slot(slot);
    }
    return event_slots[slot];
}

/* The bit of that argument of the event, or 0. */
static unsigned find_argument(unsigned event, const char *word, size_t length)
{
    for (unsigned i = 0; i < known_events[event].argument_count; i++) {
        if (is_name(&known_events[event].arguments[i], word, length)) {
            return 1u << i;
        }
    }
    return 0;
}

static struct known_name measure_name(const char *text)
{
    const struct known_name name = {text, strlen(text)};
    return name;
}

static void learn_names(void)
{
    for (size_t slot = 0; slot < HASH_SLOTS; slot++) {
        event_slots[slot] = EVENT_COUNT;
    }
    for (unsigned event = 0; event < EVENT_COUNT; event++) {
        struct known_event *known = &known_events[event];
        const char *argument;
        known->name = measure_name(NAME(event_name)(event));
        known->may_warn = NAME(warning_rule)(event, 0) != CONSTANT(RULE_NONE);
        while (known->argument_count < BIT_COUNT
               && (argument = NAME(argument_name)(event, known->argument_count)) != NULL) {
            known->arguments[known->argument_count++] = measure_name(argument);
        }
        size_t slot = first_slot(known->name.text, known->name.length);
        while (event_slots[slot] != EVENT_COUNT) {
            slot = next_slot(slot);
        }
        event_slots[slot] = event;
    }
}

/* ------------------------------------------------------------------------------------------------
 * A line of a trace
 * --------------------------------------------------------------------------------------------- */

/* What a line asks for. */
struct trace_request {
    unsigned event; /* EVENT_COUNT if the line is empty, or its event unknown */
    unsigned arguments;
    const char *bad_word; /* NULL if all words are known */
    size_t bad_length;
};

enum byte_kind { IN_WORD, BLANK, WORD_STOP };

static const unsigned char byte_kinds[256] = {
    [' '] = BLANK, ['\t'] = BLANK, ['#'] = WORD_STOP, ['\r'] = WORD_STOP, ['\n'] = WORD_STOP,
};

/* The end of the word at `at`; `at` itself where none is. A CR stops a word only before LF. */
static const char *find_word_end(const char *at)
{
    while (byte_kinds[(unsigned char)*at] == IN_WORD || (*at == '\r' && at[1] != '\n')) {
        at++;
    }
    return at;
}

/* Adds a word to the request. False if it is not known. */
static bool take_word(struct trace_request *request, const char *word, size_t length)
{
    if (request->event == EVENT_COUNT) {
        request->event = find_event(word, length);
        return request->event != EVENT_COUNT;
    }
    const unsigned argument = find_argument(request->event, word, length);
    request->arguments |= argument; /* given twice, it counts once */
    return argument != 0;
}

/* Reads the line at `line`, which has an LF before `end`, and returns that LF. */
static const char *read_request(const char *line, const char *end, struct trace_request *request)
{
    const char *at = line;
    request->event = EVENT_COUNT;
    request->arguments = 0;
    request->bad_word = NULL;
    for (;;) {
        while (byte_kinds[(unsigned char)*at] == BLANK) {
            at++;
        }
        const char *word = at;
        at = find_word_end(word);
        if (at == word) {
            break;
        }
        if (!take_word(request, word, (size_t)(at - word))) {
            request->bad_word = word;
            request->bad_length = (size_t)(at - word);
            break;
        }
    }
    return *at == '\n' ? at : memchr(at, '\n', (size_t)(end - at));
}

/* ------------------------------------------------------------------------------------------------
 * Judging events, and what is said of them
 * --------------------------------------------------------------------------------------------- */

struct replayed_trace {
    const char *name; /* as messages give it */
    uint64_t line;    /* the line that is being judged, from 1; 0 before the first */
    uint64_t accepted, rejected, warned;
    LASTCALL_NAME machine;
};

static bool json_wanted;

static void put_line_explanation(const struct replayed_trace *trace,
                                 const struct trace_request *request)
{
    static char sentence[SENTENCE_SIZE];
    const size_t wanted = NAME(explain)(&trace->machine, request->event, request->arguments,
                                        sentence, sizeof sentence);
    size_t length = wanted;
    if (wanted >= sizeof sentence) {
        length = sizeof sentence - 2;
        while (length > 0 && ((unsigned char)sentence[length] & 0xc0) == 0x80) {
            length--; /* cut before a character of UTF-8, not inside one */
        }
    }
    put_text(trace->name);
    put_text(":");
    put_number(trace->line);
    put_text(": ");
    put_bytes(sentence, length);
    put_text(length == wanted ? "\n" : "...\n");
}

static void put_member(const char *key, const char *value)
{
    put_text(", \"");
    put_text(key);
    put_text("\": \"");
    put_text(value);
    put_text("\"");
}

static void put_line_json(const struct replayed_trace *trace, const struct trace_request *request,
                          unsigned verdict, unsigned warnings)
{
    put_text("{\"line\": ");
    put_number(trace->line);
    put_member("event", known_events[request->event].name.text);
    put_member("verdict", verdict == CONSTANT(ACCEPTED) ? "accepted" : "rejected");
    put_member("state", NAME(state_name)(NAME(state)(&trace->machine)));
    if (verdict != CONSTANT(ACCEPTED)) {
        const unsigned rule = NAME(rule)(&trace->machine, request->event, request->arguments);
        put_member("reason", NAME(verdict_name)(verdict));
        if (rule != CONSTANT(RULE_NONE)) {
            put_member("rule", NAME(rule_name)(rule));
        }
    }
    const char *before = ", \"warnings\": [\"";
    for (unsigned i = 0; i < BIT_COUNT && warnings >> i != 0; i++) {
        if (warnings >> i & 1u) {
            put_text(before);
            put_text(NAME(rule_name)(NAME(warning_rule)(request->event, i)));
            before = "\", \"";
        }
    }
    put_text(warnings != 0 ? "\"]}\n" : "}\n");
}

static void judge_event(struct replayed_trace *trace, const struct trace_request *request)
{
    unsigned warnings = 0;
    if (known_events[request->event].may_warn) {
        warnings = NAME(warnings)(&trace->machine, request->event, request->arguments);
    }
    if (warnings != 0 && !json_wanted) {
        put_line_explanation(trace, request); /* of the machine as the event finds it */
    }
    const unsigned verdict = NAME(fire)(&trace->machine, request->event, request->arguments);
    if (verdict != CONSTANT(ACCEPTED) && !json_wanted) {
        put_line_explanation(trace, request); /* a rejected event has changed nothing */
    }
    if (json_wanted) {
        put_line_json(trace, request, verdict, warnings);
    }
    trace->accepted += verdict == CONSTANT(ACCEPTED);
    trace->rejected += verdict != CONSTANT(ACCEPTED);
    trace->warned += warnings != 0;
}

/* The holdings that are not 0, with what comes before the first, between two, after a name. */
static void put_outstanding(const struct replayed_trace *trace, const char *before,
                            const char *between, const char *after_name)
{
    const unsigned count = CONSTANT(HOLDING_COUNT); /* may be 0 */
    for (unsigned holding = 0; holding < count; holding++) {
        const uint32_t held = NAME(held)(&trace->machine, holding);
        if (held != 0) {
            put_text(before);
            put_text(NAME(holding_name)(holding));
            put_text(after_name);
            put_number(held);
            before = between;
        }
    }
}

static void put_end_json(const struct replayed_trace *trace)
{
    put_format("{\"events\": %" PRIu64 ", \"accepted\": %" PRIu64 ", \"rejected\": %" PRIu64,
               trace->accepted + trace->rejected, trace->accepted, trace->rejected);
    put_member("state", NAME(state_name)(NAME(state)(&trace->machine)));
    put_text(", \"finished\": ");
    put_text(NAME(finished)(&trace->machine) ? "true" : "false");
    put_text(", \"outstanding\": {");
    put_outstanding(trace, "\"", ", \"", "\": ");
    put_text("}}\n");
}

static void put_end_text(const struct replayed_trace *trace)
{
    const uint64_t events = trace->accepted + trace->rejected;
    put_text(trace->name);
    put_format(": %" PRIu64 " %s, %" PRIu64 " accepted", events, events == 1 ? "event" : "events",
               trace->accepted);
    if (trace->warned != 0) {
        put_format(" (%" PRIu64 " with a warning)", trace->warned);
    }
    put_format(", %" PRIu64 " rejected; ", trace->rejected);
    put_text(NAME(finished)(&trace->machine) ? "finished" : "not finished:");
    put_text(" in state ");
    put_text(NAME(state_name)(NAME(state)(&trace->machine)));
    put_outstanding(trace, ", outstanding: ", ", ", " ");
    put_text("\n");
}

/* ------------------------------------------------------------------------------------------------
 * Bad input: each function says what is wrong, and what would be right
 * --------------------------------------------------------------------------------------------- */

static void report_unknown_event(const struct replayed_trace *trace,
                                 const struct trace_request *request)
{
    struct best_guess guess = {.word = request->bad_word, .length = request->bad_length};
    for (unsigned event = 0; event < EVENT_COUNT; event++) {
        consider_name(&guess, known_events[event].name.text);
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
    const struct known_event *event = &known_events[request->event];
    struct best_guess guess = {.word = request->bad_word, .length = request->bad_length};
    for (unsigned i = 0; i < event->argument_count; i++) {
        consider_name(&guess, event->arguments[i].text);
    }
    begin_error(trace->name, trace->line);
    fprintf(stderr, "event '%s' takes no argument ", event->name.text);
    print_quoted(guess.word, guess.length);
    if (guess.name) {
        fprintf(stderr, "; did you mean '%s'?", guess.name);
    } else if (event->argument_count == 0) {
        fputs("; it takes none", stderr);
    }
    for (unsigned i = 0; i < event->argument_count && !guess.name; i++) {
        fprintf(stderr, "%s'%s'", i == 0 ? "; it takes " : ", ", event->arguments[i].text);
    }
    fputs("\n", stderr);
}

/* With the line that could not be read; without one if nothing of the file could be. */
static void report_unreadable(const char *name, uint64_t line, const char *attempt)
{
    const char *reason = strerror(errno);
    begin_error(name, line);
    fprintf(stderr, "cannot %s: %s\n", attempt, reason);
}

/* For a line that is too long or holds a NUL byte: says which of the two comes first. */
static void report_bad_line(const struct replayed_trace *trace, const char *line, size_t length)
{
    const char *nul = memchr(line, '\0', length < LINE_LIMIT ? length : LINE_LIMIT);
    begin_error(trace->name, trace->line);
    if (nul != NULL) {
        fprintf(stderr, "NUL byte in column %zu; a trace is text\n", (size_t)(nul - line) + 1);
    } else {
        fprintf(stderr, "the line is longer than %d bytes\n", LINE_LIMIT);
    }
}

/* ------------------------------------------------------------------------------------------------
 * Reading a trace
 * --------------------------------------------------------------------------------------------- */

/* Judges the lines from `line` to `end`, which follows an LF. False if there was bad input. */
static bool judge_lines(struct replayed_trace *trace, const char *line, const char *end)
{
    const char *nul = memchr(line, '\0', (size_t)(end - line)); /* one search for all lines */
    const char *stop = nul != NULL ? nul : end;
    while (stop > line && stop[-1] != '\n') {
        stop--; /* the line with the NUL is not read as events */
    }
    while (line < stop) {
        struct trace_request request;
        const char *line_feed = read_request(line, stop, &request);
        const size_t length = (size_t)(line_feed - line);
        trace->line++;
        if (length > LINE_LIMIT && (length > LINE_LIMIT + 1 || line[LINE_LIMIT] != '\r')) {
            report_bad_line(trace, line, length);
            return false;
        }
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
        line = line_feed + 1;
    }
    if (nul != NULL) {
        trace->line++;
        report_bad_line(trace, stop, (size_t)(end - stop));
    }
    return nul == NULL;
}

static ssize_t read_block(int descriptor, char *block)
{
    ssize_t size;
    if (output_used != 0) {
        flush_output(); /* the block may be long in coming */
    }
    do {
        size = read(descriptor, block, BLOCK_SIZE);
    } while (size < 0 && errno == EINTR);
    return size;
}

/* Judges all lines of an open file. False if there was bad input. */
static bool judge_file(struct replayed_trace *trace, int descriptor)
{
    /* the line that the last block left unfinished, the next block, the LF that a file may lack */
    static char bytes[LINE_LIMIT + 1 + BLOCK_SIZE + 1];
    size_t kept = 0;
    bool begun = false;
    ssize_t size;
    while ((size = read_block(descriptor, bytes + kept)) > 0) {
        const char *block = bytes + kept, *end = block + size, *rest = end;
        begun = true;
        show_progress((size_t)size);
        while (rest > block && rest[-1] != '\n') {
            rest--;
        }
        rest = rest > block ? rest : bytes; /* no line ends in this block */
        if (!judge_lines(trace, bytes, rest)) {
            return false;
        }
        kept = (size_t)(end - rest);
        if (kept > LINE_LIMIT + 1) { /* not even a CR LF makes it short enough */
            trace->line++;
            report_bad_line(trace, rest, kept);
            return false;
        }
        memmove(bytes, rest, kept);
    }
    if (size < 0) {
        report_unreadable(trace->name, begun ? trace->line + 1 : 0, "read");
        return false;
    }
    bytes[kept] = '\n';
    return kept == 0 || judge_lines(trace, bytes, bytes + kept + 1);
}

static enum exit_status replay_file(const char *path)
{
    const bool is_stdin = strcmp(path, "-") == 0;
    struct replayed_trace trace = {.name = is_stdin ? "<stdin>" : path};
    NAME(init)(&trace.machine);
    const int descriptor = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        report_unreadable(trace.name, 0, "open");
        return STATUS_BAD_INPUT;
    }
    const bool good = judge_file(&trace, descriptor);
    if (!is_stdin) {
        close(descriptor);
    }
    if (!good) {
        return STATUS_BAD_INPUT;
    }
    if (json_wanted) {
        put_end_json(&trace);
    } else {
        put_end_text(&trace);
    }
    return trace.rejected == 0 && NAME(finished)(&trace.machine) ? STATUS_FINE : STATUS_FAULTY;
}

/* ------------------------------------------------------------------------------------------------
 * The command line
 * --------------------------------------------------------------------------------------------- */

static void put_help(void)
{
    put_text("Usage: " PROGRAM " [--json] [FILE...]\n"
             "Judges traces by the lifecycle " LIFECYCLE ": which events are rejected, and why,\n"
             "and whether the lifecycle is finished at the end. Without FILE, or where FILE is -,\n"
             "the trace is standard input. Each file begins a new lifecycle.\n\n"
             "  --json     print JSON lines: an object for each event, then one for the file\n"
             "  --help     print this\n"
             "  --version  print the version\n\n"
             "Exit status: 0 if nothing was rejected and the lifecycle is finished, 1 if not,\n"
             "2 for bad input or wrong use; of several files, the highest.\n\n"
             "A trace has an event on each line, its arguments after it; # begins a comment.\n"
             "The events, with the arguments that each may take:\n");
    for (unsigned event = 0; event < EVENT_COUNT; event++) {
        put_text("  ");
        put_text(known_events[event].name.text);
        for (unsigned i = 0; i < known_events[event].argument_count; i++) {
            put_text(" [");
            put_text(known_events[event].arguments[i].text);
            put_text("]");
        }
        put_text("\n");
    }
}

static void report_unknown_option(const char *option)
{
    struct best_guess guess = {.word = option, .length = strlen(option)};
    consider_name(&guess, "--json");
    consider_name(&guess, "--help");
    consider_name(&guess, "--version");
    begin_error(PROGRAM, 0);
    fputs("unknown option ", stderr);
    print_quoted(guess.word, guess.length);
    fprintf(stderr, guess.name ? "; did you mean %s?\n" : "; see %s\n",
            guess.name ? guess.name : PROGRAM " --help");
}

enum next_step { REPLAY_FILES, STOP_HERE, STOP_WRONG_USE };

/* Takes the options out of the arguments, so that the files are left. */
static enum next_step take_options(char **arguments, int *count)
{
    int files = 0;
    bool options_ended = false; /* by `--`; a single `-` is a file */
    for (int i = 0; i < *count; i++) {
        char *argument = arguments[i];
        if (options_ended || argument[0] != '-' || argument[1] == '\0') {
            arguments[files++] = argument;
        } else if (strcmp(argument, "--") == 0) {
            options_ended = true;
        } else if (strcmp(argument, "--json") == 0) {
            json_wanted = true;
        } else if (strcmp(argument, "--help") == 0) {
            put_help();
            return STOP_HERE;
        } else if (strcmp(argument, "--version") == 0) {
            put_text(PROGRAM " " LASTCALL_VERSION "\n");
            return STOP_HERE;
        } else {
            report_unknown_option(argument);
            return STOP_WRONG_USE;
        }
    }
    *count = files;
    return REPLAY_FILES;
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
    enum exit_status status = STATUS_FINE;
    char **files = arguments + (argument_count > 0); /* even its name may be missing */
    int file_count = argument_count - (argument_count > 0);
    setvbuf(stderr, NULL, _IOLBF, BUFSIZ); /* a message is one write */
    learn_names();
    const enum next_step next = take_options(files, &file_count);
    if (next == REPLAY_FILES) {
        start_progress();
        status = file_count > 0 ? replay_files(files, file_count) : replay_file("-");
        erase_progress();
    } else if (next == STOP_WRONG_USE) {
        status = STATUS_BAD_INPUT;
    }
    flush_output();
    return (int)status;
}
