/* SPDX-License-Identifier: Apache-2.0
 *
 * moves.c - before anything is planned, the state's objects get the addresses that the configuration has for
 * them: by `moved` blocks, and where count was added or taken away.
 */
#include "engine_internal.h"

#include "../language/text.h"

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
    struct provider *plain = ok ? engine_plain(engine, engine->diags) : NULL;
    ok = plain &&
         provider_move(plain, source, from->type, old->attributes, to->type, &made.attributes, engine->diags);
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

/* Lines about what could not move, for one warning. */
static bool add_blocked(struct text *blocked, const struct address *from, const struct address *to)
{
    char *a = address_text(from, false), *b = address_text(to, false);
    bool ok = a && b;
    if (ok)
        text_add_format(blocked, "\n  - %s could not move to %s", a, b);
    free(a);
    free(b);
    return ok;
}

static bool warn_of_blocked(struct engine *engine, struct text *blocked)
{
    char *lines = blocked->length > 0 ? text_take(blocked) : NULL;
    bool ok = lines || blocked->length == 0;
    if (lines)
        diagnostics_warning(
            engine->diags, NULL, "Unresolved resource instance address changes",
            "Terraform tried to adjust resource instance addresses in the prior state based on "
            "change information recorded in the configuration, but some adjustments did not "
            "succeed due to existing objects already at the intended addresses:%s\n\nTerraform "
            "has planned to destroy these objects. If Terraform's proposed changes aren't "
            "appropriate, you must first resolve the conflicts using the \"terraform state\" "
            "subcommands and then create a new plan.",
            lines);
    free(lines);
    return ok || no_memory(engine);
}

static bool move_one(struct engine *engine, const struct address *from, const struct address *to,
                     struct text *blocked)
{
    if (!state_instance_find(engine->state, from, NULL))
        return true;
    if (state_instance_find(engine->state, to, NULL))
        return add_blocked(blocked, from, to) || no_memory(engine);
    bool ok = strcmp(from->type, to->type) == 0
                  ? state_instance_move(engine->state, from, to) || no_memory(engine)
                  : convert(engine, from, to);
    return ok && (note(&engine->moves, from, to) || no_memory(engine));
}

/* All instances of a resource. Their keys are taken first: moving changes the list. */
static bool move_resource(struct engine *engine, const struct config_moved *moved, struct text *blocked)
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
        ok = move_one(engine, &from, &to, blocked);
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

static bool move_by_block(struct engine *engine, const struct config_moved *moved, struct text *blocked)
{
    bool whole = !moved->from.key && !moved->to.key && !address_same_resource(&moved->from, &moved->to);
    if (whole && config_resource_find(engine->config, &moved->from))
        return refuse_declared(engine, moved);
    return whole ? move_resource(engine, moved, blocked)
                 : move_one(engine, &moved->from, &moved->to, blocked);
}

/* --- the order of `moved` blocks: a chain begins at its first address, wherever its links stand --- */

struct link {
    const struct config_moved *moved;
    bool seen;
};

/* By the resource that a block moves to. */
static int compare_ends(const struct address *a, const struct address *b)
{
    int order = strcmp(a->type, b->type);
    return order != 0 ? order : strcmp(a->name, b->name);
}

static int compare_links(const void *a, const void *b)
{
    return compare_ends(&(*(struct link *const *)a)->moved->to, &(*(struct link *const *)b)->moved->to);
}

/* The first of the sorted links that moves to the resource of an address. */
static size_t first_to(struct link *const *sorted, size_t count, const struct address *address)
{
    size_t low = 0;
    while (low < count) {
        size_t middle = low + (count - low) / 2;
        if (compare_ends(&sorted[middle]->moved->to, address) < 0)
            low = middle + 1;
        else
            count = middle;
    }
    return low;
}

/* Moves by what leads to this block's beginning, then by this one. */
static bool follow(struct engine *engine, struct link *link, struct link *const *sorted, struct text *blocked)
{
    const struct address *from = &link->moved->from;
    size_t count = engine->config->moved_count;
    bool ok = true;
    if (link->seen)
        return true;
    link->seen = true;
    for (size_t i = first_to(sorted, count, from); ok && i < count; i++) {
        const struct address *to = &sorted[i]->moved->to;
        if (compare_ends(to, from) != 0)
            break;
        if (!to->key || !from->key || address_compare(to, from) == 0)
            ok = follow(engine, sorted[i], sorted, blocked);
    }
    return ok && move_by_block(engine, link->moved, blocked);
}

static bool move_by_blocks(struct engine *engine, struct text *blocked)
{
    size_t count = engine->config->moved_count;
    struct link *links = calloc(count + 1, sizeof *links), **sorted = calloc(count + 1, sizeof *sorted);
    bool ok = (links && sorted) || no_memory(engine);
    for (size_t i = 0; ok && i < count; i++) {
        links[i].moved = &engine->config->moved[i];
        sorted[i] = &links[i];
    }
    if (ok)
        qsort(sorted, count, sizeof *sorted, compare_links);
    for (size_t i = 0; ok && i < count; i++)
        ok = follow(engine, &links[i], sorted, blocked);
    free(links);
    free(sorted);
    return ok;
}

/* x becomes x[0] where count was added, and the other way round. */
static bool move_by_count(struct engine *engine, struct text *blocked)
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
            ok = move_one(engine, from, to, blocked);
    }
    json_object_put(zero);
    return ok;
}

/* --- targets --- */

static bool is_target(const struct engine *engine, const struct address *address)
{
    bool found = false;
    for (size_t i = 0; !found && i < engine->options.target_count; i++)
        found = address_within(address, &engine->options.targets[i]);
    return found;
}

static bool add_excluded(const struct engine *engine, const struct address *address, struct text *excluded)
{
    if (is_target(engine, address))
        return true;
    char *name = address_text(address, false);
    if (name) {
        text_add_format(excluded, "\n  -target=");
        text_add_quoted(excluded, name, strlen(name));
    }
    free(name);
    return name != NULL;
}

/* Both ends of a move must be among the targets: half of it would plan to destroy, or to make, the object. */
static bool check_targets(struct engine *engine)
{
    struct text excluded = {0};
    bool ok = true;
    for (size_t i = 0; ok && engine->options.target_count > 0 && i < engine->moves.count; i++)
        ok = add_excluded(engine, &engine->moves.items[i].from, &excluded) &&
             add_excluded(engine, &engine->moves.items[i].to, &excluded);
    if (ok && excluded.length == 0)
        return true;
    char *list = text_take(&excluded);
    if (ok && list)
        diagnostics_error(
            engine->diags, NULL, "Moved resource instances excluded by targeting",
            "Resource instances in your current state have moved to new addresses in the latest "
            "configuration. Terraform must include those resource instances while planning in order to "
            "ensure a correct result, but your -target=... options do not fully cover all of those "
            "resource instances.\n\nTo create a valid plan, either remove your -target=... options "
            "altogether or add the following additional target options:%s\n\nNote that adding these "
            "options may include further additional resource instances in your plan, in order to respect "
            "object dependencies.",
            list);
    else
        no_memory(engine);
    free(list);
    return false;
}

bool engine_move(struct engine *engine)
{
    struct text blocked = {0};
    bool ok = move_by_blocks(engine, &blocked) && move_by_count(engine, &blocked);
    if (engine->moves.count > 0)
        qsort(engine->moves.items, engine->moves.count, sizeof *engine->moves.items, compare_moves);
    ok = warn_of_blocked(engine, &blocked) && ok;
    return ok && check_targets(engine);
}
