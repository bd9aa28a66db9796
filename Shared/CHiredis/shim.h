#ifndef CHIREDIS_SHIM_H
#define CHIREDIS_SHIM_H

#include <hiredis/hiredis.h>
#include <hiredis/async.h>
#include <stdlib.h>
#include <string.h>

// A reply in one piece of memory. hiredis takes two pieces for each string of a reply, and gives each back alone; a
// reader parses one reply after the other, and so may put each where the one before was.

typedef struct circle_arena {
    char *chunk;
    size_t used;
    size_t size;
} circle_arena;

enum { CIRCLE_ARENA_CHUNK = 65536, CIRCLE_ARENA_LINK = 16 };

// A chunk begins with a pointer to the one before, and its size.
static inline void *circle_arena_take(circle_arena *arena, size_t bytes) {
    bytes = (bytes + 15) & ~(size_t)15;
    if (arena->chunk == NULL || arena->size - arena->used < bytes) {
        size_t size = CIRCLE_ARENA_CHUNK;
        if (bytes + CIRCLE_ARENA_LINK > size) size = bytes + CIRCLE_ARENA_LINK;
        char *chunk = (char *)malloc(size);
        if (chunk == NULL) return NULL;
        *(char **)chunk = arena->chunk;
        *(size_t *)(chunk + sizeof(char *)) = size;
        arena->chunk = chunk;
        arena->used = CIRCLE_ARENA_LINK;
        arena->size = size;
    }
    void *taken = arena->chunk + arena->used;
    arena->used += bytes;
    return taken;
}

// Keeps the oldest chunk, unless it is a large one.
static inline void circle_arena_reset(circle_arena *arena) {
    while (arena->chunk != NULL && (*(char **)arena->chunk != NULL || arena->size > CIRCLE_ARENA_CHUNK)) {
        char *before = *(char **)arena->chunk;
        free(arena->chunk);
        arena->chunk = before;
        arena->size = before == NULL ? 0 : *(size_t *)(before + sizeof(char *));
    }
    arena->used = CIRCLE_ARENA_LINK;
}

static inline void circle_arena_free(circle_arena *arena) {
    while (arena->chunk != NULL) {
        char *before = *(char **)arena->chunk;
        free(arena->chunk);
        arena->chunk = before;
    }
    free(arena);
}

// Before each object stands its arena, for `freeObject`, which is told the object alone.
static inline redisReply *circle_reply(const redisReadTask *task, int type) {
    circle_arena *arena = (circle_arena *)task->privdata;
    char *memory = (char *)circle_arena_take(arena, 16 + sizeof(redisReply));
    if (memory == NULL) return NULL;
    *(circle_arena **)memory = arena;
    redisReply *reply = (redisReply *)(memory + 16);
    memset(reply, 0, sizeof *reply);
    reply->type = type;
    if (task->parent != NULL) ((redisReply *)task->parent->obj)->element[task->idx] = reply;
    return reply;
}

static void *circle_reply_string(const redisReadTask *task, char *text, size_t length) {
    char *copy = (char *)circle_arena_take((circle_arena *)task->privdata, length + 1);
    if (copy == NULL) return NULL;
    memcpy(copy, text, length);
    copy[length] = 0;
    redisReply *reply = circle_reply(task, task->type);
    if (reply == NULL) return NULL;
    reply->str = copy;
    reply->len = length;
    return reply;
}

static void *circle_reply_array(const redisReadTask *task, int elements) {
    redisReply **members = NULL;
    if (elements > 0) {
        members = (redisReply **)circle_arena_take((circle_arena *)task->privdata, (size_t)elements * sizeof *members);
        if (members == NULL) return NULL;
        memset(members, 0, (size_t)elements * sizeof *members);
    }
    redisReply *reply = circle_reply(task, REDIS_REPLY_ARRAY);
    if (reply == NULL) return NULL;
    reply->elements = (size_t)elements;
    reply->element = members;
    return reply;
}

static void *circle_reply_integer(const redisReadTask *task, long long value) {
    redisReply *reply = circle_reply(task, REDIS_REPLY_INTEGER);
    if (reply != NULL) reply->integer = value;
    return reply;
}

static void *circle_reply_nil(const redisReadTask *task) { return circle_reply(task, REDIS_REPLY_NIL); }

// A whole reply, or what there is of one: always all that is in the arena.
static void circle_reply_free(void *reply) {
    if (reply != NULL) circle_arena_reset(*(circle_arena **)((char *)reply - 16));
}

static redisReplyObjectFunctions circle_reply_functions = {
    circle_reply_string, circle_reply_array, circle_reply_integer, circle_reply_nil, circle_reply_free,
};

// To be freed by `circle_arena_free`, once the context is gone; NULL leaves everything as it was.
static inline circle_arena *circle_arena_for(redisContext *context) {
    circle_arena *arena = (circle_arena *)calloc(1, sizeof *arena);
    if (arena == NULL) return NULL;
    context->reader->fn = &circle_reply_functions;
    context->reader->privdata = arena;
    return arena;
}

#endif
