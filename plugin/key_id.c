/* SPDX-License-Identifier: Apache-2.0
 *
 * key_id.c - identifiers of keys; see key_id.h. Reads text only: what an odd one means for a plan is
 * cmk_key.c's.
 */
#include "key_id.h"

#include "astra_cmk.h"
#include "json_text.h"
#include "report.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Takes the piece up to `separator`, or up to the end where that is '\0'. False where it is empty, or the
 * separator is missing. */
static bool take(const char **at, char separator, struct part *part)
{
    const char *end = strchr(*at, separator);

    if (!end || end == *at) {
        return false;
    }
    *part = (struct part){.start = *at, .length = (size_t)(end - *at)};
    *at = separator ? end + 1 : end;
    return !memchr(part->start, '/', part->length);
}

static bool skip(const char **at, const char *expected)
{
    size_t length = strlen(expected);

    if (strncmp(*at, expected, length)) {
        return false;
    }
    *at += length;
    return true;
}

static bool all_digits(struct part part, size_t length)
{
    size_t i = 0;

    while (i < part.length && part.start[i] >= '0' && part.start[i] <= '9') {
        i++;
    }
    return part.length == length && i == length;
}

/* arn:PARTITION:kms:REGION:ACCOUNT:key/NAME */
static bool parse_aws(const char *at, struct key_id *key)
{
    struct part partition;

    key->cloud = "aws";
    return skip(&at, "arn:") && take(&at, ':', &partition) && !strncmp(partition.start, "aws", 3) &&
           skip(&at, "kms:") && take(&at, ':', &key->region) && take(&at, ':', &key->account) &&
           all_digits(key->account, 12) && skip(&at, "key/") && take(&at, '\0', &key->name);
}

/* projects/P/locations/L/keyRings/R/cryptoKeys/K, and perhaps /cryptoKeyVersions/N */
static bool parse_gcp(const char *at, struct key_id *key)
{
    key->cloud = "gcp";
    if (!skip(&at, "projects/") || !take(&at, '/', &key->account) || !skip(&at, "locations/") ||
        !take(&at, '/', &key->region) || !skip(&at, "keyRings/") || !take(&at, '/', &key->key_ring) ||
        !skip(&at, "cryptoKeys/")) {
        return false;
    }
    if (!strchr(at, '/')) {
        return take(&at, '\0', &key->name);
    }
    return take(&at, '/', &key->name) && skip(&at, "cryptoKeyVersions/") && take(&at, '\0', &key->version);
}

/* https://VAULT.vault.azure.net/keys/NAME, and perhaps /VERSION; the host's ending differs between clouds. */
static bool parse_azure(const char *at, struct key_id *key)
{
    struct part host;

    key->cloud = "azure";
    if (strncasecmp(at, "https://", 8)) {
        return false;
    }
    at += 8;
    if (!take(&at, '.', &key->vault) || !take(&at, '/', &host) ||
        (strncasecmp(host.start, "vault.", 6) && strncasecmp(host.start, "managedhsm.", 11)) ||
        !skip(&at, "keys/")) {
        return false;
    }
    if (!strchr(at, '/')) {
        return take(&at, '\0', &key->name);
    }
    return take(&at, '/', &key->name) && take(&at, '\0', &key->version);
}

bool key_id_parse(const char *text, struct key_id *key)
{
    bool (*const parsers[])(const char *, struct key_id *) = {parse_aws, parse_gcp, parse_azure};

    for (size_t i = 0; i < sizeof(parsers) / sizeof(*parsers); i++) {
        *key = (struct key_id){0};
        if (parsers[i](text, key)) {
            return true;
        }
    }
    *key = (struct key_id){0};
    return false;
}

bool part_is(struct part part, const char *text)
{
    return part.start && strlen(text) == part.length && !strncasecmp(part.start, text, part.length);
}

/* --- spellings --- */

/* What stands behind "key/" in an ARN, else the whole text. */
static const char *aws_name(const char *text)
{
    const char *slash = strncmp(text, "arn:", 4) ? NULL : strrchr(text, '/');

    return slash ? slash + 1 : text;
}

static bool aws_same(const char *one, const char *other)
{
    /* Two whole ARNs are one key only when account and region agree too. */
    if (aws_name(one) != one && aws_name(other) != other) {
        return !strcmp(one, other);
    }
    return !strcasecmp(aws_name(one), aws_name(other));
}

static size_t gcp_length(const char *text)
{
    const char *version = strstr(text, "/cryptoKeyVersions/");

    return version ? (size_t)(version - text) : strlen(text);
}

static bool gcp_same(const char *one, const char *other)
{
    size_t length = gcp_length(one);

    return length == gcp_length(other) && !memcmp(one, other, length);
}

/* The length of "https://HOST", 0 where there is none. */
static size_t azure_host(const char *text)
{
    return strncasecmp(text, "https://", 8) ? 0 : 8 + strcspn(text + 8, "/");
}

static bool azure_same(const char *one, const char *other)
{
    size_t length = azure_host(one);

    return length == azure_host(other) && !strncasecmp(one, other, length) &&
           !strcmp(one + length, other + length);
}

bool key_id_same(const char *cloud, const char *one, const char *other)
{
    if (!strcmp(one, other)) {
        return true;
    }
    return !strcmp(cloud, "aws")   ? aws_same(one, other)
           : !strcmp(cloud, "gcp") ? gcp_same(one, other)
                                   : azure_same(one, other);
}

/* --- the function --- */

static bool add(struct json_object *json, const char *name, struct part part)
{
    struct json_object *text = part.start ? json_object_new_string_len(part.start, (int)part.length) : NULL;

    if (part.start && !text) {
        return false;
    }
    if (json_object_object_add(json, name, text)) {
        json_object_put(text);
        return false;
    }
    return true;
}

int astra_parse_key_id(const char *key_id, char **json, const struct astra_report *report)
{
    struct key_id key;
    struct json_object *object;
    char *text = NULL;

    if (!key_id || !key_id_parse(key_id, &key)) {
        report_error(report, "key_id", "Not a key identifier",
                     "`key_id` has none of the three forms arn:aws:kms:REGION:ACCOUNT:key/NAME, "
                     "projects/P/locations/L/keyRings/R/cryptoKeys/K and "
                     "https://VAULT.vault.azure.net/keys/NAME/VERSION.");
        return ASTRA_INVALID;
    }
    object = json_object_new_object();
    if (object &&
        add(object, "cloud_provider", (struct part){.start = key.cloud, .length = strlen(key.cloud)}) &&
        add(object, "region", key.region) && add(object, "account", key.account) &&
        add(object, "key_ring", key.key_ring) && add(object, "vault", key.vault) &&
        add(object, "name", key.name) && add(object, "version", key.version)) {
        const char *printed = json_text_print(object);

        text = printed ? strdup(printed) : NULL;
    }
    json_object_put(object);
    if (!text) {
        return report_no_memory(report);
    }
    *json = text;
    return ASTRA_OK;
}
