/* SPDX-License-Identifier: Apache-2.0
 *
 * plan.c - a plan from beginning to end: moves, the graph, what is targeted, the walk, and the summary.
 */
#include "engine_internal.h"

#include <stdlib.h>
#include <string.h>

static void plan_block(struct engine *engine, struct node *node);

static const struct phase phase_plan = {
    .local = visit_local, .output = visit_output, .provider = visit_provider, .block = plan_block};
static const struct phase phase_destroy = {
    .local = visit_local, .provider = visit_provider, .block = plan_block};

/* --- imports --- */

static int compare_imports(const void *a, const void *b)
{
    const struct config_import *const *x = a, *const *y = b;
    return address_compare(&(*x)->to, &(*y)->to);
}

static bool refuse_import(struct engine *engine, const struct config_import *import, const char *summary,
                          const char *before, const char *after)
{
    size_t first = engine->diags->count;
    char *name = address_text(&import->to, false);
    diagnostics_error(engine->diags, "to", summary, "%s %s %s", before, name ? name : import->to.name, after);
    diagnostics_locate(engine->diags, first, import->origin.file, import->origin.pointer, name);
    free(name);
    return false;
}

static bool refuse_target(struct engine *engine, const struct config_import *import)
{
    return refuse_import(engine, import, "Configuration for import target does not exist",
                         "The configuration for the given import target",
                         "does not exist. All target instances must have an associated configuration to be "
                         "imported.");
}

static bool sort_imports(struct engine *engine)
{
    const struct config *config = engine->config;
    bool ok = true;
    engine->imports = calloc(config->import_count + 1, sizeof *engine->imports);
    if (!engine->imports)
        return no_memory(engine);
    for (size_t i = 0; i < config->import_count; i++)
        engine->imports[i] = &config->imports[i];
    qsort(engine->imports, config->import_count, sizeof *engine->imports, compare_imports);
    for (size_t i = 1; i < config->import_count; i++)
        if (compare_imports(&engine->imports[i - 1], &engine->imports[i]) == 0)
            ok = refuse_import(engine, engine->imports[i], "Duplicate import configuration",
                               "An import block for",
                               "was declared already. A resource can have only one: remove the others.");
    return ok;
}

static bool check_imports(struct engine *engine)
{
    bool ok = true;
    for (size_t i = 0; i < engine->config->import_count; i++) {
        const struct config_import *import = &engine->config->imports[i];
        const struct block *block = engine_block(engine, &import->to);
        if (!block || !block->config)
            ok = refuse_target(engine, import);
    }
    return ok;
}

static int compare_key(const void *import, const void *value)
{
    return key_compare(((const struct config_import *)import)->to.key,
                       ((const struct instance_value *)value)->key);
}

/* Whether what is imported into a resource is wanted by its count or for_each. */
static bool check_import_keys(struct engine *engine, const struct block *block)
{
    size_t low = 0, high = engine->config->import_count;
    bool ok = true;
    while (low < high) { /* the first that is not before this resource: without a key it sorts first */
        size_t middle = low + (high - low) / 2;
        if (address_compare(&engine->imports[middle]->to, &block->address) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (size_t i = low; i < engine->config->import_count; i++) {
        const struct config_import *import = engine->imports[i];
        if (!address_same_resource(&import->to, &block->address))
            break;
        if (block->value_count == 0 ||
            !bsearch(import, block->values, block->value_count, sizeof *block->values, compare_key))
            ok = refuse_target(engine, import);
    }
    return ok;
}

/* Begins the work on a resource: its instances join the walk, and its end waits for them. */
static void plan_block(struct engine *engine, struct node *node)
{
    struct block *block = node->subject;
    bool ok = !block->included || block_expand(engine, block, engine->diags);
    if (ok && block->included && block->config && engine->options.mode == PLAN_NORMAL)
        ok = check_import_keys(engine, block);
    for (size_t i = 0; ok && i < block->instance_count; i++) {
        struct instance *instance = &block->instances[i];
        if (block->by_instance && !engine_targets_instance(engine, &instance->address))
            continue;
        bool data = block->address.mode == MODE_DATA;
        node_init(&instance->make, NODE_MAKE, instance,
                  !instance->wanted ? plan_drop
                  : data            ? plan_data
                                    : plan_make);
        ok = graph_edge(&block->end, &instance->make);
        if (!ok) {
            no_memory(engine);
            break;
        }
        block->end.waiting++;
        walk_ready(engine, &instance->make);
    }
    walk_finish(engine, node, ok);
}

/* --- the result --- */

static int compare_changes(const void *a, const void *b)
{
    const struct change *x = a, *y = b;
    int order = address_compare(&x->address, &y->address);
    if (order != 0 || !x->deposed || !y->deposed)
        return order != 0 ? order : (x->deposed != NULL) - (y->deposed != NULL);
    return strcmp(x->deposed, y->deposed);
}

static void warn_of_targets(struct engine *engine)
{
    if (engine->options.target_count > 0)
        diagnostics_warning(
            engine->diags, NULL, "Resource targeting is in effect",
            "You are creating a plan with the -target option, which means that the result of "
            "this plan may not represent all of the changes requested by the current "
            "configuration.\n\nThe -target option is not for routine use, and is provided only "
            "for exceptional situations such as recovering from errors or mistakes, or when "
            "Terraform specifically suggests to use it as part of an error message.");
}

/* What is wrong with the configuration alone is said before anything is asked of the provider. What it warns
 * of comes again with the plan. */
static bool validate_first(struct engine *engine, struct diagnostics *diags)
{
    struct diagnostics found = {0};
    bool ok = engine_validate(engine, &found);
    if (!ok)
        diagnostics_move(diags, &found);
    diagnostics_clear(&found);
    return ok;
}

struct changes *engine_plan(struct engine *engine, struct diagnostics *diags)
{
    if (!validate_first(engine, diags))
        return NULL;
    engine_reset(engine);
    engine->diags = diags;
    struct changes *changes = calloc(1, sizeof *changes);
    bool ok = changes || no_memory(engine);
    engine->changes = changes;
    if (ok) {
        changes->mode = engine->options.mode;
        changes->targeted = engine->options.target_count > 0;
        warn_of_targets(engine);
        ok = sort_imports(engine) && engine_move(engine) &&
             engine_build(engine, engine->options.mode == PLAN_DESTROY ? &phase_destroy : &phase_plan) &&
             check_imports(engine) && engine_target(engine) &&
             (engine->options.mode != PLAN_DESTROY || leave_unneeded_locals(engine, NULL));
    }
    if (ok) {
        struct diagnostics found = {0};
        engine->diags = &found;
        engine_walk(engine);
        plan_outputs(engine);
        changes->errored = found.has_error;
        ok = !found.has_error || engine->options.mode != PLAN_DESTROY; /* all or nothing */
        diagnostics_move(diags, &found);
        if (changes->count > 0)
            qsort(changes->items, changes->count, sizeof *changes->items, compare_changes);
        if (changes->drift_count > 0)
            qsort(changes->drift, changes->drift_count, sizeof *changes->drift, compare_changes);
        for (size_t i = 0; i < changes->count; i++)
            change_count(changes, &changes->items[i]);
    }
    engine_reset(engine);
    if (ok)
        return changes;
    changes_destroy(changes);
    return NULL;
}
