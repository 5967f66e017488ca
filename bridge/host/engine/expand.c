/* SPDX-License-Identifier: Apache-2.0
 *
 * expand.c - count and for_each: which instances the configuration wants, and which ones the state has
 * beside those, and why.
 */
#include "engine_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One instance's key and each.value, before the instances are made. */
struct wanted {
    struct json_object *key;
    struct typed each;
};

static bool refuse(const struct block *block, struct diagnostics *diags, const char *summary,
                   const char *detail)
{
    const struct expression *expression =
        block->repetition == REPEAT_COUNT ? block->config->count : block->config->for_each;
    size_t first = diags->count;
    diagnostics_error(diags, "", summary, "%s", detail);
    diagnostics_locate(diags, first, expression_file(expression), expression_pointer(expression), NULL);
    block_locate(block, NULL, diags, first);
    return false;
}

#define COUNT_UNKNOWN                                                                                        \
    "The \"count\" value depends on resource attributes that cannot be determined until apply, so "          \
    "Terraform "                                                                                             \
    "cannot predict how many instances will be created. To work around this, use the -target argument to "   \
    "first apply only the resources that the count depends on."
#define EACH_UNKNOWN                                                                                         \
    "The \"for_each\" map includes keys derived from resource attributes that cannot be determined until "   \
    "apply, and so Terraform cannot determine the full set of keys that will identify the instances of "     \
    "this "                                                                                                  \
    "resource.\n\nWhen working with unknown values in for_each, it's better to define the map keys "         \
    "statically in your configuration and place apply-time results only in the map values.\n\n"              \
    "Alternatively, you could use the -target planning option to first apply only the resources that the "   \
    "for_each value depends on, and then apply a second time to fully converge."

static bool read_count(const struct block *block, const struct typed *value, size_t *count,
                       struct diagnostics *diags)
{
    bool negative = false;
    uint64_t magnitude = 0;
    const struct json_object *number = value->value;
    struct json_object *converted = NULL;
    /* A sensitive number is taken, as in Terraform: how many there are shows anyway. */
    if (!number)
        return refuse(block, diags, "Invalid count argument",
                      "The given \"count\" argument value is null. An integer is required.");
    if (value_is_unknown(number))
        return refuse(block, diags, "Invalid count argument", COUNT_UNKNOWN);
    if (json_object_is_type(number, json_type_string)) {
        char *problem = NULL;
        const char *text = value_string(number);
        if (!value_from_text(text, strlen(text), &converted, &problem))
            converted = NULL;
        free(problem);
        number = converted;
    }
    bool numeric =
        json_object_is_type(number, json_type_int) || json_object_is_type(number, json_type_double);
    bool whole = numeric && value_whole(number, &negative, &magnitude) == WHOLE_YES;
    json_object_put(converted);
    if (!numeric)
        return refuse(block, diags, "Invalid count argument",
                      "The given \"count\" argument value is unsuitable: a number is required.");
    if (!whole)
        return refuse(
            block, diags, "Invalid count argument",
            "The given \"count\" argument value is unsuitable: value must be a whole number, between "
            "-9223372036854775808 and 9223372036854775807 inclusive.");
    if (negative && magnitude > 0)
        return refuse(block, diags, "Invalid count argument",
                      "The given \"count\" argument value is unsuitable: must be greater than or equal to "
                      "zero.");
    if (magnitude > INT32_MAX)
        return refuse(
            block, diags, "Invalid count argument",
            "The given \"count\" argument value is unsuitable: more instances than memory can hold.");
    *count = (size_t)magnitude;
    return true;
}

static bool expand_count(const struct block *block, const struct typed *value, struct wanted **wanted,
                         size_t *count, struct diagnostics *diags)
{
    if (!read_count(block, value, count, diags))
        return false;
    *wanted = calloc(*count + 1, sizeof **wanted);
    bool ok = *wanted != NULL;
    for (size_t i = 0; ok && i < *count; i++)
        ok = ((*wanted)[i].key = json_object_new_int64((int64_t)i)) != NULL;
    if (!ok)
        diagnostics_no_memory(diags);
    return ok;
}

static int compare_wanted(const void *a, const void *b)
{
    return key_compare(((const struct wanted *)a)->key, ((const struct wanted *)b)->key);
}

/* The name of a type ("map", "set", "object", "tuple", …). */
static const char *type_kind(const struct json_object *type)
{
    if (json_object_is_type(type, json_type_array))
        type = json_object_array_get_idx((struct json_object *)type, 0);
    return type ? value_string(type) : "dynamic";
}

