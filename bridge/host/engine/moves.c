/* SPDX-License-Identifier: Apache-2.0
 *
 * moves.c - before anything is planned, the state's objects get the addresses that the configuration has for
 * them: by `moved` blocks, and where count was added or taken away.
 */
#include "engine_internal.h"

#include <stdlib.h>
#include <string.h>

static int compare_moves(const void *a, const void *b)
{
    return address_compare(&((const struct move *)a)->to, &((const struct move *)b)->to);
}

const struct address *moves_from(const struct moves *moves, const struct address *to)
{
    const struct move searched = {.to = *to};
    const struct move *found =
        moves->count > 0 ? bsearch(&searched, moves->items, moves->count, sizeof searched, compare_moves)
                         : NULL;
    return found ? &found->from : NULL;
}

void moves_clear(struct moves *moves)
{
    for (size_t i = 0; i < moves->count; i++) {
        address_clear(&moves->items[i].from);
        address_clear(&moves->items[i].to);
    }
    free(moves->items);
    *moves = (struct moves){0};
}

/* Notes a move; one that goes on from an earlier one lengthens that. */
static bool note(struct moves *moves, const struct address *from, const struct address *to)
{
    for (size_t i = 0; i < moves->count; i++) {
        struct address end;
        if (address_compare(&moves->items[i].to, from) != 0)
            continue;
        if (!address_copy(&end, to))
            return false;
        address_clear(&moves->items[i].to);
        moves->items[i].to = end;
        return true;
    }
    if (moves->count == moves->capacity) {
        size_t capacity = moves->capacity ? moves->capacity * 2 : 8;
        struct move *items = reallocarray(moves->items, capacity, sizeof *items);
        if (!items)
            return false;
        moves->items = items;
        moves->capacity = capacity;
    }
    struct move *move = &moves->items[moves->count];
    *move = (struct move){0};
    if (!address_copy(&move->from, from) || !address_copy(&move->to, to)) {
        address_clear(&move->from);
        return false;
    }
    moves->count++;
    return true;
}

/* The address inside provider["…"]; new. */
static char *provider_inside(const char *text)
{
    const char *begin = strchr(text, '"'), *end = begin ? strchr(begin + 1, '"') : NULL;
    return end ? strndup(begin + 1, (size_t)(end - begin - 1)) : NULL;
}

/* Makes this provider's object of another type's, or another provider's. */
static bool convert(struct engine *engine, const struct address *from, const struct address *to)
{
    const struct state_resource *resource = state_resource_find(engine->state, from);
    const struct state_instance *old = state_instance_find(engine->state, from, NULL);
    const struct schema *schema = schema_find(engine->schemas, SCHEMA_RESOURCE, to->type);
    char *source = provider_inside(resource->provider);
    char *provider = state_provider_text(engine->provider_text, NULL);
    struct state_instance made = {.key = json_object_get(to->key), .tainted = old->tainted};
    bool ok = source && provider;
    if (!ok)
        no_memory(engine);
    ok = ok && provider_move(engine->plain, source, from->type, old->attributes, to->type, &made.attributes,
                             engine->diags);
    if (ok) {
        made.schema_version = schema ? schema->version : 0;
        state_instance_remove(engine->state, from, NULL);
        ok = state_instance_set(engine->state, to, provider, &made) || no_memory(engine);
    }
    if (!ok)
        state_instance_clear(&made);
    free(source);
    free(provider);
    return ok;
}

