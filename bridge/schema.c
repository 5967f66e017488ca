/* SPDX-License-Identifier: Apache-2.0
 *
 * schema.c - a whole directory of schemas: found, read, sorted, looked up. What one file says is
 * schema_read.c's part.
 */
#include "schema_internal.h"

#include "trust.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The set that callers see, and the memory that all of it lies in. */
struct loaded_set {
    struct schema_set set; /* first: a pointer to it is a pointer to the whole */
    struct pool pool;
};

static void file_load(struct loaded_set *loaded, const char *folder, const char *file, struct schema *schema,
                      struct diagnostics *diags)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s%s%s.json", loaded->set.directory, folder, folder[0] != '\0' ? "/" : "", file) <
        0) {
        loaded->pool.failed = true;
        return;
    }
    schema->name = pool_text(&loaded->pool, file);
    schema->file = pool_text(&loaded->pool, path);
    free(path);
    struct reader reader = {&loaded->pool, diags, &loaded->set, schema};
    if (schema->name == NULL || schema->file == NULL)
        return;
    if (!schema_name_valid(file))
        schema_problem(
            &reader, &(struct place){0}, "Bad file name",
            "The file's name becomes a name in Terraform: lower-case letters, digits and \"_\", and no "
            "digit first. Rename it.");
    schema_file_read(&reader, &loaded->set);
}

static int is_schema_file(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return entry->d_name[0] != '.' && length > 5 && strcmp(entry->d_name + length - 5, ".json") == 0;
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* Opens a directory, which may be missing: -1 then, and after an error. */
static int folder_open(const char *path, struct diagnostics *diags)
{
    struct stat found;
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0 && errno == ENOENT)
        return -1;
    if (folder < 0 || fstat(folder, &found) != 0)
        diagnostics_error(diags, NULL, "Schemas can't be read", "%s: %s.", path, strerror(errno));
    else if (trust_file(path, &found, diags))
        return folder;
    if (folder >= 0)
        close(folder);
    return -1;
}

/* Loads every file of a folder, which may be missing. */
static void folder_load(struct loaded_set *loaded, const char *folder, enum schema_kind kind,
                        struct schema **schemas, size_t *count, struct diagnostics *diags)
{
    struct dirent **entries = NULL;
    char *path = NULL;
    if (asprintf(&path, "%s/%s", loaded->set.directory, folder) < 0) {
        loaded->pool.failed = true;
        return;
    }
    int directory = folder_open(path, diags);
    int found = directory >= 0 ? scandirat(directory, ".", &entries, is_schema_file, compare_names) : 0;
    if (found < 0)
        diagnostics_error(diags, NULL, "Schemas can't be read", "%s: %s.", path, strerror(errno));
    if (directory >= 0)
        close(directory);
    free(path);
    *schemas = found > 0 ? pool_alloc(&loaded->pool, (size_t)found, sizeof **schemas) : NULL;
    for (int i = 0; i < found; i++) {
        if (*schemas != NULL && !loaded->pool.failed) {
            struct schema *schema = &(*schemas)[(*count)++];
            schema->kind = kind;
            entries[i]->d_name[strlen(entries[i]->d_name) - 5] = '\0';
            file_load(loaded, folder, entries[i]->d_name, schema, diags);
        }
        free(entries[i]);
    }
    free(entries);
}

/* "a" and "a_b" sort otherwise with ".json" behind them. */
static int compare_schemas(const void *a, const void *b)
{
    const struct schema *left = a, *right = b;
    return strcmp(left->name, right->name);
}

static void schemas_sort(struct schema *schemas, size_t count)
{
    if (schemas != NULL && count > 1)
        qsort(schemas, count, sizeof *schemas, compare_schemas);
}

struct schema_set *schema_set_read(const char *directory, struct diagnostics *diags)
{
    struct loaded_set *loaded = calloc(1, sizeof *loaded);
    if (loaded == NULL) {
        diagnostics_no_memory(diags);
        return NULL;
    }
    struct schema_set *set = &loaded->set;
    set->directory = pool_text(&loaded->pool, directory);
    set->provider.kind = SCHEMA_PROVIDER;
    if (set->directory != NULL) {
        struct stat found;
        if (stat(set->directory, &found) == 0) /* else the file tells what is the matter */
            trust_file(set->directory, &found, diags);
        file_load(loaded, "", "provider", &set->provider, diags);
        folder_load(loaded, "resources", SCHEMA_RESOURCE, &set->resources, &set->resource_count, diags);
        folder_load(loaded, "data-sources", SCHEMA_DATA_SOURCE, &set->data_sources, &set->data_source_count,
                    diags);
        folder_load(loaded, "functions", SCHEMA_FUNCTION, &set->functions, &set->function_count, diags);
    }
    if (loaded->pool.failed) {
        diagnostics_no_memory(diags);
        schema_set_destroy(set);
        return NULL;
    }
    schemas_sort(set->resources, set->resource_count);
    schemas_sort(set->data_sources, set->data_source_count);
    schemas_sort(set->functions, set->function_count);
    return set;
}

struct schema_set *schema_set_load(const char *directory, struct diagnostics *diags)
{
    struct diagnostics found = {0};
    struct schema_set *set = schema_set_read(directory, &found);
    bool ok = !found.has_error;
    diagnostics_move(diags, &found);
    if (!ok) {
        schema_set_destroy(set);
        return NULL;
    }
    return set;
}

void schema_set_destroy(struct schema_set *set)
{
    struct loaded_set *loaded = (struct loaded_set *)set;
    if (loaded == NULL)
        return;
    pool_clear(&loaded->pool);
    free(loaded);
}

static int compare_name(const void *key, const void *element)
{
    const struct schema *schema = element;
    return strcmp(key, schema->name);
}

const struct schema *schema_find(const struct schema_set *set, enum schema_kind kind, const char *name)
{
    const struct schema *schemas = NULL;
    size_t count = 0;
    switch (kind) {
    case SCHEMA_PROVIDER:
        return &set->provider;
    case SCHEMA_RESOURCE:
        schemas = set->resources;
        count = set->resource_count;
        break;
    case SCHEMA_DATA_SOURCE:
        schemas = set->data_sources;
        count = set->data_source_count;
        break;
    case SCHEMA_FUNCTION:
        schemas = set->functions;
        count = set->function_count;
        break;
    }
    return count > 0 ? bsearch(name, schemas, count, sizeof *schemas, compare_name) : NULL;
}

const struct schema_attribute *schema_attribute_find(const struct schema_object *object, const char *name)
{
    for (size_t i = 0; i < object->count; i++)
        if (strcmp(object->attributes[i].name, name) == 0)
            return &object->attributes[i];
    return NULL;
}
