/* SPDX-License-Identifier: Apache-2.0
 *
 * rpc_serve.c - see rpc_serve.h. Knows every message only by its descriptor.
 */
#include "rpc_serve.h"

#include "../value.h"
#include "rpc_context.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void *allocate(void *arena, size_t size)
{
    return arena_alloc(arena, size);
}

static void release(void *arena, void *memory) /* all at once, by arena_finish() */
{
    (void)arena;
    (void)memory;
}

static void put_value(void *value)
{
    json_object_put(value);
}

static void cancel_call(void *argument)
{
    struct rpc *rpc = argument;
    provider_cancel(rpc->provider, &rpc->diags);
}

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void log_call(struct rpc *rpc, const struct rpc_operation *operation, int64_t begin)
{
    const struct provider_log *log = rpc->context->log;
    if (!log || log->level < LOG_DEBUG)
        return;
    size_t errors = 0;
    for (size_t i = 0; i < rpc->diags.count; i++)
        errors += rpc->diags.items[i].severity == SEVERITY_ERROR;
    int64_t duration = now_us() - begin;
    const char *subject = rpc->subject; /* a schema's name: nothing in it to escape */
    char *fields = arena_format(&rpc->arena,
                                "{\"tf_rpc\":\"%s\",%s%s%s\"tf_req_duration_ms\":%" PRId64 ".%03" PRId64
                                ",\"diagnostic_error_count\":%zu,\"diagnostic_warning_count\":%zu}",
                                operation->name, subject ? "\"tf_type\":\"" : "", subject ? subject : "",
                                subject ? "\"," : "", duration / 1000, duration % 1000, errors,
                                rpc->diags.count - errors);
    log->write(log, LOG_DEBUG, "Served a call", fields);
}

/* Puts the diagnostics into the reply's field of that name; it is the same in every reply that has one. */
static void put_diagnostics(struct rpc *rpc, const struct rpc_operation *operation, void *reply)
{
    if (operation->put_diagnostics) {
        operation->put_diagnostics(rpc, reply);
        return;
    }
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(
        operation->reply, operation->stream ? "diagnostic" : "diagnostics");
    if (!field || !rpc->diags.count)
        return;
    size_t *count = (size_t *)(void *)((char *)reply + field->quantifier_offset);
    Tfplugin6__Diagnostic ***list = (Tfplugin6__Diagnostic ***)(void *)((char *)reply + field->offset);
    *list = message_diagnostics(&rpc->arena, &rpc->diags, rpc->object, count);
}

/* What was wrong with the schemas is told by every call. */
static void copy_diagnostics(struct diagnostics *to, const struct diagnostics *from)
{
    for (size_t i = 0; i < from->count; i++)
        diagnostics_add(to, from->items[i].severity, from->items[i].attribute, from->items[i].summary,
                        from->items[i].detail);
}

static void run(struct rpc *rpc, const struct rpc_operation *operation, const void *request, void *reply)
{
    rpc->provider = rpc_context_provider(rpc->context);
    if (!rpc->provider) {
        if (operation->without_provider)
            operation->run(rpc, request, reply);
        else
            copy_diagnostics(&rpc->diags, &rpc->context->diags);
        return;
    }
    grpc_call_on_cancel(rpc->call, cancel_call, rpc);
    operation->run(rpc, request, reply);
    grpc_call_on_cancel(rpc->call, NULL, NULL);
}

/* Whether an error could not even be said for want of memory: the reply must not look like a success. */
static bool error_lost(const struct diagnostics *diags)
{
    for (size_t i = 0; i < diags->count; i++)
        if (diags->items[i].severity == SEVERITY_ERROR)
            return false;
    return diags->has_error;
}

static enum grpc_status answer(struct rpc *rpc, const struct rpc_operation *operation, void *reply)
{
    if (error_lost(&rpc->diags))
        rpc->arena.failed = true;
    if (!operation->stream || rpc->diags.count) {
        put_diagnostics(rpc, operation, reply);
        if (!rpc->arena.failed && !rpc_send(rpc, reply))
            return rpc->arena.failed ? GRPC_RESOURCE_EXHAUSTED : GRPC_CANCELLED;
    }
    if (!rpc->arena.failed)
        return GRPC_OK;
    grpc_call_error(rpc->call, "The provider ran out of memory.");
    return GRPC_RESOURCE_EXHAUSTED;
}

enum grpc_status rpc_serve(const struct rpc_operation *operation, void *context, struct grpc_call *call,
                           const uint8_t *message, size_t size)
{
    int64_t begin = now_us();
    struct rpc rpc = {.context = context, .call = call};
    ProtobufCAllocator allocator = {.alloc = allocate, .free = release, .allocator_data = &rpc.arena};
    enum grpc_status status;
    void *request = protobuf_c_message_unpack(operation->request, &allocator, size, message);
    void *reply = message_new(&rpc.arena, operation->reply);
    if (!request && !rpc.arena.failed) {
        status = GRPC_INVALID_ARGUMENT;
        char text[160];
        snprintf(text, sizeof text, "%s: the request's %zu bytes are not a message of the type %s.",
                 operation->name, size, operation->request->name);
        grpc_call_error(call, text);
    } else if (!request || !reply) {
        status = GRPC_RESOURCE_EXHAUSTED;
        grpc_call_error(call, "The provider ran out of memory.");
    } else {
        run(&rpc, operation, request, reply);
        status = answer(&rpc, operation, reply);
        log_call(&rpc, operation, begin);
    }
    diagnostics_clear(&rpc.diags);
    arena_finish(&rpc.arena);
    return status;
}

