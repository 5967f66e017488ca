/* SPDX-License-Identifier: Apache-2.0
 *
 * grpc.h - a gRPC server over nghttp2: enough for a Terraform provider, and nothing that knows of one.
 * The connection is driven by one I/O thread; each call runs on a thread of its own, so
 * that any number of them may block, and a later one may overtake them.
 *
 * Facts about the wire: gRPC's PROTOCOL-HTTP2 description, and RFC 9113.
 */
#ifndef BRIDGE_TERRAFORM_GRPC_H
#define BRIDGE_TERRAFORM_GRPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* grpc-status values that are used here. */
enum grpc_status {
    GRPC_OK = 0,
    GRPC_CANCELLED = 1,
    GRPC_INVALID_ARGUMENT = 3,
    GRPC_DEADLINE_EXCEEDED = 4,
    GRPC_NOT_FOUND = 5,
    GRPC_RESOURCE_EXHAUSTED = 8,
    GRPC_UNIMPLEMENTED = 12,
    GRPC_INTERNAL = 13,
    GRPC_UNAVAILABLE = 14,
};

struct grpc_call;

/* Serves one call on a thread of its own. `message` is the request, borrowed. Answers with
 * grpc_reply_buffer() and grpc_reply_send() - once for a unary call, any number of times for a
 * stream - and returns the status; with anything but GRPC_OK it may have set grpc_call_error(). */
typedef enum grpc_status (*grpc_handler)(void *context, struct grpc_call *call, const uint8_t *message,
                                         size_t size);

struct grpc_method {
    const char *path; /* "/tfplugin6.Provider/ReadResource" */
    grpc_handler handler;
};

/* Space for a reply message of `size` bytes, NULL without memory. Valid until the next call of this or
 * grpc_reply_send(). */
uint8_t *grpc_reply_buffer(struct grpc_call *call, size_t size);

/* Queues what is in the buffer. False when the call was cancelled or its connection is gone. */
bool grpc_reply_send(struct grpc_call *call);

/* The text for grpc-message; copied. */
void grpc_call_error(struct grpc_call *call, const char *message);

/* Has `cancel(argument)` called, once at most and on another thread, when the client resets the call, its
 * deadline passes, or its connection breaks; at once if that has happened. cancel NULL takes it back, and
 * returns only when no such call is running. */
void grpc_call_on_cancel(struct grpc_call *call, void (*cancel)(void *argument), void *argument);

#endif
