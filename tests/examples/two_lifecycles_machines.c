/* The one file of the program that brings the functions and texts of both lifecycles. */

#define MAPI_SESSION_IMPLEMENTATION
#include "mapi_session.h"

#define MESSAGE_SERVICE_IMPLEMENTATION
#include "message_service.h"
