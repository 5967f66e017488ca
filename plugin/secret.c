/* SPDX-License-Identifier: Apache-2.0
 *
 * secret.c - a token, in whatever spelling; see secret.h. Servers and gateways repeat what they were sent in
 * logs and pages of theirs, and escape it for those.
 */
#include "secret.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

enum {
    BASE64_LEAST = 8, /* bytes of a secret: a shorter one would be found where there is none */
};

/* The number that `count` hexadecimal digits (all there are, up to eight, where it is 0) write, -1 without
 * any. */
static long read_number(const char *at, size_t length, size_t count, int base, size_t *taken)
{
    char digits[9] = "", *end = digits;
    size_t size = count && count < sizeof(digits) ? count : sizeof(digits) - 1;
    long number;

    size = size < length ? size : length;
    memcpy(digits, at, size);
    /* strtol() would take blanks and signs too. */
    if (digits[0] <= ' ' || digits[0] == '+' || digits[0] == '-' || (digits[1] | 0x20) == 'x') {
        return -1;
    }
    number = strtol(digits, &end, base);
    *taken = (size_t)(end - digits);
    return end == digits || (count && *taken != count) ? -1 : number;
}

/* The character that `raw` begins with, and the bytes that spell it: c, %63, \u0063, \/, &#99; or &#x63;. */
static size_t read_character(const char *raw, size_t length, char *character)
{
    size_t taken = 0, head;
    long number = -1;

    *character = raw[0];
    if (raw[0] == '%') {
        number = read_number(raw + 1, length - 1, 2, 16, &taken);
        taken += 1;
    } else if (raw[0] == '\\' && length > 1 && raw[1] == '/') {
        number = '/';
        taken = 2;
    } else if (raw[0] == '\\' && length > 1 && raw[1] == 'u') {
        number = read_number(raw + 2, length - 2, 4, 16, &taken);
        taken += 2;
    } else if (raw[0] == '&' && length > 2 && raw[1] == '#') {
        head = (raw[2] | 0x20) == 'x' ? 3 : 2;
        number = read_number(raw + head, length - head, 0, head == 3 ? 16 : 10, &taken);
        taken += head;
        number = taken < length && raw[taken] == ';' ? number : -1;
        taken++;
    }
    if (number <= 0 || number > 0x7e) {
        return 1;
    }
    *character = (char)number;
    return taken;
}

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* Bytes at the start of `raw` that spell `text`, 0 where they do not. */
static size_t spelled(const char *raw, size_t length, const char *text)
{
    size_t at = 0;

    for (; *text; text++) {
        char character;
        size_t taken = at < length ? read_character(raw + at, length - at, &character) : 0;

        if (!taken || lower(character) != lower(*text)) {
            return 0;
        }
        at += taken;
    }
    return at;
}

/* Likewise in Base64, behind `before` bytes that are not known: the characters that hold bits of `text`
 * alone. */
static size_t spelled_in_base64(const char *raw, size_t length, const char *text, size_t before)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const size_t first = (8 * before + 5) / 6, end = 8 * (before + strlen(text)) / 6;

    if (end - first > length) {
        return 0;
    }
    for (size_t i = first; i < end; i++) {
        size_t bit = 6 * i - 8 * before;
        unsigned pair = (unsigned)(unsigned char)text[bit / 8] << 8 | (unsigned char)text[bit / 8 + 1];
        char digit = digits[pair >> (10 - bit % 8) & 63], found = raw[i - first];

        if (found != digit && !(digit == '+' && found == '-') && !(digit == '/' && found == '_')) {
            return 0;
        }
    }
    return end - first;
}

/* Bytes of a token that nobody knows, behind its prefix: up to what can't be part of one. */
static size_t rest_length(const char *raw, size_t length)
{
    size_t at = 0;

    while (at < length) {
        char character;
        size_t taken = read_character(raw + at, length - at, &character);

        if ((unsigned char)character <= ' ' || character == 0x7f ||
            (taken == 1 && strchr("\"'<>,;&\\", character)) || (taken > 1 && strchr("\"'<>", character))) {
            break;
        }
        at += taken;
    }
    return at;
}

size_t secret_length(const char *raw, size_t length, const char *secret)
{
    size_t found = text_empty(secret) ? 0 : spelled(raw, length, secret);

    if (!found && !text_empty(secret) && strlen(secret) >= BASE64_LEAST) {
        for (size_t before = 0; !found && before < 3; before++) {
            found = spelled_in_base64(raw, length, secret, before);
        }
    }
    if (!found && (found = spelled(raw, length, "AstraCS:"))) {
        found += rest_length(raw + found, length - found);
    }
    return found;
}

bool secret_within(const char *text, const char *secret)
{
    for (size_t left = strlen(text); left; text++, left--) {
        if (secret_length(text, left, secret)) {
            return true;
        }
    }
    return false;
}
