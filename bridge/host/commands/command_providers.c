/* SPDX-License-Identifier: Apache-2.0
 *
 * command_providers.c - providers, and providers schema -json: the one provider that is built in, in the
 * words that Terraform has for it (see terraform/message_schema.c for what a keyword becomes).
 */
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "run.h"

static void add_true(struct json_object *object, const char *name, bool value)
{
    if (value)
        member_add(object, name, made(json_object_new_boolean(true)));
}

/* --- providers --- */

static int run_providers(struct invocation *invocation, int argc, char **argv)
{
    struct workspace workspace = {0};
    struct diagnostics diags = {0};
    const char *ignored = NULL;
    int first, status;
    const struct option table[] = {{"test-directory", OPTION_TEXT, &ignored, NULL, NULL}, {0}};
    if (!options_expect(invocation, table, argc, argv, 0, 0, &first, &status))
        return status;
    if (workspace_config(invocation, &workspace, &diags))
        printf("\nProviders required by configuration:\n.\n└── provider[registry.terraform.io/%s]\n\n",
               workspace.schemas->address);
    bool failed = report(invocation, workspace.config, &diags);
    workspace_close(&workspace, &diags);
    return failed ? EXIT_FAILED : EXIT_DONE;
}

const struct command command_providers = {.name = "providers",
                                          .summary = "Print which provider the configuration uses",
                                          .usage = "",
                                          .run = run_providers};

/* --- providers schema --- */

static struct json_object *json_of_block(const struct schema *schema, bool computed);
static struct json_object *json_of_attributes(enum schema_kind kind, const struct schema_object *object,
                                              bool computed);

/* The members of an attribute that is nested: an object, or a list, set or map of objects. */
static const struct schema_object *nested(const struct schema_type *type, const char **nesting)
{
    static const char *const names[] = {
        [TYPE_LIST] = "list", [TYPE_SET] = "set", [TYPE_MAP] = "map", [TYPE_OBJECT] = "single"};
    *nesting = type->kind == TYPE_OBJECT || type->element ? names[type->kind] : NULL;
    return type->kind == TYPE_OBJECT ? type->object : type->element ? type->element->object : NULL;
}

static struct json_object *json_of_attribute(enum schema_kind kind, const struct schema_attribute *attribute,
                                             bool computed)
{
    struct json_object *object = made(json_object_new_object());
    const char *nesting;
    const struct schema_object *members = nested(&attribute->type, &nesting);
    computed = computed || attribute->read_only;
    if (members) {
        struct json_object *type = made(json_object_new_object());
        member_add(type, "attributes", json_of_attributes(kind, members, computed));
        member_add_text(type, "nesting_mode", nesting);
        member_add(object, "nested_type", type);
    } else {
        member_add(object, "type", made(type_of_schema(&attribute->type)));
    }
    if (*attribute->description)
        member_add_text(object, "description", attribute->description);
    member_add_text(object, "description_kind", "markdown");
    add_true(object, "deprecated", attribute->deprecated);
    add_true(object, "required", !computed && attribute->required);
    add_true(object, "optional", !computed && !attribute->required);
    add_true(object, "computed",
             computed || (attribute->has_default && !attribute->required && kind != SCHEMA_PROVIDER));
    add_true(object, "sensitive", attribute->sensitive);
    return object;
}

static struct json_object *json_of_attributes(enum schema_kind kind, const struct schema_object *object,
                                              bool computed)
{
    struct json_object *attributes = made(json_object_new_object());
    for (size_t i = 0; i < object->count; i++)
        member_add(attributes, object->attributes[i].name,
                   json_of_attribute(kind, &object->attributes[i], computed));
    return attributes;
}

static struct json_object *json_of_block(const struct schema *schema, bool computed)
{
    struct json_object *object = made(json_object_new_object()), *block = made(json_object_new_object());
    member_add(object, "version", made(json_object_new_int64(schema->version)));
    if (schema->object.count)
        member_add(block, "attributes", json_of_attributes(schema->kind, &schema->object, computed));
    if (schema->description && *schema->description)
        member_add_text(block, "description", schema->description);
    member_add_text(block, "description_kind", "markdown");
    add_true(block, "deprecated", schema->deprecated);
    member_add(object, "block", block);
    return object;
}

static struct json_object *json_of_function(const struct schema *function)
{
    struct json_object *object = made(json_object_new_object()), *parameters = made(json_object_new_array());
    const struct schema_attribute *list[SCHEMA_MAX_ARGUMENTS], *result = schema_result(function);
    size_t count = schema_parameters(function, list, SCHEMA_MAX_ARGUMENTS);
    if (function->description)
        member_add_text(object, "description", function->description);
    if (function->title)
        member_add_text(object, "summary", function->title);
    member_add(object, "return_type", result ? made(type_of_schema(&result->type)) : NULL);
    for (size_t i = 0; i < count && i < SCHEMA_MAX_ARGUMENTS; i++) {
        struct json_object *parameter = made(json_object_new_object());
        member_add_text(parameter, "name", list[i]->name);
        if (*list[i]->description)
            member_add_text(parameter, "description", list[i]->description);
        member_add(parameter, "type", made(type_of_schema(&list[i]->type)));
        element_add(parameters, parameter);
    }
    member_add(object, "parameters", parameters);
    return object;
}

static void add_all(struct json_object *provider, const char *name, const struct schema *schemas,
                    size_t count)
{
    struct json_object *object = made(json_object_new_object());
    for (size_t i = 0; i < count; i++)
        member_add(object, schemas[i].name,
                   schemas[i].kind == SCHEMA_FUNCTION ? json_of_function(&schemas[i])
                                                      : json_of_block(&schemas[i], false));
    if (count)
        member_add(provider, name, object);
    else
        json_object_put(object);
}

static void print_schemas(const struct schema_set *set)
{
    struct json_object *document = made(json_object_new_object()),
                       *providers = made(json_object_new_object());
    struct json_object *provider = made(json_object_new_object());
    char *address = NULL;
    member_add(provider, "provider", json_of_block(&set->provider, false));
    add_all(provider, "resource_schemas", set->resources, set->resource_count);
    add_all(provider, "data_source_schemas", set->data_sources, set->data_source_count);
    add_all(provider, "functions", set->functions, set->function_count);
    if (asprintf(&address, "registry.terraform.io/%s", set->address) < 0)
        address = NULL;
    if (!address)
        output_lose();
    member_add(providers, address ? address : set->address, provider);
    member_add_text(document, "format_version", "1.0");
    member_add(document, "provider_schemas", providers);
    print_json_document(document, false);
    json_object_put(document);
    free(address);
}

static int run_schema(struct invocation *invocation, int argc, char **argv)
{
    struct workspace workspace = {0};
    struct diagnostics diags = {0};
    bool json = false;
    int first, status;
    const struct option table[] = {{"json", OPTION_BOOL, &json, NULL, "print JSON; required"}, {0}};
    if (!options_expect(invocation, table, argc, argv, 0, 0, &first, &status))
        return status;
    if (!json)
        diagnostics_add(&diags, SEVERITY_ERROR, NULL, "The -json option is required",
                        "Schemas are printed as JSON alone: providers schema -json.");
    else if (workspace_schemas(invocation, &workspace, &diags))
        print_schemas(workspace.schemas);
    bool failed = report(invocation, NULL, &diags);
    workspace_close(&workspace, &diags);
    return failed ? EXIT_FAILED : EXIT_DONE;
}

const struct command command_providers_schema = {.name = "providers schema",
                                                 .summary = "Print the provider's schemas",
                                                 .usage = "-json",
                                                 .run = run_schema};
