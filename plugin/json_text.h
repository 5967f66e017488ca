/* SPDX-License-Identifier: Apache-2.0
 *
 * json_text.h - JSON text as a tree, and back.
 */
#ifndef PLUGIN_JSON_TEXT_H
#define PLUGIN_JSON_TEXT_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

/* Parses text strictly: valid UTF-8, no NUL, no key twice in an object, at most 32 levels deep, nothing
 * behind the value. text[length] must be NUL; text may be NULL. A new tree, or NULL: not JSON, JSON's null,
 * or no memory. A process that forks meanwhile waits for the end. */
struct json_object *json_text_parse(const char *text, size_t length);

/* Compact text, borrowed from the tree; NULL without memory, and for NULL. */
const char *json_text_print(struct json_object *json);

/* Sets a member of an object to a text. False without memory, and where object or text is NULL. */
bool json_text_put(struct json_object *object, const char *name, const char *text);

#endif
