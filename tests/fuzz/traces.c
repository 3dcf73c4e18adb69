/* A fuzz target for the replayer: raw bytes as traces, files and options, in this process. What it
 * prints and its exit status are held against a second reader of traces, which is written from the
 * description of the format and does everything the simple way, on the whole trace at once.
 *
 * This file is the same for every lifecycle; the compile command says which one it is for, as for
 * machine.c, but without FUZZ_WITNESS. It includes runtime/replay.c, whose `main` it calls: it is
 * given real files and pipes, so that it reads and writes as it does for a user.
 *
 * An input is a line of letters that says how the replayer is called (take_form lists them), then
 * traces; a byte 0x1D begins the trace of the next file. A byte 0x1E, a byte B and a byte N stand
 * for 32 * (N + 1) times B, so that a short input can have lines that are too long.
 */
#define _GNU_SOURCE /* pipes that keep packets apart, and files in memory */

#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>

/* The replayer ends by returning from its `main`, but for one case, in which it ends by `exit`. */
static void leave_replayer(int status);
int replayer_main(int argument_count, char **arguments);
#define exit leave_replayer
#define main replayer_main
#define LASTCALL_SEARCHED 4096 /* many inputs, none of them long */
#include "../../runtime/replay.c"
#undef exit
#undef main

#include <limits.h>
#include <stdio_ext.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum {
    FILE_LIMIT = 3,
    FIRST_DESCRIPTOR = 100, /* of the files, so that their names are always the same */
    TRACE_LIMIT = 200000,   /* bytes of a trace after expansion */
    CHUNK_LIMIT = 200,      /* pieces in which a pipe delivers a trace */
    WORD_LIMIT = 16         /* words of a command line */
};

/* A part of a text. */
struct byte_span {
    const uint8_t *bytes;
    size_t size;
};

/* How the replayer is called, and what with. */
struct replay_call {
    bool json, observe, finish;
    bool standard_input; /* the one trace comes from standard input, and no FILE is named */
    bool dash;           /* likewise, and FILE is `-` */
    bool missing;        /* a file that there is not is named last */
    bool folder;         /* a folder is named last */
    bool full_output;    /* standard output cannot be written */
    bool any_words;      /* the first trace is a command line of any words */
    size_t chunk;        /* at most so many bytes at once come from standard input */
    struct byte_span traces[FILE_LIMIT];
    unsigned trace_count;
};

static int report_descriptor = -1; /* standard error of the fuzzer */
static jmp_buf replayer_left;
static uint8_t expanded_bytes[TRACE_LIMIT];

/* The sanitizers' run-time library, if there is one. */
void __sanitizer_set_report_fd(void *descriptor) __attribute__((weak));

static void leave_replayer(int status)
{
    longjmp(replayer_left, status + 1);
}

/* ------------------------------------------------------------------------------------------------
 * What was reached
 * --------------------------------------------------------------------------------------------- */

enum line_length { EMPTY_LINE, SHORT_LINE, LONGEST_LINE, TOO_LONG_BY_ONE, TOO_LONG };

/* Much of the trace format needs no branch of its own in the code. So libFuzzer is told what else
 * is new in an input: a kind of line, how it ends and whether it can be read, and a form of call,
 * its files and the exit status. */
#if defined __ELF__
__attribute__((section("__libfuzzer_extra_counters")))
#endif
static struct {
    uint8_t line_ends[TOO_LONG + 1][2][2][2]; /* length, LF, CR, can be read */
    uint8_t words[2][2][2][2];                /* blank first, comment, argument twice, event */
    uint8_t calls[8][2][4];                   /* options, standard input, exit status */
    uint8_t files[FILE_LIMIT + 3][4][4];      /* how many; of the first and the last: status */
} reached;

