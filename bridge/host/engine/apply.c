/* SPDX-License-Identifier: Apache-2.0
 *
 * apply.c - carries a plan out: the graph of its changes, the walk, outputs, and saving.
 *
 * The order is Terraform's. What is made waits for what it refers to. What is deleted waits for what the
 * state says depends on it; and what depended on it is made or changed after that, or before it where the new
 * object comes first (create_before_destroy). Between two resources all instances wait for all: so the edges
 * go through nodes that stand for the beginning and the end of each resource's makes and destroys.
 */
#include "apply_internal.h"

#include <stdlib.h>
#include <string.h>

static const struct phase phase_apply = {
    .apply = true, .local = visit_local, .output = visit_output, .provider = visit_provider};
static const struct phase phase_apply_destroy = {
    .apply = true, .local = visit_local, .provider = visit_provider};

static bool makes(enum action action)
{
    return action == ACTION_CREATE || action == ACTION_READ || action == ACTION_UPDATE ||
           action == ACTION_DELETE_THEN_CREATE || action == ACTION_CREATE_THEN_DELETE;
}

static bool destroys(enum action action)
{
    return action >= ACTION_DELETE_THEN_CREATE;
}

/* --- nodes --- */

static bool add_make(struct engine *engine, struct instance *instance)
{
    struct block *block = instance->block;
    node_init(&instance->make, NODE_MAKE, instance,
              instance->change->action == ACTION_READ ? apply_read : apply_make);
    return graph_add(&engine->graph, &instance->make) && graph_edge(&instance->make, &block->begin) &&
           graph_edge(&block->end, &instance->make);
}

static bool add_destroy(struct engine *engine, struct instance *instance)
{
    struct block *block = instance->block;
    node_init(&instance->destroy, NODE_DESTROY, instance, apply_destroy);
    return graph_add(&engine->graph, &instance->destroy) &&
           graph_edge(&instance->destroy, &block->destroy_begin) &&
           graph_edge(&block->destroy_end, &instance->destroy);
}

static bool add_instance(struct engine *engine, struct block *block, struct change *change)
{
    struct instance *instance = &block->instances[block->instance_count++];
    instance->block = block;
    instance->change = change;
    instance->wanted = makes(change->action);
    instance->address = (struct address){block->address.mode, block->address.type, block->address.name,
                                         json_object_get(change->address.key)};
    if (change->deposed && !(instance->deposed = strdup(change->deposed)))
        return false;
    bool make = makes(change->action), destroy = destroys(change->action);
    if ((make && !add_make(engine, instance)) || (destroy && !add_destroy(engine, instance)))
        return false;
    if (!make || !destroy)
        return true;
    return change->action == ACTION_CREATE_THEN_DELETE ? graph_edge(&instance->destroy, &instance->make)
                                                       : graph_edge(&instance->make, &instance->destroy);
}

/* The changes of one resource stand together: from `first` on. Returns how many. */
static size_t count_of_resource(const struct changes *plan, size_t first)
{
    size_t count = 1;
    while (first + count < plan->count &&
           address_same_resource(&plan->items[first].address, &plan->items[first + count].address))
        count++;
    return count;
}

static bool refuse_unknown(struct engine *engine, const struct change *change)
{
    char *address = address_text(&change->address, false);
    diagnostics_error(engine->diags, NULL, "Plan and configuration disagree",
                      "The plan changes %s, which neither the configuration nor the state has. Plan again.",
                      address ? address : change->address.name);
    free(address);
    return false;
}

static bool add_changes(struct engine *engine, const struct changes *plan)
{
    for (size_t i = 0, count; i < plan->count; i += count) {
        struct block *block = engine_block(engine, &plan->items[i].address);
        count = count_of_resource(plan, i);
        if (!block)
            return refuse_unknown(engine, &plan->items[i]);
        block->instances = calloc(count, sizeof *block->instances);
        if (!block->instances)
            return no_memory(engine);
        block->changing = true;
        for (size_t j = 0; j < count; j++)
            if (plan->items[i + j].action != ACTION_NONE && !add_instance(engine, block, &plan->items[i + j]))
                return no_memory(engine);
        if (block->instance_count > 0)
            block->session->used = true;
    }
    return true;
}

