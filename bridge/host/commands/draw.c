/* SPDX-License-Identifier: Apache-2.0
 *
 * draw.c - see draw.h. The order of a node's parts: its value, then what forces a replacement, then where it
 * goes. Texts are draw_text.c's.
 */
#include "draw.h"

#include <stdlib.h>
#include <string.h>

#include "../../utf8.h"
#include "../../value.h"
#include "../language/number.h"
#include "../language/text.h"
#include "draw_internal.h"
#include "output.h"

const char *draw_symbol(enum action action)
{
    switch (action) {
    case ACTION_CREATE:
        return "  [green]+[reset]";
    case ACTION_DELETE:
        return "  [red]-[reset]";
    case ACTION_UPDATE:
        return "  [yellow]~[reset]";
    case ACTION_DELETE_THEN_CREATE:
        return "[red]-[reset]/[green]+[reset]";
    case ACTION_CREATE_THEN_DELETE:
        return "[green]+[reset]/[red]-[reset]";
    case ACTION_READ:
        return " [cyan]<=[reset]";
    case ACTION_FORGET:
        return " [red].[reset]";
    default:
        return "   ";
    }
}

void draw_line_start(const struct drawing *drawing, unsigned indent, enum action action)
{
    fprintf(drawing->out, "%*s", (int)(4 * indent), "");
    if (drawing->no_symbols)
        return;
    render_marked(drawing->out, drawing->style, draw_symbol(action));
    fputc(' ', drawing->out);
}

void draw_forces_replacement(const struct drawing *drawing, bool replace)
{
    if (replace || drawing->forces_replacement)
        render_printf(drawing->out, drawing->style, " [red]# forces replacement[reset]");
}

void draw_null_suffix(const struct drawing *drawing, enum action action)
{
    if (action == ACTION_DELETE && !drawing->no_null)
        render_printf(drawing->out, drawing->style, " [dark_gray]-> null[reset]");
}

static void draw_hidden(const struct drawing *drawing, unsigned indent, const char *what, size_t count)
{
    if (!count)
        return;
    draw_line_start(drawing, indent, ACTION_NONE);
    render_printf(drawing->out, drawing->style, "[dark_gray]# (%zu unchanged %s%s hidden)[reset]\n", count,
                  what, count == 1 ? "" : "s");
}

int draw_compare_names(const void *a, const void *b)
{
    const char *const *first = a, *const *second = b;
    return strcmp(*first, *second);
}

/* --- members in the order of their names --- */

static int compare_names(const void *a, const void *b)
{
    const struct diff *const *first = a, *const *second = b;
    return strcmp((*first)->name, (*second)->name);
}

/* The children, sorted; NULL without memory. */
static const struct diff **sorted(const struct diff *diff)
{
    const struct diff **list = calloc(diff->count + 1, sizeof(*list));
    for (size_t i = 0; list && i < diff->count; i++)
        list[i] = &diff->children[i];
    if (list)
        qsort(list, diff->count, sizeof(*list), compare_names);
    return list;
}

/* The numbers of bytes and of characters that stand for a name, quoted where it must be. */
struct extent {
    int bytes, characters;
};

static struct extent name_extent(const char *name, bool quoted)
{
    char *text = NULL;
    size_t size = 0;
    struct extent extent = {0};
    if (!quoted && identifier_is(name))
        return (struct extent){(int)strlen(name), (int)utf8_characters(name, strlen(name))};
    FILE *memory = open_memstream(&text, &size);
    if (memory)
        render_quoted(memory, name);
    if (!memory || !text_stream_end(memory, &text)) {
        output_lose();
        return extent;
    }
    extent.bytes = (int)size;
    extent.characters = (int)utf8_characters(text, size);
    free(text);
    return extent;
}

/* The column of the equals signs: Terraform takes it from the longest name in bytes, and fills up to it in
 * characters. */
static int widest(const struct diff *const *members, size_t count, bool quoted)
{
    int width = 0;
    for (size_t i = 0; i < count; i++) {
        int bytes = name_extent(members[i]->name, quoted).bytes;
        width = bytes > width ? bytes : width;
    }
    return width;
}

static void draw_name(const struct drawing *drawing, const char *name, bool quoted, int width)
{
    if (quoted || !identifier_is(name))
        render_quoted(drawing->out, name);
    else
        fputs(name, drawing->out);
    int characters = name_extent(name, quoted).characters;
    fprintf(drawing->out, "%*s = ", width > characters ? width - characters : 0, "");
}

/* What becomes sensitive, or ceases to be, is announced on the lines before. */
static void draw_warning(const struct drawing *drawing, const struct diff *diff, unsigned indent)
{
    if (diff->kind != DIFF_SENSITIVE || diff->sensitive_before == diff->sensitive_after ||
        diff->children[0].action == ACTION_CREATE || diff->children[0].action == ACTION_DELETE)
        return;
    const int width = (int)(4 * indent);
    fprintf(drawing->out, "%*s  ", width, "");
    if (diff->sensitive_before)
        render_printf(
            drawing->out, drawing->style,
            "# [yellow]Warning[reset]: this attribute value will no longer be marked as sensitive\n%*s  # "
            "after applying this change.",
            width, "");
    else
        render_printf(
            drawing->out, drawing->style,
            "# [yellow]Warning[reset]: this attribute value will be marked as sensitive and will not\n%*s "
            " # display in UI output after applying this change.",
            width, "");
    fputs(diff->children[0].action == ACTION_NONE ? " The value is unchanged.\n" : "\n", drawing->out);
}

