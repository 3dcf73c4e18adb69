/* The lifecycle mapi_session as a bare matrix of states and events, in the shape that the Linux
 * kernel's rvgen gives to a monitor: the next state, or none. It counts nothing and judges no need,
 * so it is no rival but the floor: what one look-up costs.
 */
#ifndef MATRIX_H
#define MATRIX_H

#include <stdbool.h>
#include <stdint.h>

typedef struct matrix_session {
    uint8_t state; /* SWITCH_STATE_… */
} matrix_session;  /* all zero bytes: the initial state */

/* Moves. False: there is no such event in this state, and nothing has changed. */
bool matrix_fire(matrix_session *m, unsigned event);

#endif
