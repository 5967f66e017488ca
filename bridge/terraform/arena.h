/* SPDX-License-Identifier: Apache-2.0
 *
 * arena.h - the memory of one call: everything that a request unpacks to and its reply is made of,
 * freed in one go. What other libraries allocated (json-c trees, plain malloc) is handed
 * over with arena_defer(), so that the code in between needs no clean-up of its own.
 */
#ifndef BRIDGE_TERRAFORM_ARENA_H
#define BRIDGE_TERRAFORM_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena_chunk;
struct arena_deferred;

/* Start it zeroed, end with arena_finish(). Belongs to one thread. */
struct arena {
    struct arena_chunk *chunks;
    struct arena_deferred *deferred;
    bool failed; /* some allocation failed: the reply is not to be trusted */
};

/* `size` bytes, aligned for any type and not initialized; NULL without memory. */
void *arena_alloc(struct arena *arena, size_t size);

/* `count` zeroed elements of `size` bytes (at least one, so that NULL always means no memory). */
void *arena_zeroed(struct arena *arena, size_t count, size_t size);

/* A copy of `length` bytes with a NUL behind them. */
char *arena_text(struct arena *arena, const void *bytes, size_t length);

/* Text formatted like printf's. */
char *arena_format(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Has release(memory) called by arena_finish(), the last one first. Without memory it is called at once
 * and the answer is false. NULL memory is fine and does nothing. */
bool arena_defer(struct arena *arena, void (*release)(void *memory), void *memory);

/* Frees everything. */
void arena_finish(struct arena *arena);

#endif
