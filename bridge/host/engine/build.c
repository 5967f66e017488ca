/* SPDX-License-Identifier: Apache-2.0
 *
 * build.c - the graph of a configuration and a state: a node for each local, output and provider, two for
 * each resource (where it begins, and where others may use it), and an edge for each reference and
 * depends_on.
 */
#include "engine_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct block *engine_block(const struct engine *engine, const struct address *address)
{
    return table_get(&engine->names, address->mode == MODE_DATA ? REFERENCE_DATA : REFERENCE_RESOURCE,
                     address->type, address->name);
}

/* How messages name a node; new. */
static char *node_name(const struct node *node)
{
    char *text = NULL;
    int length = -1;
    const struct instance *instance = node->subject;
    switch (node->kind) {
    case NODE_LOCAL:
        length = asprintf(&text, "local.%s", ((const struct local *)node->subject)->config->name);
        break;
    case NODE_OUTPUT:
        length = asprintf(&text, "output.%s", ((const struct output *)node->subject)->name);
        break;
    case NODE_PROVIDER: {
        const char *alias = ((const struct session *)node->subject)->alias;
        length = asprintf(&text, "provider%s%s", alias ? "." : "", alias ? alias : "");
        break;
    }
    case NODE_BLOCK:
    case NODE_BLOCK_END:
        return address_text(&((const struct block *)node->subject)->address, true);
    case NODE_DESTROY_BEGIN:
    case NODE_DESTROY_END: {
        char *name = address_text(&((const struct block *)node->subject)->address, true);
        length = name ? asprintf(&text, "%s (destroy)", name) : -1;
        free(name);
        break;
    }
    case NODE_MAKE:
        return address_text(&instance->address, false);
    case NODE_DESTROY: {
        char *name = address_text(&instance->address, false);
        length = name ? asprintf(&text, "%s (destroy)", name) : -1;
        free(name);
        break;
    }
    }
    return length >= 0 ? text : NULL;
}

/* Where a node's place in the configuration is; NULL where it has none. */
static const struct origin *node_origin(const struct node *node)
{
    const struct output *output = node->subject;
    const struct session *session = node->subject;
    const struct block *block = node->subject;
    switch (node->kind) {
    case NODE_LOCAL:
        return &((const struct local *)node->subject)->config->origin;
    case NODE_OUTPUT:
        return output->config ? &output->config->origin : NULL;
    case NODE_PROVIDER:
        return session->config ? &session->config->origin : NULL;
    case NODE_BLOCK:
    case NODE_BLOCK_END:
    case NODE_DESTROY_BEGIN:
    case NODE_DESTROY_END:
        return block->config ? &block->config->origin : NULL;
    case NODE_MAKE:
    case NODE_DESTROY:
        block = ((const struct instance *)node->subject)->block;
        return block->config ? &block->config->origin : NULL;
    }
    return NULL;
}

/* --- references --- */

struct visit {
    struct engine *engine;
    struct node *node;
    const char *file;
    const struct block *block; /* whose body, count or for_each it is; NULL: none */
    bool repeats;              /* each and count mean something here */
    bool ok;
};

static void refuse_reference(struct visit *visit, const char *pointer, const char *summary, char *detail)
{
    diagnostics_add(visit->engine->diags, SEVERITY_ERROR, pointer, summary, detail ? detail : "");
    size_t last = visit->engine->diags->count;
    if (last > 0) {
        char *address = visit->block ? address_text(&visit->block->address, true) : NULL;
        diagnostics_locate(visit->engine->diags, last - 1, visit->file, "", address);
        free(address);
    }
    free(detail);
    visit->ok = false;
}

/* A text for a message, or NULL without memory. */
static char *format(const char *text, const char *a, const char *b)
{
    char *made = NULL;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    return asprintf(&made, text, a, b) < 0 ? NULL : made;
#pragma GCC diagnostic pop
}

