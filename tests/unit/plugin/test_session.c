/* SPDX-License-Identifier: Apache-2.0
 *
 * test_session.c - opening and closing, and that many threads fail alike where nobody answers.
 */
#include "check.h"

#include "../heap.h"
#include "session.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY "http://127.0.0.1:1" /* where nothing listens */

static astra_session *open_session(struct counting_report *report)
{
    return astra_session_open("AstraCS:x", NULL, NOBODY, NULL, 0, 5, NULL, &report->report);
}

static void it_opens_and_closes(void **state)
{
    struct counting_report report = COUNTING_REPORT;

    (void)state;
    for (int i = 0; i < 100; i++) {
        astra_session *session = open_session(&report);

        assert_non_null(session);
        astra_session_cancel(session, NULL);
        astra_session_close(session);
    }
    assert_int_equal(report.errors + report.warnings, 0);
}

static void refusals_are_reported_once(void **state)
{
    struct counting_report report = COUNTING_REPORT;

    (void)state;
    assert_null(astra_session_open("x", NULL, "http://example.com", NULL, 0, 5, NULL, &report.report));
    assert_int_equal(report.errors, 1);
    assert_string_equal(report.attribute, "api_url");
    assert_null(astra_session_open("x", NULL, NOBODY, NULL, 21, 5, NULL, &report.report));
    assert_int_equal(report.errors, 2);
    assert_null(astra_session_open("x", NULL, NOBODY, NULL, 21, 5, NULL, NULL));
}

/* --- what a session leaves behind --- */

static astra_session *open_with_token(bool from_file, const char *url, const struct astra_report *report)
{
    char token[SECRET_LENGTH + 1], path[] = "/tmp/test-token-XXXXXX";
    astra_session *session;

    secret_write(token);
    if (from_file) {
        int file = mkstemp(path);

        assert_true(file >= 0);
        assert_int_equal(write(file, token, SECRET_LENGTH), SECRET_LENGTH);
        close(file);
    }
    session = from_file ? astra_session_open(NULL, path, url, NULL, 0, 5, NULL, report)
                        : astra_session_open(token, NULL, url, NULL, 0, 5, NULL, report);
    if (from_file) {
        unlink(path);
    }
    explicit_bzero(token, sizeof(token));
    return session;
}

static void the_token_is_wiped(void **state)
{
    struct counting_report report = COUNTING_REPORT;

    (void)state;
    if (heap_is_elsewhere()) {
        skip();
    }
    for (int from_file = 0; from_file <= 1; from_file++) {
        astra_session *session = open_with_token(from_file, NOBODY, &report.report);

        assert_non_null(session);
        assert_true(secrets_in_heap() > 0);
        assert_int_equal(secrets_in_stack(), 0);
        astra_session_close(session);
        assert_int_equal(secrets_in_heap(), 0);
        assert_null(open_with_token(from_file, "ftp://refused", &report.report));
        assert_int_equal(secrets_in_heap(), 0);
        assert_int_equal(secrets_in_stack(), 0);
    }
}

struct worker {
    astra_session *session;
    struct counting_report report;
    int status;
};

static void *read_key(void *argument)
{
    struct worker *worker = argument;
    char *id = NULL, *key_id = NULL, *organization_id = NULL;

    worker->status = astra_cmk_key_read(worker->session, "aws", "us-east-2", NULL, NULL, &id, &key_id,
                                        &organization_id, &worker->report.report);
    free(id);
    free(key_id);
    free(organization_id);
    return NULL;
}

static void every_thread_gets_an_error_of_its_own(void **state)
{
    enum { THREADS = 16 };
    struct counting_report report = COUNTING_REPORT;
    struct worker workers[THREADS];
    pthread_t threads[THREADS];
    astra_session *session = open_session(&report);

    (void)state;
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.session = session, .report = COUNTING_REPORT};
        assert_int_equal(pthread_create(&threads[i], NULL, read_key, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(workers[i].status, ASTRA_UNAVAILABLE);
        assert_int_equal(workers[i].report.errors, 1);
        assert_string_equal(workers[i].report.attribute, "api_url");
    }
    assert_null(session->operations);
    astra_session_close(session);
}

static void a_child_starts_over(void **state)
{
    struct counting_report report = COUNTING_REPORT;
    struct worker worker = {.session = open_session(&report), .report = COUNTING_REPORT};
    int status;
    pid_t child;

    (void)state;
    read_key(&worker);
    /* As if another thread held the lock at this moment. */
    session_lock(worker.session);
    child = fork();
    if (!child) {
        read_key(&worker);
        _exit(worker.status);
    }
    session_unlock(worker.session);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), ASTRA_UNAVAILABLE);
    astra_session_close(worker.session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_opens_and_closes), cmocka_unit_test(refusals_are_reported_once),
        cmocka_unit_test(the_token_is_wiped),  cmocka_unit_test(every_thread_gets_an_error_of_its_own),
        cmocka_unit_test(a_child_starts_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
