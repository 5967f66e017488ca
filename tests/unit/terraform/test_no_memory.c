/* SPDX-License-Identifier: Apache-2.0
 *
 * test_no_memory.c - RPCs whose n-th allocation fails, for every n: each ends with an answer that tells of an
 * error, or with a status; none crashes, and none looks like a success that it is not.
 *
 * The allocator is this program's own, so it is not built with sanitizers, which bring theirs.
 */
#include "rpc.h"

#include "tfplugin6.pb-c.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ALLOCATION_LIMIT = 20000 };

/* glibc's, beneath ours. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);

static long allocations_left = -1; /* negative: any number */
static bool once;                  /* one is refused, and none after it */

static bool refused(void)
{
    if (allocations_left < 0 || allocations_left-- > 0)
        return false;
    allocations_left = once ? -1 : 0;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return refused() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return refused() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    return refused() ? NULL : __libc_realloc(memory, size);
}

/* A transport that keeps the last reply. */
struct grpc_call {
    uint8_t reply[1 << 16];
    size_t size;
    bool sent;
};

uint8_t *grpc_reply_buffer(struct grpc_call *call, size_t size)
{
    assert_true(size <= sizeof call->reply);
    call->size = size;
    return call->reply;
}

bool grpc_reply_send(struct grpc_call *call)
{
    call->sent = true;
    return true;
}

void grpc_call_error(struct grpc_call *call, const char *message)
{
    (void)call;
    assert_non_null(message);
}

void grpc_call_on_cancel(struct grpc_call *call, void (*cancel)(void *argument), void *argument)
{
    (void)call;
    (void)cancel;
    (void)argument;
}

static grpc_handler handler(const char *name)
{
    size_t count;
    const struct grpc_method *methods = rpc_methods(&count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(strrchr(methods[i].path, '/') + 1, name) == 0)
            return methods[i].handler;
    fail_msg("no method %s", name);
    return NULL;
}

/* {"name": "a", "tags": ["x"], "parts": [{"kind": "gear"}]} */
static char config[] = "\x83\xa4name\xa1"
                       "a\xa4tags\x91\xa1x\xa5parts\x91\x81\xa4kind\xa4gear";

static char saved[] =
    "{\"name\":\"a\",\"weight\":0.1,\"labels\":{\"k\":\"v\"},\"parts\":[{\"kind\":\"gear\"}]}";

/* RPCs that need no library. */
static const struct exchange {
    const char *schemas, *name;
    const ProtobufCMessageDescriptor *request, *reply;
} exchanges[] = {
    {SCHEMAS, "GetProviderSchema", &tfplugin6__get_provider_schema__request__descriptor,
     &tfplugin6__get_provider_schema__response__descriptor},
    {SCHEMAS, "GetMetadata", &tfplugin6__get_metadata__request__descriptor,
     &tfplugin6__get_metadata__response__descriptor},
    {SCHEMAS, "GetFunctions", &tfplugin6__get_functions__request__descriptor,
     &tfplugin6__get_functions__response__descriptor},
    {SCHEMAS, "GetResourceIdentitySchemas", &tfplugin6__get_resource_identity_schemas__request__descriptor,
     &tfplugin6__get_resource_identity_schemas__response__descriptor},
    {SCHEMAS, "ValidateResourceConfig", &tfplugin6__validate_resource_config__request__descriptor,
     &tfplugin6__validate_resource_config__response__descriptor},
    {SCHEMAS, "UpgradeResourceState", &tfplugin6__upgrade_resource_state__request__descriptor,
     &tfplugin6__upgrade_resource_state__response__descriptor},
    {PLAIN_SCHEMAS, "PlanResourceChange", &tfplugin6__plan_resource_change__request__descriptor,
     &tfplugin6__plan_resource_change__response__descriptor},
    {PLAIN_SCHEMAS, "ApplyResourceChange", &tfplugin6__apply_resource_change__request__descriptor,
     &tfplugin6__apply_resource_change__response__descriptor},
    {PLAIN_SCHEMAS, "ReadResource", &tfplugin6__read_resource__request__descriptor,
     &tfplugin6__read_resource__response__descriptor},
};

