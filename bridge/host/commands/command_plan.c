/* SPDX-License-Identifier: Apache-2.0
 *
 * command_plan.c - plan: what would change.
 */
#include <stdlib.h>

#include "run.h"

/* Saves what an apply needs to go on from here. */
static bool save(struct run *run, const struct run_options *options, struct diagnostics *diags)
{
    struct saved_plan plan = {
        .lineage = run->workspace.state->lineage,
        .serial = run->workspace.state->serial,
        .config = run->workspace.config,
        .variables = run->variables,
        .state = run->workspace.state,
        .changes = run->changes,
    };
    return saved_plan_write(options->out, &plan, run->workspace.schemas, diags);
}

static bool plan(struct run *run, struct invocation *invocation, struct run_options *options,
                 char **arguments, struct diagnostics *diags)
{
    (void)arguments;
    if (!run_open(run, invocation, options, "OperationTypePlan", diags))
        return false;
    run->changes = engine_plan(run->engine, diags);
    if (!run->changes)
        return false;
    bool saved = options->out && !diags->has_error && save(run, options, diags);
    bool ok = ui_plan(invocation, &run->workspace, run->changes) && !diags->has_error;
    ui_warn_forgotten(invocation, run->changes, diags);
    if (!ok)
        return false;
    report(invocation, run->workspace.config, diags);
    if (changes_any(run->changes))
        ui_next_step(invocation, saved ? options->out : NULL);
    return true;
}

static int run_plan(struct invocation *invocation, int argc, char **argv)
{
    struct run_options options;
    run_options_init(&options, invocation);
    const struct option table[] = {
        RUN_OPTIONS(&options),
        PLAN_OPTIONS(&options),
        {"out", OPTION_TEXT, &options.out, "FILE", "save the plan, for apply"},
        {"detailed-exitcode", OPTION_BOOL, &options.detailed_exitcode, NULL,
         "end with 2 where there are changes, 0 where there are none"},
        {"generate-config-out", OPTION_REFUSED, NULL, NULL,
         "configurations are not generated here; Terraform does that with these files."},
        {0},
    };
    return run_command(invocation, &options, table, argc, argv, 0, 0, plan);
}

const struct command command_plan = {
    .name = "plan", .summary = "Show what would change", .usage = "[options]", .run = run_plan};
