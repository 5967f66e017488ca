/* SPDX-License-Identifier: Apache-2.0
 *
 * test_dynamic_value.c - values over the wire: every type there and back, and what is refused.
 */
#include "types.h"

#include "dynamic_value.h"
#include "value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Bytes of a string literal, without its NUL. */
#define BYTES(literal) (const uint8_t *)(literal), sizeof(literal) - 1

static void assert_text(struct json_object *value, const char *expected)
{
    char *text = value_to_text(value);
    assert_non_null(text);
    assert_string_equal(text, expected);
    free(text);
}

/* One value of one attribute's type: what it reads as, and how it is written again. */
static const struct round_trip {
    const char *attribute;
    const char *bytes;
    size_t size;
    const char *text;
    const char *again; /* NULL: the same bytes */
    size_t again_size;
} round_trips[] = {
#define SAME(attribute, bytes, text)                                                                         \
    {                                                                                                        \
        attribute, bytes, sizeof(bytes) - 1, text, NULL, 0                                                   \
    }
#define OTHER(attribute, bytes, text, again)                                                                 \
    {                                                                                                        \
        attribute, bytes, sizeof(bytes) - 1, text, again, sizeof(again) - 1                                  \
    }
    SAME("name", "\xc0", "null"),
    SAME("name", "\xa0", "\"\""),
    SAME("name",
         "\xa5"
         "h\xc3\xa9lo",
         "\"h\xc3\xa9lo\""),
    OTHER("name",
          "\xd9\x02"
          "ab",
          "\"ab\"",
          "\xa2"
          "ab"),
    OTHER("name",
          "\xda\x00\x02"
          "ab",
          "\"ab\"",
          "\xa2"
          "ab"),
    OTHER("name",
          "\xdb\x00\x00\x00\x02"
          "ab",
          "\"ab\"",
          "\xa2"
          "ab"),
    SAME("enabled", "\xc2", "false"),
    SAME("enabled", "\xc3", "true"),
    SAME("size", "\x00", "0"),
    SAME("size", "\x7f", "127"),
    SAME("size", "\xff", "-1"),
    SAME("size", "\xe0", "-32"),
    SAME("size", "\xcc\xff", "255"),
    SAME("size", "\xcd\xff\xff", "65535"),
    SAME("size", "\xce\xff\xff\xff\xff", "4294967295"),
    SAME("size", "\xcf\xff\xff\xff\xff\xff\xff\xff\xff", "18446744073709551615"),
    SAME("size", "\xd0\x80", "-128"),
    SAME("size", "\xd1\x80\x00", "-32768"),
    SAME("size", "\xd2\x80\x00\x00\x00", "-2147483648"),
    SAME("size", "\xd3\x80\x00\x00\x00\x00\x00\x00\x00", "-9223372036854775808"),
    OTHER("size", "\xcb\x40\x08\x00\x00\x00\x00\x00\x00", "3", "\x03"),
    OTHER("size",
          "\xa3"
          "-12",
          "-12", "\xf4"),
    OTHER("size",
          "\xb4"
          "18446744073709551615",
          "18446744073709551615", "\xcf\xff\xff\xff\xff\xff\xff\xff\xff"),
    SAME("ratio",
         "\xb4"
         "18446744073709551616",
         "18446744073709551616"),
    SAME("ratio",
         "\xa3"
         "0.1",
         "0.1"),
    SAME("ratio",
         "\xa6"
         "-1.5e9",
         "-1.5e9"),
    /* a double that a plugin made is written as what a person would have said */
    OTHER("ratio", "\xcb\x3f\xb9\x99\x99\x99\x99\x99\x9a", "0.10000000000000001",
          "\xa3"
          "0.1"),
    OTHER("ratio", "\xca\x3f\x00\x00\x00", "0.5",
          "\xa3"
          "0.5"),
    SAME("tags", "\x90", "[]"),
    SAME("tags",
         "\x92\xa1"
         "a\xc0",
         "[\"a\",null]"),
    OTHER("tags",
          "\xdc\x00\x01\xa1"
          "a",
          "[\"a\"]",
          "\x91\xa1"
          "a"),
    OTHER("tags",
          "\xdd\x00\x00\x00\x01\xa1"
          "a",
          "[\"a\"]",
          "\x91\xa1"
          "a"),
    SAME("sizes", "\x92\x01\x02", "[1,2]"),
    SAME("labels", "\x80", "{}"),
    SAME("labels",
         "\x81\xa1"
         "a\xa1"
         "b",
         "{\"a\":\"b\"}"),
    OTHER("labels",
          "\xde\x00\x01\xa1"
          "a\xc0",
          "{\"a\":null}",
          "\x81\xa1"
          "a\xc0"),
    SAME("port",
         "\x83\xa6"
         "number\x50\xa6"
         "labels\xc0\xa6"
         "secret\xa1"
         "s",
         "{\"number\":80,\"labels\":null,\"secret\":\"s\"}"),
    /* attributes that the client left out are null */
    OTHER("port",
          "\x81\xa6"
          "number\x50",
          "{\"number\":80}",
          "\x83\xa6"
          "number\x50\xa6"
          "labels\xc0\xa6"
          "secret\xc0"),
    SAME("grid",
         "\x92\x91\xa1"
         "a\x90",
         "[[\"a\"],[]]"),
#undef SAME
#undef OTHER
};

