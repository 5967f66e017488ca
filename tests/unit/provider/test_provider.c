/* SPDX-License-Identifier: Apache-2.0
 *
 * test_provider.c - the provider interface over a plugin whose types are unlike Astra's: what C receives,
 * what comes back, and what each step makes of failures.
 */
#include "provider.h"

#include <dlfcn.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
    struct provider *provider;
    struct diagnostics diags;
    int *allocated, *sessions; /* the plugin's counters */
};

static void *symbol(const char *name)
{
    void *handle = dlopen(PLUGIN, RTLD_NOW);
    assert_non_null(handle);
    return dlsym(handle, name);
}

/* Text as a value; "?" anywhere stands for an unknown. */
static struct json_object *mark_unknowns(struct json_object *value)
{
    if (json_object_is_type(value, json_type_string) && strcmp(json_object_get_string(value), "?") == 0) {
        json_object_put(value);
        return value_unknown();
    }
    if (json_object_is_type(value, json_type_object)) {
        json_object_object_foreach(value, name, member) if (member != NULL &&
                                                            json_object_is_type(member, json_type_string) &&
                                                            strcmp(json_object_get_string(member), "?") == 0)
            json_object_object_add(value, name, value_unknown());
    }
    return value;
}

static struct json_object *json(const char *text)
{
    struct json_object *value = json_tokener_parse(text);
    assert_true(value != NULL || strcmp(text, "null") == 0);
    return mark_unknowns(value);
}

static struct json_object *get(struct json_object *object, const char *name)
{
    struct json_object *value = NULL;
    assert_true(json_object_object_get_ex(object, name, &value));
    return value;
}

#define assert_text(object, name, text) assert_string_equal(json_object_get_string(get(object, name)), text)
#define assert_unknown(object, name)    assert_true(value_is_unknown(get(object, name)))
#define assert_null_in(object, name)    assert_null(get(object, name))

/* Whether some diagnostic has the severity, the attribute (NULL: any) and the text in summary or detail. */
static bool said(const struct diagnostics *diags, enum severity severity, const char *attribute,
                 const char *text)
{
    for (size_t i = 0; i < diags->count; i++) {
        const struct diagnostic *item = &diags->items[i];
        bool there = strstr(item->summary, text) != NULL || strstr(item->detail, text) != NULL;
        bool here = attribute == NULL || (item->attribute != NULL && strcmp(item->attribute, attribute) == 0);
        if (item->severity == severity && there && here)
            return true;
    }
    return false;
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->provider = provider_create(SCHEMAS, NULL, &f->diags);
    for (size_t i = 0; i < f->diags.count; i++)
        print_error("%s: %s\n", f->diags.items[i].summary, f->diags.items[i].detail);
    assert_non_null(f->provider);
    f->allocated = symbol("plugin_allocated");
    f->sessions = symbol("plugin_sessions");
    *state = f;
    return 0;
}

static int set_up_configured(void **state)
{
    set_up(state);
    struct fixture *f = *state;
    struct json_object *settings = json("{\"account\":\"acme\"}");
    assert_true(provider_configure(f->provider, settings, &f->diags));
    json_object_put(settings);
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    provider_destroy(f->provider);
    diagnostics_clear(&f->diags);
    assert_int_equal(*f->allocated, 0);
    assert_int_equal(*f->sessions, 0);
    free(f);
    return 0;
}

/* Plans a thing and applies it; *object receives the state. */
static bool make(struct fixture *f, const char *config_text, struct json_object **object)
{
    struct json_object *config = json(config_text);
    struct plan plan = {0};
    bool ok = provider_plan(f->provider, "thing", NULL, config, NULL, &plan, &f->diags) &&
              provider_apply(f->provider, "thing", NULL, plan.planned, plan.private_text, object, &f->diags);
    plan_clear(&plan);
    json_object_put(config);
    return ok;
}

