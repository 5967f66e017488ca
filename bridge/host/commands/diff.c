/* SPDX-License-Identifier: Apache-2.0
 *
 * diff.c - see diff.h. Every function fills a node; without memory it returns false, and what it filled so
 * far is still to be cleared.
 */
#include "diff.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../value.h"
#include "../language/typed.h"
#include "sequence.h"

static bool compare_attribute(const struct comparison *in, const struct schema_type *type, struct diff *diff);
static bool compare_type(const struct comparison *in, const struct schema_type *type, struct diff *diff);
static bool compare_any(const struct comparison *in, const struct schema_type *type, struct diff *diff);
static bool is_nested(const struct schema_type *type);

/* --- nodes --- */

void diff_clear(struct diff *diff)
{
    for (size_t i = 0; i < diff->count; i++)
        diff_clear(&diff->children[i]);
    free(diff->children);
    diff->children = NULL;
    diff->count = diff->capacity = 0;
}

/* A new last child, zeroed; NULL without memory. Earlier children may move. */
static struct diff *add_child(struct diff *diff)
{
    if (diff->count == diff->capacity) {
        size_t capacity = diff->capacity ? 2 * diff->capacity : 4;
        struct diff *children = reallocarray(diff->children, capacity, sizeof(*children));
        if (!children)
            return NULL;
        diff->children = children;
        diff->capacity = capacity;
    }
    struct diff *child = &diff->children[diff->count++];
    *child = (struct diff){0};
    return child;
}

static void drop_last(struct diff *diff)
{
    diff_clear(&diff->children[--diff->count]);
}

/* What a collection's action becomes with one more member's. */
static enum action join(enum action all, enum action next)
{
    if (next == ACTION_NONE)
        return all;
    return all == next ? all : ACTION_UPDATE;
}

/* What a collection's action is before its members are looked at. */
static enum action first_action(const struct comparison *in)
{
    if (!in->before && !in->after)
        return ACTION_NONE;
    if (!in->before)
        return ACTION_CREATE;
    return in->after ? ACTION_NONE : ACTION_DELETE;
}

static bool forces_replacement(const struct comparison *in)
{
    for (size_t i = 0; i < in->replace_count; i++)
        if (!strcmp(in->replace_paths[i], in->path))
            return true;
    return false;
}

/* Whether a value is marked as a whole. */
static bool marked(struct json_object *marks)
{
    return json_object_is_type(marks, json_type_boolean) && json_object_get_boolean(marks);
}

static bool same(const struct json_object *a, const struct json_object *b)
{
    return sequence_same(a, b);
}

static enum action own_action(const struct comparison *in)
{
    bool before = in->before || in->before_explicit, after = in->after || in->after_explicit;
    if (!before && after)
        return ACTION_CREATE;
    if (before && !after)
        return ACTION_DELETE;
    bool equal = same(in->before, in->after) && in->before_explicit == in->after_explicit &&
                 marked(in->before_marks) == marked(in->after_marks);
    return equal ? ACTION_NONE : ACTION_UPDATE;
}

/* --- members --- */

/* The place of a member; false without memory. */
static bool child_path(const char *path, const char *name, size_t index, char **child)
{
    if (!name)
        return asprintf(child, "%s/%zu", path, index) >= 0;
    char *at = *child = malloc(strlen(path) + 2 * strlen(name) + 2);
    if (!at)
        return false;
    at = stpcpy(at, path);
    *at++ = '/';
    for (; *name; name++) {
        if (*name == '~' || *name == '/') {
            *at++ = '~';
            *at++ = *name == '~' ? '0' : '1';
        } else {
            *at++ = *name;
        }
    }
    *at = '\0';
    return true;
}

typedef bool compare_function(const struct comparison *in, const struct schema_type *type, struct diff *diff);

/* Where only parts of a value are relevant: this one stays as it was, or has relevant parts of its own. */
static void choose_part(const struct comparison *in, struct comparison *part, const char *name, size_t index)
{
    char number[24];
    struct json_object *relevant = NULL;
    if (!in->relevant)
        return;
    snprintf(number, sizeof number, "%zu", index);
    if (!json_object_object_get_ex(in->relevant, name ? name : number, &relevant)) {
        part->after = part->before;
        part->after_marks = part->before_marks;
        part->after_explicit = part->before_explicit;
    } else if (json_object_is_type(relevant, json_type_object)) {
        part->relevant = relevant;
    }
}

