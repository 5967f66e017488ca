/* SPDX-License-Identifier: Apache-2.0
 *
 * test_state.c - a state's text read and written: files that Terraform wrote come out the same to the byte,
 * what is wrong with others is said, and instances are found wherever they went.
 */
#include "state.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The whole of a file; NUL-terminated. */
static char *file_text(const char *name, size_t *length)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", STATES, name);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        fail_msg("%s: %s", path, strerror(errno));
    char *text = calloc(1, 1 << 20);
    assert_non_null(text);
    *length = fread(text, 1, (1 << 20) - 1, file);
    fclose(file);
    return text;
}

static struct state *parse(const char *text)
{
    struct diagnostics diags = {0};
    struct state *parsed = state_parse(text, strlen(text), "x.tfstate", &diags);
    if (parsed == NULL)
        fail_msg("%s: %s", diags.items[0].summary, diags.items[0].detail);
    return parsed;
}

static struct address address(const char *name, struct json_object *key)
{
    return (struct address){.mode = MODE_MANAGED,
                            .type = (char *)(uintptr_t) "thing",
                            .name = (char *)(uintptr_t)name,
                            .key = key};
}

static void set(struct state *state, const char *name, struct json_object *key, const char *deposed)
{
    struct address at = address(name, key);
    struct state_instance instance = {.key = json_object_get(key),
                                      .deposed = deposed == NULL ? NULL : strdup(deposed),
                                      .attributes = json_object_new_object()};
    json_object_object_add(instance.attributes, "id", json_object_new_string(deposed ? deposed : name));
    assert_true(state_instance_set(state, &at, "provider[\"h/n/t\"]", &instance));
    assert_null(instance.attributes);
    state_instance_clear(&instance);
}

static const char *id_of(const struct state *state, const char *name, struct json_object *key,
                         const char *deposed)
{
    struct address at = address(name, key);
    struct state_instance *instance = state_instance_find(state, &at, deposed);
    return instance == NULL ? NULL
                            : json_object_get_string(json_object_object_get(instance->attributes, "id"));
}

static void writes_what_terraform_wrote(void **context)
{
    (void)context;
    static const char *const names[] = {"kinds.tfstate", "empty.tfstate"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t length = 0;
        char *text = file_text(names[i], &length);
        struct state *state = parse(text);
        char *written = state_text(state);
        assert_string_equal(written, text);
        struct state *again = parse(written);
        assert_true(state_equal(state, again));
        state_destroy(again);
        state_destroy(state);
        free(written);
        free(text);
    }
}

static void reads_every_kind(void **context)
{
    (void)context;
    size_t length = 0;
    char *text = file_text("kinds.tfstate", &length);
    struct state *state = parse(text);
    struct address at = {0};
    char *problem = NULL;
    assert_true(address_parse("terraform_data.counted[11]", &at, &problem));
    struct state_instance *instance = state_instance_find(state, &at, NULL);
    assert_non_null(instance);
    assert_true(json_object_get_boolean(marks_member(instance->marks, "triggers_replace")));
    address_clear(&at);
    assert_true(address_parse("terraform_data.broken", &at, &problem));
    assert_true(state_instance_find(state, &at, NULL)->tainted);
    address_clear(&at);
    assert_true(address_parse("terraform_data.single", &at, &problem));
    struct state_resource *resource = state_resource_find(state, &at);
    assert_int_equal(resource->count, 3);
    assert_null(resource->instances[0]->deposed);
    assert_int_equal(strlen(resource->instances[1]->deposed), 8);
    assert_true(resource->instances[1]->create_before_destroy);
    assert_int_equal(resource->instances[1]->dependency_count, 3);
    address_clear(&at);
    assert_true(address_parse("data.terraform_remote_state.other", &at, &problem));
    assert_int_equal(state_resource_find(state, &at)->address.mode, MODE_DATA);
    address_clear(&at);
    assert_true(address_parse("terraform_data.each[\"ä z\"]", &at, &problem));
    assert_non_null(state_instance_find(state, &at, NULL));
    address_clear(&at);
    assert_true(address_parse("terraform_data.each[\"none\"]", &at, &problem));
    assert_null(state_instance_find(state, &at, NULL));
    address_clear(&at);
    state_destroy(state);
    free(text);
}

