/* SPDX-License-Identifier: Apache-2.0
 *
 * expression_access.c - attributes, indexes and splats: what is within a value.
 */
#include "expression_access.h"

#include "number.h"
#include "text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* How many names a message lists. */
enum { NAMES_MAX = 12 };

/* An unknown value of a type (NULL: none is known). */
static bool unknown_of(struct evaluation *evaluation, struct json_object *type, struct typed *out)
{
    out->value = value_unknown();
    out->type = type != NULL ? json_object_get(type) : type_named("dynamic");
    return (out->value != NULL && out->type != NULL) || evaluation_refuse_memory(evaluation);
}

/* Fills *out with a share of a part of a value. */
static bool share(struct evaluation *evaluation, struct json_object *value, struct json_object *type,
                  struct json_object *marks, struct typed *out)
{
    out->value = json_object_get(value);
    out->type = type != NULL ? json_object_get(type) : type_of_literal(value);
    out->marks = marks_any(marks) ? json_object_get(marks) : NULL;
    return out->type != NULL || evaluation_refuse_memory(evaluation);
}

/* "; it has: a, b, c." with the nearest name before it. */
static char *list_names(struct json_object *object, const char *wanted)
{
    struct text list = {0}, text = {0};
    struct near near = {.wanted = wanted};
    char hint[HINT_SIZE];
    size_t count = 0;
    json_object_object_foreach(object, key, member)
    {
        (void)member;
        near_offer(&near, key);
        if (count < NAMES_MAX)
            text_add_format(&list, "%s\"%s\"", count > 0 ? ", " : "", key);
        count++;
    }
    if (count > NAMES_MAX)
        text_add_format(&list, " and %zu more", count - NAMES_MAX);
    text_add_format(&text, "%s.%s", count > 0 && list.bytes != NULL ? list.bytes : "nothing",
                    near_hint(&near, hint));
    text.failed = text.failed || list.failed;
    text_clear(&list);
    return text_take(&text);
}

/* What a message says of a member that is not there. */
static bool refuse_member(struct evaluation *evaluation, const struct expression *node,
                          const struct typed *base, const char *name)
{
    bool map = type_is(base->type, "map");
    /* Keys of a map are values. */
    if (map && marks_any(base->marks))
        return node_refuse(
            node, evaluation->diags, "Invalid index",
            "This map, which is sensitive, does not have an element with the key that is asked for.");
    struct json_object *names = type_is(base->type, "object") ? type_inner(base->type) : base->value;
    char *list = list_names(names, name);
    if (map)
        node_refuse(node, evaluation->diags, "Missing map element",
                    "This map does not have an element with the key \"%s\"; it has: %s", name,
                    list != NULL ? list : "");
    else
        node_refuse(node, evaluation->diags, "Unsupported attribute",
                    "This object does not have an attribute named \"%s\"; it has: %s", name,
                    list != NULL ? list : "");
    free(list);
    return false;
}

/* A member of an object or map. */
static bool member(struct evaluation *evaluation, const struct expression *node, const struct typed *base,
                   const char *name, struct typed *out)
{
    struct json_object *value = NULL, *type = type_member(base->type, name);
    struct json_object *marks = marks_member(base->marks, name);
    bool object = type_is(base->type, "object");
    if (value_is_unknown(base->value)) {
        if (object && type == NULL)
            return refuse_member(evaluation, node, base, name);
        out->marks = marks_any(marks) ? json_object_get(marks) : NULL;
        return unknown_of(evaluation, type, out);
    }
    if (!json_object_object_get_ex(base->value, name, &value) && !(object && type != NULL))
        return refuse_member(evaluation, node, base, name);
    return share(evaluation, value, type, marks, out);
}

static bool has_members(const struct typed *base)
{
    return json_object_is_type(base->value, json_type_object) && !value_is_unknown(base->value);
}

bool evaluate_attribute(struct evaluation *evaluation, const struct expression *node, struct typed *out)
{
    struct typed base = {0};
    bool ok = evaluate(evaluation, node->items[0], &base);
    if (!ok)
        return false;
    bool open = value_is_unknown(base.value) &&
                (type_is(base.type, "dynamic") || type_is(base.type, "object") || type_is(base.type, "map"));
    if (base.value == NULL)
        ok = node_refuse(node, evaluation->diags, "Attempt to get attribute from null value",
                         "This value is null, so it does not have the attribute \"%s\".", node->name);
    else if (open || has_members(&base))
        ok = member(evaluation, node, &base, node->name, out);
    else
        ok = node_refuse(node, evaluation->diags, "Unsupported attribute",
                         "\"%s\" can't be taken from %s, which does not have any attributes.%s", node->name,
                         type_noun(base.type, base.value),
                         json_object_is_type(base.value, json_type_array)
                             ? " Name an element first: [0], or [*] for all of them."
                             : "");
    typed_clear(&base);
    return ok;
}

