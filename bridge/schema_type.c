/* SPDX-License-Identifier: Apache-2.0
 *
 * schema_type.c - attributes and their types, from JSON to structs. What a whole file says is
 * schema_read.c's part.
 */
#include "schema_internal.h"

#include "ctype.h"
#include "value.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

bool schema_name_valid(const char *text)
{
    return text[0] != '\0' && (text[0] < '0' || text[0] > '9') &&
           text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

static bool type_read(struct reader *reader, const struct place *place, struct json_object *json,
                      unsigned where, struct schema_type *type);

static void release_pattern(void *code)
{
    pcre2_code_free(code);
}

/* "type", and what else decides the kind. False after a problem. */
static bool kind_read(struct reader *reader, const struct place *place, struct json_object *json,
                      enum type_kind *kind)
{
    static const struct {
        const char *name;
        enum type_kind kind;
    } kinds[] = {{"string", TYPE_STRING},   {"integer", TYPE_INTEGER}, {"number", TYPE_NUMBER},
                 {"boolean", TYPE_BOOLEAN}, {"array", TYPE_LIST},      {"object", TYPE_OBJECT}};
    struct place here = {place, "type", 0};
    const char *name = json_object_get_string(schema_keyword(json, "type"));
    if (name == NULL) {
        if (!json_object_object_get_ex(json, "type", NULL))
            schema_problem(reader, place, "Missing keyword",
                           "\"type\" is missing: string, integer, number, boolean, array or object.");
        return false;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, name) == 0) {
            *kind = kinds[i].kind;
            if (*kind == TYPE_LIST && schema_keyword_true(json, "uniqueItems"))
                *kind = TYPE_SET;
            if (*kind == TYPE_OBJECT &&
                json_object_is_type(schema_keyword(json, "additionalProperties"), json_type_object))
                *kind = TYPE_MAP;
            return true;
        }
    schema_problem(reader, &here, "Unknown type",
                   "There is no type \"%s\": use string, integer, number, boolean, array or object.", name);
    return false;
}

/* "minLength" and its like: one pair each for strings, arrays and maps. */
static void lengths_read(struct reader *reader, const struct place *place, struct json_object *json,
                         struct schema_type *type)
{
    const char *names[2] = {"minLength", "maxLength"};
    int64_t *targets[2] = {&type->min_length, &type->max_length};
    if (type->kind == TYPE_LIST || type->kind == TYPE_SET) {
        names[0] = "minItems";
        names[1] = "maxItems";
    } else if (type->kind == TYPE_MAP) {
        names[0] = "minProperties";
        names[1] = "maxProperties";
    }
    for (int i = 0; i < 2; i++) {
        struct place here = {place, names[i], 0};
        struct json_object *value = schema_keyword(json, names[i]);
        *targets[i] = value != NULL ? json_object_get_int64(value) : -1;
        if (value != NULL && *targets[i] < 0)
            schema_problem(reader, &here, "Negative length", "\"%s\" must be 0 or more.", names[i]);
    }
    if (type->max_length >= 0 && type->min_length > type->max_length)
        schema_problem(reader, place, "Bounds cross", "\"%s\" is larger than \"%s\": no value could fit.",
                       names[0], names[1]);
}

/* One side of the bounds: "minimum" or "exclusiveMinimum". */
static void bound_read(struct reader *reader, const struct place *place, struct json_object *json,
                       const char *inclusive, const char *exclusive, bool *has, bool *is_exclusive,
                       double *bound)
{
    struct json_object *including = schema_keyword(json, inclusive),
                       *excluding = schema_keyword(json, exclusive);
    if (including != NULL && excluding != NULL)
        schema_problem(reader, place, "Two bounds", "Give \"%s\" or \"%s\", not both.", inclusive, exclusive);
    *has = including != NULL || excluding != NULL;
    *is_exclusive = excluding != NULL;
    *bound = json_object_get_double(excluding != NULL ? excluding : including);
}

static void bounds_read(struct reader *reader, const struct place *place, struct json_object *json,
                        struct schema_type *type)
{
    bound_read(reader, place, json, "minimum", "exclusiveMinimum", &type->has_minimum,
               &type->exclusive_minimum, &type->minimum);
    bound_read(reader, place, json, "maximum", "exclusiveMaximum", &type->has_maximum,
               &type->exclusive_maximum, &type->maximum);
    if (type->has_minimum && type->has_maximum &&
        (type->minimum > type->maximum ||
         (type->minimum == type->maximum && (type->exclusive_minimum || type->exclusive_maximum))))
        schema_problem(reader, place, "Bounds cross",
                       "The minimum is above the maximum: no value could fit.");
}

