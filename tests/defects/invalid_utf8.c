/* SPDX-License-Identifier: Apache-2.0
 *
 * invalid_utf8.c - create hands a text out that is not UTF-8.
 */
#include "thing.h"

int thing_create(struct session *session, const char *name, int32_t size, const char *labels, char **id,
                 char **note, double *ratio, const struct report *report)
{
    int status = good_create(session, name, size, labels, id, note, ratio, report);
    (*note)[0] = (char)0xff;
    return status;
}
