/* SPDX-License-Identifier: Apache-2.0
 *
 * plan.c - see plan.h. Pure functions over schema and values.
 */
#include "plan.h"

#include "call.h"

#include <stdlib.h>
#include <string.h>

const char *operation_name(enum operation operation)
{
    static const char *const names[] = {
        [OPERATION_NONE] = "none",       [OPERATION_CREATE] = "create",   [OPERATION_UPDATE] = "update",
        [OPERATION_REPLACE] = "replace", [OPERATION_DESTROY] = "destroy",
    };
    return names[operation];
}

void plan_clear(struct plan *plan)
{
    json_object_put(plan->planned);
    free(plan->replace);
    free(plan->private_text);
    *plan = (struct plan){0};
}

static const struct json_object *member(const struct json_object *object, const char *name)
{
    struct json_object *value = NULL;
    if (object != NULL && json_object_is_type(object, json_type_object) && !value_is_unknown(object))
        json_object_object_get_ex(object, name, &value);
    return value;
}

/* Adds a member and takes the value over, also when it fails. */
static bool add_member(struct json_object *object, const char *name, struct json_object *value)
{
    if (json_object_object_add(object, name, value) == 0)
        return true;
    json_object_put(value);
    return false;
}

/* --- a value in the schema's form, with what nested objects leave out filled in --- */

static struct json_object *conform_object(const struct schema_object *object, const struct json_object *value,
                                          bool *ok);

static struct json_object *conform_value(const struct schema_type *type, const struct json_object *value,
                                         bool *ok);

static struct json_object *conform_array(const struct schema_type *element, const struct json_object *value,
                                         bool *ok)
{
    struct json_object *array = json_object_new_array();
    *ok = *ok && array != NULL;
    for (size_t i = 0; *ok && i < json_object_array_length(value); i++) {
        struct json_object *item = conform_value(element, json_object_array_get_idx(value, i), ok);
        if (json_object_array_add(array, item) != 0) {
            json_object_put(item);
            *ok = false;
        }
    }
    return array;
}

static struct json_object *conform_map(const struct schema_type *element, const struct json_object *value,
                                       bool *ok)
{
    struct json_object *map = value_object((size_t)json_object_object_length(value));
    *ok = *ok && map != NULL;
    struct json_object_iterator each = json_object_iter_begin((struct json_object *)value);
    struct json_object_iterator end = json_object_iter_end((struct json_object *)value);
    for (; *ok && !json_object_iter_equal(&each, &end); json_object_iter_next(&each)) {
        struct json_object *item = conform_value(element, json_object_iter_peek_value(&each), ok);
        *ok = add_member(map, json_object_iter_peek_name(&each), item) && *ok;
    }
    return map;
}

/* What is of another kind than its type stays as it is. */
static struct json_object *conform_value(const struct schema_type *type, const struct json_object *value,
                                         bool *ok)
{
    bool object = json_object_is_type(value, json_type_object) && !value_is_unknown(value);
    if (object && type->kind == TYPE_OBJECT)
        return conform_object(type->object, value, ok);
    if (object && type->kind == TYPE_MAP)
        return conform_map(type->element, value, ok);
    if (json_object_is_type(value, json_type_array) && (type->kind == TYPE_LIST || type->kind == TYPE_SET))
        return conform_array(type->element, value, ok);
    return value_copy(value, ok);
}

static struct json_object *conform_object(const struct schema_object *object, const struct json_object *value,
                                          bool *ok)
{
    struct json_object *conformed = value_object(object->count);
    *ok = *ok && conformed != NULL;
    for (size_t i = 0; *ok && i < object->count; i++) {
        const struct schema_attribute *attribute = &object->attributes[i];
        const struct json_object *old = member(value, attribute->name);
        struct json_object *item = old == NULL && !attribute->read_only
                                       ? value_copy(attribute->default_value, ok)
                                       : conform_value(&attribute->type, old, ok);
        *ok = add_member(conformed, attribute->name, item) && *ok;
    }
    return conformed;
}

struct json_object *plan_conform(const struct schema_object *object, const struct json_object *value)
{
    bool ok = true;
    struct json_object *conformed = conform_object(object, value, &ok);
    if (ok)
        return conformed;
    json_object_put(conformed);
    return NULL;
}

/* --- planning --- */

/* Whether some callback fills a read-only attribute in while the resource is made. */
static bool filled_by_create(const struct schema *schema, const struct schema_attribute *attribute)
{
    const struct schema_callback *create = schema->callbacks[CALLBACK_CREATE];
    const struct schema_callback *read = schema->callbacks[CALLBACK_READ];
    return (create != NULL && call_hands_out(create, attribute)) ||
           (read != NULL && call_hands_out(read, attribute));
}

static struct json_object *plan_read_only(const struct schema *schema,
                                          const struct schema_attribute *attribute,
                                          const struct json_object *prior, bool creating, bool *ok)
{
    const struct schema_callback *update = schema->callbacks[CALLBACK_UPDATE];
    bool filled =
        creating ? filled_by_create(schema, attribute) : update != NULL && call_hands_out(update, attribute);
    if (!filled)
        return value_copy(prior, ok);
    struct json_object *unknown = value_unknown();
    *ok = *ok && unknown != NULL;
    return unknown;
}

