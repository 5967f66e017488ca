/* SPDX-License-Identifier: Apache-2.0
 *
 * apply_call.c - what a worker does to carry out the plan of one object: plans again what was not known yet,
 * looks whether that still is what was planned, calls the provider, and looks at what came of it.
 */
#include "apply_internal.h"

#include <stdlib.h>
#include <string.h>

static void call_destroy(struct apply_call *call)
{
    json_object_put(call->prior);
    json_object_put(call->planned);
    json_object_put(call->body);
    json_object_put(call->marks);
    json_object_put(call->state);
    free(call->private_text);
    diagnostics_clear(&call->call.diags);
    free(call);
}

static void refuse_change(struct apply_call *call, const char *summary, const char *when, const char *path)
{
    char *address = address_text(&call->instance->address, false);
    diagnostics_error(
        &call->call.diags, NULL, summary,
        "When %s %s, the provider produced an unexpected new value: %s is not what was planned."
        "\n\nThis is a bug in the provider, which should be reported in the provider's own issue "
        "tracker.",
        when, address ? address : call->schema->name, path ? path : "something");
    free(address);
}

/* Plans with what is known now. */
static bool plan_again(struct apply_call *call)
{
    struct plan plan = {0};
    struct diagnostics *diags = &call->call.diags;
    char *path = NULL;
    if (!config_ignore(call->config, call->schema, call->body, call->prior)) {
        diagnostics_no_memory(diags);
        return false;
    }
    bool ok =
        provider_validate(call->call.provider, SCHEMA_RESOURCE, call->schema->name, call->body, diags) &&
        provider_plan(call->call.provider, call->schema->name, call->prior, call->body, call->private_text,
                      &plan, diags);
    if (ok && (plan.operation == OPERATION_REPLACE ||
               !plan_kept(&call->schema->object, call->planned, plan.planned, &path))) {
        refuse_change(call, "Provider produced inconsistent final plan", "expanding the plan for", path);
        ok = false;
    }
    if (ok) {
        json_object_put(call->planned);
        call->planned = plan.planned;
        plan.planned = NULL;
    }
    if (ok && plan.private_text) {
        free(call->private_text);
        call->private_text = plan.private_text;
        plan.private_text = NULL;
    }
    free(path);
    plan_clear(&plan);
    return ok;
}

static void run_plan_again(struct job *job)
{
    struct apply_call *call = (struct apply_call *)job;
    call->ok = plan_again(call);
}

static void run_apply(struct job *job)
{
    struct apply_call *call = (struct apply_call *)job;
    char *path = NULL;
    if (call->prior && call->planned && objects_equal(&call->schema->object, call->prior, call->planned)) {
        call->state = call->planned; /* only what is sensitive changes */
        call->planned = NULL;
        call->ok = true;
        return;
    }
    call->ok = provider_apply(call->call.provider, call->schema->name, call->prior, call->planned,
                              call->private_text, &call->state, &call->call.diags);
    if (call->ok && call->planned && !plan_kept(&call->schema->object, call->planned, call->state, &path)) {
        refuse_change(call, "Provider produced inconsistent result after apply", "applying changes to", path);
        call->ok = false;
    }
    free(path);
    call->ok = call->ok && !call->call.diags.has_error;
}

static void run_read(struct job *job)
{
    struct apply_call *call = (struct apply_call *)job;
    struct diagnostics *diags = &call->call.diags;
    const char *type = call->schema->name;
    call->ok = provider_validate(call->call.provider, SCHEMA_DATA_SOURCE, type, call->body, diags) &&
               provider_read_data(call->call.provider, type, call->body, &call->state, diags) &&
               !diags->has_error;
    if (call->ok && value_has_unknown(call->state)) {
        diagnostics_error(
            diags, NULL, "Data source can't be read",
            "Something that it is asked with, or a setting of the provider, is still not known.");
        call->ok = false;
    }
}

/* --- what came of it, on the engine's thread --- */

bool apply_record(struct engine *engine, const struct address *address, const char *deposed)
{
    if (backend_record(engine->backend, engine->state, address, deposed, engine->diags))
        return true;
    engine->stopping = engine->unrecorded = true;
    return false;
}

