/* SPDX-License-Identifier: Apache-2.0
 *
 * relevant.c - see relevant.h.
 */
#include "relevant.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An expression to be looked into, and the resource in which it stands, or NULL. */
struct pending {
    const struct expression *expression;
    const struct config_resource *within;
};

struct search {
    const struct config *config;
    const struct schema_set *schemas;
    const struct config_resource *within; /* of the expression that is looked into */
    struct json_object *found;            /* as relevant_collect() hands it out */
    struct json_object *seen;             /* what was looked into, as members */
    struct pending *pending;
    size_t pending_count, pending_capacity;
    bool ok;
};

static void push(struct search *search, const struct expression *expression,
                 const struct config_resource *within)
{
    if (!expression || !search->ok)
        return;
    if (search->pending_count == search->pending_capacity) {
        size_t capacity = search->pending_capacity ? 2 * search->pending_capacity : 64;
        struct pending *pending = reallocarray(search->pending, capacity, sizeof(*pending));
        if (!pending) {
            search->ok = false;
            return;
        }
        search->pending = pending;
        search->pending_capacity = capacity;
    }
    search->pending[search->pending_count++] = (struct pending){expression, within};
}

/* Looks into an expression later on, unless that was done: it is named by what it is, a name (of a type), and
 * an attribute. */
static void push_once(struct search *search, const struct expression *expression,
                      const struct config_resource *within, const char *kind, const char *name,
                      const char *attribute)
{
    const char *type = within ? within->address.type : "";
    char *key = NULL;
    if (!expression || !search->ok)
        return;
    if (asprintf(&key, "%s %s %s %s", kind, type, name, attribute) < 0) {
        search->ok = false;
        return;
    }
    if (!json_object_object_get_ex(search->seen, key, NULL)) {
        search->ok = json_object_object_add(search->seen, key, NULL) == 0;
        push(search, expression, within);
    }
    free(key);
}

static void push_resource(struct search *search, const struct config_resource *resource,
                          const char *attribute)
{
    const struct expression *body = resource->body;
    push_once(search, body && *attribute ? expression_member(body, attribute) : body, resource,
              resource->address.mode == MODE_DATA ? "data" : "resource", resource->address.name, attribute);
}

/* --- how far into an instance --- */

/* Puts a path into the tree, unless what holds it is there as a whole. */
static bool put_path(struct json_object *at, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct json_object *next = NULL;
        json_object_object_get_ex(at, names[i], &next);
        if (json_object_is_type(next, json_type_boolean))
            return true;
        if (i + 1 == count || !next) {
            next = i + 1 == count ? json_object_new_boolean(true) : json_object_new_object();
            if (!next || json_object_object_add(at, names[i], next) != 0) {
                json_object_put(next);
                return false;
            }
        }
        at = next;
    }
    return true;
}

/* The name or the index of a step, borrowed from it or json-c. */
static const char *step_text(const struct traversal_step *step)
{
    return step->attribute ? step->attribute : json_object_get_string(step->index);
}

/* What a step is called in a value of a type, whose part's type *type turns into; NULL where there is no such
 * part, or one that is shown with its neighbours only. */
static const char *step_name(const struct traversal_step *step, const struct schema_type **type)
{
    const char *name = step_text(step);
    const struct schema_attribute *attribute;
    switch ((*type)->kind) {
    case TYPE_OBJECT:
        attribute = schema_attribute_find((*type)->object, name);
        *type = attribute ? &attribute->type : NULL;
        return attribute ? name : NULL;
    case TYPE_LIST:
        if (!(*type)->element->object)
            return NULL;
        *type = (*type)->element;
        return name;
    case TYPE_MAP:
        *type = (*type)->element;
        return name;
    default:
        return NULL;
    }
}

