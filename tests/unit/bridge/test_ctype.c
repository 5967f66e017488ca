/* SPDX-License-Identifier: Apache-2.0
 *
 * test_ctype.c - the table of C types: every row in and out again, and what does not fit.
 */
#include "support.h"

#include "ctype.h"

#include <ffi.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct schema_type string = {.kind = TYPE_STRING}, integer = {.kind = TYPE_INTEGER},
                          number = {.kind = TYPE_NUMBER}, boolean = {.kind = TYPE_BOOLEAN};
static struct schema_type strings = {.kind = TYPE_LIST, .element = &string};
static struct schema_type string_set = {.kind = TYPE_SET, .element = &string};
static struct schema_type integers = {.kind = TYPE_LIST, .element = &integer};
static struct schema_type map = {.kind = TYPE_MAP, .element = &string};

static bool is_integer(const struct c_type *row)
{
    return row->family == C_SIGNED || row->family == C_UNSIGNED;
}

/* A JSON integer of 64 bits and a sign, as text would give it. */
static struct json_object *whole(bool negative, uint64_t magnitude)
{
    return negative ? json_object_new_int64((int64_t)(0 - magnitude)) : json_object_new_uint64(magnitude);
}

static void rows_agree_with_libffi(void **state)
{
    (void)state;
    size_t count = 0;
    const struct c_type *rows = c_type_table(&count);
    for (size_t i = 0; i < count; i++) {
        const ffi_type *ffi = rows[i].ffi;
        assert_non_null(ffi);
        if (rows[i].family != C_VOID)
            assert_int_equal(ffi->size, rows[i].size);
        if (rows[i].family == C_JSON)
            assert_ptr_equal(c_type_find(rows[i].name), c_type_find("const char *"));
        else
            assert_ptr_equal(c_type_find(rows[i].name), &rows[i]);
        if (is_integer(&rows[i])) {
            unsigned bits = 8u * rows[i].size;
            assert_int_equal(rows[i].maximum, rows[i].family == C_SIGNED ? UINT64_MAX >> (65 - bits)
                                                                         : UINT64_MAX >> (64 - bits));
            assert_int_equal(rows[i].minimum, rows[i].family == C_SIGNED ? -(int64_t)rows[i].maximum - 1 : 0);
            assert_true(ffi->type == FFI_TYPE_INT || (rows[i].family == C_SIGNED) == (ffi->type % 2 == 0));
        }
    }
    assert_null(c_type_find("short"));
    assert_null(c_type_find("const char*"));
    assert_null(c_type_find(""));
}

/* Puts a whole number in and takes it out again, also widened as a return. False where it does not go in. */
static bool round_trip(const struct c_type *row, bool negative, uint64_t magnitude)
{
    union c_value value;
    char *problem = NULL;
    struct json_object *given = whole(negative, magnitude), *taken = NULL;
    memset(&value, 0xA5, sizeof value);
    bool fits = c_value_from_json(row, &integer, given, &value, &problem);
    if (!fits) {
        assert_non_null(problem);
        assert_non_null(strstr(problem, row->name));
        assert_non_null(strstr(problem, "range"));
    } else {
        assert_true(c_value_to_json(row, &integer, &value, false, &taken, &problem));
        assert_true(value_equal(given, taken, &integer));
        json_object_put(taken);
        /* libffi widens with the sign; what lies above a narrow type must not matter. */
        union c_value returned = {.word = negative ? 0 - magnitude : magnitude};
        if (row->size < 8)
            returned.word ^= UINT64_MAX << (8u * row->size);
        assert_true(c_value_to_json(row, &integer, &returned, true, &taken, &problem));
        assert_true(value_equal(given, taken, &integer));
        json_object_put(taken);
        c_value_release(row, &value);
    }
    free(problem);
    json_object_put(given);
    return fits;
}

