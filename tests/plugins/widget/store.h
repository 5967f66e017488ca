/* SPDX-License-Identifier: Apache-2.0
 *
 * store.h - where widgets are kept: a directory with one file a widget, a line `key=value` for each of its
 * attributes, so that they survive the process and a test can change them behind the provider's back.
 */
#ifndef WIDGET_STORE_H
#define WIDGET_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct record {
    char *text; /* the whole file; NULL for none */
};

/* "DIRECTORY/NAME"; newly allocated. NULL where the name is NULL or not fit to be a file's. */
char *store_path(const char *directory, const char *name);

/* Reads a widget; false with errno (ENOENT where there is none). */
bool record_load(struct record *record, const char *path);

/* The value of a key, newly allocated; NULL where it has none. */
char *record_text(const struct record *record, const char *key);

void record_free(struct record *record);

/* A list of strings as a JSON array; `null` for NULL. */
void print_texts(FILE *file, const char *const *texts);

#endif
