/* SPDX-License-Identifier: Apache-2.0
 *
 * render_value.c - values in the form of the `output` command: with the functions that make lists, sets and
 * maps, which tell them from tuples and objects.
 */
#include <stdlib.h>
#include <string.h>

#include "../../value.h"
#include "../language/typed.h"
#include "draw.h"
#include "output.h"
#include "render.h"

/* The parts of a type tree: its name, and what it is made of (NULL where there is nothing). */
static const char *type_name(struct json_object *type, struct json_object **inner)
{
    *inner = NULL;
    if (json_object_is_type(type, json_type_array)) {
        *inner = json_object_array_get_idx(type, 1);
        type = json_object_array_get_idx(type, 0);
    }
    return json_object_is_type(type, json_type_string) ? value_string(type) : "dynamic";
}

/* Whether a line of the text is this word, blanks aside: then it can't end the text. */
static bool has_line(const char *text, const char *word, size_t length)
{
    for (;;) {
        size_t blanks = strspn(text, " \t\r"), line = strcspn(text, "\n");
        if (line >= blanks + length && !strncmp(text + blanks, word, length) &&
            strspn(text + blanks + length, " \t\r") == line - blanks - length)
            return true;
        if (!text[line])
            return false;
        text += line + 1;
    }
}

static void render_text(FILE *out, const char *text, unsigned indent)
{
    static const char word[] = "EOT____________";
    size_t length = 3;
    if (!strchr(text, '\n')) {
        render_quoted(out, text);
        return;
    }
    while (length < sizeof(word) - 1 && has_line(text, word, length))
        length++;
    fprintf(out, "<<%s%.*s\n", indent ? "-" : "", (int)length, word);
    for (;;) {
        size_t line = strcspn(text, "\n");
        fprintf(out, "%*s%.*s\n", (int)indent, "", (int)line, text);
        if (!text[line])
            break;
        text += line + 1;
    }
    fprintf(out, "%*s%.*s", (int)indent, "", (int)length, word);
}

/* "list of string", as Terraform calls it. */
static void render_type_name(FILE *out, struct json_object *type)
{
    struct json_object *inner;
    const char *name = type_name(type, &inner);
    fputs(name, out);
    if (!strcmp(name, "list") || !strcmp(name, "set") || !strcmp(name, "map")) {
        fputs(" of ", out);
        render_type_name(out, inner);
    }
}

static void render_null(FILE *out, struct json_object *type)
{
    struct json_object *inner;
    const char *name = type_name(type, &inner);
    if (!strcmp(name, "string") || !strcmp(name, "number") || !strcmp(name, "bool")) {
        fprintf(out, "to%s(null)", name);
    } else if (!strcmp(name, "list") || !strcmp(name, "set") || !strcmp(name, "map")) {
        fprintf(out, "to%s(null) /* of ", name);
        render_type_name(out, inner);
        fputs(" */", out);
    } else if (!strcmp(name, "dynamic")) {
        fputs("null", out);
    } else {
        fprintf(out, "null /* %s */", name);
    }
}

/* An element is of the type that all have, or, of a tuple, of its own. */
static void render_array(FILE *out, const struct typed *value, const char *type, struct json_object *inner,
                         unsigned indent)
{
    bool tuple = json_object_is_type(inner, json_type_array) && strcmp(type, "list") && strcmp(type, "set");
    bool wrapped = !strcmp(type, "list") || !strcmp(type, "set");
    size_t count = json_object_array_length(value->value);
    if (wrapped)
        fprintf(out, "to%s(", type);
    fputs(count ? "[\n" : "[]", out);
    for (size_t i = 0; i < count; i++) {
        struct typed element = {.value = json_object_array_get_idx(value->value, i),
                                .type = tuple ? json_object_array_get_idx(inner, i) : inner,
                                .marks = marks_element(value->marks, i)};
        fprintf(out, "%*s", (int)indent + 2, "");
        render_value(out, &element, indent + 2);
        fputs(",\n", out);
    }
    if (count)
        fprintf(out, "%*s]", (int)indent, "");
    if (wrapped)
        fputc(')', out);
}

static void render_object(FILE *out, const struct typed *value, const char *type, struct json_object *inner,
                          unsigned indent)
{
    bool map = !strcmp(type, "map");
    size_t count = 0, length = (size_t)json_object_object_length(value->value);
    const char **names = calloc(length + 1, sizeof(*names));
    if (!names) {
        output_lose();
        return;
    }
    json_object_object_foreach(value->value, key, member)
    {
        (void)member;
        names[count++] = key;
    }
    qsort(names, count, sizeof(*names), draw_compare_names);
    fputs(map ? "tomap({" : "{", out);
    fputs(count ? "\n" : "", out);
    for (size_t i = 0; i < count; i++) {
        struct typed element = {.type = map ? inner : NULL, .marks = marks_member(value->marks, names[i])};
        json_object_object_get_ex(value->value, names[i], &element.value);
        if (!map && json_object_is_type(inner, json_type_object))
            json_object_object_get_ex(inner, names[i], &element.type);
        fprintf(out, "%*s", (int)indent + 2, "");
        render_quoted(out, names[i]);
        fputs(" = ", out);
        render_value(out, &element, indent + 2);
        fputc('\n', out);
    }
    if (count)
        fprintf(out, "%*s", (int)indent, "");
    fputs(map ? "})" : "}", out);
    free(names);
}

void render_value(FILE *out, const struct typed *value, unsigned indent)
{
    struct json_object *inner;
    const char *type = type_name(value->type, &inner);
    if (json_object_is_type(value->marks, json_type_boolean) && json_object_get_boolean(value->marks)) {
        fputs("(sensitive value)", out);
        return;
    }
    if (value_is_unknown(value->value)) {
        fputs("(known after apply)", out);
        return;
    }
    switch (json_object_get_type(value->value)) {
    case json_type_null:
        render_null(out, value->type);
        break;
    case json_type_boolean:
        fputs(json_object_get_boolean(value->value) ? "true" : "false", out);
        break;
    case json_type_string:
        render_text(out, value_string(value->value), indent);
        break;
    case json_type_array:
        render_array(out, value, type, inner, indent);
        break;
    case json_type_object:
        render_object(out, value, type, inner, indent);
        break;
    default:
        draw_number(out, value->value);
    }
}

void render_outputs(FILE *out, const struct state *state)
{
    for (size_t i = 0; i < state->output_count; i++) {
        fprintf(out, "%s = ", state->outputs[i].name);
        if (state->outputs[i].sensitive)
            fputs("<sensitive>", out);
        else
            render_value(out, &state->outputs[i].value, 0);
        fputc('\n', out);
    }
}
