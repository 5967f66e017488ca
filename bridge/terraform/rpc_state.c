/* SPDX-License-Identifier: Apache-2.0
 *
 * rpc_state.c - states that come from elsewhere: saved by an older version, imported, moved from another
 * provider; and the configuration that a state would have come from.
 */
#include "../value.h"
#include "rpc_handlers.h"
#include "rpc_serve.h"

static void upgrade_resource_state(struct rpc *rpc, const void *message, void *answer)
{
    const Tfplugin6__UpgradeResourceState__Request *request = message;
    Tfplugin6__UpgradeResourceState__Response *reply = answer;
    const struct schema *schema = rpc_schema(rpc, SCHEMA_RESOURCE, request->type_name);
    struct json_object *saved, *state = NULL;
    if (!schema || !rpc_read_raw(rpc, request->raw_state, &saved))
        return;
    bool ok = provider_upgrade(rpc->provider, schema->name, request->version, saved, &state, &rpc->diags);
    if (rpc_keep(rpc, state) && ok)
        reply->upgraded_state = rpc_write(rpc, state, &schema->object);
}

enum grpc_status rpc_upgrade_resource_state(void *context, struct grpc_call *call, const uint8_t *message,
                                            size_t size)
{
    static const struct rpc_operation operation = {
        .name = "UpgradeResourceState",
        .request = &tfplugin6__upgrade_resource_state__request__descriptor,
        .reply = &tfplugin6__upgrade_resource_state__response__descriptor,
        .run = upgrade_resource_state,
    };
    return rpc_serve(&operation, context, call, message, size);
}

/* There has been one version of every identity so far: only its form changes. */
static void upgrade_resource_identity(struct rpc *rpc, const void *message, void *answer)
{
    const Tfplugin6__UpgradeResourceIdentity__Request *request = message;
    Tfplugin6__UpgradeResourceIdentity__Response *reply = answer;
    const struct schema *schema = rpc_schema(rpc, SCHEMA_RESOURCE, request->type_name);
    struct json_object *saved;
    if (!schema || !rpc_read_raw(rpc, request->raw_identity, &saved))
        return;
    const struct schema_object *object = rpc_identity_object(rpc, schema);
    Tfplugin6__ResourceIdentityData *identity =
        message_new(&rpc->arena, &tfplugin6__resource_identity_data__descriptor);
    if (!object || !identity)
        return;
    identity->identity_data = rpc_write(rpc, saved, object);
    reply->upgraded_identity = identity->identity_data ? identity : NULL;
}

enum grpc_status rpc_upgrade_resource_identity(void *context, struct grpc_call *call, const uint8_t *message,
                                               size_t size)
{
    static const struct rpc_operation operation = {
        .name = "UpgradeResourceIdentity",
        .request = &tfplugin6__upgrade_resource_identity__request__descriptor,
        .reply = &tfplugin6__upgrade_resource_identity__response__descriptor,
        .run = upgrade_resource_identity,
    };
    return rpc_serve(&operation, context, call, message, size);
}

/* Reads the identity to import by; false after an error. */
static bool read_identity(struct rpc *rpc, const struct schema *schema,
                          const Tfplugin6__ResourceIdentityData *message, struct json_object **identity)
{
    const struct schema_object *object = rpc_identity_object(rpc, schema);
    if (!object || !rpc_read(rpc, message->identity_data, object, identity))
        return false;
    if (!*identity || value_has_unknown(*identity)) {
        diagnostics_error(&rpc->diags, NULL, "The identity is not known",
                          "Only an object whose identity is known can be imported.");
        return false;
    }
    return true;
}

/* The state that an ID or an identity stands for; false after an error. */
static bool import_state(struct rpc *rpc, const struct schema *schema,
                         const Tfplugin6__ImportResourceState__Request *request, struct json_object **state)
{
    struct json_object *identity;
    bool ok;
    *state = NULL;
    if (request->identity && !*request->id)
        ok = read_identity(rpc, schema, request->identity, &identity) &&
             provider_import_identity(rpc->provider, schema->name, identity, state, &rpc->diags);
    else
        ok = provider_import(rpc->provider, schema->name, request->id, state, &rpc->diags);
    return rpc_keep(rpc, *state) && ok;
}