static void integers_go_to_their_bounds_and_no_further(void **state)
{
    (void)state;
    size_t count = 0, seen = 0;
    const struct c_type *rows = c_type_table(&count);
    for (size_t i = 0; i < count; i++) {
        const struct c_type *row = &rows[i];
        if (!is_integer(row))
            continue;
        uint64_t lowest = 0 - (uint64_t)row->minimum;
        seen++;
        assert_true(round_trip(row, false, 0));
        assert_true(round_trip(row, false, 1));
        assert_true(round_trip(row, false, row->maximum));
        assert_int_equal(round_trip(row, true, 1), row->family == C_SIGNED);
        if (row->family == C_SIGNED)
            assert_true(round_trip(row, true, lowest));
        if (row->maximum < UINT64_MAX)
            assert_false(round_trip(row, false, row->maximum + 1));
        if (row->family == C_SIGNED && row->size < 8)
            assert_false(round_trip(row, true, lowest + 1));
        assert_int_equal(round_trip(row, false, UINT64_MAX), row->maximum == UINT64_MAX);
    }
    assert_int_equal(seen, 14);
}

static void refuse(const char *c, const struct schema_type *type, const char *text, const char *what)
{
    union c_value value;
    char *problem = NULL;
    struct json_object *json = tree(text);
    if (c_value_from_json(c_type_find(c), type, json, &value, &problem))
        fail_msg("%s took %s", c, text);
    assert_non_null(problem);
    if (strstr(problem, what) == NULL)
        fail_msg("%s of %s: %s", c, text, problem);
    free(problem);
    json_object_put(json);
}

static void what_does_not_fit_is_said(void **state)
{
    (void)state;
    refuse("int32_t", &integer, "1.5", "not a whole one");
    refuse("int32_t", &integer, "1e30", "range of C's int32_t: -2147483648 to 2147483647");
    refuse("int64_t", &integer, "9223372036854775808", "range");
    refuse("int32_t", &integer, "null", "null can't become C's int32_t");
    refuse("int32_t", &integer, "'7'", "string can't become");
    refuse("int", &integer, "true", "boolean can't become");
    refuse("bool", &boolean, "1", "int can't become C's bool");
    refuse("bool", &boolean, "null", "null can't become");
    refuse("double", &number, "null", "null can't become");
    refuse("double", &number, "true", "boolean can't become");
    refuse("float", &number, "1e39", "range of C's float");
    refuse("const char *", &string, "7", "int can't become");
    refuse("const char *const *", &strings, "['a', null]", "null can't become");
    refuse("const char *const *", &strings, "['a', 7]", "int can't become");
    refuse("const char *const *", &strings, "{}", "object can't become");
    refuse("void *", NULL, "'text'", "string can't become");
}

static void a_nul_in_a_string_is_said(void **state)
{
    (void)state;
    union c_value value;
    char *problem = NULL;
    struct json_object *text = json_object_new_string_len("a\0b", 3), *list = json_object_new_array();
    json_object_array_add(list, json_object_get(text));
    assert_false(c_value_from_json(c_type_find("const char *"), &string, text, &value, &problem));
    assert_non_null(strstr(problem, "NUL"));
    free(problem);
    assert_false(c_value_from_json(c_type_find("const char *const *"), &strings, list, &value, &problem));
    assert_non_null(strstr(problem, "NUL"));
    free(problem);
    json_object_put(text);
    json_object_put(list);
}

static void whole_doubles_are_integers(void **state)
{
    (void)state;
    union c_value value;
    char *problem = NULL;
    struct json_object *json = tree("200.0");
    assert_true(c_value_from_json(c_type_find("uint8_t"), &integer, json, &value, &problem));
    assert_int_equal(value.u8, 200);
    json_object_put(json);
    json = tree("9007199254740993.0");
    assert_true(c_value_from_json(c_type_find("int64_t"), &integer, json, &value, &problem));
    assert_int_equal(value.i64, 9007199254740993);
    json_object_put(json);
}

