/* SPDX-License-Identifier: Apache-2.0
 *
 * schema_internal.h - what the files that read schemas share. For bridge/schema*.c only.
 */
#ifndef BRIDGE_SCHEMA_INTERNAL_H
#define BRIDGE_SCHEMA_INTERNAL_H

#include "place.h"
#include "pool.h"
#include "schema.h"

/* The reading of one file. */
struct reader {
    struct pool *pool;
    struct diagnostics *diags;
    const struct schema_set *set; /* its provider is read first, so the other files may look at it */
    struct schema *schema;
};

/* Adds an error that names the file and the place in it. */
void schema_problem(struct reader *reader, const struct place *place, const char *summary, const char *format,
                    ...) __attribute__((format(printf, 4, 5)));

/* Takes a tree over for as long as the set lives. False without memory. */
bool schema_keep(struct reader *reader, struct json_object *json);

/* --- schema_keyword.c --- */

/* Where a keyword may stand. */
enum {
    IN_PROVIDER = 1 << 0,
    IN_RESOURCE = 1 << 1,
    IN_DATA_SOURCE = 1 << 2,
    IN_FUNCTION = 1 << 3,
    IN_FILE = IN_PROVIDER | IN_RESOURCE | IN_DATA_SOURCE | IN_FUNCTION,
    IN_ATTRIBUTE = 1 << 4, /* a property of the file's object */
    IN_MEMBER = 1 << 5,    /* a property of an object further down */
    IN_ELEMENT = 1 << 6,   /* "items", or a schema in "additionalProperties" */
    IN_TYPE = IN_ATTRIBUTE | IN_MEMBER | IN_ELEMENT,
    IN_CALLBACK = 1 << 7,
    IN_RETURNS = 1 << 8,
    IN_LITERAL = 1 << 9,
    IN_ABI_VERSION = 1 << 10,
    IN_MOVED_FROM = 1 << 11,
};

/* Reports every member of the object that is no keyword here, or not of the keyword's JSON type. */
void schema_keywords_check(struct reader *reader, const struct place *place, struct json_object *object,
                           unsigned where);

/* Reports every keyword that says nothing about this kind of type ("minLength" of an integer). */
void schema_keywords_check_kind(struct reader *reader, const struct place *place, struct json_object *object,
                                enum type_kind kind);

/* The member where it is there and of the keyword's JSON type, else NULL. */
struct json_object *schema_keyword(struct json_object *object, const char *name);

/* Likewise, of a boolean, false when absent. */
bool schema_keyword_true(struct json_object *object, const char *name);

/* Likewise, of a text, copied; NULL when absent. */
char *schema_keyword_text(struct reader *reader, struct json_object *object, const char *name);

/* --- schema_type.c --- */

/* Reads "properties" and "required" of a file or a nested object. False where there are no properties to
 * read, or without memory. */
bool schema_object_read(struct reader *reader, const struct place *place, struct json_object *json,
                        unsigned where, struct schema_object *object);

/* Whether text is [a-z_][a-z0-9_]*. */
bool schema_name_valid(const char *text);

/* --- schema_argument.c --- */

/* Beside the roles of schema.h: `check` is a list, the others a schema has at most one of. */
enum { SCHEMA_ROLE_CHECK = CALLBACK_ROLES };

/* Reads "arguments" of a callback. `role` is one of enum callback_role, or SCHEMA_ROLE_CHECK. */
void schema_arguments_read(struct reader *reader, const struct place *place, struct json_object *json,
                           unsigned role, struct schema_callback *callback);

/* The place as a JSON pointer that lives as long as the set; NULL without memory. */
char *schema_pointer_text(struct reader *reader, const struct place *place);

/* --- schema_callback.c --- */

/* Reads "callbacks". `json` is NULL where the file has none. */
void schema_callbacks_read(struct reader *reader, const struct place *place, struct json_object *json);

/* Whether text is a C identifier. */
bool schema_symbol_valid(const char *text);

/* --- schema_read.c --- */

/* Reads one file into *schema, whose kind, name and file are set. For the provider, `set` receives what else
 * stands there. */
void schema_file_read(struct reader *reader, struct schema_set *set);

/* --- schema_validate.c --- */

/* Whether a value that is not null is of a kind, looking at the outermost level only. */
bool schema_kind_fits(enum type_kind kind, const struct json_object *value);

#endif
