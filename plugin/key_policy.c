/* SPDX-License-Identifier: Apache-2.0
 *
 * key_policy.c - what the owner of a key must grant, as text: pure functions. Everything is sorted and
 * without repeats, so that a plan that uses it settles.
 */
#include "astra_cmk.h"
#include "json_text.h"
#include "report.h"
#include "text.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_digits(const char *text)
{
    return *text && strspn(text, "0123456789") == strlen(text);
}

static bool is_account(const char *text)
{
    return strlen(text) == 12 && is_digits(text);
}

/* A sorted copy of the array, without repeats; the strings stay the caller's. */
static int take_ids(const char *const *provider_ids, bool (*valid)(const char *), const char *expected,
                    const char ***ids, size_t *count, const struct astra_report *report)
{
    size_t given = 0, kept = 0;

    if (!provider_ids || !*provider_ids) {
        report_error(
            report, "provider_ids", "No provider IDs",
            "`provider_ids` is empty: a policy made from it would take the key away from every database that "
            "uses it. Give at least one ID.");
        return ASTRA_INVALID;
    }
    for (; provider_ids[given]; given++) {
        if (!valid(provider_ids[given])) {
            char *shown = text_clean(provider_ids[given], strlen(provider_ids[given]), NULL, 80);

            report_error(
                report, "provider_ids", "Not a provider ID",
                "\"%s\" in `provider_ids` is not %s. Use the IDs that `astra_provider_id` hands out.",
                shown ? shown : "", expected);
            free(shown);
            return ASTRA_INVALID;
        }
    }
    *ids = calloc(given + 1, sizeof(**ids));
    if (!*ids) {
        return report_no_memory(report);
    }
    memcpy(*ids, provider_ids, given * sizeof(**ids));
    qsort(*ids, given, sizeof(**ids), compare);
    for (size_t i = 0; i < given; i++) {
        if (!kept || strcmp((*ids)[kept - 1], (*ids)[i])) {
            (*ids)[kept++] = (*ids)[i];
        }
    }
    *count = kept;
    return ASTRA_OK;
}

/* --- JSON, where a failed allocation leaves NULL and spreads upwards --- */

static struct json_object *put(struct json_object *parent, const char *name, struct json_object *child)
{
    if (!parent || !child || json_object_object_add(parent, name, child)) {
        json_object_put(child);
        json_object_put(parent);
        return NULL;
    }
    return parent;
}

static struct json_object *append(struct json_object *list, struct json_object *child)
{
    if (!list || !child || json_object_array_add(list, child)) {
        json_object_put(child);
        json_object_put(list);
        return NULL;
    }
    return list;
}

static struct json_object *append_text(struct json_object *list, const char *before, const char *text,
                                       const char *after)
{
    char *whole = text_format("%s%s%s", before, text, after);

    list = append(list, whole ? json_object_new_string(whole) : NULL);
    free(whole);
    return list;
}

static int finish(struct json_object *object, char **json, const struct astra_report *report)
{
    const char *text = json_text_print(object);
    char *copy = text ? strdup(text) : NULL;

    json_object_put(object);
    if (!copy) {
        return report_no_memory(report);
    }
    *json = copy;
    return ASTRA_OK;
}

/* --- AWS --- */

/* The partition of the accounts that Astra owns is the public one. */
static struct json_object *principals(const char *const *ids, size_t count)
{
    struct json_object *list = json_object_new_array();

    for (size_t i = 0; i < count; i++) {
        list = append_text(list, "arn:aws:iam::", ids[i], ":role/creator");
    }
    return put(json_object_new_object(), "AWS", list);
}

static struct json_object *actions(const char *const *names)
{
    struct json_object *list = json_object_new_array();

    for (; *names; names++) {
        list = append(list, json_object_new_string(*names));
    }
    return list;
}

static struct json_object *statement(const char *sid, struct json_object *who, const char *const *names)
{
    struct json_object *json = put(json_object_new_object(), "Sid", json_object_new_string(sid));

    json = put(json, "Effect", json_object_new_string("Allow"));
    json = put(json, "Principal", who);
    json = put(json, "Action", actions(names));
    return put(json, "Resource", json_object_new_string("*"));
}

