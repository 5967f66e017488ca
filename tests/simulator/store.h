/* SPDX-License-Identifier: Apache-2.0
 *
 * store.h - what the simulated Astra knows: tokens, registered keys, provider IDs
 * and databases. In memory, behind one lock; every function may be called from any
 * thread. Knows the rules (one key per organization, cloud and region; a database
 * claims a provider ID), but neither HTTP nor JSON.
 */
#ifndef SIMULATOR_STORE_H
#define SIMULATOR_STORE_H

#include "options.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#define STORE_DEFAULT_ORGANIZATION "0a1b2c3d-0000-4000-8000-000000000001"

enum { UUID_SIZE = 37, REGION_SIZE = 64 };

enum store_result { STORE_DONE, STORE_MISSING, STORE_EXISTS, STORE_NO_MEMORY };

enum cloud { CLOUD_AWS, CLOUD_GCP, CLOUD_AZURE };

enum permission { PERMISSION_READ_CMK = 1, PERMISSION_WRITE_CMK = 2, PERMISSION_DB_VIEW = 4 };
enum { PERMISSION_ALL = 7 };

/* Where a key, a provider ID or a database is. */
struct place {
    char organization[UUID_SIZE];
    enum cloud cloud;
    char region[REGION_SIZE];
};

struct token {
    TAILQ_ENTRY(token) link;
    char *text;
    char organization[UUID_SIZE];
    unsigned permissions; /* of enum permission */
};

struct key {
    TAILQ_ENTRY(key) link;
    struct place place;
    char *key_id;
};

/* A provider ID. */
struct seat {
    TAILQ_ENTRY(seat) link;
    struct place place;
    char id[UUID_SIZE];
    char database[UUID_SIZE]; /* that claimed it; "" while unclaimed */
};

struct database {
    TAILQ_ENTRY(database) link;
    char id[UUID_SIZE];
    char organization[UUID_SIZE];
    enum cloud cloud;
    char *name;
    char *status;
    char (*regions)[REGION_SIZE];
    size_t region_count; /* at least 1 */
};

struct store;

struct store *store_create(const char *organization, const char *token);
void store_destroy(struct store *store);

/* "aws", or with upper case "AWS". Static. */
const char *cloud_name(enum cloud cloud, bool upper_case);
/* Reads a name; any letter case where `any_case`. */
bool cloud_read(const char *name, bool any_case, enum cloud *cloud);

bool uuid_is(const char *text);

/* "read-cmk" and so on; 0 where the name is none of them, NULL where the permission is. */
unsigned permission_read(const char *name);
const char *permission_name(unsigned permission);

/* False where organization or region doesn't fit. NULL as organization: the default one's. */
bool store_place(const struct store *store, const char *organization, enum cloud cloud, const char *region,
                 struct place *place);

enum store_result store_set_token(struct store *store, const char *text, const char *organization,
                                  unsigned permissions);
enum store_result store_revoke_token(struct store *store, const char *text);
enum store_result store_find_token(struct store *store, const char *text, char organization[UUID_SIZE],
                                   unsigned *permissions);

/* STORE_EXISTS: something is registered there, and `replace` is false. */
enum store_result store_set_key(struct store *store, const struct place *place, const char *key_id,
                                bool replace);
enum store_result store_remove_key(struct store *store, const struct place *place);
/* *key_id is a copy that the caller frees. */
enum store_result store_find_key(struct store *store, const struct place *place, char **key_id);

/* What asking for provider IDs in that place does, and `visit` gets those to be answered. */
enum store_result store_ask_seats(struct store *store, const struct place *place, enum seats seats,
                                  bool (*visit)(void *context, const struct seat *seat), void *context);

/* Adds a database, or changes name and status of the one with that ID. A new one claims the oldest
 * unclaimed provider ID in each of its regions. `id` is "" or a UUID; set on return. */
enum store_result store_set_database(struct store *store, char id[UUID_SIZE], const struct place *place,
                                     const char *name, const char *status, const char *const *more_regions,
                                     size_t more_count);
enum store_result store_remove_database(struct store *store, const char *id);

/* Visits, oldest first, under the lock: a visitor must not call the store. A visitor that returns
 * false ends the visit, which then returns false. */
bool store_each_token(struct store *store, bool (*visit)(void *context, const struct token *token),
                      void *context);
bool store_each_key(struct store *store, bool (*visit)(void *context, const struct key *key), void *context);
bool store_each_seat(struct store *store, bool (*visit)(void *context, const struct seat *seat),
                     void *context);
bool store_each_database(struct store *store, bool (*visit)(void *context, const struct database *database),
                         void *context);

#endif
