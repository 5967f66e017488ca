/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_schema.c - a folder of schemas, every file of it any bytes. What is wrong is told by file; what is
 * taken can be shown to Terraform and validate values.
 *
 * Input: fields: provider.json, a resource, a data source, a function.
 */
#include "fuzz.h"

#include "arena.h"
#include "message.h"
#include "schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const folders[] = {"resources", "data-sources", "functions"};
static const char *const files[] = {"provider.json", "resources/thing.json", "data-sources/thing.json",
                                    "functions/thing.json"};

/* The folders, once a process. */
static void prepare(void)
{
    static bool done;
    char path[300];
    for (size_t i = 0; !done && i < sizeof folders / sizeof *folders; i++) {
        snprintf(path, sizeof path, "%s/%s", fuzz_folder(), folders[i]);
        CHECK(mkdir(path, 0700) == 0);
    }
    done = true;
}

static void use(const struct schema *schema)
{
    struct arena arena = {0};
    struct diagnostics diags = {0};
    struct json_object *empty = json_object_new_object();
    schema_validate(schema, empty, &diags);
    fuzz_check_diagnostics(&diags, !diags.has_error);
    if (schema->kind == SCHEMA_FUNCTION)
        CHECK(message_function(&arena, schema) != NULL);
    else
        CHECK(message_schema(&arena, schema) != NULL);
    if (schema->identity_count > 0)
        CHECK(message_identity_schema(&arena, schema) != NULL);
    for (size_t i = 0; i < schema->object.count; i++) {
        CHECK(schema_attribute_find(&schema->object, schema->object.attributes[i].name) != NULL);
        CHECK(message_type(&arena, &schema->object.attributes[i].type) != NULL);
    }
    json_object_put(empty);
    diagnostics_clear(&diags);
    arena_finish(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct diagnostics diags = {0};
    prepare();
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        size_t length;
        char *text = fuzz_field(&input, &length), path[300];
        if (length > 0 || i == 0) {
            fuzz_file_write(files[i], text, length);
        } else {
            snprintf(path, sizeof path, "%s/%s", fuzz_folder(), files[i]);
            unlink(path);
        }
        free(text);
    }
    struct schema_set *set = schema_set_read(fuzz_folder(), &diags);
    CHECK(set != NULL);
    fuzz_check_diagnostics(&diags, !diags.has_error);
    for (size_t i = 0; i < diags.count; i++)
        CHECK(strstr(diags.items[i].detail, ".json") != NULL);
    if (!diags.has_error) {
        use(&set->provider);
        for (size_t i = 0; i < set->resource_count; i++)
            use(&set->resources[i]);
        for (size_t i = 0; i < set->data_source_count; i++)
            use(&set->data_sources[i]);
        for (size_t i = 0; i < set->function_count; i++)
            use(&set->functions[i]);
    }
    schema_set_destroy(set);
    diagnostics_clear(&diags);
    return 0;
}
