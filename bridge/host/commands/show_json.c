/* SPDX-License-Identifier: Apache-2.0
 *
 * show_json.c - see show_json.h. Without memory members are missing rather than wrong, which is noted
 * (output.h); the program's end tells.
 */
#include "show_json.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../value.h"
#include "command.h"
#include "output.h"
#include "ui.h"

/* "registry.terraform.io/NAMESPACE/TYPE": which host a provider is taken from does not show in a schema. */
static char *provider_name(const struct schema_set *schemas)
{
    char *name = NULL;
    return asprintf(&name, "registry.terraform.io/%s", schemas->address) < 0 ? NULL : name;
}

static const struct schema *schema_of(const struct schema_set *schemas, const struct address *address)
{
    return schema_find(schemas, address->mode == MODE_DATA ? SCHEMA_DATA_SOURCE : SCHEMA_RESOURCE,
                       address->type);
}

/* --- what of a value is known, unknown, sensitive --- */

/* A copy without what is unknown; members that are unknown are left out. */
static struct json_object *known_part(struct json_object *value)
{
    if (!value_has_unknown(value))
        return json_object_get(value);
    if (value_is_unknown(value))
        return NULL;
    struct json_object *copy;
    if (json_object_is_type(value, json_type_array)) {
        copy = made(json_object_new_array());
        for (size_t i = 0; i < json_object_array_length(value); i++)
            element_add(copy, known_part(json_object_array_get_idx(value, i)));
        return copy;
    }
    copy = made(json_object_new_object());
    json_object_object_foreach(value, name, member)
    {
        if (!value_is_unknown(member))
            member_add(copy, name, known_part(member));
    }
    return copy;
}

/* True where a value is unknown, in its shape; of what is known false, and of objects' members nothing. */
static struct json_object *unknown_part(struct json_object *value, bool top)
{
    if (value_is_unknown(value))
        return made(json_object_new_boolean(true));
    if (json_object_is_type(value, json_type_array)) {
        struct json_object *copy = made(json_object_new_array());
        for (size_t i = 0; i < json_object_array_length(value); i++)
            element_add(copy, unknown_part(json_object_array_get_idx(value, i), false));
        return copy;
    }
    if (!json_object_is_type(value, json_type_object))
        return made(json_object_new_boolean(false));
    struct json_object *copy = made(json_object_new_object());
    (void)top;
    json_object_object_foreach(value, name, member)
    {
        struct json_object *part = unknown_part(member, false);
        if (json_object_is_type(part, json_type_boolean) && !json_object_get_boolean(part))
            json_object_put(part);
        else
            member_add(copy, name, part);
    }
    return copy;
}

/* Marks in the shape of the value: objects and lists always, false for what is not sensitive in a list. */
static struct json_object *sensitive_part(struct json_object *value, struct json_object *marks)
{
    if (json_object_is_type(marks, json_type_boolean) && json_object_get_boolean(marks))
        return made(json_object_new_boolean(true));
    if (json_object_is_type(value, json_type_array) && !value_is_unknown(value)) {
        struct json_object *copy = made(json_object_new_array());
        for (size_t i = 0; i < json_object_array_length(value); i++)
            element_add(copy, sensitive_part(json_object_array_get_idx(value, i), marks_element(marks, i)));
        return copy;
    }
    if (!json_object_is_type(value, json_type_object) || value_is_unknown(value))
        return made(json_object_new_boolean(false));
    struct json_object *copy = made(json_object_new_object());
    json_object_object_foreach(value, name, member)
    {
        struct json_object *part = sensitive_part(member, marks_member(marks, name));
        if (json_object_is_type(part, json_type_boolean) && !json_object_get_boolean(part))
            json_object_put(part);
        else
            member_add(copy, name, part);
    }
    return copy;
}

