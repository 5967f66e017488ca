/* SPDX-License-Identifier: Apache-2.0
 *
 * type.c - see type.h. Conversions are convert.c's part.
 */
#include "type.h"

#include "number.h"

#include <stdlib.h>
#include <string.h>

const struct schema_type type_any = {.kind = TYPE_OBJECT, .min_length = -1, .max_length = -1};

bool type_has_any(const struct schema_type *type)
{
    if (type->element != NULL)
        return type_has_any(type->element);
    if (type->kind != TYPE_OBJECT)
        return false;
    if (type->object == NULL)
        return true;
    for (size_t i = 0; i < type->object->count; i++)
        if (type_has_any(&type->object->attributes[i].type))
            return true;
    return false;
}

static const char *kind_of(const struct json_object *type)
{
    if (json_object_is_type(type, json_type_array) && json_object_array_length(type) > 0)
        type = json_object_array_get_idx(type, 0);
    return json_object_is_type(type, json_type_string) ? value_string(type) : "dynamic";
}

bool type_is(const struct json_object *type, const char *kind)
{
    return strcmp(kind_of(type), kind) == 0;
}

bool type_is_primitive(const struct json_object *type)
{
    return type_is(type, "string") || type_is(type, "number") || type_is(type, "bool");
}

struct json_object *type_inner(const struct json_object *type)
{
    return json_object_is_type(type, json_type_array) ? json_object_array_get_idx(type, 1) : NULL;
}

struct json_object *type_member(const struct json_object *type, const char *name)
{
    struct json_object *inner = type_inner(type), *member = NULL;
    if (type_is(type, "object"))
        json_object_object_get_ex(inner, name, &member);
    else if (type_is(type, "map"))
        member = inner;
    return member;
}

struct json_object *type_element(const struct json_object *type, size_t index)
{
    struct json_object *inner = type_inner(type);
    if (type_is(type, "tuple"))
        return json_object_array_get_idx(inner, index);
    return type_is(type, "list") || type_is(type, "set") ? inner : NULL;
}

struct json_object *type_named(const char *kind)
{
    return json_object_new_string(kind);
}

struct json_object *type_of(const char *kind, struct json_object *inner)
{
    struct json_object *type = json_object_new_array_ext(2), *name = json_object_new_string(kind);
    if (inner != NULL && type != NULL && name != NULL && json_object_array_add(type, name) == 0) {
        if (json_object_array_add(type, inner) == 0)
            return type;
        name = NULL;
    }
    json_object_put(type);
    json_object_put(name);
    json_object_put(inner);
    return NULL;
}

/* Adds a type, which is taken over, NULL where memory ran out. */
static bool add_member(struct json_object *inner, const char *name, struct json_object *type)
{
    if (type != NULL && json_object_object_add(inner, name, type) == 0)
        return true;
    json_object_put(type);
    return false;
}

static bool add_element(struct json_object *inner, struct json_object *type)
{
    if (type != NULL && json_object_array_add(inner, type) == 0)
        return true;
    json_object_put(type);
    return false;
}

struct json_object *type_of_object(const struct schema_object *object)
{
    struct json_object *inner = json_object_new_object();
    bool ok = inner != NULL;
    for (size_t i = 0; ok && i < object->count; i++)
        ok = add_member(inner, object->attributes[i].name, type_of_schema(&object->attributes[i].type));
    if (!ok) {
        json_object_put(inner);
        inner = NULL;
    }
    return type_of("object", inner);
}

struct json_object *type_of_schema(const struct schema_type *type)
{
    switch (type->kind) {
    case TYPE_STRING:
        return type_named("string");
    case TYPE_INTEGER:
    case TYPE_NUMBER:
        return type_named("number");
    case TYPE_BOOLEAN:
        return type_named("bool");
    case TYPE_LIST:
        return type_of("list", type_of_schema(type->element));
    case TYPE_SET:
        return type_of("set", type_of_schema(type->element));
    case TYPE_MAP:
        return type_of("map", type_of_schema(type->element));
    case TYPE_OBJECT:
        return type->object != NULL ? type_of_object(type->object) : type_named("dynamic");
    }
    return NULL;
}

