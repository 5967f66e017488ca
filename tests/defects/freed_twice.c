/* SPDX-License-Identifier: Apache-2.0
 *
 * freed_twice.c - create of a thing called "bad" hands the same memory out twice, so that it is released
 * twice.
 */
#include "thing.h"

int thing_create(struct session *session, const char *name, int32_t size, const char *labels, char **id,
                 char **note, double *ratio, const struct report *report)
{
    int status = good_create(session, name, size, labels, id, note, ratio, report);
    if (strcmp(name, "bad") != 0)
        return status;
    /* Of a size that nobody else asks for: what was released first is still free when it is released again.
     */
    char *text = calloc(1, 1000);
    if (text == NULL)
        return FAILED;
    memset(text, 'x', 500);
    free(*id);
    free(*note);
    *id = *note = text;
    return status;
}
