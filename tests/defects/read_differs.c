/* SPDX-License-Identifier: Apache-2.0
 *
 * read_differs.c - read hands another size out than was asked for.
 */
#include "thing.h"

int thing_read(struct session *session, const char *name, char **found_name, int32_t *size, char **labels,
               char **id, char **note, double *ratio, const struct report *report)
{
    int status = good_read(session, name, found_name, size, labels, id, note, ratio, report);
    *size += 1;
    return status;
}
