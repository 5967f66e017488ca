/* SPDX-License-Identifier: Apache-2.0
 *
 * key_id.h - identifiers of keys: their parts, and which spellings mean one key.
 */
#ifndef PLUGIN_KEY_ID_H
#define PLUGIN_KEY_ID_H

#include <stdbool.h>
#include <stddef.h>

/* A piece of the identifier; start is NULL where it has no such part. */
struct part {
    const char *start;
    size_t length;
};

struct key_id {
    const char *cloud; /* static; NULL: none of the three clouds' forms */
    struct part region, account, key_ring, vault, name, version;
};

/* Takes an identifier apart, without copying. False where it has none of the three forms. */
bool key_id_parse(const char *text, struct key_id *key);

bool part_is(struct part part, const char *text);

/* Whether two identifiers of a cloud mean one key: a bare UUID and the ARN that ends in it, a trailing
 * /cryptoKeyVersions/N, the case of an Azure host. */
bool key_id_same(const char *cloud, const char *one, const char *other);

#endif
