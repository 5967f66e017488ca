/* SPDX-License-Identifier: Apache-2.0
 *
 * expression_parse.c - the grammar: terms. What may follow them is expression_follow.c's part.
 */
#include "expression_parser.h"

#include "number.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

void parser_next(struct parser *parser)
{
    parser->token = lexer_next(&parser->lexer);
}

struct expression *parser_node(struct parser *parser, enum node_kind kind)
{
    /* Of a file of the native syntax nothing but a line could be shown, and that the text says. */
    return node_create(kind, parser->lines ? NULL : parser->file, parser->pointer);
}

struct expression *parser_literal(struct parser *parser, struct json_object *value)
{
    struct expression *node = parser_node(parser, NODE_LITERAL);
    if (node != NULL)
        node->value = value;
    else
        json_object_put(value);
    return node;
}

struct expression *parser_unexpected(struct parser *parser, const char *wanted)
{
    struct token token = parser->token;
    if (parser_refuse_operator(parser))
        return NULL;
    if (token.kind == TOKEN_END)
        return parser_fail(parser, "Invalid expression", "It ends where %s is expected.", wanted);
    if (token.kind == TOKEN_OPEN_COMMENT)
        return parser_fail(parser, "Invalid expression", "The comment /* has no end; close it with */.");
    if (!parser->quote && token.kind != '\'')
        return parser_fail(parser, "Invalid expression",
                           "Something stands where %s is expected. A string goes into double quotes.",
                           wanted);
    return parser_fail(parser, "Invalid expression", "\"%.*s\" stands where %s is expected.%s",
                       (int)token.length, token.text, wanted,
                       token.kind == '\'' ? " Strings are written in double quotes (\\\" inside of JSON)."
                                          : "");
}

static char *copy_token(const struct token *token)
{
    return strndup(token->text, token->length);
}

char *parser_name(struct parser *parser, const char *wanted)
{
    if (parser->token.kind != TOKEN_NAME) {
        parser_unexpected(parser, wanted);
        return NULL;
    }
    char *name = copy_token(&parser->token);
    parser_next(parser);
    return name;
}

static struct expression *reference(struct parser *parser, enum reference_kind kind, char *type, char *name)
{
    struct expression *node = name != NULL ? parser_node(parser, NODE_REFERENCE) : NULL;
    if (node == NULL) {
        free(type);
        free(name);
        return NULL;
    }
    node->reference = (unsigned char)kind;
    node->type = type;
    node->name = name;
    return node;
}

/* Takes the dot that must follow a root. */
static bool take_dot(struct parser *parser, const struct token *root, const char *form)
{
    if (parser->token.kind == '.') {
        parser_next(parser);
        return true;
    }
    if (parser_refuse_operator(parser))
        return false;
    if (!parser->quote)
        parser_fail(parser, "Invalid reference", "A word alone is no value; text goes into double quotes.");
    else
        parser_fail(parser, "Invalid reference",
                    parser->token.kind == '[' ? "\"%.*s\" can't be indexed as a whole; write %s."
                                              : "\"%.*s\" alone is no value; write %s.",
                    (int)root->length, root->text, form);
    return false;
}

/* Whether a root is one of those that are refused by name. */
static bool refuse_root(struct parser *parser, const struct token *root)
{
    if (token_is(root, "module"))
        parser_refuse(parser, "Modules (module.NAME)", "Put the resources into this directory.");
    else if (token_is(root, "self"))
        parser_fail(parser, "Invalid reference",
                    "\"self\" has a meaning in provisioners only; name the resource: TYPE.NAME.ATTRIBUTE.");
    else if (token_is(root, "ephemeral"))
        parser_refuse(parser, "Ephemeral resources (ephemeral.TYPE.NAME)", "Use a data source.");
    else
        return false;
    return true;
}

