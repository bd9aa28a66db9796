#ifndef CSQLITE_SHIM_H
#define CSQLITE_SHIM_H

#include <malloc.h>
#include <sqlite3.h>

/// SQLite counts what it allocates, under a lock. To be called before anything is opened.
static inline void csqlite_count_no_memory(void) { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

#endif
