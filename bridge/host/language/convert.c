/* SPDX-License-Identifier: Apache-2.0
 *
 * convert.c - a value put into the form of another type, as the language does it wherever a type is wanted.
 */
#include "type.h"

#include "../../place.h"
#include "number.h"
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How much of a wrong string is quoted. */
enum { QUOTE_MAX = 60 };

struct conversion {
    unsigned flags;
    char **pointer, **problem;
};

/* Says what is wrong at a place. */
static bool refuse(struct conversion *conversion, const struct place *place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool refuse(struct conversion *conversion, const struct place *place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    *conversion->pointer = place_pointer(place);
    if (vasprintf(conversion->problem, format, arguments) < 0 || *conversion->pointer == NULL) {
        free(*conversion->pointer);
        *conversion->pointer = *conversion->problem = NULL;
    }
    va_end(arguments);
    return false;
}

static const char *wanted_noun(enum type_kind kind)
{
    /* Whether a number is whole the schema's own check tells. */
    return schema_type_name(kind == TYPE_INTEGER ? TYPE_NUMBER : kind);
}

static bool refuse_kind(struct conversion *conversion, const struct place *place,
                        const struct schema_type *type, const struct typed *in)
{
    const char *text = json_object_is_type(in->value, json_type_string) ? value_string(in->value) : NULL;
    const char *advice = type->kind == TYPE_LIST || type->kind == TYPE_SET ? "; put it into [ ]" : "";
    if (text == NULL || type->kind > TYPE_BOOLEAN)
        return refuse(conversion, place, "%s is required, but this is %s%s", wanted_noun(type->kind),
                      type_noun(in->type, in->value), advice);
    if (marks_any(in->marks))
        return refuse(conversion, place, "%s is required, but this sensitive string is none",
                      wanted_noun(type->kind));
    size_t length = strlen(text), shown = length;
    if (length > QUOTE_MAX)
        for (shown = QUOTE_MAX; shown > 0 && ((unsigned char)text[shown] & 0xC0) == 0x80;)
            shown--;
    return refuse(conversion, place, "%s is required, but \"%.*s%s\" is none", wanted_noun(type->kind),
                  (int)shown, text, shown < length ? "…" : "");
}

/* NULL where the value is of another kind, or without memory. */
static struct json_object *convert_primitive(struct json_object *value, enum type_kind kind)
{
    const char *text = json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
    bool boolean = json_object_is_type(value, json_type_boolean);
    switch (kind) {
    case TYPE_STRING:
        return text != NULL || boolean || type_is_number(value) ? primitive_text(value) : NULL;
    case TYPE_INTEGER:
    case TYPE_NUMBER:
        if (type_is_number(value))
            return json_object_get(value);
        return text != NULL ? number_parse(text, (size_t)json_object_get_string_len(value)) : NULL;
    default:
        if (boolean)
            return json_object_get(value);
        if (text == NULL)
            return NULL;
        if (strcmp(text, "true") == 0 || strcmp(text, "1") == 0)
            return json_object_new_boolean(true);
        return strcmp(text, "false") == 0 || strcmp(text, "0") == 0 ? json_object_new_boolean(false) : NULL;
    }
}

static bool convert(struct conversion *conversion, const struct place *place, const struct typed *in,
                    const struct schema_type *type, struct typed *out);

/* Elements once each, in the one order that a set has. */
static bool finish_set(struct typed *out, const struct schema_type *type)
{
    if (!value_set_reduce(out->value, type->element) || !set_sort(out->value, type->element))
        return false;
    if (out->marks == NULL || json_object_is_type(out->marks, json_type_boolean))
        return true;
    json_object_put(out->marks);
    out->marks = marks_all();
    return out->marks != NULL;
}

/* Gives all elements one type where the wanted one leaves it open, and *out its type. `element` is what they
 * have in common so far, and is taken over. */
static bool finish_collection(struct conversion *conversion, const struct place *place,
                              const struct schema_type *type, const char *kind, struct json_object *element,
                              bool uniform, struct typed *out)
{
    bool ok = true;
    if (conversion->flags & CONVERT_UNTYPED)
        return true;
    if (!type_has_any(type)) {
        json_object_put(element);
        out->type = type_of_schema(type);
        return out->type != NULL;
    }
    if (!uniform) {
        json_object_put(element);
        return refuse(conversion, place, "all elements must be of one type");
    }
    struct json_object *whole = type_of(kind, element != NULL ? element : type_named("dynamic"));
    struct json_object *value = whole != NULL ? type_apply(out->value, whole, &ok) : NULL;
    out->type = whole;
    if (value == NULL || !ok) {
        json_object_put(value);
        return false;
    }
    json_object_put(out->value);
    out->value = value;
    return true;
}

/* Notes the type of one element. */
static bool note_type(struct json_object **element, bool *uniform, struct json_object *type)
{
    bool ok = true;
    if (!*uniform || type == NULL)
        return true;
    struct json_object *both = type_unify(*element, type, &ok);
    *uniform = both != NULL || !ok;
    json_object_put(*element);
    *element = both;
    return ok;
}

static bool convert_list(struct conversion *conversion, const struct place *place, const struct typed *in,
                         const struct schema_type *type, struct typed *out)
{
    size_t count = json_object_array_length(in->value);
    struct json_object *element_type = NULL;
    bool uniform = true, ok = (out->value = json_object_new_array()) != NULL;
    for (size_t i = 0; ok && i < count; i++) {
        struct place here = {place, NULL, i};
        struct typed element = {json_object_array_get_idx(in->value, i), type_element(in->type, i),
                                marks_element(in->marks, i)};
        struct typed converted = {0};
        ok = convert(conversion, &here, &element, type->element, &converted) &&
             note_type(&element_type, &uniform, converted.type) &&
             marks_put_element(&out->marks, i, converted.marks);
        if (ok && json_object_array_add(out->value, json_object_get(converted.value)) != 0) {
            json_object_put(converted.value);
            ok = false;
        }
        typed_clear(&converted);
    }
    const char *kind = type->kind == TYPE_SET ? "set" : "list";
    if (!ok) {
        json_object_put(element_type);
        return false;
    }
    return finish_collection(conversion, place, type, kind, element_type, uniform, out) &&
           (type->kind != TYPE_SET || finish_set(out, type));
}

/* Adds a share of a value. */
static bool add_shared(struct json_object *object, const char *key, struct json_object *value)
{
    if (json_object_object_add(object, key, json_object_get(value)) == 0)
        return true;
    json_object_put(value);
    return false;
}

static bool convert_map(struct conversion *conversion, const struct place *place, const struct typed *in,
                        const struct schema_type *type, struct typed *out)
{
    struct json_object *element_type = NULL;
    bool uniform = true, ok = (out->value = json_object_new_object()) != NULL;
    json_object_object_foreach(in->value, key, member)
    {
        struct place here = {place, key, 0};
        struct typed element = {member, type_member(in->type, key), marks_member(in->marks, key)};
        struct typed converted = {0};
        ok = ok && convert(conversion, &here, &element, type->element, &converted) &&
             note_type(&element_type, &uniform, converted.type) &&
             marks_put_member(&out->marks, key, converted.marks) &&
             add_shared(out->value, key, converted.value);
        typed_clear(&converted);
    }
    if (!ok) {
        json_object_put(element_type);
        return false;
    }
    return finish_collection(conversion, place, type, "map", element_type, uniform, out);
}

static bool convert_member(struct conversion *conversion, const struct place *place, const struct typed *in,
                           const struct schema_attribute *attribute, struct typed *out)
{
    struct place here = {place, attribute->name, 0};
    struct typed member = {0}, given = {0};
    bool ok = true;
    bool present = json_object_object_get_ex(in->value, attribute->name, &given.value);
    given.type = type_member(in->type, attribute->name);
    given.marks = marks_member(in->marks, attribute->name);
    if (!present && attribute->required && (conversion->flags & CONVERT_REQUIRED))
        return refuse(conversion, place, "attribute \"%s\" is required", attribute->name);
    if (given.value == NULL && attribute->has_default && (conversion->flags & CONVERT_DEFAULTS)) {
        struct typed standard = {.value = value_copy(attribute->default_value, &ok)};
        ok = ok && convert(conversion, &here, &standard, &attribute->type, &member);
        typed_clear(&standard);
    } else {
        ok = convert(conversion, &here, &given, &attribute->type, &member);
    }
    ok = ok && marks_put_member(&out->marks, attribute->name, member.marks) &&
         add_shared(out->value, attribute->name, member.value);
    if (ok && out->type != NULL) /* the inner part of it, so far */
        ok = add_shared(out->type, attribute->name, member.type);
    typed_clear(&member);
    return ok;
}

static bool convert_object(struct conversion *conversion, const struct place *place, const struct typed *in,
                           const struct schema_object *object, struct typed *out)
{
    bool typed = !(conversion->flags & CONVERT_UNTYPED);
    out->value = json_object_new_object();
    out->type = typed ? json_object_new_object() : NULL;
    bool ok = out->value != NULL && (!typed || out->type != NULL);
    for (size_t i = 0; ok && i < object->count; i++)
        ok = convert_member(conversion, place, in, &object->attributes[i], out);
    if (typed && out->type != NULL) {
        out->type = type_of("object", out->type);
        ok = ok && out->type != NULL;
    }
    return ok;
}

/* "any": the value as it is. */
static bool keep(struct conversion *conversion, const struct typed *in, struct typed *out)
{
    out->value = json_object_get(in->value);
    if (conversion->flags & CONVERT_UNTYPED)
        return true;
    out->type = in->type != NULL ? json_object_get(in->type) : type_of_literal(in->value);
    return out->type != NULL;
}

/* Whether a value of a type may turn out to fit, though it is not known yet. */
static bool may_fit(const struct json_object *from, const struct schema_type *type)
{
    if (type_is(from, "dynamic"))
        return true;
    if (type->kind <= TYPE_BOOLEAN)
        return type_is_primitive(from) && (type->kind == TYPE_STRING || type_is(from, "string") ||
                                           type_is(from, "bool") == (type->kind == TYPE_BOOLEAN));
    if (type->kind == TYPE_LIST || type->kind == TYPE_SET)
        return type_is(from, "list") || type_is(from, "set") || type_is(from, "tuple");
    return type_is(from, "map") || type_is(from, "object");
}

/* Null and unknown: of the wanted type, and nothing else about them. */
static bool pass(struct conversion *conversion, const struct place *place, const struct typed *in,
                 const struct schema_type *type, struct typed *out)
{
    if (in->value != NULL && !may_fit(in->type, type))
        return refuse_kind(conversion, place, type, in);
    out->value = json_object_get(in->value);
    if (conversion->flags & CONVERT_UNTYPED)
        return true;
    out->type = type_of_schema(type);
    return out->type != NULL;
}

static bool convert_known(struct conversion *conversion, const struct place *place, const struct typed *in,
                          const struct schema_type *type, struct typed *out)
{
    bool array = json_object_is_type(in->value, json_type_array);
    bool object = json_object_is_type(in->value, json_type_object);
    switch (type->kind) {
    case TYPE_LIST:
    case TYPE_SET:
        return array ? convert_list(conversion, place, in, type, out)
                     : refuse_kind(conversion, place, type, in);
    case TYPE_MAP:
        return object ? convert_map(conversion, place, in, type, out)
                      : refuse_kind(conversion, place, type, in);
    case TYPE_OBJECT:
        return object ? convert_object(conversion, place, in, type->object, out)
                      : refuse_kind(conversion, place, type, in);
    default:
        out->value = convert_primitive(in->value, type->kind);
        if (out->value == NULL)
            return refuse_kind(conversion, place, type, in);
        if (!(conversion->flags & CONVERT_UNTYPED))
            out->type = type_of_schema(type);
        return (conversion->flags & CONVERT_UNTYPED) || out->type != NULL;
    }
}

/* *out is zeroed, and cleared by the caller also after an error. */
static bool convert(struct conversion *conversion, const struct place *place, const struct typed *in,
                    const struct schema_type *type, struct typed *out)
{
    bool any = type->kind == TYPE_OBJECT && type->object == NULL;
    bool ok = any ? keep(conversion, in, out)
              : in->value == NULL || value_is_unknown(in->value)
                  ? pass(conversion, place, in, type, out)
                  : convert_known(conversion, place, in, type, out);
    /* Marks of members went along with them. */
    bool members = type->kind >= TYPE_LIST && !any && in->value != NULL && !value_is_unknown(in->value) &&
                   !json_object_is_type(in->marks, json_type_boolean);
    if (ok && !members && marks_any(in->marks)) {
        json_object_put(out->marks);
        out->marks = json_object_get(in->marks);
    }
    return ok;
}

bool type_convert(const struct typed *in, const struct schema_type *type, unsigned flags, struct typed *out,
                  char **pointer, char **problem)
{
    struct conversion conversion = {flags, pointer, problem};
    *pointer = *problem = NULL;
    *out = (struct typed){0};
    if (convert(&conversion, &(struct place){0}, in, type, out))
        return true;
    typed_clear(out);
    return false;
}

bool typed_convert(const struct typed *in, const struct schema_type *type, struct typed *out, char **pointer,
                   char **problem)
{
    return type_convert(in, type, CONVERT_DEFAULTS, out, pointer, problem);
}
