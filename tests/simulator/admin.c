/* SPDX-License-Identifier: Apache-2.0
 *
 * admin.c - the paths below /_admin/, which need no token:
 *
 *   GET    state                                   all there is
 *   PUT    keys       {"organization"?, "cloud_provider", "region", "key_id"}
 *   DELETE keys       ?cloud_provider=&region=[&organization=]
 *   PUT    databases  {"name", "cloud_provider", "region", "status"?, "id"?, "organization"?,
 *                      "extra_regions"?: […]}      answers {"id"}
 *   DELETE databases  ?id=
 *   PUT    tokens     {"token", "organization"?, "permissions": ["read-cmk", "write-cmk", "db-view"]}
 *   DELETE tokens     ?token=
 *   GET    requests                                counts and log; DELETE zeroes them
 *   GET    wait       ?method=&path=&count=&timeout_ms=   until so many have arrived; 408: they have not
 *   GET    faults                                  what was scripted and how often used
 *   POST   faults                                  see faults.h; DELETE drops all, and releases what they
 * hold
 */
#include "admin.h"
#include "json.h"

#include <stdlib.h>
#include <string.h>

static const char PREFIX[] = "/_admin/";

enum { MOST_REGIONS = 32, LONGEST_WAIT_MS = 600000 };

struct route {
    const char *method;
    const char *name;
    bool (*answer)(struct server *server, const struct request *request, struct answer *answer);
};

static bool done(struct answer *answer, enum store_result result)
{
    switch (result) {
    case STORE_DONE:
        return answer_json(answer, 200, json_object_new_object());
    case STORE_MISSING:
        return answer_error(answer, 404, "there is no such thing");
    default:
        return false;
    }
}

static bool read_place(const struct server *server, const char *organization, const char *cloud_text,
                       const char *region, struct place *place)
{
    enum cloud cloud;
    return cloud_read(cloud_text, true, &cloud) &&
           store_place(server->store, organization, cloud, region, place);
}

static bool body_place(const struct server *server, struct json_object *body, struct place *place)
{
    return body && read_place(server, json_text(body, "organization"), json_text(body, "cloud_provider"),
                              json_text(body, "region"), place);
}

/* --- state --- */

static bool report_token(void *array, const struct token *token)
{
    struct json_object *line = json_strings("token", token->text, "organization", token->organization, NULL);
    struct json_object *permissions = json_object_new_array();
    bool good = permissions != NULL;
    for (unsigned bit = 1; good && bit < PERMISSION_ALL; bit <<= 1) {
        if (token->permissions & bit)
            good = json_append(permissions, json_object_new_string(permission_name(bit)));
    }
    good = json_put(line, "permissions", permissions) && good;
    return json_append(array, line) && good;
}

static bool report_key(void *array, const struct key *key)
{
    return json_append(array, json_strings("organization", key->place.organization, "cloud_provider",
                                           cloud_name(key->place.cloud, false), "region", key->place.region,
                                           "key_id", key->key_id, NULL));
}

static bool report_seat(void *array, const struct seat *seat)
{
    struct json_object *line = json_strings(
        "organization", seat->place.organization, "cloud_provider", cloud_name(seat->place.cloud, false),
        "region", seat->place.region, "provider_id", seat->id, "database", seat->database, NULL);
    bool good = json_put(line, "claimed", json_object_new_boolean(*seat->database != '\0'));
    return json_append(array, line) && good;
}

static bool report_database(void *array, const struct database *database)
{
    struct json_object *line =
        json_strings("id", database->id, "organization", database->organization, "name", database->name,
                     "status", database->status, "cloud_provider", cloud_name(database->cloud, false), NULL);
    struct json_object *regions = json_object_new_array();
    bool good = regions != NULL;
    for (size_t i = 0; good && i < database->region_count; i++)
        good = json_append(regions, json_object_new_string(database->regions[i]));
    good = json_put(line, "regions", regions) && good;
    return json_append(array, line) && good;
}

