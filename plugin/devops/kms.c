/* SPDX-License-Identifier: Apache-2.0
 *
 * kms.c - the /v2/kms calls; see kms.h. The API answers in more than one shape (PascalCase in the listing,
 * camelCase for one key, nested or flat): read_registration() reads them all.
 */
#include "kms.h"

#include "../json_text.h"
#include "../session.h"
#include "../text.h"
#include "answer.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    LISTING_LONG = 1000, /* registrations, of which there is one per cloud and region */
};

void registration_clear(struct registration *registration)
{
    free(registration->region);
    free(registration->key_id);
    free(registration->organization_id);
    *registration = (struct registration){0};
}

static int compare(const void *a, const void *b)
{
    const struct registration *one = a, *other = b;
    int order = strcmp(one->cloud, other->cloud);

    return order ? order : strcasecmp(one->region, other->region);
}

static int registration_copy(struct operation *operation, const char *cloud, const char *region,
                             const char *key_id, const char *organization_id, struct registration *copy)
{
    *copy = (struct registration){.cloud = cloud,
                                  .region = strdup(region),
                                  .key_id = strdup(key_id),
                                  .organization_id = strdup(organization_id ? organization_id : "")};
    if (!copy->region || !copy->key_id || !copy->organization_id) {
        registration_clear(copy);
        return operation_no_memory(operation);
    }
    return ASTRA_OK;
}

/* Reads one registration, in any of the documented shapes. `cloud` and `region` are what was asked for, NULL
 * in a listing. copy->key_id stays NULL for a cloud that we do not know. */
static int read_registration(const struct place *place, struct json_object *json, const char *cloud,
                             const char *region, struct registration *copy)
{
    static const char *const organizations[] = {"orgId", "OrganizationID", "organization_id", NULL};
    static const char *const providers[] = {"CloudProvider", "provider", "cloud_provider", NULL};
    static const char *const nests[] = {"aws", "gcp", "azure", NULL};
    static const char *const keys[] = {"KeyID", "key_id", NULL};
    static const char *const regions[] = {"Region", NULL};
    const char *organization = NULL, *provider = NULL, *key = NULL, *where = NULL;
    const char *const own_nest[] = {cloud, NULL};
    struct json_object *nest;
    int status;

    *copy = (struct registration){0};
    if (!json_object_is_type(json, json_type_object)) {
        return answer_misshapen(place->operation, place->doing, place->pointer, "an object");
    }
    nest = member(json, cloud ? own_nest : nests);
    for (size_t i = 0; !cloud && nest && nests[i]; i++) {
        const char *const one[] = {nests[i], NULL};

        cloud = member(json, one) == nest ? nests[i] : NULL;
    }
    nest = json_object_is_type(nest, json_type_object) ? nest : json;
    if ((status = member_text(place, json, organizations, &organization)) ||
        (!cloud && (status = member_required(place, json, providers, &provider))) ||
        (status = member_required(place, nest, keys, &key)) ||
        (status = region ? member_text(place, nest, regions, &where)
                         : member_required(place, nest, regions, &where))) {
        return status;
    }
    cloud = cloud ? cloud : text_cloud(provider);
    return cloud
               ? registration_copy(place->operation, cloud, region ? region : where, key, organization, copy)
               : ASTRA_OK;
}

/* --- the listing --- */

static const char listing[] = "list the registered keys";

static void registrations_destroy(void *data)
{
    struct registrations *all = data;

    for (size_t i = 0; i < all->count; i++) {
        registration_clear(&all->items[i]);
    }
    free(all->items);
    free(all);
}

static int read_all(struct operation *operation, struct json_object *json, struct registrations *all)
{
    size_t count = json_object_array_length(json);
    int status = ASTRA_OK;

    all->items = calloc(count ? count : 1, sizeof(*all->items));
    if (!all->items) {
        return operation_no_memory(operation);
    }
    for (size_t i = 0; i < count && status == ASTRA_OK; i++) {
        char pointer[24];
        struct place place = {.operation = operation, .doing = listing, .pointer = pointer};

        snprintf(pointer, sizeof(pointer), "/%zu", i);
        status = read_registration(&place, json_object_array_get_idx(json, i), NULL, NULL,
                                   &all->items[all->count]);
        all->count += status == ASTRA_OK && all->items[all->count].key_id;
    }
    qsort(all->items, all->count, sizeof(*all->items), compare);
    return status;
}

