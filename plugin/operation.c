/* SPDX-License-Identifier: Apache-2.0
 *
 * operation.c - one public call under way; see operation.h.
 */
#include "operation.h"

#include "report.h"
#include "session.h"
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DETAIL_MAX = 8192 }; /* bytes: what the API says may be quoted, not of any length */

/* The text of a message. What came from outside may be part of it: the token is masked, whoever told it. NULL
 * without memory. */
static char *compose(const struct operation *operation, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

static char *compose(const struct operation *operation, const char *format, va_list arguments)
{
    char *raw = NULL, *text = NULL;

    if (vasprintf(&raw, format, arguments) >= 0) {
        text = text_clean(raw, strlen(raw), operation->session->token, DETAIL_MAX);
        free(raw);
    }
    return text;
}

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
    char *detail;

    va_start(arguments, format);
    detail = compose(operation, format, arguments);
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
    char *detail;

    va_start(arguments, format);
    detail = compose(operation, format, arguments);
    va_end(arguments);
    report_warning(operation->report, attribute, summary, "%s", detail ? detail : "");
    free(detail);
}
