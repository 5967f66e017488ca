/* SPDX-License-Identifier: Apache-2.0
 *
 * test_expression.c - expressions: what they come to, with type and marks; unknown and null on their way
 * through; and what is said of those that are wrong.
 */
#include "language.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Names and what they stand for: JSON text with '?' strings for unknown, a type, what is sensitive. */
static const struct {
    enum reference_kind kind;
    const char *name, *value, *type, *marks;
} names[] = {
    {REFERENCE_VARIABLE, "text", "'x'", "'string'", NULL},
    {REFERENCE_VARIABLE, "number", "1.5", "'number'", NULL},
    {REFERENCE_VARIABLE, "yes", "true", "'bool'", NULL},
    {REFERENCE_VARIABLE, "null", "null", "'string'", NULL},
    {REFERENCE_VARIABLE, "secret", "'s'", "'string'", "true"},
    {REFERENCE_VARIABLE, "unknown", "'?'", "'string'", NULL},
    {REFERENCE_VARIABLE, "unknown_secret", "'?'", "'string'", "true"},
    {REFERENCE_VARIABLE, "any_unknown", "'?'", "'dynamic'", NULL},
    {REFERENCE_VARIABLE, "unknown_list", "'?'", "['list','number']", NULL},
    {REFERENCE_VARIABLE, "unknown_object", "'?'", "['object',{'a':'number'}]", NULL},
    {REFERENCE_VARIABLE, "list", "['a','b']", "['list','string']", NULL},
    {REFERENCE_VARIABLE, "null_list", "null", "['list','string']", NULL},
    {REFERENCE_VARIABLE, "set", "['a','b']", "['set','string']", NULL},
    {REFERENCE_VARIABLE, "map", "{'k':'v'}", "['map','string']", NULL},
    {REFERENCE_VARIABLE, "object", "{'a':1,'b':{'c':[true]},'s':'t'}",
     "['object',{'a':'number','b':['object',{'c':['list','bool']}],'s':'string'}]", "{'s':true}"},
    {REFERENCE_VARIABLE, "objects", "[{'id':'p'},{'id':'q'}]",
     "['tuple',[['object',{'id':'string'}],['object',"
     "{'id':'string'}]]]",
     "[null,{'id':true}]"},
    {REFERENCE_VARIABLE, "list_of_objects", "[{'id':'p'},{'id':'q'}]", "['list',['object',{'id':'string'}]]",
     NULL},
    {REFERENCE_PATH, "module", "'.'", "'string'", NULL},
};

static void fill(struct typed *value, size_t i)
{
    value->value = strcmp(names[i].value, "'?'") == 0 ? value_unknown() : tree(names[i].value);
    value->type = tree(names[i].type);
    value->marks = names[i].marks != NULL ? tree(names[i].marks) : NULL;
}

static bool resolve(struct scope *scope, const struct reference *reference, struct json_object *key,
                    bool *keyed, struct typed *value, struct diagnostics *diags)
{
    (void)scope;
    (void)diags;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].kind == reference->kind && strcmp(names[i].name, reference->name) == 0) {
            fill(value, i);
            return true;
        }
    /* A resource with instances: only the one that is asked for is made. */
    if (reference->kind == REFERENCE_RESOURCE && key != NULL) {
        *keyed = true;
        value->value = json_object_new_string(json_object_get_string(key));
        value->type = tree("'string'");
        return true;
    }
    fail_msg("%s is not resolved", reference->name);
    return false;
}

/* Joins its arguments. */
static bool call(struct scope *scope, const char *provider, const char *function,
                 const struct typed *arguments, size_t count, struct typed *result, struct diagnostics *diags)
{
    char text[128] = "";
    (void)scope;
    assert_string_equal(provider, "p");
    if (strcmp(function, "fail") == 0) {
        diagnostics_error(diags, NULL, "It failed", "On purpose.");
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        assert_false(value_has_unknown(arguments[i].value));
        strncat(text, json_object_get_string(arguments[i].value), sizeof text - strlen(text) - 1);
    }
    result->value = json_object_new_string(text);
    result->type = tree("'string'");
    return true;
}

static struct expression *parse(const char *json, struct diagnostics *diags)
{
    struct json_object *value = tree(json);
    struct expression *expression = expression_parse(value, "f.tf.json", "/x", false, diags);
    json_object_put(value);
    return expression;
}