/* Likewise of a whole object, where what is unknown has the shape of its type. */
static struct json_object *sensitive_object(const struct typed *value, const struct schema *schema)
{
    struct json_object *marks = sensitive_part(value->value, value->marks), *member;
    for (size_t i = 0; schema && value->value && i < schema->object.count; i++) {
        const struct schema_attribute *attribute = &schema->object.attributes[i];
        bool list = attribute->type.kind == TYPE_LIST || attribute->type.kind == TYPE_SET;
        bool object = attribute->type.kind == TYPE_MAP || attribute->type.kind == TYPE_OBJECT;
        if ((list || object) && json_object_object_get_ex(value->value, attribute->name, &member) &&
            value_is_unknown(member) && !json_object_object_get_ex(marks, attribute->name, NULL))
            member_add(marks, attribute->name,
                       list ? made(json_object_new_array()) : made(json_object_new_object()));
    }
    return marks;
}

/* --- states --- */

static struct json_object *resource_head(const struct address *address, const struct schema_set *schemas)
{
    struct json_object *object = made(json_object_new_object());
    char *text = address_text(address, false), *provider = provider_name(schemas);
    if (!text || !provider)
        output_lose();
    member_add_text(object, "address", text);
    member_add_text(object, "mode", address->mode == MODE_DATA ? "data" : "managed");
    member_add_text(object, "type", address->type);
    member_add_text(object, "name", address->name);
    if (address->key)
        member_add(object, "index", json_object_get(address->key));
    member_add_text(object, "provider_name", provider);
    free(provider);
    free(text);
    return object;
}

static struct json_object *json_of_instance(const struct state_instance *instance,
                                            const struct address *address, const struct schema_set *schemas)
{
    const struct schema *schema = schema_of(schemas, address);
    bool ok = true;
    struct json_object *object = resource_head(address, schemas);
    struct json_object *marks =
        schema ? marks_of_schema(&schema->object, instance->attributes, instance->marks, &ok)
               : json_object_get(instance->marks);
    if (!ok)
        output_lose();
    member_add(object, "schema_version", made(json_object_new_int64(instance->schema_version)));
    member_add(object, "values", json_object_get(instance->attributes));
    member_add(object, "sensitive_values", sensitive_part(instance->attributes, marks));
    if (instance->dependency_count) {
        struct json_object *list = made(json_object_new_array());
        for (size_t i = 0; i < instance->dependency_count; i++)
            element_add(list, made(json_object_new_string(instance->dependencies[i])));
        member_add(object, "depends_on", list);
    }
    if (instance->tainted)
        member_add(object, "tainted", made(json_object_new_boolean(true)));
    if (instance->deposed)
        member_add_text(object, "deposed_key", instance->deposed);
    json_object_put(marks);
    return object;
}

static struct json_object *values_of_state(const struct state *state, const struct schema_set *schemas)
{
    struct json_object *values = made(json_object_new_object()), *module = made(json_object_new_object());
    struct json_object *list = made(json_object_new_array()), *outputs = made(json_object_new_object());
    for (size_t i = 0; i < state->output_count; i++) {
        struct json_object *output = made(json_object_new_object());
        member_add(output, "sensitive", made(json_object_new_boolean(state->outputs[i].sensitive)));
        member_add(output, "value", json_object_get(state->outputs[i].value.value));
        member_add(output, "type", json_object_get(state->outputs[i].value.type));
        member_add(outputs, state->outputs[i].name, output);
    }
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < state->resource_count; i++) {
            const struct state_resource *resource = state->resources[i];
            if ((resource->address.mode == MODE_DATA) != (pass == 0))
                continue;
            for (size_t j = 0; j < resource->count; j++) {
                struct address address = resource->address;
                address.key = resource->instances[j]->key;
                element_add(list, json_of_instance(resource->instances[j], &address, schemas));
            }
        }
    }
    if (state->output_count)
        member_add(values, "outputs", outputs);
    else
        json_object_put(outputs);
    if (list && json_object_array_length(list))
        member_add(module, "resources", list);
    else
        json_object_put(list);
    member_add(values, "root_module", module);
    return values;
}

static struct json_object *json_of_state(const struct state *state, const struct schema_set *schemas)
{
    struct json_object *document = made(json_object_new_object());
    member_add_text(document, "format_version", "1.0");
    if (!state->resource_count && !state->output_count && !*state->lineage)
        return document;
    member_add_text(document, "terraform_version", state->terraform_version);
    member_add(document, "values", values_of_state(state, schemas));
    return document;
}