/* The index that a key means; false where it is none, which is said. */
static bool whole_index(struct evaluation *evaluation, const struct expression *node, const struct typed *key,
                        uint64_t *index, bool *negative)
{
    struct json_object *number = NULL;
    if (json_object_is_type(key->value, json_type_string))
        number =
            number_parse(json_object_get_string(key->value), (size_t)json_object_get_string_len(key->value));
    else if (type_is_number(key->value))
        number = json_object_get(key->value);
    bool ok = number != NULL && value_whole(number, negative, index) == WHOLE_YES;
    json_object_put(number);
    return ok || node_refuse(node, evaluation->diags, "Invalid index",
                             "The index of a list must be a whole number from 0 on.");
}

/* An element of a list or tuple, by a known key. */
static bool element(struct evaluation *evaluation, const struct expression *node, const struct typed *base,
                    const struct typed *key, struct typed *out)
{
    uint64_t index = 0;
    bool negative = false;
    size_t count = json_object_array_length(base->value);
    if (!whole_index(evaluation, node, key, &index, &negative))
        return false;
    if (negative && index > 0)
        return node_refuse(node, evaluation->diags, "Invalid index",
                           "A negative number is no index; the first element is [0].");
    if (index >= count && count == 0)
        return node_refuse(node, evaluation->diags, "Invalid index",
                           "There is no element at this index: the list is empty.");
    if (index >= count)
        return node_refuse(node, evaluation->diags, "Invalid index",
                           "There is no element %" PRIu64 ": the list has %zu, so the index can be 0 to %zu.",
                           index, count, count - 1);
    return share(evaluation, json_object_array_get_idx(base->value, index), type_element(base->type, index),
                 marks_element(base->marks, index), out);
}

/* Whether elements of this type are all of one, which type_inner() tells. */
static bool is_uniform(const struct json_object *type)
{
    return type_is(type, "list") || type_is(type, "map");
}

static bool member_by_key(struct evaluation *evaluation, const struct expression *node,
                          const struct typed *base, const struct typed *key, struct typed *out)
{
    if (json_object_is_type(key->value, json_type_object) || json_object_is_type(key->value, json_type_array))
        return node_refuse(node, evaluation->diags, "Invalid index",
                           "The key of %s must be a string, not %s.", type_noun(base->type, base->value),
                           type_noun(key->type, key->value));
    struct json_object *text = primitive_text(key->value);
    if (text == NULL)
        return evaluation_refuse_memory(evaluation);
    bool ok = member(evaluation, node, base, json_object_get_string(text), out);
    json_object_put(text);
    return ok;
}

static bool index_into(struct evaluation *evaluation, const struct expression *node, const struct typed *base,
                       const struct typed *key, struct typed *out)
{
    if (base->value == NULL)
        return node_refuse(node, evaluation->diags, "Attempt to index null value",
                           "This value is null, so it does not have any indices.");
    if (key->value == NULL)
        return node_refuse(node, evaluation->diags, "Invalid index", "The index is null; give it a value.");
    if (type_is(base->type, "set"))
        return node_refuse(node, evaluation->diags, "Invalid index",
                           "Elements of a set have no index; use [*] for all of them.");
    if (type_is_primitive(base->type))
        return node_refuse(node, evaluation->diags, "Invalid index", "%s does not have any indices.",
                           type_is(base->type, "string")   ? "A string"
                           : type_is(base->type, "number") ? "A number"
                                                           : "A boolean");
    if (value_is_unknown(base->value) || value_is_unknown(key->value))
        return unknown_of(evaluation, is_uniform(base->type) ? type_inner(base->type) : NULL, out);
    if (json_object_is_type(base->value, json_type_array))
        return element(evaluation, node, base, key, out);
    return member_by_key(evaluation, node, base, key, out);
}

/* Marks all of *out where another value that it depends on is marked. */
static bool cover(struct evaluation *evaluation, const struct json_object *marks, struct typed *out)
{
    if (!marks_any(marks))
        return true;
    json_object_put(out->marks);
    out->marks = marks_all();
    return out->marks != NULL || evaluation_refuse_memory(evaluation);
}

