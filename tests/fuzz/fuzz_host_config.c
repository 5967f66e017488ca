/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_host_config.c - two files of a configuration, *.tf.json. What is wrong is told by file; of what is
 * taken, everything is found by its name, and every place has a line and a column.
 */
#include "fuzz.h"

#include "config.h"
#include "provider.h"

#include <stdlib.h>
#include <string.h>

enum { FILES = 2 };

static bool visit(void *context, const struct reference *reference, const char *pointer)
{
    (void)context;
    CHECK(reference->name != NULL && *reference->name != '\0' && pointer != NULL);
    return true;
}

static void check_place(const struct config *config, const struct origin *origin)
{
    const struct config_source *source = NULL;
    size_t line = 0, column = 0, offset = 0;
    for (size_t i = 0; i < config->source_count; i++)
        if (strcmp(config->sources[i].name, origin->file) == 0)
            source = &config->sources[i];
    CHECK(source != NULL && config_locate(source, origin->pointer, &line, &column, &offset));
    CHECK(line > 0 && column > 0 && offset <= source->length);
}

static void check_expression(const struct expression *expression)
{
    if (expression != NULL)
        CHECK(expression_references(expression, visit, NULL));
}

static void check_config(const struct config *config)
{
    for (size_t i = 0; i < config->variable_count; i++) {
        CHECK(config_variable_find(config, config->variables[i].name) == &config->variables[i]);
        check_place(config, &config->variables[i].origin);
    }
    for (size_t i = 0; i < config->local_count; i++) {
        CHECK(config_local_find(config, config->locals[i].name) == &config->locals[i]);
        check_place(config, &config->locals[i].origin);
        check_expression(config->locals[i].value);
    }
    for (size_t i = 0; i < config->output_count; i++) {
        check_place(config, &config->outputs[i].origin);
        check_expression(config->outputs[i].value);
    }
    for (size_t i = 0; i < config->resource_count; i++) {
        const struct config_resource *resource = &config->resources[i];
        CHECK(config_resource_find(config, &resource->address) == resource);
        CHECK(resource->count == NULL || resource->for_each == NULL);
        check_place(config, &resource->origin);
        check_expression(resource->count);
        check_expression(resource->for_each);
        check_expression(resource->body);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[FILES] = {"a.tf.json", "b.tf.json"};
    static struct provider *provider;
    struct fuzz_input input = {data, size};
    struct diagnostics diags = {0};
    char *texts[FILES];
    if (provider == NULL)
        provider = fuzz_provider(SCHEMAS);
    for (size_t i = 0; i < FILES; i++)
        texts[i] = fuzz_field(&input, NULL);
    struct config *config = config_load_texts("here", *texts[1] != '\0' ? 2 : 1, names,
                                              (const char *const *)texts, provider_schemas(provider), &diags);
    fuzz_check_diagnostics(&diags, config != NULL);
    if (config != NULL)
        check_config(config);
    config_destroy(config);
    diagnostics_clear(&diags);
    for (size_t i = 0; i < FILES; i++)
        free(texts[i]);
    return 0;
}
