/* SPDX-License-Identifier: Apache-2.0
 *
 * provider_id.c - seats for future databases: check, create, read, delete, list. The session remembers every
 * seat that it saw or handed out, since the API may offer an unclaimed one again and again; across processes
 * the machine does, see seat_file.h.
 */
#include "provider_id.h"

#include "astra_cmk.h"
#include "devops/kms.h"
#include "devops/organization.h"
#include "guard.h"
#include "json_text.h"
#include "seat_file.h"
#include "session.h"
#include "text.h"

#include <json-c/json.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- what the session remembers; all of it under the session's lock --- */

struct seat {
    struct seat *next;
    const char *cloud; /* static */
    char *region;
    char *provider_id;
    unsigned holders; /* resources that were seen to hold it at plan */
};

/* A cloud and region whose accounts somebody is asking for: requests go one after another. */
struct turn {
    struct turn *next;
    const char *cloud, *region;
};

static void seat_destroy(struct seat *seat)
{
    if (seat) {
        free(seat->region);
        free(seat->provider_id);
        free(seat);
    }
}

void seats_finish(struct seats *seats)
{
    for (size_t i = 0; i < SEAT_LISTS; i++) {
        for (struct seat *seat = seats->lists[i], *next; seat; seat = next) {
            next = seat->next;
            seat_destroy(seat);
        }
    }
}

/* The list that a seat with this ID is in (FNV-1a). */
static struct seat **seat_list(struct seats *seats, const char *provider_id)
{
    uint32_t hash = 2166136261;

    for (; *provider_id; provider_id++) {
        hash = (hash ^ (unsigned char)*provider_id) * 16777619;
    }
    return &seats->lists[hash % SEAT_LISTS];
}

static bool in_place(const struct seat *seat, const char *cloud, const char *region)
{
    return !strcmp(seat->cloud, cloud) && !strcasecmp(seat->region, region);
}

static struct seat *find(astra_session *session, const char *cloud, const char *region,
                         const char *provider_id)
{
    struct seat *seat = *seat_list(&session->seats, provider_id);

    while (seat && (!in_place(seat, cloud, region) || strcmp(seat->provider_id, provider_id))) {
        seat = seat->next;
    }
    return seat;
}

/* Remembers a seat, and counts a resource that holds it. Sets *holders to how many do. */
static int remember(struct operation *operation, const char *cloud, const char *region,
                    const char *provider_id, bool holds, unsigned *holders)
{
    astra_session *session = operation->session;
    struct seat *fresh = calloc(1, sizeof(*fresh)), *seat, **list;

    if (fresh) {
        fresh->cloud = cloud;
        fresh->region = strdup(region);
        fresh->provider_id = strdup(provider_id);
    }
    if (!fresh || !fresh->region || !fresh->provider_id) {
        seat_destroy(fresh);
        return operation_no_memory(operation);
    }
    session_lock(session);
    seat = find(session, cloud, region, provider_id);
    if (!seat) {
        seat = fresh;
        fresh = NULL;
        list = seat_list(&session->seats, provider_id);
        seat->next = *list;
        *list = seat;
    }
    seat->holders += holds;
    *holders = seat->holders;
    session_unlock(session);
    seat_destroy(fresh);
    return ASTRA_OK;
}

static bool is_turn_taken(const astra_session *session, const char *cloud, const char *region)
{
    const struct turn *turn = session->turns;

    while (turn && (strcmp(turn->cloud, cloud) || strcasecmp(turn->region, region))) {
        turn = turn->next;
    }
    return turn;
}

/* Waits until nobody else asks for accounts there. */
static int turn_take(struct operation *operation, struct turn *turn)
{
    astra_session *session = operation->session;
    bool cancelled;

    session_lock(session);
    while (!(cancelled = atomic_load(&operation->cancelled)) &&
           is_turn_taken(session, turn->cloud, turn->region)) {
        session_wait(session, -1);
    }
    if (!cancelled) {
        turn->next = session->turns;
        session->turns = turn;
    }
    session_unlock(session);
    return cancelled ? operation_fail_cancelled(operation) : ASTRA_OK;
}

static void turn_give(astra_session *session, const struct turn *turn)
{
    session_lock(session);
    for (struct turn **at = &session->turns; *at; at = &(*at)->next) {
        if (*at == turn) {
            *at = turn->next;
            break;
        }
    }
    session_changed(session);
    session_unlock(session);
}

/* --- JSON arrays of IDs --- */

static bool list_has(struct json_object *list, const char *provider_id)
{
    for (size_t i = 0; list && i < json_object_array_length(list); i++) {
        if (!strcmp(json_object_get_string(json_object_array_get_idx(list, i)), provider_id)) {
            return true;
        }
    }
    return false;
}

