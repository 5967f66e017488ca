/* SPDX-License-Identifier: Apache-2.0
 *
 * language.c - what the tests of the host's language share.
 */
#include "language.h"

#include <stdlib.h>
#include <string.h>

/* A copy with "?" where something is unknown. */
static struct json_object *visible(struct json_object *value)
{
    if (value_is_unknown(value))
        return json_object_new_string("?");
    if (json_object_is_type(value, json_type_object)) {
        struct json_object *copy = json_object_new_object();
        json_object_object_foreach(value, key, member)
        {
            json_object_object_add(copy, key, visible(member));
        }
        return copy;
    }
    if (json_object_is_type(value, json_type_array)) {
        struct json_object *copy = json_object_new_array();
        for (size_t i = 0; i < json_object_array_length(value); i++)
            json_object_array_add(copy, visible(json_object_array_get_idx(value, i)));
        return copy;
    }
    return json_object_get(value);
}

void assert_tree(struct json_object *value, const char *what, const char *text)
{
    struct json_object *copy = visible(value);
    char *expected = double_quotes(text), *printed = value_to_text(copy);
    assert_non_null(printed);
    if (strcmp(printed, expected) != 0)
        fail_msg("%s: %s, expected %s", what, printed, expected);
    free(printed);
    free(expected);
    json_object_put(copy);
}

void assert_typed(const struct typed *typed, const char *what, const char *value, const char *type,
                  const char *marks)
{
    assert_tree(typed->value, what, value);
    assert_tree(typed->type, what, type);
    assert_tree(typed->marks, what, marks);
}

void assert_said(const struct diagnostics *diags, const char *summary, const char *detail)
{
    for (size_t i = 0; i < diags->count; i++)
        if (strstr(diags->items[i].summary, summary) != NULL &&
            strstr(diags->items[i].detail, detail) != NULL)
            return;
    for (size_t i = 0; i < diags->count; i++)
        print_error("%s | %s\n", diags->items[i].summary, diags->items[i].detail);
    fail_msg("nobody said \"%s\": %s", summary, detail);
}
