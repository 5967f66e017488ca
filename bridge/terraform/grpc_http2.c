/* SPDX-License-Identifier: Apache-2.0
 *
 * grpc_http2.c - gRPC's rules over nghttp2: which requests are calls, how a message is put together from
 * DATA frames, how an answer and its trailers go out. Runs on the I/O thread only.
 *
 * Floods are bounded by nghttp2's own limits, which are on by default: unsent acknowledgements, settings
 * in a frame, continuations of a header block and its size, and the rate of stream resets.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grpc_internal.h"

enum {
    STREAM_WINDOW = 4 << 20,
    CONNECTION_WINDOW = 16 << 20,
    HEADER_LIST_LIMIT = 16 << 10,
    FIRST_CAPACITY = 64 << 10, /* of a message's buffer; it grows as bytes arrive, not as they are promised */
    ERROR_TEXT_LIMIT = 2 << 10, /* percent-encoded within the 8 KiB that some clients take of headers */
};

static const uint64_t LONGEST_TIMEOUT = 100ull * 365 * 24 * 3600 * 1000000000; /* leaves room to add */

static nghttp2_nv header(const char *name, const char *value)
{
    return (nghttp2_nv){.name = (uint8_t *)name,
                        .value = (uint8_t *)value,
                        .namelen = strlen(name),
                        .valuelen = strlen(value),
                        .flags = NGHTTP2_NV_FLAG_NONE};
}

/* Percent-encodes as gRPC wants grpc-message to be. `encoded` holds three times ERROR_TEXT_LIMIT and one. */
static void encode_error(const char *text, char *encoded)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t size = strnlen(text, ERROR_TEXT_LIMIT);
    if (text[size]) {
        while (size && ((unsigned char)text[size] & 0xc0) == 0x80)
            size--; /* no character is cut in two */
    }
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= 0x20 && c <= 0x7e && c != '%') {
            *encoded++ = (char)c;
        } else {
            *encoded++ = '%';
            *encoded++ = digits[c >> 4];
            *encoded++ = digits[c & 15];
        }
    }
    *encoded = '\0';
}

/* Calls `submit` with the two fields that end every answer, preceded by `fields`. */
static int submit_status(struct grpc_call *call, const char *http_status, bool trailers_only)
{
    char number[12], encoded[3 * ERROR_TEXT_LIMIT + 1];
    nghttp2_nv fields[4];
    size_t count = 0;
    if (trailers_only) {
        fields[count++] = header(":status", http_status);
        fields[count++] = header("content-type", "application/grpc");
    }
    snprintf(number, sizeof(number), "%d", (int)call->status);
    fields[count++] = header("grpc-status", number);
    if (call->error && call->status != GRPC_OK) {
        encode_error(call->error, encoded);
        fields[count++] = header("grpc-message", encoded);
    }
    nghttp2_session *session = call->connection->session;
    if (trailers_only)
        return nghttp2_submit_response(session, call->stream_id, fields, count, NULL);
    return nghttp2_submit_trailer(session, call->stream_id, fields, count);
}

/* nghttp2 asks for up to `length` bytes of the answer. */
static ssize_t read_answer(nghttp2_session *session, int32_t stream_id, uint8_t *buffer, size_t length,
                           uint32_t *data_flags, nghttp2_data_source *source, void *user_data)
{
    struct grpc_call *call = source->ptr;
    struct reply *reply;
    size_t filled = 0;
    (void)session, (void)stream_id, (void)user_data;
    while (filled < length && (reply = STAILQ_FIRST(&call->outgoing))) {
        size_t part = reply->size - reply->sent;
        if (part > length - filled)
            part = length - filled;
        memcpy(buffer + filled, reply->bytes + reply->sent, part);
        filled += part;
        reply->sent += part;
        if (reply->sent == reply->size)
            call_sent(call, reply);
    }
    if (!STAILQ_EMPTY(&call->outgoing))
        return (ssize_t)filled;
    if (!call->ended)
        return filled ? (ssize_t)filled : NGHTTP2_ERR_DEFERRED;
    *data_flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
    if (submit_status(call, NULL, false))
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    return (ssize_t)filled;
}