bool rpc_send(struct rpc *rpc, const void *message)
{
    uint8_t *buffer = grpc_reply_buffer(rpc->call, protobuf_c_message_get_packed_size(message));
    if (!buffer) {
        rpc->arena.failed = true;
        return false;
    }
    protobuf_c_message_pack(message, buffer);
    return grpc_reply_send(rpc->call);
}

const struct schema *rpc_schema(struct rpc *rpc, enum schema_kind kind, const char *name)
{
    static const char *const kinds[] = {
        [SCHEMA_PROVIDER] = "provider",
        [SCHEMA_RESOURCE] = "resource type",
        [SCHEMA_DATA_SOURCE] = "data source",
        [SCHEMA_FUNCTION] = "function",
    };
    const struct schema *schema = schema_find(provider_schemas(rpc->provider), kind, name);
    if (!schema) {
        diagnostics_error(&rpc->diags, NULL, "The provider does not have this", "No %s is named \"%s\".",
                          kinds[kind], name);
        return NULL;
    }
    rpc->subject = kind == SCHEMA_PROVIDER ? NULL : schema->name;
    rpc->object = &schema->object;
    return schema;
}

bool rpc_keep(struct rpc *rpc, struct json_object *value)
{
    if (arena_defer(&rpc->arena, put_value, value))
        return true;
    diagnostics_no_memory(&rpc->diags);
    return false;
}

bool rpc_read_type(struct rpc *rpc, const Tfplugin6__DynamicValue *message, const struct schema_type *type,
                   const char *pointer, struct json_object **value)
{
    *value = NULL;
    if (!message || (!message->msgpack.len && !message->json.len))
        return true;
    bool ok =
        message->msgpack.len
            ? dynamic_read(message->msgpack.data, message->msgpack.len, type, pointer, value, &rpc->diags)
            : dynamic_read_json(message->json.data, message->json.len, type, pointer, value, &rpc->diags);
    if (ok && rpc_keep(rpc, *value))
        return true;
    *value = NULL;
    return false;
}

bool rpc_read(struct rpc *rpc, const Tfplugin6__DynamicValue *message, const struct schema_object *object,
              struct json_object **value)
{
    struct schema_type type = dynamic_object_type(object);
    return rpc_read_type(rpc, message, &type, NULL, value);
}

bool rpc_read_raw(struct rpc *rpc, const Tfplugin6__RawState *message, struct json_object **value)
{
    *value = NULL;
    if (!message || !message->json.len) {
        if (message && message->n_flatmap)
            diagnostics_error(
                &rpc->diags, NULL, "The state is too old",
                "It was written by Terraform 0.11 or older. Have Terraform 0.12 or newer refresh "
                "it with the provider that wrote it, then try again.");
        else
            diagnostics_error(&rpc->diags, NULL, "The saved state is empty",
                              "The client sent neither JSON nor anything else.");
        return false;
    }
    if (!dynamic_parse_json(message->json.data, message->json.len, "The saved state", value, &rpc->diags))
        return false;
    if (!rpc_keep(rpc, *value)) {
        *value = NULL;
        return false;
    }
    if (!*value || json_object_is_type(*value, json_type_object))
        return true;
    diagnostics_error(&rpc->diags, NULL, "The saved state is no object", "It is a JSON %s.",
                      json_type_to_name(json_object_get_type(*value)));
    return false;
}

Tfplugin6__DynamicValue *rpc_write_type(struct rpc *rpc, struct json_object *value,
                                        const struct schema_type *type)
{
    size_t size;
    Tfplugin6__DynamicValue *message = message_new(&rpc->arena, &tfplugin6__dynamic_value__descriptor);
    uint8_t *bytes = dynamic_write(value, type, NULL, &rpc->arena, &size, &rpc->diags);
    if (!message || !bytes)
        return NULL;
    message->msgpack = (ProtobufCBinaryData){.data = bytes, .len = size};
    return message;
}

Tfplugin6__DynamicValue *rpc_write(struct rpc *rpc, struct json_object *value,
                                   const struct schema_object *object)
{
    struct schema_type type = dynamic_object_type(object);
    return rpc_write_type(rpc, value, &type);
}

const struct schema_object *rpc_identity_object(struct rpc *rpc, const struct schema *schema)
{
    struct schema_object *object = arena_zeroed(&rpc->arena, 1, sizeof *object);
    if (!object)
        return NULL;
    object->attributes = arena_zeroed(&rpc->arena, schema->identity_count, sizeof *object->attributes);
    if (!object->attributes)
        return NULL;
    object->count = schema->identity_count;
    for (size_t i = 0; i < object->count; i++)
        object->attributes[i] = *schema->identity[i]; /* what it points to stays the schema's */
    return object;
}

static bool whole(const struct schema_object *object, const struct json_object *value)
{
    for (size_t i = 0; i < object->count; i++)
        if (!json_object_object_get(value, object->attributes[i].name))
            return false;
    return !value_has_unknown(value);
}

Tfplugin6__ResourceIdentityData *rpc_identity(struct rpc *rpc, const struct schema *schema,
                                              struct json_object *state)
{
    if (!schema->identity_count || !state)
        return NULL;
    struct json_object *identity = provider_identity(rpc->provider, schema->name, state);
    const struct schema_object *object = rpc_identity_object(rpc, schema);
    if (!identity || !rpc_keep(rpc, identity) || !object || !whole(object, identity))
        return NULL;
    Tfplugin6__ResourceIdentityData *message =
        message_new(&rpc->arena, &tfplugin6__resource_identity_data__descriptor);
    if (message)
        message->identity_data = rpc_write(rpc, identity, object);
    return message;
}
