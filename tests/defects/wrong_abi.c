/* SPDX-License-Identifier: Apache-2.0
 *
 * wrong_abi.c - The library of another release.
 */
#include "thing.h"

uint32_t thing_abi_version(void)
{
    return 2;
}
