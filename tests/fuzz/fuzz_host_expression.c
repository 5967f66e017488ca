/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_host_expression.c - expressions of the host's configurations: templates in JSON values, and bare ones.
 * What is taken has references that can be asked for, and comes to the same value each time; so it does as
 * the body of a resource, every attribute of which is then there.
 *
 * Input: 1 for a bare expression, 2 for the body of a resource; the text. Names say what they stand for.
 */
#include "fuzz.h"

#include "expression.h"
#include "provider.h"
#include "type.h"
#include "utf8.h"

#include <stdlib.h>
#include <string.h>

enum { VALUE, BARE, BODY, FORMS };

/* What a name stands for, by its first letter; any other is an error. */
static const struct {
    char letter;
    const char *text;
} meanings[] = {
    {'s', "\"text\""}, {'i', "7"},         {'f', "0.1"}, {'b', "true"},
    {'z', "null"},     {'l', "[1,\"b\"]"}, {'e', "[]"},  {'o', "{\"a\":{\"b\":[1]},\"k\":\"v\"}"},
};

static bool resolve(struct scope *scope, const struct reference *reference, struct json_object *key,
                    bool *keyed, struct typed *value, struct diagnostics *diags)
{
    char *problem = NULL;
    (void)scope;
    (void)key;
    (void)keyed;
    *value = (struct typed){0};
    if (*reference->name == 'u') {
        value->value = value_unknown();
        return true;
    }
    if (*reference->name == 'p') {
        value->value = json_object_new_string("private");
        value->type = type_named("string");
        value->marks = marks_all();
        return true;
    }
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
        if (*reference->name != meanings[i].letter)
            continue;
        CHECK(value_from_text(meanings[i].text, strlen(meanings[i].text), &value->value, &problem));
        value->type = type_of_literal(value->value);
        return true;
    }
    diagnostics_error(diags, NULL, "Unknown name", "\"%s\" stands for nothing.", reference->name);
    return false;
}

/* Hands its first argument back. */
static bool call(struct scope *scope, const char *provider, const char *function,
                 const struct typed *arguments, size_t count, struct typed *result, struct diagnostics *diags)
{
    (void)scope;
    CHECK(provider != NULL && function != NULL);
    if (count > 0) {
        *result = typed_share(&arguments[0]);
        return true;
    }
    diagnostics_error(diags, NULL, "No argument", "\"%s\" needs one.", function);
    return false;
}

static bool visit(void *context, const struct reference *reference, const char *pointer)
{
    (void)context;
    CHECK(reference->name != NULL && *reference->name != '\0' && pointer != NULL);
    return true;
}

static const struct schema_object *shelf(void)
{
    static struct provider *provider;
    if (provider == NULL)
        provider = fuzz_provider(SCHEMAS);
    return &schema_find(provider_schemas(provider), SCHEMA_RESOURCE, "shelf")->object;
}

static bool evaluate(const struct expression *expression, unsigned form, struct typed *value)
{
    struct scope scope = {.resolve = resolve, .call = call};
    struct diagnostics diags = {0};
    bool ok = form == BODY ? expression_evaluate_body(expression, shelf(), &scope, value, &diags)
                           : expression_evaluate(expression, &scope, value, &diags);
    fuzz_check_diagnostics(&diags, ok);
    if (!ok)
        CHECK(value->value == NULL && value->type == NULL && value->marks == NULL);
    diagnostics_clear(&diags);
    return ok;
}

static void check_value(const struct expression *expression, unsigned form)
{
    struct typed value = {0}, again = {0};
    bool ok = evaluate(expression, form, &value);
    CHECK(evaluate(expression, form, &again) == ok);
    if (ok && !value_has_unknown(value.value))
        CHECK(json_object_equal(value.value, again.value));
    if (ok) {
        CHECK(json_object_equal(value.type, again.type) && json_object_equal(value.marks, again.marks));
        for (size_t i = 0; form == BODY && i < shelf()->count; i++)
            CHECK(json_object_object_get_ex(value.value, shelf()->attributes[i].name, NULL));
    }
    typed_clear(&again);
    typed_clear(&value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct diagnostics diags = {0};
    struct json_object *json = NULL;
    struct expression *expression = NULL;
    char *problem = NULL;
    size_t length;
    unsigned form = fuzz_byte(&input) % FORMS;
    char *text = fuzz_rest(&input, &length);
    if (form == BARE && utf8_valid_prefix(text, length) != length)
        text[0] = '\0'; /* looked at before by all that read such a text */
    bool read = form == BARE || value_from_text(text, length, &json, &problem);
    if (form == BARE)
        expression = expression_parse_bare(text, "x.tf.json", "/here", &diags);
    else if (read && (form == VALUE || json_object_is_type(json, json_type_object)))
        expression = expression_parse(json, "x.tf.json", "/here", false, &diags);
    if (expression != NULL) {
        CHECK(expression_references(expression, visit, NULL));
        check_value(expression, form);
    }
    if (form == BARE || (form == VALUE && read))
        fuzz_check_diagnostics(&diags, expression != NULL);
    expression_destroy(expression);
    json_object_put(json);
    diagnostics_clear(&diags);
    free(problem);
    free(text);
    return 0;
}
