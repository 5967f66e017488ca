/* SPDX-License-Identifier: Apache-2.0
 *
 * grpc_server.c - the I/O thread: one poller for the listener, the connections and what the workers have
 * ready; bytes in and out of sockets and TLS; time. What the bytes mean is grpc_http2.c's.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "../provider.h"
#include "grpc_internal.h"

enum {
    INPUT_SIZE = 16 << 10,  /* one TLS record */
    OUTPUT_SIZE = 40 << 10, /* frames are gathered up to this before they are written */
    FRAME_LIMIT = 17 << 10, /* what nghttp2 hands out at a time: 16 KiB and a frame's head */
    TURN_READS = 16,        /* of one connection before the others have their turn */
    TURN_WRITES = 32,
    EVENTS = 16,
};
static const uint64_t MILLISECOND = 1000000;
static const uint64_t HANDSHAKE_LIMIT = 10000 * MILLISECOND;
static const uint64_t STOP_LIMIT = 1000 * MILLISECOND; /* go-plugin kills a program after two seconds */
static const uint64_t ACCEPT_PAUSE = 100 * MILLISECOND;

uint64_t monotonic_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 * MILLISECOND + (uint64_t)now.tv_nsec;
}

void server_wake(struct grpc_server *server)
{
    eventfd_write(server->wake, 1);
}

static void server_log(const struct grpc_server *server, int level, const char *message)
{
    const struct provider_log *log = server->options.log;
    if (log && level <= log->level)
        log->write(log, level, message, NULL);
}

static bool poll_change(struct grpc_server *server, int operation, int fd, uint32_t events, void *tag)
{
    struct epoll_event event = {.events = events, .data = {.ptr = tag}};
    return !epoll_ctl(server->poller, operation, fd, &event);
}

/* Bytes from the peer: their number, 0 when there are none now, -1 when there will be none any more. */
static ssize_t transport_read(struct connection *connection, uint8_t *bytes, size_t size)
{
    if (connection->tls) {
        size_t count = 0;
        ERR_clear_error();
        if (SSL_read_ex(connection->tls, bytes, size, &count))
            return (ssize_t)count;
        int error = SSL_get_error(connection->tls, 0);
        return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? 0 : -1;
    }
    ssize_t count = recv(connection->fd, bytes, size, 0);
    if (count > 0)
        return count;
    return count < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

/* Likewise, to the peer. */
static ssize_t transport_write(struct connection *connection, const uint8_t *bytes, size_t size)
{
    if (connection->tls) {
        size_t count = 0;
        ERR_clear_error();
        if (SSL_write_ex(connection->tls, bytes, size, &count))
            return (ssize_t)count;
        int error = SSL_get_error(connection->tls, 0);
        return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? 0 : -1;
    }
    ssize_t count = send(connection->fd, bytes, size, MSG_NOSIGNAL);
    if (count >= 0)
        return count;
    return errno == EAGAIN || errno == EINTR ? 0 : -1;
}

static void connection_close(struct connection *connection)
{
    struct grpc_server *server = connection->server;
    http2_session_end(connection);
    if (connection->tls) {
        ERR_clear_error();
        if (!connection->broken)
            SSL_shutdown(connection->tls);
        SSL_free(connection->tls);
    }
    close(connection->fd); /* which takes it out of the poller too */
    LIST_REMOVE(connection, link);
    server->connection_count--;
    free(connection->out);
    free(connection);
}

static void connection_open(struct grpc_server *server, int fd)
{
    struct connection *connection = calloc(1, sizeof(*connection));
    bool ok = connection && server->connection_count < GRPC_CONNECTIONS;
    if (!ok) {
        server_log(server, LOG_WARN, "a connection was refused: there are too many, or memory is short");
        free(connection);
        close(fd);
        return;
    }
    connection->server = server;
    connection->fd = fd;
    TAILQ_INIT(&connection->calls);
    LIST_INSERT_HEAD(&server->connections, connection, link);
    server->connection_count++;
    connection->out = malloc(OUTPUT_SIZE);
    ok = connection->out && poll_change(server, EPOLL_CTL_ADD, fd, EPOLLIN, connection);
    if (ok && server->options.tls) {
        connection->deadline = monotonic_now() + HANDSHAKE_LIMIT;
        connection->tls = SSL_new(server->options.tls);
        ok = connection->tls && SSL_set_fd(connection->tls, fd);
        if (ok)
            SSL_set_accept_state(connection->tls);
    } else if (ok) {
        ok = http2_session_start(connection);
    }
    connection->broken = !ok;
}

static void server_accept(struct grpc_server *server)
{
    int fd = accept4(server->options.listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
        connection_open(server, fd);
    } else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
        /* Out of descriptors or memory: the listener stays readable, so look away for a while. */
        poll_change(server, EPOLL_CTL_DEL, server->options.listener, 0, NULL);
        server->accept_again = monotonic_now() + ACCEPT_PAUSE;
    }
}

