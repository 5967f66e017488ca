/* SPDX-License-Identifier: Apache-2.0
 *
 * log_level.c - see log_level.h.
 */
#include "log_level.h"

#include <stdlib.h>
#include <strings.h>

enum log_level log_level_wanted(void)
{
    static const char *const names[] = {"off", "error", "warn", "info", "debug", "trace"};
    const char *name = getenv("TF_LOG_PROVIDER");
    if (!name || !*name)
        name = getenv("TF_LOG");
    if (!name || !*name)
        return LOG_NONE;
    for (int level = LOG_NONE; level <= LOG_TRACE; level++) {
        if (!strcasecmp(name, names[level]))
            return (enum log_level)level;
    }
    return LOG_TRACE; /* "JSON", and as Terraform does with anything else */
}