static void pattern_read(struct reader *reader, const struct place *place, struct json_object *json,
                         struct schema_type *type)
{
    struct place here = {place, "pattern", 0};
    int error = 0;
    PCRE2_SIZE offset = 0;
    type->pattern = schema_keyword_text(reader, json, "pattern");
    if (type->pattern == NULL)
        return;
    /* As in JSON Schema (ECMA 262): `$` is the very end, \uXXXX is a character. */
    type->pattern_code = pcre2_compile((PCRE2_SPTR)type->pattern, PCRE2_ZERO_TERMINATED,
                                       PCRE2_UTF | PCRE2_NO_UTF_CHECK | PCRE2_DOLLAR_ENDONLY |
                                           PCRE2_ALT_BSUX | PCRE2_NEVER_BACKSLASH_C,
                                       &error, &offset, NULL);
    if (type->pattern_code == NULL) {
        char message[128] = "";
        pcre2_get_error_message(error, (PCRE2_UCHAR *)message, sizeof message);
        schema_problem(reader, &here, "Broken pattern", "At character %zu of the regular expression: %s.",
                       (size_t)offset + 1, message);
    } else if (!pool_keep(reader->pool, type->pattern_code, release_pattern)) {
        type->pattern_code = NULL;
    }
}

/* "enum" and "const": values of the type's own kind, none of them twice. */
static void allowed_read(struct reader *reader, const struct place *place, struct json_object *json,
                         struct schema_type *type)
{
    struct json_object *list = schema_keyword(json, "enum"), *one = schema_keyword(json, "const");
    struct place here = {place, list != NULL ? "enum" : "const", 0};
    if (list == NULL && one == NULL)
        return;
    if (list != NULL && one != NULL)
        schema_problem(reader, place, "Two lists of values", "Give \"enum\" or \"const\", not both.");
    struct json_object *allowed = list != NULL ? json_object_get(list) : json_object_new_array_ext(1);
    if (allowed == NULL || (list == NULL && json_object_array_add(allowed, json_object_get(one)) != 0)) {
        if (allowed != NULL)
            json_object_put(one);
        json_object_put(allowed);
        reader->pool->failed = true;
        return;
    }
    if (!schema_keep(reader, allowed))
        return;
    if (json_object_array_length(allowed) > 0)
        type->allowed = allowed;
    else
        schema_problem(reader, &here, "Empty enum", "No value could fit; list at least one.");
    for (size_t i = 0; i < json_object_array_length(allowed); i++) {
        struct place element = {&here, NULL, i};
        struct json_object *value = json_object_array_get_idx(allowed, i);
        if (value == NULL || !schema_kind_fits(type->kind, value))
            schema_problem(reader, list != NULL ? &element : &here, "Value of another type",
                           "Every value must be %s, as \"type\" says.", schema_type_name(type->kind));
        for (size_t j = 0; j < i; j++)
            if (value_equal(value, json_object_array_get_idx(allowed, j), type))
                schema_problem(reader, &element, "Value twice",
                               "This value is in the list already; remove it.");
    }
}

/* What the elements of a list, set or map look like. */
static void element_read(struct reader *reader, const struct place *place, struct json_object *json,
                         struct schema_type *type)
{
    const char *keyword = type->kind == TYPE_MAP ? "additionalProperties" : "items";
    struct place here = {place, keyword, 0};
    struct json_object *element = schema_keyword(json, keyword);
    type->element = pool_alloc(reader->pool, 1, sizeof *type->element);
    if (type->element == NULL)
        return;
    if (element != NULL)
        type_read(reader, &here, element, IN_ELEMENT, type->element);
    else if (!json_object_object_get_ex(json, keyword, NULL))
        schema_problem(
            reader, place, "Missing keyword",
            "\"items\" is missing: say of what type the elements are, such as {\"type\": \"string\"}.");
}

