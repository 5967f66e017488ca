/* SPDX-License-Identifier: Apache-2.0
 *
 * engine.h - plan and apply: the graph of a configuration and a state, walked with the provider. It decides
 * what happens in which order; what things look like is the user interface's (see events below), where the
 * state is kept the backend's.
 *
 * One thread, the caller's, does all but the calls into the provider: those run on `parallelism` worker
 * threads, each with copies of its own, because a tree belongs to one thread. So nothing here needs a lock
 * but the queues.
 */
#ifndef HOST_ENGINE_H
#define HOST_ENGINE_H

#include "../../provider.h"
#include "../language/config.h"
#include "../state/backend.h"
#include "../state/state.h"
#include "changes.h"

enum event_kind {
    EVENT_REFRESH_START,
    EVENT_REFRESH_DONE,
    EVENT_READ_START, /* a data source */
    EVENT_READ_DONE,
    EVENT_APPLY_START,
    EVENT_APPLY_PROGRESS, /* every ten seconds */
    EVENT_APPLY_DONE,
    EVENT_APPLY_FAILED,
    EVENT_IMPORT_START, /* of an import: the apply of an import block, or the command; `id` is the import ID
                         */
    EVENT_IMPORT_DONE,
    EVENT_IMPORT_PREPARE, /* when planning an import block; a refresh follows */
    EVENT_STOPPING,       /* the first interrupt was seen; running calls are being cancelled */
};

struct event {
    enum event_kind kind;
    const struct address *address; /* or NULL */
    const char *deposed;
    enum action action; /* of apply events: create, update, delete (a replacement is two), read */
    const char *id_key; /* "id", where the object has one that is known; else NULL */
    const char *id_value;
    unsigned elapsed; /* seconds since the start */
};

/* Called on the engine's thread. */
struct listener {
    void (*event)(struct listener *listener, const struct event *event);
};

struct engine_options {
    enum plan_mode mode;
    bool refresh; /* -refresh=false clears it */
    unsigned parallelism;
    size_t target_count, replace_count;
    const struct address *targets, *replaces; /* with or without keys */
};

struct engine;

/* All that is given must outlive the engine; `state` is changed by it. `schemas` are those that the
 * configuration was read with; no two engines that live at a time may share them. `stop_fd` becomes readable
 * when the user wants to stop (a signalfd that the engine only polls, or -1): running calls are cancelled,
 * nothing new starts, what was done is in the state. */
struct engine *engine_create(const struct config *config, const struct variables *variables,
                             struct schema_set *schemas, struct state *state, struct backend *backend,
                             const struct engine_options *options, struct listener *listener,
                             const struct provider_log *log, int stop_fd, struct diagnostics *diags);
void engine_destroy(struct engine *engine);

/* Checks everything that can be checked without state, session or values of variables. */
bool engine_validate(struct engine *engine, struct diagnostics *diags);

/* Refreshes the state in memory and plans. NULL where nothing could be planned at all; with errors, what
 * could be planned has ->errored set. */
struct changes *engine_plan(struct engine *engine, struct diagnostics *diags);

/* Carries a plan out, on a state that has not moved on since; records and saves through the backend. Lets go
 * of what its changes are from and to (`before`, `after`) on the way, so that objects are not held twice.
 * False after an error; what was done is saved either way. The result's counts go to *added, *changed,
 * *destroyed.
 */
struct apply_result {
    size_t added, changed, destroyed, imported, forgotten;
    bool stopped;
};
bool engine_apply(struct engine *engine, struct changes *changes, struct apply_result *result,
                  struct diagnostics *diags);

/* import ADDRESS ID: reads the object into the state and saves. */
bool engine_import(struct engine *engine, const struct address *address, const char *id,
                   struct diagnostics *diags);

#endif
