/* SPDX-License-Identifier: Apache-2.0
 *
 * variable_type.c - type constraints: "string", "list(number)", "object({a = string, b = optional(bool,
 * true)})".
 * https://developer.hashicorp.com/terraform/language/expressions/type-constraints
 */
#include "variable_type.h"

#include "expression_parser.h"
#include "text.h"
#include "type.h"

#include <stdlib.h>
#include <string.h>

struct variable_type {
    struct schema_type type; /* kind TYPE_OBJECT without object: any */
};

static void type_clear(struct schema_type *type)
{
    if (type->element != NULL)
        type_clear(type->element);
    for (size_t i = 0; type->object != NULL && i < type->object->count; i++) {
        type_clear(&type->object->attributes[i].type);
        free(type->object->attributes[i].name);
        json_object_put(type->object->attributes[i].default_value);
    }
    if (type->object != NULL)
        free(type->object->attributes);
    free(type->object);
    free(type->element);
    *type = (struct schema_type){0};
}

static bool parse_type(struct parser *parser, struct schema_type *type);

/* Whether the next token is this character, which is taken then; else that is said. */
static bool expect(struct parser *parser, int kind, const char *what)
{
    if (parser->token.kind != kind) {
        parser_fail(parser, "Invalid type specification", "%s is expected %s \"%.*s\".", what,
                    parser->token.kind == TOKEN_END ? "at the end of" : "before",
                    parser->token.kind == TOKEN_END ? (int)(parser->lexer.end - parser->start)
                                                    : (int)parser->token.length,
                    parser->token.kind == TOKEN_END ? parser->start : parser->token.text);
        return false;
    }
    parser_next(parser);
    return true;
}

static bool parse_element(struct parser *parser, struct schema_type *type, enum type_kind kind)
{
    type->kind = kind;
    type->element = calloc(1, sizeof *type->element);
    return type->element != NULL && expect(parser, '(', "\"(\" with the type of the elements") &&
           parse_type(parser, type->element) && expect(parser, ')', "\")\"");
}

/* "optional(TYPE)" or "optional(TYPE, DEFAULT)" of a member. */
static bool parse_optional(struct parser *parser, struct schema_attribute *attribute)
{
    parser_next(parser);
    if (!expect(parser, '(', "\"(\"") || !parse_type(parser, &attribute->type))
        return false;
    if (parser->token.kind == ',') {
        struct typed given = {0}, fit = {0};
        char *pointer = NULL, *problem = NULL;
        parser_next(parser);
        struct expression *value = parser_expression(parser);
        bool ok = value != NULL && expression_evaluate(value, NULL, &given, parser->diags);
        if (ok && !type_convert(&given, &attribute->type, CONVERT_DEFAULTS, &fit, &pointer, &problem)) {
            parser_fail(parser, "Invalid default value for optional attribute",
                        "The default of \"%s\" does not fit its type: %s.", attribute->name,
                        problem != NULL ? problem : "no memory");
            ok = false;
        }
        attribute->has_default = ok && fit.value != NULL;
        attribute->default_value = ok ? json_object_get(fit.value) : NULL;
        expression_destroy(value);
        typed_clear(&given);
        typed_clear(&fit);
        free(pointer);
        free(problem);
        if (!ok)
            return false;
    }
    return expect(parser, ')', "\")\"");
}

static bool parse_attribute(struct parser *parser, struct schema_object *object)
{
    struct schema_attribute *more = reallocarray(object->attributes, object->count + 1, sizeof *more);
    if (more == NULL)
        return false;
    object->attributes = more;
    struct schema_attribute *attribute = &more[object->count];
    *attribute = (struct schema_attribute){.name = strndup(parser->token.text, parser->token.length)};
    if (attribute->name == NULL)
        return false;
    object->count++;
    if (parser->token.kind != TOKEN_NAME)
        return parser_fail(parser, "Invalid type specification",
                           "The name of an attribute is expected: object({NAME = TYPE, …}).") != NULL;
    for (size_t i = 0; i + 1 < object->count; i++)
        if (strcmp(object->attributes[i].name, attribute->name) == 0)
            return parser_fail(parser, "Invalid type specification",
                               "The attribute \"%s\" is there twice; remove one.", attribute->name) != NULL;
    parser_next(parser);
    if (parser->token.kind == ':')
        parser_next(parser);
    else if (!expect(parser, '=', "\"=\" with the type of the attribute"))
        return false;
    attribute->required = !token_is(&parser->token, "optional");
    return attribute->required ? parse_type(parser, &attribute->type) : parse_optional(parser, attribute);
}

