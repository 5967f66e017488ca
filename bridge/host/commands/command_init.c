/* SPDX-License-Identifier: Apache-2.0
 *
 * command_init.c - init: nothing is fetched here, so it only checks that everything is there: the
 * configuration, the schemas and the provider's library, and the place of the state.
 */
#include "run.h"

static const char moves_state[] =
    "a state is not moved between backends here. Terraform does that with these files: terraform init "
    "-migrate-state.";
static const char in_the_block[] = "settings of a backend stand in its block, or in TF_HTTP_ variables. "
                                   "Terraform takes them from the command line.";

static bool check(const struct invocation *invocation, struct run *run, const struct backend_options *backend,
                  bool with_backend, struct diagnostics *diags)
{
    const struct style *style = &invocation->style;
    struct workspace *workspace = &run->workspace;
    bool ok = workspace_config(invocation, workspace, diags);
    render_marked(stdout, style, "[bold]Initializing the backend...[reset]\n");
    if (ok && with_backend)
        ok = workspace_backend(invocation, workspace, backend, diags) &&
             (workspace->state = backend_read(workspace->backend, diags));
    render_marked(stdout, style, "[bold]Initializing provider plugins...[reset]\n");
    if (!ok)
        return false;
    struct provider *provider = provider_create(invocation->schemas_directory, invocation->log, diags);
    ok = provider && provider_load(provider, diags);
    if (ok)
        printf("- Using %s v%s (built in)\n", workspace->schemas->address, PROJECT_VERSION);
    provider_destroy(provider);
    return ok;
}

static int run_init(struct invocation *invocation, int argc, char **argv)
{
    struct backend_options backend = backend_options_default();
    struct run run = {0};
    struct diagnostics diags = {0};
    bool no_color = false, with_backend = true, ignored;
    const char *ignored_text;
    int first, status;
    const struct option table[] = {
        {"backend", OPTION_BOOL, &with_backend, NULL, "look at the place of the state (true)"},
        {"no-color", OPTION_BOOL, &no_color, NULL, "print without colours and boxes"},
        {"input", OPTION_BOOL, &ignored, NULL, NULL},
        {"lock", OPTION_BOOL, &ignored, NULL, NULL},
        {"lock-timeout", OPTION_SECONDS, &backend.lock_timeout, NULL, NULL},
        {"upgrade", OPTION_BOOL, &ignored, NULL, NULL},
        {"get", OPTION_BOOL, &ignored, NULL, NULL},
        {"lockfile", OPTION_TEXT, &ignored_text, NULL, NULL},
        {"plugin-dir", OPTION_REFUSED, NULL, NULL,
         "the provider is built in; -schemas=DIR before the command."},
        {"reconfigure", OPTION_BOOL, &ignored, NULL, NULL},
        {"migrate-state", OPTION_REFUSED, NULL, NULL, moves_state},
        {"force-copy", OPTION_REFUSED, NULL, NULL, moves_state},
        {"backend-config", OPTION_REFUSED, NULL, NULL, in_the_block},
        {"from-module", OPTION_REFUSED, NULL, NULL, "modules are not supported here; Terraform has them."},
        {0},
    };
    if (!options_expect(invocation, table, argc, argv, 0, 0, &first, &status))
        return status;
    if (no_color)
        style_plain(&invocation->style);
    bool ok = check(invocation, &run, &backend, with_backend, &diags);
    bool failed = run_close(&run, invocation, &diags);
    if (!ok || failed)
        return EXIT_FAILED;
    render_printf(
        stdout, &invocation->style,
        "\n[green][bold]%s has been successfully initialized![reset]\n\nYou may now begin working with "
        "%s. Try running \"%s plan\" to see\nany changes that are required for your infrastructure.\n",
        invocation->program, invocation->program, invocation->program);
    return EXIT_DONE;
}

const struct command command_init = {
    .name = "init",
    .summary = "Check that all that the other commands need is there",
    .usage = "[options]",
    .help = "  Nothing is fetched and nothing is written: init may be left out.\n",
    .run = run_init};
