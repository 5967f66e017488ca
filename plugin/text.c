/* SPDX-License-Identifier: Apache-2.0
 *
 * text.c - small helpers for strings; see text.h.
 */
#include "text.h"

#include "secret.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

char *text_format(const char *format, ...)
{
    va_list arguments;
    char *text = NULL;

    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    return length < 0 ? NULL : text;
}

static bool is_blank_or_control(unsigned char byte)
{
    return byte <= 0x20 || byte == 0x7f;
}

/* Blanks beyond ASCII, in UTF-8, as they come along from a web page: the one that does not break, those of
 * various widths (none included), and the mark at the head of a file. */
static const char *const blanks[] = {
    "\u00a0", "\u2002", "\u2003", "\u2007", "\u2009", "\u200b",
    "\u2028", "\u202f", "\u2060", "\u3000", "\ufeff",
};

bool text_has_blank(const char *text)
{
    for (size_t i = 0; i < sizeof(blanks) / sizeof(blanks[0]); i++) {
        if (strstr(text, blanks[i])) {
            return true;
        }
    }
    for (; *text; text++) {
        if (is_blank_or_control((unsigned char)*text)) {
            return true;
        }
    }
    return false;
}

char *text_trim(const char *text)
{
    size_t length;

    text += strspn(text, " \t\r\n");
    length = strlen(text);
    while (length && strchr(" \t\r\n", text[length - 1])) {
        length--;
    }
    return strndup(text, length);
}

const char *text_cloud(const char *name)
{
    static const char *const clouds[] = {"aws", "gcp", "azure"};

    for (size_t i = 0; name && i < sizeof(clouds) / sizeof(*clouds); i++) {
        if (!strcasecmp(name, clouds[i])) {
            return clouds[i];
        }
    }
    return NULL;
}

/* Bytes of the UTF-8 character at `raw`, 0 where there is none. Overlong forms and surrogates are none. */
static size_t utf8_length(const unsigned char *raw, size_t length)
{
    size_t size = raw[0] < 0x80 ? 1 : raw[0] < 0xc2 ? 0 : raw[0] < 0xe0 ? 2 : raw[0] < 0xf0 ? 3 : 4;

    if (!size || size > length || raw[0] > 0xf4) {
        return 0;
    }
    for (size_t i = 1; i < size; i++) {
        if ((raw[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    if ((raw[0] == 0xe0 && raw[1] < 0xa0) || (raw[0] == 0xed && raw[1] > 0x9f) ||
        (raw[0] == 0xf0 && raw[1] < 0x90) || (raw[0] == 0xf4 && raw[1] > 0x8f)) {
        return 0;
    }
    return size;
}

/* Also those beyond ASCII (U+0080 to U+009F): some terminals heed them. */
static bool is_unfit(const unsigned char *raw, size_t character)
{
    return is_blank_or_control(raw[0]) || (character == 2 && raw[0] == 0xc2 && raw[1] < 0xa0);
}

char *text_clean(const char *raw, size_t length, const char *secret, size_t limit)
{
    char *clean = NULL;
    size_t size = 0, kept = 0, at = 0;
    FILE *out = open_memstream(&clean, &size);

    if (!out) {
        return NULL;
    }
    while (at < length && kept < limit) {
        size_t hidden = secret_length(raw + at, length - at, secret);
        size_t character = utf8_length((const unsigned char *)raw + at, length - at);

        if (hidden) {
            fputs("***", out);
            at += hidden;
            kept += 3;
        } else if (!character || is_unfit((const unsigned char *)raw + at, character)) {
            fputc(character ? ' ' : '?', out);
            at += character ? character : 1;
            kept++;
        } else {
            fwrite(raw + at, 1, character, out);
            at += character;
            kept += character;
        }
    }
    if (at < length) {
        fputs("…", out);
    }
    if (fclose(out)) {
        free(clean);
        return NULL;
    }
    return clean;
}
