/* SPDX-License-Identifier: Apache-2.0
 *
 * show_json.h - states and plans in the JSON that Terraform's `show -json` prints, format version 1.
 */
#ifndef HOST_SHOW_JSON_H
#define HOST_SHOW_JSON_H

#include "../engine/changes.h"
#include "../state/state.h"

/* Each prints one document, in one line, to standard output. False after an error. */
bool show_state_json(const struct state *state, const struct schema_set *schemas, struct diagnostics *diags);
bool show_plan_json(const struct saved_plan *plan, const struct schema_set *schemas,
                    struct diagnostics *diags);

#endif
