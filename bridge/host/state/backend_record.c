/* SPDX-License-Identifier: Apache-2.0
 *
 * backend_record.c - one record of a side file: a state that holds the one instance that changed, or that
 * says that it is gone.
 */
#include "backend_internal.h"
#include "state_internal.h"

#include <stdlib.h>
#include <string.h>

static const char removed[] = "removed";

/* What stands in a record around the attributes, dependencies among it. */
enum { FRAME = 2048, LINE = 32 };

/* With the indentation, and some characters escaped. */
static size_t value_room(const struct json_object *value)
{
    size_t room = LINE;
    if (json_object_is_type(value, json_type_object)) {
        json_object_object_foreach(value, name, member)
        {
            room += LINE + strlen(name) + value_room(member);
        }
    } else if (json_object_is_type(value, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(value); i++)
            room += value_room(json_object_array_get_idx(value, i));
    } else if (json_object_is_type(value, json_type_string)) {
        size_t length = (size_t)json_object_get_string_len(value);
        room += length + length / 4;
    }
    return room;
}

size_t backend_room(const struct json_object *attributes)
{
    return FRAME + value_room(attributes);
}

char *record_text(const struct state *state, const struct address *address, const char *deposed)
{
    const struct state_resource *found = state_resource_find(state, address);
    struct state_instance *instance = state_instance_find(state, address, deposed);
    /* All of these only borrow. */
    struct state_instance gone = {.key = address->key, .deposed = (char *)(uintptr_t)deposed};
    struct state_instance *instances[] = {instance == NULL ? &gone : instance};
    struct state_resource resource = {
        .address = *address, .provider = "", .count = 1, .instances = instances};
    struct state_resource *resources[] = {&resource};
    struct state record = {.lineage = "",
                           .terraform_version = "",
                           .resource_count = 1,
                           .resources = resources,
                           .schemas = state->schemas};
    if (found != NULL)
        resource.provider = found->provider;
    if (instance == NULL) {
        struct json_object *truth = json_object_new_boolean(true);
        gone.rest = json_object_new_object();
        if (gone.rest == NULL || truth == NULL || !json_set(gone.rest, removed, truth)) {
            json_object_put(gone.rest);
            return NULL;
        }
    }
    char *text = state_text(&record);
    json_object_put(gone.rest);
    return text;
}

bool record_apply(struct state *state, const char *text, size_t length, const char *name,
                  struct diagnostics *diags)
{
    struct state *record = state_parse(text, length, name, diags);
    if (record == NULL)
        return false;
    bool done = record->resource_count == 1 && record->resources[0]->count == 1;
    if (done) {
        const struct state_resource *resource = record->resources[0];
        struct state_instance *instance = resource->instances[0];
        struct address address = resource->address;
        address.key = instance->key;
        if (instance->rest != NULL && json_object_object_get_ex(instance->rest, removed, NULL))
            state_instance_remove(state, &address, instance->deposed);
        else
            done = state_instance_set(state, &address, resource->provider, instance);
        if (!done)
            diagnostics_no_memory(diags);
    } else {
        diagnostics_error(diags, NULL, "The state's side file can't be read", "A record of %s is of no use.",
                          name);
    }
    state_destroy(record);
    return done;
}
