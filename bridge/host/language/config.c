/* SPDX-License-Identifier: Apache-2.0
 *
 * config.c - a configuration as a whole: its files read one after another, held together, found in, and
 * freed.
 */
#include "config_reader.h"

#include "variable_type.h"

#include <stdlib.h>
#include <string.h>

struct root_block {
    const char *name;
    void (*read)(struct reader *reader, struct json_object *json, const struct place *place);
};

static void read_managed(struct reader *reader, struct json_object *json, const struct place *place)
{
    resources_read(reader, json, place, MODE_MANAGED);
}

static void read_data(struct reader *reader, struct json_object *json, const struct place *place)
{
    resources_read(reader, json, place, MODE_DATA);
}

/* In the same order as in the keywords below. */
static const struct root_block root_blocks[] = {{"terraform", terraform_read}, {"provider", providers_read},
                                                {"variable", variables_read},  {"locals", locals_read},
                                                {"resource", read_managed},    {"data", read_data},
                                                {"output", outputs_read},      {"import", imports_read},
                                                {"moved", moved_read},         {"removed", removed_read}};

static void read_root(struct reader *reader, struct json_object *body, const struct place *place,
                      const char *const *labels)
{
    static const struct keyword keywords[] = {{"terraform", NULL, NULL},
                                              {"provider", NULL, NULL},
                                              {"variable", NULL, NULL},
                                              {"locals", NULL, NULL},
                                              {"resource", NULL, NULL},
                                              {"data", NULL, NULL},
                                              {"output", NULL, NULL},
                                              {"import", NULL, NULL},
                                              {"moved", NULL, NULL},
                                              {"removed", NULL, NULL},
                                              {"module", "Modules", "Put the resources into this directory."},
                                              {"check", "Check blocks", "Remove them."},
                                              {"ephemeral", "Ephemeral resources", "Use data sources."},
                                              {"action", "Actions", "Remove them."}};
    (void)labels;
    keywords_check(reader, body, place, keywords, sizeof keywords / sizeof *keywords, "a configuration");
    for (size_t i = 0; i < sizeof root_blocks / sizeof *root_blocks; i++) {
        struct place here = {place, root_blocks[i].name, 0};
        struct json_object *member = body_member(body, root_blocks[i].name);
        if (member != NULL)
            root_blocks[i].read(reader, member, &here);
    }
}

static void read_source(struct reader *reader, const struct config_source *source)
{
    struct json_object *json = NULL;
    struct place root = {0};
    reader->file = source->name;
    if (!json_read(source->text, source->length, source->name, &json, reader->diags))
        return;
    if (json_object_is_type(json, json_type_object) || json_object_is_type(json, json_type_array))
        blocks_read(reader, json, &root, 0, "{\"resource\": {…}, …}", read_root);
    else
        reader_refuse(reader, &root, "Invalid JSON configuration",
                      "The root of %s must be an object or an array of objects.", source->name);
    json_object_put(json);
}

/* What its type is called by where required_providers says nothing: resource types begin with it. */
static bool set_default_name(struct config *config, const struct schema_set *schemas)
{
    const char *slash = strrchr(schemas->address, '/');
    const char *name = slash != NULL ? slash + 1 : schemas->address;
    size_t length = strlen(name);
    if (config->provider_name != NULL)
        return true;
    if (schemas->resource_count > 0) {
        name = schemas->resources[0].name;
        length = strcspn(name, "_");
    }
    config->provider_name = strndup(name, length);
    return config->provider_name != NULL;
}

/* Whether memory sufficed for all names and places: what follows relies on them. */
static bool is_whole(const struct config *config)
{
    bool whole = config->provider_name != NULL;
    for (size_t i = 0; i < config->variable_count; i++)
        whole = whole && config->variables[i].name != NULL && config->variables[i].origin.pointer != NULL;
    for (size_t i = 0; i < config->local_count; i++)
        whole = whole && config->locals[i].name != NULL && config->locals[i].origin.pointer != NULL;
    for (size_t i = 0; i < config->output_count; i++)
        whole = whole && config->outputs[i].name != NULL && config->outputs[i].origin.pointer != NULL;
    for (size_t i = 0; i < config->provider_count; i++)
        whole = whole && config->providers[i].name != NULL && config->providers[i].origin.pointer != NULL;
    for (size_t i = 0; i < config->resource_count; i++) {
        const struct config_resource *resource = &config->resources[i];
        whole = whole && resource->address.type != NULL && resource->address.name != NULL &&
                resource->origin.pointer != NULL;
    }
    return whole;
}

/* Reads the sources that the configuration holds. */
static struct config *load(struct config *config, const struct schema_set *schemas, struct diagnostics *diags)
{
    struct diagnostics mine = {0};
    struct reader reader = {.config = config, .schemas = schemas, .diags = &mine};
    for (size_t i = 0; i < config->source_count; i++)
        read_source(&reader, &config->sources[i]);
    if (!set_default_name(config, schemas))
        diagnostics_no_memory(&mine);
    if (is_whole(config)) {
        config_sort(&reader);
        config_check(&reader);
    }
    bool failed = mine.has_error;
    diagnostics_move(diags, &mine);
    if (!failed)
        return config;
    config_destroy(config);
    return NULL;
}

static struct config *create(const char *directory, struct diagnostics *diags)
{
    struct config *config = calloc(1, sizeof *config);
    if (config != NULL && (config->directory = strdup(directory)) != NULL)
        return config;
    free(config);
    diagnostics_no_memory(diags);
    return NULL;
}

