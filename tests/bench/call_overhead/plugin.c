/* SPDX-License-Identifier: Apache-2.0
 *
 * plugin.c - a callback that does next to nothing, so that what is around it can be measured.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct report;

int bench_thing_create(const char *name, const char *region, int32_t size, bool enabled, char **id,
                       int64_t *revision, const struct report *report);

__attribute__((visibility("default"))) int bench_thing_create(const char *name, const char *region,
                                                              int32_t size, bool enabled, char **id,
                                                              int64_t *revision, const struct report *report)
{
    (void)report;
    *id = strdup(name);
    *revision = size + (enabled ? 1 : 0) + region[0];
    return *id != NULL ? 0 : 2;
}
