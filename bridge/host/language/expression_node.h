/* SPDX-License-Identifier: Apache-2.0
 *
 * expression_node.h - the tree that an expression is parsed into. For the files of this folder; others use
 * expression.h.
 */
#ifndef HOST_EXPRESSION_NODE_H
#define HOST_EXPRESSION_NODE_H

#include "expression.h"

#include <stdarg.h>

enum node_kind {
    NODE_LITERAL,   /* value */
    NODE_OBJECT,    /* names (NULL where keys has an expression) and items */
    NODE_TUPLE,     /* items */
    NODE_TEMPLATE,  /* items, put together as a string */
    NODE_REFERENCE, /* reference, type, name */
    NODE_ATTRIBUTE, /* name of items[0] */
    NODE_INDEX,     /* items[1] in items[0] */
    NODE_SPLAT,     /* items[1] for each element of items[0] */
    NODE_ELEMENT,   /* that element, in items[1] of a splat */
    NODE_CALL,      /* function `name` of provider `type` with items */
};

/* How deep a tree may be, all nodes counted: evaluation recurses as deep. */
enum { NODE_DEPTH_MAX = 200 };

struct expression {
    unsigned char kind;
    unsigned char reference; /* enum reference_kind */
    bool owns_pointer;       /* the nodes inside of one JSON string share its pointer */
    unsigned short depth;
    const char *file;
    char *pointer;
    char *type, *name;
    struct json_object *value;
    size_t count;
    struct expression **items;
    char **names;
    struct expression **keys;
};

/* A new node without anything in it; NULL without memory. `pointer` is borrowed. */
struct expression *node_create(enum node_kind kind, const char *file, char *pointer);

/* Puts an item (with its name or key where the node is an object) at the end; takes all of them over, also
 * where it fails: *node is destroyed then and turns NULL. Any of them may be NULL already, for want of
 * memory. The name of a member that is there already takes the new value. */
void node_add(struct expression **node, struct expression *item);
void node_add_member(struct expression **node, char *name, struct expression *key, struct expression *item);

/* What a string literal says, or NULL. Borrowed. */
const char *node_literal_string(const struct expression *node);

/* The text of a JSON string as a template. NULL after an error. The pointer is copied. */
struct expression *template_parse(const char *text, size_t length, const char *file, const char *pointer,
                                  struct diagnostics *diags);

/* An object without members, to be filled with node_add_member(): a body. */
struct expression *body_create(const char *file, const char *pointer);

/* Parses "NAME = EXPRESSION" line by line, the native form of variable files, and hands out each (taken
 * over). False after an error. */
bool assignments_parse(const char *text, size_t length, const char *file,
                       bool (*visit)(void *context, const char *name, size_t line, struct expression *value),
                       void *context, struct diagnostics *diags);

/* Adds an error about a place in a file, whose detail is formatted like printf's. */
void refuse_at(struct diagnostics *diags, const char *file, const char *pointer, const char *summary,
               const char *format, va_list arguments) __attribute__((format(printf, 5, 0)));

/* Says what is wrong with a node; always false. */
bool node_refuse(const struct expression *node, struct diagnostics *diags, const char *summary,
                 const char *format, ...) __attribute__((format(printf, 4, 5)));

/* What a node refers to; only of NODE_REFERENCE. */
struct reference node_reference(const struct expression *node);

/* Ends sentences about what only Terraform does. */
#define TERRAFORM_RUNS "Terraform itself runs these files as they are."

#endif
