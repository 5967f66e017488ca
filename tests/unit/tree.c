/* SPDX-License-Identifier: Apache-2.0
 *
 * tree.c - see tree.h.
 */
#include "tree.h"

#include <stdlib.h>
#include <string.h>

char *double_quotes(const char *text)
{
    char *copy = strdup(text);
    assert_non_null(copy);
    for (char *c = copy; *c != '\0'; c++)
        if (*c == '\'')
            *c = '"';
    return copy;
}

struct json_object *tree(const char *text)
{
    char *json = double_quotes(text), *problem = NULL;
    struct json_object *value = NULL;
    if (!value_from_text(json, strlen(json), &value, &problem))
        fail_msg("%s: %s", json, problem);
    free(json);
    return value;
}
