/* SPDX-License-Identifier: Apache-2.0
 *
 * test_config.c - configurations, the values of variables, conversions between types, addresses, and places
 * in texts. What is said of wrong ones tests/host/bad_input holds.
 */
#include "language.h"

#include "config_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "'terraform': {'required_providers': {'widget': {'source': 'example/widget'}}}"

static struct schema_set *schemas;

static int open_schemas(void **state)
{
    struct diagnostics diags = {0};
    (void)state;
    schemas = schema_set_load(SCHEMAS, &diags);
    return schemas != NULL ? 0 : -1;
}

static int close_schemas(void **state)
{
    (void)state;
    schema_set_destroy(schemas);
    return 0;
}

/* A configuration of two files ("b" may be NULL), single quotes for double ones. */
static struct config *load(const char *a, const char *b, struct diagnostics *diags)
{
    static const char *const names[] = {"a.tf.json", "b.tf.json"};
    char *texts[2] = {strdup(a), strdup(b != NULL ? b : "{}")};
    for (size_t i = 0; i < 2; i++)
        for (char *c = texts[i]; *c != '\0'; c++)
            if (*c == '\'')
                *c = '"';
    const char *const borrowed[] = {texts[0], texts[1]};
    struct config *config = config_load_texts(".", b != NULL ? 2 : 1, names, borrowed, schemas, diags);
    free(texts[0]);
    free(texts[1]);
    return config;
}

static struct config *load_well(const char *a, const char *b)
{
    struct diagnostics diags = {0};
    struct config *config = load(a, b, &diags);
    if (config == NULL || diags.count > 0)
        fail_msg("%s: %s", diags.items[0].summary, diags.items[0].detail);
    return config;
}

static void blocks_are_objects_or_arrays_over_several_files(void **state)
{
    (void)state;
    struct config *config = load_well(
        "[{'//': 'top', " HEAD
        ", 'provider': {'widget': [{'directory': 'x'}, {'alias': 'two', 'directory': 'y'}]},"
        " 'resource': [{'widget': {'b': [{'name': 'b', '//': 'note', 'count': 2}]}}, {'widget': {'a': "
        "{'name': 'a'}}}]},"
        " {'locals': [{'x': 1}, {'w': 2}]}]",
        "{'resource': {'widget': [{'c': {'name': 'c', 'provider': 'widget.two', 'depends_on': ['widget.a', "
        "'widget.b[0]'], 'lifecycle': [{'prevent_destroy': true, 'ignore_changes': ['tags[\\'a/b~\\']', "
        "'position.x', 'parts[0].kind']}]}}]}, 'data': {'widget': {'d': {'name': 'a', 'for_each': {'k': "
        "1}}}}, "
        "'moved': [{'from': 'widget.x', 'to': 'widget.a'}], 'removed': {'from': 'widget.y', 'lifecycle': "
        "{'destroy': "
        "false}}, 'import': {'to': 'widget.b[1]', 'id': 'b'}}");
    assert_string_equal(config->provider_name, "widget");
    assert_string_equal(config->provider_source, "example/widget");
    assert_int_equal(config->provider_count, 2);
    assert_null(config->providers[0].alias);
    assert_string_equal(config->providers[1].alias, "two");
    assert_int_equal(config->resource_count, 4);
    assert_string_equal(config->resources[0].address.name, "a");
    assert_string_equal(config->resources[1].address.name, "b");
    assert_non_null(config->resources[1].count);
    assert_null(expression_member(config->resources[1].body, "count"));
    assert_null(expression_member(config->resources[1].body, "//"));
    const struct config_resource *c = &config->resources[2];
    assert_string_equal(c->origin.file, "b.tf.json");
    assert_string_equal(c->origin.pointer, "/resource/widget/0/c");
    assert_string_equal(c->provider_alias, "two");
    assert_int_equal(c->depends_count, 2);
    assert_string_equal(c->depends_on[1].name, "b");
    assert_true(c->prevent_destroy && !c->create_before_destroy && !c->ignore_all);
    assert_string_equal(c->ignore_changes[0], "/tags/a~1b~0");
    assert_string_equal(c->ignore_changes[1], "/position/x");
    assert_string_equal(c->ignore_changes[2], "/parts/0/kind");
    assert_int_equal(config->resources[3].address.mode, MODE_DATA);
    assert_string_equal(config->locals[0].name, "w");
    assert_int_equal(config->moved_count, 1);
    assert_false(config->removed[0].destroy);
    assert_int_equal(json_object_get_int(config->imports[0].to.key), 1);
    struct address found = {.type = "widget", .name = "c"}, missing = {.type = "widget", .name = "z"};
    assert_ptr_equal(config_resource_find(config, &found), c);
    assert_null(config_resource_find(config, &missing));
    config_destroy(config);
}

