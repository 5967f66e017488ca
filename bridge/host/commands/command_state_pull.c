/* SPDX-License-Identifier: Apache-2.0
 *
 * command_state_pull.c - state pull: prints the state as it is kept, wherever that is.
 */
#include <stdlib.h>

#include "command.h"

/* Nothing where there is none yet. */
static void print_state(const struct state *state, struct diagnostics *diags)
{
    if (*state->lineage == '\0')
        return;
    char *text = state_text(state);
    if (text)
        fputs(text, stdout);
    else
        diagnostics_no_memory(diags);
    free(text);
}

static int run_pull(struct invocation *invocation, int argc, char **argv)
{
    struct workspace workspace = {0};
    struct diagnostics diags = {0};
    const struct backend_options backend = backend_options_default();
    int first, status;
    const struct option table[] = {{0}};
    if (!options_expect(invocation, table, argc, argv, 0, 0, &first, &status))
        return status;
    if (workspace_state(invocation, &workspace, &backend, NULL, &diags))
        print_state(workspace.state, &diags);
    bool failed = report(invocation, workspace.config, &diags);
    workspace_close(&workspace, &diags);
    return report(invocation, NULL, &diags) || failed ? EXIT_FAILED : EXIT_DONE;
}

const struct command command_state_pull = {
    .name = "state pull", .summary = "Print the state as it is kept", .usage = "", .run = run_pull};