static bool draw_named(const struct drawing *drawing, const struct diff *diff, unsigned indent, bool quoted,
                       int width)
{
    draw_warning(drawing, diff, indent);
    draw_line_start(drawing, indent, diff->action);
    draw_name(drawing, diff->name, quoted, width);
    return draw(drawing, diff, indent);
}

bool draw_member(const struct drawing *drawing, const struct diff *diff, unsigned indent, int width)
{
    return draw_named(drawing, diff, indent, false, width);
}

/* Names that help to tell one object from another are drawn even where they do not change. */
static bool telling(const char *name)
{
    return !strcmp(name, "id") || !strcmp(name, "name") || !strcmp(name, "tags");
}

static bool draw_object(const struct drawing *drawing, const struct diff *diff, unsigned indent)
{
    struct drawing plain = *drawing, important;
    size_t hidden = 0;
    bool block = diff->kind == DIFF_BLOCK;
    if (!diff->count) {
        fputs("{}", drawing->out);
        if (!block)
            draw_null_suffix(drawing, diff->action);
        draw_forces_replacement(drawing, diff->replace);
        return true;
    }
    if (!block)
        plain.no_null = diff->kind == DIFF_OBJECT;
    important = plain;
    important.show_unchanged = true;
    const struct diff **members = sorted(diff);
    bool ok = members != NULL;
    const int width = ok ? widest(members, diff->count, false) : 0;
    fputc('{', drawing->out);
    draw_forces_replacement(drawing, diff->replace);
    fputc('\n', drawing->out);
    for (size_t i = 0; ok && i < diff->count; i++) {
        bool tells = telling(members[i]->name);
        if (!tells && members[i]->action == ACTION_NONE && !drawing->show_unchanged) {
            hidden++;
            continue;
        }
        ok = draw_named(tells ? &important : &plain, members[i], indent + 1, false, width);
        fputc('\n', drawing->out);
    }
    draw_hidden(drawing, indent + 1, "attribute", hidden);
    draw_line_start(drawing, indent, ACTION_NONE);
    fputc('}', drawing->out);
    if (!block)
        draw_null_suffix(drawing, diff->action);
    free(members);
    return ok;
}

static bool is_object(const struct diff *diff)
{
    return diff->kind == DIFF_OBJECT || diff->kind == DIFF_NESTED_OBJECT;
}

static bool draw_map(const struct drawing *drawing, const struct diff *diff, unsigned indent)
{
    struct drawing inner = *drawing;
    bool nested = diff->kind == DIFF_NESTED_MAP;
    size_t hidden = 0;
    if (!diff->count) {
        fputs("{}", drawing->out);
        draw_null_suffix(drawing, diff->action);
        draw_forces_replacement(drawing, diff->replace && !nested);
        return true;
    }
    inner.no_null = diff->action == ACTION_DELETE || nested;
    inner.forces_replacement = diff->replace && nested;
    const struct diff **members = sorted(diff);
    bool ok = members != NULL;
    const int width = ok && !nested ? widest(members, diff->count, true) : 0;
    fputc('{', drawing->out);
    draw_forces_replacement(drawing, diff->replace && !nested);
    fputc('\n', drawing->out);
    for (size_t i = 0; ok && i < diff->count; i++) {
        if (members[i]->action == ACTION_NONE && !drawing->show_unchanged) {
            hidden++;
            continue;
        }
        ok = draw_named(&inner, members[i], indent + 1, true, width);
        fputs(is_object(members[i]) ? ",\n" : "\n", drawing->out);
    }
    draw_hidden(drawing, indent + 1, "element", hidden);
    draw_line_start(drawing, indent, ACTION_NONE);
    fputc('}', drawing->out);
    draw_null_suffix(drawing, diff->action);
    free(members);
    return ok;
}

static bool draw_element(const struct drawing *drawing, const struct diff *diff, unsigned indent)
{
    draw_warning(drawing, diff, indent);
    draw_line_start(drawing, indent, diff->action);
    bool ok = draw(drawing, diff, indent);
    fputs(",\n", drawing->out);
    return ok;
}

/* The elements of a list whose order matters are shown with their neighbours: the one before a change and the
 * one after it. `since` counts the unchanged ones since the last that was drawn. */
static bool draw_ordered(const struct drawing *drawing, const struct drawing *changed,
                         const struct diff *diff, unsigned indent)
{
    struct drawing unchanged = *drawing;
    size_t since = 0;
    bool next = false, ok = true;
    unchanged.show_unchanged = true;
    for (size_t i = 0; ok && i < diff->count; i++) {
        const struct diff *element = &diff->children[i];
        if (element->action == ACTION_NONE && !next && !drawing->show_unchanged) {
            since++;
            continue;
        }
        if (since > 1)
            draw_hidden(drawing, indent, "element", since - 1);
        if (since)
            ok = draw_element(&unchanged, element - 1, indent);
        since = 0;
        next = element->action != ACTION_NONE;
        ok = ok && draw_element(next ? changed : &unchanged, element, indent);
    }
    draw_hidden(drawing, indent, "element", since);
    return ok;
}

