/* SPDX-License-Identifier: Apache-2.0
 *
 * not_a_number.c - create hands a number out that is none.
 */
#include "thing.h"

int thing_create(struct session *session, const char *name, int32_t size, const char *labels, char **id,
                 char **note, double *ratio, const struct report *report)
{
    int status = good_create(session, name, size, labels, id, note, ratio, report);
    *ratio = __builtin_nan("");
    return status;
}
