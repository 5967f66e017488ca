/* SPDX-License-Identifier: Apache-2.0
 *
 * rpc_function.c - provider-defined functions. Their errors are one text and the index of an argument, not
 * diagnostics; what they warn of can't be said.
 */
#include "rpc_handlers.h"
#include "rpc_serve.h"

#include <string.h>

/* The index of the parameter that a pointer leads into, -1 where it leads to none. */
static int64_t parameter_index(const struct schema_object *object, const char *pointer)
{
    int64_t index = 0;
    if (!pointer || *pointer != '/')
        return -1;
    size_t length = strcspn(pointer + 1, "/");
    for (size_t i = 0; i < object->count; i++) {
        const struct schema_attribute *attribute = &object->attributes[i];
        if (attribute->read_only)
            continue;
        if (strlen(attribute->name) == length && memcmp(attribute->name, pointer + 1, length) == 0)
            return index;
        index++;
    }
    return -1;
}

static void put_error(struct rpc *rpc, void *answer)
{
    Tfplugin6__CallFunction__Response *reply = answer;
    if (!rpc->diags.has_error)
        return;
    Tfplugin6__FunctionError *error = message_new(&rpc->arena, &tfplugin6__function_error__descriptor);
    char *text = "";
    for (size_t i = 0; error && text && i < rpc->diags.count; i++) {
        const struct diagnostic *diag = &rpc->diags.items[i];
        if (diag->severity != SEVERITY_ERROR)
            continue;
        bool detailed = diag->detail && *diag->detail;
        text = arena_format(&rpc->arena, "%s%s%s%s%s", text, *text ? "\n\n" : "", diag->summary,
                            detailed ? ": " : "", detailed ? diag->detail : "");
        int64_t index = rpc->object ? parameter_index(rpc->object, diag->attribute) : -1;
        if (index < 0 || error->argument_case != TFPLUGIN6__FUNCTION_ERROR__ARGUMENT__NOT_SET)
            continue;
        error->argument_case = TFPLUGIN6__FUNCTION_ERROR__ARGUMENT_FUNCTION_ARGUMENT;
        error->function_argument = index;
    }
    /* The host ends the sentence itself. */
    size_t length = text ? strlen(text) : 0;
    if (length > 0 && text[length - 1] == '.')
        text[length - 1] = '\0';
    if (error && text)
        error->text = text;
    reply->error = error;
    reply->result = NULL;
}

/* Reads the arguments; false after an error, which names the parameter. */
static bool read_arguments(struct rpc *rpc, const struct schema *schema,
                           const Tfplugin6__CallFunction__Request *request, struct json_object **arguments)
{
    size_t count = schema_parameters(schema, NULL, 0);
    const struct schema_attribute **parameters =
        arena_zeroed(&rpc->arena, count, sizeof(const struct schema_attribute *));
    if (!parameters)
        return false;
    if (request->n_arguments != count) {
        diagnostics_error(&rpc->diags, NULL, "Wrong number of arguments", "%s takes %zu, and was given %zu.",
                          schema->name, count, request->n_arguments);
        return false;
    }
    schema_parameters(schema, parameters, count);
    for (size_t i = 0; i < count; i++) {
        char *pointer = arena_format(&rpc->arena, "/%s", parameters[i]->name);
        if (!pointer ||
            !rpc_read_type(rpc, request->arguments[i], &parameters[i]->type, pointer, &arguments[i]))
            return false;
    }
    return true;
}

static void call_function(struct rpc *rpc, const void *message, void *answer)
{
    const Tfplugin6__CallFunction__Request *request = message;
    Tfplugin6__CallFunction__Response *reply = answer;
    const struct schema *schema = rpc_schema(rpc, SCHEMA_FUNCTION, request->name);
    struct json_object *result = NULL,
                       **arguments = arena_zeroed(&rpc->arena, request->n_arguments, sizeof(void *));
    if (!schema || !arguments || !read_arguments(rpc, schema, request, arguments))
        return;
    bool ok = provider_call_function(rpc->provider, schema->name, arguments, request->n_arguments, &result,
                                     &rpc->diags);
    if (rpc_keep(rpc, result) && ok)
        reply->result = rpc_write_type(rpc, result, &schema_result(schema)->type);
}

enum grpc_status rpc_call_function(void *context, struct grpc_call *call, const uint8_t *message, size_t size)
{
    static const struct rpc_operation operation = {
        .name = "CallFunction",
        .request = &tfplugin6__call_function__request__descriptor,
        .reply = &tfplugin6__call_function__response__descriptor,
        .run = call_function,
        .put_diagnostics = put_error,
    };
    return rpc_serve(&operation, context, call, message, size);
}
