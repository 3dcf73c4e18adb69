/* The lifecycle mapi_session, judged by Ragel's own C of its machine, with a driver: see
 * ragel.rl.j2. There are two forms: the machine as gotos (-G2), and as tables (-F1).
 */
#ifndef RAGEL_H
#define RAGEL_H

#include "switch.h"

typedef struct ragel_session {
    uint16_t held[SWITCH_HOLDING_COUNT + 1]; /* the last is 0: of events that hold nothing */
    uint8_t cs;                              /* Ragel's number of the state */
    uint8_t state;                           /* SWITCH_STATE_…, as Ragel's actions say it */
    uint8_t facts;                           /* as in the switch */
} ragel_session;

void ragel_goto_init(ragel_session *m);
unsigned ragel_goto_fire(ragel_session *m, unsigned event, unsigned args);

void ragel_table_init(ragel_session *m);
unsigned ragel_table_fire(ragel_session *m, unsigned event, unsigned args);

#endif