/* Goes on with the TLS handshake, and starts HTTP/2 when it is done. */
static void connection_handshake(struct connection *connection)
{
    const unsigned char *protocol = NULL;
    unsigned int length = 0;
    ERR_clear_error();
    int result = SSL_do_handshake(connection->tls);
    if (result == 1) {
        SSL_get0_alpn_selected(connection->tls, &protocol, &length);
        connection->broken = length != 2 || memcmp(protocol, "h2", 2) || !http2_session_start(connection);
        return;
    }
    int error = SSL_get_error(connection->tls, result);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
        return;
    const char *reason = ERR_reason_error_string(ERR_peek_error());
    char message[160];
    snprintf(message, sizeof(message), "a client was refused in the TLS handshake: %s",
             reason ? reason : "connection closed");
    server_log(connection->server, LOG_WARN, message);
    connection->broken = true;
}

/* Reads what has arrived. What then waits inside of TLS is noted, since it does not show in the poller. */
static void connection_read(struct connection *connection)
{
    uint8_t *input = connection->server->input;
    if (connection->tls && !connection->session && !connection->broken)
        connection_handshake(connection);
    for (int turn = 0; connection->session && !connection->broken; turn++) {
        if (turn == TURN_READS) {
            if (connection->tls && SSL_has_pending(connection->tls))
                connection->server->unread = true;
            return;
        }
        ssize_t count = transport_read(connection, input, INPUT_SIZE);
        if (!count)
            return;
        bool taken = count > 0 && nghttp2_session_mem_recv(connection->session, input, (size_t)count) >= 0;
        if (count > 0)
            explicit_bzero(input, (size_t)count); /* it may hold a provider's settings */
        if (!taken)
            connection->broken = true;
    }
}

/* Gathers frames until the buffer might not hold another. False when the session failed. */
static bool connection_gather(struct connection *connection)
{
    const uint8_t *frame;
    while (connection->out_size + FRAME_LIMIT <= OUTPUT_SIZE) {
        ssize_t count = nghttp2_session_mem_send(connection->session, &frame);
        if (count <= 0)
            return count == 0;
        if (count > FRAME_LIMIT)
            return false;
        memcpy(connection->out + connection->out_size, frame, (size_t)count);
        connection->out_size += (size_t)count;
    }
    return true;
}

/* Writes what there is, as far as the socket takes it. True when there is more. */
static bool connection_write(struct connection *connection)
{
    for (int turn = 0; turn < TURN_WRITES; turn++) {
        if (!connection_gather(connection)) {
            connection->broken = true;
            return false;
        }
        if (connection->out_size == connection->out_sent)
            return false;
        ssize_t count = transport_write(connection, connection->out + connection->out_sent,
                                        connection->out_size - connection->out_sent);
        connection->broken = count < 0;
        if (count <= 0)
            return !count;
        connection->out_sent += (size_t)count;
        if (connection->out_sent == connection->out_size)
            connection->out_sent = connection->out_size = 0;
    }
    return true;
}

/* Writes, adjusts what the poller waits for, and closes the connection if its time has come. */
static void connection_settle(struct connection *connection)
{
    bool wants_write = false;
    if (connection->session && !connection->broken)
        wants_write = connection_write(connection);
    else if (connection->tls && !connection->broken)
        wants_write = SSL_want_write(connection->tls);
    if (!connection->broken && wants_write != connection->wants_write) {
        uint32_t events = EPOLLIN | (wants_write ? EPOLLOUT : 0u);
        connection->wants_write = wants_write;
        connection->broken =
            !poll_change(connection->server, EPOLL_CTL_MOD, connection->fd, events, connection);
    }
    bool over = connection->session && !wants_write && !nghttp2_session_want_read(connection->session) &&
                !nghttp2_session_want_write(connection->session);
    if (connection->broken || over)
        connection_close(connection);
}

/* Goes on with the calls whose workers have something. */
static void server_take_ready(struct grpc_server *server)
{
    struct call_list ready = TAILQ_HEAD_INITIALIZER(ready);
    struct grpc_call *call;
    eventfd_t count;
    eventfd_read(server->wake, &count);
    for (;;) {
        pthread_mutex_lock(&server->lock);
        call = TAILQ_FIRST(&server->ready);
        if (call) {
            TAILQ_REMOVE(&server->ready, call, queue);
            call->is_ready = false;
        }
        pthread_mutex_unlock(&server->lock);
        if (!call)
            return;
        http2_call_progress(call);
    }
}

static void earlier(uint64_t *next, uint64_t time)
{
    if (time && (!*next || time < *next))
        *next = time;
}

/* Does what is due, and returns when something is due next, or 0. */
static uint64_t server_tick(struct grpc_server *server)
{
    uint64_t now = monotonic_now(), next = 0;
    struct grpc_call *call, *following;
    struct connection *connection;
    for (call = TAILQ_FIRST(&server->calls); call; call = following) {
        following = TAILQ_NEXT(call, of_server);
        if (call->deadline && call->deadline <= now)
            http2_call_expire(call);
        earlier(&next, call->deadline);
    }
    LIST_FOREACH(connection, &server->connections, link)
    {
        if (!connection->session && connection->deadline) {
            connection->broken = connection->broken || connection->deadline <= now;
            earlier(&next, connection->deadline);
        }
    }
    if (server->accept_again && server->accept_again <= now) {
        server->accept_again = 0;
        poll_change(server, EPOLL_CTL_ADD, server->options.listener, EPOLLIN, &server->options);
    }
    earlier(&next, server->accept_again);
    return next;
}

