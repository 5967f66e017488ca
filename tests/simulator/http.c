/* SPDX-License-Identifier: Apache-2.0
 *
 * http.c - the glue to libmicrohttpd; see http.h. A thread per connection, so that a
 * request that waits (latency, a delayed or held answer, a trickle) blocks no other.
 */
#include "http.h"
#include "admin.h"
#include "devops.h"
#include "json.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>

enum { LARGEST_REQUEST = 1 << 20, MOST_CONNECTIONS = 2000 };

static const char GARBAGE[] = "\x16\x03\x00 this is not HTTP \xff\xfe\r\n\r\n";

/* --- what routes see --- */

const char *request_query(const struct request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

const char *request_header(const struct request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

bool answer_json(struct answer *answer, unsigned status, struct json_object *object)
{
    size_t size = 0;
    const char *text = object ? json_object_to_json_string_length(
                                    object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &size)
                              : NULL;
    char *copy = text ? strdup(text) : NULL;
    json_object_put(object);
    free(answer->body);
    *answer = (struct answer){.status = status, .body = copy, .body_size = copy ? size : 0};
    return copy != NULL;
}

bool answer_error(struct answer *answer, unsigned status, const char *message)
{
    struct json_object *report = json_object_new_object();
    struct json_object *list = json_object_new_array();
    struct json_object *error = json_object_new_object();
    bool good = json_put(error, "ID", json_object_new_int((int)(340000 + status)));
    good = json_put(error, "message", json_object_new_string(message)) && good;
    good = json_append(list, error) && good;
    good = json_put(report, "errors", list) && good;
    if (!good) {
        json_object_put(report);
        report = NULL;
    }
    return answer_json(answer, status, report);
}

/* --- waiting --- */

static int connection_socket(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}

/* Waits for `milliseconds` (-1: for ever) or until `released` is readable. False: the client went away. */
static bool pause_for(int client, int released, int milliseconds)
{
    struct pollfd watched[] = {{.fd = client, .events = POLLRDHUP}, {.fd = released, .events = POLLIN}};
    int ready;
    do
        ready = poll(watched, 2, milliseconds);
    while (ready < 0 && errno == EINTR);
    return ready <= 0 || watched[0].revents == 0;
}

/* The waits before an answer. False: the client went away. */
static bool wait_before_answer(struct server *server, int client, struct fault *fault)
{
    bool there = true;
    if (server->options->latency_ms > 0)
        there = pause_for(client, server->stopping, server->options->latency_ms);
    if (there && fault && (fault->hold || fault->delay_ms > 0)) {
        faults_hold(server->faults, fault, true);
        there = pause_for(client, fault->released, fault->hold ? -1 : fault->delay_ms);
        faults_hold(server->faults, fault, false);
    }
    return there;
}

/* --- answers --- */

/* A body that a fault repeats, cuts short or trickles. */
struct stream {
    struct server *server;
    struct fault *fault; /* to be given back */
    char *text;
    size_t text_size;
    uint64_t end; /* where it is cut, or ends */
    bool cut;
    int client;
};

static ssize_t stream_read(void *context, uint64_t position, char *buffer, size_t size)
{
    const struct stream *stream = context;
    if (position >= stream->end)
        return stream->cut ? MHD_CONTENT_READER_END_WITH_ERROR : MHD_CONTENT_READER_END_OF_STREAM;
    if (size > stream->end - position)
        size = (size_t)(stream->end - position);
    if (stream->fault->trickle_ms > 0) {
        size = 1;
        if (!pause_for(stream->client, stream->fault->released, stream->fault->trickle_ms))
            return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    for (size_t done = 0; done < size;) {
        size_t start = (size_t)((position + done) % stream->text_size);
        size_t part = stream->text_size - start < size - done ? stream->text_size - start : size - done;
        memcpy(buffer + done, stream->text + start, part);
        done += part;
    }
    return (ssize_t)size;
}

static void stream_free(void *context)
{
    struct stream *stream = context;
    faults_give_back(stream->server->faults, stream->fault);
    free(stream->text);
    free(stream);
}

/* Takes the answer's body over, and the fault, in every case. */
static struct MHD_Response *stream_response(struct server *server, struct MHD_Connection *connection,
                                            struct fault *fault, struct answer *answer)
{
    struct stream *stream = calloc(1, sizeof *stream);
    if (!stream) {
        faults_give_back(server->faults, fault);
        return NULL;
    }
    *stream = (struct stream){.server = server,
                              .fault = fault,
                              .text = answer->body,
                              .text_size = answer->body_size,
                              .cut = fault->close == CLOSE_MIDDLE,
                              .client = connection_socket(connection)};
    *answer = (struct answer){.status = answer->status};
    uint64_t size = stream->text_size * (fault->body ? fault->body_repeat : 1);
    stream->end = stream->cut ? size / 2 : size;
    struct MHD_Response *response =
        MHD_create_response_from_callback(size, 1 << 16, stream_read, stream, stream_free);
    if (!response)
        stream_free(stream);
    return response;
}

static struct MHD_Response *plain_response(struct answer *answer)
{
    static char nothing[1];
    struct MHD_Response *response =
        answer->body ? MHD_create_response_from_buffer(answer->body_size, answer->body, MHD_RESPMEM_MUST_FREE)
                     : MHD_create_response_from_buffer(0, nothing, MHD_RESPMEM_PERSISTENT);
    if (response)
        answer->body = NULL;
    return response;
}

/* Lets a fault change status and body. False: no memory. */
static bool spoil(const struct fault *fault, struct answer *answer)
{
    if (!fault)
        return true;
    if (fault->status && !fault->body &&
        !answer_error(answer, fault->status, "the simulator was told to fail"))
        return false;
    if (fault->body) {
        free(answer->body);
        answer->body = strdup(fault->body);
        if (!answer->body)
            return false;
        answer->body_size = strlen(answer->body);
    }
    if (fault->status)
        answer->status = fault->status;
    /* Half of an empty body would be a whole one. */
    if (fault->close == CLOSE_MIDDLE && !answer->body_size)
        return answer_json(answer, answer->status, json_object_new_object());
    return true;
}

static bool has_header(const struct fault *fault, const char *name)
{
    for (size_t i = 0; fault && i < fault->header_count; i++) {
        if (strcasecmp(fault->headers[i].name, name) == 0)
            return true;
    }
    return false;
}

/* Sends the answer, whose body is taken over, as is the fault. */
static enum MHD_Result send_answer(struct server *server, struct MHD_Connection *connection,
                                   struct fault *fault, struct answer *answer)
{
    enum MHD_Result sent = MHD_NO;
    bool streamed = fault && answer->body_size > 0 &&
                    (fault->close == CLOSE_MIDDLE || fault->trickle_ms > 0 || fault->body_repeat > 1);
    /* The stream may be freed, and give its fault back, before this function ends. */
    struct MHD_Response *response =
        streamed ? stream_response(server, connection, fault, answer) : plain_response(answer);
    if (!response)
        goto done;
    if (answer->body_size > 0 || streamed) {
        if (!has_header(fault, "Content-Type") &&
            MHD_add_response_header(response, "Content-Type", "application/json") == MHD_NO)
            goto done;
    }
    for (size_t i = 0; fault && i < fault->header_count; i++) {
        if (MHD_add_response_header(response, fault->headers[i].name, fault->headers[i].value) == MHD_NO)
            goto done;
    }
    sent = MHD_queue_response(connection, answer->status, response);
done:
    if (response)
        MHD_destroy_response(response);
    if (!streamed)
        faults_give_back(server->faults, fault);
    free(answer->body);
    return sent;
}

/* --- requests --- */

static uint64_t connection_number(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? (uintptr_t)info->socket_context : 0;
}

static bool answer_request(struct server *server, const struct request *request, const struct fault *fault,
                           struct answer *answer)
{
    if (request->too_large)
        return answer_error(answer, 413, "the request is too large");
    if (!fault || !fault->status || fault->store || fault->close == CLOSE_AFTER_STORING)
        return devops_answer(server, request, answer);
    return true;
}

static enum MHD_Result serve_devops(struct server *server, const struct request *request)
{
    enum traffic_end end = TRAFFIC_CLOSED;
    struct answer answer = {.status = 200};
    int client = connection_socket(request->connection);
    uint64_t number =
        traffic_arrived(server->traffic, request->method, request->path, devops_group(request->path),
                        request_header(request, "Authorization"), connection_number(request->connection));
    struct fault *fault = faults_take(server->faults, request->method, request->path);
    if (!wait_before_answer(server, client, fault)) {
        end = TRAFFIC_ABORTED;
        goto closed;
    }
    if (fault && fault->close == CLOSE_BEFORE)
        goto closed;
    if (fault && fault->garbage) {
        /* The client may be gone already; then there is nothing to spoil. */
        (void)!send(client, GARBAGE, sizeof GARBAGE - 1, MSG_NOSIGNAL);
        goto closed;
    }
    if (!answer_request(server, request, fault, &answer))
        goto closed;
    if (fault && fault->close == CLOSE_AFTER_STORING)
        goto closed;
    if (!spoil(fault, &answer))
        goto closed;
    /* Before the client can know, so that a test sees what it waited for. */
    traffic_ended(server->traffic, number, answer.status,
                  fault && fault->close == CLOSE_MIDDLE ? TRAFFIC_CLOSED : TRAFFIC_ANSWERED);
    return send_answer(server, request->connection, fault, &answer);

closed:
    traffic_ended(server->traffic, number, 0, end);
    faults_give_back(server->faults, fault);
    free(answer.body);
    return MHD_NO;
}

static enum MHD_Result serve_admin(struct server *server, const struct request *request)
{
    struct answer answer = {.status = 200};
    bool good = request->too_large ? answer_error(&answer, 413, "the request is too large")
                                   : admin_answer(server, request, &answer);
    if (!good) {
        free(answer.body);
        return MHD_NO;
    }
    return send_answer(server, request->connection, NULL, &answer);
}

static bool take_upload(struct request *request, const char *data, size_t size)
{
    if (request->too_large || request->body_size + size > LARGEST_REQUEST) {
        request->too_large = true;
        return true;
    }
    char *body = realloc(request->body, request->body_size + size);
    if (!body)
        return false;
    memcpy(body + request->body_size, data, size);
    request->body = body;
    request->body_size += size;
    return true;
}

/* libmicrohttpd calls this for the head of a request, for each part of its body, and at its end. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *version, const char *data, size_t *size,
                                  void **state)
{
    (void)version;
    struct request *request = *state;
    if (!request) {
        request = calloc(1, sizeof *request);
        *state = request;
        return request ? MHD_YES : MHD_NO;
    }
    if (*size > 0) {
        bool taken = take_upload(request, data, *size);
        *size = 0;
        return taken ? MHD_YES : MHD_NO;
    }
    request->connection = connection;
    request->path = path;
    request->method = method;
    return admin_owns(path) ? serve_admin(context, request) : serve_devops(context, request);
}

static void on_request_end(void *context, struct MHD_Connection *connection, void **state,
                           enum MHD_RequestTerminationCode reason)
{
    (void)context;
    (void)connection;
    (void)reason;
    struct request *request = *state;
    if (request)
        free(request->body);
    free(request);
    *state = NULL;
}

static void on_connection(void *context, struct MHD_Connection *connection, void **number,
                          enum MHD_ConnectionNotificationCode code)
{
    static atomic_uintptr_t last;
    (void)context;
    (void)connection;
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        *number = (void *)(atomic_fetch_add(&last, 1) + 1);
}

/* --- start and stop --- */

static char *read_file(const char *path)
{
    char *text = NULL;
    struct stat about;
    FILE *file = fopen(path, "re");
    if (file && fstat(fileno(file), &about) == 0 && about.st_size > 0 && about.st_size < LARGEST_REQUEST) {
        size_t size = (size_t)about.st_size;
        text = calloc(1, size + 1);
        if (text && fread(text, 1, size, file) != size) {
            free(text);
            text = NULL;
        }
    }
    if (file)
        fclose(file);
    if (!text)
        fprintf(stderr, "astra-simulator: can't read %s; give a PEM file.\n", path);
    return text;
}

static socklen_t loopback(const struct options *options, struct sockaddr_storage *address)
{
    struct sockaddr_in *four = (struct sockaddr_in *)address;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)address;
    memset(address, 0, sizeof *address);
    if (inet_pton(AF_INET, options->host, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons(options->port);
        return sizeof *four;
    }
    inet_pton(AF_INET6, options->host, &six->sin6_addr);
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(options->port);
    return sizeof *six;
}

bool server_start(struct server *server)
{
    const struct options *options = server->options;
    struct sockaddr_storage address;
    loopback(options, &address);
    char *certificate = options->tls_certificate ? read_file(options->tls_certificate) : NULL;
    char *key = certificate ? read_file(options->tls_key) : NULL;
    if (options->tls_certificate && !key)
        goto done;
    struct MHD_OptionItem tls[] = {{MHD_OPTION_HTTPS_MEM_CERT, 0, certificate},
                                   {MHD_OPTION_HTTPS_MEM_KEY, 0, key},
                                   {MHD_OPTION_END, 0, NULL}};
    if (!key)
        tls[0] = tls[2];
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL |
                     (key ? MHD_USE_TLS : 0U) | (address.ss_family == AF_INET6 ? MHD_USE_IPv6 : 0U);
    server->daemon =
        MHD_start_daemon(flags, options->port, NULL, NULL, on_request, server, MHD_OPTION_SOCK_ADDR,
                         (struct sockaddr *)&address, MHD_OPTION_CONNECTION_LIMIT, (unsigned)MOST_CONNECTIONS,
                         MHD_OPTION_NOTIFY_COMPLETED, on_request_end, NULL, MHD_OPTION_NOTIFY_CONNECTION,
                         on_connection, NULL, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
    if (!server->daemon)
        fprintf(stderr, "astra-simulator: can't listen on %s, port %u%s; is the port free?\n", options->host,
                options->port, key ? " with this certificate and key" : "");
done:
    free(certificate);
    free(key);
    return server->daemon != NULL;
}

bool server_print_address(const struct server *server)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);
    bool six = strchr(server->options->host, ':') != NULL;
    return info &&
           printf("%s://%s%s%s:%u\n", server->options->tls_key ? "https" : "http", six ? "[" : "",
                  server->options->host, six ? "]" : "", info->port) > 0 &&
           fflush(stdout) == 0;
}

void server_stop(struct server *server)
{
    eventfd_write(server->stopping, 1);
    faults_clear(server->faults);
    traffic_stop(server->traffic);
    if (server->daemon)
        MHD_stop_daemon(server->daemon);
    server->daemon = NULL;
}
