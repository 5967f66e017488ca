/* SPDX-License-Identifier: Apache-2.0
 *
 * command_refresh.c - refresh and import: both bring the state up to date with what there is, and change
 * nothing outside.
 */
#include <stdlib.h>

#include "run.h"

/* --- refresh: what a refresh-only plan reads is kept; outputs stay as the last apply left them --- */

static bool has_objects(const struct state *state)
{
    for (size_t i = 0; i < state->resource_count; i++)
        if (state->resources[i]->address.mode == MODE_MANAGED && state->resources[i]->count > 0)
            return true;
    return false;
}

static bool refresh(struct run *run, struct invocation *invocation, struct run_options *options,
                    char **arguments, struct diagnostics *diags)
{
    (void)arguments;
    const struct apply_result result = {0};
    if (!run_open(run, invocation, options, "OperationTypeRefresh", diags))
        return false;
    if (!has_objects(run->workspace.state))
        diagnostics_warning(diags, NULL, "Empty or non-existent state",
                            "There are currently no remote objects tracked in the state, so there is nothing "
                            "to refresh.");
    run->changes = engine_plan(run->engine, diags);
    if (!run->changes || diags->has_error ||
        !backend_save(run->workspace.backend, run->workspace.state, diags))
        return false;
    report(invocation, run->workspace.config, diags);
    const struct state *state = run->workspace.state;
    if (invocation->json) {
        json_applied(&result, state, false);
    } else if (state->output_count) {
        render_marked(stdout, &invocation->style, "[bold][green]\nOutputs:\n\n[reset]");
        render_outputs(stdout, state);
    }
    return true;
}

static int run_refresh(struct invocation *invocation, int argc, char **argv)
{
    struct run_options options;
    run_options_init(&options, invocation);
    options.refresh_only = true;
    const struct option table[] = {
        RUN_OPTIONS(&options),
        {"target", OPTION_ADDRESS, &options.targets, "ADDRESS",
         "only this and what it needs; may be repeated"},
        {0},
    };
    return run_command(invocation, &options, table, argc, argv, 0, 0, refresh);
}

const struct command command_refresh = {.name = "refresh",
                                        .summary = "Bring the state up to date with what there is",
                                        .usage = "[options]",
                                        .run = run_refresh};

/* --- import --- */

static bool import(struct run *run, struct invocation *invocation, struct run_options *options,
                   char **arguments, struct diagnostics *diags)
{
    const char *address_argument = arguments[0], *id = arguments[1];
    struct address address;
    char *problem = NULL;
    if (!address_parse(address_argument, &address, &problem)) {
        diagnostics_error(diags, NULL, "Invalid address", "\"%s\" names no resource: %s", address_argument,
                          problem ? problem : "out of memory");
        free(problem);
        return false;
    }
    bool ok = run_open(run, invocation, options, "OperationTypeImport", diags) &&
              engine_import(run->engine, &address, id, diags);
    address_clear(&address);
    if (ok)
        render_printf(
            stdout, &invocation->style,
            "\n[green]Import successful!\n\nThe resources that were imported are shown above. These "
            "resources are now in\nyour %s state and will henceforth be managed by %s.[reset]\n\n",
            invocation->program, invocation->program);
    return ok;
}

static int run_import(struct invocation *invocation, int argc, char **argv)
{
    struct run_options options;
    run_options_init(&options, invocation);
    const struct option table[] = {
        RUN_OPTIONS(&options),
        {"allow-missing-config", OPTION_REFUSED, NULL, NULL,
         "write the resource into the configuration first; it is what will manage the object."},
        {"config", OPTION_REFUSED, NULL, NULL, "use -chdir=DIR before the command."},
        {0},
    };
    return run_command(invocation, &options, table, argc, argv, 2, 2, import);
}

const struct command command_import = {.name = "import",
                                       .summary = "Take an object that is there already into the state",
                                       .usage = "[options] ADDRESS ID",
                                       .run = run_import};
