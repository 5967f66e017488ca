/* SPDX-License-Identifier: Apache-2.0
 *
 * json_text.c - JSON text as Go's encoding/json writes it, so that a file which nothing has changed stays the
 * same to the byte whoever of the two writes it.
 */
#include "state_internal.h"

#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_add(struct text *text, const char *bytes, size_t length)
{
    if (text->failed)
        return;
    if (text->capacity - text->length <= length) {
        size_t capacity = text->capacity == 0 ? 4096 : text->capacity;
        while (capacity - text->length <= length && capacity <= SIZE_MAX / 2)
            capacity *= 2;
        char *grown = capacity - text->length > length ? realloc(text->bytes, capacity) : NULL;
        if (grown == NULL) {
            text->failed = true;
            return;
        }
        text->bytes = grown;
        text->capacity = capacity;
    }
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
}

void text_add_string(struct text *text, const char *string)
{
    text_add(text, string, strlen(string));
}

char *text_take(struct text *text)
{
    char *bytes = text->bytes;
    if (text->failed || bytes == NULL) {
        free(bytes);
        bytes = NULL;
    }
    *text = (struct text){0};
    return bytes;
}

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

/* The shortest decimal text that reads back as the same double. */
static void shortest(double number, char *buffer, size_t size)
{
    for (int precision = 1; precision <= 17; precision++) {
        snprintf(buffer, size, "%.*g", precision, number);
        if (strtod(buffer, NULL) == number)
            break;
    }
}

static void add_zeros(struct text *text, long count)
{
    for (long i = 0; i < count; i++)
        text_add(text, "0", 1);
}

/* Writes a decimal text without exponent and without zeros that say nothing. */
static void add_decimal(struct text *text, const char *decimal)
{
    char *digits = malloc(strlen(decimal) + 1);
    if (digits == NULL) {
        text->failed = true;
        return;
    }
    /* Digits from the first that is not zero, and how many of them stand before the point. */
    size_t count = 0;
    long before = 0;
    bool fraction = false;
    const char *at = decimal + (*decimal == '-');
    for (; *at != '\0' && *at != 'e' && *at != 'E'; at++) {
        if (*at == '.') {
            fraction = true;
            continue;
        }
        if (count > 0 || *at != '0')
            digits[count++] = *at;
        if (!fraction && count > 0)
            before++;
        else if (fraction && count == 0)
            before--;
    }
    if (*at != '\0')
        before += strtol(at + 1, NULL, 10);
    while (count > 0 && digits[count - 1] == '0')
        count--;
    if (count > 0 && *decimal == '-')
        text_add(text, "-", 1);
    long length = (long)count;
    if (count == 0) {
        text_add(text, "0", 1);
    } else if (before <= 0) {
        text_add(text, "0.", 2);
        add_zeros(text, -before);
        text_add(text, digits, count);
    } else if (before >= length) {
        text_add(text, digits, count);
        add_zeros(text, before - length);
    } else {
        text_add(text, digits, (size_t)before);
        text_add(text, ".", 1);
        text_add(text, digits + before, count - (size_t)before);
    }
    free(digits);
}

static void add_number(struct text *text, struct json_object *number)
{
    char buffer[40];
    if (json_object_is_type(number, json_type_int)) {
        bool negative = false;
        uint64_t magnitude = 0;
        value_whole(number, &negative, &magnitude);
        snprintf(buffer, sizeof buffer, "%s%" PRIu64, negative ? "-" : "", magnitude);
        text_add_string(text, buffer);
        return;
    }
    const char *exact = value_number_text(number);
    if (exact == NULL) {
        shortest(json_object_get_double(number), buffer, sizeof buffer);
        exact = buffer;
    }
    add_decimal(text, exact);
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
