/* SPDX-License-Identifier: Apache-2.0
 *
 * run.c - see run.h.
 */
#include "run.h"

#include <stdint.h>
#include <stdlib.h>

void run_options_init(struct run_options *options, const struct invocation *invocation)
{
    *options = (struct run_options){.engine = {.refresh = true, .parallelism = 10},
                                    .backend = backend_options_default(),
                                    .input = invocation->input};
}

void run_options_clear(struct run_options *options)
{
    address_list_clear(&options->targets);
    address_list_clear(&options->replaces);
    variable_list_clear(&options->variables);
}

bool run_options_apply(struct run_options *options, struct invocation *invocation, struct diagnostics *diags)
{
    struct engine_options *engine = &options->engine;
    invocation->json = options->json;
    invocation->input = options->input;
    if (options->no_color)
        style_plain(&invocation->style);
    if (options->destroy && options->refresh_only)
        diagnostics_add(diags, SEVERITY_ERROR, NULL, "Incompatible plan mode options",
                        "The -destroy and -refresh-only options are mutually-exclusive.");
    if (options->refresh_only && !engine->refresh)
        diagnostics_add(
            diags, SEVERITY_ERROR, NULL, "Incompatible refresh options",
            "It doesn't make sense to use -refresh-only at the same time as -refresh=false, because "
            "there would then be nothing to do.");
    if (options->replaces.count && (options->destroy || options->refresh_only))
        diagnostics_add(diags, SEVERITY_ERROR, NULL, "Unsupported plan mode",
                        "Forcing resource instance replacement (with -replace=...) is allowed only in normal "
                        "planning mode.");
    for (size_t i = 0; i < options->replaces.count; i++)
        if (options->replaces.items[i].mode == MODE_DATA)
            diagnostics_add(diags, SEVERITY_ERROR, NULL, "Invalid force-replace address",
                            "Only managed resources can be used with the -replace=... option: a data source "
                            "is read anyway.");
    engine->mode = options->destroy ? PLAN_DESTROY : options->refresh_only ? PLAN_REFRESH_ONLY : PLAN_NORMAL;
    engine->targets = options->targets.items;
    engine->target_count = options->targets.count;
    engine->replaces = options->replaces.items;
    engine->replace_count = options->replaces.count;
    return !diags->has_error;
}

bool run_engine(struct run *run, const struct invocation *invocation, const struct run_options *options,
                struct diagnostics *diags)
{
    struct workspace *workspace = &run->workspace;
    engine_destroy(run->engine);
    run->engine = engine_create(workspace->config, run->variables, workspace->schemas, workspace->state,
                                workspace->backend, &options->engine, &run->ui.listener, invocation->log,
                                invocation->stop_fd, diags);
    return run->engine != NULL;
}

/* An empty directory is a wrong one: with a state in it, all would be destroyed for want of a configuration.
 * To destroy all on purpose, and to look at what there is, none is needed. */
static bool has_configuration(const struct invocation *invocation, const struct config *config,
                              enum plan_mode mode, struct diagnostics *diags)
{
    if (config->source_count || mode == PLAN_DESTROY || invocation->command == &command_refresh)
        return true;
    diagnostics_error(diags, NULL, "No configuration files",
                      "There is no *.tf.json file in this directory, and without a configuration all that is "
                      "managed here would have to be destroyed. Go to the right directory, name it with "
                      "-chdir=DIR before the command, or write a configuration. To destroy all, run \"%s "
                      "destroy\".",
                      invocation->program);
    return false;
}

bool run_open(struct run *run, const struct invocation *invocation, const struct run_options *options,
              const char *operation, struct diagnostics *diags)
{
    struct workspace *workspace = &run->workspace;
    ui_init(&run->ui, invocation);
    if (!workspace_config(invocation, workspace, diags) ||
        !has_configuration(invocation, workspace->config, options->engine.mode, diags))
        return false;
    run->variables = variables_collect(workspace->config, options->variables.items, options->variables.count,
                                       ask_variable, (void *)(uintptr_t)invocation, diags);
    return run->variables && workspace_state(invocation, workspace, &options->backend, operation, diags) &&
           run_engine(run, invocation, options, diags);
}

bool run_close(struct run *run, const struct invocation *invocation, struct diagnostics *diags)
{
    struct workspace closed = run->workspace;
    closed.config = NULL; /* still needed to show lines */
    changes_destroy(run->changes);
    engine_destroy(run->engine);
    variables_destroy(run->variables);
    workspace_close(&closed, diags);
    bool failed = report(invocation, run->workspace.config, diags);
    config_destroy(run->workspace.config);
    *run = (struct run){0};
    return failed;
}

int run_command(struct invocation *invocation, struct run_options *options, const struct option *table,
                int argc, char **argv, int least, int most, run_body *body)
{
    struct run run = {0};
    struct diagnostics diags = {0};
    int first, status;
    if (options_expect(invocation, table, argc, argv, least, most, &first, &status)) {
        ui_version_with(invocation, options->json);
        bool ok = run_options_apply(options, invocation, &diags) &&
                  body(&run, invocation, options, argv + first, &diags);
        bool changed = ok && options->detailed_exitcode && changes_any(run.changes);
        bool failed = run_close(&run, invocation, &diags) || !ok;
        status = failed ? EXIT_FAILED : changed ? EXIT_CHANGES : EXIT_DONE;
    }
    run_options_clear(options);
    return status;
}
