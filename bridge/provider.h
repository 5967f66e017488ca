/* SPDX-License-Identifier: Apache-2.0
 *
 * provider.h - the one interface that every front end uses: a schemas directory, and the
 * plugin behind it, as a provider of resources, data sources and functions. Values are
 * trees of value.h; diagnostics carry JSON pointers. A front end translates, calls one of
 * these, and translates back.
 *
 * Threads: every function may be called by any number of threads at once, each with trees
 * and diagnostics of its own. After fork() the child may go on with a provider, if its plugin can.
 */
#ifndef BRIDGE_PROVIDER_H
#define BRIDGE_PROVIDER_H

#include "diagnostic.h"
#include "schema.h"
#include "value.h"

struct provider;

enum log_level { LOG_NONE, LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG, LOG_TRACE };

/* Where log lines go. A plugin's `$log` is this struct: the function comes first.
 * fields: a JSON object in text, or NULL. Called on any thread. */
struct provider_log {
    void (*write)(const struct provider_log *log, int level, const char *message, const char *fields);
    int level; /* the most verbose level that is wanted */
};

/* Reads the schemas. Does not load the plugin's library: that waits until something needs it.
 * `log` may be NULL, else must outlive the provider. NULL after an error. */
struct provider *provider_create(const char *schemas_directory, const struct provider_log *log,
                                 struct diagnostics *diags);

/* Likewise with schemas that were read already, which must outlive it. They take in where the library's
 * functions lie: no two providers that live at a time may be given the same ones. */
struct provider *provider_create_with(struct schema_set *schemas, const struct provider_log *log,
                                      struct diagnostics *diags);

/* Closes the session. No call may be under way. NULL does nothing. */
void provider_destroy(struct provider *provider);

const struct schema_set *provider_schemas(const struct provider *provider);

/* Loads and binds the plugin's library now. Later calls do nothing. False after an error. */
bool provider_load(struct provider *provider, struct diagnostics *diags);

/* Checks a configuration against its schema alone. False after an error. */
bool provider_validate(struct provider *provider, enum schema_kind kind, const char *name,
                       struct json_object *config, struct diagnostics *diags);

/* Opens the session with the provider's settings, closing an earlier one. Where a setting is unknown, the
 * provider stays unconfigured: plans go on, reads keep what they were given, and warn. */
bool provider_configure(struct provider *provider, struct json_object *config, struct diagnostics *diags);

/* Reads a resource. *state (in: what is known, owned by the caller; out: replaced by what is there
 * now, NULL when it is gone). On an error it is left as it was. */
bool provider_read(struct provider *provider, const char *type, struct json_object **state,
                   struct diagnostics *diags);

enum operation { OPERATION_NONE, OPERATION_CREATE, OPERATION_UPDATE, OPERATION_REPLACE, OPERATION_DESTROY };

/* "none", "create", "update", "replace" or "destroy". */
const char *operation_name(enum operation operation);

/* What a plan came to. Start it zeroed, end with plan_clear(). */
struct plan {
    enum operation operation;
    struct json_object *planned; /* NULL for destroy */
    size_t replace_count;
    const struct schema_attribute **replace; /* attributes that force a replacement; the array is owned */
    char *private_text;                      /* for the apply, or NULL */
};
void plan_clear(struct plan *plan);

/* Plans one resource. prior: NULL when it does not exist; config: NULL to destroy it;
 * earlier_private: NULL, or an earlier plan's private_text. */
bool provider_plan(struct provider *provider, const char *type, struct json_object *prior,
                   struct json_object *config, const char *earlier_private, struct plan *plan,
                   struct diagnostics *diags);

/* Carries a plan out: creates (prior NULL), updates, or deletes (planned NULL). *state receives what is to be
 * saved, also after an error: NULL when nothing exists. For a failed create that set the whole identity it is
 * the object, which the host keeps as tainted; likewise for one that succeeded and handed out what it may
 * not. After a failed update or delete it is the prior state, another reference to that tree. */
bool provider_apply(struct provider *provider, const char *type, struct json_object *prior,
                    struct json_object *planned, const char *private_text, struct json_object **state,
                    struct diagnostics *diags);

/* Makes the state that an import ID stands for: what its template names, and defaults. The host reads it
 * next. */
bool provider_import(struct provider *provider, const char *type, const char *id, struct json_object **state,
                     struct diagnostics *diags);

/* Likewise from an identity object. */
bool provider_import_identity(struct provider *provider, const char *type, struct json_object *identity,
                              struct json_object **state, struct diagnostics *diags);

/* The import ID that the shortest template makes of a state, newly allocated; NULL where a part is missing.
 */
char *provider_import_id(const struct schema *schema, const struct json_object *state);

/* The identity object of a state, NULL where the type has none, or where not all of it is known. A new tree.
 */
struct json_object *provider_identity(struct provider *provider, const char *type, struct json_object *state);

/* Whether an identity attribute is required to import by identity (it stands in the shortest template). */
bool provider_identity_required(const struct schema *schema, const struct schema_attribute *attribute);

/* Makes the state of a type from another provider's. source_provider is a full address
 * ("HOST/NAMESPACE/TYPE"); source is that state's JSON object. */
bool provider_move(struct provider *provider, const char *source_provider, const char *source_type,
                   struct json_object *source, const char *type, struct json_object **state,
                   struct diagnostics *diags);

/* Brings a saved state to the schema's version and shape: attributes that the schema does not have are
 * dropped, new ones take their default. */
bool provider_upgrade(struct provider *provider, const char *type, int64_t version, struct json_object *saved,
                      struct json_object **state, struct diagnostics *diags);

/* Reads a data source. Where the configuration or the provider's is not known yet, outputs are unknown. */
bool provider_read_data(struct provider *provider, const char *type, struct json_object *config,
                        struct json_object **state, struct diagnostics *diags);

/* Calls a function with `count` arguments in the order of its parameters. An error whose attribute is
 * "/NAME" concerns that parameter. A result that depends on unknowns is unknown. */
bool provider_call_function(struct provider *provider, const char *name, struct json_object *const *arguments,
                            size_t count, struct json_object **result, struct diagnostics *diags);

/* A function's parameters: its attributes that are not read-only, in the order of the file. */
size_t schema_parameters(const struct schema *function, const struct schema_attribute **parameters,
                         size_t capacity);

/* A function's result: its one read-only attribute. */
const struct schema_attribute *schema_result(const struct schema *function);

/* All objects of a type: a JSON array of states. */
bool provider_list(struct provider *provider, const char *type, struct json_object **array,
                   struct diagnostics *diags);

/* Cancels every call under way, and refuses later ones with an error: the host is stopping. */
void provider_stop(struct provider *provider);

/* Cancels the calls that use these diagnostics (compared by address), from another thread. */
void provider_cancel(struct provider *provider, const struct diagnostics *diags);

#endif
