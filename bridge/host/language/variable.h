/* SPDX-License-Identifier: Apache-2.0
 *
 * variable.h - the type constraint of a variable ("list(string)", "object({a = string, b =
 * optional(number, 3)})"), and the values that variables are given: -var, -var-file, terraform.tfvars.json,
 * *.auto.tfvars.json, TF_VAR_NAME and defaults.
 */
#ifndef HOST_VARIABLE_H
#define HOST_VARIABLE_H

#include "../../diagnostic.h"
#include "typed.h"

struct config;
struct config_variable;
struct variable_type; /* a struct schema_type with what it owns; or "any" */

/* Reads a constraint. NULL after an error. */
struct variable_type *variable_type_parse(const char *text, const char *file, const char *pointer,
                                          struct diagnostics *diags);
void variable_type_destroy(struct variable_type *type);

/* What the command line says, in its order. */
struct variable_argument {
    bool file; /* -var-file=text, else -var text ("NAME=VALUE") */
    const char *text;
};

/* The values of all variables of a configuration, in the order of config->variables. */
struct variables {
    size_t count;
    struct typed *values;
};

/* Collects them in Terraform's order of precedence: TF_VAR_NAME, terraform.tfvars(.json),
 * *.auto.tfvars(.json) by name, then arguments. A required variable without a value is an error that names
 * -var and TF_VAR_; where `ask` is given, it is asked for the text first. NULL after an error. */
struct variables *variables_collect(const struct config *config, const struct variable_argument *arguments,
                                    size_t argument_count,
                                    bool (*ask)(void *context, const struct config_variable *variable,
                                                char **text),
                                    void *context, struct diagnostics *diags);

/* What a user gives besides environment and files; `ask` may be NULL. */
struct variable_input {
    const struct variable_argument *arguments;
    size_t count;
    bool (*ask)(void *context, const struct config_variable *variable, char **text);
    void *context;
};

/* For a saved plan: the values given, as JSON of NAME: {"value": …, "type": …}, without sensitive ones; and
 * back, where sensitive ones are collected as above again, and no other may be given by -var. `input` NULL:
 * for somebody who only looks; sensitive values are null. */
struct json_object *variables_save(const struct config *config, const struct variables *variables);
struct variables *variables_restore(const struct config *config, struct json_object *saved,
                                    const struct variable_input *input, struct diagnostics *diags);

void variables_destroy(struct variables *variables);

#endif
