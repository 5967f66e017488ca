/* SPDX-License-Identifier: Apache-2.0
 *
 * command_output.c - output: what the state holds of outputs.
 */
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "run.h"

struct output_options {
    bool json, raw, no_color;
    struct backend_options backend;
};

static struct json_object *json_of_output(const struct state_output *output)
{
    struct json_object *object = made(json_object_new_object());
    member_add(object, "sensitive", made(json_object_new_boolean(output->sensitive)));
    member_add(object, "type", json_object_get(output->value.type));
    member_add(object, "value", json_object_get(output->value.value));
    return object;
}

static void print_all_json(const struct state *state)
{
    struct json_object *all = made(json_object_new_object());
    for (size_t i = 0; i < state->output_count; i++)
        member_add(all, state->outputs[i].name, json_of_output(&state->outputs[i]));
    print_json_document(all, true);
    json_object_put(all);
}

/* Strings as they are, numbers and booleans as their texts. */
static bool print_raw(const struct state_output *output, struct diagnostics *diags)
{
    struct json_object *value = output->value.value;
    const struct typed bare = {.value = value};
    switch (json_object_get_type(value)) {
    case json_type_string:
        fwrite(value_string(value), 1, (size_t)json_object_get_string_len(value), stdout);
        return true;
    case json_type_int:
    case json_type_double:
    case json_type_boolean:
        render_value(stdout, &bare, 0);
        return true;
    default:
        diagnostics_error(
            diags, NULL, "Unsupported value for raw output",
            "The -raw option only supports strings, numbers, and boolean values, but output value "
            "\"%s\" is something else.\n\nUse the -json option for machine-readable representations "
            "of output values that have complex types.",
            output->name);
        return false;
    }
}

static const struct state_output *find_output(const struct state *state, const char *name)
{
    for (size_t i = 0; i < state->output_count; i++)
        if (!strcmp(state->outputs[i].name, name))
            return &state->outputs[i];
    return NULL;
}

static bool print_one(const struct state *state, const char *name, const struct output_options *options,
                      const char *program, struct diagnostics *diags)
{
    const struct state_output *output = find_output(state, name);
    if (!output) {
        char *summary = NULL;
        if (asprintf(&summary, "Output \"%s\" not found", name) < 0)
            summary = NULL;
        diagnostics_error(
            diags, NULL, summary ? summary : "Output not found",
            "The output variable requested could not be found in the state file. If you recently "
            "added this to your configuration, be sure to run `%s apply`, since the state won't be "
            "updated with new output variables until that command is run.",
            program);
        free(summary);
        return false;
    }
    if (options->raw)
        return print_raw(output, diags);
    if (options->json) {
        print_json_document(output->value.value, false);
        return true;
    }
    const struct typed shown = {.value = output->value.value, .type = output->value.type};
    render_value(stdout, &shown, 0);
    putchar('\n');
    return true;
}

static void no_outputs(const char *program, struct diagnostics *diags)
{
    diagnostics_warning(diags, NULL, "No outputs found",
                        "The state file either has no outputs defined, or all the defined outputs are empty. "
                        "Please define an output in your configuration with the `output` keyword and run `%s "
                        "refresh` for it to become available.",
                        program);
}

static bool print_outputs(struct invocation *invocation, const struct state *state, const char *name,
                          const struct output_options *options, struct diagnostics *diags)
{
    if (name)
        return print_one(state, name, options, invocation->program, diags);
    if (options->raw) {
        diagnostics_add(diags, SEVERITY_ERROR, NULL, "Output name required",
                        "You must give the name of a single output value when using the -raw option.");
        return false;
    }
    if (options->json)
        print_all_json(state);
    else if (state->output_count)
        render_outputs(stdout, state);
    else
        no_outputs(invocation->program, diags);
    return true;
}

static int run_output(struct invocation *invocation, int argc, char **argv)
{
    struct output_options options = {.backend = backend_options_default()};
    struct workspace workspace = {0};
    struct diagnostics diags = {0};
    int first, status;
    const struct option table[] = {
        {"json", OPTION_BOOL, &options.json, NULL, "print JSON"},
        {"raw", OPTION_BOOL, &options.raw, NULL, "print a single value as it is, for scripts"},
        {"no-color", OPTION_BOOL, &options.no_color, NULL, "print without colours and boxes"},
        {"state", OPTION_TEXT, &options.backend.state_path, "FILE",
         "the local state file (terraform.tfstate)"},
        {0},
    };
    if (!options_expect(invocation, table, argc, argv, 0, 1, &first, &status))
        return status;
    if (options.no_color)
        style_plain(&invocation->style);
    if (options.json && options.raw)
        diagnostics_add(&diags, SEVERITY_ERROR, NULL, "Invalid output format",
                        "The -raw and -json options are mutually-exclusive.");
    bool ok = !diags.has_error && workspace_state(invocation, &workspace, &options.backend, NULL, &diags) &&
              print_outputs(invocation, workspace.state, first < argc ? argv[first] : NULL, &options, &diags);
    ok = !report(invocation, workspace.config, &diags) && ok;
    workspace_close(&workspace, &diags);
    return report(invocation, NULL, &diags) || !ok ? EXIT_FAILED : EXIT_DONE;
}

const struct command command_output = {.name = "output",
                                       .summary = "Print outputs that the state holds",
                                       .usage = "[options] [NAME]",
                                       .run = run_output};
