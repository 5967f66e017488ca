/* SPDX-License-Identifier: Apache-2.0
 *
 * diff.h - what differs between two values, as a tree that can be drawn: one node a value, with the action
 * that the symbol before it shows. Which nodes there are and how they pair up (longest common subsequence of
 * lists, equal elements of sets) follows Terraform's own display; how they look is draw.c's.
 *
 * Nodes borrow values, types and names: they must outlive the tree.
 */
#ifndef HOST_DIFF_H
#define HOST_DIFF_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

#include "../../schema.h"
#include "../engine/changes.h"

/* Of nodes, only none, create, update and delete occur. */
enum diff_kind {
    DIFF_PRIMITIVE,
    DIFF_OBJECT,        /* members by name */
    DIFF_NESTED_OBJECT, /* of a nested attribute */
    DIFF_BLOCK,         /* a whole resource */
    DIFF_MAP,
    DIFF_NESTED_MAP, /* of objects */
    DIFF_LIST,
    DIFF_NESTED_LIST, /* of objects */
    DIFF_SET,
    DIFF_NESTED_SET, /* of objects */
    DIFF_UNKNOWN,    /* one child: the value before, where there is one */
    DIFF_SENSITIVE,  /* one child: what is hidden */
    DIFF_TYPE,       /* two children: before and after are of different types */
};

struct diff {
    enum diff_kind kind;
    enum action action;
    bool replace;                       /* forces the replacement */
    const char *name;                   /* of a member, borrowed; else NULL */
    struct json_object *before, *after; /* of a primitive; borrowed */
    bool sensitive_before, sensitive_after;
    size_t count, capacity;
    struct diff *children;
};

/* Two values and what is known of them. `explicit` tells a null that stands there from nothing at all. */
struct comparison {
    struct json_object *before, *after;
    struct json_object *before_marks, *after_marks;
    bool before_explicit, after_explicit;
    size_t replace_count; /* JSON pointers of what forces the replacement, and where this value stands */
    char *const *replace_paths;
    const char *path; /* "" at the top */
    bool legacy;      /* a text without characters counts as null */
    /* As relevant.h has it: all else is shown as it was before. NULL: everything is relevant. */
    struct json_object *relevant;
};

/* Of a resource with a schema; object may be NULL (its attributes are then compared as they come). */
bool diff_resource(const struct comparison *comparison, const struct schema_object *object,
                   struct diff *diff);

/* Of an output, or any value without a schema. */
bool diff_value(const struct comparison *comparison, struct diff *diff);

/* Frees what it holds, not the struct. */
void diff_clear(struct diff *diff);

#endif
