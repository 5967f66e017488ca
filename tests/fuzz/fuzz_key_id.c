/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_key_id.c - identifiers of keys, and the pure functions on what users write: parse_key_id, the
 * plan-time check, key policies. Answers are JSON that holds what was given; refusals are told.
 *
 * Input: one byte (the cloud and the operation), then fields: an identifier, another one, a region, and
 * provider IDs.
 */
#include "fuzz.h"
#include "fuzz_report.h"

#include "astra_cmk.h"
#include "key_id.h"

#include <stdlib.h>
#include <string.h>

enum { IDS_MAX = 8 };

static const char *const clouds[] = {"aws", "gcp", "azure", "AZURE", "other"};
static const char *const operations[] = {"create", "update", "replace", "destroy", "none"};

/* A part lies within the text, and is what the function hands out under that name. */
static void check_part(struct json_object *json, const char *name, struct part part, const char *text)
{
    struct json_object *member = NULL;
    CHECK(json_object_object_get_ex(json, name, &member));
    CHECK((member != NULL) == (part.start != NULL));
    if (part.start == NULL)
        return;
    CHECK(part.length > 0 && part.start >= text && part.start + part.length <= text + strlen(text));
    CHECK((size_t)json_object_get_string_len(member) == part.length);
    CHECK(memcmp(json_object_get_string(member), part.start, part.length) == 0);
}

static void check_parse(const char *text)
{
    struct fuzz_report report = FUZZ_REPORT;
    struct key_id key;
    char *json = NULL;
    bool parsed = key_id_parse(text, &key);
    int status = astra_parse_key_id(text, &json, &report.report);
    fuzz_report_check(&report, status);
    CHECK((status == ASTRA_OK) == parsed && (json != NULL) == parsed);
    if (parsed) {
        struct json_object *object = json_tokener_parse(json);
        CHECK(object != NULL &&
              strcmp(key.cloud, json_object_get_string(json_object_object_get(object, "cloud_provider"))) ==
                  0);
        check_part(object, "region", key.region, text);
        check_part(object, "account", key.account, text);
        check_part(object, "key_ring", key.key_ring, text);
        check_part(object, "vault", key.vault, text);
        check_part(object, "name", key.name, text);
        check_part(object, "version", key.version, text);
        json_object_put(object);
    }
    astra_free(json);
}

/* "The same key" is what it says: reflexive and symmetric. */
static void check_same(const char *one, const char *other)
{
    for (size_t i = 0; i < 3; i++) {
        CHECK(key_id_same(clouds[i], one, one));
        CHECK(key_id_same(clouds[i], one, other) == key_id_same(clouds[i], other, one));
    }
}

/* A policy of IDs: JSON that names each of them, or a refusal. */
static void check_policy(int status, char *json, const struct fuzz_report *report, const char *const *ids)
{
    fuzz_report_check(report, status);
    CHECK((status == ASTRA_OK) == (json != NULL));
    if (json != NULL) {
        struct json_object *value = json_tokener_parse(json);
        CHECK(value != NULL && ids[0] != NULL);
        char *text = fuzz_json_text(value);
        for (size_t i = 0; ids[i] != NULL; i++)
            CHECK(strstr(text, ids[i]) != NULL);
        free(text);
        json_object_put(value);
    }
    astra_free(json);
}

static void check_policies(const char *account, const char *const *ids)
{
    struct fuzz_report report = FUZZ_REPORT;
    char *json = NULL;
    int status = astra_aws_key_policy_statement(ids, &json, &report.report);
    check_policy(status, json, &report, ids);

    report = (struct fuzz_report)FUZZ_REPORT;
    json = NULL;
    status = astra_aws_key_policy(account, ids, &json, &report.report);
    check_policy(status, json, &report, ids);

    report = (struct fuzz_report)FUZZ_REPORT;
    json = NULL;
    status = astra_gcp_members(ids, &json, &report.report);
    check_policy(status, json, &report, ids);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct fuzz_report report = FUZZ_REPORT;
    unsigned choice = fuzz_byte(&input);
    char *one = fuzz_field(&input, NULL), *other = fuzz_field(&input, NULL);
    char *region = fuzz_field(&input, NULL), *ids[IDS_MAX + 1] = {NULL};
    check_parse(one);
    check_parse(other);
    check_same(one, other);
    fuzz_report_check(&report, astra_cmk_key_check(operations[choice / 8 % 5], clouds[choice % 5], region,
                                                   one, *other ? other : NULL, &report.report));
    for (size_t i = 0; i < IDS_MAX && input.left > 0; i++)
        ids[i] = fuzz_field(&input, NULL);
    check_policies(region, (const char *const *)ids);
    for (size_t i = 0; i < IDS_MAX; i++)
        free(ids[i]);
    free(region);
    free(other);
    free(one);
    return 0;
}