static void booleans_and_floats(void **state)
{
    (void)state;
    union c_value value = {0};
    char *problem = NULL;
    struct json_object *json = tree("true"), *taken = NULL;
    assert_true(c_value_from_json(c_type_find("bool"), &boolean, json, &value, &problem));
    assert_true(value.boolean);
    assert_true(c_value_from_json(c_type_find("int"), &boolean, json, &value, &problem));
    assert_int_equal(value.i32, 1);
    value.word = 0x100; /* a C function that returns false may leave anything above the byte */
    assert_true(c_value_to_json(c_type_find("bool"), &boolean, &value, true, &taken, &problem));
    assert_tree(taken, "false");
    value.i32 = -1;
    assert_true(c_value_to_json(c_type_find("int"), &boolean, &value, false, &taken, &problem));
    assert_tree(taken, "true");
    json_object_put(json);
    json = tree("0.5");
    assert_true(c_value_from_json(c_type_find("float"), &number, json, &value, &problem));
    assert_true(value.f32 == 0.5f);
    assert_true(c_value_to_json(c_type_find("float"), &number, &value, true, &taken, &problem));
    assert_true(json_object_get_double(taken) == 0.5);
    json_object_put(taken);
    json_object_put(json);
    value.f64 = NAN;
    assert_false(c_value_to_json(c_type_find("double"), &number, &value, false, &taken, &problem));
    assert_non_null(strstr(problem, "not finite"));
    assert_null(taken);
    free(problem);
}

static void strings_are_borrowed(void **state)
{
    (void)state;
    union c_value value;
    char *problem = NULL;
    struct json_object *json = tree("'text'"), *taken = NULL;
    const struct c_type *row = c_type_find("const char *");
    assert_true(c_value_from_json(row, &string, json, &value, &problem));
    assert_ptr_equal(value.pointer, json_object_get_string(json));
    assert_true(c_value_to_json(row, &string, &value, false, &taken, &problem));
    assert_tree(taken, "'text'");
    c_value_release(row, &value);
    assert_true(c_value_from_json(row, &string, NULL, &value, &problem));
    assert_null(value.pointer);
    assert_true(c_value_to_json(row, &string, &value, true, &taken, &problem));
    assert_null(taken);
    char broken[] = "ab\xff";
    value.pointer = broken;
    assert_false(c_value_to_json(row, &string, &value, false, &taken, &problem));
    assert_non_null(strstr(problem, "not UTF-8: byte 2"));
    free(problem);
    json_object_put(json);
}

static void lists_of_strings_end_with_null(void **state)
{
    (void)state;
    union c_value value;
    char *problem = NULL;
    struct json_object *json = tree("['a', '', 'b']");
    const struct c_type *row = c_type_default(&strings);
    assert_true(c_value_from_json(row, &strings, json, &value, &problem));
    const char *const *texts = value.pointer;
    assert_string_equal(texts[0], "a");
    assert_string_equal(texts[1], "");
    assert_string_equal(texts[2], "b");
    assert_null(texts[3]);
    c_value_release(row, &value);
    json_object_put(json);
    json = tree("[]");
    assert_true(c_value_from_json(row, &strings, json, &value, &problem));
    assert_non_null(value.pointer);
    assert_null(*(void **)value.pointer);
    c_value_release(row, &value);
    json_object_put(json);
    assert_true(c_value_from_json(row, &strings, NULL, &value, &problem));
    assert_null(value.pointer);
    c_value_release(row, &value);
}

static void compounds_are_json_text(void **state)
{
    (void)state;
    union c_value value;
    char *problem = NULL;
    struct json_object *json = tree("{'k': 'v/é'}"), *taken = NULL;
    const struct c_type *row = c_type_default(&map);
    assert_ptr_equal(row, c_type_json());
    assert_true(c_value_from_json(row, &map, json, &value, &problem));
    assert_string_equal(value.pointer, "{\"k\":\"v/é\"}");
    assert_true(c_value_to_json(row, &map, &value, false, &taken, &problem));
    assert_true(value_equal(json, taken, &map));
    c_value_release(row, &value);
    json_object_put(taken);
    /* Text of another shape, and no text at all. */
    char list[] = "[1, 2]", broken[] = "{\"a\": 1, \"a\": 2}", null[] = "null";
    value.pointer = list;
    assert_false(c_value_to_json(row, &map, &value, false, &taken, &problem));
    assert_non_null(strstr(problem, "must be a map"));
    assert_null(taken);
    free(problem);
    assert_true(c_value_to_json(row, NULL, &value, false, &taken, &problem));
    assert_tree(taken, "[1,2]");
    value.pointer = broken;
    assert_false(c_value_to_json(row, &map, &value, false, &taken, &problem));
    assert_non_null(strstr(problem, "not JSON: at /a: this key occurs twice"));
    free(problem);
    value.pointer = null;
    assert_true(c_value_to_json(row, &map, &value, false, &taken, &problem));
    assert_null(taken);
    json_object_object_add(json, "u", value_unknown());
    assert_false(c_value_from_json(row, &map, json, &value, &problem));
    assert_non_null(strstr(problem, "not known yet"));
    free(problem);
    json_object_put(json);
}

