/* SPDX-License-Identifier: Apache-2.0
 *
 * ctype.c - the table of C types, and which row a JSON type gets. How values get in and out
 * stands in ctype_value.c; which argument has which type is the schema's to say.
 */
#include "ctype.h"

#include "ctype_value.h"

#include <ffi.h>
#include <float.h>
#include <limits.h>
#include <string.h>
#include <sys/types.h>

_Static_assert(sizeof(union c_value) >= sizeof(ffi_arg), "a return is at least an ffi_arg");
_Static_assert(sizeof(bool) == 1 && sizeof(ssize_t) == sizeof(size_t), "rows below rely on it");

/* libffi names its types by width; these have the width of the platform's type. */
#define FFI_SIGNED(type)   (sizeof(type) == 8 ? &ffi_type_sint64 : &ffi_type_sint32)
#define FFI_UNSIGNED(type) (sizeof(type) == 8 ? &ffi_type_uint64 : &ffi_type_uint32)

#define SIGNED(c, lowest, highest, ffi_row)                                                                  \
    {                                                                                                        \
        .name = #c, .out_name = #c " *", .family = C_SIGNED, .size = sizeof(c), .minimum = lowest,           \
        .maximum = highest, .ffi = ffi_row, .write = c_write_integer, .read = c_read_integer                 \
    }
#define UNSIGNED(c, highest, ffi_row)                                                                        \
    {                                                                                                        \
        .name = #c, .out_name = #c " *", .family = C_UNSIGNED, .size = sizeof(c), .minimum = 0,              \
        .maximum = highest, .ffi = ffi_row, .write = c_write_integer, .read = c_read_integer                 \
    }

static const struct c_type table[] = {
    {.name = "bool",
     .out_name = "bool *",
     .family = C_BOOLEAN,
     .size = sizeof(bool),
     .maximum = 1,
     .ffi = &ffi_type_uint8,
     .write = c_write_boolean,
     .read = c_read_boolean},
    SIGNED(int8_t, INT8_MIN, INT8_MAX, &ffi_type_sint8),
    SIGNED(int16_t, INT16_MIN, INT16_MAX, &ffi_type_sint16),
    SIGNED(int32_t, INT32_MIN, INT32_MAX, &ffi_type_sint32),
    SIGNED(int64_t, INT64_MIN, INT64_MAX, &ffi_type_sint64),
    UNSIGNED(uint8_t, UINT8_MAX, &ffi_type_uint8),
    UNSIGNED(uint16_t, UINT16_MAX, &ffi_type_uint16),
    UNSIGNED(uint32_t, UINT32_MAX, &ffi_type_uint32),
    UNSIGNED(uint64_t, UINT64_MAX, &ffi_type_uint64),
    SIGNED(int, INT_MIN, INT_MAX, FFI_SIGNED(int)),
    UNSIGNED(unsigned int, UINT_MAX, FFI_UNSIGNED(unsigned int)),
    SIGNED(long, LONG_MIN, LONG_MAX, FFI_SIGNED(long)),
    UNSIGNED(unsigned long, ULONG_MAX, FFI_UNSIGNED(unsigned long)),
    UNSIGNED(size_t, SIZE_MAX, FFI_UNSIGNED(size_t)),
    SIGNED(ssize_t, -SSIZE_MAX - 1, SSIZE_MAX, FFI_SIGNED(ssize_t)),
    {.name = "float",
     .out_name = "float *",
     .family = C_FLOAT,
     .size = sizeof(float),
     .ffi = &ffi_type_float,
     .write = c_write_float,
     .read = c_read_float},
    {.name = "double",
     .out_name = "double *",
     .family = C_FLOAT,
     .size = sizeof(double),
     .ffi = &ffi_type_double,
     .write = c_write_float,
     .read = c_read_float},
    {.name = "const char *",
     .out_name = "char **",
     .family = C_TEXT,
     .size = sizeof(char *),
     .ffi = &ffi_type_pointer,
     .write = c_write_text,
     .read = c_read_text},
    /* JSON text shares its C type with a string, which c_type_find() must meet first. */
    {.name = "const char *",
     .out_name = "char **",
     .family = C_JSON,
     .size = sizeof(char *),
     .ffi = &ffi_type_pointer,
     .write = c_write_json,
     .read = c_read_json},
    {.name = "const char *const *",
     .out_name = NULL,
     .family = C_TEXTS,
     .size = sizeof(char **),
     .ffi = &ffi_type_pointer,
     .write = c_write_texts,
     .read = c_read_nothing},
    {.name = "void *",
     .out_name = NULL,
     .family = C_POINTER,
     .size = sizeof(void *),
     .ffi = &ffi_type_pointer,
     .write = c_write_nothing,
     .read = c_read_nothing},
    {.name = "void",
     .out_name = NULL,
     .family = C_VOID,
     .ffi = &ffi_type_void,
     .write = c_write_nothing,
     .read = c_read_nothing},
};

enum { ROWS = sizeof table / sizeof *table };

const struct c_type *c_type_table(size_t *count)
{
    *count = ROWS;
    return table;
}

const struct c_type *c_type_find(const char *name)
{
    for (size_t i = 0; i < ROWS; i++)
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    return NULL;
}

static const struct c_type *find_family(enum c_family family)
{
    for (size_t i = 0; i < ROWS; i++)
        if (table[i].family == family)
            return &table[i];
    return NULL;
}

const struct c_type *c_type_json(void)
{
    return find_family(C_JSON);
}

static bool is_list_of_strings(const struct schema_type *type)
{
    return (type->kind == TYPE_LIST || type->kind == TYPE_SET) && type->element->kind == TYPE_STRING;
}

const struct c_type *c_type_default(const struct schema_type *type)
{
    switch (type->kind) {
    case TYPE_STRING:
        return find_family(C_TEXT);
    case TYPE_INTEGER:
        return c_type_find("int64_t");
    case TYPE_NUMBER:
        return c_type_find("double");
    case TYPE_BOOLEAN:
        return find_family(C_BOOLEAN);
    default:
        return find_family(is_list_of_strings(type) ? C_TEXTS : C_JSON);
    }
}

bool c_type_fits(const struct c_type *c_type, const struct schema_type *type)
{
    switch (c_type->family) {
    case C_BOOLEAN:
        return type->kind == TYPE_BOOLEAN;
    case C_SIGNED:
    case C_UNSIGNED:
        /* C's own truth is an int. */
        return type->kind == TYPE_INTEGER || type->kind == TYPE_BOOLEAN;
    case C_FLOAT:
        return type->kind == TYPE_NUMBER;
    case C_TEXT:
        return type->kind == TYPE_STRING;
    case C_TEXTS:
        return is_list_of_strings(type);
    case C_JSON:
        return type->kind >= TYPE_LIST;
    case C_POINTER:
    case C_VOID:
        break;
    }
    return false;
}

const struct c_type *c_type_select(const char *name, const struct schema_type *type, bool out)
{
    const struct c_type *row = name != NULL ? c_type_find(name) : c_type_default(type);
    if (row != NULL && type->kind >= TYPE_LIST && (row->family == C_TEXT || (out && row->family == C_TEXTS)))
        row = c_type_json();
    return row != NULL && c_type_fits(row, type) ? row : NULL;
}

bool c_type_is_pointer(const struct c_type *c_type)
{
    return c_type->family == C_TEXT || c_type->family == C_TEXTS || c_type->family == C_JSON ||
           c_type->family == C_POINTER;
}