static void create_passes_every_type(void **state)
{
    struct fixture *f = *state;
    struct json_object *object = NULL;
    assert_true(make(f,
                     "{\"name\":\"n\",\"port\":65535,\"level\":-128,\"ratio\":0.25,\"enabled\":false,"
                     "\"labels\":[\"a\",\"b\"],\"tags\":{\"k\":\"v\"},\"rules\":[{\"port\":1}]}",
                     &object));
    assert_text(
        object, "echo",
        "acme|65535|-128|0.25|0|{\"k\":\"v\"}|[{\"port\":1,\"protocol\":\"tcp\",\"zone\":null}]|literal|"
        "create:n:-:-|a,b,");
    assert_text(object, "id", "n");
    assert_int_equal(json_object_get_int64(get(object, "revision")), 1);
    assert_text(get(object, "parts"), "host", "h");
    assert_null_in(get(object, "parts"), "absent");
    assert_true(said(&f->diags, SEVERITY_WARNING, NULL, "A warning"));
    assert_false(f->diags.has_error);
    json_object_put(object);
}

static void create_fills_defaults_and_reads_the_rest(void **state)
{
    struct fixture *f = *state;
    struct json_object *object = NULL;
    assert_true(make(f, "{\"name\":\"n\"}", &object));
    assert_text(object, "only_read", "from read");
    assert_text(object, "kind", "small");
    assert_int_equal(json_object_get_int64(get(object, "port")), 80);
    assert_null_in(object, "labels");
    json_object_put(object);
}

static void plan_of_a_new_object(void **state)
{
    struct fixture *f = *state;
    struct plan plan = {0};
    struct json_object *config = json("{\"name\":\"n\",\"port\":\"?\",\"rules\":[{\"port\":1}]}");
    assert_true(provider_plan(f->provider, "thing", NULL, config, NULL, &plan, &f->diags));
    assert_int_equal(plan.operation, OPERATION_CREATE);
    assert_unknown(plan.planned, "id");
    assert_unknown(plan.planned, "port");
    assert_text(plan.planned, "kind", "small");
    assert_text(json_object_array_get_idx(get(plan.planned, "rules"), 0), "protocol", "tcp");
    assert_string_equal(plan.private_text, "create:n:-:-");
    plan_clear(&plan);
    json_object_put(config);
}

static void check_waits_for_known_arguments(void **state)
{
    struct fixture *f = *state;
    struct plan plan = {0};
    struct json_object *config = json("{\"name\":\"?\"}");
    assert_true(provider_plan(f->provider, "thing", NULL, config, NULL, &plan, &f->diags));
    assert_null(plan.private_text);
    plan_clear(&plan);
    json_object_put(config);
}

static void check_refuses_the_plan(void **state)
{
    struct fixture *f = *state;
    struct plan plan = {0};
    struct json_object *config = json("{\"name\":\"refuse\"}");
    assert_false(provider_plan(f->provider, "thing", NULL, config, NULL, &plan, &f->diags));
    assert_true(said(&f->diags, SEVERITY_ERROR, "/name", "Name refused"));
    assert_int_equal(f->diags.status, 3);
    plan_clear(&plan);
    json_object_put(config);
}

static const char *const saved =
    "{\"name\":\"n\",\"kind\":\"small\",\"port\":80,\"level\":-1,\"ratio\":0.5,\"enabled\":true,\"labels\":"
    "null,"
    "\"tags\":null,\"rules\":[{\"port\":1,\"protocol\":\"tcp\",\"zone\":\"z\"}],\"id\":\"n\",\"echo\":\"e\","
    "\"only_read\":\"o\",\"revision\":1,\"parts\":null}";

static enum operation plan_of(struct fixture *f, const char *config_text, struct plan *plan)
{
    struct json_object *prior = json(saved), *config = json(config_text);
    assert_true(provider_plan(f->provider, "thing", prior, config, "kept", plan, &f->diags));
    json_object_put(prior);
    json_object_put(config);
    return plan->operation;
}

static void plan_of_no_change(void **state)
{
    struct plan plan = {0};
    assert_int_equal(
        plan_of(*state, "{\"name\":\"n\",\"ratio\":0.5,\"rules\":[{\"port\":1,\"zone\":\"z\"}]}", &plan),
        OPERATION_NONE);
    assert_int_equal(json_object_get_int64(get(plan.planned, "revision")), 1);
    assert_string_equal(plan.private_text, "none:n:n:kept");
    plan_clear(&plan);
}

