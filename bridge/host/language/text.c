/* SPDX-License-Identifier: Apache-2.0
 *
 * text.c - see text.h.
 */
#include "text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Longer names are not compared: nobody mistypes so much. */
enum { NEAR_LENGTH = 64 };

static bool reserve(struct text *text, size_t more)
{
    if (text->failed)
        return false;
    if (text->bytes != NULL && text->capacity - text->length > more)
        return true;
    size_t capacity =
        text->capacity * 2 > text->length + more + 1 ? text->capacity * 2 : text->length + more + 32;
    char *bytes = realloc(text->bytes, capacity);
    if (bytes == NULL) {
        text->failed = true;
        return false;
    }
    text->bytes = bytes;
    text->capacity = capacity;
    return true;
}

void text_add(struct text *text, const char *bytes, size_t length)
{
    if (!reserve(text, length))
        return;
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
}

void text_add_string(struct text *text, const char *string)
{
    text_add(text, string, strlen(string));
}

void text_add_format(struct text *text, const char *format, ...)
{
    char *piece = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&piece, format, arguments);
    va_end(arguments);
    if (length < 0) {
        text->failed = true;
        return;
    }
    text_add(text, piece, (size_t)length);
    free(piece);
}

char *text_take(struct text *text)
{
    text_add(text, "", 0);
    char *bytes = text->failed ? NULL : text->bytes;
    if (bytes != NULL)
        text->bytes = NULL;
    text_clear(text);
    return bytes;
}

void text_clear(struct text *text)
{
    free(text->bytes);
    *text = (struct text){0};
}

bool text_stream_end(FILE *memory, char **text)
{
    /* Some of it may have been lost long before the end. */
    bool ok = !ferror(memory);
    ok = fclose(memory) == 0 && ok && *text != NULL;
    if (ok)
        return true;
    free(*text);
    *text = NULL;
    return false;
}

