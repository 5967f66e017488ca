/* SPDX-License-Identifier: Apache-2.0
 *
 * retry.c - when a request is tried again; see retry.h.
 */
#include "retry.h"

#include "../session.h"
#include "../text.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
    DELAY_FIRST_MS = 250,
    DELAY_MAX_MS = 20000,
    RETRY_AFTER_MAX_S = 86400, /* far beyond the overall limit: only keeps the arithmetic in range */
    OVERALL_MS = 300000,
    LOGGED_BODY_MAX = 64 * 1024,
};

void retry_start(struct retry *retry, const astra_session *session)
{
    *retry = (struct retry){.left = session->max_retries, .deadline = session_now() + OVERALL_MS};
}

int64_t retry_delay(int tries, int64_t retry_after, uint64_t random)
{
    int64_t bound = DELAY_FIRST_MS;

    for (int i = 1; i < tries && bound < DELAY_MAX_MS; i++) {
        bound *= 2;
    }
    if (bound > DELAY_MAX_MS) {
        bound = DELAY_MAX_MS;
    }
    if (retry_after > RETRY_AFTER_MAX_S) {
        retry_after = RETRY_AFTER_MAX_S;
    }
    /* What the server asked for is a floor; the jitter above it keeps callers apart. */
    return (retry_after > 0 ? retry_after * 1000 : 0) + (int64_t)(random % (uint64_t)(bound + 1));
}

static bool fault_passes(CURLcode fault)
{
    switch (fault) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_PARTIAL_FILE:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL: /* of the answer, "HTTP/0.9": the address was looked at before */
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_ABORTED_BY_CALLBACK: /* a dead connection, see before_request() */
        return true;
    default:
        return false;
    }
}

/* 501 says that the server has no such call, and will have none in a second either. */
static bool server_failed(const struct http_answer *answer)
{
    return !answer->fault && answer->status >= 500 && answer->status != 501;
}

bool retry_worth(const struct http_answer *answer)
{
    return answer->fault ? fault_passes(answer->fault) : answer->status == 429 || server_failed(answer);
}

bool send_in_doubt(const struct http_answer *answer)
{
    return answer->fault ? answer->sent > 0 : server_failed(answer);
}

int retry_wait(struct operation *operation, struct retry *retry, const struct http_answer *answer,
               bool *again)
{
    uint64_t random = 0;
    int64_t delay;

    *again = false;
    if (retry->left <= 0) {
        return ASTRA_OK;
    }
    /* A missing random number only makes this wait the shortest one. */
    if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random)) {
        random = 0;
    }
    delay = retry_delay(retry->tries, answer->fault ? 0 : answer->retry_after, random);
    if (session_now() + delay > retry->deadline) {
        return ASTRA_OK;
    }
    retry->left--;
    *again = true;
    return http_wait(operation, delay);
}

/* --- log lines --- */

static void log_line(const astra_session *session, int level, const char *message, struct json_object *fields)
{
    session->log->write(
        session->log, level, message,
        json_object_to_json_string_ext(fields, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
}

static void add_body(const astra_session *session, struct json_object *fields, const char *name,
                     const char *body, size_t length)
{
    char *clean = body ? text_clean(body, length, session->token, LOGGED_BODY_MAX) : NULL;

    if (clean) {
        json_object_object_add(fields, name, json_object_new_string(clean));
    }
    free(clean);
}

static void log_try(struct operation *operation, const struct http_request *request,
                    const struct http_answer *answer, int tries)
{
    const astra_session *session = operation->session;
    struct json_object *fields;

    if (!session_logs(session, ASTRA_LOG_DEBUG) || !(fields = json_object_new_object())) {
        return;
    }
    json_object_object_add(fields, "method", json_object_new_string(request->method));
    json_object_object_add(fields, "path", json_object_new_string(request->path));
    json_object_object_add(fields, "status", json_object_new_int64(answer->fault ? 0 : answer->status));
    json_object_object_add(fields, "duration_ms", json_object_new_int64(answer->duration));
    json_object_object_add(fields, "try", json_object_new_int(tries));
    if (answer->fault) {
        add_body(session, fields, "fault", answer->fault_text, strlen(answer->fault_text));
    }
    log_line(session, ASTRA_LOG_DEBUG, "DevOps API request", fields);
    if (session_logs(session, ASTRA_LOG_TRACE)) {
        add_body(session, fields, "request_body", request->body, request->body ? strlen(request->body) : 0);
        add_body(session, fields, "response_body", answer->body, answer->length);
        log_line(session, ASTRA_LOG_TRACE, "DevOps API request and answer", fields);
    }
    json_object_put(fields);
}

/* --- sending --- */

int send_try(struct operation *operation, const struct http_request *request, struct retry *retry,
             struct http_answer *answer)
{
    int status = http_try(operation, request, answer);

    retry->tries++;
    if (status == ASTRA_OK) {
        log_try(operation, request, answer, retry->tries);
    }
    return status;
}

int send_safely(struct operation *operation, const char *path, struct http_answer *answer)
{
    const struct http_request request = {.method = "GET", .path = path};
    struct retry retry;
    bool again = true;
    int status = ASTRA_OK;

    retry_start(&retry, operation->session);
    while (status == ASTRA_OK && again) {
        status = send_try(operation, &request, &retry, answer);
        again = status == ASTRA_OK && retry_worth(answer);
        if (again) {
            status = retry_wait(operation, &retry, answer, &again);
        }
    }
    return status;
}

int send_once(struct operation *operation, const struct http_request *request, struct retry *retry,
              struct http_answer *answer)
{
    bool again = true;
    int status = ASTRA_OK;

    while (status == ASTRA_OK && again) {
        status = send_try(operation, request, retry, answer);
        again = status == ASTRA_OK && retry_worth(answer) && !send_in_doubt(answer);
        if (again) {
            status = retry_wait(operation, retry, answer, &again);
        }
    }
    return status;
}
