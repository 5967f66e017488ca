/* SPDX-License-Identifier: Apache-2.0
 *
 * table.h - finds things by name: a kind, a type and a name, as references have them. The names are
 * borrowed, and must outlive the table.
 */
#ifndef HOST_TABLE_H
#define HOST_TABLE_H

#include <stdbool.h>
#include <stddef.h>

struct table_entry {
    int kind;
    const char *type, *name; /* type: "" where there is none */
    void *item;              /* NULL: the slot is free */
};

/* Start it zeroed. */
struct table {
    size_t count, capacity; /* a power of two, or 0 */
    struct table_entry *slots;
};

/* Makes room beforehand. False without memory. */
bool table_reserve(struct table *table, size_t count);

/* Adds an item, or puts it in the place of the one of that name. False without memory. */
bool table_put(struct table *table, int kind, const char *type, const char *name, void *item);

/* The item, or NULL. `type` may be NULL. */
void *table_get(const struct table *table, int kind, const char *type, const char *name);

void table_clear(struct table *table);

#endif
