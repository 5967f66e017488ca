/* SPDX-License-Identifier: Apache-2.0
 *
 * schema_keyword.c - the table of keywords: where each may stand and what its value looks like.
 * schemas/meta.json says the same to editors and validators; tests hold the same broken files against both.
 */
#include "schema_internal.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* JSON types of a keyword's value. */
enum {
    STRING = 1 << 0,
    BOOLEAN = 1 << 1,
    INTEGER = 1 << 2,
    NUMBER = 1 << 3,
    ARRAY = 1 << 4,
    OBJECT = 1 << 5,
    ANYTHING = (1 << 7) - 1, /* null too */
};

/* Kinds of types that a keyword says something about. */
enum {
    OF_STRINGS = 1 << TYPE_STRING,
    OF_NUMBERS = 1 << TYPE_INTEGER | 1 << TYPE_NUMBER,
    OF_SCALARS = OF_STRINGS | OF_NUMBERS | 1 << TYPE_BOOLEAN,
    OF_ARRAYS = 1 << TYPE_LIST | 1 << TYPE_SET,
    OF_MAPS = 1 << TYPE_MAP,
    OF_OBJECTS = OF_MAPS | 1 << TYPE_OBJECT,
    OF_ALL = (1 << (TYPE_OBJECT + 1)) - 1,
};

static const struct keyword {
    const char *name;
    unsigned where, value, kinds;
} keywords[] = {
    {"$schema", IN_FILE, STRING, OF_ALL},
    {"$id", IN_FILE, STRING, OF_ALL},
    {"title", IN_FILE | IN_TYPE, STRING, OF_ALL},
    {"description", IN_FILE | IN_TYPE, STRING, OF_ALL},
    {"type", IN_FILE | IN_TYPE | IN_MOVED_FROM, STRING, OF_ALL},
    {"properties", IN_FILE | IN_TYPE, OBJECT, OF_OBJECTS},
    {"required", IN_FILE | IN_TYPE, ARRAY, 1 << TYPE_OBJECT},
    {"additionalProperties", IN_FILE | IN_TYPE, BOOLEAN | OBJECT, OF_OBJECTS},
    {"items", IN_TYPE, OBJECT, OF_ARRAYS},
    {"uniqueItems", IN_TYPE, BOOLEAN, OF_ARRAYS},
    {"enum", IN_TYPE, ARRAY, OF_SCALARS},
    {"const", IN_TYPE, STRING | BOOLEAN | NUMBER, OF_SCALARS},
    {"pattern", IN_TYPE, STRING, OF_STRINGS},
    {"minLength", IN_TYPE, INTEGER, OF_STRINGS},
    {"maxLength", IN_TYPE, INTEGER, OF_STRINGS},
    {"minItems", IN_TYPE, INTEGER, OF_ARRAYS},
    {"maxItems", IN_TYPE, INTEGER, OF_ARRAYS},
    {"minProperties", IN_TYPE, INTEGER, OF_MAPS},
    {"maxProperties", IN_TYPE, INTEGER, OF_MAPS},
    {"minimum", IN_TYPE, NUMBER, OF_NUMBERS},
    {"maximum", IN_TYPE, NUMBER, OF_NUMBERS},
    {"exclusiveMinimum", IN_TYPE, NUMBER, OF_NUMBERS},
    {"exclusiveMaximum", IN_TYPE, NUMBER, OF_NUMBERS},
    {"deprecated", IN_RESOURCE | IN_DATA_SOURCE | IN_FUNCTION | IN_ATTRIBUTE | IN_MEMBER, BOOLEAN, OF_ALL},
    {"sensitive", IN_ATTRIBUTE | IN_MEMBER, BOOLEAN, OF_ALL},
    {"default", IN_ATTRIBUTE | IN_MEMBER, ANYTHING, OF_ALL},
    {"readOnly", IN_ATTRIBUTE, BOOLEAN, OF_ALL},
    {"immutable", IN_ATTRIBUTE | IN_MEMBER, BOOLEAN, OF_ALL},
    {"c", IN_ATTRIBUTE | IN_RETURNS | IN_LITERAL, STRING, OF_ALL},
    {"version", IN_RESOURCE, INTEGER, OF_ALL},
    {"identity", IN_RESOURCE, ARRAY, OF_ALL},
    {"import", IN_RESOURCE, ARRAY, OF_ALL},
    {"moved_from", IN_RESOURCE, ARRAY, OF_ALL},
    {"callbacks", IN_FILE, OBJECT, OF_ALL},
    {"library", IN_PROVIDER, STRING, OF_ALL},
    {"free", IN_PROVIDER, STRING, OF_ALL},
    {"abi_version", IN_PROVIDER, OBJECT, OF_ALL},
    {"symbol", IN_CALLBACK | IN_ABI_VERSION, STRING, OF_ALL},
    {"arguments", IN_CALLBACK, ARRAY, OF_ALL},
    {"returns", IN_CALLBACK, OBJECT, OF_ALL},
    {"kind", IN_RETURNS, STRING, OF_ALL},
    {"memory", IN_RETURNS, STRING, OF_ALL},
    {"value", IN_LITERAL | IN_ABI_VERSION, ANYTHING, OF_ALL},
    {"provider", IN_MOVED_FROM, STRING, OF_ALL},
    {"attributes", IN_MOVED_FROM, OBJECT, OF_ALL},
};

