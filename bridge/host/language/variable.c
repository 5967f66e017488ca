/* SPDX-License-Identifier: Apache-2.0
 *
 * variable.c - the values of variables, from wherever they are given, the later one winning. Files are
 * variable_file.c's part.
 */
#include "variable_file.h"

#include "../../utf8.h"
#include "config_reader.h"
#include "type.h"
#include "variable_type.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void variables_destroy(struct variables *variables)
{
    if (variables == NULL)
        return;
    for (size_t i = 0; i < variables->count; i++)
        typed_clear(&variables->values[i]);
    free(variables->values);
    free(variables);
}

static void clear_given(struct collection *collection)
{
    for (size_t i = 0; i < collection->config->variable_count; i++) {
        typed_clear(&collection->given[i].value);
        free(collection->given[i].from);
    }
    free(collection->given);
}

size_t collection_find(const struct collection *collection, const char *name)
{
    const struct config_variable *variable = config_variable_find(collection->config, name);
    return variable != NULL ? (size_t)(variable - collection->config->variables) : SIZE_MAX;
}

bool collection_set(struct collection *collection, size_t index, struct typed *value, const char *from)
{
    struct given *given = &collection->given[index];
    char *copy = strdup(from);
    if (copy == NULL) {
        diagnostics_no_memory(collection->diags);
        return false;
    }
    typed_clear(&given->value);
    free(given->from);
    *given = (struct given){*value, copy, true};
    *value = (struct typed){0};
    return true;
}

const char *collection_hint(const struct collection *collection, const char *name, char hint[HINT_SIZE])
{
    struct near near = {.wanted = name};
    for (size_t i = 0; i < collection->config->variable_count; i++)
        near_offer(&near, collection->config->variables[i].name);
    return near_hint(&near, hint);
}

void collection_explain(struct collection *collection, size_t first, const char *prefix)
{
    for (size_t i = first; i < collection->diags->count; i++) {
        struct diagnostic *item = &collection->diags->items[i];
        char *whole = NULL;
        if (asprintf(&whole, "%s%s", prefix, item->detail) >= 0) {
            free(item->detail);
            item->detail = whole;
        }
        free(item->attribute);
        item->attribute = NULL;
    }
}

/* The value that a text on the command line or in the environment means. */
static bool set_text(struct collection *collection, size_t index, const char *text, const char *from)
{
    const struct config_variable *variable = &collection->config->variables[index];
    struct typed value = {0};
    size_t before = collection->diags->count, length = strlen(text);
    bool ok = utf8_valid_prefix(text, length) == length;
    if (!ok) {
        /* In a state it would be what no one can read again. */
        diagnostics_error(collection->diags, NULL, "Invalid character encoding",
                          "The value of variable \"%s\" (%s) is not UTF-8 text. Give it in UTF-8.",
                          variable->name, from);
    } else if (variable_type_is_text(variable->type)) {
        value.value = json_object_new_string(text);
        value.type = type_named("string");
        ok = value.value != NULL && value.type != NULL;
        if (!ok)
            diagnostics_no_memory(collection->diags);
    } else {
        struct expression *expression = expression_parse_bare(text, NULL, "", collection->diags);
        ok = expression != NULL && expression_evaluate(expression, NULL, &value, collection->diags);
        expression_destroy(expression);
        struct text prefix = {0};
        text_add_format(&prefix,
                        "The value of variable \"%s\" (%s) is read as an expression, like [\"a\", \"b\"] or "
                        "{a = 1}. ",
                        variable->name, from);
        if (!ok && !prefix.failed)
            collection_explain(collection, before, prefix.bytes);
        text_clear(&prefix);
    }
    ok = ok && collection_set(collection, index, &value, from);
    typed_clear(&value);
    return ok;
}

static bool read_environment(struct collection *collection)
{
    bool ok = true;
    for (size_t i = 0; i < collection->config->variable_count; i++) {
        struct text name = {0};
        text_add_format(&name, "TF_VAR_%s", collection->config->variables[i].name);
        const char *value = name.failed ? NULL : getenv(name.bytes);
        if (value != NULL)
            ok = set_text(collection, i, value, name.bytes) && ok;
        text_clear(&name);
    }
    return ok;
}

