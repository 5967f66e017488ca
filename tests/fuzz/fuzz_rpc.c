/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_rpc.c - requests to a whole provider, the widget plugin behind it: several in a row, each any bytes to
 * any RPC. Each is answered once with a message of the RPC's type, or with a status and why; streams any
 * number of times.
 *
 * Input: for each request the method's number and the length of its message (two bytes, the lower one first),
 * then the message. With BUILT added to the number there is no length: the message is built of the type's
 * fields, in the order of their numbers, each of a byte (a number, how many) or a field of the input (a text,
 * a value in JSON; an empty one is left out, or the type of resource that there is).
 */
#include "fuzz.h"

#include "arena.h"
#include "rpc.h"

#include "tfplugin6.pb-c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REQUESTS_MAX = 8, METHODS = 21, BUILT = 0x80, LIST_MAX = 4 };

static const char configure[] = "/tfplugin6.Provider/ConfigureProvider";
static const char stop[] = "/tfplugin6.Provider/StopProvider";

/* The transport: keeps the last message, and counts. */
struct grpc_call {
    const ProtobufCMessageDescriptor *reply;
    uint8_t *buffer;
    size_t size;
    unsigned sent;
    bool told;
};

uint8_t *grpc_reply_buffer(struct grpc_call *call, size_t size)
{
    free(call->buffer);
    call->buffer = malloc(size + (size == 0));
    call->size = size;
    CHECK(call->buffer != NULL);
    return call->buffer;
}

static const ProtobufCMethodDescriptor *description(const struct grpc_method *method)
{
    char name[64];
    for (size_t i = 0; i < tfplugin6__provider__descriptor.n_methods; i++) {
        const ProtobufCMethodDescriptor *found = &tfplugin6__provider__descriptor.methods[i];
        snprintf(name, sizeof name, "/tfplugin6.Provider/%s", found->name);
        if (strcmp(method->path, name) == 0)
            return found;
    }
    fuzz_fail(method->path, __FILE__, __LINE__);
}

/* What is sent is a message of the type that the client expects: texts are UTF-8, and errors say something.
 */
bool grpc_reply_send(struct grpc_call *call)
{
    ProtobufCMessage *message = protobuf_c_message_unpack(call->reply, NULL, call->size, call->buffer);
    CHECK(message != NULL);
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(call->reply, "diagnostics");
    if (field != NULL) {
        const char *base = (const char *)message;
        size_t count = *(const size_t *)(const void *)(base + field->quantifier_offset);
        Tfplugin6__Diagnostic **list = *(Tfplugin6__Diagnostic ***)(uintptr_t)(base + field->offset);
        for (size_t i = 0; i < count; i++)
            fuzz_check_message(list[i]->summary, list[i]->detail);
    }
    protobuf_c_message_free_unpacked(message, NULL);
    call->sent++;
    return true;
}

void grpc_call_error(struct grpc_call *call, const char *message)
{
    fuzz_check_message(message, "");
    call->told = true;
}

void grpc_call_on_cancel(struct grpc_call *call, void (*cancel)(void *argument), void *argument)
{
    (void)call;
    (void)cancel;
    (void)argument;
}

static struct rpc_context *context;

static void serve(const struct grpc_method *method, const uint8_t *message, size_t size)
{
    struct grpc_call call = {.reply = description(method)->output};
    bool stream = strstr(method->path, "/ListResource") != NULL;
    enum grpc_status status = method->handler(context, &call, message, size);
    if (status == GRPC_OK)
        CHECK(stream || call.sent == 1);
    else
        CHECK(call.told);
    free(call.buffer);
    if (strcmp(method->path, stop) == 0) { /* it refuses everything from now on */
        rpc_context_destroy(context);
        context = NULL;
    }
}

static const struct grpc_method *method_named(const char *path)
{
    size_t count;
    const struct grpc_method *methods = rpc_methods(&count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(methods[i].path, path) == 0)
            return &methods[i];
    fuzz_fail(path, __FILE__, __LINE__);
}

/* A provider that is configured, and no widgets. */
static void prepare(void)
{
    /* 1: config {1: msgpack {"directory": "/"}}, in field 2 */
    static const uint8_t request[] = "\x12\x0f\x0a\x0d\x81\xa9"
                                     "directory\xa1/";
    setenv("FUZZ_WIDGETS", fuzz_folder(), 1);
    fuzz_folder_clean();
    if (context == NULL)
        context = rpc_context_create(WIDGET_SCHEMAS, NULL);
    CHECK(context != NULL && rpc_context_load(context));
    serve(method_named(configure), request, sizeof request - 1);
}

/* --- messages --- */

static ProtobufCMessage *build(struct fuzz_input *input, struct arena *arena,
                               const ProtobufCMessageDescriptor *descriptor);

