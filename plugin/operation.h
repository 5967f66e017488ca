/* SPDX-License-Identifier: Apache-2.0
 *
 * operation.h - one public call under way: what cancels it, and the error that it may end in.
 * Inner functions return an astra_status and leave the error's text here; operation_end() reports
 * it, so an error that a caller recovers from (a listing that is refused, say) is never shown.
 */
#ifndef PLUGIN_OPERATION_H
#define PLUGIN_OPERATION_H

#include "astra_cmk.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct failure {
    int status;            /* enum astra_status */
    long http_status;      /* what the API answered, 0 where it did not */
    const char *attribute; /* static, or NULL */
    const char *summary;   /* static */
    char *detail;          /* owned; NULL without memory */
};

void failure_clear(struct failure *failure);

/* Copies `from` over an empty failure. */
void failure_copy(struct failure *to, const struct failure *from);

struct operation {
    astra_session *session;
    const struct astra_report *report;
    struct operation *next; /* in the session's list, under its lock */
    void *waiting_in;       /* the CURLM that this operation waits in, or NULL; under the lock */
    atomic_bool cancelled;
    struct failure failure;
};

/* Starts a call. Fails, with a report, without a session. Nothing is to be ended after a failure. */
int operation_begin(struct operation *operation, astra_session *session, const struct astra_report *report);

/* Ends a call: reports the failure unless `status` is ASTRA_OK or ASTRA_GONE. Returns `status`. */
int operation_end(struct operation *operation, int status);

/* Sets the failure, over an earlier one. Returns `status`. attribute and summary must be static. */
int operation_fail(struct operation *operation, int status, const char *attribute, const char *summary,
                   const char *format, ...) __attribute__((format(printf, 5, 6)));

int operation_no_memory(struct operation *operation);

/* Fails with ASTRA_CANCELLED. */
int operation_fail_cancelled(struct operation *operation);

void operation_warn(struct operation *operation, const char *attribute, const char *summary,
                    const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