/* A reference whose first name was just taken. */
static struct expression *parse_reference(struct parser *parser, const struct token *root)
{
    static const struct {
        const char *name, *form;
        enum reference_kind kind;
    } roots[] = {
        {"var", "var.NAME", REFERENCE_VARIABLE},
        {"local", "local.NAME", REFERENCE_LOCAL},
        {"each", "each.key or each.value", REFERENCE_EACH},
        {"count", "count.index", REFERENCE_COUNT},
        {"path", "path.module, path.root or path.cwd", REFERENCE_PATH},
        {"terraform", "terraform.workspace", REFERENCE_TERRAFORM},
    };
    if (refuse_root(parser, root))
        return NULL;
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
        if (token_is(root, roots[i].name))
            return take_dot(parser, root, roots[i].form)
                       ? reference(parser, roots[i].kind, NULL, parser_name(parser, roots[i].form))
                       : NULL;
    bool data = token_is(root, "data");
    const char *form = data ? "data.TYPE.NAME" : "TYPE.NAME";
    if (!take_dot(parser, root,
                  data ? form
                       : "TYPE.NAME for a resource, var.NAME for a variable, or put text into double quotes"))
        return NULL;
    char *type = data ? parser_name(parser, form) : copy_token(root);
    if (type == NULL || (data && !take_dot(parser, root, form))) {
        free(type);
        return NULL;
    }
    return reference(parser, data ? REFERENCE_DATA : REFERENCE_RESOURCE, type, parser_name(parser, form));
}

/* Arguments up to the closing parenthesis. */
static struct expression *parse_arguments(struct parser *parser, struct expression *call)
{
    parser_next(parser);
    while (call != NULL && parser->token.kind != ')') {
        node_add(&call, parser_expression(parser));
        if (call == NULL || parser->token.kind == ')')
            break;
        if (parser->token.kind != ',') {
            parser_unexpected(parser, "a comma or the closing parenthesis of the call");
            expression_destroy(call);
            return NULL;
        }
        parser_next(parser);
    }
    if (call != NULL)
        parser_next(parser);
    return call;
}

/* provider::NAME::function(…); the first name was just taken. */
static struct expression *parse_scoped_call(struct parser *parser, const struct token *root)
{
    struct token names[2] = {{0}, {0}};
    size_t count = 0;
    while (parser->token.kind == TOKEN_SCOPE) {
        parser_next(parser);
        if (parser->token.kind != TOKEN_NAME || count == 2)
            return parser_fail(parser, "Invalid function call",
                               "Functions of a provider are called provider::NAME::function(…).");
        names[count++] = parser->token;
        parser_next(parser);
    }
    if (token_is(root, "core") && count == 1)
        return parser_refuse_function(parser, &names[0]);
    if (!token_is(root, "provider") || count != 2 || parser->token.kind != '(')
        return parser_fail(parser, "Invalid function call",
                           "Functions of a provider are called provider::NAME::function(…).");
    struct expression *call = parser_node(parser, NODE_CALL);
    if (call == NULL)
        return NULL;
    call->type = copy_token(&names[0]);
    call->name = copy_token(&names[1]);
    if (call->type != NULL && call->name != NULL)
        return parse_arguments(parser, call);
    expression_destroy(call);
    return NULL;
}

static struct expression *parse_named(struct parser *parser)
{
    struct token name = parser->token;
    parser_next(parser);
    if (parser->token.kind == TOKEN_SCOPE)
        return parse_scoped_call(parser, &name);
    if (parser->token.kind == '(')
        return parser_refuse_function(parser, &name);
    if (token_is(&name, "true") || token_is(&name, "false"))
        return parser_literal(parser, json_object_new_boolean(token_is(&name, "true")));
    if (token_is(&name, "null"))
        return parser_literal(parser, NULL);
    return parse_reference(parser, &name);
}

static struct expression *refuse_for(struct parser *parser)
{
    return parser_refuse(parser, "For expressions ([for … in … : …])",
                         "Write the elements, or give them in a variable.");
}

static struct expression *parse_tuple(struct parser *parser)
{
    struct expression *tuple = parser_node(parser, NODE_TUPLE);
    parser_next(parser);
    if (token_is(&parser->token, "for")) {
        expression_destroy(tuple);
        return refuse_for(parser);
    }
    while (tuple != NULL && parser->token.kind != ']') {
        node_add(&tuple, parser_expression(parser));
        if (tuple == NULL || parser->token.kind == ']')
            break;
        if (parser->token.kind != ',') {
            parser_unexpected(parser, "a comma or the closing ] of the list");
            expression_destroy(tuple);
            return NULL;
        }
        parser_next(parser);
    }
    if (tuple != NULL)
        parser_next(parser);
    return tuple;
}