static void note_line(struct byte_span line, bool feed, bool carriage_return, bool good)
{
    const enum line_length length = line.size == 0      ? EMPTY_LINE
                                    : line.size < 4096  ? SHORT_LINE
                                    : line.size == 4096 ? LONGEST_LINE
                                    : line.size == 4097 ? TOO_LONG_BY_ONE
                                                        : TOO_LONG;

    reached.line_ends[length][feed][carriage_return][good] = 1;
}

/* ------------------------------------------------------------------------------------------------
 * What must hold
 * --------------------------------------------------------------------------------------------- */

/* What the replayer has printed, for the message of a check that fails. */
static char *said_output, *said_errors;
static char *wanted_output;

static void fail_check(int line, const char *claim)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, line, claim);
    fprintf(stderr, "-- standard output\n%s-- standard error\n%s", said_output ? said_output : "",
            said_errors ? said_errors : "");
    fprintf(stderr, "-- standard output as it should be, or its lines as they should begin\n%s",
            wanted_output ? wanted_output : "");
    abort();
}

#define MUST(claim) ((claim) ? (void)0 : fail_check(__LINE__, #claim))

/* ------------------------------------------------------------------------------------------------
 * The second reader
 * --------------------------------------------------------------------------------------------- */

struct expected_trace {
    int status;
    uint64_t bad_line; /* 0: none */
    lifecycleMachine machine;
};

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t';
}

/* The number of the word among the names that `name_of` gives for 0, 1, ...; UINT_MAX: none. */
static unsigned find_word(struct byte_span word, unsigned event, unsigned limit)
{
    for (unsigned i = 0; i < limit; i++) {
        const char *name = event == UINT_MAX ? NAME(event_name)(i) : NAME(argument_name)(event, i);
        if (name != NULL && strlen(name) == word.size && memcmp(name, word.bytes, word.size) == 0) {
            return i;
        }
    }
    return UINT_MAX;
}

/* Reads a line without its end. False if it is bad input; `event` is UINT_MAX if there is none. */
static bool read_simply(struct byte_span line, unsigned *event, unsigned *arguments)
{
    size_t at = 0;
    bool blank = false, twice = false;

    *event = UINT_MAX;
    *arguments = 0;
    if (line.size > 4096 || memchr(line.bytes, '\0', line.size) != NULL) {
        return false;
    }
    for (;;) {
        while (at < line.size && is_blank(line.bytes[at])) {
            blank = blank || at == 0;
            at++;
        }
        struct byte_span word = {line.bytes + at, 0};
        while (at < line.size && !is_blank(line.bytes[at]) && line.bytes[at] != '#') {
            at++;
            word.size++;
        }
        if (word.size == 0) {
            reached.words[blank][at < line.size][twice][*event != UINT_MAX] = 1;
            return true;
        }
        if (*event == UINT_MAX) {
            *event = find_word(word, UINT_MAX, CONSTANT(EVENT_COUNT));
            if (*event == UINT_MAX) {
                return false;
            }
        } else {
            const unsigned index = find_word(word, *event, 32);
            if (index == UINT_MAX) {
                return false;
            }
            twice = twice || (*arguments >> index & 1u) != 0;
            *arguments |= 1u << index;
        }
    }
}