static void an_empty_configuration_is_one(void **state)
{
    (void)state;
    struct diagnostics diags = {0};
    struct config *config = config_load_texts(".", 0, NULL, NULL, schemas, &diags);
    assert_non_null(config);
    assert_int_equal(diags.count, 0);
    assert_string_equal(config->provider_name, "widget");
    config_destroy(config);
}

static void twins_are_named_with_both_places(void **state)
{
    (void)state;
    struct diagnostics diags = {0};
    assert_null(load(
        "{" HEAD ",\n'locals': {'x': 1},\n'output': {'o': {'value': 1}}, 'resource': {'widget': {'a': "
        "{'name': 'a'}}}}",
        "{'locals': {'x': 2}, 'output': {'o': {'value': 1}}, 'resource': {'widget': {'a': {'name': 'a'}}}}",
        &diags));
    assert_said(&diags, "Duplicate local value definition", "\"x\" was already declared at a.tf.json line 2");
    assert_said(&diags, "Duplicate output definition", "\"o\" was already declared at a.tf.json line 3");
    assert_said(&diags, "Duplicate resource configuration",
                "widget.a was already declared at a.tf.json line 3");
    for (size_t i = 0; i < diags.count; i++)
        assert_string_equal(diags.items[i].file, "b.tf.json");
    diagnostics_clear(&diags);
}

static void a_body_takes_the_form_of_its_schema(void **state)
{
    (void)state;
    struct diagnostics diags = {0};
    struct typed value = {0};
    struct config *config =
        load_well("{" HEAD ", 'resource': {'widget': {'a': {'name': 7, 'size': '12', 'enabled': 'true', "
                  "'zones': ['b', 'a', 'b'], 'labels': {'k': 1}, 'position': {'x': '3'}}}}}",
                  NULL);
    const struct schema *schema = schema_find(schemas, SCHEMA_RESOURCE, "widget");
    assert_true(expression_evaluate_body(config->resources[0].body, &schema->object, NULL, &value, &diags));
    assert_tree(value.value, "body",
                "{'name':'7','size':12,'offset':null,'weight':null,'ratio':null,'enabled':true,'tags':null,"
                "'zones':['a','b'],'labels':{'k':'1'},'position':{'x':3,'y':null,'note':null},'parts':null,"
                "'secret':null,'fault':null,'id':null,'revision':null,'place':null}");
    assert_null(value.marks);
    typed_clear(&value);
    config_destroy(config);
}

static const char VARIABLES[] =
    "{'variable': {'any': {}, 'b': {'type': 'bool', 'default': null}, 'l': {'type': 'list(string)', "
    "'default': []},"
    "'n': {'type': 'number', 'default': 1}, 'o': {'type': 'object({a = string, b = optional(number, 3), c = "
    "optional(list(any))})', 'default': {'a': 1}}, 's': {'type': 'set(number)', 'default': [2, '1', 1.0]}, "
    "'x': "
    "{'sensitive': true, 'default': 'secret'}}}";

