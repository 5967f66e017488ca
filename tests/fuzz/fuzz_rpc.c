/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_rpc.c - requests to a whole provider, the widget plugin behind it: several in a row, each any bytes to
 * any RPC. Each is answered once with a message of the RPC's type, or with a status and why; streams any
 * number of times.
 *
 * Input: for each request the method's number and the length of its message (two bytes, the lower one first),
 * then the message.
 */
#include "fuzz.h"

#include "rpc.h"

#include "tfplugin6.pb-c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REQUESTS_MAX = 8, METHODS = 21 };

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

static const ProtobufCMessageDescriptor *reply_of(const char *path)
{
    char name[64];
    for (size_t i = 0; i < tfplugin6__provider__descriptor.n_methods; i++) {
        const ProtobufCMethodDescriptor *method = &tfplugin6__provider__descriptor.methods[i];
        snprintf(name, sizeof name, "/tfplugin6.Provider/%s", method->name);
        if (strcmp(path, name) == 0)
            return method->output;
    }
    fuzz_fail(path, __FILE__, __LINE__);
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
    struct grpc_call call = {.reply = reply_of(method->path)};
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    size_t count;
    const struct grpc_method *methods = rpc_methods(&count);
    CHECK(count == METHODS);
    for (int i = 0; i < REQUESTS_MAX && input.left > 0; i++) {
        const struct grpc_method *method = &methods[fuzz_byte(&input) % METHODS];
        size_t length = fuzz_byte(&input);
        length += (size_t)fuzz_byte(&input) << 8;
        if (length > input.left)
            length = input.left;
        /* In a block of its exact size, so that a sanitizer sees the end. */
        uint8_t *message = malloc(length + (length == 0));
        CHECK(message != NULL);
        memcpy(message, input.at, length);
        input.at += length;
        input.left -= length;
        if (i == 0 || context == NULL)
            prepare();
        serve(method, message, length);
        free(message);
    }
    return 0;
}