/* What explains a rejection, as members of its object; the texts of these lifecycles need no escapes. */
static void expect_why(FILE *wanted, const lifecycleMachine *before, unsigned event, unsigned arguments)
{
    char sentence[4096];
    NAME(call) calls[32];
    const unsigned rule = NAME(rule)(before, event, arguments), holdings = CONSTANT(HOLDING_COUNT);
    const char *between = "";
    const size_t count = NAME(advice)(before, event, arguments, calls, 32);
    uint64_t events = 0;

    NAME(explain)(before, event, arguments, sentence, sizeof sentence);
    fprintf(wanted, ", \"message\": \"%s\"", sentence);
    if (NAME(event_call)(event) != NULL) {
        fprintf(wanted, ", \"call\": \"%s\"", NAME(event_call)(event));
    }
    if (rule != CONSTANT(RULE_NONE) && NAME(rule_source)(rule) != NULL) {
        fprintf(wanted, ", \"source\": \"%s\"", NAME(rule_source)(rule));
    }
    fprintf(wanted, ", \"held\": {");
    for (unsigned holding = 0; holding < holdings; holding++) {
        if (NAME(held)(before, holding) != 0) {
            fprintf(wanted, "%s\"%s\": %" PRIu32, between, NAME(holding_name)(holding), NAME(held)(before, holding));
            between = ", ";
        }
    }
    fprintf(wanted, "}");
    for (size_t i = 0; i < count && i < 32; i++) {
        events += calls[i].times;
    }
    if (count == 0 || count > 32 || events > 100) {
        return;
    }
    between = ", \"advice\": [";
    for (size_t i = 0; i < count; i++) {
        for (uint32_t time = 0; time < calls[i].times; time++) {
            fprintf(wanted, "%s\"%s", between, NAME(event_name)(calls[i].event));
            for (unsigned bit = 0; bit < 32 && NAME(argument_name)(calls[i].event, bit) != NULL; bit++) {
                if ((calls[i].args >> bit & 1u) != 0) {
                    fprintf(wanted, " %s", NAME(argument_name)(calls[i].event, bit));
                }
            }
            fprintf(wanted, "\"");
            between = ", ";
        }
    }
    fprintf(wanted, "]");
}

/* The object for an event, in the order of keys that the contract gives. */
static void expect_object(FILE *wanted, uint64_t line, const lifecycleMachine *before,
                          const lifecycleMachine *after, unsigned event, unsigned arguments)
{
    const unsigned verdict = NAME(check)(before, event, arguments);
    const unsigned rule = NAME(rule)(before, event, arguments);
    const unsigned warnings = NAME(warnings)(before, event, arguments);

    fprintf(wanted, "{\"line\": %" PRIu64 ", \"event\": \"%s\", \"verdict\": \"%s\"", line,
            NAME(event_name)(event), verdict == CONSTANT(ACCEPTED) ? "accepted" : "rejected");
    fprintf(wanted, ", \"state\": \"%s\"", NAME(state_name)(NAME(state)(after)));
    if (verdict != CONSTANT(ACCEPTED)) {
        fprintf(wanted, ", \"reason\": \"%s\"", NAME(verdict_name)(verdict));
    }
    if (rule != CONSTANT(RULE_NONE)) {
        fprintf(wanted, ", \"rule\": \"%s\"", NAME(rule_name)(rule));
    }
    if (verdict != CONSTANT(ACCEPTED)) {
        expect_why(wanted, before, event, arguments);
    }
    if (warnings != 0) {
        const char *between = ", \"warnings\": [";
        for (unsigned i = 0; i < 32; i++) {
            if ((warnings >> i & 1u) != 0) {
                fprintf(wanted, "%s\"%s\"", between, NAME(rule_name)(NAME(warning_rule)(event, i)));
                between = ", ";
            }
        }
        fprintf(wanted, "]");
    }
    fprintf(wanted, "}\n");
}

static void expect_sentence(FILE *wanted, const char *name, uint64_t line,
                            const lifecycleMachine *before, unsigned event, unsigned arguments)
{
    const size_t length = NAME(explain)(before, event, arguments, NULL, 0);
    char *sentence = malloc(length + 1);

    if (sentence == NULL) {
        abort();
    }
    NAME(explain)(before, event, arguments, sentence, length + 1);
    fprintf(wanted, "%s:%" PRIu64 ": %s", name, line, sentence);
    fputc('\n', wanted);
    free(sentence);
}

static void expect_counts(FILE *wanted, const lifecycleMachine *machine, bool leaked)
{
    const char *between = "";
    for (unsigned i = 0; i + 1 <= CONSTANT(HOLDING_COUNT); i++) {
        const uint32_t held = NAME(held)(machine, i);
        if (held != 0 && !(leaked && NAME(may_remain)(i))) {
            fprintf(wanted, "%s\"%s\": %" PRIu32, between, NAME(holding_name)(i), held);
            between = ", ";
        }
    }
}

