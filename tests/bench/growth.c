/* How long an event takes in a lifecycle of any size, against a bare look-up in a matrix.
 *
 * Compiled with the header grown.h. The trace is many walks at random, each from the beginning: of
 * the events one that is legal, if some are tried, every second time one that leads to another
 * state; and of each 25 one at random, which is mostly rejected. The matrix holds where each event
 * led in each state of the walks: to look it up counts nothing and judges nothing. */
#define _POSIX_C_SOURCE 200809L
#define GROWN_IMPLEMENTATION
#include "grown.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { WALKS = 1000, WALK_LENGTH = 500, TRIES = 200, ROUNDS = 11 };

static uint16_t trace[WALKS][WALK_LENGTH];
static uint16_t matrix[GROWN_EVENT_COUNT][GROWN_STATE_COUNT];

static uint32_t next_random(void)
{
    static uint64_t state = 1;
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(state >> 33);
}

static bool visited[GROWN_STATE_COUNT];

/* Is the event legal, and if that is wanted does it change the state? */
static bool is_wanted(const grown *machine, unsigned event, bool moving)
{
    grown copy = *machine;
    return grown_fire(&copy, event, 0) == GROWN_ACCEPTED &&
           (!moving || grown_state(&copy) != grown_state(machine));
}

/* Fills the trace and the matrix; gives how many events of the trace are rejected. */
static unsigned walk(void)
{
    unsigned rejected = 0;
    for (unsigned event = 0; event < GROWN_EVENT_COUNT; event++) {
        for (unsigned state = 0; state < GROWN_STATE_COUNT; state++) {
            matrix[event][state] = (uint16_t)state;
        }
    }
    for (size_t i = 0; i < WALKS; i++) {
        grown machine = {0};
        for (size_t j = 0; j < WALK_LENGTH; j++) {
            const unsigned state = grown_state(&machine);
            unsigned event = next_random() % GROWN_EVENT_COUNT;
            for (unsigned tries = j % 25 == 0 ? TRIES : 0; tries < TRIES; tries++) {
                if (is_wanted(&machine, event, j % 2 == 0 && tries < TRIES / 2)) {
                    break;
                }
                event = next_random() % GROWN_EVENT_COUNT;
            }
            visited[state] = true;
            trace[i][j] = (uint16_t)event;
            rejected += grown_fire(&machine, event, 0) != GROWN_ACCEPTED;
            matrix[event][state] = (uint16_t)grown_state(&machine);
        }
    }
    return rejected;
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Called through these, so that nothing is inlined and nothing left out. */
static grown_verdict (*volatile called_fire)(grown *, unsigned, unsigned) = grown_fire;

static double time_fire(void)
{
    grown_verdict (*const fire)(grown *, unsigned, unsigned) = called_fire;
    const double start = seconds_now();
    for (size_t i = 0; i < WALKS; i++) {
        grown machine = {0};
        for (size_t j = 0; j < WALK_LENGTH; j++) {
            fire(&machine, trace[i][j], 0);
        }
    }
    return (seconds_now() - start) / (WALKS * WALK_LENGTH);
}

static unsigned look_up(unsigned state, unsigned event)
{
    return matrix[event][state];
}

static unsigned (*volatile called_look_up)(unsigned, unsigned) = look_up;
static volatile unsigned last_state;

static double time_look_up(void)
{
    unsigned (*const look)(unsigned, unsigned) = called_look_up;
    const double start = seconds_now();
    for (size_t i = 0; i < WALKS; i++) {
        unsigned state = 0;
        for (size_t j = 0; j < WALK_LENGTH; j++) {
            state = look(state, trace[i][j]);
        }
        last_state = state;
    }
    return (seconds_now() - start) / (WALKS * WALK_LENGTH);
}

static int compare_times(const void *left, const void *right)
{
    const double one = *(const double *)left, other = *(const double *)right;
    return (one > other) - (one < other);
}

int main(void)
{
    double fire[ROUNDS], matrix_times[ROUNDS];
    const unsigned rejected = walk();
    for (size_t i = 0; i < ROUNDS; i++) {
        fire[i] = time_fire();
        matrix_times[i] = time_look_up();
    }
    qsort(fire, ROUNDS, sizeof fire[0], compare_times);
    qsort(matrix_times, ROUNDS, sizeof matrix_times[0], compare_times);
    unsigned count = 0;
    for (unsigned state = 0; state < GROWN_STATE_COUNT; state++) {
        count += visited[state];
    }
    printf("{\"visited\": %u, \"rejected\": %.3f, \"fire_ns\": %.2f, \"look_up_ns\": %.2f, "
           "\"struct\": %zu}\n",
           count, (double)rejected / (WALKS * WALK_LENGTH), 1e9 * fire[ROUNDS / 2],
           1e9 * matrix_times[ROUNDS / 2], sizeof(grown));
    return 0;
}
