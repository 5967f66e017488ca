/* SPDX-License-Identifier: Apache-2.0
 *
 * plan_data.c - data sources: read while planning where all that they are asked with is known, else left to
 * the apply.
 */
#include "plan_internal.h"

#include <stdint.h>
#include <stdlib.h>

struct data_call {
    struct call call;
    struct instance *instance;
    struct json_object *body, *state;
    struct json_object *marks; /* of the configuration; the engine's */
    bool ok;
};

static void run_read(struct job *job)
{
    struct data_call *call = (struct data_call *)job;
    const char *type = call->instance->block->schema->name;
    call->ok =
        provider_validate(call->call.provider, SCHEMA_DATA_SOURCE, type, call->body, &call->call.diags) &&
        provider_read_data(call->call.provider, type, call->body, &call->state, &call->call.diags) &&
        !call->call.diags.has_error;
}

static void data_call_free(struct data_call *call)
{
    json_object_put(call->body);
    json_object_put(call->state);
    json_object_put(call->marks);
    diagnostics_clear(&call->call.diags);
    free(call);
}

static bool typed_object(struct engine *engine, const struct block *block, struct json_object *object,
                         struct json_object *marks, struct typed *typed)
{
    bool ok = true;
    *typed = (struct typed){.value = json_object_get(object), .type = json_object_get(block->type)};
    typed->marks = marks_of_schema(&block->schema->object, object, marks, &ok);
    return ok || no_memory(engine);
}

/* The object before it is read: what the source will say is not known. */
static bool make_unknown(const struct schema *schema, struct json_object *body)
{
    for (size_t i = 0; i < schema->object.count; i++) {
        const struct schema_attribute *attribute = &schema->object.attributes[i];
        struct json_object *unknown = attribute->read_only ? value_unknown() : NULL;
        if (attribute->read_only &&
            (!unknown || json_object_object_add(body, attribute->name, unknown) != 0)) {
            json_object_put(unknown);
            return false;
        }
    }
    return true;
}

/* Leaves reading to the apply; where only what there is is looked at, undone. */
static bool defer(struct engine *engine, struct data_call *call, enum reason reason)
{
    struct block *block = call->instance->block;
    if (!make_unknown(block->schema, call->body))
        return no_memory(engine);
    if (engine->options.mode == PLAN_NORMAL) {
        struct change *change = plan_change(engine, call->instance);
        if (!change)
            return false;
        change->action = ACTION_READ;
        change->reason = reason;
        block->changing = true;
        if (!typed_object(engine, block, call->body, call->marks, &change->after))
            return false;
    }
    return typed_object(engine, block, call->body, call->marks,
                        &block->values[call->instance->position].value);
}

static void finish_read(struct engine *engine, struct call *base)
{
    struct data_call *call = (struct data_call *)base;
    struct block *block = call->instance->block;
    bool ok = call->ok;
    block_locate(block, &call->instance->address, &base->diags, 0);
    diagnostics_move(engine->diags, &base->diags);
    if (ok && value_has_unknown(call->state)) /* the provider's settings are not known */
        ok = defer(engine, call, REASON_READ_CONFIG_UNKNOWN);
    else if (ok)
        ok = plan_record(engine, call->instance, json_object_get(call->state), call->marks) &&
             typed_object(engine, block, call->state, call->marks,
                          &block->values[call->instance->position].value);
    if (ok)
        engine_event(engine, EVENT_READ_DONE, &call->instance->address, NULL, ACTION_READ, call->state,
                     (unsigned)(engine_now() - base->started));
    struct node *node = base->node;
    data_call_free(call);
    walk_finish(engine, node, ok);
}

static bool changes(const struct engine *engine, const struct address *address)
{
    const struct block *block = engine_block(engine, address);
    return block && block->changing;
}

struct pending {
    const struct engine *engine;
    bool found;
};

static bool look_at(void *context, const struct reference *reference, const char *pointer)
{
    struct pending *pending = context;
    (void)pointer;
    if (reference->kind == REFERENCE_RESOURCE) {
        const struct address address = {.mode = MODE_MANAGED,
                                        .type = (char *)(uintptr_t)reference->type,
                                        .name = (char *)(uintptr_t)reference->name};
        pending->found = changes(pending->engine, &address);
    }
    return !pending->found;
}

/* Whether a resource that depends_on names, or that the body refers to directly, is about to change: then
 * what is read now may not be what is there afterwards, even where every argument is known. Reading another
 * data source changes nothing. */
static bool dependency_changes(const struct engine *engine, const struct block *block)
{
    struct pending pending = {.engine = engine};
    for (size_t i = 0; i < block->config->depends_count && !pending.found; i++)
        pending.found = block->config->depends_on[i].mode == MODE_MANAGED &&
                        changes(engine, &block->config->depends_on[i]);
    if (!pending.found && block->config->body)
        expression_references(block->config->body, look_at, &pending);
    return pending.found;
}

static struct data_call *prepare(struct engine *engine, struct node *node)
{
    struct instance *instance = node->subject;
    struct typed body = {0};
    bool ok = true;
    if (!block_evaluate(engine, instance->block, instance, &body, engine->diags))
        return NULL;
    struct data_call *call = calloc(1, sizeof *call);
    if (call) {
        call->call = (struct call){.job.run = run_read,
                                   .done = finish_read,
                                   .node = node,
                                   .provider = instance->block->session->provider};
        call->instance = instance;
        call->body = value_copy(body.value, &ok);
        call->marks = json_object_get(body.marks);
    }
    typed_clear(&body);
    if (call && ok)
        return call;
    if (call)
        data_call_free(call);
    no_memory(engine);
    return NULL;
}

void plan_data(struct engine *engine, struct node *node)
{
    struct instance *instance = node->subject;
    struct data_call *call = prepare(engine, node);
    if (!call) {
        walk_finish(engine, node, false);
        return;
    }
    bool unknown = value_has_unknown(call->body), pending = dependency_changes(engine, instance->block);
    if (unknown || (pending && engine->options.mode == PLAN_NORMAL)) {
        bool ok = defer(engine, call, unknown ? REASON_READ_CONFIG_UNKNOWN : REASON_READ_DEPENDENCY);
        data_call_free(call);
        walk_finish(engine, node, ok);
        return;
    }
    engine_event(engine, EVENT_READ_START, &instance->address, NULL, ACTION_READ, NULL, 0);
    walk_submit(engine, &call->call);
}