/* Says of what was done that the state does not have it, and which object that is. Always false. */
static bool refuse_unkept(struct engine *engine, const struct apply_call *call)
{
    size_t first = engine->diags->count;
    enum action action = call->call.action;
    diagnostics_error(engine->diags, NULL, "Out of memory",
                      "%s, and there was no memory to keep that in the state. Free memory on this machine, "
                      "then %s.",
                      action == ACTION_CREATE   ? "The object was made"
                      : action == ACTION_UPDATE ? "The object was changed"
                                                : "This was read",
                      action == ACTION_CREATE ? "import it, or delete it by hand and apply again"
                                              : "run the command again");
    block_locate(call->instance->block, &call->instance->address, engine->diags, first);
    return false;
}

/* What the state is to have of a made or changed object. Takes call->state over. */
static bool keep_object(struct engine *engine, struct apply_call *call, bool tainted)
{
    struct block *block = call->instance->block;
    struct state_instance made = {
        .key = json_object_get(call->instance->address.key),
        .tainted = tainted,
        .create_before_destroy = block->create_before_destroy && block->address.mode == MODE_MANAGED,
        .schema_version = block->schema->version,
        .attributes = call->state,
    };
    call->state = NULL;
    bool ok = true;
    char *provider = state_provider_text(engine->provider_text, block->session->alias);
    made.marks = marks_of_schema(&block->schema->object, made.attributes, call->marks, &ok);
    ok = ok && provider && block_dependencies(engine, block);
    size_t count = block->address.mode == MODE_MANAGED ? block->dependency_count : 0;
    made.dependencies = ok ? calloc(count + 1, sizeof(char *)) : NULL;
    ok = ok && made.dependencies;
    for (size_t i = 0; ok && i < count; i++) {
        made.dependencies[i] = strdup(block->dependencies[i]);
        ok = made.dependencies[i] != NULL;
        made.dependency_count += ok;
    }
    ok = ok && state_instance_set(engine->state, &call->instance->address, provider, &made);
    if (!ok)
        state_instance_clear(&made);
    free(provider);
    return ok || refuse_unkept(engine, call);
}

/* A create before the destroy that came to nothing: the old object is the current one again. */
static bool restore(struct engine *engine, struct instance *instance)
{
    if (!instance->deposed || state_instance_find(engine->state, &instance->address, NULL))
        return true;
    bool ok = state_instance_restore(engine->state, &instance->address, instance->deposed);
    return apply_record(engine, &instance->address, NULL) &&
           apply_record(engine, &instance->address, instance->deposed) && (ok || no_memory(engine));
}

static void count_made(struct engine *engine, const struct apply_call *call)
{
    if (call->call.action == ACTION_CREATE)
        engine->result->added++;
    else if (call->call.action == ACTION_UPDATE)
        engine->result->changed++;
}

static void tell_end(struct engine *engine, const struct call *call, bool ok,
                     const struct json_object *object)
{
    bool read = call->action == ACTION_READ;
    enum event_kind kind = ok ? (read ? EVENT_READ_DONE : EVENT_APPLY_DONE) : EVENT_APPLY_FAILED;
    engine_event(engine, kind, call->address, call->deposed, call->action, object,
                 (unsigned)(engine_now() - call->started));
}

static void finish_make(struct engine *engine, struct call *base)
{
    struct apply_call *call = (struct apply_call *)base;
    struct instance *instance = call->instance;
    bool ok = call->ok, failed_create = base->action == ACTION_CREATE && !ok;
    block_locate(instance->block, &instance->address, &base->diags, 0);
    diagnostics_move(engine->diags, &base->diags);
    struct json_object *object = json_object_get(call->state);
    /* A failed update leaves the prior object, which is in the state already; a failed read leaves nothing.
     */
    bool keep =
        call->state && (ok || failed_create ||
                        (base->action != ACTION_READ && !json_object_equal(call->state, call->prior)));
    if (keep)
        ok = keep_object(engine, call, failed_create) && apply_record(engine, &instance->address, NULL) && ok;
    if (!ok && base->action == ACTION_CREATE)
        restore(engine, instance);
    if (ok)
        count_made(engine, call);
    tell_end(engine, base, ok, object ? object : call->prior);
    json_object_put(object);
    struct node *node = base->node;
    call_destroy(call);
    walk_finish(engine, node, ok);
}

