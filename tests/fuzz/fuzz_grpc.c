/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_grpc.c - the gRPC server against a client that says anything, in HTTP/2 or not. Whatever it was, a
 * client that comes after it is served, and every handler ends.
 *
 * Input: a byte (1: the rest is sent as it is; 2: the client then closes its side), then frames, sent behind
 * HTTP/2's preface: type, flags, stream, length (two bytes, the lower one first) and payload. The type CALL
 * stands for a request's HEADERS, made of the payload: which method, which fields (bits), the timeout's text.
 */
#include "fuzz.h"

#include "grpc_server.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    RAW = 1,
    CLOSES = 2,
    CALL = 0xc0,
    FRAMES_MAX = 64,
    REPLIES_MAX = 8,
    HEADERS = 1,
    END_HEADERS = 4,
    STREAMS = 16,
    FIELD_MAX = 126,
};
static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0";
static const char alive[] = "still here";

/* --- the service --- */

static bool reply(struct grpc_call *call, const void *bytes, size_t size)
{
    uint8_t *buffer = grpc_reply_buffer(call, size);
    CHECK(buffer != NULL);
    memcpy(buffer, bytes, size);
    return grpc_reply_send(call);
}

static enum grpc_status echo(void *context, struct grpc_call *call, const uint8_t *message, size_t size)
{
    (void)context;
    return reply(call, message, size) ? GRPC_OK : GRPC_CANCELLED;
}

static enum grpc_status stream(void *context, struct grpc_call *call, const uint8_t *message, size_t size)
{
    (void)context;
    for (size_t i = 0; i < size && i < REPLIES_MAX; i++)
        if (!reply(call, message, i))
            return GRPC_CANCELLED;
    return GRPC_OK;
}

static enum grpc_status refuse(void *context, struct grpc_call *call, const uint8_t *message, size_t size)
{
    char *text = strndup((const char *)message, size);
    (void)context;
    CHECK(text != NULL);
    grpc_call_error(call, text);
    free(text);
    return GRPC_INTERNAL;
}

struct waiter {
    pthread_mutex_t lock;
    pthread_cond_t cond;
    bool cancelled;
};

static void wake(void *argument)
{
    struct waiter *waiter = argument;
    pthread_mutex_lock(&waiter->lock);
    waiter->cancelled = true;
    pthread_cond_signal(&waiter->cond);
    pthread_mutex_unlock(&waiter->lock);
}

/* Ends when it is cancelled: at the latest when the server stops. */
static enum grpc_status wait(void *context, struct grpc_call *call, const uint8_t *message, size_t size)
{
    struct waiter waiter = {.lock = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER};
    (void)context;
    (void)message;
    (void)size;
    grpc_call_on_cancel(call, wake, &waiter);
    pthread_mutex_lock(&waiter.lock);
    while (!waiter.cancelled)
        pthread_cond_wait(&waiter.cond, &waiter.lock);
    pthread_mutex_unlock(&waiter.lock);
    grpc_call_on_cancel(call, NULL, NULL);
    return GRPC_CANCELLED;
}

static enum grpc_status stop(void *context, struct grpc_call *call, const uint8_t *message, size_t size)
{
    (void)context;
    (void)message;
    (void)size;
    grpc_call_stop_server(call);
    return reply(call, alive, sizeof alive - 1) ? GRPC_OK : GRPC_CANCELLED;
}

static const struct grpc_method methods[] = {
    {"/f/Echo", echo}, {"/f/Stream", stream}, {"/f/Refuse", refuse}, {"/f/Wait", wait}, {"/f/None", NULL}};
enum { METHODS = sizeof methods / sizeof *methods }; /* the last one is not served */
static const char stop_path[] = "/stop/Stop";
static const struct grpc_method stop_methods[] = {{stop_path, stop}};

/* --- the clients --- */

struct bytes {
    uint8_t at[1 << 17];
    size_t size;
};

static void put(struct bytes *out, const void *bytes, size_t size)
{
    CHECK(out->size + size <= sizeof out->at);
    memcpy(out->at + out->size, bytes, size);
    out->size += size;
}

static void put_frame(struct bytes *out, unsigned type, unsigned flags, unsigned stream_id,
                      const void *payload, size_t size)
{
    const uint8_t head[9] = {
        (uint8_t)(size >> 16), (uint8_t)(size >> 8), (uint8_t)size, (uint8_t)type, (uint8_t)flags, 0, 0, 0,
        (uint8_t)stream_id};
    put(out, head, sizeof head);
    put(out, payload, size);
}

/* A field in HPACK's plainest form: a literal that is not indexed, of a size that takes one byte. */
static void put_field(struct bytes *out, const char *name, const char *value)
{
    const uint8_t zero = 0, name_size = (uint8_t)strlen(name), size = (uint8_t)strnlen(value, FIELD_MAX);
    put(out, &zero, 1);
    put(out, &name_size, 1);
    put(out, name, name_size);
    put(out, &size, 1);
    put(out, value, size);
}

