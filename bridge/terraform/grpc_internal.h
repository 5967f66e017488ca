/* SPDX-License-Identifier: Apache-2.0
 *
 * grpc_internal.h - what the three files of the gRPC server share: grpc_server.c moves bytes and
 * keeps time, grpc_http2.c turns them into calls and answers, grpc.c runs the handlers.
 *
 * Threads: everything belongs to the I/O thread (the one in grpc_server_run) save what is marked
 * otherwise. A call is made and freed by the I/O thread; its worker hands it back through the `ready`
 * queue and does not touch it after the last time.
 */
#ifndef BRIDGE_TERRAFORM_GRPC_INTERNAL_H
#define BRIDGE_TERRAFORM_GRPC_INTERNAL_H

#include <pthread.h>
#include <sys/queue.h>

#include <nghttp2/nghttp2.h>

#include "grpc_server.h"

enum {
    GRPC_PREFIX_SIZE = 5,
    GRPC_MESSAGE_LIMIT = 256 << 20,   /* bytes of one message, as Terraform's own limit */
    GRPC_CONCURRENT_STREAMS = 256,    /* of one connection */
    GRPC_CONNECTIONS = 64,            /* at one time */
    GRPC_WORKERS = 1024,              /* threads; calls that were reset may still be running */
    GRPC_REPLY_QUEUE_LIMIT = 4 << 20, /* bytes waiting to be sent before grpc_reply_send() waits */
    GRPC_NO_DEADLINE = 0,
};

/* A reply message, its prefix included. */
struct reply {
    STAILQ_ENTRY(reply) link;
    size_t size, sent;
    uint8_t bytes[];
};
STAILQ_HEAD(reply_queue, reply);

struct grpc_call {
    struct grpc_server *server;
    const struct grpc_service *service;
    const struct grpc_method *method; /* NULL: not one of ours */

    struct connection *connection; /* NULL once the stream is closed */
    int32_t stream_id;
    TAILQ_ENTRY(grpc_call) of_connection;
    TAILQ_ENTRY(grpc_call) of_server;
    uint64_t deadline; /* monotonic nanoseconds, or GRPC_NO_DEADLINE */

    /* The request, until a worker has it. */
    bool is_post, is_grpc, bad_timeout;
    bool deaf; /* what else arrives on this stream is dropped */
    uint8_t prefix[GRPC_PREFIX_SIZE];
    size_t prefix_size;
    uint8_t *message;
    size_t message_size, message_received, message_capacity;

    /* The answer. */
    bool started;                /* response headers were submitted */
    bool ended;                  /* status and error are final */
    struct reply_queue outgoing; /* taken from `replies` */
    enum grpc_status status;
    char *error;

    /* Worker only. */
    struct reply *buffer;

    /* Under server->lock. */
    bool running;  /* queued for a worker, or with one */
    bool is_ready; /* in the ready queue */
    bool cancelled, cancelling;
    bool stop_server;
    void (*cancel)(void *argument);
    void *cancel_argument;
    struct reply_queue replies;
    size_t queued; /* bytes of `replies` and `outgoing` */
    bool finished;
    enum grpc_status worker_status;
    char *worker_error;
    TAILQ_ENTRY(grpc_call) queue; /* of jobs, then of ready calls */
};
TAILQ_HEAD(call_list, grpc_call);

struct connection {
    struct grpc_server *server;
    LIST_ENTRY(connection) link;
    int fd;
    struct ssl_st *tls;
    nghttp2_session *session; /* NULL during the TLS handshake */
    struct call_list calls;
    uint64_t deadline; /* of the TLS handshake */
    uint8_t *out;      /* serialized frames that wait for the socket */
    size_t out_size, out_sent;
    bool wants_write; /* the poller waits for room */
    bool broken;
};

struct grpc_server {
    struct grpc_server_options options;
    int poller, wake;
    LIST_HEAD(, connection) connections;
    size_t connection_count;
    nghttp2_session_callbacks *callbacks;
    nghttp2_option *session_options;
    struct call_list calls; /* all that exist, also those whose stream is gone */
    uint64_t accept_again;  /* when the listener is polled again, after descriptors ran out; else 0 */
    bool stopping;
    bool unread;    /* TLS may hold bytes that were not read in this turn */
    uint8_t *input; /* what was just read */

    pthread_mutex_t lock;
    pthread_cond_t work;  /* a job, or the end, for idle workers */
    pthread_cond_t moved; /* replies were sent, a cancel returned, a worker ended */
    struct call_list jobs, ready;
    size_t workers, idle, waiting; /* threads, those of them without a job, jobs without a thread */
    bool ending;
};

/* grpc.c */
bool call_dispatch(struct grpc_call *call);  /* gives the whole request to a worker; false without one */
void call_cancelled(struct grpc_call *call); /* tells the handler, if one runs, that nobody waits any more */
void call_take(struct grpc_call *call);      /* moves what the worker left to the I/O thread's side */
void call_sent(struct grpc_call *call, struct reply *reply); /* a reply has left: frees it */
void call_drop_replies(struct grpc_call *call);
void call_drop_message(struct grpc_call *call); /* wipes it: it may hold a provider's settings */
void call_release(struct grpc_call *call);      /* frees it once stream and worker are done with it */
bool workers_end(struct grpc_server *server, uint64_t deadline); /* true when all have ended */

/* grpc_http2.c */
bool http2_prepare(struct grpc_server *server);
bool http2_session_start(struct connection *connection);
void http2_call_progress(struct grpc_call *call); /* the worker queued a reply, or finished */
void http2_call_expire(struct grpc_call *call);   /* its deadline has passed */
void http2_session_end(struct connection *connection);

/* grpc_server.c */
uint64_t monotonic_now(void);
void server_wake(struct grpc_server *server); /* any thread */

#endif
