/* SPDX-License-Identifier: Apache-2.0
 *
 * serve.c - the transport of a provider program with methods that are made to be tested: what goes in comes
 * out, streams, waits, failures. Prints the handshake like a provider; logs to standard error.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "control.h"
#include "grpc_server.h"
#include "handshake.h"
#include "log.h"
#include "tls.h"

/* What the calls have come to, for the test to ask. */
struct counters {
    atomic_int waiting, cancelled;
};

struct waiter {
    pthread_mutex_t lock;
    pthread_cond_t cond;
    bool cancelled;
};

static bool reply(struct grpc_call *call, const void *bytes, size_t size)
{
    uint8_t *buffer = grpc_reply_buffer(call, size);
    if (!buffer)
        return false;
    memcpy(buffer, bytes, size);
    return grpc_reply_send(call);
}

static enum grpc_status echo(void *context, struct grpc_call *call, const uint8_t *message, size_t size)
{
    (void)context;
    return reply(call, message, size) ? GRPC_OK : GRPC_CANCELLED;
}

/* The request is "N" or "N WIDTH": sends "0" to "N-1", filled with zeros to that width. */
static enum grpc_status stream(void *context, struct grpc_call *call, const uint8_t *message, size_t size)
{
    char text[32] = "", *rest;
    (void)context;
    memcpy(text, message, size < sizeof(text) ? size : sizeof(text) - 1);
    long numbers = strtol(text, &rest, 10);
    int width = (int)strtol(rest, NULL, 10);
    for (long i = 0; i < numbers; i++) {
        char *number = NULL;
        int length = asprintf(&number, "%0*ld", width, i);
        bool sent = length >= 0 && reply(call, number, (size_t)length);
        if (length >= 0)
            free(number);
        if (!sent)
            return GRPC_CANCELLED;
    }
    return GRPC_OK;
}

/* The request is a number of bytes in decimal: sends so many. */
static enum grpc_status large(void *context, struct grpc_call *call, const uint8_t *message, size_t size)
{
    char text[24] = "";
    (void)context;
    memcpy(text, message, size < sizeof(text) ? size : sizeof(text) - 1);
    size_t count = strtoul(text, NULL, 10);
    uint8_t *buffer = grpc_reply_buffer(call, count);
    if (!buffer)
        return GRPC_RESOURCE_EXHAUSTED;
    memset(buffer, 'x', count);
    return grpc_reply_send(call) ? GRPC_OK : GRPC_CANCELLED;
}

static void waiter_cancel(void *argument)
{
    struct waiter *waiter = argument;
    pthread_mutex_lock(&waiter->lock);
    waiter->cancelled = true;
    pthread_cond_signal(&waiter->cond);
    pthread_mutex_unlock(&waiter->lock);
}

/* Answers when it is cancelled; not before. */
static enum grpc_status block(void *context, struct grpc_call *call, const uint8_t *message, size_t size)
{
    struct counters *counters = context;
    struct waiter waiter = {.lock = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER};
    (void)message, (void)size;
    grpc_call_on_cancel(call, waiter_cancel, &waiter);
    atomic_fetch_add(&counters->waiting, 1);
    pthread_mutex_lock(&waiter.lock);
    while (!waiter.cancelled)
        pthread_cond_wait(&waiter.cond, &waiter.lock);
    pthread_mutex_unlock(&waiter.lock);
    grpc_call_on_cancel(call, NULL, NULL);
    atomic_fetch_sub(&counters->waiting, 1);
    atomic_fetch_add(&counters->cancelled, 1);
    return GRPC_CANCELLED;
}

/* Fails with the request as the message. */
static enum grpc_status fail(void *context, struct grpc_call *call, const uint8_t *message, size_t size)
{
    char *text = strndup((const char *)message, size);
    (void)context;
    if (text)
        grpc_call_error(call, text);
    free(text);
    return GRPC_INVALID_ARGUMENT;
}

/* "WAITING CANCELLED" */
static enum grpc_status count(void *context, struct grpc_call *call, const uint8_t *message, size_t size)
{
    struct counters *counters = context;
    char text[48];
    (void)message, (void)size;
    snprintf(text, sizeof(text), "%d %d", atomic_load(&counters->waiting), atomic_load(&counters->cancelled));
    return reply(call, text, strlen(text)) ? GRPC_OK : GRPC_CANCELLED;
}

int main(void)
{
    static const struct grpc_method methods[] = {
        {"/test.Test/Echo", echo},
        {"/test.Test/Stream", stream},
        {"/test.Test/Large", large},
        {"/test.Test/Block", block},
        {"/test.Test/Fail", fail},
        {"/test.Test/Count", count},
        {"/tfplugin6.Provider/GetProviderSchema", echo},
    };
    static struct counters counters;
    struct grpc_service services[2] = {{methods, sizeof(methods) / sizeof(*methods), &counters}};
    struct endpoint endpoint;
    struct tls_identity *identity = NULL;
    struct log log;
    SSL_CTX *tls = NULL;
    const char *client = getenv("PLUGIN_CLIENT_CERT");
    char problem[256] = "";
    const char *trouble = problem;
    sigset_t ends;

    services[1].methods = control_methods(&services[1].count);
    services[1].context = NULL;
    log_init(&log, log_level_wanted(), STDERR_FILENO, "test");
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    int signals = signalfd(-1, &ends, SFD_CLOEXEC);
    bool ok = handshake_expected() && endpoint_open(&endpoint, problem, sizeof(problem));
    if (ok && client)
        ok = (identity = tls_identity_create()) != NULL;
    if (ok)
        ok = handshake_print(&endpoint, client ? tls_identity_text(identity) : NULL);
    if (ok && client)
        ok = (tls = tls_context_create(identity, client, &trouble)) != NULL;
    if (!ok) {
        fprintf(stderr, "cannot start: %s\n", trouble);
        return 1;
    }
    const struct grpc_server_options options = {.listener = endpoint.listener,
                                                .tls = tls,
                                                .services = services,
                                                .service_count = 2,
                                                .stop_fds = &signals,
                                                .stop_fd_count = 1,
                                                .log = &log.base};
    struct grpc_server *server = grpc_server_create(&options);
    bool ended = server && grpc_server_run(server);
    endpoint_close(&endpoint);
    if (!ended)
        _exit(2);
    grpc_server_destroy(server);
    SSL_CTX_free(tls);
    tls_identity_destroy(identity);
    close(signals);
    return 0;
}