/* The key of one member: *name, or *key where it has to be evaluated. False after an error. */
static bool parse_key(struct parser *parser, char **name, struct expression **key)
{
    const char *literal = NULL;
    if (parser->token.kind == TOKEN_NAME || parser->token.kind == TOKEN_NUMBER) {
        *name = copy_token(&parser->token);
        parser_next(parser);
        return *name != NULL;
    }
    if (parser->token.kind != '"' && parser->token.kind != '(') {
        parser_unexpected(parser, "the name of a member or the closing } of the object");
        return false;
    }
    *key = parser_expression(parser);
    if (*key != NULL && (literal = node_literal_string(*key)) != NULL) {
        *name = strdup(literal);
        expression_destroy(*key);
        *key = NULL;
    }
    return *key != NULL || *name != NULL;
}

/* One member of an object and what separates it from the next one. False after an error. */
static bool parse_member(struct parser *parser, struct expression **object)
{
    char *name = NULL;
    struct expression *key = NULL, *value = NULL;
    bool ok = parse_key(parser, &name, &key);
    if (ok && parser->token.kind != '=' && parser->token.kind != ':') {
        parser_unexpected(parser, "= or : behind the name of a member");
        ok = false;
    }
    if (ok) {
        parser_next(parser);
        value = parser_expression(parser);
        ok = value != NULL;
    }
    if (ok && parser->token.kind != ',' && parser->token.kind != '}' && !parser->token.new_line) {
        parser_unexpected(parser, "a comma or the closing } of the object");
        ok = false;
    }
    if (!ok) {
        free(name);
        expression_destroy(key);
        expression_destroy(value);
        return false;
    }
    node_add_member(object, name, key, value);
    if (parser->token.kind == ',')
        parser_next(parser);
    return *object != NULL;
}

static struct expression *parse_object(struct parser *parser)
{
    struct expression *object = parser_node(parser, NODE_OBJECT);
    parser_next(parser);
    if (token_is(&parser->token, "for")) {
        expression_destroy(object);
        return refuse_for(parser);
    }
    while (object != NULL && parser->token.kind != '}')
        if (!parse_member(parser, &object)) {
            expression_destroy(object);
            return NULL;
        }
    if (object != NULL)
        parser_next(parser);
    return object;
}

static struct expression *parse_number(struct parser *parser, bool negative)
{
    struct token token = parser->token;
    struct text text = {0};
    text_add_string(&text, negative ? "-" : "");
    text_add(&text, token.text, token.length);
    struct json_object *value = text.failed ? NULL : number_parse(text.bytes, text.length);
    text_clear(&text);
    if (value == NULL)
        return parser_fail(parser, "Invalid number", "A number is beyond the range of a double.");
    parser_next(parser);
    return parser_literal(parser, value);
}

static struct expression *parse_term(struct parser *parser)
{
    struct expression *inner = NULL;
    switch (parser->token.kind) {
    case TOKEN_NAME:
        return parse_named(parser);
    case TOKEN_NUMBER:
        return parse_number(parser, false);
    case '"':
        inner = parser_template(parser, true);
        if (inner != NULL)
            parser_next(parser);
        return inner;
    case '[':
        return parse_tuple(parser);
    case '{':
        return parse_object(parser);
    case '(':
        parser_next(parser);
        inner = parser_expression(parser);
        if (inner != NULL && parser->token.kind != ')') {
            parser_unexpected(parser, "the closing parenthesis");
            expression_destroy(inner);
            return NULL;
        }
        if (inner != NULL)
            parser_next(parser);
        return inner;
    case '-': {
        struct parser before = *parser;
        parser_next(parser);
        if (parser->token.kind == TOKEN_NUMBER)
            return parse_number(parser, true);
        *parser = before;
        return parser_unexpected(parser, "a value");
    }
    default:
        return parser_unexpected(parser, "a value");
    }
}

struct expression *parser_expression(struct parser *parser)
{
    if (parser->nesting >= PARSER_NESTING_MAX)
        return parser_too_deep(parser, NULL);
    parser->nesting++;
    struct expression *node = parse_term(parser);
    if (node != NULL)
        node = parser_following(parser, node, false);
    parser->nesting--;
    if (node != NULL && !parser->token.new_line && parser_refuse_operator(parser)) {
        expression_destroy(node);
        return NULL;
    }
    if (node != NULL && node->depth > NODE_DEPTH_MAX) {
        expression_destroy(node);
        return parser_fail(parser, "Expression too deep",
                           "It has too many parts; split it into local values.");
    }
    return node;
}
