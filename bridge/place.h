/* SPDX-License-Identifier: Apache-2.0
 *
 * place.h - where in a tree a reader or a check is just now. Lives on the stack, one link a
 * level; becomes a JSON pointer only when there is something to say.
 */
#ifndef BRIDGE_PLACE_H
#define BRIDGE_PLACE_H

#include <stddef.h>

struct place {
    const struct place *up; /* NULL at the root, whose key is a JSON pointer to begin with, or NULL */
    const char *key;        /* member of an object, or NULL */
    size_t index;           /* else element of an array */
};

/* Writes the JSON pointer without a NUL behind it; with NULL only counts. Returns its bytes. */
size_t place_write(const struct place *place, char *out);

/* The JSON pointer ("" for the root), newly allocated; NULL without memory. */
char *place_pointer(const struct place *place);

#endif