/* The closing object: of bad input, as far as the trace was judged. */
static void expect_end(FILE *wanted, const struct replay_call *call, const char *name,
                       const struct expected_trace *expected, uint64_t events, uint64_t rejected)
{
    const bool bad = expected->status == STATUS_BAD_INPUT;

    fprintf(wanted, "{\"events\": %" PRIu64 ", \"accepted\": %" PRIu64, events, events - rejected);
    fprintf(wanted, ", \"rejected\": %" PRIu64, rejected);
    fprintf(wanted, ", \"state\": \"%s\", \"finished\": %s",
            NAME(state_name)(NAME(state)(&expected->machine)),
            !bad && NAME(finished)(&expected->machine) ? "true" : "false");
    fprintf(wanted, ", \"outstanding\": {");
    expect_counts(wanted, &expected->machine, false);
    if (call->observe) {
        fprintf(wanted, "}, \"leaked\": {");
        expect_counts(wanted, &expected->machine, true);
    }
    fprintf(wanted, "}, \"file\": \"%s\"%s}\n", name, bad ? ", \"error\": \"\"" : "");
}

/* What is to be said of a whole trace; in text, each line is only how one is to begin. */
static struct expected_trace expect_trace(FILE *wanted, const struct replay_call *call,
                                          const char *name, struct byte_span trace)
{
    struct expected_trace expected = {.status = STATUS_FINE};
    uint64_t line_number = 0, rejected = 0, events = 0;

    NAME(init)(&expected.machine);
    while (trace.size != 0) {
        const uint8_t *feed = memchr(trace.bytes, '\n', trace.size);
        struct byte_span line = {trace.bytes, feed ? (size_t)(feed - trace.bytes) : trace.size};
        const lifecycleMachine before = expected.machine;
        unsigned event, arguments;

        trace.bytes += line.size + (feed != NULL);
        trace.size -= line.size + (feed != NULL);
        const bool carriage_return = line.size != 0 && line.bytes[line.size - 1] == '\r';
        line.size -= carriage_return;
        line_number++;
        const bool good = read_simply(line, &event, &arguments);
        note_line(line, feed != NULL, carriage_return, good);
        if (!good) {
            expected.bad_line = line_number;
            expected.status = STATUS_BAD_INPUT;
            if (call->json) {
                expect_end(wanted, call, name, &expected, events, rejected);
            }
            return expected;
        }
        if (event == UINT_MAX) {
            continue;
        }
        events++;
        const unsigned verdict = call->observe
                                     ? NAME(observe)(&expected.machine, event, arguments)
                                     : NAME(fire)(&expected.machine, event, arguments);
        rejected += verdict != CONSTANT(ACCEPTED);
        if (call->json) {
            expect_object(wanted, line_number, &before, &expected.machine, event, arguments);
        } else if (verdict != CONSTANT(ACCEPTED)
                   || NAME(warnings)(&before, event, arguments) != 0) {
            expect_sentence(wanted, name, line_number, &before, event, arguments);
        }
    }
    if (call->json) {
        expect_end(wanted, call, name, &expected, events, rejected);
    } else if (!call->finish) {
        fprintf(wanted, "%s: %" PRIu64 " event\n", name, events);
    }
    if (rejected != 0 || !NAME(finished)(&expected.machine)) {
        expected.status = STATUS_FAULTY;
    }
    return expected;
}

/* ------------------------------------------------------------------------------------------------
 * Calling the replayer
 * --------------------------------------------------------------------------------------------- */

