/* SPDX-License-Identifier: Apache-2.0
 *
 * test_changes.c - whether a plan was kept, and unknowns on their way into a saved plan and back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <string.h>

#include "engine_internal.h"
#include "saved_plan.h"

static struct schema_type string_type = {.kind = TYPE_STRING};
static struct schema_attribute attributes[] = {
    {.name = (char *)(uintptr_t) "id", .type = {.kind = TYPE_STRING}, .read_only = true},
    {.name = (char *)(uintptr_t) "tags", .type = {.kind = TYPE_LIST, .element = &string_type}},
    {.name = (char *)(uintptr_t) "labels", .type = {.kind = TYPE_MAP, .element = &string_type}},
};
static struct schema_object object = {.count = 3, .attributes = attributes};

/* JSON in which "?" stands for what is not known. */
static struct json_object *value(const char *text)
{
    struct json_object *made = json_tokener_parse(text);
    assert_non_null(made);
    json_object_object_foreach(made, key, member)
    {
        if (json_object_is_type(member, json_type_string) &&
            strcmp(json_object_get_string(member), "?") == 0) {
            json_object_object_add(made, key, value_unknown());
            continue; /* the member is gone */
        }
        for (size_t i = 0;
             json_object_is_type(member, json_type_array) && i < json_object_array_length(member); i++)
            if (strcmp(json_object_get_string(json_object_array_get_idx(member, i)), "?") == 0)
                json_object_array_put_idx(member, i, value_unknown());
    }
    return made;
}

static void check(const char *planned_text, const char *actual_text, const char *expected)
{
    struct json_object *planned = value(planned_text), *actual = value(actual_text);
    char *path = NULL;
    assert_int_equal(plan_kept(&object, planned, actual, &path), expected == NULL);
    if (expected)
        assert_string_equal(path, expected);
    else
        assert_null(path);
    free(path);
    json_object_put(planned);
    json_object_put(actual);
}

static void test_plan_kept(void **unused)
{
    (void)unused;
    check("{\"id\":\"?\",\"tags\":[\"a\"]}", "{\"id\":\"x\",\"tags\":[\"a\"]}", NULL);
    check("{\"id\":\"?\",\"tags\":[\"a\"]}", "{\"id\":\"x\",\"tags\":[\"b\"]}", ".tags");
    check("{\"tags\":[\"?\",\"b\"]}", "{\"tags\":[\"a\",\"b\"]}", NULL);
    check("{\"tags\":[\"?\",\"b\"]}", "{\"tags\":[\"a\",\"c\"]}", ".tags[1]");
    check("{\"tags\":[\"?\",\"b\"]}", "{\"tags\":[\"a\"]}", ".tags");
    check("{\"labels\":{\"k\":\"v\"}}", "{\"labels\":{\"k\":\"w\"}}", ".labels");
    check("{\"labels\":{\"k\":\"v\"}}", "{}", ".labels");
    check("{}", "{\"labels\":null}", NULL);
}

static void round_trip(const char *text)
{
    struct json_object *before = value(text), *places = NULL;
    bool ok = true;
    struct json_object *taken = unknowns_take(before, &places, &ok);
    assert_true(ok);
    assert_false(value_has_unknown(taken));
    assert_int_equal(places != NULL, value_has_unknown(before));
    if (taken == before) /* nothing was taken: shared */
        assert_null(places);
    assert_true(unknowns_put(&taken, places));
    assert_int_equal(value_has_unknown(taken), value_has_unknown(before));
    struct json_object *again_places = NULL, *again = unknowns_take(taken, &again_places, &ok);
    assert_true(ok);
    assert_true(json_object_equal(places, again_places));
    json_object_put(again);
    json_object_put(again_places);
    json_object_put(places);
    json_object_put(taken);
    json_object_put(before);
}

static void test_unknowns_travel(void **unused)
{
    (void)unused;
    round_trip("{\"id\":\"?\",\"tags\":[\"a\",\"?\",\"b\"],\"labels\":{\"unknown\":\"true\"}}");
    round_trip("{\"id\":\"x\"}");
    struct json_object *unknown = value_unknown(), *places = NULL;
    bool ok = true;
    struct json_object *taken = unknowns_take(unknown, &places, &ok);
    assert_true(ok && !taken && json_object_get_boolean(places));
    assert_true(unknowns_put(&taken, places));
    assert_true(value_is_unknown(taken));
    json_object_put(taken);
    json_object_put(places);
    json_object_put(unknown);
}

static void test_places_that_do_not_fit_are_refused(void **unused)
{
    (void)unused;
    struct json_object *to = json_tokener_parse("{\"tags\":[\"a\"]}");
    struct json_object *places = json_tokener_parse("{\"tags\":[true,true]}");
    assert_false(unknowns_put(&to, places));
    json_object_put(places);
    places = json_tokener_parse("{\"other\":true}");
    assert_false(unknowns_put(&to, places));
    json_object_put(places);
    json_object_put(to);
}

static void test_names(void **unused)
{
    (void)unused;
    for (enum action action = ACTION_NONE; action <= ACTION_FORGET; action++)
        assert_non_null(action_name(action));
    assert_null(reason_name(REASON_NONE));
    for (enum reason reason = REASON_TAINTED; reason <= REASON_READ_DEPENDENCY; reason++)
        assert_non_null(reason_name(reason));
    changes_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plan_kept),
        cmocka_unit_test(test_unknowns_travel),
        cmocka_unit_test(test_places_that_do_not_fit_are_refused),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