/* False where not even the kind could be read. */
static bool type_read(struct reader *reader, const struct place *place, struct json_object *json,
                      unsigned where, struct schema_type *type)
{
    schema_keywords_check(reader, place, json, where);
    type->min_length = type->max_length = -1;
    if (!kind_read(reader, place, json, &type->kind))
        return false;
    schema_keywords_check_kind(reader, place, json, type->kind);
    switch (type->kind) {
    case TYPE_STRING:
        lengths_read(reader, place, json, type);
        pattern_read(reader, place, json, type);
        break;
    case TYPE_INTEGER:
    case TYPE_NUMBER:
        bounds_read(reader, place, json, type);
        break;
    case TYPE_BOOLEAN:
        break;
    case TYPE_MAP:
        if (json_object_object_get_ex(json, "properties", NULL))
            schema_problem(
                reader, place, "Map or object?",
                "\"properties\" makes an object, a schema in \"additionalProperties\" a map. Remove one.");
        /* fall through */
    case TYPE_LIST:
    case TYPE_SET:
        lengths_read(reader, place, json, type);
        element_read(reader, place, json, type);
        break;
    case TYPE_OBJECT:
        type->object = pool_alloc(reader->pool, 1, sizeof *type->object);
        if (type->object != NULL)
            schema_object_read(reader, place, json, IN_MEMBER, type->object);
        break;
    }
    if (type->kind < TYPE_LIST)
        allowed_read(reader, place, json, type);
    return !reader->pool->failed;
}

/* Keeps the default, and holds it against the schema that it is the default of. */
static void default_read(struct reader *reader, const struct place *place, struct json_object *value,
                         struct schema_attribute *attribute)
{
    struct place here = {place, "default", 0};
    struct diagnostics found = {0};
    if (value == NULL) {
        schema_problem(reader, &here, "Default of null",
                       "An attribute without \"default\" is null already; remove it.");
        return;
    }
    attribute->has_default = schema_keep(reader, json_object_get(value));
    attribute->default_value = attribute->has_default ? value : NULL;
    if (!schema_validate_value(attribute, value, attribute->name, &found))
        for (size_t i = 0; i < found.count; i++)
            schema_problem(reader, &here, "Default breaks its own schema", "%s", found.items[i].detail);
    diagnostics_clear(&found);
}

/* Flags that contradict each other. */
static void flags_check(struct reader *reader, const struct place *place,
                        const struct schema_attribute *attribute)
{
    struct place read_only = {place, "readOnly", 0}, immutable = {place, "immutable", 0},
                 sensitive = {place, "sensitive", 0};
    if (attribute->immutable && reader->schema->kind != SCHEMA_RESOURCE)
        schema_problem(reader, &immutable, "Keyword in the wrong place",
                       "Only a resource can be replaced; remove \"immutable\".");
    if (attribute->sensitive && reader->schema->kind == SCHEMA_FUNCTION)
        schema_problem(reader, &sensitive, "Keyword in the wrong place",
                       "Terraform itself says whether a function's value is sensitive; remove it.");
    if (attribute->read_only && attribute->immutable)
        schema_problem(
            reader, &immutable, "Contradiction",
            "Only the plugin sets a readOnly attribute, so no user's change could replace the resource; "
            "remove \"immutable\".");
    if (attribute->read_only && attribute->required)
        schema_problem(reader, &read_only, "Contradiction",
                       "A required attribute is set by the user, a readOnly one by the plugin; remove one.");
    if (attribute->required && attribute->has_default)
        schema_problem(
            reader, place, "Contradiction",
            "A required attribute is never left out, so its \"default\" is never used; remove one.");
}

static void c_read(struct reader *reader, const struct place *place, struct json_object *json,
                   struct schema_attribute *attribute)
{
    struct place here = {place, "c", 0};
    attribute->c = schema_keyword_text(reader, json, "c");
    if (attribute->c == NULL)
        return;
    if (c_type_find(attribute->c) == NULL)
        schema_problem(reader, &here, "Unknown C type", "There is no C type \"%s\" in the table of types.",
                       attribute->c);
    else if (c_type_select(attribute->c, &attribute->type, false) == NULL)
        schema_problem(reader, &here, "C type does not fit", "%s can't carry %s.", attribute->c,
                       schema_type_name(attribute->type.kind));
    else
        return;
    attribute->c = NULL;
}