static struct json_object *type_of_array(const struct json_object *value)
{
    struct json_object *inner = json_object_new_array();
    bool ok = inner != NULL;
    for (size_t i = 0; ok && i < json_object_array_length(value); i++)
        ok = add_element(inner, type_of_literal(json_object_array_get_idx(value, i)));
    if (!ok) {
        json_object_put(inner);
        inner = NULL;
    }
    return type_of("tuple", inner);
}

struct json_object *type_of_literal(const struct json_object *value)
{
    struct json_object *inner = NULL;
    bool ok = true;
    switch (json_object_get_type(value)) {
    case json_type_string:
        return type_named("string");
    case json_type_int:
    case json_type_double:
        return type_named("number");
    case json_type_boolean:
        return type_named("bool");
    case json_type_array:
        return type_of_array(value);
    case json_type_object:
        if (value_is_unknown(value))
            break;
        inner = json_object_new_object();
        ok = inner != NULL;
        json_object_object_foreach(value, key, member)
        {
            ok = ok && add_member(inner, key, type_of_literal(member));
        }
        if (!ok) {
            json_object_put(inner);
            inner = NULL;
        }
        return type_of("object", inner);
    case json_type_null:
        break;
    }
    return type_named("dynamic");
}

/* Unifies with one more; `common` is taken over. */
static struct json_object *unify_into(struct json_object *common, struct json_object *type, bool *ok)
{
    struct json_object *both = type_unify(common, type, ok);
    json_object_put(common);
    return both;
}

static struct json_object *unify_members(struct json_object *a, struct json_object *b, bool *ok)
{
    struct json_object *inner = json_object_new_object(), *other = NULL;
    bool same = json_object_object_length(a) == json_object_object_length(b);
    *ok = *ok && inner != NULL;
    json_object_object_foreach(a, key, member)
    {
        same = *ok && same && json_object_object_get_ex(b, key, &other) &&
               add_member(inner, key, type_unify(member, other, ok));
    }
    if (same)
        return inner;
    json_object_put(inner);
    return NULL;
}

static struct json_object *unify_elements(struct json_object *a, struct json_object *b, bool *ok)
{
    size_t count = json_object_array_length(a);
    bool same = count == json_object_array_length(b);
    struct json_object *inner = json_object_new_array();
    *ok = *ok && inner != NULL;
    for (size_t i = 0; *ok && same && i < count; i++)
        same = add_element(inner,
                           type_unify(json_object_array_get_idx(a, i), json_object_array_get_idx(b, i), ok));
    if (*ok && same)
        return inner;
    json_object_put(inner);
    return NULL;
}

/* What all elements of a type have in common with `common`, which is taken over. */
static struct json_object *unify_inner(struct json_object *common, const struct json_object *type, bool *ok)
{
    struct json_object *inner = type_inner(type);
    if (type_is(type, "object")) {
        json_object_object_foreach(inner, key, member)
        {
            (void)key;
            common = *ok && common != NULL ? unify_into(common, member, ok) : common;
        }
    } else if (type_is(type, "tuple")) {
        for (size_t i = 0; *ok && common != NULL && i < json_object_array_length(inner); i++)
            common = unify_into(common, json_object_array_get_idx(inner, i), ok);
    } else {
        common = unify_into(common, inner, ok);
    }
    return common;
}

/* Of another shape each: the element of a list or map that both can be, or NULL. */
static struct json_object *unify_shapes(const struct json_object *a, const struct json_object *b, bool *ok)
{
    struct json_object *common = type_named("dynamic");
    *ok = *ok && common != NULL;
    common = *ok ? unify_inner(common, a, ok) : common;
    return *ok && common != NULL ? unify_inner(common, b, ok) : common;
}

