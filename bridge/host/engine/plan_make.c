/* SPDX-License-Identifier: Apache-2.0
 *
 * plan_make.c - plans one object that the configuration wants: evaluates its body, has a worker read and plan
 * it, and makes of that a change, its value for references, and what the state has of it from now on.
 */
#include "plan_internal.h"

#include <stdlib.h>
#include <string.h>

/* Grows a list of changes by a zeroed one with the address of an instance. */
static struct change *add_change(struct change **items, size_t *count, size_t *capacity,
                                 const struct instance *instance)
{
    if (*count == *capacity) {
        size_t more = *capacity ? *capacity * 2 : 16;
        struct change *grown = reallocarray(*items, more, sizeof **items);
        if (!grown)
            return NULL;
        *items = grown;
        *capacity = more;
    }
    struct change *change = &(*items)[*count];
    *change = (struct change){0};
    const char *alias = instance->block->session->alias;
    bool ok = address_copy(&change->address, &instance->address) &&
              (!instance->deposed || (change->deposed = strdup(instance->deposed))) &&
              (!alias || (change->provider_alias = strdup(alias)));
    if (!ok) {
        address_clear(&change->address);
        free(change->deposed);
        return NULL;
    }
    ++*count;
    return change;
}

/* Notes where the object was before a move. */
static bool add_moved_from(struct engine *engine, struct change *change)
{
    bool told = !change->deposed && engine->options.mode != PLAN_DESTROY;
    const struct address *from = told ? moves_from(&engine->moves, &change->address) : NULL;
    if (!from)
        return true;
    change->moved_from = calloc(1, sizeof *change->moved_from);
    return change->moved_from && address_copy(change->moved_from, from);
}

struct change *plan_change(struct engine *engine, const struct instance *instance)
{
    struct change *change =
        add_change(&engine->changes->items, &engine->changes->count, &engine->change_capacity, instance);
    if (!change || !add_moved_from(engine, change)) {
        no_memory(engine);
        return NULL;
    }
    return change;
}

struct change *plan_drift(struct engine *engine, const struct instance *instance)
{
    struct change *change =
        add_change(&engine->changes->drift, &engine->changes->drift_count, &engine->drift_capacity, instance);
    bool moved = change && engine->options.mode == PLAN_REFRESH_ONLY;
    if (!change || (moved && !add_moved_from(engine, change))) {
        no_memory(engine);
        return NULL;
    }
    return change;
}

/* Adds to a sorted list of texts those of another. Without memory some are missing. */
static bool merge_dependencies(struct state_instance *instance, const struct block *block)
{
    size_t i = 0, j = 0;
    char **list = reallocarray(instance->dependencies,
                               instance->dependency_count + block->dependency_count + 1, sizeof(char *));
    if (!list)
        return false;
    instance->dependencies = list;
    while (j < block->dependency_count) {
        int order = i == instance->dependency_count ? 1 : strcmp(list[i], block->dependencies[j]);
        if (order > 0) {
            char *added = strdup(block->dependencies[j]);
            if (!added)
                return false;
            memmove(list + i + 1, list + i, (instance->dependency_count - i) * sizeof(char *));
            list[i] = added;
            instance->dependency_count++;
        }
        i++;
        j += order >= 0;
    }
    return true;
}

static bool has_dependencies(const struct state_instance *instance, const struct block *block)
{
    size_t i = 0;
    for (size_t j = 0; j < block->dependency_count; j++) {
        while (i < instance->dependency_count &&
               strcmp(instance->dependencies[i], block->dependencies[j]) < 0)
            i++;
        if (i == instance->dependency_count || strcmp(instance->dependencies[i], block->dependencies[j]) != 0)
            return false;
    }
    return true;
}

/* Where nothing is to be done, nothing waits for what it depended on before: no apply will say so. */
static bool settle_dependencies(struct engine *engine, struct state_instance *saved,
                                const struct block *block)
{
    if (saved->dependency_count == block->dependency_count && has_dependencies(saved, block))
        return true;
    for (size_t i = 0; i < saved->dependency_count; i++)
        free(saved->dependencies[i]);
    saved->dependency_count = 0;
    return merge_dependencies(saved, block) || no_memory(engine);
}

/* Makes an instance that the state does not have yet. */
static struct state_instance *new_state_instance(struct engine *engine, const struct instance *instance)
{
    struct state_instance empty = {.key = json_object_get(instance->address.key)};
    char *provider = state_provider_text(engine->provider_text, instance->block->session->alias);
    bool ok = provider && state_instance_set(engine->state, &instance->address, provider, &empty);
    if (!ok)
        state_instance_clear(&empty);
    free(provider);
    return ok ? state_instance_find(engine->state, &instance->address, NULL) : NULL;
}

