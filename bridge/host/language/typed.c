/* SPDX-License-Identifier: Apache-2.0
 *
 * typed.c - values with their types and marks, held and marked. What types are is type.c's part, conversions
 * are convert.c's.
 */
#include "typed.h"

#include "type.h"

void typed_clear(struct typed *typed)
{
    json_object_put(typed->value);
    json_object_put(typed->type);
    json_object_put(typed->marks);
    *typed = (struct typed){0};
}

struct typed typed_share(const struct typed *typed)
{
    return (struct typed){json_object_get(typed->value), json_object_get(typed->type),
                          json_object_get(typed->marks)};
}

static bool fits(const struct json_object *value, struct json_object *type);

static bool elements_fit(const struct json_object *array, struct json_object *type)
{
    bool tuple = type_is(type, "tuple"), fit = json_object_is_type(array, json_type_array);
    struct json_object *inner = type_inner(type);
    if (fit && tuple)
        fit = json_object_is_type(inner, json_type_array) &&
              json_object_array_length(inner) == json_object_array_length(array);
    for (size_t i = 0; fit && i < json_object_array_length(array); i++)
        fit = fits(json_object_array_get_idx(array, i), type_element(type, i));
    return fit;
}

static bool members_fit(const struct json_object *object, struct json_object *type)
{
    bool map = type_is(type, "map");
    if (!json_object_is_type(object, json_type_object) ||
        (!map && !json_object_is_type(type_inner(type), json_type_object)))
        return false;
    json_object_object_foreach(object, name, member)
    {
        if (!fits(member, type_member(type, name)))
            return false;
    }
    return true;
}

static bool fits(const struct json_object *value, struct json_object *type)
{
    bool array = json_object_is_type(type, json_type_array) && json_object_array_length(type) > 1;
    bool named = json_object_is_type(array ? json_object_array_get_idx(type, 0) : type, json_type_string);
    if (type == NULL || (named && type_is(type, "dynamic")))
        return true;
    if (!named || array == type_is_primitive(type))
        return false;
    if (value == NULL || value_is_unknown(value))
        return true;
    if (type_is(type, "string"))
        return json_object_is_type(value, json_type_string);
    if (type_is(type, "number"))
        return type_is_number(value);
    if (type_is(type, "bool"))
        return json_object_is_type(value, json_type_boolean);
    if (type_is(type, "list") || type_is(type, "set") || type_is(type, "tuple"))
        return elements_fit(value, type);
    return (type_is(type, "map") || type_is(type, "object")) && members_fit(value, type);
}

bool typed_fits(const struct typed *typed)
{
    return fits(typed->value, typed->type);
}

struct json_object *marks_all(void)
{
    return json_object_new_boolean(true);
}

/* Whether they cover the whole value. */
static bool covers(const struct json_object *marks)
{
    return json_object_is_type(marks, json_type_boolean) && json_object_get_boolean(marks);
}

bool marks_any(const struct json_object *marks)
{
    if (json_object_is_type(marks, json_type_boolean))
        return json_object_get_boolean(marks);
    if (json_object_is_type(marks, json_type_object)) {
        json_object_object_foreach(marks, key, member)
        {
            (void)key;
            if (marks_any(member))
                return true;
        }
    } else if (json_object_is_type(marks, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(marks); i++)
            if (marks_any(json_object_array_get_idx(marks, i)))
                return true;
    }
    return false;
}

struct json_object *marks_member(struct json_object *marks, const char *name)
{
    struct json_object *member = NULL;
    if (covers(marks))
        return marks;
    if (json_object_is_type(marks, json_type_object))
        json_object_object_get_ex(marks, name, &member);
    return member;
}

struct json_object *marks_element(struct json_object *marks, size_t index)
{
    if (covers(marks))
        return marks;
    return json_object_is_type(marks, json_type_array) ? json_object_array_get_idx(marks, index) : NULL;
}

bool marks_put_member(struct json_object **marks, const char *name, struct json_object *member)
{
    if (!marks_any(member))
        return true;
    if (*marks == NULL)
        *marks = json_object_new_object();
    if (*marks != NULL && json_object_object_add(*marks, name, json_object_get(member)) == 0)
        return true;
    if (*marks != NULL)
        json_object_put(member);
    return false;
}

bool marks_put_element(struct json_object **marks, size_t index, struct json_object *element)
{
    if (!marks_any(element))
        return true;
    if (*marks == NULL)
        *marks = json_object_new_array();
    if (*marks != NULL && json_object_array_put_idx(*marks, index, json_object_get(element)) == 0)
        return true;
    if (*marks != NULL)
        json_object_put(element);
    return false;
}

static struct json_object *marks_of_type(const struct schema_type *type, const struct json_object *value,
                                         struct json_object *more, bool *ok);

static struct json_object *marks_of_elements(const struct schema_type *type, const struct json_object *value,
                                             struct json_object *more, bool *ok)
{
    struct json_object *marks = NULL;
    for (size_t i = 0; *ok && i < json_object_array_length(value); i++) {
        struct json_object *element =
            marks_of_type(type->element, json_object_array_get_idx(value, i), marks_element(more, i), ok);
        *ok = *ok && marks_put_element(&marks, i, element);
        json_object_put(element);
    }
    if (*ok && type->kind == TYPE_SET && marks != NULL) {
        /* Elements of a set have no place of their own. */
        json_object_put(marks);
        marks = marks_all();
        *ok = marks != NULL;
    }
    return marks;
}

static struct json_object *marks_of_map(const struct schema_type *element, const struct json_object *value,
                                        struct json_object *more, bool *ok)
{
    struct json_object *marks = NULL;
    json_object_object_foreach(value, key, member)
    {
        struct json_object *one = *ok ? marks_of_type(element, member, marks_member(more, key), ok) : NULL;
        *ok = *ok && marks_put_member(&marks, key, one);
        json_object_put(one);
    }
    return marks;
}

/* A null or unknown value is marked like any other where its attribute is sensitive. */
static struct json_object *marks_of_type(const struct schema_type *type, const struct json_object *value,
                                         struct json_object *more, bool *ok)
{
    if (covers(more))
        return json_object_get(more);
    if (value != NULL && !value_is_unknown(value)) {
        if (type->element != NULL && json_object_is_type(value, json_type_array))
            return marks_of_elements(type, value, more, ok);
        if (type->element != NULL && json_object_is_type(value, json_type_object))
            return marks_of_map(type->element, value, more, ok);
        if (type->object != NULL && json_object_is_type(value, json_type_object))
            return marks_of_schema(type->object, value, more, ok);
    }
    return marks_any(more) ? json_object_get(more) : NULL;
}

struct json_object *marks_of_schema(const struct schema_object *object, const struct json_object *value,
                                    struct json_object *more, bool *ok)
{
    struct json_object *marks = NULL;
    if (covers(more))
        return json_object_get(more);
    for (size_t i = 0; *ok && i < object->count; i++) {
        const struct schema_attribute *attribute = &object->attributes[i];
        struct json_object *member = NULL, *one = NULL;
        json_object_object_get_ex(value, attribute->name, &member);
        one = attribute->sensitive
                  ? marks_all()
                  : marks_of_type(&attribute->type, member, marks_member(more, attribute->name), ok);
        *ok = *ok && (!attribute->sensitive || one != NULL) && marks_put_member(&marks, attribute->name, one);
        json_object_put(one);
    }
    return marks;
}
