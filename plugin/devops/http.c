/* SPDX-License-Identifier: Apache-2.0
 *
 * http.c - one try of one request, over libcurl; see http.h.
 */
#include "http.h"

#include "../session.h"
#include "../text.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

enum {
    BODY_MAX = 16 * 1024 * 1024,
    HEAD_MAX = 512 * 1024, /* of an answer, with what comes before it and behind its body */
    CONNECT_TIMEOUT_MS = 10000,
    IDLE_MAX = 16,
    REDIRECTS_MAX = 5,
    POLL_MS = 1000, /* waking is by curl_multi_wakeup(); this only bounds a wait */
};

struct slot {
    CURLM *multi;
    CURL *easy;
    struct slot *next;
};

/* --- libcurl, once a process --- */

static pthread_once_t started = PTHREAD_ONCE_INIT;
static CURLcode start_result;

static void start(void)
{
    start_result = curl_global_init(CURL_GLOBAL_DEFAULT);
}

bool http_start(void)
{
    return !pthread_once(&started, start) && start_result == CURLE_OK;
}

/* --- headers --- */

static void wipe_list(struct curl_slist *list)
{
    for (struct curl_slist *item = list; item; item = item->next) {
        explicit_bzero(item->data, strlen(item->data));
    }
    curl_slist_free_all(list);
}

/* A list of these headers, up to a NULL; NULL without memory. */
static struct curl_slist *header_list(const char *const *headers)
{
    struct curl_slist *list = NULL;

    for (; *headers; headers++) {
        struct curl_slist *longer = curl_slist_append(list, *headers);

        if (!longer) {
            wipe_list(list);
            return NULL;
        }
        list = longer;
    }
    return list;
}

bool http_headers_create(astra_session *session)
{
    static const char scheme[] = "Authorization: Bearer ", accept[] = "Accept: application/json";
    const size_t length = strlen(session->token);
    /* Not formatted: printf grows its buffer, and leaves what it outgrew unwiped. */
    char *authorization = malloc(sizeof(scheme) + length);

    if (!authorization) {
        return false;
    }
    memcpy(authorization, scheme, sizeof(scheme) - 1);
    memcpy(authorization + sizeof(scheme) - 1, session->token, length + 1);
    session->headers = header_list((const char *const[]){authorization, accept, NULL});
    session->body_headers =
        header_list((const char *const[]){authorization, accept, "Content-Type: application/json", NULL});
    explicit_bzero(authorization, sizeof(scheme) + length);
    free(authorization);
    return session->headers && session->body_headers;
}

void http_headers_destroy(astra_session *session)
{
    wipe_list(session->headers);
    wipe_list(session->body_headers);
    session->headers = session->body_headers = NULL;
}

/* --- slots --- */

static void slot_destroy(struct slot *slot)
{
    if (slot) {
        curl_easy_cleanup(slot->easy);
        curl_multi_cleanup(slot->multi);
        free(slot);
    }
}

static struct slot *slot_create(void)
{
    struct slot *slot = calloc(1, sizeof(*slot));

    if (slot) {
        slot->multi = curl_multi_init();
        slot->easy = curl_easy_init();
    }
    if (slot && (!slot->multi || !slot->easy || curl_multi_setopt(slot->multi, CURLMOPT_MAXCONNECTS, 1L))) {
        slot_destroy(slot);
        slot = NULL;
    }
    return slot;
}

/* The slot used last, or a new one. From here on, cancelling wakes it. */
static struct slot *slot_take(struct operation *operation)
{
    astra_session *session = operation->session;
    struct slot *slot;

    session_lock(session);
    slot = session->idle_slots;
    if (slot) {
        session->idle_slots = slot->next;
        session->idle_count--;
        operation->waiting_in = slot->multi;
    }
    session_unlock(session);
    if (!slot && (slot = slot_create())) {
        session_lock(session);
        operation->waiting_in = slot->multi;
        session_unlock(session);
    }
    return slot;
}

static void slot_give(struct operation *operation, struct slot *slot)
{
    astra_session *session = operation->session;
    bool kept;

    session_lock(session);
    operation->waiting_in = NULL;
    kept = session->idle_count < IDLE_MAX;
    if (kept) {
        slot->next = session->idle_slots;
        session->idle_slots = slot;
        session->idle_count++;
    }
    session_unlock(session);
    if (!kept) {
        slot_destroy(slot);
    }
}

void http_slots_destroy(astra_session *session)
{
    while (session->idle_slots) {
        struct slot *slot = session->idle_slots;

        session->idle_slots = slot->next;
        slot_destroy(slot);
    }
    session->idle_count = 0;
}

void http_wake(void *multi)
{
    if (multi) {
        curl_multi_wakeup(multi);
    }
}