bool plan_record(struct engine *engine, const struct instance *instance, struct json_object *attributes,
                 struct json_object *marks)
{
    struct block *block = instance->block;
    struct state_instance *saved = state_instance_find(engine->state, &instance->address, instance->deposed);
    if (!saved)
        saved = new_state_instance(engine, instance);
    bool ok = saved != NULL;
    struct json_object *all = ok ? marks_of_schema(&block->schema->object, attributes, marks, &ok) : NULL;
    if (ok && instance->wanted && block->address.mode == MODE_MANAGED) {
        ok = block_dependencies(engine, block) &&
             (!engine->options.refresh || has_dependencies(saved, block) || merge_dependencies(saved, block));
        saved->create_before_destroy = block->create_before_destroy;
    }
    if (!ok) {
        json_object_put(all);
        json_object_put(attributes);
        return no_memory(engine);
    }
    saved->as_read = saved->as_read && saved->attributes == attributes;
    json_object_put(saved->attributes);
    json_object_put(saved->marks);
    saved->attributes = attributes;
    saved->marks = all;
    saved->schema_version = block->schema->version;
    return true;
}

/* --- what came of a call --- */

static enum action replacement(const struct block *block)
{
    return block->create_before_destroy ? ACTION_CREATE_THEN_DELETE : ACTION_DELETE_THEN_CREATE;
}

static void classify(const struct plan_call *call, struct change *change, bool tainted)
{
    const struct block *block = call->instance->block;
    switch (call->planned.operation) {
    case OPERATION_CREATE:
        change->action = ACTION_CREATE;
        break;
    case OPERATION_UPDATE:
        change->action = ACTION_UPDATE;
        break;
    case OPERATION_REPLACE:
        change->action = replacement(block);
        change->reason = tainted ? REASON_TAINTED : call->renew ? REASON_REQUESTED : REASON_CANNOT_UPDATE;
        break;
    case OPERATION_NONE:
    case OPERATION_DESTROY:
        change->action = ACTION_NONE;
        break;
    }
}

/* The marks that a plan's object has: those of the schema, and of the configuration. */
static bool mark(struct engine *engine, const struct schema *schema, struct typed *object,
                 struct json_object *marks)
{
    bool ok = true;
    object->marks = marks_of_schema(&schema->object, object->value, marks, &ok);
    return ok || no_memory(engine);
}

/* Notes what was found to be different from what was saved. */
static bool note_drift(struct engine *engine, const struct plan_call *call)
{
    const struct block *block = call->instance->block;
    const struct state_instance *saved =
        state_instance_find(engine->state, &call->instance->address, call->instance->deposed);
    struct change *drift = call->drifted ? plan_drift(engine, call->instance) : NULL;
    if (!call->drifted)
        return true;
    if (!drift)
        return false;
    drift->action = call->prior ? ACTION_UPDATE : ACTION_DELETE;
    drift->before = (struct typed){.value = json_object_get(call->upgraded),
                                   .type = json_object_get(block->type),
                                   .marks = saved ? json_object_get(saved->marks) : NULL};
    if (!call->prior)
        return true;
    drift->after =
        (struct typed){.value = json_object_get(call->prior), .type = json_object_get(block->type)};
    return mark(engine, block->schema, &drift->after, saved ? saved->marks : NULL);
}

/* In a refresh-only plan a move is all that there is to tell. */
static bool note_move(struct engine *engine, const struct plan_call *call)
{
    const struct instance *instance = call->instance;
    const struct state_instance *saved = state_instance_find(engine->state, &instance->address, NULL);
    struct change *drift = plan_drift(engine, instance);
    if (!drift)
        return false;
    struct json_object *marks = saved ? saved->marks : NULL;
    drift->before = (struct typed){json_object_get(call->prior), json_object_get(instance->block->type),
                                   json_object_get(marks)};
    drift->after = typed_share(&drift->before);
    return true;
}

/* Puts what was read, imported or upgraded into the state. */
static bool keep_prior(struct engine *engine, struct plan_call *call)
{
    struct instance *instance = call->instance;
    struct state_instance *saved = state_instance_find(engine->state, &instance->address, instance->deposed);
    bool imported = call->import_id || call->identity;
    if (!note_drift(engine, call))
        return false;
    if (!call->drifted && engine->options.mode == PLAN_REFRESH_ONLY &&
        moves_from(&engine->moves, &instance->address) && !note_move(engine, call))
        return false;
    if (!call->prior) {
        if (saved)
            state_instance_remove(engine->state, &instance->address, instance->deposed);
        return true;
    }
    /* What is the same need not be there twice. */
    if (saved && !imported && !call->drifted && saved->schema_version == instance->block->schema->version &&
        json_object_equal(saved->attributes, call->prior)) {
        json_object_put(call->prior);
        call->prior = json_object_get(saved->attributes);
    }
    struct json_object *marks = saved ? json_object_get(saved->marks) : NULL;
    bool ok = plan_record(engine, instance, json_object_get(call->prior), marks);
    json_object_put(marks);
    return ok;
}

