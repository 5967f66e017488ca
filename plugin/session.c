/* SPDX-License-Identifier: Apache-2.0
 *
 * session.c - opening, closing and cancelling, and what a forked child needs. What a session is
 * used for stands in cmk_key.c and provider_id.c.
 */
#include "session.h"

#include "devops/http.h"
#include "devops/retry.h"
#include "provider_id.h"
#include "report.h"
#include "text.h"
#include "token_file.h"

#include <arpa/inet.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_API_URL "https://api.astra.datastax.com"

uint32_t astra_cmk_abi_version(void)
{
    return ASTRA_CMK_ABI_VERSION;
}

const char *astra_cmk_version(void)
{
    return PROJECT_VERSION;
}

void astra_free(void *memory)
{
    free(memory);
}

/* --- what threads share --- */

int64_t session_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool session_logs(const astra_session *session, int level)
{
    return session->log && session->log->write && session->log->level >= level;
}

void session_lock(astra_session *session)
{
    pthread_mutex_lock(&session->lock);
}

void session_unlock(astra_session *session)
{
    pthread_mutex_unlock(&session->lock);
}

void session_changed(astra_session *session)
{
    pthread_cond_broadcast(&session->changed);
}

void session_wait(astra_session *session, int64_t deadline_ms)
{
    struct timespec deadline = {.tv_sec = deadline_ms / 1000, .tv_nsec = deadline_ms % 1000 * 1000000};

    if (deadline_ms < 0) {
        pthread_cond_wait(&session->changed, &session->lock);
    } else {
        pthread_cond_timedwait(&session->changed, &session->lock, &deadline);
    }
}

static bool locks_init(astra_session *session)
{
    pthread_condattr_t attributes;
    bool done = false;

    if (pthread_condattr_init(&attributes)) {
        return false;
    }
    if (!pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) &&
        !pthread_cond_init(&session->changed, &attributes)) {
        done = !pthread_mutex_init(&session->lock, NULL);
        if (!done) {
            pthread_cond_destroy(&session->changed);
        }
    }
    pthread_condattr_destroy(&attributes);
    return done;
}

/* In a forked child: whatever the parent's threads were in the middle of is left alone, not freed and
 * above all not closed, since connections are the parent's too and must not hear a farewell. */
static void start_over(astra_session *session)
{
    locks_init(session);
    session->operations = NULL;
    session->operation_count = 0;
    session->idle_slots = NULL;
    session->idle_count = 0;
    session->turns = NULL;
    session->organization = session->keys = session->databases = (struct shared){0};
}

void session_enter(astra_session *session)
{
    const pid_t self = getpid(), nobody = 0;
    pid_t owner = atomic_load(&session->owner);

    while (owner != self) {
        if (owner == nobody) {
            sched_yield(); /* another thread of this child is at it */
            owner = atomic_load(&session->owner);
        } else if (atomic_compare_exchange_strong(&session->owner, &owner, nobody)) {
            start_over(session);
            atomic_store(&session->owner, self);
            owner = self;
        }
    }
}

/* --- settings --- */

static const char *setting(const char *value, const char *variable)
{
    return text_empty(value) ? getenv(variable) : value;
}

/* The first that is given: the settings, then the environment. Blanks at either end don't count. NULL after
 * reporting why. */
static char *find_token(const char *token, const char *token_file, const struct astra_report *report)
{
    const bool from_settings = !text_empty(token) || !text_empty(token_file);
    const char *path = from_settings ? token_file : getenv("ASTRA_API_TOKEN_FILE");
    char *found;

    token = from_settings ? token : getenv("ASTRA_API_TOKEN");
    if (text_empty(token) && !text_empty(path)) {
        return token_file_read(path, from_settings ? "`token_file`" : "ASTRA_API_TOKEN_FILE", report);
    }
    found = text_trim(token ? token : "");
    if (!found) {
        report_no_memory(report);
    }
    return found;
}

static int take_token(astra_session *session, const char *token, const char *token_file,
                      const struct astra_report *report)
{
    if (!text_empty(token) && !text_empty(token_file)) {
        report_error(report, "token_file", "Two tokens",
                     "Both `token` and `token_file` are set. Leave one of them out.");
        return ASTRA_INVALID;
    }
    session->token = find_token(token, token_file, report);
    if (!session->token) {
        return ASTRA_INVALID;
    }
    if (!*session->token) {
        report_error(
            report, "token", "No token",
            "Set `token`, `token_file`, or the environment's ASTRA_API_TOKEN or ASTRA_API_TOKEN_FILE, to "
            "an application token (\"AstraCS:…\"), or to a file that holds one, whose role may read "
            "and write CMK keys and view databases.");
        return ASTRA_INVALID;
    }
    /* A line break in a header would start another one. */
    if (text_has_blank(session->token)) {
        report_error(
            report, !text_empty(token_file) ? "token_file" : "token", "The token is malformed",
            "It holds a blank, a line break or a control character in the middle. Copy the token again, in "
            "one piece, to where it is taken from: `token`, `token_file`, or the environment's "
            "ASTRA_API_TOKEN or ASTRA_API_TOKEN_FILE.");
        return ASTRA_INVALID;
    }
    return ASTRA_OK;
}

