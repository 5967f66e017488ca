/* SPDX-License-Identifier: Apache-2.0
 *
 * number.h - decimal numbers as the language reads and prints them: any length, never an exponent when
 * printed.
 */
#ifndef HOST_NUMBER_H
#define HOST_NUMBER_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

/* How many bytes of a number a text begins with ("1", "0.5", "1e3"; no sign); 0 where there is none. */
size_t number_length(const char *text, size_t length);

/* A number from its whole text, with or without a sign before it: an integer, or a double that keeps the
 * text in its plain form. NULL where the text is no number, is beyond a double, or without memory. */
struct json_object *number_parse(const char *text, size_t length);

/* Puts every number of a tree into its plain form, so that 1e3 is 1000 in states too. The tree may come back
 * changed, or *value replaced. False without memory. */
bool numbers_normalize(struct json_object **value);

/* Its text: "5", "1.5", "1000" for 1e3. NULL without memory. */
char *number_text(const struct json_object *number);

#endif
