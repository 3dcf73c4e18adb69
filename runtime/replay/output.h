/* A part of replay.c: what goes where: answers, errors, and progress for a person who waits. */

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

/* The error that is being said. It gathers here because with --json it stands in the closing
 * object, too, and is printed after that: so it is in its place where several files are replayed at
 * once. */
static struct {
    const char *place; /* a file's name as it is shown, or the program's */
    uint64_t line;     /* 0 if it is of no line */
    char *text;        /* cut where there is no memory for more; NULL if there was none at all */
    size_t length, size;
} lastError;

static void sayErrorBytes(const char *bytes, size_t length)
{
    if (length >= lastError.size - lastError.length) {
        const size_t size = 2 * (lastError.length + length + 1);
        char *text = realloc(lastError.text, size);
        if (text == NULL) {
            return;
        }
        lastError.text = text;
        lastError.size = size;
    }
    memcpy(lastError.text + lastError.length, bytes, length);
    lastError.length += length;
    lastError.text[lastError.length] = '\0';
}

static void sayError(const char *words)
{
    sayErrorBytes(words, strlen(words));
}

static void sayErrorNumber(int number)
{
    char digits[3 * sizeof number + 2];
    snprintf(digits, sizeof digits, "%d", number);
    sayError(digits);
}

/* Begins an error of a line, or of the whole if line is 0. What is wrong is then said. */
static void beginError(const char *place, uint64_t line)
{
    lastError.place = place;
    lastError.line = line;
    lastError.length = 0;
}

/* Prints `PLACE:LINE: error: `, or `PLACE: error: `, and what is wrong, after all that standard
 * output got before. */
static void printError(void)
{
    flushOutput();
    eraseProgress();
    fputs(lastError.place, stderr);
    if (lastError.line != 0) {
        fprintf(stderr, ":%" PRIu64, lastError.line);
    }
    fputs(": error: ", stderr);
    if (lastError.length != 0) {
        fwrite(lastError.text, 1, lastError.length, stderr);
    }
    fputs("\n", stderr);
}

/* With the line that could not be read; without one if nothing of the file could be. */
static void reportUnreadable(const char *name, uint64_t line, const char *attempt)
{
    const char *reason = strerror(errno);
    beginError(name, line);
    sayError("cannot ");
    sayError(attempt);
    sayError(": ");
    sayError(reason);
}

/* A word from outside, safe on any terminal: printable ASCII, the rest as \xNN, cut if long. */
static void sayQuoted(const char *word, size_t length)
{
    sayError("'");
    for (size_t i = 0; i < length && i < QUOTE_LIMIT; i++) {
        const unsigned char byte = (unsigned char)word[i];
        char shown[sizeof "\\x00"];
        snprintf(shown, sizeof shown, byte > ' ' && byte < 0x7f && byte != '\\' ? "%c" : "\\x%02x",
                 byte);
        sayError(shown);
    }
    sayError(length > QUOTE_LIMIT ? "'..." : "'");
}