static bool add_destroy_hubs(struct engine *engine)
{
    for (size_t i = 0; i < engine->block_count; i++) {
        struct block *block = &engine->blocks[i];
        node_init(&block->destroy_begin, NODE_DESTROY_BEGIN, block, NULL);
        node_init(&block->destroy_end, NODE_DESTROY_END, block, NULL);
        if (!graph_add(&engine->graph, &block->destroy_begin) ||
            !graph_add(&engine->graph, &block->destroy_end) ||
            !graph_edge(&block->destroy_begin, &block->session->node) ||
            !graph_edge(&block->destroy_end, &block->destroy_begin))
            return no_memory(engine);
        block->session->used = false;
    }
    return true;
}

/* --- the order of destroying --- */

/* Whether the objects of a resource go only after what depended on them was changed. */
static bool goes_last(const struct engine *engine, const struct block *block)
{
    if (block->config)
        return block->create_before_destroy;
    const struct state_resource *resource = state_resource_find(engine->state, &block->address);
    for (size_t i = 0; resource && i < resource->count; i++)
        if (resource->instances[i]->create_before_destroy)
            return true;
    return false;
}

/* Whether any new object comes before the old one goes. */
static bool creates_first(const struct changes *plan)
{
    for (size_t i = 0; i < plan->count; i++)
        if (plan->items[i].action == ACTION_CREATE_THEN_DELETE)
            return true;
    return false;
}

/* `block` depends, as the state says, on `on`; `ahead`: new objects come first somewhere in the plan. */
static bool order_destroys(const struct engine *engine, struct block *block, struct block *on, bool ahead)
{
    if (!graph_edge(&on->destroy_begin, &block->destroy_end))
        return false;
    if (engine->plan->mode == PLAN_DESTROY)
        return true;
    /* What is only changed waits, too, until what depended on it is gone. Where new objects come first that
     * could close a circle, and is left out. */
    if (!ahead && on->address.mode == MODE_MANAGED && !goes_last(engine, block) &&
        !graph_edge(&on->begin, &block->destroy_end))
        return false;
    return goes_last(engine, on) || (ahead && block->create_before_destroy)
               ? graph_edge(&on->destroy_begin, &block->end)
               : graph_edge(&block->begin, &on->destroy_end);
}

static bool order_by_text(struct engine *engine, struct block *block, const char *text, bool ahead)
{
    struct address address;
    char *problem = NULL;
    bool ok = true;
    if (!address_parse(text, &address, &problem)) {
        free(problem); /* of a module, say: none of ours */
        return true;
    }
    struct block *on = engine_block(engine, &address);
    if (on && on != block && (on->changing || block->changing))
        ok = order_destroys(engine, block, on, ahead);
    address_clear(&address);
    return ok;
}

static bool same_dependencies(const struct state_instance *a, const struct state_instance *b)
{
    bool same = a && a->dependency_count == b->dependency_count;
    for (size_t i = 0; same && i < b->dependency_count; i++)
        same = strcmp(a->dependencies[i], b->dependencies[i]) == 0;
    return same;
}

static bool order_by_state(struct engine *engine)
{
    bool ok = true, ahead = creates_first(engine->plan);
    for (size_t i = 0; ok && i < engine->state->resource_count; i++) {
        const struct state_resource *resource = engine->state->resources[i];
        struct block *block = engine_block(engine, &resource->address);
        const struct state_instance *last = NULL;
        for (size_t j = 0; ok && block && j < resource->count; j++) {
            const struct state_instance *instance = resource->instances[j];
            if (same_dependencies(last, instance)) /* as those of count have */
                continue;
            last = instance;
            for (size_t k = 0; ok && k < instance->dependency_count; k++)
                ok = order_by_text(engine, block, instance->dependencies[k], ahead);
        }
    }
    return ok || no_memory(engine);
}

/* When all goes, providers are opened first: their settings may come from what goes. */
static bool open_first(struct engine *engine)
{
    bool ok = true;
    for (size_t i = 0; ok && engine->plan->mode == PLAN_DESTROY && i < engine->block_count; i++)
        for (size_t j = 0; ok && j < engine->session_count; j++)
            ok = graph_edge(&engine->blocks[i].destroy_begin, &engine->sessions[j].node);
    return ok || no_memory(engine);
}