static struct typed evaluate(const char *json)
{
    struct scope scope = {resolve, call};
    struct diagnostics diags = {0};
    struct typed value = {0};
    struct expression *expression = parse(json, &diags);
    if (expression == NULL || !expression_evaluate(expression, &scope, &value, &diags))
        fail_msg("%s: %s: %s", json, diags.items[0].summary, diags.items[0].detail);
    expression_destroy(expression);
    return value;
}

static void values(void **state)
{
    (void)state;
    /* Expression, value ("?": unknown), type, marks. */
    static const char *const cases[][4] = {
        {"'a'", "'a'", "'string'", "null"},
        {"'${1e3}'", "1000", "'number'", "null"},
        {"null", "null", "'dynamic'", "null"},
        {"[1,'a']", "[1,'a']", "['tuple',['number','string']]", "null"},
        {"'${var.text}'", "'x'", "'string'", "null"},
        {"'${var.number}'", "1.5", "'number'", "null"},
        {"'a-${var.number}-${var.yes}'", "'a-1.5-true'", "'string'", "null"},
        {"'$${var.text} %%{x} $5 100%'", "'${var.text} %{x} $5 100%'", "'string'", "null"},
        {"'$$${var.text}'", "'$${var.text}'", "'string'", "null"},
        {"'${\\\"a\\\\tb\\\\u00e9\\\"}'", "'a\\tb\u00e9'", "'string'", "null"},
        {"'a  ${~ var.text ~}  b'", "'axb'", "'string'", "null"},
        {"'a\\n\\n  ${~ var.text ~}  \\n b'", "'a\\n\\nx b'", "'string'", "null"},
        {"'a\\n${~ var.text}'", "'ax'", "'string'", "null"},
        {"'${\\\"in ${var.text}\\\"}!'", "'in x!'", "'string'", "null"},
        {"''", "''", "'string'", "null"},
        {"'${ /* c */ 1 # d\\n}'", "1", "'number'", "null"},
        {"'${-5}'", "-5", "'number'", "null"},
        {"'${0.1}${1e-7}${100000000000000000000000}'", "'0.10.0000001100000000000000000000000'", "'string'",
         "null"},
        {"'${[1, true, null,]}'", "[1,true,null]", "['tuple',['number','bool','dynamic']]", "null"},
        {"'${{a = 1, \\\"b c\\\": 2, (var.text) = 3, 4 = 5}}'", "{'a':1,'b c':2,'x':3,'4':5}",
         "['object',{'a':'number','b c':'number','x':'number','4':'number'}]", "null"},
        {"{'k-${var.text}': '${var.text}'}", "{'k-x':'x'}", "['object',{'k-x':'string'}]", "null"},
        /* access */
        {"'${var.object.b.c[0]}'", "true", "'bool'", "null"},
        {"'${var.object[\\\"a\\\"]}'", "1", "'number'", "null"},
        {"'${var.list[1]}'", "'b'", "'string'", "null"},
        {"'${var.list.1}'", "'b'", "'string'", "null"},
        {"'${var.list[\\\"1\\\"]}'", "'b'", "'string'", "null"},
        {"'${var.map.k}${var.map[\\\"k\\\"]}'", "'vv'", "'string'", "null"},
        {"'${(var.objects)[0].id}'", "'p'", "'string'", "null"},
        {"'${widget.a[7]}'", "'7'", "'string'", "null"},
        {"'${widget.a[var.text]}'", "'x'", "'string'", "null"},
        /* splats */
        {"'${var.objects[*].id}'", "['p','q']", "['tuple',['string','string']]", "[null,true]"},
        {"'${var.objects.*.id}'", "['p','q']", "['tuple',['string','string']]", "[null,true]"},
        {"'${var.objects.*.id[0]}'", "'p'", "'string'", "null"},
        {"'${var.list_of_objects[*].id}'", "['p','q']", "['list','string']", "null"},
        {"'${var.set[*]}'", "['a','b']", "['list','string']", "null"},
        {"'${var.text[*]}'", "['x']", "['tuple',['string']]", "null"},
        {"'${var.null[*]}'", "[]", "['tuple',[]]", "null"},
        {"'${var.unknown_list[*]}'", "'?'", "'dynamic'", "null"},
        {"'${var.unknown[*]}'", "['?']", "['tuple',['string']]", "null"},
        /* unknown */
        {"'${var.unknown}'", "'?'", "'string'", "null"},
        {"'a-${var.unknown}'", "'?'", "'string'", "null"},
        {"{'${var.unknown}': 1, 'b': 2}", "'?'", "'dynamic'", "null"},
        {"{'k-${var.unknown}': '${var.secret}'}", "'?'", "'dynamic'", "true"},
        {"['${var.unknown}', 1]", "['?',1]", "['tuple',['string','number']]", "null"},
        {"'${var.any_unknown.a[0].b}'", "'?'", "'dynamic'", "null"},
        {"'${var.unknown_list[0]}'", "'?'", "'number'", "null"},
        {"'${var.unknown_object.a}'", "'?'", "'number'", "null"},
        {"'${var.list[var.unknown]}'", "'?'", "'string'", "null"},
        {"'${var.objects[var.unknown]}'", "'?'", "'dynamic'", "true"},
        {"'${provider::p::join(var.unknown)}'", "'?'", "'dynamic'", "null"},
        /* sensitive */
        {"'${var.secret}'", "'s'", "'string'", "true"},
        {"'a-${var.secret}'", "'a-s'", "'string'", "true"},
        {"'${var.unknown_secret}-'", "'?'", "'string'", "true"},
        {"['${var.secret}', 1]", "['s',1]", "['tuple',['string','number']]", "[true]"},
        {"{'a': {'b': '${var.secret}'}, 'c': 1}", "{'a':{'b':'s'},'c':1}",
         "['object',{'a':['object',{'b':'string'}],'c':'number'}]", "{'a':{'b':true}}"},
        {"'${var.object.s}'", "'t'", "'string'", "true"},
        {"'${var.object.a}'", "1", "'number'", "null"},
        {"'${{s = 1}[var.secret]}'", "1", "'number'", "true"},
        /* calls */
        {"'${provider::p::join(\\\"a\\\", var.text)}'", "'ax'", "'string'", "null"},
        {"'${provider::p::join(var.secret)}'", "'s'", "'string'", "true"},
        {"'${provider::p::join()}'", "''", "'string'", "null"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct typed value = evaluate(cases[i][0]);
        assert_typed(&value, cases[i][0], cases[i][1], cases[i][2], cases[i][3]);
        typed_clear(&value);
    }
}

static void mistakes(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"'${var.object.z}'",
         "This object does not have an attribute named \"z\"; it has: \"a\", \"b\", \"s\"."},
        {"'${var.map.z}'", "does not have an element with the key \"z\"; it has: \"k\"."},
        {"'${var.text.z}'", "\"z\" can't be taken from a string"},
        {"{'x': 1, '${var.text}': 2}", "An attribute named \"x\" was already defined"},
        {"'${var.list.z}'", "Name an element first: [0], or [*] for all of them."},
        {"'${var.null.z}'", "This value is null, so it does not have the attribute \"z\"."},
        {"'${var.unknown_object.b}'", "it has: \"a\"."},
        {"'${var.list[2]}'", "the list has 2, so the index can be 0 to 1."},
        {"'${var.list[-1]}'", "A negative number is no index"},
        {"'${var.list[0.5]}'", "must be a whole number"},
        {"'${var.list[\\\"a\\\"]}'", "must be a whole number"},
        {"'${[][0]}'", "the list is empty"},
        {"'${var.list[null]}'", "The index is null"},
        {"'${var.null_list[0]}'", "This value is null"},
        {"'${var.null_list[*]}'", "can't be applied to a list that is null"},
        {"'${var.set[0]}'", "Elements of a set have no index"},
        {"'${var.text[0]}'", "A string does not have any indices."},
        {"'${var.map[[1]]}'", "The key of a map must be a string, not a list."},
        {"'a${var.null}'", "What is put into the string is null"},
        {"'a${var.list}'", "What is put into the string is a list"},
        {"'a${var.unknown_list}'", "What is put into the string is a list"},
        {"{'${var.secret}': 1}", "is sensitive"},
        {"{'${var.number}': 1}", "must be a string, not a number"},
        {"'${provider::p::fail()}'", "On purpose."},
    };
    struct scope scope = {resolve, call};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct diagnostics diags = {0};
        struct typed value = {0};
        struct expression *expression = parse(cases[i][0], &diags);
        if (expression == NULL)
            fail_msg("%s: %s", cases[i][0], diags.items[0].detail);
        if (expression_evaluate(expression, &scope, &value, &diags))
            fail_msg("%s was taken", cases[i][0]);
        assert_null(value.value);
        assert_int_equal(diags.count, 1);
        if (strstr(diags.items[0].detail, cases[i][1]) == NULL)
            fail_msg("%s: %s", cases[i][0], diags.items[0].detail);
        assert_string_equal(diags.items[0].file, "f.tf.json");
        assert_memory_equal(diags.items[0].attribute, "/x", 2);
        expression_destroy(expression);
        diagnostics_clear(&diags);
    }
}

