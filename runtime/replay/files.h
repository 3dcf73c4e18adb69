/* A part of replay.c: from one file to all that is said of it; several, one after another. */

static enum exitStatus replayFile(const char *path)
{
    const bool is_stdin = strcmp(path, "-") == 0;
    struct replayedTrace trace = {.name = is_stdin ? "<stdin>" : path};
    NAME(init)(&trace.machine);
    trace.descriptor = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (trace.descriptor < 0) {
        reportUnreadable(trace.name, 0, "open");
        return STATUS_BAD_INPUT;
    }
    const bool good = judgeTrace(&trace);
    if (!is_stdin) {
        close(trace.descriptor);
    }
    if (!good) {
        return STATUS_BAD_INPUT;
    }
    if (optionWanted.finish) {
        return putWay(&trace);
    }
    if (optionWanted.json) {
        putEndJson(&trace);
    } else {
        putEndText(&trace);
    }
    return trace.rejected == 0 && NAME(finished)(&trace.machine) ? STATUS_FINE : STATUS_FAULTY;
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