static void start_make(struct engine *engine, struct apply_call *call)
{
    struct instance *instance = call->instance;
    call->ok = false;
    call->call.job.run = run_apply;
    call->call.done = finish_make;
    call->call.address = &instance->address;
    engine_event(engine, EVENT_APPLY_START, &instance->address, NULL, call->call.action, call->prior, 0);
    walk_submit(engine, &call->call);
}

/* Whether what had been open turned out to be what is there already. */
static bool is_nothing(struct engine *engine, const struct apply_call *call, bool *ok)
{
    const struct schema_object *object = &call->schema->object;
    const struct state_instance *saved = state_instance_find(engine->state, &call->instance->address, NULL);
    if (!call->prior || !saved || !objects_equal(object, call->prior, call->planned))
        return false;
    struct json_object *marks = marks_of_schema(object, call->planned, call->marks, ok);
    bool same = marks_equal(saved->marks, marks);
    json_object_put(marks);
    return same;
}

/* Goes on with what is known now: nobody hears of a change that turned out to be none. */
static void finish_plan_again(struct engine *engine, struct call *base)
{
    struct apply_call *call = (struct apply_call *)base;
    struct instance *instance = call->instance;
    bool ok = call->ok, nothing = ok && is_nothing(engine, call, &ok);
    if (ok && !nothing && !engine->stopping) {
        start_make(engine, call);
        return;
    }
    block_locate(instance->block, &instance->address, &base->diags, 0);
    diagnostics_move(engine->diags, &base->diags);
    if (base->action == ACTION_CREATE)
        restore(engine, instance);
    struct node *node = base->node;
    call_destroy(call);
    walk_finish(engine, node, nothing);
}

static void finish_destroy(struct engine *engine, struct call *base)
{
    struct apply_call *call = (struct apply_call *)base;
    struct instance *instance = call->instance;
    bool ok = call->ok;
    block_locate(instance->block, &instance->address, &base->diags, 0);
    diagnostics_move(engine->diags, &base->diags);
    if (ok) {
        state_instance_remove(engine->state, &instance->address, instance->deposed);
        engine->result->destroyed++;
        apply_record(engine, &instance->address, instance->deposed);
    } else if (call->state) {
        /* What could not be deleted is no longer that which its successor came before. */
        struct state_instance *left =
            state_instance_find(engine->state, &instance->address, instance->deposed);
        if (left)
            left->create_before_destroy = false;
    }
    tell_end(engine, base, ok, call->prior);
    struct node *node = base->node;
    call_destroy(call);
    walk_finish(engine, node, ok);
}

/* --- giving a call what it needs --- */

static struct apply_call *new_call(struct engine *engine, struct node *node, void (*run)(struct job *job),
                                   void (*done)(struct engine *engine, struct call *call), enum action action)
{
    struct apply_call *call = calloc(1, sizeof *call);
    if (!call) {
        no_memory(engine);
        return NULL;
    }
    struct instance *instance = node->subject;
    call->call = (struct call){.job.run = run,
                               .done = done,
                               .node = node,
                               .provider = instance->block->session->provider,
                               .address = &instance->address,
                               .action = action};
    call->instance = instance;
    call->schema = instance->block->schema;
    call->config = instance->block->config;
    return call;
}

/* Whether the plan had to leave something open that the configuration says. */
static bool is_open(const struct schema *schema, const struct json_object *planned)
{
    for (size_t i = 0; i < schema->object.count; i++) {
        const struct schema_attribute *attribute = &schema->object.attributes[i];
        struct json_object *value = NULL;
        if (!attribute->read_only && json_object_object_get_ex(planned, attribute->name, &value) &&
            value_has_unknown(value))
            return true;
    }
    return false;
}

/* The body with what is known now. */
static bool evaluate(struct engine *engine, struct apply_call *call)
{
    struct instance *instance = call->instance;
    struct typed body = {0};
    bool ok = true;
    if (!instance->block->config) {
        diagnostics_error(engine->diags, NULL, "Plan and configuration disagree",
                          "The plan changes a resource that the configuration does not have. Plan again.");
        return false;
    }
    if (!instance_each(engine, instance, engine->diags) ||
        !block_evaluate(engine, instance->block, instance, &body, engine->diags))
        return false;
    call->body = value_copy(body.value, &ok);
    /* Marks of the plan's object hold those of the schema too: the same again. */
    if (body.marks) {
        json_object_put(call->marks);
        call->marks = json_object_get(body.marks);
    }
    typed_clear(&body);
    return ok || no_memory(engine);
}

