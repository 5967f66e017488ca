/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_answer.c - answers of the DevOps API, any status and any body, to every operation of the plugin.
 * Beside what holds of every call: a registration is not sent again once one was accepted, an accepted one is
 * a success, nothing is removed before an answer showed that no database lives there (unless forced), reading
 * a provider ID asks for none, and the token is told nowhere.
 *
 * Input: the operation, then for each request in turn: what became of it (a row of `outcomes`), and a field,
 * the body.
 */
#include "fuzz.h"
#include "fuzz_report.h"

#include "astra_cmk.h"
#include "devops/answer.h"
#include "devops/retry.h"
#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOKEN "AstraCS:fuzz:0123456789"
#define KEY   "arn:aws:kms:us-east-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

enum { STEP_MS = 40, REQUESTS_MAX = 1000 };

/* What may become of a request. */
static const struct outcome {
    long status;
    CURLcode fault;
    unsigned sent;
    int64_t retry_after;
    bool too_large, foreign;
} outcomes[] = {
    {.status = 200, .sent = 1},
    {.status = 201, .sent = 1},
    {.status = 204, .sent = 1},
    {.status = 302, .sent = 1, .foreign = true},
    {.status = 400, .sent = 1},
    {.status = 401, .sent = 1},
    {.status = 403, .sent = 1},
    {.status = 404, .sent = 1},
    {.status = 405, .sent = 1},
    {.status = 409, .sent = 1},
    {.status = 429, .sent = 1, .retry_after = 3},
    {.status = 429, .sent = 1, .retry_after = INT64_MAX},
    {.status = 500, .sent = 1},
    {.status = 501, .sent = 1},
    {.status = 503, .sent = 1, .retry_after = -1},
    {.fault = CURLE_COULDNT_CONNECT},
    {.fault = CURLE_RECV_ERROR, .sent = 1},
    {.fault = CURLE_OPERATION_TIMEDOUT, .sent = 1, .status = 200},
    {.fault = CURLE_PEER_FAILED_VERIFICATION},
    {.fault = CURLE_WRITE_ERROR, .sent = 1, .status = 200, .too_large = true},
};
enum { OUTCOMES = sizeof outcomes / sizeof *outcomes };

/* What the transport below has seen of this input. */
static struct wire {
    struct fuzz_input input;
    int requests, registered, asked;
    bool forced, databases_seen;
    bool in_doubt; /* a registration may or may not have been made, and nobody has looked yet */
} wire;

/* --- what stands in for the network and for time --- */

int __wrap_http_try(struct operation *operation, const struct http_request *request,
                    struct http_answer *answer);
int __wrap_http_wait(struct operation *operation, int64_t milliseconds);
int64_t __wrap_session_now(void);
void __wrap_session_wait(astra_session *session, int64_t deadline_ms);

static void note_request(const struct http_request *request)
{
    CHECK(++wire.requests < REQUESTS_MAX);
    CHECK(*request->path == '/' && strpbrk(request->path, " \r\n\t\"") == NULL);
    if (!strcmp(request->method, "POST")) {
        struct json_object *body = json_tokener_parse(request->body);
        CHECK(json_object_is_type(body, json_type_object));
        CHECK(wire.registered == 0 && !wire.in_doubt);
        json_object_put(body);
    }
    if (!strcmp(request->method, "DELETE"))
        CHECK(wire.forced || wire.databases_seen);
    wire.asked += strstr(request->path, "/accounts") != NULL;
}

static void note_answer(const struct http_request *request, const struct http_answer *answer)
{
    bool done = answer_done(answer);
    if (!strcmp(request->method, "POST")) {
        wire.registered += done;
        wire.in_doubt = send_in_doubt(answer) || (answer_ok(answer) && !done);
    } else if (!strncmp(request->path, "/v2/kms", 7) && (done || (!answer->fault && answer->status == 404))) {
        wire.in_doubt = false;
    } else if (!strncmp(request->path, "/v2/databases", 13)) {
        wire.databases_seen = done;
    }
}

int __wrap_http_try(struct operation *operation, const struct http_request *request,
                    struct http_answer *answer)
{
    /* Behind the end of the input nobody answers. */
    const struct outcome *outcome = &outcomes[wire.input.left ? fuzz_byte(&wire.input) % OUTCOMES : 15];
    (void)operation;
    note_request(request);
    http_answer_clear(answer);
    answer->status = outcome->status;
    answer->fault = outcome->fault;
    answer->sent = outcome->sent;
    answer->retry_after = outcome->retry_after;
    answer->too_large = outcome->too_large;
    answer->foreign = outcome->foreign;
    char *body = fuzz_field(&wire.input, &answer->length);
    if (answer->status == 204) /* never has one */
        answer->length = 0;
    if (answer->length > 0) {
        answer->body = body;
        answer->capacity = answer->length + 1;
        if (outcome->fault)
            snprintf(answer->fault_text, sizeof answer->fault_text, "%s", body);
    } else {
        free(body);
    }
    note_answer(request, answer);
    return ASTRA_OK;
}

