/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_state.c - saved states and configurations on their way through the schema's rules. A state that is
 * upgraded, moved or imported has the schema's form, and stays as it is when that is done again; what is
 * planned and applied is planned again as no change.
 *
 * Input: the operation, the state's version, then fields: a state, and for plans a configuration, in JSON.
 */
#include "fuzz.h"

#include "arena.h"
#include "dynamic_value.h"
#include "provider.h"

#include <stdlib.h>
#include <string.h>

enum { UPGRADE, MOVE, IDENTITY, PLAN, OPERATIONS };

static const char type_name[] = "shelf";

static struct provider *shelves(void)
{
    static struct provider *provider;
    if (provider == NULL)
        provider = fuzz_provider(SCHEMAS);
    return provider;
}

static const struct schema *shelf(void)
{
    return schema_find(provider_schemas(shelves()), SCHEMA_RESOURCE, type_name);
}

/* A value as Terraform hands it over: of the schema's types, or none. */
static struct json_object *typed(const char *text, size_t length)
{
    struct diagnostics diags = {0};
    struct json_object *value = NULL;
    struct schema_type type = dynamic_object_type(&shelf()->object);
    bool ok = dynamic_read_json((const uint8_t *)text, length, &type, NULL, &value, &diags);
    fuzz_check_diagnostics(&diags, ok);
    diagnostics_clear(&diags);
    return value;
}

/* Upgrading what was upgraded changes nothing; and it can be sent, or why not is told. */
static void check_form(struct json_object *state)
{
    struct arena arena = {0};
    struct diagnostics diags = {0};
    struct json_object *again = NULL;
    struct schema_type type = dynamic_object_type(&shelf()->object);
    size_t size = 0;
    CHECK(provider_upgrade(shelves(), type_name, shelf()->version, state, &again, &diags));
    CHECK(json_object_equal(state, again));
    json_object_put(again);
    CHECK(!diags.has_error);
    uint8_t *bytes = dynamic_write(state, &type, NULL, &arena, &size, &diags);
    fuzz_check_diagnostics(&diags, bytes != NULL);
    diagnostics_clear(&diags);
    arena_finish(&arena);
}

static void check_foreign(unsigned operation, int64_t version, struct json_object *source)
{
    struct diagnostics diags = {0};
    struct json_object *state = NULL;
    bool ok = operation == MOVE ? provider_move(shelves(), "registry.example.com/example/racks", "rack",
                                                source, type_name, &state, &diags)
              : operation == IDENTITY
                  ? provider_import_identity(shelves(), type_name, source, &state, &diags)
                  : provider_upgrade(shelves(), type_name, version, source, &state, &diags);
    fuzz_check_diagnostics(&diags, ok);
    CHECK(ok == (state != NULL));
    if (ok) {
        check_form(state);
        free(fuzz_json_text(state));
    }
    json_object_put(state);
    diagnostics_clear(&diags);
}

/* Plans and applies; returns what is then there. */
static struct json_object *carry_out(struct json_object *prior, struct json_object *config)
{
    struct plan plan = {0};
    struct diagnostics diags = {0};
    struct json_object *state = NULL;
    bool ok = provider_plan(shelves(), type_name, prior, config, NULL, &plan, &diags);
    fuzz_check_diagnostics(&diags, ok);
    if (ok && plan.operation == OPERATION_REPLACE) {
        CHECK(plan.replace_count > 0 && prior != NULL);
        CHECK(provider_apply(shelves(), type_name, prior, NULL, plan.private_text, &state, &diags));
        CHECK(state == NULL);
        prior = NULL;
    }
    if (ok) {
        CHECK(provider_apply(shelves(), type_name, prior, plan.planned, plan.private_text, &state, &diags));
        CHECK(state != NULL && !value_has_unknown(state));
    }
    plan_clear(&plan);
    diagnostics_clear(&diags);
    return state;
}

static void check_plan(struct json_object *prior, struct json_object *config)
{
    struct diagnostics diags = {0};
    bool ok = provider_validate(shelves(), SCHEMA_RESOURCE, type_name, config, &diags);
    fuzz_check_diagnostics(&diags, ok);
    struct json_object *state = ok ? carry_out(prior, config) : NULL;
    if (state != NULL) {
        struct plan plan = {0};
        CHECK(provider_plan(shelves(), type_name, state, config, NULL, &plan, &diags));
        CHECK(plan.operation == OPERATION_NONE);
        plan_clear(&plan);
        check_form(state);
    }
    json_object_put(state);
    diagnostics_clear(&diags);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    unsigned operation = fuzz_byte(&input) % OPERATIONS;
    int64_t version = (int8_t)fuzz_byte(&input);
    size_t length, config_length;
    char *text = fuzz_field(&input, &length), *config_text = fuzz_field(&input, &config_length);
    if (operation == PLAN) {
        struct json_object *prior = typed(text, length), *config = typed(config_text, config_length);
        if (config != NULL)
            check_plan(prior, config);
        json_object_put(config);
        json_object_put(prior);
    } else {
        struct json_object *source = NULL;
        char *problem = NULL;
        if (value_from_text(text, length, &source, &problem) && json_object_is_type(source, json_type_object))
            check_foreign(operation, version, source);
        json_object_put(source);
        free(problem);
    }
    free(config_text);
    free(text);
    return 0;
}
