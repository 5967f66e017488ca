/* SPDX-License-Identifier: Apache-2.0
 *
 * http_request.c - see http_request.h.
 */
#include "http_request.h"

#include "backend_internal.h"
#include "state_internal.h"

#include <curl/curl.h>
#include <errno.h>
#include <openssl/evp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    CONNECT_SECONDS = 30,
    SILENCE_SECONDS = 60, /* without a byte either way */
    WHOLE_SECONDS = 300,
    ANSWER_MAX = 512 << 20,
};

void http_answer_clear(struct http_answer *answer)
{
    free(answer->body);
    *answer = (struct http_answer){0};
}

static void wipe(char *secret)
{
    if (secret != NULL)
        explicit_bzero(secret, strlen(secret));
    free(secret);
}

void http_settings_clear(struct http_settings *settings)
{
    free(settings->username);
    wipe(settings->password);
    free(settings->ca_pem);
    free(settings->certificate_pem);
    wipe(settings->key_pem);
    *settings = (struct http_settings){0};
}

char *http_public_url(const char *url)
{
    CURLU *parts = curl_url();
    char *text = NULL, *copy = NULL;
    if (parts != NULL && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl_url_set(parts, CURLUPART_USER, NULL, 0) == CURLUE_OK &&
        curl_url_set(parts, CURLUPART_PASSWORD, NULL, 0) == CURLUE_OK &&
        curl_url_set(parts, CURLUPART_QUERY, NULL, 0) == CURLUE_OK &&
        curl_url_set(parts, CURLUPART_FRAGMENT, NULL, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_URL, &text, 0) == CURLUE_OK)
        copy = strdup(text);
    curl_free(text);
    curl_url_cleanup(parts);
    return copy;
}

char *http_url_with(const char *url, const char *name, const char *value)
{
    CURLU *parts = curl_url();
    char *pair = backend_problem("%s=%s", name, value), *text = NULL, *copy = NULL;
    if (parts != NULL && pair != NULL && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl_url_set(parts, CURLUPART_QUERY, pair, CURLU_APPENDQUERY | CURLU_URLENCODE) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_URL, &text, 0) == CURLUE_OK)
        copy = strdup(text);
    free(pair);
    curl_free(text);
    curl_url_cleanup(parts);
    return copy;
}

/* --- one try --- */

struct exchange {
    struct backend *backend;
    bool interruptible;
    struct text body;
    curl_off_t retry_after; /* seconds, also where the server said a date; 0: not said */
};

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
    struct exchange *exchange = context;
    if (exchange->body.length + size * count > ANSWER_MAX)
        return 0;
    text_add(&exchange->body, bytes, size * count);
    return exchange->body.failed ? 0 : size * count;
}

static int watch(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    struct exchange *exchange = context;
    (void)a;
    (void)b;
    (void)c;
    (void)d;
    return exchange->interruptible && !backend_wait(exchange->backend, 0);
}

/* "Content-MD5: …", which some servers insist on. NULL without memory, or where OpenSSL has no MD5. */
static char *md5_header(const char *body, size_t length)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned char text[4 * ((EVP_MAX_MD_SIZE + 2) / 3) + 1];
    unsigned size = 0;
    if (EVP_Digest(body, length, digest, &size, EVP_md5(), NULL) != 1)
        return NULL;
    EVP_EncodeBlock(text, digest, (int)size);
    return backend_problem("Content-MD5: %s", (const char *)text);
}

static bool add_header(struct curl_slist **headers, const char *header)
{
    struct curl_slist *longer = curl_slist_append(*headers, header);
    if (longer == NULL)
        return false;
    *headers = longer;
    return true;
}

static bool set_body(CURL *curl, const struct http_request *request, struct curl_slist **headers)
{
    if (request->body == NULL)
        return true;
    char *md5 = md5_header(request->body, request->length);
    bool done = add_header(headers, "Content-Type: application/json") && add_header(headers, "Expect:") &&
                (md5 == NULL || add_header(headers, md5)) &&
                curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body) == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->length) == CURLE_OK;
    free(md5);
    return done;
}

static bool set_pem(CURL *curl, CURLoption option, char *pem)
{
    struct curl_blob blob = {pem, pem == NULL ? 0 : strlen(pem), CURL_BLOB_NOCOPY};
    return pem == NULL || curl_easy_setopt(curl, option, &blob) == CURLE_OK;
}

static bool set_tls(CURL *curl, const struct http_settings *settings)
{
    bool done = set_pem(curl, CURLOPT_CAINFO_BLOB, settings->ca_pem) &&
                set_pem(curl, CURLOPT_SSLCERT_BLOB, settings->certificate_pem) &&
                set_pem(curl, CURLOPT_SSLKEY_BLOB, settings->key_pem);
    if (done && settings->skip_verification)
        done = curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L) == CURLE_OK &&
               curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L) == CURLE_OK;
    return done;
}

