/* The lifecycle mapi_session as a bare matrix of states and events: see matrix.h.
 *
 * Where the real next state depends on a count, the matrix has to guess. It guesses as if nothing
 * were held more than once: the end of a session finds nothing left, the reference that is released
 * is the last one, and so is the MAPI that is given back.
 */
#include "matrix.h"

#include "switch.h"

enum {
    UN = SWITCH_STATE_MAPI_UNINITIALIZED,
    IN = SWITCH_STATE_INITIALIZED,
    ON = SWITCH_STATE_LOGGED_ON,
    AD = SWITCH_STATE_ADVISED,
    OB = SWITCH_STATE_OBJECTS_OPEN,
    ID = SWITCH_STATE_ENTRY_IDS_CACHED,
    RE = SWITCH_STATE_READY_TO_LOG_OFF,
    OF = SWITCH_STATE_LOGGED_OFF,
    no = SWITCH_STATE_COUNT
};

/* Columns: initialise MAPI, OLE, utilities; log on, addref, advise, unadvise | open the six kinds |
 *          release the six kinds |
 *          call object, session; cache, free; submit, transmitted | end, error, notice, logoff |
 *          release session; give back OLE, MAPI, utilities; delete DLL */
static const uint8_t next[SWITCH_STATE_COUNT][SWITCH_EVENT_COUNT] = {
    [UN] = {IN, UN, UN, no, no, no, no,  no, no, no, no, no, no,  no, no, no, no, no, no,
            no, no, no, no, no, no,  no, no, no, no,  no, UN, no, UN, no},
    [IN] = {IN, IN, IN, ON, no, no, no,  no, no, no, no, no, no,  no, no, no, no, no, no,
            no, no, no, no, no, no,  no, no, no, no,  no, IN, UN, no, no},
    [ON] = {ON, ON, ON, no, ON, ON, ON,  ON, ON, ON, ON, ON, ON,  ON, ON, ON, ON, ON, ON,
            ON, ON, ON, ON, ON, ON,  RE, RE, RE, OF,  ON, ON, ON, no, no},
    [AD] = {no, no, no, no, no, no, RE,  no, no, no, no, no, no,  AD, AD, AD, AD, AD, AD,
            AD, AD, no, AD, no, AD,  no, AD, AD, OF,  AD, no, AD, no, no},
    [OB] = {no, no, no, no, no, no, OB,  no, no, no, no, no, no,  RE, RE, RE, RE, RE, RE,
            OB, OB, no, OB, no, OB,  no, OB, OB, OF,  OB, no, OB, no, no},
    [ID] = {no, no, no, no, no, no, ID,  no, no, no, no, no, no,  ID, ID, ID, ID, ID, ID,
            ID, ID, no, RE, no, ID,  no, ID, ID, OF,  ID, no, ID, no, no},
    [RE] = {no, no, no, no, no, no, RE,  no, no, no, no, no, no,  RE, RE, RE, RE, RE, RE,
            RE, RE, no, RE, no, RE,  no, RE, RE, OF,  RE, no, RE, no, no},
    [OF] = {no, no, no, no, no, no, no,  no, no, no, no, no, no,  no, no, no, no, no, no,
            no, no, no, no, no, no,  no, no, no, no,  IN, no, OF, no, no},
};

bool matrix_fire(matrix_session *m, unsigned event)
{
    const unsigned state = m->state;
    unsigned to;

    if (state >= SWITCH_STATE_COUNT || event >= SWITCH_EVENT_COUNT)
        return false;
    to = next[state][event];
    if (to == no)
        return false;
    m->state = (uint8_t)to;
    return true;
}
