/* SPDX-License-Identifier: Apache-2.0
 *
 * render_plan.c - a whole plan as people read it.
 */
#include <stdlib.h>
#include <string.h>

#include "../../value.h"
#include "draw.h"
#include "output.h"
#include "relevant.h"
#include "render.h"

/* What a change is shown as: something that will be done, or something that somebody else did. */
enum cause { PROPOSED, DRIFTED };

void render_rule(FILE *out, const struct style *style)
{
    fputc('\n', out);
    for (unsigned i = 1; i < style->columns; i++)
        fputs("─", out);
    fputc('\n', out);
}

/* --- the comment before a change --- */

static void draw_key(FILE *out, struct json_object *key)
{
    if (key)
        output_json(out, key);
}

static void draw_reason(FILE *out, const struct change *change, const char *address, const char *moved_from)
{
    switch (change->reason) {
    case REASON_NO_CONFIG:
        fprintf(out, "\n  # (because %s.%s is not in configuration)", change->address.type,
                change->address.name);
        break;
    case REASON_NO_MOVE_TARGET:
        fprintf(out, "\n  # (because %s was moved to %s, which is not in configuration)",
                moved_from ? moved_from : address, address);
        break;
    case REASON_WRONG_REPETITION:
        fprintf(out, "\n  # (because resource %s)",
                !change->address.key                                         ? "uses count or for_each"
                : json_object_is_type(change->address.key, json_type_string) ? "does not use for_each"
                                                                             : "does not use count");
        break;
    case REASON_COUNT_INDEX:
        fputs("\n  # (because index [", out);
        draw_key(out, change->address.key);
        fputs("] is out of range for count)", out);
        break;
    case REASON_EACH_KEY:
        fputs("\n  # (because key [", out);
        draw_key(out, change->address.key);
        fputs("] is not in for_each map)", out);
        break;
    case REASON_READ_CONFIG_UNKNOWN:
        fputs("\n  # (config refers to values not yet known)", out);
        break;
    case REASON_READ_DEPENDENCY:
        fputs("\n  # (depends on a resource or a module with changes pending)", out);
        break;
    default:
        break;
    }
}

static void draw_heading(FILE *out, const struct style *style, const struct change *change, enum cause cause,
                         const char *address, const char *moved_from)
{
    render_printf(out, style, change->action == ACTION_FORGET ? "[bold] # %s[reset]" : "[bold]  # %s[reset]",
                  address);
    switch (change->action) {
    case ACTION_CREATE:
        fputs(" will be created", out);
        break;
    case ACTION_READ:
        fputs(" will be read during apply", out);
        break;
    case ACTION_UPDATE:
        fputs(cause == DRIFTED ? " has changed" : " will be updated in-place", out);
        break;
    case ACTION_DELETE:
        render_marked(out, style,
                      cause == DRIFTED ? " has been deleted" : " will be [bold][red]destroyed[reset]");
        break;
    case ACTION_FORGET:
        fprintf(out, " will no longer be managed by %s, but will not be destroyed", style->program);
        fputs(change->deposed ? "" : "\n # (destroy = false is set in the configuration)", out);
        break;
    case ACTION_DELETE_THEN_CREATE:
    case ACTION_CREATE_THEN_DELETE:
        render_marked(out, style,
                      change->reason == REASON_TAINTED ? " is tainted, so must be [bold][red]replaced[reset]"
                      : change->reason == REASON_REQUESTED
                          ? " will be [bold][red]replaced[reset], as requested"
                          : " must be [bold][red]replaced[reset]");
        break;
    default:
        fputs(change->import_id ? " will be imported" : " has not changed", out);
    }
    if (cause == PROPOSED && change->action != ACTION_FORGET)
        draw_reason(out, change, address, moved_from);
    if (change->deposed)
        fputs("\n  # (left over from a partially-failed replacement of this instance)", out);
}

static void draw_comment(FILE *out, const struct style *style, const struct change *change, enum cause cause,
                         const char *address, const char *moved_from)
{
    bool only_moved = change->action == ACTION_NONE && moved_from;
    if (only_moved)
        render_printf(out, style, "[bold]  # %s[reset] has moved to [bold]%s[reset]", moved_from, address);
    else
        draw_heading(out, style, change, cause, address, moved_from);
    fputc('\n', out);
    if (moved_from && !only_moved)
        render_printf(out, style, "  # [reset](moved from %s)\n", moved_from);
    if (change->import_id && change->action != ACTION_NONE)
        render_printf(out, style, "  # [reset](imported from \"%s\")\n", change->import_id);
    if (change->import_id &&
        (change->action == ACTION_DELETE_THEN_CREATE || change->action == ACTION_CREATE_THEN_DELETE))
        render_marked(out, style,
                      "  # [reset][yellow]Warning: this will destroy the imported resource[reset]\n");
}