static int fetch_listing(struct operation *operation, void **data)
{
    struct http_answer answer = {0};
    struct registrations *all = NULL;
    struct json_object *json = NULL;
    int status = send_safely(operation, "/v2/kms", &answer);

    if (status == ASTRA_OK && !answer_ok(&answer)) {
        status = answer_fail(operation, &answer, listing, PERMISSION_READ_KEY);
    } else if (status == ASTRA_OK && !(status = answer_json(operation, &answer, listing, &json))) {
        if (!json_object_is_type(json, json_type_array)) {
            status = answer_misshapen(operation, listing, "", "an array");
        } else if (!(all = calloc(1, sizeof(*all)))) {
            status = operation_no_memory(operation);
        } else {
            status = read_all(operation, json, all);
        }
    }
    if (status != ASTRA_OK && all) {
        registrations_destroy(all);
        all = NULL;
    }
    *data = all;
    json_object_put(json);
    http_answer_clear(&answer);
    return status;
}

int kms_list(struct operation *operation, enum freshness freshness, struct snapshot **snapshot)
{
    static const struct shared_source source = {.fetch = fetch_listing, .destroy = registrations_destroy};

    return shared_get(operation, &operation->session->keys, &source, freshness, snapshot);
}

/* Whether a failed listing means that there is no such call, or not for this token. */
static bool is_refusal(const struct operation *operation)
{
    long code = operation->failure.http_status;

    return code == 403 || code == 404 || code == 405 || code == 501;
}

static bool listing_refused(astra_session *session)
{
    bool refused;

    session_lock(session);
    refused = session->listing_refused;
    session_unlock(session);
    return refused;
}

/* Whether a fresh listing costs more than a request for each of those few that would share it. Without this,
 * thousands of registrations in a row take a time that grows with the square of their number. */
static bool listing_long(astra_session *session)
{
    const struct snapshot *latest;
    bool is_long;

    session_lock(session);
    latest = session->keys.latest;
    is_long = latest && ((const struct registrations *)latest->data)->count > LISTING_LONG;
    session_unlock(session);
    return is_long;
}

/* --- one key --- */

static char *region_path(const char *prefix, const char *cloud, const char *region, const char *suffix)
{
    char *escaped = http_escape(region);
    char *path =
        escaped ? text_format("%s/kms/provider/%s/region/%s%s", prefix, cloud, escaped, suffix) : NULL;

    free(escaped);
    return path;
}

static int get_one(struct operation *operation, const char *cloud, const char *region,
                   struct registration *found)
{
    static const char doing[] = "look up the registered key";
    struct place place = {.operation = operation, .doing = doing, .pointer = ""};
    char *path = region_path("/v2", cloud, region, "");
    struct http_answer answer = {0};
    struct json_object *json = NULL;
    int status = path ? send_safely(operation, path, &answer) : operation_no_memory(operation);

    /* A gateway's 404 says nothing of the key. */
    if (status == ASTRA_OK && !answer.fault &&
        (answer.status == 204 || (answer.status == 404 && !answer_is_page(&answer)))) {
        *found = (struct registration){0};
    } else if (status == ASTRA_OK && !answer_ok(&answer)) {
        status = answer_fail(operation, &answer, doing, PERMISSION_READ_KEY);
    } else if (status == ASTRA_OK && !(status = answer_json(operation, &answer, doing, &json))) {
        status = read_registration(&place, json, cloud, region, found);
    }
    json_object_put(json);
    http_answer_clear(&answer);
    free(path);
    return status;
}

static int find_listed(struct operation *operation, const struct registrations *all, const char *cloud,
                       const char *region, struct registration *found)
{
    struct registration wanted = {.cloud = cloud, .region = (char *)(uintptr_t)region};
    const struct registration *hit =
        all->count ? bsearch(&wanted, all->items, all->count, sizeof(*all->items), compare) : NULL;

    return hit ? registration_copy(operation, hit->cloud, hit->region, hit->key_id, hit->organization_id,
                                   found)
               : ASTRA_OK;
}

int kms_find(struct operation *operation, const char *cloud, const char *region, enum freshness freshness,
             enum absence absence, struct registration *found)
{
    astra_session *session = operation->session;
    struct snapshot *snapshot = NULL;
    int status;

    *found = (struct registration){0};
    if (listing_refused(session) || (freshness == SHARED_FRESH && listing_long(session))) {
        return get_one(operation, cloud, region, found);
    }
    status = kms_list(operation, freshness, &snapshot);
    if (status == ASTRA_OK) {
        status = find_listed(operation, snapshot->data, cloud, region, found);
        snapshot_release(snapshot);
        return status == ASTRA_OK && !found->key_id && absence == ABSENCE_CONFIRMED
                   ? get_one(operation, cloud, region, found)
                   : status;
    }
    if (!is_refusal(operation)) {
        return status;
    }
    session_lock(session);
    session->listing_refused = true;
    session_unlock(session);
    return get_one(operation, cloud, region, found);
}

/* --- writes --- */

int kms_register(struct operation *operation, const struct registration *registration, struct retry *retry,
                 struct http_answer *answer)
{
    struct json_object *json = json_object_new_object(), *key = json_object_new_object();
    struct http_request request = {.method = "POST", .path = "/v2/kms"};
    int status;

