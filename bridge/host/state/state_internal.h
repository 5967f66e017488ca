/* SPDX-License-Identifier: Apache-2.0
 *
 * state_internal.h - what the files of the state share among themselves: the JSON text that Terraform would
 * write, and what "sensitive_attributes" means.
 */
#ifndef HOST_STATE_INTERNAL_H
#define HOST_STATE_INTERNAL_H

#include "../language/text.h"
#include "state.h"

#include <stddef.h>

/* A JSON string, escaped as Go's encoding/json does. */
void text_add_json_string(struct text *text, const char *string);

/* A value: members in the tree's order or, where `sorted`, by name; pretty with two spaces a level from
 * `indent` on, or in one line where `indent` is negative. Numbers are written out in digits, without an
 * exponent. */
void text_add_json(struct text *text, struct json_object *value, int indent, bool sorted);

/* A line break and `indent` levels. */
void text_add_line(struct text *text, int indent);

/* The names of an object's members by byte; NULL without memory. The names are borrowed. */
const char **json_sorted_names(struct json_object *object);

/* Whether two trees say the same: members in any order, those that are absent equal null, numbers by value.
 */
bool json_same(const struct json_object *a, const struct json_object *b);

/* Sets a member of an object, taking `value` over. False without memory. */
bool json_set(struct json_object *object, const char *name, struct json_object *value);

/* The marks of "sensitive_attributes". False without memory; *problem, where it is set, says in a static text
 * what is wrong with the paths. */
bool marks_from_paths(struct json_object *paths, struct json_object **marks, const char **problem);

/* "sensitive_attributes" of an instance: as read where the marks have not changed since, else made from the
 * marks, where `type` (the resource's, or NULL) tells maps from objects. New; NULL without memory. */
struct json_object *marks_to_paths(const struct state_instance *instance, const struct schema_object *object);

/* The resource of an address, made where there is none. NULL without memory. */
struct state_resource *state_resource_make(struct state *state, const struct address *address,
                                           const char *provider);

/* Puts an instance into a resource, taking over what it holds. Sets *existed and leaves it alone where there
 * is one of that key already. False without memory. */
bool state_instance_add(struct state_resource *resource, struct state_instance *instance, bool *existed);

#endif
