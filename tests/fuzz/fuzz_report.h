/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_report.h - the plugin's reports, for targets that call it: each one checked, and counted.
 */
#ifndef TESTS_FUZZ_FUZZ_REPORT_H
#define TESTS_FUZZ_FUZZ_REPORT_H

#include "fuzz.h"

#include "astra_cmk.h"

#include <string.h>

struct fuzz_report {
    struct astra_report report; /* first */
    const char *secret;         /* that must not be told, or NULL */
    unsigned errors;
};

static inline void fuzz_report_add(const struct astra_report *report, int severity, const char *attribute,
                                   const char *summary, const char *detail)
{
    struct fuzz_report *own = (struct fuzz_report *)(uintptr_t)report;
    CHECK(severity == ASTRA_ERROR || severity == ASTRA_WARNING);
    CHECK(attribute == NULL || *attribute != '\0');
    CHECK(summary != NULL && *summary != '\0' && detail != NULL && *detail != '\0');
    CHECK(own->secret == NULL ||
          (strstr(summary, own->secret) == NULL && strstr(detail, own->secret) == NULL));
    own->errors += severity == ASTRA_ERROR;
}

#define FUZZ_REPORT                                                                                          \
    {                                                                                                        \
        .report = {.add = fuzz_report_add }                                                                  \
    }

/* A call that fails reports an error, and no other does. */
static inline void fuzz_report_check(const struct fuzz_report *report, int status)
{
    CHECK(status >= ASTRA_OK && status <= ASTRA_CANCELLED);
    CHECK((report->errors > 0) == (status > ASTRA_GONE));
}

#endif