/* The type of a member of a map or object. */
static struct json_object *member_type(struct json_object *type, const char *name)
{
    struct json_object *of =
        json_object_is_type(type, json_type_array) ? json_object_array_get_idx(type, 1) : NULL;
    struct json_object *member = NULL;
    if (strcmp(type_kind(type), "object") == 0)
        json_object_object_get_ex(of, name, &member);
    else
        member = of;
    return member;
}

static bool want(struct wanted *wanted, const char *key, struct json_object *value, struct json_object *type,
                 struct json_object *marks)
{
    wanted->key = json_object_new_string(key);
    wanted->each = (struct typed){
        .value = json_object_get(value), .type = json_object_get(type), .marks = json_object_get(marks)};
    return wanted->key != NULL;
}

static bool check_each(const struct block *block, const struct typed *value, bool set,
                       struct diagnostics *diags)
{
    const char *kind = type_kind(value->type);
    bool map = json_object_is_type(value->value, json_type_object) && strcmp(kind, "set") != 0;
    if (json_object_is_type(value->marks, json_type_boolean))
        return refuse(block, diags, "Invalid for_each argument",
                      "Sensitive values, or values derived from sensitive values, cannot be used as for_each "
                      "arguments. If used, the sensitive value could be disclosed as a resource instance "
                      "key.");
    if (!value->value)
        return refuse(block, diags, "Invalid for_each argument",
                      "The given \"for_each\" argument value is null. A map, or set of strings is allowed.");
    if (value_is_unknown(value->value) || (set && value_has_unknown(value->value)))
        return refuse(block, diags, "Invalid for_each argument", EACH_UNKNOWN);
    if (set || map)
        return true;
    char detail[256];
    snprintf(
        detail, sizeof detail,
        "The given \"for_each\" argument value is unsuitable: the \"for_each\" argument must be a map, or "
        "set of strings, and you have provided a value of type %s.",
        kind);
    return refuse(block, diags, "Invalid for_each argument", detail);
}

static bool expand_each(const struct block *block, const struct typed *value, struct wanted **wanted,
                        size_t *count, struct diagnostics *diags)
{
    bool set =
        json_object_is_type(value->value, json_type_array) && strcmp(type_kind(value->type), "set") == 0;
    if (!check_each(block, value, set, diags))
        return false;
    size_t length =
        set ? json_object_array_length(value->value) : (size_t)json_object_object_length(value->value);
    *wanted = calloc(length + 1, sizeof **wanted);
    bool ok = *wanted != NULL;
    for (size_t i = 0; ok && set && i < length; i++) {
        struct json_object *item = json_object_array_get_idx(value->value, i);
        if (!json_object_is_type(item, json_type_string))
            return refuse(
                block, diags, "Invalid for_each set argument",
                "The given \"for_each\" argument value is unsuitable: \"for_each\" supports maps and "
                "sets of strings, but you have provided a set containing something else.");
        ok = want(&(*wanted)[(*count)++], json_object_get_string(item), item,
                  json_object_array_get_idx(value->type, 1), NULL);
    }
    if (!set && ok) {
        json_object_object_foreach(value->value, key, member)
        {
            ok = ok && want(&(*wanted)[*count], key, member, member_type(value->type, key),
                            marks_member(value->marks, key));
            *count += ok;
        }
    }
    if (!ok)
        diagnostics_no_memory(diags);
    else
        qsort(*wanted, *count, sizeof **wanted, compare_wanted);
    return ok;
}

static bool find_wanted(struct engine *engine, const struct block *block, struct wanted **wanted,
                        size_t *count, struct diagnostics *diags)
{
    *wanted = NULL;
    *count = 0;
    if (!block->config || engine->options.mode == PLAN_DESTROY)
        return true;
    if (block->repetition == REPEAT_NONE) {
        *wanted = calloc(1, sizeof **wanted);
        *count = *wanted != NULL;
        if (!*wanted)
            diagnostics_no_memory(diags);
        return *wanted != NULL;
    }
    struct engine_scope scope = engine_scope(engine, NULL);
    struct typed value = {0};
    bool counted = block->repetition == REPEAT_COUNT;
    size_t first = diags->count;
    bool ok = expression_evaluate(counted ? block->config->count : block->config->for_each, &scope.scope,
                                  &value, diags);
    block_locate(block, NULL, diags, first);
    ok = ok && (counted ? expand_count : expand_each)(block, &value, wanted, count, diags);
    typed_clear(&value);
    return ok;
}

static bool is_wanted(const struct wanted *wanted, size_t count, struct json_object *key)
{
    const struct wanted searched = {.key = key};
    return count > 0 && bsearch(&searched, wanted, count, sizeof *wanted, compare_wanted) != NULL;
}

