/* SPDX-License-Identifier: Apache-2.0
 *
 * never_returns.c - create of a thing called "bad" does not return until it is cancelled.
 */
#include "thing.h"

int thing_create(struct session *session, const char *name, int32_t size, const char *labels, char **id,
                 char **note, double *ratio, const struct report *report)
{
    if (strcmp(name, "bad") != 0)
        return good_create(session, name, size, labels, id, note, ratio, report);
    wait_for_cancel(session, name);
    report->add(report, 1, NULL, "Cancelled", "The thing was not made.");
    return FAILED;
}
