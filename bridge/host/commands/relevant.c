/* SPDX-License-Identifier: Apache-2.0
 *
 * relevant.c - see relevant.h.
 */
#include "relevant.h"

#include <string.h>

/* What is looked for, and how deep the search through locals has gone. */
struct search {
    const struct config *config;
    const struct address *wanted;
    bool found;
    int depth;
};

/* Locals refer to locals, never in a circle; a configuration with more levels is beyond belief. */
enum { DEEPEST = 32 };

static bool visit(void *context, const struct reference *reference, const char *pointer)
{
    struct search *search = context;
    (void)pointer;
    switch (reference->kind) {
    case REFERENCE_RESOURCE:
    case REFERENCE_DATA:
        search->found = (reference->kind == REFERENCE_DATA) == (search->wanted->mode == MODE_DATA) &&
                        !strcmp(reference->type, search->wanted->type) &&
                        !strcmp(reference->name, search->wanted->name);
        break;
    case REFERENCE_LOCAL:
        for (size_t i = 0; i < search->config->local_count && search->depth < DEEPEST; i++) {
            if (strcmp(search->config->locals[i].name, reference->name))
                continue;
            search->depth++;
            expression_references(search->config->locals[i].value, visit, search);
            search->depth--;
        }
        break;
    default:
        break;
    }
    return !search->found;
}

static void look(struct search *search, const struct expression *expression)
{
    if (expression && !search->found)
        expression_references(expression, visit, search);
}

bool relevant_drift(const struct config *config, const struct changes *changes, const struct change *drift)
{
    struct search search = {.config = config, .wanted = &drift->address};
    if (!config)
        return true;
    for (size_t i = 0; i < changes->count && !search.found; i++) {
        const struct config_resource *resource =
            changes->items[i].action == ACTION_NONE
                ? NULL
                : config_resource_find(config, &changes->items[i].address);
        if (!resource)
            continue;
        look(&search, resource->body);
        look(&search, resource->count);
        look(&search, resource->for_each);
    }
    for (size_t i = 0; i < changes->output_count && !search.found; i++) {
        for (size_t j = 0; changes->outputs[i].action != ACTION_NONE && j < config->output_count; j++)
            if (!strcmp(config->outputs[j].name, changes->outputs[i].name))
                look(&search, config->outputs[j].value);
    }
    return search.found;
}
