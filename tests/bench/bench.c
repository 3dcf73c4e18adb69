/* Times every form of the lifecycle mapi_session in one run:
 *
 *     bench [--json FILE] [--rounds N] [--events N]
 *
 * Each round times every form once on the same trace, one after another, and each round starts with
 * another form, so that what disturbs the machine for a while disturbs all of them alike. Ratios
 * are taken within each round; the table shows their median over the rounds. The verdicts of every
 * form that judges are compared with the switch's, through a checksum in which their order counts:
 * a form that answers otherwise ends the run.
 */
#define _POSIX_C_SOURCE 200112L

#include "form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The switch comes first and the matrix second: the ratios are to these two. */
static const struct form *const forms[] = {
    &form_switch_called,
    &form_matrix_called,
    &form_generated_called,
    &form_generated_inlined,
    &form_switch_inlined,
    /* Ragel's own C of the machine (-G2 of build/mapi_session.rl) gets its place here. */
};

enum { SWITCH, MATRIX, FORMS = sizeof forms / sizeof forms[0] };

static const struct workload {
    const char *name;
    const char *title;
    struct mixture mixture;
    int many; /* 1: as many machines as events, in random order */
} workloads[] = {
    {"random", "random trace, 4 % rejected", {40, 1000}, 0},
    {"long", "random trace of long sessions, 4 % rejected", {40, 40}, 0},
    {"adversarial", "adversarial trace, half rejected", {500, 1000}, 0},
    {"machines", "a machine for each event, in random order, 4 % rejected", {40, 1000}, 1},
    {"accepted", "what accepting costs: nothing rejected", {0, 1000}, 0},
    {"rejected", "what rejecting costs: 95 % rejected", {950, 1000}, 0},
};

enum { WORKLOADS = sizeof workloads / sizeof workloads[0], MOST_ROUNDS = 1001 };

static const uint64_t SEED = UINT64_C(0x6C61737463616C6C);

struct spread {
    double least, quarter, median, three_quarters, most;
};

struct options {
    const char *json; /* NULL: none */
    unsigned rounds;
    size_t events;
};

static double nanoseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static struct spread spread_of(const double *values, unsigned count)
{
    double sorted[MOST_ROUNDS];
    struct spread s;

    memcpy(sorted, values, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, ascending);
    s.least = sorted[0];
    s.quarter = sorted[count / 4];
    s.median = sorted[count / 2];
    s.three_quarters = sorted[count - 1 - count / 4];
    s.most = sorted[count - 1];
    return s;
}

static void *allocate(size_t bytes)
{
    /* Whole huge pages, so that where they are in use every form gets them. */
    const size_t huge = (size_t)1 << 21;
    void *memory;

    if (posix_memalign(&memory, huge, (bytes + huge - 1) / huge * huge) != 0) {
        fprintf(stderr, "bench: out of memory\n");
        exit(2);
    }
    return memory;
}

static void json_spread(FILE *json, const char *key, struct spread s)
{
    fprintf(json,
            "\"%s\": {\"median\": %.4f, \"quartiles\": [%.4f, %.4f], \"range\": [%.4f, %.4f]}", key,
            s.median, s.quarter, s.three_quarters, s.least, s.most);
}

static void print_facts(const struct workload *w, const struct trace_facts *facts, size_t events,
                        FILE *json)
{
    const double share = 100.0 / (double)events;

    printf("\n%s\n  %zu events; %.1f %% rejected: %.1f state, %.1f not held, %.1f need; "
           "the state changes in %.1f %%\n",
           w->title, events, 100.0 - share * (double)facts->verdicts[SWITCH_ACCEPTED],
           share * (double)facts->verdicts[SWITCH_REJECTED_STATE],
           share * (double)facts->verdicts[SWITCH_REJECTED_NOT_HELD],
           share * (double)facts->verdicts[SWITCH_REJECTED_NEED], share * (double)facts->changes);
    printf("  %-38s %8s  %-15s %-15s %9s %9s\n", "form", "ns/event", "quartiles", "range",
           "of switch", "of matrix");
    if (json == NULL)
        return;
    fprintf(json, "{\"name\": \"%s\", \"title\": \"%s\", \"events\": %zu, \"verdicts\": [", w->name,
            w->title, events);
    for (unsigned i = 0; i < SWITCH_VERDICT_COUNT; i++)
        fprintf(json, "%s%llu", i ? ", " : "", (unsigned long long)facts->verdicts[i]);
    fprintf(json, "], \"in_state\": [");
    for (unsigned i = 0; i < SWITCH_STATE_COUNT; i++)
        fprintf(json, "%s%llu", i ? ", " : "", (unsigned long long)facts->in_state[i]);
    fprintf(json, "], \"state_changes\": %llu, \"forms\": [", (unsigned long long)facts->changes);
}

