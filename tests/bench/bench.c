/* Times every form of the lifecycle mapi_session in one run:
 *
 *     bench [--json FILE] [--rounds N] [--events N]
 *
 * Each round times every form once on the same trace, one after another, and each round starts with
 * another form, so that what disturbs the machine for a while disturbs all of them alike. Two
 * figures come of it. The least: the trace is timed in slices, too short to be disturbed often, and
 * the least times of all slices, over the rounds, are added up; this is what the form takes with
 * nothing in its way, and steady even on a busy machine. The median of whole rounds: what it takes
 * as the machine is. Ratios of medians are taken within each round, and their median is shown.
 *
 * The verdicts of every form that judges are compared with the switch's, through a checksum in
 * which their order counts: a form that answers otherwise ends the run.
 */
#define _POSIX_C_SOURCE 200112L

#include "form.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const struct form *const forms[] = {
    &form_switch_called,
    &form_matrix_called,
    &form_generated_called,
    &form_generated_inlined,
    &form_switch_inlined,
    &form_ragel_goto_called,
    &form_ragel_table_called,
    /* The ratios are to the first and to the second. */
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

enum { WORKLOADS = sizeof workloads / sizeof workloads[0], MOST_ROUNDS = 1001, SLICE = 20000 };

static const uint64_t SEED = UINT64_C(0x6C61737463616C6C);

struct spread {
    double least, quarter, median, three_quarters, most;
};

struct work {
    const struct step *trace;
    const struct visit *visits; /* NULL: the trace, on one machine */
    void *machines;
    size_t machine_count;
    size_t events;
};

struct times { /* of one form on one trace, in nanoseconds per event */
    double rounds[MOST_ROUNDS];
    double least;
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
    printf("  %-36s%7s%11s%11s%9s  %-15s%10s\n", "form", "least", "of switch", "of matrix",
           "median", "quartiles", "of switch");
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

static void print_form(const struct form *form, const struct times *times, unsigned f,
                       unsigned rounds, FILE *json)
{
    const double least = times[f].least;
    double to_switch[MOST_ROUNDS], to_matrix[MOST_ROUNDS];
    struct spread ns, of_switch, of_matrix;

    for (unsigned r = 0; r < rounds; r++) {
        to_switch[r] = times[f].rounds[r] / times[SWITCH].rounds[r];
        to_matrix[r] = times[f].rounds[r] / times[MATRIX].rounds[r];
    }
    ns = spread_of(times[f].rounds, rounds);
    of_switch = spread_of(to_switch, rounds);
    of_matrix = spread_of(to_matrix, rounds);
    printf("  %-36s%7.2f%11.2f%11.2f%9.2f  %6.2f..%-7.2f%10.2f\n", form->title, least,
           least / times[SWITCH].least, least / times[MATRIX].least, ns.median, ns.quarter,
           ns.three_quarters, of_switch.median);
    if (json == NULL)
        return;
    fprintf(json, "%s{\"name\": \"%s\", \"title\": \"%s\", \"machine_size\": %zu, ",
            f ? ",\n  " : "\n  ", form->name, form->title, form->machine_size);
    fprintf(json, "\"least\": {\"ns\": %.4f, \"of_switch\": %.4f, \"of_matrix\": %.4f}, ", least,
            least / times[SWITCH].least, least / times[MATRIX].least);
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

/* Takes a form through the whole work: nanoseconds, and the checksum of the verdicts. `least` is
 * kept for each slice. */
static double pass(const struct form *form, const struct work *w, double *least, uint64_t *sum)
{
    double whole = 0;

    form->prepare(w->machines, w->trace, w->machine_count);
    *sum = 0;
    for (size_t first = 0; first < w->events; first += SLICE) {
        const size_t count = w->events - first < SLICE ? w->events - first : SLICE;
        const double start = nanoseconds();
        double time;

        *sum = w->visits != NULL ? form->many(w->machines, w->visits + first, count, *sum)
                                 : form->one(w->machines, w->trace + first, count, *sum);
        time = nanoseconds() - start;
        whole += time;
        if (time < least[first / SLICE])
            least[first / SLICE] = time;
    }
    return whole;
}

/* Round 0 warms up and is not counted. Returns 0 if every form answered as it had to. */
static int run(const struct workload *w, const struct options *o, FILE *json)
{
    static struct times times[FORMS];
    const size_t slices = (o->events + SLICE - 1) / SLICE;
    struct step *trace = allocate(o->events * sizeof *trace);
    struct visit *visits = w->many ? allocate(o->events * sizeof *visits) : NULL;
    double *least = allocate(FORMS * slices * sizeof *least);
    size_t largest = sizeof(switch_session);
    struct work work = {trace, visits, NULL, w->many ? o->events : 1, o->events};
    uint64_t expected[FORMS];
    struct trace_facts facts;
    int wrong = 0;

    for (unsigned f = 0; f < FORMS; f++)
        if (forms[f]->machine_size > largest)
            largest = forms[f]->machine_size;
    work.machines = allocate(work.machine_count * largest);
    trace_one(trace, o->events, w->mixture, SEED, &facts);
    if (w->many)
        trace_many(visits, o->events, work.machines, o->events, trace, w->mixture, SEED + 1,
                   &facts);
    for (size_t i = 0; i < FORMS * slices; i++)
        least[i] = HUGE_VAL;

    for (unsigned round = 0; round <= o->rounds && !wrong; round++) {
        progress(w, round, o->rounds);
        for (unsigned turn = 0; turn < FORMS && !wrong; turn++) {
            const unsigned f = (round + turn) % FORMS;
            uint64_t sum;
            const double time = pass(forms[f], &work, least + f * slices, &sum);

            if (round == 0)
                expected[f] = forms[f]->judges ? facts.checksum : sum;
            else
                times[f].rounds[round - 1] = time / (double)o->events;
            if (sum != expected[f]) {
                fprintf(stderr, "\nbench: %s: %s answers otherwise than the switch\n", w->name,
                        forms[f]->name);
                wrong = 1;
            }
        }
    }
    for (unsigned f = 0; f < FORMS; f++) {
        times[f].least = 0;
        for (size_t i = 0; i < slices; i++)
            times[f].least += least[f * slices + i] / (double)o->events;
    }

    if (!wrong) {
        print_facts(w, &facts, o->events, json);
        for (unsigned f = 0; f < FORMS; f++)
            print_form(forms[f], times, f, o->rounds, json);
        if (json != NULL)
            fprintf(json, "\n]}");
    }
    free(work.machines);
    free(least);
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