struct config *config_load(const char *directory, const struct schema_set *schemas, struct diagnostics *diags)
{
    struct config *config = create(directory, diags);
    if (config == NULL)
        return NULL;
    if (sources_read(config, directory, diags))
        return load(config, schemas, diags);
    config_destroy(config);
    return NULL;
}

struct config *config_load_texts(const char *directory, size_t count, const char *const *names,
                                 const char *const *texts, const struct schema_set *schemas,
                                 struct diagnostics *diags)
{
    struct config *config = create(directory, diags);
    bool ok = config != NULL && (config->sources = calloc(count + 1, sizeof *config->sources)) != NULL;
    for (size_t i = 0; ok && i < count; i++) {
        struct config_source *source = &config->sources[config->source_count++];
        source->name = strdup(names[i]);
        source->text = strdup(texts[i]);
        source->length = strlen(texts[i]);
        ok = source->name != NULL && source->text != NULL;
    }
    if (ok)
        return load(config, schemas, diags);
    if (config != NULL)
        diagnostics_no_memory(diags);
    config_destroy(config);
    return NULL;
}

static int compare_variable(const void *name, const void *item)
{
    return strcmp(name, ((const struct config_variable *)item)->name);
}

static int compare_local(const void *name, const void *item)
{
    return strcmp(name, ((const struct config_local *)item)->name);
}

static int compare_resource(const void *address, const void *item)
{
    struct address key = *(const struct address *)address;
    key.key = NULL;
    return address_compare(&key, &((const struct config_resource *)item)->address);
}

const struct config_variable *config_variable_find(const struct config *config, const char *name)
{
    if (config->variable_count == 0)
        return NULL;
    return bsearch(name, config->variables, config->variable_count, sizeof *config->variables,
                   compare_variable);
}

const struct config_local *config_local_find(const struct config *config, const char *name)
{
    if (config->local_count == 0)
        return NULL;
    return bsearch(name, config->locals, config->local_count, sizeof *config->locals, compare_local);
}

const struct config_resource *config_resource_find(const struct config *config, const struct address *address)
{
    if (config->resource_count == 0)
        return NULL;
    return bsearch(address, config->resources, config->resource_count, sizeof *config->resources,
                   compare_resource);
}

static void clear_addresses(struct address *addresses, size_t count)
{
    for (size_t i = 0; i < count; i++)
        address_clear(&addresses[i]);
    free(addresses);
}

static void clear_resource(struct config_resource *resource)
{
    address_clear(&resource->address);
    free(resource->origin.pointer);
    free(resource->provider_name);
    free(resource->provider_alias);
    expression_destroy(resource->count);
    expression_destroy(resource->for_each);
    expression_destroy(resource->body);
    clear_addresses(resource->depends_on, resource->depends_count);
    for (size_t i = 0; i < resource->ignore_count; i++)
        free(resource->ignore_changes[i]);
    free(resource->ignore_changes);
}

static void clear_values(struct config *config)
{
    for (size_t i = 0; i < config->variable_count; i++) {
        struct config_variable *variable = &config->variables[i];
        free(variable->name);
        free(variable->description);
        free(variable->origin.pointer);
        variable_type_destroy(variable->type);
        typed_clear(&variable->default_value);
    }
    for (size_t i = 0; i < config->local_count; i++) {
        free(config->locals[i].name);
        free(config->locals[i].origin.pointer);
        expression_destroy(config->locals[i].value);
    }
    for (size_t i = 0; i < config->output_count; i++) {
        struct config_output *output = &config->outputs[i];
        free(output->name);
        free(output->description);
        free(output->origin.pointer);
        expression_destroy(output->value);
        clear_addresses(output->depends_on, output->depends_count);
    }
    free(config->variables);
    free(config->locals);
    free(config->outputs);
}

static void clear_refactorings(struct config *config)
{
    for (size_t i = 0; i < config->import_count; i++) {
        free(config->imports[i].origin.pointer);
        address_clear(&config->imports[i].to);
        expression_destroy(config->imports[i].id);
        expression_destroy(config->imports[i].identity);
    }
    for (size_t i = 0; i < config->moved_count; i++) {
        free(config->moved[i].origin.pointer);
        address_clear(&config->moved[i].from);
        address_clear(&config->moved[i].to);
    }
    for (size_t i = 0; i < config->removed_count; i++) {
        free(config->removed[i].origin.pointer);
        address_clear(&config->removed[i].from);
    }
    free(config->imports);
    free(config->moved);
    free(config->removed);
}

void config_destroy(struct config *config)
{
    if (config == NULL)
        return;
    for (size_t i = 0; i < config->resource_count; i++)
        clear_resource(&config->resources[i]);
    free(config->resources);
    for (size_t i = 0; i < config->provider_count; i++) {
        free(config->providers[i].name);
        free(config->providers[i].alias);
        free(config->providers[i].origin.pointer);
        expression_destroy(config->providers[i].body);
    }
    free(config->providers);
    clear_values(config);
    clear_refactorings(config);
    if (config->backend != NULL) {
        free(config->backend->type);
        free(config->backend->origin.pointer);
        json_object_put(config->backend->settings);
        free(config->backend);
    }
    for (size_t i = 0; i < config->source_count; i++) {
        free(config->sources[i].name);
        free(config->sources[i].text);
    }
    free(config->sources);
    free(config->provider_name);
    free(config->provider_source);
    free(config->directory);
    free(config);
}