/* Compares a part of a value as a new child. Paths are made only where something forces a replacement. */
static struct diff *compare_part(const struct comparison *in, struct comparison *part, const char *name,
                                 size_t index, const struct schema_type *type, compare_function *compare,
                                 struct diff *diff)
{
    char *path = NULL;
    /* Terraform forgets within lists and sets that a schema is none of its old SDK. */
    part->legacy = in->legacy || (!name && compare != compare_any);
    part->replace_count = in->replace_count;
    part->replace_paths = in->replace_paths;
    part->path = "";
    choose_part(in, part, name, index);
    if (part->replace_count) {
        if (!child_path(in->path, name, index, &path))
            return NULL;
        part->path = path;
    }
    struct diff *child = add_child(diff);
    bool ok = child && compare(part, type, child);
    if (child)
        child->name = name;
    free(path);
    return ok ? child : NULL;
}

static struct comparison member_of(const struct comparison *in, const char *name)
{
    struct comparison part = {0};
    part.before_explicit = json_object_object_get_ex(in->before, name, &part.before);
    part.after_explicit = json_object_object_get_ex(in->after, name, &part.after);
    part.before_marks = marks_member(in->before_marks, name);
    part.after_marks = marks_member(in->after_marks, name);
    return part;
}

/* Indices beyond the end mean that there is none. */
static struct comparison element_of(const struct comparison *in, size_t before, size_t after)
{
    struct comparison part = {0};
    if (in->before && before < json_object_array_length(in->before)) {
        part.before = json_object_array_get_idx(in->before, before);
        part.before_explicit = true;
        part.before_marks = marks_element(in->before_marks, before);
    }
    if (in->after && after < json_object_array_length(in->after)) {
        part.after = json_object_array_get_idx(in->after, after);
        part.after_explicit = true;
        part.after_marks = marks_element(in->after_marks, after);
    }
    return part;
}

static size_t length_of(const struct json_object *array)
{
    return array ? json_object_array_length(array) : 0;
}

/* Members that are null before and after, and unchanged, are not shown, not even counted. */
static bool keep_member(const struct comparison *part, const struct diff *child)
{
    return child->action != ACTION_NONE || part->before || part->after;
}

static bool compare_members(const struct comparison *in, const struct schema_object *object,
                            compare_function *compare, struct diff *diff)
{
    for (size_t i = 0; i < object->count; i++) {
        const struct schema_attribute *attribute = &object->attributes[i];
        struct comparison part = member_of(in, attribute->name);
        part.before_explicit = part.after_explicit = false; /* an object has all of its members anyhow */
        const struct diff *child =
            compare_part(in, &part, attribute->name, 0, &attribute->type, compare, diff);
        if (!child)
            return false;
        if (keep_member(&part, child))
            diff->action = join(diff->action, child->action);
        else
            drop_last(diff);
    }
    return true;
}

/* One member by its name, unless it is null and `skip_null` is set. */
static bool compare_key(const struct comparison *in, const char *name, const struct schema_type *element,
                        compare_function *compare, bool skip_null, struct diff *diff)
{
    struct comparison part = member_of(in, name);
    const struct diff *child = compare_part(in, &part, name, 0, element, compare, diff);
    if (!child)
        return false;
    if (skip_null && !keep_member(&part, child))
        drop_last(diff);
    else
        diff->action = join(diff->action, child->action);
    return true;
}

static bool compare_keys(const struct comparison *in, const struct schema_type *element,
                         compare_function *compare, bool skip_null, struct diff *diff)
{
    bool ok = true;
    if (in->before) {
        json_object_object_foreach(in->before, name, value)
        {
            (void)value;
            ok = ok && compare_key(in, name, element, compare, skip_null, diff);
        }
    }
    if (in->after) {
        json_object_object_foreach(in->after, name, value)
        {
            (void)value;
            if (!in->before || !json_object_object_get_ex(in->before, name, NULL))
                ok = ok && compare_key(in, name, element, compare, skip_null, diff);
        }
    }
    return ok;
}

/* --- lists and sets --- */

struct list_context {
    const struct comparison *in;
    const struct schema_type *element;
    compare_function *compare;
    struct diff *diff;
};

