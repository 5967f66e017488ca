/* SPDX-License-Identifier: Apache-2.0
 *
 * diagnostic.c - a growing list of errors and warnings. Printing and sending them is the
 * front ends' part.
 */
#include "diagnostic.h"

#include "utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A copy that every front end can send: what is not UTF-8 (a plugin's message may be anything) becomes '?'.
 */
static char *copy_text(const char *text, bool one_line)
{
    size_t length = strlen(text);
    char *copy = malloc(length + 1);
    if (copy == NULL)
        return NULL;
    memcpy(copy, text, length + 1);
    for (size_t at = 0; (at += utf8_valid_prefix(copy + at, length - at)) < length; at++)
        copy[at] = '?';
    for (char *c = copy; one_line && *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7F)
            *c = ' ';
    return copy;
}

/* A JSON pointer from a pointer or a plain attribute name. */
static char *copy_attribute(const char *attribute)
{
    char *pointer = NULL;
    if (attribute[0] == '/' || attribute[0] == '\0')
        return copy_text(attribute, false);
    if (asprintf(&pointer, "/%s", attribute) < 0)
        return NULL;
    char *copy = copy_text(pointer, false);
    free(pointer);
    return copy;
}

static void item_clear(struct diagnostic *item)
{
    free(item->summary);
    free(item->detail);
    free(item->attribute);
    free(item->file);
    free(item->address);
}

/* Makes room for `more` items. */
static bool reserve(struct diagnostics *diags, size_t more)
{
    if (diags->capacity - diags->count >= more)
        return true;
    size_t capacity =
        diags->capacity * 2 > diags->count + more ? diags->capacity * 2 : diags->count + more + 4;
    struct diagnostic *items = reallocarray(diags->items, capacity, sizeof *items);
    if (items == NULL)
        return false;
    diags->items = items;
    diags->capacity = capacity;
    return true;
}

void diagnostics_add(struct diagnostics *diags, enum severity severity, const char *attribute,
                     const char *summary, const char *detail)
{
    if (severity == SEVERITY_ERROR)
        diags->has_error = true;
    if (!reserve(diags, 1))
        return;
    struct diagnostic item = {
        .severity = severity,
        .summary = copy_text(summary != NULL ? summary : "", true),
        .detail = copy_text(detail != NULL ? detail : "", false),
        .attribute = attribute != NULL ? copy_attribute(attribute) : NULL,
    };
    if (item.summary == NULL || item.detail == NULL || (attribute != NULL && item.attribute == NULL)) {
        item_clear(&item);
        return;
    }
    diags->items[diags->count++] = item;
}

static void add_formatted(struct diagnostics *diags, enum severity severity, const char *attribute,
                          const char *summary, const char *detail_format, va_list arguments)
{
    char *detail = NULL;
    if (vasprintf(&detail, detail_format, arguments) < 0)
        detail = NULL;
    diagnostics_add(diags, severity, attribute, summary, detail);
    free(detail);
}

void diagnostics_error(struct diagnostics *diags, const char *attribute, const char *summary,
                       const char *detail_format, ...)
{
    va_list arguments;
    va_start(arguments, detail_format);
    add_formatted(diags, SEVERITY_ERROR, attribute, summary, detail_format, arguments);
    va_end(arguments);
}

void diagnostics_warning(struct diagnostics *diags, const char *attribute, const char *summary,
                         const char *detail_format, ...)
{
    va_list arguments;
    va_start(arguments, detail_format);
    add_formatted(diags, SEVERITY_WARNING, attribute, summary, detail_format, arguments);
    va_end(arguments);
}

/* Puts a place before the pointer of an item. Without memory the pointer goes: it would point elsewhere. */
static void set_place(struct diagnostic *item, const char *pointer)
{
    char *whole = NULL;
    if (asprintf(&whole, "%s%s", pointer, item->attribute != NULL ? item->attribute : "") < 0)
        whole = NULL;
    free(item->attribute);
    item->attribute = whole;
}

void diagnostics_locate(struct diagnostics *diags, size_t first, const char *file, const char *pointer,
                        const char *address)
{
    for (size_t i = first; i < diags->count; i++) {
        struct diagnostic *item = &diags->items[i];
        if (address != NULL && item->address == NULL)
            item->address = copy_text(address, true);
        if (file == NULL || item->file != NULL)
            continue;
        item->file = copy_text(file, true);
        if (pointer != NULL)
            set_place(item, pointer);
    }
}

void diagnostics_no_memory(struct diagnostics *diags)
{
    diagnostics_add(diags, SEVERITY_ERROR, NULL, "Out of memory",
                    "An allocation failed. Free memory on this machine, then run the command again.");
}

void diagnostics_move(struct diagnostics *to, struct diagnostics *from)
{
    to->has_error = to->has_error || from->has_error;
    if (from->status != 0)
        to->status = from->status;
    if (from->count > 0 && reserve(to, from->count)) {
        memcpy(to->items + to->count, from->items, from->count * sizeof *from->items);
        to->count += from->count;
        from->count = 0;
    }
    diagnostics_clear(from);
}

void diagnostics_clear(struct diagnostics *diags)
{
    for (size_t i = 0; i < diags->count; i++)
        item_clear(&diags->items[i]);
    free(diags->items);
    *diags = (struct diagnostics){0};
}
