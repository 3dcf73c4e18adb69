/* A part of replay.c: reading a trace line by line. */

struct replayedTrace {
    struct shownNames names;
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