static void import_resource_state(struct rpc *rpc, const void *message, void *answer)
{
    const Tfplugin6__ImportResourceState__Request *request = message;
    Tfplugin6__ImportResourceState__Response *reply = answer;
    const struct schema *schema = rpc_schema(rpc, SCHEMA_RESOURCE, request->type_name);
    struct json_object *state;
    if (!schema || !import_state(rpc, schema, request, &state))
        return;
    Tfplugin6__ImportResourceState__ImportedResource **imported =
        message_array(&rpc->arena, 1, &tfplugin6__import_resource_state__imported_resource__descriptor);
    if (!imported)
        return;
    imported[0]->type_name = schema->name;
    imported[0]->state = rpc_write(rpc, state, &schema->object);
    imported[0]->identity = rpc_identity(rpc, schema, state);
    reply->imported_resources = imported;
    reply->n_imported_resources = imported[0]->state ? 1 : 0;
}

enum grpc_status rpc_import_resource_state(void *context, struct grpc_call *call, const uint8_t *message,
                                           size_t size)
{
    static const struct rpc_operation operation = {
        .name = "ImportResourceState",
        .request = &tfplugin6__import_resource_state__request__descriptor,
        .reply = &tfplugin6__import_resource_state__response__descriptor,
        .run = import_resource_state,
    };
    return rpc_serve(&operation, context, call, message, size);
}

static void move_resource_state(struct rpc *rpc, const void *message, void *answer)
{
    const Tfplugin6__MoveResourceState__Request *request = message;
    Tfplugin6__MoveResourceState__Response *reply = answer;
    const struct schema *schema = rpc_schema(rpc, SCHEMA_RESOURCE, request->target_type_name);
    struct json_object *source, *state = NULL;
    if (!schema || !rpc_read_raw(rpc, request->source_state, &source))
        return;
    bool ok = provider_move(rpc->provider, request->source_provider_address, request->source_type_name,
                            source, schema->name, &state, &rpc->diags);
    if (!rpc_keep(rpc, state) || !ok)
        return;
    reply->target_state = rpc_write(rpc, state, &schema->object);
    reply->target_identity = rpc_identity(rpc, schema, state);
}

enum grpc_status rpc_move_resource_state(void *context, struct grpc_call *call, const uint8_t *message,
                                         size_t size)
{
    static const struct rpc_operation operation = {
        .name = "MoveResourceState",
        .request = &tfplugin6__move_resource_state__request__descriptor,
        .reply = &tfplugin6__move_resource_state__response__descriptor,
        .run = move_resource_state,
    };
    return rpc_serve(&operation, context, call, message, size);
}

static void configuration(const struct schema_object *object, struct json_object *state);

/* Takes out of a value what a configuration has no need to say. */
static void configuration_value(const struct schema_type *type, struct json_object *value)
{
    if (!value || value_is_unknown(value))
        return;
    if (type->kind == TYPE_OBJECT) {
        configuration(type->object, value);
    } else if (type->kind == TYPE_LIST || type->kind == TYPE_SET) {
        for (size_t i = 0; i < json_object_array_length(value); i++)
            configuration_value(type->element, json_object_array_get_idx(value, i));
    } else if (type->kind == TYPE_MAP) {
        json_object_object_foreach(value, key, element)
        {
            (void)key;
            configuration_value(type->element, element);
        }
    }
}

static void configuration(const struct schema_object *object, struct json_object *state)
{
    for (size_t i = 0; i < object->count; i++) {
        const struct schema_attribute *attribute = &object->attributes[i];
        struct json_object *value = json_object_object_get(state, attribute->name);
        bool unsaid =
            attribute->read_only || attribute->deprecated ||
            (attribute->has_default && value_equal(value, attribute->default_value, &attribute->type));
        if (!attribute->required && unsaid)
            json_object_object_del(state, attribute->name);
        else
            configuration_value(&attribute->type, value);
    }
}

static void generate_resource_config(struct rpc *rpc, const void *message, void *answer)
{
    const Tfplugin6__GenerateResourceConfig__Request *request = message;
    Tfplugin6__GenerateResourceConfig__Response *reply = answer;
    const struct schema *schema = rpc_schema(rpc, SCHEMA_RESOURCE, request->type_name);
    struct json_object *state;
    if (!schema || !rpc_read(rpc, request->state, &schema->object, &state))
        return;
    if (state)
        configuration(&schema->object, state);
    reply->config = rpc_write(rpc, state, &schema->object);
}

enum grpc_status rpc_generate_resource_config(void *context, struct grpc_call *call, const uint8_t *message,
                                              size_t size)
{
    static const struct rpc_operation operation = {
        .name = "GenerateResourceConfig",
        .request = &tfplugin6__generate_resource_config__request__descriptor,
        .reply = &tfplugin6__generate_resource_config__response__descriptor,
        .run = generate_resource_config,
    };
    return rpc_serve(&operation, context, call, message, size);
}
