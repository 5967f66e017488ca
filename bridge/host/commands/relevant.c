/* SPDX-License-Identifier: Apache-2.0
 *
 * relevant.c - see relevant.h.
 */
#include "relevant.h"

#include <stdlib.h>

/* Locals and outputs by name, and what was found to be referred to. */
struct search {
    struct table locals, outputs, *referenced;
    const struct config_local **pending; /* referred to, but not looked into yet; each once */
    size_t pending_count;
    bool ok;
};

static bool visit(void *context, const struct reference *reference, const char *pointer)
{
    static char there; /* the names are all that is wanted */
    struct search *search = context;
    (void)pointer;
    bool local = reference->kind == REFERENCE_LOCAL;
    if (!local && reference->kind != REFERENCE_RESOURCE && reference->kind != REFERENCE_DATA)
        return true;
    if (table_get(search->referenced, (int)reference->kind, reference->type, reference->name))
        return true;
    search->ok =
        table_put(search->referenced, (int)reference->kind, reference->type, reference->name, &there);
    const struct config_local *found = local ? table_get(&search->locals, 0, NULL, reference->name) : NULL;
    if (found)
        search->pending[search->pending_count++] = found;
    return search->ok;
}

static void look(struct search *search, const struct expression *expression)
{
    if (expression && search->ok)
        expression_references(expression, visit, search);
}

static void look_at_resources(struct search *search, const struct config *config,
                              const struct changes *changes)
{
    const struct config_resource *last = NULL;
    for (size_t i = 0; i < changes->count; i++) {
        const struct change *change = &changes->items[i];
        const struct config_resource *resource =
            change->action == ACTION_NONE ? NULL : config_resource_find(config, &change->address);
        if (!resource || resource == last) /* instances stand side by side */
            continue;
        look(search, resource->body);
        look(search, resource->count);
        look(search, resource->for_each);
        last = resource;
    }
}

static void look_at_outputs(struct search *search, const struct changes *changes)
{
    for (size_t i = 0; i < changes->output_count; i++) {
        const struct config_output *output =
            changes->outputs[i].action == ACTION_NONE
                ? NULL
                : table_get(&search->outputs, 0, NULL, changes->outputs[i].name);
        if (output)
            look(search, output->value);
    }
}

bool relevant_collect(const struct config *config, const struct changes *changes, struct table *referenced)
{
    struct search search = {.referenced = referenced, .ok = true};
    search.pending = calloc(config->local_count + 1, sizeof(*search.pending));
    search.ok = search.pending != NULL;
    for (size_t i = 0; search.ok && i < config->local_count; i++)
        search.ok = table_put(&search.locals, 0, NULL, config->locals[i].name, &config->locals[i]);
    for (size_t i = 0; search.ok && i < config->output_count; i++)
        search.ok = table_put(&search.outputs, 0, NULL, config->outputs[i].name, &config->outputs[i]);
    look_at_resources(&search, config, changes);
    look_at_outputs(&search, changes);
    while (search.ok && search.pending_count)
        look(&search, search.pending[--search.pending_count]->value);
    table_clear(&search.locals);
    table_clear(&search.outputs);
    free(search.pending);
    return search.ok;
}

bool relevant_drift(const struct table *referenced, const struct change *drift)
{
    int kind = drift->address.mode == MODE_DATA ? REFERENCE_DATA : REFERENCE_RESOURCE;
    return table_get(referenced, kind, drift->address.type, drift->address.name) != NULL;
}