static bool compare_pair(void *context, size_t before, size_t after)
{
    const struct list_context *list = context;
    struct comparison part = element_of(list->in, before, after);
    const struct diff *child =
        compare_part(list->in, &part, NULL, before < length_of(list->in->before) ? before : after,
                     list->element, list->compare, list->diff);
    if (!child)
        return false;
    list->diff->action = join(list->diff->action, child->action);
    return true;
}

static bool compare_list(const struct comparison *in, const struct schema_type *element, struct diff *diff)
{
    struct list_context context = {in, element, compare_type, diff};
    return sequence_pair(in->before, in->after, compare_pair, &context);
}

/* Lists of objects that are attributes of their own pair up by their places. */
static bool compare_by_place(const struct comparison *in, const struct schema_type *element,
                             struct diff *diff)
{
    struct list_context context = {in, element, compare_attribute, diff};
    size_t before = length_of(in->before), after = length_of(in->after);
    for (size_t i = 0; i < before || i < after; i++)
        if (!compare_pair(&context, i, i))
            return false;
    return true;
}

/* Sets of texts and numbers are shown in order, whatever order they come in. */
static int compare_elements(const void *a, const void *b, void *array)
{
    const struct json_object *first = json_object_array_get_idx(array, *(const size_t *)a),
                             *second = json_object_array_get_idx(array, *(const size_t *)b);
    if (json_object_is_type(first, json_type_string) && json_object_is_type(second, json_type_string) &&
        !value_is_unknown(first) && !value_is_unknown(second))
        return strcmp(value_string(first), value_string(second));
    if (json_object_is_type(first, json_type_object) || json_object_is_type(first, json_type_array))
        return *(const size_t *)a < *(const size_t *)b ? -1 : 1;
    double left = json_object_get_double(first), right = json_object_get_double(second);
    return (left > right) - (left < right);
}

/* One side of a set: the order of its elements, and of each the index of its equal on the other side. */
struct side {
    size_t count, *order, *partner;
};

static bool make_side(struct json_object *array, size_t nobody, struct side *side)
{
    side->count = length_of(array);
    side->order = calloc(side->count + 1, sizeof(*side->order));
    side->partner = calloc(side->count + 1, sizeof(*side->partner));
    if (!side->order || !side->partner)
        return false;
    for (size_t i = 0; i < side->count; i++) {
        side->order[i] = i;
        side->partner[i] = nobody;
    }
    if (side->count)
        qsort_r(side->order, side->count, sizeof(*side->order), compare_elements, array);
    return true;
}

static bool compare_set(const struct comparison *in, const struct schema_type *element,
                        compare_function *compare, struct diff *diff)
{
    struct list_context context = {in, element, compare, diff};
    const size_t nobody = SIZE_MAX;
    struct side before = {0}, after = {0};
    bool ok = make_side(in->before, nobody, &before) && make_side(in->after, nobody, &after);
    for (size_t i = 0; ok && i < before.count; i++) {
        for (size_t j = 0; j < after.count && before.partner[i] == nobody; j++) {
            const struct comparison part = element_of(in, i, j);
            if (after.partner[j] == nobody && same(part.before, part.after)) {
                before.partner[i] = j;
                after.partner[j] = i;
            }
        }
    }
    for (size_t i = 0; ok && i < before.count; i++)
        ok = compare_pair(&context, before.order[i], before.partner[before.order[i]]);
    for (size_t j = 0; ok && j < after.count; j++)
        if (after.partner[after.order[j]] == nobody)
            ok = compare_pair(&context, nobody, after.order[j]);
    free(before.order);
    free(before.partner);
    free(after.order);
    free(after.partner);
    return ok;
}

/* --- values --- */

/* What is sensitive on either side is compared in the dark. */
static bool compare_sensitive(const struct comparison *in, const struct schema_type *type,
                              compare_function *compare, struct diff *diff)
{
    struct comparison inner = *in;
    inner.before_marks = inner.after_marks = NULL;
    diff->kind = DIFF_SENSITIVE;
    diff->sensitive_before = marked(in->before_marks);
    diff->sensitive_after = marked(in->after_marks);
    diff->replace = forces_replacement(in);
    struct diff *child = add_child(diff);
    if (!child || !compare(&inner, type, child))
        return false;
    bool nothing = !in->before && !in->before_explicit && !in->after && !in->after_explicit;
    diff->action = child->action;
    if (diff->action == ACTION_NONE && diff->sensitive_before != diff->sensitive_after && !nothing)
        diff->action = ACTION_UPDATE;
    return true;
}

