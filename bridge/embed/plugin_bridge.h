/* SPDX-License-Identifier: Apache-2.0
 *
 * plugin_bridge.h - the whole public interface of libplugin_bridge.so: a schemas directory and the plugin
 * behind it, driven from any language that can call C. Everything goes in and comes out as JSON text.
 *
 * A call is one request and one answer:
 *
 *   {"operation": "create", "type": "widget", "config": {"name": "n"}}
 *   {"ok": true, "status": 0, "invalid": false, "diagnostics": [], "state": {"name": "n", "id": "1"}}
 *
 * The operations, what they take beside "operation", and what they answer beside "ok", "status", "invalid"
 * and "diagnostics":
 *
 *   operation  takes                               answers
 *
 *   configure  config                              opens the session with the provider's settings
 *
 *   validate   kind, name, config                  kind: provider, resource, data-source or function
 *
 *   create     type, config                        state: planned and applied in one; also after a failure
 *                                                  that left something behind
 *
 *   read       type, state                         state, null when the object is gone
 *
 *   update     type, state, config                 state; and "replace", with an error, where that would need
 *                                                  a new object
 *
 *   delete     type, state                         state: null, or what is left after a failure
 *
 *   import     type, id (or identity)              state: found and read; an error when it is not there
 *
 *   list       type                                states: an array
 *
 *   plan       type, prior, config, private        action (none, create, update, replace or destroy),
 *                                                  planned, private, replace (names of attributes)
 *
 *   apply      type, prior, planned, private       state
 *
 *   read_data  type, config                        state
 *
 *   call       name, arguments (an array)          result
 *
 *   identity   type, state                         identity, null when it is not known
 *
 *   upgrade    type, version, state                state
 *
 *   move       type, source_provider,              state
 *              source_type, state
 *
 * A `state` that goes in need not name every attribute. A value that is known only after apply is
 * {"$unknown": true}. A diagnostic is {"severity": "error" or "warning", "summary", "detail", "attribute": a
 * JSON pointer or null}. "status" is what a failing callback returned, 0 when none did: the plugin's header
 * says what it means. 1 is the same everywhere: what must exist does not. "invalid" is true where the request
 * itself was at fault: it breaks the schema, say.
 *
 * Threads: calls may run at once, on any number of threads; while plugin_bridge_close() runs, none may. After
 * fork() the child may go on with what was open, if the plugin can. Text that is handed out is released with
 * plugin_bridge_free(). Logs are called on the thread that made the call, and for plugin_bridge_begin() on
 * one of the library's own.
 */
#ifndef PLUGIN_BRIDGE_H
#define PLUGIN_BRIDGE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

#define PLUGIN_BRIDGE_ABI_VERSION 1

typedef struct plugin_bridge plugin_bridge;

/* Receives log lines: `level` is 1 error, 2 warn, 3 info, 4 debug, 5 trace; `fields` a JSON object in text,
 * or NULL. Borrowed strings. */
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

/* A call on a thread of the library's own, for callers whose thread must stay free: a scripting runtime runs
 * its signal handlers (Ctrl-C) on the main thread, and only between two steps of the script. */
typedef struct plugin_bridge_job plugin_bridge_job;

/* Begins a call, and returns at once. 1: *job is set to it. 0 where no thread or memory can be had. The
 * request is copied. */
int plugin_bridge_begin(plugin_bridge *bridge, const char *request, uint64_t id, plugin_bridge_job **job);

/* Waits for the call, at most so many milliseconds, and returns early when a signal handler ran on this
 * thread. 1 when it has ended: *answer is set then, the job released and *job set to NULL. 0 when it has
 * not. What is handed out goes through pointers so that an exception right after the call loses nothing. */
int plugin_bridge_wait(plugin_bridge_job **job, int milliseconds, char **answer);

/* Cancels the calls under way that were given this id, from another thread; 0 cancels all. What is only just
 * beginning, or ending, may go on: who waits for the end repeats it. */
void plugin_bridge_cancel(plugin_bridge *bridge, uint64_t id);

/* Closes the session. No call may be under way. NULL does nothing. */
void plugin_bridge_close(plugin_bridge *bridge);

/* Releases an answer. NULL does nothing. */
void plugin_bridge_free(char *answer);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif
#endif