static struct json_object *use_statement(const char *const *ids, size_t count)
{
    static const char *const names[] = {
        "kms:Decrypt",       "kms:DescribeKey",     "kms:EnableKey",
        "kms:Encrypt",       "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext",
        "kms:ReEncryptFrom", "kms:ReEncryptTo",     NULL};

    return statement("Allow an external account to use this KMS key", principals(ids, count), names);
}

static struct json_object *grants_statement(const char *const *ids, size_t count)
{
    static const char *const names[] = {"kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant", NULL};
    struct json_object *condition =
        put(json_object_new_object(), "kms:GrantIsForAWSResource", json_object_new_boolean(1));
    struct json_object *json =
        statement("Allow attachment of persistent resources", principals(ids, count), names);

    return put(json, "Condition", put(json_object_new_object(), "Bool", condition));
}

static struct json_object *root_statement(const char *account_id)
{
    static const char *const names[] = {"kms:*", NULL};
    char *root = text_format("arn:aws:iam::%s:root", account_id);
    struct json_object *who =
        put(json_object_new_object(), "AWS", root ? json_object_new_string(root) : NULL);

    free(root);
    return statement("Enable IAM User Permissions", who, names);
}

int astra_aws_key_policy_statement(const char *const *provider_ids, char **json,
                                   const struct astra_report *report)
{
    const char **ids = NULL;
    size_t count = 0;
    int status =
        take_ids(provider_ids, is_account, "an AWS account number of 12 digits", &ids, &count, report);

    if (status == ASTRA_OK) {
        status = finish(use_statement(ids, count), json, report);
    }
    free(ids);
    return status;
}

int astra_aws_key_policy(const char *account_id, const char *const *provider_ids, char **json,
                         const struct astra_report *report)
{
    const char **ids = NULL;
    struct json_object *policy, *statements;
    size_t count = 0;
    int status;

    if (!account_id || !is_account(account_id)) {
        report_error(
            report, "account_id", "Not an AWS account",
            "`account_id` must be the number, of 12 digits, of the account that owns the key: without it the "
            "policy would lock its owner out.");
        return ASTRA_INVALID;
    }
    status = take_ids(provider_ids, is_account, "an AWS account number of 12 digits", &ids, &count, report);
    if (status == ASTRA_OK) {
        statements = append(json_object_new_array(), root_statement(account_id));
        statements = append(statements, use_statement(ids, count));
        statements = append(statements, grants_statement(ids, count));
        policy = put(json_object_new_object(), "Version", json_object_new_string("2012-10-17"));
        status = finish(put(policy, "Statement", statements), json, report);
    }
    free(ids);
    return status;
}

/* --- Google Cloud --- */

int astra_gcp_members(const char *const *provider_ids, char **json, const struct astra_report *report)
{
    static const char *const forms[][2] = {{"", "-compute@developer.gserviceaccount.com"},
                                           {"service-", "@compute-system.iam.gserviceaccount.com"},
                                           {"service-", "@gs-project-accounts.iam.gserviceaccount.com"}};
    enum { FORMS = sizeof(forms) / sizeof(*forms) };
    const char **ids = NULL;
    char **members = NULL;
    struct json_object *list = NULL;
    size_t count = 0, made = 0;
    int status = take_ids(provider_ids, is_digits, "a Google Cloud project number", &ids, &count, report);

    if (status == ASTRA_OK && (members = calloc(count * FORMS, sizeof(*members)))) {
        while (made < count * FORMS) {
            const char *const *form = forms[made % FORMS];

            members[made] = text_format("serviceAccount:%s%s%s", form[0], ids[made / FORMS], form[1]);
            if (!members[made]) {
                break;
            }
            made++;
        }
    }
    if (status == ASTRA_OK) {
        if (members && made == count * FORMS) {
            qsort(members, made, sizeof(*members), compare);
            list = json_object_new_array();
            for (size_t i = 0; i < made; i++) {
                list = append_text(list, "", members[i], "");
            }
        }
        status = finish(list, json, report);
    }
    while (made) {
        free(members[--made]);
    }
    free(members);
    free(ids);
    return status;
}