static bool parse_object(struct parser *parser, struct schema_type *type)
{
    type->kind = TYPE_OBJECT;
    type->object = calloc(1, sizeof *type->object);
    if (type->object == NULL || !expect(parser, '(', "\"({\"") || !expect(parser, '{', "\"{\""))
        return false;
    while (parser->token.kind != '}') {
        if (!parse_attribute(parser, type->object))
            return false;
        if (parser->token.kind == ',')
            parser_next(parser);
        else if (parser->token.kind != '}' && !parser->token.new_line)
            return expect(parser, '}', "a comma or \"}\"");
    }
    parser_next(parser);
    return expect(parser, ')', "\")\"");
}

static const struct {
    const char *name;
    enum type_kind kind;
} names[] = {{"string", TYPE_STRING}, {"number", TYPE_NUMBER}, {"bool", TYPE_BOOLEAN},
             {"list", TYPE_LIST},     {"set", TYPE_SET},       {"map", TYPE_MAP}};

static bool parse_named(struct parser *parser, struct schema_type *type)
{
    struct token name = parser->token;
    struct near near = {.wanted = ""};
    char text[32] = "", hint[HINT_SIZE];
    parser_next(parser);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (token_is(&name, names[i].name) && names[i].kind >= TYPE_LIST)
            return parse_element(parser, type, names[i].kind);
        else if (token_is(&name, names[i].name)) {
            type->kind = names[i].kind;
            return true;
        }
    if (token_is(&name, "object"))
        return parse_object(parser, type);
    if (token_is(&name, "any")) {
        *type = type_any;
        return true;
    }
    if (token_is(&name, "tuple")) {
        parser_refuse(parser, "Tuple types (tuple([…]))", "Use list(…), object({…}) or any.");
        return false;
    }
    memcpy(text, name.text, name.length < sizeof text - 1 ? name.length : sizeof text - 1);
    near.wanted = text;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        near_offer(&near, names[i].name);
    near_offer(&near, "object");
    if (strcmp(text, "boolean") == 0)
        near.best = "bool";
    parser_fail(parser, "Invalid type specification",
                "The keyword \"%s\" is not a valid type specification.%s There are string, number, bool, "
                "list(…), set(…), map(…), object({…}) and any.",
                text, near_hint(&near, hint));
    return false;
}

static bool parse_type(struct parser *parser, struct schema_type *type)
{
    if (parser->nesting >= PARSER_NESTING_MAX) {
        parser_fail(parser, "Invalid type specification", "Types may be nested %d levels.",
                    PARSER_NESTING_MAX);
        return false;
    }
    type->min_length = type->max_length = -1;
    if (parser->token.kind != TOKEN_NAME) {
        parser_fail(parser, "Invalid type specification",
                    "A type is expected: string, number, bool, list(…), set(…), map(…), object({…}) or any.");
        return false;
    }
    parser->nesting++;
    bool ok = parse_named(parser, type);
    parser->nesting--;
    return ok;
}

struct variable_type *variable_type_parse(const char *text, const char *file, const char *pointer,
                                          struct diagnostics *diags)
{
    struct variable_type *type = calloc(1, sizeof *type);
    char *copy = strdup(pointer != NULL ? pointer : "");
    size_t before = diags->count;
    /* Words from before Terraform 0.12. */
    const char *whole = strcmp(text, "list") == 0  ? "list(any)"
                        : strcmp(text, "map") == 0 ? "map(any)"
                                                   : text;
    struct parser parser = {.lexer = {whole, whole + strlen(whole)},
                            .start = whole,
                            .begin = whole,
                            .file = file,
                            .pointer = copy,
                            .quote = true,
                            .diags = diags};
    bool ok = type != NULL && copy != NULL;
    if (ok) {
        parser_next(&parser);
        ok = parse_type(&parser, &type->type);
        if (ok && parser.token.kind != TOKEN_END) {
            parser_fail(&parser, "Invalid type specification", "More follows behind the end of the type.");
            ok = false;
        }
    }
    free(copy);
    if (ok)
        return type;
    if (diags->count == before)
        diagnostics_no_memory(diags);
    variable_type_destroy(type);
    return NULL;
}

void variable_type_destroy(struct variable_type *type)
{
    if (type == NULL)
        return;
    type_clear(&type->type);
    free(type);
}

bool variable_convert(const struct variable_type *type, const struct typed *in, struct typed *out,
                      char **pointer, char **problem)
{
    return type_convert(in, type != NULL ? &type->type : &type_any, CONVERT_DEFAULTS | CONVERT_REQUIRED, out,
                        pointer, problem);
}

struct json_object *variable_type_tree(const struct variable_type *type)
{
    return type_of_schema(type != NULL ? &type->type : &type_any);
}

bool variable_type_is_text(const struct variable_type *type)
{
    return type == NULL || type->type.kind <= TYPE_BOOLEAN;
}