/* What Terraform keeps for itself at the top of a block. */
static bool is_reserved(enum schema_kind kind, const char *name)
{
    static const char *const of_resources[] = {"count",     "for_each",    "depends_on", "provider",
                                               "lifecycle", "provisioner", "connection", NULL};
    static const char *const of_providers[] = {"alias",  "version", "count",     "for_each", "depends_on",
                                               "source", "locals",  "lifecycle", NULL};
    const char *const *names = kind == SCHEMA_PROVIDER ? of_providers : of_resources;
    for (; kind != SCHEMA_FUNCTION && *names != NULL; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

static void attribute_read(struct reader *reader, const struct place *place, const char *name,
                           struct json_object *json, unsigned where, struct schema_attribute *attribute)
{
    const char *description = json_object_get_string(schema_keyword(json, "description"));
    attribute->name = pool_text(reader->pool, name);
    attribute->description = pool_text(reader->pool, description != NULL ? description : "");
    if (attribute->name == NULL)
        return;
    if (!schema_name_valid(name))
        schema_problem(
            reader, place, "Bad attribute name",
            "Terraform takes lower-case letters, digits and \"_\", and no digit first; rename \"%s\".", name);
    else if (where == IN_ATTRIBUTE && is_reserved(reader->schema->kind, name))
        schema_problem(reader, place, "Reserved attribute name",
                       "Terraform keeps \"%s\" for itself; rename it.", name);
    if (type_read(reader, place, json, where, &attribute->type)) {
        struct json_object *value = NULL;
        c_read(reader, place, json, attribute);
        if (json_object_object_get_ex(json, "default", &value))
            default_read(reader, place, value, attribute);
    }
    attribute->read_only = schema_keyword_true(json, "readOnly");
    attribute->immutable = schema_keyword_true(json, "immutable");
    attribute->sensitive = schema_keyword_true(json, "sensitive");
    attribute->deprecated = schema_keyword_true(json, "deprecated");
}

static void required_read(struct reader *reader, const struct place *place, struct json_object *json,
                          struct schema_object *object)
{
    struct place here = {place, "required", 0};
    struct json_object *names = schema_keyword(json, "required");
    for (size_t i = 0; names != NULL && i < json_object_array_length(names); i++) {
        struct place element = {&here, NULL, i};
        struct json_object *name = json_object_array_get_idx(names, i);
        const struct schema_attribute *found =
            json_object_is_type(name, json_type_string)
                ? schema_attribute_find(object, json_object_get_string(name))
                : NULL;
        if (found == NULL)
            schema_problem(reader, &element, "Unknown attribute",
                           "\"required\" must name attributes of \"properties\"; %s is none.",
                           json_object_to_json_string(name));
        else if (found->required)
            schema_problem(reader, &element, "Attribute twice", "\"%s\" is required already; remove it.",
                           found->name);
        else
            object->attributes[found - object->attributes].required = true;
    }
}

bool schema_object_read(struct reader *reader, const struct place *place, struct json_object *json,
                        unsigned where, struct schema_object *object)
{
    struct place properties = {place, "properties", 0}, additional = {place, "additionalProperties", 0};
    struct json_object *members = schema_keyword(json, "properties");
    if (json_object_get_boolean(schema_keyword(json, "additionalProperties")))
        schema_problem(
            reader, &additional, "Open object",
            "An object has the attributes of \"properties\" and no other; say false, or give a schema to "
            "make it a map.");
    if (members == NULL) {
        if (!json_object_object_get_ex(json, "properties", NULL))
            schema_problem(reader, place, "Missing keyword",
                           "\"properties\" is missing; {} where there are none.");
        return false;
    }
    object->attributes =
        pool_alloc(reader->pool, (size_t)json_object_object_length(members), sizeof *object->attributes);
    if (object->attributes == NULL)
        return false;
    json_object_object_foreach(members, name, member)
    {
        struct place here = {&properties, name, 0};
        if (json_object_is_type(member, json_type_object))
            attribute_read(reader, &here, name, member, where, &object->attributes[object->count++]);
        else
            schema_problem(reader, &here, "Wrong type of a keyword",
                           "An attribute is described by an object, not %s.",
                           json_type_to_name(json_object_get_type(member)));
        if (reader->pool->failed)
            return false;
    }
    required_read(reader, place, json, object);
    for (size_t i = 0; i < object->count; i++) {
        struct place here = {&properties, object->attributes[i].name, 0};
        flags_check(reader, &here, &object->attributes[i]);
    }
    return true;
}