static void rows_follow_from_json_types(void **state)
{
    (void)state;
    const struct c_type *json = c_type_json();
    assert_string_equal(c_type_default(&string)->name, "const char *");
    assert_string_equal(c_type_default(&integer)->name, "int64_t");
    assert_string_equal(c_type_default(&number)->name, "double");
    assert_string_equal(c_type_default(&boolean)->name, "bool");
    assert_string_equal(c_type_default(&strings)->name, "const char *const *");
    assert_string_equal(c_type_default(&string_set)->name, "const char *const *");
    assert_ptr_equal(c_type_default(&integers), json);
    assert_ptr_equal(c_type_select(NULL, &strings, false), c_type_default(&strings));
    assert_ptr_equal(c_type_select(NULL, &strings, true), json);
    assert_ptr_equal(c_type_select("const char *", &strings, false), json);
    assert_ptr_equal(c_type_select("const char *const *", &strings, true), json);
    assert_ptr_equal(c_type_select("const char *", &string, true), c_type_find("const char *"));
    assert_ptr_equal(c_type_select("uint16_t", &integer, true), c_type_find("uint16_t"));
    assert_null(c_type_select("const char *const *", &integers, false));
    assert_null(c_type_select("double", &integer, false));
    assert_null(c_type_select("int", &number, false));
    assert_null(c_type_select("bool", &integer, false));
    assert_null(c_type_select("void *", &string, false));
    assert_null(c_type_select("nothing", &string, false));
    assert_true(c_type_is_pointer(json));
    assert_true(c_type_is_pointer(c_type_find("void *")));
    assert_false(c_type_is_pointer(c_type_find("bool")));
    assert_false(c_type_is_pointer(c_type_find("void")));
}

/* meta.json lists the names for editors. */
static void the_schema_of_schemas_knows_every_row(void **state)
{
    (void)state;
    struct json_object *meta = json_object_from_file(SHIPPED_SCHEMAS "/meta.json"), *definitions = NULL;
    size_t count = 0;
    const struct c_type *rows = c_type_table(&count);
    assert_true(json_object_object_get_ex(meta, "$defs", &definitions));
    struct json_object *integer_names =
        json_object_object_get(json_object_object_get(definitions, "cInteger"), "enum");
    struct json_object *c_type =
        json_object_object_get(json_object_object_get(definitions, "cType"), "anyOf");
    struct json_object *other_names = json_object_object_get(json_object_array_get_idx(c_type, 0), "enum");
    size_t listed = json_object_array_length(integer_names) + json_object_array_length(other_names),
           found = 0;
    for (size_t i = 0; i < count; i++) {
        struct json_object *names = is_integer(&rows[i]) ? integer_names : other_names;
        bool here = false;
        for (size_t j = 0; j < json_object_array_length(names); j++)
            here = here ||
                   strcmp(json_object_get_string(json_object_array_get_idx(names, j)), rows[i].name) == 0;
        assert_int_equal(here, rows[i].family != C_VOID);
        found += here && rows[i].family != C_JSON;
    }
    assert_int_equal(found, listed);
    json_object_put(meta);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_agree_with_libffi),
        cmocka_unit_test(integers_go_to_their_bounds_and_no_further),
        cmocka_unit_test(what_does_not_fit_is_said),
        cmocka_unit_test(a_nul_in_a_string_is_said),
        cmocka_unit_test(whole_doubles_are_integers),
        cmocka_unit_test(booleans_and_floats),
        cmocka_unit_test(strings_are_borrowed),
        cmocka_unit_test(lists_of_strings_end_with_null),
        cmocka_unit_test(compounds_are_json_text),
        cmocka_unit_test(rows_follow_from_json_types),
        cmocka_unit_test(the_schema_of_schemas_knows_every_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
