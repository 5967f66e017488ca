/* SPDX-License-Identifier: Apache-2.0
 *
 * pool.c - a list of blocks, and of what to call at the end.
 */
#include "pool.h"

#include <stdlib.h>
#include <string.h>

struct pool_block {
    struct pool_block *next;
    void (*release)(void *thing); /* NULL for plain memory */
    void *thing;
    max_align_t memory[];
};

static struct pool_block *add_block(struct pool *pool, size_t size)
{
    struct pool_block *block = calloc(1, sizeof *block + size);
    if (block == NULL) {
        pool->failed = true;
        return NULL;
    }
    block->next = pool->blocks;
    pool->blocks = block;
    return block;
}

void *pool_alloc(struct pool *pool, size_t count, size_t size)
{
    size_t bytes = 0;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > (size_t)-1 / 2) {
        pool->failed = true;
        return NULL;
    }
    struct pool_block *block = add_block(pool, bytes);
    return block != NULL ? block->memory : NULL;
}

char *pool_text(struct pool *pool, const char *text)
{
    if (text == NULL)
        return NULL;
    size_t size = strlen(text) + 1;
    char *copy = pool_alloc(pool, size, 1);
    return copy != NULL ? memcpy(copy, text, size) : NULL;
}

bool pool_keep(struct pool *pool, void *thing, void (*release)(void *thing))
{
    struct pool_block *block = add_block(pool, 0);
    if (block == NULL) {
        release(thing);
        return false;
    }
    block->release = release;
    block->thing = thing;
    return true;
}

void pool_clear(struct pool *pool)
{
    while (pool->blocks != NULL) {
        struct pool_block *block = pool->blocks;
        pool->blocks = block->next;
        if (block->release != NULL)
            block->release(block->thing);
        free(block);
    }
    pool->failed = false;
}
