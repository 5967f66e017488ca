/* SPDX-License-Identifier: Apache-2.0
 *
 * test_diagnostic.c - what a front end may rely on in a list of diagnostics.
 */
#include "support.h"

static void copies_what_it_is_given(void **state)
{
    (void)state;
    struct diagnostics diags = {0};
    char summary[] = "Summary", detail[] = "Detail.", attribute[] = "name";
    diagnostics_add(&diags, SEVERITY_WARNING, attribute, summary, detail);
    summary[0] = detail[0] = attribute[0] = '!';
    assert_int_equal(diags.count, 1);
    assert_false(diags.has_error);
    assert_string_equal(diags.items[0].summary, "Summary");
    assert_string_equal(diags.items[0].detail, "Detail.");
    assert_string_equal(diags.items[0].attribute, "/name");
    diagnostics_clear(&diags);
    assert_int_equal(diags.count, 0);
}

static void an_attribute_is_a_name_or_a_pointer(void **state)
{
    (void)state;
    struct diagnostics diags = {0};
    diagnostics_error(&diags, "/rules/0/port", "s", "%s", "d");
    diagnostics_error(&diags, NULL, "s", "%d %%", 7);
    assert_string_equal(diags.items[0].attribute, "/rules/0/port");
    assert_null(diags.items[1].attribute);
    assert_string_equal(diags.items[1].detail, "7 %");
    assert_true(diags.has_error);
    diagnostics_clear(&diags);
    assert_false(diags.has_error);
}

static void texts_can_be_sent_whatever_a_plugin_says(void **state)
{
    (void)state;
    struct diagnostics diags = {0};
    diagnostics_add(&diags, SEVERITY_ERROR, "n\xff", "two\nlines\x7f \xc3\xa9\xc3",
                    "line 1\nline 2 \xf0\x9f\x98");
    diagnostics_add(&diags, SEVERITY_ERROR, NULL, NULL, NULL);
    assert_string_equal(diags.items[0].summary, "two lines  \xc3\xa9?");
    assert_string_equal(diags.items[0].detail, "line 1\nline 2 ???");
    assert_string_equal(diags.items[0].attribute, "/n?");
    assert_string_equal(diags.items[1].summary, "");
    assert_string_equal(diags.items[1].detail, "");
    diagnostics_clear(&diags);
}

static void moves_all_in_order(void **state)
{
    (void)state;
    struct diagnostics to = {0}, from = {0};
    diagnostics_warning(&to, NULL, "first", "%s", "");
    for (int i = 0; i < 20; i++)
        diagnostics_warning(&from, NULL, "more", "%d", i);
    diagnostics_no_memory(&from);
    from.status = 5;
    diagnostics_move(&to, &from);
    assert_int_equal(from.count, 0);
    assert_false(from.has_error);
    assert_int_equal(to.count, 22);
    assert_int_equal(to.status, 5);
    assert_true(to.has_error);
    assert_string_equal(to.items[0].summary, "first");
    assert_string_equal(to.items[20].detail, "19");
    assert_string_equal(to.items[21].summary, "Out of memory");
    diagnostics_move(&to, &from);
    assert_int_equal(to.count, 22);
    diagnostics_clear(&to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_what_it_is_given),
        cmocka_unit_test(an_attribute_is_a_name_or_a_pointer),
        cmocka_unit_test(texts_can_be_sent_whatever_a_plugin_says),
        cmocka_unit_test(moves_all_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
