/* SPDX-License-Identifier: Apache-2.0
 *
 * databases.h - which databases live where, as far as the token sees.
 */
#ifndef PLUGIN_DEVOPS_DATABASES_H
#define PLUGIN_DEVOPS_DATABASES_H

#include "../operation.h"
#include "shared.h"

#include <stddef.h>

/* Counts the databases that live in a cloud and region. *names: up to five of them and "and N more", as text
 * to be freed; NULL where there is none. */
int databases_in(struct operation *operation, const char *cloud, const char *region, enum freshness freshness,
                 size_t *count, char **names);

#endif