int __wrap_http_wait(struct operation *operation, int64_t milliseconds)
{
    (void)operation;
    CHECK(milliseconds >= 0);
    return ASTRA_OK;
}

int64_t __wrap_session_now(void)
{
    static int64_t now = 1000000;
    return now += STEP_MS;
}

void __wrap_session_wait(astra_session *session, int64_t deadline_ms)
{
    (void)session;
    CHECK(deadline_ms >= 0); /* alone, nobody waits for others */
}

static void log_write(const struct astra_log *log, int level, const char *message, const char *fields)
{
    (void)log;
    CHECK(level >= ASTRA_LOG_ERROR && level <= ASTRA_LOG_TRACE);
    fuzz_check_message(message, fields != NULL ? fields : "");
    CHECK(strstr(message, TOKEN) == NULL && (fields == NULL || strstr(fields, TOKEN) == NULL));
    struct json_object *json = fields != NULL ? json_tokener_parse(fields) : NULL;
    CHECK(fields == NULL || json_object_is_type(json, json_type_object));
    json_object_put(json);
}

/* --- the operations --- */

struct outputs {
    char *id, *key_id, *provider_id, *organization_id, *json;
};

static int run(unsigned choice, astra_session *session, struct outputs *out,
               const struct astra_report *report)
{
    static const char *const taken[] = {"444455556666", NULL};
    wire.forced = choice == 4;
    switch (choice) {
    case 0:
        return astra_cmk_key_list(session, &out->json, report);
    case 1:
        return astra_cmk_key_read(session, "aws", "us-east-2", KEY, NULL, &out->id, &out->key_id,
                                  &out->organization_id, report);
    case 2:
        return astra_cmk_key_create(session, "aws", "us-east-2", KEY, &out->id, &out->organization_id,
                                    report);
    case 3:
    case 4:
        return astra_cmk_key_delete(session, "aws", "us-east-2", KEY, "o", "deregister", wire.forced, report);
    case 5:
        return astra_provider_id_list(session, "gcp", "us-east1", &out->json, report);
    case 6:
        return astra_provider_id_create(session, "aws", "us-east-2", taken, "[\"777788889999\"]", &out->id,
                                        &out->provider_id, &out->organization_id, report);
    case 7:
        return astra_provider_id_read(session, "azure", "westus", "x", "o", &out->id, &out->organization_id,
                                      report);
    case 8:
        return astra_provider_id_delete(session, "aws", "us-east-2", "x", "o", false, report);
    default:
        return astra_database_guard(session, "replace", "aws", "us-east-2", false, report);
    }
}

static void check_outputs(unsigned choice, int status, const struct outputs *out)
{
    bool creates = choice == 2 || choice == 6, lists = choice == 0 || choice == 5;
    if (wire.registered)
        CHECK(status == ASTRA_OK);
    if (creates)
        CHECK((status == ASTRA_OK) == (out->organization_id != NULL));
    if (status == ASTRA_OK && (creates || choice == 1 || choice == 7))
        CHECK(out->id != NULL && *out->id && out->organization_id != NULL && *out->organization_id);
    if (status == ASTRA_OK && choice == 6)
        CHECK(strcmp(out->provider_id, "444455556666") && strcmp(out->provider_id, "777788889999"));
    CHECK(wire.asked == 0 || choice == 5 || choice == 6);
    CHECK(lists == (out->json != NULL) || status != ASTRA_OK);
    if (out->json != NULL) {
        struct json_object *array = json_tokener_parse(out->json);
        CHECK(json_object_is_type(array, json_type_array));
        json_object_put(array);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct astra_log log = {.write = log_write, .level = ASTRA_LOG_TRACE};
    struct fuzz_report report = FUZZ_REPORT;
    struct outputs out = {0};
    report.secret = TOKEN;
    wire = (struct wire){.input = {data, size}};
    setenv("XDG_STATE_HOME", fuzz_folder(), 1);

    unsigned choice = fuzz_byte(&wire.input) % 10;
    astra_session *session =
        astra_session_open(TOKEN, NULL, "http://127.0.0.1:1", NULL, 2, 5, &log, &report.report);
    CHECK(session != NULL);
    int status = run(choice, session, &out, &report.report);
    fuzz_report_check(&report, status);
    check_outputs(choice, status, &out);
    astra_session_close(session);
    if (choice == 6)
        fuzz_folder_clean();
    astra_free(out.id);
    astra_free(out.key_id);
    astra_free(out.provider_id);
    astra_free(out.organization_id);
    astra_free(out.json);
    return 0;
}