static void every_type_goes_there_and_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof round_trips / sizeof round_trips[0]; i++) {
        const struct round_trip *row = &round_trips[i];
        const struct schema_type *type = widget_type(row->attribute);
        struct diagnostics diags = {0};
        struct arena arena = {0};
        struct json_object *value;
        size_t size;
        assert_true(dynamic_read((const uint8_t *)row->bytes, row->size, type, NULL, &value, &diags));
        assert_text(value, row->text);
        uint8_t *bytes = dynamic_write(value, type, NULL, &arena, &size, &diags);
        assert_non_null(bytes);
        assert_int_equal(size, row->again ? row->again_size : row->size);
        assert_memory_equal(bytes, row->again ? row->again : row->bytes, size);
        assert_int_equal(diags.count, 0);
        json_object_put(value);
        arena_finish(&arena);
    }
}

static void an_unknown_is_told_from_everything_else(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
    } unknowns[] = {
        {"\xd4\x00\x00", 3},         {"\xd5\x00\x01\x02", 4},
        {"\xc7\x00\x00", 3},         {"\xc7\x03\x0c\x81\x01\xc2", 6},
        {"\xc8\x00\x01\x0c\x80", 5},
    };
    for (size_t i = 0; i < sizeof unknowns / sizeof unknowns[0]; i++) {
        static const char *const attributes[] = {"name", "size", "tags", "labels", "port"};
        for (size_t k = 0; k < sizeof attributes / sizeof attributes[0]; k++) {
            struct diagnostics diags = {0};
            struct arena arena = {0};
            struct json_object *value;
            size_t size;
            const struct schema_type *type = widget_type(attributes[k]);
            assert_true(dynamic_read((const uint8_t *)unknowns[i].bytes, unknowns[i].size, type, NULL, &value,
                                     &diags));
            assert_true(value_is_unknown(value));
            uint8_t *bytes = dynamic_write(value, type, NULL, &arena, &size, &diags);
            assert_non_null(bytes);
            assert_int_equal(size, 3);
            assert_memory_equal(bytes, "\xd4\x00\x00", 3);
            json_object_put(value);
            arena_finish(&arena);
        }
    }
}

