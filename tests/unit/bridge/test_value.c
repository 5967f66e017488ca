/* SPDX-License-Identifier: Apache-2.0
 *
 * test_value.c - unknowns, copies, numbers, and when two values are the same.
 */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static struct schema_type number = {.kind = TYPE_NUMBER}, string = {.kind = TYPE_STRING};
static struct schema_type strings = {.kind = TYPE_LIST, .element = &string};
static struct schema_type string_set = {.kind = TYPE_SET, .element = &string};
static struct schema_type set_of_sets = {.kind = TYPE_SET, .element = &string_set};
static struct schema_type map = {.kind = TYPE_MAP, .element = &string};
static struct schema_attribute members[] = {
    {.name = (char *)"a", .type = {.kind = TYPE_NUMBER}},
    {.name = (char *)"b", .type = {.kind = TYPE_SET, .element = &string}}};
static struct schema_object object_members = {2, members};
static struct schema_type object = {.kind = TYPE_OBJECT, .object = &object_members};

static void unknowns_are_told_from_everything_else(void **state)
{
    (void)state;
    struct json_object *unknown = value_unknown(), *plain = tree("{}"), *deep = tree("{'a': [1, {'b': 2}]}");
    assert_true(value_is_unknown(unknown));
    assert_true(value_has_unknown(unknown));
    assert_false(value_is_unknown(plain));
    assert_false(value_is_unknown(NULL));
    assert_false(value_has_unknown(NULL));
    assert_false(value_has_unknown(deep));
    struct json_object *list = json_object_object_get(deep, "a");
    json_object_object_add(json_object_array_get_idx(list, 1), "c", unknown);
    assert_true(value_has_unknown(deep));
    assert_false(value_is_unknown(deep));
    json_object_put(deep);
    json_object_put(plain);
}

static void copies_keep_unknowns_and_decimal_texts(void **state)
{
    (void)state;
    bool ok = true;
    struct json_object *value =
        tree("{'a': 0.1, 'b': [null, true, 18446744073709551615], 'c': 's', 'd': {}}");
    json_object_object_add(value, "u", value_unknown());
    struct json_object *copy = value_copy(value, &ok);
    assert_true(ok);
    json_object_put(value);
    assert_true(value_is_unknown(json_object_object_get(copy, "u")));
    assert_false(value_is_unknown(json_object_object_get(copy, "d")));
    assert_string_equal(value_number_text(json_object_object_get(copy, "a")), "0.1");
    json_object_object_del(copy, "u");
    assert_tree(copy, "{'a':0.1,'b':[null,true,18446744073709551615],'c':'s','d':{}}");
    assert_null(value_copy(NULL, &ok));
    assert_true(ok);
}

static void a_number_has_a_text_where_it_was_read_from_one(void **state)
{
    (void)state;
    struct json_object *read = json_object_new_double_s(1e20, "100000000000000000001");
    struct json_object *bare = json_object_new_double(0.5), *whole = json_object_new_int64(7);
    assert_string_equal(value_number_text(read), "100000000000000000001");
    assert_null(value_number_text(bare));
    assert_null(value_number_text(whole));
    assert_null(value_number_text(NULL));
    json_object_put(read);
    json_object_put(bare);
    json_object_put(whole);
}

static void whole_numbers_are_exact(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum value_whole whole;
        bool negative;
        uint64_t magnitude;
    } cases[] = {
        {"0", WHOLE_YES, false, 0},
        {"-0.0", WHOLE_YES, false, 0},
        {"1.0", WHOLE_YES, false, 1},
        {"1e3", WHOLE_YES, false, 1000},
        {"1200e-2", WHOLE_YES, false, 12},
        {"0.0012e4", WHOLE_YES, false, 12},
        {"-7", WHOLE_YES, true, 7},
        {"-9223372036854775808", WHOLE_YES, true, 9223372036854775808u},
        {"18446744073709551615", WHOLE_YES, false, UINT64_MAX},
        {"9007199254740993.0", WHOLE_YES, false, 9007199254740993},
        {"18446744073709551616.0", WHOLE_OUTSIDE, false, 0},
        {"1e20", WHOLE_OUTSIDE, false, 0},
        {"1e300", WHOLE_OUTSIDE, false, 0},
        {"1.5", WHOLE_FRACTION, false, 0},
        {"0.1", WHOLE_FRACTION, false, 0},
        {"9007199254740993.5", WHOLE_FRACTION, false, 0},
        {"1e-300", WHOLE_FRACTION, false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct json_object *value = tree(cases[i].text);
        bool negative = false;
        uint64_t magnitude = 0;
        enum value_whole whole = value_whole(value, &negative, &magnitude);
        if (whole != cases[i].whole ||
            (whole == WHOLE_YES && (negative != cases[i].negative || magnitude != cases[i].magnitude)))
            fail_msg("%s: %d %d %lu", cases[i].text, whole, negative, (unsigned long)magnitude);
        json_object_put(value);
    }
}

