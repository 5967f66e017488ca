/* SPDX-License-Identifier: Apache-2.0
 *
 * rpc_data_source.c - data sources: validate and read.
 */
#include "../value.h"
#include "rpc_handlers.h"
#include "rpc_serve.h"

static void validate_data_resource_config(struct rpc *rpc, const void *message, void *answer)
{
    (void)answer;
    const Tfplugin6__ValidateDataResourceConfig__Request *request = message;
    const struct schema *schema = rpc_schema(rpc, SCHEMA_DATA_SOURCE, request->type_name);
    struct json_object *config;
    if (schema && rpc_read(rpc, request->config, &schema->object, &config))
        provider_validate(rpc->provider, SCHEMA_DATA_SOURCE, schema->name, config, &rpc->diags);
}

enum grpc_status rpc_validate_data_resource_config(void *context, struct grpc_call *call,
                                                   const uint8_t *message, size_t size)
{
    static const struct rpc_operation operation = {
        .name = "ValidateDataResourceConfig",
        .request = &tfplugin6__validate_data_resource_config__request__descriptor,
        .reply = &tfplugin6__validate_data_resource_config__response__descriptor,
        .run = validate_data_resource_config,
    };
    return rpc_serve(&operation, context, call, message, size);
}

static void read_data_source(struct rpc *rpc, const void *message, void *answer)
{
    const Tfplugin6__ReadDataSource__Request *request = message;
    Tfplugin6__ReadDataSource__Response *reply = answer;
    const struct schema *schema = rpc_schema(rpc, SCHEMA_DATA_SOURCE, request->type_name);
    struct json_object *config, *state = NULL;
    if (!schema || !rpc_read(rpc, request->config, &schema->object, &config))
        return;
    bool ok = provider_read_data(rpc->provider, schema->name, config, &state, &rpc->diags);
    if (!rpc_keep(rpc, state) || !ok)
        return;
    if (!value_has_unknown(state))
        reply->state = rpc_write(rpc, state, &schema->object);
    else /* the client takes no unknowns from a data source, and would call them a bug */
        diagnostics_error(&rpc->diags, NULL, "Nothing can be read yet",
                          "The provider's settings, or what %s is asked with, will be known after the apply "
                          "only. Give this data source a depends_on that names the resource they come from: "
                          "it is then read when that is done. Or apply that resource first, with -target.",
                          schema->name);
}

enum grpc_status rpc_read_data_source(void *context, struct grpc_call *call, const uint8_t *message,
                                      size_t size)
{
    static const struct rpc_operation operation = {
        .name = "ReadDataSource",
        .request = &tfplugin6__read_data_source__request__descriptor,
        .reply = &tfplugin6__read_data_source__response__descriptor,
        .run = read_data_source,
    };
    return rpc_serve(&operation, context, call, message, size);
}
