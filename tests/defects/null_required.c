/* SPDX-License-Identifier: Apache-2.0
 *
 * null_required.c - read finds the thing, and hands NULL out for its name, which is required.
 */
#include "thing.h"

int thing_read(struct session *session, const char *name, char **found_name, int32_t *size, char **labels,
               char **id, char **note, double *ratio, const struct report *report)
{
    int status = good_read(session, name, found_name, size, labels, id, note, ratio, report);
    free(*found_name);
    *found_name = NULL;
    return status;
}
