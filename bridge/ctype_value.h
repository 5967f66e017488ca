/* SPDX-License-Identifier: Apache-2.0
 *
 * ctype_value.h - the writers and readers that rows of the type table name. For ctype.c only;
 * others call c_value_from_json() and c_value_to_json().
 */
#ifndef BRIDGE_CTYPE_VALUE_H
#define BRIDGE_CTYPE_VALUE_H

#include "ctype.h"

typedef bool c_writer(const struct c_type *row, const struct json_object *value, union c_value *out,
                      char **problem);
typedef bool c_reader(const struct c_type *row, const struct schema_type *type, const union c_value *value,
                      struct json_object **out, char **problem);

c_writer c_write_boolean, c_write_integer, c_write_float, c_write_text, c_write_texts, c_write_json,
    c_write_nothing;
c_reader c_read_boolean, c_read_integer, c_read_float, c_read_text, c_read_json, c_read_nothing;

#endif
