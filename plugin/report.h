/* SPDX-License-Identifier: Apache-2.0
 *
 * report.h - errors and warnings on their way to the caller's struct astra_report.
 */
#ifndef PLUGIN_REPORT_H
#define PLUGIN_REPORT_H

#include "astra_cmk.h"

/* Each does nothing where `report` is NULL. The detail is formatted like printf's. */
void report_error(const struct astra_report *report, const char *attribute, const char *summary,
                  const char *format, ...) __attribute__((format(printf, 4, 5)));
void report_warning(const struct astra_report *report, const char *attribute, const char *summary,
                    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Says that memory ran out; returns ASTRA_FAILED. */
int report_no_memory(const struct astra_report *report);

#endif