static void plan_of_an_update(void **state)
{
    struct plan plan = {0};
    assert_int_equal(
        plan_of(*state, "{\"name\":\"n\",\"port\":81,\"rules\":[{\"port\":1,\"zone\":\"z\"}]}", &plan),
        OPERATION_UPDATE);
    assert_unknown(plan.planned, "revision"); /* update hands it out */
    assert_text(plan.planned, "id", "n");
    assert_int_equal(plan.replace_count, 0);
    plan_clear(&plan);
}

static void plan_of_a_replacement(void **state)
{
    struct plan plan = {0};
    assert_int_equal(plan_of(*state, "{\"name\":\"other\"}", &plan), OPERATION_REPLACE);
    assert_int_equal(plan.replace_count, 1);
    assert_string_equal(plan.replace[0]->name, "name");
    assert_unknown(plan.planned, "id");
    plan_clear(&plan);
}

static void plan_of_a_nested_replacement(void **state)
{
    struct plan plan = {0};
    assert_int_equal(plan_of(*state, "{\"name\":\"n\",\"rules\":[{\"port\":1,\"zone\":\"other\"}]}", &plan),
                     OPERATION_REPLACE);
    assert_string_equal(plan.replace[0]->name, "rules");
    plan_clear(&plan);
    assert_int_equal(
        plan_of(*state, "{\"name\":\"n\",\"rules\":[{\"port\":2,\"zone\":\"z\"},{\"port\":3}]}", &plan),
        OPERATION_UPDATE);
    plan_clear(&plan);
    assert_int_equal(plan_of(*state, "{\"name\":\"n\",\"rules\":\"?\"}", &plan), OPERATION_REPLACE);
    plan_clear(&plan);
}

static void plan_of_a_destroy(void **state)
{
    struct fixture *f = *state;
    struct plan plan = {0};
    struct json_object *prior = json(saved);
    assert_true(provider_plan(f->provider, "thing", prior, NULL, NULL, &plan, &f->diags));
    assert_int_equal(plan.operation, OPERATION_DESTROY);
    assert_null(plan.planned);
    assert_string_equal(plan.private_text, "destroy:n:n:-");
    plan_clear(&plan);
    json_object_put(prior);
}

static void failed_create_is_kept_with_its_identity_only(void **state)
{
    struct fixture *f = *state;
    struct json_object *object = NULL;
    assert_false(make(f, "{\"name\":\"tainted\"}", &object));
    assert_non_null(object);
    assert_text(object, "id", "tainted");
    assert_null_in(object, "echo");
    assert_true(said(&f->diags, SEVERITY_ERROR, "/name", "Made, but not whole"));
    json_object_put(object);
    diagnostics_clear(&f->diags);

    assert_false(make(f, "{\"name\":\"silent\"}", &object));
    assert_null(object);
    assert_true(said(&f->diags, SEVERITY_ERROR, NULL, "status 3"));
}

static void broken_contracts_are_the_plugins_bugs(void **state)
{
    struct fixture *f = *state;
    struct json_object *object = NULL;
    assert_false(make(f, "{\"name\":\"nothing\"}", &object));
    assert_null(object);
    assert_true(said(&f->diags, SEVERITY_ERROR, "/id", "without handing out \"id\""));
    diagnostics_clear(&f->diags);
    assert_false(make(f, "{\"name\":\"bad-utf8\"}", &object));
    assert_null(object);
    assert_true(said(&f->diags, SEVERITY_ERROR, NULL, "bug of the plugin"));
}

static bool update(struct fixture *f, int64_t port, struct json_object **object)
{
    struct json_object *prior = json(saved), *planned = json(saved);
    json_object_object_add(planned, "port", json_object_new_int64(port));
    json_object_object_add(planned, "revision", value_unknown());
    bool ok = provider_apply(f->provider, "thing", prior, planned, NULL, object, &f->diags);
    json_object_put(prior);
    json_object_put(planned);
    return ok;
}

