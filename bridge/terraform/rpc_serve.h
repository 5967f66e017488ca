/* SPDX-License-Identifier: Apache-2.0
 *
 * rpc_serve.h - the harness that every RPC runs in. It unpacks the request, makes an empty reply, has the
 * RPC fill it in, adds the diagnostics, packs, sends, logs, and frees all there was. What
 * is left of an RPC is what makes it different from the others.
 */
#ifndef BRIDGE_TERRAFORM_RPC_SERVE_H
#define BRIDGE_TERRAFORM_RPC_SERVE_H

#include "dynamic_value.h"
#include "message.h"
#include "rpc.h"

/* One call under way. */
struct rpc {
    struct rpc_context *context;
    struct grpc_call *call;
    struct provider *provider; /* never NULL in `run` */
    struct arena arena;
    struct diagnostics diags;
    const char *subject;                /* resource type, data source or function; for the log; or NULL */
    const struct schema_object *object; /* what the diagnostics' pointers lead into; or NULL */
};

struct rpc_operation {
    const char *name; /* "ReadResource" */
    const ProtobufCMessageDescriptor *request, *reply;
    /* Fills the reply in, and adds to rpc->diags. */
    void (*run)(struct rpc *rpc, const void *request, void *reply);
    /* Puts diagnostics into a reply that has no list of them; NULL where it has one. */
    void (*put_diagnostics)(struct rpc *rpc, void *reply);
    /* A stream: `run` sends messages by itself, and the reply only where diagnostics are left. */
    bool stream;
    /* Runs even where the schemas are wrong, with rpc->provider NULL. */
    bool without_provider;
};

/* Serves a call: a grpc_handler, but for the operation. */
enum grpc_status rpc_serve(const struct rpc_operation *operation, void *context, struct grpc_call *call,
                           const uint8_t *message, size_t size);

/* Packs a message and sends it. */
bool rpc_send(struct rpc *rpc, const void *message);

/* The schema of a kind and name, and the diagnostics' object from now on; NULL after an error. */
const struct schema *rpc_schema(struct rpc *rpc, enum schema_kind kind, const char *name);

/* Reads a value of a schema's whole object. The tree is freed with the call. False after an error; an absent
 * one reads as null. */
bool rpc_read(struct rpc *rpc, const Tfplugin6__DynamicValue *message, const struct schema_object *object,
              struct json_object **value);

/* Reads a value of any type, which stands at a JSON pointer. */
bool rpc_read_type(struct rpc *rpc, const Tfplugin6__DynamicValue *message, const struct schema_type *type,
                   const char *pointer, struct json_object **value);

/* Reads the JSON text of a saved state or identity; *value is NULL for null. */
bool rpc_read_raw(struct rpc *rpc, const Tfplugin6__RawState *message, struct json_object **value);

/* Writes a value likewise; NULL after an error. */
Tfplugin6__DynamicValue *rpc_write(struct rpc *rpc, struct json_object *value,
                                   const struct schema_object *object);
Tfplugin6__DynamicValue *rpc_write_type(struct rpc *rpc, struct json_object *value,
                                        const struct schema_type *type);

/* Frees a tree with the call. False without memory, with an error added. */
bool rpc_keep(struct rpc *rpc, struct json_object *value);

/* The attributes of a resource's identity as an object of their own; NULL without memory. */
const struct schema_object *rpc_identity_object(struct rpc *rpc, const struct schema *schema);

/* The identity of a state; NULL where the type has none, or a part of it is not known or null. */
Tfplugin6__ResourceIdentityData *rpc_identity(struct rpc *rpc, const struct schema *schema,
                                              struct json_object *state);

#endif
