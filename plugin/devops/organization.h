/* SPDX-License-Identifier: Apache-2.0
 *
 * organization.h - whose token it is.
 */
#ifndef PLUGIN_DEVOPS_ORGANIZATION_H
#define PLUGIN_DEVOPS_ORGANIZATION_H

#include "../operation.h"

/* The token's organization, asked for once a session: a new string. Fails with ASTRA_PERMISSION_DENIED where
 * it is not the session's `organization_id`, nor `expected` (may be NULL or ""), if these are set. */
int organization_get(struct operation *operation, const char *expected, char **organization_id);

#endif