/* -var NAME=VALUE */
static bool read_assignment(struct collection *collection, const char *text)
{
    const char *equals = strchr(text, '=');
    char hint[HINT_SIZE];
    if (equals == NULL || equals == text) {
        diagnostics_error(collection->diags, NULL, "Invalid -var option",
                          "The option -var is written -var 'NAME=VALUE', and this one has no %s.",
                          equals == NULL ? "=" : "name");
        return false;
    }
    char *name = strndup(text, (size_t)(equals - text));
    if (name == NULL) {
        diagnostics_no_memory(collection->diags);
        return false;
    }
    size_t blank = strcspn(name, " \t"), index = collection_find(collection, name);
    bool ok = index != SIZE_MAX;
    if (name[blank] != '\0')
        diagnostics_error(collection->diags, NULL, "Invalid -var option",
                          "No blanks may stand around the = of -var 'NAME=VALUE'.");
    else if (!ok)
        diagnostics_error(
            collection->diags, NULL, "Value for undeclared variable",
            "A variable named \"%s\" was assigned on the command line, but the configuration does "
            "not declare it.%s",
            name, collection_hint(collection, name, hint));
    else
        ok = set_text(collection, index, equals + 1, "-var");
    free(name);
    return ok;
}

/* Puts what was given into the variable's form. */
static bool convert(struct collection *collection, size_t index, struct typed *value)
{
    const struct config_variable *variable = &collection->config->variables[index];
    const struct given *given = &collection->given[index];
    char *pointer = NULL, *problem = NULL;
    struct typed in = typed_share(&given->value);
    if (variable->sensitive) {
        json_object_put(in.marks);
        in.marks = marks_all();
    }
    bool ok = variable_convert(variable->type, &in, value, &pointer, &problem);
    typed_clear(&in);
    if (!ok && problem == NULL)
        diagnostics_no_memory(collection->diags);
    else if (!ok)
        origin_refuse(&variable->origin, collection->diags, "Invalid value for input variable",
                      "The value of variable \"%s\" (%s) does not fit its type%s%s: %s.", variable->name,
                      given->from, *pointer != '\0' ? " at " : "", pointer, problem);
    free(pointer);
    free(problem);
    return ok;
}

static bool refuse_missing(struct collection *collection, const struct config_variable *variable)
{
    return origin_refuse(&variable->origin, collection->diags, "No value for required variable",
                         "The variable \"%s\" is not set, and has no default value. Give it by -var "
                         "'%s=VALUE', in a file for -var-file, or as TF_VAR_%s in the environment.",
                         variable->name, variable->name, variable->name);
}

/* The default, or null where nullable is off and null was given. */
static bool finish(struct collection *collection, size_t index, struct typed *value)
{
    const struct config_variable *variable = &collection->config->variables[index];
    const struct given *given = &collection->given[index];
    bool null = given->there && given->value.value == NULL;
    if (given->there && !(null && !variable->nullable))
        return convert(collection, index, value);
    if (!variable->has_default && null)
        return origin_refuse(&variable->origin, collection->diags, "Required variable not set",
                             "The variable \"%s\" is not nullable, and is given null (%s); give it a value.",
                             variable->name, given->from);
    if (!variable->has_default)
        return refuse_missing(collection, variable);
    *value = typed_share(&variable->default_value);
    if (variable->sensitive) {
        json_object_put(value->marks);
        value->marks = marks_all();
    }
    return true;
}

static bool ask_for(struct collection *collection, size_t index,
                    bool (*ask)(void *context, const struct config_variable *variable, char **text),
                    void *context)
{
    char *text = NULL;
    bool ok = ask(context, &collection->config->variables[index], &text);
    if (ok)
        ok = set_text(collection, index, text, "as typed in");
    else
        refuse_missing(collection, &collection->config->variables[index]);
    free(text);
    return ok;
}

static bool collect(struct collection *collection, const struct variable_argument *arguments,
                    size_t argument_count)
{
    bool ok = read_environment(collection);
    ok = variable_files_read(collection) && ok;
    for (size_t i = 0; i < argument_count; i++)
        ok = (arguments[i].file ? variable_file_read(collection, arguments[i].text, true)
                                : read_assignment(collection, arguments[i].text)) &&
             ok;
    return ok;
}

/* Room for what is given and for what comes of it. NULL without memory. */
static struct variables *begin(struct collection *collection, const struct config *config,
                               struct diagnostics *diags)
{
    struct variables *variables = calloc(1, sizeof *variables);
    *collection = (struct collection){.config = config, .diags = diags};
    collection->given = calloc(config->variable_count + 1, sizeof *collection->given);
    if (variables != NULL)
        variables->values = calloc(config->variable_count + 1, sizeof *variables->values);
    if (collection->given != NULL && variables != NULL && variables->values != NULL)
        return variables;
    diagnostics_no_memory(diags);
    variables_destroy(variables);
    return NULL;
}

/* The variables, if all is well. */
static struct variables *end(struct collection *collection, struct variables *variables, bool ok)
{
    if (collection->given != NULL)
        clear_given(collection);
    if (ok)
        return variables;
    variables_destroy(variables);
    return NULL;
}

