/* The lifecycle message_service once more, written by hand: what machine.c holds the header
 * against. Its numbers are those of the header. */
#ifndef WITNESS_MESSAGE_SERVICE_H
#define WITNESS_MESSAGE_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

enum { WITNESS_INSTALLED, WITNESS_IN_INSTALL_ENTRY, WITNESS_IN_OTHER_ENTRY, WITNESS_DLL_DELETED };
enum {
    WITNESS_CALL_INSTALL_ENTRY,
    WITNESS_CALL_OTHER_ENTRY,
    WITNESS_ENTRY_RETURNS,
    WITNESS_DELETE_PROVIDER_DLL,
    WITNESS_EVENT_COUNT
};
enum { WITNESS_ACCEPTED, WITNESS_REJECTED_STATE, WITNESS_BAD_EVENT = 5 };
enum { WITNESS_NO_DLL_DELETE, WITNESS_NO_RULE };

struct witness {
    unsigned state;
};

/* Where an event leads from a state; -1: nowhere. */
static inline int witness_target(unsigned state, unsigned event)
{
    switch (event) {
    case WITNESS_CALL_INSTALL_ENTRY:
        return state == WITNESS_INSTALLED ? WITNESS_IN_INSTALL_ENTRY : -1;
    case WITNESS_CALL_OTHER_ENTRY:
        return state == WITNESS_INSTALLED ? WITNESS_IN_OTHER_ENTRY : -1;
    case WITNESS_ENTRY_RETURNS:
        return state == WITNESS_INSTALLED     ? -1
               : state == WITNESS_DLL_DELETED ? WITNESS_DLL_DELETED
                                              : WITNESS_INSTALLED;
    default:
        return state == WITNESS_IN_INSTALL_ENTRY ? WITNESS_DLL_DELETED : -1;
    }
}

static inline unsigned witness_check(const struct witness *w, unsigned event, unsigned arguments)
{
    if (event >= WITNESS_EVENT_COUNT || arguments != 0) {
        return WITNESS_BAD_EVENT;
    }
    return witness_target(w->state, event) < 0 ? WITNESS_REJECTED_STATE : WITNESS_ACCEPTED;
}

static inline unsigned witness_rule(const struct witness *w, unsigned event, unsigned arguments)
{
    const bool refused = witness_check(w, event, arguments) == WITNESS_REJECTED_STATE;
    return refused && event == WITNESS_DELETE_PROVIDER_DLL ? WITNESS_NO_DLL_DELETE
                                                           : WITNESS_NO_RULE;
}

static inline unsigned witness_warnings(const struct witness *w, unsigned event, unsigned arguments)
{
    (void)w;
    (void)event;
    (void)arguments;
    return 0;
}

static inline unsigned witness_fire(struct witness *w, unsigned event, unsigned arguments)
{
    const unsigned verdict = witness_check(w, event, arguments);
    if (verdict == WITNESS_ACCEPTED) {
        w->state = (unsigned)witness_target(w->state, event);
    }
    return verdict;
}

/* A rejected event has happened all the same: it leads to the one state that all its moves name.
 * entry_returns has none: one of its moves stays. */
static inline unsigned witness_observe(struct witness *w, unsigned event, unsigned arguments)
{
    const unsigned verdict = witness_fire(w, event, arguments);
    if (verdict == WITNESS_REJECTED_STATE) {
        switch (event) {
        case WITNESS_CALL_INSTALL_ENTRY: w->state = WITNESS_IN_INSTALL_ENTRY; break;
        case WITNESS_CALL_OTHER_ENTRY: w->state = WITNESS_IN_OTHER_ENTRY; break;
        case WITNESS_DELETE_PROVIDER_DLL: w->state = WITNESS_DLL_DELETED; break;
        default: break;
        }
    }
    return verdict;
}

static inline unsigned witness_state(const struct witness *w)
{
    return w->state;
}

static inline uint32_t witness_held(const struct witness *w, unsigned holding)
{
    (void)w;
    (void)holding;
    return 0;
}

static inline bool witness_may_remain(unsigned holding)
{
    (void)holding;
    return false;
}

static inline bool witness_finished(const struct witness *w)
{
    return w->state == WITNESS_INSTALLED || w->state == WITNESS_DLL_DELETED;
}

/* The events of a shortest way to the end: the entry point has to return. */
static inline uint64_t witness_left(const struct witness *w)
{
    return witness_finished(w) ? 0 : 1;
}

static inline bool witness_is_reachable(const struct witness *w)
{
    return w->state <= WITNESS_DLL_DELETED;
}

static inline bool witness_is_same(const struct witness *left, const struct witness *right)
{
    return left->state == right->state;
}

#endif
