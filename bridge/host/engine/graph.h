/* SPDX-License-Identifier: Apache-2.0
 *
 * graph.h - nodes and what each of them waits for. What a node stands for is its subject's business; how a
 * graph is walked is walk.h's.
 */
#ifndef HOST_GRAPH_H
#define HOST_GRAPH_H

#include <stdbool.h>
#include <stddef.h>

struct engine;
struct node;

enum node_kind {
    NODE_LOCAL,
    NODE_OUTPUT,
    NODE_PROVIDER,
    NODE_BLOCK,         /* where the work on a resource's instances begins: all that it refers to is there */
    NODE_BLOCK_END,     /* where others may use it */
    NODE_MAKE,          /* plans, creates, updates or reads one instance */
    NODE_DESTROY_BEGIN, /* where the instances of a resource may begin to go */
    NODE_DESTROY,       /* deletes one object */
    NODE_DESTROY_END,   /* where all of them are gone */
};

struct node_list {
    size_t count, capacity;
    struct node **items;
};

/* Lies in what it stands for. Start it with node_init(). */
struct node {
    enum node_kind kind;
    bool finished, failed; /* failed: itself, or something that it waited for */
    bool marked;           /* for whoever looks through the graph; clear it before */
    unsigned waiting;      /* how many of `needs` are not finished; set by walk */
    void *subject;
    void (*visit)(struct engine *engine, struct node *node); /* NULL: nothing to do */
    struct node_list needs, dependents;
    struct node *next; /* in the walk's queue */
};

struct graph {
    struct node_list nodes; /* not owned */
};

void node_init(struct node *node, enum node_kind kind, void *subject,
               void (*visit)(struct engine *engine, struct node *node));

/* Frees its lists, not the node. */
void node_clear(struct node *node);

bool graph_add(struct graph *graph, struct node *node);

/* Has `node` wait for `other`. False without memory. */
bool graph_edge(struct node *node, struct node *other);

/* Looks for a cycle: true where there is none. Else *cycle receives its nodes, each of which waits for the
 * next, and the last for the first; items NULL without memory. The list is the caller's to free. */
bool graph_acyclic(const struct graph *graph, struct node_list *cycle);

/* Marks every node that `node` needs, directly or not; not itself, unless by a cycle. False without memory.
 */
bool graph_mark_needs(struct node *node);
void graph_unmark(const struct graph *graph);

/* All that `node` needs, directly or not, but for instances and what is destroyed: nodes of those kinds are
 * not looked through. No node may be marked. *found is the caller's to free. False without memory. */
bool graph_collect_needs(struct node *node, struct node_list *found);

bool node_list_add(struct node_list *list, struct node *node);

void graph_clear(struct graph *graph);

#endif
