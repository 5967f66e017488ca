/* SPDX-License-Identifier: Apache-2.0
 *
 * test_key_id.c - which spellings mean one key, both ways round.
 */
#include "check.h"

#include "key_id.h"

#include <string.h>

#define UUID "1234abcd-12ab-34cd-56ef-1234567890ab"
#define ARN  "arn:aws:kms:us-east-2:111122223333:key/" UUID
#define GCP  "projects/p/locations/us-east1/keyRings/r/cryptoKeys/k"

static void spellings(void **state)
{
    static const struct {
        const char *cloud, *one, *other;
        bool same;
    } rows[] = {
        {"aws", ARN, ARN, true},
        {"aws", ARN, UUID, true},
        {"aws", UUID, "1234ABCD-12AB-34CD-56EF-1234567890AB", true},
        {"aws", ARN, "arn:aws:kms:us-east-2:999922223333:key/" UUID, false},
        {"aws", ARN, "234abcd-12ab-34cd-56ef-1234567890ab", false},
        {"aws", ARN, "", false},
        {"gcp", GCP, GCP "/cryptoKeyVersions/1", true},
        {"gcp", GCP "/cryptoKeyVersions/2", GCP "/cryptoKeyVersions/1", true},
        {"gcp", GCP, GCP "2", false},
        {"gcp", GCP, "k", false},
        {"azure", "https://V.vault.azure.net/keys/n/1", "HTTPS://v.VAULT.azure.net/keys/n/1", true},
        {"azure", "https://v.vault.azure.net/keys/n/1", "https://v.vault.azure.net/keys/N/1", false},
        {"azure", "https://v.vault.azure.net/keys/n/1", "https://v.vault.azure.net/keys/n/2", false},
        {"azure", "https://v.vault.azure.net", "https://v.vault.azure.net/keys/n", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        assert_int_equal(key_id_same(rows[i].cloud, rows[i].one, rows[i].other), rows[i].same);
        assert_int_equal(key_id_same(rows[i].cloud, rows[i].other, rows[i].one), rows[i].same);
    }
}

/* Every beginning of an identifier is read without looking beyond its end. */
static void beginnings(void **state)
{
    static const char *const wholes[] = {ARN, GCP "/cryptoKeyVersions/12",
                                         "https://v.vault.azure.net/keys/n/1"};
    struct key_id key;
    char text[128];

    (void)state;
    for (size_t i = 0; i < sizeof(wholes) / sizeof(*wholes); i++) {
        for (size_t length = 0; length <= strlen(wholes[i]); length++) {
            memset(text, 'x', sizeof(text));
            memcpy(text, wholes[i], length);
            text[length] = '\0';
            if (!key_id_parse(text, &key)) {
                assert_null(key.cloud);
                assert_null(key.name.start);
            }
        }
        assert_true(key_id_parse(wholes[i], &key));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(spellings), cmocka_unit_test(beginnings)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
