/* SPDX-License-Identifier: Apache-2.0
 *
 * expression_refuse.c - what the parser says: what is wrong where, and what of Terraform's language is not
 * supported here, by its name.
 */
#include "expression_parser.h"

#include "../../utf8.h"
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How much of an expression a message quotes. */
enum { EXCERPT_MAX = 70 };

/* 'In "${…}": ', 'FILE line 3: ', or nothing. */
static void add_place(const struct parser *parser, struct text *text)
{
    if (parser->lines) {
        size_t line = 1;
        const char *at = parser->token.text != NULL ? parser->token.text : parser->begin;
        for (const char *c = parser->start; c < at; c++)
            line += *c == '\n';
        text_add_format(text, "%s line %zu: ", parser->file, line);
    } else if (parser->quote) {
        size_t length = (size_t)(parser->lexer.end - parser->begin), shown = length;
        if (length > EXCERPT_MAX)
            shown = utf8_valid_prefix(parser->begin, EXCERPT_MAX);
        text_add_format(text, "In \"%.*s%s\": ", (int)shown, parser->begin, shown < length ? "…" : "");
    }
}

struct expression *parser_fail(struct parser *parser, const char *summary, const char *format, ...)
{
    struct text text = {0};
    char *what = NULL;
    size_t first = parser->diags->count;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&what, format, arguments) < 0)
        what = NULL;
    va_end(arguments);
    add_place(parser, &text);
    text_add_string(&text, what != NULL ? what : "no memory to say what");
    free(what);
    char *detail = text_take(&text);
    diagnostics_add(parser->diags, SEVERITY_ERROR, parser->lines ? NULL : parser->pointer, summary, detail);
    /* A pointer means nothing in a file of the native syntax; its text names the place. */
    if (!parser->lines)
        diagnostics_locate(parser->diags, first, parser->file, NULL, NULL);
    free(detail);
    return NULL;
}

struct expression *parser_refuse(struct parser *parser, const char *what, const char *advice)
{
    return parser_fail(parser, "Expression not supported",
                       "%s are not supported by this program. %s " TERRAFORM_RUNS, what, advice);
}

bool parser_refuse_operator(struct parser *parser)
{
    static const char advice[] = "Write the result, or give it in a variable.";
    switch (parser->token.kind) {
    case '?':
        parser_refuse(parser, "Conditionals (condition ? a : b)", advice);
        return true;
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
        parser_refuse(parser, "Arithmetic operators (+ - * / %)", advice);
        return true;
    case '!':
        parser_refuse(parser, "Logical operators (&& || !)", advice);
        return true;
    case '<':
    case '>':
        parser_refuse(parser, "Comparisons (== != < <= > >=)", advice);
        return true;
    case TOKEN_OPERATOR: {
        bool logical = token_is(&parser->token, "&&") || token_is(&parser->token, "||");
        parser_refuse(parser, logical ? "Logical operators (&& || !)" : "Comparisons (== != < <= > >=)",
                      advice);
        return true;
    }
    case TOKEN_HEREDOC:
        parser_refuse(parser, "Heredocs (<<)", "Write a quoted string, with \\n where a line ends.");
        return true;
    case TOKEN_ELLIPSIS:
        parser_refuse(parser, "Expanded arguments (list...)", "Write the arguments one by one.");
        return true;
    default:
        return false;
    }
}

/* Terraform 1.11's own functions. */
static const char *const built_in[] = {
    "abs",
    "abspath",
    "alltrue",
    "anytrue",
    "base64decode",
    "base64encode",
    "base64gzip",
    "base64sha256",
    "base64sha512",
    "basename",
    "bcrypt",
    "can",
    "ceil",
    "chomp",
    "chunklist",
    "cidrhost",
    "cidrnetmask",
    "cidrsubnet",
    "cidrsubnets",
    "coalesce",
    "coalescelist",
    "compact",
    "concat",
    "contains",
    "csvdecode",
    "dirname",
    "distinct",
    "element",
    "endswith",
    "ephemeralasnull",
    "file",
    "filebase64",
    "filebase64sha256",
    "filebase64sha512",
    "fileexists",
    "filemd5",
    "fileset",
    "filesha1",
    "filesha256",
    "filesha512",
    "flatten",
    "floor",
    "format",
    "formatdate",
    "formatlist",
    "indent",
    "index",
    "issensitive",
    "join",
    "jsondecode",
    "jsonencode",
    "keys",
    "length",
    "list",
    "log",
    "lookup",
    "lower",
    "map",
    "matchkeys",
    "max",
    "md5",
    "merge",
    "min",
    "nonsensitive",
    "one",
    "parseint",
    "pathexpand",
    "plantimestamp",
    "pow",
    "range",
    "regex",
    "regexall",
    "replace",
    "reverse",
    "rsadecrypt",
    "sensitive",
    "setintersection",
    "setproduct",
    "setsubtract",
    "setunion",
    "sha1",
    "sha256",
    "sha512",
    "signum",
    "slice",
    "sort",
    "split",
    "startswith",
    "strcontains",
    "strrev",
    "substr",
    "sum",
    "templatefile",
    "templatestring",
    "textdecodebase64",
    "textencodebase64",
    "timeadd",
    "timecmp",
    "timestamp",
    "title",
    "tobool",
    "tolist",
    "tomap",
    "tonumber",
    "toset",
    "tostring",
    "transpose",
    "trim",
    "trimprefix",
    "trimspace",
    "trimsuffix",
    "try",
    "type",
    "upper",
    "urlencode",
    "uuid",
    "uuidv5",
    "values",
    "yamldecode",
    "yamlencode",
    "zipmap",
};

struct expression *parser_refuse_function(struct parser *parser, const struct token *name)
{
    char *text = strndup(name->text, name->length), hint[HINT_SIZE];
    struct near near = {.wanted = text};
    bool known = false;
    if (text == NULL)
        return NULL;
    for (size_t i = 0; i < sizeof built_in / sizeof *built_in; i++) {
        near_offer(&near, built_in[i]);
        known = known || strcmp(built_in[i], text) == 0;
    }
    if (known)
        parser_fail(
            parser, "Built-in function not supported",
            "\"%s\" is a function of Terraform's own, and this program calls only those of the provider "
            "(provider::NAME::function). Write the result, or give it in a variable. " TERRAFORM_RUNS,
            text);
    else if (!parser->quote)
        parser_fail(parser, "Call to unknown function",
                    "Functions can't be called in a value; text goes into double quotes.");
    else
        parser_fail(parser, "Call to unknown function",
                    "There is no function named \"%s\".%s Functions of the provider are called "
                    "provider::NAME::function.",
                    text, near_hint(&near, hint));
    free(text);
    return NULL;
}
