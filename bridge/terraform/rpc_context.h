/* SPDX-License-Identifier: Apache-2.0
 *
 * rpc_context.h - what all calls share.
 */
#ifndef BRIDGE_TERRAFORM_RPC_CONTEXT_H
#define BRIDGE_TERRAFORM_RPC_CONTEXT_H

#include "rpc.h"

#include <pthread.h>

struct rpc_context {
    char *directory;
    const struct provider_log *log; /* or NULL */
    pthread_mutex_t lock;           /* of the three below; once loaded they do not change */
    bool loaded;
    struct provider *provider; /* NULL where the schemas are wrong: see diags */
    struct diagnostics diags;
};

/* The provider, loaded now where it was not; NULL where the schemas are wrong. */
struct provider *rpc_context_provider(struct rpc_context *context);

#endif
