/* SPDX-License-Identifier: Apache-2.0
 *
 * test_seat_file.c - the lock of a file of provider IDs; what such files are for, tests/plugin tests.
 */
#include "check.h"

#include "seat_file.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/astra-seats-XXXXXX";

static int setup(void **state)
{
    (void)state;
    return mkdtemp(folder) && !setenv("XDG_STATE_HOME", folder, 1) ? 0 : -1;
}

static int teardown(void **state)
{
    static const char *const parts[] = {"/astra-cmk/org/aws-r", "/astra-cmk/org", "/astra-cmk", ""};
    char path[sizeof(folder) + 32];

    (void)state;
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
        snprintf(path, sizeof(path), "%s%s", folder, parts[i]);
        remove(path);
    }
    return 0;
}

static void only_one_holds_it(void **state)
{
    struct seat_file one, other;

    (void)state;
    assert_true(seat_file_open(&one, "org", "aws", "r"));
    assert_false(seat_file_open(&other, "org", "aws", "R"));
    assert_true(seat_file_add(&one, "1"));
    seat_file_close(&one);
    assert_true(seat_file_open(&other, "org", "aws", "R"));
    assert_true(seat_file_has(&other, "1"));
    seat_file_close(&other);
}

static void a_forked_child_does_not_keep_it(void **state)
{
    struct seat_file file, again;
    bool opened;
    pid_t child;

    (void)state;
    assert_true(seat_file_open(&file, "org", "aws", "r"));
    child = fork();
    if (child == 0) {
        for (;;) {
            pause(); /* with the descriptor that it was born with, until killed */
        }
    }
    assert_true(child > 0);
    seat_file_close(&file);
    opened = seat_file_open(&again, "org", "aws", "r");
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    assert_true(opened);
    seat_file_close(&again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_one_holds_it),
        cmocka_unit_test(a_forked_child_does_not_keep_it),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
