/* SPDX-License-Identifier: Apache-2.0
 *
 * changes_identity.c - read hands out another id than create.
 */
#include "thing.h"

int thing_read(struct session *session, const char *name, char **found_name, int32_t *size, char **labels,
               char **id, char **note, double *ratio, const struct report *report)
{
    int status = good_read(session, name, found_name, size, labels, id, note, ratio, report);
    if (status == DONE)
        (*id)[0] = 'T';
    return status;
}
