/* SPDX-License-Identifier: Apache-2.0
 *
 * grpc.c - the side of a call that its handler sees: the worker it runs on, its replies, its
 * cancellation. What goes over the wire, and when, is grpc_http2.c's.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "grpc_internal.h"

/* Only pages that are used cost memory; a plugin's library may well have a few large arrays. */
enum { WORKER_STACK_SIZE = 1 << 20 };

/* Puts a call where the I/O thread looks next. With the lock held. */
static void ready_push(struct grpc_call *call)
{
    struct grpc_server *server = call->server;
    if (call->is_ready)
        return;
    bool was_empty = TAILQ_EMPTY(&server->ready);
    call->is_ready = true;
    TAILQ_INSERT_TAIL(&server->ready, call, queue);
    if (was_empty)
        server_wake(server);
}

static void replies_free(struct reply_queue *replies)
{
    struct reply *reply;
    while ((reply = STAILQ_FIRST(replies))) {
        STAILQ_REMOVE_HEAD(replies, link);
        free(reply);
    }
}

void call_drop_message(struct grpc_call *call)
{
    if (call->message)
        explicit_bzero(call->message, call->message_received);
    free(call->message);
    call->message = NULL;
}

/* Memory that a reply takes while it waits. */
static size_t reply_cost(const struct reply *reply)
{
    return sizeof(*reply) + reply->size;
}

static enum grpc_status call_run(struct grpc_call *call)
{
    const uint8_t *message = call->message ? call->message : (const uint8_t *)"";
    return call->method->handler(call->service->context, call, message, call->message_size);
}

static void *worker_main(void *argument)
{
    struct grpc_server *server = argument;
    pthread_mutex_lock(&server->lock);
    for (;;) {
        struct grpc_call *call;
        server->idle++;
        while (!(call = TAILQ_FIRST(&server->jobs)) && !server->ending)
            pthread_cond_wait(&server->work, &server->lock);
        server->idle--;
        if (!call)
            break;
        TAILQ_REMOVE(&server->jobs, call, queue);
        server->waiting--;
        bool wanted = !call->cancelled;
        pthread_mutex_unlock(&server->lock);

        enum grpc_status status = wanted ? call_run(call) : GRPC_CANCELLED;
        grpc_call_on_cancel(call, NULL, NULL);
        free(call->buffer);
        call->buffer = NULL;
        call_drop_message(call);

        pthread_mutex_lock(&server->lock);
        call->worker_status = status;
        call->finished = true;
        ready_push(call);
    }
    server->workers--;
    pthread_cond_broadcast(&server->moved);
    pthread_mutex_unlock(&server->lock);
    return NULL;
}

/* With the lock held. */
static bool worker_start(struct grpc_server *server)
{
    pthread_attr_t attributes;
    pthread_t thread;
    bool started = false;
    if (server->workers >= GRPC_WORKERS || pthread_attr_init(&attributes))
        return false;
    if (!pthread_attr_setstacksize(&attributes, WORKER_STACK_SIZE) &&
        !pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED))
        started = !pthread_create(&thread, &attributes, worker_main, server);
    pthread_attr_destroy(&attributes);
    if (started)
        server->workers++;
    return started;
}

bool call_dispatch(struct grpc_call *call)
{
    struct grpc_server *server = call->server;
    pthread_mutex_lock(&server->lock);
    /* A call never waits for another's end: StopProvider has to overtake those that it stops. */
    bool ok = server->idle > server->waiting || worker_start(server);
    if (ok) {
        TAILQ_INSERT_TAIL(&server->jobs, call, queue);
        server->waiting++;
        call->running = true;
        pthread_cond_signal(&server->work);
    }
    pthread_mutex_unlock(&server->lock);
    return ok;
}

void call_cancelled(struct grpc_call *call)
{
    struct grpc_server *server = call->server;
    pthread_mutex_lock(&server->lock);
    if (!call->cancelled) {
        void (*cancel)(void *argument) = call->cancel;
        call->cancelled = true;
        call->cancel = NULL;
        call->cancelling = cancel != NULL;
        if (cancel) {
            pthread_mutex_unlock(&server->lock);
            cancel(call->cancel_argument);
            pthread_mutex_lock(&server->lock);
            call->cancelling = false;
        }
        pthread_cond_broadcast(&server->moved);
    }
    pthread_mutex_unlock(&server->lock);
}

