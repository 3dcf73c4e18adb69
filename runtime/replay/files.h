/* A part of replay.c: from one file to all that is said of it; several, one after another. */

/* Judges what can be read of a file. False if there was bad input, which is still to be printed. */
static bool judgeFile(struct replayedTrace *trace, const char *path)
{
    const bool is_stdin = strcmp(path, "-") == 0;
    trace->descriptor = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (trace->descriptor < 0) {
        reportUnreadable(trace->names.text, 0, "open");
        return false;
    }
    const bool good = judgeTrace(trace);
    if (!is_stdin) {
        close(trace->descriptor);
    }
    return good;
}

/* Says what is to be said of a file when all of it is judged, or bad input has stopped that. */
static enum exitStatus concludeFile(const struct replayedTrace *trace, bool good)
{
    if (optionWanted.json) { /* each file has its closing object */
        putEndJson(trace, good);
    }
    if (!good) {
        printError();
        return STATUS_BAD_INPUT;
    }
    if (optionWanted.finish) {
        return putWay(trace);
    }
    if (!optionWanted.json) {
        putEndText(trace);
    }
    return trace->rejected == 0 && NAME(finished)(&trace->machine) ? STATUS_FINE : STATUS_FAULTY;
}

static enum exitStatus replayFile(const char *path)
{
    struct replayedTrace trace = {.names = nameFile(path)};
    NAME(init)(&trace.machine);
    const bool good = judgeFile(&trace, path);
    return concludeFile(&trace, good);
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
