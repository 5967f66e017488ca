/* SPDX-License-Identifier: Apache-2.0
 *
 * plan_call.c - what a worker does to plan one object: upgrade what is saved, or import it; read it; plan it
 * with its configuration, and once more as a new object where it is to be replaced.
 */
#include "plan_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void plan_call_free(struct plan_call *call)
{
    json_object_put(call->saved);
    json_object_put(call->body);
    json_object_put(call->identity);
    json_object_put(call->upgraded);
    json_object_put(call->prior);
    plan_clear(&call->planned);
    for (size_t i = 0; i < call->replace_count; i++)
        free(call->replace_paths[i]);
    free(call->replace_paths);
    diagnostics_clear(&call->call.diags);
    free(call);
}

static bool import_object(struct plan_call *call)
{
    struct diagnostics *diags = &call->call.diags;
    const char *type = call->schema->name;
    bool ok = call->identity
                  ? provider_import_identity(call->call.provider, type, call->identity, &call->prior, diags)
                  : provider_import(call->call.provider, type, call->import_id, &call->prior, diags);
    if (!ok || !provider_read(call->call.provider, type, &call->prior, diags))
        return false;
    if (call->prior)
        return true;
    diagnostics_error(
        diags, NULL, "Cannot import non-existent remote object",
        "While attempting to import an existing object to \"%s.%s\", the provider detected that "
        "no object exists with the given id. Only pre-existing objects can be imported; check "
        "that the id is correct and that it is associated with the provider's configured region "
        "or endpoint, or use \"terraform apply\" to create a new remote object for this "
        "resource.",
        call->instance->address.type, call->instance->address.name);
    return false;
}

/* Brings what is saved to this version, and reads it. */
static bool refresh(struct plan_call *call)
{
    struct diagnostics *diags = &call->call.diags;
    if (!provider_upgrade(call->call.provider, call->schema->name, call->version, call->saved,
                          &call->upgraded, diags))
        return false;
    bool ok = true;
    if (!call->read) {
        call->prior = json_object_get(call->upgraded);
        return true;
    }
    call->prior = value_copy(call->upgraded, &ok);
    if (!ok) {
        diagnostics_no_memory(diags);
        return false;
    }
    if (!provider_read(call->call.provider, call->schema->name, &call->prior, diags))
        return false;
    call->drifted = !call->prior || !objects_equal(&call->schema->object, call->upgraded, call->prior);
    return true;
}

static bool keep_replace_paths(struct plan_call *call)
{
    const struct plan *plan = &call->planned;
    call->replace_paths = calloc(plan->replace_count + 1, sizeof(char *));
    for (size_t i = 0; call->replace_paths && i < plan->replace_count; i++) {
        if (asprintf(&call->replace_paths[call->replace_count], "/%s", plan->replace[i]->name) < 0)
            return false;
        call->replace_count++;
    }
    return call->replace_paths != NULL;
}

/* A replacement is planned as a new object, with what the first plan left for it. */
static bool plan_anew(struct plan_call *call)
{
    struct diagnostics *diags = &call->call.diags;
    struct plan first = call->planned;
    call->planned = (struct plan){0};
    bool ok = provider_plan(call->call.provider, call->schema->name, NULL, call->body, first.private_text,
                            &call->planned, diags);
    call->planned.operation = OPERATION_REPLACE;
    if (ok && !call->planned.private_text) {
        call->planned.private_text = first.private_text;
        first.private_text = NULL;
    }
    plan_clear(&first);
    return ok;
}

/* Plans an object that may be there. What ignore_changes keeps, an object made in its place does not have:
 * `whole` is the configuration for that, NULL where it ignores nothing. */
static bool plan_with(struct plan_call *call, struct json_object **whole)
{
    struct diagnostics *diags = &call->call.diags;
    if (!config_ignore(call->config, call->schema, call->body, call->prior)) {
        diagnostics_no_memory(diags);
        return false;
    }
    if (!provider_plan(call->call.provider, call->schema->name, call->prior, call->body, NULL, &call->planned,
                       diags))
        return false;
    bool replace = call->planned.operation == OPERATION_REPLACE;
    if (replace && !keep_replace_paths(call)) {
        diagnostics_no_memory(diags);
        return false;
    }
    if (!call->prior || !(replace || call->renew))
        return true;
    if (*whole) {
        json_object_put(call->body);
        call->body = *whole;
        *whole = NULL;
    }
    return plan_anew(call);
}

static bool plan_object(struct plan_call *call)
{
    struct diagnostics *diags = &call->call.diags;
    const char *type = call->schema->name;
    if (!call->body) {
        return !call->prior ||
               provider_plan(call->call.provider, type, call->prior, NULL, NULL, &call->planned, diags);
    }
    /* A tainted object is replaced whatever its attributes say, as if there were none. */
    if (call->prior && call->tainted)
        return plan_anew(call);
    const bool ignores = call->prior && (call->config->ignore_all || call->config->ignore_count > 0);
    bool ok = true;
    struct json_object *whole = ignores ? value_copy(call->body, &ok) : NULL;
    if (!ok)
        diagnostics_no_memory(diags);
    ok = ok && plan_with(call, &whole);
    json_object_put(whole);
    return ok;
}

void run_plan(struct job *job)
{
    struct plan_call *call = (struct plan_call *)job;
    bool ok = true;
    if (call->body)
        ok = provider_validate(call->call.provider, SCHEMA_RESOURCE, call->schema->name, call->body,
                               &call->call.diags);
    if (ok && (call->import_id || call->identity))
        ok = import_object(call);
    else if (ok && call->saved)
        ok = refresh(call);
    if (ok && call->plan)
        ok = plan_object(call);
    call->ok = ok && !call->call.diags.has_error;
}
