/* SPDX-License-Identifier: Apache-2.0
 *
 * grpc_server.h - the server that calls of grpc.h arrive at: it accepts connections on a listening
 * socket, with or without TLS, and runs until it is told to stop. Where the socket, the
 * certificate and the methods come from is its caller's business.
 */
#ifndef BRIDGE_TERRAFORM_GRPC_SERVER_H
#define BRIDGE_TERRAFORM_GRPC_SERVER_H

#include "grpc.h"

struct grpc_server;
struct provider_log;
struct ssl_ctx_st;

/* Methods that share a context, which their handlers get. */
struct grpc_service {
    const struct grpc_method *methods;
    size_t count;
    void *context;
};

/* Everything that is pointed to must outlive the server. */
struct grpc_server_options {
    int listener;           /* a listening stream socket, not blocking; stays the caller's */
    struct ssl_ctx_st *tls; /* NULL: HTTP/2 in plain text */
    const struct grpc_service *services;
    size_t service_count;
    const int *stop_fds; /* the server stops when one of these is readable: signals, the parent's end */
    size_t stop_fd_count;
    const struct provider_log *log;
};

/* NULL when a descriptor or memory is missing (errno). */
struct grpc_server *grpc_server_create(const struct grpc_server_options *options);

/* Serves on the calling thread until it is stopped. Calls that are still under way then are cancelled and
 * given a second to end; true when all have, so that what they use may be freed. */
bool grpc_server_run(struct grpc_server *server);

/* After grpc_server_run() has returned true, or was never called. NULL does nothing. */
void grpc_server_destroy(struct grpc_server *server);

/* Has the server stop as soon as this call's answer has left. For handlers. */
void grpc_call_stop_server(struct grpc_call *call);

#endif