static bool get_state(struct server *server, const struct request *request, struct answer *answer)
{
    (void)request;
    struct json_object *state = json_object_new_object();
    struct json_object *keys = json_object_new_array();
    struct json_object *seats = json_object_new_array();
    struct json_object *databases = json_object_new_array();
    struct json_object *tokens = json_object_new_array();
    bool good = store_each_key(server->store, report_key, keys) &&
                store_each_seat(server->store, report_seat, seats) &&
                store_each_database(server->store, report_database, databases) &&
                store_each_token(server->store, report_token, tokens);
    good = json_put(state, "keys", keys) && good;
    good = json_put(state, "provider_ids", seats) && good;
    good = json_put(state, "databases", databases) && good;
    good = json_put(state, "tokens", tokens) && good;
    if (!good) {
        json_object_put(state);
        return false;
    }
    return answer_json(answer, 200, state);
}

/* --- keys --- */

static bool put_key(struct server *server, const struct request *request, struct answer *answer)
{
    struct place place;
    struct json_object *body = json_read_object(request->body, request->body_size);
    const char *key_id = body ? json_text(body, "key_id") : NULL;
    bool answered = key_id && body_place(server, body, &place)
                        ? done(answer, store_set_key(server->store, &place, key_id, true))
                        : answer_error(answer, 400, "wanted: cloud_provider, region, key_id");
    json_object_put(body);
    return answered;
}

static bool delete_key(struct server *server, const struct request *request, struct answer *answer)
{
    struct place place;
    if (!read_place(server, request_query(request, "organization"), request_query(request, "cloud_provider"),
                    request_query(request, "region"), &place))
        return answer_error(answer, 400, "wanted: cloud_provider, region");
    return done(answer, store_remove_key(server->store, &place));
}

/* --- databases --- */

/* The strings of a list, borrowed. False: it is there, and is something else. */
static bool read_regions(struct json_object *body, const char *regions[MOST_REGIONS], size_t *count)
{
    struct json_object *list = NULL;
    *count = 0;
    if (!json_object_object_get_ex(body, "extra_regions", &list))
        return true;
    if (!json_object_is_type(list, json_type_array) || json_object_array_length(list) > MOST_REGIONS)
        return false;
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        struct json_object *region = json_object_array_get_idx(list, i);
        if (!json_object_is_type(region, json_type_string) ||
            strlen(json_object_get_string(region)) >= REGION_SIZE)
            return false;
        regions[(*count)++] = json_object_get_string(region);
    }
    return true;
}

static bool put_database(struct server *server, const struct request *request, struct answer *answer)
{
    bool answered = false;
    struct place place;
    char id[UUID_SIZE] = "";
    const char *more[MOST_REGIONS];
    size_t more_count = 0;
    struct json_object *body = json_read_object(request->body, request->body_size);
    const char *name = body ? json_text(body, "name") : NULL;
    const char *status = body ? json_text(body, "status") : NULL;
    const char *given = body ? json_text(body, "id") : NULL;
    if (!name || !body_place(server, body, &place) || !read_regions(body, more, &more_count) ||
        (given && !uuid_is(given))) {
        answered = answer_error(answer, 400,
                                "wanted: name, cloud_provider, region; id is a UUID, extra_regions a list");
        goto finish;
    }
    if (given)
        memcpy(id, given, sizeof id);
    if (store_set_database(server->store, id, &place, name, status ? status : "ACTIVE", more, more_count) ==
        STORE_DONE)
        answered = answer_json(answer, 200, json_strings("id", id, NULL));
finish:
    json_object_put(body);
    return answered;
}

static bool delete_database(struct server *server, const struct request *request, struct answer *answer)
{
    const char *id = request_query(request, "id");
    return id ? done(answer, store_remove_database(server->store, id))
              : answer_error(answer, 400, "wanted: id");
}

/* --- tokens --- */

static bool read_permissions(struct json_object *body, unsigned *permissions)
{
    struct json_object *list = NULL;
    *permissions = 0;
    if (!json_object_object_get_ex(body, "permissions", &list) || !json_object_is_type(list, json_type_array))
        return false;
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        unsigned one = permission_read(json_object_get_string(json_object_array_get_idx(list, i)));
        if (!one)
            return false;
        *permissions |= one;
    }
    return true;
}

