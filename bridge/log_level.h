/* SPDX-License-Identifier: Apache-2.0
 *
 * log_level.h - how much the user wants to read in logs. Where lines go and what they look like is each
 * program's.
 */
#ifndef BRIDGE_LOG_LEVEL_H
#define BRIDGE_LOG_LEVEL_H

#include "provider.h"

/* The level that TF_LOG_PROVIDER, or else TF_LOG, asks for; LOG_NONE without them. */
enum log_level log_level_wanted(void);

#endif
