/* SPDX-License-Identifier: Apache-2.0
 *
 * ui.h - what a run says while it goes on, and what it came to: as text, or with -json as lines with the
 * types and members of Terraform's machine-readable interface.
 */
#ifndef HOST_UI_H
#define HOST_UI_H

#include "command.h"

/* Hears the engine's events. The listener comes first. */
struct ui {
    struct listener listener;
    const struct invocation *invocation;
};

void ui_init(struct ui *ui, const struct invocation *invocation);

/* The first line of a machine-readable run (`json`); nothing in text. */
void ui_version_with(const struct invocation *invocation, bool json);

/* A JSON document to standard output, with a newline: indented as Terraform does, or in one line. */
void print_json_document(struct json_object *document, bool indented);

/* A plan: drawn, or a line for each change, a summary and the outputs. */
bool ui_plan(const struct invocation *invocation, const struct workspace *workspace,
             const struct changes *changes);

/* What to do with a plan, as text alone. `saved` is where -out put it, or NULL. */
void ui_next_step(const struct invocation *invocation, const char *saved);

/* Adds a warning where the plan forgets objects. */
void ui_warn_forgotten(const struct invocation *invocation, const struct changes *changes,
                       struct diagnostics *diags);

/* What an apply did, and the outputs of the state. `destroy` of a destroy command or plan. */
void ui_applied(const struct invocation *invocation, const struct apply_result *result,
                const struct state *state, bool destroy, bool ok);

/* --- the lines themselves, ui_json.c --- */

void json_version(const struct invocation *invocation);
void json_diagnostic(const struct config *config, const struct diagnostic *diagnostic);
void json_event(const struct event *event);
void json_plan(const struct changes *changes);
void json_applied(const struct apply_result *result, const struct state *state, bool destroy);
void json_lock_wait(const char *text);

/* The members of a diagnostic, for validate -json too. New; NULL without memory. */
struct json_object *json_of_diagnostic(const struct config *config, const struct diagnostic *diagnostic);

/* "0s", "12s", "1m5s": as Go writes a duration. */
void duration_text(unsigned seconds, char *text, size_t size);

#endif
