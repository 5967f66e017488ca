/* SPDX-License-Identifier: Apache-2.0
 *
 * out_of_bounds.c - read hands an integer out that is above its maximum.
 */
#include "thing.h"

int thing_read(struct session *session, const char *name, char **found_name, int32_t *size, char **labels,
               char **id, char **note, double *ratio, const struct report *report)
{
    int status = good_read(session, name, found_name, size, labels, id, note, ratio, report);
    *size = 1000;
    return status;
}