/* All that a file in memory holds, as a string, and the file empty again. */
static char *take_text(int descriptor, size_t *size)
{
    const off_t end = lseek(descriptor, 0, SEEK_END);
    char *text = malloc((size_t)end + 1);

    if (end < 0 || text == NULL || pread(descriptor, text, (size_t)end, 0) != (ssize_t)end
        || ftruncate(descriptor, 0) != 0 || lseek(descriptor, 0, SEEK_SET) != 0) {
        abort();
    }
    text[end] = '\0';
    *size = (size_t)end;
    return text;
}

static void fill_file(int descriptor, struct byte_span content)
{
    if (ftruncate(descriptor, 0) != 0
        || pwrite(descriptor, content.bytes, content.size, 0) != (ssize_t)content.size
        || lseek(descriptor, 0, SEEK_SET) != 0) {
        abort();
    }
}

/* Standard input as a pipe that delivers at most `chunk` bytes to each read; where a pipe may not
 * be as large as it has to be, a file. */
static void fill_standard_input(struct byte_span content, size_t chunk)
{
    int ends[2];

    if (content.size / CHUNK_LIMIT >= chunk) {
        chunk = content.size / CHUNK_LIMIT + 1;
    }
    if (pipe2(ends, O_DIRECT) != 0) {
        abort();
    }
    if (fcntl(ends[1], F_SETPIPE_SZ, 1 << 20) < 0) {
        fill_file(FIRST_DESCRIPTOR, content);
        dup2(FIRST_DESCRIPTOR, ends[0]);
        content.size = 0;
    }
    while (content.size != 0) {
        const size_t part = content.size < chunk ? content.size : chunk;
        if (write(ends[1], content.bytes, part) != (ssize_t)part) {
            abort();
        }
        content.bytes += part;
        content.size -= part;
    }
    close(ends[1]);
    dup2(ends[0], STDIN_FILENO);
    close(ends[0]);
}

/* Runs the replayer as a new process would: with its options unset and its output its own. */
static int run_replayer(bool full_output, int argument_count, char **arguments)
{
    static int output = -1, errors = -1, real_output, full;
    static volatile int status;
    size_t size;

    if (output < 0) {
        output = memfd_create("output", MFD_CLOEXEC);
        errors = memfd_create("errors", MFD_CLOEXEC);
        full = open("/dev/full", O_WRONLY | O_CLOEXEC);
        real_output = dup(STDOUT_FILENO);
        if (output < 0 || errors < 0 || full < 0 || real_output < 0) {
            abort();
        }
    }
    memset(&optionWanted, 0, sizeof optionWanted);
    memset(&readProgress, 0, sizeof readProgress);
    fflush(stdout);
    fflush(stderr);
    dup2(full_output ? full : output, STDOUT_FILENO);
    dup2(errors, STDERR_FILENO);
    const int next_descriptor = dup(STDIN_FILENO);
    close(next_descriptor);
    status = setjmp(replayer_left);
    if (status == 0) {
        status = replayer_main(argument_count, arguments);
    } else {
        status--;
        close(next_descriptor); /* the file that it was at, if it had opened one */
    }
    fflush(stdout); /* the end of a process does it */
    __fpurge(stdout);
    clearerr(stdout);
    fflush(stderr);
    dup2(real_output, STDOUT_FILENO);
    dup2(report_descriptor, STDERR_FILENO);
    said_output = take_text(output, &size);
    MUST(strlen(said_output) == size);
    said_errors = take_text(errors, &size);
    MUST(strlen(said_errors) == size);
    return status;
}

/* ------------------------------------------------------------------------------------------------
 * Comparing
 * --------------------------------------------------------------------------------------------- */

/* Without the blanks that JSON allows between its parts; the names in it have none. */
static void squeeze(char *text)
{
    char *to = text;
    for (; *text != '\0'; text++) {
        if (*text != ' ') {
            *to++ = *text;
        }
    }
    *to = '\0';
}

