/* SPDX-License-Identifier: Apache-2.0
 *
 * kms.h - the /v2/kms calls: registrations of customer keys, and accounts (provider IDs).
 */
#ifndef PLUGIN_DEVOPS_KMS_H
#define PLUGIN_DEVOPS_KMS_H

#include "../operation.h"
#include "http.h"
#include "retry.h"
#include "shared.h"

#include <stddef.h>

#define PERMISSION_READ_KEY  "Read CMK Key"
#define PERMISSION_WRITE_KEY "Write CMK Key"

struct registration {
    const char *cloud; /* static */
    char *region;
    char *key_id;
    char *organization_id; /* "" where the API did not say */
};

void registration_clear(struct registration *registration);

/* Sorted by cloud and region; nobody changes it. */
struct registrations {
    size_t count;
    struct registration *items;
};

/* All registrations of the token's organization: a struct registrations, in a snapshot. */
int kms_list(struct operation *operation, enum freshness freshness, struct snapshot **snapshot);

enum absence {
    ABSENCE_BELIEVED, /* what a listing lacks is not there */
    ABSENCE_CONFIRMED /* … only if a request for that one key says so too */
};

/* Looks for the registration of a cloud and region, in the shared listing where that is to be had. Copies it
 * to *found, to be cleared; its key_id stays NULL where nothing is registered. */
int kms_find(struct operation *operation, const char *cloud, const char *region, enum freshness freshness,
             enum absence absence, struct registration *found);

/* Sends one registration as send_once(), or removes one as send_try(): what is there must be looked at anew
 * before another removal. Drops what is known of the listing. The answer tells. */
int kms_register(struct operation *operation, const struct registration *registration, struct retry *retry,
                 struct http_answer *answer);
int kms_deregister(struct operation *operation, const struct registration *registration, struct retry *retry,
                   struct http_answer *answer);

/* The provider IDs that are listed for a cloud and region. ASKING MAY MINT ONE. *ids: a NULL-terminated array
 * in one piece with its strings, to be freed. Fails where one belongs to another organization. */
int kms_accounts(struct operation *operation, const char *cloud, const char *region,
                 const char *organization_id, char ***ids);

#endif