static void found(struct search *search, const struct config_resource *resource,
                  const struct traversal_step *steps, size_t count)
{
    const struct schema *schema = schema_find(
        search->schemas, resource->address.mode == MODE_DATA ? SCHEMA_DATA_SOURCE : SCHEMA_RESOURCE,
        resource->address.type);
    if (!schema)
        return;
    struct address address = resource->address;
    const bool instance = count > 0 && !steps[0].attribute;
    const struct schema_type whole = {.kind = TYPE_OBJECT, .object = (struct schema_object *)&schema->object};
    const struct schema_type *type = &whole;
    address.key = instance ? steps[0].index : NULL;
    char *text = address_text(&address, false);
    const char **names = calloc(count + 1, sizeof(*names));
    size_t depth = 0;
    if (text && names)
        names[depth++] = text;
    for (size_t i = instance; depth && i < count; i++) {
        const char *name = step_name(&steps[i], &type);
        if (!name)
            break;
        names[depth++] = name;
    }
    search->ok = search->ok && depth && put_path(search->found, names, depth);
    free(names);
    free(text);
}

/* --- what is referred to --- */

/* A resource, and what the attribute of it that is referred to is made of. */
static void follow_resource(struct search *search, const struct reference *reference,
                            const struct traversal_step *steps, size_t count)
{
    const struct address address = {.mode = reference->kind == REFERENCE_DATA ? MODE_DATA : MODE_MANAGED,
                                    .type = (char *)(uintptr_t)reference->type,
                                    .name = (char *)(uintptr_t)reference->name};
    const struct config_resource *resource = config_resource_find(search->config, &address);
    const size_t first = count > 0 && !steps[0].attribute;
    if (!resource)
        return;
    found(search, resource, steps, count);
    push_resource(search, resource, first < count ? step_text(&steps[first]) : "");
}

static bool visit(void *context, const struct reference *reference, const struct traversal_step *steps,
                  size_t count)
{
    struct search *search = context;
    const struct config_resource *within = search->within;
    const struct config_local *local;
    switch (reference->kind) {
    case REFERENCE_LOCAL:
        local = config_local_find(search->config, reference->name);
        if (local)
            push_once(search, local->value, NULL, "local", local->name, "");
        break;
    case REFERENCE_RESOURCE:
    case REFERENCE_DATA:
        follow_resource(search, reference, steps, count);
        break;
    case REFERENCE_EACH:
    case REFERENCE_COUNT:
        if (within)
            push_once(search, within->for_each ? within->for_each : within->count, within, "repetition",
                      within->address.name, "");
        break;
    default:
        break;
    }
    return search->ok;
}

static void start(struct search *search, const struct changes *changes)
{
    for (size_t i = 0; i < changes->count; i++) {
        const struct change *change = &changes->items[i];
        const struct config_resource *resource =
            change->action == ACTION_NONE ? NULL : config_resource_find(search->config, &change->address);
        if (resource)
            push_resource(search, resource, "");
    }
    /* Both are in the order of their names. */
    for (size_t i = 0, j = 0; i < changes->output_count; i++) {
        const struct output_change *change = &changes->outputs[i];
        while (j < search->config->output_count && strcmp(search->config->outputs[j].name, change->name) < 0)
            j++;
        if (change->action != ACTION_NONE && j < search->config->output_count &&
            strcmp(search->config->outputs[j].name, change->name) == 0)
            push(search, search->config->outputs[j].value, NULL);
    }
}

struct json_object *relevant_collect(const struct config *config, const struct schema_set *schemas,
                                     const struct changes *changes)
{
    struct search search = {.config = config,
                            .schemas = schemas,
                            .found = json_object_new_object(),
                            .seen = json_object_new_object()};
    search.ok = search.found && search.seen;
    start(&search, changes);
    while (search.ok && search.pending_count) {
        const struct pending next = search.pending[--search.pending_count];
        search.within = next.within;
        expression_traversals(next.expression, visit, &search);
    }
    free(search.pending);
    json_object_put(search.seen);
    if (!search.ok) {
        json_object_put(search.found);
        return NULL;
    }
    return search.found;
}

struct json_object *relevant_parts(struct json_object *relevant, const char *address)
{
    struct json_object *parts = NULL;
    json_object_object_get_ex(relevant, address, &parts);
    return parts;
}
