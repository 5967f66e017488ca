/* SPDX-License-Identifier: Apache-2.0
 *
 * state.c - the model of a state: resources and their instances in sorted arrays of pointers, so that one is
 * found in O(log n) and one more at the end costs nothing. Reading and writing its text is elsewhere.
 */
#include "state_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* The format that is written is that of this Terraform. */
static const char terraform_version[] = "1.11.4";

struct state *state_create(void)
{
    struct state *state = calloc(1, sizeof *state);
    if (state == NULL)
        return NULL;
    state->lineage = strdup("");
    state->terraform_version = strdup(terraform_version);
    if (state->lineage == NULL || state->terraform_version == NULL) {
        state_destroy(state);
        return NULL;
    }
    return state;
}

void state_instance_clear(struct state_instance *instance)
{
    json_object_put(instance->key);
    free(instance->deposed);
    json_object_put(instance->attributes);
    json_object_put(instance->marks);
    json_object_put(instance->mark_paths);
    free(instance->private_text);
    for (size_t i = 0; i < instance->dependency_count; i++)
        free(instance->dependencies[i]);
    free(instance->dependencies);
    json_object_put(instance->rest);
    *instance = (struct state_instance){0};
}

static void instance_destroy(struct state_instance *instance)
{
    if (instance == NULL)
        return;
    state_instance_clear(instance);
    free(instance);
}

static void resource_destroy(struct state_resource *resource)
{
    if (resource == NULL)
        return;
    for (size_t i = 0; i < resource->count; i++)
        instance_destroy(resource->instances[i]);
    free(resource->instances);
    address_clear(&resource->address);
    free(resource->provider);
    json_object_put(resource->rest);
    free(resource);
}

void state_destroy(struct state *state)
{
    if (state == NULL)
        return;
    for (size_t i = 0; i < state->output_count; i++) {
        free(state->outputs[i].name);
        typed_clear(&state->outputs[i].value);
    }
    for (size_t i = 0; i < state->resource_count; i++)
        resource_destroy(state->resources[i]);
    free(state->outputs);
    free(state->resources);
    free(state->lineage);
    free(state->terraform_version);
    json_object_put(state->rest);
    free(state);
}

/* --- sorted arrays --- */

/* Makes room for one more element. False without memory. */
static bool reserve(void **items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return true;
    size_t wanted = *capacity == 0 ? 1 : *capacity * 2;
    void *grown = reallocarray(*items, wanted, size);
    if (grown == NULL)
        return false;
    *items = grown;
    *capacity = wanted;
    return true;
}

/* The address of an instance, sharing what the two hold. */
static struct address instance_address(const struct state_resource *resource, struct json_object *key)
{
    struct address address = resource->address;
    address.key = key;
    return address;
}

static int compare_deposed(const char *a, const char *b)
{
    return a == NULL || b == NULL ? (a != NULL) - (b != NULL) : strcmp(a, b);
}

/* Something to be found in a sorted array: compares the element at a place with it. */
struct wanted {
    int (*compare)(const struct wanted *wanted, size_t at);
    const struct state *state;
    const struct state_resource *resource;
    struct address address;
    const char *name; /* of an output, or of a deposed object */
};

/* Where it stands among `count`, or should. */
static size_t place_of(const struct wanted *wanted, size_t count, bool *found)
{
    size_t low = 0, high = count;
    /* What comes last most often comes in order. */
    size_t middle = count == 0 ? 0 : count - 1;
    *found = false;
    while (low < high && !*found) {
        int order = wanted->compare(wanted, middle);
        *found = order == 0;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
        if (!*found)
            middle = low + (high - low) / 2;
    }
    return *found ? middle : low;
}

static int compare_instance(const struct wanted *wanted, size_t at)
{
    const struct state_instance *instance = wanted->resource->instances[at];
    struct address address = instance_address(wanted->resource, instance->key);
    int order = address_compare(&address, &wanted->address);
    return order != 0 ? order : compare_deposed(instance->deposed, wanted->name);
}

