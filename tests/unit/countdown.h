/* SPDX-License-Identifier: Apache-2.0
 *
 * countdown.h - makes one allocation of the code under test fail. For programs that were given to
 * fail_allocations() of CMakeLists.txt.
 */
#ifndef TESTS_UNIT_COUNTDOWN_H
#define TESTS_UNIT_COUNTDOWN_H

#include <stddef.h>

/* Which allocation from now on fails; 0: none, or it has failed. */
extern size_t countdown;

#endif
