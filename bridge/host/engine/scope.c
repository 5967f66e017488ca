/* SPDX-License-Identifier: Apache-2.0
 *
 * scope.c - what references and function calls mean to the expressions that the engine has evaluated.
 */
#include "engine_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool set_text(struct typed *value, const char *text, struct diagnostics *diags)
{
    *value = (struct typed){.value = json_object_new_string(text), .type = json_object_new_string("string")};
    if (value->value && value->type)
        return true;
    typed_clear(value);
    diagnostics_no_memory(diags);
    return false;
}

static bool set_integer(struct typed *value, struct json_object *integer, struct diagnostics *diags)
{
    *value = (struct typed){.value = json_object_get(integer), .type = json_object_new_string("number")};
    if (value->value && value->type)
        return true;
    typed_clear(value);
    diagnostics_no_memory(diags);
    return false;
}

static bool set_unknown(struct typed *value, struct diagnostics *diags)
{
    *value = (struct typed){.value = value_unknown()};
    if (value->value)
        return true;
    diagnostics_no_memory(diags);
    return false;
}

static bool mark_sensitive(struct typed *value, struct diagnostics *diags)
{
    json_object_put(value->marks);
    value->marks = json_object_new_boolean(true);
    if (value->marks)
        return true;
    typed_clear(value);
    diagnostics_no_memory(diags);
    return false;
}

static bool resolve_variable(struct engine *engine, const char *name, struct typed *value,
                             struct diagnostics *diags)
{
    const struct config_variable *variable = table_get(&engine->names, REFERENCE_VARIABLE, NULL, name);
    size_t index = variable ? (size_t)(variable - engine->config->variables) : 0;
    if (!variable || !engine->variables || index >= engine->variables->count) {
        if (!set_unknown(value, diags))
            return false;
    } else {
        *value = typed_share(&engine->variables->values[index]);
    }
    return !variable || !variable->sensitive || mark_sensitive(value, diags);
}

static bool resolve_each(const struct engine_scope *scope, const struct reference *reference,
                         struct typed *value, struct diagnostics *diags)
{
    const struct instance *instance = scope->instance;
    if (!instance || !instance->address.key)
        return set_unknown(value, diags);
    if (reference->kind == REFERENCE_COUNT)
        return set_integer(value, instance->address.key, diags);
    if (strcmp(reference->name, "key") == 0)
        return set_text(value, json_object_get_string(instance->address.key), diags);
    *value = typed_share(&instance->each);
    return true;
}

static bool resolve_path(const struct engine *engine, const char *name, struct typed *value,
                         struct diagnostics *diags)
{
    bool here = strcmp(name, "cwd") == 0 && engine->working_directory;
    return set_text(value, here ? engine->working_directory : ".", diags);
}

static bool resolve(struct scope *base, const struct reference *reference, struct json_object *key,
                    bool *keyed, struct typed *value, struct diagnostics *diags)
{
    struct engine_scope *scope = (struct engine_scope *)base;
    struct engine *engine = scope->engine;
    *value = (struct typed){0};
    *keyed = false;
    switch (reference->kind) {
    case REFERENCE_VARIABLE:
        return resolve_variable(engine, reference->name, value, diags);
    case REFERENCE_LOCAL: {
        const struct local *local = table_get(&engine->names, REFERENCE_LOCAL, NULL, reference->name);
        if (!local)
            return set_unknown(value, diags);
        *value = typed_share(&local->value);
        return true;
    }
    case REFERENCE_RESOURCE:
    case REFERENCE_DATA: {
        struct block *block =
            table_get(&engine->names, (int)reference->kind, reference->type, reference->name);
        if (!block)
            return set_unknown(value, diags);
        return block_value(engine, block, key, keyed, value, diags);
    }
    case REFERENCE_EACH:
    case REFERENCE_COUNT:
        return resolve_each(scope, reference, value, diags);
    case REFERENCE_PATH:
        return resolve_path(engine, reference->name, value, diags);
    case REFERENCE_TERRAFORM:
        return set_text(value, "default", diags);
    }
    return set_unknown(value, diags);
}

/* --- functions --- */

static bool refuse_function(const struct engine *engine, const char *provider, const char *function,
                            struct diagnostics *diags)
{
    diagnostics_error(
        diags, NULL, "Call to unknown function",
        "There is no function named \"provider::%s::%s\". This program runs the functions of its "
        "own provider, provider::%s::NAME; Terraform runs others.",
        provider, function, engine->config->provider_name);
    return false;
}

