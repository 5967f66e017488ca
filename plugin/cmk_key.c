/* SPDX-License-Identifier: Apache-2.0
 *
 * cmk_key.c - the registration of a customer key: check, create, read, delete, list. The requests themselves
 * are devops/kms.c's.
 */
#include "astra_cmk.h"
#include "devops/answer.h"
#include "devops/kms.h"
#include "devops/organization.h"
#include "guard.h"
#include "json_text.h"
#include "key_id.h"
#include "report.h"
#include "text.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

/* --- check --- */

static int check_parts(const char *cloud, const char *region, const char *key_id,
                       const struct astra_report *report)
{
    struct key_id key;

    if (!key_id_parse(key_id, &key)) {
        report_warning(
            report, "key_id", "The key identifier looks odd",
            "`key_id` has none of the usual forms (an AWS key ARN, a Google Cloud KMS resource name, an "
            "Azure "
            "Key Vault key identifier). It is sent as it is; check it against the key at the cloud.");
        return ASTRA_OK;
    }
    if (strcmp(key.cloud, cloud)) {
        report_error(
            report, "key_id", "The key belongs to another cloud",
            "`key_id` is the identifier of a key in %s, but `cloud_provider` is %s. Correct one of the two.",
            key.cloud, cloud);
        return ASTRA_INVALID;
    }
    if (key.region.start && !part_is(key.region, region)) {
        report_error(
            report, "key_id", "The key lies in another region",
            "`key_id` names a key in %.*s, but `region` is %s. A key must lie in the region of the databases "
            "that it encrypts: correct `region`, or give a key that lies in %s.",
            (int)key.region.length, key.region.start, region, region);
        return ASTRA_INVALID;
    }
    return ASTRA_OK;
}

int astra_cmk_key_check(const char *operation, const char *cloud_provider, const char *region,
                        const char *key_id, const char *prior_key_id, const struct astra_report *report)
{
    const char *cloud = text_cloud(cloud_provider);
    bool replaces = operation && !strcmp(operation, "replace");

    /* What is registered already is not judged again: it may be an oddity that was imported. */
    if (!operation || (!replaces && strcmp(operation, "create")) || text_empty(key_id)) {
        return ASTRA_OK;
    }
    if (text_has_blank(key_id)) {
        report_error(
            report, "key_id", "Blanks in the key identifier",
            "`key_id` holds a blank, a line break or another control character. Remove it; with file(), "
            "trimspace() does.");
        return ASTRA_INVALID;
    }
    if (!text_empty(prior_key_id) && cloud && !key_id_same(cloud, prior_key_id, key_id)) {
        report_warning(
            report, "key_id", "Databases that exist keep the old key",
            "A registered key encrypts only databases that are created afterwards. Keep the old key (%s), "
            "and the principals in its policy, as long as any database of this region lives.",
            prior_key_id);
    }
    return cloud && region ? check_parts(cloud, region, key_id, report) : ASTRA_OK;
}

/* --- create --- */

static int fail_other_key(struct operation *operation, const struct registration *found)
{
    return operation_fail(
        operation, ASTRA_CONFLICT, "key_id", "Another key is registered there",
        "In %s/%s the key %s is registered already, and there is one per cloud and region. To manage "
        "it, set `key_id` to it and run `terraform import ADDRESS %s/%s`, ADDRESS being this "
        "resource's. To register another one, remove that registration first.",
        found->cloud, found->region, found->key_id, found->cloud, found->region);
}

/* Puts before the failure at hand that a request went out whose outcome nobody knows. */
static int fail_unknown(struct operation *operation, int status, const char *summary, const char *next)
{
    struct failure failure = operation->failure;

    operation->failure = (struct failure){0};
    operation_fail(operation, status, failure.attribute, summary, "%s: %s %s",
                   failure.summary ? failure.summary : "", failure.detail ? failure.detail : "", next);
    operation->failure.http_status = failure.http_status;
    failure_clear(&failure);
    return status;
}

static int fail_registration_unknown(struct operation *operation, int status)
{
    return fail_unknown(
        operation, status, "It is not known whether the key was registered",
        "A registration was sent, and no answer says what came of it. Nothing is saved; the next apply "
        "looks first, and adopts the key if it is there.");
}

/* Something is registered there: the wanted key, or another. `own`: we may have done it a moment ago. */
static int settle(struct operation *operation, const struct registration *wanted,
                  const struct registration *found, bool own)
{
    if (!key_id_same(wanted->cloud, wanted->key_id, found->key_id)) {
        return fail_other_key(operation, found);
    }
    if (!own) {
        operation_warn(
            operation, "key_id", "The key was registered already",
            "In %s/%s this very key was registered before. It is managed from here on; destroying this "
            "resource will remove the registration unless `on_destroy` is \"forget\".",
            wanted->cloud, wanted->region);
    }
    return ASTRA_OK;
}

