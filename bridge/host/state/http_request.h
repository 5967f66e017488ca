/* SPDX-License-Identifier: Apache-2.0
 *
 * http_request.h - one request of the http backend, tried again where that may help. Knows nothing of states
 * and locks.
 */
#ifndef HOST_HTTP_REQUEST_H
#define HOST_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

struct backend;

/* How the server is spoken to. All owned; each may be NULL. */
struct http_settings {
    char *username, *password;
    char *ca_pem, *certificate_pem, *key_pem;
    bool skip_verification;
    unsigned retry_max;
    double retry_wait_min, retry_wait_max; /* seconds */
};

struct http_answer {
    long status;
    char *body; /* NUL-terminated */
    size_t length;
};

/* A request. `body` may be NULL. An interruptible one ends at backend_interrupt(). False with *problem, which
 * holds no credentials, where there was no answer; an answer of any status is one. */
struct http_request {
    const char *method, *url;
    const char *body;
    size_t length;
    bool interruptible;
};
bool http_send(struct backend *backend, const struct http_settings *settings,
               const struct http_request *request, struct http_answer *answer, char **problem);

void http_answer_clear(struct http_answer *answer);
void http_settings_clear(struct http_settings *settings);

/* A URL without user, password, query and fragment, for messages; NULL where it is none, or without memory.
 */
char *http_public_url(const char *url);

/* A URL with NAME=VALUE in its query. NULL without memory. */
char *http_url_with(const char *url, const char *name, const char *value);

#endif
