/* SPDX-License-Identifier: Apache-2.0
 *
 * schema_callback.c - callbacks from JSON to structs: which function, with which arguments, of
 * which C types. Whether the library has the function is library.c's question.
 */
#include "schema_internal.h"

#include "ctype.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* `check` is a list beside the callbacks that a schema has at most one of. */
enum { ROLE_CHECK = CALLBACK_ROLES };

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
    CHECK = 1 << ROLE_CHECK,
    EVERY = (1 << (ROLE_CHECK + 1)) - 1,
};

/* Which callbacks a file may have, and which it must. */
static const struct role {
    const char *name;
    enum schema_kind kind;
    unsigned role;
    bool required;
} roles[] = {
    {"create", SCHEMA_RESOURCE, CALLBACK_CREATE, true},
    {"read", SCHEMA_RESOURCE, CALLBACK_READ, false},
    {"update", SCHEMA_RESOURCE, CALLBACK_UPDATE, false},
    {"delete", SCHEMA_RESOURCE, CALLBACK_DELETE, false},
    {"list", SCHEMA_RESOURCE, CALLBACK_LIST, false},
    {"upgrade", SCHEMA_RESOURCE, CALLBACK_UPGRADE, false},
    {"check", SCHEMA_RESOURCE, ROLE_CHECK, false},
    {"read", SCHEMA_DATA_SOURCE, CALLBACK_READ, true},
    {"call", SCHEMA_FUNCTION, CALLBACK_CALL, true},
    {"open", SCHEMA_PROVIDER, CALLBACK_OPEN, false},
    {"close", SCHEMA_PROVIDER, CALLBACK_CLOSE, false},
    {"cancel", SCHEMA_PROVIDER, CALLBACK_CANCEL, false},
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

bool schema_symbol_valid(const char *text)
{
    return text[0] != '\0' && (text[0] < '0' || text[0] > '9') &&
           text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")] == '\0';
}

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

static void release_json(void *json)
{
    json_object_put(json);
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
    if (value != NULL && pool_keep(reader->pool, json_object_get(value), release_json))
        argument->literal = value;
}

static char *pointer_text(struct reader *reader, const struct place *place)
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
    argument->pointer = pointer_text(reader, place);
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

static void arguments_read(struct reader *reader, const struct place *place, struct json_object *json,
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

static bool has_argument(const struct schema_callback *callback, enum argument_kind kind)
{
    for (size_t i = 0; i < callback->count; i++)
        if (callback->arguments[i].kind == kind)
            return true;
    return false;
}

/* The one readOnly attribute of a function, NULL where there is not one. */
static const struct schema_attribute *result_of(const struct schema *schema)
{
    const struct schema_attribute *result = NULL;
    for (size_t i = 0; i < schema->object.count; i++)
        if (schema->object.attributes[i].read_only) {
            if (result != NULL)
                return NULL;
            result = &schema->object.attributes[i];
        }
    return result;
}

/* Whether a return of this kind can have this C type, and what it is when none is named. */
static const struct return_rule {
    const char *name;
    enum return_kind kind;
    const char *c; /* NULL: by the result's type */
    unsigned families;
} return_rules[] = {
    {"status", RETURN_STATUS, "int", 1 << C_SIGNED | 1 << C_UNSIGNED},
    {"errno", RETURN_ERRNO, "int", 1 << C_SIGNED},
    {"pointer", RETURN_POINTER, "void *", 1 << C_POINTER | 1 << C_TEXT},
    {"value", RETURN_VALUE, NULL, 0},
    {"none", RETURN_NONE, "void", 1 << C_VOID},
};

static void return_type_read(struct reader *reader, const struct place *place, const char *c,
                             const struct return_rule *rule, struct schema_callback *callback)
{
    struct place here = {place, "c", 0};
    const struct schema_attribute *result = result_of(reader->schema);
    if (c != NULL && c_type_find(c) == NULL) {
        schema_problem(reader, &here, "Unknown C type", "There is no C type \"%s\" in the table of types.",
                       c);
        return;
    }
    if (rule->kind == RETURN_VALUE) {
        callback->return_attribute = result;
        if (result != NULL)
            callback->return_type = c_type_select(c != NULL ? c : result->c, &result->type, true);
        if (result != NULL && callback->return_type == NULL)
            schema_problem(reader, &here, "C type does not fit", "%s can't carry \"%s\".", c, result->name);
        return;
    }
    const struct c_type *row = c_type_find(c != NULL ? c : rule->c);
    if (row != NULL && (rule->families & 1u << row->family) != 0)
        callback->return_type = row;
    else
        schema_problem(reader, &here, "C type does not fit", "A return of kind \"%s\" can't be %s.",
                       rule->name, c);
}

static void returns_read(struct reader *reader, const struct place *place, struct json_object *json,
                         unsigned role, struct schema_callback *callback)
{
    struct place here = {place, "returns", 0}, kind_place = {&here, "kind", 0},
                 memory_place = {&here, "memory", 0};
    struct json_object *returns = schema_keyword(json, "returns");
    const char *kind = json_object_get_string(schema_keyword(returns, "kind"));
    const char *memory = json_object_get_string(schema_keyword(returns, "memory"));
    const struct return_rule *rule = kind == NULL ? &return_rules[0] : NULL;
    if (returns != NULL)
        schema_keywords_check(reader, &here, returns, IN_RETURNS);
    for (size_t i = 0; kind != NULL && i < sizeof return_rules / sizeof *return_rules; i++)
        if (strcmp(return_rules[i].name, kind) == 0)
            rule = &return_rules[i];
    if (rule == NULL) {
        schema_problem(reader, &kind_place, "Unknown kind of return",
                       "There is no \"%s\": use status, errno, pointer, value or none.", kind);
        return;
    }
    callback->returns = rule->kind;
    if (rule->kind == RETURN_VALUE && role != CALLBACK_CALL)
        schema_problem(reader, &kind_place, "Return in the wrong callback",
                       "Only a function's \"call\" returns its value; take attributes out with \"&name\".");
    else if ((rule->kind == RETURN_POINTER) != (role == CALLBACK_OPEN) &&
             (role == CALLBACK_OPEN || role == CALLBACK_CLOSE || role == CALLBACK_CANCEL))
        schema_problem(
            reader, &here, "Return in the wrong callback",
            "\"open\" returns the session, so its kind is \"pointer\"; no other of the provider's is.");
    return_type_read(reader, &here, json_object_get_string(schema_keyword(returns, "c")), rule, callback);
    if (memory == NULL)
        return;
    callback->return_owned = strcmp(memory, "owned") == 0;
    if (!callback->return_owned && strcmp(memory, "borrowed") != 0)
        schema_problem(reader, &memory_place, "Unknown kind of memory", "Use \"borrowed\" or \"owned\".");
    else if (callback->return_type != NULL &&
             (rule->kind != RETURN_VALUE || !c_type_is_pointer(callback->return_type)))
        schema_problem(reader, &memory_place, "Nothing to own",
                       "Only a returned string is \"borrowed\" or \"owned\".");
}

/* What each role must do. */
static void role_check(struct reader *reader, const struct place *place, unsigned role,
                       const struct schema_callback *callback)
{
    if (role == CALLBACK_LIST && !has_argument(callback, ARGUMENT_LIST_OUT))
        schema_problem(reader, place, "Nothing comes out",
                       "\"list\" must take out \"&$list\", a JSON array of objects.");
    if (role == CALLBACK_UPGRADE && !has_argument(callback, ARGUMENT_STATE_OUT))
        schema_problem(reader, place, "Nothing comes out",
                       "\"upgrade\" must take out \"&$state\", the new state.");
    if (role == CALLBACK_CALL && (callback->returns == RETURN_VALUE) == has_argument(callback, ARGUMENT_OUT))
        schema_problem(
            reader, place, "Result comes out not once",
            "Either take the result out with \"&name\", or say {\"returns\": {\"kind\": \"value\"}}.");
}

static void callback_read(struct reader *reader, const struct place *place, struct json_object *json,
                          unsigned role, const char *name, struct schema_callback *callback)
{
    struct place symbol = {place, "symbol", 0};
    callback->name = pool_text(reader->pool, name);
    callback->pointer = pointer_text(reader, place);
    if (!json_object_is_type(json, json_type_object)) {
        schema_problem(reader, place, "Wrong type of a keyword",
                       "A callback is written {\"symbol\": …, \"arguments\": […]}.");
        return;
    }
    schema_keywords_check(reader, place, json, IN_CALLBACK);
    callback->symbol = schema_keyword_text(reader, json, "symbol");
    if (!json_object_object_get_ex(json, "symbol", NULL))
        schema_problem(reader, place, "Missing keyword", "\"symbol\" is missing: the name of a C function.");
    else if (callback->symbol != NULL && !schema_symbol_valid(callback->symbol))
        schema_problem(reader, &symbol, "Bad symbol", "\"%s\" is not the name of a C function.",
                       callback->symbol);
    arguments_read(reader, place, json, role, callback);
    returns_read(reader, place, json, role, callback);
    role_check(reader, place, role, callback);
}

static void checks_read(struct reader *reader, const struct place *place, struct json_object *json)
{
    struct schema *schema = reader->schema;
    if (!json_object_is_type(json, json_type_array)) {
        schema_problem(reader, place, "Wrong type of a keyword", "\"check\" is an array of callbacks.");
        return;
    }
    schema->checks = pool_alloc(reader->pool, json_object_array_length(json), sizeof *schema->checks);
    for (size_t i = 0; schema->checks != NULL && i < json_object_array_length(json); i++) {
        char name[32];
        struct place here = {place, NULL, i};
        snprintf(name, sizeof name, "check/%zu", i);
        callback_read(reader, &here, json_object_array_get_idx(json, i), ROLE_CHECK, name,
                      &schema->checks[schema->check_count++]);
    }
}

static const struct role *role_find(enum schema_kind kind, const char *name)
{
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (roles[i].kind == kind && strcmp(roles[i].name, name) == 0)
            return &roles[i];
    return NULL;
}

/* A provider without a library has types and no behaviour; with one, some callbacks are a must. */
static void presence_check(struct reader *reader, const struct place *place, struct json_object *json)
{
    if (reader->set->library == NULL) {
        if (json != NULL && json_object_object_length(json) > 0)
            schema_problem(reader, place, "No library",
                           "provider.json names no \"library\" to find callbacks in.");
        return;
    }
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (roles[i].kind == reader->schema->kind && roles[i].required &&
            (json == NULL || !json_object_object_get_ex(json, roles[i].name, NULL)))
            schema_problem(reader, place, "Missing callback", "\"%s\" is missing: there is nothing to call.",
                           roles[i].name);
}

void schema_callbacks_read(struct reader *reader, const struct place *place, struct json_object *json)
{
    struct schema *schema = reader->schema;
    presence_check(reader, place, json);
    if (json == NULL)
        return;
    json_object_object_foreach(json, name, member)
    {
        struct place here = {place, name, 0};
        const struct role *role = role_find(schema->kind, name);
        if (role == NULL) {
            schema_problem(reader, &here, "Unknown callback", "This kind of file has no callback \"%s\".",
                           name);
        } else if (role->role == ROLE_CHECK) {
            checks_read(reader, &here, member);
        } else {
            schema->callbacks[role->role] = pool_alloc(reader->pool, 1, sizeof **schema->callbacks);
            if (schema->callbacks[role->role] != NULL)
                callback_read(reader, &here, member, role->role, name, schema->callbacks[role->role]);
        }
        if (reader->pool->failed)
            return;
    }
}
