/* SPDX-License-Identifier: Apache-2.0
 *
 * draw_text.c - how a text in a plan looks: short ones quoted, those of several lines between EOT with their
 * changed lines marked, and those that hold a JSON object or array as that.
 */
#include <stdlib.h>
#include <string.h>

#include "../../value.h"
#include "../language/text.h"
#include "draw_internal.h"
#include "sequence.h"

static const char *text_of(const struct json_object *string)
{
    return json_object_is_type(string, json_type_string) ? value_string(string) : NULL;
}

static bool has_lines(const char *text)
{
    return text && strchr(text, '\n');
}

static void draw_simple(const struct drawing *drawing, const char *text)
{
    if (text)
        render_quoted(drawing->out, text);
    else
        render_printf(drawing->out, drawing->style, "[dark_gray]null[reset]");
}

/* --- JSON --- */

/* The object or array in a text; NULL where it holds none. */
static struct json_object *json_of(const char *text)
{
    struct json_object *value = NULL;
    char *problem = NULL;
    if (!text || !strchr("{[ \t\r\n", *text) || !*text)
        return NULL;
    if (!value_from_text(text, strlen(text), &value, &problem)) {
        free(problem);
        return NULL;
    }
    if (!json_object_is_type(value, json_type_object) && !json_object_is_type(value, json_type_array)) {
        json_object_put(value);
        return NULL;
    }
    return value;
}

/* Draws into a buffer first, because what stands around it depends on how many lines it has. */
static char *json_text(const struct drawing *drawing, const struct diff *diff, unsigned indent)
{
    struct drawing inner = *drawing;
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    if (!memory)
        return NULL;
    inner.out = memory;
    bool ok = draw(&inner, diff, indent);
    if (!text_stream_end(memory, &text) || !ok) {
        free(text);
        return NULL;
    }
    return text;
}

static bool draw_json_diff(const struct drawing *drawing, const struct diff *diff, const struct diff *inside,
                           unsigned indent)
{
    struct drawing inner = *drawing;
    bool blank_only = inside->action == ACTION_NONE && diff->action == ACTION_UPDATE;
    const char *remark = !blank_only     ? ""
                         : diff->replace ? " # whitespace changes force replacement"
                                         : " # whitespace changes";
    inner.no_null = true;
    inner.show_unchanged = inner.show_unchanged || blank_only;
    char *text = json_text(&inner, inside, indent + 1);
    if (!text)
        return false;
    if (strchr(text, '\n')) {
        fprintf(drawing->out, "jsonencode(%s\n", remark);
        draw_line_start(drawing, indent + 1,
                        diff->action == ACTION_UPDATE && !blank_only ? ACTION_UPDATE : ACTION_NONE);
        fputs(text, drawing->out);
        if (!blank_only)
            draw_forces_replacement(drawing, diff->replace);
        fputc('\n', drawing->out);
        draw_line_start(drawing, indent, ACTION_NONE);
        fputc(')', drawing->out);
        draw_null_suffix(drawing, diff->action);
    } else {
        fprintf(drawing->out, "jsonencode(%s)%s", text, remark);
        if (!blank_only)
            draw_forces_replacement(drawing, diff->replace);
    }
    free(text);
    return true;
}

/* False in *drawn where the texts are not JSON, both of them if there are two. */
static bool draw_json(const struct drawing *drawing, const struct diff *diff, unsigned indent, bool *drawn)
{
    const char *before = text_of(diff->before), *after = text_of(diff->after);
    struct comparison comparison = {.before = diff->action == ACTION_CREATE ? NULL : json_of(before),
                                    .after = diff->action == ACTION_DELETE ? NULL : json_of(after),
                                    .before_explicit = diff->action != ACTION_CREATE,
                                    .after_explicit = diff->action != ACTION_DELETE,
                                    .path = ""};
    struct diff inside = {0};
    bool ok = true;
    *drawn = (comparison.before || diff->action == ACTION_CREATE) &&
             (comparison.after || diff->action == ACTION_DELETE);
    if (*drawn)
        ok = diff_value(&comparison, &inside) && draw_json_diff(drawing, diff, &inside, indent);
    diff_clear(&inside);
    json_object_put(comparison.before);
    json_object_put(comparison.after);
    return ok;
}

/* --- several lines --- */

/* Lines of a copy of a text. */
struct lines {
    char *copy;
    const char **items;
    size_t count;
};