static void refuse_undeclared(struct visit *visit, const struct reference *reference, const char *pointer)
{
    switch (reference->kind) {
    case REFERENCE_VARIABLE:
        refuse_reference(
            visit, pointer, "Reference to undeclared input variable",
            format("An input variable with the name \"%s\" has not been declared. This variable can be "
                   "declared with a variable \"%s\" {} block.",
                   reference->name, reference->name));
        break;
    case REFERENCE_LOCAL:
        refuse_reference(
            visit, pointer, "Reference to undeclared local value",
            format("A local value with the name \"%s\" has not been declared.%s", reference->name, ""));
        break;
    case REFERENCE_RESOURCE:
        refuse_reference(visit, pointer, "Reference to undeclared resource",
                         format("A managed resource \"%s\" \"%s\" has not been declared in the root module.",
                                reference->type, reference->name));
        break;
    default:
        refuse_reference(visit, pointer, "Reference to undeclared resource",
                         format("A data resource \"%s\" \"%s\" has not been declared in the root module.",
                                reference->type, reference->name));
    }
}

static void check_repetition(struct visit *visit, const struct reference *reference, const char *pointer)
{
    const struct config_resource *config = visit->block ? visit->block->config : NULL;
    bool each = reference->kind == REFERENCE_EACH;
    if (visit->repeats && config && (each ? config->for_each : config->count))
        return;
    if (each)
        refuse_reference(visit, pointer, "Reference to \"each\" in context without for_each",
                         format("The \"each\" object can be used only in \"%s\" or \"%s\" blocks, and only "
                                "when the \"for_each\" argument is set.",
                                "data", "resource"));
    else
        refuse_reference(visit, pointer, "Reference to \"count\" in non-counted context",
                         format("The \"count\" object can only be used in \"%s\" and \"%s\" blocks, and only "
                                "when the \"count\" argument is set.",
                                "data", "resource"));
}

/* Connects the node with what is referred to. */
static bool see_reference(void *context, const struct reference *reference, const char *pointer)
{
    struct visit *visit = context;
    struct node *other = NULL;
    void *item = NULL;
    switch (reference->kind) {
    case REFERENCE_PATH:
    case REFERENCE_TERRAFORM:
        return true;
    case REFERENCE_EACH:
    case REFERENCE_COUNT:
        check_repetition(visit, reference, pointer);
        return true;
    case REFERENCE_VARIABLE:
        if (!table_get(&visit->engine->names, REFERENCE_VARIABLE, NULL, reference->name))
            refuse_undeclared(visit, reference, pointer);
        return true;
    case REFERENCE_LOCAL:
        item = table_get(&visit->engine->names, REFERENCE_LOCAL, NULL, reference->name);
        other = item ? &((struct local *)item)->node : NULL;
        break;
    case REFERENCE_RESOURCE:
    case REFERENCE_DATA: {
        struct block *block =
            table_get(&visit->engine->names, (int)reference->kind, reference->type, reference->name);
        other = block && block->config ? &block->end : NULL;
        break;
    }
    }
    if (!other)
        refuse_undeclared(visit, reference, pointer);
    else if (!graph_edge(visit->node, other))
        visit->ok = no_memory(visit->engine);
    return true;
}

static bool connect_expression(struct engine *engine, struct node *node, const struct expression *expression,
                               const struct block *block, bool repeats)
{
    struct visit visit = {.engine = engine, .node = node, .block = block, .repeats = repeats, .ok = true};
    if (!expression)
        return true;
    visit.file = expression_file(expression);
    expression_references(expression, see_reference, &visit);
    return visit.ok;
}

static bool connect_addresses(struct engine *engine, struct node *node, const struct origin *origin,
                              const struct address *addresses, size_t count)
{
    bool ok = true;
    for (size_t i = 0; i < count; i++) {
        const struct block *block = engine_block(engine, &addresses[i]);
        if (block && block->config) {
            ok = (graph_edge(node, (struct node *)&block->end) || no_memory(engine)) && ok;
            continue;
        }
        size_t first = engine->diags->count;
        char *name = address_text(&addresses[i], true);
        diagnostics_error(engine->diags, "depends_on", "Reference to undeclared resource",
                          "depends_on names %s, which has not been declared in the root module.",
                          name ? name : addresses[i].name);
        diagnostics_locate(engine->diags, first, origin->file, origin->pointer, NULL);
        free(name);
        ok = false;
    }
    return ok;
}

