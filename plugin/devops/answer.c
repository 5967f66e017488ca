/* SPDX-License-Identifier: Apache-2.0
 *
 * answer.c - what an answer of the API says; see answer.h.
 */
#include "answer.h"

#include "../json_text.h"
#include "../secret.h"
#include "../session.h"
#include "../text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    MESSAGE_MAX = 400, /* bytes of the API's words that are quoted */
};

bool answer_ok(const struct http_answer *answer)
{
    return !answer->fault && answer->status >= 200 && answer->status < 300;
}

/* The first character of the body that is not blank, NUL where there is none. */
static char first_of(const struct http_answer *answer)
{
    return answer->body ? answer->body[strspn(answer->body, " \t\r\n")] : '\0';
}

bool answer_is_page(const struct http_answer *answer)
{
    return first_of(answer) == '<';
}

/* Which is JSON too, and no tree. */
static bool is_null(const struct http_answer *answer)
{
    static const char blanks[] = " \t\r\n", word[] = "null";
    const char *text = answer->body + strspn(answer->body, blanks), *end = text + sizeof(word) - 1;

    return !strncmp(text, word, sizeof(word) - 1) &&
           end + strspn(end, blanks) == answer->body + answer->length;
}

struct json_object *member(struct json_object *object, const char *const *names)
{
    for (; json_object_is_type(object, json_type_object) && *names; names++) {
        json_object_object_foreach(object, key, value)
        {
            if (value && !strcasecmp(key, *names)) {
                return value;
            }
        }
    }
    return NULL;
}

/* {"errors": [{…}]}, which says that something was not done, whatever the status. */
static bool tells_errors(struct json_object *json)
{
    static const char *const lists[] = {"errors", NULL};
    struct json_object *list = member(json, lists);

    return json_object_is_type(list, json_type_array) && json_object_array_length(list);
}

bool answer_done(const struct http_answer *answer)
{
    struct json_object *json = NULL;
    bool done = answer_ok(answer);

    if (done && first_of(answer) && !is_null(answer)) {
        json = json_text_parse(answer->body, answer->length);
        done = json && !tells_errors(json);
    }
    json_object_put(json);
    return done;
}

int answer_misshapen(struct operation *operation, const char *doing, const char *pointer,
                     const char *expected)
{
    return operation_fail(
        operation, ASTRA_FAILED, NULL, "Unexpected answer from the DevOps API",
        "Astra could not %s: at \"%s\" its answer should hold %s. Run with TF_LOG=TRACE to see the "
        "answer; a newer version of astra-cmk may understand it.",
        doing, pointer, expected);
}

static int text_of(const struct place *place, struct json_object *value, const char *name, const char **text)
{
    char *pointer;
    int status;

    if (json_object_is_type(value, json_type_string) &&
        strlen(json_object_get_string(value)) == (size_t)json_object_get_string_len(value) &&
        /* What is read here goes into states, and into the addresses of requests. */
        !secret_within(json_object_get_string(value), place->operation->session->token)) {
        *text = json_object_get_string(value);
        return ASTRA_OK;
    }
    pointer = text_format("%s/%s", place->pointer, name);
    if (!pointer) {
        return operation_no_memory(place->operation);
    }
    status = answer_misshapen(place->operation, place->doing, pointer, "text");
    free(pointer);
    return status;
}

int member_text(const struct place *place, struct json_object *object, const char *const *names,
                const char **text)
{
    struct json_object *value = member(object, names);

    *text = NULL;
    return value ? text_of(place, value, *names, text) : ASTRA_OK;
}

int member_required(const struct place *place, struct json_object *object, const char *const *names,
                    const char **text)
{
    int status = member_text(place, object, names, text);

    /* A value that is missing is wrong in the same way as one of another type, and as one in which a
     * character got lost on the way: the parser puts U+FFFD where an escape stands for none. */
    return status == ASTRA_OK && (text_empty(*text) || strstr(*text, "\xef\xbf\xbd"))
               ? text_of(place, NULL, *names, text)
               : status;
}

