/* SPDX-License-Identifier: Apache-2.0
 *
 * exits.c - create of a thing called "bad" ends the process.
 */
#include "thing.h"

int thing_create(struct session *session, const char *name, int32_t size, const char *labels, char **id,
                 char **note, double *ratio, const struct report *report)
{
    if (strcmp(name, "bad") == 0)
        exit(3);
    return good_create(session, name, size, labels, id, note, ratio, report);
}