static void variables_come_from_everywhere_in_order(void **state)
{
    (void)state;
    struct diagnostics diags = {0};
    struct config *config = load_well(VARIABLES, NULL);
    const struct variable_argument arguments[] = {{false, "any=[5]"},
                                                  {false, "n=0x"},
                                                  {false, "n=1e2"},
                                                  {false, "o={a = true, b = \"4\", c = [1, \"z\"], d = 0}"}};
    setenv("TF_VAR_l", "[1, true]", 1);
    setenv("TF_VAR_n", "5", 1);
    struct variables *variables = variables_collect(config, arguments, 4, NULL, NULL, &diags);
    unsetenv("TF_VAR_l");
    unsetenv("TF_VAR_n");
    if (variables == NULL)
        fail_msg("%s", diags.items[0].detail);
    assert_typed(&variables->values[0], "any", "'[5]'", "'string'", "null");
    assert_typed(&variables->values[1], "b", "null", "'bool'", "null");
    assert_typed(&variables->values[2], "l", "['1','true']", "['list','string']", "null");
    assert_typed(&variables->values[3], "n", "100", "'number'", "null");
    assert_typed(&variables->values[4], "o", "{'a':'true','b':4,'c':['1','z']}",
                 "['object',{'a':'string','b':'number','c':['list','string']}]", "null");
    assert_typed(&variables->values[5], "s", "[1,2]", "['set','number']", "null");
    assert_typed(&variables->values[6], "x", "'secret'", "'string'", "true");

    struct json_object *saved = variables_save(config, variables);
    assert_null(strstr(json_object_to_json_string(saved), "secret"));
    const struct variable_input input = {0};
    struct variables *restored = variables_restore(config, saved, &input, &diags);
    assert_non_null(restored);
    for (size_t i = 0; i < variables->count; i++) {
        assert_true(json_object_equal(variables->values[i].value, restored->values[i].value));
        assert_true(json_object_equal(variables->values[i].type, restored->values[i].type));
        assert_true(json_object_equal(variables->values[i].marks, restored->values[i].marks));
    }
    variables_destroy(restored);
    json_object_put(saved);
    variables_destroy(variables);
    config_destroy(config);
}

static void texts_of_variables_are_no_templates(void **state)
{
    (void)state;
    struct diagnostics diags = {0};
    struct config *config =
        load_well("{'variable': {'v': {'default': ['${x'], 'description': '%{y'}}}", NULL);
    struct variables *variables = variables_collect(config, NULL, 0, NULL, NULL, &diags);
    assert_typed(&variables->values[0], "default", "['${x']", "['tuple',['string']]", "null");
    variables_destroy(variables);
    config_destroy(config);
}

static bool answer(void *context, const struct config_variable *variable, char **text)
{
    *text = strdup(context);
    return *text != NULL && strcmp(variable->name, "any") == 0;
}

static void what_is_missing_is_asked_for(void **state)
{
    (void)state;
    struct diagnostics diags = {0};
    char text[] = "typed in";
    struct config *config = load_well(VARIABLES, NULL);
    struct variables *variables = variables_collect(config, NULL, 0, answer, text, &diags);
    assert_typed(&variables->values[0], "any", "'typed in'", "'string'", "null");
    variables_destroy(variables);
    assert_null(variables_collect(config, NULL, 0, NULL, NULL, &diags));
    assert_said(&diags, "No value for required variable", "TF_VAR_any");
    diagnostics_clear(&diags);
    config_destroy(config);
}