enum { KEYWORDS = sizeof keywords / sizeof *keywords };

static const struct keyword *find_in(const char *name, unsigned where)
{
    for (size_t i = 0; i < KEYWORDS; i++)
        /* The first letter decides nearly always; schemas are read at every start. */
        if ((keywords[i].where & where) != 0 && keywords[i].name[0] == name[0] &&
            strcmp(keywords[i].name, name) == 0)
            return &keywords[i];
    return NULL;
}

static const struct keyword *find(const char *name)
{
    return find_in(name, UINT_MAX);
}

static bool value_fits(const struct keyword *keyword, struct json_object *value)
{
    switch (json_object_get_type(value)) {
    case json_type_string:
        return (keyword->value & STRING) != 0;
    case json_type_boolean:
        return (keyword->value & BOOLEAN) != 0;
    case json_type_int:
        return (keyword->value & (INTEGER | NUMBER)) != 0;
    case json_type_double:
        return (keyword->value & NUMBER) != 0;
    case json_type_array:
        return (keyword->value & ARRAY) != 0;
    case json_type_object:
        return (keyword->value & OBJECT) != 0;
    default:
        return keyword->value == ANYTHING;
    }
}

/* Writes names with commas between them, "a, b or c"-like lists being hard to scan for 20 names. */
static void say_known(char *text, size_t size, unsigned where)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < KEYWORDS && used < size; i++)
        if ((keywords[i].where & where) != 0)
            used +=
                (size_t)snprintf(text + used, size - used, "%s%s", used > 0 ? ", " : "", keywords[i].name);
}

static void say_value(char *text, size_t size, const struct keyword *keyword)
{
    static const char *const names[] = {"a string", "a boolean", "an integer",
                                        "a number", "an array",  "an object"};
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < sizeof names / sizeof *names && used < size; i++)
        if ((keyword->value & 1u << i) != 0)
            used += (size_t)snprintf(text + used, size - used, "%s%s", used > 0 ? " or " : "", names[i]);
}

void schema_keywords_check(struct reader *reader, const struct place *place, struct json_object *object,
                           unsigned where)
{
    char text[512];
    json_object_object_foreach(object, name, value)
    {
        struct place here = {place, name, 0};
        const struct keyword *keyword = find_in(name, where);
        if (keyword == NULL) {
            say_known(text, sizeof text, where);
            schema_problem(
                reader, &here, find(name) != NULL ? "Keyword in the wrong place" : "Unknown keyword",
                "\"%s\" means nothing here; remove it, or correct its spelling. Known here: %s.", name, text);
        } else if (!value_fits(keyword, value)) {
            say_value(text, sizeof text, keyword);
            schema_problem(reader, &here, "Wrong type of a keyword", "\"%s\" must be %s, not %s.", name, text,
                           json_type_to_name(json_object_get_type(value)));
        }
    }
}

void schema_keywords_check_kind(struct reader *reader, const struct place *place, struct json_object *object,
                                enum type_kind kind)
{
    json_object_object_foreach(object, name, value)
    {
        (void)value;
        struct place here = {place, name, 0};
        const struct keyword *keyword = find_in(name, IN_TYPE);
        if (keyword != NULL && (keyword->kinds & 1u << kind) == 0)
            schema_problem(reader, &here, "Keyword does not fit the type",
                           "\"%s\" says nothing about %s; remove it, or correct \"type\".", name,
                           schema_type_name(kind));
    }
}

struct json_object *schema_keyword(struct json_object *object, const char *name)
{
    struct json_object *value = NULL;
    if (!json_object_object_get_ex(object, name, &value))
        return NULL;
    const struct keyword *keyword = find(name);
    return keyword != NULL && value_fits(keyword, value) ? value : NULL;
}

bool schema_keyword_true(struct json_object *object, const char *name)
{
    return json_object_get_boolean(schema_keyword(object, name)) != 0;
}

char *schema_keyword_text(struct reader *reader, struct json_object *object, const char *name)
{
    return pool_text(reader->pool, json_object_get_string(schema_keyword(object, name)));
}
