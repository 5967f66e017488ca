/* SPDX-License-Identifier: Apache-2.0
 *
 * graph.c - see graph.h. Nothing here recurses: a chain of references may be as long as memory allows.
 */
#include "graph.h"

#include <stdlib.h>

void node_init(struct node *node, enum node_kind kind, void *subject,
               void (*visit)(struct engine *engine, struct node *node))
{
    *node = (struct node){.kind = kind, .subject = subject, .visit = visit};
}

void node_clear(struct node *node)
{
    free(node->needs.items);
    free(node->dependents.items);
    node->needs = node->dependents = (struct node_list){0};
}

bool node_list_add(struct node_list *list, struct node *node)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 1;
        struct node **items = reallocarray(list->items, capacity, sizeof(struct node *));
        if (!items)
            return false;
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = node;
    return true;
}

bool graph_add(struct graph *graph, struct node *node)
{
    return node_list_add(&graph->nodes, node);
}

bool graph_edge(struct node *node, struct node *other)
{
    /* A reference often occurs several times in a row; an edge that is there twice does no harm. */
    if (node->needs.count > 0 && node->needs.items[node->needs.count - 1] == other)
        return true;
    if (!node_list_add(&node->needs, other))
        return false;
    if (node_list_add(&other->dependents, node))
        return true;
    node->needs.count--;
    return false;
}

void graph_unmark(const struct graph *graph)
{
    for (size_t i = 0; i < graph->nodes.count; i++)
        graph->nodes.items[i]->marked = false;
}

bool graph_mark_needs(struct node *node)
{
    struct node_list open = {0};
    bool ok = node_list_add(&open, node);
    while (ok && open.count > 0) {
        const struct node *at = open.items[--open.count];
        for (size_t i = 0; ok && i < at->needs.count; i++)
            if (!at->needs.items[i]->marked) {
                at->needs.items[i]->marked = true;
                ok = node_list_add(&open, at->needs.items[i]);
            }
    }
    free(open.items);
    return ok;
}

bool graph_collect_needs(struct node *node, struct node_list *found)
{
    bool ok = true;
    *found = (struct node_list){0};
    const struct node *at = node;
    for (size_t next = 0; ok && at; at = next < found->count ? found->items[next++] : NULL)
        for (size_t i = 0; ok && i < at->needs.count; i++) {
            struct node *need = at->needs.items[i];
            if (need->marked || need->kind >= NODE_MAKE)
                continue;
            need->marked = true;
            ok = node_list_add(found, need);
            if (!ok)
                need->marked = false;
        }
    for (size_t i = 0; i < found->count; i++)
        found->items[i]->marked = false;
    return ok;
}

/* Takes away node after node that waits for none that is left; marks them. False without memory. */
static bool mark_walkable(const struct graph *graph, size_t *count)
{
    struct node_list ready = {0};
    bool ok = true;
    *count = 0;
    for (size_t i = 0; i < graph->nodes.count; i++) {
        struct node *node = graph->nodes.items[i];
        node->marked = false;
        node->waiting = (unsigned)node->needs.count;
        ok = ok && (node->waiting > 0 || node_list_add(&ready, node));
    }
    while (ok && ready.count > 0) {
        struct node *node = ready.items[--ready.count];
        node->marked = true;
        ++*count;
        for (size_t i = 0; ok && i < node->dependents.count; i++)
            if (--node->dependents.items[i]->waiting == 0)
                ok = node_list_add(&ready, node->dependents.items[i]);
    }
    free(ready.items);
    return ok;
}

/* From a node that can't be walked, always on to another that it waits for and that can't either: that comes
 * back to where it was once. */
static bool follow_cycle(struct node *node, struct node_list *cycle)
{
    while (!node->finished) {
        node->finished = true; /* only here, and undone below */
        if (!node_list_add(cycle, node))
            return false;
        size_t next = 0;
        while (node->needs.items[next]->marked)
            next++;
        node = node->needs.items[next];
    }
    size_t start = 0;
    for (size_t i = 0; i < cycle->count; i++) {
        cycle->items[i]->finished = false;
        if (cycle->items[i] == node)
            start = i;
    }
    for (size_t i = start; i < cycle->count; i++)
        cycle->items[i - start] = cycle->items[i];
    cycle->count -= start;
    return true;
}

bool graph_acyclic(const struct graph *graph, struct node_list *cycle)
{
    size_t walkable;
    *cycle = (struct node_list){0};
    if (!mark_walkable(graph, &walkable))
        return false;
    bool acyclic = walkable == graph->nodes.count;
    for (size_t i = 0; !acyclic && i < graph->nodes.count; i++)
        if (!graph->nodes.items[i]->marked) {
            if (!follow_cycle(graph->nodes.items[i], cycle)) {
                free(cycle->items);
                *cycle = (struct node_list){0};
            }
            break;
        }
    graph_unmark(graph);
    return acyclic;
}

void graph_clear(struct graph *graph)
{
    free(graph->nodes.items);
    *graph = (struct graph){0};
}
