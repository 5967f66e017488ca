/* SPDX-License-Identifier: Apache-2.0
 *
 * plan_internal.h - the call that plans one object, shared by the parts of planning: what a worker is given,
 * and what it found.
 */
#ifndef HOST_PLAN_INTERNAL_H
#define HOST_PLAN_INTERNAL_H

#include "engine_internal.h"

struct plan_call {
    struct call call;
    struct instance *instance;
    const struct schema *schema;
    const struct config_resource *config; /* for ignore_changes; NULL to delete, or only to read */

    /* given */
    struct json_object *saved; /* as the state has it; NULL: nothing */
    int64_t version;
    struct json_object *body; /* the configuration; NULL: to be deleted, or only read */
    bool read;                /* refresh */
    bool plan;                /* not in refresh-only mode */
    bool tainted;
    bool renew;            /* replace it whatever else (-replace) */
    const char *import_id; /* or NULL */
    struct json_object *identity;

    /* found */
    bool ok;
    struct json_object *upgraded; /* `saved` in the schema's version */
    struct json_object *prior;    /* as read */
    bool drifted;                 /* prior is not what was saved */
    struct plan planned;
    char **replace_paths;
    size_t replace_count;
};

/* Plans or reads, on a worker. */
void run_plan(struct job *job);
void plan_call_free(struct plan_call *call);

/* Says that prevent_destroy stands against what is planned; false. */
bool plan_refuse_destroy(struct engine *engine, const struct instance *instance);

#endif
