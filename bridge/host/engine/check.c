/* SPDX-License-Identifier: Apache-2.0
 *
 * check.c - whether a plan was kept, and what ignore_changes makes of a configuration. Pure functions over
 * values, for any thread.
 */
#include "engine_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct json_object *member(const struct json_object *object, const char *name)
{
    struct json_object *value = NULL;
    if (json_object_is_type(object, json_type_object) && !value_is_unknown(object))
        json_object_object_get_ex(object, name, &value);
    return value;
}

/* --- whether a plan was kept --- */

static bool value_kept(const struct schema_type *type, const struct json_object *planned,
                       const struct json_object *actual, FILE *path);

static bool elements_kept(const struct schema_type *type, const struct json_object *planned,
                          const struct json_object *actual, FILE *path)
{
    if (!json_object_is_type(actual, json_type_array) ||
        json_object_array_length(planned) != json_object_array_length(actual))
        return false;
    for (size_t i = 0; i < json_object_array_length(planned); i++) {
        long at = ftell(path);
        fprintf(path, "[%zu]", i);
        if (!value_kept(type->element, json_object_array_get_idx(planned, i),
                        json_object_array_get_idx(actual, i), path))
            return false;
        fseek(path, at, SEEK_SET);
    }
    return true;
}

static bool members_kept(const struct schema_type *type, const struct json_object *planned,
                         const struct json_object *actual, FILE *path)
{
    if (!json_object_is_type(actual, json_type_object))
        return false;
    if (type->kind == TYPE_MAP && json_object_object_length(planned) != json_object_object_length(actual))
        return false;
    struct json_object_iterator each = json_object_iter_begin((struct json_object *)planned);
    struct json_object_iterator end = json_object_iter_end((struct json_object *)planned);
    for (; !json_object_iter_equal(&each, &end); json_object_iter_next(&each)) {
        const char *name = json_object_iter_peek_name(&each);
        const struct schema_attribute *attribute =
            type->object ? schema_attribute_find(type->object, name) : NULL;
        const struct schema_type *of = attribute ? &attribute->type : type->element;
        long at = ftell(path);
        fprintf(path, type->kind == TYPE_MAP ? "[\"%s\"]" : ".%s", name);
        if (of && !value_kept(of, json_object_iter_peek_value(&each), member(actual, name), path))
            return false;
        fseek(path, at, SEEK_SET);
    }
    return true;
}

/* Where something is not kept, `path` ends there. */
static bool value_kept(const struct schema_type *type, const struct json_object *planned,
                       const struct json_object *actual, FILE *path)
{
    if (value_is_unknown(planned))
        return true;
    if (!value_has_unknown(planned))
        return value_equal(planned, actual, type);
    switch (type->kind) {
    case TYPE_LIST:
        return elements_kept(type, planned, actual, path);
    case TYPE_MAP:
    case TYPE_OBJECT:
        return members_kept(type, planned, actual, path);
    case TYPE_SET: /* which element is which is not known */
        return json_object_is_type(actual, json_type_array);
    default:
        return true;
    }
}

bool plan_kept(const struct schema_object *object, const struct json_object *planned,
               const struct json_object *actual, char **path)
{
    size_t size;
    *path = NULL;
    FILE *text = open_memstream(path, &size);
    if (!text)
        return true;
    bool kept = true;
    for (size_t i = 0; kept && i < object->count; i++) {
        const struct schema_attribute *attribute = &object->attributes[i];
        rewind(text);
        fprintf(text, ".%s", attribute->name);
        kept = value_kept(&attribute->type, member(planned, attribute->name), member(actual, attribute->name),
                          text);
    }
    fclose(text);
    if (kept) {
        free(*path);
        *path = NULL;
    }
    return kept;
}

bool objects_equal(const struct schema_object *object, const struct json_object *a,
                   const struct json_object *b)
{
    const struct schema_type whole = {.kind = TYPE_OBJECT, .object = (struct schema_object *)object};
    return value_equal(a, b, &whole);
}

/* --- ignore_changes --- */

/* The next part of a JSON pointer, unescaped; NULL at its end or without memory. New. */
static char *next_part(const char **pointer)
{
    if (**pointer != '/')
        return NULL;
    size_t length = strcspn(*pointer + 1, "/");
    char *part = strndup(*pointer + 1, length);
    *pointer += length + 1;
    char *to = part;
    for (const char *from = part; part && *from; from++)
        if (from[0] == '~' && (from[1] == '0' || from[1] == '1'))
            *to++ = *++from == '0' ? '~' : '/';
        else
            *to++ = *from;
    if (part)
        *to = '\0';
    return part;
}

/* Puts `value` (taken over) where `part` is; NULL takes a member of a map away. */
static bool put_part(struct json_object *in, const char *part, struct json_object *value, bool map)
{
    int status = 0;
    if (json_object_is_type(in, json_type_array)) {
        size_t index = strtoul(part, NULL, 10);
        status = index < json_object_array_length(in) ? json_object_array_put_idx(in, index, value) : -2;
        if (status == -2) {
            json_object_put(value);
            return true;
        }
    } else if (!value && map) {
        json_object_object_del(in, part);
    } else {
        status = json_object_object_add(in, part, value);
    }
    if (status == 0)
        return true;
    json_object_put(value);
    return false;
}

static struct json_object *part_of(struct json_object *in, const char *part)
{
    if (json_object_is_type(in, json_type_array))
        return json_object_array_get_idx(in, strtoul(part, NULL, 10));
    return member(in, part);
}

/* Sets what the pointer names to what it was. What is not there, in one or the other, ends the way. */
static bool ignore_path(const char *pointer, struct json_object *config, struct json_object *prior)
{
    bool top = true, ok = true;
    char *part = next_part(&pointer);
    while (part && ok) {
        bool last = *pointer == '\0';
        struct json_object *inner = part_of(config, part), *old = part_of(prior, part);
        bool container = json_object_is_type(inner, json_type_array) ||
                         (json_object_is_type(inner, json_type_object) && !value_is_unknown(inner));
        if (last) {
            struct json_object *copy = value_copy(old, &ok);
            ok = ok && put_part(config, part, copy, !top);
        } else if (!container) {
            break;
        }
        config = inner;
        prior = old;
        top = false;
        free(part);
        part = last ? NULL : next_part(&pointer);
    }
    free(part);
    return ok;
}

bool config_ignore(const struct config_resource *resource, const struct schema *schema,
                   struct json_object *config, const struct json_object *prior)
{
    bool ok = true;
    if (!prior)
        return true;
    for (size_t i = 0; ok && resource->ignore_all && i < schema->object.count; i++) {
        const struct schema_attribute *attribute = &schema->object.attributes[i];
        if (attribute->read_only)
            continue;
        struct json_object *copy = value_copy(member(prior, attribute->name), &ok);
        ok = ok && json_object_object_add(config, attribute->name, copy) == 0;
    }
    for (size_t i = 0; ok && i < resource->ignore_count; i++) {
        const char *path = resource->ignore_changes[i];
        size_t length = strcspn(path + 1, "/");
        char *name = strndup(path + 1, length);
        const struct schema_attribute *attribute = name ? schema_attribute_find(&schema->object, name) : NULL;
        /* Of an object that was not there nothing is to be kept. */
        bool nowhere = attribute && attribute->type.kind != TYPE_MAP && path[1 + length] == '/' &&
                       !member(prior, attribute->name);
        if (attribute && !attribute->read_only && !nowhere)
            ok = ignore_path(path, config, (struct json_object *)prior);
        ok = ok && name;
        free(name);
    }
    return ok;
}
