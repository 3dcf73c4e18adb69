/* The generated header's implementation, without text. */
#define MAPI_SESSION_IMPLEMENTATION
#define MAPI_SESSION_NO_TEXT
#include "mapi_session.h"
