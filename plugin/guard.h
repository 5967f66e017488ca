/* SPDX-License-Identifier: Apache-2.0
 *
 * guard.h - what both resources check alike: their arguments, and that no database needs what is
 * about to be removed.
 */
#ifndef PLUGIN_GUARD_H
#define PLUGIN_GUARD_H

#include "devops/shared.h"
#include "operation.h"

/* Sets *cloud to the cloud's name in lower case, static, or fails: it is none, or the region is empty or has
 * blanks. */
int guard_place(struct operation *operation, const char *cloud_provider, const char *region,
                const char **cloud);

/* Fails with ASTRA_CONFLICT while a database lives there or that can't be seen. */
int guard_databases(struct operation *operation, const char *cloud, const char *region,
                    enum freshness freshness);

/* Sets an output to a copy of `text` (NULL: there was no memory for it); any output may be NULL. */
int guard_output(struct operation *operation, char **output, const char *text);

/* Likewise "aws/us-east-2", and behind another slash `last`, which may be NULL. */
int guard_output_id(struct operation *operation, char **output, const char *cloud, const char *region,
                    const char *last);

#endif
