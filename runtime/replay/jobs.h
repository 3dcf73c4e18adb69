/* A part of replay.c: several files at once.
 *
 * Processes of their own, the workers, replay the files. Each writes its answers and errors to two
 * temporary files instead of standard output and standard error, and reports through a pipe how far
 * it is. The process that started them hands out the files, and copies what was said of them, in
 * their order. A system without fork replays one file after another.
 */

enum { MOST_JOBS = 200 }; /* each takes five descriptors, of about a thousand */

#ifndef REPLAY_WITH_JOBS

static unsigned countProcessors(void)
{
    return 1;
}

static enum exitStatus replayFilesAtOnce(char **paths, int count)
{
    return replayFiles(paths, count);
}

static void reportSoFar(void) {}

#else

static unsigned countProcessors(void)
{
#ifdef _SC_NPROCESSORS_ONLN
    const long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : count < MOST_JOBS ? (unsigned)count : MOST_JOBS;
#else
    return 1;
#endif
}

/* ------------------------------------------------------------------------------------------------
 * What a worker reports
 * --------------------------------------------------------------------------------------------- */

enum { STATUS_GOING_ON = -1 }; /* of a file that is not yet replayed to its end */

/* How far a worker is. Its answers and errors are in its two temporary files, so far. */
struct workerReport {
    int64_t status; /* of the file that it is at */
    uint64_t answers_end, errors_end;
    uint64_t bytes_read; /* since the last report */
};

static int reportPipe;

static void sendReport(int status)
{
    const struct workerReport report = {
        .status = status,
        .answers_end = (uint64_t)lseek(STDOUT_FILENO, 0, SEEK_CUR),
        .errors_end = (uint64_t)lseek(STDERR_FILENO, 0, SEEK_CUR),
        .bytes_read = readProgress.bytes,
    };
    readProgress.bytes = 0;
    if (write(reportPipe, &report, sizeof report) != (ssize_t)sizeof report) {
        _exit(STATUS_BAD_INPUT); /* nobody is there any more to be told */
    }
}

static void reportSoFar(void)
{
    if (isWorker) {
        sendReport(STATUS_GOING_ON);
    }
}

/* ------------------------------------------------------------------------------------------------
 * Workers, and what this process knows of them
 * --------------------------------------------------------------------------------------------- */

/* Small files are handed out together, so many or so many bytes of them: to hand out takes about as
 * long as to replay some kilobytes. */
enum { SHARE_FILES = 100, SHARE_BYTES = 1 << 20 };

/* Files that are handed out: paths[first] to paths[end - 1]. */
struct handedShare {
    int first, end;
    int afresh; /* all answers were copied: the temporary files begin again */
};

struct fileWorker {
    pid_t process;                  /* 0: it has ended */
    int share_pipe[2], report_pipe; /* both ends, so that a worker that has died breaks no pipe */
    FILE *answers, *errors;         /* the temporary files */
    struct handedShare share;       /* what is left to be replayed of it; if nothing, it waits */
    bool has_stream;                /* its share is a file that only one may read */
    struct workerReport report;     /* the last one */
    uint64_t answers_at, errors_at; /* so much was copied */
};

/* What is known of a file after it was handed out. */
struct handedFile {
    struct fileWorker *worker; /* NULL: none has it, so this process replays it at its turn */
    bool lost;                 /* the worker ended before the file did */
    int status, worker_status; /* of the file, and if it is lost of the worker */
    uint64_t answers_end, errors_end;
};

static struct {
    char **paths;
    int count;
    int handed; /* so many files were handed out */
    int copied; /* of so many all was copied */
    struct handedFile *files;
    struct fileWorker workers[MOST_JOBS];
    unsigned worker_count;
} fileCrew;

/* ------------------------------------------------------------------------------------------------
 * Processes that come and go
 * --------------------------------------------------------------------------------------------- */