static void update_is_called_with_old_and_new(void **state)
{
    struct fixture *f = *state;
    struct json_object *object = NULL;
    assert_true(update(f, 90, &object));
    assert_int_equal(json_object_get_int64(get(object, "port")), 90);
    assert_int_equal(json_object_get_int64(get(object, "revision")), 1080);
    json_object_put(object);
}

static void failed_update_keeps_the_prior_state(void **state)
{
    struct fixture *f = *state;
    struct json_object *object = NULL;
    assert_false(update(f, 13, &object));
    assert_int_equal(json_object_get_int64(get(object, "port")), 80);
    assert_true(said(&f->diags, SEVERITY_ERROR, "/rules/0/port", "Port 13"));
    assert_int_equal(f->diags.status, 5);
    json_object_put(object);
}

static void delete_by_errno(void **state)
{
    struct fixture *f = *state;
    struct json_object *prior = json("{\"id\":\"gone\"}"), *object = NULL;
    assert_true(provider_apply(f->provider, "thing", prior, NULL, NULL, &object, &f->diags));
    assert_null(object);
    json_object_object_add(prior, "id", json_object_new_string("busy"));
    assert_false(provider_apply(f->provider, "thing", prior, NULL, NULL, &object, &f->diags));
    assert_text(object, "id", "busy");
    assert_true(said(&f->diags, SEVERITY_ERROR, NULL, "errno 16"));
    json_object_put(object);
    json_object_put(prior);
}

static void create_by_errno_names_the_import(void **state)
{
    struct fixture *f = *state;
    struct json_object *planned = json("{\"path\":\"there\",\"mode\":493}"), *object = NULL;
    assert_false(provider_apply(f->provider, "place", NULL, planned, NULL, &object, &f->diags));
    assert_null(object);
    assert_true(said(&f->diags, SEVERITY_ERROR, NULL, "terraform import place.NAME 'there'"));
    json_object_object_add(planned, "path", json_object_new_string("free"));
    assert_true(provider_apply(f->provider, "place", NULL, planned, NULL, &object, &f->diags));
    json_object_put(object);
    json_object_put(planned);
}

static void read_refreshes_and_notices(void **state)
{
    struct fixture *f = *state;
    struct json_object *object = json(saved);
    assert_true(provider_read(f->provider, "thing", &object, &f->diags));
    assert_text(object, "only_read", "from read");
    assert_text(object, "name", "n");
    json_object_object_add(object, "id", json_object_new_string("gone"));
    assert_true(provider_read(f->provider, "thing", &object, &f->diags));
    assert_null(object);
    object = json("{\"path\":\"file\"}");
    assert_true(provider_read(f->provider, "place", &object, &f->diags));
    assert_null(object);
    assert_int_equal(f->diags.count, 0);
}

static void import_by_template(void **state)
{
    struct fixture *f = *state;
    struct json_object *object = NULL;
    assert_true(provider_import(f->provider, "thing", "LARGE:8080:a:b", &object, &f->diags));
    assert_text(object, "kind", "large");
    assert_text(object, "id", "a:b");
    assert_int_equal(json_object_get_int64(get(object, "port")), 8080);
    assert_null_in(object, "name");
    assert_int_equal(json_object_get_int64(get(object, "level")), -1);
    json_object_put(object);
    assert_true(provider_import(f->provider, "thing", "only-an-id", &object, &f->diags));
    assert_text(object, "id", "only-an-id");
    json_object_put(object);
    assert_false(provider_import(f->provider, "thing", "", &object, &f->diags));
    assert_true(said(&f->diags, SEVERITY_ERROR, NULL, "{kind}:{port}:{id}, or {id}"));
}

static void identity_there_and_back(void **state)
{
    struct fixture *f = *state;
    struct json_object *object = json(saved);
    struct json_object *identity = provider_identity(f->provider, "thing", object);
    assert_string_equal(json_object_to_json_string_ext(identity, JSON_C_TO_STRING_PLAIN), "{\"id\":\"n\"}");
    json_object_put(object);
    assert_true(provider_import_identity(f->provider, "thing", identity, &object, &f->diags));
    assert_text(object, "id", "n");
    json_object_put(object);
    json_object_put(identity);
    identity = json("{\"nonsense\":\"x\"}");
    assert_false(provider_import_identity(f->provider, "thing", identity, &object, &f->diags));
    assert_true(said(&f->diags, SEVERITY_ERROR, "/id", "needs \"id\""));
    assert_true(said(&f->diags, SEVERITY_ERROR, "/nonsense", "no \"nonsense\""));
    json_object_put(identity);
}

