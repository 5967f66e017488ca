/* SPDX-License-Identifier: Apache-2.0
 *
 * config_value.c - variables, local values and outputs.
 */
#include "config_reader.h"

#include "type.h"
#include "variable_type.h"

#include <stdlib.h>
#include <string.h>

/* Names of Terraform's own, which a variable can't have. */
static bool is_reserved(const char *name)
{
    static const char *const names[] = {"source",   "version",   "providers",  "count",
                                        "for_each", "lifecycle", "depends_on", "locals"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static bool name_check(struct reader *reader, const struct place *place, const char *name, const char *what)
{
    if (identifier_is(name))
        return true;
    return reader_refuse(
        reader, place, "Invalid name",
        "\"%s\" is no name for %s: it must start with a letter or underscore and may contain "
        "only letters, digits, underscores, and dashes.",
        name, what);
}

static char *copy_text(struct reader *reader, const char *text)
{
    char *copy = strdup(text);
    if (copy == NULL)
        diagnostics_no_memory(reader->diags);
    return copy;
}

/* "description": any text. */
static char *body_description(struct reader *reader, struct json_object *body, const struct place *place)
{
    struct place here = {place, "description", 0};
    struct json_object *member = body_member(body, "description");
    if (member == NULL || json_object_is_type(member, json_type_string))
        return member != NULL ? copy_text(reader, json_object_get_string(member)) : NULL;
    reader_refuse(reader, &here, "Incorrect value type", "\"description\" must be a string.");
    return NULL;
}

/* "type": a constraint, in a string. */
static void read_type(struct reader *reader, struct json_object *body, const struct place *place,
                      struct config_variable *variable)
{
    struct place here = {place, "type", 0};
    char *text = body_string(reader, body, place, "type"), *pointer = NULL;
    if (text == NULL)
        return;
    pointer = place_pointer(&here);
    if (pointer == NULL)
        diagnostics_no_memory(reader->diags);
    else
        variable->type = variable_type_parse(text, reader->file, pointer, reader->diags);
    free(pointer);
    free(text);
}

/* "default": a literal. */
static void read_default(struct reader *reader, struct json_object *body, const struct place *place,
                         struct config_variable *variable)
{
    struct place here = {place, "default", 0};
    struct typed given = {0};
    char *pointer = NULL, *problem = NULL;
    if (!json_object_object_get_ex(body, "default", NULL))
        return;
    variable->has_default = true;
    if (body_member(body, "default") == NULL) {
        if (!variable->nullable)
            reader_refuse(reader, &here, "Invalid default value",
                          "The default of \"%s\" is null, and the variable is not nullable.", variable->name);
        variable->default_value.type = variable->type != NULL ? variable_type_tree(variable->type) : NULL;
        return;
    }
    /* Terraform takes strings here as they stand: "${" is no template. */
    given.value = json_object_get(body_member(body, "default"));
    given.type = type_of_literal(given.value);
    bool ok = given.type != NULL;
    if (!ok)
        diagnostics_no_memory(reader->diags);
    if (ok && !variable_convert(variable->type, &given, &variable->default_value, &pointer, &problem))
        reader_refuse(reader, &here, "Invalid default value for variable",
                      "The default of \"%s\" does not fit its type: %s%s%s.", variable->name,
                      problem != NULL ? problem : "no memory",
                      pointer != NULL && *pointer != '\0' ? " at " : "", pointer != NULL ? pointer : "");
    typed_clear(&given);
    free(pointer);
    free(problem);
}

static void read_variable(struct reader *reader, struct json_object *body, const struct place *place,
                          const char *const *labels)
{
    static const struct keyword keywords[] = {
        {"type", NULL, NULL},
        {"default", NULL, NULL},
        {"description", NULL, NULL},
        {"sensitive", NULL, NULL},
        {"nullable", NULL, NULL},
        {"validation", "Validation rules", "Remove them: the provider checks what it is given."},
        {"ephemeral", "Ephemeral variables", "Use \"sensitive\"."}};
    struct config *config = reader->config;
    if (!name_check(reader, place, labels[0], "a variable"))
        return;
    if (is_reserved(labels[0])) {
        reader_refuse(reader, place, "Invalid variable name",
                      "The variable name \"%s\" is reserved by Terraform; choose another.", labels[0]);
        return;
    }
    keywords_check(reader, body, place, keywords, sizeof keywords / sizeof *keywords, "a variable");
    struct config_variable *variables =
        array_extend(reader, config->variables, config->variable_count, sizeof *variables);
    if (variables == NULL)
        return;
    config->variables = variables;
    struct config_variable *variable = &variables[config->variable_count++];
    variable->name = copy_text(reader, labels[0]);
    if (!origin_set(reader, place, &variable->origin) || variable->name == NULL)
        return;
    variable->description = body_description(reader, body, place);
    variable->sensitive = body_boolean(reader, body, place, "sensitive", false);
    variable->nullable = body_boolean(reader, body, place, "nullable", true);
    read_type(reader, body, place, variable);
    read_default(reader, body, place, variable);
}

void variables_read(struct reader *reader, struct json_object *json, const struct place *place)
{
    blocks_read(reader, json, place, 1, "{\"variable\": {NAME: {…}}}", read_variable);
}

static void read_locals(struct reader *reader, struct json_object *body, const struct place *place,
                        const char *const *labels)
{
    struct config *config = reader->config;
    (void)labels;
    json_object_object_foreach(body, name, member)
    {
        struct place here = {place, name, 0};
        if (strcmp(name, "//") == 0 || !name_check(reader, &here, name, "a local value"))
            continue;
        struct config_local *locals =
            array_extend(reader, config->locals, config->local_count, sizeof *locals);
        if (locals == NULL)
            return;
        config->locals = locals;
        struct config_local *local = &locals[config->local_count++];
        local->name = copy_text(reader, name);
        origin_set(reader, &here, &local->origin);
        local->value = place_expression(reader, member, &here);
    }
}

void locals_read(struct reader *reader, struct json_object *json, const struct place *place)
{
    blocks_read(reader, json, place, 0, "{\"locals\": {NAME: VALUE}}", read_locals);
}

static void read_output(struct reader *reader, struct json_object *body, const struct place *place,
                        const char *const *labels)
{
    static const struct keyword keywords[] = {{"value", NULL, NULL},
                                              {"description", NULL, NULL},
                                              {"sensitive", NULL, NULL},
                                              {"depends_on", NULL, NULL},
                                              {"precondition", "Preconditions", "Remove them."},
                                              {"ephemeral", "Ephemeral outputs", "Use \"sensitive\"."}};
    struct config *config = reader->config;
    if (!name_check(reader, place, labels[0], "an output"))
        return;
    keywords_check(reader, body, place, keywords, sizeof keywords / sizeof *keywords, "an output");
    struct config_output *outputs =
        array_extend(reader, config->outputs, config->output_count, sizeof *outputs);
    if (outputs == NULL)
        return;
    config->outputs = outputs;
    struct config_output *output = &outputs[config->output_count++];
    output->name = copy_text(reader, labels[0]);
    if (!origin_set(reader, place, &output->origin) || output->name == NULL)
        return;
    output->description = body_description(reader, body, place);
    output->sensitive = body_boolean(reader, body, place, "sensitive", false);
    body_depends(reader, body, place, &output->depends_on, &output->depends_count);
    if (!json_object_object_get_ex(body, "value", NULL)) {
        reader_refuse(reader, place, "Missing required argument",
                      "The output \"%s\" has no \"value\"; give it one.", output->name);
        return;
    }
    struct place here = {place, "value", 0};
    output->value = place_expression(reader, body_member(body, "value"), &here);
}

void outputs_read(struct reader *reader, struct json_object *json, const struct place *place)
{
    blocks_read(reader, json, place, 1, "{\"output\": {NAME: {\"value\": …}}}", read_output);
}
