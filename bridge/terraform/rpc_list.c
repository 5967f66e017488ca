/* SPDX-License-Identifier: Apache-2.0
 *
 * rpc_list.c - all objects of a resource type, as a stream of events. Served for types that have a `list`
 * callback and an identity; its configuration is empty.
 */
#include "../value.h"
#include "rpc_handlers.h"
#include "rpc_serve.h"

#include <string.h>

static const struct schema_object nothing = {0};

/* The schema of a type that can be listed, or NULL after an error. */
static const struct schema *list_schema(struct rpc *rpc, const char *name)
{
    const struct schema *schema = rpc_schema(rpc, SCHEMA_RESOURCE, name);
    rpc->object = &nothing;
    if (!schema || (schema->callbacks[CALLBACK_LIST] && schema->identity_count))
        return schema;
    diagnostics_error(&rpc->diags, NULL, "This resource type can't be listed",
                      "%s has no `list` callback, or no identity.", schema->name);
    return NULL;
}

static void validate_list_resource_config(struct rpc *rpc, const void *message, void *answer)
{
    (void)answer;
    const Tfplugin6__ValidateListResourceConfig__Request *request = message;
    struct json_object *config;
    if (list_schema(rpc, request->type_name))
        rpc_read(rpc, request->config, &nothing, &config);
}

enum grpc_status rpc_validate_list_resource_config(void *context, struct grpc_call *call,
                                                   const uint8_t *message, size_t size)
{
    static const struct rpc_operation operation = {
        .name = "ValidateListResourceConfig",
        .request = &tfplugin6__validate_list_resource_config__request__descriptor,
        .reply = &tfplugin6__validate_list_resource_config__response__descriptor,
        .run = validate_list_resource_config,
    };
    return rpc_serve(&operation, context, call, message, size);
}

/* What to show for an object: its identity, with slashes between. */
static char *display_name(struct rpc *rpc, const struct schema *schema, struct json_object *state)
{
    char *text = "";
    for (size_t i = 0; text && i < schema->identity_count; i++) {
        struct json_object *part = json_object_object_get(state, schema->identity[i]->name);
        text =
            arena_format(&rpc->arena, "%s%s%s", text, i ? "/" : "", part ? json_object_get_string(part) : "");
    }
    return text ? text : "";
}

/* Sends one object; false where there is no going on. */
static bool send_object(struct rpc *rpc, const struct schema *schema, struct json_object *state, bool whole)
{
    Tfplugin6__ListResource__Event event = TFPLUGIN6__LIST_RESOURCE__EVENT__INIT;
    event.identity = rpc_identity(rpc, schema, state);
    if (!event.identity)
        return !rpc->diags.has_error; /* nothing to call it by: left out */
    event.display_name = display_name(rpc, schema, state);
    event.resource_object = whole ? rpc_write(rpc, state, &schema->object) : NULL;
    return !rpc->diags.has_error && !rpc->arena.failed && rpc_send(rpc, &event);
}

static void list_resource(struct rpc *rpc, const void *message, void *answer)
{
    (void)answer;
    const Tfplugin6__ListResource__Request *request = message;
    const struct schema *schema = list_schema(rpc, request->type_name);
    struct json_object *config, *array = NULL;
    if (!schema || !rpc_read(rpc, request->config, &nothing, &config))
        return;
    bool ok = provider_list(rpc->provider, schema->name, &array, &rpc->diags);
    if (!rpc_keep(rpc, array) || !ok)
        return;
    size_t count = json_object_array_length(array);
    if (request->limit > 0 && (uint64_t)request->limit < count)
        count = (size_t)request->limit;
    for (size_t i = 0; i < count; i++)
        if (!send_object(rpc, schema, json_object_array_get_idx(array, i), request->include_resource_object))
            return;
}

enum grpc_status rpc_list_resource(void *context, struct grpc_call *call, const uint8_t *message, size_t size)
{
    static const struct rpc_operation operation = {
        .name = "ListResource",
        .request = &tfplugin6__list_resource__request__descriptor,
        .reply = &tfplugin6__list_resource__event__descriptor,
        .run = list_resource,
        .stream = true,
    };
    return rpc_serve(&operation, context, call, message, size);
}
