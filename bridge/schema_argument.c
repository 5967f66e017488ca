/* SPDX-License-Identifier: Apache-2.0
 *
 * schema_argument.c - the arguments of a callback from JSON to structs: what each is, where it may
 * stand, and of which C type it is. The callback around them is schema_callback.c's part.
 */
#include "schema_internal.h"

#include "ctype.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CREATE = 1 << CALLBACK_CREATE,
    READ = 1 << CALLBACK_READ,
    UPDATE = 1 << CALLBACK_UPDATE,
    DELETE = 1 << CALLBACK_DELETE,
    LIST = 1 << CALLBACK_LIST,
    UPGRADE = 1 << CALLBACK_UPGRADE,
    CALL = 1 << CALLBACK_CALL,
    OPEN = 1 << CALLBACK_OPEN,
    CLOSE = 1 << CALLBACK_CLOSE,
    CANCEL = 1 << CALLBACK_CANCEL,
    CHECK = 1 << SCHEMA_ROLE_CHECK,
    EVERY = (1 << (SCHEMA_ROLE_CHECK + 1)) - 1,
};

/* Arguments that are no attribute: where each may stand, and its C type (of what an out argument points to).
 */
static const struct special {
    const char *text;
    enum argument_kind kind;
    const char *c; /* NULL: JSON text */
    unsigned roles;
    const char *only; /* for the message */
} specials[] = {
    {"$session", ARGUMENT_SESSION, "void *", EVERY & ~OPEN, "every callback but open"},
    {"$report", ARGUMENT_REPORT, "void *", EVERY, "every callback"},
    {"$log", ARGUMENT_LOG, "void *", OPEN, "open"},
    {"$operation", ARGUMENT_OPERATION, "const char *", CHECK, "check"},
    {"$private", ARGUMENT_PRIVATE_IN, "const char *", CREATE | UPDATE | DELETE | CHECK,
     "create, update, delete and check"},
    {"&$private", ARGUMENT_PRIVATE_OUT, "const char *", CHECK, "check"},
    {"&$list", ARGUMENT_LIST_OUT, NULL, LIST, "list"},
    {"$state", ARGUMENT_STATE_IN, NULL, UPGRADE, "upgrade"},
    {"&$state", ARGUMENT_STATE_OUT, NULL, UPGRADE, "upgrade"},
    {"$version", ARGUMENT_VERSION, "int64_t", UPGRADE, "upgrade"},
};

/* Which callbacks have attributes to hand in, to take out, and old ones. */
enum {
    TAKES_IN = CREATE | READ | UPDATE | DELETE | CHECK | CALL | OPEN,
    TAKES_OUT = CREATE | READ | UPDATE | CALL,
    TAKES_PRIOR = UPDATE | CHECK,
};

static void special_read(struct reader *reader, const struct place *place, const char *text, unsigned role,
                         struct schema_argument *argument)
{
    char known[256] = "";
    size_t used = 0;
    for (size_t i = 0; i < sizeof specials / sizeof *specials; i++) {
        const struct special *special = &specials[i];
        if (strcmp(special->text, text) != 0) {
            if ((special->roles & 1u << role) != 0 && used < sizeof known)
                used += (size_t)snprintf(known + used, sizeof known - used, ", %s", special->text);
            continue;
        }
        if ((special->roles & 1u << role) == 0)
            schema_problem(reader, place, "Argument in the wrong callback", "\"%s\" can be given to %s only.",
                           text, special->only);
        argument->kind = special->kind;
        argument->c_type = special->c != NULL ? c_type_find(special->c) : c_type_json();
        if (special->kind == ARGUMENT_SESSION && reader->set->library != NULL &&
            reader->set->library[0] != '\0' && reader->set->provider.callbacks[CALLBACK_OPEN] == NULL)
            schema_problem(reader, place, "No session",
                           "provider.json has no \"open\" callback, so there is no $session; remove it.");
        return;
    }
    schema_problem(reader, place, "Unknown argument",
                   "There is no \"%s\". Known here: an attribute's name%s.", text, known);
}

