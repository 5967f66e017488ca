/* SPDX-License-Identifier: Apache-2.0
 *
 * status_out_of_range.c - create returns a status that nobody has heard of.
 */
#include "thing.h"

int thing_create(struct session *session, const char *name, int32_t size, const char *labels, char **id,
                 char **note, double *ratio, const struct report *report)
{
    (void)session;
    (void)name;
    (void)size;
    (void)labels;
    (void)id;
    (void)note;
    (void)ratio;
    (void)report;
    return -4711;
}