/* Looks, registers, and looks again wherever the outcome is in doubt. */
static int register_key(struct operation *operation, const struct registration *wanted)
{
    static const char doing[] = "register the key";
    struct http_answer answer = {0};
    struct registration found = {0};
    struct retry retry;
    bool sent = false, again = true, done = false;
    int status = ASTRA_OK;

    retry_start(&retry, operation->session);
    while (status == ASTRA_OK && !done) {
        status = kms_find(operation, wanted->cloud, wanted->region, SHARED_FRESH, ABSENCE_BELIEVED, &found);
        if (status != ASTRA_OK) {
            status = sent ? fail_registration_unknown(operation, status) : status;
        } else if (found.key_id) {
            status = settle(operation, wanted, &found, sent);
            done = true;
        } else if (!again) {
            status = answer_fail(operation, &answer, doing, PERMISSION_WRITE_KEY);
            status = sent ? fail_registration_unknown(operation, status) : status;
        } else if ((status = kms_register(operation, wanted, &retry, &answer))) {
            status = fail_registration_unknown(operation, status);
        } else if (answer_done(&answer)) {
            done = true;
        } else if (send_in_doubt(&answer) || answer_ok(&answer)) {
            sent = true;
            status = retry_wait(operation, &retry, &answer, &again);
            status = status ? fail_registration_unknown(operation, status) : status;
        } else if (!answer.fault && answer.status == 409) {
            again = false; /* somebody was faster: look once more */
        } else {
            status = answer_fail(operation, &answer, doing, PERMISSION_WRITE_KEY);
        }
        registration_clear(&found);
    }
    http_answer_clear(&answer);
    return status;
}

static int create(struct operation *operation, const struct registration *wanted, char **id,
                  char **organization_id)
{
    char *new_id = NULL, *organization = NULL;
    int status = guard_output_id(operation, &new_id, wanted->cloud, wanted->region, NULL);

    /* What is needed to keep the registration is at hand before it is made: nothing may fail afterwards. */
    if (status == ASTRA_OK) {
        status = guard_output(operation, &organization, wanted->organization_id);
    }
    if (status == ASTRA_OK) {
        status = register_key(operation, wanted);
    }
    if (status == ASTRA_OK && id) {
        *id = new_id;
        new_id = NULL;
    }
    if (status == ASTRA_OK && organization_id) {
        *organization_id = organization;
        organization = NULL;
    }
    free(new_id);
    free(organization);
    return status;
}

int astra_cmk_key_create(astra_session *session, const char *cloud_provider, const char *region,
                         const char *key_id, char **id, char **organization_id,
                         const struct astra_report *report)
{
    struct operation operation;
    /* Borrowed strings: never cleared. */
    struct registration wanted = {.region = (char *)(uintptr_t)region, .key_id = (char *)(uintptr_t)key_id};
    int status = operation_begin(&operation, session, report);

    if (status != ASTRA_OK) {
        return status;
    }
    status = guard_place(&operation, cloud_provider, region, &wanted.cloud);
    if (status == ASTRA_OK && (text_empty(key_id) || text_has_blank(key_id))) {
        status = operation_fail(&operation, ASTRA_INVALID, "key_id", "Not a key identifier",
                                "Set `key_id` to the identifier of a key, without blanks.");
    }
    if (status == ASTRA_OK) {
        status = organization_get(&operation, NULL, &wanted.organization_id);
    }
    if (status == ASTRA_OK) {
        status = create(&operation, &wanted, id, organization_id);
    }
    free(wanted.organization_id);
    return operation_end(&operation, status);
}

/* --- read --- */

int astra_cmk_key_read(astra_session *session, const char *cloud_provider, const char *region,
                       const char *known_key_id, const char *known_organization_id, char **id, char **key_id,
                       char **organization_id, const struct astra_report *report)
{
    struct operation operation;
    struct registration found = {0};
    const char *cloud;
    char *organization = NULL;
    bool same;
    int status = operation_begin(&operation, session, report);

    if (status != ASTRA_OK) {
        return status;
    }
    if (!(status = guard_place(&operation, cloud_provider, region, &cloud)) &&
        !(status = organization_get(&operation, known_organization_id, &organization)) &&
        !(status = kms_find(&operation, cloud, region, SHARED_RECENT, ABSENCE_CONFIRMED, &found))) {
        same = found.key_id && !text_empty(known_key_id) && key_id_same(cloud, known_key_id, found.key_id);
        if (!found.key_id) {
            status = ASTRA_GONE;
        } else if (!(status = guard_output_id(&operation, id, cloud, region, NULL)) &&
                   !(status = guard_output(&operation, key_id, same ? known_key_id : found.key_id))) {
            status = guard_output(&operation, organization_id, organization);
        }
    }
    registration_clear(&found);
    free(organization);
    return operation_end(&operation, status);
}

