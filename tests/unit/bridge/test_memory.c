/* SPDX-License-Identifier: Apache-2.0
 *
 * test_memory.c - every allocation fails once, one after another: nothing crashes, nothing is lost, and what
 * can't be done is an error. The linker leads the allocations here; json-c's are its own where it is shared.
 */
#include "support.h"

#include "../countdown.h"
#include "ctype.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ATTEMPTS = 100000 };

/* Does something with the n-th allocation failing, for every n until all goes well. */
static void fail_each(bool (*attempt)(void *context, struct diagnostics *diags), void *context)
{
    for (size_t n = 1; n < ATTEMPTS; n++) {
        struct diagnostics diags = {0};
        countdown = n;
        bool done = attempt(context, &diags);
        bool failed = countdown == 0;
        countdown = 0;
        if (!done && !diags.has_error)
            fail_msg("allocation %zu failed, and nothing was said", n);
        diagnostics_clear(&diags);
        if (!failed) {
            assert_true(done);
            return;
        }
    }
    fail_msg("did not come to an end");
}

static bool load(void *context, struct diagnostics *diags)
{
    struct schema_set *set = schema_set_load(context, diags);
    schema_set_destroy(set);
    return set != NULL;
}

static void loading(void **state)
{
    (void)state;
    char directory[] = SCHEMAS;
    fail_each(load, directory);
}

/* A configuration with every kind of problem: errors are the point, and must come out one way or another. */
static bool validate(void *context, struct diagnostics *diags)
{
    struct schema_set *set = context;
    size_t n = countdown;
    countdown = 0;
    struct json_object *config = tree(
        "{'name': 'Lathe', 'size': 'huge', 'ports': [1, 1], 'rules': [{'port': 'x'}], 'cpus': 1e9, 'no': 1}");
    countdown = n;
    schema_validate(schema_find(set, SCHEMA_RESOURCE, "machine"), config, diags);
    n = countdown;
    countdown = 0;
    json_object_put(config);
    countdown = n;
    return diags->has_error;
}

static void validating(void **state)
{
    (void)state;
    struct schema_set *set = load_schemas();
    fail_each(validate, set);
    schema_set_destroy(set);
}

/* Into C and back. */
static bool convert(void *context, struct diagnostics *diags)
{
    const struct schema_attribute *attribute = context;
    const struct c_type *row = c_type_select(NULL, &attribute->type, false);
    size_t n = countdown;
    countdown = 0;
    struct json_object *given = attribute->type.kind == TYPE_LIST ? tree("['a', 'b']") : tree("[2, 1, 3]"),
                       *taken = NULL;
    countdown = n;
    union c_value value;
    char *problem = NULL;
    bool done = c_value_from_json(row, &attribute->type, given, &value, &problem);
    free(problem);
    if (done && row->family == C_JSON) {
        done = c_value_to_json(row, &attribute->type, &value, false, &taken, &problem);
        free(problem);
        n = countdown;
        countdown = 0;
        assert_int_equal(done, taken != NULL);
        json_object_put(taken);
        countdown = n;
    }
    c_value_release(row, &value);
    n = countdown;
    countdown = 0;
    json_object_put(given);
    if (!done)
        diagnostics_no_memory(diags);
    countdown = n;
    return done;
}

static void converting(void **state)
{
    (void)state;
    struct schema_set *set = load_schemas();
    const struct schema_object *machine = &schema_find(set, SCHEMA_RESOURCE, "machine")->object;
    union {
        const struct schema_attribute *attribute;
        void *context;
    } colors = {schema_attribute_find(machine, "colors")}, ports = {schema_attribute_find(machine, "ports")};
    fail_each(convert, colors.context);
    fail_each(convert, ports.context);
    schema_set_destroy(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loading),
        cmocka_unit_test(validating),
        cmocka_unit_test(converting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
