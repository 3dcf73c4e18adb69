/* What a header answers, as one number: two headers that answer alike in all that they are asked
 * give the same. It says nothing of what is right.
 *
 *     answers <records
 *
 * The records are those of every_configuration.c. Of each configuration all functions are asked,
 * also with one bit of the machine damaged, and now and then of events and arguments that there
 * are not. Without records, only the names are.
 */
#include "machine.h"

enum { RECORD = 12 + 2 * HOLDINGS, SENTENCE = 16384, SMALL = 40, BEYOND = 40 };

static uint64_t hash = UINT64_C(0xCBF29CE484222325);
static uint64_t random_state = 88172645463325252u;

static uint64_t chance(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

/* Takes bytes into the number (FNV-1a). */
static void take(const void *bytes, size_t size)
{
    const unsigned char *at = bytes;

    for (; size != 0; at++, size--) {
        hash = (hash ^ *at) * UINT64_C(0x100000001B3);
    }
}

static void take_number(uint64_t number)
{
    take(&number, sizeof number);
}

static void take_text(const char *text)
{
    take(text == NULL ? "none" : text, text == NULL ? 5 : strlen(text) + 1);
}

static void listen(void *context, const machine_type *m, unsigned event, unsigned args,
    NAME(verdict) verdict, unsigned warnings)
{
    take_number(context == &hash);
    take(m, sizeof *m);
    take_number(event);
    take_number(args);
    take_number((unsigned)verdict);
    take_number(warnings);
}

static void ask_of_event(const machine_type *m, unsigned event, unsigned args)
{
    static char text[SENTENCE];
    machine_type copy = *m;

    take_number((unsigned)NAME(check)(m, event, args));
    take_number(NAME(rule)(m, event, args));
    take_number(NAME(warnings)(m, event, args));
    take_number((unsigned)NAME(report)(m, event, args, NULL, NULL));
    take_number((unsigned)NAME(report)(m, event, args, listen, &hash));
    take_number((unsigned)NAME(fire)(&copy, event, args));
    take(&copy, sizeof copy);
    copy = *m;
    take_number((unsigned)NAME(observe)(&copy, event, args));
    take(&copy, sizeof copy);
    memset(text, '~', SMALL);
    take_number(NAME(explain)(m, event, args, text, (size_t)(chance() % SMALL)));
    take(text, SMALL);
    take_number(NAME(explain)(m, event, args, text, sizeof text));
    take_text(text);
}

static void ask(const machine_type *m, unsigned event, unsigned args)
{
    unsigned next = 0xABCDEF;
    unsigned with = 0xABCDEF;
    unsigned number;

    take_number(NAME(state)(m));
    for (number = 0; number < HOLDINGS + GROUPS + 2; number++) {
        take_number(NAME(held)(m, number));
    }
    take_number(NAME(finished)(m));
    take_number(NAME(next)(m, &next, &with));
    take_number(next);
    take_number(with);
    ask_of_event(m, event, args);
    if (chance() % 16 == 0) {
        ask_of_event(m, EVENTS + (unsigned)(chance() % 2), args);
        ask_of_event(m, event, (unsigned)chance() | 1u << events[event].argument_count);
    }
}

static void ask_names(void)
{
    machine_type m;
    unsigned number;
    unsigned index;

    memset(&m, '~', sizeof m);
    NAME(init)(&m);
    take(&m, sizeof m);
    for (number = 0; number < STATES + EVENTS + HOLDINGS + GROUPS + RULES + BEYOND; number++) {
        take_text(NAME(event_name)(number));
        take_text(NAME(state_name)(number));
        take_text(NAME(holding_name)(number));
        take_text(NAME(rule_name)(number));
        take_text(NAME(verdict_name)(number));
        take_number(NAME(may_remain)(number));
        for (index = 0; index < BEYOND; index++) {
            take_text(NAME(argument_name)(number, index));
            take_number(NAME(warning_rule)(number, index));
        }
    }
}

static unsigned two_bytes(const unsigned char *bytes)
{
    return bytes[0] | (unsigned)bytes[1] << 8;
}

int main(void)
{
    unsigned char record[RECORD];

    machine_begin();
    ask_names();
    while (fread(record, RECORD, 1, stdin) == 1) {
        struct configuration c;
        machine_type m;
        unsigned index;
        const unsigned event = two_bytes(&record[2]);
        const unsigned args = two_bytes(&record[4]) | two_bytes(&record[6]) << 16;
        memset(&c, 0, sizeof c);
        c.state = two_bytes(record);
        c.facts = two_bytes(&record[8]) | (uint32_t)two_bytes(&record[10]) << 16;
        for (index = 0; index < HOLDINGS; index++) {
            c.counts[index] = (uint16_t)two_bytes(&record[12 + 2 * index]);
        }
        set_machine(&m, &c);
        ask(&m, event, args);
        if (chance() % 4 == 0) {
            index = (unsigned)(chance() % BITS);
            flip(&m, index);
            ask(&m, event, args);
        }
    }
    printf("%016llx\n", (unsigned long long)hash);
    return 0;
}