static int fail_no_json(struct operation *operation, const struct http_answer *answer, const char *doing)
{
    return operation_fail(operation, ASTRA_FAILED, NULL, "Unexpected answer from the DevOps API",
                          "Astra could not %s: the answer (status %ld, %zu bytes) is not the JSON document "
                          "that is documented. Check that `api_url` is the DevOps API's and that no gateway "
                          "answers in its place.",
                          doing, answer->status, answer->length);
}

int answer_json(struct operation *operation, const struct http_answer *answer, const char *doing,
                struct json_object **json)
{
    *json = json_text_parse(answer->body, answer->length);
    return *json ? ASTRA_OK : fail_no_json(operation, answer, doing);
}

/* --- errors --- */

/* The message inside {"errors": [{"ID": …, "message": …}]} and its relatives, borrowed, or NULL. */
static const char *message_of(struct json_object *json)
{
    static const char *const lists[] = {"errors", NULL};
    static const char *const texts[] = {"message", "description", "error_description",
                                        "error",   "detail",      NULL};
    struct json_object *list = member(json, lists), *text;

    if (json_object_is_type(list, json_type_array) && json_object_array_length(list)) {
        json = json_object_array_get_idx(list, 0);
    }
    text = json_object_is_type(json, json_type_string) ? json : member(json, texts);
    return json_object_is_type(text, json_type_string) ? json_object_get_string(text) : NULL;
}

char *answer_message(const struct operation *operation, const struct http_answer *answer)
{
    struct json_object *json = json_text_parse(answer->body, answer->length);
    const char *text = message_of(json);
    char *message = NULL;

    if (text) {
        message = text_clean(text, strlen(text), operation->session->token, MESSAGE_MAX);
    } else if (answer_is_page(answer)) {
        message = strdup("(a web page, as gateways send)");
    } else {
        message = text_clean(answer->body ? answer->body : "", answer->length, operation->session->token,
                             MESSAGE_MAX);
    }
    json_object_put(json);
    return message;
}

static bool is_certificate_fault(CURLcode fault)
{
    return fault == CURLE_PEER_FAILED_VERIFICATION || fault == CURLE_SSL_CACERT_BADFILE ||
           fault == CURLE_SSL_ISSUER_ERROR;
}

static int fault_fail(struct operation *operation, const struct http_answer *answer, const char *doing)
{
    const char *url = operation->session->api_url;
    char *fault =
        text_clean(answer->fault_text, strlen(answer->fault_text), operation->session->token, MESSAGE_MAX);
    int status;

    if (!fault) {
        return operation_no_memory(operation);
    }
    if (answer->too_large) {
        status = operation_fail(
            operation, ASTRA_FAILED, NULL, "Too large an answer from the DevOps API",
            "Astra could not %s: the answer is larger than 16 MiB, or its head than 512 KiB, and was "
            "not read further. Check that `api_url` (%s) is the DevOps API's.",
            doing, url);
    } else if (answer->fault == CURLE_OUT_OF_MEMORY && answer->status) {
        /* libcurl says the same of a header that is longer than it takes. */
        status = operation_fail(operation, ASTRA_FAILED, NULL, "No room for the answer of the DevOps API",
                                "Astra could not %s: a header of the answer is too long, or the machine has "
                                "no memory left. Check that `api_url` (%s) is the DevOps API's.",
                                doing, url);
    } else if (answer->fault == CURLE_OUT_OF_MEMORY) {
        status = operation_no_memory(operation);
    } else if (is_certificate_fault(answer->fault)) {
        status = operation_fail(
            operation, ASTRA_UNAVAILABLE, "api_url", "The DevOps API's certificate is not trusted",
            "Astra could not %s at %s: %s. Where a company's proxy or a private authority signs, "
            "name its certificates in the environment's SSL_CERT_FILE or CURL_CA_BUNDLE. Where the name is "
            "wrong, correct `api_url`; where the dates are, check this machine's clock.",
            doing, url, fault);
    } else if (answer->fault == CURLE_SSL_CONNECT_ERROR) {
        status = operation_fail(
            operation, ASTRA_UNAVAILABLE, "api_url", "No secure connection to the DevOps API",
            "Astra could not %s at %s: %s. Check that `api_url` is the DevOps API's, and that no proxy or "
            "firewall on the way answers for it: TLS 1.2 or newer is needed.",
            doing, url, fault);
    } else {
        status =
            operation_fail(operation, ASTRA_UNAVAILABLE, "api_url", "The DevOps API can't be reached",
                           "Astra could not %s at %s: %s. Check the network, a proxy (https_proxy, no_proxy) "
                           "and `api_url`; `max_retries` and `request_timeout` say how long to try.",
                           doing, url, fault);
    }
    free(fault);
    return status;
}

