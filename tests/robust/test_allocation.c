/* SPDX-License-Identifier: Apache-2.0
 *
 * test_allocation.c - every operation with its n-th allocation refused, for every n until one is not reached:
 * once that allocation alone, once all from there on. Nothing crashes, nothing leaks; what comes out is an
 * error or the right answer, and an object that was made is in the answer, or an error tells of it.
 *
 * From the text of a request to the text of its answer: schemas, plans, calls through libffi, the plugin, its
 * requests over libcurl, and JSON. What Terraform's messages add is tested by
 * unit/terraform/test_no_memory.c.
 *
 *   test-robust-allocation widget|astra [SCENE]
 */
#include "allocator.h"
#include "plugin_bridge.h"
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ALLOCATION_LIMIT = 20000 };

static const struct world *world;
static const char *only_scene;

/* One run of a scene. */
struct run {
    char *answer;  /* NULL: none was to be had */
    bool reached;  /* the allocation that was to fail */
    bool exists;   /* the object, afterwards */
    size_t leaked; /* blocks; 0 where json-c is to blame */
};

/* What the runs of a sweep came to. */
struct tally {
    size_t right, refused, made, answered, silent;
};

static void run_before(const struct scene *scene)
{
    world->clear();
    if (scene->before == NULL)
        return;
    char *answer = NULL;
    plugin_bridge *bridge = plugin_bridge_open(world->schemas, NULL, NULL, 0, &answer);
    free(answer);
    free(plugin_bridge_call(bridge, world->configure, 0));
    for (const char *const *request = scene->before; *request != NULL; request++) {
        answer = plugin_bridge_call(bridge, *request, 0);
        if (answer == NULL || strstr(answer, "\"ok\":true") == NULL)
            fail_msg("%s: %s", *request, answer);
        free(answer);
    }
    plugin_bridge_close(bridge);
}

static bool answer_ok(const char *answer)
{
    return answer != NULL && strstr(answer, "\"ok\":true") != NULL;
}

/* The scene once, its n-th allocation refused. */
static struct run run_scene(const struct scene *scene, size_t n, enum refusal refusal, bool note)
{
    struct run run = {0};
    run_before(scene);
    size_t live = allocator_live();
    if (note)
        allocator_note();
    if (scene->request == NULL)
        allocator_arm(n, refusal);
    plugin_bridge *bridge = plugin_bridge_open(world->schemas, NULL, NULL, 0, &run.answer);
    if (bridge != NULL) {
        free(run.answer);
        run.answer = plugin_bridge_call(bridge, world->configure, 0);
        if (scene->request != NULL) {
            if (!answer_ok(run.answer))
                fail_msg("%s", run.answer);
            free(run.answer);
            allocator_arm(n, refusal);
            run.answer = plugin_bridge_call(bridge, scene->request, 0);
        }
    }
    run.reached = allocator_disarm() > 0;
    plugin_bridge_close(bridge);
    run.leaked = allocator_refused_json() ? 0 : allocator_live() - live - (run.answer != NULL);
    if (note)
        allocator_print_noted();
    run.exists = world->exists();
    return run;
}

static struct json_object *member(struct json_object *object, const char *name)
{
    struct json_object *value = NULL;
    json_object_object_get_ex(object, name, &value);
    return value;
}

static bool has_error(struct json_object *answer)
{
    struct json_object *diagnostics = member(answer, "diagnostics");
    for (size_t i = 0; diagnostics != NULL && i < json_object_array_length(diagnostics); i++)
        if (strcmp(json_object_get_string(member(json_object_array_get_idx(diagnostics, i), "severity")),
                   "error") == 0)
            return true;
    return false;
}

