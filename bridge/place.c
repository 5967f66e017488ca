/* SPDX-License-Identifier: Apache-2.0
 *
 * place.c - from a chain of places to a JSON pointer (RFC 6901).
 */
#include "place.h"

#include <stdlib.h>
#include <string.h>

/* The key as a pointer has it, or the index; `out` may be NULL, to count only. Returns the bytes. */
static size_t write_key(const char *key, char *out)
{
    size_t length = 0;
    for (; *key != '\0'; key++) {
        char escape = *key == '~' ? '0' : *key == '/' ? '1' : '\0';
        if (out != NULL)
            out[length] = escape != '\0' ? '~' : *key;
        length++;
        if (escape != '\0') {
            if (out != NULL)
                out[length] = escape;
            length++;
        }
    }
    return length;
}

static size_t write_index(size_t index, char *out)
{
    size_t length = 1;
    for (size_t rest = index / 10; rest > 0; rest /= 10)
        length++;
    for (size_t i = length; out != NULL && i > 0; i--, index /= 10)
        out[i - 1] = (char)('0' + index % 10);
    return length;
}

/* Recursion is as deep as the tree at most. */
size_t place_write(const struct place *place, char *out)
{
    if (place->up == NULL) {
        size_t length = place->key != NULL ? strlen(place->key) : 0;
        if (out != NULL && length > 0)
            memcpy(out, place->key, length);
        return length;
    }
    size_t length = place_write(place->up, out);
    if (out != NULL)
        out[length] = '/';
    length++;
    char *next = out != NULL ? out + length : NULL;
    return length + (place->key != NULL ? write_key(place->key, next) : write_index(place->index, next));
}

char *place_pointer(const struct place *place)
{
    size_t length = place_write(place, NULL);
    char *text = malloc(length + 1);
    if (text == NULL)
        return NULL;
    place_write(place, text);
    text[length] = '\0';
    return text;
}
