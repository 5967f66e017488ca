/* SPDX-License-Identifier: Apache-2.0
 *
 * set_order.c - the order in which Terraform writes the elements of a set: strings by byte, numbers by value,
 * false before true; what is not known yet behind them, and null last. Other elements go by a text made of
 * all that is in them, as in appendSetHashBytes() of https://github.com/zclconf/go-cty, so that states and
 * plans are the same as Terraform's there too.
 */
#include "type.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

/* An element, and the text that it is sorted by where it is no primitive. */
struct ranked {
    struct json_object *value;
    char *text;
};

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* As Go quotes a string; what Go takes for not printable beyond ASCII is left as it is. */
static void add_string(struct text *text, const char *string)
{
    static const char controls[] = "\a\b\f\n\r\t\v", letters[] = "abfnrtv";
    text_add(text, "\"", 1);
    for (const char *c = string; *c != '\0'; c++) {
        const char *control = strchr(controls, *c);
        if (control != NULL)
            text_add_format(text, "\\%c", letters[control - controls]);
        else if ((unsigned char)*c < ' ' || *c == 0x7F)
            text_add_format(text, "\\x%02x", (unsigned)(unsigned char)*c);
        else if (*c == '"' || *c == '\\')
            text_add_format(text, "\\%c", *c);
        else
            text_add(text, c, 1);
    }
    text_add(text, "\"", 1);
}

static void add_value(struct text *text, struct json_object *value, const struct schema_type *type);

/* The members of an object or map, by name. */
static void add_members(struct text *text, struct json_object *value, const struct schema_type *type)
{
    bool map = type->kind == TYPE_MAP;
    size_t count = 0;
    const char **names = calloc((size_t)json_object_object_length(value) + 1, sizeof *names);
    text->failed = text->failed || names == NULL;
    if (names == NULL)
        return;
    json_object_object_foreach(value, key, unused)
    {
        (void)unused;
        names[count++] = key;
    }
    qsort(names, count, sizeof *names, compare_names);
    text_add(text, map ? "{" : "<", 1);
    for (size_t i = 0; i < count; i++) {
        struct json_object *member = NULL;
        const struct schema_attribute *attribute =
            type->object != NULL ? schema_attribute_find(type->object, names[i]) : NULL;
        json_object_object_get_ex(value, names[i], &member);
        if (map) {
            add_string(text, names[i]);
            text_add(text, ":", 1);
        }
        add_value(text, member, map ? type->element : attribute != NULL ? &attribute->type : &type_any);
        text_add(text, ";", 1);
    }
    text_add(text, map ? "}" : ">", 1);
    free(names);
}

static void add_elements(struct text *text, struct json_object *value, const struct schema_type *type)
{
    bool tuple = type->element == NULL;
    text_add(text, tuple ? "<" : "[", 1);
    for (size_t i = 0; i < json_object_array_length(value); i++) {
        add_value(text, json_object_array_get_idx(value, i), tuple ? &type_any : type->element);
        text_add(text, ";", 1);
    }
    text_add(text, tuple ? ">" : "]", 1);
}

static void add_value(struct text *text, struct json_object *value, const struct schema_type *type)
{
    switch (json_object_get_type(value)) {
    case json_type_null:
        text_add(text, "~", 1);
        break;
    case json_type_boolean:
        text_add(text, json_object_get_boolean(value) ? "T" : "F", 1);
        break;
    case json_type_int:
    case json_type_double:
        text_add_format(text, "%.10g", json_object_get_double(value));
        break;
    case json_type_string:
        add_string(text, json_object_get_string(value));
        break;
    case json_type_array:
        add_elements(text, value, type);
        break;
    case json_type_object:
        if (value_is_unknown(value))
            text_add(text, "?", 1);
        else
            add_members(text, value, type);
        break;
    }
}

/* Known, not known yet, null. */
static int rank(const struct json_object *value)
{
    return value == NULL ? 2 : value_is_unknown(value);
}

static int compare(const void *left, const void *right)
{
    const struct ranked *a = left, *b = right;
    int order = rank(a->value) - rank(b->value);
    if (order != 0 || rank(a->value) > 0)
        return order;
    if (a->text != NULL && b->text != NULL)
        return strcmp(a->text, b->text);
    if (type_is_number(a->value) && type_is_number(b->value)) {
        double x = json_object_get_double(a->value), y = json_object_get_double(b->value);
        return (x > y) - (x < y);
    }
    if (json_object_is_type(a->value, json_type_boolean))
        return json_object_get_boolean(a->value) - json_object_get_boolean(b->value);
    return strcmp(json_object_get_string(a->value), json_object_get_string(b->value));
}

static bool is_composed(const struct json_object *value)
{
    return json_object_is_type(value, json_type_array) || json_object_is_type(value, json_type_object);
}

bool set_sort(struct json_object *array, const struct schema_type *element)
{
    size_t count = json_object_array_length(array);
    bool ok = true;
    struct ranked *all = calloc(count + 1, sizeof *all);
    for (size_t i = 0; all != NULL && ok && i < count; i++) {
        struct text text = {0};
        all[i].value = json_object_get(json_object_array_get_idx(array, i));
        if (rank(all[i].value) == 0 && is_composed(all[i].value)) {
            add_value(&text, all[i].value, element);
            all[i].text = text_take(&text);
            ok = all[i].text != NULL;
        }
    }
    ok = all != NULL && ok;
    if (ok)
        qsort(all, count, sizeof *all, compare);
    for (size_t i = 0; all != NULL && i < count; i++) {
        /* The place is there already, so nothing is allocated. */
        if (!ok || json_object_array_put_idx(array, i, all[i].value) != 0)
            json_object_put(all[i].value);
        free(all[i].text);
    }
    free(all);
    return ok;
}
