/* SPDX-License-Identifier: Apache-2.0
 *
 * show_json.c - see show_json.h. Without memory members are missing rather than wrong; the program's end
 * tells.
 */
#include "show_json.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../value.h"
#include "command.h"
#include "ui.h"

static void add(struct json_object *object, const char *name, struct json_object *value)
{
    if (json_object_object_add(object, name, value))
        json_object_put(value);
}

static void add_text(struct json_object *object, const char *name, const char *text)
{
    add(object, name, text ? json_object_new_string(text) : NULL);
}

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
        copy = json_object_new_array();
        for (size_t i = 0; i < json_object_array_length(value); i++)
            json_object_array_add(copy, known_part(json_object_array_get_idx(value, i)));
        return copy;
    }
    copy = json_object_new_object();
    json_object_object_foreach(value, name, member)
    {
        if (!value_is_unknown(member))
            add(copy, name, known_part(member));
    }
    return copy;
}

/* True where a value is unknown, in its shape; of what is known false, and of objects' members nothing. */
static struct json_object *unknown_part(struct json_object *value, bool top)
{
    if (value_is_unknown(value))
        return json_object_new_boolean(true);
    if (json_object_is_type(value, json_type_array)) {
        struct json_object *copy = json_object_new_array();
        for (size_t i = 0; i < json_object_array_length(value); i++)
            json_object_array_add(copy, unknown_part(json_object_array_get_idx(value, i), false));
        return copy;
    }
    if (!json_object_is_type(value, json_type_object))
        return json_object_new_boolean(false);
    struct json_object *copy = json_object_new_object();
    (void)top;
    json_object_object_foreach(value, name, member)
    {
        struct json_object *part = unknown_part(member, false);
        if (json_object_is_type(part, json_type_boolean) && !json_object_get_boolean(part))
            json_object_put(part);
        else
            add(copy, name, part);
    }
    return copy;
}

/* Marks in the shape of the value: objects and lists always, false for what is not sensitive in a list. */
static struct json_object *sensitive_part(struct json_object *value, struct json_object *marks)
{
    if (json_object_is_type(marks, json_type_boolean) && json_object_get_boolean(marks))
        return json_object_new_boolean(true);
    if (json_object_is_type(value, json_type_array) && !value_is_unknown(value)) {
        struct json_object *copy = json_object_new_array();
        for (size_t i = 0; i < json_object_array_length(value); i++)
            json_object_array_add(
                copy, sensitive_part(json_object_array_get_idx(value, i), marks_element(marks, i)));
        return copy;
    }
    if (!json_object_is_type(value, json_type_object) || value_is_unknown(value))
        return json_object_new_boolean(false);
    struct json_object *copy = json_object_new_object();
    json_object_object_foreach(value, name, member)
    {
        struct json_object *part = sensitive_part(member, marks_member(marks, name));
        if (json_object_is_type(part, json_type_boolean) && !json_object_get_boolean(part))
            json_object_put(part);
        else
            add(copy, name, part);
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
            add(marks, attribute->name, list ? json_object_new_array() : json_object_new_object());
    }
    return marks;
}

/* --- states --- */

static struct json_object *resource_head(const struct address *address, const struct schema_set *schemas)
{
    struct json_object *object = json_object_new_object();
    char *text = address_text(address, false), *provider = provider_name(schemas);
    add_text(object, "address", text);
    add_text(object, "mode", address->mode == MODE_DATA ? "data" : "managed");
    add_text(object, "type", address->type);
    add_text(object, "name", address->name);
    if (address->key)
        add(object, "index", json_object_get(address->key));
    add_text(object, "provider_name", provider);
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
    add(object, "schema_version", json_object_new_int64(instance->schema_version));
    add(object, "values", json_object_get(instance->attributes));
    add(object, "sensitive_values", sensitive_part(instance->attributes, marks));
    if (instance->dependency_count) {
        struct json_object *list = json_object_new_array();
        for (size_t i = 0; i < instance->dependency_count; i++)
            json_object_array_add(list, json_object_new_string(instance->dependencies[i]));
        add(object, "depends_on", list);
    }
    if (instance->tainted)
        add(object, "tainted", json_object_new_boolean(true));
    if (instance->deposed)
        add_text(object, "deposed_key", instance->deposed);
    json_object_put(marks);
    return object;
}

