/* SPDX-License-Identifier: Apache-2.0
 *
 * expression_template.c - strings with ${ } in them, and the texts that an expression may come in: a JSON
 * string, an expression by itself, a file of assignments.
 */
#include "expression_parser.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

/* A template as it is put together: finished parts, and the text since the last of them. */
struct builder {
    struct parser *parser;
    struct expression *parts;
    struct text text;
    bool trim; /* blanks that come next in the line are to be dropped: "~}" came before */
};

/* Makes a part of the text so far. */
static void flush(struct builder *builder)
{
    if (builder->text.length == 0 || builder->parts == NULL)
        return;
    struct json_object *value =
        builder->text.failed ? NULL
                             : json_object_new_string_len(builder->text.bytes, (int)builder->text.length);
    text_clear(&builder->text);
    node_add(&builder->parts, value != NULL ? parser_literal(builder->parser, value) : NULL);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Drops the blanks at the end, with one end of a line at the most: what is in lines before stays, as in
 * Terraform. */
static void trim_end(struct text *text)
{
    bool first = true;
    for (; text->length > 0 && is_blank(text->bytes[text->length - 1]); first = false)
        if (text->bytes[text->length - 1] == '\n' && !first)
            break;
        else
            text->length--;
}

/* "${ … }"; the lexer stands behind "${". False after an error. */
static bool interpolation(struct builder *builder)
{
    struct parser *parser = builder->parser;
    const char *begin = parser->begin;
    if (parser->nesting == 0)
        parser->begin = parser->lexer.at - 2;
    if (parser->lexer.at < parser->lexer.end && *parser->lexer.at == '~') {
        parser->lexer.at++;
        trim_end(&builder->text);
    }
    flush(builder);
    parser_next(parser);
    struct expression *inner = parser_expression(parser);
    if (inner == NULL)
        return false;
    builder->trim = parser->token.kind == '~';
    if (builder->trim)
        parser_next(parser);
    if (parser->token.kind != '}') {
        expression_destroy(inner);
        if (parser->token.kind == TOKEN_END)
            parser_fail(parser, "Invalid expression",
                        "\"${\" has no closing \"}\". Where \"${\" itself is meant, write \"$${\".");
        else if (!parser->quote)
            parser_fail(parser, "Invalid expression", "The closing \"}\" of \"${\" is missing.");
        else
            parser_fail(parser, "Invalid expression", "The closing \"}\" is expected where \"%.*s\" stands.",
                        (int)parser->token.length, parser->token.text);
        return false;
    }
    node_add(&builder->parts, inner);
    parser->begin = begin;
    return builder->parts != NULL;
}

/* "%{ … }"; the lexer stands behind "%{". */
static void refuse_directive(struct parser *parser)
{
    if (parser->nesting == 0)
        parser->begin = parser->lexer.at - 2;
    parser_next(parser);
    parser_refuse(parser, "Template directives (%{ if … }, %{ for … })",
                  "Write the text, or give it in a variable; where \"%{\" itself is meant, write \"%%{\".");
}

static bool at_text(const struct lexer *lexer, const char *text)
{
    size_t length = strlen(text);
    return (size_t)(lexer->end - lexer->at) >= length && memcmp(lexer->at, text, length) == 0;
}

/* Reads on to the end of the template. False after an error. */
static bool build(struct builder *builder, bool quoted)
{
    struct lexer *lexer = &builder->parser->lexer;
    while (lexer->at < lexer->end && builder->parts != NULL) {
        if (quoted && *lexer->at == '"') {
            lexer->at++;
            return true;
        }
        if (builder->trim && is_blank(*lexer->at)) {
            builder->trim = *lexer->at++ != '\n';
            continue;
        }
        builder->trim = false;
        if (at_text(lexer, "$${") || at_text(lexer, "%%{")) {
            text_add(&builder->text, lexer->at + 1, 2);
            lexer->at += 3;
        } else if (at_text(lexer, "${")) {
            lexer->at += 2;
            if (!interpolation(builder))
                return false;
        } else if (at_text(lexer, "%{")) {
            lexer->at += 2;
            refuse_directive(builder->parser);
            return false;
        } else if (quoted && *lexer->at == '\\') {
            lexer->at++;
            if (!text_add_escape(&builder->text, &lexer->at, lexer->end)) {
                parser_fail(builder->parser, "Invalid escape",
                            "A string knows \\n, \\r, \\t, \\\", \\\\, \\uNNNN and \\UNNNNNNNN.");
                return false;
            }
        } else if (quoted && *lexer->at == '\n') {
            break;
        } else {
            text_add(&builder->text, lexer->at++, 1);
        }
    }
    if (quoted && builder->parts != NULL)
        parser_fail(builder->parser, "Invalid expression", "A string has no closing double quote.");
    return !quoted;
}

struct expression *parser_template(struct parser *parser, bool quoted)
{
    if (parser->nesting >= PARSER_NESTING_MAX)
        return parser_fail(parser, "Expression too deep",
                           "Templates may be nested %d levels; split it into local values.",
                           PARSER_NESTING_MAX);
    struct builder builder = {.parser = parser, .parts = parser_node(parser, NODE_TEMPLATE)};
    bool ok = build(&builder, quoted);
    flush(&builder);
    text_clear(&builder.text);
    struct expression *node = builder.parts;
    if (!ok || node == NULL) {
        expression_destroy(node);
        return NULL;
    }
    if (node->count == 0) {
        expression_destroy(node);
        return parser_literal(parser, json_object_new_string(""));
    }
    /* "${…}" alone keeps the type of what is in it; text alone is text. */
    if (node->count == 1) {
        struct expression *only = node->items[0];
        node->count = 0;
        expression_destroy(node);
        return only;
    }
    return node;
}

static struct parser parser_open(const char *text, size_t length, const char *file, char *pointer,
                                 struct diagnostics *diags)
{
    return (struct parser){.lexer = {text, text + length},
                           .start = text,
                           .begin = text,
                           .file = file,
                           .pointer = pointer,
                           .diags = diags};
}

/* Gives the outermost node the pointer that all in it share. */
static struct expression *adopt(struct expression *node, char *pointer)
{
    if (node != NULL)
        node->owns_pointer = true;
    else
        free(pointer);
    return node;
}

struct expression *template_parse(const char *text, size_t length, const char *file, const char *pointer,
                                  struct diagnostics *diags)
{
    char *copy = strdup(pointer);
    if (copy == NULL)
        return NULL;
    struct parser parser = parser_open(text, length, file, copy, diags);
    parser.quote = true;
    return adopt(parser_template(&parser, false), copy);
}

struct expression *expression_parse_bare(const char *text, const char *file, const char *pointer,
                                         struct diagnostics *diags)
{
    size_t before = diags->count;
    char *copy = strdup(pointer != NULL ? pointer : "");
    struct expression *node = NULL;
    if (copy != NULL) {
        struct parser parser = parser_open(text, strlen(text), file, copy, diags);
        parser.quote = file != NULL; /* without a file it is somebody's value, which may be a secret */
        parser_next(&parser);
        node = parser_expression(&parser);
        if (node != NULL && parser.token.kind != TOKEN_END) {
            parser_fail(&parser, "Invalid expression",
                        "More follows behind its end; a string goes into double quotes.");
            expression_destroy(node);
            node = NULL;
        }
    }
    node = adopt(node, copy);
    if (node == NULL && diags->count == before)
        diagnostics_no_memory(diags);
    return node;
}

/* One assignment, and that the line ends behind it. */
static bool assignment(struct parser *parser,
                       bool (*visit)(void *context, const char *name, size_t line, struct expression *value),
                       void *context)
{
    size_t line = 1;
    for (const char *c = parser->start; c < parser->token.text; c++)
        line += *c == '\n';
    if (parser->token.kind != TOKEN_NAME) {
        parser_fail(parser, "Invalid variable file",
                    "NAME = VALUE is expected, one on a line; the name has no quotes.");
        return false;
    }
    char *name = strndup(parser->token.text, parser->token.length);
    parser_next(parser);
    if (name == NULL || parser->token.kind != '=') {
        if (name != NULL)
            parser_fail(parser, "Invalid variable file", "= is expected behind \"%s\".%s", name,
                        parser->token.kind == '{' ? " A variable file has no blocks." : "");
        free(name);
        return false;
    }
    parser_next(parser);
    char *pointer = strdup("");
    parser->pointer = pointer;
    struct expression *value = pointer != NULL ? parser_expression(parser) : NULL;
    if (value != NULL && parser->token.kind != TOKEN_END && !parser->token.new_line) {
        parser_fail(parser, "Invalid variable file",
                    "More follows behind the value of \"%s\"; a string goes into double quotes.", name);
        adopt(value, pointer);
        expression_destroy(value);
        value = NULL;
    } else {
        value = adopt(value, pointer);
    }
    bool ok = value != NULL && visit(context, name, line, value);
    free(name);
    return ok;
}

bool assignments_parse(const char *text, size_t length, const char *file,
                       bool (*visit)(void *context, const char *name, size_t line, struct expression *value),
                       void *context, struct diagnostics *diags)
{
    size_t before = diags->count;
    char empty[] = "";
    struct parser parser = parser_open(text, length, file, empty, diags);
    bool ok = true;
    parser.lines = true;
    parser_next(&parser);
    while (ok && parser.token.kind != TOKEN_END) {
        parser.pointer = empty;
        ok = assignment(&parser, visit, context);
    }
    if (!ok && diags->count == before)
        diagnostics_no_memory(diags);
    return ok;
}
