/* SPDX-License-Identifier: Apache-2.0
 *
 * address.c - see address.h.
 */
#include "address.h"
