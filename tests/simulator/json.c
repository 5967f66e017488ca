/* SPDX-License-Identifier: Apache-2.0
 *
 * json.c - strict reading and checked building of JSON; see json.h.
 */
#include "json.h"

#include <limits.h>
#include <stdarg.h>
#include <string.h>

enum { DEEPEST = 16 };

struct json_object *json_read_object(const char *text, size_t size)
{
    struct json_object *object = NULL;
    if (!text)
        return NULL;
    while (size > 0 && strchr(" \t\r\n", text[size - 1]))
        size--;
    struct json_tokener *tokener = size < INT_MAX ? json_tokener_new_ex(DEEPEST) : NULL;
    if (tokener) {
        json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
        object = json_tokener_parse_ex(tokener, text, (int)size);
        if (json_tokener_get_error(tokener) != json_tokener_success ||
            json_tokener_get_parse_end(tokener) != size || !json_object_is_type(object, json_type_object)) {
            json_object_put(object);
            object = NULL;
        }
        json_tokener_free(tokener);
    }
    return object;
}

struct json_object *json_strings(const char *name, ...)
{
    struct json_object *object = json_object_new_object();
    va_list pairs;
    va_start(pairs, name);
    for (const char *key = name; object && key; key = va_arg(pairs, const char *)) {
        if (!json_put(object, key, json_object_new_string(va_arg(pairs, const char *)))) {
            json_object_put(object);
            object = NULL;
        }
    }
    va_end(pairs);
    return object;
}

bool json_put(struct json_object *object, const char *name, struct json_object *value)
{
    if (object && value && json_object_object_add(object, name, value) == 0)
        return true;
    json_object_put(value);
    return false;
}

bool json_append(struct json_object *array, struct json_object *value)
{
    if (array && value && json_object_array_add(array, value) == 0)
        return true;
    json_object_put(value);
    return false;
}

const char *json_text(struct json_object *object, const char *name)
{
    struct json_object *value = NULL;
    if (!json_object_object_get_ex(object, name, &value) || !json_object_is_type(value, json_type_string))
        return NULL;
    return json_object_get_string(value);
}
