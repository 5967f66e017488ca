/* SPDX-License-Identifier: Apache-2.0
 *
 * expression_node.c - trees of expressions, made from JSON, walked and freed. What stands inside of strings
 * expression_parse.c reads.
 */
#include "expression_node.h"

#include "../../place.h"
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct expression *node_create(enum node_kind kind, const char *file, char *pointer)
{
    struct expression *node = calloc(1, sizeof *node);
    if (node != NULL)
        *node =
            (struct expression){.kind = (unsigned char)kind, .depth = 1, .file = file, .pointer = pointer};
    return node;
}

void expression_destroy(struct expression *expression)
{
    if (expression == NULL)
        return;
    for (size_t i = 0; i < expression->count; i++) {
        expression_destroy(expression->items[i]);
        if (expression->names != NULL)
            free(expression->names[i]);
        if (expression->keys != NULL)
            expression_destroy(expression->keys[i]);
    }
    free(expression->items);
    free(expression->names);
    free(expression->keys);
    free(expression->type);
    free(expression->name);
    json_object_put(expression->value);
    if (expression->owns_pointer)
        free(expression->pointer);
    free(expression);
}

/* Makes room for one more in the arrays that the node has; grows by powers of two. */
static bool reserve(struct expression *node)
{
    size_t count = node->count;
    if (count != 0 && (count & (count - 1)) != 0)
        return true;
    size_t capacity = count == 0 ? 1 : count * 2;
    struct expression **items = reallocarray(node->items, capacity, sizeof *items);
    if (items == NULL)
        return false;
    node->items = items;
    if (node->kind != NODE_OBJECT)
        return true;
    char **names = reallocarray(node->names, capacity, sizeof *names);
    if (names != NULL)
        node->names = names;
    struct expression **keys = names != NULL ? reallocarray(node->keys, capacity, sizeof *keys) : NULL;
    if (keys != NULL)
        node->keys = keys;
    return keys != NULL;
}

static void grow_depth(struct expression *node, const struct expression *item)
{
    if (item != NULL && item->depth >= node->depth)
        node->depth = (unsigned short)(item->depth + 1);
}

void node_add(struct expression **node, struct expression *item)
{
    if (*node == NULL || item == NULL || !reserve(*node)) {
        expression_destroy(item);
        expression_destroy(*node);
        *node = NULL;
        return;
    }
    grow_depth(*node, item);
    (*node)->items[(*node)->count++] = item;
}

void node_add_member(struct expression **node, char *name, struct expression *key, struct expression *item)
{
    bool ok = *node != NULL && item != NULL && (name != NULL || key != NULL);
    if (!ok || !reserve(*node)) {
        free(name);
        expression_destroy(key);
        expression_destroy(item);
        expression_destroy(*node);
        *node = NULL;
        return;
    }
    grow_depth(*node, item);
    grow_depth(*node, key);
    (*node)->names[(*node)->count] = name;
    (*node)->keys[(*node)->count] = key;
    (*node)->items[(*node)->count++] = item;
}

const char *node_literal_string(const struct expression *node)
{
    return node->kind == NODE_LITERAL && json_object_is_type(node->value, json_type_string)
               ? value_string(node->value)
               : NULL;
}

struct expression *body_create(const char *file, const char *pointer)
{
    char *copy = strdup(pointer);
    struct expression *node = copy != NULL ? node_create(NODE_OBJECT, file, copy) : NULL;
    if (node != NULL)
        node->owns_pointer = true;
    else
        free(copy);
    return node;
}

void refuse_at(struct diagnostics *diags, const char *file, const char *pointer, const char *summary,
               const char *format, va_list arguments)
{
    size_t first = diags->count;
    char *detail = NULL;
    if (vasprintf(&detail, format, arguments) < 0)
        detail = NULL;
    diagnostics_add(diags, SEVERITY_ERROR, pointer, summary, detail);
    diagnostics_locate(diags, first, file, NULL, NULL);
    free(detail);
}

bool node_refuse(const struct expression *node, struct diagnostics *diags, const char *summary,
                 const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    refuse_at(diags, node->file, node->pointer, summary, format, arguments);
    va_end(arguments);
    return false;
}

static bool has_template(const char *text)
{
    return strstr(text, "${") != NULL || strstr(text, "%{") != NULL;
}

