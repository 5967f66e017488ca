/* SPDX-License-Identifier: Apache-2.0
 *
 * test_config_memory.c - every allocation of reading and evaluating a configuration fails once, one after
 * another: nothing crashes, nothing is lost, and what can't be done is an error. The linker leads the
 * allocations here; json-c's are its own where it is shared.
 */
#include "../countdown.h"
#include "language.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ATTEMPTS = 100000 };

static const char GOOD[] =
    "{\"terraform\": {\"required_version\": \">= 1.0\", \"required_providers\": {\"widget\": {\"source\": "
    "\"example/widget\", \"version\": \"~> 1.0\"}}, \"backend\": {\"local\": {\"path\": \"x\"}}},"
    "\"provider\": {\"widget\": [{\"directory\": \"${path.module}\"}, {\"alias\": \"b\", \"directory\": "
    "\"y\"}]},"
    "\"variable\": {\"n\": {\"type\": \"number\", \"default\": \"1.50\"}, \"o\": {\"type\": \"object({a = "
    "optional(list(any), [1, \\\"x\\\"])})\"}, \"s\": {\"sensitive\": true, \"default\": [\"q\"]}},"
    "\"locals\": {\"a\": \"${var.n}-${var.o.a[0]}\", \"b\": [\"${local.a}\", {\"c${var.n}\": \"$${\"}]},"
    "\"resource\": {\"widget\": {\"a\": {\"name\": \"${local.b[1][\\\"c1.5\\\"]}\", \"tags\": \"${var.s}\", "
    "\"provider\": "
    "\"widget.b\", \"lifecycle\": {\"ignore_changes\": [\"tags[0]\"]}}, \"b\": {\"count\": 2, \"name\": "
    "\"x\", "
    "\"depends_on\": [\"widget.a\"]}}},"
    "\"output\": {\"x\": {\"value\": \"${{a = var.s[*], (local.a) = -1e3}}\", \"description\": \"d\"}},"
    "\"moved\": {\"from\": \"widget.z\", \"to\": \"widget.b[\\\"q\\\"]\"}, \"removed\": {\"from\": "
    "\"widget.y\"},"
    "\"import\": {\"to\": \"widget.a\", \"id\": \"${var.n}\"}}";

static const char BAD[] =
    "{\"variable\": {\"n\": {\"type\": \"nunber\"}, \"n2\": {\"default\": {}, \"validation\": {}}}, "
    "\"resource\": "
    "{\"widget\": {\"a\": {\"nane\": \"${var.m}${local.z}${wigdet.a.id}\", \"size\": \"${1 + 2}\", \"tags\": "
    "\"${lenght(1)}\", \"position\": {\"q\": 1}}, \"b\": {\"name\": \"${widget.a.idd}${widget.b.id}\"}}, "
    "\"other\": "
    "{\"x\": {}}}, \"output\": [{\"x\": {\"value\": 1}}, {\"x\": {\"value\": "
    "\"${provider::widget::are(1)}\"}}], "
    "\"removed\": {\"from\": \"widget.a\"}, \"module\": {}}";

/* What the engine has for names, as far as this configuration goes. */
struct names {
    struct scope scope;
    const struct config *config;
    const struct variables *variables;
};

static bool resolve(struct scope *scope, const struct reference *reference, struct json_object *key,
                    bool *keyed, struct typed *value, struct diagnostics *diags)
{
    const struct names *names = (const struct names *)scope;
    (void)key;
    (void)keyed;
    if (reference->kind == REFERENCE_LOCAL)
        return expression_evaluate(config_local_find(names->config, reference->name)->value, scope, value,
                                   diags);
    *value = typed_share(&names->variables->values[config_variable_find(names->config, reference->name) -
                                                   names->config->variables]);
    return true;
}

static bool evaluate_all(const struct config *config, const struct variables *variables,
                         const struct schema_set *schemas, struct diagnostics *diags)
{
    struct names names = {{resolve, NULL}, config, variables};
    const struct schema *schema = schema_find(schemas, SCHEMA_RESOURCE, "widget");
    struct typed value = {0};
    bool ok =
        expression_evaluate_body(config->resources[0].body, &schema->object, &names.scope, &value, diags);
    typed_clear(&value);
    ok = expression_evaluate(config->outputs[0].value, &names.scope, &value, diags) && ok;
    typed_clear(&value);
    return ok;
}

static struct schema_set *schemas;

/* Reads one of the texts, and goes on as far as possible. */
static bool attempt(const char *text, struct diagnostics *diags)
{
    static const char *const names[] = {"main.tf.json"};
    const struct variable_argument arguments[] = {
        {false, "o={a = [1, null]}"}, {false, "n=2"}, {false, "n=1.5"}};
    struct config *config = config_load_texts(".", 1, names, &text, schemas, diags);
    struct variables *variables =
        config != NULL ? variables_collect(config, arguments, 3, NULL, NULL, diags) : NULL;
    bool ok = variables != NULL && evaluate_all(config, variables, schemas, diags);
    variables_destroy(variables);
    config_destroy(config);
    return ok;
}

static void each_allocation_fails_once(void **state)
{
    static const char *const texts[] = {GOOD, BAD};
    struct diagnostics problems = {0};
    (void)state;
    schemas = schema_set_load(SCHEMAS, &problems);
    assert_non_null(schemas);
    for (size_t i = 0; i < 2; i++) {
        bool failed = true;
        for (size_t n = 1; failed; n++) {
            struct diagnostics diags = {0};
            assert_true(n < ATTEMPTS);
            countdown = n;
            bool done = attempt(texts[i], &diags);
            failed = countdown == 0;
            countdown = 0;
            if (!done && !diags.has_error)
                fail_msg("allocation %zu failed, and nothing was said", n);
            if (!failed && done != (i == 0))
                fail_msg("%s", diags.count > 0 ? diags.items[0].detail : "the bad one was taken");
            diagnostics_clear(&diags);
        }
    }
    schema_set_destroy(schemas);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_allocation_fails_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