/* --- delete --- */

static const char removing[] = "remove the registration";

#define FORGET                                                                                               \
    "The vendor's support removes keys (open a case). To let the resource go and leave the registration in " \
    "place, set "                                                                                            \
    "`on_destroy = \"forget\"` and apply that, then destroy."

static int fail_undeletable(struct operation *operation, const struct http_answer *answer)
{
    char *message = answer_message(operation, answer);
    int status;

    if (!message) {
        return operation_no_memory(operation);
    }
    status = operation_fail(operation, answer->status == 403 ? ASTRA_PERMISSION_DENIED : ASTRA_FAILED,
                            "on_destroy", "The registration can't be removed over the API",
                            "Astra refused to remove it (status %ld%s%s%s).%s " FORGET, answer->status,
                            *message ? ", \"" : "", message, *message ? "\"" : "",
                            answer->status == 403 ? " The token's role may lack \"" PERMISSION_WRITE_KEY
                                                    "\", or this organization may not remove keys by itself."
                                                  : "");
    free(message);
    return status;
}

static bool has_no_such_call(const struct http_answer *answer)
{
    return !answer->fault && (answer->status == 403 || answer->status == 405 || answer->status == 501);
}

static int fail_removal_unknown(struct operation *operation, int status)
{
    return fail_unknown(
        operation, status, "It is not known whether the registration was removed",
        "A removal was sent, and no answer says what came of it. The next destroy looks first.");
}

static int fail_other_key_found(struct operation *operation, const struct registration *found)
{
    return operation_fail(
        operation, ASTRA_CONFLICT, "key_id", "Another key is registered by now",
        "In %s/%s the key %s is registered, which is not this resource's. It was left alone. Run a "
        "plan to see the difference, or take this resource out of the state.",
        found->cloud, found->region, found->key_id);
}

/* A removal under way. */
struct removal {
    struct retry retry;
    struct http_answer answer; /* to the last try */
    bool sent;                 /* one may have been carried out, and no answer said so */
    bool again;                /* there may be another try */
    bool done;
};

/* One try. Before a further one, a database may have been created. */
static int try_removal(struct operation *operation, const struct registration *own, bool force,
                       struct removal *removal)
{
    int status = ASTRA_OK;

    if (removal->retry.tries && !force) {
        status = guard_databases(operation, own->cloud, own->region, SHARED_FRESH);
    }
    if (status == ASTRA_OK && (status = kms_deregister(operation, own, &removal->retry, &removal->answer))) {
        status = fail_removal_unknown(operation, status);
    }
    return status;
}

/* What the answer to a try comes to; waits where another one may end better. */
static int take_removal_answer(struct operation *operation, struct removal *removal)
{
    const struct http_answer *answer = &removal->answer;
    bool doubtful = send_in_doubt(answer) || answer_ok(answer);
    int status;

    removal->done = answer_done(answer);
    if (removal->done) {
        return ASTRA_OK;
    }
    if (has_no_such_call(answer)) {
        return fail_undeletable(operation, answer);
    }
    if (doubtful || retry_worth(answer)) {
        removal->sent = removal->sent || doubtful;
        status = retry_wait(operation, &removal->retry, answer, &removal->again);
        if (status != ASTRA_OK) {
            return removal->sent ? fail_removal_unknown(operation, status) : status;
        }
        if (removal->sent || removal->again) {
            return ASTRA_OK;
        }
    } else if (!answer->fault && answer->status == 404) {
        removal->again = false; /* gone by now, or no such call: a look tells */
        return ASTRA_OK;
    }
    return answer_fail(operation, answer, removing, PERMISSION_WRITE_KEY);
}

/* Looks, removes, and looks again: wherever the outcome is in doubt, and before each further try, since
 * others may have registered another key meanwhile. */
