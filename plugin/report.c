/* SPDX-License-Identifier: Apache-2.0
 *
 * report.c - errors and warnings on their way to the caller; see report.h.
 */
#include "report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static void report_list(const struct astra_report *report, int severity, const char *attribute,
                        const char *summary, const char *format, va_list arguments)
    __attribute__((format(printf, 5, 0)));

static void report_list(const struct astra_report *report, int severity, const char *attribute,
                        const char *summary, const char *format, va_list arguments)
{
    char *detail = NULL;

    if (!report || !report->add) {
        return;
    }
    if (vasprintf(&detail, format, arguments) < 0) {
        detail = NULL;
    }
    /* Without memory for the detail, the summary still gets through. */
    report->add(report, severity, attribute, summary, detail ? detail : "");
    free(detail);
}

void report_error(const struct astra_report *report, const char *attribute, const char *summary,
                  const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    report_list(report, ASTRA_ERROR, attribute, summary, format, arguments);
    va_end(arguments);
}

void report_warning(const struct astra_report *report, const char *attribute, const char *summary,
                    const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    report_list(report, ASTRA_WARNING, attribute, summary, format, arguments);
    va_end(arguments);
}

int report_no_memory(const struct astra_report *report)
{
    if (report && report->add) {
        report->add(report, ASTRA_ERROR, NULL, "Out of memory",
                    "The machine has no memory left for this call. Free some and try again.");
    }
    return ASTRA_FAILED;
}
