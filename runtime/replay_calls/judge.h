/* A part of replay_calls.c: from one file to all that is said of it. */

static void *moreStorage(void *context, void *storage, size_t size)
{
    (void)context;
    return realloc(storage, size);
}

static void judgeCall(struct replayedTrace *trace, struct calledHere *here)
{
    const unsigned verdict = NAME(check)(&trace->machine, &here->call);
    if (trace->machine.untracked != 0) {
        sureMemory(NULL); /* there was no room for an object */
    }
    if (verdict == CONSTANT(ACCEPTED)) {
        trace->accepted++;
    } else {
        trace->rejected++;
    }
    trace->warned += here->call.unknown != 0;
    if (optionWanted.json) {
        putCallJson(here);
    } else if (verdict != CONSTANT(ACCEPTED)) {
        putCallText(trace, here);
    }
    NAME(after)(&trace->machine, &here->call, true);
}

/* Judges all lines. False if there was bad input, which is still to be printed. */
static bool judgeTrace(struct replayedTrace *trace)
{
    struct calledHere here;
    enum lineResult result;
    while ((result = readLine(trace)) == LINE_READ) {
        const bool has_nul = trace->has_nul && memchr(lineBytes, '\0', trace->length) != NULL;
        if (has_nul || trace->length > LINE_LIMIT) {
            beginError(trace->names.text, trace->line);
            if (has_nul) {
                sayError("a NUL byte; a trace is a text");
            } else {
                sayError("the line is longer than ");
                sayErrorNumber(LINE_LIMIT);
                sayError(" bytes");
            }
            return false;
        }
        if (!parseCall(trace, &here)) {
            return false;
        }
        if (!here.empty) {
            judgeCall(trace, &here);
        }
    }
    if (result == LINE_UNREADABLE) {
        reportUnreadable(trace->names.text, trace->block_end != NULL ? trace->line + 1 : 0, "read");
    }
    return result == LINE_MISSING;
}

static enum exitStatus replayFile(const char *path)
{
    const bool is_stdin = strcmp(path, "-") == 0;
    struct replayedTrace trace = {.names = nameFile(path)};
    trace.descriptor = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (trace.descriptor < 0) {
        reportUnreadable(trace.names.text, 0, "open");
        printError();
        return STATUS_BAD_INPUT;
    }
    NAME(init)(&trace.machine, sureMemory(malloc(FIRST_STORAGE)), FIRST_STORAGE);
    trace.machine.more = moreStorage;
    trace.machine.observing = optionWanted.observe;
    const bool good = judgeTrace(&trace);
    if (!is_stdin) {
        close(trace.descriptor);
    }
    bool nothing_left = false;
    if (good) {
        nothing_left = optionWanted.json ? putEndJson(&trace) : putEndText(&trace);
    }
    free(trace.machine.objects);
    if (!good) {
        printError();
        return STATUS_BAD_INPUT;
    }
    return trace.rejected == 0 && nothing_left ? STATUS_FINE : STATUS_FAULTY;
}