static void types_convert(void **state)
{
    (void)state;
    /* Constraint, value, what comes of it (NULL: nothing) and the type, or the problem. */
    static const char *const cases[][4] = {
        {"string", "true", "'true'", "'string'"},
        {"string", "[1]", NULL, "a string is required, but this is a list"},
        {"number", "'-1.50'", "-1.5", "'number'"},
        {"number", "'1 '", NULL, "a number is required, but \"1 \" is none"},
        {"number", "''", NULL, "a number is required, but \"\" is none"},
        {"number", "true", NULL, "a number is required, but this is a boolean"},
        {"bool", "'false'", "false", "'bool'"},
        {"bool", "'True'", NULL, "a boolean is required, but \"True\" is none"},
        {"bool", "1", NULL, "a boolean is required, but this is a number"},
        {"list(number)", "['1', null]", "[1,null]", "['list','number']"},
        {"list(number)", "{}", NULL, "a list is required, but this is an object; put it into [ ]"},
        {"list(any)", "[1, 'a', null]", "['1','a',null]", "['list','string']"},
        {"list(any)", "[]", "[]", "['list','dynamic']"},
        {"list(any)", "[1, [2]]", NULL, "all elements must be of one type"},
        {"list(any)", "[{'a': 1}, {'a': 'x'}]", "[{'a':'1'},{'a':'x'}]",
         "['list',['object',{'a':'string'}]]"},
        {"map(bool)", "{'a': 'true'}", "{'a':true}", "['map','bool']"},
        {"map(any)", "{'a': 1, 'b': true}", NULL, "all elements must be of one type"},
        /* Of unlike shapes. */
        {"map(any)", "{'a': {'x': 1}, 'b': {'y': 'q'}, 'c': {'z': true}}",
         "{'a':{'x':'1'},'b':{'y':'q'},'c':{'z':'true'}}", "['map',['map','string']]"},
        {"list(any)", "[[], [1], ['a', true, 3]]", "[[],['1'],['a','true','3']]",
         "['list',['list','string']]"},
        {"map(any)", "{'a': {'x': 1}, 'b': {'y': [1]}}", NULL, "all elements must be of one type"},
        /* In the order in which Terraform writes them. */
        {"set(string)", "['b', 1, 'b']", "['1','b']", "['set','string']"},
        {"set(string)", "['b', null, 'a', '\u00e9', 'Z', '10', '9']", "['10','9','Z','a','b','\u00e9',null]",
         "['set','string']"},
        {"set(number)", "[10, 9, 1.5, -3, '7']", "[-3,1.5,7,9,10]", "['set','number']"},
        {"set(any)", "[10, 9]", "[9,10]", "['set','number']"},
        {"set(bool)", "[true, false]", "[false,true]", "['set','bool']"},
        {"set(list(string))", "[['b'], ['a', 'c'], ['a'], []]", "[['a','c'],['a'],['b'],[]]",
         "['set',['list','string']]"},
        {"set(list(number))", "[[1e10], [1e9], [0.5], [100]]", "[[0.5],[1000000000],[100],[10000000000]]",
         "['set',['list','number']]"},
        {"set(map(number))", "[{'b': 1}, {'a': 2}, {}, {'b': 0, 'a': 1}]",
         "[{'b':0,'a':1},{'a':2},{'b':1},{}]", "['set',['map','number']]"},
        {"set(object({z = string, n = optional(number)}))",
         "[{'z': 'z', 'n': 2}, {'z': 'b'}, {'z': 'a', 'n': 10}, {'z': 'a', 'n': 9}]",
         "[{'z':'a','n':10},{'z':'z','n':2},{'z':'a','n':9},{'z':'b','n':null}]",
         "['set',['object',{'z':'string','n':'number'}]]"},
        {"object({a = string})", "{'a': 1, 'z': 2}", "{'a':'1'}", "['object',{'a':'string'}]"},
        {"object({a = string})", "{}", NULL, "attribute \"a\" is required"},
        {"object({a = optional(object({b = optional(string, \"d\")}), {})})", "{}", "{'a':{'b':'d'}}",
         "['object',{'a':['object',{'b':'string'}]}]"},
        {"any", "[1, 'a']", "[1,'a']", "['tuple',['number','string']]"},
        {"list", "['a']", "['a']", "['list','string']"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct diagnostics diags = {0};
        char *text = NULL, *value = strdup(cases[i][1]);
        struct variable_argument argument = {false, NULL};
        for (char *c = value; *c != '\0'; c++)
            if (*c == '\'')
                *c = '"';
        /* Through a default, which is a literal of any type. */
        struct json_object *json = json_object_new_object(), *variable = json_object_new_object(),
                           *one = json_object_new_object();
        json_object_object_add(one, "type", json_object_new_string(cases[i][0]));
        json_object_object_add(one, "default", tree(value));
        json_object_object_add(variable, "v", one);
        json_object_object_add(json, "variable", variable);
        text = value_to_text(json);
        struct config *config = load(text, NULL, &diags);
        struct variables *variables =
            config != NULL ? variables_collect(config, &argument, 0, NULL, NULL, &diags) : NULL;
        if ((variables != NULL) != (cases[i][2] != NULL))
            fail_msg("%s of %s", cases[i][0], cases[i][1]);
        if (variables != NULL)
            assert_typed(&variables->values[0], cases[i][0], cases[i][2], cases[i][3], "null");
        else
            assert_said(&diags, "Invalid default value", cases[i][3]);
        variables_destroy(variables);
        config_destroy(config);
        json_object_put(json);
        free(text);
        free(value);
        diagnostics_clear(&diags);
    }
}

static void marks_go_along(void **state)
{
    (void)state;
    const struct schema *schema = schema_find(schemas, SCHEMA_RESOURCE, "widget");
    struct typed in = {tree("['b','a']"), tree("['tuple',['string','string']]"), tree("[null,true]")},
                 out = {0};
    char *pointer = NULL, *problem = NULL;
    assert_true(
        typed_convert(&in, &schema_attribute_find(&schema->object, "tags")->type, &out, &pointer, &problem));
    assert_typed(&out, "list", "['b','a']", "['list','string']", "[null,true]");
    typed_clear(&out);
    assert_true(
        typed_convert(&in, &schema_attribute_find(&schema->object, "zones")->type, &out, &pointer, &problem));
    assert_typed(&out, "set", "['a','b']", "['set','string']", "true");
    typed_clear(&out);
    assert_false(typed_convert(&in, &schema_attribute_find(&schema->object, "labels")->type, &out, &pointer,
                               &problem));
    free(pointer);
    free(problem);
    typed_clear(&in);

    bool ok = true;
    struct json_object *value = tree("{'secret':'x','tags':['a']}"),
                       *more = tree("{'tags':[true],'name':false}");
    struct json_object *marks = marks_of_schema(&schema->object, value, more, &ok);
    assert_true(ok);
    assert_tree(marks, "marks", "{'tags':[true],'secret':true}");
    assert_true(marks_any(marks));
    assert_false(marks_any(marks_member(marks, "name")));
    assert_true(marks_any(marks_element(marks_member(marks, "tags"), 0)));
    json_object_put(marks);
    json_object_put(more);
    json_object_put(value);
}

static void addresses(void **state)
{
    (void)state;
    static const char *const good[] = {
        "data.t.n", "t.n", "t.n[0]", "t.n[10]", "t.n[\"a\"]", "t.n[\"q\\\"\\\\\\n$${x}\"]", "t-1.n_2"};
    static const char *const bad[] = {
        "",       "t",        "t.",      ".n",           "t.n.x", "t.n[",         "t.n[-1]",
        "t.n[x]", "t.n[\"a]", "t.n[0]x", "module.m.t.n", "1.n",   "t.n[\"\\x\"]", "t.n[99999999999999999999]",
        "data.t", "t.n[\"a"};
    struct address before = {0}, address = {0};
    char *problem = NULL;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        if (!address_parse(good[i], &address, &problem))
            fail_msg("%s: %s", good[i], problem);
        char *text = address_text(&address, false);
        assert_string_equal(text, good[i]);
        free(text);
        address_clear(&address);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (address_parse(bad[i], &address, &problem))
            fail_msg("%s was taken", bad[i]);
        assert_non_null(problem);
        free(problem);
    }
    static const char *const sorted[] = {"a.n",     "t.a",         "t.n",        "t.n[2]",
                                         "t.n[10]", "t.n[\"10\"]", "t.n[\"2\"]", "data.a.n"};
    for (size_t i = 0; i < sizeof sorted / sizeof *sorted; i++) {
        assert_true(address_parse(sorted[i], &address, &problem));
        assert_true(before.type == NULL || address_compare(&before, &address) < 0);
        assert_true(before.type == NULL || address_compare(&address, &before) > 0);
        assert_int_equal(address_compare(&address, &address), 0);
        address_clear(&before);
        before = address;
    }
    address_clear(&before);
}

