/* SPDX-License-Identifier: Apache-2.0
 *
 * symbol_missing.c - thing_delete is not exported.
 */
#include "thing.h"

__attribute__((visibility("hidden"))) int thing_delete(struct session *session, const char *name,
                                                       const struct report *report)
{
    return good_delete(session, name, report);
}
