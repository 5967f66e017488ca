/* SPDX-License-Identifier: Apache-2.0
 *
 * ctype.h - the table of C types that can stand in a callback. One row holds a type's name,
 * the JSON types it fits, its range and how a value is read from and written to it. Nothing
 * about a type stands anywhere else; bridge-check and docs/writing-a-plugin.md print it.
 */
#ifndef BRIDGE_CTYPE_H
#define BRIDGE_CTYPE_H

#include "schema.h"

/* Storage of one argument or result; large enough for libffi's widened returns. */
union c_value {
    uint64_t word; /* at least an ffi_arg */
    int8_t i8;
    int16_t i16;
    int32_t i32;
    int64_t i64;
    uint8_t u8;
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;
    float f32;
    double f64;
    bool boolean;
    void *pointer;
};

enum c_family { C_BOOLEAN, C_SIGNED, C_UNSIGNED, C_FLOAT, C_TEXT, C_TEXTS, C_JSON, C_POINTER, C_VOID };

struct c_type {
    const char *name;     /* as in a schema and in a prototype: "int32_t", "const char *" */
    const char *out_name; /* of the out parameter: "int32_t *", "char **" */
    enum c_family
        family;         /* C_TEXTS: NULL-terminated array of strings; C_JSON: a compound value as JSON text */
    unsigned char size; /* bytes */
    int64_t minimum;    /* of signed and unsigned integers */
    uint64_t maximum;
    const void *ffi; /* ffi_type, opaque here */
    /* How a JSON value gets into C storage and back; called through the functions below. */
    bool (*write)(const struct c_type *row, const struct json_object *value, union c_value *out,
                  char **problem);
    bool (*read)(const struct c_type *row, const struct schema_type *type, const union c_value *value,
                 struct json_object **out, char **problem);
};

/* A row by its name, or NULL. "const char *" is the row of a string. */
const struct c_type *c_type_find(const char *name);

/* The row that a JSON type has unless narrowed: string "const char *", integer "int64_t", number "double",
 * boolean "bool", list or set of strings "const char *const *", any other compound JSON text. */
const struct c_type *c_type_default(const struct schema_type *type);

/* The row of an argument: of a JSON type, narrowed by `name` (NULL: not narrowed), going in or out. Lists of
 * strings come out as JSON text; a compound narrowed to "const char *" is JSON text both ways. NULL where the
 * name is unknown or does not fit. */
const struct c_type *c_type_select(const char *name, const struct schema_type *type, bool out);

/* The row of JSON text, which is a "const char *" in C. */
const struct c_type *c_type_json(void);

/* Whether a row can carry a JSON type at all. */
bool c_type_fits(const struct c_type *c_type, const struct schema_type *type);

/* Whether NULL can stand for null. */
bool c_type_is_pointer(const struct c_type *c_type);

/* All rows, for documentation and tests; *count receives their number. */
const struct c_type *c_type_table(size_t *count);

/* Lays a value out for C. Strings are borrowed from `value`, which must live as long as *out; the rest is
 * freed by c_value_release(). `value` may be shared between threads. `type` is NULL for a literal. False
 * after an error: then *out holds nothing, and *problem is a new text that says what does not fit and what
 * would, or NULL without memory. Sensitive values: the text never quotes a string. */
bool c_value_from_json(const struct c_type *row, const struct schema_type *type,
                       const struct json_object *value, union c_value *out, char **problem);

/* Frees what c_value_from_json() allocated. */
void c_value_release(const struct c_type *row, union c_value *value);

/* Makes a value of what C handed out: UTF-8, finite, in range, JSON text that is what the type says (see
 * schema_conform()); NULL becomes null. `returned`: libffi widened it to a whole word. `type` may be NULL:
 * then JSON text is only parsed. The caller owns *out, and still what C allocated. False after an error,
 * *problem as above; it speaks of what the plugin handed out. */
bool c_value_to_json(const struct c_type *row, const struct schema_type *type, const union c_value *value,
                     bool returned, struct json_object **out, char **problem);

#endif
