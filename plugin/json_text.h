/* SPDX-License-Identifier: Apache-2.0
 *
 * json_text.h - JSON that comes from outside, as a tree.
 */
#ifndef PLUGIN_JSON_TEXT_H
#define PLUGIN_JSON_TEXT_H

#include <json-c/json.h>
#include <stddef.h>

/* Parses text strictly: valid UTF-8, no NUL, at most 32 levels deep, nothing behind the value. text[length]
 * must be NUL; text may be NULL. A new tree, or NULL: not JSON, JSON's null, or no memory. A process that
 * forks meanwhile waits for the end. */
struct json_object *json_text_parse(const char *text, size_t length);

#endif
