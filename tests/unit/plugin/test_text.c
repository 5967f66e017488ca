/* SPDX-License-Identifier: Apache-2.0
 *
 * test_text.c - foreign text is made fit to be shown, whatever it holds.
 */
#include "check.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

static void assert_cleaned(const char *raw, const char *secret, size_t limit, const char *expected)
{
    char *clean = text_clean(raw, strlen(raw), secret, limit);

    assert_string_equal(clean, expected);
    free(clean);
}

static void secrets_are_masked(void **state)
{
    (void)state;
    assert_cleaned("Bearer s3cret.", "s3cret", 100, "Bearer ***.");
    assert_cleaned("s3crets3cret", "s3cret", 100, "******");
    assert_cleaned("\"AstraCS:abc:def\",", NULL, 100, "\"***\",");
    assert_cleaned("AstraCS:", "other", 100, "***");
    /* As JSON may spell it. */
    assert_cleaned("\"AstraCS:a\\/b\\u003d\\u003d\"", "AstraCS:a/b==", 100, "\"***\"");
    assert_cleaned("AstraCS:a\\\"b", NULL, 100, "***\\\"b");
    assert_cleaned("nothing here", "", 100, "nothing here");
    assert_cleaned("s3cre", "s3cret", 100, "s3cre");
    /* The limit never cuts a secret in the middle. */
    assert_cleaned("xs3cret", "s3cret", 2, "x***");
}

static void what_can_not_be_shown_is_replaced(void **state)
{
    (void)state;
    assert_cleaned("a\r\nb\tc\x7f", NULL, 100, "a  b c ");
    assert_cleaned("a\xff\xc3+\xe2\x82", NULL, 100, "a??+??");
    assert_cleaned("\xc0\x80 \xed\xa0\x80 \xf5\x80\x80\x80", NULL, 100, "?? ??? ????");
    assert_cleaned("€ 😀", NULL, 100, "€ 😀");
}

static void long_text_is_cut_between_characters(void **state)
{
    (void)state;
    assert_cleaned("abcdef", NULL, 3, "abc…");
    assert_cleaned("€€€", NULL, 4, "€€…");
    assert_cleaned("abc", NULL, 3, "abc");
    assert_cleaned("", NULL, 3, "");
}

static void blanks_are_trimmed_and_found(void **state)
{
    char *trimmed = text_trim(" \t a b \r\n");

    (void)state;
    assert_string_equal(trimmed, "a b");
    free(trimmed);
    trimmed = text_trim(" \n ");
    assert_string_equal(trimmed, "");
    free(trimmed);
    assert_true(text_has_blank("a b"));
    assert_true(text_has_blank("a\x01"));
    assert_true(text_has_blank("a\u00a0b"));
    assert_true(text_has_blank("\ufeffarn"));
    assert_false(text_has_blank("é-b"));
}

static void clouds_have_three_names(void **state)
{
    (void)state;
    assert_string_equal(text_cloud("AWS"), "aws");
    assert_string_equal(text_cloud("Azure"), "azure");
    assert_null(text_cloud("aws "));
    assert_null(text_cloud(""));
    assert_null(text_cloud(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secrets_are_masked),
        cmocka_unit_test(what_can_not_be_shown_is_replaced),
        cmocka_unit_test(long_text_is_cut_between_characters),
        cmocka_unit_test(blanks_are_trimmed_and_found),
        cmocka_unit_test(clouds_have_three_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
