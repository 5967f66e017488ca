/* SPDX-License-Identifier: Apache-2.0
 *
 * check.h - cmocka, which wants a few headers before its own, and a report that counts.
 */
#ifndef TESTS_UNIT_PLUGIN_CHECK_H
#define TESTS_UNIT_PLUGIN_CHECK_H

#include "astra_cmk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

struct counting_report {
    struct astra_report report; /* first */
    int errors, warnings;
    char attribute[32]; /* of the last one */
};

static inline void counting_add(const struct astra_report *report, int severity, const char *attribute,
                                const char *summary, const char *detail)
{
    struct counting_report *counting = (struct counting_report *)(uintptr_t)report;

    assert_non_null(summary);
    assert_non_null(detail);
    counting->errors += severity == ASTRA_ERROR;
    counting->warnings += severity == ASTRA_WARNING;
    snprintf(counting->attribute, sizeof(counting->attribute), "%s", attribute ? attribute : "");
}

#define COUNTING_REPORT                                                                                      \
    {                                                                                                        \
        .report = {.add = counting_add }                                                                     \
    }

#endif
