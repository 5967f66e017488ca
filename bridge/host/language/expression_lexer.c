/* SPDX-License-Identifier: Apache-2.0
 *
 * expression_lexer.c - see expression_lexer.h.
 */
#include "expression_lexer.h"

#include "number.h"
#include "text.h"

#include <string.h>

static bool starts(const struct lexer *lexer, const char *text)
{
    size_t length = strlen(text);
    return (size_t)(lexer->end - lexer->at) >= length && memcmp(lexer->at, text, length) == 0;
}

/* Skips one comment; false where there is none. One that has no end is left for lexer_next(). */
static bool skip_comment(struct lexer *lexer)
{
    if (starts(lexer, "#") || starts(lexer, "//")) {
        while (lexer->at < lexer->end && *lexer->at != '\n')
            lexer->at++;
        return true;
    }
    if (!starts(lexer, "/*"))
        return false;
    for (const char *c = lexer->at + 2; c + 1 < lexer->end; c++)
        if (c[0] == '*' && c[1] == '/') {
            lexer->at = c + 2;
            return true;
        }
    return false;
}

static bool skip_blanks(struct lexer *lexer)
{
    bool new_line = false;
    for (;;) {
        if (lexer->at < lexer->end && (*lexer->at == ' ' || *lexer->at == '\t' || *lexer->at == '\r'))
            lexer->at++;
        else if (lexer->at < lexer->end && *lexer->at == '\n') {
            new_line = true;
            lexer->at++;
        } else if (!skip_comment(lexer))
            return new_line;
    }
}

struct token lexer_next(struct lexer *lexer)
{
    static const struct {
        const char *text;
        int kind;
    } long_ones[] = {
        {"...", TOKEN_ELLIPSIS}, {"=>", TOKEN_ARROW},    {"::", TOKEN_SCOPE},        {"==", TOKEN_OPERATOR},
        {"!=", TOKEN_OPERATOR},  {"<<", TOKEN_HEREDOC},  {"<=", TOKEN_OPERATOR},     {">=", TOKEN_OPERATOR},
        {"&&", TOKEN_OPERATOR},  {"||", TOKEN_OPERATOR}, {"/*", TOKEN_OPEN_COMMENT},
    };
    bool new_line = skip_blanks(lexer);
    struct token token = {.text = lexer->at, .new_line = new_line};
    size_t left = (size_t)(lexer->end - lexer->at);
    if (left == 0)
        return token;
    token.kind = TOKEN_NAME;
    token.length = identifier_length(lexer->at, left);
    if (token.length == 0) {
        token.kind = TOKEN_NUMBER;
        token.length = number_length(lexer->at, left);
    }
    for (size_t i = 0; token.length == 0 && i < sizeof long_ones / sizeof *long_ones; i++)
        if (starts(lexer, long_ones[i].text)) {
            token.kind = long_ones[i].kind;
            token.length = strlen(long_ones[i].text);
        }
    if (token.length == 0) {
        token.kind = (unsigned char)*lexer->at;
        token.length = 1;
    }
    lexer->at += token.length;
    return token;
}

bool token_is(const struct token *token, const char *text)
{
    return token->length == strlen(text) && memcmp(token->text, text, token->length) == 0;
}
