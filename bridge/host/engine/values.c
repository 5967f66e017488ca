/* SPDX-License-Identifier: Apache-2.0
 *
 * values.c - what a resource comes to for those that refer to it: one instance without building the others,
 * or all of them, built once.
 */
#include "engine_internal.h"

#include <stdlib.h>
#include <string.h>

int key_compare(const struct json_object *a, const struct json_object *b)
{
    bool text_a = json_object_is_type(a, json_type_string), text_b = json_object_is_type(b, json_type_string);
    if (!a || !b)
        return (a != NULL) - (b != NULL);
    if (text_a != text_b)
        return text_a - text_b;
    if (text_a)
        return strcmp(value_string(a), value_string(b));
    int64_t x = json_object_get_int64(a), y = json_object_get_int64(b);
    return (x > y) - (x < y);
}

bool marks_equal(const struct json_object *a, const struct json_object *b)
{
    if (!marks_any(a) || !marks_any(b))
        return marks_any(a) == marks_any(b);
    if (json_object_get_type(a) != json_object_get_type(b))
        return false;
    bool equal = true;
    if (json_object_is_type(a, json_type_array)) {
        size_t x = json_object_array_length(a), y = json_object_array_length(b);
        for (size_t i = 0; equal && i < (x > y ? x : y); i++)
            equal = marks_equal(i < x ? json_object_array_get_idx(a, i) : NULL,
                                i < y ? json_object_array_get_idx(b, i) : NULL);
    } else if (json_object_is_type(a, json_type_object)) {
        const struct json_object *const both[] = {a, b};
        for (size_t side = 0; side < 2; side++) {
            json_object_object_foreach((struct json_object *)both[side], key, mark)
            {
                struct json_object *other = NULL;
                json_object_object_get_ex(both[1 - side], key, &other);
                equal = equal && marks_equal(mark, other);
            }
        }
    }
    return equal;
}

void block_locate(const struct block *block, const struct address *address, struct diagnostics *diags,
                  size_t first)
{
    char *name = address_text(address ? address : &block->address, false);
    const struct config_resource *config = block->config;
    diagnostics_locate(diags, first, config ? config->origin.file : NULL,
                       config ? config->origin.pointer : NULL, name);
    free(name);
}

bool block_evaluate(struct engine *engine, const struct block *block, const struct instance *instance,
                    struct typed *body, struct diagnostics *diags)
{
    struct engine_scope scope = engine_scope(engine, instance);
    size_t first = diags->count;
    bool ok =
        expression_evaluate_body(block->config->body, &block->schema->object, &scope.scope, body, diags);
    block_locate(block, instance ? &instance->address : NULL, diags, first);
    return ok;
}

/* Whether the plan takes an object away that the state still has. */
static bool goes(const struct engine *engine, const struct address *address)
{
    const struct changes *plan = engine->plan;
    if (!plan || plan->mode == PLAN_DESTROY)
        return false;
    size_t low = 0, high = plan->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = address_compare(&plan->items[middle].address, address);
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < plan->count && address_compare(&plan->items[low].address, address) == 0; low++)
        if (!plan->items[low].deposed)
            return plan->items[low].action == ACTION_DELETE || plan->items[low].action == ACTION_FORGET;
    return false;
}

/* Makes the block's values from what the state has, leaving out what the plan deletes. */
static bool values_from_state(struct engine *engine, struct block *block)
{
    const struct state_resource *resource = state_resource_find(engine->state, &block->address);
    size_t count = resource ? resource->count : 0;
    block->values = calloc(count + 1, sizeof *block->values);
    if (!block->values)
        return no_memory(engine);
    for (size_t i = 0; i < count; i++) {
        const struct state_instance *instance = resource->instances[i];
        struct address address = {block->address.mode, block->address.type, block->address.name,
                                  instance->key};
        bool textual = json_object_is_type(instance->key, json_type_string);
        bool fits = block->repetition == REPEAT_NONE    ? !instance->key
                    : block->repetition == REPEAT_COUNT ? instance->key && !textual
                                                        : textual;
        if (instance->deposed || !fits || goes(engine, &address))
            continue;
        struct instance_value *value = &block->values[block->value_count++];
        value->key = json_object_get(instance->key);
        value->value = (struct typed){.value = json_object_get(instance->attributes),
                                      .type = json_object_get(block->type),
                                      .marks = json_object_get(instance->marks)};
    }
    return true;
}

void block_values_clear(struct block *block)
{
    for (size_t i = 0; i < block->value_count; i++) {
        json_object_put(block->values[i].key);
        typed_clear(&block->values[i].value);
    }
    free(block->values);
    block->values = NULL;
    block->value_count = 0;
    typed_clear(&block->whole);
}

