/* SPDX-License-Identifier: Apache-2.0
 *
 * schema_conform.c - a value from elsewhere (a plugin's JSON text, an old state) put in the form
 * that its schema gives it, or refused where it is of another kind.
 */
#include "schema_internal.h"

#include "value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool refuse(const struct place *place, char **problem, const char *what, const char *name)
{
    char *pointer = place_pointer(place);
    if (pointer == NULL ||
        asprintf(problem, "at %s: %s%s", pointer[0] != '\0' ? pointer : "the top level", what, name) < 0)
        *problem = NULL;
    free(pointer);
    return false;
}

static bool conform(const struct schema_type *type, const struct place *place, struct json_object *value,
                    struct json_object **replacement, char **problem);

static bool conform_elements(const struct schema_type *type, const struct place *place,
                             struct json_object *array, char **problem)
{
    for (size_t i = 0; i < json_object_array_length(array); i++) {
        struct place here = {place, NULL, i};
        struct json_object *element = json_object_array_get_idx(array, i), *replacement = NULL;
        if (element == NULL)
            return refuse(&here, problem, "null where an element must be ",
                          schema_type_name(type->element->kind));
        if (!conform(type->element, &here, element, &replacement, problem))
            return false;
        if (replacement != NULL && json_object_array_put_idx(array, i, replacement) != 0) {
            json_object_put(replacement);
            return false;
        }
    }
    return type->kind != TYPE_SET || value_set_reduce(array, type->element);
}

/* One member of a map or object; its null stands for an absent member of an object. */
static bool conform_member(const struct schema_type *type, const struct place *place, const char *key,
                           struct json_object *object, char **problem)
{
    struct place here = {place, key, 0};
    struct json_object *member = NULL, *replacement = NULL;
    bool present = json_object_object_get_ex(object, key, &member);
    if (member == NULL)
        return present || json_object_object_add(object, key, NULL) == 0;
    if (!conform(type, &here, member, &replacement, problem))
        return false;
    if (replacement != NULL && json_object_object_add(object, key, replacement) != 0) {
        json_object_put(replacement);
        return false;
    }
    return true;
}

static bool conform_map(const struct schema_type *type, const struct place *place, struct json_object *map,
                        char **problem)
{
    json_object_object_foreach(map, key, element)
    {
        struct place here = {place, key, 0};
        if (element == NULL)
            return refuse(&here, problem, "null where an element must be ",
                          schema_type_name(type->element->kind));
        if (!conform_member(type->element, place, key, map, problem))
            return false;
    }
    return true;
}

static bool conform_object(const struct schema_object *object, const struct place *place,
                           struct json_object *value, char **problem)
{
    json_object_object_foreach(value, key, member)
    {
        struct place here = {place, key, 0};
        (void)member;
        if (schema_attribute_find(object, key) == NULL)
            return refuse(&here, problem, "a member that the schema does not have", "");
    }
    for (size_t i = 0; i < object->count; i++)
        if (!conform_member(&object->attributes[i].type, place, object->attributes[i].name, value, problem))
            return false;
    return true;
}

/* Works in place where it can; *replacement is set where the value itself has to be another. */
static bool conform(const struct schema_type *type, const struct place *place, struct json_object *value,
                    struct json_object **replacement, char **problem)
{
    bool negative = false;
    uint64_t magnitude = 0;
    if (value_is_unknown(value))
        return true;
    if (!schema_kind_fits(type->kind, value))
        return refuse(place, problem, "the value must be ", schema_type_name(type->kind));
    switch (type->kind) {
    case TYPE_INTEGER:
        if (json_object_is_type(value, json_type_int) ||
            value_whole(value, &negative, &magnitude) != WHOLE_YES || magnitude > INT64_MAX)
            return true;
        *replacement = json_object_new_int64(negative ? -(int64_t)magnitude : (int64_t)magnitude);
        return *replacement != NULL;
    case TYPE_LIST:
    case TYPE_SET:
        return conform_elements(type, place, value, problem);
    case TYPE_MAP:
        return conform_map(type, place, value, problem);
    case TYPE_OBJECT:
        return conform_object(type->object, place, value, problem);
    default:
        return true;
    }
}

bool schema_conform(const struct schema_type *type, struct json_object **value, char **problem)
{
    struct json_object *replacement = NULL;
    *problem = NULL;
    if (*value == NULL)
        return true;
    if (!conform(type, &(struct place){0}, *value, &replacement, problem))
        return false;
    if (replacement != NULL) {
        json_object_put(*value);
        *value = replacement;
    }
    return true;
}