static ProtobufCBinaryData field_bytes(struct fuzz_input *input, struct arena *arena)
{
    ProtobufCBinaryData bytes = {0};
    bytes.data = (uint8_t *)fuzz_field(input, &bytes.len);
    CHECK(arena_defer(arena, free, bytes.data));
    return bytes;
}

/* A value in JSON is the last field of both types that hold one. */
static ProtobufCMessage *build_value(struct fuzz_input *input, struct arena *arena,
                                     const ProtobufCMessageDescriptor *descriptor)
{
    const ProtobufCFieldDescriptor *json =
        protobuf_c_message_descriptor_get_field_by_name(descriptor, "json");
    ProtobufCBinaryData bytes = field_bytes(input, arena);
    if (bytes.len == 0)
        return NULL;
    ProtobufCMessage *message = arena_alloc(arena, descriptor->sizeof_message);
    CHECK(message != NULL && json != NULL);
    descriptor->message_init(message);
    *(ProtobufCBinaryData *)(void *)((char *)message + json->offset) = bytes;
    return message;
}

static ProtobufCMessage *build_member(struct fuzz_input *input, struct arena *arena,
                                      const ProtobufCMessageDescriptor *descriptor)
{
    return descriptor == &tfplugin6__dynamic_value__descriptor ||
                   descriptor == &tfplugin6__raw_state__descriptor
               ? build_value(input, arena, descriptor)
               : build(input, arena, descriptor);
}

static void build_list(struct fuzz_input *input, struct arena *arena, const ProtobufCFieldDescriptor *field,
                       ProtobufCMessage *message)
{
    size_t count = 0, wanted = fuzz_byte(input) % LIST_MAX;
    ProtobufCMessage **list = arena_zeroed(arena, LIST_MAX, sizeof *list);
    CHECK(list != NULL && field->type == PROTOBUF_C_TYPE_MESSAGE);
    for (size_t i = 0; i < wanted; i++) {
        list[count] = build_member(input, arena, field->descriptor);
        count += list[count] != NULL;
    }
    *(size_t *)(void *)((char *)message + field->quantifier_offset) = count;
    *(ProtobufCMessage ***)(void *)((char *)message + field->offset) = list;
}

static ProtobufCMessage *build(struct fuzz_input *input, struct arena *arena,
                               const ProtobufCMessageDescriptor *descriptor)
{
    static char widget[] = "widget";
    ProtobufCMessage *message = arena_alloc(arena, descriptor->sizeof_message);
    CHECK(message != NULL);
    descriptor->message_init(message);
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        void *member = (char *)message + field->offset;
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            build_list(input, arena, field, message);
        } else if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
            *(ProtobufCMessage **)member = build_member(input, arena, field->descriptor);
        } else if (field->type == PROTOBUF_C_TYPE_STRING) {
            ProtobufCBinaryData text = field_bytes(input, arena);
            *(char **)member = text.len > 0 ? (char *)text.data : widget;
        } else if (field->type == PROTOBUF_C_TYPE_BYTES) {
            *(ProtobufCBinaryData *)member = field_bytes(input, arena);
        } else if (field->type == PROTOBUF_C_TYPE_INT64) {
            *(int64_t *)member = (int8_t)fuzz_byte(input);
        } else {
            CHECK(field->type == PROTOBUF_C_TYPE_BOOL);
            *(protobuf_c_boolean *)member = fuzz_byte(input) & 1;
        }
    }
    return message;
}

/* The next message, in a block of its exact size, so that a sanitizer sees the end. */
static uint8_t *next_message(struct fuzz_input *input, const ProtobufCMessageDescriptor *built, size_t *size)
{
    struct arena arena = {0};
    ProtobufCMessage *message = built != NULL ? build(input, &arena, built) : NULL;
    if (message != NULL) {
        *size = protobuf_c_message_get_packed_size(message);
    } else {
        *size = fuzz_byte(input);
        *size += (size_t)fuzz_byte(input) << 8;
        *size = *size < input->left ? *size : input->left;
    }
    uint8_t *bytes = malloc(*size + (*size == 0));
    CHECK(bytes != NULL);
    if (message != NULL) {
        protobuf_c_message_pack(message, bytes);
    } else {
        memcpy(bytes, input->at, *size);
        input->at += *size;
        input->left -= *size;
    }
    arena_finish(&arena);
    return bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    size_t count, length;
    const struct grpc_method *methods = rpc_methods(&count);
    CHECK(count == METHODS);
    for (int i = 0; i < REQUESTS_MAX && input.left > 0; i++) {
        unsigned choice = fuzz_byte(&input);
        const struct grpc_method *method = &methods[choice % BUILT % METHODS];
        uint8_t *message = next_message(&input, choice & BUILT ? description(method)->input : NULL, &length);
        if (i == 0 || context == NULL)
            prepare();
        serve(method, message, length);
        free(message);
    }
    return 0;
}