static bool fill_change(struct engine *engine, struct plan_call *call, struct change *change,
                        struct json_object *marks, struct json_object *prior_marks)
{
    const struct block *block = call->instance->block;
    if (call->prior)
        change->before = (struct typed){.value = json_object_get(call->prior),
                                        .type = json_object_get(block->type),
                                        .marks = json_object_get(prior_marks)};
    change->after =
        (struct typed){.value = json_object_get(call->planned.planned), .type = json_object_get(block->type)};
    change->private_text = call->planned.private_text;
    call->planned.private_text = NULL;
    change->replace_paths = call->replace_paths;
    change->replace_count = call->replace_count;
    call->replace_paths = NULL;
    call->replace_count = 0;
    return mark(engine, block->schema, &change->after, marks);
}

/* Where nothing but what is sensitive differs, the state is to say so: Terraform calls that an update. */
static bool marks_differ(struct engine *engine, const struct plan_call *call,
                         const struct state_instance *saved, struct json_object *marks, bool *differ)
{
    bool ok = true;
    *differ = false;
    if (!call->plan || call->planned.operation != OPERATION_NONE || !saved)
        return true;
    struct json_object *all = marks_of_schema(&call->schema->object, call->prior, marks, &ok);
    *differ = ok && !marks_equal(saved->marks, all);
    json_object_put(all);
    return ok || no_memory(engine);
}

/* A change is listed where it changes something, or where the object is imported or moved. */
static bool list_change(struct engine *engine, struct plan_call *call, struct json_object *marks)
{
    struct instance *instance = call->instance;
    struct state_instance *saved = state_instance_find(engine->state, &instance->address, NULL);
    const struct address *from = moves_from(&engine->moves, &instance->address);
    bool differ, nothing = call->planned.operation == OPERATION_NONE || !call->plan;
    if (!marks_differ(engine, call, saved, marks, &differ))
        return false;
    if (differ)
        call->planned.operation = OPERATION_UPDATE;
    else if (nothing && call->plan && saved && block_dependencies(engine, instance->block) &&
             !settle_dependencies(engine, saved, instance->block))
        return false;
    if (nothing && !(from && call->plan) && !instance->import_id && !differ)
        return true;
    struct change *change = plan_change(engine, instance);
    if (!change)
        return false;
    classify(call, change, saved && saved->tainted);
    bool ok = fill_change(engine, call, change, marks, saved ? saved->marks : NULL);
    change->import_id = instance->import_id;
    instance->import_id = NULL;
    if (change->action != ACTION_NONE)
        instance->block->changing = true;
    if (change->action >= ACTION_DELETE_THEN_CREATE && instance->block->config->prevent_destroy)
        ok = plan_refuse_destroy(engine, call->instance);
    return ok;
}

/* What others see of it: as planned, or as it is. */
static bool set_value(struct engine *engine, const struct plan_call *call, struct json_object *marks)
{
    struct block *block = call->instance->block;
    bool planned = call->plan && call->planned.planned && call->planned.operation != OPERATION_NONE;
    struct json_object *object = planned ? call->planned.planned : call->prior;
    struct typed *value = &block->values[call->instance->position].value;
    if (!object)
        return true;
    *value = (struct typed){.value = json_object_get(object), .type = json_object_get(block->type)};
    return mark(engine, block->schema, value, marks);
}

/* Marks of the configuration travel in the value's slot while the worker plans. */
static bool use_plan(struct engine *engine, struct plan_call *call)
{
    struct typed *value = &call->instance->block->values[call->instance->position].value;
    struct json_object *marks = value->marks;
    value->marks = NULL;
    const struct state_instance *saved = state_instance_find(engine->state, &call->instance->address, NULL);
    bool refreshed = call->prior || call->upgraded;
    if (!call->plan && saved)
        marks = json_object_get(saved->marks);
    if (refreshed && (call->read || call->import_id))
        engine_event(engine, EVENT_REFRESH_DONE, &call->instance->address, NULL, ACTION_NONE, call->prior,
                     0); /* gone: without an ID */
    bool ok = !refreshed || keep_prior(engine, call);
    if (ok && call->ok)
        ok = list_change(engine, call, marks) && set_value(engine, call, marks);
    json_object_put(marks);
    return ok && call->ok;
}