/* --- one change --- */

/* `relevant`: of a drift, the parts of it that are shown, or NULL for all. */
static bool compare_change(const struct change *change, const struct schema_set *schemas,
                           struct json_object *relevant, struct diff *diff)
{
    const bool forgotten = change->action == ACTION_FORGET; /* the object stays as it is */
    const struct schema *schema =
        schemas
            ? schema_find(schemas, change->address.mode == MODE_DATA ? SCHEMA_DATA_SOURCE : SCHEMA_RESOURCE,
                          change->address.type)
            : NULL;
    const struct comparison comparison = {
        .before = change->action == ACTION_READ ? NULL : change->before.value,
        .before_marks = change->action == ACTION_READ ? NULL : change->before.marks,
        .after = forgotten ? change->before.value : change->after.value,
        .after_marks = forgotten ? change->before.marks : change->after.marks,
        .replace_count = change->replace_count,
        .replace_paths = change->replace_paths,
        .relevant = json_object_is_type(relevant, json_type_object) ? relevant : NULL,
        .path = ""};
    return diff_resource(&comparison, schema ? &schema->object : NULL, diff);
}

static bool draw_compared(FILE *out, const struct style *style, const struct change *change, enum cause cause,
                          const struct diff *diff)
{
    struct drawing drawing = {.out = out, .style = style};
    char *plain = address_text(&change->address, false), *address = NULL;
    char *moved_from = change->moved_from ? address_text(change->moved_from, false) : NULL;
    bool ok = plain && (!change->moved_from || moved_from);
    if (ok && change->deposed)
        ok = asprintf(&address, "%s (deposed object %s)", plain, change->deposed) >= 0;
    if (ok) {
        drawing.show_unchanged = change->import_id != NULL; /* all of it is new to the reader */
        fputc('\n', out);
        draw_comment(out, style, change, cause, address ? address : plain, moved_from);
        render_marked(out, style, draw_symbol(change->action));
        fprintf(out, " %s \"%s\" \"%s\" ", change->address.mode == MODE_DATA ? "data" : "resource",
                change->address.type, change->address.name);
        ok = draw(&drawing, diff, 0);
        fputc('\n', out);
    }
    free(address);
    free(plain);
    free(moved_from);
    return ok;
}

static bool draw_change(FILE *out, const struct style *style, const struct schema_set *schemas,
                        const struct change *change)
{
    struct diff diff = {0};
    bool ok =
        compare_change(change, schemas, NULL, &diff) && draw_compared(out, style, change, PROPOSED, &diff);
    diff_clear(&diff);
    return ok;
}

/* --- lists of changes --- */

static bool shown(const struct change *change)
{
    if (change->action == ACTION_NONE)
        return change->moved_from || change->import_id;
    return change->action != ACTION_DELETE || change->address.mode == MODE_MANAGED;
}

static void draw_drift_note(FILE *out, const struct style *style)
{
    render_printf(out, style,
                  "\n[bold][cyan]Note:[reset][bold] Objects have changed outside of %s[reset]\n\n",
                  style->program);
    render_wrapped(out, style,
                   "%s detected the following changes made outside of %s since the last \"%s apply\" "
                   "which may have affected this plan:\n",
                   style->program, style->program, style->program);
}

static void draw_drift_end(FILE *out, const struct style *style, enum plan_mode mode)
{
    if (mode == PLAN_REFRESH_ONLY)
        render_wrapped(
            out, style,
            "\n\nThis is a refresh-only plan, so %s will not take any actions to undo these. If you "
            "were expecting these changes then you can apply this plan to record the updated values "
            "in the %s state without changing any remote objects.\n",
            style->program, style->program);
    else
        render_wrapped(out, style,
                       "\n\nUnless you have made equivalent changes to your configuration, or ignored the "
                       "relevant attributes using ignore_changes, the following plan may include actions to "
                       "undo or respond to these changes.\n");
}

