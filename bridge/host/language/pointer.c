/* SPDX-License-Identifier: Apache-2.0
 *
 * pointer.c - see pointer.h.
 */
#include "pointer.h"

#include "expression_lexer.h"
#include "text.h"

#include <string.h>

/* Adds one step, escaped as RFC 6901 says. */
static void add_step(struct text *pointer, const char *bytes, size_t length)
{
    text_add(pointer, "/", 1);
    for (size_t i = 0; i < length; i++)
        if (bytes[i] == '~' || bytes[i] == '/')
            text_add_string(pointer, bytes[i] == '~' ? "~0" : "~1");
        else
            text_add(pointer, &bytes[i], 1);
}

/* The string behind an opening quote; the lexer stands behind the closing one then. */
static bool add_string(struct text *pointer, struct lexer *lexer)
{
    struct text string = {0};
    bool ok = true;
    while (ok && lexer->at < lexer->end && *lexer->at != '"')
        if (*lexer->at != '\\') {
            text_add(&string, lexer->at++, 1);
        } else {
            lexer->at++;
            ok = text_add_escape(&string, &lexer->at, lexer->end);
        }
    ok = ok && lexer->at < lexer->end && !string.failed;
    if (ok) {
        lexer->at++;
        add_step(pointer, string.length > 0 ? string.bytes : "", string.length);
    }
    text_clear(&string);
    return ok;
}

/* "[0]" or "["a"]"; the bracket was just taken. */
static bool add_index(struct text *pointer, struct lexer *lexer)
{
    struct token key = lexer_next(lexer);
    if (key.kind == '"') {
        if (!add_string(pointer, lexer))
            return false;
    } else if (key.kind == TOKEN_NUMBER && strspn(key.text, "0123456789") >= key.length) {
        add_step(pointer, key.text, key.length);
    } else {
        return false;
    }
    return lexer_next(lexer).kind == ']';
}

char *path_pointer(const char *path)
{
    struct lexer lexer = {path, path + strlen(path)};
    struct text pointer = {0};
    struct token token = lexer_next(&lexer);
    bool ok = token.kind == TOKEN_NAME;
    if (ok)
        add_step(&pointer, token.text, token.length);
    while (ok && (token = lexer_next(&lexer)).kind != TOKEN_END) {
        if (token.kind == '[') {
            ok = add_index(&pointer, &lexer);
        } else {
            ok = token.kind == '.' && (token = lexer_next(&lexer)).kind == TOKEN_NAME;
            if (ok)
                add_step(&pointer, token.text, token.length);
        }
    }
    if (ok)
        return text_take(&pointer);
    text_clear(&pointer);
    return NULL;
}
