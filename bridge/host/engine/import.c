/* SPDX-License-Identifier: Apache-2.0
 *
 * import.c - the command `import ADDRESS ID`: one object that exists is read into the state.
 */
#include "plan_internal.h"

#include <stdlib.h>

static const struct phase phase_import = {.apply = true, .local = visit_local, .provider = visit_provider};

static bool open_session(struct engine *engine, struct session *session)
{
    if (!leave_unneeded_locals(engine, session))
        return false;
    for (size_t i = 0; i < engine->session_count; i++)
        engine->sessions[i].used = false;
    session->used = true;
    return engine_walk(engine) && session->opened;
}

static void finish_nothing(struct engine *engine, struct call *call)
{
    (void)engine;
    (void)call;
}

/* Runs one call on a worker, so that it can be stopped. */
static void run_alone(struct engine *engine, struct call *call)
{
    struct node node;
    engine->graph.nodes.count = 0;
    node_init(&node, NODE_MAKE, NULL, NULL);
    call->node = &node;
    call->done = finish_nothing;
    engine->under_way = 0;
    walk_submit(engine, call);
    engine_walk(engine);
}

static bool keep(struct engine *engine, struct plan_call *call, struct diagnostics *diags)
{
    struct instance *instance = call->instance;
    bool ok = plan_record(engine, instance, json_object_get(call->prior), NULL);
    engine_event_import(engine, EVENT_IMPORT_DONE, &instance->address, call->import_id);
    return ok && backend_record(engine->backend, engine->state, &instance->address, NULL, diags) &&
           backend_save(engine->backend, engine->state, diags);
}

static bool import_into(struct engine *engine, struct instance *instance, const char *id,
                        struct diagnostics *diags)
{
    struct plan_call *call = calloc(1, sizeof *call);
    if (!call)
        return no_memory(engine);
    call->call = (struct call){.job.run = run_plan, .provider = instance->block->session->provider};
    call->instance = instance;
    call->schema = instance->block->schema;
    call->import_id = id;
    engine_event_import(engine, EVENT_IMPORT_START, &instance->address, id);
    run_alone(engine, &call->call);
    block_locate(instance->block, &instance->address, &call->call.diags, 0);
    diagnostics_move(diags, &call->call.diags);
    bool ok = call->ok && call->prior && keep(engine, call, diags);
    plan_call_free(call);
    return ok;
}

static bool refuse(struct engine *engine, const struct address *address, const char *summary,
                   const char *detail)
{
    char *name = address_text(address, false);
    diagnostics_error(engine->diags, NULL, summary, "%s %s", name ? name : address->name, detail);
    free(name);
    return false;
}

/* References that are known without asking anybody. */
static bool is_variable(void *context, const struct reference *reference, const char *pointer)
{
    bool *only = context;
    (void)pointer;
    *only = *only && reference->kind == REFERENCE_VARIABLE;
    return *only;
}

/* Whether the configuration may want an instance of this key. Which keys there are is looked at where that is
 * said by the block itself or by variables. */
static bool may_be_wanted(struct engine *engine, struct block *block, const struct address *address)
{
    const struct config_resource *config = block->config;
    const struct expression *expression = config->count ? config->count : config->for_each;
    bool textual = json_object_is_type(address->key, json_type_string), only = true;
    if (!expression || !address->key || textual != (config->for_each != NULL))
        return !expression && !address->key;
    expression_references(expression, is_variable, &only);
    if (!only)
        return true;
    if (!block_expand(engine, block, engine->diags))
        return false;
    for (size_t i = 0; i < block->instance_count; i++)
        if (block->instances[i].wanted && address_compare(&block->instances[i].address, address) == 0)
            return true;
    return false;
}

static bool refuse_unwanted(struct engine *engine, const struct address *address)
{
    char *name = address_text(address, false);
    if (!engine->diags->has_error)
        diagnostics_error(engine->diags, NULL, "Configuration for import target does not exist",
                          "The configuration for the given import %s does not exist. All target instances "
                          "must have an associated configuration to be imported.",
                          name ? name : address->name);
    free(name);
    return false;
}

static bool import(struct engine *engine, const struct address *address, const char *id)
{
    if (address->mode == MODE_DATA)
        return refuse(engine, address, "Invalid address",
                      "is a data source. Only managed resources can be imported.");
    if (!config_resource_find(engine->config, address))
        return refuse(
            engine, address, "resource address does not exist in the configuration.",
            "is not declared in the configuration. Before importing this resource, please create its "
            "configuration.");
    if (state_instance_find(engine->state, address, NULL))
        return refuse(
            engine, address, "Resource already managed by Terraform",
            "is managed already. To import to this address you must first remove the existing object "
            "from the state.");
    if (!engine_build(engine, &phase_import))
        return false;
    struct block *block = engine_block(engine, address);
    if (!may_be_wanted(engine, block, address))
        return refuse_unwanted(engine, address);
    struct instance instance = {.block = block, .address = *address, .wanted = true};
    return open_session(engine, block->session) && import_into(engine, &instance, id, engine->diags);
}

bool engine_import(struct engine *engine, const struct address *address, const char *id,
                   struct diagnostics *diags)
{
    struct diagnostics found = {0};
    engine_reset(engine);
    engine->diags = &found;
    bool ok = backend_prepare(engine->backend, engine->state, backend_room(NULL), &found) &&
              import(engine, address, id);
    ok = ok && !found.has_error;
    diagnostics_move(diags, &found);
    engine_reset(engine);
    return ok;
}
