/* The bare matrix, called as a function: the floor. */
#include "matrix.h"

#define FORM form_matrix_called
#define FORM_NAME "matrix_called"
#define FORM_TITLE "bare matrix, counts nothing, called"
#define FORM_JUDGES 0
#define MACHINE matrix_session
#define FIRE(m, event, args) (!matrix_fire(m, event))
#define LOOP
#include "form_loops.h"
