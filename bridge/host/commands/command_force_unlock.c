/* SPDX-License-Identifier: Apache-2.0
 *
 * command_force_unlock.c - force-unlock: takes a lock away whose holder will not give it back.
 */
#include <stdlib.h>
#include <string.h>

#include "command.h"

/* Only "yes" will do. */
static bool is_approved(struct invocation *invocation)
{
    char *line = NULL;
    render_marked(
        stdout, &invocation->style,
        "[bold]Do you really want to force-unlock?[reset]\n"
        "  Whoever holds this lock may be about to write the state. Go on only when nobody else uses it.\n"
        "  Only 'yes' will be accepted to confirm.\n\n");
    bool approved = ask_line(invocation, "  Enter a value: ", false, &line) && strcmp(line, "yes") == 0;
    free(line);
    if (!approved)
        puts("force-unlock cancelled.");
    return approved;
}

static int run(struct invocation *invocation, int argc, char **argv)
{
    struct backend_options options = backend_options_default();
    struct workspace workspace = {0};
    struct diagnostics diags = {0};
    bool force = false, no_color = false, done = false;
    int first = 0, status = EXIT_FAILED;
    const struct option table[] = {
        {"force", OPTION_BOOL, &force, NULL, "do not ask"},
        {"no-color", OPTION_BOOL, &no_color, NULL, "print without colours and boxes"},
        {0},
    };
    if (!options_expect(invocation, table, argc, argv, 1, 1, &first, &status))
        return status;
    if (no_color)
        style_plain(&invocation->style);
    if (workspace_backend(invocation, &workspace, &options, &diags) && (force || is_approved(invocation)))
        done = backend_force_unlock(workspace.backend, argv[first], &diags);
    bool failed = report(invocation, workspace.config, &diags);
    workspace_close(&workspace, &diags);
    failed = report(invocation, NULL, &diags) || failed;
    if (done)
        render_marked(
            stdout, &invocation->style,
            "[green][bold]The state has been successfully unlocked![reset]\n\n"
            "The state has been unlocked, and commands should now be able to obtain a new lock on it.\n");
    return done && !failed ? EXIT_DONE : EXIT_FAILED;
}

const struct command command_force_unlock = {.name = "force-unlock",
                                             .summary = "Take away a lock that its holder left behind",
                                             .usage = "[options] LOCK-ID",
                                             .run = run};
