/* SPDX-License-Identifier: Apache-2.0
 *
 * http.c - a state behind Terraform's http backend, as GitLab and others serve it: GET and POST of one
 * address, LOCK and UNLOCK of another. What a run did is recorded in a side file here first, so that neither
 * a crash nor a server that is away loses it.
 */
#include "backend_internal.h"

#include "http_request.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct http {
    struct http_settings settings;
    char *address, *lock_address, *unlock_address; /* the latter two NULL: no locking */
    char *update_method, *lock_method, *unlock_method;
    char *info; /* what the lock was taken with */
};

static struct http *http_of(const struct backend *backend)
{
    return backend->own;
}

/* What is wrong with an answer that is not one of those hoped for. */
static char *status_problem(const char *what, long status)
{
    const char *hint = status == 401 ? ": it asks for credentials (username and password of the backend, or "
                                       "TF_HTTP_USERNAME and TF_HTTP_PASSWORD)"
                       : status == 403                  ? ": it does not accept these credentials"
                       : status == 404                  ? ": there is nothing at this address"
                       : status == 409 || status == 423 ? ": the state is locked by another"
                       : status >= 300 && status < 400
                           ? ": it sends elsewhere; set the address that it sends to"
                           : "";
    return backend_problem("%s: the server answered with status %ld%s", what, status, hint);
}

/* Sends; a failure is described with what was to be done. */
static bool send_request(struct backend *backend, const struct http_request *request, const char *what,
                         struct http_answer *answer, char **problem)
{
    char *reason = NULL;
    bool done = http_send(backend, &http_of(backend)->settings, request, answer, &reason);
    if (!done && reason != NULL)
        *problem = backend_problem("%s: %s", what, reason);
    free(reason);
    return done;
}

/* --- locking --- */

static enum lock_result http_lock(struct backend *backend, const struct lock_info *info,
                                  struct lock_info *held, char **problem)
{
    struct http *http = http_of(backend);
    struct http_answer answer = {0};
    enum lock_result result = LOCK_FAILED;
    if (http->lock_address == NULL)
        return LOCK_TAKEN;
    free(http->info);
    http->info = lock_info_text(info);
    if (http->info == NULL)
        return LOCK_FAILED;
    const struct http_request request = {.method = http->lock_method,
                                         .url = http->lock_address,
                                         .body = http->info,
                                         .length = strlen(http->info),
                                         .interruptible = true};
    if (send_request(backend, &request, "The state can't be locked", &answer, problem)) {
        if (answer.status == 200) {
            result = LOCK_TAKEN;
        } else if (answer.status == 409 || answer.status == 423) {
            result = LOCK_HELD;
            if (!lock_info_read(answer.body, answer.length, held))
                lock_info_clear(held);
            /* Ours where the answer to an earlier try was lost. */
            if (held->id != NULL && strcmp(held->id, info->id) == 0)
                result = LOCK_TAKEN;
            *problem =
                backend_problem("HTTP remote state already locked: ID=%s", held->id == NULL ? "" : held->id);
        } else {
            *problem = status_problem("The state can't be locked", answer.status);
        }
    }
    http_answer_clear(&answer);
    return result;
}

static bool send_unlock(struct backend *backend, const char *body, char **problem)
{
    static const char what[] = "The state can't be unlocked";
    const struct http *http = http_of(backend);
    struct http_answer answer = {0};
    const struct http_request request = {
        .method = http->unlock_method, .url = http->unlock_address, .body = body, .length = strlen(body)};
    bool done = send_request(backend, &request, what, &answer, problem);
    if (done && answer.status != 200) {
        *problem = status_problem(what, answer.status);
        done = false;
    }
    http_answer_clear(&answer);
    return done;
}

static bool http_unlock(struct backend *backend, char **problem)
{
    const struct http *http = http_of(backend);
    return http->unlock_address == NULL || http->info == NULL || send_unlock(backend, http->info, problem);
}

static bool http_force_unlock(struct backend *backend, const char *id, char **problem)
{
    const struct http *http = http_of(backend);
    const struct lock_info info = {.id = (char *)(uintptr_t)id};
    if (http->unlock_address == NULL) {
        *problem = backend_problem("the backend has no unlock_address, so its state is never locked");
        return false;
    }
    char *body = lock_info_text(&info);
    bool done = body != NULL && send_unlock(backend, body, problem);
    free(body);
    return done;
}

