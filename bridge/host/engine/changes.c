/* SPDX-License-Identifier: Apache-2.0
 *
 * changes.c - see changes.h.
 */
#include "changes.h"
