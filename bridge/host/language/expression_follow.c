/* SPDX-License-Identifier: Apache-2.0
 *
 * expression_follow.c - the attributes, indexes and splats that follow a term.
 */
#include "expression_parser.h"

#include "number.h"

#include <stdlib.h>
#include <string.h>

static struct expression *wrap(struct parser *parser, enum node_kind kind, struct expression *base)
{
    struct expression *node = parser_node(parser, kind);
    if (node == NULL) {
        expression_destroy(base);
        return NULL;
    }
    node_add(&node, base);
    if (node != NULL && node->depth > NODE_DEPTH_MAX / 2) {
        parser_fail(parser, "Expression too deep",
                    "It has too many parts behind one another; split it into local values.");
        expression_destroy(node);
        return NULL;
    }
    return node;
}

static struct expression *index_of(struct parser *parser, struct expression *base, struct expression *key)
{
    struct expression *node = wrap(parser, NODE_INDEX, base);
    if (node != NULL)
        node_add(&node, key);
    else
        expression_destroy(key);
    return node;
}

/* ".0", an older form of [0]. */
static struct expression *old_index(struct parser *parser, struct expression *base)
{
    const struct token token = parser->token;
    if (strspn(token.text, "0123456789") < token.length) {
        expression_destroy(base);
        return parser_fail(
            parser, "Invalid legacy index syntax",
            "Indexes are written in brackets, like [0][1]; the older form .0 stands alone only.");
    }
    base = index_of(parser, base, parser_literal(parser, number_parse(token.text, token.length)));
    parser_next(parser);
    return base;
}

struct expression *parser_too_deep(struct parser *parser, struct expression *base)
{
    expression_destroy(base);
    return parser_fail(parser, "Expression too deep",
                       "Brackets, templates and splats may be nested %d levels; split it into local values.",
                       PARSER_NESTING_MAX);
}

static struct expression *splat(struct parser *parser, struct expression *base, bool attributes)
{
    if (parser->nesting >= PARSER_NESTING_MAX)
        return parser_too_deep(parser, base);
    parser->nesting++;
    parser_next(parser);
    struct expression *node = wrap(parser, NODE_SPLAT, base);
    struct expression *each = node != NULL ? parser_node(parser, NODE_ELEMENT) : NULL;
    if (each != NULL)
        each = parser_following(parser, each, attributes);
    if (node != NULL)
        node_add(&node, each);
    parser->nesting--;
    return node;
}

static struct expression *parse_bracket(struct parser *parser, struct expression *base)
{
    parser_next(parser);
    if (parser->token.kind == '*') {
        parser_next(parser);
        if (parser->token.kind == ']')
            return splat(parser, base, false);
    } else {
        struct expression *key = parser_expression(parser);
        if (key == NULL) {
            expression_destroy(base);
            return NULL;
        }
        base = index_of(parser, base, key);
        if (base == NULL || parser->token.kind == ']') {
            parser_next(parser);
            return base;
        }
    }
    expression_destroy(base);
    return parser_unexpected(parser, "the closing ] of the index");
}

struct expression *parser_following(struct parser *parser, struct expression *base, bool attributes)
{
    while (base != NULL) {
        if (parser->token.kind == '[' && !attributes && !parser->token.new_line) {
            base = parse_bracket(parser, base);
        } else if (parser->token.kind == '.') {
            parser_next(parser);
            if (parser->token.kind == TOKEN_NUMBER) {
                base = old_index(parser, base);
            } else if (parser->token.kind == '*') {
                base = splat(parser, base, true);
            } else {
                char *name = parser_name(parser, "the name of an attribute");
                if (name == NULL) {
                    expression_destroy(base);
                    return NULL;
                }
                base = wrap(parser, NODE_ATTRIBUTE, base);
                if (base != NULL)
                    base->name = name;
                else
                    free(name);
            }
        } else {
            return base;
        }
    }
    return NULL;
}