static size_t instance_place(const struct state_resource *resource, struct json_object *key,
                             const char *deposed, bool *found)
{
    const struct wanted wanted = {.compare = compare_instance,
                                  .resource = resource,
                                  .address = instance_address(resource, key),
                                  .name = deposed};
    return place_of(&wanted, resource->count, found);
}

static int compare_resource(const struct wanted *wanted, size_t at)
{
    return address_compare(&wanted->state->resources[at]->address, &wanted->address);
}

static size_t resource_place(const struct state *state, const struct address *address, bool *found)
{
    struct wanted wanted = {.compare = compare_resource, .state = state, .address = *address};
    wanted.address.key = NULL;
    return place_of(&wanted, state->resource_count, found);
}

static int compare_output(const struct wanted *wanted, size_t at)
{
    return strcmp(wanted->state->outputs[at].name, wanted->name);
}

static size_t output_place(const struct state *state, const char *name, bool *found)
{
    const struct wanted wanted = {.compare = compare_output, .state = state, .name = name};
    return place_of(&wanted, state->output_count, found);
}

/* --- resources and instances --- */

struct state_resource *state_resource_find(const struct state *state, const struct address *address)
{
    bool found = false;
    size_t at = resource_place(state, address, &found);
    return found ? state->resources[at] : NULL;
}

struct state_instance *state_instance_find(const struct state *state, const struct address *address,
                                           const char *deposed)
{
    const struct state_resource *resource = state_resource_find(state, address);
    bool found = false;
    size_t at = resource == NULL ? 0 : instance_place(resource, address->key, deposed, &found);
    return found ? resource->instances[at] : NULL;
}

static struct state_resource *resource_create(const struct address *address, const char *provider)
{
    struct state_resource *resource = calloc(1, sizeof *resource);
    struct address bare = *address;
    bare.key = NULL;
    if (resource == NULL)
        return NULL;
    resource->provider = strdup(provider);
    if (resource->provider == NULL || !address_copy(&resource->address, &bare)) {
        free(resource->provider);
        free(resource);
        return NULL;
    }
    return resource;
}

struct state_resource *state_resource_make(struct state *state, const struct address *address,
                                           const char *provider)
{
    bool found = false;
    size_t at = resource_place(state, address, &found);
    if (found)
        return state->resources[at];
    void *items = state->resources;
    if (!reserve(&items, state->resource_count, &state->resource_capacity, sizeof *state->resources))
        return NULL;
    state->resources = items;
    struct state_resource *resource = resource_create(address, provider);
    if (resource == NULL)
        return NULL;
    memmove(state->resources + at + 1, state->resources + at,
            (state->resource_count - at) * sizeof *state->resources);
    state->resources[at] = resource;
    state->resource_count++;
    return resource;
}

static void resource_remove(struct state *state, size_t at)
{
    resource_destroy(state->resources[at]);
    state->resource_count--;
    memmove(state->resources + at, state->resources + at + 1,
            (state->resource_count - at) * sizeof *state->resources);
}

/* Puts a pointer into its place. False without memory. */
static bool instance_insert(struct state_resource *resource, size_t at, struct state_instance *instance)
{
    void *items = resource->instances;
    if (!reserve(&items, resource->count, &resource->capacity, sizeof *resource->instances))
        return false;
    resource->instances = items;
    memmove(resource->instances + at + 1, resource->instances + at,
            (resource->count - at) * sizeof *resource->instances);
    resource->instances[at] = instance;
    resource->count++;
    return true;
}

bool state_instance_add(struct state_resource *resource, struct state_instance *instance, bool *existed)
{
    size_t at = instance_place(resource, instance->key, instance->deposed, existed);
    if (*existed)
        return true;
    struct state_instance *kept = malloc(sizeof *kept);
    if (kept == NULL || !instance_insert(resource, at, kept)) {
        free(kept);
        return false;
    }
    *kept = *instance;
    *instance = (struct state_instance){0};
    return true;
}

