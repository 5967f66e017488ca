/* SPDX-License-Identifier: Apache-2.0
 *
 * output.h - what could not be printed. Those who print go on without what there is no memory for, since the
 * work itself must not stop for that; but they note it here, and the program does not end as if all were
 * well. Documents are put together by functions that take a missing part for that.
 */
#ifndef HOST_OUTPUT_H
#define HOST_OUTPUT_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>

/* Notes that something is missing from what is printed. */
void output_lose(void);
bool output_is_lost(void);

/* A part of a document just made; NULL is noted. */
struct json_object *made(struct json_object *part);

/* Adds a member, or an element, which is taken over; NULL is null. `to` may be NULL: it was noted then. */
void member_add(struct json_object *to, const char *name, struct json_object *value);
void element_add(struct json_object *to, struct json_object *value);

/* A member with a text; NULL is null. */
void member_add_text(struct json_object *to, const char *name, const char *text);

/* Prints a document, or a part of it, in one line without a line break. */
void output_json(FILE *out, struct json_object *value);

#endif
