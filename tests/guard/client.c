/* A client with two connections and three statements, guarded by hand; as C99 and as C++11. */
#include <stdio.h>
#define DB_GUARD_IMPLEMENTATION
#include "db_guard.h"

static db_guard guard;

/* Says what is wrong, if something is. */
static bool is_legal(db_guard_verdict verdict, const db_guard_call *call)
{
    char why[1000];
    if (verdict == DB_GUARD_ACCEPTED) {
        return true;
    }
    db_guard_explain(&guard, call, why, sizeof why);
    printf("%s %d: %s\n", db_guard_kind_name(call->kind), (int)call->handle, why);
    return false;
}

static void open_connection(db_guard_handle connection)
{
    db_guard_call call;
    if (is_legal(db_guard_before_sqlite3_open(&guard, &call, __FILE__, __LINE__), &call)) {
        db_guard_after_sqlite3_open(&guard, &call, true, connection);
    }
}

static void prepare(db_guard_handle connection, db_guard_handle statement, bool happened)
{
    db_guard_call call;
    if (is_legal(db_guard_before_sqlite3_prepare_v2(&guard, &call, connection, __FILE__, __LINE__), &call)) {
        db_guard_after_sqlite3_prepare_v2(&guard, &call, happened, statement);
    }
}

static void step(db_guard_handle statement, unsigned outcome)
{
    db_guard_call call;
    if (is_legal(db_guard_before_sqlite3_step(&guard, &call, statement, __FILE__, __LINE__), &call)) {
        db_guard_after_sqlite3_step(&guard, &call, true, outcome);
    }
}

static void finalize(db_guard_handle statement)
{
    db_guard_call call;
    if (is_legal(db_guard_before_sqlite3_finalize(&guard, &call, statement, __FILE__, __LINE__), &call)) {
        db_guard_after_sqlite3_finalize(&guard, &call, true);
    }
}

/* With another thread's call in the middle: `again` is a connection that is given the handle that was freed. */
static void close_connection(db_guard_handle connection, bool happened, bool again)
{
    db_guard_call call;
    if (is_legal(db_guard_before_sqlite3_close(&guard, &call, connection, __FILE__, __LINE__), &call)) {
        if (again) {
            open_connection(connection);
        }
        db_guard_after_sqlite3_close(&guard, &call, happened);
    }
}

static unsigned count_live(void)
{
    db_guard_walk walk = {{0}, {false}};
    unsigned count = 0;
    while (db_guard_next_live(&guard, &walk) != NULL) {
        count++;
    }
    return count;
}

int main(void)
{
    static uint64_t storage[2048], little[64];
    db_guard_handle i;
    db_guard_init(&guard, storage, sizeof storage);
    open_connection(1);
    open_connection(2);
    prepare(1, 11, true);
    prepare(1, 12, true);
    prepare(2, 21, true);
    prepare(2, 22, false); /* failed: there is no such statement */
    step(11, DB_GUARD_OUTCOME_sqlite3_step_row);
    close_connection(1, true, false); /* two statements are left */
    finalize(11);
    finalize(12);
    finalize(12);                      /* twice */
    close_connection(1, false, false); /* legal, and fails: nothing has changed */
    printf("%u live\n", count_live());
    close_connection(1, true, true); /* its handle comes back before close has returned */
    printf("%u live\n", count_live());
    finalize(1); /* a connection */
    finalize(21);
    close_connection(2, true, false);
    close_connection(1, true, false);
    printf("%u live, %d untracked\n", count_live(), (int)guard.untracked);

    /* Full storage: objects that found no room are not judged. */
    printf("%s\n", db_guard_init(&guard, little, sizeof little) ? "little" : "too little");
    for (i = 100; i < 120; i++) {
        open_connection(i);
    }
    for (i = 100; i < 120; i++) {
        close_connection(i, true, false);
    }
    printf("%u live, %s\n", count_live(), guard.untracked > 0 ? "some untracked" : "all tracked");
    return db_guard_init(&guard, storage, 8) ? 1 : 0;
}