/* Takes an instance out without freeing it. NULL where there is none. */
static struct state_instance *instance_take(struct state *state, const struct address *address,
                                            const char *deposed)
{
    bool found = false;
    size_t at = resource_place(state, address, &found);
    if (!found)
        return NULL;
    struct state_resource *resource = state->resources[at];
    size_t place = instance_place(resource, address->key, deposed, &found);
    if (!found)
        return NULL;
    struct state_instance *taken = resource->instances[place];
    resource->count--;
    memmove(resource->instances + place, resource->instances + place + 1,
            (resource->count - place) * sizeof *resource->instances);
    if (resource->count == 0)
        resource_remove(state, at);
    return taken;
}

/* Takes away a resource that was made for an instance which did not come. */
static void resource_drop_empty(struct state *state, const struct address *address)
{
    bool found = false;
    size_t at = resource_place(state, address, &found);
    if (found && state->resources[at]->count == 0)
        resource_remove(state, at);
}

bool state_instance_set(struct state *state, const struct address *address, const char *provider,
                        struct state_instance *instance)
{
    struct state_resource *resource = state_resource_make(state, address, provider);
    char *copy = resource == NULL ? NULL : strdup(provider);
    bool existed = false;
    if (copy == NULL || !state_instance_add(resource, instance, &existed)) {
        free(copy);
        resource_drop_empty(state, address);
        return false;
    }
    free(resource->provider);
    resource->provider = copy;
    if (existed) {
        bool found = false;
        size_t at = instance_place(resource, instance->key, instance->deposed, &found);
        state_instance_clear(resource->instances[at]);
        *resource->instances[at] = *instance;
        *instance = (struct state_instance){0};
    }
    return true;
}

void state_instance_remove(struct state *state, const struct address *address, const char *deposed)
{
    instance_destroy(instance_take(state, address, deposed));
}

/* How many objects one instance has, from where it stands or should. */
static size_t object_count(const struct state_resource *resource, struct json_object *key, size_t at)
{
    struct address wanted = instance_address(resource, key);
    size_t count = 0;
    for (; at + count < resource->count; count++) {
        struct address address = instance_address(resource, resource->instances[at + count]->key);
        if (address_compare(&address, &wanted) != 0)
            break;
    }
    return count;
}

/* Makes room for so many more instances. False without memory. */
static bool reserve_instances(struct state_resource *resource, size_t more)
{
    if (resource->capacity - resource->count >= more)
        return true;
    size_t capacity = resource->count + more;
    struct state_instance **grown = reallocarray(resource->instances, capacity, sizeof *grown);
    if (grown == NULL)
        return false;
    resource->instances = grown;
    resource->capacity = capacity;
    return true;
}

/* Gives an object its key and its place in a resource that has room; what is there goes. */
static void place_object(struct state_resource *resource, struct state_instance *object,
                         struct json_object *key)
{
    bool found = false;
    struct json_object *kept = json_object_get(key);
    json_object_put(object->key);
    object->key = kept;
    size_t at = instance_place(resource, key, object->deposed, &found);
    if (found) {
        instance_destroy(resource->instances[at]);
        resource->instances[at] = object;
    } else {
        instance_insert(resource, at, object);
    }
}

bool state_instance_move(struct state *state, const struct address *from, const struct address *to)
{
    struct state_resource *source = state_resource_find(state, from);
    bool found = false;
    size_t at = source == NULL ? 0 : instance_place(source, from->key, NULL, &found);
    size_t count = source == NULL ? 0 : object_count(source, from->key, at);
    if (count == 0)
        return true;
    /* All that may fail comes first, so that nothing is lost on the way. */
    struct state_instance **objects = calloc(count, sizeof *objects);
    struct state_resource *target = objects == NULL ? NULL : state_resource_make(state, to, source->provider);
    if (target == NULL || !reserve_instances(target, count)) {
        free(objects);
        resource_drop_empty(state, to);
        return false;
    }
    memcpy(objects, source->instances + at, count * sizeof *objects);
    source->count -= count;
    memmove(source->instances + at, source->instances + at + count,
            (source->count - at) * sizeof *source->instances);
    for (size_t i = 0; i < count; i++)
        place_object(target, objects[i], to->key);
    free(objects);
    resource_drop_empty(state, from);
    return true;
}