/* What a client must not send, and the place and byte that the error names. */
static const struct malformed {
    const char *attribute; /* NULL: the whole object */
    const char *bytes;
    size_t size;
    const char *place, *detail;
} malformations[] = {
#define BAD(attribute, bytes, place, detail)                                                                 \
    {                                                                                                        \
        attribute, bytes, sizeof(bytes) - 1, place, detail                                                   \
    }
    BAD("name", "", NULL, "end too early"),
    BAD("name", "\xc1", NULL, "an invalid byte at byte 0"),
    BAD("name",
        "\xa5"
        "abc",
        NULL, "a length beyond its end at byte 0"),
    BAD("name", "\xd9", NULL, "end too early"),
    BAD("name", "\xdb\xff\xff\xff\xff", NULL, "a length beyond its end"),
    BAD("name",
        "\xc4\x01"
        "a",
        NULL, "a string, and the client sent binary data at byte 0"),
    BAD("name", "\x01", NULL, "a string, and the client sent a number"),
    BAD("name", "\xa2\xc3\x28", NULL, "not UTF-8 at byte 1"),
    BAD("name", "\xa3\xed\xa0\x80", NULL, "not UTF-8 at byte 1"),
    BAD("name",
        "\xa1"
        "a\xc0",
        NULL, "more than one value, at byte 2 of 3"),
    BAD("name", "\xd4\x05\x00", NULL, "an extension that is not known at byte 0"),
    BAD("name", "\xc7\xff\x00", NULL, "a length beyond its end"),
    BAD("enabled", "\x01", NULL, "a bool, and the client sent a number"),
    BAD("size", "\xc3", NULL, "an integer, and the client sent a bool"),
    BAD("size", "\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00", NULL, "not finite"),
    BAD("size", "\xca\x7f\xc0\x00\x00", NULL, "not finite"),
    BAD("size", "\xcb\x7f", NULL, "end too early"),
    BAD("ratio",
        "\xa3"
        "abc",
        NULL, "no decimal number"),
    BAD("ratio",
        "\xa4"
        "0x10",
        NULL, "no decimal number"),
    BAD("ratio",
        "\xa3"
        "inf",
        NULL, "no decimal number"),
    BAD("ratio",
        "\xa2"
        "1.",
        NULL, "no decimal number"),
    BAD("ratio",
        "\xa2"
        "1e",
        NULL, "no decimal number"),
    BAD("ratio", "\xa0", NULL, "no decimal number"),
    BAD("ratio",
        "\xa3"
        "1\0"
        "2",
        NULL, "no decimal number"),
    BAD("ratio",
        "\xa5"
        "1e999",
        NULL, "beyond what a double-precision number"),
    BAD("tags", "\xdd\xff\xff\xff\xff", NULL, "an array longer than what is left"),
    BAD("tags",
        "\x81\xa1"
        "a\xa1"
        "b",
        NULL, "a list, and the client sent a map"),
    BAD("tags",
        "\x92\xa1"
        "a\x01",
        "/1", "a string, and the client sent a number at byte 3"),
    BAD("sizes", "\xc2", NULL, "a set, and the client sent a bool"),
    BAD("labels", "\xdf\xff\xff\xff\xff", NULL, "a map longer than what is left"),
    BAD("labels", "\x81\x01\xc0", NULL, "a string as the key, and the client sent a number"),
    BAD("labels",
        "\x82\xa1"
        "a\xc0\xa1"
        "a\xc0",
        "/a", "the same key for the second time at byte 4"),
    BAD("labels",
        "\x81\xa3"
        "a/~\x01",
        "/a~1~0", "a string, and the client sent a number"),
    BAD("labels", "\x81\xa1\0\xc0", NULL, "a key with a NUL"),
    BAD("port",
        "\x81\xa3"
        "abc\xc0",
        "/abc", "\"abc\" (byte 1)"),
    BAD("ports",
        "\x91\x81\xa6"
        "labels\x81\xa1"
        "x\x05",
        "/0/labels/x", "at byte 12"),
    BAD(NULL,
        "\x81\xa4"
        "grid\x91\x91\x05",
        "/grid/0/0", "at byte 8"),
    BAD(NULL, "\x90", NULL, "an object, and the client sent an array"),
#undef BAD
};

static void what_is_malformed_is_refused_with_place_and_byte(void **state)
{
    (void)state;
    struct schema_type whole = dynamic_object_type(&widget.object);
    for (size_t i = 0; i < sizeof malformations / sizeof malformations[0]; i++) {
        const struct malformed *row = &malformations[i];
        struct diagnostics diags = {0};
        struct json_object *value;
        /* exactly as long as it says, so that a sanitizer sees a read beyond the end */
        uint8_t *bytes = malloc(row->size ? row->size : 1);
        assert_non_null(bytes);
        memcpy(bytes, row->bytes, row->size);
        bool ok = dynamic_read(bytes, row->size, row->attribute ? widget_type(row->attribute) : &whole, NULL,
                               &value, &diags);
        free(bytes);
        assert_false(ok);
        assert_null(value);
        assert_int_equal(diags.count, 1);
        if (row->place)
            assert_string_equal(diags.items[0].attribute, row->place);
        else
            assert_null(diags.items[0].attribute);
        if (!strstr(diags.items[0].detail, row->detail))
            fail_msg("row %zu: \"%s\" is not in \"%s\"", i, row->detail, diags.items[0].detail);
        diagnostics_clear(&diags);
    }
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    static const char bytes[] = "\x81\xa5"
                                "ports\x91\x83\xa6"
                                "number\xcd\x1f\x90\xa6"
                                "labels\x81\xa1"
                                "a\xa1"
                                "b\xa6"
                                "secret\xd4\x00\x00";
    struct schema_type whole = dynamic_object_type(&widget.object);
    for (size_t size = 0; size < sizeof bytes - 1; size++) {
        struct diagnostics diags = {0};
        struct json_object *value;
        uint8_t *copy = malloc(size ? size : 1);
        assert_non_null(copy);
        memcpy(copy, bytes, size);
        assert_false(dynamic_read(copy, size, &whole, NULL, &value, &diags));
        assert_true(diags.has_error);
        diagnostics_clear(&diags);
        free(copy);
    }
    struct diagnostics diags = {0};
    struct json_object *value;
    assert_true(dynamic_read(BYTES(bytes), &whole, NULL, &value, &diags));
    assert_true(value_has_unknown(value));
    json_object_put(value);
}