/* The whole object as it is to be. `creating`: read-only attributes are about to be made. */
static struct json_object *plan_object(const struct schema *schema, const struct json_object *config,
                                       const struct json_object *prior, bool creating, bool *ok)
{
    struct json_object *planned = value_object(schema->object.count);
    *ok = *ok && planned != NULL;
    for (size_t i = 0; *ok && i < schema->object.count; i++) {
        const struct schema_attribute *attribute = &schema->object.attributes[i];
        const struct json_object *given = member(config, attribute->name),
                                 *old = member(prior, attribute->name);
        struct json_object *value = attribute->read_only
                                        ? plan_read_only(schema, attribute, old, creating, ok)
                                    : given == NULL ? value_copy(attribute->default_value, ok)
                                                    : conform_value(&attribute->type, given, ok);
        *ok = add_member(planned, attribute->name, value) && *ok;
    }
    return planned;
}

/* The prior value of an element of a collection: by index in a list, by key in a map, none in a set. */
static const struct json_object *prior_item(const struct json_object *prior, size_t index)
{
    if (prior == NULL || !json_object_is_type(prior, json_type_array) ||
        index >= json_object_array_length(prior))
        return NULL;
    return json_object_array_get_idx(prior, index);
}

static bool forces_replacement(const struct schema_attribute *attribute, const struct json_object *planned,
                               const struct json_object *prior);

/* Whether an immutable attribute occurs inside a type. */
static bool has_immutable(const struct schema_type *type)
{
    for (; type->element != NULL; type = type->element)
        continue;
    for (size_t i = 0; type->object != NULL && i < type->object->count; i++)
        if (type->object->attributes[i].immutable || has_immutable(&type->object->attributes[i].type))
            return true;
    return false;
}

/* Whether an immutable attribute inside two values that differ does. Items of a list are compared by place,
 * of a map by key. Those of a set have neither: there any difference counts, as does what is not known yet.
 * What was added or taken away does not change. */
static bool changes_immutable(const struct schema_type *type, const struct json_object *planned,
                              const struct json_object *prior)
{
    if (planned == NULL || prior == NULL || value_equal(planned, prior, type))
        return false;
    if (type->kind == TYPE_SET || value_is_unknown(planned))
        return has_immutable(type);
    for (size_t i = 0; type->kind == TYPE_OBJECT && i < type->object->count; i++) {
        const struct schema_attribute *nested = &type->object->attributes[i];
        if (forces_replacement(nested, member(planned, nested->name), member(prior, nested->name)))
            return true;
    }
    for (size_t i = 0; type->kind == TYPE_LIST && i < json_object_array_length(planned); i++)
        if (changes_immutable(type->element, json_object_array_get_idx(planned, i), prior_item(prior, i)))
            return true;
    if (type->kind == TYPE_MAP) {
        json_object_object_foreach((struct json_object *)planned, key, item)
        {
            if (changes_immutable(type->element, item, member(prior, key)))
                return true;
        }
    }
    return false;
}

/* Whether an attribute that may not change does, at any depth. */
static bool forces_replacement(const struct schema_attribute *attribute, const struct json_object *planned,
                               const struct json_object *prior)
{
    if (attribute->read_only || value_equal(planned, prior, &attribute->type))
        return false;
    return attribute->immutable || changes_immutable(&attribute->type, planned, prior);
}

/* Compares planned and prior, and sets operation and replace. */
static bool plan_differences(const struct schema *schema, const struct json_object *prior, struct plan *plan)
{
    const struct schema_object *object = &schema->object;
    bool changed = false;
    plan->replace = calloc(object->count + 1, sizeof(const struct schema_attribute *));
    if (plan->replace == NULL)
        return false;
    for (size_t i = 0; i < object->count; i++) {
        const struct schema_attribute *attribute = &object->attributes[i];
        const struct json_object *planned = member(plan->planned, attribute->name);
        const struct json_object *old = member(prior, attribute->name);
        if (forces_replacement(attribute, planned, old))
            plan->replace[plan->replace_count++] = attribute;
        if (!attribute->read_only && !value_equal(planned, old, &attribute->type))
            changed = true;
    }
    plan->operation = plan->replace_count > 0 ? OPERATION_REPLACE
                      : changed               ? OPERATION_UPDATE
                                              : OPERATION_NONE;
    return true;
}

/* When nothing changes, what update would hand out stays as it is. */
static bool plan_without_change(const struct json_object *prior, struct plan *plan)
{
    bool ok = true;
    json_object_put(plan->planned);
    plan->planned = value_copy(prior, &ok);
    return ok;
}

bool plan_resource(const struct schema *schema, const struct json_object *prior,
                   const struct json_object *config, struct plan *plan, struct diagnostics *diags)
{
    bool ok = true;
    if (config == NULL) {
        plan->operation = prior == NULL ? OPERATION_NONE : OPERATION_DESTROY;
        return true;
    }
    plan->planned = plan_object(schema, config, prior, prior == NULL, &ok);
    plan->operation = OPERATION_CREATE;
    if (ok && prior != NULL)
        ok = plan_differences(schema, prior, plan);
    if (ok && plan->operation == OPERATION_REPLACE) {
        json_object_put(plan->planned);
        plan->planned = plan_object(schema, config, NULL, true, &ok);
    }
    if (ok && plan->operation == OPERATION_NONE)
        ok = plan_without_change(prior, plan);
    if (!ok)
        diagnostics_no_memory(diags);
    return ok;
}
