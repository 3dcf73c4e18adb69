/* NAME-replay: judges traces of events by a lifecycle that lastcall generated.
 *
 * This file is the same for every lifecycle. The compile command says which one it is for, and
 * defines the macro that makes the lifecycle's header bring its functions and text along:
 *
 *     cc -O2 -DLASTCALL_HEADER='<mapi_session.h>' -DLASTCALL_NAME=mapi_session \
 *        -DLASTCALL_CONSTANT=MAPI_SESSION -DMAPI_SESSION_IMPLEMENTATION \
 *        -I DIRECTORY_OF_THE_HEADER replay.c -o mapi_session-replay
 *
 * -DLASTCALL_VERSION='"1.2.3"' is what --version says; of configurations, --finish looks at no more
 * than -DLASTCALL_SEARCHED=1000000.
 *
 * It goes through a trace line by line: reads the line, looks up its words, judges the event, says
 * what is to be said. Nothing is kept but the machine, so that a trace of any length takes the same
 * memory: traces are logs, and logs are large. It is one source file and its parts in replay/,
 * which are included below in the order of the data, so that one command compiles it for any
 * lifecycle.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif
#ifndef _FILE_OFFSET_BITS
#define _FILE_OFFSET_BITS 64 /* traces over 2 GB on 32-bit machines too */
#endif

#include "replay/lifecycle.h"

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
#ifndef LASTCALL_SEARCHED
#define LASTCALL_SEARCHED 1048576 /* a second or two, and some 60 MB */
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

/* The parts, in the order of the data. */
/* clang-format off */
#include "replay/hash.h"
#include "replay/output.h"
#include "replay/names.h"
#include "replay/guess.h"
#include "replay/lines.h"
#include "replay/words.h"
#include "replay/say_why.h"
#include "replay/say_event.h"
#include "replay/judge.h"
#include "replay/say_end.h"
#include "replay/search.h"
#include "replay/finish.h"
#include "replay/files.h"
#include "replay/jobs.h"
#include "replay/options.h"
/* clang-format on */

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
