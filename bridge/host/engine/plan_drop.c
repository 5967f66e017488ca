/* SPDX-License-Identifier: Apache-2.0
 *
 * plan_drop.c - plans the end of an object that the state has and the configuration does not want: one
 * without a block or a key, a deposed one, or any of them in a plan to destroy.
 */
#include "plan_internal.h"

#include <stdlib.h>

bool plan_refuse_destroy(struct engine *engine, const struct instance *instance)
{
    char *name = address_text(&instance->address, false);
    size_t first = engine->diags->count;
    diagnostics_error(
        engine->diags, NULL, "Instance cannot be destroyed",
        "Resource %s has lifecycle.prevent_destroy set, but the plan calls for this resource to "
        "be destroyed. To avoid this error and continue with the plan, either disable "
        "lifecycle.prevent_destroy or reduce the scope of the plan using the -target option.",
        name ? name : instance->address.name);
    block_locate(instance->block, &instance->address, engine->diags, first);
    free(name);
    return false;
}

/* Puts what was read into the state, and notes what differs. */
static bool keep_prior(struct engine *engine, const struct plan_call *call)
{
    const struct instance *instance = call->instance;
    const struct state_instance *saved =
        state_instance_find(engine->state, &instance->address, instance->deposed);
    struct json_object *marks = saved ? json_object_get(saved->marks) : NULL;
    bool ok = true;
    if (call->drifted && !instance->deposed) {
        struct change *drift = plan_drift(engine, instance);
        ok = drift != NULL;
        if (ok) {
            drift->action = call->prior ? ACTION_UPDATE : ACTION_DELETE;
            drift->before = (struct typed){json_object_get(call->upgraded),
                                           json_object_get(instance->block->type), json_object_get(marks)};
        }
        if (ok && call->prior)
            drift->after = (struct typed){json_object_get(call->prior),
                                          json_object_get(instance->block->type), json_object_get(marks)};
    }
    if (!call->prior)
        state_instance_remove(engine->state, &instance->address, instance->deposed);
    else if (ok)
        ok = plan_record(engine, instance, json_object_get(call->prior), marks);
    json_object_put(marks);
    return ok;
}

/* The change that takes `object` (borrowed) away. */
static bool add_change(struct engine *engine, const struct instance *instance, enum action action,
                       struct json_object *object, struct plan *plan)
{
    struct block *block = instance->block;
    struct change *change = plan_change(engine, instance);
    if (!change)
        return false;
    const struct state_instance *saved =
        state_instance_find(engine->state, &instance->address, instance->deposed);
    change->action = action;
    change->reason = instance->reason;
    change->before = (struct typed){.value = json_object_get(object),
                                    .type = json_object_get(block->type),
                                    .marks = saved ? json_object_get(saved->marks) : NULL};
    if (plan) {
        change->private_text = plan->private_text;
        plan->private_text = NULL;
    }
    block->changing = true;
    return true;
}

static void finish_drop(struct engine *engine, struct call *base)
{
    struct plan_call *call = (struct plan_call *)base;
    struct instance *instance = call->instance;
    bool refreshed = call->upgraded != NULL;
    block_locate(instance->block, &instance->address, &base->diags, 0);
    diagnostics_move(engine->diags, &base->diags);
    if (refreshed && call->read)
        engine_event(engine, EVENT_REFRESH_DONE, &instance->address, instance->deposed, ACTION_NONE,
                     call->prior, 0); /* gone: without an ID */
    bool ok = !refreshed || (!call->prior && !call->drifted) || keep_prior(engine, call);
    if (ok && call->ok && call->plan && call->prior && instance->block->config &&
        instance->block->config->prevent_destroy && !instance->deposed)
        ok = plan_refuse_destroy(engine, instance);
    else if (ok && call->ok && call->plan && call->prior)
        ok = add_change(engine, instance, ACTION_DELETE, call->prior, &call->planned);
    ok = ok && call->ok;
    struct node *node = base->node;
    plan_call_free(call);
    walk_finish(engine, node, ok);
}

static bool submit(struct engine *engine, struct node *node, const struct state_instance *saved)
{
    struct instance *instance = node->subject;
    struct plan_call *call = calloc(1, sizeof *call);
    bool ok = call != NULL;
    if (ok)
        call->saved = value_copy(saved->attributes, &ok);
    if (!ok) {
        free(call);
        return no_memory(engine);
    }
    call->call = (struct call){.job.run = run_plan,
                               .done = finish_drop,
                               .node = node,
                               .provider = instance->block->session->provider};
    call->instance = instance;
    call->schema = instance->block->schema;
    call->version = saved->schema_version;
    call->read = engine->options.refresh;
    call->plan = engine->options.mode != PLAN_REFRESH_ONLY;
    if (call->read)
        engine_event(engine, EVENT_REFRESH_START, &instance->address, instance->deposed, ACTION_NONE,
                     call->saved, 0);
    walk_submit(engine, &call->call);
    return true;
}

void plan_drop(struct engine *engine, struct node *node)
{
    struct instance *instance = node->subject;
    const struct block *block = instance->block;
    struct state_instance *saved = state_instance_find(engine->state, &instance->address, instance->deposed);
    bool planned = engine->options.mode != PLAN_REFRESH_ONLY, ok = true;
    if (!saved) {
        walk_finish(engine, node, true);
    } else if (block->address.mode == MODE_DATA) {
        /* Nothing is lost with it. In a plan to destroy others may refer to it until the end. */
        if (engine->options.mode == PLAN_NORMAL)
            state_instance_remove(engine->state, &instance->address, NULL);
        walk_finish(engine, node, true);
    } else if (planned && block->removed && !block->removed->destroy) {
        ok = add_change(engine, instance, ACTION_FORGET, saved->attributes, NULL);
        walk_finish(engine, node, ok);
    } else if (!submit(engine, node, saved)) {
        walk_finish(engine, node, false);
    }
}
