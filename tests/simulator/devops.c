/* SPDX-License-Identifier: Apache-2.0
 *
 * devops.c - the routes of the DevOps API: who may call them, what they check, and the
 * shapes of their answers. What is true is store.c's.
 */
#include "devops.h"
#include "json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { CAPTURES = 3, CAPTURE_SIZE = 64, PAGE_DEFAULT = 25, PAGE_LARGEST = 100 };

/* A request that passed the checks which all routes share. */
struct call {
    const struct options *options;
    struct store *store;
    const struct request *request;
    char organization[UUID_SIZE];          /* the token's */
    char captures[CAPTURES][CAPTURE_SIZE]; /* what the asterisks of the route stood for */
};

struct route {
    const char *method;
    const char *pattern;
    unsigned permission; /* 0: any token */
    bool (*answer)(const struct call *call, struct answer *answer);
};

static bool no_memory(struct json_object *object)
{
    json_object_put(object);
    return false;
}

/* Reads cloud and region, captured from the path one after the other. False: they are not such. */
static bool captured_place(const struct call *call, const char (*captures)[CAPTURE_SIZE], struct place *place)
{
    enum cloud cloud;
    return cloud_read(captures[0], false, &cloud) &&
           store_place(call->store, call->organization, cloud, captures[1], place);
}

/* --- organization --- */

static bool get_organization(const struct call *call, struct answer *answer)
{
    return answer_json(answer, 200,
                       json_strings("id", call->organization, "name", "Simulated organization", NULL));
}

/* --- provider IDs --- */

static bool add_seat(void *array, const struct seat *seat)
{
    return json_append(array, json_strings("organization_id", seat->place.organization, "provider_id",
                                           seat->id, "provider", cloud_name(seat->place.cloud, false), NULL));
}

static bool get_accounts(const struct call *call, struct answer *answer)
{
    struct place place;
    if (!captured_place(call, call->captures, &place))
        return answer_error(answer, 400, "unknown cloud provider or malformed region");
    struct json_object *array = json_object_new_array();
    if (!array || store_ask_seats(call->store, &place, call->options->seats, add_seat, array) != STORE_DONE)
        return no_memory(array);
    return answer_json(answer, 200, array);
}

/* --- keys --- */

/* One key, as a registration and a single-key GET are answered. */
static struct json_object *key_shape(const struct call *call, const struct place *place, const char *key_id)
{
    const char *cloud = cloud_name(place->cloud, call->options->upper_case);
    if (call->options->flat)
        return json_strings("orgId", place->organization, "provider", cloud, "keyID", key_id, "region",
                            place->region, NULL);
    struct json_object *shape = json_strings("orgId", place->organization, NULL);
    if (json_put(shape, cloud, json_strings("keyID", key_id, "region", place->region, NULL)))
        return shape;
    json_object_put(shape);
    return NULL;
}

/* What is wrong with a registration's body, or NULL and what it says. Static. */
static const char *read_registration(const struct call *call, struct json_object *body, struct place *place,
                                     const char **key_id)
{
    if (!body)
        return "the body is not a JSON object";
    const char *organization = json_text(body, "orgId");
    if (!organization || strcasecmp(organization, call->organization) != 0)
        return "orgId is missing, or is not the token's organization";

    int clouds = 0;
    struct json_object *key = NULL;
    enum cloud cloud = CLOUD_AWS;
    for (enum cloud i = CLOUD_AWS; i <= CLOUD_AZURE; i++) {
        struct json_object *found = NULL;
        if (json_object_object_get_ex(body, cloud_name(i, false), &found)) {
            clouds++;
            cloud = i;
            key = found;
        }
    }
    if (clouds != 1 || !json_object_is_type(key, json_type_object))
        return "exactly one of aws, gcp and azure must be given, as an object";
    *key_id = json_text(key, "keyID");
    if (!*key_id || !**key_id)
        return "keyID is missing";
    if (!store_place(call->store, call->organization, cloud, json_text(key, "region"), place))
        return "region is missing or malformed";
    return NULL;
}