/* --- the things --- */

static bool name_variables(struct engine *engine)
{
    const struct config *config = engine->config;
    bool ok = table_reserve(&engine->names, config->variable_count + config->local_count +
                                                config->resource_count + engine->state->resource_count);
    for (size_t i = 0; ok && i < config->variable_count; i++)
        ok = table_put(&engine->names, REFERENCE_VARIABLE, NULL, config->variables[i].name,
                       &config->variables[i]);
    return ok;
}

static bool add_locals(struct engine *engine)
{
    const struct config *config = engine->config;
    engine->locals = calloc(config->local_count + 1, sizeof *engine->locals);
    bool ok = engine->locals != NULL;
    for (size_t i = 0; ok && i < config->local_count; i++) {
        struct local *local = &engine->locals[engine->local_count++];
        local->config = &config->locals[i];
        node_init(&local->node, NODE_LOCAL, local, engine->phase->local);
        ok = graph_add(&engine->graph, &local->node) &&
             table_put(&engine->names, REFERENCE_LOCAL, NULL, local->config->name, local);
    }
    return ok;
}

static bool add_outputs(struct engine *engine)
{
    const struct config *config = engine->config;
    engine->outputs = calloc(config->output_count + 1, sizeof *engine->outputs);
    bool ok = engine->outputs != NULL;
    for (size_t i = 0; ok && i < config->output_count; i++) {
        struct output *output = &engine->outputs[engine->output_count++];
        output->config = &config->outputs[i];
        output->name = output->config->name;
        node_init(&output->node, NODE_OUTPUT, output, engine->phase->output);
        ok = graph_add(&engine->graph, &output->node);
    }
    return ok;
}

static bool add_sessions(struct engine *engine)
{
    bool ok = true;
    for (size_t i = 0; ok && i < engine->session_count; i++) {
        struct session *session = &engine->sessions[i];
        node_init(&session->node, NODE_PROVIDER, session, engine->phase->provider);
        ok = graph_add(&engine->graph, &session->node);
    }
    return ok;
}

/* Says that a type is none of ours. */
static bool refuse_type(struct engine *engine, const struct block *block)
{
    char *name = address_text(&block->address, true);
    diagnostics_error(engine->diags, NULL, "Unknown resource type",
                      "The state holds %s, and this provider (%s) has no %s \"%s\". Terraform runs "
                      "configurations with several providers.",
                      name ? name : block->address.name, engine->schemas->address,
                      block->address.mode == MODE_DATA ? "data source" : "resource type",
                      block->address.type);
    free(name);
    return false;
}

static bool refuse_provider(struct engine *engine, const struct block *block, const char *text)
{
    char *name = address_text(&block->address, true);
    diagnostics_error(
        engine->diags, NULL, "Provider configuration not present",
        "To work with %s its original provider configuration at %s is required, but it has been "
        "removed. This occurs when a provider configuration is removed while objects created by "
        "that provider still exist in the state. Re-add the provider configuration to destroy "
        "%s, after which you can remove the provider configuration again.",
        name ? name : block->address.name, text, name ? name : block->address.name);
    free(name);
    return false;
}

/* The session that the state names for a resource that the configuration does not have. */
static bool find_state_session(struct engine *engine, struct block *block, const char *text)
{
    char *alias = NULL;
    if (!state_provider_matches(text, engine->schemas->address, &alias))
        return refuse_provider(engine, block, text);
    block->session = engine_session(engine, alias);
    free(alias);
    return block->session != NULL || refuse_provider(engine, block, text);
}

