/* SPDX-License-Identifier: Apache-2.0
 *
 * json.h - what json-c leaves to its callers: strict reading, and building
 * without losing sight of a failed allocation.
 */
#ifndef SIMULATOR_JSON_H
#define SIMULATOR_JSON_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

/* Reads one JSON object and nothing after it. NULL: that is not what `text` is. */
struct json_object *json_read_object(const char *text, size_t size);

/* Builds an object of string members from (name, value) pairs, ended by NULL. NULL: no memory. */
struct json_object *json_strings(const char *name, ...) __attribute__((sentinel));

/* Adds `value`, which is owned from now on, in every case. NULL counts as a failed allocation. */
bool json_put(struct json_object *object, const char *name, struct json_object *value);
bool json_append(struct json_object *array, struct json_object *value);

/* A member, where it is there and is a string; else NULL. Borrowed. */
const char *json_text(struct json_object *object, const char *name);

#endif
