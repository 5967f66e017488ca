/* SPDX-License-Identifier: Apache-2.0
 *
 * support.c - what the tests of the bridge's ground floor share.
 */
#include "support.h"

#include <stdlib.h>
#include <string.h>

void assert_tree(struct json_object *value, const char *text)
{
    char *expected = double_quotes(text), *printed = value_to_text(value);
    assert_non_null(printed);
    assert_string_equal(printed, expected);
    free(printed);
    free(expected);
    json_object_put(value);
}

static void print(const struct diagnostics *diags)
{
    for (size_t i = 0; i < diags->count; i++)
        print_error("%s: %s: %s | %s\n", diags->items[i].severity == SEVERITY_ERROR ? "error" : "warning",
                    diags->items[i].attribute != NULL ? diags->items[i].attribute : "-",
                    diags->items[i].summary, diags->items[i].detail);
}

void assert_diagnostic(const struct diagnostics *diags, enum severity severity, const char *attribute,
                       const char *detail)
{
    for (size_t i = 0; i < diags->count; i++) {
        const struct diagnostic *item = &diags->items[i];
        bool same_attribute = attribute == NULL || item->attribute == NULL
                                  ? attribute == item->attribute
                                  : strcmp(attribute, item->attribute) == 0;
        if (item->severity == severity && same_attribute && strstr(item->detail, detail) != NULL)
            return;
    }
    print(diags);
    fail_msg("no diagnostic of %s with \"%s\"", attribute != NULL ? attribute : "nothing", detail);
}

void assert_no_diagnostics(const struct diagnostics *diags)
{
    print(diags);
    assert_int_equal(diags->count, 0);
    assert_false(diags->has_error);
}

struct schema_set *load_schemas(void)
{
    struct diagnostics diags = {0};
    struct schema_set *set = schema_set_load(SCHEMAS, &diags);
    assert_no_diagnostics(&diags);
    assert_non_null(set);
    diagnostics_clear(&diags);
    return set;
}

int set_up_schemas(void **state)
{
    *state = load_schemas();
    return 0;
}

int tear_down_schemas(void **state)
{
    schema_set_destroy(*state);
    return 0;
}
