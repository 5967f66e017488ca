/* SPDX-License-Identifier: Apache-2.0
 *
 * http.h - one try of one request, over libcurl. Knows connections, TLS, limits and redirects; when to
 * try again is retry.h's, what an answer means kms.h's and its neighbours'.
 *
 * Requests run in slots, each one curl multi handle with one easy handle, driven by the calling thread.
 * A slot keeps its connection; the one used last is used next.
 */
#ifndef PLUGIN_DEVOPS_HTTP_H
#define PLUGIN_DEVOPS_HTTP_H

#include "../operation.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_request {
    const char *method; /* "GET", "POST" or "DELETE" */
    const char *path;   /* below the base address, percent-encoded, with the query: "/v2/kms" */
    const char *body;   /* JSON, or NULL */
};

/* What one try came to. Start it zeroed, end with http_answer_clear(). */
struct http_answer {
    CURLcode fault;      /* CURLE_OK: an HTTP answer came, whole */
    long status;         /* of the answer, 0 without one */
    char *body;          /* NUL-terminated, NULL when empty */
    size_t length;       /* bytes of the body */
    size_t capacity;     /* bytes at `body` */
    int64_t retry_after; /* seconds, 0 where the answer did not say */
    int64_t duration;    /* ms */
    unsigned sent;       /* how often the request went out: 0, it surely did not arrive */
    size_t head;         /* bytes of headers, interim answers' and those behind the body included */
    bool too_large;      /* the body or the head passed its limit */
    bool foreign;        /* redirected to another place, which was not followed */
    char fault_text[CURL_ERROR_SIZE];
};

void http_answer_clear(struct http_answer *answer);

/* Prepares libcurl, once a process. False without memory. */
bool http_start(void);

/* The session's header lists, which hold the token. */
bool http_headers_create(astra_session *session);
void http_headers_destroy(astra_session *session);

/* Closes the connections of idle slots. */
void http_slots_destroy(astra_session *session);

/* Sends the request once. Fails the operation when it is cancelled or without memory; any other outcome, a
 * connection fault too, is ASTRA_OK and told in `answer`. */
int http_try(struct operation *operation, const struct http_request *request, struct http_answer *answer);

/* Waits, until cancelled. */
int http_wait(struct operation *operation, int64_t milliseconds);

/* Under the session's lock: ends the waiting in a CURLM; NULL does nothing. */
void http_wake(void *multi);

/* A path segment, percent-encoded; NULL without memory. */
char *http_escape(const char *segment);

#endif