static void keeps_what_is_unknown(void **context)
{
    (void)context;
    static const char text[] =
        "{\"version\": 4, \"terraform_version\": \"1.99.0\", \"serial\": 18446744073709551615,"
        " \"lineage\": \"l\", \"novel\": {\"b\": 1, \"a\": [1.50]}, \"resources\": [{\"mode\": \"managed\","
        " \"type\": \"t\", \"name\": \"n\", \"provider\": \"provider[\\\"h/n/t\\\"]\", \"more\": true,"
        " \"instances\": [{\"schema_version\": 3, \"attributes\": {\"z\": 1, \"a\": 2}, \"identity\":"
        " {\"id\": \"i\"}, \"private\": \"cA==\"}]}], \"check_results\": [{\"object_kind\": \"x\"}]}";
    struct state *state = parse(text);
    char *written = state_text(state);
    struct state *again = parse(written);
    assert_true(state_equal(state, again));
    assert_non_null(strstr(written, "\"serial\": 18446744073709551615,"));
    assert_non_null(strstr(written, "\"terraform_version\": \"1.99.0\""));
    assert_non_null(strstr(written, "\"novel\": {\n    \"b\": 1,\n    \"a\": [\n      1.5\n"));
    assert_non_null(strstr(written, "\"more\": true"));
    assert_non_null(strstr(written, "\"identity\": {\n            \"id\": \"i\""));
    assert_non_null(strstr(written, "\"object_kind\": \"x\""));
    assert_null(strstr(written, "\"check_results\": null"));
    /* Attributes stay as they were read, and new ones come by name. */
    assert_true(strstr(written, "\"z\": 1") < strstr(written, "\"a\": 2"));
    free(written);
    state_destroy(again);
    state_destroy(state);
}

