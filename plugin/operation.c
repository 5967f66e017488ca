/* SPDX-License-Identifier: Apache-2.0
 *
 * operation.c - one public call under way; see operation.h.
 */
#include "operation.h"

#include "report.h"
#include "session.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void failure_clear(struct failure *failure)
{
    free(failure->detail);
    *failure = (struct failure){0};
}

void failure_copy(struct failure *to, const struct failure *from)
{
    char *detail = from->detail ? strdup(from->detail) : NULL;

    free(to->detail);
    *to = *from;
    to->detail = detail;
}

int operation_begin(struct operation *operation, astra_session *session, const struct astra_report *report)
{
    if (!session) {
        report_error(
            report, NULL, "The provider is not configured",
            "This step needs a session with the DevOps API, and none is open. Set `token` to a value "
            "that is known at this point.");
        return ASTRA_INVALID;
    }
    session_enter(session);
    *operation = (struct operation){.session = session, .report = report};
    atomic_init(&operation->cancelled, false);
    session_lock(session);
    operation->next = session->operations;
    session->operations = operation;
    session->operation_count++;
    session_unlock(session);
    return ASTRA_OK;
}

int operation_end(struct operation *operation, int status)
{
    astra_session *session = operation->session;
    const struct failure *failure = &operation->failure;

    session_lock(session);
    for (struct operation **at = &session->operations; *at; at = &(*at)->next) {
        if (*at == operation) {
            *at = operation->next;
            session->operation_count--;
            session->last_ended_at = session->operation_count ? session_now() : session->last_ended_at;
            break;
        }
    }
    session_changed(session);
    session_unlock(session);
    if (status != ASTRA_OK && status != ASTRA_GONE) {
        report_error(operation->report, failure->attribute,
                     failure->summary ? failure->summary : "The call failed", "%s",
                     failure->detail ? failure->detail : "");
    }
    failure_clear(&operation->failure);
    return status;
}

int operation_fail(struct operation *operation, int status, const char *attribute, const char *summary,
                   const char *format, ...)
{
    va_list arguments;
    char *detail = NULL;

    va_start(arguments, format);
    if (vasprintf(&detail, format, arguments) < 0) {
        detail = NULL;
    }
    va_end(arguments);
    failure_clear(&operation->failure);
    operation->failure =
        (struct failure){.status = status, .attribute = attribute, .summary = summary, .detail = detail};
    return status;
}

int operation_no_memory(struct operation *operation)
{
    return operation_fail(operation, ASTRA_FAILED, NULL, "Out of memory",
                          "The machine has no memory left for this call. Free some and try again.");
}

int operation_fail_cancelled(struct operation *operation)
{
    return operation_fail(operation, ASTRA_CANCELLED, NULL, "Cancelled",
                          "The call was cancelled before it was done. Run it again.");
}

void operation_warn(struct operation *operation, const char *attribute, const char *summary,
                    const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    report_warning_list(operation->report, attribute, summary, format, arguments);
    va_end(arguments);
}
