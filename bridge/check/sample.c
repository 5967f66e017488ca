/* SPDX-License-Identifier: Apache-2.0
 *
 * sample.c - the sample file of --run: what of it is driven, in which order. The life of one resource is
 * life.c's part.
 */
#include "check.h"

#include "provider.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- functions --- */

static bool run_function(struct provider *provider, const char *name, struct json_object *sample)
{
    const struct schema *schema = schema_find(provider_schemas(provider), SCHEMA_FUNCTION, name);
    struct json_object *arguments = check_member(sample, "arguments"), *result = NULL, *expected = NULL;
    struct json_object *values[SCHEMA_MAX_ARGUMENTS];
    struct diagnostics diags = {0};
    check_begin(name, "call", &diags);
    size_t count = json_object_is_type(arguments, json_type_array) ? json_object_array_length(arguments) : 0;
    if (schema == NULL || count > SCHEMA_MAX_ARGUMENTS) {
        diagnostics_error(&diags, NULL, "The sample does not fit", "No function %s takes these arguments.",
                          name);
        return check_end(&diags);
    }
    for (size_t i = 0; i < count; i++)
        values[i] = json_object_array_get_idx(arguments, i);
    if (provider_call_function(provider, name, values, count, &result, &diags) &&
        json_object_object_get_ex(sample, "result", &expected) &&
        !value_equal(expected, result, &schema_result(schema)->type))
        diagnostics_error(&diags, NULL, "Another result", "It is %s, and the sample says %s.",
                          json_object_to_json_string(result), json_object_to_json_string(expected));
    json_object_put(result);
    return check_end(&diags);
}

/* --- the sample file --- */

static bool refuse_sample(const char *format, const char *file, const char *problem)
{
    struct diagnostics diags = {0};
    diagnostics_error(&diags, NULL, "The sample file can't be used", format, file, problem);
    check_print(stdout, "", &diags);
    return false;
}

/* The file's object, to be put; NULL after an error was printed. */
static struct json_object *sample_read(const char *file)
{
    struct json_object *sample = NULL;
    char *text = NULL, *problem = NULL;
    size_t size = 0;
    FILE *in = fopen(file, "re");
    ssize_t length = in != NULL ? getdelim(&text, &size, '\0', in) : -1;
    if (length < 0)
        refuse_sample("%s: %s.", file, in == NULL ? strerror(errno) : "there is nothing in it");
    else if (!value_from_text(text, (size_t)length, &sample, &problem))
        refuse_sample("%s: %s.", file, problem != NULL ? problem : "no memory");
    else if (!json_object_is_type(sample, json_type_object)) {
        refuse_sample(
            "%s: %s.", file,
            "it must be {\"provider\": {…}, \"resources\": {TYPE: {\"config\": {…}, \"update\": {…}}}}");
        json_object_put(sample);
        sample = NULL;
    }
    if (in != NULL)
        fclose(in);
    free(problem);
    free(text);
    return sample;
}

static bool run_configure(struct provider *provider, struct json_object *sample)
{
    struct diagnostics diags = {0};
    struct json_object *config = check_member(sample, "provider");
    config = config != NULL ? json_object_get(config) : json_object_new_object();
    check_begin("provider", "open", &diags);
    if (provider_load(provider, &diags))
        provider_configure(provider, config, &diags);
    json_object_put(config);
    return check_end(&diags);
}

static bool run_sample(struct provider *provider, const char *file, struct json_object *sample)
{
    const struct schema_set *set = provider_schemas(provider);
    struct json_object *resources = check_member(sample, "resources"),
                       *functions = check_member(sample, "functions");
    bool ok = true;
    for (size_t i = 0; i < set->resource_count; i++) {
        const struct schema *schema = &set->resources[i];
        struct json_object *one = check_member(resources, schema->name),
                           *changes = check_member(one, "update");
        struct json_object *config = check_member(one, "config");
        if (!json_object_is_type(config, json_type_object)) {
            printf("%s: left out: %s has no \"config\" for it\n", schema->name, file);
            continue;
        }
        ok = check_life(provider, schema, config,
                        json_object_is_type(changes, json_type_object) ? changes : NULL) &&
             ok;
    }
    if (json_object_is_type(resources, json_type_object)) {
        json_object_object_foreach(resources, name, unused)
        {
            (void)unused;
            if (schema_find(set, SCHEMA_RESOURCE, name) == NULL)
                ok = refuse_sample("%s: there is no resource type \"%s\".", file, name);
        }
    }
    if (json_object_is_type(functions, json_type_object)) {
        json_object_object_foreach(functions, name, one) ok = run_function(provider, name, one) && ok;
    }
    return ok;
}

bool check_run(const char *directory, const char *sample_file, unsigned timeout_seconds)
{
    struct diagnostics diags = {0};
    struct json_object *sample = sample_read(sample_file);
    if (sample == NULL)
        return false;
    struct provider *provider = provider_create(directory, NULL, &diags);
    bool ok = provider != NULL && check_watch_start(provider, timeout_seconds);
    if (ok) {
        ok = run_configure(provider, sample) && run_sample(provider, sample_file, sample);
        check_watch_stop();
    }
    ok = !check_print(stdout, "", &diags) && ok;
    check_step("close");
    provider_destroy(provider);
    json_object_put(sample);
    return ok;
}
