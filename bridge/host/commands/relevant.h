/* SPDX-License-Identifier: Apache-2.0
 *
 * relevant.h - which drift a plan tells of.
 */
#ifndef HOST_RELEVANT_H
#define HOST_RELEVANT_H

#include "../engine/changes.h"
#include "../engine/table.h"
#include "../language/config.h"

/* Collects what everything that is going to change refers to, through locals too. The names are the
 * configuration's. Start `referenced` zeroed and clear it with table_clear(). False without memory. */
bool relevant_collect(const struct config *config, const struct changes *changes, struct table *referenced);

/* Whether something that is going to change refers to a resource that has drifted, so that the drift may be
 * why. The drifted resource's own change shows the difference anyhow. */
bool relevant_drift(const struct table *referenced, const struct change *drift);

#endif
