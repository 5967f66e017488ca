/* SPDX-License-Identifier: Apache-2.0
 *
 * command_apply.c - apply and destroy: plan, ask, carry out; or carry a saved plan out.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

/* Whether the plan is to be carried out: nothing to do and a "no" are no. */
static bool approve(const struct run *run, const struct invocation *invocation,
                    const struct run_options *options, struct diagnostics *diags)
{
    enum plan_mode mode = options->engine.mode;
    if (options->auto_approve)
        return true;
    if (!changes_any(run->changes))
        return true; /* nothing is left to be approved, but the state may have been refreshed */
    if (!invocation->input) {
        diagnostics_add(diags, SEVERITY_ERROR, NULL, "Approval is needed",
                        "With -input=false nobody is asked. Use -auto-approve, or save a plan with \"plan "
                        "-out=FILE\", look at it, and apply that.");
        return false;
    }
    if (ask_approval(invocation, mode))
        return true;
    render_printf(stdout, &invocation->style, "%s cancelled.\n", mode == PLAN_DESTROY ? "Destroy" : "Apply");
    return false;
}

/* Carries the plan out, in a session of its own. */
static bool carry_out(struct run *run, const struct invocation *invocation, const struct run_options *options,
                      struct diagnostics *diags)
{
    struct apply_result result = {0};
    if (!run_engine(run, invocation, options, diags))
        return false;
    bool ok = engine_apply(run->engine, run->changes, &result, diags) && !diags->has_error;
    /* Warnings stand above the summary, errors below it. */
    if (ok)
        report(invocation, run->workspace.config, diags);
    ui_applied(invocation, &result, run->workspace.state, invocation->command == &command_destroy, ok);
    return ok;
}

static bool plan_and_apply(struct run *run, const struct invocation *invocation,
                           const struct run_options *options, struct diagnostics *diags)
{
    if (!run_open(run, invocation, options, "OperationTypeApply", diags))
        return false;
    run->changes = engine_plan(run->engine, diags);
    if (!run->changes || !ui_plan(invocation, &run->workspace, run->changes) || diags->has_error)
        return false;
    ui_warn_forgotten(invocation, run->changes, diags);
    /* Whoever is asked sees the warnings first; else they stand with those of the apply. */
    if (!options->auto_approve && changes_any(run->changes))
        report(invocation, run->workspace.config, diags);
    return approve(run, invocation, options, diags) && carry_out(run, invocation, options, diags);
}

/* --- saved plans --- */

/* The state must be the one that the plan was made for. */
static bool still_fits(const struct saved_plan *plan, const struct state *state, struct diagnostics *diags)
{
    if (state->serial == plan->serial && !strcmp(state->lineage, plan->lineage))
        return true;
    if (strcmp(state->lineage, plan->lineage) != 0 && *state->lineage)
        diagnostics_add(
            diags, SEVERITY_ERROR, NULL, "Saved plan does not match the given state",
            "The given plan file can not be applied because it was created from a different state "
            "lineage.");
    else
        diagnostics_add(
            diags, SEVERITY_ERROR, NULL, "Saved plan is stale",
            "The given plan file can no longer be applied because the state was changed by another "
            "operation after the plan was created.");
    return false;
}

static bool apply_saved(struct run *run, const struct invocation *invocation, struct run_options *options,
                        const char *path, struct diagnostics *diags)
{
    struct workspace *workspace = &run->workspace;
    struct saved_plan plan = {0};
    const struct variable_input input = {options->variables.items, options->variables.count, ask_variable,
                                         (void *)(uintptr_t)invocation};
    ui_init(&run->ui, invocation);
    bool ok = workspace_schemas(invocation, workspace, diags) &&
              saved_plan_read(path, ".", workspace->schemas, &input, &plan, diags);
    if (ok) { /* what the plan holds becomes the run's */
        workspace->config = plan.config;
        run->variables = plan.variables;
        run->changes = plan.changes;
        options->engine.mode = plan.changes->mode;
        plan.config = NULL;
        plan.variables = NULL;
        plan.changes = NULL;
        ok = workspace_state(invocation, workspace, &options->backend, "OperationTypeApply", diags) &&
             still_fits(&plan, workspace->state, diags);
    }
    if (ok) { /* go on from the state as it was refreshed */
        state_destroy(workspace->state);
        workspace->state = plan.state;
        plan.state = NULL;
        ok = carry_out(run, invocation, options, diags);
    }
    saved_plan_clear(&plan);
    return ok;
}

/* --- the commands --- */

static bool options_fit(const struct run_options *options, const char *path, struct diagnostics *diags)
{
    if (options->json && !path && !options->auto_approve)
        diagnostics_add(diags, SEVERITY_ERROR, NULL, "Plan file or auto-approve required",
                        "Nobody can be asked for approval when -json is set. Apply a saved plan, or use the "
                        "-auto-approve option.");
    if (path &&
        (options->destroy || options->refresh_only || options->targets.count || options->replaces.count))
        diagnostics_add(diags, SEVERITY_ERROR, NULL, "Unsupported option",
                        "A saved plan says already what is to be done: -destroy, -refresh-only, -target and "
                        "-replace belong to the plan command.");
    return !diags->has_error;
}

static bool apply(struct run *run, struct invocation *invocation, struct run_options *options,
                  char **arguments, struct diagnostics *diags)
{
    const char *path = arguments[0];
    return options_fit(options, path, diags) && (path ? apply_saved(run, invocation, options, path, diags)
                                                      : plan_and_apply(run, invocation, options, diags));
}

static int run(struct invocation *invocation, int argc, char **argv, bool destroy)
{
    struct run_options options;
    run_options_init(&options, invocation);
    options.destroy = destroy;
    const struct option table[] = {
        RUN_OPTIONS(&options),
        PLAN_OPTIONS(&options),
        {"auto-approve", OPTION_BOOL, &options.auto_approve, NULL, "do not ask for approval"},
        {0},
    };
    return run_command(invocation, &options, table, argc, argv, 0, destroy ? 0 : 1, apply);
}

static int run_apply(struct invocation *invocation, int argc, char **argv)
{
    return run(invocation, argc, argv, false);
}

static int run_destroy(struct invocation *invocation, int argc, char **argv)
{
    return run(invocation, argc, argv, true);
}

const struct command command_apply = {
    .name = "apply",
    .summary = "Carry changes out: those of a saved plan, or those of a new one after asking",
    .usage = "[options] [PLAN]",
    .run = run_apply};

const struct command command_destroy = {.name = "destroy",
                                        .summary = "Destroy all that is managed here",
                                        .usage = "[options]",
                                        .run = run_destroy};
