/* SPDX-License-Identifier: Apache-2.0
 *
 * schema_validate.c - values held against their schema: a user's configuration in full, what
 * comes from elsewhere (a plugin, an old state) in kind only.
 */
#include "schema_internal.h"

#include "ctype.h"
#include "utf8.h"
#include "value.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <math.h>
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* How much of a wrong value is quoted. */
enum { QUOTE_MAX = 80 };

/* One check of one attribute's value. */
struct check {
    const struct schema_attribute *attribute;
    struct diagnostics *diags;
    bool ok;
    bool sensitive; /* the attribute, or one around the value */
};

const char *schema_type_name(enum type_kind kind)
{
    static const char *const names[] = {"a string", "a whole number", "a number", "a boolean",
                                        "a list",   "a set",          "a map",    "an object"};
    return names[kind];
}

bool schema_kind_fits(enum type_kind kind, const struct json_object *value)
{
    bool negative = false;
    uint64_t magnitude = 0;
    bool number = json_object_is_type(value, json_type_int) || json_object_is_type(value, json_type_double);
    switch (kind) {
    case TYPE_STRING:
        return json_object_is_type(value, json_type_string);
    case TYPE_INTEGER:
        return number && value_whole(value, &negative, &magnitude) != WHOLE_FRACTION;
    case TYPE_NUMBER:
        return number;
    case TYPE_BOOLEAN:
        return json_object_is_type(value, json_type_boolean);
    case TYPE_LIST:
    case TYPE_SET:
        return json_object_is_type(value, json_type_array);
    case TYPE_MAP:
    case TYPE_OBJECT:
        return json_object_is_type(value, json_type_object);
    }
    return false;
}

/* Whether a compiled pattern matches; *ok turns false where it took too long or memory ran out. */
static bool pattern_matches(const struct schema_type *type, const char *text, size_t length, bool *ok)
{
    pcre2_match_data *match = pcre2_match_data_create(1, NULL);
    int result = PCRE2_ERROR_NOMEMORY;
    if (match != NULL)
        result = pcre2_match(type->pattern_code, (PCRE2_SPTR)text, length, 0, 0, match, NULL);
    pcre2_match_data_free(match);
    *ok = result >= 0 || result == PCRE2_ERROR_NOMATCH;
    return result >= 0;
}

