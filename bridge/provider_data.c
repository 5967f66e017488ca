/* SPDX-License-Identifier: Apache-2.0
 *
 * provider_data.c - data sources, functions and lists: calls that change nothing.
 */
#include "plan.h"
#include "provider_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Marks every read-only attribute as not known yet. */
static bool outputs_unknown(const struct schema *schema, struct json_object *object)
{
    for (size_t i = 0; i < schema->object.count; i++) {
        if (!schema->object.attributes[i].read_only)
            continue;
        struct json_object *unknown = value_unknown();
        if (unknown == NULL ||
            json_object_object_add(object, schema->object.attributes[i].name, unknown) != 0) {
            json_object_put(unknown);
            return false;
        }
    }
    return true;
}

static bool holds_secret(const struct schema_type *type)
{
    for (; type->element != NULL; type = type->element)
        continue;
    for (size_t i = 0; type->object != NULL && i < type->object->count; i++)
        if (type->object->attributes[i].sensitive || holds_secret(&type->object->attributes[i].type))
            return true;
    return false;
}

/* What was asked for, as `name = value, …`: the required attributes that are known, and hold no secret. Newly
 * allocated; NULL without memory. */
static char *question_text(const struct schema *schema, struct json_object *object)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    const char *separator = "";
    for (size_t i = 0; stream != NULL && i < schema->object.count; i++) {
        const struct schema_attribute *attribute = &schema->object.attributes[i];
        struct json_object *value = provider_member(object, attribute->name);
        if (!attribute->required || attribute->sensitive || holds_secret(&attribute->type) || value == NULL ||
            value_has_unknown(value))
            continue;
        fprintf(
            stream, "%s%s = %s", separator, attribute->name,
            json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
        separator = ", ";
    }
    if (stream != NULL && fclose(stream) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

/* Says why a call that neither succeeded nor reported came to nothing. `object` is what was asked with, or
 * NULL. */
static void explain_outcome(const struct schema *schema, const struct schema_callback *callback,
                            enum call_outcome outcome, int status, struct json_object *object,
                            struct diagnostics *diags)
{
    if (outcome == CALL_GONE) {
        char *question = question_text(schema, object);
        bool named = question != NULL && *question != '\0';
        diags->status = STATUS_GONE;
        diagnostics_error(diags, NULL, "Nothing found", "There is no %s%s%s. Correct what is asked for.",
                          schema->name, named ? " with " : "", named ? question : "");
        free(question);
    } else if (outcome == CALL_EXISTS) {
        diagnostics_error(diags, NULL, "The operation failed", "%s failed with error %d.", callback->symbol,
                          status);
    }
}

bool provider_read_data(struct provider *provider, const char *type, struct json_object *config,
                        struct json_object **state, struct diagnostics *diags)
{
    const struct schema *schema = schema_find(provider->schemas, SCHEMA_DATA_SOURCE, type);
    *state = NULL;
    if (schema == NULL || schema->callbacks[CALLBACK_READ] == NULL) {
        diagnostics_error(diags, NULL, "Unknown data source", "This provider has no data source \"%s\".",
                          type);
        return false;
    }
    const struct schema_callback *read = schema->callbacks[CALLBACK_READ];
    struct json_object *object = plan_conform(&schema->object, config);
    struct call_frame frame = {.object = object};
    bool ok = object != NULL;
    if (!ok) {
        diagnostics_no_memory(diags);
    } else if (!provider_can_call(provider, read) || !call_arguments_known(read, &frame)) {
        ok = outputs_unknown(schema, object);
        if (!ok)
            diagnostics_no_memory(diags);
    } else {
        enum call_outcome outcome = provider_call(provider, read, &frame, diags);
        explain_outcome(schema, read, outcome, frame.status, object, diags);
        ok = outcome == CALL_DONE && provider_merge(schema, object, frame.outputs, diags);
    }
    call_frame_clear(&frame);
    if (ok)
        *state = object;
    else
        json_object_put(object);
    return ok;
}

/* Checks the arguments of a function and puts them into an object by name. */
static struct json_object *collect_arguments(const struct schema *schema,
                                             struct json_object *const *arguments, size_t count,
                                             struct diagnostics *diags)
{
    struct json_object *object = json_object_new_object();
    bool ok = object != NULL;
    size_t next = 0;
    for (size_t i = 0; ok && i < schema->object.count; i++) {
        const struct schema_attribute *attribute = &schema->object.attributes[i];
        if (attribute->read_only || next >= count)
            continue;
        struct json_object *given = arguments[next++];
        struct json_object *value = value_copy(given != NULL ? given : attribute->default_value, &ok);
        if (!ok || json_object_object_add(object, attribute->name, value) != 0) {
            json_object_put(value);
            ok = false;
        }
    }
    if (!ok) {
        json_object_put(object);
        diagnostics_no_memory(diags);
        return NULL;
    }
    struct diagnostics found = {0};
    schema_validate(schema, object, &found);
    if (found.has_error) {
        json_object_put(object);
        object = NULL;
    }
    diagnostics_move(diags, &found);
    return object;
}

bool provider_call_function(struct provider *provider, const char *name, struct json_object *const *arguments,
                            size_t count, struct json_object **result, struct diagnostics *diags)
{
    const struct schema *schema = schema_find(provider->schemas, SCHEMA_FUNCTION, name);
    *result = NULL;
    if (schema == NULL || schema->callbacks[CALLBACK_CALL] == NULL) {
        diagnostics_error(diags, NULL, "Unknown function", "This provider has no function \"%s\".", name);
        return false;
    }
    size_t parameters = schema_parameters(schema, NULL, 0);
    if (count != parameters) {
        diagnostics_error(diags, NULL, "Wrong number of arguments", "%s takes %zu, and was given %zu.", name,
                          parameters, count);
        return false;
    }
    const struct schema_callback *call = schema->callbacks[CALLBACK_CALL];
    struct json_object *object = collect_arguments(schema, arguments, count, diags);
    if (object == NULL)
        return false;
    struct call_frame frame = {.object = object};
    bool ok = true;
    if (!call_arguments_known(call, &frame)) {
        *result = value_unknown();
        ok = *result != NULL;
        if (!ok)
            diagnostics_no_memory(diags);
    } else {
        enum call_outcome outcome = provider_call(provider, call, &frame, diags);
        explain_outcome(schema, call, outcome, frame.status, object, diags);
        ok = outcome == CALL_DONE;
        if (ok)
            *result = json_object_get(provider_member(frame.outputs, schema_result(schema)->name));
    }
    call_frame_clear(&frame);
    json_object_put(object);
    return ok;
}

/* Whether all that was listed are objects; an error was added where not. */
static bool check_list(const struct schema_callback *callback, const struct json_object *list,
                       struct diagnostics *diags)
{
    size_t count = list != NULL ? json_object_array_length(list) : 0;
    for (size_t i = 0; i < count; i++)
        if (!json_object_is_type(json_object_array_get_idx(list, i), json_type_object)) {
            diagnostics_error(diags, NULL, "The plugin broke its contract",
                              "%s listed what is no object, as element %zu. This is a bug of the plugin; "
                              "please report it to its authors.",
                              callback->symbol, i);
            return false;
        }
    return true;
}

/* Brings the listed objects into the schema's form. */
static struct json_object *conform_list(const struct schema *schema, const struct json_object *list)
{
    size_t count = list != NULL ? json_object_array_length(list) : 0;
    struct json_object *array = json_object_new_array_ext((int)count);
    for (size_t i = 0; array != NULL && i < count; i++) {
        struct json_object *object = plan_conform(&schema->object, json_object_array_get_idx(list, i));
        if (object == NULL || json_object_array_add(array, object) != 0) {
            json_object_put(object);
            json_object_put(array);
            return NULL;
        }
    }
    return array;
}

bool provider_list(struct provider *provider, const char *type, struct json_object **array,
                   struct diagnostics *diags)
{
    const struct schema *schema = provider_resource(provider, type, diags);
    *array = NULL;
    if (schema == NULL)
        return false;
    const struct schema_callback *list = schema->callbacks[CALLBACK_LIST];
    if (list == NULL) {
        diagnostics_error(diags, NULL, "Listing is not supported", "%s has no list callback.", type);
        return false;
    }
    struct call_frame frame = {0};
    enum call_outcome outcome = provider_call(provider, list, &frame, diags);
    explain_outcome(schema, list, outcome, frame.status, NULL, diags);
    if (outcome == CALL_DONE && check_list(list, frame.list, diags) &&
        (*array = conform_list(schema, frame.list)) == NULL)
        diagnostics_no_memory(diags);
    call_frame_clear(&frame);
    return *array != NULL;
}