bool show_state_json(const struct state *state, const struct schema_set *schemas, struct diagnostics *diags)
{
    struct json_object *document = json_of_state(state, schemas);
    if (!document)
        diagnostics_no_memory(diags);
    else
        print_json_document(document, false);
    json_object_put(document);
    return document != NULL;
}

/* --- plans --- */

static struct json_object *actions_of(enum action action)
{
    struct json_object *list = made(json_object_new_array());
    bool replace = action == ACTION_DELETE_THEN_CREATE || action == ACTION_CREATE_THEN_DELETE;
    if (replace) {
        bool delete_first = action == ACTION_DELETE_THEN_CREATE;
        element_add(list, made(json_object_new_string(delete_first ? "delete" : "create")));
        element_add(list, made(json_object_new_string(delete_first ? "create" : "delete")));
    } else {
        element_add(list, made(json_object_new_string(action_name(action))));
    }
    return list;
}

/* ["region"] of "/region": names, and indexes as numbers. */
static struct json_object *path_of(const char *pointer)
{
    struct json_object *path = made(json_object_new_array());
    char *copy = strdup(*pointer ? pointer + 1 : pointer), *at = copy;
    if (!copy)
        output_lose();
    for (char *step; copy && *copy && (step = strsep(&at, "/"));) {
        bool index = *step && strspn(step, "0123456789") == strlen(step);
        element_add(path, index ? made(json_object_new_int64(strtoll(step, NULL, 10)))
                                : made(json_object_new_string(step)));
    }
    free(copy);
    return path;
}

static struct json_object *json_of_values(enum action action, const struct typed *before,
                                          const struct typed *after, bool output, const struct schema *schema)
{
    struct json_object *change = made(json_object_new_object());
    bool none_after = !after->value && !output;
    member_add(change, "actions", actions_of(action));
    member_add(change, "before", json_object_get(before->value));
    if (!value_is_unknown(after->value))
        member_add(change, "after", known_part(after->value));
    struct json_object *unknown = unknown_part(after->value, true);
    if (output && json_object_is_type(unknown, json_type_object) && !value_has_unknown(after->value)) {
        json_object_put(unknown);
        unknown = made(json_object_new_boolean(false));
    }
    if (none_after) {
        json_object_put(unknown);
        unknown = made(json_object_new_object());
    }
    member_add(change, "after_unknown", unknown);
    member_add(change, "before_sensitive",
               output ? made(json_object_new_boolean(marks_any(before->marks)))
                      : sensitive_part(before->value, before->marks));
    member_add(change, "after_sensitive",
               output ? made(json_object_new_boolean(marks_any(after->marks)))
                      : sensitive_object(after, schema));
    return change;
}

static struct json_object *json_of_change(const struct change *change, const struct schema_set *schemas)
{
    struct json_object *object = resource_head(&change->address, schemas);
    struct json_object *values = json_of_values(change->action, &change->before, &change->after, false,
                                                schema_of(schemas, &change->address));
    if (change->deposed)
        member_add_text(object, "deposed", change->deposed);
    if (change->moved_from) {
        char *text = address_text(change->moved_from, false);
        if (!text)
            output_lose();
        member_add_text(object, "previous_address", text);
        free(text);
    }
    if (change->replace_count) {
        struct json_object *paths = made(json_object_new_array());
        for (size_t i = 0; i < change->replace_count; i++)
            element_add(paths, path_of(change->replace_paths[i]));
        member_add(values, "replace_paths", paths);
    }
    if (change->import_id) {
        struct json_object *importing = made(json_object_new_object());
        member_add_text(importing, "id", change->import_id);
        member_add(values, "importing", importing);
    }
    member_add(object, "change", values);
    if (reason_name(change->reason))
        member_add_text(object, "action_reason", reason_name(change->reason));
    return object;
}

static struct json_object *json_of_changes(const struct change *items, size_t count,
                                           const struct schema_set *schemas)
{
    struct json_object *list = made(json_object_new_array());
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < count; i++)
            if ((items[i].address.mode == MODE_DATA) == (pass == 0))
                element_add(list, json_of_change(&items[i], schemas));
    return list;
}

