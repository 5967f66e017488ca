/* SPDX-License-Identifier: Apache-2.0
 *
 * test_schema_conform.c - values from elsewhere put in the form that the schema gives them.
 */
#include "support.h"

#include <stdlib.h>
#include <string.h>

static const struct schema_type *type_of(void **state, const char *name)
{
    const struct schema *machine = schema_find(*state, SCHEMA_RESOURCE, "machine");
    return &schema_attribute_find(&machine->object, name)->type;
}

static void values_are_put_in_form(void **state)
{
    static const struct {
        const char *attribute, *given, *form;
    } cases[] = {
        {"name", "null", "null"},
        {"name", "'LATHE'", "'LATHE'"}, /* patterns are for users */
        {"cpus", "4.0", "4"},
        {"cpus", "-7e2", "-700"},
        {"serial", "18446744073709551615", "18446744073709551615"},
        {"weight", "1", "1"},
        {"weight", "0.10", "0.10"},
        {"powered", "true", "true"},
        {"colors", "['a','a']", "['a','a']"},
        {"tags", "['b','a','b','c','a']", "['b','a','c']"},
        {"ports", "[2.0,1,2]", "[2,1]"},
        {"labels", "{'k':'v'}", "{'k':'v'}"},
        {"matrix", "[[1,2.5],[]]", "[[1,2.5],[]]"},
        {"place", "{'zone':'a'}", "{'zone':'a','rack':null}"},
        {"place", "{'rack':{'slots':[3.0,3]},'zone':null}", "{'rack':{'slots':[3],'row':null},'zone':null}"},
        {"rules", "[{'port':1.0}]", "[{'port':1,'kind':null,'secret':null}]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct json_object *value = tree(cases[i].given);
        char *problem = NULL;
        if (!schema_conform(type_of(state, cases[i].attribute), &value, &problem))
            fail_msg("%s: %s", cases[i].given, problem);
        assert_tree(value, cases[i].form);
    }
}

static void other_kinds_are_refused(void **state)
{
    static const struct {
        const char *attribute, *given, *problem;
    } cases[] = {
        {"name", "7", "at the top level: the value must be a string"},
        {"cpus", "1.5", "at the top level: the value must be a whole number"},
        {"cpus", "'1'", "at the top level: the value must be a whole number"},
        {"powered", "0", "at the top level: the value must be a boolean"},
        {"colors", "['a', 1]", "at /1: the value must be a string"},
        {"colors", "['a', null]", "at /1: null where an element must be a string"},
        {"labels", "{'a/b': []}", "at /a~1b: the value must be a string"},
        {"labels", "{'a': null}", "at /a: null where an element must be a string"},
        {"place", "{'zone': 'a', 'shelf': 1}", "at /shelf: a member that the schema does not have"},
        {"rules", "[{'port': 1}, {'port': {}}]", "at /1/port: the value must be a whole number"},
        {"rules", "{}", "at the top level: the value must be a list"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct json_object *value = tree(cases[i].given);
        char *problem = NULL;
        if (schema_conform(type_of(state, cases[i].attribute), &value, &problem))
            fail_msg("%s was taken", cases[i].given);
        assert_string_equal(problem, cases[i].problem);
        free(problem);
        json_object_put(value);
    }
}

static void unknowns_stay(void **state)
{
    struct json_object *value = json_object_new_object();
    char *problem = NULL;
    json_object_object_add(value, "zone", value_unknown());
    assert_true(schema_conform(type_of(state, "place"), &value, &problem));
    assert_true(value_is_unknown(json_object_object_get(value, "zone")));
    json_object_put(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_put_in_form),
        cmocka_unit_test(other_kinds_are_refused),
        cmocka_unit_test(unknowns_stay),
    };
    return cmocka_run_group_tests(tests, set_up_schemas, tear_down_schemas);
}