static bool draw_unordered(const struct drawing *drawing, const struct drawing *changed,
                           const struct diff *diff, unsigned indent)
{
    size_t hidden = 0;
    bool ok = true;
    for (size_t i = 0; ok && i < diff->count; i++) {
        if (diff->children[i].action == ACTION_NONE && !drawing->show_unchanged)
            hidden++;
        else
            ok = draw_element(changed, &diff->children[i], indent);
    }
    draw_hidden(drawing, indent, "element", hidden);
    return ok;
}

static bool draw_list(const struct drawing *drawing, const struct diff *diff, unsigned indent)
{
    struct drawing inner = *drawing;
    bool for_children = diff->kind == DIFF_NESTED_SET && diff->replace;
    if (!diff->count) {
        fputs("[]", drawing->out);
        draw_null_suffix(drawing, diff->action);
        draw_forces_replacement(drawing, diff->replace && !for_children);
        return true;
    }
    inner.no_null = true;
    if (diff->kind == DIFF_SET || diff->kind == DIFF_NESTED_SET)
        inner.forces_replacement = for_children;
    fputc('[', drawing->out);
    draw_forces_replacement(drawing, diff->replace && !for_children);
    fputc('\n', drawing->out);
    bool ok = diff->kind == DIFF_LIST ? draw_ordered(drawing, &inner, diff, indent + 1)
                                      : draw_unordered(drawing, &inner, diff, indent + 1);
    draw_line_start(drawing, indent, ACTION_NONE);
    fputc(']', drawing->out);
    draw_null_suffix(drawing, diff->action);
    return ok;
}

void draw_number(FILE *out, const struct json_object *number)
{
    char *text = number_text(number);
    if (text)
        fputs(text, out);
    else
        output_lose();
    free(text);
}

static void draw_plain_value(const struct drawing *drawing, const struct json_object *value)
{
    if (!value)
        render_printf(drawing->out, drawing->style, "[dark_gray]null[reset]");
    else if (json_object_is_type(value, json_type_boolean))
        fputs(json_object_get_boolean(value) ? "true" : "false", drawing->out);
    else
        draw_number(drawing->out, value);
}

static bool draw_primitive(const struct drawing *drawing, const struct diff *diff, unsigned indent)
{
    if (json_object_is_type(diff->before, json_type_string) ||
        json_object_is_type(diff->after, json_type_string))
        return draw_string(drawing, diff, indent);
    switch (diff->action) {
    case ACTION_DELETE:
        draw_plain_value(drawing, diff->before);
        draw_null_suffix(drawing, diff->action);
        break;
    case ACTION_CREATE:
    case ACTION_NONE:
        draw_plain_value(drawing, diff->after);
        break;
    default:
        draw_plain_value(drawing, diff->before);
        render_printf(drawing->out, drawing->style, " [yellow]->[reset] ");
        draw_plain_value(drawing, diff->after);
    }
    draw_forces_replacement(drawing, diff->replace);
    return true;
}

static bool draw_arrow(const struct drawing *drawing, const struct diff *diff, unsigned indent)
{
    struct drawing inner = *drawing;
    inner.no_null = true;
    bool ok = draw(&inner, &diff->children[0], indent);
    if (diff->kind == DIFF_TYPE) {
        render_printf(drawing->out, drawing->style, " [yellow]->[reset] ");
        return ok && draw(&inner, &diff->children[1], indent);
    }
    fputs(" -> (known after apply)", drawing->out);
    draw_forces_replacement(drawing, diff->replace);
    return ok;
}

bool draw(const struct drawing *drawing, const struct diff *diff, unsigned indent)
{
    switch (diff->kind) {
    case DIFF_OBJECT:
    case DIFF_NESTED_OBJECT:
    case DIFF_BLOCK:
        return draw_object(drawing, diff, indent);
    case DIFF_MAP:
    case DIFF_NESTED_MAP:
        return draw_map(drawing, diff, indent);
    case DIFF_LIST:
    case DIFF_NESTED_LIST:
    case DIFF_SET:
    case DIFF_NESTED_SET:
        return draw_list(drawing, diff, indent);
    case DIFF_UNKNOWN:
        if (diff->count)
            return draw_arrow(drawing, diff, indent);
        fputs("(known after apply)", drawing->out);
        draw_forces_replacement(drawing, diff->replace);
        return true;
    case DIFF_SENSITIVE:
        fputs("(sensitive value)", drawing->out);
        draw_null_suffix(drawing, diff->action);
        draw_forces_replacement(drawing, diff->replace);
        return true;
    case DIFF_TYPE:
        return draw_arrow(drawing, diff, indent);
    default:
        return draw_primitive(drawing, diff, indent);
    }
}
