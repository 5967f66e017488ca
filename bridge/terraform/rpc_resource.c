/* SPDX-License-Identifier: Apache-2.0
 *
 * rpc_resource.c - the life of a resource: validate, plan, apply, read. States that come from
 * elsewhere (older versions, imports, moves) are rpc_state.c's part.
 */
#include "rpc_handlers.h"
#include "rpc_serve.h"

#include <string.h>

static void validate_resource_config(struct rpc *rpc, const void *message, void *answer)
{
    (void)answer;
    const Tfplugin6__ValidateResourceConfig__Request *request = message;
    const struct schema *schema = rpc_schema(rpc, SCHEMA_RESOURCE, request->type_name);
    struct json_object *config;
    if (schema && rpc_read(rpc, request->config, &schema->object, &config))
        provider_validate(rpc->provider, SCHEMA_RESOURCE, schema->name, config, &rpc->diags);
}

enum grpc_status rpc_validate_resource_config(void *context, struct grpc_call *call, const uint8_t *message,
                                              size_t size)
{
    static const struct rpc_operation operation = {
        .name = "ValidateResourceConfig",
        .request = &tfplugin6__validate_resource_config__request__descriptor,
        .reply = &tfplugin6__validate_resource_config__response__descriptor,
        .run = validate_resource_config,
    };
    return rpc_serve(&operation, context, call, message, size);
}

static void read_resource(struct rpc *rpc, const void *message, void *answer)
{
    const Tfplugin6__ReadResource__Request *request = message;
    Tfplugin6__ReadResource__Response *reply = answer;
    /* Until there is something better: what the client has stays. */
    reply->new_state = request->current_state;
    reply->new_identity = request->current_identity;
    reply->private_ = request->private_;
    const struct schema *schema = rpc_schema(rpc, SCHEMA_RESOURCE, request->type_name);
    struct json_object *given, *state;
    if (!schema || !rpc_read(rpc, request->current_state, &schema->object, &given))
        return;
    /* provider_read() replaces its tree, and rpc_keep() holds on to the one we were given. */
    state = json_object_get(given);
    bool ok = provider_read(rpc->provider, schema->name, &state, &rpc->diags);
    Tfplugin6__DynamicValue *written =
        rpc_keep(rpc, state) && ok ? rpc_write(rpc, state, &schema->object) : NULL;
    if (!written)
        return;
    reply->new_state = written;
    Tfplugin6__ResourceIdentityData *identity = rpc_identity(rpc, schema, state);
    if (identity)
        reply->new_identity = identity;
}

enum grpc_status rpc_read_resource(void *context, struct grpc_call *call, const uint8_t *message, size_t size)
{
    static const struct rpc_operation operation = {
        .name = "ReadResource",
        .request = &tfplugin6__read_resource__request__descriptor,
        .reply = &tfplugin6__read_resource__response__descriptor,
        .run = read_resource,
    };
    return rpc_serve(&operation, context, call, message, size);
}

/* Private data as text; NULL for none, and for what no plan of ours can have left. */
static const char *private_text(struct rpc *rpc, const ProtobufCBinaryData *bytes)
{
    if (!bytes->len || memchr(bytes->data, '\0', bytes->len))
        return NULL;
    return arena_text(&rpc->arena, bytes->data, bytes->len);
}

static void put_replacements(struct rpc *rpc, const struct plan *plan,
                             Tfplugin6__PlanResourceChange__Response *reply)
{
    reply->requires_replace =
        message_array(&rpc->arena, plan->replace_count, &tfplugin6__attribute_path__descriptor);
    for (size_t i = 0; reply->requires_replace && i < plan->replace_count; i++) {
        char *pointer = arena_format(&rpc->arena, "/%s", plan->replace[i]->name);
        Tfplugin6__AttributePath *path = message_path(&rpc->arena, rpc->object, pointer);
        if (path)
            reply->requires_replace[reply->n_requires_replace++] = path;
    }
}

static void put_plan(struct rpc *rpc, const struct schema *schema, const struct plan *plan,
                     struct json_object *prior, Tfplugin6__PlanResourceChange__Response *reply)
{
    reply->planned_state = rpc_write(rpc, plan->planned, &schema->object);
    reply->planned_identity = rpc_identity(rpc, schema, plan->planned ? plan->planned : prior);
    put_replacements(rpc, plan, reply);
    if (plan->private_text) {
        size_t length = strlen(plan->private_text);
        reply->planned_private.data = (uint8_t *)arena_text(&rpc->arena, plan->private_text, length);
        reply->planned_private.len = reply->planned_private.data ? length : 0;
    }
}

static void plan_resource_change(struct rpc *rpc, const void *message, void *answer)
{
    const Tfplugin6__PlanResourceChange__Request *request = message;
    Tfplugin6__PlanResourceChange__Response *reply = answer;
    const struct schema *schema = rpc_schema(rpc, SCHEMA_RESOURCE, request->type_name);
    struct json_object *prior, *proposed, *config;
    if (!schema || !rpc_read(rpc, request->prior_state, &schema->object, &prior) ||
        !rpc_read(rpc, request->proposed_new_state, &schema->object, &proposed) ||
        !rpc_read(rpc, request->config, &schema->object, &config))
        return;
    struct plan plan = {0};
    /* A destroy proposes null. What else is proposed we work out by ourselves, from configuration and prior.
     */
    if (provider_plan(rpc->provider, schema->name, prior, proposed ? config : NULL,
                      private_text(rpc, &request->planned_private), &plan, &rpc->diags))
        put_plan(rpc, schema, &plan, prior, reply);
    plan_clear(&plan);
}

enum grpc_status rpc_plan_resource_change(void *context, struct grpc_call *call, const uint8_t *message,
                                          size_t size)
{
    static const struct rpc_operation operation = {
        .name = "PlanResourceChange",
        .request = &tfplugin6__plan_resource_change__request__descriptor,
        .reply = &tfplugin6__plan_resource_change__response__descriptor,
        .run = plan_resource_change,
    };
    return rpc_serve(&operation, context, call, message, size);
}

static void apply_resource_change(struct rpc *rpc, const void *message, void *answer)
{
    const Tfplugin6__ApplyResourceChange__Request *request = message;
    Tfplugin6__ApplyResourceChange__Response *reply = answer;
    reply->new_state = request->prior_state; /* where nothing was tried, nothing changed */
    const struct schema *schema = rpc_schema(rpc, SCHEMA_RESOURCE, request->type_name);
    struct json_object *prior, *planned, *state = NULL;
    if (!schema || !rpc_read(rpc, request->prior_state, &schema->object, &prior) ||
        !rpc_read(rpc, request->planned_state, &schema->object, &planned))
        return;
    provider_apply(rpc->provider, schema->name, prior, planned, private_text(rpc, &request->planned_private),
                   &state, &rpc->diags);
    /* Without a new state the client would forget the object: the prior one stays. */
    Tfplugin6__DynamicValue *written = rpc_keep(rpc, state) ? rpc_write(rpc, state, &schema->object) : NULL;
    if (!written)
        return;
    reply->new_state = written;
    reply->new_identity = rpc_identity(rpc, schema, state);
}

enum grpc_status rpc_apply_resource_change(void *context, struct grpc_call *call, const uint8_t *message,
                                           size_t size)
{
    static const struct rpc_operation operation = {
        .name = "ApplyResourceChange",
        .request = &tfplugin6__apply_resource_change__request__descriptor,
        .reply = &tfplugin6__apply_resource_change__response__descriptor,
        .run = apply_resource_change,
    };
    return rpc_serve(&operation, context, call, message, size);
}