bool evaluate_index(struct evaluation *evaluation, const struct expression *node, struct typed *out)
{
    const struct expression *from = node->items[0];
    struct typed base = {0}, key = {0};
    bool keyed = false;
    bool ok = evaluate(evaluation, node->items[1], &key);
    if (ok && from->kind == NODE_REFERENCE) {
        bool known =
            json_object_is_type(key.value, json_type_int) || json_object_is_type(key.value, json_type_string);
        ok = evaluate_reference(evaluation, from, known ? key.value : NULL, &keyed, &base);
    } else if (ok) {
        ok = evaluate(evaluation, from, &base);
    }
    if (ok && keyed)
        *out = typed_share(&base);
    else if (ok)
        ok = index_into(evaluation, node, &base, &key, out);
    /* Of an unknown element nobody can tell whose mark it has. */
    bool vague = ok && !keyed && value_is_unknown(key.value);
    ok = ok && cover(evaluation, key.marks, out) && (!vague || cover(evaluation, base.marks, out));
    typed_clear(&base);
    typed_clear(&key);
    return ok;
}

/* The rest of a splat for one element; appends what comes out. */
static bool splat_element(struct evaluation *evaluation, const struct expression *rest,
                          const struct typed *item, size_t index, struct json_object *types,
                          struct typed *out)
{
    const struct typed *outer = evaluation->element;
    struct typed result = {0};
    evaluation->element = item;
    bool ok = evaluate(evaluation, rest, &result);
    evaluation->element = outer;
    if (!ok)
        return false;
    ok = marks_put_element(&out->marks, index, result.marks);
    if (ok && json_object_array_add(out->value, json_object_get(result.value)) != 0) {
        json_object_put(result.value);
        ok = false;
    }
    if (ok && json_object_array_add(types, json_object_get(result.type)) != 0) {
        json_object_put(result.type);
        ok = false;
    }
    typed_clear(&result);
    return ok || evaluation_refuse_memory(evaluation);
}

/* The type of what came out: a list where the source was one and all are alike, else a tuple. Takes `types`.
 */
static struct json_object *splat_type(const struct typed *base, struct json_object *types)
{
    size_t count = json_object_array_length(types);
    bool alike = type_is(base->type, "list") || type_is(base->type, "set");
    for (size_t i = 1; alike && i < count; i++)
        alike = json_object_equal(json_object_array_get_idx(types, 0), json_object_array_get_idx(types, i));
    if (!alike)
        return type_of("tuple", types);
    struct json_object *first =
        count > 0 ? json_object_get(json_object_array_get_idx(types, 0)) : type_named("dynamic");
    json_object_put(types);
    return type_of("list", first);
}

static bool splat_all(struct evaluation *evaluation, const struct expression *node, const struct typed *base,
                      bool single, struct typed *out)
{
    size_t count = single ? base->value != NULL : json_object_array_length(base->value);
    struct json_object *types = json_object_new_array();
    out->value = json_object_new_array();
    bool ok = (types != NULL && out->value != NULL) || evaluation_refuse_memory(evaluation);
    for (size_t i = 0; ok && i < count; i++) {
        struct typed item = *base;
        if (!single)
            item = (struct typed){json_object_array_get_idx(base->value, i), type_element(base->type, i),
                                  marks_element(base->marks, i)};
        ok = splat_element(evaluation, node->items[1], &item, i, types, out);
    }
    if (!ok) {
        json_object_put(types);
        return false;
    }
    out->type = splat_type(base, types);
    return out->type != NULL || evaluation_refuse_memory(evaluation);
}

bool evaluate_splat(struct evaluation *evaluation, const struct expression *node, struct typed *out)
{
    struct typed base = {0};
    if (!evaluate(evaluation, node->items[0], &base))
        return false;
    bool list = type_is(base.type, "list") || type_is(base.type, "set") || type_is(base.type, "tuple") ||
                json_object_is_type(base.value, json_type_array);
    bool ok = true;
    if (base.value == NULL && list)
        ok = node_refuse(node, evaluation->diags, "Attempt to iterate over null",
                         "[*] can't be applied to a list that is null; give it a value.");
    else if (value_is_unknown(base.value) && (list || type_is(base.type, "dynamic")))
        ok = unknown_of(evaluation, NULL, out) && cover(evaluation, base.marks, out);
    else
        ok = splat_all(evaluation, node, &base, !list, out) &&
             (!json_object_is_type(base.marks, json_type_boolean) || cover(evaluation, base.marks, out));
    typed_clear(&base);
    return ok;
}
