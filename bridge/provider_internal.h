/* SPDX-License-Identifier: Apache-2.0
 *
 * provider_internal.h - what the files that implement provider.h share: the provider itself, and
 * the one way in which they call the plugin.
 */
#ifndef BRIDGE_PROVIDER_INTERNAL_H
#define BRIDGE_PROVIDER_INTERNAL_H

#include "call.h"
#include "process.h"
#include "provider.h"

#include <pthread.h>
#include <stdatomic.h>

enum configured { CONFIGURED_NOT, CONFIGURED_UNKNOWN, CONFIGURED };

struct active_call {
    const struct diagnostics *diags;  /* the caller's: what provider_cancel() goes by */
    const struct call_report *report; /* the plugin's: what its `cancel` goes by */
    struct active_call *next;
};

struct provider {
    struct schema_set *schemas, *own_schemas; /* the latter NULL where they are another's */
    struct provider_log log;                  /* what is given to plugins where the host gave none */
    const struct provider_log *sink;
    struct process_owner owner; /* of the locks, and of the calls under way */
    pthread_mutex_t load_lock;
    atomic_bool loaded;
    pthread_rwlock_t session_lock; /* held for reading by every call that uses the session */
    void *session;
    atomic_int configured; /* enum configured */
    pthread_mutex_t active_lock;
    pthread_cond_t active_ended;
    struct active_call *active;
    atomic_bool stopping;
};

/* Calls a callback with the frame's arguments, the provider's session and log filled in. The library is
 * loaded when it was not. An error was added where the outcome is CALL_FAILED or CALL_INVALID. */
enum call_outcome provider_call(struct provider *provider, const struct schema_callback *callback,
                                struct call_frame *frame, struct diagnostics *diags);

/* Likewise for a step whose diagnostics are not its caller's: provider_cancel() goes by `caller`. */
enum call_outcome provider_call_for(struct provider *provider, const struct schema_callback *callback,
                                    struct call_frame *frame, struct diagnostics *diags,
                                    const struct diagnostics *caller);

/* A resource's schema, or NULL after an error. */
const struct schema *provider_resource(const struct provider *provider, const char *type,
                                       struct diagnostics *diags);

/* Whether a callback that uses the session can be called: false while the provider's settings are unknown. */
bool provider_can_call(const struct provider *provider, const struct schema_callback *callback);

/* Sets a member to another reference of `value`. False without memory, with an error added. */
bool provider_share(struct json_object *object, const char *name, struct json_object *value,
                    struct diagnostics *diags);

/* Moves the outputs of a call into an object. What is the same stays as it was: a number longer than a double
 * keeps its digits. False without memory, with an error added. */
bool provider_merge(const struct schema *schema, struct json_object *object, struct json_object *outputs,
                    struct diagnostics *diags);

/* The member of an object, NULL where there is none. */
struct json_object *provider_member(const struct json_object *object, const char *name);

#endif