/* Sends what there is of the answer, or goes on with it. */
static void call_answer(struct grpc_call *call)
{
    nghttp2_session *session = call->connection->session;
    int result = 0;
    if (!call->started && STAILQ_EMPTY(&call->outgoing)) {
        if (!call->ended)
            return;
        result = submit_status(call, "200", true);
    } else if (!call->started) {
        nghttp2_nv fields[] = {header(":status", "200"), header("content-type", "application/grpc")};
        nghttp2_data_provider answer = {.source = {.ptr = call}, .read_callback = read_answer};
        result = nghttp2_submit_response(session, call->stream_id, fields, 2, &answer);
    } else {
        nghttp2_session_resume_data(session, call->stream_id); /* refused where it is not waiting */
    }
    call->started = true;
    if (result)
        nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, call->stream_id, NGHTTP2_INTERNAL_ERROR);
}

/* Ends a call that no handler has seen. */
static void call_refuse(struct grpc_call *call, const char *http_status, enum grpc_status status,
                        const char *message)
{
    if (call->ended)
        return;
    call->deaf = true;
    call->ended = true;
    call->started = true;
    call->status = status;
    call->error = strdup(message);
    call_drop_message(call);
    if (submit_status(call, http_status, true))
        nghttp2_submit_rst_stream(call->connection->session, NGHTTP2_FLAG_NONE, call->stream_id,
                                  NGHTTP2_INTERNAL_ERROR);
}

void http2_call_progress(struct grpc_call *call)
{
    call_take(call);
    if (call->connection)
        call_answer(call);
    else
        call_drop_replies(call);
    call_release(call);
}

void http2_call_expire(struct grpc_call *call)
{
    call->deadline = GRPC_NO_DEADLINE;
    if (!call->connection || (call->ended && STAILQ_EMPTY(&call->outgoing)))
        return;
    call->deaf = true;
    struct reply *reply = STAILQ_FIRST(&call->outgoing);
    bool torn = reply && reply->sent;
    call->ended = true;
    call->status = GRPC_DEADLINE_EXCEEDED;
    free(call->error);
    call->error = strdup("the call's deadline has passed");
    call_drop_replies(call);
    if (torn) /* the middle of a message is no place for trailers */
        nghttp2_submit_rst_stream(call->connection->session, NGHTTP2_FLAG_NONE, call->stream_id,
                                  NGHTTP2_CANCEL);
    else
        call_answer(call);
    call_cancelled(call);
}

/* Makes room for the bytes that arrive: doubling, but never beyond the size that was announced. */
static bool message_reserve(struct grpc_call *call, size_t more)
{
    size_t needed = call->message_received + more;
    if (needed <= call->message_capacity)
        return true;
    size_t capacity = call->message_capacity ? 2 * call->message_capacity : FIRST_CAPACITY;
    if (capacity < needed)
        capacity = needed;
    if (capacity > call->message_size)
        capacity = call->message_size;
    uint8_t *grown = realloc(call->message, capacity);
    if (!grown)
        return false;
    call->message = grown;
    call->message_capacity = capacity;
    return true;
}

