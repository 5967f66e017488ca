/* SPDX-License-Identifier: Apache-2.0
 *
 * variable_type.h - type constraints, for the files of this folder. See variable.h.
 */
#ifndef HOST_VARIABLE_TYPE_H
#define HOST_VARIABLE_TYPE_H

#include "variable.h"

/* Puts a value into the form of a constraint (NULL: any), defaults of optional members included. As
 * typed_convert(). */
bool variable_convert(const struct variable_type *type, const struct typed *in, struct typed *out,
                      char **pointer, char **problem);

/* The type as a tree; NULL without memory. */
struct json_object *variable_type_tree(const struct variable_type *type);

/* Whether -var and TF_VAR_ give the text of the value itself, not an expression (NULL: yes). */
bool variable_type_is_text(const struct variable_type *type);

#endif
