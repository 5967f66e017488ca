/* SPDX-License-Identifier: Apache-2.0
 *
 * world.h - the two worlds in which allocations are made to fail: the widget plugin with its folder of files,
 * and libastra_cmk.so with a simulated DevOps API. A world can be emptied, and looked at behind the plugin's
 * back.
 */
#ifndef ROBUST_WORLD_H
#define ROBUST_WORLD_H

#include <stdbool.h>

/* A request to plugin_bridge_call(), and what it is about. */
struct scene {
    const char *name;
    const char *const *before; /* requests that come first, and succeed; NULL ends them; may be NULL */
    const char *request;       /* NULL: opening and configuring are the point */
    bool makes;                /* a success makes the object that `exists` looks for */
    bool keeps;                /* a failure that answers a state answers the one that was given */
};

struct world {
    const char *schemas;
    const char *configure; /* the request that opens a session */
    void (*clear)(void);
    bool (*exists)(void); /* whether the object that scenes are about is there */
    const struct scene *scenes;
};

/* Each is set up once, in a folder of its own, and ends with the process. */
const struct world *world_widget(const char *folder);
const struct world *world_astra(const char *folder);

/* Ends what a world started. */
void world_end(void);

#endif
