/* Threads: a lock for each machine that they share, none for a machine of one thread alone.
 *
 * Four threads share two sessions. Whoever holds a session's lock checks, calls and fires: no event
 * of another thread comes between. Each thread gives back what it has opened and then tries to log
 * off; only the last one may, and the machine knows who that is. Beside that, each thread has
 * sessions of its own, and all ask one machine that nobody moves. The API is make-believe, and like
 * many it knows nothing of threads.
 *
 * Compile it with -pthread. */

#define MAPI_SESSION_IMPLEMENTATION
#include "mapi_session.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 4, SESSIONS = 2, ROUNDS = 2000, OWN_SESSIONS = 500, WHY_SIZE = 600 };

#ifdef WITHOUT_LOCKS /* wrong: with this, ThreadSanitizer finds the races that the locks prevent */
#define LOCK(lock) ((void)(lock))
#define UNLOCK(lock) ((void)(lock))
#else
#define LOCK(lock) ((void)pthread_mutex_lock(lock))
#define UNLOCK(lock) ((void)pthread_mutex_unlock(lock))
#endif

/* The make-believe API: it counts the calls, and those that would have done harm. */

typedef struct provider {
    unsigned open_stores, logoffs, calls, harm;
} provider;

static int open_store(provider *api)
{
    api->calls++;
    api->harm += api->logoffs != 0;
    api->open_stores++;
    return 0;
}

static int release_store(provider *api)
{
    api->calls++;
    api->harm += api->open_stores == 0;
    api->open_stores--;
    return 0;
}

static int log_off(provider *api)
{
    api->calls++;
    api->harm += api->open_stores != 0 || api->logoffs != 0;
    api->logoffs++;
    return 0;
}

/* A session that threads share: whoever touches the rest of it holds the lock. */
typedef struct shared_session {
    pthread_mutex_t lock;
    mapi_session machine;
    provider api;
} shared_session;

/* Check, call, fire; and, if the call is rejected, why: all before another thread's event. `why`
 * belongs to the thread that calls. */
static bool call(shared_session *session, unsigned event, int (*api)(provider *), char *why)
{
    mapi_session_verdict verdict;
    int error = -1;

    LOCK(&session->lock);
    verdict = MAPI_SESSION_CALL_INT(&session->machine, event, 0, error, api(&session->api));
    if (verdict != MAPI_SESSION_ACCEPTED) {
        mapi_session_explain(&session->machine, event, 0, why, WHY_SIZE);
    }
    UNLOCK(&session->lock);
    return verdict == MAPI_SESSION_ACCEPTED && error == 0;
}

/* A machine is copied under its lock; its copy can be asked at leisure. */
static mapi_session copy_of(shared_session *session)
{
    mapi_session copy;

    LOCK(&session->lock);
    copy = session->machine;
    UNLOCK(&session->lock);
    return copy;
}

/* A thread, and what it has seen. */
typedef struct worker {
    pthread_t thread;
    pthread_mutex_t *gate; /* shut until all threads are there, so that they run together */
    shared_session *sessions;
    const mapi_session *unmoved;
    unsigned surprises, finished, rejected_logoffs;
    char answer[WHY_SIZE];
} worker;

/* A machine of one thread alone needs no lock, also while others use theirs. */
static bool live_alone(void)
{
    mapi_session machine;
    mapi_session_init(&machine);
    unsigned event, args;

    mapi_session_fire(&machine, MAPI_SESSION_EVENT_MAPI_INITIALIZE, 0);
    mapi_session_fire(&machine, MAPI_SESSION_EVENT_MAPI_LOGON_EX, 0);
    mapi_session_fire(&machine, MAPI_SESSION_EVENT_OPEN_MESSAGE_STORE, 0);
    while (mapi_session_next(&machine, &event, &args)) {
        mapi_session_fire(&machine, event, args);
    }
    return mapi_session_finished(&machine);
}