static void places_in_texts(void **state)
{
    (void)state;
    static char text[] =
        "{\n  \"a\": [1, {\"\u00e9\": 2, \"x/~\\u0079\": {\"z\": \"}\\\"]\"}}],\n  \"b\": true\n}\n";
    struct config_source source = {"f", text, sizeof text - 1};
    static const struct {
        const char *pointer;
        size_t line, column;
        char first;
    } cases[] = {
        {"", 1, 1, '{'},       {"/a", 2, 8, '['},           {"/a/0", 2, 9, '1'},
        {"/a/1", 2, 12, '{'},  {"/a/1/x~1~0y", 2, 34, '{'}, {"/a/1/x~1~0y/z", 2, 40, '"'},
        {"/a/7/q", 2, 8, '['}, {"/b", 3, 8, 't'},           {"/b/c", 3, 8, 't'},
        {"/none", 1, 1, '{'},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t line = 0, column = 0, offset = 0;
        assert_true(config_locate(&source, cases[i].pointer, &line, &column, &offset));
        if (line != cases[i].line || column != cases[i].column || text[offset] != cases[i].first)
            fail_msg("%s: %zu:%zu", cases[i].pointer, line, column);
    }
    static char broken[] = "{\n  \"a\": [\u00e9]\n}";
    size_t line = 0, column = 0, offset = 0;
    source = (struct config_source){"f", broken, sizeof broken - 1};
    assert_true(config_locate(&source, "", &line, &column, &offset));
    assert_int_equal(line, 2);
    assert_int_equal(column, 9);
}

