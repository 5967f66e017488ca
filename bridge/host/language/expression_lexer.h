/* SPDX-License-Identifier: Apache-2.0
 *
 * expression_lexer.h - the words of an expression. Operators that are refused are words too, so that they can
 * be named.
 */
#ifndef HOST_EXPRESSION_LEXER_H
#define HOST_EXPRESSION_LEXER_H

#include <stdbool.h>
#include <stddef.h>

/* Characters that stand for themselves are their own kind. */
enum token_kind {
    TOKEN_END = 0,
    TOKEN_NAME = 256,
    TOKEN_NUMBER,
    TOKEN_ELLIPSIS,     /* ... */
    TOKEN_ARROW,        /* => */
    TOKEN_SCOPE,        /* :: */
    TOKEN_OPERATOR,     /* == != <= >= && || */
    TOKEN_HEREDOC,      /* << */
    TOKEN_OPEN_COMMENT, /* a comment without an end */
};

struct token {
    int kind;
    const char *text;
    size_t length;
    bool new_line; /* a line ended before it */
};

struct lexer {
    const char *at, *end;
};

/* The next word; TOKEN_END again and again at the end. A '"' is a word by itself: what follows it is the
 * parser's to read. */
struct token lexer_next(struct lexer *lexer);

bool token_is(const struct token *token, const char *text);

#endif