/* One drifted object, with what of it is relevant, where anything is. `relevant` NULL: all of it. */
static bool draw_drifted(FILE *out, const struct style *style, const struct schema_set *schemas,
                         const struct change *change, struct json_object *relevant, bool *drawn)
{
    struct diff diff = {0};
    bool ok = compare_change(change, schemas, relevant, &diff);
    if (ok && (!relevant || diff.action != ACTION_NONE)) {
        if (!*drawn)
            draw_drift_note(out, style);
        *drawn = true;
        ok = draw_compared(out, style, change, DRIFTED, &diff);
    }
    diff_clear(&diff);
    return ok;
}

static bool draw_drift(FILE *out, const struct style *style, const struct schema_set *schemas,
                       const struct config *config, const struct changes *changes, bool *drawn)
{
    const bool choose = config && schemas && changes->mode != PLAN_REFRESH_ONLY && changes->drift_count;
    struct json_object *relevant = choose ? relevant_collect(config, schemas, changes) : NULL;
    bool ok = !choose || relevant;
    *drawn = false;
    for (size_t i = 0; ok && i < changes->drift_count; i++) {
        const struct change *change = &changes->drift[i];
        if (changes->mode != PLAN_REFRESH_ONLY && change->action == ACTION_NONE)
            continue;
        char *address = choose ? address_text(&change->address, false) : NULL;
        struct json_object *parts = address ? relevant_parts(relevant, address) : NULL;
        ok = !choose || address;
        if (ok && (!choose || parts))
            ok = draw_drifted(out, style, schemas, change, parts, drawn);
        free(address);
    }
    if (*drawn)
        draw_drift_end(out, style, changes->mode);
    json_object_put(relevant);
    return ok;
}

static void draw_legend(FILE *out, const struct style *style, const struct changes *changes)
{
    static const struct {
        enum action action;
        const char *text;
    } legend[] = {
        {ACTION_CREATE, "create"},
        {ACTION_UPDATE, "update in-place"},
        {ACTION_DELETE, "destroy"},
        {ACTION_DELETE_THEN_CREATE, "destroy and then create replacement"},
        {ACTION_CREATE_THEN_DELETE, "create replacement and then destroy"},
        {ACTION_READ, "read (data resources)"},
    };
    size_t counts[ACTION_FORGET + 1] = {0}, all = 0;
    for (size_t i = 0; i < changes->count; i++) {
        if (shown(&changes->items[i]) && changes->items[i].action != ACTION_NONE) {
            counts[changes->items[i].action]++;
            all++;
        }
    }
    if (!all)
        return;
    render_wrapped(
        out, style,
        "\n%s used the selected providers to generate the following execution plan. Resource actions "
        "are indicated with the following symbols:\n",
        style->program);
    for (size_t i = 0; i < sizeof(legend) / sizeof(*legend); i++) {
        if (!counts[legend[i].action])
            continue;
        render_marked(out, style, draw_symbol(legend[i].action));
        fprintf(out, " %s\n", legend[i].text);
    }
}

static bool draw_changes(FILE *out, const struct style *style, const struct schema_set *schemas,
                         const struct changes *changes)
{
    bool ok = true;
    draw_legend(out, style, changes);
    if (changes->errored)
        fprintf(out, "\n%s planned the following actions, but then encountered a problem:\n", style->program);
    else
        fprintf(out, "\n%s will perform the following actions:\n", style->program);
    /* Data sources come first, as Terraform has them. */
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; ok && i < changes->count; i++) {
            bool data = changes->items[i].address.mode == MODE_DATA;
            if (data == (pass == 0) && shown(&changes->items[i]))
                ok = draw_change(out, style, schemas, &changes->items[i]);
        }
    }
    render_marked(out, style, "\n[bold]Plan:[reset] ");
    if (changes->import)
        fprintf(out, "%zu to import, ", changes->import);
    fprintf(out, "%zu to add, %zu to change, %zu to destroy.\n", changes->add, changes->change,
            changes->destroy);
    return ok;
}

