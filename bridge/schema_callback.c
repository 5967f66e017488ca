/* SPDX-License-Identifier: Apache-2.0
 *
 * schema_callback.c - callbacks from JSON to structs: which function, with which arguments, and
 * what its return means. Whether the library has the function is library.c's question.
 */
#include "schema_internal.h"

#include "ctype.h"

#include <stdio.h>
#include <string.h>

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
    {"check", SCHEMA_RESOURCE, SCHEMA_ROLE_CHECK, false},
    {"read", SCHEMA_DATA_SOURCE, CALLBACK_READ, true},
    {"call", SCHEMA_FUNCTION, CALLBACK_CALL, true},
    {"open", SCHEMA_PROVIDER, CALLBACK_OPEN, false},
    {"close", SCHEMA_PROVIDER, CALLBACK_CLOSE, false},
    {"cancel", SCHEMA_PROVIDER, CALLBACK_CANCEL, false},
};

bool schema_symbol_valid(const char *text)
{
    return text[0] != '\0' && (text[0] < '0' || text[0] > '9') &&
           text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")] == '\0';
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
    callback->pointer = schema_pointer_text(reader, place);
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
    schema_arguments_read(reader, place, json, role, callback);
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
        callback_read(reader, &here, json_object_array_get_idx(json, i), SCHEMA_ROLE_CHECK, name,
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
        } else if (role->role == SCHEMA_ROLE_CHECK) {
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