struct seen {
    char text[256];
    size_t stop;
};

static bool note(void *context, const struct reference *reference, const char *pointer)
{
    struct seen *seen = context;
    strcat(seen->text, reference->type != NULL ? reference->type : "");
    strcat(seen->text, reference->type != NULL ? "." : "");
    strcat(seen->text, reference->name);
    strcat(seen->text, pointer);
    strcat(seen->text, " ");
    return --seen->stop > 0;
}

static void references(void **state)
{
    (void)state;
    struct diagnostics diags = {0};
    struct expression *expression = parse(
        "{'a': ['${var.x}', 1, 'b${data.t.n[local.i].id}'], '${var.k}': '${w.o[*].p[count.index]}'}", &diags);
    struct seen all = {"", 100}, two = {"", 2};
    assert_true(expression_references(expression, note, &all));
    assert_string_equal(all.text, "x/x/a/0 t.n/x/a/2 i/x/a/2 k/x w.o/x/${var.k} index/x/${var.k} ");
    assert_false(expression_references(expression, note, &two));
    assert_string_equal(two.text, "x/x/a/0 t.n/x/a/2 ");
    assert_string_equal(expression_member_name(expression, 0), "a");
    assert_non_null(expression_member(expression, "a"));
    assert_null(expression_member(expression, "b"));
    expression_destroy(expression);
}