/* Empties the errors that closing objects tell: what they say is for people. */
static void empty_errors(char *text)
{
    static const char key[] = ", \"error\": \"";
    char *error;
    while ((error = strstr(text, key)) != NULL) {
        char *begin = error + strlen(key), *end = strchr(begin, '\n');
        MUST(end != NULL && end - begin > 2 && end[-1] == '}' && end[-2] == '"');
        memmove(begin, end - 2, strlen(end - 2) + 1);
        text = begin;
    }
}

/* Each line of `text` begins as the line of `beginnings` does, and there are as many. */
static bool lines_begin(const char *text, const char *beginnings)
{
    while (*beginnings != '\0' && *text != '\0') {
        const size_t length = strcspn(beginnings, "\n");
        const char *end = strchr(text, '\n');
        if (end == NULL || strncmp(text, beginnings, length) != 0) {
            return false;
        }
        text = end + 1;
        beginnings += length + 1;
    }
    return *beginnings == *text;
}

/* Takes the message that bad input got off the end: `NAME:LINE: error: `, printable, one line. */
static void take_message(char *errors, const char *name, uint64_t line)
{
    char begin[256];
    size_t length = strlen(errors);

    if (line != 0) {
        snprintf(begin, sizeof begin, "%s:%" PRIu64 ": error: ", name, line);
    } else {
        snprintf(begin, sizeof begin, "%s: error: ", name);
    }
    MUST(length != 0 && errors[length - 1] == '\n');
    errors[--length] = '\0';
    while (length != 0 && errors[length - 1] != '\n') {
        length--;
        MUST((unsigned char)errors[length] >= ' ' && (unsigned char)errors[length] < 0x7f);
    }
    MUST(strncmp(errors + length, begin, strlen(begin)) == 0);
    MUST(strlen(errors + length) > strlen(begin));
    errors[length] = '\0';
}

/* Standard output is a trace: the way from where the machine is to the end, or nothing. */
static void check_way(lifecycleMachine machine, int status)
{
    const char *line = said_output;

    if (status == STATUS_FAULTY) {
        unsigned event, arguments;
        MUST(*said_output == '\0');
        while (NAME(next)(&machine, &event, &arguments)) {
            NAME(fire)(&machine, event, arguments);
        }
        MUST(!NAME(finished)(&machine));
        return;
    }
    MUST(status == STATUS_FINE);
    while (*line != '\0') {
        const struct byte_span span = {(const uint8_t *)line, strcspn(line, "\n")};
        unsigned event, arguments;
        MUST(line[span.size] == '\n');
        MUST(read_simply(span, &event, &arguments) && (event != UINT_MAX || *line == '#'));
        MUST(event == UINT_MAX
             || NAME(fire)(&machine, event, arguments) == CONSTANT(ACCEPTED));
        line += span.size + 1;
    }
    MUST(NAME(finished)(&machine));
}

/* ------------------------------------------------------------------------------------------------
 * Inputs
 * --------------------------------------------------------------------------------------------- */

/* Writes out what stands for many bytes; gives how much of the room is used. */
static size_t expand(const uint8_t *data, size_t size, uint8_t *to, size_t room)
{
    size_t used = 0;
    for (size_t i = 0; i < size && used < room; i++) {
        if (data[i] == 0x1e && i + 2 < size) {
            size_t count = 32 * ((size_t)data[i + 2] + 1);
            count = count < room - used ? count : room - used;
            memset(to + used, data[i + 1], count);
            used += count;
            i += 2;
        } else {
            to[used++] = data[i];
        }
    }
    return used;
}

/* Reads the letters of the first line, and splits the rest. */
static struct replay_call take_form(const uint8_t *data, size_t size)
{
    struct replay_call call = {.chunk = PIPE_BUF, .trace_count = 1};
    size_t at = 0;

