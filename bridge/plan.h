/* SPDX-License-Identifier: Apache-2.0
 *
 * plan.h - what a configuration makes of a prior state, by the schema alone: no plugin, no
 * session. provider.h's provider_plan() adds the plugin's own checks.
 */
#ifndef BRIDGE_PLAN_H
#define BRIDGE_PLAN_H

#include "provider.h"

/* Fills plan->planned, operation and replace. prior NULL: it does not exist; config NULL: destroy.
 *
 * An attribute is planned as configured; where the configuration says null, as its default; where it is
 * read-only, as it was, or unknown when it is about to be made (create, replace, or handed out by update).
 * Attributes marked immutable that differ force a replacement; then read-only ones are unknown again. */
bool plan_resource(const struct schema *schema, const struct json_object *prior,
                   const struct json_object *config, struct plan *plan, struct diagnostics *diags);

/* Puts a saved or imported object into the schema's form: unknown members go, absent ones take their
 * default (at any depth) or null. A new tree, NULL without memory. */
struct json_object *plan_conform(const struct schema_object *object, const struct json_object *value);

#endif