static const struct instance_value *find_value(const struct block *block, const struct json_object *key)
{
    size_t low = 0, high = block->value_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = key_compare(block->values[middle].key, key);
        if (order == 0)
            return &block->values[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static bool add_element(struct json_object *array, struct json_object *element)
{
    if (json_object_array_add(array, json_object_get(element)) == 0)
        return true;
    json_object_put(element);
    return false;
}

static bool add_member(struct json_object *object, const char *name, struct json_object *member)
{
    if (json_object_object_add(object, name, json_object_get(member)) == 0)
        return true;
    json_object_put(member);
    return false;
}

/* A tuple of all instances. */
static bool make_tuple(struct block *block, struct typed *whole, struct json_object *types)
{
    bool ok = true;
    for (size_t i = 0; ok && i < block->value_count; i++) {
        const struct typed *value = &block->values[i].value;
        ok = add_element(whole->value, value->value) && add_element(types, value->type) &&
             (!whole->marks || add_element(whole->marks, value->marks));
    }
    return ok;
}

/* An object of all instances by key. */
static bool make_object(struct block *block, struct typed *whole, struct json_object *types)
{
    bool ok = true;
    for (size_t i = 0; ok && i < block->value_count; i++) {
        const struct typed *value = &block->values[i].value;
        const char *key = json_object_get_string(block->values[i].key);
        ok = add_member(whole->value, key, value->value) && add_member(types, key, value->type) &&
             (!whole->marks || add_member(whole->marks, key, value->marks));
    }
    return ok;
}

static bool make_whole(struct block *block)
{
    bool tuple = block->repetition == REPEAT_COUNT, marks = false;
    for (size_t i = 0; i < block->value_count; i++)
        marks = marks || marks_any(block->values[i].value.marks);
    struct typed whole = {
        .value = tuple ? json_object_new_array() : json_object_new_object(),
        .type = json_object_new_array(),
        .marks = !marks  ? NULL
                 : tuple ? json_object_new_array()
                         : json_object_new_object(),
    };
    struct json_object *types = tuple ? json_object_new_array() : json_object_new_object();
    struct json_object *kind = json_object_new_string(tuple ? "tuple" : "object");
    bool ok = whole.value && whole.type && (!marks || whole.marks) && types && kind &&
              (tuple ? make_tuple : make_object)(block, &whole, types) && add_element(whole.type, kind) &&
              add_element(whole.type, types);
    json_object_put(types);
    json_object_put(kind);
    if (ok)
        block->whole = whole;
    else
        typed_clear(&whole);
    return ok;
}

/* What is not there yet, as where -target left it out, or where nothing is known (validate). */
static bool unknown_value(const struct block *block, struct json_object *key, bool *keyed,
                          struct typed *value, struct diagnostics *diags)
{
    *keyed = key && block->repetition != REPEAT_NONE;
    *value = (struct typed){.value = value_unknown()};
    if (*keyed || block->repetition == REPEAT_NONE)
        value->type = json_object_get(block->type);
    if (value->value)
        return true;
    typed_clear(value);
    diagnostics_no_memory(diags);
    return false;
}

bool block_value(struct engine *engine, struct block *block, struct json_object *key, bool *keyed,
                 struct typed *value, struct diagnostics *diags)
{
    *keyed = false;
    if (!block->values && !values_from_state(engine, block))
        return false;
    const struct instance_value *one = NULL;
    if (block->repetition == REPEAT_NONE)
        one = block->value_count > 0 ? &block->values[0] : NULL;
    else if (key)
        one = find_value(block, key);
    if (one && one->value.value) {
        *keyed = block->repetition != REPEAT_NONE;
        *value = typed_share(&one->value);
        return true;
    }
    /* An index that is none: the whole shows it. But where not all is there, it may come. */
    bool partial = one || block->unknown || !block->included || engine->options.target_count > 0;
    if (block->repetition == REPEAT_NONE || (partial && (key || block->value_count == 0)))
        return unknown_value(block, key, keyed, value, diags);
    if (!block->whole.value && !make_whole(block)) {
        diagnostics_no_memory(diags);
        return false;
    }
    *value = typed_share(&block->whole);
    return true;
}

/* --- what the state calls "dependencies" --- */

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool collect_dependencies(struct block *block)
{
    struct node_list needs;
    bool ok = graph_collect_needs(&block->begin, &needs);
    block->dependencies = ok ? calloc(needs.count + 1, sizeof(char *)) : NULL;
    ok = block->dependencies != NULL;
    for (size_t i = 0; ok && i < needs.count; i++) {
        const struct block *other = needs.items[i]->subject;
        if (needs.items[i]->kind != NODE_BLOCK || other == block)
            continue;
        char *text = address_text(&other->address, true);
        ok = text != NULL;
        if (ok)
            block->dependencies[block->dependency_count++] = text;
    }
    free(needs.items);
    if (ok)
        qsort(block->dependencies, block->dependency_count, sizeof(char *), compare_texts);
    return ok;
}

bool block_dependencies(struct engine *engine, struct block *block)
{
    if (!block->dependencies_known)
        block->dependencies_known = collect_dependencies(block);
    return block->dependencies_known || no_memory(engine);
}
