/* SPDX-License-Identifier: Apache-2.0
 *
 * targets.c - -target: what is named, and what that needs; in a plan to destroy, what needs it instead.
 */
#include "engine_internal.h"

#include <stdlib.h>
#include <string.h>

bool address_within(const struct address *address, const struct address *whole)
{
    return whole->key ? address_compare(address, whole) == 0 : address_same_resource(address, whole);
}

bool engine_targets_instance(const struct engine *engine, const struct address *address)
{
    for (size_t i = 0; i < engine->options.target_count; i++)
        if (address_within(address, &engine->options.targets[i]))
            return true;
    return engine->options.target_count == 0;
}

/* Whether the state says that something of a resource depends on a target. */
static bool depends_on_target(const struct engine *engine, const struct block *block)
{
    const struct state_resource *resource = state_resource_find(engine->state, &block->address);
    bool found = false;
    for (size_t t = 0; resource && !found && t < engine->options.target_count; t++) {
        char *target = address_text(&engine->options.targets[t], true);
        for (size_t i = 0; target && !found && i < resource->count; i++)
            for (size_t j = 0; !found && j < resource->instances[i]->dependency_count; j++)
                found = strcmp(resource->instances[i]->dependencies[j], target) == 0;
        free(target);
    }
    return found;
}

/* Marks the blocks that targets name, and in a plan to change something all that those need. */
static bool mark_targets(struct engine *engine)
{
    bool ok = true, destroy = engine->options.mode == PLAN_DESTROY;
    for (size_t i = 0; ok && i < engine->options.target_count; i++) {
        struct block *block = engine_block(engine, &engine->options.targets[i]);
        if (!block)
            continue;
        if (!destroy)
            ok = graph_mark_needs(&block->begin);
        block->by_instance = !block->begin.marked;
    }
    for (size_t i = 0; ok && i < engine->options.target_count; i++) {
        struct block *block = engine_block(engine, &engine->options.targets[i]);
        if (!block)
            continue;
        block->begin.marked = true;
        if (!engine->options.targets[i].key)
            block->by_instance = false;
    }
    return ok || no_memory(engine);
}

static bool include(struct engine *engine)
{
    bool destroy = engine->options.mode == PLAN_DESTROY;
    for (size_t i = 0; i < engine->session_count; i++)
        engine->sessions[i].used = false;
    for (size_t i = 0; i < engine->block_count; i++) {
        struct block *block = &engine->blocks[i];
        block->included = block->begin.marked || (destroy && depends_on_target(engine, block));
        block->by_instance = block->by_instance && block->begin.marked;
        block->session->used = block->session->used || block->included;
    }
    return true;
}

/* An output is worked out where it needs something, and all of that is there. */
static bool include_outputs(struct engine *engine)
{
    for (size_t i = 0; i < engine->output_count; i++) {
        struct node_list needs;
        bool all = true, any = false;
        if (!graph_collect_needs(&engine->outputs[i].node, &needs)) {
            free(needs.items);
            return no_memory(engine);
        }
        for (size_t j = 0; j < needs.count; j++)
            if (needs.items[j]->kind == NODE_BLOCK) {
                any = true;
                all = all && ((const struct block *)needs.items[j]->subject)->included;
            }
        free(needs.items);
        if (!any || !all)
            engine->outputs[i].node.visit = NULL;
    }
    return true;
}

bool engine_target(struct engine *engine)
{
    if (engine->options.target_count == 0)
        return true;
    graph_unmark(&engine->graph);
    bool ok = mark_targets(engine) && include(engine);
    graph_unmark(&engine->graph);
    return ok && include_outputs(engine);
}
