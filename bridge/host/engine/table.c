/* SPDX-License-Identifier: Apache-2.0
 *
 * table.c - open addressing, at most half full.
 */
#include "table.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static uint64_t hash_text(uint64_t hash, const char *text)
{
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001B3u;
    return (hash ^ 0xFF) * 0x100000001B3u; /* "a", "bc" is not "ab", "c" */
}

static size_t slot_of(const struct table *table, int kind, const char *type, const char *name)
{
    uint64_t hash = hash_text(hash_text(0xCBF29CE484222325u + (uint64_t)kind, type), name);
    size_t slot = (size_t)(hash ^ hash >> 32) & (table->capacity - 1);
    for (;; slot = (slot + 1) & (table->capacity - 1)) {
        const struct table_entry *entry = &table->slots[slot];
        if (!entry->item ||
            (entry->kind == kind && strcmp(entry->name, name) == 0 && strcmp(entry->type, type) == 0))
            return slot;
    }
}

bool table_reserve(struct table *table, size_t count)
{
    struct table grown = {.count = table->count, .capacity = table->capacity ? table->capacity : 16};
    while (grown.capacity < count * 2)
        grown.capacity *= 2;
    if (grown.capacity == table->capacity)
        return true;
    grown.slots = calloc(grown.capacity, sizeof *grown.slots);
    if (!grown.slots)
        return false;
    for (size_t i = 0; i < table->capacity; i++) {
        const struct table_entry *entry = &table->slots[i];
        if (entry->item)
            grown.slots[slot_of(&grown, entry->kind, entry->type, entry->name)] = *entry;
    }
    free(table->slots);
    *table = grown;
    return true;
}

bool table_put(struct table *table, int kind, const char *type, const char *name, void *item)
{
    type = type ? type : "";
    if (!table_reserve(table, table->count + 1))
        return false;
    struct table_entry *entry = &table->slots[slot_of(table, kind, type, name)];
    if (!entry->item)
        table->count++;
    *entry = (struct table_entry){.kind = kind, .type = type, .name = name, .item = item};
    return true;
}

void *table_get(const struct table *table, int kind, const char *type, const char *name)
{
    return table->capacity ? table->slots[slot_of(table, kind, type ? type : "", name)].item : NULL;
}

void table_clear(struct table *table)
{
    free(table->slots);
    *table = (struct table){0};
}