/* Takes the text over. */
static bool list_append(struct json_object *list, struct json_object *text)
{
    if (!text || json_object_array_add(list, text)) {
        json_object_put(text);
        return false;
    }
    return true;
}

/* An ID may be added twice: list_output() prints it once. */
static bool list_add(struct json_object *list, const char *provider_id)
{
    return list_append(list, json_object_new_string(provider_id));
}

/* Adds those that the session has seen in that place. */
static bool list_add_seen(struct json_object *list, astra_session *session, const char *cloud,
                          const char *region)
{
    bool added = true;

    session_lock(session);
    for (size_t i = 0; i < SEAT_LISTS && added; i++) {
        for (const struct seat *seat = session->seats.lists[i]; seat && added; seat = seat->next) {
            added = !in_place(seat, cloud, region) || list_add(list, seat->provider_id);
        }
    }
    session_unlock(session);
    return added;
}

/* Reads an array that an earlier plan left; NULL or "" is an empty one. */
static int list_read(struct operation *operation, const char *text, struct json_object **list)
{
    size_t i = 0;

    *list = text_empty(text) ? json_object_new_array() : json_text_parse(text, strlen(text));
    if (!*list && text_empty(text)) {
        return operation_no_memory(operation);
    }
    while (json_object_is_type(*list, json_type_array) && i < json_object_array_length(*list) &&
           json_object_is_type(json_object_array_get_idx(*list, i), json_type_string)) {
        i++;
    }
    if (!json_object_is_type(*list, json_type_array) || i < json_object_array_length(*list)) {
        return operation_fail(
            operation, ASTRA_FAILED, NULL, "The plan's private data is damaged",
            "The list of provider IDs that the plan carries is not an array of texts. This is an "
            "error of the program that called astra-cmk, or of the plan file: plan again.");
    }
    return ASTRA_OK;
}

static int compare(const void *a, const void *b)
{
    return strcmp(json_object_get_string(*(struct json_object *const *)a),
                  json_object_get_string(*(struct json_object *const *)b));
}

/* Prints the list in order, each ID once. Sorted first, since there may be thousands, and this is done for
 * every seat that is planned. */
static int list_output(struct operation *operation, struct json_object *list, char **output)
{
    struct json_object *distinct = json_object_new_array(), *last = NULL;
    bool added = distinct;
    int status;

    json_object_array_sort(list, compare);
    for (size_t i = 0; added && i < json_object_array_length(list); i++) {
        struct json_object *text = json_object_array_get_idx(list, i);

        if (!last || compare(&last, &text)) {
            added = list_append(distinct, json_object_get(text));
        }
        last = text;
    }
    status =
        added ? guard_output(operation, output, json_text_print(distinct)) : operation_no_memory(operation);
    json_object_put(distinct);
    return status;
}

/* --- check --- */

static int check_held(struct operation *operation, const char *name, const char *cloud, const char *region,
                      const char *provider_id)
{
    bool holds = !strcmp(name, "none") || !strcmp(name, "update");
    unsigned holders = 0;
    int status = remember(operation, cloud, region, provider_id, holds, &holders);

    if (status == ASTRA_OK && holds && holders > 1) {
        operation_warn(
            operation, "provider_id", "Two resources hold one provider ID",
            "Another resource holds the provider ID %s of %s/%s too. It serves one database: a second one "
            "would silently be encrypted with the vendor's key. Replace one of the two "
            "(`terraform apply -replace=ADDRESS`).",
            provider_id, cloud, region);
    }
    return status;
}

static int check_new(struct operation *operation, const char *cloud, const char *region, const char *earlier,
                     char **known)
{
    struct json_object *list = NULL;
    int status = list_read(operation, earlier, &list);

    if (status == ASTRA_OK) {
        status = list_add_seen(list, operation->session, cloud, region) ? list_output(operation, list, known)
                                                                        : operation_no_memory(operation);
    }
    json_object_put(list);
    return status;
}

int astra_provider_id_check(astra_session *session, const char *operation_name, const char *cloud_provider,
                            const char *region, const char *provider_id, const char *earlier, char **known,
                            const struct astra_report *report)
{
    struct operation operation;
    const char *cloud, *name = operation_name ? operation_name : "none";
    bool replaces = !strcmp(name, "replace");
    int status;

    if (!session) {
        return ASTRA_OK;
    }
    if ((status = operation_begin(&operation, session, report))) {
        return status;
    }
    status = guard_place(&operation, cloud_provider, region, &cloud);
    if (status == ASTRA_OK && !text_empty(provider_id)) {
        status = check_held(&operation, name, cloud, region, provider_id);
    }
    if (status == ASTRA_OK && (text_empty(provider_id) || replaces)) {
        status = check_new(&operation, cloud, region, earlier, known);
    }
    return operation_end(&operation, status);
}

/* --- create --- */

