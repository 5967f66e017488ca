/* SPDX-License-Identifier: Apache-2.0
 *
 * expression_parser.h - what the files of the parser share: expression_parse.c reads terms,
 * expression_follow.c what follows them, expression_template.c strings and whole texts, expression_refuse.c
 * says what is not supported.
 */
#ifndef HOST_EXPRESSION_PARSER_H
#define HOST_EXPRESSION_PARSER_H

#include "expression_lexer.h"
#include "expression_node.h"

/* How deep brackets and templates may be nested in one string. */
enum { PARSER_NESTING_MAX = 64 };

struct parser {
    struct lexer lexer;
    struct token token; /* the next one, not yet taken */
    const char *start;  /* of the text */
    const char *file;
    char *pointer;
    bool quote;        /* messages may quote the text: it is no value of a variable */
    bool lines;        /* a file of the native syntax: messages name file and line */
    const char *begin; /* of the expression under way, for messages */
    unsigned nesting;
    struct diagnostics *diags;
};

void parser_next(struct parser *parser);

/* Says what is wrong; always NULL. */
struct expression *parser_fail(struct parser *parser, const char *summary, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Says that `what` ("conditionals (… ? … : …)") is not supported here; always NULL. */
struct expression *parser_refuse(struct parser *parser, const char *what, const char *advice);

/* Refuses what stands at an operator's place, if it is one. */
bool parser_refuse_operator(struct parser *parser);

/* Refuses the call of a function that is not the provider's; always NULL. */
struct expression *parser_refuse_function(struct parser *parser, const struct token *name);

/* Says that the next token is none that is wanted here; always NULL. */
struct expression *parser_unexpected(struct parser *parser, const char *wanted);

/* Frees a part that is nested too deep, and says so; always NULL. */
struct expression *parser_too_deep(struct parser *parser, struct expression *base);

/* An identifier behind a dot; newly allocated. NULL after an error. */
char *parser_name(struct parser *parser, const char *wanted);

/* What follows a term, which is taken over. `attributes`: behind ".*", where an index belongs to the whole.
 */
struct expression *parser_following(struct parser *parser, struct expression *base, bool attributes);

/* An expression up to where it ends, which the caller looks at. NULL after an error. */
struct expression *parser_expression(struct parser *parser);

/* A template from where the lexer stands: up to the closing quote (which is taken) or the end of the text. */
struct expression *parser_template(struct parser *parser, bool quoted);

struct expression *parser_node(struct parser *parser, enum node_kind kind);

/* A literal of a value, which is taken over; NULL without memory. */
struct expression *parser_literal(struct parser *parser, struct json_object *value);

#endif
