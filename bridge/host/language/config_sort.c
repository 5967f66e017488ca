/* SPDX-License-Identifier: Apache-2.0
 *
 * config_sort.c - what has names, sorted by them, so that it is found fast and twins stand side by side.
 */
#include "config_reader.h"

#include <stdlib.h>
#include <string.h>

/* Twins in the order they were written: files are read by name. */
static int compare_origins(const struct origin *a, const struct origin *b)
{
    int order = strcmp(a->file, b->file);
    if (order == 0)
        order = strverscmp(a->pointer, b->pointer);
    return order;
}

static int compare_variables(const void *left, const void *right)
{
    const struct config_variable *a = left, *b = right;
    int order = strcmp(a->name, b->name);
    return order != 0 ? order : compare_origins(&a->origin, &b->origin);
}

static int compare_locals(const void *left, const void *right)
{
    const struct config_local *a = left, *b = right;
    int order = strcmp(a->name, b->name);
    return order != 0 ? order : compare_origins(&a->origin, &b->origin);
}

static int compare_outputs(const void *left, const void *right)
{
    const struct config_output *a = left, *b = right;
    int order = strcmp(a->name, b->name);
    return order != 0 ? order : compare_origins(&a->origin, &b->origin);
}

/* By alias, the default one first. */
static int compare_aliases(const struct config_provider *a, const struct config_provider *b)
{
    if (a->alias == NULL || b->alias == NULL)
        return (a->alias != NULL) - (b->alias != NULL);
    return strcmp(a->alias, b->alias);
}

static int compare_providers(const void *left, const void *right)
{
    const struct config_provider *a = left, *b = right;
    int order = compare_aliases(a, b);
    return order != 0 ? order : compare_origins(&a->origin, &b->origin);
}

static int compare_resources(const void *left, const void *right)
{
    const struct config_resource *a = left, *b = right;
    int order = address_compare(&a->address, &b->address);
    return order != 0 ? order : compare_origins(&a->origin, &b->origin);
}

/* Says that a name is there twice. `what` is like "variable". */
static void refuse_twin(struct reader *reader, const char *summary, const char *what, const char *name,
                        const struct origin *first, const struct origin *second)
{
    char *place = origin_text(reader->config, first);
    origin_refuse(second, reader->diags, summary,
                  "A %s named \"%s\" was already declared at %s. Names must be unique: rename or remove one.",
                  what, name, place != NULL ? place : first->file);
    free(place);
}

static void sort_values(struct reader *reader)
{
    struct config *config = reader->config;
    if (config->variable_count > 0)
        qsort(config->variables, config->variable_count, sizeof *config->variables, compare_variables);
    if (config->local_count > 0)
        qsort(config->locals, config->local_count, sizeof *config->locals, compare_locals);
    if (config->output_count > 0)
        qsort(config->outputs, config->output_count, sizeof *config->outputs, compare_outputs);
    for (size_t i = 1; i < config->variable_count; i++)
        if (strcmp(config->variables[i - 1].name, config->variables[i].name) == 0)
            refuse_twin(reader, "Duplicate variable declaration", "variable", config->variables[i].name,
                        &config->variables[i - 1].origin, &config->variables[i].origin);
    for (size_t i = 1; i < config->local_count; i++)
        if (strcmp(config->locals[i - 1].name, config->locals[i].name) == 0)
            refuse_twin(reader, "Duplicate local value definition", "local value", config->locals[i].name,
                        &config->locals[i - 1].origin, &config->locals[i].origin);
    for (size_t i = 1; i < config->output_count; i++)
        if (strcmp(config->outputs[i - 1].name, config->outputs[i].name) == 0)
            refuse_twin(reader, "Duplicate output definition", "output", config->outputs[i].name,
                        &config->outputs[i - 1].origin, &config->outputs[i].origin);
}

static void refuse_twin_resource(struct reader *reader, const struct config_resource *first,
                                 const struct config_resource *second)
{
    char *place = origin_text(reader->config, &first->origin), *name = address_text(&first->address, true);
    bool data = first->address.mode == MODE_DATA;
    origin_refuse(&second->origin, reader->diags,
                  data ? "Duplicate data source configuration" : "Duplicate resource configuration",
                  "%s was already declared at %s. Names must be unique per type: rename or remove one.",
                  name != NULL ? name : "It", place != NULL ? place : first->origin.file);
    free(place);
    free(name);
}

void config_sort(struct reader *reader)
{
    struct config *config = reader->config;
    sort_values(reader);
    if (config->provider_count > 0)
        qsort(config->providers, config->provider_count, sizeof *config->providers, compare_providers);
    if (config->resource_count > 0)
        qsort(config->resources, config->resource_count, sizeof *config->resources, compare_resources);
    for (size_t i = 1; i < config->provider_count; i++) {
        const struct config_provider *first = &config->providers[i - 1], *second = &config->providers[i];
        char *place = NULL;
        if (compare_aliases(first, second) != 0 || strcmp(first->name, second->name) != 0)
            continue;
        place = origin_text(config, &first->origin);
        origin_refuse(&second->origin, reader->diags, "Duplicate provider configuration",
                      "%s%s%s of the provider \"%s\" was already given at %s. Give each further one an "
                      "\"alias\" of its own.",
                      first->alias != NULL ? "The configuration \"" : "The default configuration",
                      first->alias != NULL ? first->alias : "", first->alias != NULL ? "\"" : "", first->name,
                      place != NULL ? place : first->origin.file);
        free(place);
    }
    for (size_t i = 1; i < config->resource_count; i++)
        if (address_same_resource(&config->resources[i - 1].address, &config->resources[i].address))
            refuse_twin_resource(reader, &config->resources[i - 1], &config->resources[i]);
}