    bool added = json_text_put(json, "orgId", registration->organization_id) && key &&
                 !json_object_object_add(json, registration->cloud, key);

    if (!added) {
        json_object_put(key);
    }
    if (!added || !json_text_put(key, "keyID", registration->key_id) ||
        !json_text_put(key, "region", registration->region) || !(request.body = json_text_print(json))) {
        status = operation_no_memory(operation);
    } else {
        status = send_once(operation, &request, retry, answer);
    }
    /* A listing that was sent before a write ended may or may not know of it. */
    shared_drop(operation->session, &operation->session->keys);
    json_object_put(json);
    return status;
}

int kms_deregister(struct operation *operation, const struct registration *registration, struct retry *retry,
                   struct http_answer *answer)
{
    char *organization = http_escape(registration->organization_id);
    char *prefix = organization ? text_format("/v2/organizations/%s", organization) : NULL;
    char *path = prefix ? region_path(prefix, registration->cloud, registration->region, "") : NULL;
    const struct http_request request = {.method = "DELETE", .path = path};
    int status = path ? send_try(operation, &request, retry, answer) : operation_no_memory(operation);

    shared_drop(operation->session, &operation->session->keys);
    free(path);
    free(prefix);
    free(organization);
    return status;
}

/* --- accounts --- */

static const char asking[] = "ask for provider IDs";

/* Copies the array and the strings into one piece of memory. */
static int pack(struct operation *operation, const char *const *ids, size_t count, char ***packed)
{
    size_t size = (count + 1) * sizeof(**packed);
    char *at;

    for (size_t i = 0; i < count; i++) {
        size += strlen(ids[i]) + 1;
    }
    *packed = malloc(size);
    if (!*packed) {
        return operation_no_memory(operation);
    }
    at = (char *)(*packed + count + 1);
    for (size_t i = 0; i < count; i++) {
        (*packed)[i] = at;
        at = stpcpy(at, ids[i]) + 1;
    }
    (*packed)[count] = NULL;
    return ASTRA_OK;
}

static int read_account(const struct place *place, struct json_object *json, const char *own, const char **id)
{
    static const char *const organizations[] = {"organization_id", "organizationId", "orgId", NULL};
    static const char *const ids[] = {"provider_id", "providerId", NULL};
    const char *organization;
    int status;

    if (!json_object_is_type(json, json_type_object)) {
        return answer_misshapen(place->operation, place->doing, place->pointer, "an object");
    }
    if ((status = member_text(place, json, organizations, &organization)) ||
        (status = member_required(place, json, ids, id))) {
        return status;
    }
    if (text_has_blank(*id)) {
        return answer_misshapen(place->operation, place->doing, place->pointer,
                                "a provider ID without blanks");
    }
    if (!text_empty(organization) && strcasecmp(organization, own)) {
        return operation_fail(place->operation, ASTRA_PERMISSION_DENIED, "organization_id",
                              "A provider ID of another organization",
                              "Astra answered with a provider ID of organization %s, but the token is one of "
                              "organization %s. Set `token` to one of the right organization.",
                              organization, own);
    }
    return ASTRA_OK;
}

static int read_accounts(struct operation *operation, struct json_object *json, const char *own, char ***ids)
{
    size_t count = json_object_is_type(json, json_type_array) ? json_object_array_length(json) : 0;
    const char **borrowed = calloc(count + 1, sizeof(*borrowed));
    int status = borrowed ? ASTRA_OK : operation_no_memory(operation);

    if (status == ASTRA_OK && !json_object_is_type(json, json_type_array)) {
        status = answer_misshapen(operation, asking, "", "an array");
    }
    for (size_t i = 0; i < count && status == ASTRA_OK; i++) {
        char pointer[24];
        struct place place = {.operation = operation, .doing = asking, .pointer = pointer};

        snprintf(pointer, sizeof(pointer), "/%zu", i);
        status = read_account(&place, json_object_array_get_idx(json, i), own, &borrowed[i]);
    }
    if (status == ASTRA_OK) {
        status = pack(operation, borrowed, count, ids);
    }
    free(borrowed);
    return status;
}

int kms_accounts(struct operation *operation, const char *cloud, const char *region,
                 const char *organization_id, char ***ids)
{
    char *path = region_path("/v2", cloud, region, "/accounts");
    struct http_answer answer = {0};
    struct json_object *json = NULL;
    int status = path ? send_safely(operation, path, &answer) : operation_no_memory(operation);

    if (status == ASTRA_OK && !answer_ok(&answer)) {
        status = answer_fail(operation, &answer, asking, PERMISSION_READ_KEY);
    } else if (status == ASTRA_OK && !(status = answer_json(operation, &answer, asking, &json))) {
        status = read_accounts(operation, json, organization_id, ids);
    }
    json_object_put(json);
    http_answer_clear(&answer);
    free(path);
    return status;
}
