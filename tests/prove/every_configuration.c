/* Judges events by the header and by Ragel's machine, and says what the header answered.
 *
 *     every_configuration EXPLAIN <records >answers
 *
 * A record is a configuration and an event with its arguments: state and event (16 bits each),
 * arguments and facts (32 bits each), then each count (16 bits). An answer is: the verdict (8
 * bits), the rule (16), the warnings (32), then state (16), facts (32) and each count (16) after
 * the event has been fired; then 8 bits: 1 if it was finished before, 2 after, 4 if anything in
 * between was wrong, which standard error says. All numbers have their low byte first. Every
 * EXPLAIN-th record is explained as well (0: none).
 */
#include "machine.h"

enum {
    RECORD = 12 + 2 * HOLDINGS,
    ANSWER = 14 + 2 * HOLDINGS,
    AT_ONCE = 4096, /* records that are read at a time */
    SENTENCE = 8192,
    MOST_SAID = 20
};

static unsigned long long record_number;
static unsigned said;

/* Notes that something is wrong with a record. */
static bool is_wrong(bool wrong, const char *what)
{
    if (wrong && said++ < MOST_SAID) {
        fprintf(stderr, "record %llu: %s\n", record_number, what);
    }
    return wrong;
}

static unsigned get16(const unsigned char **at)
{
    const unsigned char *bytes = *at;
    *at += 2;
    return bytes[0] | (unsigned)bytes[1] << 8;
}

static uint32_t get32(const unsigned char **at)
{
    const uint32_t low = get16(at);
    return low | (uint32_t)get16(at) << 16;
}

static void put8(unsigned char **at, unsigned number)
{
    *(*at)++ = (unsigned char)(number & 0xFF);
}

static void put16(unsigned char **at, unsigned number)
{
    put8(at, number);
    put8(at, number >> 8);
}

static void put32(unsigned char **at, uint32_t number)
{
    put16(at, (unsigned)(number & 0xFFFF));
    put16(at, (unsigned)(number >> 16));
}

/* Is an explanation what it has to be: a line that names the rule and says whether the event is
 * rejected or warned of? */
static bool is_explained(const machine_type *m, unsigned event, unsigned args,
    const struct judgement *answer)
{
    static char text[SENTENCE];
    size_t length;

    memset(text, '~', sizeof text);
    length = NAME(explain)(m, event, args, text, sizeof text);
    if (length == 0 || length >= sizeof text || text[length] != '\0' || strlen(text) != length) {
        return false;
    }
    if (answer->verdict != ACCEPTED && strstr(text, "rejected") == NULL) {
        return false;
    }
    if (answer->warnings != 0 && strstr(text, "warning") == NULL) {
        return false;
    }
    if (answer->rule < RULES && strstr(text, NAME(rule_name)(answer->rule)) == NULL) {
        return false;
    }
    return strchr(text, '\n') == NULL;
}

/* Is an argument refused that the event does not take? */
static bool is_strict(machine_type *m, unsigned event, unsigned args)
{
    const unsigned more = args | 1u << events[event].argument_count;

    return (enum verdict)NAME(check)(m, event, more) == BAD_EVENT &&
           (enum verdict)NAME(fire)(m, event, more) == BAD_EVENT;
}

/* Are header and Ragel's machine of one mind, and does each function say the same as the others?
 * `answer` becomes what the header says. */
static bool judge(const struct configuration *c, unsigned event, unsigned args, bool explain,
    struct judgement *answer)
{
    const struct judgement plain = plain_judge(c, event, args);
    machine_type before;
    machine_type m;
    machine_type expected;
    enum verdict fired;
    bool wrong;

