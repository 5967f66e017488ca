/* SPDX-License-Identifier: Apache-2.0
 *
 * expression_traverse.c - what an expression refers to, and how far into it.
 */
#include "expression_node.h"

/* Whether a node goes one step further into what its first item is. */
static bool is_step(const struct expression *node)
{
    return node->kind == NODE_ATTRIBUTE || (node->kind == NODE_INDEX && node->items[1]->kind == NODE_LITERAL);
}

/* `node` is the last of `count` steps that follow a reference. */
static bool visit_steps(const struct expression *node, size_t count, traversal_visit *visit, void *context)
{
    struct traversal_step steps[NODE_DEPTH_MAX];
    for (size_t i = count; i > 0; i--, node = node->items[0])
        steps[i - 1] = node->kind == NODE_ATTRIBUTE ? (struct traversal_step){node->name, NULL}
                                                    : (struct traversal_step){NULL, node->items[1]->value};
    struct reference reference = node_reference(node);
    return visit(context, &reference, steps, count);
}

bool expression_traversals(const struct expression *expression, traversal_visit *visit, void *context)
{
    const struct expression *base = expression;
    size_t count = 0;
    for (; is_step(base); base = base->items[0])
        count++;
    if (base->kind == NODE_REFERENCE && count <= NODE_DEPTH_MAX)
        return visit_steps(expression, count, visit, context);
    for (size_t i = 0; i < base->count; i++) {
        if (base->keys != NULL && base->keys[i] != NULL &&
            !expression_traversals(base->keys[i], visit, context))
            return false;
        if (!expression_traversals(base->items[i], visit, context))
            return false;
    }
    return true;
}
