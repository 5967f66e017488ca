/* SPDX-License-Identifier: Apache-2.0
 *
 * apply_internal.h - what the parts of an apply share.
 */
#ifndef HOST_APPLY_INTERNAL_H
#define HOST_APPLY_INTERNAL_H

#include "engine_internal.h"

struct apply_call {
    struct call call;
    struct instance *instance;
    const struct schema *schema;
    const struct config_resource *config;

    /* given */
    struct json_object *prior;   /* NULL: it is made */
    struct json_object *planned; /* NULL: it is deleted */
    struct json_object *body;    /* where the plan had to leave something open: planned again; else NULL */
    struct json_object *marks;   /* of configuration and plan; stays with the engine */
    char *private_text;

    /* found */
    bool ok;
    struct json_object *state;
};

/* Visits of the walk: makes, updates or reads; deletes. */
void apply_make(struct engine *engine, struct node *node);
void apply_read(struct engine *engine, struct node *node);
void apply_destroy(struct engine *engine, struct node *node);

/* Says to the backend what changed; the walk makes it safe before anything that depends on it starts. Where
 * that can't be kept, nothing new starts. */
bool apply_record(struct engine *engine, const struct address *address, const char *deposed);

#endif
