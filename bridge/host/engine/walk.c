/* SPDX-License-Identifier: Apache-2.0
 *
 * walk.c - visits the nodes of a graph, each when what it needs is finished, with at most `parallelism` calls
 * into the provider under way; tells of long ones every ten seconds; stops when asked to.
 */
#include "engine_internal.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum { PROGRESS_SECONDS = 10 };

void walk_ready(struct engine *engine, struct node *node)
{
    node->next = NULL;
    *engine->ready_last = node;
    engine->ready_last = &node->next;
}

void walk_finish(struct engine *engine, struct node *node, bool ok)
{
    node->finished = true;
    node->failed = node->failed || !ok;
    for (size_t i = 0; i < node->dependents.count; i++) {
        struct node *dependent = node->dependents.items[i];
        dependent->failed = dependent->failed || node->failed;
        if (--dependent->waiting == 0)
            walk_ready(engine, dependent);
    }
}

void walk_submit(struct engine *engine, struct call *call)
{
    call->started = engine_now();
    engine->calls[engine->under_way++] = call;
    if (work_submit(engine->work, &call->job))
        return;
    engine->under_way--;
    diagnostics_error(&call->diags, NULL, "No thread can be made",
                      "The system refuses another thread. Raise the limit (ulimit -u), then run the command "
                      "again.");
    call->done(engine, call);
}

/* Visits what is ready as long as another call may be made. */
static void visit_ready(struct engine *engine)
{
    while (engine->ready && !engine->stopping && engine->under_way < engine->call_limit) {
        struct node *node = engine->ready;
        engine->ready = node->next;
        if (!engine->ready)
            engine->ready_last = &engine->ready;
        if (node->failed || !node->visit)
            walk_finish(engine, node, true); /* what failed stays so */
        else
            node->visit(engine, node);
    }
}

static void finish_calls(struct engine *engine, struct job *list)
{
    for (struct job *job = list, *next; job; job = next) {
        next = job->next;
        struct call *call = (struct call *)job;
        for (size_t i = 0; i < engine->under_way; i++)
            if (engine->calls[i] == call) {
                engine->calls[i] = engine->calls[--engine->under_way];
                break;
            }
        call->done(engine, call);
    }
}

/* Makes what was recorded safe, all of it at once; where that can't be done, nothing new starts. */
static void sync_records(struct engine *engine)
{
    if (engine->phase->apply && !backend_sync(engine->backend, engine->state, engine->diags))
        engine->stopping = engine->unrecorded = true;
}

/* Starts what may start. What a call came to is safe before anything that waited for it; and what was only
 * noted on the way here is, before the wait for the next. */
static void go_on(struct engine *engine)
{
    sync_records(engine);
    visit_ready(engine);
    sync_records(engine);
}

/* Milliseconds until a call has to be told about; -1: none has. */
static int until_progress(const struct engine *engine)
{
    double now = engine_now(), next = INFINITY;
    for (size_t i = 0; i < engine->under_way; i++)
        if (engine->calls[i]->address)
            next = fmin(next, engine->calls[i]->started + PROGRESS_SECONDS * (engine->calls[i]->told + 1.0));
    if (isinf(next))
        return -1;
    return next > now ? (int)((next - now) * 1000) + 1 : 0;
}

static void tell_progress(struct engine *engine)
{
    double now = engine_now();
    for (size_t i = 0; i < engine->under_way; i++) {
        struct call *call = engine->calls[i];
        unsigned tens = (unsigned)((now - call->started) / PROGRESS_SECONDS);
        if (!call->address || tens <= call->told)
            continue;
        call->told = tens;
        const struct state_instance *saved =
            call->action == ACTION_CREATE || !engine->state
                ? NULL
                : state_instance_find(engine->state, call->address, call->deposed);
        engine_event(engine, EVENT_APPLY_PROGRESS, call->address, call->deposed, call->action,
                     saved ? saved->attributes : NULL, tens * PROGRESS_SECONDS);
    }
}

static void stop(struct engine *engine)
{
    engine->stopping = engine->interrupted = true;
    engine_event(engine, EVENT_STOPPING, NULL, NULL, ACTION_NONE, NULL, 0);
    for (size_t i = 0; i < engine->session_count; i++)
        if (engine->sessions[i].provider)
            provider_stop(engine->sessions[i].provider);
    /* Calls that did not begin end without a word. */
    finish_calls(engine, work_withdraw(engine->work));
}

/* Waits until a call is done, or until it is time to say something. */
static void wait_for_calls(struct engine *engine)
{
    struct pollfd fds[] = {
        {.fd = work_fd(engine->work), .events = POLLIN},
        {.fd = engine->interrupted ? -1 : engine->stop_fd, .events = POLLIN},
    };
    int ready = poll(fds, 2, until_progress(engine));
    if (ready > 0 && fds[1].revents)
        stop(engine);
    if (ready > 0 && fds[0].revents)
        finish_calls(engine, work_collect(engine->work));
    tell_progress(engine);
}

/* A walk that makes no calls (all fails early, say) is stopped too. */
static void look_for_stop(struct engine *engine)
{
    struct pollfd fd = {.fd = engine->stop_fd, .events = POLLIN};
    if (!engine->interrupted && poll(&fd, 1, 0) > 0)
        stop(engine);
}

bool engine_walk(struct engine *engine)
{
    /* What is applied is told of when it begins. Calls of a plan are short: a few wait in line, so that no
     * worker has to. */
    engine->call_limit = engine->options.parallelism + (engine->phase->apply ? 0 : QUEUED_MAX);
    engine->ready = NULL;
    engine->ready_last = &engine->ready;
    for (size_t i = 0; i < engine->graph.nodes.count; i++) {
        struct node *node = engine->graph.nodes.items[i];
        node->finished = node->failed = false;
        node->waiting = (unsigned)node->needs.count;
        if (node->waiting == 0)
            walk_ready(engine, node);
    }
    look_for_stop(engine);
    go_on(engine);
    while (engine->under_way > 0) {
        wait_for_calls(engine);
        go_on(engine);
    }
    /* Why nothing more is recorded was said. */
    if (engine->stopping && !engine->unrecorded)
        diagnostics_add(engine->diags, SEVERITY_ERROR, NULL, "execution halted",
                        "The command was interrupted before it was through. Run it again to go on.");
    return !engine->stopping;
}
