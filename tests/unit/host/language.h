/* SPDX-License-Identifier: Apache-2.0
 *
 * language.h - what the tests of the host's language share.
 */
#ifndef TESTS_HOST_LANGUAGE_H
#define TESTS_HOST_LANGUAGE_H

#include "config.h"
#include "expression.h"
#include "typed.h"
#include "variable.h"

#include "../tree.h"

/* Fails unless a tree prints as this text (written as for tree(), "?" for what is unknown). Borrows it. */
void assert_tree(struct json_object *value, const char *what, const char *text);

/* Fails unless value, type and marks print so. */
void assert_typed(const struct typed *typed, const char *what, const char *value, const char *type,
                  const char *marks);

/* Fails unless one diagnostic has all of this: parts of its summary and detail. */
void assert_said(const struct diagnostics *diags, const char *summary, const char *detail);

#endif