static bool move_one(struct engine *engine, const struct address *from, const struct address *to)
{
    if (!state_instance_find(engine->state, from, NULL))
        return true;
    if (state_instance_find(engine->state, to, NULL)) {
        char *a = address_text(from, false), *b = address_text(to, false);
        diagnostics_warning(
            engine->diags, NULL, "Unresolved resource instance address changes",
            "Terraform tried to adjust resource instance addresses in the prior state based on "
            "change information recorded in the configuration, but some adjustments did not "
            "succeed due to existing objects already at the intended addresses:\n  - %s could "
            "not move to %s\n\nTerraform has planned to destroy these objects. If Terraform's "
            "proposed changes aren't appropriate, you must first resolve the conflicts using "
            "the \"terraform state\" subcommands and then create a new plan.",
            a ? a : from->name, b ? b : to->name);
        free(a);
        free(b);
        return true;
    }
    bool ok = strcmp(from->type, to->type) == 0
                  ? state_instance_move(engine->state, from, to) || no_memory(engine)
                  : convert(engine, from, to);
    return ok && (note(&engine->moves, from, to) || no_memory(engine));
}

/* All instances of a resource. Their keys are taken first: moving changes the list. */
static bool move_resource(struct engine *engine, const struct config_moved *moved)
{
    const struct state_resource *resource = state_resource_find(engine->state, &moved->from);
    size_t count = resource ? resource->count : 0;
    struct json_object **keys = calloc(count + 1, sizeof(struct json_object *));
    bool ok = keys || no_memory(engine);
    for (size_t i = 0; ok && i < count; i++)
        keys[i] = json_object_get(resource->instances[i]->key);
    for (size_t i = 0; ok && i < count; i++) {
        struct address from = moved->from, to = moved->to;
        from.key = to.key = keys[i];
        ok = move_one(engine, &from, &to);
    }
    for (size_t i = 0; keys && i < count; i++)
        json_object_put(keys[i]);
    free(keys);
    return ok;
}

static bool refuse_declared(struct engine *engine, const struct config_moved *moved)
{
    size_t first = engine->diags->count;
    char *from = address_text(&moved->from, false), *to = address_text(&moved->to, false);
    diagnostics_error(
        engine->diags, "from", "Moved object still exists",
        "This statement declares a move from %s, but that resource is still declared. Change your "
        "configuration so that this resource will be declared as %s instead.",
        from ? from : moved->from.name, to ? to : moved->to.name);
    diagnostics_locate(engine->diags, first, moved->origin.file, moved->origin.pointer, NULL);
    free(from);
    free(to);
    return false;
}

/* One pass over the `moved` blocks; a chain of them may need several. */
static bool move_by_blocks(struct engine *engine)
{
    bool ok = true;
    for (size_t i = 0; ok && i < engine->config->moved_count; i++) {
        const struct config_moved *moved = &engine->config->moved[i];
        bool whole = !moved->from.key && !moved->to.key && !address_same_resource(&moved->from, &moved->to);
        if (whole && config_resource_find(engine->config, &moved->from))
            return refuse_declared(engine, moved);
        ok = whole ? move_resource(engine, moved) : move_one(engine, &moved->from, &moved->to);
    }
    return ok;
}

/* x becomes x[0] where count was added, and the other way round. */
static bool move_by_count(struct engine *engine)
{
    struct json_object *zero = json_object_new_int64(0);
    bool ok = zero || no_memory(engine);
    for (size_t i = 0; ok && i < engine->config->resource_count; i++) {
        const struct config_resource *config = &engine->config->resources[i];
        if (config->address.mode != MODE_MANAGED || config->for_each)
            continue;
        struct address plain = config->address, first = config->address;
        plain.key = NULL;
        first.key = zero;
        const struct address *from = config->count ? &plain : &first, *to = config->count ? &first : &plain;
        if (state_instance_find(engine->state, from, NULL) && !state_instance_find(engine->state, to, NULL))
            ok = move_one(engine, from, to);
    }
    json_object_put(zero);
    return ok;
}

bool engine_move(struct engine *engine)
{
    bool ok = true;
    for (size_t pass = 0; ok && pass < engine->config->moved_count; pass++) {
        size_t before = engine->moves.count;
        ok = move_by_blocks(engine);
        if (engine->moves.count == before && pass > 0)
            break;
    }
    ok = ok && move_by_count(engine);
    if (engine->moves.count > 0)
        qsort(engine->moves.items, engine->moves.count, sizeof *engine->moves.items, compare_moves);
    return ok;
}