/* What is wrong with handing this attribute in. */
static void in_check(struct reader *reader, const struct place *place, const struct schema_argument *argument,
                     unsigned role)
{
    const struct schema_attribute *attribute = argument->attribute;
    const char *name = attribute->name;
    if ((1u << role & (argument->kind == ARGUMENT_PRIOR ? TAKES_PRIOR : TAKES_IN)) == 0)
        schema_problem(
            reader, place, "Argument in the wrong callback", "%s",
            argument->kind == ARGUMENT_PRIOR
                ? "Old values can be given to update and check only."
                : "No attributes are at hand here; they can't be given to close, cancel, list and upgrade.");
    else if (attribute->read_only && argument->kind == ARGUMENT_IN &&
             (role == CALLBACK_CREATE || role == CALLBACK_CALL || reader->schema->kind == SCHEMA_DATA_SOURCE))
        schema_problem(reader, place, "Attribute has no value yet",
                       "\"%s\" is readOnly: this callback is to find it out. Write \"&%s\" to take it out.",
                       name, name);
    else if (!c_type_is_pointer(argument->c_type) && !attribute->required && !attribute->has_default &&
             !attribute->read_only)
        schema_problem(
            reader, place, "Scalar that may be null",
            "\"%s\" may be left out, and C's %s can't say so: give it a \"default\", or make it required.",
            name, argument->c_type->name);
}

/* What is wrong with taking this attribute out. */
static void out_check(struct reader *reader, const struct place *place,
                      const struct schema_argument *argument, unsigned role)
{
    const struct schema_attribute *attribute = argument->attribute;
    bool reads_resource = role == CALLBACK_READ && reader->schema->kind == SCHEMA_RESOURCE;
    if ((1u << role & TAKES_OUT) == 0)
        schema_problem(reader, place, "Argument in the wrong callback",
                       "Attributes can be taken out of create, read, update and call only.");
    else if (!attribute->read_only && !reads_resource)
        schema_problem(
            reader, place, "User's attribute taken out",
            "The user sets \"%s\", so a plugin must not: make it \"readOnly\", or pass it without \"&\".",
            attribute->name);
}

static void attribute_argument_read(struct reader *reader, const struct place *place, const char *text,
                                    unsigned role, struct schema_argument *argument)
{
    static const char prior[] = "$prior.";
    const char *name = text;
    if (text[0] == '&') {
        argument->kind = ARGUMENT_OUT;
        name++;
    } else if (strncmp(text, prior, sizeof prior - 1) == 0) {
        argument->kind = ARGUMENT_PRIOR;
        name += sizeof prior - 1;
    }
    argument->attribute = schema_attribute_find(&reader->schema->object, name);
    if (argument->attribute == NULL) {
        schema_problem(reader, place, "Unknown attribute",
                       "\"properties\" has no \"%s\". A fixed text is written {\"value\": \"%s\"}.", name,
                       name);
        return;
    }
    argument->c_type =
        c_type_select(argument->attribute->c, &argument->attribute->type, argument->kind == ARGUMENT_OUT);
    if (argument->c_type == NULL || argument->c_type->family == C_POINTER)
        schema_problem(reader, place, "C type does not fit", "No C type can carry \"%s\" here.", name);
    else if (argument->kind == ARGUMENT_OUT)
        out_check(reader, place, argument, role);
    else
        in_check(reader, place, argument, role);
}

/* The row of a literal that names none; NULL where there is none to choose. */
static const struct c_type *literal_type(struct json_object *value)
{
    struct schema_type string = {.kind = TYPE_STRING}, type = {.kind = TYPE_MAP};
    switch (json_object_get_type(value)) {
    case json_type_null:
        return NULL;
    case json_type_boolean:
        type.kind = TYPE_BOOLEAN;
        break;
    case json_type_int:
        type.kind = TYPE_INTEGER;
        break;
    case json_type_double:
        type.kind = TYPE_NUMBER;
        break;
    case json_type_string:
        type.kind = TYPE_STRING;
        break;
    case json_type_array:
        type.kind = TYPE_LIST;
        type.element = &string;
        for (size_t i = 0; i < json_object_array_length(value); i++)
            if (!json_object_is_type(json_object_array_get_idx(value, i), json_type_string))
                return c_type_json();
        break;
    case json_type_object:
        break;
    }
    return c_type_default(&type);
}

