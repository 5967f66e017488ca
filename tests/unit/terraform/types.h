/* SPDX-License-Identifier: Apache-2.0
 *
 * types.h - a schema in plain structs with an attribute of every type, for tests of what goes over the
 * wire. Made by hand, so that these tests need no schema file.
 */
#ifndef TEST_TERRAFORM_TYPES_H
#define TEST_TERRAFORM_TYPES_H

#include "schema.h"

extern const struct schema widget;

/* The type of one of its attributes. */
const struct schema_type *widget_type(const char *name);

#endif
