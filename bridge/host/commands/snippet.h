/* SPDX-License-Identifier: Apache-2.0
 *
 * snippet.h - where in a file a diagnostic points: the line, what of it is meant, and what stands around it.
 */
#ifndef HOST_SNIPPET_H
#define HOST_SNIPPET_H

#include "../../diagnostic.h"
#include "../language/config.h"

struct snippet {
    size_t line, column, end_column, offset, end_offset; /* line and columns from 1 */
    char *code;                                          /* the line's text */
    size_t highlight, highlight_end;                     /* in `code` */
    char *context;                                       /* "resource.widget.a", or NULL */
};

/* False where the diagnostic names no file, or nothing in it can be found. Takes the text from `config`, or,
 * where that is NULL or does not have it, from the file. */
bool snippet_find(const struct config *config, const struct diagnostic *diagnostic, struct snippet *snippet);
void snippet_clear(struct snippet *snippet);

/* Reads a file whole, up to 64 MiB, with a NUL behind it. NULL where it can't be (errno says why). */
char *source_read(const char *name, size_t *length);

#endif
