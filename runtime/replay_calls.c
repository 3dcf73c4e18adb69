/* NAME-replay: judges traces of calls by an API's guard that lastcall generated.
 *
 * This file is the same for every API. The compile command says which one it is for, and defines
 * the macro that makes the guard's header bring its functions and text along:
 *
 *     cc -O2 -DLASTCALL_HEADER='<db_guard.h>' -DLASTCALL_NAME=db_guard -DLASTCALL_API='"db"' \
 *        -DLASTCALL_CONSTANT=DB_GUARD -DDB_GUARD_IMPLEMENTATION \
 *        -I DIRECTORY_OF_THE_HEADER replay_calls.c -o db-replay
 *
 * -DLASTCALL_VERSION='"1.2.3"' is what --version says.
 *
 * It goes through a trace line by line as replay.c does, whose reading and writing it shares. What
 * it keeps beside the guard's objects are the names of their handles.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif
#ifndef _FILE_OFFSET_BITS
#define _FILE_OFFSET_BITS 64 /* traces over 2 GB on 32-bit machines too */
#endif

#include "replay_calls/guard.h"

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
#endif

#ifndef LASTCALL_VERSION
#define LASTCALL_VERSION "unknown"
#endif

#define PROGRAM LASTCALL_API "-replay"

enum {
    LINE_LIMIT = 4096, /* bytes of a line without its end; fixed by the trace format */
    BLOCK_SIZE = 256 * 1024,
    OUTPUT_SIZE = 64 * 1024,
    QUOTE_LIMIT = 40,          /* bytes of a bad word that a message repeats */
    COMPARED_LENGTH = 64,      /* longer words are not worth a "did you mean" */
    SHOWN_LIMIT = 20,          /* objects that the report at the end names one by one */
    FIRST_STORAGE = 256 * 1024 /* bytes for the guard's objects; more as they are needed */
};

enum exitStatus { STATUS_FINE, STATUS_FAULTY, STATUS_BAD_INPUT };

static struct {
    bool json, observe, help, version;
} optionWanted;

/* The parts, in the order of the data. */
/* clang-format off */
#include "replay/hash.h"
#include "replay/output.h"
#include "replay/names.h"
#include "replay/guess.h"
#include "replay/lines.h"
#include "replay_calls/names.h"
#include "replay_calls/words.h"
#include "replay_calls/say_call.h"
#include "replay_calls/say_end.h"
#include "replay_calls/judge.h"
#include "replay_calls/options.h"
/* clang-format on */

/* All is done in one process. */
static void reportSoFar(void)
{
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
#else
    setvbuf(stderr, NULL, _IOLBF, BUFSIZ); /* a message is one write */
#endif
    answerStream = stdout;
    if (!takeOptions(files, &file_count)) {
        return STATUS_BAD_INPUT;
    }
    if (optionWanted.help) {
        putHelp();
    } else if (optionWanted.version) {
        puts(PROGRAM " " LASTCALL_VERSION);
    } else {
        readProgress.wanted = isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO);
        readProgress.last_time = time(NULL);
        if (file_count == 0) {
            status = replayFile("-");
        }
        for (int i = 0; i < file_count; i++) {
            const enum exitStatus of_file = replayFile(files[i]);
            status = of_file > status ? of_file : status;
        }
        eraseProgress();
    }
    flushOutput();
    return (int)status;
}
