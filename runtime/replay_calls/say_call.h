/* A part of replay_calls.c: what is said of a call, as JSON or in words. */

/* A text in a JSON string: what may not stand there is escaped, what is no UTF-8 replaced. */
static void putJsonText(const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
        unsigned follow = *at >= 0xF0 && *at < 0xF5 ? 3 : *at >= 0xE0 ? 2 : 1;
        if (*at == '"' || *at == '\\') {
            putWords("\\");
            putBytes((const char *)at, 1);
        } else if (*at < 0x20 || *at == 0x7F) {
            char escaped[7];
            snprintf(escaped, sizeof escaped, "\\u%04x", *at);
            putWords(escaped);
        } else if (*at < 0x80) {
            putBytes((const char *)at, 1);
        } else {
            bool good = *at >= 0xC2 && *at < 0xF5;
            for (unsigned i = 1; good && i <= follow; i++) {
                good = at[i] >= 0x80 && at[i] < 0xC0;
            }
            good = good && !(*at == 0xE0 && at[1] < 0xA0) && !(*at == 0xED && at[1] > 0x9F) &&
                   !(*at == 0xF0 && at[1] < 0x90) && !(*at == 0xF4 && at[1] > 0x8F);
            if (good) {
                putBytes((const char *)at, follow + 1);
                at += follow;
            } else {
                putWords("\\ufffd");
            }
        }
    }
}

/* A handle in words: printable ASCII, the rest as \xNN. */
static void putShown(const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
        char escaped[5];
        snprintf(escaped, sizeof escaped, *at > ' ' && *at < 0x7F && *at != '\\' ? "%c" : "\\x%02x", *at);
        putWords(escaped);
    }
}

static void putMoment(const char *key, const guardedPlace *place)
{
    putWords(key);
    putWords("{\"line\": ");
    putNumber(place->line);
    putWords(", \"call\": \"");
    putWords(sureName(place->file));
    putWords("\"}");
}

/* Who it is: the kind, the handle or thread, where it was made, the state. */
static void putWhoJson(unsigned kind, uint64_t handle, const guardedPlace *made, unsigned state)
{
    putWords("\"kind\": \"");
    putWords(sureName(NAME(kind_name)(kind)));
    if (NAME(kind_per)(kind) == WITH_HANDLES || NAME(kind_per)(kind) == PER_THREAD) {
        putWords(NAME(kind_per)(kind) == PER_THREAD ? "\", \"thread\": \"" : "\", \"handle\": \"");
        putJsonText(handleText(handle));
    }
    if (NAME(kind_per)(kind) == WITH_HANDLES) {
        putMoment("\", \"made\": ", made);
        putWords(", \"state\": \"");
    } else {
        putWords("\", \"state\": \"");
    }
    putWords(sureName(NAME(state_name)(kind, state)));
    putWords("\"");
}

static void putCallJson(const struct calledHere *here)
{
    const guardedCall *call = &here->call;
    putWords("{\"line\": ");
    putNumber(call->place.line);
    putWords(", \"call\": \"");
    putWords(here->name);
    putWords(call->verdict == CONSTANT(ACCEPTED) ? "\", \"verdict\": \"accepted\"" : "\", \"verdict\": \"rejected\", ");
    if (call->verdict != CONSTANT(ACCEPTED)) {
        putWhoJson(call->kind, call->handle, &call->object_made, call->state);
        if (call->event != NO_EVENT) {
            putWords(", \"event\": \"");
            putWords(sureName(NAME(event_name)(call->kind, call->event)));
            putWords("\"");
        }
        putWords(", \"reason\": \"");
        putWords(sureName(NAME(verdict_name)(call->verdict)));
        putWords("\"");
        const char *rule = call->event != NO_EVENT ? NAME(rule_name)(call->kind, call->rule) : NULL;
        if (rule != NULL) {
            putWords(", \"rule\": \"");
            putWords(rule);
            putWords("\"");
        }
        if (call->verdict == CONSTANT(REJECTED_ENDED) || call->verdict == CONSTANT(REJECTED_PARENT_ENDED)) {
            putMoment(", \"ended\": ", &call->object_ended);
        }
    }
    if (call->unknown != 0) {
        const char *before = ", \"untracked\": [\"";
        for (unsigned i = 0; NAME(on_name)(call->call, i) != NULL; i++) {
            if (call->unknown >> i & 1u) {
                putWords(before);
                putWords(sureName(NAME(on_name)(call->call, i)));
                before = "\", \"";
            }
        }
        putWords("\"]");
    }
    putWords("}\n");
}

