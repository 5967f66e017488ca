/* SPDX-License-Identifier: Apache-2.0
 *
 * json_text.c - JSON text as Go's encoding/json writes it, so that a file which nothing has changed stays the
 * same to the byte whoever of the two writes it.
 */
#include "state_internal.h"

#include "../language/number.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_add_line(struct text *text, int indent)
{
    text_add(text, "\n", 1);
    for (int i = 0; i < indent; i++)
        text_add(text, "  ", 2);
}

/* The escape of the character that begins here, and its length in bytes; NULL where it stands for itself. */
static const char *escape(const unsigned char *at, size_t *length, char buffer[8])
{
    static const char short_forms[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    *length = 1;
    for (const char *form = short_forms; *form != '\0'; form += 2)
        if (*at == (unsigned char)*form) {
            snprintf(buffer, 8, "\\%c", form[1]);
            return buffer;
        }
    if (*at < ' ' || *at == '<' || *at == '>' || *at == '&') {
        snprintf(buffer, 8, "\\u%04x", *at);
        return buffer;
    }
    /* The two line separators of Unicode, which JavaScript takes for line ends. */
    if (at[0] == 0xE2 && at[1] == 0x80 && (at[2] == 0xA8 || at[2] == 0xA9)) {
        *length = 3;
        return at[2] == 0xA8 ? "\\u2028" : "\\u2029";
    }
    return NULL;
}

void text_add_json_string(struct text *text, const char *string)
{
    const unsigned char *from = (const unsigned char *)string, *at = from;
    text_add(text, "\"", 1);
    while (*at != '\0') {
        size_t length = 1;
        char buffer[8];
        const char *escaped = escape(at, &length, buffer);
        if (escaped != NULL) {
            text_add(text, (const char *)from, (size_t)(at - from));
            text_add_string(text, escaped);
            from = at + length;
        }
        at += length;
    }
    text_add(text, (const char *)from, (size_t)(at - from));
    text_add(text, "\"", 1);
}

static void add_number(struct text *text, struct json_object *number)
{
    char *digits = number_text(number);
    if (digits == NULL)
        text->failed = true;
    else
        text_add_string(text, digits);
    free(digits);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char **json_sorted_names(struct json_object *object)
{
    size_t count = 0;
    const char **names = calloc((size_t)json_object_object_length(object) + 1, sizeof *names);
    if (names == NULL)
        return NULL;
    json_object_object_foreach(object, name, member)
    {
        (void)member;
        names[count++] = name;
    }
    qsort(names, count, sizeof *names, compare_names);
    return names;
}

static int deeper(int indent)
{
    return indent < 0 ? indent : indent + 1;
}

static void add_member(struct text *text, const char *name, struct json_object *member, bool first,
                       int indent, bool sorted)
{
    if (!first)
        text_add(text, ",", 1);
    if (indent >= 0)
        text_add_line(text, indent);
    if (name != NULL) {
        text_add_json_string(text, name);
        text_add_string(text, indent >= 0 ? ": " : ":");
    }
    text_add_json(text, member, indent, sorted);
}

static void add_object(struct text *text, struct json_object *object, int indent, bool sorted)
{
    bool first = true;
    text_add(text, "{", 1);
    if (sorted) {
        const char **names = json_sorted_names(object);
        if (names == NULL)
            text->failed = true;
        for (size_t i = 0; names != NULL && names[i] != NULL; i++, first = false)
            add_member(text, names[i], json_object_object_get(object, names[i]), first, deeper(indent), true);
        free(names);
    } else {
        json_object_object_foreach(object, name, member)
        {
            add_member(text, name, member, first, deeper(indent), false);
            first = false;
        }
    }
    if (indent >= 0 && !first)
        text_add_line(text, indent);
    text_add(text, "}", 1);
}

static void add_array(struct text *text, struct json_object *array, int indent, bool sorted)
{
    size_t count = json_object_array_length(array);
    text_add(text, "[", 1);
    for (size_t i = 0; i < count; i++)
        add_member(text, NULL, json_object_array_get_idx(array, i), i == 0, deeper(indent), sorted);
    if (indent >= 0 && count > 0)
        text_add_line(text, indent);
    text_add(text, "]", 1);
}

void text_add_json(struct text *text, struct json_object *value, int indent, bool sorted)
{
    switch (json_object_get_type(value)) {
    case json_type_object:
        add_object(text, value, indent, sorted);
        break;
    case json_type_array:
        add_array(text, value, indent, sorted);
        break;
    case json_type_string:
        text_add_json_string(text, value_string(value));
        break;
    case json_type_int:
    case json_type_double:
        add_number(text, value);
        break;
    case json_type_boolean:
        text_add_string(text, json_object_get_boolean(value) ? "true" : "false");
        break;
    case json_type_null:
        text_add_string(text, "null");
        break;
    }
}

static bool only_nulls(const struct json_object *object)
{
    json_object_object_foreach((struct json_object *)(uintptr_t)object, name, member)
    {
        (void)name;
        if (member != NULL)
            return false;
    }
    return true;
}

/* Every member of one in the other; what only the other has must be null. */
static bool same_members(const struct json_object *a, const struct json_object *b)
{
    json_object_object_foreach((struct json_object *)(uintptr_t)a, name, member)
    {
        if (!json_same(member, json_object_object_get(b, name)))
            return false;
    }
    json_object_object_foreach((struct json_object *)(uintptr_t)b, more, beyond)
    {
        if (beyond != NULL && !json_object_object_get_ex(a, more, NULL))
            return false;
    }
    return true;
}

bool json_same(const struct json_object *a, const struct json_object *b)
{
    if (a == b)
        return true;
    enum json_type kind = json_object_get_type(a), other = json_object_get_type(b);
    bool numbers = (kind == json_type_int || kind == json_type_double) &&
                   (other == json_type_int || other == json_type_double);
    if (numbers)
        return value_number_equal(a, b);
    /* No object at all is one without members. */
    if ((a == NULL && other == json_type_object) || (b == NULL && kind == json_type_object))
        return only_nulls(a == NULL ? b : a);
    if (kind != other)
        return false;
    if (kind == json_type_object)
        return same_members(a, b);
    if (kind != json_type_array)
        return json_object_equal((struct json_object *)(uintptr_t)a, (struct json_object *)(uintptr_t)b) == 1;
    size_t count = json_object_array_length(a);
    if (count != json_object_array_length(b))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!json_same(json_object_array_get_idx(a, i), json_object_array_get_idx(b, i)))
            return false;
    return true;
}

bool json_set(struct json_object *object, const char *name, struct json_object *value)
{
    if (json_object_object_add(object, name, value) == 0)
        return true;
    json_object_put(value);
    return false;
}
