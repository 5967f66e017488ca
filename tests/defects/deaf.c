/* SPDX-License-Identifier: Apache-2.0
 *
 * deaf.c - create does not return at all.
 */
#include "thing.h"

#include <unistd.h>

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
    for (;;)
        pause();
}