/* Adds an error about the value at a place. */
static void refuse(struct check *check, const struct place *place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void refuse(struct check *check, const struct place *place, const char *format, ...)
{
    char *pointer = place_pointer(place), *text = NULL;
    va_list arguments;
    check->ok = false;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        text = NULL;
    va_end(arguments);
    if (pointer == NULL || text == NULL)
        diagnostics_no_memory(check->diags);
    else
        diagnostics_error(check->diags, pointer, "Invalid value", "\"%s\" %s", pointer + (pointer[0] == '/'),
                          text);
    free(pointer);
    free(text);
}

/* ": \"…\" is not." for a message, shortened where it is long; nothing about sensitive values. */
struct quote {
    char text[QUOTE_MAX + 24];
};

static struct quote quote(const struct check *check, const struct json_object *value)
{
    struct quote quoted = {""};
    if (check->sensitive || !json_object_is_type(value, json_type_string))
        return quoted;
    const char *text = value_string(value);
    size_t length = strlen(text), shown = length;
    if (length > QUOTE_MAX)
        for (shown = QUOTE_MAX; shown > 0 && ((unsigned char)text[shown] & 0xC0) == 0x80;)
            shown--;
    snprintf(quoted.text, sizeof quoted.text, " It is \"%.*s%s\".", (int)shown, text,
             shown < length ? "…" : "");
    return quoted;
}

static void check_allowed(struct check *check, const struct place *place, const struct schema_type *type,
                          const struct json_object *value)
{
    char list[512] = "";
    size_t used = 0, count = json_object_array_length(type->allowed);
    for (size_t i = 0; i < count; i++)
        if (value_equal(value, json_object_array_get_idx(type->allowed, i), type))
            return;
    if (type->kind == TYPE_STRING && !check->sensitive) {
        const char *spelling = schema_enum_spelling(type, value_string(value));
        if (spelling != NULL) {
            refuse(check, place, "must be written \"%s\".", spelling);
            return;
        }
    }
    for (size_t i = 0; i < count && used < sizeof list; i++) {
        /* Shared with other threads: printed from a copy. */
        struct json_object *copy = value_copy(json_object_array_get_idx(type->allowed, i), NULL);
        used += (size_t)snprintf(
            list + used, sizeof list - used, "%s%s",
            i == 0          ? ""
            : i + 1 < count ? ", "
                            : " or ",
            json_object_to_json_string_ext(copy, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
        json_object_put(copy);
    }
    refuse(check, place, "must be %s.%s", list, quote(check, value).text);
}

const char *schema_enum_spelling(const struct schema_type *type, const char *text)
{
    for (size_t i = 0; type->allowed != NULL && i < json_object_array_length(type->allowed); i++) {
        struct json_object *value = json_object_array_get_idx(type->allowed, i);
        if (json_object_is_type(value, json_type_string) &&
            strcasecmp(json_object_get_string(value), text) == 0)
            return json_object_get_string(value);
    }
    return NULL;
}

static void check_length(struct check *check, const struct place *place, const struct schema_type *type,
                         size_t length, const char *unit)
{
    if (type->min_length >= 0 && length < (uint64_t)type->min_length)
        refuse(check, place, "must have at least %lld %s, and has %zu.", (long long)type->min_length, unit,
               length);
    if (type->max_length >= 0 && length > (uint64_t)type->max_length)
        refuse(check, place, "must have at most %lld %s, and has %zu.", (long long)type->max_length, unit,
               length);
}

static void check_string(struct check *check, const struct place *place, const struct schema_type *type,
                         struct json_object *value)
{
    const char *text = json_object_get_string(value);
    size_t length = (size_t)json_object_get_string_len(value);
    bool ok = true;
    if (strlen(text) != length) {
        refuse(check, place, "holds a NUL character at byte %zu; remove it.", strlen(text));
        return;
    }
    size_t valid = utf8_valid_prefix(text, length);
    if (valid != length) {
        refuse(check, place, "is not UTF-8: byte %zu is wrong.", valid);
        return;
    }
    check_length(check, place, type, utf8_characters(text, length), "characters");
    if (type->pattern_code != NULL && !pattern_matches(type, text, length, &ok))
        refuse(check, place,
               ok ? "must match the pattern %s.%s"
                  : "could not be matched with the pattern %s; shorten it.%s",
               type->pattern, ok ? quote(check, value).text : "");
}

static void check_number(struct check *check, const struct place *place, const struct schema_type *type,
                         struct json_object *value)
{
    double number = json_object_get_double(value);
    union c_value trial = {0};
    char *problem = NULL;
    /* The attribute's own C type; further down numbers are JSON text, and an int64_t or a double at most. */
    const struct c_type *row = type == &check->attribute->type
                                   ? c_type_select(check->attribute->c, type, false)
                                   : c_type_default(type);
    if (row != NULL && !c_value_from_json(row, type, value, &trial, &problem))
        refuse(check, place, "can't be passed on: %s.", problem != NULL ? problem : "no memory");
    free(problem);
    if (type->has_minimum && (type->exclusive_minimum ? number <= type->minimum : number < type->minimum))
        refuse(check, place, "must be %s %.15g.", type->exclusive_minimum ? "above" : "at least",
               type->minimum);
    if (type->has_maximum && (type->exclusive_maximum ? number >= type->maximum : number > type->maximum))
        refuse(check, place, "must be %s %.15g.", type->exclusive_maximum ? "below" : "at most",
               type->maximum);
}

static void check_value(struct check *check, const struct place *place, const struct schema_type *type,
                        struct json_object *value);

static void check_elements(struct check *check, const struct place *place, const struct schema_type *type,
                           struct json_object *array)
{
    size_t count = json_object_array_length(array), first = 0, second = 0;
    bool ok = true;
    check_length(check, place, type, count, "elements");
    for (size_t i = 0; i < count; i++) {
        struct place here = {place, NULL, i};
        struct json_object *element = json_object_array_get_idx(array, i);
        if (element == NULL)
            refuse(check, &here, "is null; leave it out, or give it a value.");
        else
            check_value(check, &here, type->element, element);
    }
    if (type->kind == TYPE_SET && value_set_duplicate(array, type->element, &first, &second, &ok)) {
        struct place here = {place, NULL, second};
        refuse(check, &here, "is in the set already, as element %zu; remove one.", first);
    }
    if (!ok) {
        check->ok = false;
        diagnostics_no_memory(check->diags);
    }
}

static void check_map(struct check *check, const struct place *place, const struct schema_type *type,
                      struct json_object *map)
{
    check_length(check, place, type, (size_t)json_object_object_length(map), "elements");
    json_object_object_foreach(map, key, element)
    {
        struct place here = {place, key, 0};
        if (element == NULL)
            refuse(check, &here, "is null; leave it out, or give it a value.");
        else
            check_value(check, &here, type->element, element);
    }
}

static void check_members(struct check *check, const struct place *place, const struct schema_object *object,
                          struct json_object *value)
{
    bool outer_sensitive = check->sensitive;
    for (size_t i = 0; i < object->count; i++) {
        const struct schema_attribute *attribute = &object->attributes[i];
        struct place here = {place, attribute->name, 0};
        struct json_object *member = NULL;
        json_object_object_get_ex(value, attribute->name, &member);
        check->sensitive = outer_sensitive || attribute->sensitive;
        if (member == NULL && attribute->required)
            refuse(check, &here, "is required: give it a value.");
        else if (member != NULL)
            check_value(check, &here, &attribute->type, member);
        check->sensitive = outer_sensitive;
    }
    json_object_object_foreach(value, key, member)
    {
        struct place here = {place, key, 0};
        if (member != NULL && schema_attribute_find(object, key) == NULL)
            refuse(check, &here, "does not exist here; remove it, or correct its spelling.");
    }
}

/* Checks a value that is not null. */
static void check_value(struct check *check, const struct place *place, const struct schema_type *type,
                        struct json_object *value)
{
    if (value_is_unknown(value))
        return;
    if (!schema_kind_fits(type->kind, value)) {
        refuse(check, place, "must be %s.", schema_type_name(type->kind));
        return;
    }
    switch (type->kind) {
    case TYPE_STRING:
        check_string(check, place, type, value);
        break;
    case TYPE_INTEGER:
    case TYPE_NUMBER:
        check_number(check, place, type, value);
        break;
    case TYPE_BOOLEAN:
        break;
    case TYPE_LIST:
    case TYPE_SET:
        check_elements(check, place, type, value);
        break;
    case TYPE_MAP:
        check_map(check, place, type, value);
        break;
    case TYPE_OBJECT:
        check_members(check, place, type->object, value);
        break;
    }
    if (type->allowed != NULL)
        check_allowed(check, place, type, value);
}

bool schema_validate_value(const struct schema_attribute *attribute, struct json_object *value,
                           const char *pointer, struct diagnostics *diags)
{
    struct check check = {attribute, diags, true, attribute->sensitive};
    struct place root = {NULL, pointer, 0};
    if (value != NULL)
        check_value(&check, &root, &attribute->type, value);
    return check.ok;
}

static void validate_attribute(const struct schema_attribute *attribute, struct json_object *value,
                               struct diagnostics *diags)
{
    char *pointer = NULL;
    if (attribute->read_only && value != NULL) {
        diagnostics_error(diags, attribute->name, "Read-only attribute",
                          "\"%s\" is found out by the provider and can't be set; remove it.",
                          attribute->name);
        return;
    }
    if (value == NULL) {
        if (attribute->required)
            diagnostics_error(diags, attribute->name, "Missing required attribute",
                              "\"%s\" is required: give it a value.", attribute->name);
        return;
    }
    if (attribute->deprecated)
        diagnostics_warning(diags, attribute->name, "Deprecated attribute", "\"%s\" is deprecated. %s",
                            attribute->name, attribute->description);
    if (asprintf(&pointer, "/%s", attribute->name) < 0) {
        diagnostics_no_memory(diags);
        return;
    }
    schema_validate_value(attribute, value, pointer, diags);
    free(pointer);
}

void schema_validate(const struct schema *schema, struct json_object *config, struct diagnostics *diags)
{
    if (config != NULL && !json_object_is_type(config, json_type_object)) {
        diagnostics_error(diags, NULL, "Not an object", "The configuration of %s must be an object.",
                          schema->name);
        return;
    }
    for (size_t i = 0; i < schema->object.count; i++) {
        struct json_object *value = NULL;
        json_object_object_get_ex(config, schema->object.attributes[i].name, &value);
        validate_attribute(&schema->object.attributes[i], value, diags);
    }
    if (config == NULL)
        return;
    json_object_object_foreach(config, key, member)
    {
        struct place root = {0}, here = {&root, key, 0};
        char *pointer = NULL;
        if (member == NULL || schema_attribute_find(&schema->object, key) != NULL)
            continue;
        pointer = place_pointer(&here);
        diagnostics_error(diags, pointer, "Unknown attribute",
                          "%s has no attribute \"%s\"; remove it, or correct its spelling.", schema->name,
                          key);
        free(pointer);
    }
}