static void move_from_another_provider(void **state)
{
    struct fixture *f = *state;
    struct json_object *source = json("{\"title\":\"t\",\"size\":\"LARGE\",\"id\":\"i\",\"more\":1}"),
                       *object = NULL;
    static const char *const hosts[] = {"registry.one.example/other/old", "registry.two.example/other/old"};
    for (size_t i = 0; i < 2; i++) {
        assert_true(provider_move(f->provider, hosts[i], "old_thing", source, "thing", &object, &f->diags));
        assert_text(object, "name", "t");
        assert_text(object, "kind", "large");
        assert_int_equal(json_object_get_int64(get(object, "port")), 80);
        json_object_put(object);
    }
    assert_false(provider_move(f->provider, "h/other/new", "old_thing", source, "thing", &object, &f->diags));
    assert_true(said(&f->diags, SEVERITY_ERROR, NULL, "can't take over"));
    json_object_put(source);
}

static void upgrade_by_plugin_and_by_shape(void **state)
{
    struct fixture *f = *state;
    struct json_object *old = json("{\"name\":\"n\",\"dropped\":1}"), *object = NULL;
    assert_true(provider_upgrade(f->provider, "thing", 1, old, &object, &f->diags));
    assert_text(object, "name", "from version 1");
    assert_text(object, "kind", "small");
    json_object_put(object);
    assert_true(provider_upgrade(f->provider, "thing", 2, old, &object, &f->diags));
    assert_text(object, "name", "n");
    assert_false(json_object_object_get_ex(object, "dropped", NULL));
    json_object_put(object);
    assert_false(provider_upgrade(f->provider, "thing", 3, old, &object, &f->diags));
    assert_true(said(&f->diags, SEVERITY_ERROR, NULL, "newer"));
    json_object_put(old);
}

static struct json_object *call(struct fixture *f, const char *name, const char *argument)
{
    struct json_object *result = NULL, *given = argument != NULL ? json(argument) : NULL;
    provider_call_function(f->provider, name, &given, argument != NULL, &result, &f->diags);
    json_object_put(given);
    return result;
}

static void functions_return_every_kind(void **state)
{
    struct fixture *f = *state;
    struct json_object *result = call(f, "half", "5");
    assert_true(json_object_get_double(result) == 2.5);
    json_object_put(result);
    result = call(f, "negate", "100");
    assert_int_equal(json_object_get_int64(result), -100);
    json_object_put(result);
    result = call(f, "greeting", NULL);
    assert_string_equal(json_object_get_string(result), "borrowed");
    json_object_put(result);
    result = call(f, "shout", "\"loud\"");
    assert_string_equal(json_object_get_string(result), "LOUD");
    json_object_put(result);
    result = call(f, "shout", "\"?\"");
    assert_true(value_is_unknown(result));
    json_object_put(result);
    assert_int_equal(f->diags.count, 0);
    assert_null(call(f, "negate", "128"));
    assert_true(said(&f->diags, SEVERITY_ERROR, "/number", "128"));
}

static void data_source(void **state)
{
    struct fixture *f = *state;
    struct json_object *config = json("{\"key\":\"k\"}"), *object = NULL;
    assert_true(provider_read_data(f->provider, "lookup", config, &object, &f->diags));
    assert_text(object, "value", "found");
    json_object_put(object);
    json_object_object_add(config, "key", value_unknown());
    assert_true(provider_read_data(f->provider, "lookup", config, &object, &f->diags));
    assert_unknown(object, "value");
    json_object_put(object);
    json_object_object_add(config, "key", json_object_new_string("none"));
    assert_false(provider_read_data(f->provider, "lookup", config, &object, &f->diags));
    assert_true(said(&f->diags, SEVERITY_ERROR, NULL, "no lookup with key = \"none\""));
    json_object_put(config);
}