static bool refuse_alias(struct engine *engine, const struct block *block)
{
    size_t first = engine->diags->count;
    char *name = address_text(&block->address, true);
    diagnostics_error(engine->diags, "provider", "Provider configuration not present",
                      "There is no provider block with the alias \"%s\". Add one, or correct \"provider\".",
                      block->config->provider_alias);
    diagnostics_locate(engine->diags, first, block->config->origin.file, block->config->origin.pointer, name);
    free(name);
    return false;
}

static bool add_block(struct engine *engine, const struct address *address,
                      const struct config_resource *config, const char *state_provider)
{
    struct block *block = &engine->blocks[engine->block_count++];
    block->config = config;
    block->included = true;
    node_init(&block->begin, NODE_BLOCK, block, engine->phase->block);
    node_init(&block->end, NODE_BLOCK_END, block, engine->phase->block_end);
    if (!address_copy(&block->address, address))
        return no_memory(engine);
    json_object_put(block->address.key);
    block->address.key = NULL;
    bool data = address->mode == MODE_DATA;
    block->schema = schema_find(engine->schemas, data ? SCHEMA_DATA_SOURCE : SCHEMA_RESOURCE, address->type);
    if (!block->schema)
        return refuse_type(engine, block);
    block->type = engine_type(engine, block->schema);
    if (config) {
        block->session = engine_session(engine, config->provider_alias);
        block->create_before_destroy = config->create_before_destroy;
        block->repetition = config->count ? REPEAT_COUNT : config->for_each ? REPEAT_EACH : REPEAT_NONE;
        if (!block->session)
            return refuse_alias(engine, block);
    } else if (!find_state_session(engine, block, state_provider)) {
        return false;
    }
    /* Where there is nothing to destroy, no provider is asked. */
    block->session->used =
        block->session->used || engine->options.mode != PLAN_DESTROY || engine->state->resource_count > 0;
    return (block->type && graph_add(&engine->graph, &block->begin) &&
            graph_add(&engine->graph, &block->end) && graph_edge(&block->end, &block->begin) &&
            graph_edge(&block->begin, &block->session->node) &&
            table_put(&engine->names, data ? REFERENCE_DATA : REFERENCE_RESOURCE, block->address.type,
                      block->address.name, block)) ||
           no_memory(engine);
}

static bool add_blocks(struct engine *engine)
{
    const struct config *config = engine->config;
    const struct state *state = engine->state;
    engine->blocks = calloc(config->resource_count + state->resource_count + 1, sizeof *engine->blocks);
    if (!engine->blocks)
        return no_memory(engine);
    bool ok = true;
    for (size_t i = 0; i < config->resource_count; i++)
        ok = add_block(engine, &config->resources[i].address, &config->resources[i], NULL) && ok;
    for (size_t i = 0; i < state->resource_count; i++)
        if (!engine_block(engine, &state->resources[i]->address))
            ok = add_block(engine, &state->resources[i]->address, NULL, state->resources[i]->provider) && ok;
    for (size_t i = 0; i < config->removed_count; i++) {
        struct block *block = engine_block(engine, &config->removed[i].from);
        if (block && !block->config)
            block->removed = &config->removed[i];
    }
    return ok;
}

/* --- edges --- */

static bool connect_block(struct engine *engine, struct block *block)
{
    const struct config_resource *config = block->config;
    if (!config)
        return true;
    bool ok = connect_expression(engine, &block->begin, config->count, block, false);
    ok = connect_expression(engine, &block->begin, config->for_each, block, false) && ok;
    ok = connect_expression(engine, &block->begin, config->body, block, true) && ok;
    return connect_addresses(engine, &block->begin, &config->origin, config->depends_on,
                             config->depends_count) &&
           ok;
}