static bool set_credentials(CURL *curl, const struct http_settings *settings)
{
    if (settings->username == NULL)
        return true;
    return curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_USERNAME, settings->username) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_PASSWORD, settings->password == NULL ? "" : settings->password) ==
               CURLE_OK;
}

static bool set_up(CURL *curl, const struct http_settings *settings, const struct http_request *request,
                   struct exchange *exchange, struct curl_slist **headers, char *message)
{
    bool get = strcmp(request->method, "GET") == 0;
    return curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, message) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_URL, request->url) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           /* Frames of HTTP/2 without content would hold libcurl 7.88 beyond every timeout. */
           curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)WHOLE_SECONDS) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)SILENCE_SECONDS) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEDATA, exchange) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, watch) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_XFERINFODATA, exchange) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L) == CURLE_OK &&
           /* What changes something is not sent anywhere else than told. */
           curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, get ? 1L : 0L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 5L) == CURLE_OK && set_body(curl, request, headers) &&
           (get || curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method) == CURLE_OK) &&
           curl_easy_setopt(curl, CURLOPT_HTTPHEADER, *headers) == CURLE_OK && set_tls(curl, settings) &&
           set_credentials(curl, settings);
}

enum outcome { OUTCOME_ANSWER, OUTCOME_RETRY, OUTCOME_FAILED };

/* Whether another try may help: 429, and a server's own faults but "not implemented". */
static bool worth_retrying(long status)
{
    return status == 429 || status == 0 || (status >= 500 && status != 501);
}

/* Where libcurl can't read a proxy's address it quotes all of it, and a password may stand there. */
static void hide_proxy(char *message, size_t size)
{
    char *quoted = strstr(message, "proxy") != NULL ? strchr(message, '\'') : NULL;
    if (quoted != NULL)
        snprintf(quoted, size - (size_t)(quoted - message), "its address (http_proxy, https_proxy)");
}

static enum outcome send_once(struct exchange *exchange, const struct http_settings *settings,
                              const struct http_request *request, struct http_answer *answer, char **problem)
{
    struct curl_slist *headers = NULL;
    char message[CURL_ERROR_SIZE] = "";
    CURL *curl = curl_easy_init();
    enum outcome outcome = OUTCOME_FAILED;
    exchange->retry_after = 0;
    if (curl != NULL && set_up(curl, settings, request, exchange, &headers, message)) {
        CURLcode code = curl_easy_perform(curl);
        hide_proxy(message, sizeof message);
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer->status);
        curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &exchange->retry_after);
        answer->length = exchange->body.length;
        answer->body = code == CURLE_OK ? text_take(&exchange->body) : NULL;
        outcome = answer->body != NULL                                ? OUTCOME_ANSWER
                  : code == CURLE_ABORTED_BY_CALLBACK                 ? OUTCOME_FAILED
                  : code == CURLE_PEER_FAILED_VERIFICATION            ? OUTCOME_FAILED
                  : code == CURLE_SSL_CERTPROBLEM || code == CURLE_OK ? OUTCOME_FAILED
                  : code == CURLE_URL_MALFORMAT                       ? OUTCOME_FAILED
                  : code == CURLE_UNSUPPORTED_PROTOCOL                ? OUTCOME_FAILED
                                                                      : OUTCOME_RETRY;
        if (outcome != OUTCOME_ANSWER && code != CURLE_OK)
            *problem = backend_problem("%s", code == CURLE_ABORTED_BY_CALLBACK ? "interrupted"
                                             : *message != '\0'                ? message
                                                                               : curl_easy_strerror(code));
        else if (outcome == OUTCOME_ANSWER && worth_retrying(answer->status))
            outcome = OUTCOME_RETRY;
    }
    text_clear(&exchange->body);
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
    return outcome;
}

/* --- trying again --- */

static bool pause_between(const struct exchange *exchange, double seconds)
{
    if (exchange->interruptible)
        return backend_wait(exchange->backend, seconds);
    struct timespec left = {.tv_sec = (time_t)seconds,
                            .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
    return true;
}

static double wait_before(const struct http_settings *settings, const struct exchange *exchange, unsigned try)
{
    double wait = settings->retry_wait_min;
    for (unsigned i = 0; i < try && wait < settings->retry_wait_max; i++)
        wait *= 2;
    if (exchange->retry_after > 0)
        wait = (double)exchange->retry_after;
    return wait < settings->retry_wait_max ? wait : settings->retry_wait_max;
}

bool http_send(struct backend *backend, const struct http_settings *settings,
               const struct http_request *request, struct http_answer *answer, char **problem)
{
    struct exchange exchange = {.backend = backend, .interruptible = request->interruptible};
    enum outcome outcome = OUTCOME_FAILED;
    for (unsigned try = 0;; try++) {
        http_answer_clear(answer);
        free(*problem);
        *problem = NULL;
        outcome = send_once(&exchange, settings, request, answer, problem);
        if (outcome != OUTCOME_RETRY || try == settings->retry_max ||
            !pause_between(&exchange, wait_before(settings, &exchange, try)))
            break;
    }
    return answer->body != NULL;
}
