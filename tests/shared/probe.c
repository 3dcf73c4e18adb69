/* Asks a generated header many questions at once, for tests in Python: a call for each question
 * would be most of the time.
 *
 * It is the same for every lifecycle; the compile command says which one it is for, as it does for
 * runtime/replay.c. Numbers come and go in arrays, an element for each machine. */

#include LASTCALL_HEADER

#define PASTE_EXPANDED(left, right) left##_##right
#define PASTE(left, right) PASTE_EXPANDED(left, right)
#define NAME(suffix) PASTE(LASTCALL_NAME, suffix)
#define CONSTANT(suffix) PASTE(LASTCALL_CONSTANT, suffix)

enum { GUARD = 0x5A, GUARDED = 64, LONGEST = 4096 }; /* what stands behind a text; bytes of both */

typedef LASTCALL_NAME machine;

size_t probe_size(void);
size_t probe_grow(machine *machines, const uint32_t *parents, const uint32_t *events,
                  const uint32_t *args, size_t count);
void probe_next(const machine *machines, uint32_t *events, uint32_t *args, size_t count);
void probe_fire(machine *machines, const uint32_t *events, const uint32_t *args,
                uint8_t *verdicts, size_t count);
void probe_observe(machine *machines, const uint32_t *events, const uint32_t *args,
                   uint8_t *verdicts, size_t count);
size_t probe_explain(const machine *machines, const uint32_t *events, const uint32_t *args,
                     char *texts, size_t size, size_t count);

size_t probe_size(void)
{
    return sizeof(machine);
}

/* The first becomes a new machine, each other one its parent after an event. Gives the number of the
 * first event that is not accepted, or `count`. */
size_t probe_grow(machine *machines, const uint32_t *parents, const uint32_t *events,
                  const uint32_t *args, size_t count)
{
    size_t i;
    NAME(init)(&machines[0]);
    for (i = 1; i < count; i++) {
        machines[i] = machines[parents[i]];
        if (NAME(fire)(&machines[i], events[i], args[i]) != CONSTANT(ACCEPTED)) {
            return i;
        }
    }
    return count;
}

/* Where there is no next event, neither number is touched. */
void probe_next(const machine *machines, uint32_t *events, uint32_t *args, size_t count)
{
    size_t i;
    for (i = 0; i < count; i++) {
        unsigned event = events[i];
        unsigned with = args[i];
        if (!NAME(next)(&machines[i], &event, &with) && (event != events[i] || with != args[i])) {
            with = ~args[i]; /* touched all the same: let it show */
        }
        events[i] = event;
        args[i] = with;
    }
}

void probe_fire(machine *machines, const uint32_t *events, const uint32_t *args,
                uint8_t *verdicts, size_t count)
{
    size_t i;
    for (i = 0; i < count; i++) {
        verdicts[i] = (uint8_t)NAME(fire)(&machines[i], events[i], args[i]);
    }
}

void probe_observe(machine *machines, const uint32_t *events, const uint32_t *args,
                   uint8_t *verdicts, size_t count)
{
    size_t i;
    for (i = 0; i < count; i++) {
        verdicts[i] = (uint8_t)NAME(observe)(&machines[i], events[i], args[i]);
    }
}

/* Is what lies in a buffer of which `given` bytes were offered the beginning of the text, ended, and
 * nothing behind it? */
static bool is_kept(const char *buffer, size_t given, const char *text, size_t length)
{
    size_t at = 0;
    if (given != 0) {
        for (; at < given - 1 && at < length; at++) {
            if (buffer[at] != text[at]) {
                return false;
            }
        }
        if (buffer[at++] != '\0') {
            return false;
        }
    }
    for (; at < given + GUARDED; at++) {
        if (buffer[at] != GUARD) {
            return false;
        }
    }
    return true;
}

/* The text of each event goes to a place of its own of `size` bytes. Then the same is asked for with
 * a buffer of every size up to two bytes more than it needs. Gives the number of the first event for
 * which the length or what was written was not as it should be, or `count`. */
size_t probe_explain(const machine *machines, const uint32_t *events, const uint32_t *args,
                     char *texts, size_t size, size_t count)
{
    size_t i, given, at;
    for (i = 0; i < count; i++) {
        char *const text = texts + i * size;
        const size_t length = NAME(explain)(&machines[i], events[i], args[i], text, size);
        if (length + 2 >= size || length + 2 + GUARDED > LONGEST || text[length] != '\0' ||
            NAME(explain)(&machines[i], events[i], args[i], NULL, 0) != length) {
            return i;
        }
        for (given = 0; given <= length + 2; given++) {
            char buffer[LONGEST];
            for (at = 0; at < given + GUARDED; at++) {
                buffer[at] = GUARD;
            }
            if (NAME(explain)(&machines[i], events[i], args[i], buffer, given) != length ||
                !is_kept(buffer, given, text, length)) {
                return i;
            }
        }
    }
    return count;
}