/* The HEADERS of a request. bits: fields that are left out or odd. */
static void put_call(struct bytes *out, const char *path, unsigned bits, unsigned flags, unsigned stream_id,
                     const char *timeout)
{
    static struct bytes block;
    block.size = 0;
    put_field(&block, ":method", bits & 1 ? "PUTT" : "POST");
    put_field(&block, ":scheme", "http");
    put_field(&block, ":authority", "localhost");
    if (!(bits & 2))
        put_field(&block, ":path", path);
    if (!(bits & 4))
        put_field(&block, "te", "trailers");
    put_field(&block, "content-type", bits & 8 ? "text/plain" : "application/grpc");
    if (bits & 16)
        put_field(&block, "grpc-timeout", timeout);
    put_frame(out, HEADERS, flags, stream_id, block.at, block.size);
}

static void put_input(struct bytes *out, struct fuzz_input *input)
{
    put(out, preface, sizeof preface - 1);
    for (int i = 0; i < FRAMES_MAX && input->left > 0; i++) {
        unsigned type = fuzz_byte(input), flags = fuzz_byte(input), stream_id = fuzz_byte(input);
        size_t size = fuzz_byte(input);
        size += (size_t)fuzz_byte(input) << 8;
        if (size > input->left)
            size = input->left;
        struct fuzz_input payload = {input->at, size};
        input->at += size;
        input->left -= size;
        if (type != CALL) {
            put_frame(out, type, flags, stream_id, payload.at, payload.left);
            continue;
        }
        unsigned choice = fuzz_byte(&payload), bits = fuzz_byte(&payload);
        char *timeout = fuzz_rest(&payload, NULL);
        put_call(out, methods[choice % METHODS].path, bits, flags, stream_id % STREAMS, timeout);
        free(timeout);
    }
}

static int listener_of(struct sockaddr_un *address, socklen_t *size)
{
    static int listener = -1;
    static struct sockaddr_un bound = {.sun_family = AF_UNIX};
    static socklen_t bound_size = sizeof bound;
    if (listener < 0) {
        /* Without a name Linux gives it one, which is no file. */
        listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        CHECK(listener >= 0 && !bind(listener, (struct sockaddr *)&bound, sizeof bound.sun_family));
        CHECK(!listen(listener, 4) && !getsockname(listener, (struct sockaddr *)&bound, &bound_size));
    }
    *address = bound;
    *size = bound_size;
    return listener;
}

/* Connects, and says all that it will say. */
static int client(const struct bytes *says)
{
    struct sockaddr_un address;
    socklen_t size;
    listener_of(&address, &size);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0 && !connect(fd, (struct sockaddr *)&address, size));
    CHECK(says->size == 0 || send(fd, says->at, says->size, MSG_DONTWAIT) == (ssize_t)says->size);
    return fd;
}

/* Whether the server, which is gone, has said this. */
static bool heard(int fd, const char *text)
{
    static uint8_t bytes[1 << 16];
    size_t size = 0;
    ssize_t count;
    while (size < sizeof bytes && (count = recv(fd, bytes + size, sizeof bytes - size, MSG_DONTWAIT)) > 0)
        size += (size_t)count;
    return memmem(bytes, size, text, strlen(text)) != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct bytes fuzzed, proper;
    static const uint8_t empty_message[5];
    struct fuzz_input input = {data, size};
    const struct grpc_service services[] = {{methods, METHODS - 1, NULL}, {stop_methods, 1, NULL}};
    struct sockaddr_un address;
    socklen_t address_size;
    struct grpc_server_options options = {
        .listener = listener_of(&address, &address_size), .services = services, .service_count = 2};
    fuzzed.size = proper.size = 0;

    unsigned how = fuzz_byte(&input);
    if (how & RAW)
        put(&fuzzed, input.at, input.left < sizeof fuzzed.at ? input.left : sizeof fuzzed.at);
    else
        put_input(&fuzzed, &input);
    if (memmem(fuzzed.at, fuzzed.size, stop_path, strlen(stop_path)) != NULL)
        return 0; /* guessed; it would stop the server before the other client came */
    put(&proper, preface, sizeof preface - 1);
    put_call(&proper, stop_path, 0, END_HEADERS, 1, "");
    put_frame(&proper, 0, 1, 1, empty_message, sizeof empty_message);

    struct grpc_server *server = grpc_server_create(&options);
    CHECK(server != NULL);
    int first = client(&fuzzed);
    if (how & CLOSES)
        shutdown(first, SHUT_WR);
    int second = client(&proper);
    CHECK(grpc_server_run(server));
    grpc_server_destroy(server);
    CHECK(heard(second, alive));
    close(first);
    close(second);
    return 0;
}