void call_take(struct grpc_call *call)
{
    pthread_mutex_lock(&call->server->lock);
    STAILQ_CONCAT(&call->outgoing, &call->replies);
    if (call->finished && call->running) {
        call->running = false;
        if (!call->ended) {
            call->ended = true;
            call->status = call->worker_status;
            call->error = call->worker_error;
            call->worker_error = NULL;
        }
    }
    pthread_mutex_unlock(&call->server->lock);
}

void call_sent(struct grpc_call *call, struct reply *reply)
{
    STAILQ_REMOVE_HEAD(&call->outgoing, link);
    pthread_mutex_lock(&call->server->lock);
    call->queued -= reply_cost(reply);
    pthread_cond_broadcast(&call->server->moved);
    pthread_mutex_unlock(&call->server->lock);
    free(reply);
}

void call_drop_replies(struct grpc_call *call)
{
    while (!STAILQ_EMPTY(&call->outgoing))
        call_sent(call, STAILQ_FIRST(&call->outgoing));
}

void call_release(struct grpc_call *call)
{
    struct grpc_server *server = call->server;
    pthread_mutex_lock(&server->lock);
    bool busy = call->running || call->is_ready;
    bool stop = call->stop_server;
    pthread_mutex_unlock(&server->lock);
    if (call->connection || busy)
        return;
    server->stopping = server->stopping || stop;
    TAILQ_REMOVE(&server->calls, call, of_server);
    replies_free(&call->outgoing);
    replies_free(&call->replies);
    call_drop_message(call);
    free(call->error);
    free(call->worker_error);
    free(call);
}

bool workers_end(struct grpc_server *server, uint64_t deadline)
{
    const uint64_t second = 1000000000;
    struct timespec until = {.tv_sec = (time_t)(deadline / second), .tv_nsec = (long)(deadline % second)};
    int result = 0;
    pthread_mutex_lock(&server->lock);
    server->ending = true;
    pthread_cond_broadcast(&server->work);
    while (server->workers && !result)
        result = pthread_cond_timedwait(&server->moved, &server->lock, &until);
    bool ended = !server->workers;
    pthread_mutex_unlock(&server->lock);
    return ended;
}

uint8_t *grpc_reply_buffer(struct grpc_call *call, size_t size)
{
    free(call->buffer);
    call->buffer = NULL;
    if (size > UINT32_MAX)
        return NULL;
    struct reply *reply = malloc(sizeof(*reply) + GRPC_PREFIX_SIZE + size);
    if (!reply)
        return NULL;
    reply->size = GRPC_PREFIX_SIZE + size;
    reply->sent = 0;
    reply->bytes[0] = 0; /* not compressed */
    for (size_t i = 0; i < 4; i++)
        reply->bytes[1 + i] = (uint8_t)(size >> (24 - 8 * i));
    call->buffer = reply;
    return reply->bytes + GRPC_PREFIX_SIZE;
}

bool grpc_reply_send(struct grpc_call *call)
{
    struct grpc_server *server = call->server;
    struct reply *reply = call->buffer;
    if (!reply)
        return false;
    call->buffer = NULL;
    pthread_mutex_lock(&server->lock);
    /* A reader that is slower than the handler must not fill the memory. */
    while (!call->cancelled && call->queued && call->queued + reply_cost(reply) > GRPC_REPLY_QUEUE_LIMIT)
        pthread_cond_wait(&server->moved, &server->lock);
    bool ok = !call->cancelled;
    if (ok) {
        call->queued += reply_cost(reply);
        STAILQ_INSERT_TAIL(&call->replies, reply, link);
        ready_push(call);
    }
    pthread_mutex_unlock(&server->lock);
    if (!ok)
        free(reply);
    return ok;
}

void grpc_call_error(struct grpc_call *call, const char *message)
{
    char *copy = strdup(message); /* without memory the status goes alone */
    pthread_mutex_lock(&call->server->lock);
    char *earlier = call->worker_error;
    call->worker_error = copy;
    pthread_mutex_unlock(&call->server->lock);
    free(earlier);
}

void grpc_call_on_cancel(struct grpc_call *call, void (*cancel)(void *argument), void *argument)
{
    struct grpc_server *server = call->server;
    pthread_mutex_lock(&server->lock);
    while (call->cancelling)
        pthread_cond_wait(&server->moved, &server->lock);
    bool at_once = cancel && call->cancelled;
    call->cancel = at_once ? NULL : cancel;
    call->cancel_argument = argument;
    pthread_mutex_unlock(&server->lock);
    if (at_once)
        cancel(argument);
}

void grpc_call_stop_server(struct grpc_call *call)
{
    pthread_mutex_lock(&call->server->lock);
    call->stop_server = true;
    pthread_mutex_unlock(&call->server->lock);
}