/* --- reading and writing --- */

static bool http_read(struct backend *backend, char **text, size_t *length, char **problem)
{
    struct http_answer answer = {0};
    const struct http_request request = {
        .method = "GET", .url = http_of(backend)->address, .interruptible = true};
    *text = NULL;
    *length = 0;
    if (!send_request(backend, &request, backend->name, &answer, problem))
        return false;
    if (answer.status == 200) {
        *text = answer.body;
        *length = answer.length;
        answer.body = NULL;
    } else if (answer.status == 204 || answer.status == 404) {
        *text = strdup("");
    } else {
        *problem = status_problem(backend->name, answer.status);
    }
    http_answer_clear(&answer);
    return *text != NULL;
}

static bool http_write(struct backend *backend, const char *text, size_t length, char **problem)
{
    const struct http *http = http_of(backend);
    struct http_answer answer = {0};
    bool named = backend->locked && http->lock_address != NULL;
    char *url = named ? http_url_with(http->address, "ID", backend->info.id) : strdup(http->address);
    if (url == NULL)
        return false;
    const struct http_request request = {
        .method = http->update_method, .url = url, .body = text, .length = length};
    bool done = send_request(backend, &request, backend->name, &answer, problem);
    if (done && (answer.status < 200 || answer.status > 204)) {
        *problem = status_problem(backend->name, answer.status);
        done = false;
    }
    http_answer_clear(&answer);
    free(url);
    return done;
}

/* Whether a state can be written there is known only once it was. */
static bool http_prepare(struct backend *backend, size_t length, char **problem)
{
    (void)backend;
    (void)length;
    (void)problem;
    return true;
}

static void http_close(struct backend *backend)
{
    struct http *http = http_of(backend);
    http_settings_clear(&http->settings);
    free(http->address);
    free(http->lock_address);
    free(http->unlock_address);
    free(http->update_method);
    free(http->lock_method);
    free(http->unlock_method);
    free(http->info);
    free(http);
    backend->own = NULL;
}

static const struct backend_kind kind = {.lock = http_lock,
                                         .unlock = http_unlock,
                                         .force_unlock = http_force_unlock,
                                         .read = http_read,
                                         .write = http_write,
                                         .prepare = http_prepare,
                                         .close = http_close};

/* --- settings --- */

/* One setting (their names were checked when the configuration was read): of the block, else of the
 * environment, else what it is by default. */
struct reader {
    const struct config_backend *config;
    struct diagnostics *diags;
    bool failed;
};

static struct json_object *block_setting(const struct reader *reader, const char *name)
{
    const struct config_backend *config = reader->config;
    return config->settings == NULL ? NULL : json_object_object_get(config->settings, name);
}

static char *read_text(struct reader *reader, const char *name, const char *variable, const char *fallback)
{
    struct json_object *value = block_setting(reader, name);
    const char *text = getenv(variable);
    if (text == NULL || *text == '\0')
        text = fallback;
    if (value != NULL)
        text = json_object_get_string(value); /* numbers and booleans are words, too */
    char *copy = text == NULL ? NULL : strdup(text);
    if (text != NULL && copy == NULL) {
        diagnostics_no_memory(reader->diags);
        reader->failed = true;
    }
    return copy;
}

static double read_seconds(struct reader *reader, const char *name, const char *variable, double fallback)
{
    char *text = read_text(reader, name, variable, NULL), *end = NULL;
    double number = text == NULL ? fallback : strtod(text, &end);
    if (text != NULL && (*end != '\0' || end == text || !(number >= 0 && number <= 86400))) {
        diagnostics_error(reader->diags, NULL, "Invalid setting of the http backend",
                          "%s (or %s) must be a number from 0 to 86400, not \"%s\".", name, variable, text);
        reader->failed = true;
        number = fallback;
    }
    free(text);
    return number;
}

static bool read_truth(struct reader *reader, const char *name, const char *variable)
{
    char *text = read_text(reader, name, variable, NULL);
    bool truth = text != NULL && (strcmp(text, "true") == 0 || strcmp(text, "1") == 0);
    if (text != NULL && !truth && strcmp(text, "false") != 0 && strcmp(text, "0") != 0) {
        diagnostics_error(reader->diags, NULL, "Invalid setting of the http backend",
                          "%s (or %s) must be true or false.", name, variable);
        reader->failed = true;
    }
    free(text);
    return truth;
}