bool state_resource_move(struct state *state, const struct address *from, const struct address *to)
{
    struct address bare = *to, copy = {0};
    bool found = false;
    bare.key = NULL;
    size_t at = resource_place(state, from, &found);
    if (!found || state_resource_find(state, to) != NULL)
        return true;
    if (!address_copy(&copy, &bare))
        return false;
    struct state_resource *moved = state->resources[at];
    state->resource_count--;
    memmove(state->resources + at, state->resources + at + 1,
            (state->resource_count - at) * sizeof *state->resources);
    address_clear(&moved->address);
    moved->address = copy;
    at = resource_place(state, &moved->address, &found);
    memmove(state->resources + at + 1, state->resources + at,
            (state->resource_count - at) * sizeof *state->resources);
    state->resources[at] = moved;
    state->resource_count++;
    return true;
}

/* Eight hexadecimal digits that no object of this instance has. */
static char *deposed_name(const struct state_resource *resource, struct json_object *key)
{
    for (;;) {
        unsigned number = 0;
        char *name = NULL;
        bool found = false;
        if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number ||
            asprintf(&name, "%08x", number) < 0)
            return NULL;
        instance_place(resource, key, name, &found);
        if (!found)
            return name;
        free(name);
    }
}

/* Gives an object of an instance another name (NULL: the current one), which it takes over. */
static bool rename_object(struct state_resource *resource, size_t from, char *name)
{
    struct state_instance *instance = resource->instances[from];
    bool found = false;
    size_t to = instance_place(resource, instance->key, name, &found);
    if (found) {
        free(name);
        return false;
    }
    free(instance->deposed);
    instance->deposed = name;
    /* The place was found with the object at its old one. */
    if (to > from) {
        to--;
        memmove(resource->instances + from, resource->instances + from + 1,
                (to - from) * sizeof *resource->instances);
    } else {
        memmove(resource->instances + to + 1, resource->instances + to,
                (from - to) * sizeof *resource->instances);
    }
    resource->instances[to] = instance;
    return true;
}

bool state_instance_depose(struct state *state, const struct address *address, const char **deposed)
{
    struct state_resource *resource = state_resource_find(state, address);
    bool found = false;
    size_t at = resource == NULL ? 0 : instance_place(resource, address->key, NULL, &found);
    char *name = found ? deposed_name(resource, address->key) : NULL;
    if (name == NULL || !rename_object(resource, at, name))
        return false;
    *deposed = name;
    return true;
}

bool state_instance_restore(struct state *state, const struct address *address, const char *deposed)
{
    struct state_resource *resource = state_resource_find(state, address);
    bool found = false;
    size_t at = resource == NULL ? 0 : instance_place(resource, address->key, deposed, &found);
    return found && rename_object(resource, at, NULL);
}

/* --- outputs --- */

static void output_remove(struct state *state, size_t at)
{
    free(state->outputs[at].name);
    typed_clear(&state->outputs[at].value);
    state->output_count--;
    memmove(state->outputs + at, state->outputs + at + 1,
            (state->output_count - at) * sizeof *state->outputs);
}

bool state_output_set(struct state *state, const char *name, const struct typed *value, bool sensitive)
{
    bool found = false;
    size_t at = output_place(state, name, &found);
    if (value == NULL) {
        if (found)
            output_remove(state, at);
        return true;
    }
    if (!found) {
        void *items = state->outputs;
        char *copy = strdup(name);
        if (copy == NULL ||
            !reserve(&items, state->output_count, &state->output_capacity, sizeof *state->outputs)) {
            free(copy);
            return false;
        }
        state->outputs = items;
        memmove(state->outputs + at + 1, state->outputs + at,
                (state->output_count - at) * sizeof *state->outputs);
        state->outputs[at] = (struct state_output){.name = copy};
        state->output_count++;
    }
    struct typed share = typed_share(value);
    typed_clear(&state->outputs[at].value);
    state->outputs[at].value = share;
    state->outputs[at].sensitive = sensitive;
    return true;
}

