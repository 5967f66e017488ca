/* SPDX-License-Identifier: Apache-2.0
 *
 * rpc.c - the table of RPCs, and what they share: the provider, made once, by whoever needs it first. The
 * RPCs themselves are in the files rpc_*.c.
 */
#include "rpc.h"

#include "rpc_context.h"
#include "rpc_handlers.h"

#include <stdlib.h>
#include <string.h>

struct rpc_context *rpc_context_create(const char *schemas_directory, const struct provider_log *log)
{
    struct rpc_context *context = calloc(1, sizeof *context);
    if (!context)
        return NULL;
    context->directory = strdup(schemas_directory);
    context->log = log;
    if (!context->directory || pthread_mutex_init(&context->lock, NULL) != 0) {
        free(context->directory);
        free(context);
        return NULL;
    }
    return context;
}

struct provider *rpc_context_provider(struct rpc_context *context)
{
    pthread_mutex_lock(&context->lock);
    if (!context->loaded) {
        context->provider = provider_create(context->directory, context->log, &context->diags);
        context->loaded = true;
    }
    pthread_mutex_unlock(&context->lock);
    return context->provider;
}

bool rpc_context_load(struct rpc_context *context)
{
    return rpc_context_provider(context) != NULL;
}

const char *rpc_context_address(struct rpc_context *context)
{
    struct provider *provider = rpc_context_provider(context);
    return provider ? provider_schemas(provider)->address : NULL;
}

void rpc_context_stop(struct rpc_context *context)
{
    pthread_mutex_lock(&context->lock);
    struct provider *provider = context->provider;
    pthread_mutex_unlock(&context->lock);
    if (provider)
        provider_stop(provider);
}

void rpc_context_destroy(struct rpc_context *context)
{
    if (!context)
        return;
    provider_destroy(context->provider);
    diagnostics_clear(&context->diags);
    pthread_mutex_destroy(&context->lock);
    free(context->directory);
    free(context);
}

const struct grpc_method *rpc_methods(size_t *count)
{
    static const struct grpc_method methods[] = {
        {"/tfplugin6.Provider/GetMetadata", rpc_get_metadata},
        {"/tfplugin6.Provider/GetProviderSchema", rpc_get_provider_schema},
        {"/tfplugin6.Provider/GetResourceIdentitySchemas", rpc_get_resource_identity_schemas},
        {"/tfplugin6.Provider/ValidateProviderConfig", rpc_validate_provider_config},
        {"/tfplugin6.Provider/ConfigureProvider", rpc_configure_provider},
        {"/tfplugin6.Provider/StopProvider", rpc_stop_provider},
        {"/tfplugin6.Provider/ValidateResourceConfig", rpc_validate_resource_config},
        {"/tfplugin6.Provider/UpgradeResourceState", rpc_upgrade_resource_state},
        {"/tfplugin6.Provider/UpgradeResourceIdentity", rpc_upgrade_resource_identity},
        {"/tfplugin6.Provider/ReadResource", rpc_read_resource},
        {"/tfplugin6.Provider/PlanResourceChange", rpc_plan_resource_change},
        {"/tfplugin6.Provider/ApplyResourceChange", rpc_apply_resource_change},
        {"/tfplugin6.Provider/ImportResourceState", rpc_import_resource_state},
        {"/tfplugin6.Provider/MoveResourceState", rpc_move_resource_state},
        {"/tfplugin6.Provider/GenerateResourceConfig", rpc_generate_resource_config},
        {"/tfplugin6.Provider/ValidateListResourceConfig", rpc_validate_list_resource_config},
        {"/tfplugin6.Provider/ListResource", rpc_list_resource},
        {"/tfplugin6.Provider/ValidateDataResourceConfig", rpc_validate_data_resource_config},
        {"/tfplugin6.Provider/ReadDataSource", rpc_read_data_source},
        {"/tfplugin6.Provider/GetFunctions", rpc_get_functions},
        {"/tfplugin6.Provider/CallFunction", rpc_call_function},
    };
    *count = sizeof methods / sizeof methods[0];
    return methods;
}