/* What a worker does: replays what it is handed, until there is no more. */
static void workOnFiles(int share_pipe)
{
    struct handedShare share;
    while (read(share_pipe, &share, sizeof share) == (ssize_t)sizeof share) {
        for (int i = 0; share.afresh && i < 2; i++) {
            const int descriptor = i == 0 ? STDOUT_FILENO : STDERR_FILENO;
            if (ftruncate(descriptor, 0) != 0 || lseek(descriptor, 0, SEEK_SET) != 0) {
                _exit(STATUS_BAD_INPUT);
            }
        }
        for (int i = share.first; i < share.end; i++) {
            const enum exitStatus status = replayFile(fileCrew.paths[i]);
            flushOutput();
            fflush(stderr);
            sendReport((int)status);
        }
    }
    _exit(STATUS_FINE);
}

static void closePipes(const struct fileWorker *worker)
{
    close(worker->share_pipe[0]);
    close(worker->share_pipe[1]);
    close(worker->report_pipe);
}

/* The process of a worker. */
static void beWorker(const struct fileWorker *worker, const int *reports)
{
    isWorker = true;
    readProgress.wanted = false;
    readProgress.bytes = 0;
    reportPipe = reports[1];
    for (unsigned i = 0; i < fileCrew.worker_count; i++) {
        if (fileCrew.workers[i].process != 0) { /* or it would not see this process end */
            closePipes(&fileCrew.workers[i]);
        }
    }
    close(worker->share_pipe[1]);
    close(reports[0]);
    if (dup2(fileno(worker->answers), STDOUT_FILENO) < 0 ||
        dup2(fileno(worker->errors), STDERR_FILENO) < 0) {
        _exit(STATUS_BAD_INPUT);
    }
    workOnFiles(worker->share_pipe[0]);
}

/* Starts the process of a worker that has its temporary files. */
static bool startProcess(struct fileWorker *worker)
{
    int reports[2];
    worker->process = 0;
    if (pipe(worker->share_pipe) != 0) {
        return false;
    }
    if (pipe(reports) != 0) {
        close(worker->share_pipe[0]);
        close(worker->share_pipe[1]);
        return false;
    }
    flushOutput(); /* or both processes would */
    const pid_t process = fork();
    if (process == 0) {
        beWorker(worker, reports);
    }
    close(reports[1]);
    worker->report_pipe = reports[0];
    if (process < 0) {
        closePipes(worker);
        return false;
    }
    worker->process = process;
    return true;
}

static void closeFiles(const struct fileWorker *worker)
{
    if (worker->answers != NULL) {
        fclose(worker->answers);
    }
    if (worker->errors != NULL) {
        fclose(worker->errors);
    }
}

/* Starts as many workers as are wanted, or as there can be. */
static void startWorkers(unsigned wanted)
{
    bool started = true;
    while (started && fileCrew.worker_count < wanted) {
        struct fileWorker *worker = &fileCrew.workers[fileCrew.worker_count];
        worker->answers = tmpfile();
        worker->errors = worker->answers != NULL ? tmpfile() : NULL;
        /* where a standard stream is closed, a temporary file must not take its place */
        started = worker->errors != NULL && fileno(worker->answers) > STDERR_FILENO &&
                  startProcess(worker);
        if (started) {
            fileCrew.worker_count++;
        } else {
            closeFiles(worker);
        }
    }
}

/* ------------------------------------------------------------------------------------------------
 * Handing out files, taking reports, copying what was said
 * --------------------------------------------------------------------------------------------- */

/* Can a file be read only once, so that two readers would each get a part of it? */
static bool isStream(const char *path, uint64_t *size)
{
    struct stat status;
    *size = 0;
    if (strcmp(path, "-") == 0) {
        return true;
    }
    if (stat(path, &status) != 0) {
        return false;
    }
    *size = S_ISREG(status.st_mode) ? (uint64_t)status.st_size : 0;
    return !S_ISREG(status.st_mode);
}

/* Hands the next files to a worker: a big one, a stream, or several small ones. False if there are
 * none, or none that it may have now. */
