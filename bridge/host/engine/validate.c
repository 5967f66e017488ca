/* SPDX-License-Identifier: Apache-2.0
 *
 * validate.c - what can be said without a state, a session or the values of variables: names, references,
 * cycles, and each body against its schema, with all that it refers to unknown.
 */
#include "engine_internal.h"

#include <stdlib.h>

static void validate_block(struct engine *engine, struct node *node);
static void validate_provider(struct engine *engine, struct node *node);

static const struct phase phase_validate = {
    .local = visit_local, .output = visit_output, .provider = validate_provider, .block = validate_block};

/* Evaluates what decides on the instances; its value is not looked at but for its kind. */
static bool validate_repetition(struct engine *engine, struct block *block)
{
    const struct config_resource *config = block->config;
    if (!config->count && !config->for_each)
        return true;
    struct engine_scope scope = engine_scope(engine, NULL);
    struct typed value = {0};
    size_t first = engine->diags->count;
    bool ok = expression_evaluate(config->count ? config->count : config->for_each, &scope.scope, &value,
                                  engine->diags);
    block_locate(block, NULL, engine->diags, first);
    if (ok && !value_has_unknown(value.value))
        ok = block_check_repetition(block, &value, engine->diags);
    typed_clear(&value);
    return ok;
}

static bool validate_body(struct engine *engine, const struct block *block)
{
    struct typed body = {0};
    enum schema_kind kind = block->address.mode == MODE_DATA ? SCHEMA_DATA_SOURCE : SCHEMA_RESOURCE;
    if (!block_evaluate(engine, block, NULL, &body, engine->diags))
        return false;
    size_t first = engine->diags->count;
    bool ok =
        provider_validate(engine->sessions[0].provider, kind, block->schema->name, body.value, engine->diags);
    block_locate(block, NULL, engine->diags, first);
    typed_clear(&body);
    return ok;
}

static void validate_block(struct engine *engine, struct node *node)
{
    struct block *block = node->subject;
    block->unknown = true;
    block->values = calloc(1, sizeof *block->values);
    bool ok = block->values || no_memory(engine);
    if (ok && block->config) {
        ok = validate_repetition(engine, block);
        ok = validate_body(engine, block) && ok;
    }
    /* What refers to it can be looked at all the same. */
    (void)ok;
    walk_finish(engine, node, true);
}

static void validate_provider(struct engine *engine, struct node *node)
{
    const struct session *session = node->subject;
    struct engine_scope scope = engine_scope(engine, NULL);
    struct typed settings = {0};
    size_t first = engine->diags->count;
    if (session->config && expression_evaluate_body(session->config->body, &engine->schemas->provider.object,
                                                    &scope.scope, &settings, engine->diags))
        provider_validate(engine->sessions[0].provider, SCHEMA_PROVIDER, engine->schemas->provider.name,
                          settings.value, engine->diags);
    if (session->config)
        diagnostics_locate(engine->diags, first, session->config->origin.file,
                           session->config->origin.pointer, NULL);
    typed_clear(&settings);
    walk_finish(engine, node, true);
}

bool engine_validate(struct engine *engine, struct diagnostics *diags)
{
    struct diagnostics found = {0};
    struct state *state = engine->state, *none = state_create();
    engine_reset(engine);
    engine->diags = &found;
    /* What the state has may still move, from types that only other providers have. */
    if (none)
        engine->state = none;
    if (none ? engine_build(engine, &phase_validate) : no_memory(engine))
        engine_walk(engine);
    engine_reset(engine);
    engine->state = state;
    state_destroy(none);
    bool ok = !found.has_error;
    diagnostics_move(diags, &found);
    return ok;
}