/* What is wrong with an answer, or NULL. */
static const char *judge(const struct scene *scene, const struct run *run, struct json_object *good,
                         struct tally *tally)
{
    const char *problem = NULL;
    struct json_object *answer = run->answer != NULL ? json_tokener_parse(run->answer) : NULL;
    bool ok = json_object_get_boolean(member(answer, "ok"));
    struct json_object *state = member(answer, "state");
    if (run->leaked != 0)
        problem = "something leaks";
    else if (run->answer != NULL && answer == NULL)
        problem = "the answer is not JSON";
    else if (ok && has_error(answer))
        problem = "an error, and yet ok";
    json_object_object_foreach(good, name, value)
    {
        if (ok && strcmp(name, "diagnostics") != 0 && !json_object_equal(value, member(answer, name)))
            problem = "a wrong answer that looks right";
    }
    if (!ok && scene->keeps && answer != NULL && json_object_object_get_ex(answer, "state", NULL) &&
        state == NULL && run->exists)
        problem = "an object that is there is answered as gone";
    if (ok && scene->makes && !run->exists)
        problem = "nothing was made, and nothing said";
    tally->right += ok;
    tally->refused += !ok;
    tally->silent += !ok && answer != NULL && !has_error(answer);
    if (scene->makes && run->exists) {
        tally->made++;
        tally->answered += state != NULL;
    }
    json_object_put(answer);
    return problem;
}

/* Returns how many runs came to something wrong. */
static size_t sweep(const struct scene *scene, struct json_object *good, enum refusal refusal)
{
    struct tally tally = {0};
    size_t n = 0, wrong = 0;
    bool reached = true;
    for (; reached && n < ALLOCATION_LIMIT; n++) {
        struct run run = run_scene(scene, n, refusal, false);
        if (run.leaked != 0) { /* what is allocated once a process, on this way only, is not lost */
            free(run.answer);
            run = run_scene(scene, n, refusal, false);
        }
        const char *problem = judge(scene, &run, good, &tally);
        reached = run.reached;
        if (problem != NULL) {
            fprintf(stderr, "%s, allocation %zu (%s): %s\n  %s\n", scene->name, n,
                    refusal == REFUSE_ONE ? "alone" : "and all after it", problem,
                    run.answer ? run.answer : "");
            if (run.leaked != 0 && wrong < 5)
                free(run_scene(scene, n, refusal, true).answer);
            wrong++;
        }
        free(run.answer);
    }
    printf(
        "%-22s %-14s %5zu allocations: %5zu right, %5zu errors (%zu without words); made %zu, answered %zu\n",
        scene->name, refusal == REFUSE_ONE ? "one" : "all from there", n - 1, tally.right, tally.refused,
        tally.silent, tally.made, tally.answered);
    fflush(stdout);
    assert_false(reached);
    return wrong;
}

static void every_allocation_may_fail(void **state)
{
    size_t wrong = 0;
    (void)state;
    for (const struct scene *scene = world->scenes; scene->name != NULL; scene++) {
        if (only_scene != NULL && strcmp(only_scene, scene->name) != 0)
            continue;
        /* What is allocated once a process is there from here on. */
        struct run run = run_scene(scene, ALLOCATION_LIMIT, REFUSE_ONE, false);
        free(run.answer);
        run = run_scene(scene, ALLOCATION_LIMIT, REFUSE_ONE, false);
        struct json_object *good = run.answer != NULL ? json_tokener_parse(run.answer) : NULL;
        if (run.leaked != 0)
            free(run_scene(scene, ALLOCATION_LIMIT, REFUSE_ONE, true).answer);
        if (!answer_ok(run.answer) || run.leaked != 0)
            fail_msg("%s: %zu leaked: %s", scene->name, run.leaked, run.answer);
        free(run.answer);
        wrong += sweep(scene, good, REFUSE_ONE);
        wrong += sweep(scene, good, REFUSE_ALL_FROM_THERE);
        json_object_put(good);
    }
    assert_int_equal(wrong, 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_may_fail)};
    char folder[] = "/tmp/test-robust.XXXXXX", command[64];
    if (argc < 2 || mkdtemp(folder) == NULL)
        return 2;
    only_scene = argc > 2 ? argv[2] : NULL;
    world = strcmp(argv[1], "widget") == 0 ? world_widget(folder) : world_astra(folder);
    int failed = cmocka_run_group_tests_name("allocation", tests, NULL, NULL);
    world_end();
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    return system(command) != 0 || failed != 0;
}
