/* SPDX-License-Identifier: Apache-2.0
 *
 * organization.c - whose token it is; see organization.h.
 */
#include "organization.h"

#include "../session.h"
#include "../text.h"
#include "answer.h"
#include "retry.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char doing[] = "look up the token's organization";

static int fetch(struct operation *operation, void **data)
{
    static const char *const names[] = {"id", NULL};
    struct http_answer answer = {0};
    struct json_object *json = NULL;
    const char *id;
    int status = send_safely(operation, "/v2/currentOrg", &answer);

    if (status == ASTRA_OK && !answer_ok(&answer)) {
        status = answer_fail(operation, &answer, doing, "View organization (org-read)");
    } else if (status == ASTRA_OK && !(status = answer_json(operation, &answer, doing, &json))) {
        struct place place = {.operation = operation, .doing = doing, .pointer = ""};

        status = member_required(&place, json, names, &id);
        if (status == ASTRA_OK && text_has_blank(id)) {
            status = answer_misshapen(operation, doing, "/id", "an ID without blanks");
        } else if (status == ASTRA_OK && !(*data = strdup(id))) {
            status = operation_no_memory(operation);
        }
    }
    json_object_put(json);
    http_answer_clear(&answer);
    return status;
}

int organization_get(struct operation *operation, const char *expected, char **organization_id)
{
    static const struct shared_source source = {.fetch = fetch, .destroy = free};
    const char *configured = operation->session->organization_id;
    struct snapshot *snapshot = NULL;
    int status = shared_get(operation, &operation->session->organization, &source, SHARED_ONCE, &snapshot);
    const char *own = status == ASTRA_OK ? snapshot->data : NULL;

    if (status != ASTRA_OK) {
        return status;
    }
    if (configured && strcasecmp(configured, own)) {
        status = operation_fail(
            operation, ASTRA_PERMISSION_DENIED, "organization_id",
            "The token belongs to another organization",
            "The provider's `organization_id` is %s, but the token is one of organization %s. Set "
            "`token` to one of the right organization, or correct `organization_id`.",
            configured, own);
    } else if (!text_empty(expected) && strcasecmp(expected, own)) {
        status = operation_fail(
            operation, ASTRA_PERMISSION_DENIED, "organization_id",
            "The token belongs to another organization",
            "This object is one of organization %s, but the token is one of organization %s, which "
            "can't see it. Set `token` to one of the object's organization.",
            expected, own);
    } else if (!(*organization_id = strdup(own))) {
        status = operation_no_memory(operation);
    }
    snapshot_release(snapshot);
    return status;
}