struct json_object *type_unify(struct json_object *a, struct json_object *b, bool *ok)
{
    const char *kind = kind_of(a);
    struct json_object *inner = NULL;
    if (a == NULL || type_is(a, "dynamic"))
        return b != NULL ? json_object_get(b) : type_named("dynamic");
    if (b == NULL || type_is(b, "dynamic") || json_object_equal(a, b))
        return json_object_get(a);
    if (type_is_primitive(a) && type_is_primitive(b))
        return type_is(a, "string") ? json_object_get(a) : type_is(b, "string") ? json_object_get(b) : NULL;
    bool members = (type_is(a, "object") || type_is(a, "map")) && (type_is(b, "object") || type_is(b, "map"));
    bool elements =
        (type_is(a, "tuple") || type_is(a, "list")) && (type_is(b, "tuple") || type_is(b, "list"));
    bool same = type_is(b, kind);
    if (same && type_is(a, "object"))
        inner = unify_members(type_inner(a), type_inner(b), ok);
    else if (same && type_is(a, "tuple"))
        inner = unify_elements(type_inner(a), type_inner(b), ok);
    else if (same)
        inner = type_unify(type_inner(a), type_inner(b), ok);
    if (inner == NULL && *ok && (members || elements)) {
        inner = unify_shapes(a, b, ok);
        kind = members ? "map" : "list";
    }
    return inner != NULL ? type_of(kind, inner) : NULL;
}

static struct json_object *apply_to_array(struct json_object *value, const struct json_object *type, bool *ok)
{
    struct json_object *array = json_object_new_array();
    *ok = *ok && array != NULL;
    for (size_t i = 0; *ok && i < json_object_array_length(value); i++) {
        struct json_object *element =
            type_apply(json_object_array_get_idx(value, i), type_element(type, i), ok);
        if (json_object_array_add(array, element) != 0) {
            json_object_put(element);
            *ok = false;
        }
    }
    return array;
}

static struct json_object *apply_to_object(struct json_object *value, const struct json_object *type,
                                           bool *ok)
{
    struct json_object *object = json_object_new_object();
    *ok = *ok && object != NULL;
    json_object_object_foreach(value, key, member)
    {
        struct json_object *applied = *ok ? type_apply(member, type_member(type, key), ok) : NULL;
        if (*ok && json_object_object_add(object, key, applied) != 0) {
            json_object_put(applied);
            *ok = false;
        }
    }
    return object;
}

struct json_object *type_apply(struct json_object *value, const struct json_object *type, bool *ok)
{
    struct json_object *text = NULL;
    if (value == NULL || value_is_unknown(value) || type_is(type, "dynamic"))
        return json_object_get(value);
    if (json_object_is_type(value, json_type_array))
        return apply_to_array(value, type, ok);
    if (json_object_is_type(value, json_type_object))
        return apply_to_object(value, type, ok);
    if (!type_is(type, "string"))
        return json_object_get(value);
    text = primitive_text(value);
    *ok = *ok && text != NULL;
    return text;
}

struct json_object *primitive_text(struct json_object *value)
{
    struct json_object *result = NULL;
    char *text = NULL;
    switch (json_object_get_type(value)) {
    case json_type_string:
        return json_object_get(value);
    case json_type_boolean:
        return json_object_new_string(json_object_get_boolean(value) ? "true" : "false");
    default:
        text = number_text(value);
        if (text != NULL)
            result = json_object_new_string(text);
        free(text);
        return result;
    }
}

bool type_is_number(const struct json_object *value)
{
    return json_object_is_type(value, json_type_int) || json_object_is_type(value, json_type_double);
}

const char *type_noun(const struct json_object *type, const struct json_object *value)
{
    static const struct {
        const char *kind, *noun;
    } nouns[] = {
        {"string", "a string"}, {"number", "a number"}, {"bool", "a boolean"},   {"list", "a list"},
        {"set", "a set"},       {"map", "a map"},       {"object", "an object"}, {"tuple", "a list"},
    };
    for (size_t i = 0; i < sizeof nouns / sizeof *nouns; i++)
        if (type_is(type, nouns[i].kind))
            return nouns[i].noun;
    switch (json_object_get_type(value)) {
    case json_type_string:
        return "a string";
    case json_type_int:
    case json_type_double:
        return "a number";
    case json_type_boolean:
        return "a boolean";
    case json_type_array:
        return "a list";
    case json_type_object:
        return value_is_unknown(value) ? "a value that is not known yet" : "an object";
    default:
        return "null";
    }
}
