/* SPDX-License-Identifier: Apache-2.0
 *
 * sessions.c - evaluates the settings of a provider and opens its session, on a worker: opening may ask a
 * server.
 */
#include "engine_internal.h"

#include <stdlib.h>

struct configure_call {
    struct call call;
    struct session *session;
    struct json_object *settings;
    bool ok;
};

/* The copy that the worker was given may hold a secret. */
static void forget_settings(struct configure_call *call)
{
    value_wipe(call->settings);
    json_object_put(call->settings);
    call->settings = NULL;
}

static void run_configure(struct job *job)
{
    struct configure_call *call = (struct configure_call *)job;
    const struct schema *schema = &provider_schemas(call->call.provider)->provider;
    /* What came of resources could not be validated before. */
    call->ok = provider_validate(call->call.provider, SCHEMA_PROVIDER, schema->name, call->settings,
                                 &call->call.diags) &&
               provider_configure(call->call.provider, call->settings, &call->call.diags);
    forget_settings(call);
}

static void locate(const struct session *session, struct diagnostics *diags, size_t first)
{
    if (session->config)
        diagnostics_locate(diags, first, session->config->origin.file, session->config->origin.pointer, NULL);
}

static void finish_configure(struct engine *engine, struct call *base)
{
    struct configure_call *call = (struct configure_call *)base;
    bool ok = call->ok && !base->diags.has_error;
    call->session->opened = ok;
    locate(call->session, &base->diags, 0);
    diagnostics_move(engine->diags, &base->diags);
    forget_settings(call); /* of one that did not begin */
    struct node *node = base->node;
    free(call);
    walk_finish(engine, node, ok);
}

void visit_provider(struct engine *engine, struct node *node)
{
    struct session *session = node->subject;
    if (!session->used) {
        walk_finish(engine, node, true);
        return;
    }
    struct engine_scope scope = engine_scope(engine, NULL);
    struct typed settings = {0};
    size_t first = engine->diags->count;
    struct provider *provider = engine_provider(engine, session);
    bool ok = provider && expression_evaluate_body(session->config ? session->config->body : NULL,
                                                   &engine->schemas->provider.object, &scope.scope, &settings,
                                                   engine->diags);
    locate(session, engine->diags, first);
    struct configure_call *call = ok ? calloc(1, sizeof *call) : NULL;
    if (ok && (!call || (settings.value && !(call->settings = value_copy(settings.value, NULL))))) {
        ok = no_memory(engine);
        free(call);
    }
    typed_clear(&settings);
    if (!ok) {
        walk_finish(engine, node, false);
        return;
    }
    call->call =
        (struct call){.job.run = run_configure, .done = finish_configure, .node = node, .provider = provider};
    call->session = session;
    walk_submit(engine, &call->call);
}

bool leave_unneeded_locals(struct engine *engine, const struct session *only)
{
    bool ok = true;
    graph_unmark(&engine->graph);
    for (size_t i = 0; ok && i < engine->session_count; i++)
        if (!only || only == &engine->sessions[i])
            ok = graph_mark_needs(&engine->sessions[i].node);
    for (size_t i = 0; i < engine->local_count; i++)
        if (!engine->locals[i].node.marked)
            engine->locals[i].node.visit = NULL;
    graph_unmark(&engine->graph);
    return ok || no_memory(engine);
}
