/* SPDX-License-Identifier: Apache-2.0
 *
 * not_found.c - read does not find what was just made.
 */
#include "thing.h"

int thing_read(struct session *session, const char *name, char **found_name, int32_t *size, char **labels,
               char **id, char **note, double *ratio, const struct report *report)
{
    (void)session;
    (void)name;
    (void)found_name;
    (void)size;
    (void)labels;
    (void)id;
    (void)note;
    (void)ratio;
    (void)report;
    return GONE;
}