static void finish_make(struct engine *engine, struct call *base)
{
    struct plan_call *call = (struct plan_call *)base;
    block_locate(call->instance->block, &call->instance->address, &base->diags, 0);
    diagnostics_move(engine->diags, &base->diags);
    bool ok = use_plan(engine, call);
    struct node *node = base->node;
    plan_call_free(call);
    walk_finish(engine, node, ok);
}

/* --- giving a call what it needs --- */

static const struct config_import *import_of(const struct engine *engine, const struct address *address)
{
    size_t low = 0, high = engine->config->import_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = address_compare(&engine->imports[middle]->to, address);
        if (order == 0)
            return engine->imports[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* Finds out what is to be imported as this instance, if anything is. */
static bool find_import(struct engine *engine, struct plan_call *call)
{
    struct instance *instance = call->instance;
    if (call->saved || !(instance->import = import_of(engine, &instance->address)))
        return true;
    struct engine_scope scope = engine_scope(engine, NULL);
    struct typed id = {0};
    const struct expression *expression =
        instance->import->id ? instance->import->id : instance->import->identity;
    bool ok = expression_evaluate(expression, &scope.scope, &id, engine->diags);
    size_t first = engine->diags->count;
    const char *problem = NULL;
    if (ok && !id.value)
        problem = "is null";
    else if (ok && value_has_unknown(id.value))
        problem = "depends on resource attributes that cannot be determined until apply";
    else if (ok && json_object_is_type(id.value, json_type_string) && !*json_object_get_string(id.value))
        problem = "is an empty string";
    if (problem) {
        diagnostics_error(engine->diags, NULL, "Invalid import id argument",
                          "The import block's id %s. Give it a value that is known when planning.", problem);
        diagnostics_locate(engine->diags, first, expression_file(expression), expression_pointer(expression),
                           NULL);
        ok = false;
    }
    if (ok && !instance->import->id)
        call->identity = value_copy(id.value, &ok);
    if (ok) {
        instance->import_id = strdup(json_object_get_string(id.value));
        call->import_id = instance->import_id;
        ok = instance->import_id || no_memory(engine);
    }
    typed_clear(&id);
    return ok;
}

static bool is_replaced(const struct engine *engine, const struct address *address)
{
    for (size_t i = 0; i < engine->options.replace_count; i++)
        if (address_within(address, &engine->options.replaces[i]))
            return true;
    return false;
}

/* Copies of what the worker needs; the marks of the configuration stay here. */
static bool prepare(struct engine *engine, struct plan_call *call)
{
    struct instance *instance = call->instance;
    struct typed body = {0};
    bool ok = true;
    const struct state_instance *saved = state_instance_find(engine->state, &instance->address, NULL);
    if (saved) {
        call->saved = value_copy(saved->attributes, &ok);
        call->version = saved->schema_version;
        call->tainted = saved->tainted;
    }
    call->renew = is_replaced(engine, &instance->address);
    call->read = engine->options.refresh;
    call->plan = engine->options.mode == PLAN_NORMAL;
    if (!ok || (call->plan && !find_import(engine, call)))
        return ok ? false : no_memory(engine);
    if (!call->plan)
        return true;
    if (!block_evaluate(engine, instance->block, instance, &body, engine->diags))
        return false;
    call->body = value_copy(body.value, &ok);
    instance->block->values[instance->position].value.marks = json_object_get(body.marks);
    typed_clear(&body);
    return ok || no_memory(engine);
}

void plan_make(struct engine *engine, struct node *node)
{
    struct instance *instance = node->subject;
    struct block *block = instance->block;
    struct plan_call *call = calloc(1, sizeof *call);
    if (!call) {
        no_memory(engine);
        walk_finish(engine, node, false);
        return;
    }
    call->call = (struct call){
        .job.run = run_plan, .done = finish_make, .node = node, .provider = block->session->provider};
    call->instance = instance;
    call->schema = block->schema;
    call->config = block->config;
    if (!prepare(engine, call)) {
        plan_call_free(call);
        walk_finish(engine, node, false);
        return;
    }
    if (!call->plan && !call->saved) { /* nothing to refresh */
        plan_call_free(call);
        walk_finish(engine, node, true);
        return;
    }
    if (call->import_id)
        engine_event_import(engine, EVENT_IMPORT_PREPARE, &instance->address, call->import_id);
    if (call->import_id || (call->saved && call->read))
        engine_event(engine, EVENT_REFRESH_START, &instance->address, NULL, ACTION_NONE, call->saved, 0);
    walk_submit(engine, &call->call);
}