static bool post_key(const struct call *call, struct answer *answer)
{
    bool answered = false;
    struct place place;
    const char *key_id = NULL;
    struct json_object *body = json_read_object(call->request->body, call->request->body_size);
    const char *wrong = read_registration(call, body, &place, &key_id);
    if (wrong) {
        answered = answer_error(answer, 400, wrong);
        goto done;
    }
    switch (store_set_key(call->store, &place, key_id, false)) {
    case STORE_EXISTS:
        answered =
            answer_error(answer, 409, "a key is already registered for this cloud provider and region");
        break;
    case STORE_DONE:
        answer->status = call->options->create_status;
        answered = !call->options->create_body ||
                   answer_json(answer, call->options->create_status, key_shape(call, &place, key_id));
        break;
    default:
        break;
    }
done:
    json_object_put(body);
    return answered;
}

static bool get_key(const struct call *call, struct answer *answer)
{
    struct place place;
    char *key_id = NULL;
    bool answered = false;
    if (!captured_place(call, call->captures, &place))
        return answer_error(answer, 400, "unknown cloud provider or malformed region");
    switch (store_find_key(call->store, &place, &key_id)) {
    case STORE_MISSING:
        answered = answer_error(answer, 404, "no key is registered for this cloud provider and region");
        break;
    case STORE_DONE:
        answered = answer_json(answer, 200, key_shape(call, &place, key_id));
        break;
    default:
        break;
    }
    free(key_id);
    return answered;
}

struct key_list {
    const struct call *call;
    struct json_object *array;
};

static bool add_key(void *context, const struct key *key)
{
    struct key_list *list = context;
    if (strcmp(key->place.organization, list->call->organization) != 0)
        return true;
    return json_append(list->array,
                       json_strings("OrganizationID", key->place.organization, "CloudProvider",
                                    cloud_name(key->place.cloud, list->call->options->upper_case), "KeyID",
                                    key->key_id, "Region", key->place.region, NULL));
}

static bool get_keys(const struct call *call, struct answer *answer)
{
    if (!call->options->list)
        return answer_error(answer, call->options->list_status, "keys can't be listed");
    struct key_list list = {call, json_object_new_array()};
    if (!list.array || !store_each_key(call->store, add_key, &list))
        return no_memory(list.array);
    return answer_json(answer, 200, list.array);
}

static bool delete_key(const struct call *call, struct answer *answer)
{
    struct place place;
    if (!call->options->deleting)
        return answer_error(answer, call->options->delete_status, "removing a key is not supported");
    if (strcasecmp(call->captures[0], call->organization) != 0)
        return answer_error(answer, 403, "the token belongs to another organization");
    if (!captured_place(call, call->captures + 1, &place))
        return answer_error(answer, 400, "unknown cloud provider or malformed region");
    if (store_remove_key(call->store, &place) == STORE_MISSING)
        return answer_error(answer, 404, "no key is registered for this cloud provider and region");
    answer->status = 204;
    return true;
}

/* --- databases --- */

struct page {
    struct json_object *array;
    const char *organization;
    const char *after; /* NULL: from the first on */
    bool started;
    int cloud; /* of enum cloud, or -1 for all */
    bool terminated;
    long limit;
};

static bool read_page(const struct call *call, struct page *page)
{
    static const char *const clouds[] = {"AWS", "GCP", "Azure"};
    const char *include = request_query(call->request, "include");
    const char *provider = request_query(call->request, "provider");
    const char *limit = request_query(call->request, "limit");
    char *end = NULL;

    *page = (struct page){.organization = call->organization, .cloud = -1, .limit = PAGE_DEFAULT};
    page->after = request_query(call->request, "starting_after");
    page->started = !page->after;
    page->terminated = include && strcmp(include, "all") == 0;
    if (include && !page->terminated && strcmp(include, "nonterminated") != 0)
        return false;
    for (int i = 0; provider && i < 3; i++) {
        if (strcmp(provider, clouds[i]) == 0)
            page->cloud = i;
    }
    if (provider && page->cloud < 0 && strcmp(provider, "ALL") != 0)
        return false;
    if (limit)
        page->limit = strtol(limit, &end, 10);
    return page->limit >= 1 && page->limit <= PAGE_LARGEST && (!limit || (end != limit && !*end));
}

static struct json_object *database_shape(const struct database *database)
{
    const char *cloud = cloud_name(database->cloud, true);
    struct json_object *centers = json_object_new_array();
    struct json_object *info =
        json_strings("name", database->name, "cloudProvider", cloud, "region", database->regions[0], NULL);
    struct json_object *shape =
        json_strings("id", database->id, "orgId", database->organization, "status", database->status, NULL);
    bool good = true;
    for (size_t i = 0; i < database->region_count; i++) {
        char name[32];
        snprintf(name, sizeof name, "dc-%zu", i + 1);
        good = json_append(centers, json_strings("name", name, "cloudProvider", cloud, "region",
                                                 database->regions[i], NULL)) &&
               good;
    }
    good = json_put(info, "datacenters", centers) && good;
    good = json_put(shape, "info", info) && good;
    if (good)
        return shape;
    json_object_put(shape);
    return NULL;
}

