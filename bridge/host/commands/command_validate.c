/* SPDX-License-Identifier: Apache-2.0
 *
 * command_validate.c - validate: whether the configuration holds water, without state and session.
 */
#include <stdlib.h>

#include "output.h"
#include "run.h"

static bool validate(const struct invocation *invocation, struct run *run, struct diagnostics *diags)
{
    const struct engine_options options = {.parallelism = 1};
    struct workspace *workspace = &run->workspace;
    ui_init(&run->ui, invocation);
    if (!workspace_config(invocation, workspace, diags))
        return false;
    run->engine = engine_create(workspace->config, NULL, workspace->schemas, NULL, NULL, &options,
                                &run->ui.listener, invocation->log, invocation->stop_fd, diags);
    return run->engine && engine_validate(run->engine, diags);
}

static void print_json(const struct config *config, const struct diagnostics *diags)
{
    struct json_object *result = made(json_object_new_object()), *list = made(json_object_new_array());
    size_t errors = 0;
    for (size_t i = 0; i < diags->count; i++) {
        errors += diags->items[i].severity == SEVERITY_ERROR;
        element_add(list, json_of_diagnostic(config, &diags->items[i]));
    }
    member_add(result, "format_version", made(json_object_new_string("1.0")));
    member_add(result, "valid", made(json_object_new_boolean(!diags->has_error)));
    member_add(result, "error_count", made(json_object_new_uint64(errors)));
    member_add(result, "warning_count", made(json_object_new_uint64(diags->count - errors)));
    member_add(result, "diagnostics", list);
    print_json_document(result, true);
    json_object_put(result);
}

static int run_validate(struct invocation *invocation, int argc, char **argv)
{
    struct run run = {0};
    struct diagnostics diags = {0};
    bool json = false, no_color = false, no_tests = false;
    const char *ignored = NULL;
    int first, status;
    const struct option table[] = {
        {"json", OPTION_BOOL, &json, NULL, "print the result as JSON"},
        {"no-color", OPTION_BOOL, &no_color, NULL, "print without colours and boxes"},
        {"no-tests", OPTION_BOOL, &no_tests, NULL, NULL},
        {"test-directory", OPTION_TEXT, &ignored, NULL, NULL},
        {0},
    };
    if (!options_expect(invocation, table, argc, argv, 0, 0, &first, &status))
        return status;
    if (no_color)
        style_plain(&invocation->style);
    validate(invocation, &run, &diags);
    status = diags.has_error ? EXIT_FAILED : EXIT_DONE;
    if (json) {
        print_json(run.workspace.config, &diags);
        diagnostics_clear(&diags);
        diags.has_error = false;
    } else {
        bool warned = diags.count > 0;
        if (!report(invocation, run.workspace.config, &diags)) {
            render_marked(stdout, &invocation->style,
                          "[green][bold]Success![reset] The configuration is valid");
            fputs(warned ? ", but there were some\nvalidation warnings as shown above.\n\n" : ".\n\n",
                  stdout);
        }
    }
    run_close(&run, invocation, &diags);
    return status;
}

const struct command command_validate = {.name = "validate",
                                         .summary = "Check whether the configuration is valid",
                                         .usage = "[options]",
                                         .run = run_validate};