/* An object in words: its kind, its handle, and what it belongs to. */
static void putObject(const lifecycleMachine *guard, const guardedObject *object)
{
    for (;;) {
        putWords(sureName(NAME(kind_name)(object->kind)));
        if (NAME(kind_per)(object->kind) == PER_THREAD) {
            putWords(" of thread");
        }
        if (NAME(kind_per)(object->kind) != 0) {
            putWords(" ");
            putShown(handleText(object->handle));
        }
        if (object->parent[0] == 0 || NAME(kind_per)(guard->objects[object->parent[0] - 1].kind) != WITH_HANDLES) {
            return;
        }
        putWords(" of ");
        object = &guard->objects[object->parent[0] - 1];
    }
}

static void putPlace(const char *before, const guardedPlace *place)
{
    putWords(before);
    putWords(sureName(place->file));
    putWords(" at line ");
    putNumber(place->line);
}

/* Some of the objects that are live below one: they may be what must go first. */
static void putBelow(const lifecycleMachine *guard, uint32_t number)
{
    const char *before = " Live below it: ";
    unsigned shown = 0;
    uint32_t limit = guard->used < 100000 ? guard->used : 100000; /* one message is not worth more */
    for (uint32_t i = 0; i < limit && guard->objects[number].children != 0; i++) {
        const guardedObject *object = &guard->objects[i];
        bool below = false;
        for (size_t k = 0; k < sizeof object->parent / sizeof object->parent[0]; k++) {
            below = below || object->parent[k] == number + 1;
        }
        if (below && object->born != 0 && object->ended_by == 0) {
            if (shown++ == 3) {
                putWords(", and others");
                break;
            }
            putWords(before);
            putWords(sureName(NAME(kind_name)(object->kind)));
            putWords(" ");
            putShown(handleText(object->handle));
            putPlace(" (made by ", &object->made);
            putWords(")");
            before = ", ";
        }
    }
    putWords(shown != 0 ? "." : "");
}

/* `FILE:LINE: CALL rejected: OBJECT, made by ...: why`. */
static void putCallText(const struct replayedTrace *trace, const struct calledHere *here)
{
    static char sentence[64 * 1024];
    const guardedCall *call = &here->call;
    const guardedObject *object = &trace->machine.objects[call->at];
    putWords(trace->names.text);
    putWords(":");
    putNumber(trace->line);
    putWords(": ");
    putWords(here->name);
    putWords(" rejected: ");
    putObject(&trace->machine, object);
    if (NAME(kind_per)(object->kind) == WITH_HANDLES) {
        putPlace(", made by ", &call->object_made);
    }
    if (call->verdict == CONSTANT(REJECTED_ENDED)) {
        putPlace(", ended by ", &call->object_ended);
    } else if (call->verdict == CONSTANT(REJECTED_PARENT_ENDED)) {
        putPlace(", whose parent was ended by ", &call->object_ended);
    }
    putWords(": ");
    NAME(explain)(&trace->machine, call, sentence, sizeof sentence);
    putWords(sentence);
    if (call->event != NO_EVENT) {
        putBelow(&trace->machine, call->at);
    }
    if (optionWanted.observe) {
        putWords(" The call happened all the same.");
    }
    putWords("\n");
}