void text_add_quoted(struct text *text, const char *string, size_t length)
{
    text_add(text, "\"", 1);
    for (size_t i = 0; i < length; i++) {
        char c = string[i];
        if (c == '"' || c == '\\')
            text_add_format(text, "\\%c", c);
        else if (c == '\n' || c == '\r' || c == '\t')
            text_add_string(text, c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t");
        else if ((unsigned char)c < ' ' || c == 0x7F)
            text_add_format(text, "\\u%04x", (unsigned)(unsigned char)c);
        else if ((c == '$' || c == '%') && i + 1 < length && string[i + 1] == '{')
            text_add_format(text, "%c%c", c, c);
        else
            text_add(text, &c, 1);
    }
    text_add(text, "\"", 1);
}

/* Adds a code point as UTF-8; false where it is none. */
static bool add_code_point(struct text *text, uint32_t code)
{
    char bytes[4];
    size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
        return false;
    static const unsigned char leads[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = length - 1; i > 0; i--, code >>= 6)
        bytes[i] = (char)(0x80 | (code & 0x3F));
    bytes[0] = (char)(leads[length] | code);
    text_add(text, bytes, length);
    return true;
}

static int hexadecimal(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

bool text_add_escape(struct text *text, const char **at, const char *end)
{
    static const char letters[] = "nrt\"\\", meanings[] = "\n\r\t\"\\";
    if (*at >= end)
        return false;
    char c = *(*at)++;
    const char *letter = c != '\0' ? strchr(letters, c) : NULL;
    if (letter != NULL) {
        text_add(text, &meanings[letter - letters], 1);
        return true;
    }
    size_t digits = c == 'u' ? 4 : c == 'U' ? 8 : 0;
    uint32_t code = 0;
    if (digits == 0 || (size_t)(end - *at) < digits)
        return false;
    for (; digits > 0; digits--) {
        int digit = hexadecimal(*(*at)++);
        if (digit < 0 || code > 0x10FFFF)
            return false;
        code = code << 4 | (uint32_t)digit;
    }
    return add_code_point(text, code);
}

/* The bytes and the code point of the character that a text begins with; 0 bytes where it is not UTF-8. */
static size_t decode(const char *text, size_t length, uint32_t *code)
{
    const unsigned char first = (unsigned char)*text;
    const size_t bytes = first < 0x80 ? 1 : first < 0xC0 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (bytes == 0 || bytes > length)
        return 0;
    *code = bytes == 1 ? first : first & (0x7Fu >> bytes);
    for (size_t i = 1; i < bytes; i++)
        *code = *code << 6 | ((unsigned char)text[i] & 0x3Fu);
    return bytes;
}

/* Punctuation, symbols, pictures and what is for private use, by whole blocks as far as they hold little
 * else. Source: the general categories of the Unicode Character Database. */
static bool is_symbol(uint32_t code)
{
    static const uint32_t ranges[][2] = {
        {0x80, 0xA9},     {0xAB, 0xB4},     {0xB6, 0xB6},     {0xB8, 0xB9},       {0xBB, 0xBF},
        {0xD7, 0xD7},     {0xF7, 0xF7},     {0x37E, 0x37E},   {0x2000, 0x203E},   {0x2041, 0x2053},
        {0x2055, 0x2070}, {0x2074, 0x207E}, {0x2080, 0x208E}, {0x20A0, 0x20CF},   {0x2150, 0x215F},
        {0x2190, 0x2BFF}, {0x2E00, 0x3004}, {0x3008, 0x3020}, {0x3030, 0x3030},   {0x303D, 0x3040},
        {0x30FB, 0x30FB}, {0x3200, 0x33FF}, {0xD800, 0xF8FF}, {0xFE10, 0xFE1F},   {0xFE30, 0xFE32},
        {0xFE35, 0xFE4C}, {0xFE50, 0xFE6F}, {0xFEFF, 0xFF0F}, {0xFF1A, 0xFF20},   {0xFF3B, 0xFF3E},
        {0xFF40, 0xFF40}, {0xFF5B, 0xFF65}, {0xFFE0, 0xFFFF}, {0x1F000, 0x1FAFF}, {0xE0000, 0x10FFFF}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (code >= ranges[i][0] && code <= ranges[i][1])
            return true;
    return false;
}

static bool is_letter(uint32_t code)
{
    if (code >= 0x80)
        return !is_symbol(code);
    return (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z') || code == '_';
}

size_t identifier_length(const char *text, size_t length)
{
    size_t i = 0;
    while (i < length) {
        uint32_t code = 0;
        const size_t bytes = decode(text + i, length - i, &code);
        if (bytes == 0 || !(is_letter(code) || (i > 0 && (code == '-' || (code >= '0' && code <= '9')))))
            break;
        i += bytes;
    }
    return i;
}

bool identifier_is(const char *text)
{
    size_t length = strlen(text);
    return length > 0 && identifier_length(text, length) == length;
}

/* How many letters have to be put in, left out, changed or swapped with the next one. */
static size_t edit_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t rows[3][NEAR_LENGTH + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b_length; j++)
        above[j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t best = above[j - 1] + (a[i - 1] != b[j - 1]);
            if (above[j] + 1 < best)
                best = above[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            row[j] = best;
        }
        size_t *spare = before;
        before = above;
        above = row;
        row = spare;
    }
    return above[b_length];
}

void near_offer(struct near *near, const char *name)
{
    size_t wanted = strlen(near->wanted), length = strlen(name);
    if (wanted > NEAR_LENGTH || length > NEAR_LENGTH)
        return;
    size_t limit = wanted < 5 ? 1 : wanted < 10 ? 2 : 3;
    size_t distance = edit_distance(near->wanted, wanted, name, length);
    if (distance > limit || distance >= wanted || (near->best != NULL && distance >= near->distance))
        return;
    near->best = name;
    near->distance = distance;
}

const char *near_hint(const struct near *near, char hint[HINT_SIZE])
{
    hint[0] = '\0';
    if (near->best != NULL)
        snprintf(hint, HINT_SIZE, " Did you mean \"%s\"?", near->best);
    return hint;
}
