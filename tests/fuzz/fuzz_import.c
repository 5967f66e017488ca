/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_import.c - import IDs, matched with templates: those of the shipped schemas, and odd ones. An ID that
 * is taken makes a state whose own import ID makes that state's ID again.
 *
 * Input: the resource type, the ID.
 */
#include "fuzz.h"

#include "provider.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *directory, *type;
} targets[] = {
    {SHIPPED_SCHEMAS, "astra_cmk_key"},
    {SHIPPED_SCHEMAS, "astra_provider_id"},
    {SCHEMAS, "shelf"},
};

static struct provider *provider_of(size_t choice)
{
    static struct provider *providers[sizeof targets / sizeof *targets];
    if (providers[choice] == NULL)
        providers[choice] = fuzz_provider(targets[choice].directory);
    return providers[choice];
}

/* Every value that came out of an ID is one that a configuration may hold. */
static void check_values(const struct schema *schema, struct json_object *state)
{
    for (size_t i = 0; i < schema->object.count; i++) {
        const struct schema_attribute *attribute = &schema->object.attributes[i];
        struct diagnostics diags = {0};
        struct json_object *value = json_object_object_get(state, attribute->name);
        if (value != NULL)
            CHECK(schema_validate_value(attribute, value, attribute->name, &diags));
        diagnostics_clear(&diags);
    }
}

static void check_round_trip(struct provider *provider, const struct schema *schema,
                             struct json_object *state)
{
    struct diagnostics diags = {0};
    struct json_object *again = NULL;
    char *id = provider_import_id(schema, state);
    if (id == NULL) /* the template that was matched is not the shortest one */
        return;
    CHECK(provider_import(provider, schema->name, id, &again, &diags));
    char *second = provider_import_id(schema, again);
    CHECK(second != NULL && strcmp(id, second) == 0);
    free(second);
    free(id);
    json_object_put(again);
    diagnostics_clear(&diags);
}

/* What tells an object from another is found again by it. */
static void check_identity(struct provider *provider, const struct schema *schema, struct json_object *state)
{
    struct diagnostics diags = {0};
    struct json_object *again = NULL, *identity = provider_identity(provider, schema->name, state);
    if (identity == NULL)
        return;
    CHECK(provider_import_identity(provider, schema->name, identity, &again, &diags));
    struct json_object *second = provider_identity(provider, schema->name, again);
    CHECK(json_object_equal(identity, second));
    json_object_put(second);
    json_object_put(again);
    json_object_put(identity);
    diagnostics_clear(&diags);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct diagnostics diags = {0};
    struct json_object *state = NULL;
    size_t choice = fuzz_byte(&input) % (sizeof targets / sizeof *targets);
    char *id = fuzz_rest(&input, NULL);
    struct provider *provider = provider_of(choice);
    const struct schema *schema =
        schema_find(provider_schemas(provider), SCHEMA_RESOURCE, targets[choice].type);
    bool ok = provider_import(provider, schema->name, id, &state, &diags);
    fuzz_check_diagnostics(&diags, ok);
    CHECK(ok == (state != NULL));
    if (ok) {
        check_values(schema, state);
        check_round_trip(provider, schema, state);
        check_identity(provider, schema, state);
    }
    json_object_put(state);
    diagnostics_clear(&diags);
    free(id);
    return 0;
}
