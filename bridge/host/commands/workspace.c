/* SPDX-License-Identifier: Apache-2.0
 *
 * workspace.c - what a command works on, opened as far as it needs: schemas, configuration, state. And how it
 * reports.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "interrupt.h"
#include "ui.h"

bool report(const struct invocation *invocation, const struct config *config, struct diagnostics *diags)
{
    struct style error_style = invocation->style;
    bool failed = diags->has_error;
    error_style.colour = invocation->style.error_colour;
    fflush(stdout);
    for (size_t i = 0; i < diags->count; i++) {
        const struct diagnostic *diagnostic = &diags->items[i];
        bool error = diagnostic->severity == SEVERITY_ERROR;
        if (invocation->json) {
            json_diagnostic(config, diagnostic);
            continue;
        }
        if (!error && !invocation->style.plain)
            fputc('\n', stdout);
        render_diagnostic(error ? stderr : stdout, error ? &error_style : &invocation->style, config,
                          diagnostic);
        fflush(error ? stderr : stdout);
    }
    if (failed && !diags->count) /* there was no memory to say what */
        fputs("Error: out of memory\n", stderr);
    diagnostics_clear(diags);
    diags->has_error = false;
    return failed;
}

struct backend_options backend_options_default(void)
{
    return (struct backend_options){.directory = ".", .lock = true};
}

bool workspace_schemas(const struct invocation *invocation, struct workspace *workspace,
                       struct diagnostics *diags)
{
    if (!workspace->schemas)
        workspace->schemas = schema_set_load(invocation->schemas_directory, diags);
    return workspace->schemas != NULL;
}

bool workspace_config(const struct invocation *invocation, struct workspace *workspace,
                      struct diagnostics *diags)
{
    if (!workspace->config && workspace_schemas(invocation, workspace, diags))
        workspace->config = config_load(".", workspace->schemas, diags);
    return workspace->config != NULL;
}

static void interrupt_backend(void *backend)
{
    backend_interrupt(backend);
}

static void tell_lock_wait(void *context)
{
    static const char text[] = "Acquiring state lock. This may take a few moments...";
    const struct invocation *invocation = context;
    if (invocation->json)
        json_lock_wait(text);
    else
        puts(text);
    fflush(stdout);
}

bool workspace_backend(const struct invocation *invocation, struct workspace *workspace,
                       const struct backend_options *options, struct diagnostics *diags)
{
    struct backend_options telling = *options;
    if (workspace->backend)
        return true;
    if (!workspace_config(invocation, workspace, diags))
        return false;
    telling.waiting = tell_lock_wait;
    telling.waiting_context = (void *)(uintptr_t)invocation;
    workspace->backend = backend_open(workspace->config->backend, &telling, diags);
    if (workspace->backend)
        interrupt_call(interrupt_backend, workspace->backend);
    return workspace->backend != NULL;
}

bool workspace_state(const struct invocation *invocation, struct workspace *workspace,
                     const struct backend_options *options, const char *operation, struct diagnostics *diags)
{
    if (workspace->state)
        return true;
    if (!workspace_backend(invocation, workspace, options, diags))
        return false;
    if (operation && options->lock) {
        workspace->locked = backend_lock(workspace->backend, operation, diags);
        if (!workspace->locked)
            return false;
    }
    workspace->state = backend_read(workspace->backend, diags);
    return workspace->state != NULL;
}

void workspace_close(struct workspace *workspace, struct diagnostics *diags)
{
    if (workspace->locked)
        backend_unlock(workspace->backend, diags);
    interrupt_call(NULL, NULL);
    backend_close(workspace->backend);
    state_destroy(workspace->state);
    config_destroy(workspace->config);
    schema_set_destroy(workspace->schemas);
    *workspace = (struct workspace){0};
}