static void list_conforms(void **state)
{
    struct fixture *f = *state;
    struct json_object *array = NULL;
    assert_true(provider_list(f->provider, "thing", &array, &f->diags));
    assert_int_equal(json_object_array_length(array), 2);
    assert_int_equal(json_object_get_int64(get(json_object_array_get_idx(array, 1), "port")), 80);
    json_object_put(array);
}

/* Asks the data source `search`; *object receives its state. */
static bool search(struct fixture *f, const char *config_text, struct json_object **object)
{
    struct json_object *config = json(config_text);
    bool ok = provider_read_data(f->provider, "search", config, object, &f->diags);
    json_object_put(config);
    return ok;
}

static void data_source_of_an_unknown_object_waits(void **state)
{
    struct json_object *object = NULL;
    assert_true(search(*state, "{\"query\":\"?\"}", &object));
    assert_unknown(object, "query");
    assert_unknown(object, "value");
    json_object_put(object);
}

static void defaults_reach_into_maps(void **state)
{
    struct json_object *object = NULL;
    assert_true(
        search(*state, "{\"query\":{\"word\":\"w\"},\"names\":{\"a\":{\"first\":\"Ann\"}}}", &object));
    assert_text(object, "value",
                "{\"word\":\"w\",\"language\":\"any\",\"password\":null} "
                "{\"a\":{\"first\":\"Ann\",\"last\":\"Doe\"}}");
    json_object_put(object);
}

static void what_was_not_found_is_named_without_secrets(void **state)
{
    struct fixture *f = *state;
    struct json_object *object = NULL;
    assert_false(search(f, "{\"query\":{\"word\":\"none\",\"password\":\"hunter2\"}}", &object));
    assert_true(said(&f->diags, SEVERITY_ERROR, NULL, "There is no search"));
    assert_false(said(&f->diags, SEVERITY_ERROR, NULL, "hunter2"));
}

static void list_of_anything_but_objects_is_refused(void **state)
{
    struct fixture *f = *state;
    struct json_object *array = NULL;
    assert_false(provider_list(f->provider, "place", &array, &f->diags));
    assert_null(array);
    assert_true(said(&f->diags, SEVERITY_ERROR, NULL, "bug of the plugin"));
}

static void create_that_succeeded_is_kept_with_a_broken_output(void **state)
{
    struct fixture *f = *state;
    struct json_object *object = NULL, *planned = json("{\"path\":\"odd\",\"mode\":1,\"owner\":\"?\"}");
    assert_false(provider_apply(f->provider, "place", NULL, planned, NULL, &object, &f->diags));
    assert_true(said(&f->diags, SEVERITY_ERROR, NULL, "bug of the plugin"));
    assert_non_null(object);
    assert_text(object, "path", "odd");
    assert_null_in(object, "owner");
    json_object_put(object);
    json_object_put(planned);
}

static void import_takes_numbers_as_json_writes_them(void **state)
{
    static const char *const no_numbers[] = {"nan@p", "inf@p", "0x10@p", " 1@p", "1e999@p"};
    struct fixture *f = *state;
    struct json_object *object = NULL;
    assert_true(provider_import(f->provider, "place", "1.5@p", &object, &f->diags));
    assert_true(json_object_get_double(get(object, "depth")) == 1.5);
    assert_text(object, "path", "p");
    json_object_put(object);
    for (size_t i = 0; i < sizeof no_numbers / sizeof *no_numbers; i++) {
        assert_true(provider_import(f->provider, "place", no_numbers[i], &object, &f->diags));
        assert_text(object, "path", no_numbers[i]); /* the other template's */
        json_object_put(object);
    }
}