static bool compare_output(const struct output_change *output, struct diff *diff)
{
    struct json_object *mark = output->sensitive ? json_object_new_boolean(true) : NULL;
    const struct comparison comparison = {.before = output->before.value,
                                          .after = output->after.value,
                                          .before_marks = output->action == ACTION_CREATE ? NULL
                                                          : mark                          ? mark
                                                                 : output->before.marks,
                                          .after_marks = output->action == ACTION_DELETE ? NULL
                                                         : mark                          ? mark
                                                                : output->after.marks,
                                          .before_explicit = output->action != ACTION_CREATE,
                                          .after_explicit = output->action != ACTION_DELETE,
                                          .path = ""};
    bool ok = (!output->sensitive || mark) && diff_value(&comparison, diff);
    diff->name = output->name;
    json_object_put(mark);
    return ok;
}

/* Whether there is something to be seen: a change of the mark alone is not. */
static bool output_shown(const struct output_change *output)
{
    struct diff diff = {0};
    if (output->action == ACTION_NONE)
        return false;
    bool seen = !compare_output(output, &diff) || diff.action != ACTION_NONE;
    diff_clear(&diff);
    return seen;
}

static bool draw_outputs(FILE *out, const struct style *style, const struct changes *changes)
{
    const struct drawing drawing = {.out = out, .style = style};
    int width = 0;
    bool ok = true;
    for (size_t i = 0; i < changes->output_count; i++)
        if ((int)strlen(changes->outputs[i].name) > width)
            width = (int)strlen(changes->outputs[i].name);
    fputs("\nChanges to Outputs:\n", out);
    for (size_t i = 0; ok && i < changes->output_count; i++) {
        struct diff diff = {0};
        if (!output_shown(&changes->outputs[i]))
            continue;
        ok = compare_output(&changes->outputs[i], &diff) && draw_member(&drawing, &diff, 0, width);
        fputc('\n', out);
        diff_clear(&diff);
    }
    return ok;
}

/* --- nothing to do --- */

static void draw_no_changes(FILE *out, const struct style *style, const struct changes *changes, bool drift)
{
    if (changes->errored) {
        if (drift) {
            render_rule(out, style);
            fputc('\n', out);
        }
        render_printf(
            out, style,
            "\n[reset][bold][red]Planning failed.[reset][bold] %s encountered an error while generating "
            "this plan.[reset]\n\n",
            style->program);
        return;
    }
    switch (changes->mode) {
    case PLAN_REFRESH_ONLY:
        if (drift)
            return;
        render_marked(out, style,
                      "\n[reset][bold][green]No changes.[reset][bold] Your infrastructure still matches the "
                      "configuration.[reset]\n\n");
        render_wrapped(
            out, style,
            "%s has checked that the real remote objects still match the result of your most recent "
            "changes, and found no differences.\n",
            style->program);
        break;
    case PLAN_DESTROY:
        render_marked(
            out, style,
            "\n[reset][bold][green]No changes.[reset][bold] No objects need to be destroyed.[reset]\n\n");
        render_wrapped(
            out, style,
            "Either you have not created any objects yet or the existing objects were already deleted "
            "outside of %s.\n",
            style->program);
        break;
    default:
        render_marked(out, style,
                      "\n[reset][bold][green]No changes.[reset][bold] Your infrastructure matches the "
                      "configuration.[reset]\n\n");
        render_wrapped(out, style,
                       "%s has compared your real infrastructure against your configuration and found no "
                       "differences, so no changes are needed.\n",
                       style->program);
    }
}

bool render_plan(FILE *out, const struct style *style, const struct schema_set *schemas,
                 const struct config *config, const struct changes *changes)
{
    size_t items = 0, actions = 0, outputs = 0;
    bool drift = false, ok = true;
    for (size_t i = 0; i < changes->count; i++) {
        items += shown(&changes->items[i]);
        actions += shown(&changes->items[i]) && changes->items[i].action != ACTION_NONE;
    }
    for (size_t i = 0; i < changes->output_count; i++)
        outputs += output_shown(&changes->outputs[i]);
    if (items || outputs || changes->mode == PLAN_REFRESH_ONLY)
        ok = draw_drift(out, style, schemas, config, changes, &drift);
    if (!items && !outputs) {
        draw_no_changes(out, style, changes, drift);
        return ok;
    }
    if (drift)
        render_rule(out, style);
    if (ok && items)
        ok = draw_changes(out, style, schemas, changes);
    if (ok && outputs)
        ok = draw_outputs(out, style, changes);
    if (outputs && !actions)
        render_wrapped(out, style,
                       "\nYou can apply this plan to save these new output values to the %s state, without "
                       "changing any real infrastructure.\n",
                       style->program);
    return ok;
}