static bool is_loopback(const char *host)
{
    struct in_addr v4;

    return !strcasecmp(host, "localhost") || !strcmp(host, "[::1]") ||
           (inet_pton(AF_INET, host, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127);
}

/* Why an address can't be used, or NULL. */
static const char *url_objection(CURLU *url, const char *text, bool *plain_http)
{
    char *scheme = NULL, *host = NULL, *part = NULL;
    const char *objection = NULL;
    static const CURLUPart unwanted[] = {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY,
                                         CURLUPART_FRAGMENT};

    if (curl_url_set(url, CURLUPART_URL, text, 0) || curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) ||
        curl_url_get(url, CURLUPART_HOST, &host, 0)) {
        objection = "It is not an address such as https://api.astra.datastax.com.";
    } else if (strcmp(scheme, "https") && strcmp(scheme, "http")) {
        objection = "It must begin with https://.";
    }
    *plain_http = scheme && !strcmp(scheme, "http");
    if (!objection && *plain_http && !is_loopback(host)) {
        objection = "Plain http would show the token to everyone on the way: use https. "
                    "(http is accepted for a loopback address only.)";
    }
    for (size_t i = 0; !objection && i < sizeof(unwanted) / sizeof(*unwanted); i++) {
        if (!curl_url_get(url, unwanted[i], &part, 0)) {
            objection = "It must hold no user name, password, query or fragment.";
            curl_free(part);
        }
    }
    curl_free(scheme);
    curl_free(host);
    return objection;
}

static int take_url(astra_session *session, const char *value, const struct astra_report *report)
{
    const char *text = setting(value, "ASTRA_API_URL");
    char *trimmed = text_trim(text_empty(text) ? DEFAULT_API_URL : text), *whole = NULL;
    CURLU *url = curl_url();
    const char *objection = NULL;
    size_t length;
    int status = ASTRA_OK;

    if (!trimmed || !url) {
        status = report_no_memory(report);
    } else if ((objection = url_objection(url, trimmed, &session->plain_http))) {
        report_error(
            report, "api_url", "The address of the DevOps API can't be used",
            "%s Correct `api_url` or the environment's ASTRA_API_URL, or leave both out for " DEFAULT_API_URL
            ".",
            objection);
        status = ASTRA_INVALID;
    } else if (curl_url_get(url, CURLUPART_URL, &whole, 0) || !(session->api_url = strdup(whole))) {
        status = report_no_memory(report);
    } else {
        length = strlen(session->api_url);
        while (length && session->api_url[length - 1] == '/') {
            session->api_url[--length] = '\0';
        }
    }
    curl_free(whole);
    curl_url_cleanup(url);
    free(trimmed);
    return status;
}

static int take_limits(astra_session *session, const char *organization_id, int32_t max_retries,
                       double request_timeout, const struct astra_report *report)
{
    if (max_retries < 0 || max_retries > RETRY_MAX) {
        report_error(report, "max_retries", "max_retries is out of range",
                     "Set `max_retries` to a number from 0 to %d.", RETRY_MAX);
        return ASTRA_INVALID;
    }
    /* Written so that a NaN is refused too. */
    if (!(request_timeout > 0 && request_timeout <= 86400)) {
        report_error(report, "request_timeout", "request_timeout is out of range",
                     "Set `request_timeout` to a number of seconds above 0, and not above 86400 (a day).");
        return ASTRA_INVALID;
    }
    session->max_retries = max_retries;
    session->timeout_ms = request_timeout < 0.001 ? 1 : (long)(request_timeout * 1000);
    if (!text_empty(organization_id) && !(session->organization_id = text_trim(organization_id))) {
        return report_no_memory(report);
    }
    return ASTRA_OK;
}

/* A copy of an environment variable; true also where it is not set. */
static bool take_variable(char **copy, const char *name)
{
    const char *value = getenv(name);

    return text_empty(value) || (*copy = strdup(value));
}

/* libcurl itself heeds none of these, its command line tool does. */
static bool take_certificates(astra_session *session)
{
    return take_variable(&session->ca_file, "CURL_CA_BUNDLE") &&
           (session->ca_file || take_variable(&session->ca_file, "SSL_CERT_FILE")) &&
           take_variable(&session->ca_path, "SSL_CERT_DIR");
}

astra_session *astra_session_open(const char *token, const char *token_file, const char *api_url,
                                  const char *organization_id, int32_t max_retries, double request_timeout,
                                  const struct astra_log *log, const struct astra_report *report)
{
    astra_session *session = calloc(1, sizeof(*session));

    if (!session || !http_start() || !locks_init(session)) {
        free(session);
        report_no_memory(report);
        return NULL;
    }
    session->log = log;
    atomic_init(&session->owner, getpid());
    if (take_token(session, token, token_file, report) || take_url(session, api_url, report) ||
        take_limits(session, organization_id, max_retries, request_timeout, report)) {
        astra_session_close(session);
        return NULL;
    }
    if (!take_certificates(session) || !http_headers_create(session)) {
        report_no_memory(report);
        astra_session_close(session);
        return NULL;
    }
    return session;
}

void astra_session_close(astra_session *session)
{
    if (!session) {
        return;
    }
    session_enter(session);
    http_slots_destroy(session);
    http_headers_destroy(session);
    shared_clear(&session->organization);
    shared_clear(&session->keys);
    shared_clear(&session->databases);
    seats_finish(&session->seats);
    if (session->token) {
        explicit_bzero(session->token, strlen(session->token));
    }
    free(session->token);
    free(session->api_url);
    free(session->organization_id);
    free(session->ca_file);
    free(session->ca_path);
    pthread_cond_destroy(&session->changed);
    pthread_mutex_destroy(&session->lock);
    free(session);
}

void astra_session_cancel(astra_session *session, const struct astra_report *report)
{
    if (!session) {
        return;
    }
    session_enter(session);
    session_lock(session);
    for (struct operation *operation = session->operations; operation; operation = operation->next) {
        if (!report || operation->report == report) {
            atomic_store(&operation->cancelled, true);
            http_wake(operation->waiting_in);
        }
    }
    session_changed(session);
    session_unlock(session);
}
