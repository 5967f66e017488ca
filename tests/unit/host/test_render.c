/* SPDX-License-Identifier: Apache-2.0
 *
 * test_render.c - drawing without a plan around it: wrapping, quoting, values, and how elements of lists pair
 * up.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "render.h"
#include "sequence.h"
#include "text.h"

static const struct style plain = {.program = "widgets", .columns = 20};

/* Everything that is printed between begin() and end_is(). */
static char *printed;
static size_t printed_size;

static FILE *begin(void)
{
    FILE *out = open_memstream(&printed, &printed_size);
    assert_non_null(out);
    return out;
}

static void end_is(FILE *out, const char *expected)
{
    fclose(out);
    assert_string_equal(printed, expected);
    free(printed);
}

static void test_wrapping(void **state)
{
    (void)state;
    FILE *out = begin();
    render_wrapped(out, &plain, "%s", "one two three four five six\n  a line that is kept as it is\n");
    end_is(out, "one two three four\nfive six\n  a line that is kept as it is\n");
    out = begin();
    render_wrapped(out, &plain, "%s", "averyverylongwordthatfitsnoline at all");
    end_is(out, "averyverylongwordthatfitsnoline\nat all");
}

static void test_colours(void **state)
{
    (void)state;
    const struct style coloured = {.colour = true};
    FILE *out = begin();
    render_printf(out, &coloured, "[bold]%s[reset]", "[red]");
    end_is(out, "\033[1m[red]\033[0m");
    out = begin();
    render_printf(out, &plain, "[bold]%s[reset] [other]", "[red]");
    end_is(out, "[red] [other]");
}

static void test_quoting(void **state)
{
    (void)state;
    FILE *out = begin();
    render_quoted(out, "a\"b\\c\n\t\x01\x7f\xc3\xa9");
    end_is(out, "\"a\\\"b\\\\c\\n\\t\\x01\\x7f\xc3\xa9\"");
}

static void value_is(const char *json, const char *type, const char *expected)
{
    struct typed value = {.value = json_tokener_parse(json), .type = json_tokener_parse(type)};
    FILE *out = begin();
    render_value(out, &value, 0);
    end_is(out, expected);
    typed_clear(&value);
}

static void test_values(void **state)
{
    (void)state;
    value_is("null", "\"string\"", "tostring(null)");
    value_is("null", "[\"list\",[\"map\",\"number\"]]", "tolist(null) /* of map of number */");
    value_is("[]", "[\"set\",\"string\"]", "toset([])");
    value_is("{}", "[\"map\",\"string\"]", "tomap({})");
    value_is("{\"b\":1,\"a\":[true]}", "[\"object\",{\"a\":[\"tuple\",[\"bool\"]],\"b\":\"number\"}]",
             "{\n  \"a\" = [\n    true,\n  ]\n  \"b\" = 1\n}");
    value_is("\"x\\nEOT\\ny\"", "\"string\"", "<<EOT_\nx\nEOT\ny\nEOT_");
    value_is("0.1", "\"number\"", "0.1");
}

struct pairs {
    char text[256];
    size_t before, after;
};

static bool note(void *context, size_t before, size_t after)
{
    struct pairs *pairs = context;
    size_t length = strlen(pairs->text);
    char left[24] = "-", right[24] = "-";
    if (before < pairs->before)
        snprintf(left, sizeof(left), "%zu", before);
    if (after < pairs->after)
        snprintf(right, sizeof(right), "%zu", after);
    snprintf(pairs->text + length, sizeof(pairs->text) - length, "%s%s:%s", length ? " " : "", left, right);
    return true;
}

static void pairs_are(const char *before, const char *after, const char *expected)
{
    struct json_object *a = json_tokener_parse(before), *b = json_tokener_parse(after);
    struct pairs pairs = {.before = json_object_array_length(a), .after = json_object_array_length(b)};
    assert_true(sequence_pair(a, b, note, &pairs));
    assert_string_equal(pairs.text, expected);
    json_object_put(a);
    json_object_put(b);
}

static void test_sequences(void **state)
{
    (void)state;
    pairs_are("[]", "[]", "");
    pairs_are("[1,2]", "[1,3]", "0:0 1:1");
    pairs_are("[1,2,3,4]", "[2,3,4]", "0:- 1:0 2:1 3:2");
    pairs_are("[1,2,3]", "[1,9,2,3]", "0:0 -:1 1:2 2:3");
    pairs_are("[\"a\",\"b\",\"c\",\"d\"]", "[\"b\",\"q\",\"d\"]", "0:- 1:0 2:- -:1 3:2");
    pairs_are("[{\"a\":1},{\"a\":2},{\"a\":3},{\"a\":4}]", "[{\"a\":2},{\"a\":9},{\"a\":4}]",
              "0:- 1:0 2:1 3:2");
}

static void test_long_sequences_need_no_table(void **state)
{
    (void)state;
    enum { MANY = 5000 };
    struct json_object *a = json_object_new_array(), *b = json_object_new_array();
    struct pairs pairs = {.text = "full"};
    for (int i = 0; i < MANY; i++) {
        json_object_array_add(a, json_object_new_int(i));
        json_object_array_add(b, json_object_new_int(-1 - i));
    }
    json_object_array_add(b, json_object_new_int(MANY));
    pairs.before = MANY;
    pairs.after = MANY + 1;
    assert_true(sequence_pair(a, b, note, &pairs));
    json_object_put(a);
    json_object_put(b);
}

static void test_plain_names(void **state)
{
    (void)state;
    assert_true(identifier_is("a_b-c1"));
    assert_false(identifier_is(""));
    assert_false(identifier_is("1a"));
    assert_false(identifier_is("a b"));
    assert_false(identifier_is("a\xe2\x80\x93"
                               "b")); /* a dash */
    assert_false(identifier_is("\xf0\x9f\x8e\x88"));
    assert_false(identifier_is("\xc3"));
    assert_true(identifier_is("\xc3\xa9"));
    assert_true(identifier_is("\xe6\xbc\xa2_1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrapping),    cmocka_unit_test(test_colours),
        cmocka_unit_test(test_quoting),     cmocka_unit_test(test_values),
        cmocka_unit_test(test_sequences),   cmocka_unit_test(test_long_sequences_need_no_table),
        cmocka_unit_test(test_plain_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
