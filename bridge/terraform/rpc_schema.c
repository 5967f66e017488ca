/* SPDX-License-Identifier: Apache-2.0
 *
 * rpc_schema.c - what the provider has: metadata, schemas, identities, functions. What a schema looks like
 * as a message is message_schema.c's part.
 */
#include "rpc_handlers.h"
#include "rpc_serve.h"

/* A resource type that can be listed: it says how, and what to call the items. */
static bool listable(const struct schema *schema)
{
    return schema->callbacks[CALLBACK_LIST] && schema->identity_count;
}

static Tfplugin6__ServerCapabilities *capabilities(struct rpc *rpc)
{
    Tfplugin6__ServerCapabilities *message =
        message_new(&rpc->arena, &tfplugin6__server_capabilities__descriptor);
    if (!message)
        return NULL;
    message->plan_destroy = true;
    message->get_provider_schema_optional = true;
    message->move_resource_state = true;
    message->generate_resource_config = true;
    return message;
}

static void get_metadata(struct rpc *rpc, const void *request, void *answer)
{
    (void)request;
    Tfplugin6__GetMetadata__Response *reply = answer;
    const struct schema_set *set = provider_schemas(rpc->provider);
    struct arena *arena = &rpc->arena;
    reply->server_capabilities = capabilities(rpc);
    reply->resources =
        message_array(arena, set->resource_count, &tfplugin6__get_metadata__resource_metadata__descriptor);
    reply->list_resources = message_array(arena, set->resource_count,
                                          &tfplugin6__get_metadata__list_resource_metadata__descriptor);
    for (size_t i = 0; reply->resources && reply->list_resources && i < set->resource_count; i++) {
        reply->resources[reply->n_resources++]->type_name = set->resources[i].name;
        if (listable(&set->resources[i]))
            reply->list_resources[reply->n_list_resources++]->type_name = set->resources[i].name;
    }
    reply->data_sources = message_array(arena, set->data_source_count,
                                        &tfplugin6__get_metadata__data_source_metadata__descriptor);
    for (size_t i = 0; reply->data_sources && i < set->data_source_count; i++)
        reply->data_sources[reply->n_data_sources++]->type_name = set->data_sources[i].name;
    reply->functions =
        message_array(arena, set->function_count, &tfplugin6__get_metadata__function_metadata__descriptor);
    for (size_t i = 0; reply->functions && i < set->function_count; i++)
        reply->functions[reply->n_functions++]->name = set->functions[i].name;
}

enum grpc_status rpc_get_metadata(void *context, struct grpc_call *call, const uint8_t *message, size_t size)
{
    static const struct rpc_operation operation = {
        .name = "GetMetadata",
        .request = &tfplugin6__get_metadata__request__descriptor,
        .reply = &tfplugin6__get_metadata__response__descriptor,
        .run = get_metadata,
    };
    return rpc_serve(&operation, context, call, message, size);
}

/* The configuration block of a list resource has nothing in it: every object is listed. */
static Tfplugin6__Schema *list_schema(struct rpc *rpc, const struct schema *schema)
{
    struct schema empty = {.kind = SCHEMA_RESOURCE, .description = schema->description};
    return message_schema(&rpc->arena, &empty);
}

static void resource_schemas(struct rpc *rpc, const struct schema_set *set,
                             Tfplugin6__GetProviderSchema__Response *reply)
{
    reply->resource_schemas =
        message_array(&rpc->arena, set->resource_count,
                      &tfplugin6__get_provider_schema__response__resource_schemas_entry__descriptor);
    reply->list_resource_schemas =
        message_array(&rpc->arena, set->resource_count,
                      &tfplugin6__get_provider_schema__response__list_resource_schemas_entry__descriptor);
    if (!reply->resource_schemas || !reply->list_resource_schemas)
        return;
    for (size_t i = 0; i < set->resource_count; i++) {
        const struct schema *schema = &set->resources[i];
        reply->resource_schemas[i]->key = schema->name;
        reply->resource_schemas[i]->value = message_schema(&rpc->arena, schema);
        if (!listable(schema))
            continue;
        size_t next = reply->n_list_resource_schemas++;
        reply->list_resource_schemas[next]->key = schema->name;
        reply->list_resource_schemas[next]->value = list_schema(rpc, schema);
    }
    reply->n_resource_schemas = set->resource_count;
}

