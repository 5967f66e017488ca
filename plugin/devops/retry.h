/* SPDX-License-Identifier: Apache-2.0
 *
 * retry.h - when a request is tried again, and how long to wait before. Whether it may be, its sender
 * knows: see send_safely() and send_once().
 */
#ifndef PLUGIN_DEVOPS_RETRY_H
#define PLUGIN_DEVOPS_RETRY_H

#include "http.h"

#include <stdbool.h>
#include <stdint.h>

enum { RETRY_MAX = 20 };

/* What may still be spent on one request. */
struct retry {
    int tries;        /* made so far */
    int left;         /* that may still be made */
    int64_t deadline; /* no wait may reach beyond: ms of session_now() */
};

void retry_start(struct retry *retry, const astra_session *session);

/* What the next wait is, in ms: full jitter below an exponential bound, `random` being any 64 random bits,
 * on top of what the server asked for (`retry_after` seconds). */
int64_t retry_delay(int tries, int64_t retry_after, uint64_t random);

/* Whether a later try of the same request may end better than this one did. */
bool retry_worth(const struct http_answer *answer);

/* Waits before the next try. *again: whether there may be one. Fails when cancelled. */
int retry_wait(struct operation *operation, struct retry *retry, const struct http_answer *answer,
               bool *again);

/* Sends a request a single time. Fails only when cancelled or without memory; all else stands in `answer`. */
int send_try(struct operation *operation, const struct http_request *request, struct retry *retry,
             struct http_answer *answer);

/* Sends a request that may be repeated, until it is answered or the budget is spent. Fails only when
 * cancelled or without memory; all else stands in `answer`. */
int send_safely(struct operation *operation, const char *path, struct http_answer *answer);

/* Sends a request that must not be repeated blindly: again only where it surely had no effect (429, or it
 * never went out). What remains doubtful stands in `answer`. */
int send_once(struct operation *operation, const struct http_request *request, struct retry *retry,
              struct http_answer *answer);

/* Whether the request may have had its effect although no answer says so. */
bool send_in_doubt(const struct http_answer *answer);

#endif