static bool put_token(struct server *server, const struct request *request, struct answer *answer)
{
    unsigned permissions = 0;
    struct json_object *body = json_read_object(request->body, request->body_size);
    const char *token = body ? json_text(body, "token") : NULL;
    const char *organization = body ? json_text(body, "organization") : NULL;
    bool good =
        token && *token && read_permissions(body, &permissions) && (!organization || uuid_is(organization));
    bool answered =
        good ? done(answer, store_set_token(server->store, token, organization, permissions))
             : answer_error(answer, 400, "wanted: token, permissions of read-cmk, write-cmk, db-view");
    json_object_put(body);
    return answered;
}

static bool delete_token(struct server *server, const struct request *request, struct answer *answer)
{
    const char *token = request_query(request, "token");
    return token ? done(answer, store_revoke_token(server->store, token))
                 : answer_error(answer, 400, "wanted: token");
}

/* --- requests --- */

static bool get_requests(struct server *server, const struct request *request, struct answer *answer)
{
    (void)request;
    return answer_json(answer, 200, traffic_report(server->traffic));
}

static bool delete_requests(struct server *server, const struct request *request, struct answer *answer)
{
    (void)request;
    traffic_reset(server->traffic);
    return done(answer, STORE_DONE);
}

static bool number_or(const char *text, long otherwise, long largest, long *number)
{
    char *end = NULL;
    *number = text ? strtol(text, &end, 10) : otherwise;
    return *number >= 0 && *number <= largest && (!text || (end != text && !*end));
}

static bool get_wait(struct server *server, const struct request *request, struct answer *answer)
{
    long count = 0;
    long timeout = 0;
    if (!number_or(request_query(request, "count"), 1, 1000000, &count) ||
        !number_or(request_query(request, "timeout_ms"), 10000, LONGEST_WAIT_MS, &timeout))
        return answer_error(answer, 400, "count or timeout_ms is no number, or too large");
    if (!traffic_wait(server->traffic, request_query(request, "method"), request_query(request, "path"),
                      (uint64_t)count, (int)timeout))
        return answer_error(answer, 408, "so many such requests have not arrived");
    return done(answer, STORE_DONE);
}

/* --- faults --- */

static bool get_faults(struct server *server, const struct request *request, struct answer *answer)
{
    (void)request;
    return answer_json(answer, 200, faults_report(server->faults));
}

static bool post_fault(struct server *server, const struct request *request, struct answer *answer)
{
    const char *wrong = faults_add(server->faults, request->body, request->body_size);
    return wrong ? answer_error(answer, 400, wrong) : done(answer, STORE_DONE);
}

static bool delete_faults(struct server *server, const struct request *request, struct answer *answer)
{
    (void)request;
    faults_clear(server->faults);
    return done(answer, STORE_DONE);
}

/* --- routing --- */

static const struct route ROUTES[] = {
    {"GET", "state", get_state},
    {"PUT", "keys", put_key},
    {"DELETE", "keys", delete_key},
    {"PUT", "databases", put_database},
    {"DELETE", "databases", delete_database},
    {"PUT", "tokens", put_token},
    {"DELETE", "tokens", delete_token},
    {"GET", "requests", get_requests},
    {"DELETE", "requests", delete_requests},
    {"GET", "wait", get_wait},
    {"GET", "faults", get_faults},
    {"POST", "faults", post_fault},
    {"DELETE", "faults", delete_faults},
};

bool admin_owns(const char *path)
{
    return strncmp(path, PREFIX, sizeof PREFIX - 1) == 0;
}

bool admin_answer(struct server *server, const struct request *request, struct answer *answer)
{
    const char *name = request->path + sizeof PREFIX - 1;
    for (size_t i = 0; i < sizeof ROUTES / sizeof *ROUTES; i++) {
        if (strcmp(ROUTES[i].name, name) == 0 && strcmp(ROUTES[i].method, request->method) == 0)
            return ROUTES[i].answer(server, request, answer);
    }
    return answer_error(answer, 404, "there is no such admin path or method; admin.c lists them");
}