/* Of an unknown object every attribute is unknown. NULL without memory. */
static struct json_object *all_unknown(const struct schema_object *object)
{
    struct json_object *all = json_object_new_object();
    for (size_t i = 0; all && i < object->count; i++) {
        struct json_object *unknown = value_unknown();
        if (!unknown || json_object_object_add(all, object->attributes[i].name, unknown)) {
            json_object_put(unknown);
            json_object_put(all);
            return NULL;
        }
    }
    return all;
}

static bool compare_unknown(const struct comparison *in, const struct schema_type *type,
                            compare_function *compare, struct diff *diff)
{
    struct comparison whole = *in;
    diff->kind = DIFF_UNKNOWN;
    whole.after_explicit = true;
    diff->replace = forces_replacement(in);
    diff->action = own_action(&whole);
    if (!in->before)
        return true;
    struct comparison before = {.before = in->before,
                                .before_marks = in->before_marks,
                                .before_explicit = in->before_explicit,
                                .legacy = in->legacy,
                                .path = ""};
    if (compare == compare_attribute && type->kind == TYPE_OBJECT) {
        before.after = all_unknown(type->object);
        if (!before.after)
            return false;
    }
    struct diff *child = add_child(diff);
    bool ok = child && compare(&before, type, child);
    json_object_put(before.after); /* what is unknown is not borrowed */
    return ok;
}

/* Looks for what makes the rest of a comparison needless. *done tells whether there was such a thing. */
static bool compare_hidden(const struct comparison *in, const struct schema_type *type,
                           compare_function *compare, struct diff *diff, bool *done)
{
    *done = true;
    if (marked(in->before_marks) || marked(in->after_marks))
        return compare_sensitive(in, type, compare, diff);
    if (value_is_unknown(in->after))
        return compare_unknown(in, type, compare, diff);
    *done = false;
    diff->action = first_action(in);
    diff->replace = forces_replacement(in);
    return true;
}

static bool empty_text(const struct json_object *value)
{
    return json_object_is_type(value, json_type_string) && !value_is_unknown(value) && !*value_string(value);
}

static bool compare_primitive(const struct comparison *in, struct diff *diff)
{
    diff->kind = DIFF_PRIMITIVE;
    diff->action = own_action(in);
    diff->before = in->legacy && empty_text(in->before) ? NULL : in->before;
    diff->after = in->legacy && empty_text(in->after) ? NULL : in->after;
    return true;
}

static enum json_type shape_of(const struct json_object *value)
{
    enum json_type type = json_object_get_type(value);
    return type == json_type_int ? json_type_double : type;
}

static bool compare_shape(const struct comparison *in, enum json_type shape, struct diff *diff)
{
    struct list_context context = {in, NULL, compare_any, diff};
    diff->action = first_action(in);
    switch (shape) {
    case json_type_object:
        diff->kind = DIFF_OBJECT;
        return compare_keys(in, NULL, compare_any, false, diff);
    case json_type_array:
        diff->kind = DIFF_LIST;
        return sequence_pair(in->before, in->after, compare_pair, &context);
    default:
        return compare_primitive(in, diff);
    }
}

/* A change from one shape to another: what was goes, what is comes. */
static bool compare_shapes(const struct comparison *in, struct diff *diff)
{
    struct comparison gone = *in, come = *in;
    gone.after = gone.after_marks = NULL;
    gone.after_explicit = false;
    come.before = come.before_marks = NULL;
    come.before_explicit = false;
    diff->kind = DIFF_TYPE;
    diff->action = ACTION_UPDATE;
    struct diff *child = add_child(diff);
    if (!child || !compare_shape(&gone, shape_of(in->before), child))
        return false;
    child = add_child(diff);
    return child && compare_shape(&come, shape_of(in->after), child);
}

/* Values without a type: by their shape. */
static bool compare_any(const struct comparison *in, const struct schema_type *type, struct diff *diff)
{
    bool done;
    (void)type;
    if (!compare_hidden(in, NULL, compare_any, diff, &done))
        return false;
    if (done)
        return true;
    enum json_type before = shape_of(in->before), after = shape_of(in->after);
    bool created = !in->before && !in->before_explicit, deleted = !in->after && !in->after_explicit;
    if (before != after && !created && !deleted)
        return compare_shapes(in, diff);
    return compare_shape(in, before == json_type_null ? after : before, diff);
}