int http_wait(struct operation *operation, int64_t milliseconds)
{
    const int64_t deadline = session_now() + milliseconds;
    struct slot *slot = slot_take(operation);
    int64_t left;

    if (!slot) {
        return operation_no_memory(operation);
    }
    while (!atomic_load(&operation->cancelled) && (left = deadline - session_now()) > 0) {
        if (curl_multi_poll(slot->multi, NULL, 0, left < POLL_MS ? (int)left : POLL_MS, NULL)) {
            break;
        }
    }
    slot_give(operation, slot);
    return atomic_load(&operation->cancelled) ? operation_fail_cancelled(operation) : ASTRA_OK;
}

/* --- one try --- */

void http_answer_clear(struct http_answer *answer)
{
    free(answer->body);
    *answer = (struct http_answer){0};
}

static bool make_room(struct http_answer *answer, size_t needed)
{
    size_t capacity = answer->capacity ? answer->capacity : 4096;
    char *longer;

    while (capacity < needed) {
        capacity *= 2;
    }
    if (capacity == answer->capacity) {
        return true;
    }
    longer = realloc(answer->body, capacity);
    if (longer) {
        answer->body = longer;
        answer->capacity = capacity;
    }
    return longer;
}

static size_t take_body(char *data, size_t size, size_t count, void *context)
{
    struct http_answer *answer = context;
    size_t length = size * count;

    if (length > BODY_MAX - answer->length) {
        answer->too_large = true;
        return 0;
    }
    if (!make_room(answer, answer->length + length + 1)) {
        return 0;
    }
    memcpy(answer->body + answer->length, data, length);
    answer->length += length;
    answer->body[answer->length] = '\0';
    return length;
}

/* libcurl keeps every line; of those behind a body it takes any number. */
static size_t take_head(char *data, size_t size, size_t count, void *context)
{
    struct http_answer *answer = context;

    (void)data;
    answer->head += size * count;
    answer->too_large = answer->too_large || answer->head > HEAD_MAX;
    return answer->too_large ? 0 : size * count;
}

struct attempt {
    struct http_answer *answer;
    bool safe; /* may go out a second time */
};

/* libcurl sends a request again by itself when a connection that it kept turns out to be dead. A request that
 * is not safe to repeat must not: whether it arrived is for the caller to find out. */
static int before_request(void *context, char *remote, char *local, int remote_port, int local_port)
{
    struct attempt *attempt = context;

    (void)remote, (void)local, (void)remote_port, (void)local_port;
    if (attempt->answer->sent && !attempt->safe) {
        return CURL_PREREQFUNC_ABORT;
    }
    attempt->answer->sent++;
    return CURL_PREREQFUNC_OK;
}

/* Programs that the host starts must not inherit the connections. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)context, (void)purpose;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static bool set_connection(CURL *easy, const astra_session *session)
{
    long connect_ms = session->timeout_ms < CONNECT_TIMEOUT_MS ? session->timeout_ms : CONNECT_TIMEOUT_MS;
    bool set = !curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) &&
               !curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, session->timeout_ms) &&
               !curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, connect_ms) &&
               !curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket) &&
               !curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) &&
               !curl_easy_setopt(easy, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE) &&
               !curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) &&
               (!session->ca_file || !curl_easy_setopt(easy, CURLOPT_CAINFO, session->ca_file)) &&
               (!session->ca_path || !curl_easy_setopt(easy, CURLOPT_CAPATH, session->ca_path)) &&
               /* A proxy would see the token of a plain request. */
               (!session->plain_http || !curl_easy_setopt(easy, CURLOPT_PROXY, ""));

    /* A slot has one request at a time, so HTTP/2 would win nothing; and libcurl 7.88 stays in
     * curl_multi_perform(), beyond every timeout, while a server sends it frames without content. */
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    /* What an older libcurl lacks, it can do without. */
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
#if LIBCURL_VERSION_NUM >= 0x075700
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* cancelling does not wait for a resolver */
#endif
    return set;
}

static bool set_request(CURL *easy, const astra_session *session, const struct http_request *request,
                        const char *url, struct attempt *attempt)
{
    return !curl_easy_setopt(easy, CURLOPT_URL, url) &&
           !curl_easy_setopt(easy, CURLOPT_USERAGENT, "astra-cmk/" PROJECT_VERSION) &&
           !curl_easy_setopt(easy, CURLOPT_HTTPHEADER,
                             request->body ? session->body_headers : session->headers) &&
           (!request->body ||
            (!curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(request->body)) &&
             !curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body))) &&
           !curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method) &&
           !curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body) &&
           !curl_easy_setopt(easy, CURLOPT_WRITEDATA, attempt->answer) &&
           !curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_head) &&
           !curl_easy_setopt(easy, CURLOPT_HEADERDATA, attempt->answer) &&
           !curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, attempt->answer->fault_text) &&
           !curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request) &&
           !curl_easy_setopt(easy, CURLOPT_PREREQDATA, attempt);
}