static void says_what_is_wrong(void **context)
{
    (void)context;
#define RESOURCE(mode, more)                                                                                 \
    "{\"version\": 4, \"resources\": [{\"mode\": \"" mode "\", \"type\": \"t\", \"name\": \"n\","            \
    " \"provider\": \"p\", \"instances\": [" more "]}]}"
    static const struct {
        const char *text, *summary, *detail;
    } cases[] = {
        {" ", "The state can't be read", "x.tfstate is not valid JSON: line 1, column 2: the text ends"},
        {"{\"version\": 4,\n  \"serial\": 1", "The state can't be read", "line 2, column 14"},
        {"\x7f\x45LF", "The state can't be read", "not valid JSON: line 1, column 1"},
        {"[]", "The state can't be read", "at its top: a state is an object"},
        {"{}", "The state can't be read", "\"version\", the number of its format, is missing"},
        {"{\"version\": \"4\"}", "The state can't be read", "\"version\""},
        {"{\"version\": 5, \"terraform_version\": \"2.0.0\"}", "The state has a newer format",
         "x.tfstate was written by Terraform 2.0.0 in format 5"},
        {"{\"version\": 3, \"terraform_version\": \"0.11.14\", \"modules\": []}",
         "The state has an older format", "was written by Terraform 0.11.14 in format 3"},
        {"{\"serial\": 1, \"lineage\": \"l\", \"meta\": {}, \"encrypted_data\": \"AA==\","
         " \"encryption_version\": \"v0\"}",
         "The state is encrypted", "OpenTofu"},
        {"{\"version\": 4, \"serial\": -1}", "The state can't be read", "/serial: this must not be negative"},
        {"{\"version\": 4, \"lineage\": 1}", "The state can't be read", "/lineage: this must be a string"},
        {"{\"version\": 4, \"outputs\": []}", "The state can't be read", "/outputs: this must be an object"},
        {"{\"version\": 4, \"outputs\": {\"a\": 1}}", "The state can't be read", "/outputs/a: this must be"},
        {"{\"version\": 4, \"resources\": {}}", "The state can't be read", "/resources: this must be a list"},
        {"{\"version\": 4, \"resources\": [1]}", "The state can't be read", "/resources/0: this must be an"},
        {"{\"version\": 4, \"resources\": [{\"mode\": \"managed\"}]}", "The state can't be read",
         "/resources/0: \"type\" is missing"},
        {"{\"version\": 4, \"resources\": [{\"module\": \"module.a\", \"mode\": \"managed\", \"type\": \"t\","
         " \"name\": \"n\", \"provider\": \"p\", \"instances\": []}]}",
         "The state holds resources of modules", "t.n is of module.a"},
        {RESOURCE("ephemeral", ""), "The state can't be read", "/resources/0/mode: only"},
        {RESOURCE("managed", "1"), "The state can't be read", "/resources/0/instances/0: this must be an"},
        {RESOURCE("managed", "{\"index_key\": 1.5}"), "The state can't be read", "/instances/0/index_key"},
        {RESOURCE("managed", "{\"status\": \"odd\"}"), "The state can't be read", "only \"tainted\""},
        {RESOURCE("managed", "{\"schema_version\": 9223372036854775808}"), "The state can't be read",
         "\"schema_version\" is too large"},
        {RESOURCE("managed", "{\"attributes\": []}"), "The state can't be read", "/attributes: this must be"},
        {RESOURCE("managed", "{\"attributes_flat\": {}}"), "The state can't be read", "-refresh-only"},
        {RESOURCE("managed", "{\"dependencies\": [1]}"), "The state can't be read", "/dependencies/0"},
        {RESOURCE("managed", "{\"create_before_destroy\": 1}"), "The state can't be read", "true or false"},
        {RESOURCE("managed", "{\"sensitive_attributes\": [[{\"type\": \"x\"}]]}"), "The state can't be read",
         "/sensitive_attributes: a step must be"},
        {RESOURCE("managed", "{\"sensitive_attributes\": [1]}"), "The state can't be read", "each path must"},
        {RESOURCE("managed", "{\"index_key\": 1}, {\"index_key\": 1}"), "The state can't be read",
         "/instances/1: this instance is there already"},
        {"{\"version\": 4, \"resources\": [{\"mode\": \"managed\", \"type\": \"t,n\", \"name\": \"n\","
         " \"provider\": \"p\", \"instances\": []}]}",
         "The state can't be read", "/resources/0: \"t,n.n\" is no address of a resource"},
        {"{\"version\": 4, \"version\": 4}", "The state can't be read", "version"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct diagnostics diags = {0};
        struct state *state = state_parse(cases[i].text, strlen(cases[i].text), "x.tfstate", &diags);
        if (state != NULL)
            fail_msg("read: %s", cases[i].text);
        assert_int_equal(diags.count, 1);
        assert_string_equal(diags.items[0].summary, cases[i].summary);
        if (strstr(diags.items[0].detail, cases[i].detail) == NULL)
            fail_msg("%s: \"%s\" expected in: %s", cases[i].text, cases[i].detail, diags.items[0].detail);
        diagnostics_clear(&diags);
    }
}

static void takes_an_empty_file_for_no_state(void **context)
{
    (void)context;
    struct state *state = parse("");
    assert_string_equal(state->lineage, "");
    assert_int_equal(state->serial, 0);
    assert_int_equal(state->resource_count, 0);
    state_destroy(state);
}

static void finds_moves_and_removes(void **context)
{
    (void)context;
    struct state *state = state_create();
    struct json_object *zero = json_object_new_int(0), *ten = json_object_new_int(10),
                       *two = json_object_new_int(2), *text = json_object_new_string("10");
    set(state, "b", ten, NULL);
    set(state, "b", two, NULL);
    set(state, "b", zero, NULL);
    set(state, "b", two, "cccccccc");
    set(state, "b", two, "aaaaaaaa");
    set(state, "a", text, NULL);
    struct address b = address("b", NULL), b2 = address("b", two), b10 = address("b", ten),
                   a10 = address("a", ten), c = address("c", NULL);
    const struct state_resource *resource = state_resource_find(state, &b);
    assert_int_equal(resource->count, 5);
    assert_int_equal(json_object_get_int(resource->instances[0]->key), 0);
    assert_null(resource->instances[1]->deposed);
    assert_string_equal(resource->instances[2]->deposed, "aaaaaaaa");
    assert_string_equal(resource->instances[3]->deposed, "cccccccc");
    assert_int_equal(json_object_get_int(resource->instances[4]->key), 10);

    assert_true(state_instance_move(state, &b10, &a10));
    assert_null(id_of(state, "b", ten, NULL));
    assert_string_equal(id_of(state, "a", ten, NULL), "b");
    assert_true(state_instance_move(state, &a10, &c));
    assert_string_equal(id_of(state, "c", NULL, NULL), "b");
    assert_true(state_instance_move(state, &c, &c));
    assert_string_equal(id_of(state, "c", NULL, NULL), "b");

    const char *deposed = NULL;
    assert_true(state_instance_depose(state, &b2, &deposed));
    char name[9];
    assert_int_equal(strlen(deposed), 8);
    memcpy(name, deposed, sizeof name);
    assert_null(id_of(state, "b", two, NULL));
    assert_string_equal(id_of(state, "b", two, name), "b");
    assert_true(state_instance_restore(state, &b2, name));
    assert_string_equal(id_of(state, "b", two, NULL), "b");
    assert_false(state_instance_restore(state, &b2, name));
    assert_false(state_instance_restore(state, &b2, "aaaaaaaa")); /* there is a current one */

    state_instance_remove(state, &b2, "aaaaaaaa");
    state_instance_remove(state, &b2, NULL);
    state_instance_remove(state, &b2, NULL);
    assert_string_equal(id_of(state, "b", two, "cccccccc"), "cccccccc");
    state_instance_remove(state, &c, NULL);
    assert_null(state_resource_find(state, &c));
    assert_int_equal(state->resource_count, 2);
    json_object_put(zero);
    json_object_put(two);
    json_object_put(ten);
    json_object_put(text);
    state_destroy(state);
}

/* Nothing is looked for one by one: 20,000 of one resource, and 20,000 resources, put in from the end. */
static void holds_many(void **context)
{
    (void)context;
    /* Fewer where each step is slow: under valgrind. */
    const char *given = getenv("STATE_INSTANCES");
    const int many = given ? (int)strtol(given, NULL, 10) : 20000;
    struct state *state = state_create();
    for (int i = many - 1; i >= 0; i--) {
        char name[16];
        struct json_object *key = json_object_new_int(i);
        snprintf(name, sizeof name, "n%05d", i);
        set(state, "one", key, NULL);
        set(state, name, NULL, NULL);
        json_object_put(key);
    }
    char *text = state_text(state);
    struct state *again = parse(text);
    assert_true(state_equal(state, again));
    for (int i = 0; i < many; i++) {
        struct json_object *key = json_object_new_int(i);
        struct address at = address("one", key);
        assert_non_null(state_instance_find(again, &at, NULL));
        state_instance_remove(again, &at, NULL);
        json_object_put(key);
    }
    assert_int_equal(again->resource_count, many);
    assert_false(state_equal(state, again));
    free(text);
    state_destroy(again);
    state_destroy(state);
}

static void keeps_outputs_by_name(void **context)
{
    (void)context;
    struct state *state = state_create();
    struct typed value = {.value = json_object_new_string("v"), .type = json_object_new_string("string")};
    assert_true(state_output_set(state, "b", &value, false));
    assert_true(state_output_set(state, "a", &value, true));
    assert_true(state_output_set(state, "c", &value, false));
    assert_true(state_output_set(state, "b", NULL, false));
    assert_true(state_output_set(state, "none", NULL, false));
    assert_int_equal(state->output_count, 2);
    assert_string_equal(state->outputs[0].name, "a");
    assert_true(state->outputs[0].sensitive);
    assert_string_equal(state->outputs[1].name, "c");
    typed_clear(&value);
    state_destroy(state);
}

static void tells_equal_from_different(void **context)
{
    (void)context;
    struct state *a = parse(RESOURCE("managed", "{\"attributes\": {\"a\": 1, \"b\": null}}"));
    struct state *same =
        parse("{\"version\": 4, \"serial\": 9, \"lineage\": \"l\", \"resources\": [{\"mode\":"
              " \"managed\", \"type\": \"t\", \"name\": \"n\", \"provider\": \"p\","
              " \"instances\": [{\"attributes\": {\"a\": 1.0}}]}]}");
    struct state *other = parse(RESOURCE("managed", "{\"attributes\": {\"a\": 2}}"));
    struct state *tainted =
        parse(RESOURCE("managed", "{\"status\": \"tainted\", \"attributes\": {\"a\": 1, \"b\": null}}"));
    assert_true(state_equal(a, same));
    assert_false(state_equal(a, other));
    assert_false(state_equal(other, a));
    assert_false(state_equal(a, tainted));
    state_destroy(a);
    state_destroy(same);
    state_destroy(other);
    state_destroy(tainted);
}

static void knows_providers_on_any_host(void **context)
{
    (void)context;
    static const struct {
        const char *text;
        bool matches;
        const char *alias;
    } cases[] = {
        {"provider[\"registry.terraform.io/n/t\"]", true, NULL},
        {"provider[\"registry.opentofu.org/n/t\"].east", true, "east"},
        {"provider[\"n/t\"]", true, NULL},
        {"provider[\"registry.terraform.io/nn/t\"]", false, NULL},
        {"provider[\"registry.terraform.io/x/n/t\"]", false, NULL},
        {"provider[\"/n/t\"]", false, NULL},
        {"provider[\"registry.terraform.io/n/t\"", false, NULL},
        {"provider[\"registry.terraform.io/n/t\"].", false, NULL},
        {"provider.t", false, NULL},
        {"", false, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *alias = NULL;
        if (state_provider_matches(cases[i].text, "n/t", &alias) != cases[i].matches)
            fail_msg("%s", cases[i].text);
        if (cases[i].alias == NULL)
            assert_null(alias);
        else
            assert_string_equal(alias, cases[i].alias);
        free(alias);
    }
    char *text = state_provider_text("n/t", "east");
    assert_string_equal(text, "provider[\"registry.terraform.io/n/t\"].east");
    free(text);
    text = state_provider_text("example.com/n/t", NULL);
    assert_string_equal(text, "provider[\"example.com/n/t\"]");
    free(text);
}

/* Marks that are new are written by the schema: a map's member by its key, an object's by its name. */
static void writes_marks_by_schema(void **context)
{
    (void)context;
    struct schema_type string = {.kind = TYPE_STRING};
    struct schema_attribute inner[] = {{.name = (char *)(uintptr_t) "secret", .type = string}};
    struct schema_object object = {1, inner};
    struct schema_type map = {.kind = TYPE_MAP, .element = &string};
    struct schema_type element = {.kind = TYPE_OBJECT, .object = &object};
    struct schema_type list = {.kind = TYPE_LIST, .element = &element};
    struct schema_attribute attributes[] = {{.name = (char *)(uintptr_t) "list", .type = list},
                                            {.name = (char *)(uintptr_t) "map", .type = map}};
    struct schema schema = {
        .kind = SCHEMA_RESOURCE, .name = (char *)(uintptr_t) "thing", .object = {2, attributes}};
    struct schema_set schemas = {.resource_count = 1, .resources = &schema};
    struct state *state = state_create();
    struct address at = address("x", NULL);
    state->schemas = &schemas;
    set(state, "x", NULL, NULL);
    char *problem = NULL;
    static const char marks[] =
        "{\"map\": {\"k\": true}, \"list\": [null, {\"secret\": true}], \"all\": true}";
    assert_true(
        value_from_text(marks, sizeof marks - 1, &state_instance_find(state, &at, NULL)->marks, &problem));
    char *text = state_text(state);
    struct state *again = parse(text);
    struct state_instance *instance = state_instance_find(again, &at, NULL);
    char *paths = value_to_text(instance->mark_paths);
    assert_string_equal(paths, "[[{\"type\":\"get_attr\",\"value\":\"all\"}],"
                               "[{\"type\":\"get_attr\",\"value\":\"list\"},"
                               "{\"type\":\"index\",\"value\":{\"value\":1,\"type\":\"number\"}},"
                               "{\"type\":\"get_attr\",\"value\":\"secret\"}],"
                               "[{\"type\":\"get_attr\",\"value\":\"map\"},"
                               "{\"type\":\"index\",\"value\":{\"value\":\"k\",\"type\":\"string\"}}]]");
    assert_true(state_equal(state, again));
    /* What was read needs no schema to be written again. */
    char *second = state_text(again);
    assert_string_equal(second, text);
    free(second);
    free(paths);
    free(text);
    state_destroy(again);
    state_destroy(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_what_terraform_wrote),
        cmocka_unit_test(reads_every_kind),
        cmocka_unit_test(keeps_what_is_unknown),
        cmocka_unit_test(says_what_is_wrong),
        cmocka_unit_test(takes_an_empty_file_for_no_state),
        cmocka_unit_test(finds_moves_and_removes),
        cmocka_unit_test(holds_many),
        cmocka_unit_test(keeps_outputs_by_name),
        cmocka_unit_test(tells_equal_from_different),
        cmocka_unit_test(knows_providers_on_any_host),
        cmocka_unit_test(writes_marks_by_schema),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