static bool build(struct engine *engine, const struct changes *plan)
{
    return engine_build(engine, plan->mode == PLAN_DESTROY ? &phase_apply_destroy : &phase_apply) &&
           engine_target(engine) && add_destroy_hubs(engine) && add_changes(engine, plan) &&
           order_by_state(engine) && open_first(engine) &&
           (plan->mode != PLAN_DESTROY || leave_unneeded_locals(engine, NULL)) && engine_check_cycles(engine);
}

/* --- before and after the walk --- */

/* What the plan only had to find out is in the state already. */
static bool count_imports(struct engine *engine, const struct changes *plan)
{
    bool ok = true;
    for (size_t i = 0; ok && i < plan->count; i++) {
        const struct change *change = &plan->items[i];
        if (!change->import_id)
            continue;
        engine_event_import(engine, EVENT_IMPORT_START, &change->address, change->import_id);
        ok = apply_record(engine, &change->address, NULL);
        engine_event_import(engine, EVENT_IMPORT_DONE, &change->address, change->import_id);
        engine->result->imported++;
    }
    return ok;
}

/* When all is destroyed, data sources go with it. */
static void drop_data(struct engine *engine)
{
    for (size_t i = 0; i < engine->block_count; i++) {
        const struct block *block = &engine->blocks[i];
        const struct state_resource *resource;
        while (block->address.mode == MODE_DATA &&
               (resource = state_resource_find(engine->state, &block->address)) && resource->count > 0) {
            struct address address = {MODE_DATA, block->address.type, block->address.name,
                                      json_object_get(resource->instances[0]->key)};
            state_instance_remove(engine->state, &address, resource->instances[0]->deposed);
            json_object_put(address.key);
        }
    }
}

static void warn_of_targets(struct engine *engine, const struct changes *plan)
{
    if (plan->targeted)
        diagnostics_warning(
            engine->diags, NULL, "Applied changes may be incomplete",
            "The plan was created with the -target option in effect, so some changes requested "
            "in the configuration may have been ignored and the output values may not be fully "
            "updated. Run the following command to verify that no other changes are pending:\n"
            "    terraform plan\n\nNote that the -target option is not suitable for routine "
            "use, and is provided only for exceptional situations such as recovering from "
            "errors or mistakes, or when Terraform specifically suggests to use it as part of "
            "an error message.");
}

/* What the records of all that is planned will take. */
static size_t room_of(const struct changes *plan)
{
    size_t room = 0;
    for (size_t i = 0; i < plan->count; i++)
        room += backend_room(plan->items[i].before.value) + backend_room(plan->items[i].after.value);
    return room;
}

/* What was there before is the state's matter now, and drift only to be told of. */
static void let_go(struct changes *plan)
{
    for (size_t i = 0; i < plan->count; i++)
        typed_clear(&plan->items[i].before);
    for (size_t i = 0; i < plan->drift_count; i++) {
        typed_clear(&plan->drift[i].before);
        typed_clear(&plan->drift[i].after);
    }
}

bool engine_apply(struct engine *engine, struct changes *plan, struct apply_result *result,
                  struct diagnostics *diags)
{
    struct diagnostics found = {0};
    engine_reset(engine);
    *result = (struct apply_result){0};
    engine->diags = &found;
    engine->plan = plan;
    engine->result = result;
    bool ready = build(engine, plan) &&
                 backend_prepare(engine->backend, engine->state, room_of(plan), &found) &&
                 count_imports(engine, plan);
    let_go(plan);
    if (ready) {
        bool whole = engine_walk(engine);
        result->stopped = !whole;
        apply_outputs(engine);
        if (plan->mode == PLAN_DESTROY && !plan->targeted && whole && !found.has_error)
            drop_data(engine);
        warn_of_targets(engine, plan);
        backend_save(engine->backend, engine->state, &found);
    }
    bool ok = !found.has_error;
    diagnostics_move(diags, &found);
    engine_reset(engine);
    return ok;
}