static void unconfigured_is_an_error_unknown_is_not(void **state)
{
    struct fixture *f = *state;
    struct json_object *object = NULL;
    assert_false(make(f, "{\"name\":\"n\"}", &object));
    assert_null(object);
    assert_true(said(&f->diags, SEVERITY_ERROR, NULL, "not configured"));
    diagnostics_clear(&f->diags);

    struct json_object *settings = json("{\"account\":\"?\"}");
    assert_true(provider_configure(f->provider, settings, &f->diags));
    json_object_put(settings);
    struct plan plan = {0};
    struct json_object *config = json("{\"name\":\"n\"}");
    assert_true(provider_plan(f->provider, "thing", NULL, config, NULL, &plan, &f->diags));
    assert_int_equal(plan.operation, OPERATION_CREATE);
    assert_false(f->diags.has_error);
    plan_clear(&plan);
    json_object_put(config);

    settings = json("{\"account\":\"refused\"}");
    assert_false(provider_configure(f->provider, settings, &f->diags));
    assert_true(said(&f->diags, SEVERITY_ERROR, "/account", "Account refused"));
    json_object_put(settings);
}

struct waiter {
    struct fixture *f;
    struct diagnostics diags;
    struct json_object *object;
    bool ok;
    atomic_bool ended;
};

static void *wait_in_create(void *argument)
{
    struct waiter *waiter = argument;
    struct json_object *planned =
        json("{\"name\":\"wait\",\"port\":1,\"level\":1,\"ratio\":1,\"enabled\":true}");
    waiter->ok =
        provider_apply(waiter->f->provider, "thing", NULL, planned, NULL, &waiter->object, &waiter->diags);
    json_object_put(planned);
    return NULL;
}

static void stop_cancels_what_is_under_way(void **state)
{
    struct fixture *f = *state;
    enum { CALLS = 10 };
    struct waiter waiters[CALLS];
    pthread_t threads[CALLS];
    for (size_t i = 0; i < CALLS; i++) {
        waiters[i] = (struct waiter){.f = f};
        assert_int_equal(pthread_create(&threads[i], NULL, wait_in_create, &waiters[i]), 0);
    }
    provider_stop(f->provider);
    for (size_t i = 0; i < CALLS; i++) {
        pthread_join(threads[i], NULL);
        assert_false(waiters[i].ok);
        assert_null(waiters[i].object);
        assert_true(waiters[i].diags.has_error);
        diagnostics_clear(&waiters[i].diags);
    }
    struct json_object *object = NULL;
    assert_false(make(f, "{\"name\":\"n\"}", &object));
    assert_true(said(&f->diags, SEVERITY_ERROR, NULL, "asked the provider to stop"));
}

static void *make_slow_place(void *argument)
{
    struct waiter *waiter = argument;
    struct json_object *planned = json("{\"path\":\"slow\",\"mode\":1,\"age\":\"?\"}");
    waiter->ok =
        provider_apply(waiter->f->provider, "place", NULL, planned, NULL, &waiter->object, &waiter->diags);
    json_object_put(planned);
    atomic_store(&waiter->ended, true);
    return NULL;
}

static void cancel_reaches_what_is_read_back(void **state)
{
    enum { TRIES = 5000, PAUSE_US = 1000 };
    struct fixture *f = *state;
    struct waiter waiter = {.f = f};
    pthread_t thread;
    const int *waiting = symbol("plugin_waiting"), before = *waiting;
    assert_int_equal(pthread_create(&thread, NULL, make_slow_place, &waiter), 0);
    for (int i = 0; i < TRIES && __atomic_load_n(waiting, __ATOMIC_SEQ_CST) == before; i++)
        usleep(PAUSE_US);
    provider_cancel(f->provider, &waiter.diags);
    for (int i = 0; i < TRIES && !atomic_load(&waiter.ended); i++)
        usleep(PAUSE_US);
    bool heard = atomic_load(&waiter.ended);
    provider_stop(f->provider);
    pthread_join(thread, NULL);
    assert_true(heard);
    assert_true(waiter.ok); /* it was made */
    assert_true(said(&waiter.diags, SEVERITY_WARNING, NULL, "Not read back"));
    diagnostics_clear(&waiter.diags);
    json_object_put(waiter.object);
}

