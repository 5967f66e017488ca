/* SPDX-License-Identifier: Apache-2.0
 *
 * plugin_bridge.h - the whole public interface of libplugin_bridge.so: a schemas directory and the plugin
 * behind it, driven from any language that can call C. Everything goes in and comes out as JSON text.
 *
 * A call is one request and one answer:
 *
 *   {"operation": "create", "type": "widget", "config": {"name": "n"}}
 *   {"ok": true, "status": 0, "diagnostics": [], "state": {"name": "n", "id": "1"}}
 *
 * The operations, what they take beside "operation", and what they answer beside "ok", "status" and
 * "diagnostics":
 *
 *   configure   config                          the provider's settings; opens the session
 *   validate    kind, name, config              kind: provider, resource, data-source or function
 *   create      type, config                    state: plans and applies in one; also after a failure that
 *                                               left something behind
 *   read        type, state                     state, null when the object is gone
 *   delete      type, state                     state: null, or what is left after a failure
 *   update      type, state, config             state, and "replace" when that would need a new object
 *                                               (which is an error here)
 *   import      type, id (or identity)          state: found by its ID and read; an error when it is not
 * there list        type                            states: an array plan        type, prior, config, private
 * action (none, create, update, replace, destroy), planned, private, replace (names of attributes) apply
 * type, prior, planned, private   state read_data   type, config                    state call        name,
 * arguments                 result identity    type, state                     identity, null when it is not
 * known upgrade     type, version, state            state move        type, source_provider, source_type,
 * state      state
 *
 * A value that is known only after apply is {"$unknown": true}. A diagnostic is {"severity": "error" or
 * "warning", "summary", "detail", "attribute": a JSON pointer or null}. "status" is what a failing callback
 * returned, 0 when none did: the plugin's header says what it means.
 *
 * Threads: calls may run at once, on any number of threads. Text that is handed out is released with
 * plugin_bridge_free().
 */
#ifndef PLUGIN_BRIDGE_H
#define PLUGIN_BRIDGE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PLUGIN_BRIDGE_ABI_VERSION 1

typedef struct plugin_bridge plugin_bridge;

/* Receives log lines: `level` is 1 error, 2 warn, 3 info, 4 debug, 5 trace; `fields` a JSON object in text,
 * or NULL. Called on the thread that made the call; borrowed strings. */
typedef void (*plugin_bridge_log)(void *context, int level, const char *message, const char *fields);

/* PLUGIN_BRIDGE_ABI_VERSION of the library that was loaded. */
uint32_t plugin_bridge_abi_version(void);

/* Reads the schemas and loads and binds the plugin. log: may be NULL; log_level: the most verbose level that
 * is wanted. *answer receives {"ok", "diagnostics"} as text, NULL without memory. NULL after an error. */
plugin_bridge *plugin_bridge_open(const char *schemas_directory, plugin_bridge_log log, void *log_context,
                                  int log_level, char **answer);

/* Carries one request out; `id` is the caller's own number for plugin_bridge_cancel(), 0 for none. Returns
 * the answer; NULL without memory. */
char *plugin_bridge_call(plugin_bridge *bridge, const char *request, uint64_t id);

/* Cancels the call under way that was given this id, from another thread; 0 cancels all under way. */
void plugin_bridge_cancel(plugin_bridge *bridge, uint64_t id);

/* Closes the session. No call may be under way. NULL does nothing. */
void plugin_bridge_close(plugin_bridge *bridge);

/* Releases an answer. NULL does nothing. */
void plugin_bridge_free(char *answer);

#ifdef __cplusplus
}
#endif
#endif
