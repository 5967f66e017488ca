/* SPDX-License-Identifier: Apache-2.0
 *
 * test_graph.c - the engine's graph, table and workers by themselves: cycles, what a node needs, names, and
 * that each job comes back once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "graph.h"
#include "table.h"
#include "work.h"

enum { MANY = 20000 };

static void make(struct graph *graph, struct node *nodes, size_t count, enum node_kind kind)
{
    for (size_t i = 0; i < count; i++) {
        node_init(&nodes[i], kind, NULL, NULL);
        assert_true(graph_add(graph, &nodes[i]));
    }
}

static void end(struct graph *graph, struct node *nodes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        node_clear(&nodes[i]);
    graph_clear(graph);
}

static void test_acyclic(void **unused)
{
    struct graph graph = {0};
    struct node nodes[4];
    struct node_list cycle;
    (void)unused;
    make(&graph, nodes, 4, NODE_BLOCK);
    assert_true(graph_edge(&nodes[0], &nodes[1]));
    assert_true(graph_edge(&nodes[1], &nodes[2]));
    assert_true(graph_edge(&nodes[0], &nodes[2]));
    assert_true(graph_acyclic(&graph, &cycle));
    assert_int_equal(cycle.count, 0);
    end(&graph, nodes, 4);
}

static void test_cycle_is_named_in_the_order_of_needs(void **unused)
{
    struct graph graph = {0};
    struct node nodes[6];
    struct node_list cycle;
    (void)unused;
    make(&graph, nodes, 6, NODE_BLOCK);
    /* 0 leads into the circle 1 -> 2 -> 3 -> 1; 4 hangs on it; 5 is free. */
    assert_true(graph_edge(&nodes[0], &nodes[1]));
    assert_true(graph_edge(&nodes[1], &nodes[2]));
    assert_true(graph_edge(&nodes[2], &nodes[5]));
    assert_true(graph_edge(&nodes[2], &nodes[3]));
    assert_true(graph_edge(&nodes[3], &nodes[1]));
    assert_true(graph_edge(&nodes[4], &nodes[3]));
    assert_false(graph_acyclic(&graph, &cycle));
    assert_int_equal(cycle.count, 3);
    for (size_t i = 0; i < 3; i++) {
        bool waits = false;
        for (size_t j = 0; j < cycle.items[i]->needs.count; j++)
            waits = waits || cycle.items[i]->needs.items[j] == cycle.items[(i + 1) % 3];
        assert_true(waits);
        assert_false(cycle.items[i]->finished || cycle.items[i]->marked);
    }
    free(cycle.items);
    end(&graph, nodes, 6);
}

static void test_self_cycle(void **unused)
{
    struct graph graph = {0};
    struct node node;
    struct node_list cycle;
    (void)unused;
    make(&graph, &node, 1, NODE_BLOCK);
    assert_true(graph_edge(&node, &node));
    assert_false(graph_acyclic(&graph, &cycle));
    assert_int_equal(cycle.count, 1);
    assert_ptr_equal(cycle.items[0], &node);
    free(cycle.items);
    end(&graph, &node, 1);
}

static void test_collects_what_a_node_needs(void **unused)
{
    struct graph graph = {0};
    struct node nodes[5];
    struct node_list found;
    (void)unused;
    make(&graph, nodes, 5, NODE_BLOCK);
    nodes[3].kind = NODE_MAKE; /* an instance: not looked through */
    assert_true(graph_edge(&nodes[0], &nodes[1]));
    assert_true(graph_edge(&nodes[1], &nodes[2]));
    assert_true(graph_edge(&nodes[0], &nodes[2]));
    assert_true(graph_edge(&nodes[0], &nodes[3]));
    assert_true(graph_edge(&nodes[3], &nodes[4]));
    assert_true(graph_collect_needs(&nodes[0], &found));
    assert_int_equal(found.count, 2);
    for (size_t i = 0; i < 5; i++)
        assert_false(nodes[i].marked);
    free(found.items);
    assert_true(graph_mark_needs(&nodes[0]));
    assert_false(nodes[0].marked);
    assert_true(nodes[1].marked && nodes[2].marked && nodes[3].marked && nodes[4].marked);
    graph_unmark(&graph);
    end(&graph, nodes, 5);
}