static int deregister_key(struct operation *operation, const struct registration *own, bool force)
{
    struct removal removal = {.again = true};
    struct registration found = {0};
    int status = ASTRA_OK;

    retry_start(&removal.retry, operation->session);
    while (status == ASTRA_OK && !removal.done) {
        status = kms_find(operation, own->cloud, own->region, SHARED_FRESH, ABSENCE_CONFIRMED, &found);
        if (status != ASTRA_OK) {
            status = removal.sent ? fail_removal_unknown(operation, status) : status;
        } else if (!found.key_id) {
            removal.done = true;
        } else if (!text_empty(own->key_id) && !key_id_same(own->cloud, own->key_id, found.key_id)) {
            status = fail_other_key_found(operation, &found);
        } else if (!removal.again) {
            status = removal.answer.status == 404
                         ? fail_undeletable(operation, &removal.answer)
                         : answer_fail(operation, &removal.answer, removing, PERMISSION_WRITE_KEY);
        } else if (!(status = try_removal(operation, own, force, &removal))) {
            status = take_removal_answer(operation, &removal);
        }
        registration_clear(&found);
    }
    http_answer_clear(&removal.answer);
    return status;
}

static int guard_removal(struct operation *operation, const char *cloud, const char *region)
{
    int status = guard_databases(operation, cloud, region, SHARED_FRESH);

    if (status == ASTRA_OK) {
        operation_warn(
            operation, NULL, "No database was seen in this region",
            "The token shows no database in %s/%s. It sees only what its role may: make sure that no other "
            "database there uses the key before the key itself is removed at the cloud.",
            cloud, region);
    }
    return status;
}

int astra_cmk_key_delete(astra_session *session, const char *cloud_provider, const char *region,
                         const char *key_id, const char *organization_id, const char *on_destroy, bool force,
                         const struct astra_report *report)
{
    struct operation operation;
    struct registration own = {.region = (char *)(uintptr_t)region, .key_id = (char *)(uintptr_t)key_id};
    bool forget = on_destroy && !strcmp(on_destroy, "forget");
    int status = operation_begin(&operation, session, report);

    if (status != ASTRA_OK) {
        return status;
    }
    status = guard_place(&operation, cloud_provider, region, &own.cloud);
    if (status == ASTRA_OK && !forget && !text_empty(on_destroy) && strcmp(on_destroy, "deregister")) {
        status = operation_fail(&operation, ASTRA_INVALID, "on_destroy", "Unknown way to destroy",
                                "Set `on_destroy` to \"deregister\" or \"forget\".");
    }
    if (status == ASTRA_OK) {
        status = organization_get(&operation, organization_id, &own.organization_id);
    }
    if (status == ASTRA_OK && !force) {
        status = guard_removal(&operation, own.cloud, region);
    }
    if (status == ASTRA_OK && forget) {
        operation_warn(
            &operation, "on_destroy", "The registration stays",
            "`on_destroy` is \"forget\": the key stays registered in %s/%s, and databases created there "
            "still use it. Do not remove the key at the cloud.",
            own.cloud, region);
    } else if (status == ASTRA_OK) {
        status = deregister_key(&operation, &own, force);
    }
    free(own.organization_id);
    return operation_end(&operation, status);
}

/* --- list --- */

/* An array of objects, NULL without memory. The snapshot is sorted, and ids follow the same order. */
static struct json_object *list_json(const struct registrations *all, const char *organization)
{
    struct json_object *list = json_object_new_array();

    for (size_t i = 0; list && i < all->count; i++) {
        const struct registration *item = &all->items[i];
        struct json_object *object = json_object_new_object();
        char *id = text_format("%s/%s", item->cloud, item->region);

        if (!object || !json_text_put(object, "id", id) ||
            !json_text_put(object, "cloud_provider", item->cloud) ||
            !json_text_put(object, "region", item->region) ||
            !json_text_put(object, "key_id", item->key_id) ||
            !json_text_put(object, "organization_id",
                           *item->organization_id ? item->organization_id : organization) ||
            json_object_array_add(list, object)) {
            json_object_put(object);
            json_object_put(list);
            list = NULL;
        }
        free(id);
    }
    return list;
}

int astra_cmk_key_list(astra_session *session, char **json, const struct astra_report *report)
{
    struct operation operation;
    struct snapshot *snapshot = NULL;
    struct json_object *list = NULL;
    char *organization = NULL;
    int status = operation_begin(&operation, session, report);

    if (status != ASTRA_OK) {
        return status;
    }
    if (!(status = organization_get(&operation, NULL, &organization)) &&
        !(status = kms_list(&operation, SHARED_RECENT, &snapshot))) {
        list = list_json(snapshot->data, organization);
        status = guard_output(&operation, json, json_text_print(list));
    }
    json_object_put(list);
    snapshot_release(snapshot);
    free(organization);
    return operation_end(&operation, status);
}