static bool says_errors(const struct http_answer *answer)
{
    struct json_object *json = json_text_parse(answer->body, answer->length);
    bool says = tells_errors(json);

    json_object_put(json);
    return says;
}

static int status_fail(struct operation *operation, const struct http_answer *answer, const char *doing,
                       const char *permission, const char *said)
{
    long code = answer->status;

    if (code == 401) {
        return operation_fail(
            operation, ASTRA_PERMISSION_DENIED, "token", "The token was refused",
            "Astra could not %s: the token is wrong or expired (status 401%s). Put a valid application "
            "token where it is taken from: `token`, `token_file`, or the environment's ASTRA_API_TOKEN or "
            "ASTRA_API_TOKEN_FILE.",
            doing, said);
    }
    if (code == 403) {
        return operation_fail(
            operation, ASTRA_PERMISSION_DENIED, "token", "The token lacks a permission",
            "Astra could not %s (status 403%s). The token's role needs the permission \"%s\", and "
            "customer keys need a paid plan. Add it to the role in the Astra Portal, or use a "
            "token of another role.",
            doing, said, permission);
    }
    if (code == 429 || code >= 500) {
        char asked[64] = "";

        if (answer->retry_after > 0) {
            snprintf(asked, sizeof(asked), " It asks to wait for %lld seconds.",
                     (long long)answer->retry_after);
        }
        return operation_fail(
            operation, ASTRA_UNAVAILABLE, NULL,
            code == 429 ? "The DevOps API refuses so many requests" : "The DevOps API failed",
            "Astra could not %s (status %ld%s).%s Run it again later; `max_retries` says how often to try.",
            doing, code, said, asked);
    }
    if (answer->foreign) {
        return operation_fail(
            operation, ASTRA_FAILED, "api_url", "Redirected to another host",
            "Astra could not %s: the answer points to another host, to which the token is not sent. "
            "Set `api_url` to the address that is meant.",
            doing);
    }
    if (code >= 300 && code < 400) {
        return operation_fail(
            operation, ASTRA_FAILED, "api_url", "Redirected too often",
            "Astra could not %s: it was redirected (status %ld) and that could not be followed to "
            "an end. Check `api_url`.",
            doing, code);
    }
    return operation_fail(operation, code == 409 ? ASTRA_CONFLICT : ASTRA_FAILED, NULL,
                          "The DevOps API refused a request", "Astra could not %s (status %ld%s).", doing,
                          code, said);
}

int answer_fail(struct operation *operation, const struct http_answer *answer, const char *doing,
                const char *permission)
{
    char *message, *said;
    int status;

    if (answer->fault) {
        return fault_fail(operation, answer, doing);
    }
    if (answer_ok(answer) && !says_errors(answer)) {
        return fail_no_json(operation, answer, doing);
    }
    message = answer_message(operation, answer);
    said = message ? (*message ? text_format(", \"%s\"", message) : strdup("")) : NULL;
    status = said ? status_fail(operation, answer, doing, permission, said) : operation_no_memory(operation);
    operation->failure.http_status = answer->status;
    free(said);
    free(message);
    return status;
}