static void literal_read(struct reader *reader, const struct place *place, struct json_object *json,
                         struct schema_argument *argument)
{
    struct place c_place = {place, "c", 0}, value_place = {place, "value", 0};
    struct json_object *value = NULL;
    union c_value trial = {0};
    char *problem = NULL;
    schema_keywords_check(reader, place, json, IN_LITERAL);
    argument->kind = ARGUMENT_LITERAL;
    if (!json_object_object_get_ex(json, "value", &value)) {
        schema_problem(reader, place, "Missing keyword",
                       "A literal argument is written {\"value\": …, \"c\": …}.");
        return;
    }
    const char *c = json_object_get_string(schema_keyword(json, "c"));
    const struct c_type *row = c != NULL ? c_type_find(c) : literal_type(value);
    bool compound =
        json_object_is_type(value, json_type_object) || json_object_is_type(value, json_type_array);
    if (row != NULL && row->family == C_TEXT && compound)
        row = c_type_json();
    if (row == NULL || row->family == C_VOID) {
        if (c != NULL)
            schema_problem(reader, &c_place, "Unknown C type", "There is no C type \"%s\" for an argument.",
                           c);
        else
            schema_problem(reader, place, "Missing keyword",
                           "\"c\" must say which pointer null is: \"const char *\".");
        return;
    }
    if (c_value_from_json(row, NULL, value, &trial, &problem))
        c_value_release(row, &trial);
    else
        schema_problem(reader, &value_place, "Literal does not fit its C type", "%s.",
                       problem != NULL ? problem : "no memory");
    free(problem);
    argument->c_type = row;
    if (value != NULL && schema_keep(reader, json_object_get(value)))
        argument->literal = value;
}

char *schema_pointer_text(struct reader *reader, const struct place *place)
{
    char *text = pool_alloc(reader->pool, place_write(place, NULL) + 1, 1);
    if (text != NULL)
        place_write(place, text);
    return text;
}

static void argument_read(struct reader *reader, const struct place *place, struct json_object *json,
                          unsigned role, struct schema_argument *argument)
{
    const char *text = json_object_is_type(json, json_type_string) ? json_object_get_string(json) : NULL;
    argument->pointer = schema_pointer_text(reader, place);
    if (json_object_is_type(json, json_type_object))
        literal_read(reader, place, json, argument);
    else if (text == NULL)
        schema_problem(reader, place, "Wrong type of an argument",
                       "An argument is a text, such as an attribute's name, or {\"value\": …, \"c\": …}.");
    else if ((text[0] == '$' || strncmp(text, "&$", 2) == 0) && strncmp(text, "$prior.", 7) != 0)
        special_read(reader, place, text, role, argument);
    else
        attribute_argument_read(reader, place, text, role, argument);
}

void schema_arguments_read(struct reader *reader, const struct place *place, struct json_object *json,
                           unsigned role, struct schema_callback *callback)
{
    struct place here = {place, "arguments", 0};
    struct json_object *arguments = schema_keyword(json, "arguments");
    size_t count = json_object_is_type(arguments, json_type_array) ? json_object_array_length(arguments) : 0;
    if (arguments == NULL && !json_object_object_get_ex(json, "arguments", NULL))
        schema_problem(reader, place, "Missing keyword",
                       "\"arguments\" is missing; [] where there are none.");
    if (count > SCHEMA_MAX_ARGUMENTS) {
        schema_problem(reader, &here, "Too many arguments", "A callback may have %d at most.",
                       SCHEMA_MAX_ARGUMENTS);
        return;
    }
    callback->arguments = pool_alloc(reader->pool, count, sizeof *callback->arguments);
    if (callback->arguments == NULL)
        return;
    callback->count = count;
    for (size_t i = 0; i < count; i++) {
        struct place element = {&here, NULL, i};
        struct schema_argument *argument = &callback->arguments[i];
        argument_read(reader, &element, json_object_array_get_idx(arguments, i), role, argument);
        for (size_t j = 0; j < i; j++)
            if (argument->kind == callback->arguments[j].kind && argument->kind == ARGUMENT_OUT &&
                argument->attribute != NULL && argument->attribute == callback->arguments[j].attribute)
                schema_problem(reader, &element, "Argument twice",
                               "\"&%s\" is taken out already; remove one.", argument->attribute->name);
    }
}
