/* SPDX-License-Identifier: Apache-2.0
 *
 * pool.h - memory and other things that are released together: all that a loaded schema set
 * is made of. Each block is an allocation of its own, so that sanitizers see its ends.
 */
#ifndef BRIDGE_POOL_H
#define BRIDGE_POOL_H

#include <stdbool.h>
#include <stddef.h>

struct pool_block;

/* Start it zeroed. `failed` turns true, and stays so, when an allocation fails. */
struct pool {
    struct pool_block *blocks;
    bool failed;
};

/* Zeroed memory for `count` items; NULL without memory. Of no items it is a valid pointer too. */
void *pool_alloc(struct pool *pool, size_t count, size_t size);

/* A copy of a text; NULL for NULL or without memory. */
char *pool_text(struct pool *pool, const char *text);

/* Keeps `thing` until the end, which calls release(thing). Without memory it is released at once, and
 * false is returned. */
bool pool_keep(struct pool *pool, void *thing, void (*release)(void *thing));

/* Releases everything, last come first. */
void pool_clear(struct pool *pool);

#endif
