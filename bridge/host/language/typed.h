/* SPDX-License-Identifier: Apache-2.0
 *
 * typed.h - a value of the configuration language: a tree of value.h, its type, and which parts of it
 * are sensitive. Schemas give attributes their type; expressions carry theirs along, because a state
 * file keeps the type of every output.
 *
 * Belongs to one thread, like the trees it is made of. Trees are shared by reference and never changed
 * once they stand in a `struct typed`.
 */
#ifndef HOST_TYPED_H
#define HOST_TYPED_H

#include <json-c/json.h>
#include <stdbool.h>

#include "../../schema.h"
#include "../../value.h"

/* Start it zeroed: the null of no known type. */
struct typed {
    struct json_object *value; /* unknown parts are value_unknown() */
    struct json_object
        *type; /* as in a state file: "string", "number", "bool", "dynamic", ["list", T], ["set", T],
                * ["map", T], ["object", {NAME: T}], ["tuple", [T]]; NULL is "dynamic" */
    struct json_object *marks; /* what is sensitive: NULL nothing, true all of it, else an object or array of
                                * the value's shape with the marks of members (absent or null: none) */
};

void typed_clear(struct typed *typed);

/* Another reference to the same trees. */
struct typed typed_share(const struct typed *typed);

/* Whether the value is of its type, as far as it is known: for what comes from a file, since those who print
 * a value rely on it. Without a type, anything is. */
bool typed_fits(const struct typed *typed);

/* The type tree of a schema's type, and of the object of all its attributes. New; NULL without memory. */
struct json_object *type_of_schema(const struct schema_type *type);
struct json_object *type_of_object(const struct schema_object *object);

/* The marks of a value that follow from `sensitive` in its schema, merged with `more` (may be NULL). New, or
 * NULL when nothing is sensitive; *ok turns false without memory. */
struct json_object *marks_of_schema(const struct schema_object *object, const struct json_object *value,
                                    struct json_object *more, bool *ok);

bool marks_any(const struct json_object *marks);

/* The marks of a member (by name) or an element (by index) of something with these marks. Borrowed. */
struct json_object *marks_member(struct json_object *marks, const char *name);
struct json_object *marks_element(struct json_object *marks, size_t index);

/* Converts to a type, as the language does: numbers and booleans to strings and back, tuples to lists and
 * sets, objects to maps, objects to objects (more members are dropped, absent optional ones become null or
 * their default); null and unknown pass. Marks go along. False after an error: *problem is a new text ("a
 * number is required, but "x" is none"), *pointer where in the value ("/tags/0"), both NULL without memory; a
 * sensitive value is never quoted. */
bool typed_convert(const struct typed *in, const struct schema_type *type, struct typed *out, char **pointer,
                   char **problem);

#endif
