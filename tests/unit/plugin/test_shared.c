/* SPDX-License-Identifier: Apache-2.0
 *
 * test_shared.c - one answer for many threads, with a source that answers without a network.
 */
#include "check.h"

#include "session.h"

#include <pthread.h>
#include <stdlib.h>

static atomic_int fetches;
static atomic_int number; /* what the source would answer now */
static atomic_bool failing;

static int fetch(struct operation *operation, void **data)
{
    int *answer = malloc(sizeof(*answer));

    atomic_fetch_add(&fetches, 1);
    if (atomic_load(&failing)) {
        free(answer);
        return operation_fail(operation, ASTRA_UNAVAILABLE, "api_url", "Failed", "On purpose.");
    }
    assert_non_null(answer);
    *answer = atomic_load(&number);
    *data = answer;
    return ASTRA_OK;
}

static const struct shared_source source = {.fetch = fetch, .destroy = free};

static atomic_llong clock_ahead; /* ms */

/* The library's clock, which a test can put forward (see CMakeLists.txt). */
int64_t __real_session_now(void);
int64_t __wrap_session_now(void);
int64_t __wrap_session_now(void)
{
    return __real_session_now() + atomic_load(&clock_ahead);
}

static int setup(void **state)
{
    *state = astra_session_open("AstraCS:x", NULL, "http://127.0.0.1:1", NULL, 0, 5, NULL, NULL);
    atomic_store(&fetches, 0);
    atomic_store(&clock_ahead, 0);
    atomic_store(&number, 1);
    atomic_store(&failing, false);
    return *state ? 0 : -1;
}

static int teardown(void **state)
{
    astra_session_close(*state);
    return 0;
}

/* The answer, or minus the status of the failure. */
static int get(astra_session *session, enum freshness freshness)
{
    struct counting_report report = COUNTING_REPORT;
    struct operation operation;
    struct snapshot *snapshot = NULL;
    int status = operation_begin(&operation, session, &report.report), answer = 0;

    assert_int_equal(status, ASTRA_OK);
    status = shared_get(&operation, &session->keys, &source, freshness, &snapshot);
    if (status == ASTRA_OK) {
        answer = *(int *)snapshot->data;
        snapshot_release(snapshot);
    }
    status = operation_end(&operation, status);
    assert_int_equal(report.errors, status != ASTRA_OK);
    return status == ASTRA_OK ? answer : -status;
}

static void a_recent_answer_is_shared_until_a_write(void **state)
{
    astra_session *session = *state;

    assert_int_equal(get(session, SHARED_RECENT), 1);
    atomic_store(&number, 2);
    assert_int_equal(get(session, SHARED_RECENT), 1);
    assert_int_equal(get(session, SHARED_ONCE), 1);
    shared_drop(session, &session->keys);
    assert_int_equal(get(session, SHARED_ONCE), 1);
    assert_int_equal(get(session, SHARED_RECENT), 2);
    assert_int_equal(atomic_load(&fetches), 2);
}

static void an_old_answer_is_not_recent(void **state)
{
    astra_session *session = *state;

    assert_int_equal(get(session, SHARED_RECENT), 1);
    atomic_store(&number, 2);
    session->keys.latest->came_at -= 5001;
    assert_int_equal(get(session, SHARED_RECENT), 2);
}

/* Answers a minute later, when the others ask too. */
static int fetch_slowly(struct operation *operation, void **data)
{
    astra_session *session = operation->session;
    bool all;

    do {
        session_lock(session);
        all = session->operation_count == 4;
        session_unlock(session);
    } while (!all && atomic_load(&fetches) == 0);
    atomic_fetch_add(&clock_ahead, 60000);
    return fetch(operation, data);
}

static void *ask_slowly(void *argument)
{
    static const struct shared_source slow = {.fetch = fetch_slowly, .destroy = free};
    struct operation operation;
    struct snapshot *snapshot = NULL;

    assert_int_equal(operation_begin(&operation, argument, NULL), ASTRA_OK);
    assert_int_equal(shared_get(&operation, &operation.session->keys, &slow, SHARED_RECENT, &snapshot),
                     ASTRA_OK);
    snapshot_release(snapshot);
    operation_end(&operation, ASTRA_OK);
    return NULL;
}

static void a_slow_answer_serves_those_who_waited(void **state)
{
    pthread_t threads[4];

    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, ask_slowly, *state), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_int_equal(atomic_load(&fetches), 1);
    assert_int_equal(get(*state, SHARED_RECENT), 1);
    assert_int_equal(atomic_load(&fetches), 1);
}

static void a_fresh_answer_is_newer_than_the_question(void **state)
{
    for (int i = 1; i <= 3; i++) {
        atomic_store(&number, i);
        assert_int_equal(get(*state, SHARED_FRESH), i);
    }
    assert_int_equal(get(*state, SHARED_RECENT), 3);
    assert_int_equal(atomic_load(&fetches), 3);
}

static void a_failure_is_not_kept(void **state)
{
    atomic_store(&failing, true);
    assert_int_equal(get(*state, SHARED_RECENT), -ASTRA_UNAVAILABLE);
    assert_int_equal(get(*state, SHARED_FRESH), -ASTRA_UNAVAILABLE);
    atomic_store(&failing, false);
    assert_int_equal(get(*state, SHARED_RECENT), 1);
}

/* Each thread counts up before it asks: a fresh answer must know of that. */
static void *ask_often(void *argument)
{
    for (int i = 0; i < 50; i++) {
        int least = atomic_fetch_add(&number, 1) + 1;

        assert_true(get(argument, SHARED_FRESH) >= least);
        get(argument, SHARED_RECENT);
        if (i % 7 == 0) {
            shared_drop(argument, &((astra_session *)argument)->keys);
        }
    }
    return NULL;
}

static void many_threads_ask(void **state)
{
    pthread_t threads[8];

    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, ask_often, *state), 0);
    }
    for (size_t i = 0; i < 8; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_true(atomic_load(&fetches) < 8 * 50 * 2);
}

struct waiter {
    astra_session *session;
    int status;
};

static void *wait_for_answer(void *argument)
{
    struct waiter *waiter = argument;

    waiter->status = get(waiter->session, SHARED_RECENT);
    return NULL;
}

static void who_waits_can_be_cancelled(void **state)
{
    astra_session *session = *state;
    struct waiter waiters[4];
    pthread_t threads[4];
    bool all;

    /* As if some thread's request were under way, for ever. */
    session->keys.under_way = true;
    for (size_t i = 0; i < 4; i++) {
        waiters[i] = (struct waiter){.session = session};
        assert_int_equal(pthread_create(&threads[i], NULL, wait_for_answer, &waiters[i]), 0);
    }
    do {
        session_lock(session);
        all = session->operation_count == 4;
        session_unlock(session);
    } while (!all);
    astra_session_cancel(session, NULL);
    for (size_t i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(waiters[i].status, -ASTRA_CANCELLED);
    }
    session->keys.under_way = false;
    assert_int_equal(get(session, SHARED_RECENT), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_recent_answer_is_shared_until_a_write, setup, teardown),
        cmocka_unit_test_setup_teardown(an_old_answer_is_not_recent, setup, teardown),
        cmocka_unit_test_setup_teardown(a_slow_answer_serves_those_who_waited, setup, teardown),
        cmocka_unit_test_setup_teardown(a_fresh_answer_is_newer_than_the_question, setup, teardown),
        cmocka_unit_test_setup_teardown(a_failure_is_not_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(many_threads_ask, setup, teardown),
        cmocka_unit_test_setup_teardown(who_waits_can_be_cancelled, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