/* Whether a string of it is more than itself. */
static bool is_dynamic(struct json_object *json)
{
    if (json_object_is_type(json, json_type_string))
        return has_template(json_object_get_string(json));
    if (json_object_is_type(json, json_type_object)) {
        json_object_object_foreach(json, key, member)
        {
            if (has_template(key) || is_dynamic(member))
                return true;
        }
    } else if (json_object_is_type(json, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(json); i++)
            if (is_dynamic(json_object_array_get_idx(json, i)))
                return true;
    }
    return false;
}

static struct expression *parse_json(struct json_object *json, const char *file, const struct place *place,
                                     bool literal, struct diagnostics *diags);

/* Objects: a key is a template too. */
static void parse_members(struct expression **node, struct json_object *json, const char *file,
                          const struct place *place, struct diagnostics *diags)
{
    json_object_object_foreach(json, name, member)
    {
        struct place here = {place, name, 0};
        struct expression *key = NULL;
        const char *literal = name;
        if (*node == NULL)
            return;
        if (has_template(name)) {
            key = template_parse(name, strlen(name), file, (*node)->pointer, diags);
            literal = key != NULL ? node_literal_string(key) : NULL;
        }
        char *copy = literal != NULL ? strdup(literal) : NULL;
        if (copy != NULL) {
            expression_destroy(key);
            key = NULL;
        }
        node_add_member(node, copy, key, parse_json(member, file, &here, false, diags));
    }
}

static struct expression *parse_json(struct json_object *json, const char *file, const struct place *place,
                                     bool literal, struct diagnostics *diags)
{
    struct expression *node = NULL;
    char *pointer = place_pointer(place);
    if (pointer == NULL)
        return NULL;
    if (literal || !is_dynamic(json)) {
        node = node_create(NODE_LITERAL, file, pointer);
        if (node != NULL)
            node->value = json_object_get(json);
    } else if (json_object_is_type(json, json_type_string)) {
        node = template_parse(json_object_get_string(json), (size_t)json_object_get_string_len(json), file,
                              pointer, diags);
        free(pointer);
        return node;
    } else {
        bool object = json_object_is_type(json, json_type_object);
        node = node_create(object ? NODE_OBJECT : NODE_TUPLE, file, pointer);
        if (node != NULL)
            node->owns_pointer = true;
        bool made = node != NULL;
        if (object)
            parse_members(&node, json, file, place, diags);
        for (size_t i = 0; !object && node != NULL && i < json_object_array_length(json); i++) {
            struct place here = {place, NULL, i};
            node_add(&node, parse_json(json_object_array_get_idx(json, i), file, &here, false, diags));
        }
        if (!made)
            free(pointer);
        return node;
    }
    if (node != NULL)
        node->owns_pointer = true;
    else
        free(pointer);
    return node;
}

struct expression *expression_parse(struct json_object *json, const char *file, const char *pointer,
                                    bool literal, struct diagnostics *diags)
{
    size_t before = diags->count;
    struct place root = {NULL, pointer, 0};
    struct expression *expression = parse_json(json, file, &root, literal, diags);
    if (expression == NULL && diags->count == before)
        diagnostics_no_memory(diags);
    return expression;
}

struct reference node_reference(const struct expression *node)
{
    return (struct reference){(enum reference_kind)node->reference, node->type, node->name};
}

bool expression_references(const struct expression *expression,
                           bool (*visit)(void *context, const struct reference *reference,
                                         const char *pointer),
                           void *context)
{
    if (expression->kind == NODE_REFERENCE) {
        struct reference reference = node_reference(expression);
        return visit(context, &reference, expression->pointer);
    }
    for (size_t i = 0; i < expression->count; i++) {
        if (expression->keys != NULL && expression->keys[i] != NULL &&
            !expression_references(expression->keys[i], visit, context))
            return false;
        if (!expression_references(expression->items[i], visit, context))
            return false;
    }
    return true;
}

const char *expression_member_name(const struct expression *expression, size_t index)
{
    return expression->kind == NODE_OBJECT && index < expression->count ? expression->names[index] : NULL;
}

const struct expression *expression_member(const struct expression *expression, const char *name)
{
    for (size_t i = 0; expression->kind == NODE_OBJECT && i < expression->count; i++)
        if (expression->names[i] != NULL && strcmp(expression->names[i], name) == 0)
            return expression->items[i];
    return NULL;
}

const char *expression_file(const struct expression *expression)
{
    return expression->file;
}

const char *expression_pointer(const struct expression *expression)
{
    return expression->pointer;
}
