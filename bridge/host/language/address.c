/* SPDX-License-Identifier: Apache-2.0
 *
 * address.c - see address.h.
 */
#include "address.h"

#include "text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool fail(char **problem, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool fail(char **problem, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(problem, format, arguments) < 0)
        *problem = NULL;
    va_end(arguments);
    return false;
}

/* Takes the identifier that *at begins with; NULL where there is none or without memory. */
static char *take_identifier(const char **at)
{
    size_t length = identifier_length(*at, strlen(*at));
    char *name = length > 0 ? strndup(*at, length) : NULL;
    *at += length;
    return name;
}

/* A string key behind its opening quote; moves *at behind the closing one. NULL where it is none. */
static struct json_object *take_string(const char **at)
{
    struct text text = {0};
    const char *end = *at + strlen(*at);
    bool ok = true;
    while (ok && **at != '\0' && **at != '"') {
        const char *c = (*at)++;
        if (*c == '\\')
            ok = text_add_escape(&text, at, end);
        else if ((*c == '$' || *c == '%') && strncmp(*at, (char[]){*c, '{', '\0'}, 2) == 0)
            text_add(&text, (*at)++ - 1, 1);
        else
            text_add(&text, c, 1);
    }
    ok = ok && *(*at)++ == '"';
    text_add(&text, "", 0);
    struct json_object *key =
        ok && !text.failed ? json_object_new_string_len(text.bytes, (int)text.length) : NULL;
    text_clear(&text);
    return key;
}

/* The key in brackets that *at begins with. NULL where it is none. */
static struct json_object *take_key(const char **at)
{
    struct json_object *key = NULL;
    (*at)++;
    if (**at == '"') {
        (*at)++;
        key = take_string(at);
    } else if (**at >= '0' && **at <= '9') {
        char *end = NULL;
        errno = 0;
        long long index = strtoll(*at, &end, 10);
        if (errno == 0)
            key = json_object_new_int64(index);
        *at = end;
    }
    if (key != NULL && **at == ']') {
        (*at)++;
        return key;
    }
    json_object_put(key);
    return NULL;
}

bool address_parse(const char *text, struct address *address, char **problem)
{
    const char *at = text;
    *address = (struct address){.mode = MODE_MANAGED};
    *problem = NULL;
    if (strncmp(at, "module.", 7) == 0)
        return fail(problem,
                    "\"%s\" is in a module, and modules are not supported here; Terraform runs them.", text);
    if (strncmp(at, "data.", 5) == 0) {
        address->mode = MODE_DATA;
        at += 5;
    }
    address->type = take_identifier(&at);
    if (address->type != NULL && *at == '.') {
        at++;
        address->name = take_identifier(&at);
    }
    bool ok = address->name != NULL;
    if (ok && *at == '[')
        ok = (address->key = take_key(&at)) != NULL;
    if (ok && *at == '\0')
        return true;
    address_clear(address);
    return fail(problem,
                "\"%s\" is no address of a resource: write TYPE.NAME, TYPE.NAME[0], TYPE.NAME[\"key\"], or "
                "data. before one of them for a data source.",
                text);
}

char *address_text(const struct address *address, bool whole_resource)
{
    struct text text = {0};
    text_add_format(&text, "%s%s.%s", address->mode == MODE_DATA ? "data." : "", address->type,
                    address->name);
    if (address->key != NULL && !whole_resource) {
        text_add(&text, "[", 1);
        if (json_object_is_type(address->key, json_type_string))
            text_add_quoted(&text, json_object_get_string(address->key),
                            (size_t)json_object_get_string_len(address->key));
        else
            text_add_format(&text, "%lld", (long long)json_object_get_int64(address->key));
        text_add(&text, "]", 1);
    }
    return text_take(&text);
}

bool address_copy(struct address *to, const struct address *from)
{
    *to = (struct address){.mode = from->mode, .type = strdup(from->type), .name = strdup(from->name)};
    if (to->type == NULL || to->name == NULL) {
        address_clear(to);
        return false;
    }
    to->key = json_object_get(from->key);
    return true;
}

static int compare_strings(struct json_object *a, struct json_object *b)
{
    size_t a_length = (size_t)json_object_get_string_len(a), b_length = (size_t)json_object_get_string_len(b);
    size_t length = a_length < b_length ? a_length : b_length;
    int order = memcmp(json_object_get_string(a), json_object_get_string(b), length);
    return order != 0 ? order : (a_length > b_length) - (a_length < b_length);
}

static int compare_keys(struct json_object *a, struct json_object *b)
{
    if (a == NULL || b == NULL)
        return (a != NULL) - (b != NULL);
    bool a_text = json_object_is_type(a, json_type_string), b_text = json_object_is_type(b, json_type_string);
    if (a_text != b_text)
        return a_text ? 1 : -1;
    if (a_text)
        return compare_strings(a, b);
    int64_t left = json_object_get_int64(a), right = json_object_get_int64(b);
    return (left > right) - (left < right);
}

static int compare_resources(const struct address *a, const struct address *b)
{
    if (a->mode != b->mode)
        return a->mode < b->mode ? -1 : 1;
    int order = strcmp(a->type, b->type);
    return order != 0 ? order : strcmp(a->name, b->name);
}

int address_compare(const struct address *a, const struct address *b)
{
    int order = compare_resources(a, b);
    return order != 0 ? order : compare_keys(a->key, b->key);
}

bool address_same_resource(const struct address *a, const struct address *b)
{
    return compare_resources(a, b) == 0;
}

void address_clear(struct address *address)
{
    free(address->type);
    free(address->name);
    json_object_put(address->key);
    *address = (struct address){0};
}
