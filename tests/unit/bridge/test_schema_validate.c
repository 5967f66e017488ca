/* SPDX-License-Identifier: Apache-2.0
 *
 * test_schema_validate.c - configurations held against a schema: what passes, and what is said of what does
 * not.
 */
#include "support.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

static const struct schema *machine(void **state)
{
    return schema_find(*state, SCHEMA_RESOURCE, "machine");
}

/* Adds members to a configuration that is right. */
static struct json_object *config_with(const char *members)
{
    char text[1024];
    snprintf(text, sizeof text, "{'name': 'é-lathe', 'cpus': 4%s%s}", members[0] != '\0' ? ", " : "",
             members);
    return tree(text);
}

static void passes(void **state)
{
    static const char *const good[] = {
        "",
        "'size': 'large', 'vendor': 'acme', 'offset': -128, 'weight': 0.001",
        "'heat': 1e30, 'powered': false",
        "'size': null, 'colors': null, 'rules': null, 'id': null",
        "'offset': 127.0, 'weight': 999, 'password': 'Sesame'",
        "'colors': ['red', 'red', 'blue'], 'tags': ['a', 'b'], 'ports': [3, 1, 2]",
        "'labels': {'a b/c': 'éééé'}",
        "'tags': [], 'ports': [], 'labels': {}, 'rules': [], 'matrix': [[], [1, 2.5], [-1e3]]",
        "'rules': [{'port': 1}, {'port': 65535, 'kind': 'deny', 'secret': 'x'}]",
        "'place': {'zone': 'a', 'rack': {'row': 9223372036854775807, 'slots': [1, 2]}}",
        "'place': {'zone': 'a', 'rack': null}",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct diagnostics diags = {0};
        struct json_object *config = config_with(good[i]);
        schema_validate(machine(state), config, &diags);
        if (diags.count > 0)
            print_error("%s\n", good[i]);
        assert_no_diagnostics(&diags);
        diagnostics_clear(&diags);
        json_object_put(config);
    }
}