static int poll_timeout(uint64_t until)
{
    uint64_t now = monotonic_now();
    if (!until)
        return -1;
    if (until <= now)
        return 0;
    uint64_t milliseconds = (until - now) / MILLISECOND + 1;
    return milliseconds < 60000 ? (int)milliseconds : 60000;
}

/* Waits until `until` (0: for ever), and does one round of everything. Returns when the next is due. */
static uint64_t server_turn(struct grpc_server *server, uint64_t until)
{
    struct epoll_event events[EVENTS];
    struct connection *connection, *following;
    bool unread = server->unread;
    int count = epoll_wait(server->poller, events, EVENTS, unread ? 0 : poll_timeout(until));
    server->unread = false;
    for (int i = 0; i < count; i++) {
        void *tag = events[i].data.ptr;
        if (tag == &server->options)
            server_accept(server);
        else if (tag == &server->stopping)
            server->stopping = true;
        else if (tag != &server->wake)
            connection_read(tag);
    }
    if (unread) {
        LIST_FOREACH(connection, &server->connections, link)
        {
            if (connection->tls && SSL_has_pending(connection->tls))
                connection_read(connection);
        }
    }
    server_take_ready(server);
    uint64_t next = server_tick(server);
    for (connection = LIST_FIRST(&server->connections); connection; connection = following) {
        following = LIST_NEXT(connection, link);
        connection_settle(connection);
    }
    return next;
}

struct grpc_server *grpc_server_create(const struct grpc_server_options *options)
{
    struct grpc_server *server = calloc(1, sizeof(*server));
    pthread_condattr_t monotonic;
    if (!server)
        return NULL;
    server->options = *options;
    LIST_INIT(&server->connections);
    TAILQ_INIT(&server->calls);
    TAILQ_INIT(&server->jobs);
    TAILQ_INIT(&server->ready);
    pthread_mutex_init(&server->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&server->work, NULL);
    pthread_cond_init(&server->moved, &monotonic);
    pthread_condattr_destroy(&monotonic);
    server->poller = epoll_create1(EPOLL_CLOEXEC);
    server->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    server->input = malloc(INPUT_SIZE);
    bool ok = server->poller >= 0 && server->wake >= 0 && server->input && http2_prepare(server) &&
              poll_change(server, EPOLL_CTL_ADD, server->wake, EPOLLIN, &server->wake) &&
              poll_change(server, EPOLL_CTL_ADD, options->listener, EPOLLIN, &server->options);
    for (size_t i = 0; ok && i < options->stop_fd_count; i++)
        ok = poll_change(server, EPOLL_CTL_ADD, options->stop_fds[i], EPOLLIN, &server->stopping);
    if (!ok) {
        grpc_server_destroy(server);
        return NULL;
    }
    return server;
}

bool grpc_server_run(struct grpc_server *server)
{
    struct connection *connection;
    uint64_t next = 0;
    while (!server->stopping)
        next = server_turn(server, next);

    /* Say goodbye, and let what was said before it leave. */
    uint64_t limit = monotonic_now() + STOP_LIMIT;
    poll_change(server, EPOLL_CTL_DEL, server->options.listener, 0, NULL);
    for (size_t i = 0; i < server->options.stop_fd_count; i++)
        poll_change(server, EPOLL_CTL_DEL, server->options.stop_fds[i], 0, NULL);
    server->accept_again = 0;
    LIST_FOREACH(connection, &server->connections, link)
    {
        struct grpc_call *call;
        TAILQ_FOREACH(call, &connection->calls, of_connection)
        call_cancelled(call);
        if (connection->session)
            nghttp2_session_terminate_session(connection->session, NGHTTP2_NO_ERROR);
        else
            connection->broken = true;
        connection->deadline = limit;
    }
    for (bool first = true; !LIST_EMPTY(&server->connections) && monotonic_now() < limit; first = false)
        server_turn(server, first ? 1 : limit);
    while ((connection = LIST_FIRST(&server->connections)))
        connection_close(connection);
    bool ended = workers_end(server, limit);
    server_take_ready(server);
    return ended;
}

void grpc_server_destroy(struct grpc_server *server)
{
    if (!server)
        return;
    if (server->poller >= 0)
        close(server->poller);
    if (server->wake >= 0)
        close(server->wake);
    free(server->input);
    nghttp2_session_callbacks_del(server->callbacks);
    nghttp2_option_del(server->session_options);
    pthread_cond_destroy(&server->work);
    pthread_cond_destroy(&server->moved);
    pthread_mutex_destroy(&server->lock);
    free(server);
}