/* A chain as long as a configuration may be does not end the stack. */
static void test_long_chain(void **unused)
{
    struct graph graph = {0};
    struct node *nodes = calloc(MANY, sizeof *nodes);
    struct node_list found;
    (void)unused;
    assert_non_null(nodes);
    make(&graph, nodes, MANY, NODE_LOCAL);
    for (size_t i = 0; i + 1 < MANY; i++)
        assert_true(graph_edge(&nodes[i], &nodes[i + 1]));
    assert_true(graph_acyclic(&graph, &found));
    assert_true(graph_collect_needs(&nodes[0], &found));
    assert_int_equal(found.count, MANY - 1);
    free(found.items);
    assert_true(graph_edge(&nodes[MANY - 1], &nodes[0]));
    assert_false(graph_acyclic(&graph, &found));
    assert_int_equal(found.count, MANY);
    free(found.items);
    end(&graph, nodes, MANY);
    free(nodes);
}

static void test_table(void **unused)
{
    struct table table = {0};
    static char names[MANY][8];
    (void)unused;
    assert_null(table_get(&table, 1, "t", "n"));
    for (size_t i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "n%zu", i);
        assert_true(table_put(&table, (int)(i % 3), i % 2 ? "even" : NULL, names[i], &names[i]));
    }
    assert_int_equal(table.count, MANY);
    for (size_t i = 0; i < MANY; i++) {
        assert_ptr_equal(table_get(&table, (int)(i % 3), i % 2 ? "even" : NULL, names[i]), &names[i]);
        assert_null(table_get(&table, (int)(i % 3) + 1, i % 2 ? "even" : "", names[i]));
    }
    assert_true(table_put(&table, 0, NULL, "n0", &names[7]));
    assert_int_equal(table.count, MANY);
    assert_ptr_equal(table_get(&table, 0, "", "n0"), &names[7]);
    /* Kind, type and name do not run into each other. */
    assert_true(table_put(&table, 9, "ab", "c", &names[1]));
    assert_null(table_get(&table, 9, "a", "bc"));
    table_clear(&table);
}

struct counted {
    struct job job;
    atomic_int runs;
};

static void count_run(struct job *job)
{
    atomic_fetch_add(&((struct counted *)job)->runs, 1);
}

static void test_each_job_comes_back_once(void **unused)
{
    enum { JOBS = 500 };
    struct work *work = work_create(7);
    struct counted *jobs = calloc(JOBS, sizeof *jobs);
    size_t back = 0;
    (void)unused;
    assert_non_null(work);
    assert_non_null(jobs);
    for (size_t i = 0; i < JOBS; i++) {
        jobs[i].job.run = count_run;
        assert_true(work_submit(work, &jobs[i].job));
    }
    while (back < JOBS) {
        struct pollfd fd = {.fd = work_fd(work), .events = POLLIN};
        assert_int_equal(poll(&fd, 1, 20000), 1);
        for (struct job *job = work_collect(work); job; job = job->next)
            back++;
    }
    assert_int_equal(back, JOBS);
    assert_null(work_collect(work));
    for (size_t i = 0; i < JOBS; i++)
        assert_int_equal(jobs[i].runs, 1);
    work_destroy(work);
    work_destroy(NULL);
    free(jobs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_acyclic),
        cmocka_unit_test(test_cycle_is_named_in_the_order_of_needs),
        cmocka_unit_test(test_self_cycle),
        cmocka_unit_test(test_collects_what_a_node_needs),
        cmocka_unit_test(test_long_chain),
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_each_job_comes_back_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