/* --- comparing --- */

static bool same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool same_dependencies(const struct state_instance *a, const struct state_instance *b)
{
    if (a->dependency_count != b->dependency_count)
        return false;
    for (size_t i = 0; i < a->dependency_count; i++)
        if (strcmp(a->dependencies[i], b->dependencies[i]) != 0)
            return false;
    return true;
}

static bool same_instance(const struct state_instance *a, const struct state_instance *b)
{
    return json_same(a->key, b->key) && same_text(a->deposed, b->deposed) && a->tainted == b->tainted &&
           a->create_before_destroy == b->create_before_destroy && a->schema_version == b->schema_version &&
           same_text(a->private_text, b->private_text) && same_dependencies(a, b) &&
           json_same(a->marks, b->marks) && json_same(a->rest, b->rest) &&
           json_same(a->attributes, b->attributes);
}

static bool same_resource(const struct state_resource *a, const struct state_resource *b)
{
    if (a->count != b->count || address_compare(&a->address, &b->address) != 0 ||
        strcmp(a->provider, b->provider) != 0 || !json_same(a->rest, b->rest))
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!same_instance(a->instances[i], b->instances[i]))
            return false;
    return true;
}

/* No type is written as "dynamic". */
static bool same_type(const struct json_object *a, const struct json_object *b)
{
    const struct json_object *one = a != NULL ? a : b;
    if (a != NULL && b != NULL)
        return json_same(a, b);
    return one == NULL ||
           (json_object_is_type(one, json_type_string) && strcmp(value_string(one), "dynamic") == 0);
}

static bool same_output(const struct state_output *a, const struct state_output *b)
{
    return strcmp(a->name, b->name) == 0 && a->sensitive == b->sensitive &&
           json_same(a->value.value, b->value.value) && same_type(a->value.type, b->value.type);
}

bool state_equal(const struct state *a, const struct state *b)
{
    if (a->output_count != b->output_count || a->resource_count != b->resource_count ||
        !json_same(a->rest, b->rest))
        return false;
    for (size_t i = 0; i < a->output_count; i++)
        if (!same_output(&a->outputs[i], &b->outputs[i]))
            return false;
    for (size_t i = 0; i < a->resource_count; i++)
        if (!same_resource(a->resources[i], b->resources[i]))
            return false;
    return true;
}

/* --- providers --- */

/* Where no host is named, Terraform means its own registry. */
static const char default_host[] = "registry.terraform.io";

char *state_provider_text(const char *address, const char *alias)
{
    const char *slash = strchr(address, '/');
    bool hosted = slash != NULL && strchr(slash + 1, '/') != NULL;
    char *text = NULL;
    int written = asprintf(&text, "provider[\"%s%s%s\"]%s%s", hosted ? "" : default_host, hosted ? "" : "/",
                           address, alias == NULL ? "" : ".", alias == NULL ? "" : alias);
    return written < 0 ? NULL : text;
}

bool state_provider_matches(const char *text, const char *address, char **alias)
{
    static const char opening[] = "provider[\"";
    *alias = NULL;
    if (strncmp(text, opening, sizeof opening - 1) != 0)
        return false;
    const char *start = text + sizeof opening - 1, *end = strstr(start, "\"]");
    if (end == NULL || (end[2] != '\0' && (end[2] != '.' || end[3] == '\0')))
        return false;
    /* The host, which has no slash, may be any. */
    size_t wanted = strlen(address), length = (size_t)(end - start);
    if (length < wanted || memcmp(end - wanted, address, wanted) != 0)
        return false;
    if (length > wanted && (start[length - wanted - 1] != '/' ||
                            memchr(start, '/', length - wanted - 1) != NULL || length == wanted + 1))
        return false;
    if (end[2] == '.')
        *alias = strdup(end + 3);
    return end[2] != '.' || *alias != NULL;
}