static struct json_object *values_of_state(const struct state *state, const struct schema_set *schemas)
{
    struct json_object *values = json_object_new_object(), *module = json_object_new_object();
    struct json_object *list = json_object_new_array(), *outputs = json_object_new_object();
    for (size_t i = 0; i < state->output_count; i++) {
        struct json_object *output = json_object_new_object();
        add(output, "sensitive", json_object_new_boolean(state->outputs[i].sensitive));
        add(output, "value", json_object_get(state->outputs[i].value.value));
        add(output, "type", json_object_get(state->outputs[i].value.type));
        add(outputs, state->outputs[i].name, output);
    }
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < state->resource_count; i++) {
            const struct state_resource *resource = state->resources[i];
            if ((resource->address.mode == MODE_DATA) != (pass == 0))
                continue;
            for (size_t j = 0; j < resource->count; j++) {
                struct address address = resource->address;
                address.key = resource->instances[j]->key;
                json_object_array_add(list, json_of_instance(resource->instances[j], &address, schemas));
            }
        }
    }
    if (state->output_count)
        add(values, "outputs", outputs);
    else
        json_object_put(outputs);
    if (json_object_array_length(list))
        add(module, "resources", list);
    else
        json_object_put(list);
    add(values, "root_module", module);
    return values;
}

static struct json_object *json_of_state(const struct state *state, const struct schema_set *schemas)
{
    struct json_object *document = json_object_new_object();
    add_text(document, "format_version", "1.0");
    if (!state->resource_count && !state->output_count && !*state->lineage)
        return document;
    add_text(document, "terraform_version", state->terraform_version);
    add(document, "values", values_of_state(state, schemas));
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
    struct json_object *list = json_object_new_array();
    bool replace = action == ACTION_DELETE_THEN_CREATE || action == ACTION_CREATE_THEN_DELETE;
    if (replace) {
        bool delete_first = action == ACTION_DELETE_THEN_CREATE;
        json_object_array_add(list, json_object_new_string(delete_first ? "delete" : "create"));
        json_object_array_add(list, json_object_new_string(delete_first ? "create" : "delete"));
    } else {
        json_object_array_add(list, json_object_new_string(action_name(action)));
    }
    return list;
}

/* ["region"] of "/region": names, and indexes as numbers. */
static struct json_object *path_of(const char *pointer)
{
    struct json_object *path = json_object_new_array();
    char *copy = strdup(*pointer ? pointer + 1 : pointer), *at = copy;
    for (char *step; copy && *copy && (step = strsep(&at, "/"));) {
        bool index = *step && strspn(step, "0123456789") == strlen(step);
        json_object_array_add(path, index ? json_object_new_int64(strtoll(step, NULL, 10))
                                          : json_object_new_string(step));
    }
    free(copy);
    return path;
}

static struct json_object *json_of_values(enum action action, const struct typed *before,
                                          const struct typed *after, bool output, const struct schema *schema)
{
    struct json_object *change = json_object_new_object();
    bool none_after = !after->value && !output;
    add(change, "actions", actions_of(action));
    add(change, "before", json_object_get(before->value));
    if (!value_is_unknown(after->value))
        add(change, "after", known_part(after->value));
    struct json_object *unknown = unknown_part(after->value, true);
    if (output && json_object_is_type(unknown, json_type_object) && !value_has_unknown(after->value)) {
        json_object_put(unknown);
        unknown = json_object_new_boolean(false);
    }
    if (none_after) {
        json_object_put(unknown);
        unknown = json_object_new_object();
    }
    add(change, "after_unknown", unknown);
    add(change, "before_sensitive",
        output ? json_object_new_boolean(marks_any(before->marks))
               : sensitive_part(before->value, before->marks));
    add(change, "after_sensitive",
        output ? json_object_new_boolean(marks_any(after->marks)) : sensitive_object(after, schema));
    return change;
}

static struct json_object *json_of_change(const struct change *change, const struct schema_set *schemas)
{
    struct json_object *object = resource_head(&change->address, schemas);
    struct json_object *values = json_of_values(change->action, &change->before, &change->after, false,
                                                schema_of(schemas, &change->address));
    if (change->deposed)
        add_text(object, "deposed", change->deposed);
    if (change->moved_from) {
        char *text = address_text(change->moved_from, false);
        add_text(object, "previous_address", text);
        free(text);
    }
    if (change->replace_count) {
        struct json_object *paths = json_object_new_array();
        for (size_t i = 0; i < change->replace_count; i++)
            json_object_array_add(paths, path_of(change->replace_paths[i]));
        add(values, "replace_paths", paths);
    }
    if (change->import_id) {
        struct json_object *importing = json_object_new_object();
        add_text(importing, "id", change->import_id);
        add(values, "importing", importing);
    }
    add(object, "change", values);
    if (reason_name(change->reason))
        add_text(object, "action_reason", reason_name(change->reason));
    return object;
}

