/* SPDX-License-Identifier: Apache-2.0
 *
 * engine.c - an engine's life, what it keeps between operations, and what it tells the listener.
 */
#include "engine_internal.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

double engine_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The text of an attribute that tells one object from another; NULL where it is not known. */
static const char *known_text(const struct json_object *object, const char *name)
{
    struct json_object *value = NULL;
    if (!json_object_is_type(object, json_type_object) || value_is_unknown(object) ||
        !json_object_object_get_ex(object, name, &value) || !json_object_is_type(value, json_type_string))
        return NULL;
    const char *text = json_object_get_string(value);
    return *text ? text : NULL;
}

void engine_event(struct engine *engine, enum event_kind kind, const struct address *address,
                  const char *deposed, enum action action, const struct json_object *object, unsigned elapsed)
{
    struct event event = {
        .kind = kind, .address = address, .deposed = deposed, .action = action, .elapsed = elapsed};
    const char *const keys[] = {"id", "name"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys && !event.id_value; i++) {
        event.id_key = keys[i];
        event.id_value = known_text(object, keys[i]);
    }
    if (!event.id_value)
        event.id_key = NULL;
    if (engine->listener)
        engine->listener->event(engine->listener, &event);
}

void engine_event_import(struct engine *engine, enum event_kind kind, const struct address *address,
                         const char *id)
{
    const struct event event = {.kind = kind, .address = address, .id_key = "id", .id_value = id};
    if (engine->listener)
        engine->listener->event(engine->listener, &event);
}

struct json_object *engine_type(struct engine *engine, const struct schema *schema)
{
    struct json_object **type = schema->kind == SCHEMA_RESOURCE
                                    ? &engine->resource_types[schema - engine->schemas->resources]
                                    : &engine->data_types[schema - engine->schemas->data_sources];
    if (!*type)
        *type = type_of_object(&schema->object);
    return *type;
}

struct provider *engine_provider(struct engine *engine, struct session *session)
{
    if (!session->provider)
        session->provider = provider_create(engine->schemas->directory, engine->log, engine->diags);
    return session->provider;
}

struct provider *engine_plain(struct engine *engine, struct diagnostics *diags)
{
    if (!engine->plain)
        engine->plain = provider_create(engine->schemas->directory, engine->log, diags);
    return engine->plain;
}

struct session *engine_session(struct engine *engine, const char *alias)
{
    for (size_t i = 0; i < engine->session_count; i++) {
        struct session *session = &engine->sessions[i];
        if (alias ? session->alias && strcmp(session->alias, alias) == 0 : !session->alias)
            return session;
    }
    return NULL;
}

/* One for each provider block, and the default one. */
static bool make_sessions(struct engine *engine)
{
    const struct config *config = engine->config;
    engine->sessions = calloc(config->provider_count + 1, sizeof *engine->sessions);
    if (!engine->sessions)
        return false;
    engine->session_count = 1;
    for (size_t i = 0; i < config->provider_count; i++) {
        const struct config_provider *provider = &config->providers[i];
        struct session *session =
            provider->alias ? &engine->sessions[engine->session_count++] : &engine->sessions[0];
        session->alias = provider->alias;
        session->config = provider;
    }
    return true;
}