/* Why the configuration does not want an instance that the state has. */
static enum reason reason_of(const struct engine *engine, const struct block *block,
                             const struct json_object *key)
{
    if (engine->options.mode == PLAN_DESTROY)
        return REASON_NONE;
    if (!block->config) {
        for (size_t i = 0; i < engine->config->moved_count; i++)
            if (address_same_resource(&engine->config->moved[i].to, &block->address))
                return REASON_NO_MOVE_TARGET;
        return REASON_NO_CONFIG;
    }
    bool textual = json_object_is_type(key, json_type_string);
    if (block->repetition == REPEAT_COUNT && key && !textual)
        return REASON_COUNT_INDEX;
    if (block->repetition == REPEAT_EACH && textual)
        return REASON_EACH_KEY;
    return REASON_WRONG_REPETITION;
}

static struct instance *add_instance(struct block *block, struct json_object *key)
{
    struct instance *instance = &block->instances[block->instance_count++];
    instance->block = block;
    instance->address =
        (struct address){block->address.mode, block->address.type, block->address.name, json_object_get(key)};
    return instance;
}

static bool add_left_over(struct engine *engine, struct block *block, const struct state_resource *resource,
                          const struct wanted *wanted, size_t count, bool deposed)
{
    for (size_t i = 0; resource && i < resource->count; i++) {
        const struct state_instance *old = resource->instances[i];
        if ((old->deposed != NULL) != deposed || (!deposed && is_wanted(wanted, count, old->key)))
            continue;
        struct instance *instance = add_instance(block, old->key);
        instance->reason = deposed ? REASON_NONE : reason_of(engine, block, old->key);
        if (deposed && !(instance->deposed = strdup(old->deposed)))
            return false;
    }
    return true;
}

static bool make_instances(struct engine *engine, struct block *block, struct wanted *wanted, size_t count)
{
    const struct state_resource *resource = state_resource_find(engine->state, &block->address);
    block->instances = calloc(count + (resource ? resource->count : 0) + 1, sizeof *block->instances);
    block->values = calloc(count + 1, sizeof *block->values);
    if (!block->instances || !block->values)
        return false;
    for (size_t i = 0; i < count; i++) {
        struct instance *instance = add_instance(block, wanted[i].key);
        instance->wanted = true;
        instance->position = i;
        instance->each = wanted[i].each;
        wanted[i].each = (struct typed){0};
        block->values[block->value_count++].key = json_object_get(wanted[i].key);
    }
    return add_left_over(engine, block, resource, wanted, count, false) &&
           add_left_over(engine, block, resource, wanted, count, true);
}

bool block_expand(struct engine *engine, struct block *block, struct diagnostics *diags)
{
    struct wanted *wanted;
    size_t count;
    bool ok = find_wanted(engine, block, &wanted, &count, diags);
    if (ok && !make_instances(engine, block, wanted, count)) {
        diagnostics_no_memory(diags);
        ok = false;
    }
    if (ok && (!block->config || engine->options.mode == PLAN_DESTROY))
        block_values_clear(block); /* references mean what the state has */
    for (size_t i = 0; i < count; i++) {
        json_object_put(wanted[i].key);
        typed_clear(&wanted[i].each);
    }
    free(wanted);
    return ok;
}

bool block_check_repetition(struct block *block, const struct typed *value, struct diagnostics *diags)
{
    struct wanted *wanted = NULL;
    size_t count = 0;
    bool ok = (block->repetition == REPEAT_COUNT ? expand_count : expand_each)(block, value, &wanted, &count,
                                                                               diags);
    for (size_t i = 0; wanted && i < count; i++) {
        json_object_put(wanted[i].key);
        typed_clear(&wanted[i].each);
    }
    free(wanted);
    return ok;
}

bool instance_each(struct engine *engine, struct instance *instance, struct diagnostics *diags)
{
    struct block *block = instance->block;
    struct typed *elements = &block->elements;
    const char *key = json_object_get_string(instance->address.key);
    if (block->repetition != REPEAT_EACH || !key)
        return true;
    struct engine_scope scope = engine_scope(engine, NULL);
    if (!elements->value && !expression_evaluate(block->config->for_each, &scope.scope, elements, diags))
        return false;
    struct json_object *value = instance->address.key, *type = NULL, *marks = NULL;
    if (json_object_is_type(elements->value, json_type_array)) {
        type = json_object_array_get_idx(elements->type, 1);
    } else {
        if (!json_object_object_get_ex(elements->value, key, &value)) {
            diagnostics_error(diags, NULL, "Key is gone",
                              "for_each had the key \"%s\" when this was planned, and has it no more. Plan "
                              "again.",
                              key);
            return false;
        }
        type = member_type(elements->type, key);
        marks = marks_member(elements->marks, key);
    }
    instance->each = (struct typed){
        .value = json_object_get(value), .type = json_object_get(type), .marks = json_object_get(marks)};
    return true;
}