/* Looks at a message's prefix, once it is whole. */
static void prefix_check(struct grpc_call *call)
{
    const uint8_t *prefix = call->prefix;
    if (prefix[0]) {
        call_refuse(call, "200", prefix[0] == 1 ? GRPC_UNIMPLEMENTED : GRPC_INTERNAL,
                    prefix[0] == 1 ? "compressed messages are not supported: send them as they are"
                                   : "malformed message: unknown flag in its prefix");
        return;
    }
    call->message_size =
        (size_t)prefix[1] << 24 | (size_t)prefix[2] << 16 | (size_t)prefix[3] << 8 | (size_t)prefix[4];
    if (call->message_size > GRPC_MESSAGE_LIMIT)
        call_refuse(call, "200", GRPC_RESOURCE_EXHAUSTED, "the message is larger than 256 MiB");
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t stream_id, const uint8_t *data,
                   size_t length, void *user_data)
{
    struct grpc_call *call = nghttp2_session_get_stream_user_data(session, stream_id);
    (void)flags, (void)user_data;
    while (call && length && !call->deaf) {
        if (call->prefix_size < GRPC_PREFIX_SIZE) {
            call->prefix[call->prefix_size++] = *data++;
            length--;
            if (call->prefix_size == GRPC_PREFIX_SIZE)
                prefix_check(call);
            continue;
        }
        size_t part = call->message_size - call->message_received;
        if (part > length)
            part = length;
        if (!part) {
            call_refuse(call, "200", GRPC_INTERNAL, "more than one message where one is expected");
        } else if (!message_reserve(call, part)) {
            call_refuse(call, "200", GRPC_RESOURCE_EXHAUSTED, "no memory for the message");
        } else {
            memcpy(call->message + call->message_received, data, part);
            call->message_received += part;
            data += part;
            length -= part;
        }
    }
    return 0;
}

/* The client has said everything. */
static void request_end(struct grpc_call *call)
{
    if (call->deaf)
        return;
    call->deaf = true;
    if (call->prefix_size < GRPC_PREFIX_SIZE || call->message_received < call->message_size)
        call_refuse(call, "200", GRPC_INTERNAL, "the request ended before its message was whole");
    else if (!call_dispatch(call))
        call_refuse(call, "200", GRPC_RESOURCE_EXHAUSTED, "too many calls are under way");
}

static void request_check(struct grpc_call *call)
{
    if (!call->is_post)
        call_refuse(call, "405", GRPC_INTERNAL, "a gRPC call is a POST");
    else if (!call->is_grpc)
        call_refuse(call, "415", GRPC_INTERNAL, "the content type must be application/grpc");
    else if (call->bad_timeout)
        call_refuse(call, "200", GRPC_INTERNAL, "malformed grpc-timeout");
    else if (!call->method)
        call_refuse(call, "200", GRPC_UNIMPLEMENTED, "this provider has no such method");
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *user_data)
{
    (void)user_data;
    if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA)
        return 0;
    struct grpc_call *call = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    if (!call)
        return 0;
    if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
        request_check(call);
    if (frame->hd.flags & NGHTTP2_FLAG_END_STREAM)
        request_end(call);
    return 0;
}

/* An answer that ends before the request does: the client need not send the rest. */
static int on_frame_sent(nghttp2_session *session, const nghttp2_frame *frame, void *user_data)
{
    (void)user_data;
    if (frame->hd.type == NGHTTP2_HEADERS && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) &&
        !nghttp2_session_get_stream_remote_close(session, frame->hd.stream_id))
        nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_NO_ERROR);
    return 0;
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *user_data)
{
    struct connection *connection = user_data;
    if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
        return 0;
    struct grpc_call *call = calloc(1, sizeof(*call));
    if (!call)
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    call->server = connection->server;
    call->connection = connection;
    call->stream_id = frame->hd.stream_id;
    STAILQ_INIT(&call->outgoing);
    STAILQ_INIT(&call->replies);
    TAILQ_INSERT_TAIL(&connection->calls, call, of_connection);
    TAILQ_INSERT_TAIL(&connection->server->calls, call, of_server);
    nghttp2_session_set_stream_user_data(session, call->stream_id, call);
    return 0;
}

static bool text_is(const uint8_t *text, size_t length, const char *expected)
{
    return length == strlen(expected) && !memcmp(text, expected, length);
}

static bool is_grpc_type(const uint8_t *value, size_t length)
{
    static const char type[] = "application/grpc", proto[] = "+proto";
    size_t size = sizeof(type) - 1;
    if (length < size || memcmp(value, type, size))
        return false;
    value += size, length -= size;
    size = sizeof(proto) - 1;
    if (length >= size && !memcmp(value, proto, size))
        value += size, length -= size;
    return !length || *value == ';' || *value == ' ';
}

