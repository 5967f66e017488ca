/* SPDX-License-Identifier: Apache-2.0
 *
 * test_value_text.c - JSON text read strictly. What is wrong is said with line and column; more of that
 * is in broken.json.
 */
#include "support.h"

#include "../heap.h"

#include <stdlib.h>
#include <string.h>

static void reads_what_json_is(void **state)
{
    (void)state;
    static const struct {
        const char *text, *printed;
    } cases[] = {
        {" null ", "null"},
        {"true", "true"},
        {"-0", "0"},
        {"7", "7"},
        {"18446744073709551615", "18446744073709551615"},
        {"-9223372036854775808", "-9223372036854775808"},
        {"18446744073709551616", "18446744073709551616"},
        {"-9223372036854775809", "-9223372036854775809"},
        {"[1000000000000000000000,{\"18446744073709551616\":-18446744073709551616 , "
         "\"b\":99999999999999999999},1]",
         "[1000000000000000000000,{\"18446744073709551616\":-18446744073709551616,\"b\":99999999999999999999}"
         ",1]"},
        {"[18446744073709551616.50, 1e30]", "[18446744073709551616.50,1e30]"},
        {"1.50", "1.50"},
        {"1E-5", "1E-5"},
        {"\"\"", "\"\""},
        {"\"\\u00e9\\ud83d\\ude00\\n\\/\\\\u0000\"", "\"é😀\\n/\\\\u0000\""},
        {"[]", "[]"},
        {"{\n\t\"a\": {\"a\": 1},\r\n \"b\": [{\"a\": \"}:\\\"\"}]}",
         "{\"a\":{\"a\":1},\"b\":[{\"a\":\"}:\\\"\"}]}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct json_object *value = NULL;
        char *problem = NULL;
        if (!value_from_text(cases[i].text, strlen(cases[i].text), &value, &problem))
            fail_msg("%s: %s", cases[i].text, problem);
        assert_null(problem);
        char *printed = value_to_text(value);
        assert_string_equal(printed, cases[i].printed);
        free(printed);
        json_object_put(value);
    }
}

static void says_what_is_wrong_and_where(void **state)
{
    (void)state;
    static const struct {
        const char *text, *problem;
    } cases[] = {
        {"", "line 1, column 1: the text ends too early"},
        {"[1,\n 2", "line 2, column 3: the text ends too early"},
        {"[1,]", "line 1, column 4: a comma stands before this bracket"},
        {"{\"a\": 1,\n }", "line 2, column 2: a comma stands before this bracket"},
        {"[1 2]", "line 1, column 4: a comma is missing before this"},
        {"{\"a\": 1 \"b\": 2}", "line 1, column 9: a comma is missing before this"},
        {"{\"a\" 1}", "line 1, column 6: a colon is missing before this"},
        {"{\"a\", 1}", "line 1, column 5: a colon is missing before this"},
        {"{1: 2}", "line 1, column 2: a name in double quotes must stand here"},
        {"{\"a\": }", "line 1, column 7: a value must stand here"},
        {"[,1]", "line 1, column 2: a value must stand here"},
        {"{}}", "line 1, column 3: nothing may stand here any more"},
        {"{'a': 1}",
         "line 1, column 2: a character that does not belong here; strings stand in double quotes"},
        {"{} // so", "line 1, column 4: a character that does not belong here; JSON has no comments"},
        {"{\"a\": 1,\n \"é\": +1}", "line 2, column 7: a character that does not belong here"},
        {"tru", "line 1, column 4: "},
        {"True", "line 1, column 1: "},
        {"nul", "line 1, column 4: "},
        {"Infinity", "line 1, column 1: "},
        {"-Infinity", "line 1, column 1: not a JSON number"},
        {"1.", "line 1, column 1: not a JSON number"},
        {"-", "line 1, column 1: not a JSON number"},
        {"1e", "line 1, column 1: not a JSON number"},
        {"00", "line 1, column 1: not a JSON number"},
        {"[18446744073709551616,\n -9223372036854775809 2]", "line 2, column 23: "},
        {"{\"a\": 18446744073709551616, 18446744073709551616: 1}", "line 1, column 29: "},
        {"[18446744073709551616 18446744073709551616]", "line 1, column 23: "},
        {"{\"a\": 18446744073709551616, \"a\": 18446744073709551616}", "at /a: this key occurs twice"},
        {"-1e999", "line 1, column 1: a number outside the range of a double"},
        {"\"a", "line 1, column 1: this string has no closing quote"},
        {"\"a\n\"", "line 1, column 3: a control character"},
        {"\"\\x\"", "line 1, column 2: this escape"},
        {"\"\\u12g4\"", "line 1, column 2: \\u needs"},
        {"\"\\u0000\"", "line 1, column 2: a string can't hold a NUL"},
        {"\"\\udc00\"", "line 1, column 2: half a surrogate pair"},
        {"\"\\ud800\\u0041\"", "line 1, column 2: half a surrogate pair"},
        {"\"\xff\"", "line 1, column 2: not UTF-8"},
        {"\"\xc0\xaf\"", "line 1, column 2: not UTF-8"},
        {"\"\xed\xa0\x80\"", "line 1, column 2: not UTF-8"},
        {"\"\xf5\x80\x80\x80\"", "line 1, column 2: not UTF-8"},
        {"\"\xe2\x82\"", "line 1, column 2: not UTF-8"},
        {"\xef\xbb\xbf{}", "line 1, column 1: "},
        {"{\"a\": 1, \"b\": 2, \"a\": 3}", "at /a: this key occurs twice"},
        {"[{}, {\"x\": [0, {\"k/~\": 1, \"\\u006b\\/~\": 1}]}]", "at /1/x/1/k~1~0: this key occurs twice"},
        {"{\"a\": {\"b\": 1}, \"b\": {\"b\": true , \"b\":null}}", "at /b/b: this key occurs twice"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct json_object *value = NULL;
        char *problem = NULL;
        if (value_from_text(cases[i].text, strlen(cases[i].text), &value, &problem))
            fail_msg("%s: was taken", cases[i].text);
        assert_null(value);
        if (problem == NULL || strncmp(problem, cases[i].problem, strlen(cases[i].problem)) != 0)
            fail_msg("%s: \"%s\", expected \"%s\"", cases[i].text, problem, cases[i].problem);
        free(problem);
    }
}

static void a_nul_ends_no_text(void **state)
{
    (void)state;
    struct json_object *value = NULL;
    char *problem = NULL;
    assert_false(value_from_text("{}\0{", 4, &value, &problem));
    assert_string_equal(problem, "line 1, column 3: a character that does not belong here");
    free(problem);
}

static void depth_is_bounded(void **state)
{
    (void)state;
    enum { DEEP = 100000 };
    struct json_object *value = NULL;
    char *problem = NULL, *text = malloc(DEEP + 1);
    assert_non_null(text);
    memset(text, '[', DEEP);
    text[DEEP] = '\0';
    assert_false(value_from_text(text, DEEP, &value, &problem));
    assert_non_null(strstr(problem, "nesting"));
    free(problem);
    memset(text + 60, ']', 60);
    text[120] = '\0';
    assert_true(value_from_text(text, 120, &value, &problem));
    json_object_put(value);
    free(text);
}

/* Any damage to a good text is refused or read; memory checkers watch. */
static void damage_does_no_harm(void **state)
{
    (void)state;
    static const char good[] = "{\"k\\u00e9y\": [1, -2.5e3, \"te\\\"xt\", null, true], \"o\": {\"k\": {}, "
                               "\"k2\": \"\\ud83d\\ude00\"}}";
    static const char damage[] = {'"', '\\', '{', '}', '[', ']',  ',',
                                  ':', 'u',  '0', '.', '-', '\0', (char)0xff};
    for (size_t at = 0; at < sizeof good - 1; at++)
        for (size_t i = 0; i < sizeof damage; i++) {
            char text[sizeof good];
            struct json_object *value = NULL;
            char *problem = NULL;
            memcpy(text, good, sizeof good);
            text[at] = damage[i];
            if (!value_from_text(text, sizeof good - 1, &value, &problem))
                assert_non_null(problem);
            json_object_put(value);
            free(problem);
            /* And cut off there. */
            text[at] = '\0';
            assert_false(value_from_text(text, at, &value, &problem));
            assert_non_null(problem);
            free(problem);
        }
}

/* A provider's settings come as text from other languages. */
static void a_secret_leaves_no_copy_behind(void **state)
{
    (void)state;
    if (heap_is_elsewhere())
        skip();
    char text[SECRET_LENGTH + 32] = "{\"token\":\"", *problem;
    struct json_object *value;
    size_t length = strlen(text);
    secret_write(text + length);
    memcpy(text + length + SECRET_LENGTH, "\"}", sizeof "\"}");
    assert_true(value_from_text(text, strlen(text), &value, &problem));
    explicit_bzero(text, sizeof text);
    assert_int_equal(secrets_in_heap(), 1);
    value_wipe(value);
    json_object_put(value);
    assert_int_equal(secrets_in_heap(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_json_is),  cmocka_unit_test(says_what_is_wrong_and_where),
        cmocka_unit_test(a_nul_ends_no_text),  cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(damage_does_no_harm), cmocka_unit_test(a_secret_leaves_no_copy_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