static bool connect_all(struct engine *engine)
{
    bool ok = true;
    for (size_t i = 0; i < engine->local_count; i++)
        ok = connect_expression(engine, &engine->locals[i].node, engine->locals[i].config->value, NULL,
                                false) &&
             ok;
    for (size_t i = 0; i < engine->output_count; i++) {
        struct output *output = &engine->outputs[i];
        ok = connect_expression(engine, &output->node, output->config->value, NULL, false) &&
             connect_addresses(engine, &output->node, &output->config->origin, output->config->depends_on,
                               output->config->depends_count) &&
             ok;
    }
    for (size_t i = 0; i < engine->session_count; i++)
        if (engine->sessions[i].config)
            ok = connect_expression(engine, &engine->sessions[i].node, engine->sessions[i].config->body, NULL,
                                    false) &&
                 ok;
    for (size_t i = 0; i < engine->block_count; i++)
        ok = connect_block(engine, &engine->blocks[i]) && ok;
    for (size_t i = 0; i < engine->config->import_count; i++) {
        const struct config_import *import = &engine->config->imports[i];
        struct block *block = engine_block(engine, &import->to);
        if (block)
            ok = connect_expression(engine, &block->begin, import->id ? import->id : import->identity, NULL,
                                    false) &&
                 ok;
    }
    return ok;
}

/* What is created before its predecessor is destroyed needs that of all that it depends on: else the order
 * would be a circle. */
static bool spread_create_before_destroy(struct engine *engine)
{
    bool ok = true, any = false;
    graph_unmark(&engine->graph);
    for (size_t i = 0; ok && i < engine->block_count; i++)
        if (engine->blocks[i].create_before_destroy) {
            any = true;
            ok = graph_mark_needs(&engine->blocks[i].begin);
        }
    for (size_t i = 0; any && i < engine->block_count; i++)
        if (engine->blocks[i].begin.marked && engine->blocks[i].address.mode == MODE_MANAGED &&
            engine->blocks[i].config)
            engine->blocks[i].create_before_destroy = true;
    graph_unmark(&engine->graph);
    return ok || no_memory(engine);
}

/* --- cycles --- */

static void report_cycle(struct engine *engine, const struct node_list *cycle)
{
    char *path = NULL, *places = NULL;
    size_t path_size, places_size;
    FILE *path_text = open_memstream(&path, &path_size), *places_text = open_memstream(&places, &places_size);
    const struct origin *first = NULL;
    char *last = NULL;
    for (size_t i = 0; path_text && places_text && i <= cycle->count; i++) {
        const struct node *node = cycle->items[i % cycle->count];
        char *name = node_name(node);
        const struct origin *origin = node_origin(node);
        /* A resource is two nodes. */
        if (name && !(last && strcmp(last, name) == 0)) {
            fprintf(path_text, "%s%s", i ? " -> " : "", name);
            char *place = origin && i < cycle->count ? origin_text(engine->config, origin) : NULL;
            if (place)
                fprintf(places_text, "\n  %s: %s", name, place);
            free(place);
            first = first ? first : origin;
        }
        free(last);
        last = name;
    }
    free(last);
    if (path_text)
        fclose(path_text);
    if (places_text)
        fclose(places_text);
    size_t at = engine->diags->count;
    diagnostics_error(
        engine->diags, NULL, "Cycle",
        "These refer to each other in a circle, so none of them can be first: %s\n%s\n\nTake one "
        "of these references out.",
        path ? path : "", places ? places : "");
    if (first)
        diagnostics_locate(engine->diags, at, first->file, first->pointer, NULL);
    free(path);
    free(places);
}

bool engine_check_cycles(struct engine *engine)
{
    struct node_list cycle;
    if (graph_acyclic(&engine->graph, &cycle))
        return true;
    if (cycle.items)
        report_cycle(engine, &cycle);
    else
        no_memory(engine);
    free(cycle.items);
    return false;
}

bool engine_build(struct engine *engine, const struct phase *phase)
{
    engine->phase = phase;
    if (!name_variables(engine) || !add_sessions(engine) || !add_locals(engine) || !add_outputs(engine))
        return no_memory(engine);
    bool ok = add_blocks(engine);
    ok = connect_all(engine) && ok;
    return ok && engine_check_cycles(engine) && spread_create_before_destroy(engine);
}