static void write_file(const char *directory, const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void everything_wrong_with_a_library_is_said_at_once(void **state)
{
    (void)state;
    char directory[] = "/tmp/test-provider-XXXXXX", functions[64], text[1024];
    assert_non_null(mkdtemp(directory));
    snprintf(functions, sizeof functions, "%s/functions", directory);
    assert_int_equal(mkdir(functions, 0700), 0);
    snprintf(
        text, sizeof text,
        "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"a/b\",\"type\":\"object\","
        "\"properties\":{},\"additionalProperties\":false,\"library\":\"%s\",\"free\":\"no_free\","
        "\"abi_version\":{\"symbol\":\"plugin_abi\",\"value\":8}}",
        PLUGIN);
    write_file(directory, "provider.json", text);
    write_file(
        functions, "f.json",
        "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"f\",\"type\":\"object\","
        "\"properties\":{\"result\":{\"type\":\"number\",\"readOnly\":true}},\"additionalProperties\":false,"
        "\"callbacks\":{\"call\":{\"symbol\":\"no_such\",\"arguments\":[],"
        "\"returns\":{\"kind\":\"value\",\"c\":\"double\"}}}}");
    struct diagnostics diags = {0};
    struct provider *provider = provider_create(directory, NULL, &diags);
    for (size_t i = 0; i < diags.count; i++)
        print_error("%s: %s\n", diags.items[i].summary, diags.items[i].detail);
    assert_non_null(provider);
    assert_false(provider_load(provider, &diags));
    assert_true(said(&diags, SEVERITY_ERROR, NULL, "ABI version 7"));
    assert_true(said(&diags, SEVERITY_ERROR, NULL, "no_free"));
    assert_true(said(&diags, SEVERITY_ERROR, NULL, "no_such"));
    assert_true(said(&diags, SEVERITY_ERROR, NULL, "f.json: at /callbacks/call"));
    assert_int_equal(diags.count, 3);
    provider_destroy(provider);
    diagnostics_clear(&diags);
    snprintf(text, sizeof text, "rm -r %s", directory);
    assert_int_equal(system(text), 0);
}

#define CONFIGURED(test) cmocka_unit_test_setup_teardown(test, set_up_configured, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONFIGURED(create_passes_every_type),
        CONFIGURED(create_fills_defaults_and_reads_the_rest),
        CONFIGURED(plan_of_a_new_object),
        CONFIGURED(check_waits_for_known_arguments),
        CONFIGURED(check_refuses_the_plan),
        CONFIGURED(plan_of_no_change),
        CONFIGURED(plan_of_an_update),
        CONFIGURED(plan_of_a_replacement),
        CONFIGURED(plan_of_a_nested_replacement),
        CONFIGURED(plan_of_a_destroy),
        CONFIGURED(failed_create_is_kept_with_its_identity_only),
        CONFIGURED(broken_contracts_are_the_plugins_bugs),
        CONFIGURED(update_is_called_with_old_and_new),
        CONFIGURED(failed_update_keeps_the_prior_state),
        CONFIGURED(delete_by_errno),
        CONFIGURED(create_by_errno_names_the_import),
        CONFIGURED(read_refreshes_and_notices),
        CONFIGURED(import_by_template),
        CONFIGURED(identity_there_and_back),
        CONFIGURED(move_from_another_provider),
        CONFIGURED(upgrade_by_plugin_and_by_shape),
        CONFIGURED(functions_return_every_kind),
        CONFIGURED(data_source),
        CONFIGURED(list_conforms),
        CONFIGURED(data_source_of_an_unknown_object_waits),
        CONFIGURED(defaults_reach_into_maps),
        CONFIGURED(what_was_not_found_is_named_without_secrets),
        CONFIGURED(list_of_anything_but_objects_is_refused),
        CONFIGURED(create_that_succeeded_is_kept_with_a_broken_output),
        CONFIGURED(import_takes_numbers_as_json_writes_them),
        cmocka_unit_test_setup_teardown(unconfigured_is_an_error_unknown_is_not, set_up, tear_down),
        CONFIGURED(stop_cancels_what_is_under_way),
        CONFIGURED(cancel_reaches_what_is_read_back),
        cmocka_unit_test(everything_wrong_with_a_library_is_said_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