static void without_a_scope_values_stand_by_themselves(void **state)
{
    (void)state;
    static const char *const refused[] = {"var.x", "provider::p::f()", "[1][0]", "\"a\".b", "[*", "", "1 2",
                                          "a"};
    struct diagnostics diags = {0};
    struct typed value = {0};
    struct expression *expression = expression_parse_bare("{a = [1, \"x\"], \"b\" = null}", NULL, "", &diags);
    assert_true(expression_evaluate(expression, NULL, &value, &diags));
    assert_typed(&value, "bare", "{'a':[1,'x'],'b':null}",
                 "['object',{'a':['tuple',['number','string']],'b':'dynamic'}]", "null");
    typed_clear(&value);
    expression_destroy(expression);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        expression = expression_parse_bare(refused[i], NULL, "", &diags);
        if (expression != NULL && expression_evaluate(expression, NULL, &value, &diags))
            fail_msg("%s was taken", refused[i]);
        expression_destroy(expression);
        assert_int_equal(diags.count, i + 1);
        assert_null(diags.items[i].file);
    }
    diagnostics_clear(&diags);
}

static void a_literal_is_not_read(void **state)
{
    (void)state;
    struct diagnostics diags = {0};
    struct typed value = {0};
    struct json_object *json = tree("{'a':'${nothing'}");
    struct expression *expression = expression_parse(json, "f", "", true, &diags);
    json_object_put(json);
    assert_true(expression_evaluate(expression, NULL, &value, &diags));
    assert_typed(&value, "literal", "{'a':'${nothing'}", "['object',{'a':'string'}]", "null");
    typed_clear(&value);
    expression_destroy(expression);
}

/* Any damage to good expressions is refused or read; memory checkers watch. */
static void damage_does_no_harm(void **state)
{
    (void)state;
    static const char *const good[] = {"a ${~ var.list[*].b[0] ~} %%{ $${ ${provider::p::f([1, {a = "
                                       "\"x${b.c}\", (d.e): -1.5e3}], null)} /* c */",
                                       "${a.b.*.c.0.1} ${(data.a.b[\"k\\n\\u00e9\"])}"};
    static const char damage[] = "\"\\{}[]().,:=~$%*/#-'0a \n";
    for (size_t g = 0; g < sizeof good / sizeof *good; g++)
        for (size_t at = 0; at < strlen(good[g]); at++)
            for (size_t i = 0; i < sizeof damage; i++) {
                struct diagnostics diags = {0};
                char *text = strdup(good[g]);
                assert_non_null(text);
                text[at] = damage[i];
                struct json_object *json = json_object_new_string(text);
                struct expression *expression = expression_parse(json, "f", "/p", false, &diags);
                assert_true((expression != NULL) == !diags.has_error);
                expression_destroy(expression);
                expression = expression_parse_bare(text, NULL, NULL, &diags);
                expression_destroy(expression);
                diagnostics_clear(&diags);
                json_object_put(json);
                free(text);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),
        cmocka_unit_test(mistakes),
        cmocka_unit_test(references),
        cmocka_unit_test(without_a_scope_values_stand_by_themselves),
        cmocka_unit_test(a_literal_is_not_read),
        cmocka_unit_test(damage_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
