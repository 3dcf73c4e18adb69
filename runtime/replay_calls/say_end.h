/* A part of replay_calls.c: the end of a trace: what is said of it as a whole, and what leaked. */

static void putOutstanding(const guardedObject *object, const char *before, const char *between, const char *after_name)
{
    for (unsigned holding = 0; holding < NAME(holding_count)(object->kind); holding++) {
        const uint32_t held = NAME(held)(object, holding);
        if (held != 0) {
            putWords(before);
            putWords(sureName(NAME(holding_name)(object->kind, holding)));
            putWords(after_name);
            putNumber(held);
            before = between;
        }
    }
}

/* Gives whether nothing is left. */
static bool putEndJson(const struct replayedTrace *trace)
{
    NAME(walk) walk;
    const guardedObject *object, *first;
    memset(&walk, 0, sizeof walk);
    first = object = NAME(next_live)(&trace->machine, &walk);
    putWords("{\"calls\": ");
    putNumber(trace->accepted + trace->rejected);
    putWords(", \"accepted\": ");
    putNumber(trace->accepted);
    putWords(", \"rejected\": ");
    putNumber(trace->rejected);
    putWords(first == NULL ? ", \"finished\": true, \"live\": [" : ", \"finished\": false, \"live\": [");
    for (; object != NULL; object = NAME(next_live)(&trace->machine, &walk)) {
        putWords(object == first ? "{" : ", {");
        putWhoJson(object->kind, object->handle, &object->made, NAME(state)(object));
        putWords(", \"outstanding\": {");
        putOutstanding(object, "\"", ", \"", "\": ");
        putWords("}}");
    }
    putWords("]}\n");
    return first == NULL;
}

static void putLeak(const lifecycleMachine *guard, const guardedObject *object, unsigned depth)
{
    for (unsigned i = 0; i <= depth; i++) {
        putWords("    ");
    }
    putObject(guard, object);
    if (NAME(kind_per)(object->kind) == WITH_HANDLES) {
        putPlace(", made by ", &object->made);
    }
    putWords(", in state ");
    putWords(sureName(NAME(state_name)(object->kind, NAME(state)(object))));
    putOutstanding(object, ", holding ", ", ", " ");
    putWords("\n");
}

/* The few that leaked, each below its parent. */
static void putTree(const lifecycleMachine *guard, const guardedObject *const *live, unsigned count)
{
    unsigned depth[SHOWN_LIMIT], order[SHOWN_LIMIT], shown = 0;
    bool done[SHOWN_LIMIT] = {false};
    while (shown < count) {
        /* the next is the first child of the last that was shown, or of one above that, or has no parent here */
        unsigned next = count;
        for (unsigned at = shown; next == count && at-- != 0;) {
            for (unsigned i = 0; next == count && i < count; i++) {
                const uint32_t parent = live[i]->parent[0];
                if (!done[i] && parent != 0 && &guard->objects[parent - 1] == live[order[at]]) {
                    next = i;
                    depth[shown] = depth[at] + 1;
                }
            }
        }
        for (unsigned i = 0; next == count && i < count; i++) {
            bool below = false;
            for (unsigned k = 0; k < count; k++) {
                below = below || (!done[k] && live[i]->parent[0] != 0 && &guard->objects[live[i]->parent[0] - 1] == live[k]);
            }
            if (!done[i] && !below) {
                next = i;
                depth[shown] = 0;
            }
        }
        done[next] = true;
        order[shown] = next;
        putLeak(guard, live[next], depth[shown]);
        shown++;
    }
}

/* Gives whether nothing is left. */
static bool putEndText(const struct replayedTrace *trace)
{
    const guardedObject *live[SHOWN_LIMIT];
    uint64_t total = 0, by_kind[CONSTANT(KIND_COUNT)] = {0};
    NAME(walk) walk;
    memset(&walk, 0, sizeof walk);
    for (const guardedObject *object; (object = NAME(next_live)(&trace->machine, &walk)) != NULL; total++) {
        if (total < SHOWN_LIMIT) {
            live[total] = object;
        }
        by_kind[object->kind]++;
    }
    putWords(trace->names.text);
    putWords(": ");
    putNumber(trace->accepted + trace->rejected);
    putWords(trace->accepted + trace->rejected == 1 ? " call, " : " calls, ");
    putNumber(trace->accepted);
    putWords(" accepted, ");
    putNumber(trace->rejected);
    putWords(" rejected; ");
    if (trace->warned != 0) {
        putNumber(trace->warned);
        putWords(" with an object that is not known; ");
    }
    if (total == 0) {
        putWords("finished\n");
        return true;
    }
    putWords("not finished, left: ");
    const char *before = "";
    for (unsigned kind = 0; kind < CONSTANT(KIND_COUNT); kind++) {
        if (by_kind[kind] != 0) {
            putWords(before);
            putWords(sureName(NAME(kind_name)(kind)));
            putWords(" ");
            putNumber(by_kind[kind]);
            before = ", ";
        }
    }
    putWords(total > SHOWN_LIMIT ? "; the first of them:\n" : "\n");
    putTree(&trace->machine, live, total < SHOWN_LIMIT ? (unsigned)total : SHOWN_LIMIT);
    return false;
}