    for (; at < size && data[at] != '\n'; at++) {
        switch (data[at]) {
        case 'j': call.json = true; break;
        case 'o': call.observe = true; break;
        case 'f': call.finish = true; break;
        case 's': call.standard_input = true; break;
        case '-': call.dash = true; break;
        case 'm': call.missing = true; break;
        case 'd': call.folder = true; break;
        case 'x': call.full_output = true; break;
        case 'w': call.any_words = true; break;
        default:
            if (data[at] >= '1' && data[at] <= '9') {
                call.chunk = (size_t)(data[at] - '0') * (data[at] - '0');
            }
            break;
        }
    }
    at += at < size;
    size = expand(data + at, size - at, expanded_bytes, sizeof expanded_bytes);
    call.traces[0].bytes = expanded_bytes;
    for (size_t i = 0; i < size; i++) {
        if (expanded_bytes[i] == 0x1d && call.trace_count < FILE_LIMIT) {
            call.traces[call.trace_count++].bytes = expanded_bytes + i + 1;
        } else {
            call.traces[call.trace_count - 1].size++;
        }
    }
    return call;
}

static char program_name[] = "replay";

/* A command line of raw words: nothing is expected but an end, and a message if it is status 2. */
static void run_any_words(const struct replay_call *call)
{
    static char line[1024];
    char *arguments[WORD_LIMIT + 2] = {program_name};
    int count = 1;
    const struct byte_span words = call->traces[0];
    const size_t size = words.size < sizeof line ? words.size : sizeof line - 1;
    char *word, *rest = NULL;

    memcpy(line, words.bytes, size);
    line[size] = '\0';
    for (word = strtok_r(line, "\n", &rest); word != NULL && count <= WORD_LIMIT;
         word = strtok_r(NULL, "\n", &rest)) {
        if (strchr(word, '/') == NULL) { /* no file of the machine that it runs on */
            arguments[count++] = word;
        }
    }
    fill_standard_input(call->traces[1], call->chunk);
    const int status = run_replayer(false, count, arguments);
    MUST(status >= STATUS_FINE && status <= STATUS_BAD_INPUT);
    MUST(status != STATUS_BAD_INPUT || strstr(said_errors, ": error: ") != NULL);
}

/* A file that is named to the replayer, and what is expected of it. */
struct named_file {
    char path[16];    /* as an argument */
    const char *name; /* as messages give it */
    struct expected_trace expected;
};

/* Gives the number of files; those that can be read are filled, and what is expected is written. */
static unsigned prepare_files(struct replay_call *call, struct named_file *files, FILE *wanted)
{
    unsigned count = 0;

    if (call->standard_input || call->dash) {
        call->trace_count = 1;
        call->missing = call->missing && !call->standard_input;
        call->folder = call->folder && !call->standard_input;
    }
    for (; count < call->trace_count; count++) {
        struct named_file *file = &files[count];
        if (call->standard_input || call->dash) {
            strcpy(file->path, "-");
            file->name = "<stdin>";
            fill_standard_input(call->traces[count], call->chunk);
        } else {
            sprintf(file->path, "/dev/fd/%u", FIRST_DESCRIPTOR + count);
            file->name = file->path;
            fill_file((int)(FIRST_DESCRIPTOR + count), call->traces[count]);
        }
        file->expected = expect_trace(wanted, call, file->name, call->traces[count]);
    }
    for (int i = 0; i < 2; i++) {
        if (i == 0 ? call->missing : call->folder) {
            struct named_file *file = &files[count++];
            strcpy(file->path, i == 0 ? "/dev/null/file" : "/dev");
            file->name = file->path;
            file->expected.status = STATUS_BAD_INPUT;
            file->expected.bad_line = 0;
            NAME(init)(&file->expected.machine);
            if (call->json) {
                expect_end(wanted, call, file->name, &file->expected, 0, 0);
            }
        }
    }
    return count;
}