static bool is_excluded(const char *const *distinct_from, struct json_object *known, const char *provider_id)
{
    for (; distinct_from && *distinct_from; distinct_from++) {
        if (!strcmp(*distinct_from, provider_id)) {
            return true;
        }
    }
    return list_has(known, provider_id);
}

/* The first ID that is none of those, nor known to the session or in the file; NULL where there is none. */
static const char *choose(astra_session *session, char **ids, const char *cloud, const char *region,
                          const char *const *distinct_from, struct json_object *known,
                          const struct seat_file *file)
{
    for (; *ids; ids++) {
        bool seen;

        session_lock(session);
        seen = find(session, cloud, region, *ids);
        session_unlock(session);
        if (!seen && !is_excluded(distinct_from, known, *ids) && !(file && seat_file_has(file, *ids))) {
            return *ids;
        }
    }
    return NULL;
}

static int fail_none_offered(struct operation *operation, const char *cloud, const char *region)
{
    return operation_fail(
        operation, ASTRA_CONFLICT, "region", "No provider ID was offered",
        "Astra lists no provider ID for %s/%s. Check that customer keys are enabled for this "
        "cloud and region, and that the plan of the organization includes them.",
        cloud, region);
}

static int fail_only_known(struct operation *operation, const char *cloud, const char *region,
                           const struct seat_file *file)
{
    return operation_fail(
        operation, ASTRA_CONFLICT, "region", "Only known provider IDs were offered",
        "Every provider ID that Astra lists for %s/%s is held or excluded (`distinct_from`) already. "
        "Astra gives one unclaimed ID at a time: deploy the database that claims it, then apply again. "
        "(Each database and region needs an ID of its own.)%s%s%s",
        cloud, region, file ? " The IDs that this machine has seen taken are the lines of " : "",
        file ? file->path : "", file ? ": take one out only if no state holds it any more." : "");
}

struct seat_outputs {
    char **id, **provider_id, **organization_id;
};

static int hand_out(struct operation *operation, const char *cloud, const char *region,
                    const char *provider_id, const char *organization, const struct seat_outputs *outputs)
{
    unsigned holders;
    int status = remember(operation, cloud, region, provider_id, false, &holders);

    if (status == ASTRA_OK) {
        status = guard_output_id(operation, outputs->id, cloud, region, provider_id);
    }
    if (status == ASTRA_OK) {
        status = guard_output(operation, outputs->provider_id, provider_id);
    }
    return status == ASTRA_OK ? guard_output(operation, outputs->organization_id, organization) : status;
}

/* Chooses among the offered IDs, and writes down which one it was before anybody else can choose. */
static int choose_and_record(struct operation *operation, char **ids, const char *cloud, const char *region,
                             const char *organization, const char *const *distinct_from,
                             struct json_object *known, const char **chosen)
{
    struct seat_file file;
    bool have_file = seat_file_open(&file, organization, cloud, region);
    int status = ASTRA_OK;

    *chosen = choose(operation->session, ids, cloud, region, distinct_from, known, have_file ? &file : NULL);
    if (!*chosen) {
        status = *ids ? fail_only_known(operation, cloud, region, have_file ? &file : NULL)
                      : fail_none_offered(operation, cloud, region);
    } else if (!have_file || !seat_file_add(&file, *chosen)) {
        operation_warn(
            operation, "provider_id", "Provider IDs can't be remembered here",
            "Astra may offer %s again, and a later apply could not tell that it is taken. Let "
            "XDG_STATE_HOME (or HOME) name a folder that can be written, or list the IDs that are held in "
            "`distinct_from`.",
            *chosen);
    }
    if (have_file) {
        seat_file_close(&file);
    }
    return status;
}

/* Asks and chooses, while nobody else does for the same cloud and region. */
static int create(struct operation *operation, const char *cloud, const char *region,
                  const char *const *distinct_from, struct json_object *known,
                  const struct seat_outputs *outputs)
{
    struct turn turn = {.cloud = cloud, .region = region};
    char *organization = NULL, **ids = NULL;
    const char *chosen;
    int status = organization_get(operation, NULL, &organization);

    if (status == ASTRA_OK && !(status = turn_take(operation, &turn))) {
        status = kms_accounts(operation, cloud, region, organization, &ids);
        if (status == ASTRA_OK) {
            status =
                choose_and_record(operation, ids, cloud, region, organization, distinct_from, known, &chosen);
        }
        if (status == ASTRA_OK) {
            status = hand_out(operation, cloud, region, chosen, organization, outputs);
        }
        turn_give(operation->session, &turn);
    }
    free(ids);
    free(organization);
    return status;
}

