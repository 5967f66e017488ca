/* SPDX-License-Identifier: Apache-2.0
 *
 * deletes_once.c - delete of a thing that is gone fails.
 */
#include "thing.h"

int thing_delete(struct session *session, const char *name, const struct report *report)
{
    char *found_name = NULL, *labels = NULL, *id = NULL, *note = NULL;
    int32_t size = 0;
    double ratio = 0;
    int status = good_read(session, name, &found_name, &size, &labels, &id, &note, &ratio, report);
    free(found_name);
    free(labels);
    free(id);
    free(note);
    if (status == DONE)
        return good_delete(session, name, report);
    report->add(report, 1, "name", "No such thing", "It is gone.");
    return FAILED;
}