static void print_form(const struct form *form, double times[][MOST_ROUNDS], unsigned f,
                       unsigned rounds, FILE *json)
{
    double to_switch[MOST_ROUNDS], to_matrix[MOST_ROUNDS];
    struct spread ns, of_switch, of_matrix;

    for (unsigned r = 0; r < rounds; r++) {
        to_switch[r] = times[f][r] / times[SWITCH][r];
        to_matrix[r] = times[f][r] / times[MATRIX][r];
    }
    ns = spread_of(times[f], rounds);
    of_switch = spread_of(to_switch, rounds);
    of_matrix = spread_of(to_matrix, rounds);
    printf("  %-38s %8.2f  %6.2f..%-7.2f %6.2f..%-7.2f %9.2f %9.2f\n", form->title, ns.median,
           ns.quarter, ns.three_quarters, ns.least, ns.most, of_switch.median, of_matrix.median);
    if (json == NULL)
        return;
    fprintf(json, "%s{\"name\": \"%s\", \"title\": \"%s\", \"machine_size\": %zu, ",
            f ? ",\n  " : "\n  ", form->name, form->title, form->machine_size);
    json_spread(json, "ns", ns);
    fprintf(json, ", ");
    json_spread(json, "of_switch", of_switch);
    fprintf(json, ", ");
    json_spread(json, "of_matrix", of_matrix);
    fprintf(json, "}");
}

static void progress(const struct workload *w, unsigned round, unsigned rounds)
{
    if (!isatty(STDERR_FILENO))
        return;
    fprintf(stderr, "\r%-12s round %u of %u%s", w->name, round, rounds,
            round == rounds ? "\r                                \r" : "");
}

/* Round 0 warms up and is not counted. Returns 0 if every form answered as it had to. */
static int run(const struct workload *w, const struct options *o, FILE *json)
{
    static double times[FORMS][MOST_ROUNDS];
    struct step *trace = allocate(o->events * sizeof *trace);
    struct visit *visits = w->many ? allocate(o->events * sizeof *visits) : NULL;
    void *machines = NULL;
    size_t largest = sizeof(switch_session);
    uint64_t expected[FORMS] = {0};
    struct trace_facts facts;
    int wrong = 0;

    for (unsigned f = 0; f < FORMS; f++)
        if (forms[f]->machine_size > largest)
            largest = forms[f]->machine_size;
    trace_one(trace, o->events, w->mixture, SEED, &facts);
    if (w->many) {
        machines = allocate(o->events * largest);
        trace_many(visits, o->events, machines, o->events, trace, w->mixture, SEED + 1, &facts);
    }

    for (unsigned round = 0; round <= o->rounds && !wrong; round++) {
        progress(w, round, o->rounds);
        for (unsigned turn = 0; turn < FORMS && !wrong; turn++) {
            const unsigned f = (round + turn) % FORMS;
            uint64_t sum;
            double start, end;

            if (w->many)
                forms[f]->prepare(machines, trace, o->events);
            start = nanoseconds();
            sum = w->many ? forms[f]->many(machines, visits, o->events)
                          : forms[f]->one(trace, o->events);
            end = nanoseconds();
            if (round == 0)
                expected[f] = forms[f]->judges ? facts.checksum : sum;
            else
                times[f][round - 1] = (end - start) / (double)o->events;
            if (sum != expected[f]) {
                fprintf(stderr, "\nbench: %s: %s answers otherwise than the switch\n", w->name,
                        forms[f]->name);
                wrong = 1;
            }
        }
    }

    if (!wrong) {
        print_facts(w, &facts, o->events, json);
        for (unsigned f = 0; f < FORMS; f++)
            print_form(forms[f], times, f, o->rounds, json);
        if (json != NULL)
            fprintf(json, "\n]}");
    }
    free(machines);
    free(visits);
    free(trace);
    return wrong;
}

static int wrong_use(void)
{
    fprintf(stderr,
            "usage: bench [--json FILE] [--rounds N] [--events N]\n"
            "N is 1 or more; at most %d rounds\n",
            MOST_ROUNDS);
    return 2;
}

int main(int argc, char **argv)
{
    struct options o = {NULL, 31, 1000000};
    FILE *json = NULL;
    int wrong = 0;

    for (int i = 1; i < argc; i += 2) {
        if (i + 1 == argc)
            return wrong_use();
        if (strcmp(argv[i], "--json") == 0)
            o.json = argv[i + 1];
        else if (strcmp(argv[i], "--rounds") == 0)
            o.rounds = (unsigned)strtoul(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--events") == 0)
            o.events = (size_t)strtoul(argv[i + 1], NULL, 10);
        else
            return wrong_use();
    }
    if (o.rounds < 1 || o.rounds > MOST_ROUNDS || o.events < 1 || o.events > UINT32_MAX)
        return wrong_use();
    if (o.json != NULL && (json = fopen(o.json, "w")) == NULL) {
        perror(o.json);
        return 2;
    }

    if (json != NULL)
        fprintf(json, "{\"rounds\": %u, \"traces\": [", o.rounds);
    for (unsigned w = 0; w < WORKLOADS && !wrong; w++) {
        if (json != NULL && w != 0)
            fprintf(json, ",\n");
        wrong = run(&workloads[w], &o, json);
    }
    if (json != NULL) {
        fprintf(json, "]}\n");
        wrong |= fclose(json) != 0;
    }
    return wrong;
}