    set_machine(&before, c);
    set_machine(&expected, &plain.after);
    m = before;
    wrong = is_wrong(!says(&m, c), "state or held do not say what the machine was set to");
    wrong |= is_wrong(NAME(finished)(&m) != plain_finished(c), "finished before the event");
    answer->verdict = (enum verdict)NAME(check)(&m, event, args);
    answer->rule = NAME(rule)(&m, event, args);
    answer->warnings = NAME(warnings)(&m, event, args);
    wrong |= is_wrong(explain && !is_explained(&m, event, args, answer), "explain");
    wrong |= is_wrong(!is_strict(&m, event, args), "an argument that the event does not take");
    wrong |= is_wrong(memcmp(&m, &before, sizeof m) != 0, "a question has changed the machine");
    fired = (enum verdict)NAME(fire)(&m, event, args);
    wrong |= is_wrong(fired != answer->verdict, "fire and check differ");
    wrong |= is_wrong(fired != ACCEPTED && memcmp(&m, &before, sizeof m) != 0,
        "a rejected event has changed the machine");
    wrong |= is_wrong(!get_machine(&m, &answer->after), "the machine is corrupt after the event");
    wrong |= is_wrong(!says(&m, &answer->after), "state or held after the event");
    wrong |= is_wrong(NAME(finished)(&m) != plain_finished(&answer->after), "finished afterwards");
    wrong |= is_wrong(fired != plain.verdict, "the verdict is not that of Ragel's machine");
    wrong |= is_wrong(answer->rule != plain.rule, "the rule is not that of Ragel's machine");
    wrong |= is_wrong(answer->warnings != plain.warnings, "the warnings are not the model's");
    wrong |= is_wrong(memcmp(&m, &expected, sizeof m) != 0, "the machine is not where Ragel's is");
    return !wrong;
}

static void answer_record(const unsigned char *in, unsigned char *out, unsigned explain)
{
    struct configuration c;
    struct judgement answer;
    unsigned event;
    unsigned args;
    unsigned index;
    unsigned finished;
    machine_type m;

    memset(&c, 0, sizeof c);
    c.state = get16(&in);
    event = get16(&in);
    args = get32(&in);
    c.facts = get32(&in);
    for (index = 0; index < HOLDINGS; index++) {
        c.counts[index] = (uint16_t)get16(&in);
    }
    set_machine(&m, &c);
    finished = NAME(finished)(&m) ? 1 : 0;
    if (!judge(&c, event, args, explain != 0 && record_number % explain == 0, &answer)) {
        finished |= 4;
    }
    set_machine(&m, &answer.after);
    finished |= NAME(finished)(&m) ? 2 : 0;
    put8(&out, answer.verdict);
    put16(&out, answer.rule);
    put32(&out, answer.warnings);
    put16(&out, answer.after.state);
    put32(&out, answer.after.facts);
    for (index = 0; index < HOLDINGS; index++) {
        put16(&out, answer.after.counts[index]);
    }
    put8(&out, finished);
}

/* Does the header know the rule of each warning, and that there are no others? */
static bool has_warning_rules(unsigned event)
{
    const uint16_t *rule;
    unsigned index = 0;

    for (rule = events[event].warning_rules; *rule != NONE; rule++, index++) {
        if (NAME(warning_rule)(event, index) != *rule) {
            return false;
        }
    }
    return NAME(warning_rule)(event, index) == RULES && NAME(warning_rule)(event, ~0u) == RULES;
}

int main(int argc, char **argv)
{
    static unsigned char in[RECORD * AT_ONCE];
    static unsigned char out[ANSWER * AT_ONCE];
    static const int numbers[][2] = {
        {CONSTANT(STATE_COUNT), STATES},
        {CONSTANT(EVENT_COUNT), EVENTS},
        {CONSTANT(HOLDING_COUNT), HOLDINGS},
        {CONSTANT(HELD_COUNT), HOLDINGS + GROUPS},
        {CONSTANT(RULE_COUNT), RULES},
        {CONSTANT(RULE_NONE), RULES}
    };
    const unsigned explain = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 0;
    unsigned event;
    size_t count;
    size_t index;

    machine_begin();
    for (index = 0; index < sizeof numbers / sizeof numbers[0]; index++) {
        if (numbers[index][0] != numbers[index][1]) {
            fail("the header counts something else than the model");
        }
    }
    for (event = 0; event < EVENTS; event++) {
        if (!has_warning_rules(event)) {
            fail("the header has other rules for the warnings of an event");
        }
    }
    while ((count = fread(in, RECORD, AT_ONCE, stdin)) != 0) {
        for (index = 0; index < count; index++, record_number++) {
            answer_record(&in[index * RECORD], &out[index * ANSWER], explain);
        }
        if (fwrite(out, ANSWER, count, stdout) != count) {
            return 2;
        }
    }
    return 0;
}