static void a_value_s_own_name_is_said(void **state)
{
    (void)state;
    struct diagnostics diags = {0};
    struct json_object *value;
    assert_false(dynamic_read(BYTES("\x91\x01"), widget_type("tags"), "/provider_ids", &value, &diags));
    assert_string_equal(diags.items[0].attribute, "/provider_ids/0");
    diagnostics_clear(&diags);
}

static void json_is_read_like_msgpack(void **state)
{
    (void)state;
    struct schema_type whole = dynamic_object_type(&widget.object);
    struct diagnostics diags = {0};
    struct json_object *value;
    assert_true(dynamic_read_json(BYTES("{\"name\":\"a\",\"ratio\":0.1,\"size\":7,\"tags\":[\"x\"]}"), &whole,
                                  NULL, &value, &diags));
    assert_string_equal(value_number_text(json_object_object_get(value, "ratio")), "0.1");
    assert_string_equal(json_object_get_string(json_object_object_get(value, "name")), "a");
    json_object_put(value);
    assert_true(dynamic_read_json(BYTES("null"), &whole, NULL, &value, &diags));
    assert_null(value);
    static const char *const bad[] = {"", "{", "{\"name\":1}", "{\"tags\":[1]}", "[]", "{} {}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(
            dynamic_read_json((const uint8_t *)bad[i], strlen(bad[i]), &whole, NULL, &value, &diags));
        assert_null(value);
        assert_true(diags.has_error);
        diagnostics_clear(&diags);
    }
}

static void what_does_not_fit_is_not_written(void **state)
{
    (void)state;
    struct schema_type whole = dynamic_object_type(&widget.object);
    struct diagnostics diags = {0};
    struct arena arena = {0};
    size_t size;
    struct json_object *value = json_tokener_parse("{\"ports\":[{\"number\":\"80\"}]}");
    assert_null(dynamic_write(value, &whole, NULL, &arena, &size, &diags));
    assert_string_equal(diags.items[0].attribute, "/ports/0/number");
    diagnostics_clear(&diags);
    json_object_put(value);
    value = json_object_new_double(1e300 * 1e300);
    assert_null(dynamic_write(value, widget_type("ratio"), "/ratio", &arena, &size, &diags));
    assert_string_equal(diags.items[0].attribute, "/ratio");
    diagnostics_clear(&diags);
    json_object_put(value);
    arena_finish(&arena);
}

static void no_value_of_a_sensitive_attribute_is_quoted(void **state)
{
    (void)state;
    struct schema_type whole = dynamic_object_type(&widget.object);
    struct diagnostics diags = {0};
    struct json_object *value;
    assert_false(dynamic_read(BYTES("\x81\xa5"
                                    "token\xc4\x06"
                                    "s3cret"),
                              &whole, NULL, &value, &diags));
    assert_null(strstr(diags.items[0].detail, "s3cret"));
    assert_null(strstr(diags.items[0].summary, "s3cret"));
    diagnostics_clear(&diags);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_goes_there_and_back),
        cmocka_unit_test(an_unknown_is_told_from_everything_else),
        cmocka_unit_test(what_is_malformed_is_refused_with_place_and_byte),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(a_value_s_own_name_is_said),
        cmocka_unit_test(json_is_read_like_msgpack),
        cmocka_unit_test(what_does_not_fit_is_not_written),
        cmocka_unit_test(no_value_of_a_sensitive_attribute_is_quoted),
    };
    return cmocka_run_group_tests_name("dynamic_value", tests, NULL, NULL);
}
