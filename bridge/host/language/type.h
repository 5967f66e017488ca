/* SPDX-License-Identifier: Apache-2.0
 *
 * type.h - type trees as a state file has them, taken apart and put together. For the files of this folder;
 * others use typed.h.
 */
#ifndef HOST_TYPE_H
#define HOST_TYPE_H

#include "typed.h"

/* Whether a type is of a kind: "string", "number", "bool", "dynamic", "list", "set", "map", "object" or
 * "tuple". NULL is "dynamic". */
bool type_is(const struct json_object *type, const char *kind);
bool type_is_primitive(const struct json_object *type);

/* What stands beside the kind: the element's type, or the types of members. Borrowed. */
struct json_object *type_inner(const struct json_object *type);

/* The type of a member or an element; NULL ("dynamic") where nothing is known of it. Borrowed. */
struct json_object *type_member(const struct json_object *type, const char *name);
struct json_object *type_element(const struct json_object *type, size_t index);

/* New trees; NULL without memory. type_of() takes `inner` over, which may be NULL without memory. */
struct json_object *type_named(const char *kind);
struct json_object *type_of(const char *kind, struct json_object *inner);

/* The type of a JSON value as the language reads it: arrays are tuples. New; NULL without memory. */
struct json_object *type_of_literal(const struct json_object *value);

/* One type that values of both can have; NULL where there is none, or without memory (*ok turns false). */
struct json_object *type_unify(struct json_object *a, struct json_object *b, bool *ok);

/* A value in a unified type: what must be a string becomes one. New; *ok turns false without memory. */
struct json_object *type_apply(struct json_object *value, const struct json_object *type, bool *ok);

/* Whether a value is a number, whole or not. */
bool type_is_number(const struct json_object *value);

/* How messages name a type: "a string", "a list", "an object", "a value that is not known yet". */
const char *type_noun(const struct json_object *type, const struct json_object *value);

/* The text of a string, number or boolean; new, NULL without memory. */
struct json_object *primitive_text(struct json_object *value);

/* Marks: puts those of a member or element into *marks, which is made when it is needed. Takes nothing over.
 * False without memory. */
bool marks_put_member(struct json_object **marks, const char *name, struct json_object *member);
bool marks_put_element(struct json_object **marks, size_t index, struct json_object *element);

/* The mark of a whole value, new; NULL without memory. */
struct json_object *marks_all(void);

/* A schema type that stands for "any" in type constraints. */
extern const struct schema_type type_any;
bool type_has_any(const struct schema_type *type);

enum conversion_flags {
    CONVERT_DEFAULTS = 1, /* absent members of objects take their default */
    CONVERT_UNTYPED = 2,  /* out->type is not wanted */
    CONVERT_REQUIRED = 4, /* an absent required member is a problem */
};

/* --- set_order.c --- */

/* Puts the elements of a set into Terraform's order. False without memory; the array is as it was then. */
bool set_sort(struct json_object *array, const struct schema_type *element);

/* --- convert.c --- */

/* typed_convert() with a choice. */
bool type_convert(const struct typed *in, const struct schema_type *type, unsigned flags, struct typed *out,
                  char **pointer, char **problem);

#endif