static struct json_object *json_of_outputs(const struct changes *changes)
{
    struct json_object *outputs = made(json_object_new_object());
    for (size_t i = 0; i < changes->output_count; i++) {
        const struct output_change *output = &changes->outputs[i];
        struct json_object *mark = output->sensitive ? made(json_object_new_boolean(true)) : NULL;
        struct typed before = output->before, after = output->after;
        if (mark)
            before.marks = after.marks = mark;
        member_add(outputs, output->name, json_of_values(output->action, &before, &after, true, NULL));
        json_object_put(mark);
    }
    return outputs;
}

static struct json_object *json_of_variables(const struct saved_plan *plan)
{
    struct json_object *variables = made(json_object_new_object());
    for (size_t i = 0; plan->variables && i < plan->variables->count; i++) {
        struct json_object *variable = made(json_object_new_object());
        member_add(variable, "value", json_object_get(plan->variables->values[i].value));
        member_add(variables, plan->config->variables[i].name, variable);
    }
    return variables;
}

/* What the resources will look like: those that change as planned, the others as they are. */
static struct json_object *json_of_planned(const struct saved_plan *plan, const struct schema_set *schemas)
{
    struct json_object *planned = made(json_object_new_object()), *module = made(json_object_new_object());
    struct json_object *list = made(json_object_new_array()), *outputs = made(json_object_new_object());
    const struct changes *changes = plan->changes;
    for (size_t i = 0; i < changes->output_count; i++) {
        const struct output_change *output = &changes->outputs[i];
        struct json_object *object = made(json_object_new_object());
        if (output->action == ACTION_DELETE) {
            json_object_put(object);
            continue;
        }
        member_add(object, "sensitive", made(json_object_new_boolean(output->sensitive)));
        if (!value_has_unknown(output->after.value)) {
            member_add(object, "type", json_object_get(output->after.type));
            member_add(object, "value", json_object_get(output->after.value));
        }
        member_add(outputs, output->name, object);
    }
    for (size_t i = 0; i < changes->count; i++) {
        const struct change *change = &changes->items[i];
        const struct schema *schema = schema_of(schemas, &change->address);
        if (!change->after.value || change->deposed)
            continue;
        struct json_object *object = resource_head(&change->address, schemas);
        member_add(object, "schema_version", made(json_object_new_int64(schema ? schema->version : 0)));
        member_add(object, "values", known_part(change->after.value));
        member_add(object, "sensitive_values", sensitive_object(&change->after, schema));
        element_add(list, object);
    }
    member_add(planned, "outputs", outputs);
    if (list && json_object_array_length(list))
        member_add(module, "resources", list);
    else
        json_object_put(list);
    member_add(planned, "root_module", module);
    return planned;
}

bool show_plan_json(const struct saved_plan *plan, const struct schema_set *schemas,
                    struct diagnostics *diags)
{
    struct json_object *document = made(json_object_new_object());
    const struct changes *changes = plan->changes;
    char date[32] = "";
    struct tm utc;
    time_t now = time(NULL);
    if (!document) {
        diagnostics_no_memory(diags);
        return false;
    }
    if (gmtime_r(&now, &utc))
        strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", &utc);
    member_add_text(document, "format_version", "1.2");
    member_add_text(document, "terraform_version", FORMAT_OF_TERRAFORM);
    member_add(document, "variables", json_of_variables(plan));
    member_add(document, "planned_values", json_of_planned(plan, schemas));
    if (changes->drift_count)
        member_add(document, "resource_drift",
                   json_of_changes(changes->drift, changes->drift_count, schemas));
    if (changes->count)
        member_add(document, "resource_changes", json_of_changes(changes->items, changes->count, schemas));
    if (changes->output_count)
        member_add(document, "output_changes", json_of_outputs(changes));
    if (plan->state && (plan->state->resource_count || plan->state->output_count))
        member_add(document, "prior_state", json_of_state(plan->state, schemas));
    member_add_text(document, "timestamp", date);
    member_add(document, "applyable",
               made(json_object_new_boolean(changes_any(changes) && !changes->errored)));
    member_add(document, "complete", made(json_object_new_boolean(!changes->targeted)));
    member_add(document, "errored", made(json_object_new_boolean(changes->errored)));
    print_json_document(document, false);
    json_object_put(document);
    return true;
}
