/* SPDX-License-Identifier: Apache-2.0
 *
 * support.h - what the tests of the bridge's ground floor share.
 */
#ifndef TESTS_BRIDGE_SUPPORT_H
#define TESTS_BRIDGE_SUPPORT_H

#include "diagnostic.h"
#include "schema.h"

#include "../tree.h"

/* Fails unless the value prints as this text, written as for tree(). Puts the value. */
void assert_tree(struct json_object *value, const char *text);

/* Fails unless there is a diagnostic of this severity and attribute whose detail contains the text. */
void assert_diagnostic(const struct diagnostics *diags, enum severity severity, const char *attribute,
                       const char *detail);

/* Fails, and prints them, where there are any. */
void assert_no_diagnostics(const struct diagnostics *diags);

/* The tests' schemas, which must load. */
struct schema_set *load_schemas(void);

/* The same as a group's set-up and its end: *state is the set. */
int set_up_schemas(void **state);
int tear_down_schemas(void **state);

#endif