struct engine *engine_create(const struct config *config, const struct variables *variables,
                             struct schema_set *schemas, struct state *state, struct backend *backend,
                             const struct engine_options *options, struct listener *listener,
                             const struct provider_log *log, int stop_fd, struct diagnostics *diags)
{
    struct engine *engine = calloc(1, sizeof *engine);
    if (!engine) {
        diagnostics_no_memory(diags);
        return NULL;
    }
    engine->config = config;
    engine->variables = variables;
    engine->state = state ? state : (engine->own_state = state_create());
    engine->backend = backend;
    engine->options = *options;
    if (engine->options.parallelism == 0)
        engine->options.parallelism = 10;
    engine->listener = listener;
    engine->log = log;
    engine->stop_fd = stop_fd;
    engine->diags = diags;
    engine->schemas = schemas;
    if (engine->state)
        engine->state->schemas = engine->schemas;
    engine->provider_text = config->provider_source ? config->provider_source : engine->schemas->address;
    engine->working_directory = getcwd(NULL, 0);
    engine->resource_types = calloc(engine->schemas->resource_count + 1, sizeof(struct json_object *));
    engine->data_types = calloc(engine->schemas->data_source_count + 1, sizeof(struct json_object *));
    engine->calls = calloc(engine->options.parallelism + QUEUED_MAX, sizeof(struct call *));
    engine->work = work_create(engine->options.parallelism);
    if (!engine->state || !engine->resource_types || !engine->data_types || !engine->calls || !engine->work ||
        !make_sessions(engine)) {
        diagnostics_no_memory(diags);
        engine_destroy(engine);
        return NULL;
    }
    engine->sessions[0].provider = provider_create_with(schemas, log, diags);
    if (!engine->sessions[0].provider) {
        engine_destroy(engine);
        return NULL;
    }
    return engine;
}

static void free_instance(struct instance *instance)
{
    json_object_put(instance->address.key); /* the rest is the block's */
    free(instance->deposed);
    free(instance->import_id);
    typed_clear(&instance->each);
    node_clear(&instance->make);
    node_clear(&instance->destroy);
}

static void free_block(struct block *block)
{
    for (size_t i = 0; i < block->instance_count; i++)
        free_instance(&block->instances[i]);
    free(block->instances);
    block_values_clear(block);
    for (size_t i = 0; i < block->dependency_count; i++)
        free(block->dependencies[i]);
    free(block->dependencies);
    typed_clear(&block->elements);
    address_clear(&block->address);
    node_clear(&block->begin);
    node_clear(&block->end);
    node_clear(&block->destroy_begin);
    node_clear(&block->destroy_end);
}

void engine_reset(struct engine *engine)
{
    for (size_t i = 0; i < engine->block_count; i++)
        free_block(&engine->blocks[i]);
    for (size_t i = 0; i < engine->local_count; i++) {
        typed_clear(&engine->locals[i].value);
        node_clear(&engine->locals[i].node);
    }
    for (size_t i = 0; i < engine->output_count; i++) {
        typed_clear(&engine->outputs[i].value);
        node_clear(&engine->outputs[i].node);
    }
    for (size_t i = 0; i < engine->session_count; i++) {
        node_clear(&engine->sessions[i].node);
        engine->sessions[i].used = engine->sessions[i].opened = false;
    }
    free(engine->blocks);
    free(engine->locals);
    free(engine->outputs);
    engine->blocks = NULL;
    engine->locals = NULL;
    engine->outputs = NULL;
    engine->block_count = engine->local_count = engine->output_count = 0;
    graph_clear(&engine->graph);
    table_clear(&engine->names);
    moves_clear(&engine->moves);
    free(engine->imports);
    engine->imports = NULL;
    engine->change_capacity = engine->drift_capacity = 0;
    engine->stopping = engine->interrupted = engine->unrecorded = false;
    engine->phase = NULL;
    engine->diags = NULL;
    engine->changes = NULL;
    engine->plan = NULL;
    engine->result = NULL;
}

void engine_destroy(struct engine *engine)
{
    if (!engine)
        return;
    engine_reset(engine);
    work_destroy(engine->work);
    for (size_t i = 0; i < engine->session_count; i++)
        provider_destroy(engine->sessions[i].provider);
    for (size_t i = 0; engine->resource_types && i < engine->schemas->resource_count; i++)
        json_object_put(engine->resource_types[i]);
    for (size_t i = 0; engine->data_types && i < engine->schemas->data_source_count; i++)
        json_object_put(engine->data_types[i]);
    free(engine->resource_types);
    free(engine->data_types);
    if (engine->state && engine->state->schemas == engine->schemas)
        engine->state->schemas = NULL;
    provider_destroy(engine->plain);
    state_destroy(engine->own_state);
    free(engine->calls);
    free(engine->sessions);
    free(engine->working_directory);
    free(engine);
}