struct variables *variables_collect(const struct config *config, const struct variable_argument *arguments,
                                    size_t argument_count,
                                    bool (*ask)(void *context, const struct config_variable *variable,
                                                char **text),
                                    void *context, struct diagnostics *diags)
{
    struct collection collection;
    struct variables *variables = begin(&collection, config, diags);
    bool ok = variables != NULL && collect(&collection, arguments, argument_count);
    for (size_t i = 0; ok && ask != NULL && i < config->variable_count; i++)
        if (!collection.given[i].there && !config->variables[i].has_default)
            ok = ask_for(&collection, i, ask, context);
    bool fit = ok;
    for (size_t i = 0; ok && i < config->variable_count; i++) {
        variables->count = i + 1;
        fit = finish(&collection, i, &variables->values[i]) && fit;
    }
    return end(&collection, variables, fit);
}

struct json_object *variables_save(const struct config *config, const struct variables *variables)
{
    struct json_object *all = json_object_new_object();
    bool ok = all != NULL;
    for (size_t i = 0; ok && i < variables->count; i++) {
        const struct config_variable *variable = &config->variables[i];
        const struct typed *value = &variables->values[i];
        if (variable->sensitive)
            continue;
        struct json_object *one = json_object_new_object();
        ok = one != NULL && json_object_object_add(one, "value", json_object_get(value->value)) == 0 &&
             json_object_object_add(one, "type",
                                    value->type != NULL ? json_object_get(value->type)
                                                        : type_of_literal(value->value)) == 0 &&
             json_object_object_add(all, variable->name, one) == 0;
        if (!ok)
            json_object_put(one);
    }
    if (ok)
        return all;
    json_object_put(all);
    return NULL;
}

/* One value of a saved plan. */
static bool restore(struct collection *collection, struct json_object *saved, size_t index)
{
    struct json_object *one = NULL, *value = NULL, *type = NULL;
    const struct config_variable *variable = &collection->config->variables[index];
    if (variable->sensitive)
        return true; /* collected anew */
    if (!json_object_object_get_ex(saved, variable->name, &one) ||
        !json_object_object_get_ex(one, "value", &value)) {
        diagnostics_error(collection->diags, NULL, "Saved plan without a variable",
                          "The plan has no value of the variable \"%s\"; plan again.", variable->name);
        return false;
    }
    json_object_object_get_ex(one, "type", &type);
    struct typed found = {json_object_get(value), json_object_get(type), NULL};
    bool ok = collection_set(collection, index, &found, "the saved plan");
    typed_clear(&found);
    return ok;
}

/* What the plan holds is settled; -var may only add what it does not hold. */
static bool refuse_settled(struct collection *collection, const struct variable_input *input)
{
    for (size_t i = 0; i < input->count; i++) {
        const char *text = input->arguments[i].text;
        char *name = input->arguments[i].file ? NULL : strndup(text, strcspn(text, "="));
        size_t index = name != NULL ? collection_find(collection, name) : SIZE_MAX;
        bool settled = index != SIZE_MAX && !collection->config->variables[index].sensitive;
        if (settled)
            diagnostics_error(collection->diags, NULL, "Can't set variables when applying a saved plan",
                              "The plan holds the value that the variable \"%s\" had when it was made. Only "
                              "sensitive variables, which it does not hold, are given again; to change "
                              "others, plan again.",
                              name);
        free(name);
        if (settled)
            return false;
    }
    return true;
}

static bool restore_all(struct collection *collection, struct json_object *saved,
                        const struct variable_input *input)
{
    const struct config *config = collection->config;
    bool ok = input == NULL ||
              (collect(collection, input->arguments, input->count) && refuse_settled(collection, input));
    for (size_t i = 0; ok && i < config->variable_count; i++)
        ok = restore(collection, saved, i);
    for (size_t i = 0; ok && input != NULL && input->ask != NULL && i < config->variable_count; i++)
        if (!collection->given[i].there && !config->variables[i].has_default)
            ok = ask_for(collection, i, input->ask, input->context);
    return ok;
}

struct variables *variables_restore(const struct config *config, struct json_object *saved,
                                    const struct variable_input *input, struct diagnostics *diags)
{
    struct collection collection;
    struct variables *variables = begin(&collection, config, diags);
    bool ok = variables != NULL && restore_all(&collection, saved, input);
    for (size_t i = 0; ok && i < config->variable_count; i++) {
        variables->count = i + 1;
        if (input != NULL || collection.given[i].there)
            ok = finish(&collection, i, &variables->values[i]);
    }
    return end(&collection, variables, ok);
}
