/* SPDX-License-Identifier: Apache-2.0
 *
 * session.h - the inside of a session: its settings, which never change, and what its threads
 * share, which is under one lock. Nobody holds the lock while a request is under way.
 */
#ifndef PLUGIN_SESSION_H
#define PLUGIN_SESSION_H

#include "astra_cmk.h"
#include "devops/shared.h"
#include "operation.h"
#include "provider_id.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct slot; /* devops/http.c: a connection that waits for its next request */
struct turn; /* provider_id.c: a cloud and region whose accounts are being asked for */

struct astra_session {
    /* Settings: written by open, then only read. */
    char *token;
    char *api_url;         /* without a slash at its end */
    bool plain_http;       /* which implies a loopback address */
    char *organization_id; /* or NULL */
    int max_retries;
    long timeout_ms;
    char *ca_file, *ca_path; /* or NULL: libcurl's own */
    struct curl_slist *headers, *body_headers;
    const struct astra_log *log; /* or NULL */

    /* The process that the rest belongs to: a child starts over, see session_enter(). */
    _Atomic pid_t owner;

    /* What threads share, under `lock`; `changed` is told of every change that someone may wait for. */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct operation *operations;
    size_t operation_count;
    int64_t last_ended_at; /* ms: when one of several operations ended */
    struct slot *idle_slots;
    size_t idle_count;
    uint64_t order; /* counts askings and sendings, to tell which came first */
    struct shared organization, keys, databases;
    bool listing_refused; /* GET /v2/kms is not to be had: ask for each region */
    struct turn *turns;
    struct seats seats;
};

/* Makes the session usable in this process; every public function calls it first. */
void session_enter(astra_session *session);

void session_lock(astra_session *session);
void session_unlock(astra_session *session);

/* Under the lock: tells every waiter that something changed. */
void session_changed(astra_session *session);

/* Under the lock: waits for a change, at most until `deadline_ms` of session_now() (-1: for ever).
 * May return early. */
void session_wait(astra_session *session, int64_t deadline_ms);

/* Milliseconds of the monotonic clock. */
int64_t session_now(void);

/* Whether log lines of this level are wanted; format nothing where they are not. */
bool session_logs(const astra_session *session, int level);

#endif
