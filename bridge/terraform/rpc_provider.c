/* SPDX-License-Identifier: Apache-2.0
 *
 * rpc_provider.c - the provider's own settings, and its end.
 */
#include "../value.h"
#include "rpc_handlers.h"
#include "rpc_serve.h"

static void validate_provider_config(struct rpc *rpc, const void *message, void *answer)
{
    (void)answer;
    const Tfplugin6__ValidateProviderConfig__Request *request = message;
    const struct schema *schema = rpc_schema(rpc, SCHEMA_PROVIDER, "provider");
    struct json_object *config;
    if (schema && rpc_read(rpc, request->config, &schema->object, &config)) {
        provider_validate(rpc->provider, SCHEMA_PROVIDER, schema->name, config, &rpc->diags);
        value_wipe(config);
    }
}

enum grpc_status rpc_validate_provider_config(void *context, struct grpc_call *call, const uint8_t *message,
                                              size_t size)
{
    static const struct rpc_operation operation = {
        .name = "ValidateProviderConfig",
        .request = &tfplugin6__validate_provider_config__request__descriptor,
        .reply = &tfplugin6__validate_provider_config__response__descriptor,
        .run = validate_provider_config,
    };
    return rpc_serve(&operation, context, call, message, size);
}

static void configure_provider(struct rpc *rpc, const void *message, void *answer)
{
    (void)answer;
    const Tfplugin6__ConfigureProvider__Request *request = message;
    const struct schema *schema = rpc_schema(rpc, SCHEMA_PROVIDER, "provider");
    struct json_object *config;
    if (schema && rpc_read(rpc, request->config, &schema->object, &config)) {
        provider_configure(rpc->provider, config, &rpc->diags);
        value_wipe(config);
    }
}

enum grpc_status rpc_configure_provider(void *context, struct grpc_call *call, const uint8_t *message,
                                        size_t size)
{
    static const struct rpc_operation operation = {
        .name = "ConfigureProvider",
        .request = &tfplugin6__configure_provider__request__descriptor,
        .reply = &tfplugin6__configure_provider__response__descriptor,
        .run = configure_provider,
    };
    return rpc_serve(&operation, context, call, message, size);
}

static void stop_provider(struct rpc *rpc, const void *message, void *answer)
{
    (void)message;
    (void)answer;
    rpc_context_stop(rpc->context);
}

enum grpc_status rpc_stop_provider(void *context, struct grpc_call *call, const uint8_t *message, size_t size)
{
    static const struct rpc_operation operation = {
        .name = "StopProvider",
        .request = &tfplugin6__stop_provider__request__descriptor,
        .reply = &tfplugin6__stop_provider__response__descriptor,
        .run = stop_provider,
        .without_provider = true,
    };
    return rpc_serve(&operation, context, call, message, size);
}
