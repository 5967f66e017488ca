/* SPDX-License-Identifier: Apache-2.0
 *
 * dynamic_value.h - Terraform's DynamicValue: a value's msgpack (or JSON) and the trees of value.h,
 * one into the other, along the schema's types. Knows no protobuf and no RPC.
 *
 * Every problem is an error in `diags` that names the attribute, and the byte where it was found;
 * no value is ever quoted.
 */
#ifndef BRIDGE_TERRAFORM_DYNAMIC_VALUE_H
#define BRIDGE_TERRAFORM_DYNAMIC_VALUE_H

#include "../diagnostic.h"
#include "../place.h"
#include "../schema.h"
#include "arena.h"

/* A type for a whole schema's value. */
struct schema_type dynamic_object_type(const struct schema_object *object);

/* Reads msgpack. *value receives a new tree (NULL for null). Refused: another type than the schema's,
 * attributes it does not have, bytes left over, text that is not UTF-8, numbers beyond a double.
 * `pointer` is where the value stands, for errors; NULL for a whole object. False after an error. */
bool dynamic_read(const uint8_t *bytes, size_t size, const struct schema_type *type, const char *pointer,
                  struct json_object **value, struct diagnostics *diags);

/* Likewise from JSON text; members that the schema does not have are ignored. */
bool dynamic_read_json(const uint8_t *bytes, size_t size, const struct schema_type *type, const char *pointer,
                       struct json_object **value, struct diagnostics *diags);

/* Writes msgpack, in memory of the arena. NULL after an error. Fractions are written as the shortest
 * decimal text that means the same double, so that they equal what a configuration says. */
uint8_t *dynamic_write(struct json_object *value, const struct schema_type *type, const char *pointer,
                       struct arena *arena, size_t *size, struct diagnostics *diags);

/* Parses a JSON text wholly; *value receives a new tree. `what` names it in the error. */
bool dynamic_parse_json(const uint8_t *bytes, size_t size, const char *what, struct json_object **value,
                        struct diagnostics *diags);

/* --- shared by the reader and the writer --- */

/* Adds an error at a place. */
void dynamic_error(const struct place *place, struct diagnostics *diags, const char *summary,
                   const char *format, ...) __attribute__((format(printf, 4, 5)));

/* "a string", "a list", … */
const char *dynamic_type_name(enum type_kind kind);

#endif
