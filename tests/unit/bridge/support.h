/* SPDX-License-Identifier: Apache-2.0
 *
 * support.h - what the tests of the bridge's ground floor share.
 */
#ifndef TESTS_BRIDGE_SUPPORT_H
#define TESTS_BRIDGE_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "diagnostic.h"
#include "schema.h"
#include "value.h"

/* A tree from JSON text, which must be right; single quotes stand for double ones. */
struct json_object *tree(const char *text);

/* Fails unless the value prints as this text (single quotes as above). Puts the value. */
void assert_tree(struct json_object *value, const char *text);

/* Fails unless there is a diagnostic of this severity and attribute whose detail contains the text. */
void assert_diagnostic(const struct diagnostics *diags, enum severity severity, const char *attribute,
                       const char *detail);

/* Fails, and prints them, where there are any. */
void assert_no_diagnostics(const struct diagnostics *diags);

/* The tests' schemas, which must load. */
struct schema_set *load_schemas(void);

#endif