static void is_refused(void **state)
{
    static const struct {
        const char *members, *attribute, *detail;
    } bad[] = {
        {"'colour': 'red'", "/colour", "machine has no attribute \"colour\""},
        {"'a/b': 1", "/a~1b", "no attribute \"a/b\""},
        {"'id': 'x'", "/id", "\"id\" is found out by the provider"},
        {"'size': 'Large'", "/size", "\"size\" must be written \"large\"."},
        {"'size': 'huge'", "/size", "must be \"small\" or \"large\". It is \"huge\"."},
        {"'size': 7", "/size", "must be a string."},
        {"'vendor': 'other'", "/vendor", "must be \"acme\"."},
        {"'name': 'Lathe'", "/name", "must match the pattern ^[a-zé-]+$. It is \"Lathe\"."},
        {"'name': 'lathe\\n'", "/name", "must match the pattern"},
        {"'name': ''", "/name", "must have at least 1 characters, and has 0."},
        {"'name': 'ééééééééé'", "/name", "must have at most 8 characters, and has 9."},
        {"'cpus': 0", "/cpus", "must be at least 1."},
        {"'cpus': 513", "/cpus", "must be at most 512."},
        {"'cpus': 65536", "/cpus", "range of C's uint16_t: 0 to 65535"},
        {"'cpus': 1.5", "/cpus", "must be a whole number."},
        {"'cpus': '4'", "/cpus", "must be a whole number."},
        {"'offset': -129", "/offset", "range of C's int8_t: -128 to 127"},
        {"'offset': 1e40", "/offset", "range of C's int8_t"},
        {"'offset': 18446744073709551615", "/offset", "range of C's int8_t"},
        {"'weight': 0", "/weight", "must be above 0."},
        {"'weight': 1000", "/weight", "must be below 1000."},
        {"'weight': true", "/weight", "must be a number."},
        {"'heat': 1e39", "/heat", "range of C's float"},
        {"'powered': 1", "/powered", "must be a boolean."},
        {"'powered': 'true'", "/powered", "must be a boolean."},
        {"'colors': 'red'", "/colors", "must be a list."},
        {"'colors': []", "/colors", "must have at least 1 elements, and has 0."},
        {"'colors': ['a', 'b', 'c', 'd']", "/colors", "must have at most 3 elements, and has 4."},
        {"'colors': ['a', '']", "/colors/1", "\"colors/1\" must have at least 1 characters"},
        {"'colors': ['a', null]", "/colors/1", "is null"},
        {"'colors': [['a']]", "/colors/0", "must be a string."},
        {"'tags': ['a', 'b', 'a']", "/tags/2", "in the set already, as element 0"},
        {"'ports': [1, 1.0]", "/ports/1", "in the set already, as element 0"},
        {"'ports': [0]", "/ports/0", "must be at least 1."},
        {"'ports': {}", "/ports", "must be a set."},
        {"'labels': {'a/b': 'fives'}", "/labels/a~1b", "must have at most 4 characters"},
        {"'labels': {'a': null}", "/labels/a", "is null"},
        {"'labels': {'a': '', 'b': '', 'c': ''}", "/labels", "must have at most 2 elements, and has 3."},
        {"'labels': []", "/labels", "must be a map."},
        {"'matrix': [[1], [2, 'x']]", "/matrix/1/1", "must be a number."},
        {"'rules': [{'port': 1}, {'kind': 'allow'}]", "/rules/1/port", "\"rules/1/port\" is required"},
        {"'rules': [{'port': 65536}]", "/rules/0/port", "must be at most 65535."},
        {"'rules': [{'port': 1, 'kind': 'Deny'}]", "/rules/0/kind", "must be written \"deny\""},
        {"'rules': [{'port': 1, 'sort': 1}]", "/rules/0/sort", "does not exist here"},
        {"'rules': [null]", "/rules/0", "is null"},
        {"'rules': [1]", "/rules/0", "must be an object."},
        {"'place': {}", "/place/zone", "is required"},
        {"'place': {'zone': 'a', 'rack': {'slots': [1, 1]}}", "/place/rack/slots/1", "in the set already"},
        {"'place': {'zone': 'a', 'rack': {'row': 9223372036854775808}}", "/place/rack/row",
         "range of C's int64_t"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct diagnostics diags = {0};
        struct json_object *config = tree("{'name': 'lathe', 'cpus': 4}"), *more = NULL;
        char text[512];
        snprintf(text, sizeof text, "{%s}", bad[i].members);
        more = tree(text);
        json_object_object_foreach(more, key, value)
            json_object_object_add(config, key, json_object_get(value));
        schema_validate(machine(state), config, &diags);
        assert_true(diags.has_error);
        assert_diagnostic(&diags, SEVERITY_ERROR, bad[i].attribute, bad[i].detail);
        diagnostics_clear(&diags);
        json_object_put(more);
        json_object_put(config);
    }
}

static void what_is_required_is_missed(void **state)
{
    struct diagnostics diags = {0};
    struct json_object *config = tree("{'name': null}");
    schema_validate(machine(state), config, &diags);
    assert_int_equal(diags.count, 2);
    assert_diagnostic(&diags, SEVERITY_ERROR, "/name", "\"name\" is required");
    assert_diagnostic(&diags, SEVERITY_ERROR, "/cpus", "\"cpus\" is required");
    diagnostics_clear(&diags);
    json_object_put(config);
    schema_validate(machine(state), NULL, &diags);
    assert_int_equal(diags.count, 2);
    diagnostics_clear(&diags);
}

static void all_problems_are_said_at_once(void **state)
{
    struct diagnostics diags = {0};
    struct json_object *config = tree("{'size': 'huge', 'colors': ['', ''], 'nothing': 1}");
    schema_validate(machine(state), config, &diags);
    assert_int_equal(diags.count, 6);
    diagnostics_clear(&diags);
    json_object_put(config);
}

static void deprecated_attributes_warn(void **state)
{
    struct diagnostics diags = {0};
    struct json_object *config = config_with("'legacy': true");
    schema_validate(machine(state), config, &diags);
    assert_int_equal(diags.count, 1);
    assert_false(diags.has_error);
    assert_diagnostic(&diags, SEVERITY_WARNING, "/legacy", "Use `powered`.");
    diagnostics_clear(&diags);
    json_object_put(config);
}

static void unknown_values_pass(void **state)
{
    static const char *const names[] = {"name",  "cpus",   "size",  "colors",
                                        "ports", "labels", "rules", "place"};
    struct diagnostics diags = {0};
    struct json_object *config = json_object_new_object(), *rules = json_object_new_array(),
                       *rule = json_object_new_object();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        json_object_object_add(config, names[i], value_unknown());
    schema_validate(machine(state), config, &diags);
    assert_no_diagnostics(&diags);
    /* Further down too, and beside what is wrong. */
    json_object_object_add(rule, "port", value_unknown());
    json_object_object_add(rule, "kind", json_object_new_string("never"));
    json_object_array_add(rules, value_unknown());
    json_object_array_add(rules, rule);
    json_object_object_add(config, "rules", rules);
    schema_validate(machine(state), config, &diags);
    assert_int_equal(diags.count, 1);
    assert_diagnostic(&diags, SEVERITY_ERROR, "/rules/1/kind", "must be");
    diagnostics_clear(&diags);
    json_object_object_add(config, "rules", NULL);
    json_object_object_add(config, "id", value_unknown());
    schema_validate(machine(state), config, &diags);
    assert_diagnostic(&diags, SEVERITY_ERROR, "/id", "can't be set");
    diagnostics_clear(&diags);
    json_object_put(config);
}

static void sensitive_values_are_never_quoted(void **state)
{
    struct diagnostics diags = {0};
    struct json_object *config =
                           config_with("'password': 'hunter2', 'rules': [{'port': 1, 'secret': 'hunter2'}]"),
                       *settings = tree("{'pin': 'hunter2'}"), *again = config_with("'password': 'SESAME'");
    schema_validate(machine(state), config, &diags);
    schema_validate(machine(state), again, &diags);
    schema_validate(schema_find(*state, SCHEMA_PROVIDER, NULL), settings, &diags);
    assert_int_equal(diags.count, 4);
    for (size_t i = 0; i < diags.count; i++) {
        assert_null(strstr(diags.items[i].detail, "hunter2"));
        assert_null(strstr(diags.items[i].detail, "SESAME"));
        assert_null(strstr(diags.items[i].summary, "hunter2"));
    }
    diagnostics_clear(&diags);
    json_object_put(config);
    json_object_put(again);
    json_object_put(settings);
}

static void broken_strings_are_refused(void **state)
{
    struct diagnostics diags = {0};
    struct json_object *config = config_with(""), *list = json_object_new_array();
    json_object_array_add(list, json_object_new_string_len("a\0b", 3));
    json_object_object_add(config, "colors", list);
    json_object_object_add(config, "vendor", json_object_new_string("ac\xffme"));
    schema_validate(machine(state), config, &diags);
    assert_diagnostic(&diags, SEVERITY_ERROR, "/colors/0", "holds a NUL character at byte 1");
    assert_diagnostic(&diags, SEVERITY_ERROR, "/vendor", "is not UTF-8: byte 2");
    diagnostics_clear(&diags);
    json_object_put(config);
}

static void long_values_are_cut_where_they_are_quoted(void **state)
{
    struct diagnostics diags = {0};
    char text[4096] = "";
    struct json_object *config = config_with("");
    for (size_t i = 0; i + 2 < sizeof text; i += 2)
        memcpy(text + i, "é", 3);
    json_object_object_add(config, "size", json_object_new_string(text));
    schema_validate(machine(state), config, &diags);
    assert_int_equal(diags.count, 1);
    assert_true(strlen(diags.items[0].detail) < 200);
    assert_non_null(strstr(diags.items[0].detail, "éé…"));
    diagnostics_clear(&diags);
    json_object_put(config);
}

static void one_value_is_checked_where_it_stands(void **state)
{
    struct diagnostics diags = {0};
    struct json_object *value = tree("[{'port': 0.5}]"), *good = tree("[{'port': 5}]");
    const struct schema_attribute *rules = schema_attribute_find(&machine(state)->object, "rules");
    assert_false(schema_validate_value(rules, value, "/here/rules", &diags));
    assert_diagnostic(&diags, SEVERITY_ERROR, "/here/rules/0/port", "must be a whole number");
    diagnostics_clear(&diags);
    assert_true(schema_validate_value(rules, good, "/here/rules", &diags));
    assert_true(schema_validate_value(rules, NULL, "/here/rules", &diags));
    assert_no_diagnostics(&diags);
    json_object_put(value);
    json_object_put(good);
}

static void spellings_of_an_enum(void **state)
{
    const struct schema_type *size = &schema_attribute_find(&machine(state)->object, "size")->type;
    assert_string_equal(schema_enum_spelling(size, "LARGE"), "large");
    assert_string_equal(schema_enum_spelling(size, "small"), "small");
    assert_null(schema_enum_spelling(size, "larg"));
    assert_null(schema_enum_spelling(&schema_attribute_find(&machine(state)->object, "name")->type, "x"));
}

/* Threads share schemas, their defaults and enums, and nothing else; a thread checker watches. */
static void *validate_many(void *schema)
{
    for (int i = 0; i < 200; i++) {
        struct diagnostics diags = {0};
        struct json_object *config = config_with("'size': 'huge', 'rules': [{'port': 1, 'kind': 'Deny'}]");
        struct json_object *copy = value_copy(
            schema_attribute_find(&((const struct schema *)schema)->object, "size")->default_value, NULL);
        schema_validate(schema, config, &diags);
        if (diags.count != 2 || copy == NULL)
            return schema;
        json_object_put(copy);
        diagnostics_clear(&diags);
        json_object_put(config);
    }
    return NULL;
}

static void threads_share_a_schema(void **state)
{
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, validate_many, (void *)machine(state)), 0);
    for (size_t i = 0; i < 4; i++) {
        void *result = NULL;
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_null(result);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passes),
        cmocka_unit_test(is_refused),
        cmocka_unit_test(what_is_required_is_missed),
        cmocka_unit_test(all_problems_are_said_at_once),
        cmocka_unit_test(deprecated_attributes_warn),
        cmocka_unit_test(unknown_values_pass),
        cmocka_unit_test(sensitive_values_are_never_quoted),
        cmocka_unit_test(broken_strings_are_refused),
        cmocka_unit_test(long_values_are_cut_where_they_are_quoted),
        cmocka_unit_test(one_value_is_checked_where_it_stands),
        cmocka_unit_test(spellings_of_an_enum),
        cmocka_unit_test(threads_share_a_schema),
    };
    return cmocka_run_group_tests(tests, set_up_schemas, tear_down_schemas);
}
