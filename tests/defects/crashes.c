/* SPDX-License-Identifier: Apache-2.0
 *
 * crashes.c - create of a thing called "bad" writes where nothing is.
 */
#include "thing.h"

#include <signal.h>

int thing_create(struct session *session, const char *name, int32_t size, const char *labels, char **id,
                 char **note, double *ratio, const struct report *report)
{
    /* The signal itself, not a bad access that sanitizers would explain in their own way. */
    if (strcmp(name, "bad") == 0)
        raise(SIGSEGV);
    return good_create(session, name, size, labels, id, note, ratio, report);
}