static void get_provider_schema(struct rpc *rpc, const void *request, void *answer)
{
    (void)request;
    Tfplugin6__GetProviderSchema__Response *reply = answer;
    const struct schema_set *set = provider_schemas(rpc->provider);
    reply->server_capabilities = capabilities(rpc);
    reply->provider = message_schema(&rpc->arena, &set->provider);
    resource_schemas(rpc, set, reply);
    reply->data_source_schemas =
        message_array(&rpc->arena, set->data_source_count,
                      &tfplugin6__get_provider_schema__response__data_source_schemas_entry__descriptor);
    for (size_t i = 0; reply->data_source_schemas && i < set->data_source_count; i++) {
        reply->data_source_schemas[i]->key = set->data_sources[i].name;
        reply->data_source_schemas[i]->value = message_schema(&rpc->arena, &set->data_sources[i]);
        reply->n_data_source_schemas++;
    }
    reply->functions = message_array(&rpc->arena, set->function_count,
                                     &tfplugin6__get_provider_schema__response__functions_entry__descriptor);
    for (size_t i = 0; reply->functions && i < set->function_count; i++) {
        reply->functions[i]->key = set->functions[i].name;
        reply->functions[i]->value = message_function(&rpc->arena, &set->functions[i]);
        reply->n_functions++;
    }
}

enum grpc_status rpc_get_provider_schema(void *context, struct grpc_call *call, const uint8_t *message,
                                         size_t size)
{
    static const struct rpc_operation operation = {
        .name = "GetProviderSchema",
        .request = &tfplugin6__get_provider_schema__request__descriptor,
        .reply = &tfplugin6__get_provider_schema__response__descriptor,
        .run = get_provider_schema,
    };
    return rpc_serve(&operation, context, call, message, size);
}

static void get_resource_identity_schemas(struct rpc *rpc, const void *request, void *answer)
{
    (void)request;
    Tfplugin6__GetResourceIdentitySchemas__Response *reply = answer;
    const struct schema_set *set = provider_schemas(rpc->provider);
    reply->identity_schemas = message_array(
        &rpc->arena, set->resource_count,
        &tfplugin6__get_resource_identity_schemas__response__identity_schemas_entry__descriptor);
    for (size_t i = 0; reply->identity_schemas && i < set->resource_count; i++) {
        const struct schema *schema = &set->resources[i];
        if (!schema->identity_count)
            continue;
        size_t next = reply->n_identity_schemas++;
        reply->identity_schemas[next]->key = schema->name;
        reply->identity_schemas[next]->value = message_identity_schema(&rpc->arena, schema);
    }
}

enum grpc_status rpc_get_resource_identity_schemas(void *context, struct grpc_call *call,
                                                   const uint8_t *message, size_t size)
{
    static const struct rpc_operation operation = {
        .name = "GetResourceIdentitySchemas",
        .request = &tfplugin6__get_resource_identity_schemas__request__descriptor,
        .reply = &tfplugin6__get_resource_identity_schemas__response__descriptor,
        .run = get_resource_identity_schemas,
    };
    return rpc_serve(&operation, context, call, message, size);
}

static void get_functions(struct rpc *rpc, const void *request, void *answer)
{
    (void)request;
    Tfplugin6__GetFunctions__Response *reply = answer;
    const struct schema_set *set = provider_schemas(rpc->provider);
    reply->functions = message_array(&rpc->arena, set->function_count,
                                     &tfplugin6__get_functions__response__functions_entry__descriptor);
    for (size_t i = 0; reply->functions && i < set->function_count; i++) {
        reply->functions[i]->key = set->functions[i].name;
        reply->functions[i]->value = message_function(&rpc->arena, &set->functions[i]);
        reply->n_functions++;
    }
}

enum grpc_status rpc_get_functions(void *context, struct grpc_call *call, const uint8_t *message, size_t size)
{
    static const struct rpc_operation operation = {
        .name = "GetFunctions",
        .request = &tfplugin6__get_functions__request__descriptor,
        .reply = &tfplugin6__get_functions__response__descriptor,
        .run = get_functions,
    };
    return rpc_serve(&operation, context, call, message, size);
}
