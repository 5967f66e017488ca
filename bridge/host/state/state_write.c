/* SPDX-License-Identifier: Apache-2.0
 *
 * state_write.c - a state's text: Terraform's format version 4, with its order of members and its
 * indentation.
 */
#include "state_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An object that is being written: its level, and whether something stands in it yet. */
struct members {
    struct text *text;
    int indent;
    bool any;
};

static void name(struct members *members, const char *name_)
{
    if (members->any)
        text_add(members->text, ",", 1);
    members->any = true;
    text_add_line(members->text, members->indent);
    text_add_json_string(members->text, name_);
    text_add(members->text, ": ", 2);
}

static void string(struct members *members, const char *name_, const char *value)
{
    name(members, name_);
    text_add_json_string(members->text, value);
}

static void value(struct members *members, const char *name_, struct json_object *json, bool sorted)
{
    name(members, name_);
    text_add_json(members->text, json, members->indent, sorted);
}

static void number(struct members *members, const char *name_, uint64_t number_)
{
    char buffer[24];
    snprintf(buffer, sizeof buffer, "%" PRIu64, number_);
    name(members, name_);
    text_add_string(members->text, buffer);
}

static void truth(struct members *members, const char *name_)
{
    name(members, name_);
    text_add_string(members->text, "true");
}

/* What is not known here, as it came. */
static void rest(struct members *members, struct json_object *rest_)
{
    if (rest_ == NULL)
        return;
    json_object_object_foreach(rest_, name_, member)
    {
        value(members, name_, member, false);
    }
}

static struct members open_object(struct text *text, int indent)
{
    text_add(text, "{", 1);
    return (struct members){.text = text, .indent = indent + 1};
}

static void close_object(struct members *members)
{
    if (members->any)
        text_add_line(members->text, members->indent - 1);
    text_add(members->text, "}", 1);
}

static void dependencies(struct members *members, const struct state_instance *instance)
{
    if (instance->dependency_count == 0)
        return;
    name(members, "dependencies");
    for (size_t i = 0; i < instance->dependency_count; i++) {
        text_add(members->text, i == 0 ? "[" : ",", 1);
        text_add_line(members->text, members->indent + 1);
        text_add_json_string(members->text, instance->dependencies[i]);
    }
    text_add_line(members->text, members->indent);
    text_add(members->text, "]", 1);
}

static void add_instance(struct text *text, const struct state_instance *instance,
                         const struct schema_object *object, int indent)
{
    struct members members = open_object(text, indent);
    struct json_object *paths = marks_to_paths(instance, object);
    if (paths == NULL)
        text->failed = true;
    if (instance->key != NULL)
        value(&members, "index_key", instance->key, false);
    if (instance->tainted)
        string(&members, "status", "tainted");
    if (instance->deposed != NULL)
        string(&members, "deposed", instance->deposed);
    number(&members, "schema_version", (uint64_t)instance->schema_version);
    if (instance->attributes != NULL)
        value(&members, "attributes", instance->attributes, !instance->as_read);
    value(&members, "sensitive_attributes", paths, false);
    if (instance->private_text != NULL)
        string(&members, "private", instance->private_text);
    dependencies(&members, instance);
    if (instance->create_before_destroy)
        truth(&members, "create_before_destroy");
    rest(&members, instance->rest);
    close_object(&members);
    json_object_put(paths);
}

static void add_resource(struct text *text, const struct state_resource *resource,
                         const struct schema_set *schemas, int indent)
{
    bool data = resource->address.mode == MODE_DATA;
    const struct schema *schema =
        schemas == NULL
            ? NULL
            : schema_find(schemas, data ? SCHEMA_DATA_SOURCE : SCHEMA_RESOURCE, resource->address.type);
    struct members members = open_object(text, indent);
    string(&members, "mode", data ? "data" : "managed");
    string(&members, "type", resource->address.type);
    string(&members, "name", resource->address.name);
    string(&members, "provider", resource->provider);
    name(&members, "instances");
    for (size_t i = 0; i < resource->count; i++) {
        text_add(text, i == 0 ? "[" : ",", 1);
        text_add_line(text, members.indent + 1);
        add_instance(text, resource->instances[i], schema == NULL ? NULL : &schema->object,
                     members.indent + 1);
    }
    if (resource->count == 0)
        text_add(text, "[", 1);
    else
        text_add_line(text, members.indent);
    text_add(text, "]", 1);
    rest(&members, resource->rest);
    close_object(&members);
}

/* Data sources first: Terraform sorts by the word. */
static void add_resources(struct text *text, const struct state *state)
{
    size_t count = 0;
    text_add(text, "[", 1);
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < state->resource_count; i++) {
            const struct state_resource *resource = state->resources[i];
            if ((resource->address.mode == MODE_DATA) != (pass == 0))
                continue;
            if (count++ > 0)
                text_add(text, ",", 1);
            text_add_line(text, 2);
            add_resource(text, resource, state->schemas, 2);
        }
    if (count > 0)
        text_add_line(text, 1);
    text_add(text, "]", 1);
}

static void add_outputs(struct text *text, const struct state *state)
{
    struct members outputs = open_object(text, 1);
    for (size_t i = 0; i < state->output_count; i++) {
        const struct state_output *output = &state->outputs[i];
        name(&outputs, output->name);
        struct members members = open_object(text, outputs.indent);
        value(&members, "value", output->value.value, true);
        if (output->value.type != NULL)
            value(&members, "type", output->value.type, true);
        else
            string(&members, "type", "dynamic");
        if (output->sensitive)
            truth(&members, "sensitive");
        close_object(&members);
    }
    close_object(&outputs);
}

char *state_text(const struct state *state)
{
    struct text text = {0};
    struct members members = open_object(&text, 0);
    number(&members, "version", 4);
    string(&members, "terraform_version", state->terraform_version);
    number(&members, "serial", state->serial);
    string(&members, "lineage", state->lineage);
    name(&members, "outputs");
    add_outputs(&text, state);
    name(&members, "resources");
    add_resources(&text, state);
    if (state->rest == NULL || !json_object_object_get_ex(state->rest, "check_results", NULL))
        value(&members, "check_results", NULL, false);
    rest(&members, state->rest);
    close_object(&members);
    text_add(&text, "\n", 1);
    return text_take(&text);
}
