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

/* What a server or gateway makes of what it repeats. */
static void secrets_are_masked_in_other_spellings(void **state)
{
    static const char secret[] = "AstraCS:ab/c=:0+9";
    static const char *const spellings[] = {
        "astracs:AB/C=:0+9",                           /* another letter case */
        "AstraCS%3Aab%2Fc%3D%3a0%2b9",                 /* in an address */
        "\\u0041straCS\\u003aab\\/c\\u003D:0\\u002b9", /* in JSON */
        "AstraCS&#58;ab&#x2F;c&#061;:0&#43;9",         /* in HTML */
        "QXN0cmFDUzphYi9jPTowKzk=",                    /* in Base64 */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(spellings) / sizeof(*spellings); i++) {
        char *raw = text_format("it said <%s> and ended", spellings[i]);
        char *clean = text_clean(raw, strlen(raw), secret, 200);

        assert_non_null(strstr(clean, "it said <***"));
        assert_non_null(strstr(clean, "> and ended"));
        assert_null(strstr(clean, "c%"));
        assert_true(strlen(clean) <= strlen("it said <***k=> and ended"));
        free(clean);
        free(raw);
    }
    /* Of an unknown token, but for Base64. */
    assert_cleaned("AstraCS%3Aabc%3Adef end", NULL, 100, "*** end");
    assert_cleaned("AstraCS&#58;abc&#61;, end", NULL, 100, "***, end");
    /* In Base64 in the middle of something: "Bearer ", and "x" and "xy" before it. */
    assert_cleaned("QmVhcmVyIEFzdHJhQ1M6YWIvYz06MCs5", secret, 100, "QmVhcmVyIE***");
    assert_cleaned("eEFzdHJhQ1M6YWIvYz06MCs5", secret, 100, "eE***");
    assert_cleaned("eHlBc3RyYUNTOmFiL2M9OjArOQ==", secret, 100, "eHl***Q==");
    /* What is no escape, and what is cut off. */
    assert_cleaned("s3cr%65t s3cr%6 s3cr%0x65t s3cr&#101t s3cr\\u00 s3cr%", "s3cret", 100,
                   "*** s3cr%6 s3cr%0x65t s3cr&#101t s3cr\\u00 s3cr%");
    assert_cleaned("%-1 %+1 &# &#; &#x; &#99999999999; \\u \\", "s3cret", 100,
                   "%-1 %+1 &# &#; &#x; &#99999999999; \\u \\");
}

static void what_can_not_be_shown_is_replaced(void **state)
{
    (void)state;
    assert_cleaned("a\r\nb\tc\x7f", NULL, 100, "a  b c ");
    assert_cleaned("a\xff\xc3+\xe2\x82", NULL, 100, "a??+??");
    assert_cleaned("\xc0\x80 \xed\xa0\x80 \xf5\x80\x80\x80", NULL, 100, "?? ??? ????");
    assert_cleaned("€ 😀", NULL, 100, "€ 😀");
    assert_cleaned("a\xc2\x9b"
                   "31mb\xc2\x85"
                   "c\u00a9",
                   NULL, 100, "a 31mb c\u00a9");
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
        cmocka_unit_test(secrets_are_masked_in_other_spellings),
        cmocka_unit_test(what_can_not_be_shown_is_replaced),
        cmocka_unit_test(long_text_is_cut_between_characters),
        cmocka_unit_test(blanks_are_trimmed_and_found),
        cmocka_unit_test(clouds_have_three_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
