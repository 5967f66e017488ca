/* SPDX-License-Identifier: Apache-2.0
 *
 * call_overhead.c - what a callback costs through schema and libffi beside the same C call made directly:
 * four values in, two out, one of them a string to be released. Prints JSON: nanoseconds, medians of rounds
 * taken in turn. It asserts nothing.
 */
#include "call.h"
#include "library.h"
#include "schema.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 301, CALLS = 2000 };

struct report;
typedef int create_function(const char *name, const char *region, int32_t size, bool enabled, char **id,
                            int64_t *revision, const struct report *report);

static const char name_text[] = "a-thing", region_text[] = "us-east-2";

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int64_t direct(create_function *create)
{
    int64_t sum = 0;
    for (int i = 0; i < CALLS; i++) {
        char *id = NULL;
        int64_t revision = 0;
        if (create(name_text, region_text, i, true, &id, &revision, NULL) != 0)
            exit(EXIT_FAILURE);
        sum += revision;
        free(id);
    }
    return sum;
}

static void bridged(const struct schema_callback *callback, struct json_object *object)
{
    for (int i = 0; i < CALLS; i++) {
        struct diagnostics diags = {0};
        struct call_frame frame = {.object = object};
        call_report_init(&frame, &diags);
        if (call_run(callback, &frame) != CALL_DONE)
            exit(EXIT_FAILURE);
        call_frame_clear(&frame);
        diagnostics_clear(&diags);
    }
}

static int compare(const void *a, const void *b)
{
    const double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static double median(double *values)
{
    qsort(values, ROUNDS, sizeof *values, compare);
    return values[ROUNDS / 2];
}

static create_function *find_create(const struct schema_set *set)
{
    char *path = library_path(set);
    void *library = path != NULL ? dlopen(path, RTLD_NOW) : NULL;
    union {
        void *data;
        create_function *function;
    } found = {.data = library != NULL ? dlsym(library, "bench_thing_create") : NULL};
    free(path);
    return found.function;
}

int main(void)
{
    static double direct_ns[ROUNDS], bridged_ns[ROUNDS];
    struct diagnostics diags = {0};
    struct schema_set *set = schema_set_load(SCHEMAS, &diags);
    create_function *create = set != NULL && library_load(set, &diags) ? find_create(set) : NULL;
    if (create == NULL) {
        fprintf(stderr, "The plugin can't be loaded: %s\n", diags.count > 0 ? diags.items[0].detail : "");
        return EXIT_FAILURE;
    }
    struct json_object *object = json_object_new_object();
    json_object_object_add(object, "name", json_object_new_string(name_text));
    json_object_object_add(object, "region", json_object_new_string(region_text));
    json_object_object_add(object, "size", json_object_new_int(3));
    json_object_object_add(object, "enabled", json_object_new_boolean(true));
    int64_t sum = 0;
    for (int i = 0; i < ROUNDS; i++) {
        int64_t begin = now();
        sum += direct(create);
        int64_t middle = now();
        bridged(set->resources[0].callbacks[CALLBACK_CREATE], object);
        int64_t end = now();
        direct_ns[i] = (double)(middle - begin) / CALLS;
        bridged_ns[i] = (double)(end - middle) / CALLS;
    }
    double one = median(direct_ns), other = median(bridged_ns);
    printf("{\"direct_ns\": %.0f, \"bridged_ns\": %.0f, \"more_ns\": %.0f}\n", one, other, other - one);
    json_object_put(object);
    library_release(set);
    schema_set_destroy(set);
    return sum != 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