/* Runs the slot's easy handle to its end, or until cancelled. */
static CURLcode drive(struct operation *operation, struct slot *slot)
{
    CURLcode result = CURLE_ABORTED_BY_CALLBACK;
    CURLMsg *message;
    int running = 1, queued;

    if (curl_multi_add_handle(slot->multi, slot->easy)) {
        return CURLE_OUT_OF_MEMORY;
    }
    while (!atomic_load(&operation->cancelled) && !curl_multi_perform(slot->multi, &running) && running &&
           !curl_multi_poll(slot->multi, NULL, 0, POLL_MS, NULL)) {
    }
    while ((message = curl_multi_info_read(slot->multi, &queued))) {
        if (message->msg == CURLMSG_DONE) {
            result = message->data.result;
        }
    }
    curl_multi_remove_handle(slot->multi, slot->easy);
    return result;
}

/* Where libcurl can't read a proxy's address it quotes all of it, and a password may stand there. */
static void hide_proxy(char *text, size_t size)
{
    char *quoted = strstr(text, "proxy") ? strchr(text, '\'') : NULL;

    if (quoted) {
        snprintf(quoted, size - (size_t)(quoted - text), "its address");
    }
}

static void take_outcome(CURL *easy, CURLcode fault, struct http_answer *answer)
{
    curl_off_t value = 0;

    answer->fault = fault;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer->status);
    if (!curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &value)) {
        answer->retry_after = value;
    }
    if (!curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME_T, &value)) {
        answer->duration = value / 1000;
    }
    if (fault && !answer->fault_text[0]) {
        strncpy(answer->fault_text, curl_easy_strerror(fault), sizeof(answer->fault_text) - 1);
    }
    hide_proxy(answer->fault_text, sizeof(answer->fault_text));
}

/* --- redirects --- */

static bool same_part(CURLU *one, CURLU *other, CURLUPart part, unsigned flags)
{
    char *a = NULL, *b = NULL;
    bool same =
        !curl_url_get(one, part, &a, flags) && !curl_url_get(other, part, &b, flags) && !strcasecmp(a, b);

    curl_free(a);
    curl_free(b);
    return same;
}

/* Whether both addresses have one scheme, host and port: the token goes nowhere else. */
static bool same_place(const char *one, const char *other)
{
    CURLU *a = curl_url(), *b = curl_url();
    bool same = a && b && !curl_url_set(a, CURLUPART_URL, one, 0) &&
                !curl_url_set(b, CURLUPART_URL, other, 0) && same_part(a, b, CURLUPART_SCHEME, 0) &&
                same_part(a, b, CURLUPART_HOST, 0) && same_part(a, b, CURLUPART_PORT, CURLU_DEFAULT_PORT);

    curl_url_cleanup(a);
    curl_url_cleanup(b);
    return same;
}

/* The address to go on to, a copy; NULL where the answer stands as it is. */
static char *redirect(const astra_session *session, CURL *easy, const struct http_request *request,
                      struct http_answer *answer)
{
    char *target = NULL;

    if (answer->fault || answer->status < 300 || answer->status > 399 || strcmp(request->method, "GET") ||
        curl_easy_getinfo(easy, CURLINFO_REDIRECT_URL, &target) || !target) {
        return NULL;
    }
    if (!same_place(session->api_url, target)) {
        answer->foreign = true;
        return NULL;
    }
    return strdup(target);
}

int http_try(struct operation *operation, const struct http_request *request, struct http_answer *answer)
{
    const astra_session *session = operation->session;
    struct attempt attempt = {.answer = answer, .safe = !strcmp(request->method, "GET")};
    char *url = text_format("%s%s", session->api_url, request->path), *next = url;
    struct slot *slot = url ? slot_take(operation) : NULL;
    int status = slot ? ASTRA_OK : operation_no_memory(operation);

    for (int hops = 0; status == ASTRA_OK && next && hops <= REDIRECTS_MAX; hops++) {
        http_answer_clear(answer);
        curl_easy_reset(slot->easy);
        if (!set_connection(slot->easy, session) ||
            !set_request(slot->easy, session, request, next, &attempt)) {
            status = operation_no_memory(operation);
            break;
        }
        take_outcome(slot->easy, drive(operation, slot), answer);
        next = redirect(session, slot->easy, request, answer);
        free(url);
        url = next;
    }
    if (slot) {
        curl_easy_reset(slot->easy); /* it points to the answer and the request */
        slot_give(operation, slot);
    }
    free(url);
    if (status == ASTRA_OK && atomic_load(&operation->cancelled) && answer->fault) {
        status = operation_fail_cancelled(operation);
    }
    return status;
}

char *http_escape(const char *segment)
{
    char *escaped = curl_easy_escape(NULL, segment, 0), *copy = escaped ? strdup(escaped) : NULL;

    curl_free(escaped);
    return copy;
}
