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
};

/* A row by its name, or NULL. */
const struct c_type *c_type_find(const char *name);

/* The row that a JSON type has unless narrowed: string "const char *", integer "int64_t", number "double",
 * boolean "bool", list or set of strings "const char *const *", any other compound JSON text. */
const struct c_type *c_type_default(const struct schema_type *type);

/* Whether a row can carry a JSON type at all. */
bool c_type_fits(const struct c_type *c_type, const struct schema_type *type);

/* All rows, for documentation and tests; *count receives their number. */
const struct c_type *c_type_table(size_t *count);

#endif