static void check_answers(const struct replay_call *call, const struct named_file *files,
                          unsigned count, int status)
{
    int highest = STATUS_FINE;

    /* what is said on standard error at the end of a file; between these, only with --finish */
    for (unsigned i = count; i-- != 0;) {
        if (files[i].expected.status == STATUS_BAD_INPUT) {
            take_message(said_errors, files[i].name, files[i].expected.bad_line);
        }
        highest = files[i].expected.status > highest ? files[i].expected.status : highest;
    }
    if (call->finish) {
        if (highest == STATUS_BAD_INPUT) {
            MUST(status == STATUS_BAD_INPUT && *said_output == '\0');
            MUST(lines_begin(said_errors, wanted_output));
        } else {
            check_way(files[0].expected.machine, status);
            if (status == STATUS_FAULTY) { /* it says so in a line of its own */
                size_t length = strlen(said_errors);
                MUST(length != 0);
                said_errors[--length] = '\0';
                while (length != 0 && said_errors[length - 1] != '\n') {
                    said_errors[--length] = '\0';
                }
            }
            MUST(lines_begin(said_errors, wanted_output));
        }
        return;
    }
    MUST(status == highest);
    MUST(*said_errors == '\0');
    if (call->json) {
        empty_errors(said_output);
        squeeze(said_output);
        squeeze(wanted_output);
        MUST(strcmp(said_output, wanted_output) == 0);
    } else {
        MUST(lines_begin(said_output, wanted_output));
    }
}

/* A call as a user makes it, and everything that it must answer. */
static void run_call(struct replay_call *call)
{
    static char json[] = "--json", observe[] = "--observe", finish[] = "--finish";
    struct named_file files[FILE_LIMIT + 2];
    char *arguments[WORD_LIMIT] = {program_name};
    int argument_count = 1;
    size_t wanted_size = 0;
    FILE *wanted = open_memstream(&wanted_output, &wanted_size);

    if (call->json) {
        arguments[argument_count++] = json;
    }
    if (call->observe) {
        arguments[argument_count++] = observe;
    }
    if (call->finish) {
        arguments[argument_count++] = finish;
    }
    const unsigned count = prepare_files(call, files, wanted);
    for (unsigned i = 0; i < count && !call->standard_input; i++) {
        arguments[argument_count++] = files[i].path;
    }
    fclose(wanted);
    const int status = run_replayer(call->full_output, argument_count, arguments);
    MUST(status >= STATUS_FINE && status <= STATUS_BAD_INPUT);
    reached.calls[call->json + 2 * call->observe + 4 * call->finish]
                 [call->standard_input || call->dash][status] = 1;
    reached.files[count][files[0].expected.status][files[count - 1].expected.status] = 1;
    if (call->finish && (call->json || count > 1)) { /* wrong use */
        MUST(status == STATUS_BAD_INPUT && *said_output == '\0');
        MUST(strstr(said_errors, ": error: ") != NULL);
    } else if (!call->full_output) {
        check_answers(call, files, count, status);
    } else if (*wanted_output != '\0' && !call->finish) {
        MUST(status == STATUS_BAD_INPUT && *said_output == '\0');
        MUST(strstr(said_errors, ": error: ") != NULL);
    }
}

/* ------------------------------------------------------------------------------------------------
 * What fuzzers call
 * --------------------------------------------------------------------------------------------- */

int LLVMFuzzerInitialize(int *argument_count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argument_count, char ***arguments)
{
    (void)argument_count;
    (void)arguments;
    report_descriptor = dup(STDERR_FILENO);
    if (__sanitizer_set_report_fd != NULL) {
        __sanitizer_set_report_fd((void *)(intptr_t)report_descriptor);
    }
    for (int i = 0; i < FILE_LIMIT; i++) {
        const int file = memfd_create("trace", 0);
        if (file < 0 || dup2(file, FIRST_DESCRIPTOR + i) < 0) {
            abort();
        }
        close(file);
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct replay_call call = take_form(data, size);

    if (call.any_words) {
        run_any_words(&call);
    } else {
        run_call(&call);
    }
    free(said_output);
    free(said_errors);
    free(wanted_output);
    said_output = said_errors = wanted_output = NULL;
    return 0;
}
