/* SPDX-License-Identifier: Apache-2.0
 *
 * tree.h - values for tests, written as JSON text in which single quotes stand for double ones.
 */
#ifndef TESTS_UNIT_TREE_H
#define TESTS_UNIT_TREE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "value.h"

/* A tree from such text, which must be right. */
struct json_object *tree(const char *text);

/* The same text as JSON has it; the caller frees it. */
char *double_quotes(const char *text);

#endif
