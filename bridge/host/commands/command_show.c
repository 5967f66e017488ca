/* SPDX-License-Identifier: Apache-2.0
 *
 * command_show.c - show: a state, or a saved plan, as text or in Terraform's JSON for other programs.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"
#include "show_json.h"
#include "snippet.h"

static const struct schema *schema_of(const struct schema_set *schemas, const struct address *address)
{
    return schema_find(schemas, address->mode == MODE_DATA ? SCHEMA_DATA_SOURCE : SCHEMA_RESOURCE,
                       address->type);
}

/* Data sources first, as Terraform has them. */
static bool show_resources(const struct style *style, const struct schema_set *schemas,
                           const struct state *state, enum resource_mode mode, bool *first)
{
    bool ok = true;
    for (size_t i = 0; ok && i < state->resource_count; i++) {
        const struct state_resource *resource = state->resources[i];
        if (resource->address.mode != mode)
            continue;
        for (size_t j = 0; ok && j < resource->count; j++) {
            struct address address = resource->address; /* borrowed but for the key */
            address.key = resource->instances[j]->key;
            fputs(*first ? "" : "\n", stdout);
            *first = false;
            ok = render_instance(stdout, style, schema_of(schemas, &address), &address,
                                 resource->instances[j]);
        }
    }
    return ok;
}

static bool show_state(const struct invocation *invocation, const struct schema_set *schemas,
                       const struct state *state, struct diagnostics *diags)
{
    if (invocation->json)
        return show_state_json(state, schemas, diags);
    if (!state->resource_count && !state->output_count) {
        puts(*state->lineage ? "The state file is empty. No resources are represented." : "No state.");
        return true;
    }
    bool first = true, ok = show_resources(&invocation->style, schemas, state, MODE_DATA, &first) &&
                            show_resources(&invocation->style, schemas, state, MODE_MANAGED, &first);
    if (ok && state->output_count) {
        fputs("\n\nOutputs:\n\n", stdout);
        ok = render_outputs_of_state(stdout, &invocation->style, state);
    }
    if (!ok)
        diagnostics_no_memory(diags);
    return ok;
}

static bool show_plan(const struct invocation *invocation, struct workspace *workspace, const char *path,
                      struct diagnostics *diags)
{
    struct saved_plan plan = {0};
    bool ok = saved_plan_read(path, ".", workspace->schemas, NULL, &plan, diags);
    if (ok && invocation->json)
        ok = show_plan_json(&plan, workspace->schemas, diags);
    else if (ok && !render_plan(stdout, &invocation->style, workspace->schemas, plan.config, plan.changes)) {
        diagnostics_no_memory(diags);
        ok = false;
    }
    saved_plan_clear(&plan);
    return ok;
}

/* A state file given by its path. */
static bool show_state_file(const struct invocation *invocation, struct workspace *workspace,
                            const char *path, struct diagnostics *diags)
{
    char *text = NULL;
    size_t length;
    if (!(text = source_read(path, &length))) {
        diagnostics_error(diags, NULL, "Cannot read the file",
                          "%s can't be read as a state or a saved plan: %s", path, strerror(errno));
        return false;
    }
    workspace->state = state_parse(text, length, path, diags);
    free(text);
    return workspace->state && show_state(invocation, workspace->schemas, workspace->state, diags);
}

static bool show(const struct invocation *invocation, struct workspace *workspace, const char *path,
                 struct diagnostics *diags)
{
    const struct backend_options backend = backend_options_default();
    if (!workspace_schemas(invocation, workspace, diags))
        return false;
    if (path)
        return saved_plan_is(path) ? show_plan(invocation, workspace, path, diags)
                                   : show_state_file(invocation, workspace, path, diags);
    return workspace_state(invocation, workspace, &backend, NULL, diags) &&
           show_state(invocation, workspace->schemas, workspace->state, diags);
}

static int run_show(struct invocation *invocation, int argc, char **argv)
{
    struct workspace workspace = {0};
    struct diagnostics diags = {0};
    bool json = false, no_color = false;
    int first, status;
    const struct option table[] = {
        {"json", OPTION_BOOL, &json, NULL, "print Terraform's JSON of a state or a plan"},
        {"no-color", OPTION_BOOL, &no_color, NULL, "print without colours and boxes"},
        {0},
    };
    if (!options_expect(invocation, table, argc, argv, 0, 1, &first, &status))
        return status;
    if (no_color)
        style_plain(&invocation->style);
    invocation->json = json;
    bool ok = show(invocation, &workspace, first < argc ? argv[first] : NULL, &diags);
    invocation->json = false; /* errors are text, as Terraform's here */
    ok = !report(invocation, workspace.config, &diags) && ok;
    workspace_close(&workspace, &diags);
    return report(invocation, NULL, &diags) || !ok ? EXIT_FAILED : EXIT_DONE;
}

const struct command command_show = {.name = "show",
                                     .summary = "Print the state, or a saved plan",
                                     .usage = "[options] [PLAN|STATE]",
                                     .run = run_show};
