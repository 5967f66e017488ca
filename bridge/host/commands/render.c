/* SPDX-License-Identifier: Apache-2.0
 *
 * render.c - the smallest parts of render.h: colours, wrapped text, quoted strings.
 */
#include "render.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"

static const struct {
    const char *mark, *code;
} colours[] = {
    {"[bold]", "\033[1m"},    {"[reset]", "\033[0m"}, {"[red]", "\033[31m"},       {"[green]", "\033[32m"},
    {"[yellow]", "\033[33m"}, {"[cyan]", "\033[36m"}, {"[dark_gray]", "\033[90m"}, {"[underline]", "\033[4m"},
};

void style_plain(struct style *style)
{
    style->colour = style->error_colour = false;
    style->plain = true;
}

/* The colour whose mark a text begins with, or -1. */
static int colour_at(const char *text)
{
    for (size_t i = 0; i < sizeof(colours) / sizeof(*colours); i++)
        if (!strncmp(text, colours[i].mark, strlen(colours[i].mark)))
            return (int)i;
    return -1;
}

/* A copy with codes for marks, or with nothing for them. NULL without memory. */
static char *coloured(const struct style *style, const char *text)
{
    char *copy = malloc(strlen(text) + 1), *at = copy; /* no code is longer than its mark */
    while (copy && *text) {
        int colour = *text == '[' ? colour_at(text) : -1;
        if (colour < 0) {
            *at++ = *text++;
            continue;
        }
        if (style->colour)
            at = stpcpy(at, colours[colour].code);
        text += strlen(colours[colour].mark);
    }
    if (copy)
        *at = '\0';
    else
        output_lose();
    return copy;
}

void render_marked(FILE *out, const struct style *style, const char *text)
{
    char *copy = coloured(style, text);
    fputs(copy ? copy : text, out);
    free(copy);
}

void render_printf(FILE *out, const struct style *style, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *copy = coloured(style, format);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    vfprintf(out, copy ? copy : format, arguments); /* the format's own text, marks aside */
#pragma GCC diagnostic pop
    free(copy);
    va_end(arguments);
}

/* Characters, not bytes; combining ones and wide ones count as one. */
static unsigned width_of(const char *text, size_t length)
{
    unsigned width = 0;
    for (size_t i = 0; i < length; i++)
        width += ((unsigned char)text[i] & 0xc0) != 0x80;
    return width;
}

static void wrap_line(FILE *out, unsigned columns, const char *line, size_t length)
{
    unsigned column = 0;
    size_t at = 0;
    if (!columns || *line == ' ' || *line == '\t') {
        fwrite(line, 1, length, out);
        return;
    }
    while (at < length) {
        size_t blanks = strspn(line + at, " "), word = strcspn(line + at + blanks, " \n");
        unsigned width = width_of(line + at + blanks, word);
        if (column && column + blanks + width >= columns) {
            fputc('\n', out);
            column = 0;
        } else {
            fwrite(line + at, 1, blanks, out);
            column += (unsigned)blanks;
        }
        fwrite(line + at + blanks, 1, word, out);
        column += width;
        at += blanks + word;
    }
}

void render_wrapped_text(FILE *out, unsigned columns, const char *text)
{
    for (;;) {
        size_t length = strcspn(text, "\n");
        wrap_line(out, columns, text, length);
        if (!text[length])
            return;
        fputc('\n', out);
        text += length + 1;
    }
}

void render_wrapped(FILE *out, const struct style *style, const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0) {
        output_lose();
        return;
    }
    render_wrapped_text(out, style->columns, text);
    free(text);
}

void render_quoted(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text; text++) {
        static const char special[] = "\a\b\f\n\r\t\v\\\"", letter[] = "abfnrtv\\\"";
        const char *found = strchr(special, *text);
        if (found)
            fprintf(out, "\\%c", letter[found - special]);
        else if ((unsigned char)*text < ' ' || *text == 0x7f)
            fprintf(out, "\\x%02x", (unsigned char)*text);
        else
            fputc(*text, out);
    }
    fputc('"', out);
}
