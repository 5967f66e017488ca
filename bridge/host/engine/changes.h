/* SPDX-License-Identifier: Apache-2.0
 *
 * changes.h - what a plan came to: the changes of instances and outputs, in memory and as a saved plan
 * (-out). A saved plan is a JSON document of mode 0600 that holds the configuration's texts, the variables
 * that are not sensitive, the lineage and serial that it was made for, and the changes.
 */
#ifndef HOST_CHANGES_H
#define HOST_CHANGES_H

#include "../language/address.h"
#include "../language/config.h"
#include "../language/variable.h"
#include "../state/state.h"

enum action {
    ACTION_NONE,
    ACTION_CREATE,
    ACTION_READ, /* a data source, at apply */
    ACTION_UPDATE,
    ACTION_DELETE_THEN_CREATE,
    ACTION_CREATE_THEN_DELETE,
    ACTION_DELETE,
    ACTION_FORGET, /* leaves the state, and is not deleted */
};

/* Why, where it is not plain from the action. Spelled in JSON as Terraform's action_reason. */
enum reason {
    REASON_NONE,
    REASON_TAINTED,             /* replace_because_tainted */
    REASON_REQUESTED,           /* replace_by_request */
    REASON_CANNOT_UPDATE,       /* replace_because_cannot_update */
    REASON_NO_CONFIG,           /* delete_because_no_resource_config */
    REASON_WRONG_REPETITION,    /* delete_because_wrong_repetition */
    REASON_COUNT_INDEX,         /* delete_because_count_index */
    REASON_EACH_KEY,            /* delete_because_each_key */
    REASON_NO_MOVE_TARGET,      /* delete_because_no_move_target */
    REASON_READ_CONFIG_UNKNOWN, /* read_because_config_unknown */
    REASON_READ_DEPENDENCY,     /* read_because_dependency_pending */
};

struct change {
    struct address address;
    char *deposed;              /* of a deposed object that is to be deleted, or NULL */
    struct address *moved_from; /* or NULL */
    char *import_id;            /* of an import block, or NULL */
    char *provider_alias;       /* or NULL */
    enum action action;
    enum reason reason;
    struct typed before, after; /* value NULL where there is none */
    size_t replace_count;
    char **replace_paths; /* JSON pointers of what forces the replacement */
    char *private_text;   /* for the apply, or NULL */
};

struct output_change {
    char *name;
    enum action action; /* none, create, update or delete */
    struct typed before, after;
    bool sensitive;
};

enum plan_mode { PLAN_NORMAL, PLAN_DESTROY, PLAN_REFRESH_ONLY };

struct changes {
    enum plan_mode mode;
    size_t count, drift_count, output_count;
    struct change *items; /* in the order of address_compare(), those of ACTION_NONE included only where they
                           * are imported or moved */
    struct change *drift; /* before: as saved, after: as read */
    struct output_change *outputs;               /* by name */
    bool targeted;                               /* -target was given */
    bool errored;                                /* planning failed in part: to be shown, not to be applied */
    size_t add, change, destroy, import, forget; /* for the summary line */
};

/* Whether applying would do anything (a moved or imported object, a changed output and, in refresh-only mode,
 * drift count). */
bool changes_any(const struct changes *changes);

/* Adds a change to the counts of the summary line. */
void change_count(struct changes *changes, const struct change *change);

void changes_destroy(struct changes *changes);

/* "create", "no-op", … as Terraform's JSON has it: an array for show -json, one word for the UI's lines. */
const char *action_name(enum action action);
const char *reason_name(enum reason reason); /* NULL for REASON_NONE */

/* Writes a plan to a file (0600, whole or not at all) and reads it back. `options` is JSON that the engine
 * wants back (targets and the like; may be NULL). `state` is the refreshed state that the plan goes on from.
 * `input`: see variables_restore(). False after an error. */
struct saved_plan {
    char *lineage;
    uint64_t serial;
    struct config *config;
    struct variables *variables;
    struct state *state;
    struct json_object *options;
    struct changes *changes;
    struct json_object *backend; /* the backend's type and settings without secrets */
};
bool saved_plan_write(const char *path, const struct saved_plan *plan, const struct schema_set *schemas,
                      struct diagnostics *diags);
bool saved_plan_read(const char *path, const char *directory, const struct schema_set *schemas,
                     const struct variable_input *input, struct saved_plan *plan, struct diagnostics *diags);
void saved_plan_clear(struct saved_plan *plan);

/* Whether a file looks like a saved plan of ours (show and apply take either). */
bool saved_plan_is(const char *path);

#endif
