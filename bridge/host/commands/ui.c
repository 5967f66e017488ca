/* SPDX-License-Identifier: Apache-2.0
 *
 * ui.c - see ui.h: the text, and the choice between text and lines.
 */
#include "ui.h"

#include <stdlib.h>
#include <string.h>

#include "../../utf8.h"
#include "../language/text.h"
#include "output.h"

void duration_text(unsigned seconds, char *text, size_t size)
{
    if (seconds < 60)
        snprintf(text, size, "%us", seconds);
    else if (seconds < 3600)
        snprintf(text, size, "%um%us", seconds / 60, seconds % 60);
    else
        snprintf(text, size, "%uh%um%us", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

/* --- events --- */

static const char *start_words(enum action action)
{
    return action == ACTION_CREATE   ? "Creating..."
           : action == ACTION_UPDATE ? "Modifying..."
           : action == ACTION_READ   ? "Reading..."
                                     : "Destroying...";
}

static const char *progress_word(enum action action)
{
    return action == ACTION_CREATE   ? "creating"
           : action == ACTION_UPDATE ? "modifying"
           : action == ACTION_READ   ? "reading"
                                     : "destroying";
}

static const char *done_words(enum action action)
{
    return action == ACTION_CREATE   ? "Creation complete"
           : action == ACTION_UPDATE ? "Modifications complete"
           : action == ACTION_READ   ? "Read complete"
                                     : "Destruction complete";
}

/* The bytes of the first `count` characters. */
static size_t bytes_of(const char *text, size_t count)
{
    size_t at = 0;
    for (; text[at]; at++)
        if (((unsigned char)text[at] & 0xC0) != 0x80 && count-- == 0)
            break;
    return at;
}

/* Said again and again, a long ID loses its middle: Terraform keeps 80 characters, three of them dots. */
static void print_progress(const struct style *style, const struct event *event, const char *address,
                           const char *elapsed)
{
    enum { LONGEST = 80, LEFT = 39, RIGHT = 38 };
    const char *id = event->id_value;
    const size_t length = id ? utf8_characters(id, strlen(id)) : 0;
    render_printf(stdout, style, "[bold]%s: Still %s... [", address, progress_word(event->action));
    if (id && length > LONGEST)
        render_printf(stdout, style, "%s=%.*s...%s, ", event->id_key, (int)bytes_of(id, LEFT), id,
                      id + bytes_of(id, length - RIGHT));
    else if (id)
        render_printf(stdout, style, "%s=%s, ", event->id_key, id);
    render_printf(stdout, style, "%s elapsed][reset]\n", elapsed);
}

static void event_text(const struct ui *ui, const struct event *event, const char *address)
{
    const struct style *style = &ui->invocation->style;
    char elapsed[32], *id = NULL;
    bool created = event->kind == EVENT_APPLY_START && event->action == ACTION_CREATE;
    bool gone = event->kind == EVENT_APPLY_DONE && event->action == ACTION_DELETE;
    duration_text(event->elapsed, elapsed, sizeof(elapsed));
    if (event->id_value && !created && !gone &&
        asprintf(&id, " [%s=%s]", event->id_key, event->id_value) < 0) {
        output_lose();
        id = NULL;
    }
    const char *suffix = id ? id : "";
    const bool by_command = ui->invocation->command == &command_import && event->id_value;
    switch (event->kind) {
    case EVENT_REFRESH_START:
        render_printf(stdout, style, "[bold]%s: Refreshing state...%s[reset]\n", address, suffix);
        break;
    case EVENT_READ_START:
        render_printf(stdout, style, "[bold]%s: Reading...%s[reset]\n", address, suffix);
        break;
    case EVENT_READ_DONE:
        render_printf(stdout, style, "[bold]%s: Read complete after %s%s[reset]\n", address, elapsed, suffix);
        break;
    case EVENT_APPLY_START:
        render_printf(stdout, style, "[bold]%s: %s%s[reset]\n", address, start_words(event->action), suffix);
        break;
    case EVENT_APPLY_PROGRESS:
        print_progress(style, event, address, elapsed);
        break;
    case EVENT_APPLY_DONE:
        render_printf(stdout, style, "[bold]%s: %s after %s%s[reset]\n", address, done_words(event->action),
                      elapsed, suffix);
        break;
    case EVENT_IMPORT_PREPARE:
        render_printf(stdout, style, "[bold]%s: Preparing import...%s[reset]\n", address, suffix);
        break;
    case EVENT_IMPORT_START:
        if (by_command)
            render_printf(stdout, style, "[bold]%s: Importing from ID \"%s\"...[reset]\n", address,
                          event->id_value);
        else
            render_printf(stdout, style, "[bold]%s: Importing...%s[reset]\n", address, suffix);
        break;
    case EVENT_IMPORT_DONE:
        if (by_command)
            render_printf(stdout, style,
                          "[bold][green]%s: Import prepared![reset]\n  Prepared %s for import\n[bold]%s: "
                          "Refreshing state...[reset]\n",
                          address, event->address->type, address);
        else
            render_printf(stdout, style, "[bold]%s: Import complete%s[reset]\n", address, suffix);
        break;
    default:
        break;
    }
    free(id);
}

static void hear(struct listener *listener, const struct event *event)
{
    const struct ui *ui = (const struct ui *)listener;
    if (ui->invocation->json) {
        json_event(event);
        return;
    }
    char *plain = event->address ? address_text(event->address, false) : NULL, *address = NULL;
    /* Which object it was is said as long as it is there. */
    if (plain && event->deposed && event->kind != EVENT_APPLY_DONE &&
        asprintf(&address, "%s (deposed object %s)", plain, event->deposed) < 0) {
        output_lose();
        address = NULL;
    }
    if (event->address && !plain)
        output_lose();
    if (plain)
        event_text(ui, event, address ? address : plain);
    fflush(stdout);
    free(address);
    free(plain);
}

void ui_init(struct ui *ui, const struct invocation *invocation)
{
    ui->listener.event = hear;
    ui->invocation = invocation;
}

/* --- results --- */

void ui_version_with(const struct invocation *invocation, bool json)
{
    if (json)
        json_version(invocation);
}

bool ui_plan(const struct invocation *invocation, const struct workspace *workspace,
             const struct changes *changes)
{
    if (invocation->json) {
        json_plan(changes);
        return true;
    }
    bool ok = render_plan(stdout, &invocation->style, workspace->schemas, workspace->config, changes);
    if (!ok)
        output_lose();
    fflush(stdout);
    return ok;
}

void ui_next_step(const struct invocation *invocation, const char *saved)
{
    const char *automation = getenv("TF_IN_AUTOMATION"), *program = invocation->program;
    const struct style *style = &invocation->style;
    if (invocation->json || (automation && *automation))
        return;
    render_rule(stdout, style);
    fputc('\n', stdout);
    if (saved)
        printf(
            "Saved the plan to: %s\n\nTo perform exactly these actions, run the following command to apply:\n"
            "    %s apply \"%s\"\n",
            saved, program, saved);
    else
        render_wrapped(
            stdout, style,
            "Note: You didn't use the -out option to save this plan, so %s can't guarantee to take "
            "exactly these actions if you run \"%s apply\" now.\n",
            program, program);
}

/* What is forgotten stays behind, and nobody would notice. */
void ui_warn_forgotten(const struct invocation *invocation, const struct changes *changes,
                       struct diagnostics *diags)
{
    char *list = NULL;
    size_t size = 0;
    FILE *out = changes->forget ? open_memstream(&list, &size) : NULL;
    if (!out) {
        if (changes->forget)
            output_lose();
        return;
    }
    for (size_t i = 0; i < changes->count; i++) {
        char *address = changes->items[i].action == ACTION_FORGET
                            ? address_text(&changes->items[i].address, false)
                            : NULL;
        if (address)
            fprintf(out, " - %s\n", address);
        free(address);
    }
    char *summary = NULL;
    if (text_stream_end(out, &list) &&
        asprintf(&summary, "Some objects will no longer be managed by %s", invocation->program) >= 0)
        diagnostics_warning(
            diags, NULL, summary,
            "If you apply this plan, %s will discard its tracking information for the following "
            "objects, but it will not delete them:\n%s\nAfter applying this plan, %s will no longer "
            "manage these objects. You will need to import them into %s to manage them again.",
            invocation->program, list, invocation->program, invocation->program);
    free(summary);
    free(list);
}

void ui_applied(const struct invocation *invocation, const struct apply_result *result,
                const struct state *state, bool destroy, bool ok)
{
    const struct style *style = &invocation->style;
    if (!ok)
        return;
    if (invocation->json) {
        json_applied(result, state, destroy);
        return;
    }
    if (destroy) {
        render_printf(stdout, style, "[bold][green]\nDestroy complete! Resources: %zu destroyed.\n[reset]",
                      result->destroyed);
        return;
    }
    render_marked(stdout, style, "[bold][green]\nApply complete! Resources: ");
    if (result->imported)
        printf("%zu imported, ", result->imported);
    render_printf(stdout, style, "%zu added, %zu changed, %zu destroyed.\n[reset]", result->added,
                  result->changed, result->destroyed);
    if (state->output_count) {
        render_marked(stdout, style, "[bold][green]\nOutputs:\n\n[reset]");
        render_outputs(stdout, state);
    }
}