/* One to eight digits and a unit. False when it is something else. */
static bool parse_timeout(const uint8_t *value, size_t length, uint64_t *nanoseconds)
{
    static const struct {
        char unit;
        uint64_t nanoseconds;
    } units[] = {{'H', 3600000000000}, {'M', 60000000000}, {'S', 1000000000},
                 {'m', 1000000},       {'u', 1000},        {'n', 1}};
    uint64_t number = 0;
    if (length < 2 || length > 9)
        return false;
    for (size_t i = 0; i + 1 < length; i++) {
        if (value[i] < '0' || value[i] > '9')
            return false;
        number = 10 * number + (uint64_t)(value[i] - '0');
    }
    for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
        if (units[i].unit == (char)value[length - 1]) {
            uint64_t most = LONGEST_TIMEOUT / units[i].nanoseconds;
            *nanoseconds = (number < most ? number : most) * units[i].nanoseconds;
            return true;
        }
    }
    return false;
}

static void find_method(struct grpc_call *call, const uint8_t *path, size_t length)
{
    const struct grpc_server_options *options = &call->server->options;
    for (size_t i = 0; i < options->service_count; i++) {
        const struct grpc_service *service = &options->services[i];
        for (size_t j = 0; j < service->count; j++) {
            if (text_is(path, length, service->methods[j].path)) {
                call->service = service;
                call->method = &service->methods[j];
                return;
            }
        }
    }
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_length, const uint8_t *value, size_t length, uint8_t flags, void *user_data)
{
    struct grpc_call *call = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    uint64_t timeout;
    (void)flags, (void)user_data;
    if (!call || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
        return 0;
    if (text_is(name, name_length, ":method"))
        call->is_post = text_is(value, length, "POST");
    else if (text_is(name, name_length, ":path"))
        find_method(call, value, length);
    else if (text_is(name, name_length, "content-type"))
        call->is_grpc = is_grpc_type(value, length);
    else if (text_is(name, name_length, "grpc-timeout")) {
        if (parse_timeout(value, length, &timeout))
            call->deadline = monotonic_now() + timeout;
        else
            call->bad_timeout = true;
    }
    return 0;
}

static void call_detach(struct grpc_call *call)
{
    TAILQ_REMOVE(&call->connection->calls, call, of_connection);
    call->connection = NULL;
    call_drop_replies(call);
    call_cancelled(call);
    call_release(call);
}

static int on_stream_close(nghttp2_session *session, int32_t stream_id, uint32_t error_code, void *user_data)
{
    struct grpc_call *call = nghttp2_session_get_stream_user_data(session, stream_id);
    (void)error_code, (void)user_data;
    if (!call)
        return 0;
    nghttp2_session_set_stream_user_data(session, stream_id, NULL);
    call_detach(call);
    return 0;
}

bool http2_prepare(struct grpc_server *server)
{
    if (nghttp2_session_callbacks_new(&server->callbacks) || nghttp2_option_new(&server->session_options))
        return false;
    nghttp2_session_callbacks *callbacks = server->callbacks;
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_sent);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
    nghttp2_option_set_no_closed_streams(server->session_options, 1); /* only for priorities, unused here */
    return true;
}

bool http2_session_start(struct connection *connection)
{
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, GRPC_CONCURRENT_STREAMS},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, STREAM_WINDOW},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, HEADER_LIST_LIMIT},
    };
    struct grpc_server *server = connection->server;
    return !nghttp2_session_server_new2(&connection->session, server->callbacks, connection,
                                        server->session_options) &&
           !nghttp2_submit_settings(connection->session, NGHTTP2_FLAG_NONE, settings,
                                    sizeof(settings) / sizeof(*settings)) &&
           !nghttp2_session_set_local_window_size(connection->session, NGHTTP2_FLAG_NONE, 0,
                                                  CONNECTION_WINDOW);
}

void http2_session_end(struct connection *connection)
{
    struct grpc_call *call;
    while ((call = TAILQ_FIRST(&connection->calls)))
        call_detach(call);
    nghttp2_session_del(connection->session);
    connection->session = NULL;
}