static bool handOut(struct fileWorker *worker)
{
    struct handedShare share = {.first = fileCrew.handed, .end = fileCrew.handed};
    uint64_t bytes = 0, size;
    bool stream = false;

    while (share.end < fileCrew.count && share.end - share.first < SHARE_FILES &&
           bytes < SHARE_BYTES) {
        if (isStream(fileCrew.paths[share.end], &size)) {
            stream = share.end == share.first;
            share.end += stream;
            break;
        }
        bytes += size;
        share.end++;
    }
    for (unsigned i = 0; stream && i < fileCrew.worker_count; i++) {
        const struct fileWorker *other = &fileCrew.workers[i];
        if (other->has_stream && other->share.first != other->share.end) {
            return false; /* one reader, as they may be the same */
        }
    }
    share.afresh = worker->answers_at == worker->report.answers_end &&
                   worker->errors_at == worker->report.errors_end;
    if (share.first == share.end ||
        write(worker->share_pipe[1], &share, sizeof share) != (ssize_t)sizeof share) {
        return false;
    }
    if (share.afresh) {
        worker->answers_at = worker->errors_at = 0;
        worker->report.answers_end = worker->report.errors_end = 0;
    }
    worker->share = share;
    worker->has_stream = stream;
    for (fileCrew.handed = share.first; fileCrew.handed < share.end; fileCrew.handed++) {
        fileCrew.files[fileCrew.handed] =
            (struct handedFile){.worker = worker, .status = STATUS_GOING_ON};
    }
    return true;
}

/* What is to be done if a worker has ended before it should: the file that it was at is lost,
 * another process takes its place and the rest of its share. */
static void replaceWorker(struct fileWorker *worker)
{
    int status = 0;
    closePipes(worker);
    waitpid(worker->process, &status, 0);
    worker->process = 0;
    if (worker->share.first == worker->share.end) {
        return; /* it was at nothing */
    }
    struct handedFile *file = &fileCrew.files[worker->share.first++];
    file->status = STATUS_BAD_INPUT;
    file->lost = true;
    file->worker_status = status;
    file->answers_end = worker->report.answers_end;
    file->errors_end = (uint64_t)lseek(fileno(worker->errors), 0, SEEK_END); /* maybe: why */
    worker->share.afresh = 0;
    const struct handedShare rest = worker->share;
    if (ftruncate(fileno(worker->answers), (off_t)file->answers_end) == 0 &&
        lseek(fileno(worker->answers), 0, SEEK_END) >= 0 && startProcess(worker) &&
        write(worker->share_pipe[1], &rest, sizeof rest) == (ssize_t)sizeof rest) {
        return;
    }
    for (; worker->share.first < worker->share.end; worker->share.first++) {
        fileCrew.files[worker->share.first].worker = NULL;
    }
}

static void takeReport(struct fileWorker *worker)
{
    struct workerReport report;
    if (read(worker->report_pipe, &report, sizeof report) != (ssize_t)sizeof report) {
        replaceWorker(worker);
        return;
    }
    showProgress((size_t)report.bytes_read);
    worker->report = report;
    if (report.status != STATUS_GOING_ON) {
        struct handedFile *file = &fileCrew.files[worker->share.first++];
        file->status = (int)report.status;
        file->answers_end = report.answers_end;
        file->errors_end = report.errors_end;
    }
}

static bool isBusy(const struct fileWorker *worker)
{
    return worker->process != 0 && worker->share.first != worker->share.end;
}

/* Waits until a worker reports, and takes what all that do have to say. False if none is busy. */
static bool takeReports(void)
{
    struct pollfd pipes[MOST_JOBS];
    struct fileWorker *workers[MOST_JOBS];
    unsigned count = 0;
    for (unsigned i = 0; i < fileCrew.worker_count; i++) {
        if (isBusy(&fileCrew.workers[i])) {
            workers[count] = &fileCrew.workers[i];
            pipes[count++] =
                (struct pollfd){.fd = fileCrew.workers[i].report_pipe, .events = POLLIN};
        }
    }
    if (count != 0 && poll(pipes, count, -1) > 0) {
        for (unsigned i = 0; i < count; i++) {
            if (pipes[i].revents != 0) {
                takeReport(workers[i]);
            }
        }
    }
    return count != 0;
}