static struct json_object *json_of_changes(const struct change *items, size_t count,
                                           const struct schema_set *schemas)
{
    struct json_object *list = json_object_new_array();
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < count; i++)
            if ((items[i].address.mode == MODE_DATA) == (pass == 0))
                json_object_array_add(list, json_of_change(&items[i], schemas));
    return list;
}

static struct json_object *json_of_outputs(const struct changes *changes)
{
    struct json_object *outputs = json_object_new_object();
    for (size_t i = 0; i < changes->output_count; i++) {
        const struct output_change *output = &changes->outputs[i];
        struct json_object *mark = output->sensitive ? json_object_new_boolean(true) : NULL;
        struct typed before = output->before, after = output->after;
        if (mark)
            before.marks = after.marks = mark;
        add(outputs, output->name, json_of_values(output->action, &before, &after, true, NULL));
        json_object_put(mark);
    }
    return outputs;
}

static struct json_object *json_of_variables(const struct saved_plan *plan)
{
    struct json_object *variables = json_object_new_object();
    for (size_t i = 0; plan->variables && i < plan->variables->count; i++) {
        struct json_object *variable = json_object_new_object();
        add(variable, "value", json_object_get(plan->variables->values[i].value));
        add(variables, plan->config->variables[i].name, variable);
    }
    return variables;
}

/* What the resources will look like: those that change as planned, the others as they are. */
static struct json_object *json_of_planned(const struct saved_plan *plan, const struct schema_set *schemas)
{
    struct json_object *planned = json_object_new_object(), *module = json_object_new_object();
    struct json_object *list = json_object_new_array(), *outputs = json_object_new_object();
    const struct changes *changes = plan->changes;
    for (size_t i = 0; i < changes->output_count; i++) {
        const struct output_change *output = &changes->outputs[i];
        struct json_object *object = json_object_new_object();
        if (output->action == ACTION_DELETE) {
            json_object_put(object);
            continue;
        }
        add(object, "sensitive", json_object_new_boolean(output->sensitive));
        if (!value_has_unknown(output->after.value)) {
            add(object, "type", json_object_get(output->after.type));
            add(object, "value", json_object_get(output->after.value));
        }
        add(outputs, output->name, object);
    }
    for (size_t i = 0; i < changes->count; i++) {
        const struct change *change = &changes->items[i];
        const struct schema *schema = schema_of(schemas, &change->address);
        if (!change->after.value || change->deposed)
            continue;
        struct json_object *object = resource_head(&change->address, schemas);
        add(object, "schema_version", json_object_new_int64(schema ? schema->version : 0));
        add(object, "values", known_part(change->after.value));
        add(object, "sensitive_values", sensitive_object(&change->after, schema));
        json_object_array_add(list, object);
    }
    add(planned, "outputs", outputs);
    if (json_object_array_length(list))
        add(module, "resources", list);
    else
        json_object_put(list);
    add(planned, "root_module", module);
    return planned;
}

bool show_plan_json(const struct saved_plan *plan, const struct schema_set *schemas,
                    struct diagnostics *diags)
{
    struct json_object *document = json_object_new_object();
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
    add_text(document, "format_version", "1.2");
    add_text(document, "terraform_version", FORMAT_OF_TERRAFORM);
    add(document, "variables", json_of_variables(plan));
    add(document, "planned_values", json_of_planned(plan, schemas));
    if (changes->drift_count)
        add(document, "resource_drift", json_of_changes(changes->drift, changes->drift_count, schemas));
    if (changes->count)
        add(document, "resource_changes", json_of_changes(changes->items, changes->count, schemas));
    if (changes->output_count)
        add(document, "output_changes", json_of_outputs(changes));
    if (plan->state && (plan->state->resource_count || plan->state->output_count))
        add(document, "prior_state", json_of_state(plan->state, schemas));
    add_text(document, "timestamp", date);
    add(document, "applyable", json_object_new_boolean(changes_any(changes) && !changes->errored));
    add(document, "complete", json_object_new_boolean(!changes->targeted));
    add(document, "errored", json_object_new_boolean(changes->errored));
    print_json_document(document, false);
    json_object_put(document);
    return true;
}