static bool split(const char *text, struct lines *lines)
{
    static const char blanks[] = " \t\r\n\v\f";
    size_t length;
    text += strspn(text, blanks); /* blanks around the whole text are not shown */
    length = strlen(text);
    while (length && strchr(blanks, text[length - 1]))
        length--;
    lines->copy = strndup(text, length);
    lines->count = 1;
    for (const char *at = lines->copy; at && *at; at++)
        lines->count += *at == '\n';
    lines->items = calloc(lines->count, sizeof(*lines->items));
    if (!lines->copy || !lines->items)
        return false;
    char *at = lines->copy;
    for (size_t i = 0; i < lines->count; i++) {
        lines->items[i] = at;
        at += strcspn(at, "\n");
        if (*at)
            *at++ = '\0';
    }
    return true;
}

static void lines_clear(struct lines *lines)
{
    free(lines->items);
    free(lines->copy);
}

struct line_context {
    const struct drawing *drawing;
    const struct lines *before, *after;
    unsigned indent;
};

static bool draw_line(void *context, size_t before, size_t after)
{
    const struct line_context *lines = context;
    bool gone = after >= lines->after->count, come = before >= lines->before->count;
    draw_line_start(lines->drawing, lines->indent, gone ? ACTION_DELETE : come ? ACTION_CREATE : ACTION_NONE);
    fprintf(lines->drawing->out, "%s\n", come ? lines->after->items[after] : lines->before->items[before]);
    return true;
}

static bool draw_lines(const struct drawing *drawing, const struct diff *diff, unsigned indent)
{
    const char *before = text_of(diff->before), *after = text_of(diff->after);
    struct lines old = {0}, new = {0};
    struct line_context context = {drawing, &old, &new, indent + 1};
    bool whole = diff->action != ACTION_UPDATE;
    if (diff->action == ACTION_DELETE)
        after = before;
    if (whole)
        before = after;
    bool ok = split(before ? before : "", &old) && split(after ? after : "", &new);
    fputs("<<-EOT", drawing->out);
    draw_forces_replacement(drawing, diff->replace);
    fputc('\n', drawing->out);
    for (size_t i = 0; ok && whole && i < new.count; i++)
        draw_line(&context, i, i);
    if (ok && !whole)
        ok = sequence_pair_lines(old.items, old.count, new.items, new.count, draw_line, &context);
    draw_line_start(drawing, indent, ACTION_NONE);
    fputs("EOT", drawing->out);
    draw_null_suffix(drawing, diff->action);
    lines_clear(&old);
    lines_clear(&new);
    return ok;
}

/* --- either --- */

/* JSON on one side alone: what was goes, what is comes. */
static bool draw_half_json(const struct drawing *drawing, const struct diff *diff, unsigned indent,
                           bool *drawn)
{
    struct drawing inner = *drawing;
    struct diff gone = {.kind = DIFF_PRIMITIVE, .action = ACTION_DELETE, .before = diff->before};
    struct diff come = {.kind = DIFF_PRIMITIVE, .action = ACTION_CREATE, .after = diff->after};
    struct json_object *before = json_of(text_of(diff->before)), *after = json_of(text_of(diff->after));
    bool ok = true;
    *drawn = diff->action == ACTION_UPDATE && (before || after);
    inner.no_null = true;
    inner.forces_replacement = false;
    if (*drawn) {
        ok = draw_string(&inner, &gone, indent);
        render_printf(drawing->out, drawing->style, " [yellow]->[reset] ");
        ok = ok && draw_string(&inner, &come, indent);
        draw_forces_replacement(drawing, diff->replace);
    }
    json_object_put(before);
    json_object_put(after);
    return ok;
}

bool draw_string(const struct drawing *drawing, const struct diff *diff, unsigned indent)
{
    const char *before = text_of(diff->before), *after = text_of(diff->after);
    bool drawn;
    if (!draw_json(drawing, diff, indent, &drawn) ||
        (!drawn && !draw_half_json(drawing, diff, indent, &drawn)))
        return false;
    if (drawn)
        return true;
    if (diff->action == ACTION_DELETE   ? has_lines(before)
        : diff->action == ACTION_UPDATE ? has_lines(before) || has_lines(after)
                                        : has_lines(after))
        return draw_lines(drawing, diff, indent);
    if (diff->action == ACTION_UPDATE) {
        draw_simple(drawing, before);
        render_printf(drawing->out, drawing->style, " [yellow]->[reset] ");
    }
    draw_simple(drawing, diff->action == ACTION_DELETE ? before : after);
    if (diff->action == ACTION_DELETE)
        draw_null_suffix(drawing, diff->action);
    draw_forces_replacement(drawing, diff->replace);
    return true;
}
