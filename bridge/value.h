/* SPDX-License-Identifier: Apache-2.0
 *
 * value.h - values of attributes and whole objects: json-c trees, with a marker for
 * what is not known yet. A JSON null is the NULL pointer, as everywhere in json-c.
 *
 * A tree belongs to one thread: json-c counts references without atomics. What threads
 * share (defaults in a schema) is copied with value_copy(), never referenced, never printed.
 * A number of Terraform's that a double can't hold exactly keeps its decimal text
 * (json_object_new_double_s); value_number_text() hands it out.
 */
#ifndef BRIDGE_VALUE_H
#define BRIDGE_VALUE_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct schema_type;

/* A new marker for a value that is known only after apply; NULL without memory. */
struct json_object *value_unknown(void);

/* A new empty object with a table for that many members: json-c's own has sixteen slots of forty bytes,
 * however few are used, and twice as many from the eleventh member on. More members than said fit as well.
 * NULL without memory. */
struct json_object *value_object(size_t members);

/* Gives every object of a tree that nobody else uses a table that just fits. What there is no memory for
 * stays as it is. */
void value_tighten(struct json_object *value);

/* Whether `value` itself is the marker. NULL (null) is not. */
bool value_is_unknown(const struct json_object *value);

/* Whether the marker occurs in it at any depth. */
bool value_has_unknown(const struct json_object *value);

/* A deep copy, markers and decimal texts kept. Safe on a tree that other threads read.
 * NULL for null; *ok (may be NULL) turns false without memory. */
struct json_object *value_copy(const struct json_object *value, bool *ok);

/* Overwrites every string of a tree that nobody else uses and that is about to be put, so that no secret of
 * a provider's settings stays behind in memory. */
void value_wipe(struct json_object *value);

/* Whether two values of a type are the same: numbers by value (1 equals 1.0), sets in any order,
 * object members that are absent equal null, an unknown equals nothing, not even an unknown. */
bool value_equal(const struct json_object *a, const struct json_object *b, const struct schema_type *type);

/* Whether an element occurs twice: *first and *second receive the indices. *ok turns false without memory. */
bool value_set_duplicate(const struct json_object *array, const struct schema_type *element, size_t *first,
                         size_t *second, bool *ok);

/* The decimal text a number was read from, or NULL where the double says it all. Borrowed. */
const char *value_number_text(const struct json_object *value);

/* Drops every element that is there already, keeping the first. False without memory. */
bool value_set_reduce(struct json_object *array, const struct schema_type *element);

/* Whether two numbers are the same: exactly where both are exact (an integer, or decimal text), else as
 * doubles, so that the 0.1 a plugin hands out is the 0.1 of a configuration. */
bool value_number_equal(const struct json_object *a, const struct json_object *b);

enum value_whole { WHOLE_YES, WHOLE_FRACTION, WHOLE_OUTSIDE };

/* Whether a number is whole (1.0 and 1e3 are), and which: up to 64 bits and a sign. */
enum value_whole value_whole(const struct json_object *number, bool *negative, uint64_t *magnitude);

/* Reads JSON text strictly: RFC 8259 and nothing beside it, valid UTF-8, no key twice in an object, no NUL in
 * a string, numbers within a double's range (an integer outside 64 bits keeps its text), at most 64 levels.
 * text[length] must be NUL. *value receives a new tree (NULL for null). False after an error; *problem is
 * then a new text that says what is wrong and where (line and column, or the JSON pointer of a key), or NULL
 * without memory. */
bool value_from_text(const char *text, size_t length, struct json_object **value, char **problem);

/* The text of a string, borrowed. Safe on a tree that other threads read. */
const char *value_string(const struct json_object *string);

/* Compact JSON text, newly allocated; NULL without memory. Must hold no unknown. */
char *value_to_text(struct json_object *value);

#endif
