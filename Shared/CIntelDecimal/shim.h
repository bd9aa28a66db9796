#ifndef CINTELDECIMAL_SHIM_H
#define CINTELDECIMAL_SHIM_H

// Of the library's eight builds the one that the module map links: arguments by value, rounding and flags as parameters.
#define DECIMAL_CALL_BY_REFERENCE 0
#define DECIMAL_GLOBAL_ROUNDING 0
#define DECIMAL_GLOBAL_EXCEPTION_FLAGS 0
#include <bid_conf.h>
#include <bid_functions.h>

#endif
