/* SPDX-License-Identifier: Apache-2.0
 *
 * arena.c - a bump allocator in chunks, and a list of what else is to be released. Leaves the
 * meaning of what is allocated to its users.
 */
#include "arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_SIZE = 8192 };

struct arena_chunk {
    struct arena_chunk *next;
    size_t used, size;
    alignas(max_align_t) unsigned char bytes[];
};

struct arena_deferred {
    struct arena_deferred *next;
    void (*release)(void *memory);
    void *memory;
};

static size_t rounded(size_t size)
{
    size_t step = alignof(max_align_t);
    return (size + step - 1) / step * step;
}

static struct arena_chunk *chunk_add(struct arena *arena, size_t size)
{
    bool oversized = size > CHUNK_SIZE;
    size_t capacity = oversized ? size : CHUNK_SIZE;
    struct arena_chunk *chunk = malloc(sizeof *chunk + capacity);
    if (!chunk)
        return NULL;
    chunk->used = 0;
    chunk->size = capacity;
    if (oversized && arena->chunks) { /* the space left in the current chunk stays in use */
        chunk->next = arena->chunks->next;
        arena->chunks->next = chunk;
    } else {
        chunk->next = arena->chunks;
        arena->chunks = chunk;
    }
    return chunk;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    if (size > SIZE_MAX / 2) {
        arena->failed = true;
        return NULL;
    }
    size = rounded(size ? size : 1);
    struct arena_chunk *chunk = arena->chunks;
    if (!chunk || chunk->size - chunk->used < size)
        chunk = chunk_add(arena, size);
    if (!chunk) {
        arena->failed = true;
        return NULL;
    }
    void *memory = chunk->bytes + chunk->used;
    chunk->used += size;
    return memory;
}

void *arena_zeroed(struct arena *arena, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size) {
        arena->failed = true;
        return NULL;
    }
    void *memory = arena_alloc(arena, count * size);
    if (memory)
        memset(memory, 0, count * size);
    return memory;
}

char *arena_text(struct arena *arena, const void *bytes, size_t length)
{
    char *text = arena_alloc(arena, length + 1);
    if (!text)
        return NULL;
    if (length)
        memcpy(text, bytes, length);
    text[length] = '\0';
    return text;
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = length < 0 ? NULL : arena_alloc(arena, (size_t)length + 1);
    if (text)
        vsnprintf(text, (size_t)length + 1, format, again);
    else
        arena->failed = true;
    va_end(again);
    return text;
}

bool arena_defer(struct arena *arena, void (*release)(void *memory), void *memory)
{
    if (!memory)
        return true;
    struct arena_deferred *deferred = arena_alloc(arena, sizeof *deferred);
    if (!deferred) {
        release(memory);
        return false;
    }
    *deferred = (struct arena_deferred){.next = arena->deferred, .release = release, .memory = memory};
    arena->deferred = deferred;
    return true;
}

void arena_finish(struct arena *arena)
{
    for (struct arena_deferred *deferred = arena->deferred; deferred; deferred = deferred->next)
        deferred->release(deferred->memory);
    for (struct arena_chunk *chunk = arena->chunks, *next; chunk; chunk = next) {
        next = chunk->next;
        explicit_bzero(chunk->bytes, chunk->used); /* a provider's settings may have been among it */
        free(chunk);
    }
    *arena = (struct arena){0};
}