static void *work(void *given)
{
    worker *const me = (worker *)given;
    char why[WHY_SIZE];
    int i;

    pthread_mutex_lock(me->gate);
    pthread_mutex_unlock(me->gate);

    for (i = 0; i < OWN_SESSIONS; i++) {
        me->finished += live_alone();
    }

    /* Tables and texts never change: names need no lock, nor does a machine that nobody moves. */
    me->surprises += strcmp(mapi_session_event_name(MAPI_SESSION_EVENT_LOGOFF), "logoff") != 0;
    mapi_session_explain(me->unmoved, MAPI_SESSION_EVENT_LOGOFF, 0, me->answer, WHY_SIZE);

    for (i = 0; i < ROUNDS * SESSIONS; i++) {
        shared_session *const session = &me->sessions[i % SESSIONS];
        me->surprises += !call(session, MAPI_SESSION_EVENT_OPEN_MESSAGE_STORE, open_store, why);
        if (i % 10 == 0) { /* this thread's two are open, whatever the others do meanwhile */
            mapi_session copy;
            sched_yield();
            copy = copy_of(session);
            me->surprises += mapi_session_held(&copy, MAPI_SESSION_HELD_MESSAGE_STORES) < 2;
        }
        me->surprises += !call(session, MAPI_SESSION_EVENT_RELEASE_MESSAGE_STORE, release_store,
                               why);
    }

    for (i = 0; i < SESSIONS; i++) {
        shared_session *const session = &me->sessions[i];
        me->surprises += !call(session, MAPI_SESSION_EVENT_RELEASE_MESSAGE_STORE, release_store,
                               why);
        if (!call(session, MAPI_SESSION_EVENT_LOGOFF, log_off, why)) {
            me->rejected_logoffs++;
            me->surprises += strstr(why, "rejected") == NULL;
        }
    }
    return NULL;
}

int main(void)
{
    static shared_session sessions[SESSIONS];
    static worker workers[THREADS];
    static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    mapi_session unmoved;
    mapi_session_init(&unmoved);
    char why[WHY_SIZE];
    unsigned surprises = 0, finished = 0, rejected = 0;
    int i, thread;

    /* What is done before the threads begin, and after they are joined, needs no lock either. */
    mapi_session_fire(&unmoved, MAPI_SESSION_EVENT_MAPI_INITIALIZE, 0);
    mapi_session_fire(&unmoved, MAPI_SESSION_EVENT_MAPI_LOGON_EX, 0);
    mapi_session_fire(&unmoved, MAPI_SESSION_EVENT_ADVISE, 0);
    for (i = 0; i < SESSIONS; i++) {
        if (pthread_mutex_init(&sessions[i].lock, NULL) != 0) {
            return EXIT_FAILURE;
        }
        mapi_session_fire(&sessions[i].machine, MAPI_SESSION_EVENT_MAPI_INITIALIZE, 0);
        mapi_session_fire(&sessions[i].machine, MAPI_SESSION_EVENT_MAPI_LOGON_EX, 0);
        for (thread = 0; thread < THREADS; thread++) { /* each thread is given a store */
            surprises += !call(&sessions[i], MAPI_SESSION_EVENT_OPEN_MESSAGE_STORE, open_store,
                               why);
        }
    }

    pthread_mutex_lock(&gate);
    for (thread = 0; thread < THREADS; thread++) {
        workers[thread].gate = &gate;
        workers[thread].sessions = sessions;
        workers[thread].unmoved = &unmoved;
        if (pthread_create(&workers[thread].thread, NULL, work, &workers[thread]) != 0) {
            return EXIT_FAILURE;
        }
    }
    pthread_mutex_unlock(&gate);
    for (thread = 0; thread < THREADS; thread++) {
        pthread_join(workers[thread].thread, NULL);
        surprises += workers[thread].surprises;
        surprises += strcmp(workers[thread].answer, workers[0].answer) != 0;
        finished += workers[thread].finished;
        rejected += workers[thread].rejected_logoffs;
    }

    printf("%d threads, %d sessions that they share:\n", THREADS, SESSIONS);
    for (i = 0; i < SESSIONS; i++) {
        printf("  %s: %u calls made, %u of them Logoff, %u out of order\n",
               mapi_session_state_name(mapi_session_state(&sessions[i].machine)),
               sessions[i].api.calls, sessions[i].api.logoffs, sessions[i].api.harm);
        surprises += sessions[i].api.harm + sessions[i].api.open_stores;
        pthread_mutex_destroy(&sessions[i].lock);
    }
    printf("  Logoff rejected %u times, surprises: %u\n", rejected, surprises);
    printf("Their own sessions, finished: %u\n", finished);
    printf("What all were told of the machine that nobody moves:\n  %s\n", workers[0].answer);
    return surprises == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
