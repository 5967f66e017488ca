/* SPDX-License-Identifier: Apache-2.0
 *
 * no_release.c - Nothing releases what is handed out.
 */
#include "thing.h"

__attribute__((visibility("hidden"))) void thing_free(void *memory)
{
    free(memory);
}
