/* SPDX-License-Identifier: Apache-2.0
 *
 * text.h - texts put together piece by piece, identifiers of the language, and the nearest of some names, for
 * messages ("did you mean"). Nothing here knows what the texts are about.
 */
#ifndef HOST_TEXT_H
#define HOST_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Start it zeroed; end with text_take() or text_clear(). */
struct text {
    char *bytes; /* NUL-terminated once something was added */
    size_t length, capacity;
    bool failed; /* memory ran out; what is added then is lost */
};

void text_add(struct text *text, const char *bytes, size_t length);
void text_add_string(struct text *text, const char *string);
void text_add_format(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The text, owned by the caller; NULL where memory ran out. The builder is empty afterwards. */
char *text_take(struct text *text);
void text_clear(struct text *text);

/* Closes what open_memstream() opened for *text. False, with the text freed, where there was no memory for
 * all of it. */
bool text_stream_end(FILE *memory, char **text);

/* Adds a string as the language quotes it: with quotes, \n, \" and the like, "${" as "$${". */
void text_add_quoted(struct text *text, const char *string, size_t length);

/* One escape of a quoted string, `at` behind the backslash: adds what it means and moves *at on. False where
 * there is no such escape. */
bool text_add_escape(struct text *text, const char **at, const char *end);

/* How many bytes of an identifier a text begins with: letters, digits, "_" and "-", not beginning with a
 * digit or "-"; 0 where there is none. What is not ASCII is taken for a letter, but for the blocks of
 * punctuation and symbols. */
size_t identifier_length(const char *text, size_t length);
bool identifier_is(const char *text);

/* The name nearest to a wanted one. Start with {.wanted = …}, offer all names, read `best` (borrowed; NULL
 * where none is near). */
struct near {
    const char *wanted, *best;
    size_t distance;
};
void near_offer(struct near *near, const char *name);

/* " Did you mean \"…\"?", or "", in a buffer of the caller's. */
enum { HINT_SIZE = 128 };
const char *near_hint(const struct near *near, char hint[HINT_SIZE]);

#endif
