/* SPDX-License-Identifier: Apache-2.0
 *
 * test_embed.c - libplugin_bridge.so as another language sees it: requests, jobs, cancelling, fork. What the
 * operations mean, tests/unit/provider and tests/python test.
 */
#include "plugin_bridge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <json-c/json.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE = 3000, SLICE_MS = 10 };

struct fixture {
    char folder[64];
    plugin_bridge *bridge;
};

/* Takes an answer apart. The caller releases it. */
static struct json_object *parsed(char *answer)
{
    assert_non_null(answer);
    struct json_object *object = json_tokener_parse(answer);
    plugin_bridge_free(answer);
    assert_non_null(object);
    return object;
}

static struct json_object *member(struct json_object *object, const char *name)
{
    struct json_object *value = NULL;
    assert_true(json_object_object_get_ex(object, name, &value));
    return value;
}

static bool says(struct json_object *answer, const char *name)
{
    return json_object_get_boolean(member(answer, name));
}

static void check(plugin_bridge *bridge, const char *request, bool ok, bool invalid)
{
    struct json_object *answer = parsed(plugin_bridge_call(bridge, request, 0));
    if (says(answer, "ok") != ok || says(answer, "invalid") != invalid)
        fail_msg("%s: %s", request, json_object_to_json_string(answer));
    assert_int_equal(json_object_array_length(member(answer, "diagnostics")) > 0, !ok);
    json_object_put(answer);
}