/* Copies what a worker has written to a temporary file, from where it was copied to, to `end`. */
static void copyWritten(FILE *file, uint64_t *at, uint64_t end, FILE *to)
{
    static char bytes[OUTPUT_SIZE];
    passAnswers(); /* of files that this process has replayed itself */
    while (*at < end) {
        const size_t wanted = end - *at < sizeof bytes ? (size_t)(end - *at) : sizeof bytes;
        const ssize_t size = pread(fileno(file), bytes, wanted, (off_t)*at);
        if (size <= 0) {
            reportUnreadable(PROGRAM, 0, "read a temporary file");
            printError();
            leaveProgram();
        }
        fwrite(bytes, 1, (size_t)size, to);
        *at += (uint64_t)size;
    }
}

static void reportLost(const char *path, int status)
{
    const struct shownNames names = nameFile(path);
    beginError(names.text, 0);
    if (WIFSIGNALED(status)) {
        sayError("the process that replayed it was ended by signal ");
        sayErrorNumber(WTERMSIG(status));
        sayError(" (");
        sayError(strsignal(WTERMSIG(status)));
        sayError(")");
    } else {
        sayError("the process that replayed it has ended with status ");
        sayErrorNumber(WEXITSTATUS(status));
    }
    if (optionWanted.json) { /* how far it was nobody knows */
        putWords("{\"file\": \"");
        putWords(names.json);
        putWords("\"");
        putErrorJson();
        putWords("}\n");
    }
    printError();
}

/* Copies what was said of files whose turn it is, also of the one that a worker is still at. */
static enum exitStatus copyInOrder(void)
{
    enum exitStatus highest = STATUS_FINE;
    while (fileCrew.copied < fileCrew.handed) {
        const struct handedFile *file = &fileCrew.files[fileCrew.copied];
        struct fileWorker *worker = file->worker;
        int status = file->status;
        if (worker == NULL) {
            status = (int)replayFile(fileCrew.paths[fileCrew.copied]);
        } else if (status == STATUS_GOING_ON) {
            copyWritten(worker->answers, &worker->answers_at, worker->report.answers_end, stdout);
            flushOutput();
            break;
        } else {
            copyWritten(worker->answers, &worker->answers_at, file->answers_end, stdout);
            if (worker->errors_at != file->errors_end) {
                flushOutput();
                eraseProgress();
                copyWritten(worker->errors, &worker->errors_at, file->errors_end, stderr);
            }
            if (file->lost) {
                reportLost(fileCrew.paths[fileCrew.copied], file->worker_status);
            }
        }
        highest = status > (int)highest ? (enum exitStatus)status : highest;
        fileCrew.copied++;
    }
    return highest;
}

static enum exitStatus replayFilesAtOnce(char **paths, int count)
{
    enum exitStatus highest = STATUS_FINE;
    memset(&fileCrew, 0, sizeof fileCrew);
    fileCrew.paths = paths;
    fileCrew.count = count;
    fileCrew.files = calloc((size_t)count, sizeof *fileCrew.files);
    if (fileCrew.files == NULL) {
        return replayFiles(paths, count);
    }
    startWorkers(optionWanted.jobs < (unsigned)count ? optionWanted.jobs : (unsigned)count);
    while (fileCrew.copied < count) {
        for (unsigned i = 0; i < fileCrew.worker_count; i++) {
            if (fileCrew.workers[i].process != 0 && !isBusy(&fileCrew.workers[i])) {
                handOut(&fileCrew.workers[i]);
            }
        }
        if (!takeReports() && fileCrew.handed < count) {
            fileCrew.files[fileCrew.handed++].worker = NULL; /* no worker is left */
        }
        const enum exitStatus status = copyInOrder();
        highest = status > highest ? status : highest;
    }
    for (unsigned i = 0; i < fileCrew.worker_count; i++) {
        if (fileCrew.workers[i].process != 0) {
            closePipes(&fileCrew.workers[i]); /* it sees that there is no more, and ends */
            waitpid(fileCrew.workers[i].process, NULL, 0);
        }
        closeFiles(&fileCrew.workers[i]);
    }
    free(fileCrew.files);
    return highest;
}

#endif
