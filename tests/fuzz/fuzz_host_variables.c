/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_host_variables.c - what variables are given: text of -var, of TF_VAR_ and of who is asked, files
 * terraform.tfvars.json and *.auto.tfvars, and the constraint that one of them has. What is taken fits its
 * constraint, and comes back the same from a saved plan.
 *
 * Input: a byte that says how the text is given, then fields: the constraint of the variable "typed", the
 * text, the JSON file, the file of the native syntax. Fields that are empty are not given.
 */
#include "fuzz.h"

#include "config.h"
#include "provider.h"
#include "variable_type.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TYPED "typed"

enum way { AS_ARGUMENT, AS_ENVIRONMENT, AS_ANSWER, AS_WHOLE_ARGUMENT, WAYS };

static const char fixed[] =
    "{\"terraform\":{\"required_providers\":{\"shelves\":{\"source\":\"example/shelves\"}}},\"variable\":{"
    "\"s\":{\"type\":\"string\",\"default\":\"d\",\"nullable\":false},"
    "\"l\":{\"type\":\"list(number)\",\"default\":[]},"
    "\"o\":{\"type\":\"object({a = string, b = optional(number, 3)})\",\"default\":null},"
    "\"hidden\":{\"type\":\"map(bool)\",\"default\":{},\"sensitive\":true},"
    "\"any\":{\"default\":null}}}";

/* The file with the variable whose constraint is fuzzed. */
static char *typed_file(const char *type, size_t length)
{
    struct json_object *name = json_object_new_string_len(type, (int)length);
    char *text = NULL;
    CHECK(name != NULL);
    if (length == 0)
        CHECK(asprintf(&text, "{\"variable\":{\"" TYPED "\":{}}}") > 0);
    else
        CHECK(asprintf(&text, "{\"variable\":{\"" TYPED "\":{\"type\":%s}}}",
                       json_object_to_json_string(name)) > 0);
    json_object_put(name);
    return text;
}

static void write_file(struct fuzz_input *input, const char *name)
{
    size_t length;
    char *text = fuzz_field(input, &length);
    if (length > 0)
        fuzz_file_write(name, text, length);
    free(text);
}

static bool answer(void *context, const struct config_variable *variable, char **text)
{
    CHECK(!variable->has_default);
    *text = strdup(context);
    return *text != NULL;
}

static struct variables *collect(const struct config *config, enum way way, char *text,
                                 struct diagnostics *diags)
{
    struct variable_argument argument = {.text = text};
    struct variables *variables;
    char *named = NULL;
    if (way == AS_ARGUMENT) {
        CHECK(asprintf(&named, TYPED "=%s", text) > 0);
        argument.text = named;
    }
    if (way == AS_ENVIRONMENT)
        CHECK(setenv("TF_VAR_" TYPED, text, 1) == 0);
    bool given = way == AS_ARGUMENT || way == AS_WHOLE_ARGUMENT;
    variables = variables_collect(config, &argument, given, way == AS_ANSWER ? answer : NULL, text, diags);
    unsetenv("TF_VAR_" TYPED);
    free(named);
    return variables;
}

/* Put into its form once more, a value stays what it is. */
static void check_form(const struct config_variable *variable, const struct typed *value)
{
    struct typed again = {0};
    char *pointer = NULL, *problem = NULL;
    CHECK(variable_convert(variable->type, value, &again, &pointer, &problem));
    char *first = fuzz_json_text(value->value), *second = fuzz_json_text(again.value);
    CHECK(strcmp(first, second) == 0);
    CHECK(!variable->sensitive || marks_any(value->marks));
    free(first);
    free(second);
    typed_clear(&again);
}

/* As a saved plan keeps them. */
static void check_saved(const struct config *config, const struct variables *variables)
{
    struct diagnostics diags = {0};
    struct json_object *saved = variables_save(config, variables);
    CHECK(saved != NULL);
    struct variables *restored = variables_restore(config, saved, NULL, &diags);
    CHECK(restored != NULL && restored->count == variables->count && diags.count == 0);
    struct json_object *again = variables_save(config, restored);
    char *first = fuzz_json_text(saved), *second = fuzz_json_text(again);
    CHECK(strcmp(first, second) == 0 && !json_object_object_get_ex(saved, "hidden", NULL));
    free(first);
    free(second);
    json_object_put(again);
    json_object_put(saved);
    variables_destroy(restored);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct provider *provider;
    static const char *const names[] = {"fixed.tf.json", "typed.tf.json"};
    struct fuzz_input input = {data, size};
    struct diagnostics diags = {0}, told = {0};
    size_t length;
    if (provider == NULL)
        provider = fuzz_provider(SCHEMAS);
    fuzz_folder_clean();
    enum way way = fuzz_byte(&input) % WAYS;
    char *type = fuzz_field(&input, &length), *text = fuzz_field(&input, NULL);
    char *file = typed_file(type, length);
    const char *texts[] = {fixed, file};
    write_file(&input, "terraform.tfvars.json");
    write_file(&input, "a.auto.tfvars");
    struct config *config =
        config_load_texts(fuzz_folder(), 2, names, texts, provider_schemas(provider), &diags);
    fuzz_check_diagnostics(&diags, config != NULL);
    struct variables *variables = config == NULL ? NULL : collect(config, way, text, &told);
    if (config != NULL)
        fuzz_check_diagnostics(&told, variables != NULL);
    for (size_t i = 0; variables != NULL && i < variables->count; i++)
        check_form(&config->variables[i], &variables->values[i]);
    if (variables != NULL) {
        CHECK(variables->count == config->variable_count);
        check_saved(config, variables);
    }
    variables_destroy(variables);
    config_destroy(config);
    diagnostics_clear(&diags);
    diagnostics_clear(&told);
    free(file);
    free(text);
    free(type);
    return 0;
}