/* Packs a request that has, of these fields, those that its message has. */
static size_t pack_request(const ProtobufCMessageDescriptor *descriptor, uint8_t *bytes)
{
    Tfplugin6__DynamicValue value = TFPLUGIN6__DYNAMIC_VALUE__INIT;
    value.msgpack = (ProtobufCBinaryData){.data = (uint8_t *)config, .len = sizeof config - 1};
    Tfplugin6__RawState raw = TFPLUGIN6__RAW_STATE__INIT;
    raw.json = (ProtobufCBinaryData){.data = (uint8_t *)saved, .len = sizeof saved - 1};
    char message[512], type_name[] = "widget";
    assert_true(descriptor->sizeof_message <= sizeof message);
    protobuf_c_message_init(descriptor, message);
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        void *member = message + field->offset;
        void *pointer = NULL;
        if (strcmp(field->name, "type_name") == 0)
            pointer = type_name;
        else if (strcmp(field->name, "config") == 0 || strcmp(field->name, "prior_state") == 0 ||
                 strcmp(field->name, "planned_state") == 0 ||
                 strcmp(field->name, "proposed_new_state") == 0 || strcmp(field->name, "current_state") == 0)
            pointer = &value;
        else if (strcmp(field->name, "raw_state") == 0)
            pointer = &raw;
        if (pointer)
            memcpy(member, &pointer, sizeof pointer);
    }
    return protobuf_c_message_pack((ProtobufCMessage *)(void *)message, bytes);
}

/* A client takes a state that is missing for an object that is gone. */
static void assert_state_kept(const struct exchange *exchange, const struct grpc_call *call)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(exchange->reply, "new_state");
    if (!field)
        return;
    ProtobufCMessage *reply = protobuf_c_message_unpack(exchange->reply, NULL, call->size, call->reply);
    assert_non_null(reply);
    Tfplugin6__DynamicValue *value;
    memcpy(&value, (const char *)reply + field->offset, sizeof value);
    assert_non_null(value);
    assert_true(value->msgpack.len > 1); /* one byte is null */
    protobuf_c_message_free_unpacked(reply, NULL);
}

static size_t diagnostics_of(const struct exchange *exchange, const struct grpc_call *call)
{
    ProtobufCMessage *reply = protobuf_c_message_unpack(exchange->reply, NULL, call->size, call->reply);
    assert_non_null(reply);
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(exchange->reply, "diagnostics");
    size_t count;
    memcpy(&count, (const char *)reply + field->quantifier_offset, sizeof count);
    protobuf_c_message_free_unpacked(reply, NULL);
    return count;
}

static void try_every_allocation(bool only_one)
{
    static struct grpc_call call, good;
    once = only_one;
    for (size_t i = 0; i < sizeof exchanges / sizeof exchanges[0]; i++) {
        const struct exchange *exchange = &exchanges[i];
        uint8_t request[512];
        /* json-c's parser itself takes the copy of a key for granted, and crashes on the next. */
        if (once && exchange->request == &tfplugin6__upgrade_resource_state__request__descriptor)
            continue;
        size_t size = pack_request(exchange->request, request);
        struct rpc_context *context = rpc_context_create(exchange->schemas, NULL);
        assert_non_null(context);
        assert_true(rpc_context_load(context));
        good.sent = false;
        assert_int_equal(handler(exchange->name)(context, &good, request, size), GRPC_OK);
        assert_int_equal(diagnostics_of(exchange, &good), 0);
        bool enough = false;
        for (long left = 0; !enough && left < ALLOCATION_LIMIT; left++) {
            call.sent = false;
            allocations_left = left;
            enum grpc_status status = handler(exchange->name)(context, &call, request, size);
            enough = allocations_left > 0;
            allocations_left = -1;
            if (status != GRPC_OK)
                assert_int_equal(status, GRPC_RESOURCE_EXHAUSTED);
            else if (!diagnostics_of(exchange, &call)) {
                assert_int_equal(call.size, good.size);
                assert_memory_equal(call.reply, good.reply, good.size);
            }
            if (status == GRPC_OK)
                assert_state_kept(exchange, &call);
        }
        assert_true(enough);
        rpc_context_destroy(context);
    }
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    try_every_allocation(false);
}

static void every_single_allocation_may_fail(void **state)
{
    (void)state;
    try_every_allocation(true);
}

static void loading_may_fail(void **state)
{
    (void)state;
    once = false;
    bool loaded = false;
    for (long left = 0; !loaded && left < ALLOCATION_LIMIT; left++) {
        struct rpc_context *context = rpc_context_create(SCHEMAS, NULL);
        assert_non_null(context);
        allocations_left = left;
        loaded = rpc_context_load(context);
        allocations_left = -1;
        rpc_context_destroy(context);
    }
    assert_true(loaded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(every_single_allocation_may_fail),
        cmocka_unit_test(loading_may_fail),
    };
    return cmocka_run_group_tests_name("no_memory", tests, NULL, NULL);
}