static int open_bridge(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    char *answer = NULL, request[256];
    assert_non_null(fixture);
    strcpy(fixture->folder, "/tmp/test-embed.XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    fixture->bridge = plugin_bridge_open(SCHEMAS, NULL, NULL, 0, &answer);
    struct json_object *opened = parsed(answer);
    assert_true(says(opened, "ok"));
    assert_non_null(fixture->bridge);
    json_object_put(opened);
    snprintf(request, sizeof request, "{\"operation\":\"configure\",\"config\":{\"directory\":\"%s\"}}",
             fixture->folder);
    check(fixture->bridge, request, true, false);
    *state = fixture;
    return 0;
}

static int close_bridge(void **state)
{
    struct fixture *fixture = *state;
    char command[128];
    plugin_bridge_close(fixture->bridge);
    snprintf(command, sizeof command, "rm -r '%s'", fixture->folder);
    int status = system(command);
    free(fixture);
    return status;
}

static void test_open_without_schemas(void **state)
{
    char *answer = NULL;
    (void)state;
    assert_null(plugin_bridge_open("/nonexistent", NULL, NULL, 0, &answer));
    struct json_object *refused = parsed(answer);
    assert_false(says(refused, "ok"));
    json_object_put(refused);
    plugin_bridge_close(NULL);
    plugin_bridge_free(NULL);
    assert_int_equal(plugin_bridge_abi_version(), PLUGIN_BRIDGE_ABI_VERSION);
}

/* Whose fault an error is: the request's, or not. */
static void test_refusals(void **state)
{
    plugin_bridge *bridge = ((struct fixture *)*state)->bridge;
    check(bridge, "", false, true);
    check(bridge, "[]", false, true);
    check(bridge, "{}", false, true);
    check(bridge, "{\"operation\":\"nonsense\"}", false, true);
    check(bridge, "{\"operation\":\"create\",\"type\":\"widget\"}", false, true);
    check(bridge, "{\"operation\":\"create\",\"type\":\"gadget\",\"config\":{}}", false, true);
    check(bridge, "{\"operation\":\"create\",\"type\":\"widget\",\"config\":{\"name\":7}}", false, true);
    check(bridge, "{\"operation\":\"read\",\"type\":\"widget\",\"state\":[]}", false, true);
    check(bridge, "{\"operation\":\"call\",\"name\":\"area\",\"arguments\":[1]}", false, true);
    check(bridge,
          "{\"operation\":\"delete\",\"type\":\"widget\",\"state\":{\"name\":\"n\",\"fault\":\"delete\"}}",
          false, false);
}

static void test_life_of_an_object(void **state)
{
    plugin_bridge *bridge = ((struct fixture *)*state)->bridge;
    check(bridge, "{\"operation\":\"create\",\"type\":\"widget\",\"config\":{\"name\":\"n\",\"size\":7}}",
          true, false);
    struct json_object *answer = parsed(plugin_bridge_call(
        bridge, "{\"operation\":\"read\",\"type\":\"widget\",\"state\":{\"name\":\"n\"}}", 0));
    assert_int_equal(json_object_get_int(member(member(answer, "state"), "size")), 7);
    json_object_put(answer);
    check(bridge, "{\"operation\":\"delete\",\"type\":\"widget\",\"state\":{\"name\":\"n\"}}", true, false);
    answer = parsed(plugin_bridge_call(
        bridge, "{\"operation\":\"read\",\"type\":\"widget\",\"state\":{\"name\":\"n\"}}", 0));
    assert_true(says(answer, "ok"));
    assert_null(member(answer, "state"));
    json_object_put(answer);
    check(bridge, "{\"operation\":\"import\",\"type\":\"widget\",\"id\":\"n\"}", false, false);
}

static void test_unknown_goes_both_ways(void **state)
{
    plugin_bridge *bridge = ((struct fixture *)*state)->bridge;
    struct json_object *answer =
        parsed(plugin_bridge_call(bridge,
                                  "{\"operation\":\"plan\",\"type\":\"widget\",\"config\":{\"name\":\"n\","
                                  "\"tags\":[{\"$unknown\":true}]}}",
                                  0));
    assert_string_equal(json_object_get_string(member(answer, "action")), "create");
    struct json_object *planned = member(answer, "planned");
    assert_true(says(member(planned, "id"), "$unknown"));
    assert_true(says(json_object_array_get_idx(member(planned, "tags"), 0), "$unknown"));
    json_object_put(answer);
}

/* Begins a create that waits until it is cancelled, and waits until it does. */
static plugin_bridge_job *begin_waiting(const struct fixture *fixture, const char *name, uint64_t id)
{
    plugin_bridge_job *job = NULL;
    char request[256], marker[128], *answer = NULL;
    struct stat found;
    snprintf(request, sizeof request,
             "{\"operation\":\"create\",\"type\":\"widget\",\"config\":{\"name\":\"%s\",\"fault\":\"wait\"}}",
             name);
    assert_int_equal(plugin_bridge_begin(fixture->bridge, request, id, &job), 1);
    snprintf(marker, sizeof marker, "%s/%s.waiting", fixture->folder, name);
    for (int i = 0; stat(marker, &found) != 0; i++) {
        assert_true(i < PATIENCE);
        assert_int_equal(plugin_bridge_wait(&job, SLICE_MS, &answer), 0);
    }
    return job;
}

/* Cancels a job until it ends, and returns its answer. */
static struct json_object *cancel(const struct fixture *fixture, plugin_bridge_job *job, uint64_t id)
{
    char *answer = NULL;
    plugin_bridge_cancel(fixture->bridge, id);
    for (int i = 0; !plugin_bridge_wait(&job, SLICE_MS, &answer); i++) {
        assert_true(i < PATIENCE);
        plugin_bridge_cancel(fixture->bridge, id);
    }
    assert_null(job);
    return parsed(answer);
}

static void test_cancel_one_of_two(void **state)
{
    const struct fixture *fixture = *state;
    plugin_bridge_job *first = begin_waiting(fixture, "first", 1),
                      *second = begin_waiting(fixture, "second", 2);
    char *answer = NULL;
    json_object_put(cancel(fixture, first, 1));
    assert_int_equal(plugin_bridge_wait(&second, SLICE_MS, &answer), 0);
    json_object_put(cancel(fixture, second, 0));
}

static void test_jobs_are_used_again(void **state)
{
    const struct fixture *fixture = *state;
    plugin_bridge_job *before = NULL;
    for (int i = 0; i < 100; i++) {
        plugin_bridge_job *job = NULL;
        char *answer = NULL;
        assert_int_equal(plugin_bridge_begin(fixture->bridge,
                                             "{\"operation\":\"call\",\"name\":\"area\",\"arguments\":[2,3]}",
                                             0, &job),
                         1);
        assert_true(i == 0 || job == before);
        before = job;
        for (int tries = 0; !plugin_bridge_wait(&job, SLICE_MS, &answer); tries++)
            assert_true(tries < PATIENCE);
        struct json_object *object = parsed(answer);
        assert_true(json_object_get_double(member(object, "result")) == 6.0);
        json_object_put(object);
    }
}

static atomic_int handled; /* lock-free, so fit for a signal handler */

static void handle(int signal)
{
    atomic_store(&handled, signal);
}

static void *send_signal(void *thread)
{
    /* Again and again, since one may come just before the wait. */
    for (int i = 0; i < PATIENCE && atomic_load(&handled) == 0; i++) {
        pthread_kill(*(pthread_t *)thread, SIGUSR1);
        nanosleep(&(struct timespec){.tv_nsec = SLICE_MS * 1000000L}, NULL);
    }
    return NULL;
}

/* A wait of a minute ends as soon as a signal handler ran. */
static void test_signal_ends_a_wait(void **state)
{
    const struct fixture *fixture = *state;
    struct sigaction action = {.sa_handler = handle}, before;
    plugin_bridge_job *job = begin_waiting(fixture, "signalled", 3);
    pthread_t self = pthread_self(), sender;
    char *answer = NULL;
    atomic_store(&handled, 0);
    sigaction(SIGUSR1, &action, &before);
    assert_int_equal(pthread_create(&sender, NULL, send_signal, &self), 0);
    for (int i = 0; atomic_load(&handled) == 0; i++) {
        assert_true(i < 2);
        assert_int_equal(plugin_bridge_wait(&job, 60000, &answer), 0);
    }
    pthread_join(sender, NULL);
    sigaction(SIGUSR1, &before, NULL);
    json_object_put(cancel(fixture, job, 3));
}

/* The child has neither the thread of the job nor its locks, and goes on with both bridge and plugin. */
static void test_fork_during_a_job(void **state)
{
    const struct fixture *fixture = *state;
    plugin_bridge_job *job = begin_waiting(fixture, "forked", 4);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alarm(60);
        char *answer = plugin_bridge_call(
            fixture->bridge, "{\"operation\":\"call\",\"name\":\"area\",\"arguments\":[2,3]}", 4);
        plugin_bridge_cancel(fixture->bridge, 0);
        _exit(answer != NULL && strstr(answer, "\"ok\":true") != NULL ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    json_object_put(cancel(fixture, job, 4));
}

enum { THREADS = 8, CALLS = 50 };

static void *call_often(void *context)
{
    const struct fixture *fixture = context;
    for (int i = 0; i < CALLS; i++) {
        char *answer = plugin_bridge_call(
            fixture->bridge, "{\"operation\":\"call\",\"name\":\"area\",\"arguments\":[2,3]}", 0);
        bool good = answer != NULL && strstr(answer, "\"result\":6") != NULL;
        plugin_bridge_free(answer);
        plugin_bridge_cancel(fixture->bridge, 77);
        if (!good)
            return context;
    }
    return NULL;
}

static void test_many_threads(void **state)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, call_often, *state), 0);
    for (int i = 0; i < THREADS; i++) {
        void *failed = NULL;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open_without_schemas),
        cmocka_unit_test_setup_teardown(test_refusals, open_bridge, close_bridge),
        cmocka_unit_test_setup_teardown(test_life_of_an_object, open_bridge, close_bridge),
        cmocka_unit_test_setup_teardown(test_unknown_goes_both_ways, open_bridge, close_bridge),
        cmocka_unit_test_setup_teardown(test_cancel_one_of_two, open_bridge, close_bridge),
        cmocka_unit_test_setup_teardown(test_jobs_are_used_again, open_bridge, close_bridge),
        cmocka_unit_test_setup_teardown(test_signal_ends_a_wait, open_bridge, close_bridge),
        cmocka_unit_test_setup_teardown(test_fork_during_a_job, open_bridge, close_bridge),
        cmocka_unit_test_setup_teardown(test_many_threads, open_bridge, close_bridge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