static void bare_doubles_are_whole_or_not(void **state)
{
    (void)state;
    static const struct {
        double value;
        enum value_whole whole;
        uint64_t magnitude;
    } cases[] = {{3.0, WHOLE_YES, 3},        {-3.0, WHOLE_YES, 3},         {0x1p63, WHOLE_YES, 1ull << 63},
                 {0x1p64, WHOLE_OUTSIDE, 0}, {INFINITY, WHOLE_OUTSIDE, 0}, {NAN, WHOLE_OUTSIDE, 0},
                 {0.25, WHOLE_FRACTION, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct json_object *value = json_object_new_double(cases[i].value);
        bool negative = false;
        uint64_t magnitude = 0;
        assert_int_equal(value_whole(value, &negative, &magnitude), cases[i].whole);
        if (cases[i].whole == WHOLE_YES)
            assert_int_equal(magnitude, cases[i].magnitude);
        json_object_put(value);
    }
}

static void sameness(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        const struct schema_type *type;
        bool equal;
    } cases[] = {
        {"1", "1.0", &number, true},
        {"10", "1e1", &number, true},
        {"0", "-0.0", &number, true},
        {"0.1", "0.10", &number, true},
        {"0.1", "1e-1", &number, true},
        {"1", "-1", &number, false},
        {"0.1", "0.2", &number, false},
        /* The same double, and not the same number. */
        {"9007199254740992.0", "9007199254740993.0", &number, false},
        {"9007199254740993", "9007199254740992.0", &number, false},
        {"18446744073709551615", "1.8446744073709551615e19", &number, true},
        {"1", "'1'", &number, false},
        {"1", "true", &number, false},
        {"'a'", "'a'", &string, true},
        {"'a'", "'A'", &string, false},
        {"'a'", "'ab'", &string, false},
        {"null", "null", &string, true},
        {"null", "''", &string, false},
        {"true", "false", NULL, false},
        {"['a', 'b']", "['b', 'a']", &strings, false},
        {"['a', 'b']", "['a']", &strings, false},
        {"['a', 'b']", "['b', 'a']", &string_set, true},
        {"['a', 'b']", "['b', 'c']", &string_set, false},
        {"['a', 'a', 'b']", "['a', 'b', 'b']", &string_set, false},
        {"[['a', 'b'], []]", "[[], ['b', 'a']]", &set_of_sets, true},
        {"[]", "null", &string_set, false},
        {"{'a': 1, 'b': ['x', 'y']}", "{'b': ['y', 'x'], 'a': 1.0}", &object, true},
        {"{'a': 1, 'b': null}", "{'a': 1}", &object, true},
        {"{'b': null}", "{}", &object, true},
        {"{'a': 1}", "{'a': 2}", &object, false},
        {"{'a': 1}", "{}", &object, false},
        {"{'k': 'v'}", "{'k': 'v'}", &map, true},
        {"{'k': 'v'}", "{'l': 'v'}", &map, false},
        {"{'k': null}", "{}", &map, false},
        {"{'k': [1, {'x': 2}]}", "{'k': [1.0, {'x': 2}]}", NULL, true},
        {"{}", "[]", NULL, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct json_object *a = tree(cases[i].a), *b = tree(cases[i].b);
        if (value_equal(a, b, cases[i].type) != cases[i].equal ||
            value_equal(b, a, cases[i].type) != cases[i].equal)
            fail_msg("%s and %s should%s be the same", cases[i].a, cases[i].b, cases[i].equal ? "" : " not");
        json_object_put(a);
        json_object_put(b);
    }
}

static void a_double_is_the_decimal_it_was_made_from(void **state)
{
    (void)state;
    struct json_object *text = tree("0.1"), *bare = json_object_new_double(0.1), *whole = tree("3"),
                       *three = json_object_new_double(3), *other = json_object_new_double(3.5),
                       *big = tree("9007199254740993"), *near = json_object_new_double(9007199254740992.0);
    assert_true(value_equal(text, bare, &number));
    assert_true(value_equal(whole, three, &number));
    assert_false(value_equal(whole, other, &number));
    assert_false(value_equal(big, near, &number));
    struct json_object *values[] = {text, bare, whole, three, other, big, near};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        json_object_put(values[i]);
}

static void an_unknown_equals_nothing(void **state)
{
    (void)state;
    struct json_object *a = value_unknown(), *b = value_unknown(), *empty = tree("{}");
    assert_false(value_equal(a, b, &string));
    assert_false(value_equal(a, a, &string));
    assert_false(value_equal(a, empty, NULL));
    assert_false(value_equal(a, NULL, &string));
    struct json_object *left = tree("['x']"), *right = tree("['x']");
    json_object_array_add(left, a);
    json_object_array_add(right, b);
    assert_false(value_equal(left, right, &string_set));
    assert_false(value_equal(left, right, &strings));
    json_object_put(left);
    json_object_put(right);
    json_object_put(empty);
}

static void sets_know_their_duplicates(void **state)
{
    (void)state;
    struct json_object *set = tree("[1, 2, 1.0, 3, 2, 1]");
    size_t first = 0, second = 0;
    bool ok = false;
    assert_true(value_set_duplicate(set, &number, &first, &second, &ok));
    assert_true(ok);
    assert_true(first < second);
    assert_true(
        value_equal(json_object_array_get_idx(set, first), json_object_array_get_idx(set, second), &number));
    assert_true(value_set_reduce(set, &number));
    assert_false(value_set_duplicate(set, &number, &first, &second, &ok));
    assert_tree(set, "[1,2,3]");
    /* Two unknowns may turn out different. */
    set = json_object_new_array();
    json_object_array_add(set, value_unknown());
    json_object_array_add(set, value_unknown());
    assert_false(value_set_duplicate(set, &number, &first, &second, &ok));
    assert_true(value_set_reduce(set, &number));
    assert_int_equal(json_object_array_length(set), 2);
    json_object_put(set);
}

static void wiping_reaches_every_string(void **state)
{
    (void)state;
    struct json_object *value =
        tree("{'token': 'secret', 'more': [{'a': 'short'}, 'x', null, 1], 'empty': ''}");
    struct json_object *token = NULL, *more = NULL, *inner = NULL;
    json_object_object_get_ex(value, "token", &token);
    json_object_object_get_ex(value, "more", &more);
    json_object_object_get_ex(json_object_array_get_idx(more, 0), "a", &inner);
    value_wipe(value);
    value_wipe(NULL);
    static const char zeros[8];
    assert_memory_equal(value_string(token), zeros, sizeof "secret");
    assert_memory_equal(value_string(inner), zeros, sizeof "short");
    assert_memory_equal(value_string(json_object_array_get_idx(more, 1)), zeros, sizeof "x");
    assert_int_equal(json_object_get_int(json_object_array_get_idx(more, 3)), 1);
    json_object_put(value);
}

/* What a table has room for is json-c's business; that it holds what is put in, in that order, is not. */
static void objects_of_any_size_keep_their_members_in_order(void **state)
{
    (void)state;
    for (size_t room = 0; room < 40; room += 13) {
        struct json_object *built = value_object(room);
        assert_non_null(built);
        assert_int_equal(json_object_object_length(built), 0);
        for (int i = 0; i < 30; i++) {
            char name[16];
            snprintf(name, sizeof name, "m%d", i);
            assert_int_equal(json_object_object_add(built, name, json_object_new_int(i)), 0);
        }
        value_tighten(built);
        struct json_object *copy = value_copy(built, NULL);
        int expected = 0;
        json_object_object_foreach(copy, name, member)
        {
            assert_non_null(json_object_object_get(built, name));
            assert_int_equal(json_object_get_int(member), expected++);
        }
        assert_int_equal(expected, 30);
        assert_true(json_object_get_object(built)->size < 64);
        json_object_put(copy);
        json_object_put(built);
    }
    struct json_object *unknown = value_unknown();
    value_tighten(unknown);
    assert_true(value_is_unknown(unknown));
    json_object_put(unknown);
}

static void large_sets_are_compared_in_good_time(void **state)
{
    (void)state;
    enum { COUNT = 20000 };
    struct json_object *a = json_object_new_array(), *b = json_object_new_array();
    for (int i = 0; i < COUNT; i++) {
        char text[32];
        snprintf(text, sizeof text, "element-%d", i);
        json_object_array_add(a, json_object_new_string(text));
        snprintf(text, sizeof text, "element-%d", COUNT - 1 - i);
        json_object_array_add(b, json_object_new_string(text));
    }
    assert_true(value_equal(a, b, &string_set));
    json_object_array_put_idx(b, COUNT / 2, json_object_new_string("another"));
    assert_false(value_equal(a, b, &string_set));
    json_object_put(a);
    json_object_put(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknowns_are_told_from_everything_else),
        cmocka_unit_test(copies_keep_unknowns_and_decimal_texts),
        cmocka_unit_test(a_number_has_a_text_where_it_was_read_from_one),
        cmocka_unit_test(whole_numbers_are_exact),
        cmocka_unit_test(bare_doubles_are_whole_or_not),
        cmocka_unit_test(sameness),
        cmocka_unit_test(a_double_is_the_decimal_it_was_made_from),
        cmocka_unit_test(an_unknown_equals_nothing),
        cmocka_unit_test(sets_know_their_duplicates),
        cmocka_unit_test(wiping_reaches_every_string),
        cmocka_unit_test(objects_of_any_size_keep_their_members_in_order),
        cmocka_unit_test(large_sets_are_compared_in_good_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