/* Whether a value is of another shape than its type, as in the state of an older schema. */
static bool misshapen(const struct json_object *value, const struct schema_type *type)
{
    enum json_type shape = type->kind == TYPE_LIST || type->kind == TYPE_SET     ? json_type_array
                           : type->kind == TYPE_MAP || type->kind == TYPE_OBJECT ? json_type_object
                                                                                 : json_type_null;
    return value && shape != json_type_null && !json_object_is_type(value, shape);
}

/* A plain type. */
static bool compare_type(const struct comparison *given, const struct schema_type *type, struct diff *diff)
{
    struct comparison copy = *given, *in = &copy;
    bool done;
    if (copy.legacy && empty_text(copy.before))
        copy.before = NULL;
    if (copy.legacy && empty_text(copy.after))
        copy.after = NULL;
    if (!compare_hidden(in, type, compare_type, diff, &done))
        return false;
    if (done)
        return true;
    if (misshapen(in->before, type) || misshapen(in->after, type))
        return compare_any(in, NULL, diff);
    switch (type->kind) {
    case TYPE_LIST:
        diff->kind = DIFF_LIST;
        return compare_list(in, type->element, diff);
    case TYPE_SET:
        diff->kind = DIFF_SET;
        return compare_set(in, type->element, compare_type, diff);
    case TYPE_MAP:
        diff->kind = DIFF_MAP;
        return compare_keys(in, type->element, compare_type, false, diff);
    case TYPE_OBJECT:
        diff->kind = DIFF_OBJECT;
        return compare_members(in, type->object, compare_type, diff);
    default:
        return compare_primitive(in, diff);
    }
}

/* An attribute: objects, and lists, sets and maps of objects, are nested attributes (see
 * terraform/message_schema.c); all else is a plain type. */
static bool compare_attribute(const struct comparison *in, const struct schema_type *type, struct diff *diff)
{
    bool done;
    if (!is_nested(type))
        return compare_type(in, type, diff);
    if (!compare_hidden(in, type, compare_attribute, diff, &done))
        return false;
    if (done)
        return true;
    if (misshapen(in->before, type) || misshapen(in->after, type))
        return compare_any(in, NULL, diff);
    switch (type->kind) {
    case TYPE_LIST:
        diff->kind = DIFF_NESTED_LIST;
        return compare_by_place(in, type->element, diff);
    case TYPE_SET:
        diff->kind = DIFF_NESTED_SET;
        return compare_set(in, type->element, compare_attribute, diff);
    case TYPE_MAP:
        diff->kind = DIFF_NESTED_MAP;
        return compare_keys(in, type->element, compare_attribute, false, diff);
    default:
        diff->kind = DIFF_NESTED_OBJECT;
        return compare_members(in, type->object, compare_attribute, diff);
    }
}

/* In a resource nothing is there explicitly. */
static bool compare_in_block(const struct comparison *in, const struct schema_type *type, struct diff *diff)
{
    struct comparison part = *in;
    part.before_explicit = part.after_explicit = false;
    return type ? compare_attribute(&part, type, diff) : compare_any(&part, NULL, diff);
}

static bool is_nested(const struct schema_type *type)
{
    return type->kind == TYPE_OBJECT || (type->element && type->element->object);
}

/* Terraform takes schemas without nested attributes for those of its old SDK, which could not tell "" from
 * null. */
static bool looks_legacy(const struct schema_object *object)
{
    for (size_t i = 0; i < object->count; i++)
        if (is_nested(&object->attributes[i].type))
            return false;
    return true;
}

bool diff_resource(const struct comparison *comparison, const struct schema_object *object, struct diff *diff)
{
    diff->kind = DIFF_BLOCK;
    diff->action = first_action(comparison);
    diff->replace = forces_replacement(comparison);
    struct comparison whole = *comparison;
    whole.legacy = object && looks_legacy(object);
    if (object)
        return compare_members(&whole, object, compare_in_block, diff);
    return compare_keys(&whole, NULL, compare_in_block, true, diff);
}

bool diff_value(const struct comparison *comparison, struct diff *diff)
{
    return compare_any(comparison, NULL, diff);
}