/* Converts the arguments to the types of the parameters. */
static bool convert_arguments(const struct schema *schema, const struct typed *arguments, size_t count,
                              const struct schema_attribute **parameters, struct typed *converted,
                              struct diagnostics *diags)
{
    for (size_t i = 0; i < count; i++) {
        char *pointer = NULL, *problem = NULL;
        bool ok = typed_convert(&arguments[i], &parameters[i]->type, &converted[i], &pointer, &problem);
        if (!ok)
            diagnostics_error(diags, NULL, "Invalid function argument",
                              "Invalid value for \"%s\" parameter of %s: %s%s%s.", parameters[i]->name,
                              schema->name, pointer ? pointer : "", pointer && *pointer ? ": " : "",
                              problem ? problem : "out of memory");
        free(pointer);
        free(problem);
        if (!ok)
            return false;
    }
    return true;
}

/* What is computed of something sensitive is sensitive. */
static bool finish_result(const struct schema *schema, const struct typed *arguments, size_t count,
                          struct typed *result, struct diagnostics *diags)
{
    bool sensitive = schema_result(schema)->sensitive;
    for (size_t i = 0; i < count; i++)
        sensitive = sensitive || marks_any(arguments[i].marks);
    result->type = type_of_schema(&schema_result(schema)->type);
    if (result->type)
        return !sensitive || mark_sensitive(result, diags);
    typed_clear(result);
    diagnostics_no_memory(diags);
    return false;
}

/* A function is called on the engine's thread: it computes, and waits for nothing. */
static bool call_function(struct engine *engine, const struct schema *schema, const struct typed *arguments,
                          size_t count, struct typed *result, struct diagnostics *diags)
{
    const struct schema_attribute **parameters = calloc(count + 1, sizeof(const struct schema_attribute *));
    struct typed *converted = calloc(count + 1, sizeof *converted);
    struct json_object **values = calloc(count + 1, sizeof(struct json_object *));
    bool ok = parameters && converted && values;
    if (!ok)
        diagnostics_no_memory(diags);
    else
        schema_parameters(schema, parameters, count);
    ok = ok && convert_arguments(schema, arguments, count, parameters, converted, diags);
    for (size_t i = 0; ok && i < count; i++)
        values[i] = converted[i].value;
    struct diagnostics found = {0};
    struct provider *plain = ok ? engine_plain(engine, &found) : NULL;
    ok = plain && provider_call_function(plain, schema->name, values, count, &result->value, &found);
    /* Its pointers lead into its parameters; ours into the file. */
    for (size_t i = 0; i < found.count; i++)
        diagnostics_add(diags, found.items[i].severity, NULL, found.items[i].summary, found.items[i].detail);
    diags->has_error = diags->has_error || found.has_error;
    diagnostics_clear(&found);
    ok = ok && finish_result(schema, arguments, count, result, diags);
    for (size_t i = 0; converted && i < count; i++)
        typed_clear(&converted[i]);
    free(values);
    free(converted);
    free(parameters);
    return ok;
}

static bool call(struct scope *base, const char *provider, const char *function,
                 const struct typed *arguments, size_t count, struct typed *result, struct diagnostics *diags)
{
    struct engine *engine = ((struct engine_scope *)base)->engine;
    *result = (struct typed){0};
    const struct schema *schema = NULL;
    if (engine->config->provider_name && strcmp(provider, engine->config->provider_name) == 0)
        schema = schema_find(engine->schemas, SCHEMA_FUNCTION, function);
    if (!schema)
        return refuse_function(engine, provider, function, diags);
    size_t parameters = schema_parameters(schema, NULL, 0);
    if (parameters != count) {
        diagnostics_error(
            diags, NULL, count < parameters ? "Not enough function arguments" : "Too many function arguments",
            "Function \"provider::%s::%s\" takes %zu arguments, and was given %zu.", provider, function,
            parameters, count);
        return false;
    }
    return call_function(engine, schema, arguments, count, result, diags);
}

struct engine_scope engine_scope(struct engine *engine, const struct instance *instance)
{
    return (struct engine_scope){
        .scope = {.resolve = resolve, .call = call}, .engine = engine, .instance = instance};
}

void visit_local(struct engine *engine, struct node *node)
{
    struct local *local = node->subject;
    struct engine_scope scope = engine_scope(engine, NULL);
    walk_finish(engine, node,
                expression_evaluate(local->config->value, &scope.scope, &local->value, engine->diags));
}
