/* SPDX-License-Identifier: Apache-2.0
 *
 * rpc.h - the service tfplugin6.Provider for a gRPC server: each RPC translates its request,
 * calls provider.h, and translates back. Leaves sockets, processes and logs to the program.
 */
#ifndef BRIDGE_TERRAFORM_RPC_H
#define BRIDGE_TERRAFORM_RPC_H

#include "../provider.h"
#include "grpc.h"

struct rpc_context;

/* What the handlers work on: their `context`. Reads nothing yet. `log` may be NULL, else must outlive it.
 * NULL without memory. */
struct rpc_context *rpc_context_create(const char *schemas_directory, const struct provider_log *log);

/* Reads the schemas, where that has not been done; the first RPC does it otherwise. Any thread may call it,
 * early, while the client is still connecting. False where they are wrong: every RPC then answers with what
 * was found, and so it reaches the user. */
bool rpc_context_load(struct rpc_context *context);

/* The provider's address, "NAMESPACE/TYPE", loading the schemas; NULL where they are wrong. Borrowed. */
const char *rpc_context_address(struct rpc_context *context);

/* Cancels every call under way, and refuses later ones: the host is going. */
void rpc_context_stop(struct rpc_context *context);

/* Closes the provider. No call may be under way. NULL does nothing. */
void rpc_context_destroy(struct rpc_context *context);

/* The methods that are served. Any other is unimplemented. */
const struct grpc_method *rpc_methods(size_t *count);

#endif