static bool copy_private(struct engine *engine, struct apply_call *call)
{
    const char *text = call->instance->change->private_text;
    if (text)
        call->private_text = strdup(text);
    return !text || call->private_text || no_memory(engine);
}

/* Sets the old object aside, where the new one comes first. */
static bool depose(struct engine *engine, struct instance *instance)
{
    const char *name = NULL;
    if (!state_instance_depose(engine->state, &instance->address, &name) ||
        !(instance->deposed = strdup(name)))
        return no_memory(engine);
    return apply_record(engine, &instance->address, NULL) &&
           apply_record(engine, &instance->address, instance->deposed);
}

static bool refuse_stale(struct engine *engine, const struct instance *instance)
{
    char *address = address_text(&instance->address, false);
    diagnostics_error(engine->diags, NULL, "Plan and state disagree",
                      "The plan changes %s, which the state does not have. Plan again.",
                      address ? address : instance->address.name);
    free(address);
    return false;
}

static bool prepare_make(struct engine *engine, struct apply_call *call)
{
    struct instance *instance = call->instance;
    struct change *change = instance->change;
    bool ok = true;
    call->planned = value_copy(change->after.value, &ok);
    call->marks = json_object_get(change->after.marks);
    typed_clear(&change->after);
    if (ok && change->action == ACTION_UPDATE) {
        const struct state_instance *saved = state_instance_find(engine->state, &instance->address, NULL);
        if (!saved)
            return refuse_stale(engine, instance);
        call->prior = value_copy(saved->attributes, &ok);
    }
    if (!ok)
        return no_memory(engine);
    return copy_private(engine, call) && (!is_open(call->schema, call->planned) || evaluate(engine, call));
}

void apply_make(struct engine *engine, struct node *node)
{
    struct instance *instance = node->subject;
    enum action action = instance->change->action == ACTION_UPDATE ? ACTION_UPDATE : ACTION_CREATE;
    struct apply_call *call = new_call(engine, node, run_apply, finish_make, action);
    bool ok = call && prepare_make(engine, call);
    if (ok && instance->change->action == ACTION_CREATE_THEN_DELETE && !depose(engine, instance)) {
        restore(engine, instance);
        ok = false;
    }
    if (!ok) {
        if (call)
            call_destroy(call);
        walk_finish(engine, node, false);
        return;
    }
    if (!call->body) {
        start_make(engine, call);
        return;
    }
    call->call.job.run = run_plan_again;
    call->call.done = finish_plan_again;
    call->call.address = NULL;
    walk_submit(engine, &call->call);
}

void apply_read(struct engine *engine, struct node *node)
{
    struct instance *instance = node->subject;
    struct apply_call *call = new_call(engine, node, run_read, finish_make, ACTION_READ);
    if (!call || !evaluate(engine, call)) {
        if (call)
            call_destroy(call);
        walk_finish(engine, node, false);
        return;
    }
    engine_event(engine, EVENT_READ_START, &instance->address, NULL, ACTION_READ, NULL, 0);
    walk_submit(engine, &call->call);
}

static void forget(struct engine *engine, struct instance *instance, struct node *node)
{
    state_instance_remove(engine->state, &instance->address, instance->deposed);
    engine->result->forgotten++;
    walk_finish(engine, node, apply_record(engine, &instance->address, instance->deposed));
}

void apply_destroy(struct engine *engine, struct node *node)
{
    struct instance *instance = node->subject;
    const struct state_instance *saved =
        state_instance_find(engine->state, &instance->address, instance->deposed);
    if (!saved || instance->change->action == ACTION_FORGET) {
        if (saved)
            forget(engine, instance, node);
        else
            walk_finish(engine, node, true);
        return;
    }
    struct apply_call *call = new_call(engine, node, run_apply, finish_destroy, ACTION_DELETE);
    bool ok = call != NULL;
    if (ok) {
        call->call.deposed = instance->deposed;
        call->prior = value_copy(saved->attributes, &ok);
        ok = (ok || no_memory(engine)) && copy_private(engine, call);
    }
    if (!ok) {
        if (call)
            call_destroy(call);
        walk_finish(engine, node, false);
        return;
    }
    engine_event(engine, EVENT_APPLY_START, &instance->address, instance->deposed, ACTION_DELETE, call->prior,
                 0);
    walk_submit(engine, &call->call);
}
