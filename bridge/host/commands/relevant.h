/* SPDX-License-Identifier: Apache-2.0
 *
 * relevant.h - which drift a plan tells of.
 */
#ifndef HOST_RELEVANT_H
#define HOST_RELEVANT_H

#include "../engine/changes.h"
#include "../language/config.h"

/* Whether something that is going to change refers to a resource that has drifted, so that the drift may be
 * why. The drifted resource's own change shows the difference anyhow. */
bool relevant_drift(const struct config *config, const struct changes *changes, const struct change *drift);

#endif
