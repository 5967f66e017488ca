/* SPDX-License-Identifier: Apache-2.0
 *
 * place.c - from a chain of places to a JSON pointer (RFC 6901).
 */
#include "place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void write_step(FILE *out, const struct place *place)
{
    if (place->up != NULL)
        write_step(out, place->up);
    if (place->up == NULL) {
        fputs(place->key != NULL ? place->key : "", out);
    } else if (place->key == NULL) {
        fprintf(out, "/%zu", place->index);
    } else {
        fputc('/', out);
        for (const char *c = place->key; *c != '\0'; c++)
            if (*c == '~' || *c == '/')
                fputs(*c == '~' ? "~0" : "~1", out);
            else
                fputc(*c, out);
    }
}

char *place_pointer(const struct place *place)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return NULL;
    write_step(out, place);
    int failed = ferror(out);
    if (fclose(out) != 0 || failed) {
        free(text);
        return NULL;
    }
    return text;
}