static void versions(void **state)
{
    (void)state;
    static const struct {
        const char *constraint;
        bool valid, fits;
    } cases[] = {
        {">= 1.5", true, true},
        {"1.11.4", true, true},
        {"= 1.11.3", true, false},
        {"~> 1.11", true, true},
        {"~> 1.11.0", true, true},
        {"~> 1.10.0", true, false},
        {"~> 1.12", true, false},
        {"~>1.0", true, true},
        {">1.11.4", true, false},
        {">= 1.0, < 1.11.4", true, false},
        {"> 1.0 , <= 1.11.4,!=1.2", true, true},
        {"!= 1.11.4", true, false},
        {">= 1.11.4-beta1", true, true},
        {">= 1.12.0-alpha", true, false},
        {"~> 0.12", true, false},
        {"", false, false},
        {">=", false, false},
        {"1.2.3.4", false, false},
        {"one", false, false},
        {">= 1.0,", false, false},
        {"=> 1.0", false, false},
        {">= 1.0 < 2.0", false, false},
        {"1.", false, false},
        {"1.0-", false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool valid = false, fits = version_fits(cases[i].constraint, "1.11.4", &valid);
        if (valid != cases[i].valid || fits != cases[i].fits)
            fail_msg("\"%s\": %s, %s", cases[i].constraint, valid ? "valid" : "invalid",
                     fits ? "fits" : "does not fit");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_objects_or_arrays_over_several_files),
        cmocka_unit_test(an_empty_configuration_is_one),
        cmocka_unit_test(twins_are_named_with_both_places),
        cmocka_unit_test(a_body_takes_the_form_of_its_schema),
        cmocka_unit_test(variables_come_from_everywhere_in_order),
        cmocka_unit_test(texts_of_variables_are_no_templates),
        cmocka_unit_test(what_is_missing_is_asked_for),
        cmocka_unit_test(types_convert),
        cmocka_unit_test(marks_go_along),
        cmocka_unit_test(addresses),
        cmocka_unit_test(places_in_texts),
        cmocka_unit_test(versions),
    };
    return cmocka_run_group_tests(tests, open_schemas, close_schemas);
}