/* An address must be a URL of http or https. Messages call it without what may be secret. */
static char *check_address(struct reader *reader, const char *name, const char *url)
{
    char *shown = url == NULL ? NULL : http_public_url(url);
    if (url != NULL && shown != NULL &&
        (strncmp(shown, "http://", 7) == 0 || strncmp(shown, "https://", 8) == 0))
        return shown;
    free(shown);
    diagnostics_error(reader->diags, NULL, "Invalid address of the http backend",
                      url == NULL ? "%s (or TF_HTTP_ADDRESS) is missing: where the state is kept."
                                  : "%s must be a URL that begins with http:// or https://.",
                      name);
    reader->failed = true;
    return NULL;
}

static void read_settings(struct reader *reader, struct http *http)
{
    struct http_settings *settings = &http->settings;
    http->address = read_text(reader, "address", "TF_HTTP_ADDRESS", NULL);
    http->update_method = read_text(reader, "update_method", "TF_HTTP_UPDATE_METHOD", "POST");
    http->lock_address = read_text(reader, "lock_address", "TF_HTTP_LOCK_ADDRESS", NULL);
    http->lock_method = read_text(reader, "lock_method", "TF_HTTP_LOCK_METHOD", "LOCK");
    http->unlock_address = read_text(reader, "unlock_address", "TF_HTTP_UNLOCK_ADDRESS", NULL);
    http->unlock_method = read_text(reader, "unlock_method", "TF_HTTP_UNLOCK_METHOD", "UNLOCK");
    settings->username = read_text(reader, "username", "TF_HTTP_USERNAME", NULL);
    settings->password = read_text(reader, "password", "TF_HTTP_PASSWORD", NULL);
    settings->skip_verification =
        read_truth(reader, "skip_cert_verification", "TF_HTTP_SKIP_CERT_VERIFICATION");
    settings->retry_max = (unsigned)read_seconds(reader, "retry_max", "TF_HTTP_RETRY_MAX", 2);
    settings->retry_wait_min = read_seconds(reader, "retry_wait_min", "TF_HTTP_RETRY_WAIT_MIN", 1);
    settings->retry_wait_max = read_seconds(reader, "retry_wait_max", "TF_HTTP_RETRY_WAIT_MAX", 30);
    settings->ca_pem =
        read_text(reader, "client_ca_certificate_pem", "TF_HTTP_CLIENT_CA_CERTIFICATE_PEM", NULL);
    settings->certificate_pem =
        read_text(reader, "client_certificate_pem", "TF_HTTP_CLIENT_CERTIFICATE_PEM", NULL);
    settings->key_pem = read_text(reader, "client_private_key_pem", "TF_HTTP_CLIENT_PRIVATE_KEY_PEM", NULL);
}

bool backend_open_http(struct backend *backend, const struct config_backend *config,
                       const struct backend_options *options, struct diagnostics *diags)
{
    struct http *http = calloc(1, sizeof *http);
    struct reader reader = {.config = config, .diags = diags};
    size_t first = diags->count;
    if (http == NULL) {
        diagnostics_no_memory(diags);
        return false;
    }
    backend->own = http;
    backend->kind = &kind;
    read_settings(&reader, http);
    backend->name = check_address(&reader, "address", http->address);
    if (http->lock_address != NULL)
        free(check_address(&reader, "lock_address", http->lock_address));
    if (http->unlock_address != NULL)
        free(check_address(&reader, "unlock_address", http->unlock_address));
    if (options->state_path != NULL || options->state_out != NULL) {
        diagnostics_error(diags, NULL, "-state is for local states",
                          "This configuration keeps its state with the http backend.");
        reader.failed = true;
    }
    backend->journal.path = backend_path(options->directory, ".http.tfstate.journal");
    if (backend->journal.path == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        diagnostics_no_memory(diags);
        reader.failed = true;
    }
    if (reader.failed)
        diagnostics_locate(diags, first, config->origin.file, config->origin.pointer, NULL);
    return !reader.failed;
}
