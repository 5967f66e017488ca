/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_host_http.c - answers of a server that keeps a state behind the http backend, any status and any body,
 * to a run that locks, reads, records, saves and unlocks. What could not be sent lies in errored.tfstate or
 * the side file, nothing is sent once the lock was refused, and the password is told nowhere.
 *
 * Input: a byte that chooses (bit 0: with locking; bit 1: another's lock is taken away instead), then for
 * each request in turn a byte, what became of it (a row of `outcomes`), and a field, the body.
 */
#include "fuzz.h"

#include "backend.h"
#include "http_request.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PASSWORD "correct horse"
#define ADDRESS  "http://127.0.0.1:1/state"

enum { LOCKING = 1, FORCE = 2, REQUESTS_MAX = 100 };

/* Statuses; 0: no answer comes. */
static const long outcomes[] = {200, 201, 204, 301, 400, 401, 403, 404, 409, 423, 500, 503, 0};
enum { OUTCOMES = sizeof outcomes / sizeof *outcomes };

static struct wire {
    struct fuzz_input input;
    int requests;
    bool refused, saved;
    bool echoed; /* the server itself says the password */
} wire;

bool __wrap_http_send(struct backend *backend, const struct http_settings *settings,
                      const struct http_request *request, struct http_answer *answer, char **problem);

bool __wrap_http_send(struct backend *backend, const struct http_settings *settings,
                      const struct http_request *request, struct http_answer *answer, char **problem)
{
    (void)backend;
    CHECK(++wire.requests < REQUESTS_MAX && !wire.refused);
    CHECK(settings->password != NULL && strcmp(settings->password, PASSWORD) == 0);
    CHECK(strncmp(request->url, ADDRESS, strlen(ADDRESS)) == 0);
    /* Behind the end of the input nobody answers. */
    long status = wire.input.left > 0 ? outcomes[fuzz_byte(&wire.input) % OUTCOMES] : 0;
    answer->body = fuzz_field(&wire.input, &answer->length);
    answer->status = status;
    wire.echoed = wire.echoed || strstr(answer->body, PASSWORD) != NULL;
    if (strcmp(request->method, "POST") == 0) {
        struct json_object *body = json_tokener_parse(request->body);
        CHECK(json_object_is_type(body, json_type_object) && request->length == strlen(request->body));
        json_object_put(body);
        wire.saved = status >= 200 && status <= 204;
    }
    if (status == 0) {
        http_answer_clear(answer);
        *problem = strdup("nobody answers");
        CHECK(*problem != NULL);
    }
    return status != 0;
}

static void check_messages(const struct diagnostics *diags)
{
    for (size_t i = 0; i < diags->count; i++) {
        fuzz_check_message(diags->items[i].summary, diags->items[i].detail);
        CHECK(wire.echoed || strstr(diags->items[i].detail, PASSWORD) == NULL);
    }
}

static struct json_object *settings(bool locking)
{
    struct json_object *all = json_object_new_object();
    json_object_object_add(all, "address", json_object_new_string(ADDRESS));
    json_object_object_add(all, "username", json_object_new_string("u"));
    json_object_object_add(all, "password", json_object_new_string(PASSWORD));
    if (locking) {
        json_object_object_add(all, "lock_address", json_object_new_string(ADDRESS "/lock"));
        json_object_object_add(all, "unlock_address", json_object_new_string(ADDRESS "/lock"));
    }
    return all;
}

/* Something is done, recorded and saved. */
static void change(struct backend *backend, struct state *state, struct diagnostics *diags)
{
    struct address address = {.mode = MODE_MANAGED, .type = "fuzz", .name = "fuzz"};
    struct state_instance instance = {.attributes = json_object_new_object()};
    if (!backend_prepare(backend, state, 1000, diags)) {
        CHECK(diags->has_error);
        json_object_put(instance.attributes);
        return;
    }
    CHECK(state_instance_set(state, &address, "provider[\"example.com/a/b\"]", &instance));
    CHECK(backend_record(backend, state, &address, NULL, diags));
    wire.saved = false;
    bool done = backend_save(backend, state, diags);
    CHECK(done == wire.saved && done == !diags->has_error);
    CHECK(done || access("errored.tfstate", F_OK) == 0);
    CHECK(done == (access(".http.tfstate.journal", F_OK) != 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct diagnostics diags = {0};
    /* errored.tfstate lies where the program was started; libFuzzer's files, too. */
    int start = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    fuzz_folder_clean();
    CHECK(start >= 0 && chdir(fuzz_folder()) == 0);
    wire = (struct wire){.input = {data, size}};
    unsigned choice = fuzz_byte(&wire.input);
    struct config_backend config = {.type = (char[]){"http"}, .settings = settings(choice & LOCKING)};
    const struct backend_options options = {.directory = ".", .lock = true};
    struct backend *backend = backend_open(&config, &options, &diags);
    CHECK(backend != NULL && diags.count == 0);
    if (choice & FORCE) {
        fuzz_check_diagnostics(&diags, true);
        CHECK(backend_force_unlock(backend, "an ID", &diags) == !diags.has_error);
    } else if (backend_lock(backend, "OperationTypeApply", &diags)) {
        struct state *state = backend_read(backend, &diags);
        CHECK((state == NULL) == diags.has_error);
        if (state != NULL)
            change(backend, state, &diags);
        state_destroy(state);
        bool failed = diags.has_error;
        CHECK(backend_unlock(backend, &diags) || (diags.has_error && (failed || choice & LOCKING)));
    } else {
        CHECK(diags.has_error);
        wire.refused = true;
    }
    backend_close(backend);
    check_messages(&diags);
    diagnostics_clear(&diags);
    json_object_put(config.settings);
    CHECK(fchdir(start) == 0);
    close(start);
    return 0;
}
