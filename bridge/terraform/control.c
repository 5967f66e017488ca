/* SPDX-License-Identifier: Apache-2.0
 *
 * control.c - plugin.GRPCController and grpc.health.v1.Health. plugin.GRPCStdio is left unimplemented, which
 * hosts take well: standard output belongs to the handshake, standard error to the log.
 */
#include "control.h"

#include <stdlib.h>
#include <string.h>

#include "grpc_server.h"
#include "health.pb-c.h"
#include "plugin.pb-c.h"

static enum grpc_status reply_with(struct grpc_call *call, const ProtobufCMessage *message)
{
    uint8_t *buffer = grpc_reply_buffer(call, protobuf_c_message_get_packed_size(message));
    if (!buffer)
        return GRPC_RESOURCE_EXHAUSTED;
    protobuf_c_message_pack(message, buffer);
    return grpc_reply_send(call) ? GRPC_OK : GRPC_CANCELLED;
}

static enum grpc_status serve_shutdown(void *context, struct grpc_call *call, const uint8_t *message,
                                       size_t size)
{
    Plugin__Empty reply = PLUGIN__EMPTY__INIT;
    (void)context, (void)message, (void)size;
    grpc_call_stop_server(call);
    return reply_with(call, &reply.base);
}

static enum grpc_status serve_health(void *context, struct grpc_call *call, const uint8_t *message,
                                     size_t size)
{
    Grpc__Health__V1__HealthCheckResponse reply = GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__INIT;
    (void)context;
    Grpc__Health__V1__HealthCheckRequest *request =
        grpc__health__v1__health_check_request__unpack(NULL, size, message);
    if (!request) {
        grpc_call_error(call, "malformed health check request");
        return GRPC_INTERNAL;
    }
    bool known = !*request->service || !strcmp(request->service, "plugin");
    grpc__health__v1__health_check_request__free_unpacked(request, NULL);
    if (!known) {
        grpc_call_error(call, "unknown service");
        return GRPC_NOT_FOUND;
    }
    reply.status = GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING;
    return reply_with(call, &reply.base);
}

const struct grpc_method *control_methods(size_t *count)
{
    static const struct grpc_method methods[] = {
        {"/plugin.GRPCController/Shutdown", serve_shutdown},
        {"/grpc.health.v1.Health/Check", serve_health},
    };
    *count = sizeof(methods) / sizeof(*methods);
    return methods;
}
