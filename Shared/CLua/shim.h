#ifndef CLUA_SHIM_H
#define CLUA_SHIM_H

// The Lua that redis-server 7 embeds, so that tests run the services' own scripts in memory.
#include <lua.h>
#include <lauxlib.h>
#include <lualib.h>

#endif
