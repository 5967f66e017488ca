/* SPDX-License-Identifier: Apache-2.0
 *
 * saved_plan.h - the form of a saved plan's file, which writer and reader share: a fixed head with a checksum
 * of the rest, so that damage is seen before anything is believed.
 */
#ifndef HOST_SAVED_PLAN_H
#define HOST_SAVED_PLAN_H

#include <stdint.h>

#include "changes.h"

/* What stands before and behind the document that the checksum is of. */
#define SAVED_PLAN_HEAD   "{\"format\":\"bridge-host saved plan\",\"version\":"
#define SAVED_PLAN_FORMAT SAVED_PLAN_HEAD "%u,\"checksum\":\"%016llx\",\"plan\":"
#define SAVED_PLAN_TAIL   "}\n"
enum { SAVED_PLAN_VERSION = 1, SAVED_PLAN_HEAD_MAX = 160 };

uint64_t saved_plan_hash(uint64_t hash, const void *bytes, size_t length);
enum { SAVED_PLAN_HASH_BASIS = 0 };

/* A number that changes when a file of the schemas does. False where one can't be read. */
bool saved_plan_schemas(const struct schema_set *schemas, uint64_t *hash, struct diagnostics *diags);

/* A tree without unknowns, and the places where they were (NULL: none), and back. New trees; *ok turns false
 * without memory. */
struct json_object *unknowns_take(struct json_object *value, struct json_object **places, bool *ok);
bool unknowns_put(struct json_object **value, struct json_object *places);

extern const char *const saved_plan_modes[3];

#endif