static bool add_database(void *context, const struct database *database)
{
    struct page *page = context;
    if (strcmp(database->organization, page->organization) != 0)
        return true;
    if (!page->started) {
        page->started = strcmp(database->id, page->after) == 0;
        return true;
    }
    if (page->limit == 0 || (page->cloud >= 0 && (int)database->cloud != page->cloud) ||
        (!page->terminated && strcasecmp(database->status, "TERMINATED") == 0))
        return true;
    page->limit--;
    return json_append(page->array, database_shape(database));
}

static bool get_databases(const struct call *call, struct answer *answer)
{
    struct page page;
    if (!read_page(call, &page))
        return answer_error(
            answer, 400, "include is nonterminated or all, provider ALL, GCP, AWS or Azure, limit 1 to 100");
    page.array = json_object_new_array();
    if (!page.array || !store_each_database(call->store, add_database, &page))
        return no_memory(page.array);
    if (!page.started) {
        json_object_put(page.array);
        return answer_error(answer, 400, "starting_after names no database");
    }
    return answer_json(answer, 200, page.array);
}

/* --- routing --- */

static const struct route ROUTES[] = {
    {"GET", "/v2/currentOrg", 0, get_organization},
    {"GET", "/v2/kms", PERMISSION_READ_CMK, get_keys},
    {"POST", "/v2/kms", PERMISSION_WRITE_CMK, post_key},
    {"GET", "/v2/kms/provider/*/region/*", PERMISSION_READ_CMK, get_key},
    {"GET", "/v2/kms/provider/*/region/*/accounts", PERMISSION_READ_CMK, get_accounts},
    {"DELETE", "/v2/organizations/*/kms/provider/*/region/*", PERMISSION_WRITE_CMK, delete_key},
    {"GET", "/v2/databases", PERMISSION_DB_VIEW, get_databases},
};
enum { ROUTE_COUNT = sizeof ROUTES / sizeof *ROUTES };

/* Whether `path` has the form of `pattern`, and what stands in place of its asterisks. */
static bool match(const char *pattern, const char *path, char (*captures)[CAPTURE_SIZE])
{
    size_t count = 0;
    for (; *pattern; pattern++) {
        if (*pattern != '*') {
            if (*pattern != *path++)
                return false;
            continue;
        }
        size_t length = strcspn(path, "/");
        if (length == 0 || length >= CAPTURE_SIZE || count >= CAPTURES)
            return false;
        memcpy(captures[count], path, length);
        captures[count++][length] = '\0';
        path += length;
    }
    return !*path;
}

const char *devops_group(const char *path)
{
    char captures[CAPTURES][CAPTURE_SIZE];
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        if (match(ROUTES[i].pattern, path, captures))
            return ROUTES[i].pattern;
    }
    return path;
}

static bool authorize(const struct server *server, const struct request *request, struct call *call,
                      unsigned *permissions)
{
    static const char scheme[] = "Bearer ";
    const char *header = request_header(request, "Authorization");
    return header && strncasecmp(header, scheme, sizeof scheme - 1) == 0 &&
           store_find_token(server->store, header + sizeof scheme - 1, call->organization, permissions) ==
               STORE_DONE;
}

bool devops_answer(struct server *server, const struct request *request, struct answer *answer)
{
    struct call call = {.options = server->options, .store = server->store, .request = request};
    unsigned permissions = 0;
    bool known = false;
    if (!authorize(server, request, &call, &permissions))
        return answer_error(answer, 401, "the token is missing, unknown or expired");
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        const struct route *route = &ROUTES[i];
        if (!match(route->pattern, request->path, call.captures))
            continue;
        known = true;
        if (strcmp(route->method, request->method) != 0)
            continue;
        if ((route->permission & permissions) == route->permission)
            return route->answer(&call, answer);
        char message[80];
        snprintf(message, sizeof message, "the token lacks the permission %s",
                 permission_name(route->permission));
        return answer_error(answer, 403, message);
    }
    return known ? answer_error(answer, 405, "this method is not allowed here")
                 : answer_error(answer, 404, "there is nothing at this path");
}
