/* A part of replay_calls.c: the words of a line: a call, its handles by role, arguments, the
 * outcome. */

enum { MADE_LIMIT = LINE_LIMIT / 4 }; /* `r=h` and a blank: more cannot stand in a line */

static NAME(made) madeHere[MADE_LIMIT];

/* What a line asks for: the call, and how it is written. */
struct calledHere {
    guardedCall call;
    const char *name;
    bool empty;
};

static bool isBlank(char letter)
{
    return letter == ' ' || letter == '\t';
}

/* The call that a name stands for: its own entry, else the longest pattern that fits. */
static unsigned findCall(const char *word, size_t length)
{
    unsigned best = CONSTANT(CALL_COUNT);
    size_t best_length = 0;
    for (unsigned call = 0; call < CONSTANT(CALL_COUNT); call++) {
        const char *name = sureName(NAME(call_name)(call));
        const size_t name_length = strlen(name);
        if (name_length == length && memcmp(name, word, length) == 0) {
            return name[length - 1] == '*' ? CONSTANT(CALL_COUNT) : call;
        }
        if (name[name_length - 1] == '*' && name_length > best_length && length >= name_length - 1 &&
            memcmp(name, word, name_length - 1) == 0) {
            best = call;
            best_length = name_length;
        }
    }
    for (size_t i = 0; i < length; i++) {
        const char letter = word[i];
        const bool is_letter = (letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z') || letter == '_';
        if (!is_letter && (i == 0 || !((letter >= '0' && letter <= '9') || letter == ':' || letter == '.'))) {
            return CONSTANT(CALL_COUNT);
        }
    }
    return best;
}

static bool isWord(const char *name, const char *word, size_t length)
{
    return name != NULL && strlen(name) == length && memcmp(name, word, length) == 0;
}

/* Says that a word is bad, which is printed when the file is left; gives false. */
static bool refuseWord(const struct replayedTrace *trace, const char *what, const char *word, size_t length, const char *near)
{
    beginError(trace->names.text, trace->line);
    sayError(what);
    sayError(" ");
    sayQuoted(word, length);
    sayError(near != NULL ? "; did you mean " : "; see " PROGRAM " --help");
    sayError(near != NULL ? near : "");
    sayError(near != NULL ? "?" : "");
    return false;
}

static bool refuseCall(const struct replayedTrace *trace, const char *word, size_t length)
{
    struct bestGuess guess = {.word = word, .length = length};
    for (unsigned call = 0; call < CONSTANT(CALL_COUNT); call++) {
        considerName(&guess, sureName(NAME(call_name)(call)));
    }
    return refuseWord(trace, "unknown call", word, length, guess.name);
}

/* Offers the names of a call's parts to a guess. */
static void considerParts(struct bestGuess *guess, unsigned call, bool roles)
{
    const char *name;
    for (unsigned i = 0; roles && (name = NAME(on_name)(call, i)) != NULL; i++) {
        considerName(guess, name);
    }
    for (unsigned i = 0; roles && (name = NAME(makes_name)(call, i)) != NULL; i++) {
        considerName(guess, name);
    }
    for (unsigned i = 0; !roles && (name = NAME(outcome_name)(call, i)) != NULL; i++) {
        considerName(guess, name);
    }
    for (unsigned i = 0; !roles && (name = NAME(argument_name)(call, i)) != NULL; i++) {
        considerName(guess, name);
    }
}

static uint64_t handleNumber(const char *word, size_t length)
{
    return length == 1 && *word == '0' ? 0 : numberOfName(&handleNames, word, length, 0);
}

/* Takes `ROLE=HANDLE`; false if it is bad, which is said. `roles`: those of `on` that were there. */
static bool takeRole(const struct replayedTrace *trace, struct calledHere *here, const char *word, size_t length, const char *equals, unsigned *roles)
{
    guardedCall *call = &here->call;
    const size_t left = (size_t)(equals - word), right = length - left - 1;
    const char *name;
    if (right == 0 || memchr(equals + 1, '=', right) != NULL) {
        return refuseWord(trace, right == 0 ? "a handle is missing in" : "two = in", word, length, NULL);
    }
    if (isWord("thread", word, left)) {
        call->thread = numberOfName(&handleNames, equals + 1, right, 0);
        return true;
    }
    bool has_groups = false;
    for (unsigned i = 0; (name = NAME(makes_name)(call->call, i)) != NULL; i++) {
        has_groups = has_groups || (NAME(makes_traits)(call->call, i) & CONSTANT(GROUPED)) != 0;
        if (isWord(name, word, left)) {
            madeHere[call->made_count].role = i;
            madeHere[call->made_count].handle = handleNumber(equals + 1, right);
            if (madeHere[call->made_count].handle != 0 || (NAME(makes_traits)(call->call, i) & CONSTANT(NULLABLE)) != 0) {
                call->makes |= 1u << i;
            }
            call->made_count++;
            return true;
        }
    }
    if (has_groups && isWord("group", word, left)) {
        call->group = numberOfName(&handleNames, equals + 1, right, 0);
        call->grouped = true;
        return true;
    }
    for (unsigned i = 0; (name = NAME(on_name)(call->call, i)) != NULL; i++) {
        if (isWord(name, word, left) && (NAME(on_traits)(call->call, i) & CONSTANT(HANDLED)) != 0) {
            if (*roles >> i & 1u) {
                return refuseWord(trace, "this role stands twice:", word, left, NULL);
            }
            *roles |= 1u << i;
            call->on[i] = handleNumber(equals + 1, right);
            return true;
        }
    }
    struct bestGuess guess = {.word = word, .length = left};
    considerParts(&guess, call->call, true);
    return refuseWord(trace, "unknown role", word, left, guess.name);
}

/* Takes an argument or the outcome; false if it is neither, which is said. */
static bool takeWord(const struct replayedTrace *trace, struct calledHere *here, const char *word, size_t length, bool *has_outcome)
{
    guardedCall *call = &here->call;
    const char *name;
    for (unsigned i = 0; (name = NAME(outcome_name)(call->call, i)) != NULL; i++) {
        if (isWord(name, word, length)) {
            if (*has_outcome && call->outcome != i) {
                return refuseWord(trace, "a second outcome:", word, length, NULL);
            }
            *has_outcome = true;
            call->outcome = i;
            return true;
        }
    }
    for (unsigned i = 0; (name = NAME(argument_name)(call->call, i)) != NULL; i++) {
        if (isWord(name, word, length)) {
            call->args |= 1u << i;
            return true;
        }
    }
    struct bestGuess guess = {.word = word, .length = length};
    considerParts(&guess, call->call, false);
    return refuseWord(trace, "unknown argument or outcome", word, length, guess.name);
}

/* Takes the line that was read apart; false if it is bad input, which is said. */
static bool parseCall(const struct replayedTrace *trace, struct calledHere *here)
{
    static uint64_t main_thread; /* of the names of the trace that begins with it */
    const char *at = lineBytes;
    const char *comment = memchr(lineBytes, '#', trace->length);
    const char *end = comment != NULL ? comment : lineBytes + trace->length;
    unsigned roles = 0;
    bool has_outcome = false;
    here->empty = true;
    while (at < end) {
        if (isBlank(*at)) {
            at++;
            continue;
        }
        const char *word = at;
        while (at < end && !isBlank(*at)) {
            at++;
        }
        const size_t length = (size_t)(at - word);
        const char *equals = memchr(word, '=', length);
        if (here->empty) {
            uint32_t number = numberOfName(&callNames, word, length, CONSTANT(CALL_COUNT) + 1);
            struct knownName *known = &callNames.names[number - 1];
            if (known->meaning > CONSTANT(CALL_COUNT)) {
                known->meaning = findCall(word, length);
            }
            if (known->meaning == CONSTANT(CALL_COUNT)) {
                return refuseCall(trace, word, length);
            }
            memset(&here->call, 0, sizeof here->call);
            if (handleNames.count == 0) {
                main_thread = numberOfName(&handleNames, "main", 4, 0);
            }
            here->call.call = known->meaning;
            here->call.made = madeHere;
            here->call.thread = main_thread;
            here->call.place.file = known->text;
            here->call.place.line = trace->line;
            here->call.place.call = known->meaning;
            here->name = known->text;
            here->empty = false;
        } else if (!(equals != NULL ? takeRole(trace, here, word, length, equals, &roles) : takeWord(trace, here, word, length, &has_outcome))) {
            return false;
        }
    }
    for (unsigned i = 0; !here->empty && NAME(on_name)(here->call.call, i) != NULL; i++) {
        if ((NAME(on_traits)(here->call.call, i) & CONSTANT(NULLABLE)) != 0 && !(roles >> i & 1u)) {
            const char *name = sureName(NAME(on_name)(here->call.call, i));
            return refuseWord(trace, "NULL is an object here, so `0` is written, and this role is missing:", name, strlen(name), NULL);
        }
    }
    return true;
}