int astra_provider_id_create(astra_session *session, const char *cloud_provider, const char *region,
                             const char *const *distinct_from, const char *known, char **id,
                             char **provider_id, char **organization_id, const struct astra_report *report)
{
    const struct seat_outputs outputs = {
        .id = id, .provider_id = provider_id, .organization_id = organization_id};
    struct operation operation;
    struct json_object *list = NULL;
    const char *cloud;
    int status = operation_begin(&operation, session, report);

    if (status != ASTRA_OK) {
        return status;
    }
    status = guard_place(&operation, cloud_provider, region, &cloud);
    if (status == ASTRA_OK) {
        status = list_read(&operation, known, &list);
    }
    if (status == ASTRA_OK) {
        status = create(&operation, cloud, region, distinct_from, list, &outputs);
    }
    json_object_put(list);
    return operation_end(&operation, status);
}

/* --- read, delete, list --- */

/* Tells the machine that a seat is taken, or no longer. Best effort: nothing depends on it at this moment. */
static void record(const char *organization, const char *cloud, const char *region, const char *provider_id,
                   bool taken)
{
    struct seat_file file;

    if (seat_file_open(&file, organization, cloud, region)) {
        (void)(taken ? seat_file_add(&file, provider_id) : seat_file_remove(&file, provider_id));
        seat_file_close(&file);
    }
}

static int require_provider_id(struct operation *operation, const char *provider_id)
{
    return !text_empty(provider_id) && !text_has_blank(provider_id)
               ? ASTRA_OK
               : operation_fail(
                     operation, ASTRA_INVALID, "provider_id", "Not a provider ID",
                     "`provider_id` is empty or holds blanks. Import with CLOUD/REGION/ID, such as "
                     "aws/us-east-2/123456789012.");
}

int astra_provider_id_read(astra_session *session, const char *cloud_provider, const char *region,
                           const char *provider_id, const char *known_organization_id, char **id,
                           char **organization_id, const struct astra_report *report)
{
    const struct seat_outputs outputs = {.id = id, .organization_id = organization_id};
    struct operation operation;
    const char *cloud;
    char *organization = NULL;
    int status = operation_begin(&operation, session, report);

    if (status != ASTRA_OK) {
        return status;
    }
    if (!(status = guard_place(&operation, cloud_provider, region, &cloud)) &&
        !(status = require_provider_id(&operation, provider_id)) &&
        !(status = organization_get(&operation, known_organization_id, &organization))) {
        status = hand_out(&operation, cloud, region, provider_id, organization, &outputs);
        record(organization, cloud, region, provider_id, true);
    }
    free(organization);
    return operation_end(&operation, status);
}

int astra_provider_id_delete(astra_session *session, const char *cloud_provider, const char *region,
                             const char *provider_id, const char *organization_id, bool force,
                             const struct astra_report *report)
{
    struct operation operation;
    const char *cloud;
    char *organization = NULL;
    int status = operation_begin(&operation, session, report);

    if (status != ASTRA_OK) {
        return status;
    }
    status = guard_place(&operation, cloud_provider, region, &cloud);
    if (status == ASTRA_OK) {
        status = organization_get(&operation, organization_id, &organization);
    }
    if (status == ASTRA_OK && !force) {
        status = guard_databases(&operation, cloud, region, SHARED_FRESH);
    }
    if (status == ASTRA_OK) {
        if (!text_empty(provider_id)) {
            record(organization, cloud, region, provider_id, false);
        }
        operation_warn(
            &operation, "provider_id", "A provider ID can't be given back",
            "Astra keeps the provider ID %s of %s/%s, only this resource is gone. Where a database has "
            "claimed it, its principal must stay in the key's policy as long as that database lives; the "
            "token sees only the databases that its role may.",
            text_empty(provider_id) ? "" : provider_id, cloud, region);
    }
    free(organization);
    return operation_end(&operation, status);
}

int astra_provider_id_list(astra_session *session, const char *cloud_provider, const char *region,
                           char **json, const struct astra_report *report)
{
    struct operation operation;
    struct json_object *list = json_object_new_array();
    const char *cloud;
    char *organization = NULL, **ids = NULL;
    int status = operation_begin(&operation, session, report);

    if (status != ASTRA_OK) {
        json_object_put(list);
        return status;
    }
    if (!list) {
        status = operation_no_memory(&operation);
    } else if (!(status = guard_place(&operation, cloud_provider, region, &cloud)) &&
               !(status = organization_get(&operation, NULL, &organization)) &&
               !(status = kms_accounts(&operation, cloud, region, organization, &ids))) {
        for (char **at = ids; *at && status == ASTRA_OK; at++) {
            status = list_add(list, *at) ? ASTRA_OK : operation_no_memory(&operation);
        }
        status = status == ASTRA_OK ? list_output(&operation, list, json) : status;
    }
    json_object_put(list);
    free(ids);
    free(organization);
    return operation_end(&operation, status);
}
